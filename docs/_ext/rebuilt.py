"""Hold two builds of one tree to the same pages: `python -m rebuilt SITE SITE`.

Every file must be the same, byte for byte, but for what was measured, which each build makes
anew. What that is, both sites' own manifests say: the values of measured outputs, and what their
scripts drew and printed. Where a file shows any of it, it is masked and the rest compared. Of
each other difference there is one line.
"""

import json
import re
import sys
import zlib
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

WORD = re.compile(r"\w+(?:\.\w+)*")  # of a value, for its signs are written in many ways
TABLE = r'"><span>CSV</span></a></p>\s*<details.*?</details>'  # of a figure, after its last link
PRINTED = re.compile(  # by a script: on its page, and in that page's source
    r'<div class="sphx-glr-script-out[^"]*"><div class="highlight"><pre>(?s:.*?)</pre>'
    r"|\.\. rst-class:: sphx-glr-script-out\n(?: .*\n|\n)+"
)
INDEX = "searchindex.js"
MOST = 20  # differences to name


class Mask:
    """Hides what was measured, in the files that show it."""

    def __init__(self, measured: list[dict[str, Any]]) -> None:
        figure = rf"sphx_glr_{either(Path(o['source']).stem for o in measured)}_\w+\."
        values = either(word for o in measured for word in WORD.findall(o["value"]))
        digests = either(o["sha256"][:12] for o in measured)
        names = either(o["id"] for o in measured)
        self.pages = re.compile(rf"{either(o['chapter'] for o in measured)}\.")
        self.figures = re.compile(rf"{figure}(?:dark\.)?(?:svg|png|csv)$")
        self.shown = re.compile(rf"\b{names}\b|{figure}")
        self.measured = re.compile(
            rf"<img[^>]*{figure}[^>]*>|{figure}csv{TABLE}"
            rf"|(?<![\w.]){values}(?!\w)|\b{digests}[0-9a-f]*",
            re.DOTALL,
        )

    def __call__(self, name: str, content: bytes) -> str:
        """Return a file's text without what was measured; of a measured figure nothing is left."""
        if self.figures.search(name):
            return ""
        text = read(name, content)
        if not self.shown.search(text):
            return text
        if self.pages.search(name):
            text = PRINTED.sub("…", text)
        return self.measured.sub("…", text)


def either(words: Iterable[str]) -> str:
    r"""Return a pattern of any of the words, the longest first; of none, one that never fits.

    >>> either(["1.3", "1.35"])
    '(?:1\\.35|1\\.3)'
    """
    escaped = [re.escape(word) for word in sorted(set(words), key=lambda word: (-len(word), word))]
    return f"(?:{'|'.join(escaped) or '(?!)'})"


def measured(site: Path) -> list[dict[str, Any]]:
    """Return the measured outputs of a site."""
    outputs = json.loads((site / "outputs.json").read_text("utf-8"))["outputs"]
    return [output for output in outputs if output["kind"] == "measured"]


def differences(first: Path, second: Path) -> Iterator[str]:
    """Say of each file that differs where it does."""
    mask = Mask(measured(first) + measured(second))
    one, other = (files(site) for site in (first, second))
    for name in sorted(one ^ other):
        yield f"{name} is in {first if name in one else second} alone"
    both = sorted(one & other, key=lambda name: (name == INDEX, name))
    differing: set[str] = set()
    for name in both:
        contents = [(site / name).read_bytes() for site in (first, second)]
        if contents[0] != contents[1]:
            differing.add(name)
            if name == INDEX:
                contents = [without(content, differing) for content in contents]
            if place := where(*(mask(name, content) for content in contents)):
                yield f"{name} differs {place}"


def files(site: Path) -> set[str]:
    """Return the names of all files of a site, but for what Sphinx keeps for itself."""
    paths = [path for path in site.rglob("*") if path.is_file() and path.name != ".buildinfo"]
    return {path.relative_to(site).as_posix() for path in paths}


def read(name: str, content: bytes) -> str:
    """Return a file's text; of the inventory, that other sites link by, what it packs."""
    if name == "objects.inv":
        *head, packed = content.split(b"\n", 4)
        content = b"\n".join([*head, zlib.decompress(packed)])
    return content.decode("utf-8", "backslashreplace")


def without(index: bytes, pages: set[str]) -> bytes:
    """Return the search's index without what is on some pages, which speak for themselves."""
    content = json.loads(index.removeprefix(b"Search.setIndex(").removesuffix(b")"))
    left_out = {i for i, page in enumerate(content["docnames"]) if f"{page}.html" in pages}
    found = {word: {n} if isinstance(n, int) else {*n} for word, n in content["terms"].items()}
    content["terms"] = {word: sorted(n - left_out) for word, n in found.items() if n - left_out}
    named = {
        prefix: [entry for entry in entries if entry[0] not in left_out]
        for prefix, entries in content["objects"].items()
    }
    content["objects"] = {prefix: entries for prefix, entries in named.items() if entries}
    return json.dumps(content, indent=0, ensure_ascii=False).encode()


def where(one: str, other: str) -> str:
    r"""Return the first line that differs, and what stands there in both, or nothing.

    >>> where("a\nbc", "a\nbd")
    "in line 2: 'bc' and 'bd'"
    """
    lines = zip_longest(one.split("\n"), other.split("\n"), fillvalue="")
    for number, (a, b) in enumerate(lines, 1):
        if a != b:
            first = next(i for i, (x, y) in enumerate(zip_longest(a, b)) if x != y)
            shown = slice(max(0, first - 20), first + 40)
            return f"in line {number}: {a[shown]!r} and {b[shown]!r}"
    return ""


def main(arguments: list[str]) -> str | None:
    """Compare what is named; return what differs."""
    if len(arguments) != 2:
        return "usage: python -m rebuilt SITE SITE"
    try:
        found = list(differences(*map(Path, arguments)))
    except FileNotFoundError as error:
        return f"there is no built site here: {error.filename} is missing"
    if not found:
        print(f"{arguments[0]} and {arguments[1]} hold the same pages.")
        return None
    rest = [f"and {len(found) - MOST} more differ"] if len(found) > MOST else []
    return "\n".join(found[:MOST] + rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
