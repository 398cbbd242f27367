"""The crosswalk: each entry goes all the way from a term to a clause, and the build checks it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "crosswalk.md").read_text("utf-8")
PARTS = {
    "In plain words": r"\{term\}`[^`]+`.*\w+ \w+ \w+",
    "Formula": r"\$[^$]+\$|SHA-256|=|how many",
    "Code": r"\{py:(func|meth)\}`[^`]+`\n\n  ```\{literalinclude\} \.\./\w+/[\w-]+\.\w+\n",
    "Output": r"\{out\}`[^`]+`",
    "Clause": r"(Articles? \d|Annex IV|MEASURE|MAP).*\{cite:p\}`(euaiact2024|nist2023)`",
}
ENTRIES = dict(re.findall(r"^## (.+)\n\n((?:(?!^## ).*\n?)+)", PAGE, re.MULTILINE))


def test_there_are_as_many_entries_as_were_promised():
    assert 15 <= len(ENTRIES) == PAGE.count("\n## ")


@pytest.mark.parametrize("title", ENTRIES)
def test_an_entry_has_all_six_parts(title):
    found = re.findall(
        r"^(\w[^\n]*)\n: ((?:(?!^\w[^\n]*\n: ).*\n?)+)", ENTRIES[title], re.MULTILINE
    )
    assert [name for name, _ in found] == list(PARTS)
    for name, text in found:
        assert re.search(PARTS[name], text), (title, name)


def test_every_line_of_code_is_one_line_of_its_file():
    included = re.findall(
        r"literalinclude\} \.\./(.+)\n(?:  :language:.*\n)?  :(.*)\n  :(.*)\n", PAGE
    )
    assert len(included) == len(ENTRIES)
    for name, start, end in included:
        line = start.removeprefix("start-at: ")
        assert end == f"end-at: {line}"
        assert (ROOT / name).read_text("utf-8").count(line) == 1, (name, line)


def test_every_clause_that_was_asked_for_occurs():
    clauses = " ".join(re.findall(r"^Clause\n: (.*)", PAGE, re.MULTILINE))
    for article in (11, 12, 13, 14, 15, 19, 26):
        assert re.search(rf"\b{article}\(", clauses), article
    assert "Annex IV(" in clauses
    assert "MEASURE " in clauses


def test_the_page_says_what_it_is_not():
    assert "It is not legal advice" in PAGE
