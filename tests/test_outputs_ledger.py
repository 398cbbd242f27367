"""The ledger: what was published stays, or is retired with a reason and a successor."""

import json
import os
import subprocess
import sys
from html import unescape

import pytest
from minisite import EXTENSIONS, SHARE, MiniSite, chapter
from outputs import ledger as command

ERRATA = "# Errata\n\n```{errata}\n```\n"
TWO = chapter(">>> 2  # out: two\n2")
WHY = 'It counted <b> "padding".'


@pytest.fixture
def site(tmp_path):
    """A site that was built once, so that everything on it counts as published."""
    return MiniSite(tmp_path, one=SHARE, two=TWO, errata=ERRATA).built()


def retire(site, *arguments):
    """Run the command in the site's folder."""
    before = os.getcwd()
    os.chdir(site.root)
    try:
        return command.main(["retire", *arguments])
    finally:
        os.chdir(before)


def test_new_ids_are_recorded_and_named(tmp_path):
    site = MiniSite(tmp_path, one=SHARE, two=TWO)
    assert "outputs: new in outputs.lock, commit it: share, two\n" in site.build().said
    text = (site.root / "outputs.lock").read_text("utf-8")
    outputs = {id_: site.outputs[id_]["sha256"] for id_ in ("share", "two")}
    assert json.loads(text) == {
        "outputs": outputs,
        "pages": {"share": "essay/one", "two": "essay/two"},
        "retired": {},
    }
    assert "new in outputs.lock" not in site.build().said
    assert (site.root / "outputs.lock").read_text("utf-8") == text


def test_the_file_is_sorted_a_line_an_id(tmp_path):
    site = MiniSite(tmp_path, one=chapter(">>> 1  # out: z\n1", ">>> 2  # out: a\n2")).built()
    lines = (site.root / "outputs.lock").read_text("utf-8").splitlines()
    assert [line.split('"')[1] for line in lines if '": "' in line] == ["a", "z", "a", "z"]


def test_a_site_that_names_no_ledger_keeps_none(tmp_path):
    site = MiniSite(tmp_path, "outputs_ledger = ''\n", one=SHARE).built()
    assert not (site.root / "outputs.lock").exists()
    site.change("essay/one.md", "0.93732481", "0.5")
    assert site.build().code == 0


def test_a_failed_build_records_nothing(tmp_path):
    site = MiniSite(tmp_path, one=SHARE, two="# Two\n\n{out}`1% <share>`")
    assert site.build().code == 2
    assert not (site.root / "outputs.lock").exists()


def test_a_changed_value_stops_the_build(site):
    site.change("essay/one.md", "0.93732481", "0.5")
    for _ in range(2):
        build = site.build()
        assert build.code == 2
        assert (
            "ERROR: essay/one.md:4: the published output 'share' changed its value; it is now "
            "'0.5' (doctest). Restore it, or give the new one a new label and retire this one: "
            "make retire ID=share WHY='…' SUCCESSOR=…\n"
        ) in build.warned


def test_a_vanished_id_stops_the_build(site):
    site.change("essay/one.md", "# out: share", "# out: part")
    build = site.build()
    assert build.code == 2
    assert (
        "ERROR: output 'share' of essay/one has vanished. Put it back, or retire it: "
        "make retire ID=share WHY='…' SUCCESSOR=…\n"
    ) in build.warned


def test_an_output_may_move_to_another_page(site):
    site.write("essay/one.md", "# One")
    site.write("essay/two.md", SHARE + TWO[TWO.index("\n") :])
    assert site.build().code == 0
    assert site.ledger["pages"]["share"] == "essay/two"


@pytest.fixture
def retired(site):
    site.change("essay/one.md", "0.93732481", "0.5")
    site.change("essay/one.md", "# out: share", "# out: part")
    assert retire(site, "share", WHY, "part") == 0
    return site.built()


def test_what_is_retired_is_told_on_the_errata_page(retired):
    entry = retired.ledger["retired"]["share"]
    assert (entry["page"], entry["value"], entry["why"]) == ("essay/one", "0.93732481", WHY)
    page = retired.read("essay/errata.html")
    assert ", which was 0.93732481, was retired on 20" in page
    assert ": It counted <b> “padding”. Its successor is " in unescape(page)
    assert "<b>" not in page
    assert 'href="one.html#part"' in page
    assert "share" not in retired.outputs
    assert not (retired.html / "outputs" / "share.html").exists()


def test_its_old_address_still_lands(retired):
    page = retired.read("essay/one.html")
    assert page.count('id="share"') == 1
    assert '<p class="retired" id="share">Output ' in page


def test_nothing_retired_is_said_too(site):
    assert "No output has been retired so far." in site.read("essay/errata.html")


def test_a_retired_id_is_not_used_again(retired):
    retired.write("essay/two.md", TWO + "\n```pycon\n>>> 3  # out: share\n3\n\n```\n")
    build = retired.build()
    assert build.code == 2
    assert "'share' is retired, and an id is never used again: rename it" in build.warned


def test_a_quote_of_it_names_the_successor(retired):
    retired.write("essay/errata.md", ERRATA + "\n{out}`94% <share>`\n")
    build = retired.build()
    assert build.code == 2
    assert (
        "essay/errata.md:6: output 'share' is retired; quote its successor, 'part'" in build.warned
    )


def test_a_page_that_quoted_it_is_read_again(site):
    site.write("essay/errata.md", ERRATA + "\n{out}`94% <share>`\n")
    site.built()
    site.change("essay/one.md", "# out: share", "# out: part")
    assert retire(site, "share", WHY, "part") == 0
    assert "output 'share' is retired; quote its successor, 'part'" in site.build().warned


def test_a_successor_may_be_retired_in_its_turn(retired):
    retired.change("essay/one.md", "# out: part", "# out: third")
    assert retire(retired, "part", "A better name.", "third") == 0
    page = retired.built().read("essay/errata.html")
    assert 'href="one.html#part"' in page
    assert 'href="one.html#third"' in page


def test_a_successor_must_be_published(retired):
    retired.change("essay/one.md", "# out: part", "")
    lock = retired.ledger
    del lock["outputs"]["part"]
    retired.write("outputs.lock", json.dumps(lock))
    build = retired.build()
    assert "outputs.lock: the successor of 'share', 'part', is not published" in build.warned


def test_the_page_of_a_retired_output_stays(retired):
    retired.write("essay/two.md", (retired.root / "essay/one.md").read_text("utf-8"))
    (retired.root / "essay" / "one.md").unlink()
    retired.change("index.md", "essay/one\n", "")
    assert (
        "ERROR: the page 'essay/one' is gone, where the retired output 'share' was, and its old "
        "address leads nowhere: put a page there that says where its text went"
    ) in retired.build().warned


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("shore", WHY, "two"), "ID 'shore' is not in the ledger; it holds 2 ids"),
        (("gone", WHY, "two"), "ID 'gone' is retired already"),
        (("share", " ", "two"), "WHY is empty; say in a sentence why the output is retired"),
        (("share", WHY, ""), "SUCCESSOR must be the id of another output, got ''"),
        (("share", WHY, "share"), "SUCCESSOR must be the id of another output, got 'share'"),
        (("share", WHY, "gone"), "SUCCESSOR 'gone' is itself retired; name one that stands"),
        (("share", WHY, "part"), "SUCCESSOR 'part' is no label in the essay, the gallery or the"),
        ((), "usage: make retire ID=… WHY='…' SUCCESSOR=…"),
    ],
)
def test_a_bad_request_is_one_line_and_changes_nothing(site, capsys, arguments, message):
    site.change("essay/two.md", "# out: two", "# out: gone")
    assert retire(site, "two", "It was.", "gone") == 0
    lock = site.ledger
    lock["retired"]["gone"] = lock["retired"].pop("two")
    lock["outputs"]["two"] = lock["outputs"]["share"]
    path = site.write("outputs.lock", json.dumps(lock))
    before = path.read_bytes()
    capsys.readouterr()
    assert retire(site, *arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert message in said.err
    assert said.err.count("\n") == 1
    assert path.read_bytes() == before


def test_the_command_says_one_line(site):
    environment = os.environ | {"PYTHONPATH": str(EXTENSIONS)}
    command = [sys.executable, "-m", "outputs.ledger", "retire", "shore", WHY, "two"]
    run = subprocess.run(
        command, cwd=site.root, env=environment, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "make retire: ID 'shore' is not in the ledger; it holds 2 ids\n"


def test_a_successor_may_be_new_in_the_gallery(site):
    site.write("gallery/plot_a.py", 'publish(\n    "part", 1)\n')
    assert retire(site, "share", WHY, "part") == 0


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "<<<<<<< HEAD\n{}", '{"outputs": []}', '{"retired": {"a": {}}}', '{"more": {}}',
     '{"retired": {"a": 1}}', "\udcff"],
)  # fmt: skip
def test_a_ledger_that_is_none_stops_build_and_command(site, capsys, text):
    path = site.write("outputs.lock", text.encode(errors="surrogateescape"))
    build = site.build()
    assert build.code == 2
    assert build.warned.startswith("ERROR: outputs.lock is no ledger (")
    assert build.warned.endswith("); restore it from git\n")
    assert retire(site, "share", WHY, "two") == 2
    assert capsys.readouterr().err.startswith("make retire: outputs.lock is no ledger (")
    assert path.read_bytes() == text.encode(errors="surrogateescape")
