"""The chapters as one page, and that page on paper, printed by Chromium."""

import datetime
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARTICLE = re.compile(r'<article role="main"[^>]*>(.*?)</article>', re.DOTALL)
STYLES = re.compile(r'<link rel="stylesheet"[^>]*>')
NAMED = re.compile(r'\b(id|for|aria-labelledby|aria-describedby)="([^"]+)"')
LINKED = re.compile(r'\b(href)="([^"]*)"')
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
CHAPTER = "article > section { break-before: page }"
DATE = re.compile(rb"/(CreationDate|ModDate) \(D:\d{14}([^)]*)\)")


class NoBrowser(Exception):
    """There is nothing here to print with."""


def print_book(site: Path, pdf: Path, moment: int) -> None:
    """Print the essay's chapters; `NoBrowser` where there is no Chromium."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise NoBrowser("There is no Chromium here, so there is no PDF.")
    page = site / "essay" / "keep-print.html"  # where the chapters stand, so that figures are found
    page.write_text(one_page(site), "utf-8")
    try:
        with tempfile.TemporaryDirectory() as profile:
            quiet = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
            out = ["--no-pdf-header-footer", f"--print-to-pdf={pdf}", page.as_uri()]
            subprocess.run([browser, *quiet, *out], check=True, capture_output=True)
    finally:
        page.unlink()
    pdf.write_bytes(dated(pdf.read_bytes(), moment))


def one_page(site: Path) -> str:
    """Return the front page and all chapters as one page in the site's own type."""
    texts = {f"essay/{path.name}": path.read_text("utf-8") for path in chapters(site)}
    front = (site / "index.html").read_text("utf-8")
    # The front page stands a folder higher than the chapters whose place this page takes.
    styles = "".join(STYLES.findall(next(iter(texts.values()))))
    parts = [part(text, name, set(texts)) for name, text in texts.items()]
    title = TITLE.search(front)
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{title[1] if title else ''}</title>{styles}<style>{CHAPTER}</style></head>"
        f'<body data-theme="light">{"".join(parts)}</body></html>'
    )


def chapters(site: Path) -> list[Path]:
    """Return the chapters in their order."""
    return sorted((site / "essay").glob("[0-9]*.html"))


def part(text: str, name: str, all_names: set[str]) -> str:
    """Return a chapter's article, its names told apart from those of other chapters."""
    found = ARTICLE.search(text)
    article = found[1] if found else ""
    own = prefix(name)
    article = NAMED.sub(lambda m: f'{m[1]}="{named(own, m[2])}"', article)
    article = LINKED.sub(lambda m: link(m[2], own, all_names), article)
    # What is loaded only when it comes into view is not loaded for paper.
    return f'<article id="{own}">{article}</article>'.replace(' loading="lazy"', "")


def named(own: str, names: str) -> str:
    """Return names of this chapter as names of the book."""
    return " ".join(f"{own}{name}" for name in names.split())


def prefix(name: str) -> str:
    """Return what marks a chapter's names in the book."""
    return f"{Path(name).stem}--"


def link(address: str, own: str, all_names: set[str]) -> str:
    """Return a link's target in the book: there, or outside, or none if it stays on the site."""
    path, _, place = address.partition("#")
    if not path:
        return f'href="#{own}{place}"'
    if f"essay/{path}" in all_names:
        return f'href="#{prefix(path)}{place}"'
    return f'href="{address}"' if "://" in address else ""


def dated(pdf: bytes, moment: int) -> bytes:
    """Return the PDF with the time of its pages, not that of its printing."""
    when = datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%Y%m%d%H%M%S").encode()
    return DATE.sub(lambda m: b"/" + m[1] + b" (D:" + when + m[2] + b")", pdf)
