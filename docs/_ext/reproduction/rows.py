"""The claims of `published-claims.toml`, run by the build and published under their ids."""

import inspect
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from outputs.domain import domain_of
from outputs.registry import Output, folder_digest, registry_of, stop
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from microattention.environment import now
from microattention.reproduction import STATUSES, Row, read_claims, reproduce
from microattention.reproduction.recipes import find_recipe
from microattention.sessions import digest

CLAIMS = "essay/data/published-claims.toml"
PAGE = "docs/reproduction"
SCRIPT = f"{PAGE}.py"  # does the same outside a build
ID = re.compile(r"""^\s*id\s*=\s*["'](?P<id>[\w-]+)""")


def publish_rows(app: Sphinx) -> None:
    """Make an output of each claim, and count what became of them."""
    registry = registry_of(app.env)
    rows, ran = run(app)
    app.env.published_rows = rows  # type: ignore[attr-defined]
    script = Path(app.srcdir, SCRIPT).read_text(encoding="utf-8")
    registry.scripts[PAGE] = script
    lines = lines_of(Path(app.srcdir, CLAIMS))
    for row in rows:
        registry.add(
            Output(
                id=row.id,
                kind="computed",
                page=PAGE,
                source=CLAIMS,
                line=lines[row.id],
                code=inspect.getsource(find_recipe(row.recipe)) if row.recipe else "",
                value=row.value,
                session_sha256=digest(script),
                ran=ran,
            )
        )
    registry.counts |= counts(rows, app.config.reproduction_documents)


def run(app: Sphinx) -> tuple[tuple[Row, ...], str]:
    """Return the rows and when they were run, which is now if anything they are of changed."""
    registry, kept = registry_of(app.env), kept_rows(app.env)
    claims, package = Path(app.srcdir, CLAIMS), Path(inspect.getfile(Row)).parents[1]
    made_of = [claims.read_text(encoding="utf-8"), folder_digest(package)]
    key = digest([*made_of, registry.versions["python"], registry.versions["numpy"]])
    known = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {"key": ""}
    if known["key"] != key:
        try:
            rows = [asdict(reproduce(claim)) for claim in read_claims(claims)]
        except ValueError as error:
            stop(f"{CLAIMS}: {error}")
        known = {"key": key, "rows": rows, "ran": now()}
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(known), encoding="utf-8")
    return tuple(Row(**row) for row in known["rows"]), known["ran"]


def kept_rows(env: BuildEnvironment) -> Path:
    """Return the file that a build keeps the rows in, written only when they were run."""
    return Path(env.doctreedir, "reproduction.json")


def rows_of(env: BuildEnvironment) -> tuple[Row, ...]:
    """Return this build's rows, which travel with the environment into parallel readers."""
    return env.published_rows  # type: ignore[attr-defined,no-any-return]


def lines_of(claims: Path) -> dict[str, int]:
    """Return the line that each id stands on."""
    lines = enumerate(claims.read_text(encoding="utf-8").splitlines(), 1)
    return {match["id"]: number for number, line in lines if (match := ID.match(line))}


def counts(rows: Sequence[Row], documents: Sequence[str]) -> dict[str, int]:
    """Count claims by status and by document, for the role `count`.

    >>> from microattention.reproduction import read_claims, reproduce
    >>> made = counts((reproduce(read_claims()[0]),), ["williams-microattention", "other"])
    >>> made["claims"], made["reproduces"], made["reproduces in williams-microattention"]
    (1, 1, 1)
    >>> made["differs"], made["claims in other"]
    (0, 0)
    """
    made = by_status(rows)
    for document in documents:
        inside = by_status([row for row in rows if row.document == document])
        made |= {f"{name} in {document}": number for name, number in inside.items()}
    return made


def by_status(rows: Sequence[Row]) -> dict[str, int]:
    """Count claims, all of them and by status."""
    found = Counter(row.status for row in rows)
    return {"claims": len(rows)} | {status: found[status] for status in STATUSES}


def check(app: Sphinx, env: BuildEnvironment) -> None:
    """Stop the build if a row stands on no page: its address would lead nowhere."""
    shown = domain_of(env).data["sections"].get(PAGE, {})
    if lost := sorted({row.document for row in rows_of(env) if row.id not in shown}):
        stop(
            *(f"{PAGE}.md: the claims of {name} are missing: ```{{claims}} {name}" for name in lost)
        )
