"""A text's examples as one session: parsed as doctest parses them, run in order, recorded.

The tests, the site's build and `verify` all read a chapter through this module, so that none
of them can see an example that another does not.
"""

import doctest
import hashlib
import io
import re
import sys
import tokenize
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

FLAGS = doctest.NORMALIZE_WHITESPACE
LABEL = re.compile(r"#\s*out:\s*(?P<name>.*?)\s*$")
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Example:
    """One prompt and what is expected after it."""

    source: str  # without its label; ends in a newline
    want: str
    line: int  # of the prompt in its file, counted from 1
    label: str | None = None
    exception: str | None = field(default=None, repr=False)  # its last line, where one is expected


@dataclass(frozen=True)
class Failure:
    """An example that printed something else than it was expected to."""

    example: Example
    got: str
    error: BaseException | None = field(default=None, compare=False, repr=False)  # what stopped it

    def __str__(self) -> str:
        """Return what was expected and what came, one below the other."""
        want = self.example.want or "nothing\n"
        return f"expected:\n{_indented(want)}got:\n{_indented(self.got or 'nothing')}"


@dataclass(frozen=True)
class Run:
    """What a session printed, example by example, and where that was not what it should be."""

    printed: tuple[str, ...]
    failures: tuple[Failure, ...]


def read_session(text: str, name: str = "<text>") -> tuple[Example, ...]:
    r"""Parse the examples of a text with the standard library's doctest parser.

    Parameters
    ----------
    text : str
        Markdown, or any text with `>>>` prompts in it.
    name : str
        Where it is from, for error messages.

    Returns
    -------
    tuple of Example
        In the order of the text, each with its label, `# out: name`, taken off.

    Raises
    ------
    ValueError
        If a label is malformed, stands twice on one example, or names an example that is not
        expected to print anything. The message has file and line.

    Examples
    --------
    >>> from microattention.sessions import read_session
    >>> prompt = chr(62) * 3
    >>> example, = read_session(f"Text.\n\n{prompt} 1 + 1  # out: two\n2\n")
    >>> example
    Example(source='1 + 1\n', want='2\n', line=3, label='two')
    """
    parsed = doctest.DocTestParser().get_examples(text, name)
    return tuple(_example(found, name) for found in parsed)


def run_session(
    examples: Sequence[Example], name: str = "<session>", names: dict[str, Any] | None = None
) -> Run:
    r"""Run the examples in one namespace, from the first to the last, and compare.

    Parameters
    ----------
    examples : sequence of Example
        Of one text, in order.
    name : str
        For tracebacks.
    names : dict, optional
        The namespace, which keeps what the examples make; a new one by default.

    Returns
    -------
    Run
        What each printed, and the failures. An exception counts as printed: its last line.

    Examples
    --------
    >>> run = run_session(read_session(chr(62) * 3 + " print(6 * 7)\n41\n"))
    >>> run.printed
    ('42\n',)
    >>> print(run.failures[0])
    expected:
        41
    got:
        42
    <BLANKLINE>
    """
    tests = [doctest.Example(e.source, e.want, e.exception, e.line - 1) for e in examples]
    test = doctest.DocTest(tests, {}, name, name, 0, None)
    test.globs = {"__name__": "__main__"} if names is None else names
    recorder = _Recorder()
    with no_keyboard():
        recorder.run(test, out=lambda text: None, clear_globs=names is None)
    pairs = zip(examples, recorder.seen, strict=True)
    failures = tuple(Failure(e, s.printed, s.error) for e, s in pairs if not s.expected)
    return Run(tuple(s.printed for s in recorder.seen), failures)


def digest(text: str | Iterable[str]) -> str:
    r"""Return the SHA-256 of a text, or of the code of a session up to some example.

    Examples
    --------
    >>> digest("0.93732481")[:12], digest(["a = 1\n", "a\n"]) == digest("a = 1\na\n")
    ('8b7ed7ef5e1b', True)
    """
    text = text if isinstance(text, str) else "".join(text)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def read_file(path: str | Path, name: str | None = None) -> tuple[Example, ...]:
    """Parse the examples of a file; errors name it as `name`.

    Examples
    --------
    >>> read_file(__file__.replace("sessions.py", "py.typed"))
    ()
    """
    return read_session(Path(path).read_text(encoding="utf-8"), name or str(path))


def _example(found: doctest.Example, name: str) -> Example:
    """Turn what the parser found into an example whose label is checked and taken off."""
    where = f"{name}:{found.lineno + 1}"
    source, labels = take_labels_off(found.source)
    if len(labels) > 1:
        raise ValueError(f"{where}: one label an example, got {', '.join(labels)}")
    for label in labels:
        if not NAME.fullmatch(label):
            raise ValueError(
                f"{where}: a label is lower-case words joined by hyphens, got {label!r}"
            )
        if not found.want.replace("<BLANKLINE>", "").strip():
            raise ValueError(f"{where}: label {label!r} is on an example that prints nothing")
    named = labels[0] if labels else None
    return Example(source, found.want, found.lineno + 1, named, found.exc_msg)


def take_labels_off(source: str) -> tuple[str, list[str]]:
    r"""Return the source without its label comments, and the labels.

    Only comments count: the same characters inside a string stay. A label may end a comment
    that says something else first.

    Examples
    --------
    >>> take_labels_off('print("# out: not-me")  # out: me\n')
    ('print("# out: not-me")\n', ['me'])
    >>> take_labels_off("w.shape  # queries, keys  # out: shape\n")
    ('w.shape  # queries, keys\n', ['shape'])
    """
    if "out:" not in source:
        return source, []
    lines, labels = source.split("\n"), []
    for token in _comments(source):
        if match := LABEL.search(token.string):
            row, column = token.start
            lines[row - 1] = lines[row - 1][: column + match.start()].rstrip()
            labels.append(match["name"])
    return "\n".join(lines), labels


@contextmanager
def no_keyboard() -> Iterator[None]:
    """Let code that asks for input find its end at once, instead of waiting for ever.

    Examples
    --------
    >>> with no_keyboard():
    ...     input()
    Traceback (most recent call last):
    EOFError: EOF when reading a line
    """
    before, sys.stdin = sys.stdin, io.StringIO()
    try:
        yield
    finally:
        sys.stdin = before


def _comments(source: str) -> list[tokenize.TokenInfo]:
    """Return the comments of a source; none where Python cannot read it, as running will show."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return []
    return [token for token in tokens if token.type == tokenize.COMMENT]


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


class _Seen(NamedTuple):
    """What came of one example."""

    printed: str
    expected: bool
    error: BaseException | None = None


class _Recorder(doctest.DocTestRunner):
    """The standard library's runner, which keeps what it saw instead of printing it."""

    def __init__(self) -> None:
        super().__init__(verbose=False, optionflags=FLAGS)
        self.seen: list[_Seen] = []

    def report_start(self, out: Any, test: Any, example: Any) -> None:
        pass

    def report_success(self, out: Any, test: Any, example: Any, got: str) -> None:
        # of an expected exception, its last line: the traceback names files of this machine
        self.seen.append(_Seen(example.exc_msg or got, True))

    def report_failure(self, out: Any, test: Any, example: Any, got: str) -> None:
        self.seen.append(_Seen(got, False))

    def report_unexpected_exception(self, out: Any, test: Any, example: Any, exc_info: Any) -> None:
        last = traceback.format_exception_only(*exc_info[:2])[-1]
        self.seen.append(_Seen(last, False, exc_info[1]))
