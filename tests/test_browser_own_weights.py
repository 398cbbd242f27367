"""The figure to move, and a reader's own words and weights, used in a browser from a folder."""

import re

import numpy as np
import pytest
from minisite import LOOK, MiniSite
from optional import require

from microattention import (
    attention_by_seed,
    causal_mask,
    scaled_dot_product_attention,
    sentence_projections,
)

NARROW, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
CONF = f"""\
{LOOK}
extensions += ["own_weights"]
html_theme, copyright = "furo", "2026"
suppress_warnings = ["epub.unknown_project_files"]  # its fonts
run_pyodide = "https://example.org/"
"""
FIGURE = "# Move\n\n::::{explorable}\nThe picture on paper.\n::::\n"
OWN = """\
# Mine

```{own-sentence}
No words without a script.
```

```{own-weights}
No weights without a script.
```
"""
WORDS = ["the", "corpus", "was", "wrong"]
NOT_PUBLISHED = "Your run, not a published output."


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    for module in ("furo", "matplotlib"):
        require(module)
    return MiniSite(tmp_path_factory.mktemp("own"), CONF, figure=FIGURE, own=OWN).built()


@pytest.fixture
def folder(site):
    return site.html


@pytest.fixture
def opened(browser, folder):
    """Open a page of the mini site; nothing may fail in it, nor ask for anything outside."""
    contexts, complaints, asked = [], [], set()

    def open_page(name, **options):
        contexts.append(browser.new_context(viewport=WIDE, **options))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: complaints.append(error.stack))
        page.on("request", lambda request: asked.add(request.url))
        page.goto((folder / "essay" / f"{name}.html").as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints
    assert all(url.startswith((folder.as_uri(), "data:", "blob:")) for url in asked)


@pytest.fixture
def figure(opened):
    return opened("figure")


@pytest.fixture
def own(opened):
    return opened("own")


def shown(box):
    """Return the weights that a heat map shows; NaN where it is masked."""
    rows = [row.locator("td").all_inner_texts() for row in box.locator("tbody tr").all()]
    return np.array([[np.nan if cell == "masked" else float(cell) for cell in r] for r in rows])


def computed(n_words=4, seed=42, width=8, scale=1.0, causal=True):
    """Return what must be shown."""
    Q, K, V = sentence_projections(["w"] * n_words, seed=seed, d_model=width, weight_scale=scale)
    mask = causal_mask(n_words)
    weights = scaled_dot_product_attention(Q, K, V, mask if causal else None)[1]
    return np.where(mask, weights, np.nan) if causal else weights


def reading(page):
    return page.locator(".explorable-reading").inner_text()


def the_map(page):
    return page.locator("table.heat-map")


def counted(page):
    """Return the caption and the counts, once all seeds are drawn."""
    page.locator(".explorable-live:not([aria-busy])").wait_for()
    tally = page.locator(".explorable-tally")
    counts = tally.locator("tbody td:nth-child(2)").all_inner_texts()
    return tally.locator("caption").inner_text(), [int(count) for count in counts]


def draw_words(page, sentence, **fields):
    for name, value in {"Your words": sentence, **fields}.items():
        page.get_by_label(name, exact=True).fill(str(value))
    page.get_by_role("button", name="Draw my words").click()


def draw_weights(page, text):
    page.get_by_label("Your weights, as CSV").fill(text)
    page.get_by_role("button", name="Draw my weights").click()


def told(page, form):
    """Return what a form says, of success and of trouble."""
    said = page.locator(f"form[data-form={form}] :is([role=status], [role=alert])")
    return " ".join(said.all_inner_texts()).strip()


def test_it_opens_on_the_published_run(figure):
    np.testing.assert_allclose(shown(the_map(figure)), computed(), atol=0.00051)
    assert reading(figure) == (
        "Seed 42, width 8, scale 1, causal: wrong gives most to corpus, 93.7%. "
        "This is the published run."
    )
    assert figure.locator("tr.looks th").all_inner_texts() == ["wrong"]


def test_each_dial_moves_the_weights_as_python_does(figure):
    figure.get_by_label("Seed", exact=True).fill("7")
    np.testing.assert_allclose(shown(the_map(figure)), computed(seed=7), atol=0.00051)
    figure.get_by_label("Width, as a slider").fill("31")
    recipe = {"seed": 7, "width": 31}
    np.testing.assert_allclose(shown(the_map(figure)), computed(**recipe), atol=0.00051)
    figure.get_by_label("Scale of the matrices", exact=True).fill("0.25")
    recipe["scale"] = 0.25
    np.testing.assert_allclose(shown(the_map(figure)), computed(**recipe), atol=0.00051)
    figure.get_by_label("Later words are hidden").uncheck()
    np.testing.assert_allclose(
        shown(the_map(figure)), computed(**recipe, causal=False), atol=0.00051
    )
    assert reading(figure).startswith("Seed 7, width 31, scale 0.25, full: wrong gives most to ")
    assert "published" not in reading(figure)
    assert figure.get_by_label("Seed, as a slider").input_value() == "7"
    assert figure.get_by_label("Width", exact=True).input_value() == "31"


def test_the_keyboard_alone_moves_it_and_brings_it_back(figure):
    figure.get_by_label("Seed", exact=True).focus()
    figure.keyboard.press("Tab")
    figure.keyboard.press("ArrowRight")
    assert reading(figure).startswith("Seed 43, width 8, scale 1, causal")
    for key in ("Tab", "Tab", "ArrowLeft", "Tab", "Tab", "ArrowLeft", "Tab", "Space"):
        figure.keyboard.press(key)
    assert reading(figure).startswith("Seed 43, width 7, scale 0.99, full")
    figure.keyboard.press("Tab")
    assert figure.evaluate("document.activeElement.ariaLabel") == (
        "Attention weights under this recipe"
    )
    figure.get_by_label("Seed", exact=True).focus()
    figure.keyboard.press("Shift+Tab")
    figure.keyboard.press("Enter")
    assert reading(figure).endswith("This is the published run.")
    for key in ("Shift+Tab", "Shift+Tab", "Space"):
        figure.keyboard.press(key)
    assert reading(figure).startswith("Seed 43,")
    assert counted(figure)[0].startswith("2 seeds, 42 to 43:")


def test_on_a_phone_the_count_is_in_sight_while_the_scale_is_dragged(figure):
    figure.set_viewport_size(NARROW)
    top = figure.get_by_label("Scale of the matrices, as a slider").bounding_box()["y"]
    count = figure.locator("[data-place=reach]").bounding_box()
    assert count["y"] + count["height"] - top < 750


def test_the_marks_of_the_scale_never_cover_one_another(figure):
    figure.set_viewport_size(NARROW)
    marks = figure.locator(".dial-track:has([data-assumed])")
    for width in range(1, 33):
        figure.get_by_label("Width", exact=True).fill(str(width))
        published, assumed = (mark.bounding_box() for mark in marks.locator(".dial-mark").all())
        first, second = sorted((published, assumed), key=lambda box: box["x"])
        assert first["x"] + first["width"] <= second["x"] + 1, width
        track = marks.bounding_box()
        assert track["x"] <= first["x"]
        assert second["x"] + second["width"] <= track["x"] + track["width"]


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_the_count_is_the_package_s_and_a_scale_moves_no_winner(opened, motion):
    page = opened("figure", reduced_motion=motion)
    for _ in range(3):
        page.get_by_role("button", name="Draw a hundred more").click()
    for scale in (1, 0.35):
        page.get_by_label("Scale of the matrices", exact=True).fill(str(scale))
        drawn = attention_by_seed(WORDS, range(42, 343), query=-1, weight_scale=scale)
        caption, counts = counted(page)
        assert caption.startswith("301 seeds, 42 to 342: to which word wrong gives most")
        assert counts == np.bincount(drawn.argmax(axis=1), minlength=4).tolist()
        reach = (drawn[:, 1] >= computed()[3, 1] - 1e-9).sum()
        middle = np.median(drawn.max(axis=1))
        said = page.locator("[data-place=reach]").inner_text()
        assert said.startswith(f"{reach} of 301 give corpus at least 93.7%.")
        assert f" {middle:.1%} in the middle" in said
    page.get_by_label("Width", exact=True).fill("3")
    drawn = attention_by_seed(WORDS, range(42, 343), query=-1, d_model=3)
    assert counted(page)[1] == np.bincount(drawn.argmax(axis=1), minlength=4).tolist()
    page.get_by_role("button", name="Back to the published run").click()
    assert counted(page) == (
        "So far one seed, 42: to which word wrong gives most", [0, 1, 0, 0],
    )  # fmt: skip


def test_the_count_has_an_end(figure):
    for _ in range(21):
        figure.get_by_role("button", name="Draw a hundred more").click()
    assert sum(counted(figure)[1]) == 2000
    assert figure.get_by_role("alert").inner_text() == "2000 seeds are as many as this page draws."


@pytest.mark.parametrize("typed", ["", "10000", "-1", "4.5"])
def test_what_is_no_seed_is_refused_and_then_put_back(figure, typed):
    before, seed = reading(figure), figure.get_by_label("Seed", exact=True)
    seed.fill(typed)
    wanted = "Seed: a whole number from 0 to 9999 is wanted."
    assert figure.get_by_role("alert").inner_text() == wanted
    assert seed.get_attribute("aria-invalid") == "true"
    assert reading(figure) == before
    figure.keyboard.press("Tab")
    assert seed.input_value() == "42"
    assert figure.locator(".explorable-live .own-problem").inner_text() == ""


def test_a_screen_reader_is_told_once_when_the_dragging_rests(figure):
    figure.evaluate("""() => {
        window.said = [];
        const status = document.querySelector(".explorable-live [role=status]");
        const note = () => said.push(status.textContent);
        if (status.textContent) note();
        new MutationObserver(note).observe(status, {childList: true});
    }""")
    figure.wait_for_function("said.length === 1")
    figure.get_by_label("Seed, as a slider").evaluate("""slider => {  // with no rest between
        for (let seed = 50; seed < 70; seed += 1) {
            slider.value = seed;
            slider.dispatchEvent(new Event("input", {bubbles: true}));
        }
    }""")
    figure.wait_for_function("said.length > 1")
    figure.wait_for_timeout(700)
    assert len(figure.evaluate("said")) == 2
    assert figure.evaluate("said[1]").startswith(reading(figure))


def test_paper_and_a_page_without_scripts_show_the_picture(opened):
    page = opened("figure")
    picture, live = page.get_by_text("The picture on paper."), page.locator(".explorable-live")
    assert (picture.is_visible(), live.is_visible()) == (False, True)
    page.emulate_media(media="print")
    assert (picture.is_visible(), live.is_visible()) == (True, False)
    page = opened("figure", java_script_enabled=False)
    assert page.get_by_text("The picture on paper.").is_visible()
    assert not page.locator(".explorable-live").is_visible()
    page = opened("own", java_script_enabled=False)
    assert page.get_by_text("No words without a script.").is_visible()
    assert not page.get_by_role("button", name="Draw").count()


def test_a_book_has_the_picture_and_no_form(site):
    build = site.build("-b", "epub", into="_epub")
    assert build.code == 0, build.warned
    for name, said in {"figure": "The picture on paper.", "own": "No words without"}.items():
        text = (site.root / "_epub" / "html" / "essay" / f"{name}.xhtml").read_text("utf-8")
        assert said in text
        assert not re.search("<(form|input|button|script)", text)


def test_a_sentence_is_drawn_by_the_essay_s_recipe(own):
    draw_words(own, "  all words\tlook alike here ", Seed=5, Width=16, Scale=0.5)
    box = own.locator(".own-run")
    np.testing.assert_allclose(shown(box), computed(5, 5, 16, 0.5), atol=0.00051)
    assert box.locator("tbody th").all_inner_texts() == ["all", "words", "look", "alike", "here"]
    caption = box.locator("caption").inner_text()
    assert caption == (
        f"{NOT_PUBLISHED} Untrained attention over 5 words: seed 5, width 16, scale 0.5, causal."
    )
    assert told(own, "sentence") == f"Drawn below, 5 by 5. {NOT_PUBLISHED}"
    own.get_by_label("Later words are hidden").uncheck()
    own.get_by_label("Your words").press("Enter")
    np.testing.assert_allclose(shown(box), computed(5, 5, 16, 0.5, causal=False), atol=0.00051)


def test_words_are_words_and_never_markup(own):
    draw_words(own, "<img src=x onerror=alert(1)> <b>a</b> &lt; a a")
    heads = own.locator(".own-run tbody th").all_inner_texts()
    assert heads == ["<img", "src=x", "onerror=alert(1)>", "<b>a</b>", "&lt;", "a (1)", "a (2)"]
    assert own.locator(".own-run :is(img, b)").count() == 0


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"sentence": "  "}, "Type at least one word."),
        ({"sentence": "w " * 33}, "At most 32 words can be drawn, and these are 33."),
        ({"Seed": "-1"}, "Seed must be a whole number from 0 to 4294967295."),
        ({"Seed": "4294967296"}, "Seed must be a whole number from 0 to 4294967295."),
        ({"Width": "2.5"}, "Width must be a whole number from 1 to 64."),
        ({"Width": ""}, "Width must be a whole number from 1 to 64."),
        ({"Scale": "2.1"}, "Scale must be a number from 0 to 2."),
    ],
)
def test_what_cannot_be_drawn_is_said_at_its_field(own, fields, said):
    draw_words(own, "one two")
    draw_words(own, **{"sentence": "one two", **fields})
    assert told(own, "sentence") == said
    field = next(iter(fields)).replace("sentence", "Your words")
    assert own.evaluate("document.activeElement.labels[0].textContent.trim()") == field
    assert own.locator("[aria-invalid]").count() == 1
    assert own.locator(".own-run").count() == 0


@pytest.mark.parametrize(
    ("text", "rows", "columns", "weights"),
    [
        ("1,0\n0.25,0.75", ["row 1", "row 2"], ["1", "2"], [[1, 0], [0.25, 0.75]]),
        ("1;0\r\n.25;7.5e-1\r\n\r\n", ["row 1", "row 2"], ["1", "2"], [[1, 0], [0.25, 0.75]]),
        ("query / key,a,b\na,1.0,\nb,.5,.5\n", ["a", "b"], ["a", "b"], [[1, np.nan], [0.5, 0.5]]),
        ("a\tb\n1\t0", ["row 1"], ["a", "b"], [[1, 0]]),
        ("query,.,3rd\n.,1,0", ["."], [".", "3rd"], [[1, 0]]),
        ('"x, ""y""",0.5,0.5', ['x, "y"'], ["1", "2"], [[0.5, 0.5]]),
        ("b,1,0\nb,0,1", ["b (1)", "b (2)"], ["1", "2"], [[1, 0], [0, 1]]),
        ("1", ["row 1"], ["1"], [[1]]),
    ],
)  # fmt: skip
def test_pasted_weights_are_drawn(own, text, rows, columns, weights):
    draw_weights(own, text)
    box = own.locator(".own-run")
    np.testing.assert_array_equal(shown(box), weights)
    assert box.locator("tbody th").all_inner_texts() == rows
    assert box.locator("thead th").all_inner_texts() == columns
    assert told(own, "weights") == f"Drawn below, {len(rows)} by {len(columns)}. {NOT_PUBLISHED}"


def test_rows_that_do_not_sum_to_one_are_named_and_drawn(own):
    draw_weights(own, "a,0.5,0.4\nb,0.333,0.666\nc,0.9,0.2\nd,,\n")
    assert told(own, "weights").endswith(
        "Row 1 (a) sums to 0.90, not to 1. Row 3 (c) sums to 1.10, not to 1. "
        "Row 4 (d) sums to 0.00, not to 1."
    )
    assert own.locator(".own-run tbody tr").count() == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (" \n", "Paste at least one row of weights."),
        ("1,0\n1", "All rows must be equally long: line 1 has 2 cells, line 2 has 1."),
        ("0.5,o.5\n1,0", "Row 1, column 2: “o.5” is not a number such as 0.25."),
        ("0.5,0.5\n0x1,0", "Row 2, column 1: “0x1” is not a number such as 0.25."),
        ("50%,50%\n10%,90%", "Row 1, column 1: “50%” is not a number such as 0.25."),
        ("0,5;0,5\n0,1;0,9", "Row 1, column 1: “0,5” is not a number such as 0.25."),
        ("0.5 0.5\n0.1 0.9", "Row 1, column 1: “0.5 0.5” is not a number such as 0.25."),
        ("2,1", "Row 1, column 1: a weight must lie between 0 and 1, and this is 2."),
        ("1,NaN", "Row 1, column 2: “NaN” is not a number such as 0.25."),
        ("1,0\n0,1.3", "Row 2, column 2: a weight must lie between 0 and 1, and this is 1.3."),
        ("1,-0.1", "Row 1, column 2: a weight must lie between 0 and 1, and this is -0.1."),
        (",".join(["0"] * 65), "At most 64 rows and columns can be drawn, and these are 1 and 65."),
    ],
)
def test_weights_that_are_none_are_refused(own, text, said):
    draw_weights(own, "1,0")
    draw_weights(own, text)
    assert told(own, "weights") == said
    assert own.evaluate("document.activeElement.id") == "own-weights"
    assert own.locator(".own-run").count() == 0


def test_a_run_is_marked_in_the_picture_too_and_is_never_citable(own, tmp_path):
    draw_words(own, "<b> is bold")
    with own.expect_download() as download:
        own.get_by_role("button", name="Save as a picture").click()
    assert download.value.suggested_filename == "own-run-not-published.svg"
    saved = tmp_path / "saved.svg"
    download.value.save_as(saved)
    own.set_content(saved.read_text("utf-8"))
    texts = own.locator("svg > text").all_text_contents()
    assert "A reader’s own run, not a published output." in texts
    assert "NOT A PUBLISHED OUTPUT" in texts
    assert texts.count("<b>") == 2  # as row and as column
    wanted = computed(3)[~np.isnan(computed(3))]
    assert [t for t in texts if re.fullmatch(r"1?\.\d{3}", t)] == [
        f"{weight:.3f}".removeprefix("0") for weight in wanted
    ]
    # across the weights, so that none can be cut out without it
    box = "e => {const b = e.getBBox(); return b.width}"
    across = own.get_by_text("NOT A PUBLISHED OUTPUT", exact=True).evaluate(box)
    assert across >= 3 * 44


def test_no_result_can_be_cited(own):
    draw_words(own, "a b")
    draw_weights(own, "1,0")
    assert own.locator(".own-run").count() == 2
    assert own.locator(".own-result :is(a, [id])").count() == 0
    assert own.locator(".own-run thead td").all_inner_texts() == ["your run", "your run"]


def test_the_keyboard_alone_draws(own):
    own.get_by_label("Your words").focus()
    own.keyboard.type("one two")
    own.keyboard.press("Enter")
    assert told(own, "sentence").startswith("Drawn below, 2 by 2.")
    own.get_by_label("Your weights, as CSV").focus()
    own.keyboard.type("1,0")
    own.keyboard.press("Tab")
    own.keyboard.press("Enter")
    own.keyboard.press("Tab")
    assert own.evaluate("document.activeElement.ariaLabel") == (
        "Your weights, not a published output"
    )
    own.keyboard.press("Tab")
    assert own.evaluate("document.activeElement.textContent") == "Save as a picture (SVG)"


def test_on_a_phone_what_was_drawn_comes_into_sight(own):
    own.set_viewport_size({"width": 390, "height": 500})
    own.get_by_label("Your words").fill("all words look alike")
    own.get_by_label("Your words").press("Enter")
    own.wait_for_function(  # the page scrolls there smoothly
        "document.querySelector('.own-run').getBoundingClientRect().bottom <= innerHeight",
        timeout=5000,
    )


def test_they_fit_a_phone(opened):
    figure, own = opened("figure"), opened("own")
    draw_words(own, "incomprehensibilities " * 20)
    draw_weights(own, "\n".join([",".join(["0.05"] * 20)] * 20))
    for page in (figure, own):
        page.set_viewport_size(NARROW)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate("document.querySelector('.content').scrollWidth") <= 390
    assert the_map(figure).evaluate(
        "e => e.parentElement.scrollWidth <= e.parentElement.clientWidth"
    )
