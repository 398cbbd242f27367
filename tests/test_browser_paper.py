"""Pages as a browser prints them: whole lines, light figures, and nothing to press."""

import pytest

PAPER = {"width": 605, "height": 900}  # the 160 mm that margins of 25 mm leave of A4
OTHERS = (
    "docs/reproduction",
    "docs/crosswalk",
    "docs/my-words",
    "docs/references",
    "outputs/index",
    "outputs/corpus-was-wrong",
    "auto_gallery/plot_tile_sizes",
)
STICKS_OUT = """
  [...document.querySelectorAll("article *")]
    .filter((e) => e.checkVisibility() && !e.closest(".visually-hidden, math, svg"))
    .filter((e) => e.getBoundingClientRect().right > innerWidth + 9 || // headings have 8 px of air
      (getComputedStyle(e).overflowX !== "visible" && e.scrollWidth > e.clientWidth + 1))
    .map((e) => e.outerHTML.slice(0, 200))
"""
TO_PRESS = (
    ":is(button, select, form, .only-dark, .headerlink, nav):visible"  # a choice can be ticked
)


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport=PAPER, color_scheme="dark")
    page.emulate_media(media="print")
    yield page
    page.close()


def pages(site):
    """Return what a reader would print."""
    return [*sorted((site / "essay").glob("*.html")), *(site / f"{name}.html" for name in OTHERS)]


def test_nothing_is_cut_off_and_nothing_is_to_press(site, page):
    for path in pages(site):
        page.goto(path.as_uri())
        assert page.evaluate(STICKS_OUT) == [], path.name
        assert page.locator(TO_PRESS).count() == 0, path.name


@pytest.mark.parametrize("chosen", ["auto", "dark"])
def test_the_ink_is_dark_and_the_picture_light(site, page, chosen):
    page.add_init_script(f"localStorage.setItem('theme', '{chosen}')")
    page.goto((site / "essay" / "02-what-attention-is.html").as_uri())
    assert page.locator("body").get_attribute("data-theme") == chosen
    shown = "all => all.map((e) => getComputedStyle(e).display)"
    assert set(page.locator("img.only-light").evaluate_all(shown)) == {"block"}
    assert set(page.locator("img.only-dark").evaluate_all(shown)) == {"none"}
    colour = page.locator("article").first.evaluate("e => getComputedStyle(e).color")
    assert colour == "rgb(0, 0, 0)"


def test_hints_are_open_and_outputs_bear_their_names(site, page):
    page.goto((site / "essay" / "01-why-build-the-thing.html").as_uri())
    folded = page.locator("details.sd-dropdown p")
    assert set(folded.evaluate_all("all => all.map((e) => e.checkVisibility())")) == {True}
    name = page.locator("#corpus-was-wrong .output-cite")
    assert name.evaluate("e => getComputedStyle(e, '::before').content") == '"corpus-was-wrong"'
    assert name.bounding_box()["width"] > 40
