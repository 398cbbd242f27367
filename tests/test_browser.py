"""The site in a browser, from a folder: it asks for nothing, fits a phone and can be searched."""

import pytest
from kinds import one_of_each_kind

NARROW, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport=WIDE)
    page.requested, page.complaints = [], []
    page.on("request", lambda request: page.requested.append(request.url))
    page.on("pageerror", lambda error: page.complaints.append(f"{page.url}: {error}"))
    page.on("console", lambda said: complain(page, said))
    yield page
    page.close()


def complain(page, said):
    if said.type in ("error", "warning"):
        page.complaints.append(f"{page.url}: {said.text}")


def readable(site):
    """Return the pages that a reader reaches by reading; one output's page stands for all."""
    parts = ("essay", "docs", "auto_gallery")
    pages = [page for part in parts for page in sorted((site / part).glob("*.html"))]
    return [site / "index.html", *pages, *sorted(site.glob("outputs/*.html"))[:1]]


def test_no_page_asks_for_anything_outside_its_folder_or_complains(site, page):
    pages = one_of_each_kind(site)
    pages.remove(site / "404.html")  # is read over HTTP alone, from any address
    for path in pages:
        page.goto(path.as_uri())
    outside = [url for url in page.requested if not url.startswith((site.as_uri(), "data:"))]
    assert len(page.requested) > 100
    assert not outside
    assert not page.complaints


def test_every_page_fits_a_phone(site, page):
    page.set_viewport_size(NARROW)
    for path in readable(site):
        page.goto(path.as_uri())
        width = page.evaluate("document.documentElement.scrollWidth")
        # what sticks out of a column that hides its overflow is lost just the same
        column = page.evaluate("document.querySelector('.content').scrollWidth")
        assert (width, column) <= (390, 390), path.name


def test_prose_is_set_for_reading(site, page):
    page.goto((site / "essay" / "02-what-attention-is.html").as_uri())
    leading, size, width = page.eval_on_selector(
        "article section > p:not([class])",
        """p => {const s = getComputedStyle(p);
              return [parseFloat(s.lineHeight), parseFloat(s.fontSize), parseFloat(s.maxWidth)]}""",
    )
    assert size >= 17
    assert leading / size == pytest.approx(1.6, abs=0.05)
    assert 30 <= width / size <= 36  # about 70 characters of a book face


def test_the_site_can_be_searched_from_a_folder(site, page):
    page.goto((site / "search.html").as_uri() + "?q=softmax")
    page.wait_for_function("document.body.innerText.includes('Search finished')", timeout=10_000)
    assert page.locator("#search-results a", has_text="The mathematics").count()
