"""Each exercise: its solution passes, and what does not pass is told why, in the words promised."""

import json
import re
import subprocess
import sys
import warnings
from importlib.util import module_from_spec, spec_from_file_location

import pytest
from exercises.parts import read_exercise
from minisite import MiniSite
from optional import require
from project import ROOT

from microattention import sessions

FILES = sorted((ROOT / "essay" / "exercises").glob("*.py"))
CHAPTERS = sorted((ROOT / "essay").glob("[0-9]*.md"))
NAMED = re.compile(r"\{exercise\}.*\n:name: (.+)")
FAILING = [
    pytest.param(path, attempt, id=f"{path.stem}-{number}")
    for path in FILES
    for number, attempt in enumerate([read_exercise(path).start, *read_exercise(path).wrong])
]
SMALL = """\
# %% start: It is one, not two.
x = 1
# %% wrong: It is three, not two.
x = 3
# %% solution
x = 2
# %% check
names = {1: "one", 3: "three"}
assert x == 2, f"It is {names[x]}, not two."
"""


@pytest.fixture(scope="module")
def page():
    """Return the module that checks an answer, as the worker in the page imports it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "sessions", sessions)
        path = ROOT / "docs" / "_ext" / "run_in_page" / "page.py"
        spec = spec_from_file_location("page", path)
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module


def judge(page, code, check):
    with warnings.catch_warnings(action="ignore"):  # a wrong answer may well divide by zero
        return json.loads(page.check(json.dumps({"code": code, "check": check})))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_solution_passes(page, path):
    exercise = read_exercise(path)
    judged = judge(page, exercise.solution, exercise.check)
    assert judged == {"passed": True, "message": "It passes.", "printed": "", "error": None,
                      "missing": None}  # fmt: skip


@pytest.mark.parametrize(("path", "attempt"), FAILING)
def test_what_does_not_pass_gets_its_message(page, path, attempt):
    exercise = read_exercise(path)
    imports = re.findall(r"^(?:import|from) .*", exercise.start.code, re.MULTILINE)
    judged = judge(page, "\n".join([*imports, attempt.code]), exercise.check)
    assert (judged["passed"], judged["message"]) == (False, attempt.message)
    assert judged["error"] is None


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_file_runs_from_top_to_bottom(path):
    run = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_every_chapter_has_an_exercise_and_every_exercise_a_chapter():
    named = {path.name: NAMED.findall(path.read_text("utf-8")) for path in CHAPTERS}
    assert [name for name, exercises in named.items() if not exercises] == []
    everywhere = sorted(name for exercises in named.values() for name in exercises)
    assert everywhere == sorted(path.stem.replace("_", "-") for path in FILES)


def test_an_answer_that_stops_is_told_where(page):
    check = "assert f(2) == 4, 'no'"
    assert judge(page, "f = lambda x: x * 2\nprint(1)", check)["printed"] == "1\n"
    judged = judge(page, "def f(x): return 1 / 0", check)
    assert judged["message"] == "Python stopped at an error."
    assert 'File "<your code>", line 1, in f' in judged["error"]
    assert judge(page, "", check)["message"] == "f is not defined."
    assert judge(page, "f = 1 +", check)["message"] == "Python stopped at an error."
    assert judge(page, "assert False, 'mine'", check)["message"] == "Python stopped at an error."
    assert judge(page, "import nowhere_at_all", check)["missing"] == "nowhere_at_all"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("# %% wrong: It is three, not two.\nx = 3\n", ""), "it has start, solution, check"),
        (("# %% solution", "# solution"), "it has start, wrong, check"),
        (("wrong: It is three, not two.", "wrong"), "each answer that fails names the message"),
        ((SMALL, ""), "it has none"),
    ],
)
def test_a_file_with_a_part_missing_stops_the_build(tmp_path, change, said):
    require("sphinx_design")
    file = tmp_path / "small.py"
    file.write_text(SMALL.replace(*change))
    with pytest.raises(ValueError, match=said):
        read_exercise(file)


TASKS = """\
# Tasks

::::{exercise} Make `x` two
:name: make-two

Set it.

:::{dropdown} Hint
Count.
:::
::::

:::{question} Which?
:name: which

- ( ) `one`
- (x) *two*
:::
"""


def make_site(root, tasks=TASKS):
    require("sphinx_design")
    conf = 'extensions += ["exercises"]\nrun_pyodide = "https://example.org/"\n'
    site = MiniSite(root, conf, one=tasks)
    site.write("essay/exercises/make_two.py", SMALL)
    return site


def test_a_page_holds_the_task_the_check_and_the_solution(tmp_path):
    from bs4 import BeautifulSoup

    site = make_site(tmp_path).built()
    soup = BeautifulSoup(site.read("essay/one.html"), "html.parser")
    exercise = soup.find(id="exercise-make-two")
    assert exercise.find(class_="rubric").get_text() == "Exercise: Make x two"
    assert exercise.find(class_="exercise-start").find("pre").get_text() == "x = 1\n"
    titles = [summary.get_text(strip=True) for summary in exercise.find_all("summary")]
    assert titles == ["Hint", "The check", "A solution"]
    assert exercise.find(class_="exercise-solution").find("pre").get_text() == "x = 2\n"
    assert "make_two.py" in exercise.find("a", class_="download")["href"]
    choices = soup.find(id="question-which").find(class_="choices").find_all("li")
    assert [(c.get_text(strip=True), c["class"]) for c in choices] == [
        ("one", ["other"]), ("two", ["right"]),
    ]  # fmt: skip
    site.change("essay/exercises/make_two.py", "x = 2\n", "x = 1 + 1\n")
    site.built()
    assert "x = 1 + 1" in BeautifulSoup(site.read("essay/one.html"), "html.parser").get_text()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (":name: make-two", ":name: make-three", "make_three.py"),
        (":name: make-two", ":name: Make two", "wants a :name: of words with hyphens"),
        (":name: which\n", "", "question wants a :name:"),
    ],
)
def test_a_task_without_its_name_or_file_stops_the_build(tmp_path, old, new, said):
    build = make_site(tmp_path, TASKS.replace(old, new)).build()
    assert build.code != 0
    assert said in build.warned
