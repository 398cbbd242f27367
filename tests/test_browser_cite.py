"""The cite dialog in a browser, from a folder and served: by click, keyboard, without a script."""

import re

import pytest
import serving
from minisite import MiniSite, chapter
from optional import require

NARROW = {"width": 390, "height": 844}
LONG = "0.93732481 " * 20 + "</script><b>"
SCOPE = ":::{scope} share\nIt supports this.\n\nIt doesn't support that.\n:::\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    require("furo")
    text = chapter(
        ">>> print(0.93732481)  # out: share\n0.93732481",
        f">>> print({LONG!r})  # out: long\n{LONG}",
        *(f">>> {i}\n{i}" for i in range(20)),
        ">>> print('a\\n\\nb')  # out: lines\na\n<BLANKLINE>\nb",
    )
    root = tmp_path_factory.mktemp("a site")  # whose address has a mark that is written %20
    return MiniSite(root, 'html_theme = "furo"\n', one=text + SCOPE).built()


@pytest.fixture
def page(browser, site):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto((site.html / "essay" / "one.html").as_uri())
    yield page
    context.close()


@pytest.fixture
def address(site):
    with serving.served(site.html) as address:
        yield address


def link(page, label="share"):
    return page.get_by_role("link", name=f"Cite output {label}", exact=True)


def dialog(page, label="share"):
    return page.get_by_role("dialog", name=f"Cite output {label}", exact=True)


def test_a_click_opens_the_dialog_in_its_place(page):
    before = page.url
    link(page).click()
    assert dialog(page).is_visible()
    assert page.url == before
    text = dialog(page).inner_text()
    for said in ("0.93732481", "Run 2023-11-14", "@misc{microattention:share,", "output “share”",
                 "It supports this.", "It doesn't support that."):  # fmt: skip
        assert said in text


def test_the_keyboard_opens_it_and_escape_gives_the_focus_back(page):
    link(page).focus()
    page.keyboard.press("Enter")
    assert dialog(page).is_visible()
    assert page.evaluate("document.querySelector('dialog').contains(document.activeElement)")
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="detached")
    assert page.evaluate("document.activeElement.dataset.output") == "share"


def test_its_close_button_closes_it(page):
    link(page).click()
    dialog(page).get_by_role("button", name="Close").click()
    page.locator("dialog").wait_for(state="detached")
    assert page.evaluate("document.activeElement.dataset.output") == "share"


def test_tab_stays_inside(page):
    link(page).click()
    names = "e => e === document.body || e.closest('dialog') ? e.ariaLabel || e.innerText : 'out'"
    visited = [link(page).evaluate("() => document.activeElement.innerText")]
    for _ in range(25):
        page.keyboard.press("Tab")
        visited.append(page.evaluate(f"({names})(document.activeElement)"))
    assert "out" not in visited
    copies = {"Copy value", "Copy sentence to paste", "Copy bibtex", "Copy permalink"}
    assert copies | {"Close", "All of this as a page"} <= set(visited)


def copied(page):
    """Press each button that copies, and return what it copied."""
    link(page).click()
    texts = {}
    for name in ("value", "sentence to paste", "bibtex", "permalink"):
        dialog(page).get_by_role("button", name=f"Copy {name}", exact=True).click()
        page.get_by_role("status").filter(has_text=re.compile(f"^{name} copied", re.I)).wait_for()
        texts[name] = page.evaluate("navigator.clipboard.readText()")
    return texts


def expected(site, permalink):
    files = (site.read(f"outputs/share.{suffix}") for suffix in ("txt", "bib"))
    sentence, bibtex = (text.replace("essay/one.html#share", permalink) for text in files)
    return {"value": "0.93732481", "sentence to paste": sentence.strip(), "bibtex": bibtex,
            "permalink": permalink}  # fmt: skip


def test_each_button_copies_its_text(page, site, address):
    page.goto(f"{address}/essay/one.html")
    assert copied(page) == expected(site, f"{address}/essay/one.html#share")
    assert "copy in a folder" not in dialog(page).inner_text()


def test_nobody_cites_a_folder_of_their_own(page, site):
    assert copied(page) == expected(site, "essay/one.html#share")
    assert "This is a copy in a folder." in dialog(page).inner_text()


def test_a_button_says_for_a_while_what_it_did(page):
    page.clock.install()
    link(page).click()
    button = dialog(page).get_by_role("button", name="Copy value", exact=True)
    button.click()
    dialog(page).get_by_text("Copied", exact=True).wait_for()
    page.clock.run_for(4000)
    assert button.inner_text() == "Copy"
    refuse = "navigator.clipboard.writeText = () => Promise.reject(); "
    page.evaluate(refuse + "document.execCommand = () => false")
    button.click()
    dialog(page).get_by_text("Selected", exact=True).wait_for()
    assert page.get_by_role("status").inner_text() == "Value is selected; copy it from there."
    assert page.evaluate("getSelection().toString()") == "0.93732481"


def test_several_lines_and_markup_stay_text(page):
    link(page, "lines").click()
    dialog(page, "lines").get_by_role("button", name="Copy value").click()
    assert page.evaluate("navigator.clipboard.readText()") == "a\n\nb"
    page.keyboard.press("Escape")
    link(page, "long").click()
    assert LONG in dialog(page, "long").get_by_label("Value", exact=True).inner_text()


def test_the_permalink_lands_on_the_output(page, address):
    page.goto(f"{address}/essay/one.html")
    link(page, "lines").click()
    permalink = dialog(page, "lines").get_by_label("Permalink", exact=True).inner_text()
    page.goto("about:blank")
    page.goto(permalink)
    assert page.evaluate("document.querySelector(':target').id") == "lines"
    page.wait_for_function(  # the page scrolls there smoothly
        "() => {const box = document.querySelector('#lines').getBoundingClientRect();"
        " return box.top > 0 && box.bottom < innerHeight}",
        timeout=5000,
    )


def test_hover_and_focus_show_when_and_with_what_it_was_run(page):
    note = page.locator("#ran--share")
    assert not note.is_visible()
    page.locator("#share").hover()
    assert note.is_visible()
    page.mouse.move(0, 0)
    assert not note.is_visible()
    link(page).focus()
    assert note.is_visible()
    assert note.inner_text().startswith("run 2023-11-14, Python 3.")


def test_a_copied_block_has_no_tools_in_it(page):
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.session pre'))")
    page.keyboard.press("Control+c")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "0.93732481" in copied
    assert "cite" not in copied


def test_without_a_script_a_page_says_the_same(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site.html / "essay" / "one.html").as_uri())
    link(page).click()
    assert page.url == (site.html / "outputs" / "share.html").as_uri()
    text = page.locator("article").inner_text()
    for said in ("0.93732481", site.read("outputs/share.txt").strip(), "It supports this.",
                 "It doesn't support that.", "@misc{microattention:share,", "Run 2023-11-14",
                 site.outputs["share"]["sha256"]):  # fmt: skip
        assert said in text
    page.get_by_role("link", name="A chapter").last.click()
    assert page.url.endswith("/essay/one.html#share")
    context.close()


@pytest.mark.parametrize("name", ["essay/one", "outputs/share", "outputs/long", "outputs/index"])
def test_nothing_sticks_out_on_a_phone(page, site, name):
    page.set_viewport_size(NARROW)
    page.goto((site.html / f"{name}.html").as_uri())
    if name == "essay/one":
        link(page, "long").click()
        box = page.locator("dialog").bounding_box()
        assert 0 <= box["x"] <= box["x"] + box["width"] <= 390
        assert page.locator("dialog").evaluate("d => d.scrollWidth <= d.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.querySelector('.content').scrollWidth") <= 390
