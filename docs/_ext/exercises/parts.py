"""An exercise's file: a starting point, wrong answers, a check, a solution.

The parts are cells, as in the gallery's scripts: ``# %% start: …``, ``# %% wrong: …``, as many as
there are, ``# %% solution`` and ``# %% check``. After the colon stands what the check must say of
that part. The file runs from top to bottom, for the solution is the last answer before the check.
"""

import re
from dataclasses import dataclass
from pathlib import Path

CELL = re.compile(r"^# %% (?P<part>\w+)(?:: (?P<message>.+))?$", re.MULTILINE)
ORDER = re.compile(r"start (wrong )+solution check")


@dataclass(frozen=True)
class Attempt:
    """An answer that does not pass, and what the check says of it."""

    code: str
    message: str


@dataclass(frozen=True)
class Exercise:
    """The parts of an exercise's file."""

    start: Attempt
    wrong: tuple[Attempt, ...]
    solution: str
    check: str


def read_exercise(path: Path) -> Exercise:
    """Read an exercise's file.

    Parameters
    ----------
    path : Path
        Of a Python file with cells.

    Returns
    -------
    Exercise

    Raises
    ------
    ValueError
        If a part is missing or out of order, or an answer that fails has no message.
    """
    text = path.read_text(encoding="utf-8")
    marks = list(CELL.finditer(text))
    parts = [mark["part"] for mark in marks]
    if not ORDER.fullmatch(" ".join(parts)):
        raise ValueError(
            f"{path.name}: the parts are start, at least one wrong, solution and check, in this "
            f"order; it has {', '.join(parts) or 'none'}"
        )
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    codes = [text[mark.end() : end].strip() + "\n" for mark, end in zip(marks, ends, strict=True)]
    *failing, solution, check = codes
    messages = [mark["message"] for mark in marks[: len(failing)]]
    if None in messages:
        raise ValueError(f"{path.name}: each answer that fails names the message of the check")
    attempts = [Attempt(code, said) for code, said in zip(failing, messages, strict=True)]
    return Exercise(attempts[0], tuple(attempts[1:]), solution, check)
