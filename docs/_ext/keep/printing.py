"""The book on paper, printed by Chromium."""

import datetime
import io
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from pypdf import PdfReader

from .book import numbered, one_page

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
PAPER = ("--no-pdf-header-footer", "--generate-pdf-document-outline")
DATE = re.compile(rb"(/(?:CreationDate|ModDate) \(D:)\d{14}")
BROWSER = re.compile(rb"/Creator \((?:\\.|[^\\)])*\)")
CELL = re.compile(rb"\(node\d{8}\)")


class NoBrowser(Exception):
    """There is nothing here to print with."""


def print_book(site: Path, pdf: Path, moment: int) -> None:
    """Print the essay; `NoBrowser` where there is no Chromium.

    It is printed twice, for only the first time tells on which page each part begins.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise NoBrowser("There is no Chromium here, so there is no PDF.")
    page = site / "essay" / "keep-print.html"  # where the chapters stand, so that figures are found
    try:
        unnumbered = one_page(site)
        page.write_text(unnumbered, "utf-8")
        pages = page_numbers(printed(browser, page))
        page.write_text(numbered(unnumbered, pages), "utf-8")
        pdf.write_bytes(stamped(printed(browser, page), moment, author(site)))
    finally:
        page.unlink(missing_ok=True)


def author(site: Path) -> str:
    """Return who the site says has made it."""
    crate = json.loads((site / "ro-crate-metadata.json").read_text("utf-8"))
    return next(one["name"] for one in crate["@graph"] if one["@id"] == "#authors")


def printed(browser: str, page: Path) -> bytes:
    """Return what Chromium makes of a page."""
    with tempfile.TemporaryDirectory() as folder:
        out = [f"--user-data-dir={folder}/profile", f"--print-to-pdf={folder}/book.pdf"]
        command = [browser, *QUIET, *PAPER, *out, page.as_uri()]
        subprocess.run(command, check=True, capture_output=True)
        return Path(folder, "book.pdf").read_bytes()


def page_numbers(pdf: bytes) -> dict[str, int]:
    """Return the number of the page on which each place stands that something leads to."""
    reader = PdfReader(io.BytesIO(pdf))
    places = reader.named_destinations
    number = reader.get_destination_page_number
    return {name.removeprefix("/"): number(place) + 1 for name, place in places.items()}


def stamped(pdf: bytes, moment: int, by: str) -> bytes:
    """Return the PDF with what differs from one printing to the next set; nothing changes places.

    That is the time, which browser printed it, and the names of cells in tables, which count on
    from whatever the browser did before.
    """
    when = datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%Y%m%d%H%M%S").encode()
    names: dict[bytes, bytes] = {}
    pdf = DATE.sub(lambda found: found[1] + when, pdf)
    pdf = BROWSER.sub(lambda found: f"/Author ({by})".encode().ljust(len(found[0])), pdf, 1)
    return CELL.sub(lambda found: names.setdefault(found[0], b"(node%08d)" % len(names)), pdf)
