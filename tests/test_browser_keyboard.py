"""The keyboard reaches everything, in the order of the page, and shows where it is."""

import pytest

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
SIZES = pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "390"])
STILL = "* { scroll-behavior: auto !important; transition: none !important; }"
# The element that has the focus: its place in the page, and whether it is seen and ringed there.
FOCUSED = """() => {
  const e = document.activeElement;
  if (e === document.body) return null;
  const box = part => part.getBoundingClientRect();
  const seen = part => box(part).width > 0 && box(part).right > 0 && box(part).left < innerWidth
    && box(part).bottom > 0 && box(part).top < innerHeight && getComputedStyle(part).opacity > 0;
  const ringed = ({outlineStyle, outlineWidth}) =>
    outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
  const parts = e.matches(".sidebar-toggle, .toctree-checkbox") ? [...e.labels] : [e];
  return {
    place: [...document.querySelectorAll("*")].indexOf(e), said: e.outerHTML.slice(0, 120),
    shown: parts.some(part => seen(part) && ringed(getComputedStyle(part))),
  };
}"""
# What a reader with a mouse can press, by its place in the page.
PRESSED = """() => {
  const all = [...document.querySelectorAll("*")];
  const controls = "a[href], button, summary, select, textarea, input:not([type=radio])";
  return all.flatMap((e, place) => e.matches(controls) && !e.disabled && e.tabIndex >= 0
    && e.checkVisibility({visibilityProperty: true}) ? [[place, e.outerHTML.slice(0, 120)]] : []);
}"""


@pytest.fixture
def opened(browser):
    """Open pages in which nothing glides, and close them at the end."""
    pages = []

    def open_page(path, size=WIDE):
        pages.append(browser.new_page(viewport=size, reduced_motion="reduce"))
        pages[-1].goto(path.as_uri())
        pages[-1].add_style_tag(content=STILL)
        return pages[-1]

    yield open_page
    for page in pages:
        page.close()


def tab_to_the_end(page, at_most=1500):
    """Press Tab until the focus has left the page, and return what had it."""
    visited = []
    for _ in range(at_most):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if not focused:
            break
        visited.append(focused)
    return visited


@SIZES
def test_tab_visits_all_that_can_be_pressed_in_the_order_of_the_page(site, opened, size):
    page = opened(site / "essay" / "02-what-attention-is.html", size)
    pressed = dict(page.evaluate(PRESSED))
    visited = tab_to_the_end(page)
    places = [one["place"] for one in visited]
    assert places == sorted(set(places))  # in order, none twice: so nothing holds it
    assert not [said for place, said in pressed.items() if place not in places]
    assert not [one["said"] for one in visited if not one["shown"]]
    assert len(pressed) > 50


def test_one_key_skips_to_the_text(site, opened):
    page = opened(site / "essay" / "02-what-attention-is.html")
    skip = page.get_by_role("link", name="Skip to content")
    for _ in range(3):
        page.keyboard.press("Tab")
        if skip.evaluate("e => e === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("!!document.activeElement.closest('article')")


def test_the_drawers_of_a_phone_open_by_keyboard_and_hold_nothing_while_closed(site, opened):
    page = opened(site / "essay" / "02-what-attention-is.html", NARROW)
    for toggle, inside in (
        ("Toggle site navigation sidebar", ".sidebar-drawer a"),
        ("Toggle table of contents sidebar", ".toc-drawer a"),
    ):
        assert not page.locator(inside).last.is_visible()
        page.get_by_role("checkbox", name=toggle).focus()
        page.keyboard.press("Space")
        page.locator(inside).last.wait_for()
        page.keyboard.press("Space")
        page.locator(inside).last.wait_for(state="hidden")
