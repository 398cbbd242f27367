"""The two commands: what they install and when, and how they say what is missing."""

import os
import re
import shutil
import sys
import tomllib
from pathlib import Path

import pytest
from project import ROOT, make


def script(path: Path, body: str) -> Path:
    """Write an executable shell script that stands in for a Python."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def tree(tmp_path):
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def complaint(result) -> str:
    """Return the one line that a failed make said for itself."""
    assert result.returncode != 0
    said = [line for line in result.stderr.splitlines() if not line.startswith("make")]
    assert len(said) == 1, result.stderr
    return said[0]


@pytest.mark.parametrize("target", ["site", "test"])
def test_a_python_that_is_too_old_is_named_in_one_line(tree, target):
    old = script(
        tree / "python3.9",
        f"""case $1 in
        -V) echo Python 3.9.2;;
        -c) exec {sys.executable} -c 'import sys
sys.version_info = (3, 9, 2)
exec(sys.argv[1])' "$2";;
        *) echo ran >> {tree}/ran;;
        esac""",
    )
    line = complaint(make(tree, target, f"PYTHON={old}"))
    assert "3.11 or newer" in line
    assert f"{old} is Python 3.9.2" in line
    assert f"make {target} PYTHON=" in line
    assert not (tree / "ran").exists()
    assert not (tree / ".venv").exists()


def test_a_missing_python_is_named_in_one_line(tree):
    line = complaint(make(tree, "site", "PYTHON=no-such-python"))
    assert "there is no no-such-python" in line


def test_a_missing_venv_module_is_named_in_one_line(tree):
    bare = script(
        tree / "bare",
        f"""case $2 in *ensurepip*) exit 1;; *) exec {sys.executable} "$@";; esac""",
    )
    line = complaint(make(tree, "site", f"PYTHON={bare}"))
    assert "venv" in line
    assert str(bare) in line


def python_that_makes(tree, environment_python: str) -> Path:
    """Return a stand-in Python whose ``-m venv`` puts `environment_python` into the environment."""
    body = script(tree / "inside", environment_python)
    return script(
        tree / "python",
        f'case "$1 $2" in "-m venv") mkdir -p $3/bin && cp {body} $3/bin/python;; esac',
    )


def test_an_interrupted_installation_is_begun_again(tree):
    failing = python_that_makes(tree, "exit 1")
    assert make(tree, "test", f"PYTHON={failing}").returncode != 0
    assert not (tree / ".venv" / "ready").exists()

    working = python_that_makes(tree, f'echo "$@" >> {tree}/ran')
    assert make(tree, "test", f"PYTHON={working}").returncode == 0
    assert (tree / ".venv" / "ready").exists()
    install, run = (tree / "ran").read_text().splitlines()
    assert install.endswith("install --quiet -c constraints.txt -e .[test]")
    assert run == "-m pytest -n 3 --dist loadfile --no-loadscope-reorder"


def test_a_second_run_installs_nothing_until_the_requirements_change(tree):
    python = python_that_makes(tree, f'echo "$@" >> {tree}/ran')
    for _ in range(2):
        assert make(tree, "test", f"PYTHON={python}").returncode == 0
    assert (tree / "ran").read_text().count("install") == 1

    stamp = (tree / ".venv" / "ready").stat().st_mtime
    os.utime(tree / "constraints.txt", (stamp + 10, stamp + 10))
    assert make(tree, "test", f"PYTHON={python}").returncode == 0
    assert (tree / "ran").read_text().count("install") == 2


def test_a_failed_build_forgets_the_pages_that_it_read(tree):
    (tree / "_build" / "doctrees").mkdir(parents=True)
    failing = script(tree / "failing", "exit 1")
    assert make(tree, "-o", ".venv/ready", f"PY={failing}", "site").returncode != 0
    assert not (tree / "_build" / "doctrees").exists()


def test_without_a_network_linkcheck_says_so_and_does_not_pass(tree):
    python = script(tree / "python", f'echo "$1" >> {tree}/ran; test "$1" != -c')
    line = complaint(make(tree, "-o", ".venv/ready", f"PY={python}", "linkcheck"))
    assert line == "There is no network here: no link was followed."
    assert (tree / "ran").read_text() == "-c\n"


def test_retire_hands_over_the_reason_as_it_was_written(tree):
    python = script(tree / "python", 'printf "%s|" "$@"')
    reason = """the sum's "total" cost $5; see `issue`"""
    given = ("ID=old-name", f"WHY={reason.replace('$', '$$')}", "SUCCESSOR=new-name")
    process = make(tree, "-o", ".venv/ready", f"PY={python}", "retire", *given)
    assert process.stdout == f"-m|outputs.ledger|retire|old-name|{reason}|new-name|"


def test_every_requirement_is_pinned_and_no_address_is_named():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)
    pinned = {re.sub(r"[-_.]+", "-", line.split("==")[0]).lower() for line in lines}

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = sum(project["optional-dependencies"].values(), project["dependencies"])
    names = {re.match(r"[\w-]+", requirement)[0].lower() for requirement in wanted}
    assert names - {"microattention"} <= pinned
