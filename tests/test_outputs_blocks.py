"""Labels on the page: taken off, an anchor on the very output, one box; and what is refused."""

import re

import pytest
from minisite import SHARE, MiniSite, chapter
from outputs.blocks import shown

FENCE = """\
# Fences

```pycon
>>> first = 1
>>> print(first)  # out: in-the-middle
1
>>> for i in range(2):  # both
...     print(i, "# out: not-me")  # rows  # out: two-lines
0 # out: not-me
1 # out: not-me
>>> print(f"{first}\\n\\nafter")  # out: with-a-gap
1
<BLANKLINE>
after
>>> raise ValueError("so")  # out: error
Traceback (most recent call last):
ValueError: so

```
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    site = MiniSite(tmp_path_factory.mktemp("blocks"), fences=FENCE).built()
    return site.read("essay/fences.html")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site of which each test writes one page anew."""
    return MiniSite(tmp_path_factory.mktemp("refused"), one=SHARE, two="# Two")


def plain(html):
    return re.sub(r"<[^>]+>", "", html)


def anchored(page, label):
    """Return the text that an anchor is around, without the links beside it."""
    inner = re.search(
        rf'<span class="output" id="{label}">(.*?)<span class="output-tools">', page, re.S
    )
    return plain(inner[1])


def test_labels_are_taken_off_and_other_comments_stay(page):
    body = page[page.index('role="main"') : page.index('class="sphinxsidebar"')]
    assert "# out: two-lines" not in plain(body)
    assert body.count("# out:") == 3  # in the string, and printed twice
    assert "# both" in body
    assert re.search(r"# rows</span>$", body, re.M)


def test_a_fence_with_a_label_in_its_middle_stays_one_box(page):
    assert page.count("<pre>") == 1
    assert page.count('class="highlight-pycon notranslate session"') == 1


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("in-the-middle", "1"),
        ("two-lines", "0 # out: not-me\n1 # out: not-me"),
        ("with-a-gap", "1\n\nafter"),
        ("error", "Traceback (most recent call last):\nValueError: so"),
    ],
)
def test_the_anchor_is_on_the_very_output(page, label, text):
    assert anchored(page, label) == text


def test_a_blocks_own_text_knows_no_doctest_marks():
    block = shown(">>> print()  # out: a\n<BLANKLINE>\n>>> 1\n1")
    assert block.text == ">>> print()\n\n>>> 1\n1"
    assert block.outputs == [("a", 1, 2)]


def test_each_output_has_a_permalink_and_a_way_to_cite_it(page):
    assert (
        '<a class="output-link" href="#two-lines" aria-label="Link to output two-lines">link</a>'
        in page
    )
    assert 'href="../outputs/two-lines.html" data-output="two-lines"' in page
    assert 'aria-describedby="ran--two-lines"' in page
    assert re.search(
        r'id="ran--two-lines">run 2023-11-14, Python [\d.]+, NumPy [\d.]+, micro', page
    )


def test_the_head_says_how_many_outputs_the_page_holds_and_what_ran_them(page):
    head = plain(re.search(r'<p class="outputs-head">(.*?)</p>', page)[1])
    assert re.fullmatch(
        r"1 minute 4 verified outputs All 5 examples of this page were run for this build, last on "
        r"2023-11-14: Python [\d.]+, NumPy [\d.]+, microattention 1.2.",
        head,
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            chapter(">>> 1  # out: A_b\n1"),
            "essay/two.md:4: a label is lower-case words joined by hyphens, got 'A_b'",
        ),
        (
            chapter(">>> 1  # out: one two\n1"),
            "essay/two.md:4: a label is lower-case words joined by hyphens, got 'one two'",
        ),
        (
            chapter(">>> 1  # out:\n1"),
            "essay/two.md:4: a label is lower-case words joined by hyphens, got ''",
        ),
        (
            chapter(">>> print(1,  # out: a\n...       2)  # out: b\n1 2"),
            "essay/two.md:4: one label an example, got a, b",
        ),
        (
            chapter(">>> 1  # out: a\n1", ">>> x = 1  # out: nothing"),
            "essay/two.md:10: label 'nothing' is on an example that prints nothing",
        ),
        (
            chapter(">>> print()  # out: nothing\n<BLANKLINE>"),
            "essay/two.md:4: label 'nothing' is on an example that prints nothing",
        ),
        (
            chapter(">>> 1  # out: a\n1", ">>> 2  # out: a\n2"),
            "essay/two.md:10: the label 'a' is taken, at essay/two.md:4. "
            "An id names one output for ever: give the newer one another name.",
        ),
        (
            chapter(">>> 1  # out: share\n1"),
            "essay/two.md:4: the label 'share' is taken, at essay/one.md:4. ",
        ),
        (
            chapter(">>> 1  # out: a\n1") + "## A\n",
            "essay/two.md:4: the label 'a' is also the anchor of a heading on this page; "
            "rename one of the two",
        ),
        (
            chapter(">>> 1  # out: a\n1") + "```\n>>> 2\n2\n\n```\n",
            "essay/two.md:9: from here on, the page does not show the examples that were run "
            "(1 against 2): each prompt belongs into a ```pycon fence",
        ),
        (
            "# No fence\n\n    >>> 2\n    2\n",
            "essay/two.md:3: from here on, the page does not show the examples that were run "
            "(0 against 1): each prompt belongs into a ```pycon fence",
        ),
    ],
    ids=[
        "capitals", "two words", "empty", "two labels", "prints nothing", "prints a blank line",
        "twice in a page", "twice in the essay", "a heading", "another fence", "no fence",
    ],
)  # fmt: skip
def test_what_is_refused(site, text, message):
    site.write("essay/two.md", text)
    build = site.build()
    assert build.code == 2
    assert f"ERROR: {message}" in build.warned


def test_a_label_in_a_text_that_is_no_page_is_refused(tmp_path):
    site = MiniSite(tmp_path, one=SHARE, README=chapter(">>> 2  # out: two\n2"))
    build = site.build()
    assert build.code == 2
    assert (
        "README.md:4: README.md is no page of the site, so its output 'two' cannot be cited: "
        "take its label off" in build.warned
    )


def test_other_builders_show_the_examples_and_nothing_else(site):
    site.write("essay/two.md", "# Two\n\nIt is {out}`93.7% <share>`.\n")
    assert site.build("-b", "text").code == 0
    text = site.read("essay/one.txt")
    assert text == "Shares\n******\n\n   >>> print(0.93732481)\n   0.93732481\n"
    assert "It is *93.7%*." in site.read("essay/two.txt")
