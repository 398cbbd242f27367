"""The archive of the whole site, unpacked where there is no network, in a reader's hands."""

import zipfile

import pytest
from keep.archive import pack

LONG = 60_000  # milliseconds


@pytest.fixture(scope="module")
def unpacked(site, tmp_path_factory):
    """Return the folder that a reader gets, in one whose name has a space in it."""
    folder = tmp_path_factory.mktemp("kept") / "what I keep"
    archive = folder.with_name("site.zip")
    archive.write_bytes(pack(site, "essay", 1700000000))
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    return folder / "essay"


@pytest.fixture
def page(browser, unpacked):
    """Open the front page; what asks for anything but a file of the folder gets nothing."""
    context = browser.new_context()
    context.refused = []

    def refuse(route):
        context.refused.append(route.request.url)
        route.abort()

    context.route(lambda url: not url.startswith((unpacked.as_uri(), "data:", "blob:")), refuse)
    page = context.new_page()
    page.set_default_timeout(LONG)
    page.goto((unpacked / "index.html").as_uri())
    yield page
    context.close()


def test_a_chapter_can_be_read_and_its_numbers_cited(page):
    page.get_by_role("link", name="Begin to read").click()
    assert page.get_by_role("heading", level=1).inner_text().endswith("Why build the thing")
    picture = page.locator("figure img").first
    picture.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('figure img').naturalWidth > 0")
    page.get_by_role("link", name="Cite output corpus-was-wrong", exact=True).click()
    dialog = page.get_by_role("dialog", name="Cite output corpus-was-wrong")
    assert "93.7%" in dialog.inner_text()
    dialog.get_by_role("link", name="All of this as a page").click()
    assert "corpus-was-wrong" in page.get_by_role("heading", level=1).inner_text()
    assert not page.context.refused


def test_the_search_finds_a_chapter(page):
    page.get_by_role("textbox", name="Search").fill("softmax")
    page.keyboard.press("Enter")
    page.locator("#search-results a", has_text="The mathematics").first.click()
    assert page.get_by_role("heading", level=1).inner_text().endswith("The mathematics")
    assert not page.context.refused


def test_run_says_plainly_that_python_cannot_be_had(page):
    page.get_by_role("link", name="Begin to read").click()
    page.get_by_role("button", name="Run").first.click()
    said = page.get_by_text("Python can't run in this page")
    said.wait_for()
    assert "pyodide.mjs could not be fetched from https://" in said.inner_text()
    assert said.inner_text().endswith("What is published stands as it was recorded.")
    assert "93.7%" in page.locator(".session").first.inner_text()
    assert all("pyodide" in url for url in page.context.refused)
    assert page.context.refused
