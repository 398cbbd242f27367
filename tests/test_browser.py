"""The site in a browser, from a folder: it asks for nothing, fits a phone and can be searched."""

import pytest
from kinds import one_of_each_kind
from serving import served

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
    too_wide = []
    with served(site) as address:
        for path in one_of_each_kind(site):
            page.goto(f"{address}/{path.relative_to(site)}")
            width = page.evaluate("document.documentElement.scrollWidth")
            # what sticks out of a column that hides its overflow is lost just the same
            column = page.evaluate("document.querySelector('.content').scrollWidth")
            if max(width, column) > 390:
                too_wide.append(path.name)
    assert not too_wide


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
    assert not page.complaints  # no page may be read from here, and none is asked for
