"""What a page says of the other versions: a list to choose from, and on a release its standing.

Both are plain links in the page, so they work without a script and from a folder.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape

GAP = re.compile(r"(<!-- versions: (\w+) -->).*?(<!-- versions end -->)", re.DOTALL)


@dataclass(frozen=True)
class Version:
    """One version of the site as it stands in the tree."""

    name: str  # latest, or v and the first two parts of the release
    package: str
    commit: str
    date: str
    pages: frozenset[str] = field(repr=False)  # relative to the version's own root

    @property
    def order(self) -> tuple[float, ...]:
        """Where it stands among the others: releases by number, latest behind them all."""
        return (float("inf"),) if self.name == "latest" else tuple(map(int, self.parts))

    @property
    def parts(self) -> list[str]:
        """The release's numbers."""
        return self.name[1:].split(".")


def fill(text: str, page: str, own: Version, versions: Iterable[Version]) -> str:
    """Return a page's text with what it says of other versions in the gaps left for it."""
    newest_first = sorted(versions, key=lambda version: version.order, reverse=True)
    said = {"chooser": chooser(page, own, newest_first), "notice": notice(page, own, newest_first)}
    return GAP.sub(lambda gap: gap[1] + said[gap[2]] + gap[3], text)


def address(page: str, there: Version) -> str:
    """Return the way from a page to the same page of another version, or to its first page."""
    return f"{'../' * (page.count('/') + 1)}{there.name}/{target(page, there)}"


def target(page: str, there: Version) -> str:
    """Return the page that stands for this one in another version."""
    return page if page in there.pages else "index.html"


def chooser(page: str, own: Version, versions: list[Version]) -> str:
    """Return the list of versions, folded, this one marked."""
    items = "".join(f"<li>{item(page, own, version)}</li>" for version in versions)
    return (
        f'<details class="versions"><summary>Version <b>{own.name}</b></summary>'
        f"<ul>{items}</ul></details>"
    )


def item(page: str, own: Version, there: Version) -> str:
    """Return one version's line in the chooser."""
    if there is own:
        return f'<a href="" aria-current="page">{own.name}</a>'
    without = "" if page in there.pages else " (without this page)"
    return f'<a href="{escape(address(page, there))}">{there.name}</a>{without}'


def notice(page: str, own: Version, versions: list[Version]) -> str:
    """Return what stands above a release's page: that it stays as it is, and what is newer."""
    if own.name == "latest":
        return ""
    newest = max((v for v in versions if v.name != "latest"), key=lambda version: version.order)
    there = next((v for v in versions if v.name == "latest"), newest)
    parts = [f"This is version {own.name} of {own.date[:10]}, kept as it was published."]
    if newest is not own:
        parts.append(f"It is old: the newest release is {link(page, newest)}.")
    if there.name == "latest":
        parts.append(f"Work goes on in {link(page, there)}.")
    kind = "old" if newest is not own else "release"
    return f'<p class="version-notice {kind}" role="note">{" ".join(parts)}</p>'


def link(page: str, there: Version) -> str:
    """Return a link to the same page elsewhere, by the version's name."""
    return f'<a href="{escape(address(page, there))}">{there.name}</a>'
