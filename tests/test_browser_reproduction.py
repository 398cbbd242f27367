"""The ledger's filters in a browser, from a folder: by mouse, by keyboard, and without a script."""

import pytest
from optional import require
from test_reproduction_site import mini

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    require("furo")
    site = mini(tmp_path_factory.mktemp("a ledger"))
    site.change("conf.py", 'html_theme = "basic"', 'html_theme = "furo"')
    return site.built()


@pytest.fixture
def page(browser, site):
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    page.goto((site.html / "docs" / "reproduction.html").as_uri())
    yield page
    context.close()


def form(page):
    return page.get_by_role("search", name="Filter the claims")


def shown(page):
    """Return the ids of the rows that can be seen."""
    rows = page.locator("table.claims tbody tr")
    return [
        row.get_attribute("id").removeprefix("claim-") for row in rows.all() if row.is_visible()
    ]


def said(page):
    return form(page).get_by_role("status").inner_text()


def test_all_rows_are_there_at_first(page):
    assert shown(page) == ["good", "off", "of-a-time"]
    assert said(page) == "3 of 3 claims"


def test_each_filter_narrows_and_they_narrow_together(page):
    form(page).get_by_label("Document").select_option("One")
    assert shown(page) == ["good", "off"]
    assert said(page) == "2 of 3 claims"
    form(page).get_by_label("Status").select_option("differs")
    assert shown(page) == ["off"]
    form(page).get_by_label("Document").select_option("Two")
    assert shown(page) == []
    assert said(page) == "0 of 3 claims"
    form(page).get_by_role("button", name="Show all").click()
    page.wait_for_function("document.querySelector('.claims-count').innerText.startsWith('3 of 3')")
    assert shown(page) == ["good", "off", "of-a-time"]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("WRONG", ["good", "off"]),  # a recipe's name counts too
        ("claim-off", ["off"]),
        ("machine named", ["of-a-time"]),
        ("note machine", []),
        ("  ", ["good", "off", "of-a-time"]),
    ],
)
def test_text_finds_rows_by_all_its_words(page, text, ids):
    form(page).get_by_label("Text").fill(text)
    assert shown(page) == ids


def test_a_document_without_rows_to_show_is_hidden_whole(page):
    form(page).get_by_label("Status").select_option("cannot be checked")
    assert not page.get_by_role("heading", name="One").is_visible()
    assert page.get_by_role("heading", name="Two").is_visible()


def test_the_keyboard_does_it_all(page):
    form(page).get_by_label("Document").focus()
    visited = []
    for _ in range(4):
        visited.append(page.evaluate("document.activeElement.name || document.activeElement.type"))
        page.keyboard.press("Tab")
    assert visited == ["document", "status", "text", "reset"]
    form(page).get_by_label("Text").focus()
    page.keyboard.type("time")
    page.keyboard.press("Enter")  # sends nothing anywhere
    assert shown(page) == ["of-a-time"]
    assert page.url.endswith("reproduction.html")


def test_a_link_to_a_hidden_row_shows_it(page):
    form(page).get_by_label("Text").fill("time")
    page.evaluate("location.hash = '#claim-good'")
    page.wait_for_function("document.querySelector('.claims-count').innerText.startsWith('3 of 3')")
    assert "good" in shown(page)
    assert form(page).get_by_label("Text").input_value() == ""


def test_a_row_opens_the_cite_dialog(page):
    page.get_by_role("link", name="Cite output claim-off", exact=True).click()
    dialog = page.get_by_role("dialog", name="Cite output claim-off", exact=True)
    assert "differs: published -0.5 <i>, ours 0.9" in dialog.inner_text()
    assert "computed" in dialog.inner_text()


def test_without_a_script_every_row_is_there_and_no_dead_form(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site.html / "docs" / "reproduction.html").as_uri())
    assert shown(page) == ["good", "off", "of-a-time"]
    assert not page.locator("form.claims-filters").count()
    context.close()


def test_on_a_phone_a_row_is_a_card(page):
    page.set_viewport_size(NARROW)
    for selector in ("html", ".content"):
        assert page.evaluate(f"document.querySelector('{selector}').scrollWidth") <= 390
    cells = page.locator("#claim-off td")
    boxes = [cell.bounding_box() for cell in cells.all()]
    assert [box["y"] for box in boxes] == sorted({box["y"] for box in boxes})
    assert all(0 <= box["x"] <= box["x"] + box["width"] <= 390 for box in boxes)
    label = cells.nth(2).evaluate("cell => getComputedStyle(cell, '::before').content")
    assert label == '"Ours"'


def test_on_paper_there_is_no_form(page):
    page.emulate_media(media="print")
    assert not form(page).is_visible()
    assert shown(page) == ["good", "off", "of-a-time"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_status_can_be_read(page, scheme):
    """Contrast of 4.5 to 1 at least, as WCAG asks of small text."""
    page.emulate_media(color_scheme=scheme)
    ratios = page.evaluate(
        """() => {
          const light = (css) => {
            const [r, g, b] = css.match(/[\\d.]+/g).map((v) => v / 255)
              .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const behind = light(getComputedStyle(document.body).backgroundColor);
          return [...document.querySelectorAll(".claim-status, .claim-where, .claim-tools a")]
            .map((element) => light(getComputedStyle(element).color))
            .map((text) => (Math.max(text, behind) + 0.05) / (Math.min(text, behind) + 0.05));
        }"""
    )
    assert len(ratios) > 6
    assert min(ratios) >= 4.5
