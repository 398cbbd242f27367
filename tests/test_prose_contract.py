"""The essay's prose and examples: every runner runs every prompt, every numeral is bound."""

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from outputs.prose import prose_lines, without_code

from microattention.sessions import FLAGS, read_file

ROOT = Path(__file__).parents[1]
CHAPTERS = sorted((ROOT / "essay").glob("*.md"))
TEXTS = [*CHAPTERS, ROOT / "README.md"]
PROMPT = re.compile(r"^\s*>>> ?\S", re.MULTILINE)
CITATION = re.compile(r"\{cite[^}]*\}`")
# what is no numeral of the text: roles, mathematics, addresses, footnote marks, comments
NOT_PROSE = re.compile(r"\{[\w:+-]+\}`[^`]*`|\$[^$]*\$|\]\([^)]*\)|\[\^[^\]]*\]|<!--.*?-->")


def name(path):
    return path.name


def test_flags_are_the_same_everywhere(pytestconfig):
    assert pytestconfig.getini("doctest_optionflags") == ["NORMALIZE_WHITESPACE"]
    assert FLAGS == doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize("path", TEXTS, ids=name)
def test_no_example_changes_the_rules(path):
    assert not re.search(r"#\s*doctest:", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", TEXTS, ids=name)
def test_the_sites_runner_sees_every_prompt(path):
    assert len(read_file(path)) == prompts(path) > 0


@pytest.mark.parametrize("path", TEXTS, ids=name)
def test_python_m_doctest_runs_every_prompt(path):
    command = [sys.executable, "-m", "doctest", "-v", str(path)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert run.returncode == 0, run.stdout[-2000:]
    assert f"{prompts(path)} passed" in run.stdout


def test_pytest_runs_every_prompt():
    texts = [str(path.relative_to(ROOT)) for path in TEXTS]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "counting", *texts]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "tests")}
    run = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False
    )
    assert run.returncode == 0, run.stdout[-2000:]
    for path in TEXTS:
        assert f"{path.name} tried {prompts(path)}\n" in run.stdout


@pytest.mark.parametrize(
    "machine",
    [{"OPENBLAS_NUM_THREADS": "1"}, {"OPENBLAS_CORETYPE": "Nehalem"}],
    ids=["one BLAS thread", "an old processor"],
)
def test_the_numbers_travel(machine):
    command = [sys.executable, "-m", "pytest", "-q", "essay", "README.md"]
    run = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env=os.environ | machine, check=False
    )
    assert run.returncode == 0, run.stdout[-2000:]


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_no_naked_numbers(path):
    found = naked_numbers(path.read_text("utf-8"))
    naked = [f"{path.name}:{number}: {line}" for number, line in found]
    assert not naked, (
        "numerals that nothing stands behind; quote an output with {out}`… <label>`, cite a source "
        "in the same sentence, set a parameter as code or maths, or write the number as a word:\n"
        + "\n".join(naked)
    )


@pytest.mark.parametrize(
    ("line", "naked"),
    [
        ("It got 93.7%.", True),
        ("It got {out}`93.7% <corpus-was-wrong>`.", False),
        ("Of {count}`outputs` outputs none changed.", False),
        ("Of {count}`outputs` outputs 93.7% did not change.", True),
        ("{cite:t}`dao2022` counted 40.3 GB.", False),
        ("The width is $d = 8$, or `d = 8`, see [there](02-what.md).", False),
        ("Of NumPy 2.4 it is known.", True),
        ("| 3 | four |", True),
        ("A note.[^1]", False),
    ],
)
def test_a_numeral_is_naked_unless_something_stands_behind_it(line, naked):
    assert bool(list(naked_numbers(line))) is naked


def test_code_is_no_prose_and_captions_are():
    text = "```pycon\n>>> 1\n1\n```\n:::{figure} a.png\n:alt: 2 of them\nCaption 3.\n:::\n"
    assert [number for number, _ in naked_numbers(text)] == [6, 7]


def prompts(path):
    return len(PROMPT.findall(path.read_text(encoding="utf-8")))


def naked_numbers(markdown):
    for number, line in prose_lines(markdown):
        rest = NOT_PROSE.sub("", without_code(line))
        if re.search(r"\d", rest) and not CITATION.search(line):
            yield number, line.strip()


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_every_chapter_says_what_its_headline_supports(path):
    assert re.search(r"^:::+\{scope\} [a-z-]+$", path.read_text("utf-8"), re.MULTILINE)
