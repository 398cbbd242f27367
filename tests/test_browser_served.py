"""The site over HTTP, as it is published: a search from a chapter, and an address that is not."""

import pytest
from html_pages import Page
from serving import served

LINKS = "[...document.querySelectorAll('a[href]')].map(a => a.href.split('#')[0])"
FACES = "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)"

IN_SIGHT = """() => {
  const top = document.querySelector(":target")?.getBoundingClientRect().top;
  return top >= 0 && top < innerHeight;
}"""


@pytest.fixture(scope="module")
def address(site):
    with served(site) as address:
        yield address


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.said, page.missing = [], []
    page.on("console", lambda said: page.said.append(said.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("response", lambda got: page.missing.append(got.url) if got.status >= 400 else None)
    yield page
    page.close()


@pytest.fixture
def search(page, address):
    """Search as a reader does who is in a chapter; return the links that are found, best first."""

    def search(words):
        page.goto(f"{address}/essay/02-what-attention-is.html")
        page.get_by_placeholder("Search").fill(words)
        page.keyboard.press("Enter")
        page.wait_for_function("document.body.innerText.includes('Search finished')")
        assert not page.said
        return page.locator("#search-results li > a")

    return search


def passage(page):
    """Wait until what the address points to is in sight, and return its text."""
    page.wait_for_function(IN_SIGHT)
    return page.locator(":target").inner_text()


def test_a_search_leads_from_a_chapter_to_a_passage_of_another(page, search):
    search("multiplying changes everything").first.click()
    page.wait_for_url("**/essay/03-the-mathematics.html#multiplying-changes-everything")
    assert passage(page).startswith("Multiplying changes everything")


def test_an_output_is_found_by_its_name_and_by_its_value(page, search):
    assert search("corpus-was-wrong").first.inner_text() == "corpus-was-wrong: 93.7%"
    search("93.7%").get_by_text("corpus-was-wrong").click()
    page.wait_for_url("**/essay/01-why-build-the-thing.html#corpus-was-wrong")
    assert passage(page).startswith("93.7%")


def test_each_hit_leads_to_something_that_is_there(search, site):
    hits = [link.get_attribute("href").partition("#") for link in search("softmax").all()]
    names = {path: Page(site / path).names for path, _, _ in hits}
    assert len(hits) > 20
    assert not [hit for hit in hits if hit[2] and hit[2] not in names[hit[0]]]


def test_chapters_come_before_code_and_code_is_found_by_its_own_name(search):
    hits = [link.get_attribute("href") for link in search("attention").all()]
    named = [hit for hit in hits if "#microattention." in hit]
    assert min(map(hits.index, named)) > [hit.split("/")[0] for hit in hits].index("essay")
    assert all("attention" in hit.split(".")[-1].lower() for hit in named)


def test_an_address_that_does_not_exist_is_answered_by_a_whole_page(page, address):
    answer = page.goto(f"{address}/latest/no/such/page.html?from=elsewhere")
    page.evaluate("document.fonts.ready")
    assert answer.status == 404
    assert page.missing == [answer.url]
    assert "Essay Serif" in page.evaluate(FACES)
    inside = {link for link in page.evaluate(LINKS) if link.startswith(address)} - {page.url}
    assert len(inside) > 20
    assert {page.request.head(link).status for link in inside} == {200}
