"""The head explorer in a browser, from a folder: every head as computed, by key, unscripted."""

import numpy as np
import pytest
from minisite import MiniSite
from optional import require

from microattention.trained import trained_provenance, trained_sentence

NARROW, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
CONF = 'extensions.append("head_explorer")\nhtml_theme = "furo"\n'
PAGE = "# Heads\n\n```{head-explorer}\n```\n\n```{head-provenance}\n```\n"
# The contrast of each cell's text with its ground, in every head (WCAG 2.2, relative luminance).
CONTRASTS = """() => {
    const light = (colour) => {
        const [scale, parts] = [/srgb/.test(colour) ? 1 : 255, colour.match(/[\\d.]+(e-\\d+)?/g)];
        const linear = parts.slice(0, 3).map((part) => part / scale)
            .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05;
    };
    const form = document.querySelector(".head-explorer form"), found = [];
    for (form.layer.selectedIndex = 0; form.layer.value; form.layer.selectedIndex++)
        for (form.head.selectedIndex = 0; form.head.value; form.head.selectedIndex++) {
            form.dispatchEvent(new Event("change"));
            for (const cell of document.querySelectorAll(".head-explorer tbody td")) {
                const style = getComputedStyle(cell);
                const pair = [light(style.color), light(style.backgroundColor)];
                found.push(Math.max(...pair) / Math.min(...pair));
            }
        }
    return found;
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    require("furo")
    site = MiniSite(tmp_path_factory.mktemp("heads"), CONF, one=PAGE).built()
    return (site.html / "essay" / "one.html").as_uri()


@pytest.fixture
def page(browser, address):
    page = browser.new_page(viewport=WIDE)
    page.requested = []
    page.on("request", lambda request: page.requested.append(request.url))
    page.goto(address)
    yield page
    page.close()


@pytest.fixture(scope="module")
def weights():
    return trained_sentence().weights()


def cells(page):
    """Return the numbers that the table shows, (6, 6)."""
    texts = page.locator(".head-explorer tbody td").all_inner_texts()
    return np.array(texts, dtype=float).reshape(6, 6)


def said(page):
    return " ".join(page.get_by_role("status").inner_text().split())


def sentence_for(weights, layer, head, looks):
    """Return what the page must say; all are counted from 1."""
    tokens, given = trained_sentence().tokens, weights[layer - 1, head - 1, looks - 1]
    most = given.argmax()
    mean = weights[:, :, looks - 1, most].mean()
    return (
        f"Layer {layer}, head {head}: {tokens[looks - 1]} gives most to {tokens[most]}, "
        f"{given[most]:.1%}. Over all 72 heads it gives that token {mean:.1%} on average."
    )


def test_every_head_is_shown_as_the_package_computes_it(page, weights):
    for layer in range(1, 7):
        page.get_by_label("Layer").select_option(label=str(layer))
        for head in range(1, 13):
            page.get_by_label("Head").select_option(label=str(head))
            wanted = weights[layer - 1, head - 1]
            np.testing.assert_allclose(cells(page), wanted, atol=0.00051)


def test_each_token_can_look(page, weights):
    page.get_by_label("Layer").select_option(label="4")
    page.get_by_label("Head").select_option(label="12")
    for place, token in enumerate(trained_sentence().tokens, start=1):
        page.get_by_label("Token that looks").select_option(token)
        assert said(page) == sentence_for(weights, 4, 12, place)
        assert page.locator("tr.looks th").all_inner_texts() == [token]
    caption = page.locator(".head-explorer caption").inner_text()
    assert caption.startswith("MiniLM, layer 4, head 12: what each token (row) gives")


def test_it_opens_on_the_head_that_is_easiest_to_misuse(page, weights):
    layer, head = np.unravel_index(weights[:, :, 4, 2].argmax(), (6, 12))
    assert said(page) == sentence_for(weights, layer + 1, head + 1, 5)


def test_the_keyboard_alone_changes_head_and_token(page, weights):
    assert page.get_by_text("Without a script").count() == 0
    page.get_by_label("Layer").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")
    assert said(page) == sentence_for(weights, 2, 8, 4)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.ariaLabel") == "Attention weights"


def test_an_address_names_the_head_and_can_be_passed_on(page, address, weights):
    page.get_by_label("Layer").select_option(label="6")
    passed_on = page.evaluate("location.href")
    assert passed_on == f"{address}#layer-6-head-7-token-5"
    page.goto("about:blank")
    page.goto(passed_on)
    assert said(page) == sentence_for(weights, 6, 7, 5)
    page.evaluate("location.hash = '#layer-2-head-12-token-1'")
    page.wait_for_function("document.querySelector('[data-show=head]').textContent === '12'")
    assert said(page) == sentence_for(weights, 2, 12, 1)
    assert page.get_by_label("Token that looks").evaluate("e => e.value") == "0"


@pytest.mark.parametrize("tail", ["#layer-7-head-1-token-1", "#layer-0-head-1-token-1", "#layer-x"])
def test_an_address_of_no_head_changes_nothing_that_is_not_there(page, address, tail):
    errors = []
    page.on("pageerror", lambda error: errors.append(error))
    page.goto("about:blank")
    page.goto(address + tail)
    assert said(page).startswith("Layer 1, head ")
    assert not errors


def test_without_a_script_one_head_remains(browser, address, weights):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    layer, head = np.unravel_index(weights[:, :, 4, 2].argmax(), (6, 12))
    np.testing.assert_allclose(cells(page), weights[layer, head], atol=0.00051)
    high = [f"{share:.3f}" for share in weights[layer, head].flat if share >= 0.66]
    assert page.locator("td.high").all_inner_texts() == high != []
    assert said(page) == sentence_for(weights, layer + 1, head + 1, 5)
    assert not page.get_by_label("Layer").is_visible()
    assert page.get_by_text("Without a script").is_visible()
    assert not page.get_by_label("Head").is_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_number_can_be_read_on_its_shade(page, scheme):
    page.emulate_media(color_scheme=scheme)
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) == 72 * 36
    assert min(contrasts) >= 4.5


def test_it_fits_a_phone_and_asks_for_nothing(page, address):
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for box in (".head-explorer-scroll", ".table-wrapper"):  # nor need anyone scroll within
        assert page.locator(box).evaluate("e => e.scrollWidth <= e.clientWidth")
    folder = address.rsplit("/", 2)[0]
    assert all(url.startswith((folder, "data:")) for url in page.requested)


def test_the_page_says_where_the_weights_come_from(page):
    told = trained_provenance()
    text = page.locator("table.head-provenance").inner_text()
    for wanted in (*told["model"].values(), told["command"]):
        assert wanted in text
    for file in told["files"].values():
        assert file["sha256"] in text
