"""Which addresses a built site has, and which of them every later version must have too."""

import re
from html.parser import HTMLParser
from pathlib import Path

PAGES = ("index.html", "essay/*.html", "docs/*.html", "auto_gallery/**/*.html", "outputs/*.html")
FILES = ("outputs/*.*", "outputs.json", "reproduction.*", "objects.inv")
# Names that Sphinx counts out, that a page's own scripts use (they have two hyphens), and names
# of code, which the reference gives up when the package does.
UNPROMISED = re.compile(r"(id|index-|footnote-|sd-tab-)[\w-]*\d+|.*--.*|.*\..*")


class Names(HTMLParser):
    """The names that a page's article gives to places in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the name of an element in the article."""
        self.inside = self.inside or tag == "article"
        name = dict(attrs).get("id")
        if self.inside and name and not UNPROMISED.fullmatch(name):
            self.found.add(name)

    def handle_endtag(self, tag: str) -> None:
        """Leave the article at its end."""
        self.inside = self.inside and tag != "article"


def promised(site: Path) -> set[str]:
    """Return the addresses, relative to the site, that are not to break in a later version."""
    pages = {path for pattern in PAGES for path in site.glob(pattern)}
    files = {path for pattern in FILES for path in site.glob(pattern)} | pages
    found = {path.relative_to(site).as_posix() for path in files}
    for path in pages:
        page = path.relative_to(site).as_posix()
        found |= {f"{page}#{name}" for name in Names(path.read_text("utf-8")).found}
    return found


def lost(earlier: Path, later: Path) -> list[str]:
    """Return the promised addresses of one version that a later one lacks."""
    return sorted(promised(earlier) - promised(later))
