"""Shares under their words: the output's own, a link to it, and as many as there are words."""

import re

import pytest
from minisite import MiniSite, chapter

ROW = chapter(">>> print('0.1% 93.7% 6.2%')  # out: row\n0.1% 93.7% 6.2%")
DRAWN = "\n:::{shares} row\nthe corpus was\n\nOf *was*.\nAnd more.\n:::\n"


@pytest.fixture
def site(tmp_path):
    return MiniSite(tmp_path, one=ROW + DRAWN)


def test_each_word_has_its_share_as_a_bar_and_in_figures(site):
    page = site.built().read("essay/one.html")
    figure = re.search(r'<figure class="shares.*?</figure>', page, re.DOTALL)[0]
    assert '<a class="reference internal" href="#row"' in figure
    found = re.findall(
        r'<span>(\w+)</span><span class="bar" style="--share: (.+?)"></span><span>(.+?)</span>',
        figure,
    )
    shares = ("0.1%", "93.7%", "6.2%")
    assert found == list(zip(("the", "corpus", "was"), shares, shares, strict=True))
    assert "Of <em>was</em>. And more." in figure


def test_they_follow_the_output_from_another_page(site):
    site.write("essay/one.md", ROW)
    site.change("index.md", "# Mini", f"# Mini\n{DRAWN}")
    site.built()
    site.write("essay/one.md", ROW.replace("93.7%", "90.0%"))
    (site.root / "outputs.lock").unlink()
    assert "--share: 90.0%" in site.built().read("index.html")


@pytest.mark.parametrize("words", ["the corpus", "the corpus was wrong", ""])
def test_other_than_one_share_a_word_stops_the_build(site, words):
    site.change("essay/one.md", "the corpus was", words)
    said = f"{len(words.split())} words want as many percentages, not ['0.1%', '93.7%', '6.2%']"
    build = site.build()
    assert build.code != 0
    assert said in build.warned


def test_an_output_of_no_shares_stops_the_build(site):
    site.change("essay/one.md", "0.1% 93.7% 6.2%", "1 2 3")
    assert "3 words want as many percentages, not ['1', '2', '3']" in site.build().warned


def test_a_label_that_nothing_has_is_named(site):
    site.change("essay/one.md", "{shares} row", "{shares} rows")
    assert "no output is labelled 'rows'" in site.build().warned
