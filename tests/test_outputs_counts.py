"""Counts that the build makes of itself: on the page, current, and never an output."""

import json
import re

import pytest
from minisite import SHARE, MiniSite, chapter

NAMES = ("outputs", "released", "same", "measured", "retired", "new", "quotes")
COUNTS = "# Counts\n\n" + "\n".join(f"- {name} {{count}}`{name}`." for name in NAMES)
QUOTES = "\n{out}`93.7% <share>`, {out}`93.7% <share>`, {out}`94% <share>`, {out}`share`.\n"


def shown(site):
    """Return the counts that the page shows."""
    found = re.findall(
        r'<li><p>(\w+) <span class="count">([\d,]+)</span>\.', site.read("essay/n.html")
    )
    assert len(found) == len(NAMES)
    return [int(number.replace(",", "")) for _, number in found]


@pytest.fixture
def site(tmp_path):
    """A site whose two outputs were released, one of them measured."""
    site = MiniSite(tmp_path, n=COUNTS, one=SHARE + QUOTES, two=chapter(">>> 2  # out: two\n2"))
    return site.built()


def test_nothing_is_released_before_the_first_build(site):
    assert shown(site) == [2, 0, 0, 0, 0, 2, 2]


def test_a_second_build_counts_what_the_first_released(site):
    assert shown(site.built()) == [2, 2, 2, 0, 0, 0, 2]


def test_the_page_follows_though_it_is_not_touched(site):
    site.write("essay/two.md", chapter(">>> 2  # out: two\n2", ">>> 3  # out: three\n3"))
    assert shown(site.built()) == [3, 2, 2, 0, 0, 1, 2]
    site.change("essay/one.md", ", {out}`94% <share>`", "")
    assert shown(site.built()) == [3, 3, 3, 0, 0, 0, 1]


def test_retired_and_measured_ones_are_told_apart(site):
    ledger = site.ledger
    ledger["outputs"]["timed"] = ""
    ledger["retired"]["old"] = dict.fromkeys(("sha256", "value", "why", "date"), "x") | {
        "page": "essay/one", "successor": "share",
    }  # fmt: skip
    site.write("outputs.lock", json.dumps(ledger))
    build = site.build()
    assert "output 'timed' of an unknown page has vanished" in build.warned
    site.write("auto_gallery/plot_a.rst", "Plot\n====\n\n.. gallery-output:: timed\n")
    site.write("auto_gallery/plot_a.py", "")
    timed = {"name": "timed", "value": "7", "kind": "measured", "machine": "m"}
    where = {"code": "", "line": 1, "ran": "2026-01-01T00:00:00Z"}
    site.write("auto_gallery/plot_a.outputs.json", json.dumps([timed | where]))
    site.change("index.md", "essay/n", "essay/n\nauto_gallery/plot_a")
    assert shown(site.built()) == [3, 4, 2, 1, 1, 0, 2]


def test_parallel_readers_count_the_same(site):
    (site.root / "outputs.lock").unlink()
    assert site.build_apart("-E", "-j", "2").code == 0
    assert shown(site) == [2, 0, 0, 0, 0, 2, 2]


def test_a_count_of_nothing_stops_the_build(tmp_path):
    build = MiniSite(tmp_path, one="# One\n\nThere are\n{count}`93.7%` of them.\n").build()
    assert build.code == 2
    assert (
        "ERROR: essay/one.md:4: nothing counts '93.7%'; there are measured, new, " in build.warned
    )


def test_a_count_is_no_output(site):
    assert site.outputs.keys() == site.ledger["outputs"].keys() == {"share", "two"}
    assert '<span class="count">' in site.read("essay/n.html")
    assert 'id="released"' not in site.read("essay/n.html")
