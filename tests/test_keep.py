"""What a reader can keep: an archive that works anywhere, and a book that has it all."""

import os
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
from html_pages import Page
from keep.__main__ import NAME, main
from keep.archive import normalised, pack
from keep.book import one_page
from minisite import MiniSite, chapter
from optional import require, require_chromium, require_program
from project import ROOT

MOMENT = 1700000000
ONE = chapter(">>> print(0.9373)  # out: share\n0.9373", title="Shares") + (
    "\nSee [the next](02-masks.md), [its end](02-masks.md#the-end), "
    "[the terms](terms.md) and [outside](https://example.org/).\n"
)
TWO = "# Masks\n\nOf $\\sin(x)$.\n\nAs {out}`93.7% <share>` said.\n\n## The end\n\nOf it.\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return a small site with the page that offers the copies, and its EPUB."""
    require("furo")
    root = tmp_path_factory.mktemp("keep")
    conf = (
        'html_theme, copyright = "furo", "2026"\ninclude_patterns += ["docs/*"]\n'
        'extensions += ["mathml"]\nhtml_math_renderer = "mathml"\n'
    )
    chapters = {"01-shares": ONE, "02-masks": TWO, "terms": "# Terms"}
    site = MiniSite(root, conf, index="# Mini\n\n```{toctree}\ndocs/keeping\n```", **chapters)
    keeping = (ROOT / "docs" / "keeping.md").read_text("utf-8")
    site.write("docs/keeping.md", keeping.replace("{doc}`running-in-the-page`", "elsewhere"))
    site.built()
    build = site.build("-b", "epub", into="_epub")
    assert build.code == 0, build.warned
    return site, root / "_epub" / "html" / "Mini.epub"


@pytest.fixture
def site(built, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(MOMENT))
    return shutil.copytree(built[0].html, tmp_path / "html")


def copies(site):
    return {path.suffix: path for path in (site / "keep").iterdir()}


def test_all_copies_are_made_and_offered(built, site):
    require_chromium()
    assert main(site, built[1]) is None
    found = copies(site)
    assert found.keys() == {".pdf", ".epub", ".zip"}
    page = site / "docs" / "keeping.html"
    offered = [link for link in Page(page).links if link.startswith("../keep/")]
    assert offered == [f"../keep/{NAME}{suffix}" for suffix in (".pdf", ".epub", ".zip")]
    assert "was built without them" not in page.read_text("utf-8")


def test_the_command_takes_folders_as_make_names_them(built, site):
    require_chromium()
    environment = os.environ | {"PYTHONPATH": str(ROOT / "docs" / "_ext")}
    command = [sys.executable, "-m", "keep", site.name, str(built[1])]
    run = subprocess.run(
        command, cwd=site.parent, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert copies(site).keys() == {".pdf", ".epub", ".zip"}


def test_the_copies_are_the_same_when_they_are_made_again(built, site, tmp_path):
    require_chromium()
    again = shutil.copytree(site, tmp_path / "again")
    main(site, built[1])
    main(again, built[1])
    for suffix in (".epub", ".zip"):
        assert copies(site)[suffix].read_bytes() == copies(again)[suffix].read_bytes(), suffix


def test_the_archive_is_the_whole_site_and_its_links_arrive(built, site, tmp_path):
    main(site, built[1])
    with zipfile.ZipFile(copies(site)[".zip"]) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "unpacked")
    there = tmp_path / "unpacked" / NAME
    for name in ("index.html", "outputs.json", "outputs/share.bib", "searchindex.js"):
        assert (there / name).read_bytes() == (site / name).read_bytes()
    for path in there.rglob("*.html"):
        for link in Page(path).links:
            if "://" not in link:
                target = link.split("#")[0]
                assert not target or (path.parent / target).is_file(), f"{path.name}: {link}"


def test_the_archive_says_nothing_of_when_and_by_whom_it_was_packed(built):
    first = pack(built[0].html, NAME, MOMENT)
    for path in built[0].html.rglob("*.html"):
        path.touch()
        path.chmod(0o600)
    assert pack(built[0].html, NAME, MOMENT) == first


def test_the_epub_keeps_its_kind_first_and_open(built):
    again = built[1].with_name("again.epub")
    again.write_bytes(normalised(built[1], MOMENT))
    with zipfile.ZipFile(again) as epub:
        kind, *_ = epub.infolist()
        assert (kind.filename, kind.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        texts = {name: epub.read(name).decode() for name in epub.namelist() if "xhtml" in name}
    (one,) = [text for name, text in texts.items() if "01-shares" in name]
    assert 'id="share"' in one
    assert "0.9373" in re.sub(r"<[^>]*>", "", one)
    assert "<script" not in one


def test_a_page_that_a_reading_device_would_refuse_stops_it(site, tmp_path):
    epub = tmp_path / "broken.epub"
    with zipfile.ZipFile(epub, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("one.xhtml", "<p>&nbsp;</p>")
    said = "one.xhtml is not well-formed: undefined entity"
    assert main(site, epub).startswith(said)


def test_the_book_has_every_chapter_and_its_links_stay_in_it(built, tmp_path):
    book = tmp_path / "book.html"
    book.write_text(one_page(built[0].html), "utf-8")
    page = Page(book)
    assert len(page.names) == len(set(page.names))
    inside = [link[1:] for link in page.links if link.startswith("#")]
    assert {"02-masks--", "02-masks--the-end", "01-shares--share"} <= set(inside)
    assert set(inside) <= set(page.names)
    assert [link for link in page.links if "://" in link] == ["https://example.org/"]
    assert not [link for link in page.links if link.startswith(("..", "terms"))]


def test_the_book_on_paper_has_the_outputs(built, site):
    require_chromium()
    main(site, built[1])
    pdf = copies(site)[".pdf"]
    assert pdf.read_bytes().count(b"(D:20231114221320") == 2
    assert not list((site / "essay").glob("keep-print*"))
    command = [str(require_program("pdftotext")), "-layout", str(pdf), "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert re.search(r"Shares.*>>> print\(0\.9373\)\s+0\.9373.*Masks.*93\.7%", text, re.DOTALL)


def test_without_a_browser_the_paper_is_left_out_and_this_is_said(built, site, monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("REQUIRE_ALL", raising=False)
    assert main(site, built[1]) is None
    assert copies(site).keys() == {".epub", ".zip"}
    assert "There is no Chromium here, so there is no PDF." in capsys.readouterr().out
    monkeypatch.setenv("REQUIRE_ALL", "1")
    assert main(site, built[1]) == "There is no Chromium here, so there is no PDF."
