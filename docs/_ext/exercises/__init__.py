"""Exercises that answer back, and questions whose answers the reader keeps.

- `parts`: the file of an exercise, which the tests run
- this module: the directives ``exercise`` and ``question``; the page reads well without a script
- `static/exercises.js`: a place for the answer, the check of it, and the reader's own record

The check runs as every other code of the page does, by `run_in_page`.
"""

import re
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from run_in_page import SCRIPTS
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from microattention.sessions import NAME

from .parts import Exercise, read_exercise

HERE = Path(__file__).parent
CHOICE = re.compile(r"\((?P<mark>[ x])\) ")
FOLDED = """
::::{{dropdown}} {title}
:class-container: exercise-{part}

```python
{code}```
::::
"""


class Task(SphinxDirective):
    """What both kinds share: a title, a name, and content that is the task and its hints."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar = {"name": directives.unchanged_required}
    kind: ClassVar[str]

    def name_given(self) -> str:
        """Return the name, by which answers are kept and tests find the file."""
        name = self.options.get("name", "")
        if not NAME.fullmatch(name):
            raise self.error(f"this {self.kind} wants a :name: of words with hyphens, got {name!r}")
        return name

    def box(self, *more: str) -> nodes.container:
        """Return the task with its title, and with more Markdown below it."""
        name = self.name_given()
        title = f"{self.kind.capitalize()}: {self.arguments[0]}"
        box = nodes.container(classes=["task", self.kind], ids=[f"{self.kind}-{name}"])
        text, messages = self.state.inline_text(title, self.lineno)
        box += [nodes.rubric(title, "", *text, **{"heading-level": 3}), *messages]
        lines = StringList(list(self.content) + "".join(more).splitlines(), source=self.env.docname)
        self.state.nested_parse(lines, self.content_offset, box)
        self.set_source_info(box)
        return box


class ExerciseTask(Task):
    """``{exercise} Title`` with ``:name:``, whose code is essay/exercises/the_name.py."""

    kind = "exercise"

    def run(self) -> list[nodes.Node]:
        """Return the task, a starting point, the hints, the check and a solution."""
        file = f"{self.name_given().replace('-', '_')}.py"
        path = Path(self.config.exercises_folder, file)
        exercise = self.read(path)
        box = self.box(
            FOLDED.format(part="check", title="The check", code=exercise.check),
            FOLDED.format(part="solution", title="A solution", code=exercise.solution),
        )
        start = nodes.literal_block(exercise.start.code, exercise.start.code, language="python")
        place = nodes.container("", start, classes=["exercise-start"])
        box.insert(self.first_fold(box), place)
        whole = "The whole exercise as a file: "
        box += nodes.paragraph("", whole, self.link(path), classes=["exercise-file"])
        return [box]

    def read(self, path: Path) -> Exercise:
        """Return what the exercise's file holds, and read the page again when it changes."""
        found = Path(self.env.srcdir, path)
        self.env.note_dependency(found)
        try:
            return read_exercise(found)
        except (OSError, ValueError) as error:
            raise self.error(str(error)) from error

    def first_fold(self, box: nodes.container) -> int:
        """Find where the task ends and the folds begin."""
        folds = (i for i, n in enumerate(box) if n.get("design_component") == "dropdown")
        return next(folds)  # the check is one

    def link(self, path: Path) -> nodes.Node:
        """Return a link to the exercise's file."""
        inside = nodes.literal(path.name, path.name)
        about = {"reftarget": f"/{path}", "refdoc": self.env.docname}
        return addnodes.download_reference("", "", inside, **about)


class QuestionTask(Task):
    """``{question} Title`` with ``:name:``: a list of ``( )`` and ``(x)`` choices, or none."""

    kind = "question"

    def run(self) -> list[nodes.Node]:
        """Return the question; its choices are marked for the script."""
        box = self.box()
        for choices in box.findall(nodes.bullet_list):
            texts = [item.next_node(nodes.Text) for item in choices]
            marks = [CHOICE.match(text or "") for text in texts]
            if not all(marks):
                continue
            choices["classes"].append("choices")
            for item, text, mark in zip(choices, texts, marks, strict=True):
                item["classes"].append("right" if mark["mark"] == "x" else "other")
                text.parent.replace(text, nodes.Text(text[mark.end() :]))
        return [box]


def add_scripts(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Give a page with tasks, and the one that lists the answers, what they need."""
    tasks = doctree.findall(nodes.container) if doctree else ()
    if any({"task", "my-answers"} & set(task["classes"]) for task in tasks):
        for script in (*SCRIPTS, "answers.js", "exercises.js"):
            app.add_js_file(script, loading_method="defer")


def setup(app: Sphinx) -> dict[str, object]:
    """Register everything."""
    app.setup_extension("run_in_page")
    app.setup_extension("sphinx_design")
    app.add_config_value("exercises_folder", "essay/exercises", "env")
    app.add_directive("exercise", ExerciseTask)
    app.add_directive("question", QuestionTask)
    app.connect("html-page-context", add_scripts)
    app.config.html_static_path.append(str(HERE / "static"))
    app.add_css_file("exercises.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
