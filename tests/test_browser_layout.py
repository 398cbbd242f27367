"""How a page is set: its faces, its measure, what is too wide for it, both schemes, and paper."""

from io import BytesIO

import pytest
from optional import require

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
MATHEMATICS = "essay/03-the-mathematics.html"
BOXES = "article :is(.highlight pre, .table-wrapper, .math-display, .figure-scroll)"
# The characters of a line of prose, on average over the full lines of a page.
CHARACTERS_A_LINE = """() => {
  const range = document.createRange(), counts = [];
  for (const p of document.querySelectorAll("article section > p:not([class])")) {
    range.selectNodeContents(p);
    const tops = new Set([...range.getClientRects()].map(box => Math.round(box.bottom / 14)));
    if (tops.size > 3) counts.push(p.innerText.length / (p.clientHeight / 28.8));
  }
  return counts.reduce((sum, count) => sum + count, 0) / counts.length;
}"""


@pytest.fixture
def opened(browser):
    """Open pages, each in a window of its own, and close them at the end."""
    contexts = []

    def open_page(path, size=WIDE, **options):
        contexts.append(browser.new_context(viewport=size, **options))
        page = contexts[-1].new_page()
        page.said = []
        page.on("console", lambda message: page.said.append(message.text))
        page.goto(path.as_uri())
        page.evaluate("document.fonts.ready")
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_the_bundled_faces_are_what_is_seen(site, opened):
    page = opened(site / MATHEMATICS)
    loaded = page.evaluate(
        "[...document.fonts].filter(f => f.status == 'loaded').map(f => f.family)"
    )
    assert {name.strip('"') for name in loaded} >= {"Essay Serif", "Essay Code", "Essay Math"}
    assert not page.said  # a browser says so when it is refused a font


def test_a_line_has_about_seventy_characters(site, opened):
    assert 60 <= opened(site / MATHEMATICS).evaluate(CHARACTERS_A_LINE) <= 76


def test_numerals_are_old_style_in_prose_and_tabular_in_code(site, opened):
    page = opened(site / MATHEMATICS)
    style = "e => getComputedStyle(e).fontVariantNumeric"
    prose = page.eval_on_selector("article section > p:not([class])", style)
    code = page.eval_on_selector("article pre", style)
    assert (prose, code) == (
        "oldstyle-nums proportional-nums",
        "lining-nums tabular-nums",
    )


def test_brackets_and_roots_grow_with_what_they_hold(site, opened):
    page = opened(site / MATHEMATICS)
    low, high = page.evaluate("""() => {
      const math = inside => `<math><mrow><mo>(</mo>${inside}<mo>)</mo></mrow></math>`;
      const tall = "<mfrac><mfrac><mi>a</mi><mi>b</mi></mfrac><mi>c</mi></mfrac>";
      document.querySelector("article").insertAdjacentHTML("beforeend",
        `<p id="tried">${math("<mi>a</mi>")} ${math(tall)}</p>`);
      return [...document.querySelectorAll("#tried math")].map(
        m => m.querySelector("mo").getBoundingClientRect().height);
    }""")
    assert high > 1.8 * low


def test_no_room_is_left_after_a_root(site, opened):
    gaps = opened(site / MATHEMATICS).eval_on_selector_all(
        "math > msqrt:only-child",
        """roots => roots.map(root => {
             const right = element => element.getBoundingClientRect().right;
             return right(root) - right(root.lastElementChild);
           })""",
    )
    assert len(gaps) >= 3
    assert max(gaps) < 2


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "390"])
def test_what_is_too_wide_scrolls_inside_itself_and_shows_it(site, opened, size):
    for chapter in sorted((site / "essay").glob("*.html")):
        page = opened(chapter, size)
        found = page.eval_on_selector_all(
            BOXES,
            """boxes => boxes.filter(b => b.scrollWidth > b.clientWidth + 1).map(b => {
                 const s = getComputedStyle(b);
                 return [s.overflowX, s.backgroundAttachment.includes("local, local, scroll")];
               })""",
        )
        assert all(box == ["auto", True] for box in found), chapter.name
        assert found or size == WIDE
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_on_a_laptop_nearly_all_code_is_read_without_scrolling(site, opened):
    page, scrolls = opened(site / "index.html"), []
    for chapter in sorted((site / "essay").glob("*.html")):
        page.goto(chapter.as_uri())
        page.evaluate("document.fonts.ready")
        page.locator("article details").evaluate_all("folds => folds.forEach(f => f.open = true)")
        scrolls += page.eval_on_selector_all(
            "article .highlight pre", "boxes => boxes.map(b => b.scrollWidth > b.clientWidth)"
        )
    assert len(scrolls) > 100
    assert sum(scrolls) < len(scrolls) / 8


def test_a_block_of_short_lines_is_as_wide_as_the_prose(site, opened):
    page = opened(site / "essay" / "02-what-attention-is.html")
    block, prose = (
        page.locator(selector).first.bounding_box()["width"]
        for selector in ("article .session .highlight", "article section > section > p")
    )
    assert abs(block - prose) < 2


def test_the_columns_fit_every_window(site, opened):
    page = opened(site / MATHEMATICS)
    for width in range(1000, 1700, 50):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_figures_are_in_the_readers_scheme(site, opened, scheme, script):
    page = opened(site / MATHEMATICS, color_scheme=scheme, java_script_enabled=script)
    other = {"light": "dark", "dark": "light"}[scheme]
    shown = page.locator(f".gallery-figure img.only-{scheme}")
    assert shown.count() >= 3
    assert all(picture.is_visible() for picture in shown.all())
    assert not any(p.is_visible() for p in page.locator(f".gallery-figure img.only-{other}").all())


def test_a_chapter_has_a_head(site, opened):
    for chapter in sorted((site / "essay").glob("*.html")):
        head = opened(chapter).locator("article h1, .chapter-question, .outputs-head")
        number, question, told = (head.nth(n).inner_text() for n in range(3))
        assert number.startswith("Chapter ") or number.startswith(str(int(chapter.name[:2])))
        assert question.endswith("?")
        assert "minutes" in told
        assert "verified outputs" in told


def test_on_paper_the_text_stands_alone_and_solutions_are_open(site, opened):
    page = opened(site / MATHEMATICS, color_scheme="dark")
    page.emulate_media(media="print")
    for gone in (".sidebar-drawer", ".mobile-header", ".related-pages", ".output-link"):
        assert not page.locator(gone).first.is_visible(), gone
    assert page.locator("details.sd-dropdown p").last.is_visible()
    display = "e => getComputedStyle(e).display"  # a picture further down has no size yet
    assert page.locator("img.only-light").first.evaluate(display) == "block"
    assert page.locator("img.only-dark").first.evaluate(display) == "none"
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")


def test_pointing_at_an_output_moves_nothing(site, opened):
    page = opened(site / "essay" / "08-one-number-ten-thousand-seeds.html")
    size = """output => {const block = output.closest(".highlight"), pre = output.closest("pre");
                         return [block.offsetWidth, block.offsetHeight, pre.scrollWidth]}"""
    for output in page.locator(".session .output:visible").all():
        before = output.evaluate(size)
        output.hover()
        assert output.locator(".output-ran").is_visible()
        assert output.evaluate(size) == before


def test_folds_and_answers_are_as_wide_as_the_text(site, opened):
    page = opened(site / "essay" / "02-what-attention-is.html")
    width = "box => Math.round(box.getBoundingClientRect().width)"
    measure = page.locator("article section > p").first.evaluate(width)
    folds = page.locator("details.sd-dropdown:visible")
    assert folds.count() > 3
    assert {folds.nth(i).evaluate(width) for i in range(folds.count())} == {measure}
    answer = page.get_by_label("Your answer, in Python")
    assert answer.evaluate(width) == measure
    answer.fill("x" * 90)
    assert measure < answer.evaluate(width) <= page.locator("article").evaluate(width)


def test_the_buttons_over_a_page_stand_apart_on_a_phone(site, opened):
    page = opened(site / MATHEMATICS, NARROW)
    theme = page.locator(".theme-toggle:visible").bounding_box()
    contents = page.locator(".toc-header-icon:visible").bounding_box()
    assert contents["x"] - theme["x"] - theme["width"] >= 8


def test_a_wide_figure_shows_that_it_goes_on(site, opened):
    page = opened(site / "essay" / "08-one-number-ten-thousand-seeds.html", NARROW)
    box = page.locator(".figure-scroll:visible").first
    box.scroll_into_view_if_needed()
    box.locator("img:visible").evaluate("picture => picture.decode()")
    shaded = lightness_at_the_edge(box.screenshot())
    box.evaluate("box => box.scrollTo(box.scrollWidth, 0)")
    assert shaded < 240 < lightness_at_the_edge(box.screenshot())


def lightness_at_the_edge(png):
    with require("PIL.Image").open(BytesIO(png)) as picture:
        return picture.convert("L").getpixel((picture.width - 2, 2))
