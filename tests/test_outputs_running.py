"""Sessions run at build: a mismatch stops it, and what did not change is not run again."""

import pytest
from minisite import MiniSite, chapter


@pytest.fixture
def site(tmp_path):
    one = chapter(">>> import mini", ">>> print(getattr(mini, 'ANSWER', 6) * 7)  # out: answer\n42")
    return MiniSite(tmp_path, one=one, two=chapter(">>> 1 + 1  # out: two\n2"))


def test_a_mismatch_stops_the_build_before_any_page_is_written(site):
    site.change("essay/one.md", "\n42", "\n41")
    site.change("essay/two.md", "\n2", "\n3")
    for _ in range(2):  # a failing build must not hide the fault from the next one
        build = site.build()
        assert build.code == 2
        assert (
            "ERROR: essay/one.md:9: this example does not print what the text says\n"
            "    print(getattr(mini, 'ANSWER', 6) * 7)\nexpected:\n    41\ngot:\n    42\n"
        ) in build.warned
        assert "ERROR: essay/two.md:4: this example does not print" in build.warned
        assert "give it a new label, and\n    retire the old one with `make retire" in build.warned
        assert not list(site.html.rglob("*.html"))


def test_a_later_example_sees_what_an_earlier_one_made_and_no_other_pages(site):
    site.write("essay/two.md", chapter(">>> x = 1", ">>> x  # out: x\n1", ">>> mini  # out: mini"))
    build = site.build()
    assert "label 'mini' is on an example that prints nothing" in build.warned
    site.change("essay/two.md", "# out: mini", "")
    assert "got:\n    NameError: name 'mini' is not defined" in site.build().warned


def test_only_what_changed_is_run_again(site):
    assert "outputs: 2 sessions run, 0 unchanged" in site.build().said
    assert "outputs: 0 sessions run, 2 unchanged" in site.build().said
    site.change("essay/two.md", "A chapter", "The chapter")
    assert "outputs: 1 sessions run, 1 unchanged" in site.build().said
    site.write("mini/data.txt", "what the package reads counts too")
    assert "outputs: 2 sessions run, 0 unchanged" in site.build().said
    site.write("essay/data/measured.csv", "and what it reads beside the chapters")
    assert "outputs: 2 sessions run, 0 unchanged" in site.build().said


def test_a_changed_package_fails_pages_that_did_not_change(site):
    site.built()
    site.write("mini/__init__.py", "ANSWER = 6.5")
    build = site.build()
    assert build.code == 2
    assert "essay/one.md:9: this example does not print what the text says" in build.warned
    assert "got:\n    45.5" in build.warned


def test_a_corrected_text_builds_again(site):
    site.built()
    site.change("essay/one.md", "\n42", "\n41")
    assert site.build().code == 2
    site.change("essay/one.md", "\n41", "\n42")
    assert site.build().code == 0


def test_an_example_that_asks_for_input_finds_none(site):
    site.write("essay/two.md", chapter(">>> input()  # out: typed\n'x'"))
    assert "got:\n    EOFError: EOF when reading a line" in site.build().warned


def test_a_text_without_examples_is_no_session(site):
    site.write("essay/two.md", "# Only words")
    assert "outputs: 1 sessions run, 0 unchanged" in site.build().said
