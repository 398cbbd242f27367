"""The whole site in one file, the same bytes whenever the same pages are packed."""

import datetime
import io
import re
import zipfile
from pathlib import Path

GAP = re.compile(r"(<!-- kept -->).*?(<!-- kept end -->)", re.DOTALL)
WORDS = {".pdf": "The essay on paper", ".epub": "The essay and its documents for reading devices",
         ".zip": "The whole site"}  # fmt: skip


def member(name: str, moment: int) -> zipfile.ZipInfo:
    """Return the head of an archive's member that says nothing of who packed it, or where."""
    when = datetime.datetime.fromtimestamp(moment, datetime.UTC).timetuple()[:6]
    info = zipfile.ZipInfo(name, max(when, (1980, 1, 1, 0, 0, 0)))  # the form knows no earlier
    info.external_attr = 0o644 << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def pack(site: Path, name: str, moment: int) -> bytes:
    """Return the site as an archive whose one folder has its name; without the archive itself."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(path for path in site.rglob("*") if path.is_file()):
            if path.suffix != ".zip" and not path.name.startswith("."):
                inside = f"{name}/{path.relative_to(site).as_posix()}"
                archive.writestr(member(inside, moment), path.read_bytes())
    return packed.getvalue()


def list_copies(site: Path, folder: Path) -> None:
    """Name the copies that there are on the page that offers them."""
    page = site / "docs" / "keeping.html"
    copies = sorted(folder.iterdir(), key=lambda path: list(WORDS).index(path.suffix))
    items = "".join(f"<li>{item(path)}</li>" for path in copies)
    text = page.read_text("utf-8")
    page.write_text(GAP.sub(rf"\1<ul>{items}</ul>\2", text), "utf-8")


def item(path: Path) -> str:
    """Return a copy's line: where it is, what it is, how large."""
    size = path.stat().st_size / 1e6
    link = f'<a href="../keep/{path.name}">{path.name}</a>'
    return f"{link}: {WORDS[path.suffix].lower()}, {size:.1f} MB"
