"""Exercises and questions in a browser, from a folder: checked, kept and exported."""

import json
import re

import pytest
from minisite import LOOK, MiniSite
from optional import require, require_pyodide

NARROW, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
LONG = 60_000  # milliseconds
DOUBLE = """\
# %% start: Twice 3 is 6, and 3 came.
def double(x):
    return x
# %% wrong: Twice -1 is -2, and 1 came.
def double(x):
    return x * x
# %% solution
def double(x):
    return 2 * x
# %% check
for x in (3, -1, 0):
    assert double(x) == 2 * x, f"Twice {x} is {2 * x}, and {double(x)} came."
"""
OURS = re.compile(r"/(python|bars|answers|exercises)\.js")  # the theme has scripts too
TASKS = """\
# Tasks

::::{exercise} Twice
:name: double

Write `double`.

:::{dropdown} Hint
Add.
:::

:::{dropdown} Another hint
Or multiply.
:::
::::

:::::{question} Which is larger?
:name: larger

Look at both.

- ( ) one
- (x) two

::::{dropdown} What the essay says
Two.
::::
:::::

::::{question} What would you ask?
:name: ask

Write it down.
::::
"""
ANSWERS = "# My answers\n\n:::{container} my-answers\nNothing without a script.\n:::\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    require("furo")
    require("sphinx_design")
    conf = (
        f'{LOOK}html_theme = "furo"\nextensions += ["exercises"]\n'
        f'include_patterns += ["docs/*"]\nrun_pyodide = {str(require_pyodide())!r}\n'
    )
    index = "# Mini\n\n```{toctree}\ndocs/my-answers\n```"
    site = MiniSite(tmp_path_factory.mktemp("exercises"), conf, index=index, one=TASKS)
    contents = (site.root / "index.md").read_text("utf-8")
    site.write("index.md", contents.replace("{toctree}\nessay", "{toctree}\n:numbered: 1\nessay"))
    site.write("essay/exercises/double.py", DOUBLE)
    site.write("docs/my-answers.md", ANSWERS)
    return site.built()


@pytest.fixture
def context(browser):
    context = browser.new_context(viewport=WIDE)
    yield context
    context.close()


@pytest.fixture
def page(context, site):
    page = context.new_page()
    page.set_default_timeout(LONG)
    complaints = []
    page.on("pageerror", lambda error: complaints.append(error.stack))
    page.goto((site.html / "essay" / "one.html").as_uri())
    yield page
    assert not [stack for stack in complaints if OURS.search(stack)]


def task(page, name):
    return page.locator(f"#exercise-{name}, #question-{name}")


def answer(page):
    return page.get_by_label("Your answer, in Python")


def check(page):
    page.get_by_role("button", name="Check my answer").click()
    page.get_by_role("button", name="Stop", exact=True).wait_for(state="detached")
    return task(page, "double").get_by_role("status").inner_text()


def test_an_answer_is_checked_and_told_what_it_lacks(page):
    assert answer(page).input_value() == "def double(x):\n    return x"
    assert check(page) == "Twice 3 is 6, and 3 came."
    answer(page).fill("def double(x):\n    return x * x")
    assert check(page) == "Twice 3 is 6, and 9 came."
    answer(page).fill("def double(x):\n    print(x)\n    return 2 * x\ndouble('a')")
    assert check(page) == "It passes."
    assert "a" in task(page, "double").locator(".run-result").inner_text()
    answer(page).fill("def double(x):\n    return missing")
    assert check(page) == "missing is not defined."
    error = task(page, "double").get_by_label("Python's traceback").inner_text()
    assert "NameError" in error
    answer(page).fill("while True: pass")
    page.get_by_role("button", name="Check my answer").click()
    page.get_by_text("Checking.").wait_for()
    page.get_by_role("button", name="Stop", exact=True).click()
    assert task(page, "double").get_by_role("status").inner_text().startswith("Stopped.")
    assert not task(page, "double").get_by_label("Python's traceback").is_visible()


def test_hints_open_one_by_one(page):
    another = page.locator("summary", has_text="Another hint")
    assert not another.is_visible()
    page.locator("summary", has_text="Hint").first.focus()
    page.keyboard.press("Enter")
    another.wait_for()
    assert page.locator("summary", has_text="A solution").is_visible()


def test_answers_are_kept_until_they_are_taken_back(page, context, site):
    answer(page).fill("def double(x):\n    return 2 * x")
    assert check(page) == "It passes."
    task(page, "larger").get_by_label("one").check()
    status = task(page, "larger").get_by_role("status")
    assert status.inner_text() == "Not that one. The reason is below."
    page.keyboard.press("ArrowDown")
    assert status.inner_text() == "That is it. The reason is below."
    task(page, "ask").get_by_label("Your answer, in your own words").fill("Why?\nAnd how?")
    page.reload()
    assert answer(page).input_value() == "def double(x):\n    return 2 * x"
    assert "It passed when you last checked it." in task(page, "double").inner_text()
    assert task(page, "larger").get_by_label("two").is_checked()
    words = task(page, "ask").get_by_label("Your answer, in your own words")
    assert words.input_value() == "Why?\nAnd how?"
    page.get_by_role("button", name="Start again").click()  # and says no when asked
    assert answer(page).input_value() == "def double(x):\n    return 2 * x"
    page.once("dialog", lambda asked: asked.accept())
    page.get_by_role("button", name="Start again").click()
    words.fill("")
    page.reload()
    assert answer(page).input_value() == "def double(x):\n    return x"
    assert words.input_value() == ""


def test_answers_can_be_exported_and_forgotten(page, site):
    answer(page).fill("x = 1")
    task(page, "larger").get_by_label("two").check()
    task(page, "ask").get_by_label("Your answer, in your own words").fill("Why?")
    page.get_by_role("link", name="My answers").first.click()
    page.get_by_role("heading", name="Exercise: Twice").wait_for()
    assert page.get_by_role("heading", level=2).all_inner_texts() == [
        "Exercise: Twice", "Question: Which is larger?", "Question: What would you ask?",
    ]  # fmt: skip
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as Markdown").click()
    url = (site.html / "essay" / "one.html").as_uri()
    assert download.value.suggested_filename == "my-answers.md"
    assert download.value.path().read_text("utf-8") == (
        f"# My answers\n\n## Exercise: Twice\n\n1. Tasks, <{url}#exercise-double>\n\n"
        "> Write double.\n\n```python\nx = 1\n```\n\n"
        f"## Question: Which is larger?\n\n1. Tasks, <{url}#question-larger>\n\n"
        "> Look at both.\n\ntwo\n\nThat is it.\n\n"
        f"## Question: What would you ask?\n\n1. Tasks, <{url}#question-ask>\n\n"
        "> Write it down.\n\nWhy?\n"
    )
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as JSON").click()
    kept = json.loads(download.value.path().read_text("utf-8"))
    assert kept["question-ask"]["text"] == "Why?"
    assert kept["question-larger"] == {
        "page": "1. Tasks", "title": "Question: Which is larger?", "task": "Look at both.",
        "url": "essay/one.html#question-larger", "chosen": "two", "passed": True,
    }  # fmt: skip
    page.get_by_role("link", name="Exercise: Twice").click()
    assert answer(page).input_value() == "x = 1"
    page.go_back()
    page.get_by_role("button", name="Forget them all").click()  # and says no when asked
    assert page.get_by_role("heading", level=2).count() == 3
    page.once("dialog", lambda asked: asked.accept())
    page.get_by_role("button", name="Forget them all").click()
    page.reload()
    assert "Nothing is kept in this browser yet." in page.locator("article").inner_text()


def test_where_nothing_can_be_kept_the_answers_last_as_long_as_the_page(context, page):
    refuse = "throw new DOMException('no', 'SecurityError')"
    context.add_init_script(
        f"Object.defineProperty(window, 'localStorage', {{get() {{ {refuse} }}}})"
    )
    page.reload()
    task(page, "larger").get_by_label("two").check()
    assert "That is it." in task(page, "larger").get_by_role("status").inner_text()
    page.reload()
    assert not task(page, "larger").get_by_label("two").is_checked()


def test_everything_fits_a_phone(page):
    page.set_viewport_size(NARROW)
    answer(page).fill("print('wide ' * 60)\nmissing")
    check(page)
    for summary in page.locator("summary:visible").all():
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.querySelector('.content').scrollWidth") <= 390
    assert answer(page).bounding_box()["width"] <= 390


def test_without_a_script_the_page_still_holds_everything(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site.html / "essay" / "one.html").as_uri())
    for title, said in (
        ("Hint", "Add."), ("Another hint", "Or multiply."), ("The check", "assert double(x)"),
        ("A solution", "return 2 * x"), ("What the essay says", "Two."),
    ):  # fmt: skip
        page.get_by_text(title, exact=True).click()
        assert page.get_by_text(said).last.is_visible()
    assert page.locator("ul.choices li").all_inner_texts() == ["one", "two"]
    assert "return x" in page.locator(".exercise-start").inner_text()
    context.close()
