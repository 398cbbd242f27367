"""Run every page's session at build time, unless it is known to print what the page says."""

import json
from collections.abc import Iterator
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

from microattention.environment import now
from microattention.sessions import Failure, digest, read_session, run_session

from .registry import Registry, Session, folder_digest, stop, versions_of

logger = logging.getLogger(__name__)

ADVICE = """\
    If the text is wrong, correct it. If the code changed what it prints, and this output is
    published under a label, its name must not change its value: give it a new label, and
    retire the old one with `make retire ID=… WHY=… SUCCESSOR=…`."""


class Cache:
    """Sessions that passed, by the digest of their text and of all that they ran with."""

    def __init__(self, app: Sphinx, versions: dict[str, str]) -> None:
        self.file = Path(app.doctreedir) / "sessions.json"
        self.root = Path(app.srcdir)
        read = [app.config.outputs_package, app.config.outputs_data]
        folders = [folder_digest(self.root / folder) for folder in read]
        self.made_with = [*folders, versions["python"], versions["numpy"]]
        self.known = json.loads(self.file.read_text()) if self.file.exists() else {}
        self.kept: dict[str, dict[str, object]] = {}
        self.fresh, self.failed = 0, False

    def session(self, path: Path) -> Session:
        """Return a file's session, run if it must be; ValueError if it fails."""
        source = path.relative_to(self.root).as_posix()
        text = path.read_text(encoding="utf-8")
        examples = read_session(text, source)
        key = digest([text, *self.made_with])
        known = self.known.get(source)
        if known is None or known["key"] != key:
            self.fresh += bool(examples)
            run = run_session(examples, source)
            self.failed |= bool(run.failures)
            if run.failures:
                raise ValueError("\n".join(message(source, failure) for failure in run.failures))
            known = {"key": key, "printed": run.printed, "ran": now()}
        self.kept[source] = known
        return Session(source, examples, tuple(known["printed"]), known["ran"])

    def save(self) -> None:
        """Keep what passed for the next build."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(json.dumps(self.kept))


def run_pages(app: Sphinx) -> None:
    """Fill this build's registry, or stop the build at examples that print something else."""
    registry = Registry(versions_of(app))
    cache = Cache(app, registry.versions)
    problems = []
    for path in texts(app):
        try:
            session = cache.session(path)
        except ValueError as error:
            problems.append(str(error))
            continue
        if session.examples:
            docname = path.relative_to(app.srcdir).with_suffix("").as_posix()
            registry.add_session(docname, session)
    cache.save()
    logger.info(
        "outputs: %d sessions run, %d unchanged", cache.fresh, len(registry.sessions) - cache.fresh
    )
    if problems:
        stop(*problems, *[ADVICE] * cache.failed)
    app.env.published_outputs = registry  # type: ignore[attr-defined]


def texts(app: Sphinx) -> Iterator[Path]:
    """Find the files whose examples are run."""
    for pattern in app.config.outputs_sessions:
        yield from sorted(Path(app.srcdir).glob(pattern))


def message(source: str, failure: Failure) -> str:
    """Say where an example printed something else, and what."""
    return (
        f"{source}:{failure.example.line}: this example does not print what the text says\n"
        f"    {failure.example.source.strip()}\n{failure}"
    )
