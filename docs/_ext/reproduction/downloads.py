"""The ledger as files: JSON for programs, CSV for spreadsheets."""

import csv
import io
import re
from pathlib import Path

from outputs.manifest import write_json
from outputs.registry import SITES, registry_of
from sphinx.application import Sphinx

from .rows import rows_of

# what a spreadsheet may take for a formula, and a lone number, which it may not
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
NUMBER = re.compile(r"[-+]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?([eE][-+]?\d+)?\s?%?")


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write both files into the built site."""
    if exception is not None or app.builder.name not in SITES:
        return
    outputs = registry_of(app.env).outputs
    entries = [row.as_json_row() | {"url": outputs[row.id].url} for row in rows_of(app.env)]
    write_json(Path(app.outdir, "reproduction.json"), entries)
    Path(app.outdir, "reproduction.csv").write_bytes(table(entries).encode())


def table(entries: list[dict[str, object]]) -> str:
    r"""Return the entries as CSV in the form of RFC 4180, the keys of the first as its head.

    >>> table([{"id": "a", "ours": "=1+1"}, {"id": "b", "ours": "-1"}])
    "id,ours\r\na,'=1+1\r\nb,-1\r\n"
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(entries[0])
    writer.writerows([cell(value) for value in entry.values()] for entry in entries)
    return text.getvalue()


def cell(value: object) -> str:
    """Return a value as text that no spreadsheet runs; a number stays one.

    An apostrophe before it is what a spreadsheet takes for "the rest is text".

    >>> cell("-0.5"), cell("+500%"), cell("-0.5 0.5"), cell("@SUM(A1)"), cell(None)
    ('-0.5', '+500%', "'-0.5 0.5", "'@SUM(A1)", '')
    """
    text = "" if value is None else str(value)
    return f"'{text}" if FORMULA.match(text) and not NUMBER.fullmatch(text) else text
