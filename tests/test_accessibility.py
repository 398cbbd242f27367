"""axe finds nothing on any page, in light and in dark, on a desk and on a telephone."""

import pytest
from kinds import one_of_each_kind
from optional import require_npm
from serving import served

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
# Nothing is left out by being folded away.
UNFOLD = "() => document.querySelectorAll('details').forEach(details => details.open = true)"
FIND = """async only => {
  for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
  const rules = only ? {runOnly: {type: "rule", values: only}} : {};
  const found = await axe.run({resultTypes: ["violations"], preload: false, ...rules});
  return found.violations.flatMap(rule => rule.nodes.map(node =>
    `${rule.id}: ${node.html.slice(0, 200)}: ${node.failureSummary}`));
}"""
# A scheme changes the colours and which pictures are seen; the rest was looked at before.
OF_A_SCHEME = ["color-contrast", "link-in-text-block", "image-alt", "svg-img-alt"]
# The theme opens its drawers by checkboxes, which its style sheet wants beside all landmarks.
OF_THE_THEME = 'region: <input type="checkbox" class="sidebar-toggle"'


@pytest.fixture(scope="module")
def axe():
    return (require_npm("axe-core", "4.14.1") / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport=WIDE, reduced_motion="reduce")
    yield page
    page.close()


def faults(page, axe):
    """Return what axe says of the page as it stands, at both widths and in both schemes."""
    page.evaluate(axe)
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        for scheme, only in (("light", None), ("dark", OF_A_SCHEME)):
            page.emulate_media(color_scheme=scheme)
            for fault in page.evaluate(FIND, only):
                if not fault.startswith(OF_THE_THEME):
                    yield f"{page.url} at {size['width']} in {scheme}: {fault}"


def test_axe_finds_nothing_in_any_chapter(site, page, axe):
    found = []
    for path in sorted((site / "essay").glob("*.html")):
        page.set_viewport_size(WIDE)
        page.goto(path.as_uri())
        page.evaluate(UNFOLD)
        found += faults(page, axe)
    assert page.url.startswith("file:")
    assert not found, "\n".join(found)


def test_axe_finds_nothing_on_the_other_pages(site, page, axe):
    found = []
    with served(site) as address:
        for path in one_of_each_kind(site):
            if path.parent.name != "essay":
                page.set_viewport_size(WIDE)
                page.goto(f"{address}/{path.relative_to(site)}")
                page.evaluate(UNFOLD)
                found += faults(page, axe)
    assert not found, "\n".join(found)


def test_axe_finds_nothing_in_what_a_search_finds(site, page, axe):
    page.goto((site / "search.html").as_uri() + "?q=softmax")
    page.wait_for_function("document.body.innerText.includes('Search finished')")
    found = [*faults(page, axe)]
    assert not found, "\n".join(found)


def test_axe_finds_nothing_in_an_open_dialog_and_in_a_block_that_is_edited(site, page, axe):
    page.goto((site / "essay" / "02-what-attention-is.html").as_uri())
    page.get_by_role("button", name="Edit").first.click()
    page.get_by_role("link", name="Cite output").first.click()
    page.get_by_role("dialog").wait_for()
    found = [*faults(page, axe)]
    assert not found, "\n".join(found)
