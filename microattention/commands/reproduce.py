"""The command ``reproduce``: run what others published again, and say what became of each claim."""

import argparse
import json
import shutil
from collections import Counter
from collections.abc import Sequence

from ..reproduction import STATUSES, Claim, Row, read_claims, reproduce
from ..terminal import clip, harmless, progress, table
from ..usage import UsageError

HELP = "run published numbers of others again and say which come out"
EPILOG = """\
examples:
  python -m microattention reproduce
  python -m microattention reproduce claim-wrong-attends-to-corpus
  python -m microattention reproduce --json > reproduction.json

A claim reproduces, or holds under a condition, or differs, or cannot be checked. Given ids, the
command says of each where it was published, by which function it was run, and what came.
"""
LONGEST_VALUE = 24


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``reproduce`` takes.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        To which the arguments are added.

    Examples
    --------
    >>> parser = argparse.ArgumentParser()
    >>> add_arguments(parser)
    >>> parser.parse_args(["claim-row-sums"]).ids
    ['claim-row-sums']
    """
    parser.add_argument("ids", nargs="*", metavar="ID", help="claims to run (default: all)")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")


def run(arguments: argparse.Namespace) -> None:
    """Run the claims and print what became of them.

    Parameters
    ----------
    arguments : argparse.Namespace
        As declared by `add_arguments`.

    Raises
    ------
    UsageError
        If there is no claim of an id that was given.

    Examples
    --------
    >>> parser = argparse.ArgumentParser()
    >>> add_arguments(parser)
    >>> run(parser.parse_args(["claim-embedding-shape"]))
    claim-embedding-shape: reproduces
      claim      Shape of the four embeddings.
      where      mlplus-attention: Queries, keys and values, first output
      published  (4, 6)
      ours       (4, 6)
      recipe     mlplus:embeddings_shape
    """
    claims = _asked(read_claims(), arguments.ids)
    rows = []
    with progress("running claim", len(claims)) as step:
        for claim in claims:
            rows.append(reproduce(claim))
            step()
    if arguments.json:
        print(json.dumps([row.as_json_row() for row in rows], indent=1))
    elif arguments.ids:
        print("\n\n".join(_described(row) for row in rows))
    else:
        print(_table(rows), end="\n\n")
        counts = Counter(row.status for row in rows)
        print(", ".join(f"{counts[status]} {status}" for status in STATUSES))


def _asked(claims: Sequence[Claim], ids: Sequence[str]) -> Sequence[Claim]:
    """Return the claims of some ids, in their order; all if there are none."""
    by_id = {claim.id: claim for claim in claims}
    for id_ in ids:
        if id_ not in by_id:
            raise UsageError(f"no claim {harmless(id_)!r} among the {len(claims)}; see reproduce")
    return [by_id[id_] for id_ in dict.fromkeys(ids)] or claims


def _table(rows: Sequence[Row]) -> str:
    """Lay the rows out, a line each; what is too long for it is shown when asked for by id."""
    cells = [
        [row.id, row.status, clip(row.published, LONGEST_VALUE), clip(row.ours, LONGEST_VALUE)]
        for row in rows
    ]
    width = shutil.get_terminal_size().columns
    return table(["claim", "status", "published", "ours"], cells, width=width)


def _described(row: Row) -> str:
    """Say all that is known of one row."""
    fields = {
        "claim": row.claim,
        "where": f"{row.document}: {row.where}",
        "published": row.published,
        "ours": row.ours,
        "detail": row.detail,
        "recipe": row.recipe or "",
        "note": row.note,
    }
    lines = [f"  {name:<9}  {text}" for name, text in fields.items() if text]
    return "\n".join([f"{row.id}: {row.status}", *lines])
