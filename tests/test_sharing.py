"""What is shown of a page whose address is shared; of the whole site, the sentences."""

import re

import numpy as np
import pytest
from minisite import SHARE, MiniSite
from optional import require
from project import ROOT

from microattention import causal_mask, scaled_dot_product_attention, sentence_projections

CONF = 'extensions += ["finding", "sharing"]\n'
BASE = 'html_baseurl = "https://example.org/latest/"\n'
ASKED = "# A \\<b> & c\n\n{.chapter-question}\nIs it *so*?\n\nIt is.\n"
TALE = "# Long\n\n" + "It went on and on, and so did we. " * 20 + "\n"
INDEX = "# Mini\n\nA small essay. It is on numbers."
# What text is left of code, formulas, roles and citations that nobody wrote as a sentence.
NO_SENTENCE = re.compile(r">>>|[\\{}$`]|\bimport |\[ |,,|\bn\.d\.")


@pytest.fixture(scope="module")
def mini(tmp_path_factory):
    require("PIL")
    root = tmp_path_factory.mktemp("sharing")
    conf = CONF + BASE + 'myst_enable_extensions += ["attrs_block"]\n'
    site = MiniSite(root, conf, index=INDEX, asked=ASKED, tale=TALE, share=SHARE)
    site.change("index.md", "{toctree}\n", "{toctree}\n:numbered:\n")
    return site.built()


def told(html):
    """Return what a page's head says of it, by name; nothing may be said twice."""
    soup = require("bs4").BeautifulSoup(html, "html.parser")
    tags = soup.select('meta[property^="og:"], meta[name="description"], meta[name^="twitter:"]')
    names = [tag.get("property") or tag["name"] for tag in tags]
    assert len(names) == len(set(names))
    return dict(zip(names, (tag["content"] for tag in tags), strict=True))


def picture(mini, page):
    """Return the picture that a page names, which must be of the site and as large as it says."""
    head = told(mini.read(page))
    path = head["og:image"].removeprefix("https://example.org/latest/")
    with require("PIL.Image").open(mini.html / path) as image:
        assert (head["og:image:width"], head["og:image:height"]) == tuple(map(str, image.size))
    return (mini.html / path).read_bytes()


def test_a_chapter_tells_its_title_its_question_and_its_whole_address(mini):
    head = told(mini.read("essay/asked.html"))
    assert head["og:title"] == "A <b> & c"
    assert head["description"] == head["og:description"] == "Is it so?"
    assert head["og:url"] == "https://example.org/latest/essay/asked.html"
    assert (head["og:type"], head["og:site_name"]) == ("article", "Mini")
    assert head["twitter:card"] == "summary_large_image"


def test_a_long_beginning_ends_with_a_sentence(mini):
    said = told(mini.read("essay/tale.html"))["description"]
    assert said.endswith("so did we.")
    assert 150 < len(said) <= 200


def test_each_chapter_has_a_card_and_other_pages_the_sites(mini):
    pages = ("index.html", "essay/asked.html", "essay/tale.html", "outputs/share.html")
    front, asked, tale, output = (picture(mini, page) for page in pages)
    assert len({front, asked, tale}) == 3
    assert output == front


def test_an_output_tells_its_value(mini):
    head = told(mini.read("outputs/share.html"))
    assert head["og:title"] == "Output share"
    assert head["description"].startswith("0.93732481: from “Shares”, ")


def test_a_card_shows_all_that_it_is_given_and_is_the_same_each_time():
    draw = require("sharing.card").draw
    given = ["Chapter 3", "The mathematics", "Why divide by a square root?", "Attention"]
    first = draw(*given).tobytes()
    assert draw(*given).tobytes() == first
    for place in range(4):
        assert draw(*given[:place], "", *given[place + 1 :]).tobytes() != first


def test_a_card_breaks_lines_evenly():
    card = require("sharing.card")
    lines = card.even_lines("The corpus shapes the weights", card.face("-semibold", 76))
    assert lines == ["The corpus shapes", "the weights"]


def test_without_an_address_only_the_sentence_is_told(mini, tmp_path):
    plain = MiniSite(tmp_path, CONF, index=INDEX).built()
    assert told(plain.read("index.html")) == {"description": "A small essay. It is on numbers."}
    assert not (plain.html / "_static" / "cards").exists()


def test_every_page_that_was_written_is_told_in_a_sentence_of_its_own(site):
    pages = [
        page for part in ("essay", "docs", "auto_gallery") for page in site.glob(f"{part}/*.html")
    ]
    pages.append(site / "index.html")
    said = {page: told(page.read_text("utf-8"))["description"] for page in pages}
    assert len(said) == len(set(said.values()))
    assert not [text for text in said.values() if len(text) > 202]
    assert not [text for text in said.values() if NO_SENTENCE.search(text)]
    assert not [text for text in said.values() if not re.fullmatch(r"[A-Z“].*[.?!…]”?", text)]


def test_the_mark_is_the_sentence_s_own_weights():
    """On the cards and in a browser's tab: dark where a word gives another most of its weight."""
    require("PIL")
    from sharing.card import LARGE

    Q, K, V = sentence_projections(["the", "corpus", "was", "wrong"])
    weights = scaled_dot_product_attention(Q, K, V, causal_mask(4))[1]
    assert set(map(tuple, np.argwhere(weights > 0.5).tolist())) == LARGE
    dark, pale = re.findall(r' d="([^"]*)"', (ROOT / "docs/_static/icon.svg").read_text("utf-8"))
    assert cells(dark) == LARGE
    assert cells(dark) | cells(pale) == {(row, to) for row in range(4) for to in range(row + 1)}


def cells(path):
    """Return the cells that a path of the icon fills, as (row, column)."""
    return {(int(y) // 4, int(x) // 4) for x, y in re.findall(r"M(\d+) (\d+)", path)}
