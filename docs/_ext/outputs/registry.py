"""What this build publishes: sessions, their outputs, and what they were made with."""

import hashlib
import platform
from collections.abc import Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import numpy
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from microattention.sessions import Example, digest
from microattention.terminal import harmless

logger = logging.getLogger(__name__)

SITES = ("html", "dirhtml")  # other builders have no pages to cite an output with


def stop(*problems: str) -> NoReturn:
    """End the build, saying what is wrong alone: an exception would add its traceback."""
    for problem in problems:
        logger.error("%s", problem)
    raise SystemExit(2)


@dataclass(frozen=True)
class Output:
    """One published output."""

    id: str
    kind: str  # doctest, computed or measured
    page: str  # docname
    source: str  # the file that it is made in
    line: int
    code: str
    value: str
    session_sha256: str  # of the code up to and including this example
    ran: str  # date and time, UTC
    machine: str = ""  # of a measured output

    @property
    def sha256(self) -> str:
        """Digest of the value's text."""
        return digest(self.value)

    @property
    def promised(self) -> str:
        """What the ledger holds of it: the digest; of a measured one, the name alone."""
        return "" if self.kind == "measured" else self.sha256

    @property
    def where(self) -> str:
        """File and line of the example, or of the call, that makes it."""
        return f"{self.source}:{self.line}"

    @property
    def line_of_value(self) -> str:
        """The value on one line, safe to paste; long ones are cut."""
        line = harmless(" ".join(self.value.split()))
        return line if len(line) <= 80 else f"{line[:79]}…"

    @property
    def url(self) -> str:
        """Address relative to the site's root."""
        return f"{self.page}.html#{self.id}"


@dataclass(frozen=True)
class Session:
    """A text's examples, and what they printed when they last ran."""

    source: str
    examples: tuple[Example, ...]
    printed: tuple[str, ...]
    ran: str

    @property
    def code(self) -> list[str]:
        """The sources of all examples, in order."""
        return [example.source for example in self.examples]


@dataclass
class Registry:
    """All that is published by this build, by docname and by id."""

    versions: dict[str, str]
    sessions: dict[str, Session] = field(default_factory=dict)
    scripts: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, Output] = field(default_factory=dict)
    retired: dict[str, dict[str, str]] = field(default_factory=dict)  # from the ledger
    counts: dict[str, int] = field(default_factory=dict)  # beside those of the outputs

    def add(self, output: Output) -> None:
        """Take in an output, whose id must be new."""
        if other := self.outputs.get(output.id):
            stop(
                f"{output.where}: the label {output.id!r} is taken, at {other.where}. "
                "An id names one output for ever: give the newer one another name."
            )
        self.outputs[output.id] = output

    def add_session(self, docname: str, session: Session) -> None:
        """Take in a page's session and its labelled outputs."""
        self.sessions[docname] = session
        for i, (example, printed) in enumerate(zip(session.examples, session.printed, strict=True)):
            if example.label:
                self.add(
                    Output(
                        id=example.label,
                        kind="doctest",
                        page=docname,
                        source=session.source,
                        line=example.line,
                        code=example.source,
                        value=printed.rstrip("\n"),
                        session_sha256=digest(session.code[: i + 1]),
                        ran=session.ran,
                    )
                )

    def on_page(self, docname: str) -> list[Output]:
        """Return a page's outputs in their order."""
        return [output for output in self.outputs.values() if output.page == docname]

    def homeless(self, pages: Set[str]) -> list[str]:
        """Say which outputs, of now and of old, have no page that their address leads to."""
        found = [
            f"{output.where}: {output.source} is no page of the site, so its output {output.id!r} "
            "cannot be cited: take its label off"
            for output in self.outputs.values()
            if output.page not in pages
        ]
        return found + [
            f"the page {entry['page']!r} is gone, where the retired output {id_!r} was, and its "
            "old address leads nowhere: put a page there that says where its text went"
            for id_, entry in self.retired.items()
            if entry["page"] not in pages
        ]

    def stamps(self) -> dict[str, object]:
        """Return what each page with outputs or examples says of when and with what it was run."""
        ran = {docname: [session.ran] for docname, session in self.sessions.items()}
        for output in self.outputs.values():
            ran.setdefault(output.page, []).append((output.id, output.ran, output.session_sha256))
        return {docname: (self.versions, times) for docname, times in ran.items()}


def registry_of(env: BuildEnvironment) -> Registry:
    """Return this build's registry, which travels with the environment into parallel readers."""
    return env.published_outputs  # type: ignore[attr-defined,no-any-return]


def versions_of(app: Sphinx) -> dict[str, str]:
    """Return what the outputs are made with."""
    return {
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "package": app.config.version,
        "commit": app.config.html_context.get("commit", ""),
    }


def made_with(registry: Registry) -> str:
    """Say with what the outputs were made."""
    v = registry.versions
    commit = f", commit {v['commit']}" if v["commit"] else ""
    return f"Python {v['python']}, NumPy {v['numpy']}, microattention {v['package']}{commit}"


def folder_digest(folder: Path) -> str:
    """Return a digest of all that a session can import or read from a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return digest(
        f"{path.relative_to(folder)} {hashlib.sha256(path.read_bytes()).hexdigest()}\n"
        for path in files
    )
