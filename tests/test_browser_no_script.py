"""The essay with JavaScript off: its text, outputs, figures, hints and solutions are all there."""

import json

import pytest


@pytest.fixture
def page(browser):
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 1280, "height": 900}
    )
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def chapters(site):
    return sorted((site / "essay").glob("[0-9]*.html"))


def unfold(page):
    """Open what is folded, as a reader does."""
    closed = page.locator("article details:not([open]) > summary:visible")
    while closed.count():
        closed.first.click()


def test_every_output_of_every_chapter_is_there_and_leads_to_its_page(site, page, chapters):
    outputs = json.loads((site / "outputs.json").read_text("utf-8"))["outputs"]
    for chapter in chapters:
        page.goto(chapter.as_uri())
        unfold(page)
        here = [one for one in outputs if one["url"].startswith(f"essay/{chapter.name}#")]
        for one in here:
            assert page.locator(f"[id='{one['id']}']").is_visible(), one["url"]
            cite = page.locator(f"a[data-output='{one['id']}']").first
            assert cite.is_visible()
            target = (chapter.parent / cite.get_attribute("href")).resolve()
            assert target == site / "outputs" / f"{one['id']}.html"
        assert here or "audit" in chapter.name


def test_every_fold_opens_and_every_figure_is_drawn(page, chapters):
    for chapter in chapters:
        page.goto(chapter.as_uri())
        unfold(page)
        for fold in page.locator("article details").all():
            assert fold.locator(":scope > :not(summary)").first.is_visible(), chapter.name
        for picture in page.locator("article img:visible").all():
            picture.scroll_into_view_if_needed()
            assert picture.evaluate("async e => {await e.decode(); return e.naturalWidth}") > 0


def test_no_control_is_shown_that_needs_a_script(page, chapters):
    for chapter in chapters:
        page.goto(chapter.as_uri())
        dead = page.locator(":is(button, select, textarea, input[type=range]):visible")
        assert not dead.count(), [one.evaluate("e => e.outerHTML") for one in dead.all()]


def test_the_search_page_says_that_it_needs_one(site, page):
    page.goto((site / "search.html").as_uri() + "?q=softmax")
    assert "activate JavaScript" in page.locator("article").inner_text()
