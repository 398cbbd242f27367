"""The pages of the built site, with one for all those that differ in nothing but their words."""

import re
from pathlib import Path

# What a page repeats from its neighbours, and code, whose colours say nothing of the page.
PASSED_OVER = re.compile(r'<pre.*?</pre>|<aside class="sidebar-drawer">.*?</aside>', re.DOTALL)
TAG = re.compile(r'<([a-z][\w-]*)(?:[^>]*?\sclass="([^"]*)")?')


def kind(page: Path) -> frozenset[tuple[str, str]]:
    """Return the elements of a page, each with its classes."""
    return frozenset(TAG.findall(PASSED_OVER.sub("", page.read_text(encoding="utf-8"))))


def one_of_each_kind(site: Path) -> list[Path]:
    """Return all pages that were written, and the longest of each kind that a program wrote."""
    by_program = [*(site / "_modules").rglob("*.html"), *(site / "outputs").glob("*.html")]
    kinds = {kind(page): page for page in sorted(by_program, key=lambda page: page.stat().st_size)}
    written = set(site.rglob("*.html")) - set(by_program)
    return sorted(written | set(kinds.values()))
