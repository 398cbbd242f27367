"""The ledger: every id ever published, and the digest of its value, for ever.

An id that vanishes or changes stops the build, unless it is retired:
``python -m outputs.ledger retire ID WHY SUCCESSOR``, or ``make retire ID=… WHY=… SUCCESSOR=…``.
"""

import json
import re
import sys
from collections.abc import Set
from dataclasses import dataclass, field
from pathlib import Path

from microattention.environment import now
from microattention.files import write_atomically
from microattention.sessions import read_file
from microattention.verify import load_manifest

from . import TEXTS
from .registry import Registry

PUBLISHED = re.compile(r"publish\(\s*[\"']([\w-]+)")
CLAIMED = re.compile(r"^\s*id\s*=\s*[\"']([\w-]+)", re.MULTILINE)
RETIRED = {"sha256", "page", "value", "why", "successor", "date"}


@dataclass
class Ledger:
    """What `outputs.lock` holds."""

    outputs: dict[str, str] = field(default_factory=dict)  # id -> sha256 of the value
    pages: dict[str, str] = field(default_factory=dict)  # id -> docname
    retired: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> "Ledger":
        """Read the ledger; an absent one is empty."""
        if not path.exists():
            return cls()
        try:
            ledger = cls(**json.loads(path.read_text(encoding="utf-8")))
            fields = [ledger.outputs, ledger.pages, ledger.retired]
            if not all(isinstance(field, dict) for field in fields):
                raise TypeError("outputs, pages and retired are objects")
            if not all(entry.keys() >= RETIRED for entry in ledger.retired.values()):
                raise TypeError(f"each retired entry has {', '.join(sorted(RETIRED))}")
        except (ValueError, TypeError, AttributeError) as error:
            raise ValueError(f"{path.name} is no ledger ({error}); restore it from git") from None
        return ledger

    def save(self, path: Path) -> None:
        """Write the ledger, sorted, so that a change of one output is a change of one line."""
        text = json.dumps(self.__dict__, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write_atomically(str(path), text.encode())

    def problems(self, registry: Registry) -> list[str]:
        """Compare what is published now with what was, and say what to do."""
        found = []
        for id_, sha in self.outputs.items():
            output = registry.outputs.get(id_)
            if output is None:
                found.append(
                    f"output {id_!r} of {self.pages.get(id_, 'an unknown page')} has vanished. "
                    f"Put it back, or retire it: make retire ID={id_} WHY='…' SUCCESSOR=…"
                )
            elif output.promised != sha:
                found.append(
                    f"{output.where}: the published output {id_!r} changed its value; it is now "
                    f"{output.value!r} ({output.kind}). Restore it, or give the new one a new "
                    f"label and retire this one: make retire ID={id_} WHY='…' SUCCESSOR=…"
                )
        for id_ in self.retired.keys() & registry.outputs.keys():
            where = registry.outputs[id_].where
            found.append(f"{where}: {id_!r} is retired, and an id is never used again: rename it")
        return found + self._lost_successors(registry)

    def _lost_successors(self, registry: Registry) -> list[str]:
        return [
            f"outputs.lock: the successor of {id_!r}, {entry['successor']!r}, is not published"
            for id_, entry in self.retired.items()
            if entry["successor"] not in registry.outputs and entry["successor"] not in self.retired
        ]

    def record(self, registry: Registry) -> list[str]:
        """Take in the ids that are new, and return them."""
        new = [id_ for id_ in registry.outputs if id_ not in self.outputs]
        for output in registry.outputs.values():
            self.pages[output.id] = output.page
            self.outputs[output.id] = output.promised
        return new

    def retire(self, id_: str, why: str, successor: str, known: Set[str], value: str = "") -> None:
        """Move an id to the retired; ValueError says what is wrong.

        The successor is one of `known`, or in the ledger.
        """
        if id_ in self.retired:
            raise ValueError(f"ID {id_!r} is retired already")
        if id_ not in self.outputs:
            raise ValueError(f"ID {id_!r} is not in the ledger; it holds {len(self.outputs)} ids")
        if not why.strip():
            raise ValueError("WHY is empty; say in a sentence why the output is retired")
        if successor.strip() in ("", id_):
            raise ValueError(f"SUCCESSOR must be the id of another output, got {successor!r}")
        if successor.strip() in self.retired:
            raise ValueError(f"SUCCESSOR {successor!r} is itself retired; name one that stands")
        if successor.strip() not in known | self.outputs.keys():
            raise ValueError(
                f"SUCCESSOR {successor!r} is no label in the essay, the gallery or the claims; "
                "write it first"
            )
        self.retired[id_] = {
            "sha256": self.outputs.pop(id_),
            "page": self.pages.pop(id_, ""),
            "value": value,
            "why": why.strip(),
            "successor": successor.strip(),
            "date": now()[:10],
        }


def labels(root: Path) -> set[str]:
    """Return the labels in the texts, the gallery's names and the claims' ids, built or not."""
    texts = (path for pattern in TEXTS for path in root.glob(pattern))
    found = {example.label for path in texts for example in read_file(path) if example.label}
    for script in root.glob("gallery/**/*.py"):
        found |= set(PUBLISHED.findall(script.read_text(encoding="utf-8")))
    for claims in root.glob("essay/data/*.toml"):
        found |= set(CLAIMED.findall(claims.read_text(encoding="utf-8")))
    return found


def last_value(site: Path, id_: str) -> str:
    """Return what the last built site published under an id, if there is one."""
    try:
        manifest = load_manifest(site)
    except ValueError:
        return ""
    return next((o["value"] for o in manifest["outputs"] if o["id"] == id_), "")


def main(arguments: list[str]) -> int:
    """Run the command."""
    if len(arguments) != 4 or arguments[0] != "retire":
        print("usage: make retire ID=… WHY='…' SUCCESSOR=…", file=sys.stderr)
        return 2
    path, (_, id_, why, successor) = Path("outputs.lock"), arguments
    try:
        ledger = Ledger.load(path)
        value = last_value(Path("_build/html"), id_)
        ledger.retire(id_, why, successor, labels(Path()), value)
    except ValueError as error:
        print(f"make retire: {error}", file=sys.stderr)
        return 2
    ledger.save(path)
    print(f"{id_} is retired; the errata page will say so. Commit outputs.lock with the change.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
