"""The same pages come of the same source, wherever and whenever they are built."""

import os
from pathlib import Path

from minisite import MiniSite, chapter
from optional import require

CONF = """\
extensions += ["mathml", "finding", "versions"]
html_theme, copyright, html_math_renderer = "furo", "2026", "mathml"
html_baseurl, site_version = "https://example.org/v0.1/", "v0.1"
"""
SHARE = chapter(">>> print(0.9373)  # out: share\n0.9373", ">>> 1  # out: one\n1", title="Shares")
SCOPE = ":::{scope} share\nIt supports this.\n\nIt doesn't support that.\n:::\n"


def files(folder: Path) -> dict[str, bytes]:
    """Return what a folder holds, but for the name of what Sphinx keeps for itself."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != ".buildinfo"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_a_site_is_the_same_when_it_is_built_elsewhere(tmp_path, monkeypatch):
    require("furo")
    built = []
    for place, seed in (("here", "1"), ("elsewhere", "2")):
        monkeypatch.setitem(os.environ, "PYTHONHASHSEED", seed)
        quotes = "# Quotes\n\nIt is {out}`94% <share>` and {out}`one`, or $x^2$.\n"
        site = MiniSite(tmp_path / place, CONF, shares=SHARE + SCOPE, quotes=quotes)
        build = site.build_apart("-j", "2")
        assert build.code == 0, build.warned
        built.append(files(site.html))
    first, second = built
    assert len(first) > 30
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
