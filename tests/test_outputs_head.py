"""A chapter's head: under the title or the question, minutes counted, outputs linked."""

import re

import pytest
from minisite import MiniSite
from optional import require

QUESTION = "# One\n\n{.chapter-question}\nWhy?\n\n```pycon\n>>> 7  # out: seven\n7\n\n```\n"
PLAIN = "# Two\n\nText.\n\n```pycon\n>>> 8\n8\n\n```\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    conf = 'myst_enable_extensions += ["attrs_block"]\n'
    return MiniSite(tmp_path_factory.mktemp("heads"), conf, one=QUESTION, two=PLAIN).built()


def minutes(text):
    publish_doctree = require("docutils.core").publish_doctree
    from outputs.head import minutes_to_read

    return minutes_to_read(publish_doctree(text))


def test_words_and_lines_are_counted_apart():
    prose = " ".join(["word"] * 230 * 3)
    code = "::\n\n" + "   x = 1\n" * 20 * 2
    assert [minutes(text) for text in ("word", prose, code, f"{prose}\n\n{code}")] == [1, 3, 2, 5]


def test_what_is_folded_away_is_not_counted():
    prose = " ".join(["word"] * 230 * 3)
    assert minutes(f"{prose}\n\n.. container:: sd-dropdown\n\n   {prose}\n\n   ::\n\n     x") == 3


@pytest.mark.parametrize(("name", "before"), [("one", "Why?"), ("two", "</h1>")])
def test_the_head_stands_under_the_question_or_the_title(site, name, before):
    assert re.search(rf'{re.escape(before)}(</p>)?\s*<p class="outputs-head">', read(site, name))


def test_the_count_of_outputs_leads_to_the_chapters_part_of_the_list(site):
    link = re.search(r'<a href="\.\./(outputs/index\.html)#([\w-]+)">1 verified output</a>',
                     read(site, "one"))  # fmt: skip
    assert link
    listed = site.read(link[1])
    assert re.search(rf'<h2 id="{link[2]}">One.*?#seven"', listed, re.S)
    assert "<span>0 verified outputs</span>" in read(site, "two")


def read(site, name):
    return site.read(f"essay/{name}.html")
