"""A page's examples and exercises, run in the reader's browser as the tests and the build run them.

The worker puts `sessions.py` beside this file, out of its package, for the package needs NumPy
and a block that does not must run without.
"""

import ast
import doctest
import io
import json
import traceback
from contextlib import redirect_stdout
from typing import Any

from sessions import FLAGS, Example, no_keyboard, run_session

names: dict[str, Any] = {}


def run(given: str) -> str:
    """Run one block, after those before it or in an empty namespace.

    Parameters
    ----------
    given : str
        JSON: `examples`, pairs of source and published output with the last line of an expected
        exception or null; `code`, the reader's own version or null; `fresh`, whether to begin anew.

    Returns
    -------
    str
        JSON: `parts`, each with what was `published`, what was `printed`, and whether that is the
        `same`; `error`, the traceback at which it stopped or nothing; `missing`, the module that
        could not be imported or nothing.
    """
    asked = json.loads(given)
    if asked["fresh"]:
        names.clear()
        names["__name__"] = "__main__"
    examples = [Example(source, want, 1, None, exc) for source, want, exc in asked["examples"]]
    if asked["code"] is None:
        return json.dumps(as_published(examples))
    return json.dumps(as_changed(asked["code"], "".join(example.want for example in examples)))


def as_published(examples: list[Example]) -> dict[str, Any]:
    """Run a block's examples one by one, up to the first error, and compare each."""
    parts = []
    for example in examples:
        ran = run_session([example], "block", names)
        failed = ran.failures[0] if ran.failures else None
        if failed and failed.error:
            return {"parts": parts, **error_of(failed.error)}
        parts.append(part(example.want, ran.printed[0], failed is None))
    return {"parts": parts, **error_of(None)}


def as_changed(code: str, want: str) -> dict[str, Any]:
    """Run the reader's version as a prompt would, and compare all that it prints."""
    printed, error = run_code(code, names)
    same = doctest.OutputChecker().check_output(want, printed, FLAGS)
    return {"parts": [part(want, printed, same)], **error_of(error)}


def check(given: str) -> str:
    """Run the reader's answer to an exercise, then the exercise's check of it.

    Parameters
    ----------
    given : str
        JSON: `code`, the answer; `check`, code that asserts what the answer must do, with messages.

    Returns
    -------
    str
        JSON: `passed`; `message`, what the check has to say; `printed`, what the answer printed;
        `error` and `missing`, as `run` returns them.
    """
    asked = json.loads(given)
    answer: dict[str, Any] = {"__name__": "__main__"}
    printed, error = run_code(asked["code"], answer)
    if error is None:
        _, error = run_code(asked["check"], answer, "<check>")
        if isinstance(error, AssertionError):
            return verdict(False, str(error), printed)
    if error is None:
        return verdict(True, "It passes.", printed)
    undefined = isinstance(error, NameError)
    said = f"{error.name} is not defined." if undefined else "Python stopped at an error."
    return verdict(False, said, printed, error)


def verdict(passed: bool, said: str, printed: str, error: BaseException | None = None) -> str:
    """Write down what came of a check."""
    judged = {"passed": passed, "message": said, "printed": printed}
    return json.dumps({**judged, **error_of(error)})


def run_code(
    code: str, names: dict[str, Any], name: str = "<your code>"
) -> tuple[str, BaseException | None]:
    """Run code in a namespace; return what it printed and what stopped it, if anything did."""
    printed = io.StringIO()
    with redirect_stdout(printed), no_keyboard():
        try:
            for statement in ast.parse(code, name).body:
                exec(compile(ast.Interactive([statement]), name, "single"), names)
        except BaseException as error:  # sys.exit too must not end the worker
            return printed.getvalue(), error
    return printed.getvalue(), None


def part(published: str, printed: str, same: bool) -> dict[str, Any]:
    """Put what was published beside what was printed."""
    published = published.replace("<BLANKLINE>", "")
    return {"published": published, "printed": printed, "same": same}


def error_of(error: BaseException | None) -> dict[str, str | None]:
    """Return the traceback, from the reader's code on, and the name of a module not found."""
    if error is None:
        return {"error": None, "missing": None}
    frame = error.__traceback__
    while frame and not frame.tb_frame.f_code.co_filename.startswith("<"):
        frame = frame.tb_next
    text = "".join(traceback.format_exception(type(error), error, frame))
    return {"error": text, "missing": error.name if isinstance(error, ImportError) else None}
