"""The site as `make site` makes it: what fails, where it says so, what its pages ask for."""

import doctest
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from gallery_order import EssayOrder
from html_pages import Page, follow
from optional import require
from project import ROOT, copy_project, make_here

CHAPTERS = sorted(path.name for path in (ROOT / "essay").glob("[0-9]*.md"))


def change_an_output(chapter: Path) -> int:
    """Change the first expected output of `chapter`, end it there, and return the prompt's line."""
    text = chapter.read_text(encoding="utf-8")
    example = next(e for e in doctest.DocTestParser().get_examples(text) if e.want)
    before_output = example.lineno + example.source.count("\n")
    lines = text.splitlines(keepends=True)[: before_output + 1]
    lines[-1] = lines[-1].rstrip("\n") + "7\n"
    chapter.write_text("".join(lines) + "\n```\n", encoding="utf-8")
    return example.lineno + 1


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """A copy with one changed output in every chapter, and the lines of their prompts."""
    require("sphinx")
    tree = copy_project(tmp_path_factory.mktemp("changed"))
    return tree, {name: change_an_output(tree / "essay" / name) for name in CHAPTERS}


def test_a_changed_output_fails_make_test_at_its_file_and_line(changed):
    tree, lines = changed
    process = make_here(tree, "test", "TESTS=essay")
    assert process.returncode != 0
    for name, line in lines.items():
        assert f"essay/{name}:{line}: DocTestFailure" in process.stdout


def test_a_changed_output_fails_make_site_at_its_file_and_line(changed):
    tree, lines = changed
    process = make_here(tree, "site")
    assert process.returncode != 0
    for name, line in lines.items():
        assert f"essay/{name}:{line}: " in process.stderr
    assert not (tree / "_build" / "html" / "index.html").exists()


@pytest.fixture(scope="module")
def pages(site):
    return {path: Page(path) for path in site.rglob("*.html")}


def test_no_page_asks_anything_of_another_site(site, pages):
    assert len(pages) > len(CHAPTERS)
    for path, page in pages.items():
        elsewhere = [url for url in page.loads if urlsplit(url).netloc]
        assert not elsewhere, f"{path.relative_to(site)} loads {elsewhere}"
    for sheet in site.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8").replace(" ", "")
        for reach in ("url(http", "url('http", 'url("http', "url(//", "@import"):
            assert reach not in text, f"{sheet.relative_to(site)} has {reach}"


def test_mathematics_needs_no_script(pages):
    assert sum(path.read_text(encoding="utf-8").count("<math ") for path in pages) > 10
    assert not [url for page in pages.values() for url in page.loads if "mathjax" in url.lower()]


def test_every_link_within_the_site_arrives(pages):
    assert follow(pages) > 1000


def test_no_page_gives_one_name_to_two_things(site, pages):
    for path, page in pages.items():
        twice = {name for name in page.names if page.names.count(name) > 1}
        assert not twice, f"{path.relative_to(site)} repeats {twice}"


def test_every_chapter_is_on_the_landing_page(pages, site):
    links = pages[site / "index.html"].links
    for name in CHAPTERS:
        assert f"essay/{Path(name).stem}.html" in links


def test_the_gallery_is_in_the_order_of_the_essay(site):
    page = (site / "auto_gallery" / "index.html").read_text(encoding="utf-8")
    shown = re.findall(r'sphx-glr-thumbcontainer".*?href="(plot_\w+)\.html', page, re.DOTALL)
    scripts = [path.name for path in (ROOT / "gallery").glob("plot_*.py")]
    in_order = sorted(scripts, key=EssayOrder(str(ROOT / "gallery")))
    assert [f"{name}.py" for name in shown] == in_order
    assert shown[0] == "plot_sentence_heatmap"


def test_each_page_names_the_version_that_made_it(site):
    import microattention

    assert f"microattention {microattention.__version__}" in (site / "index.html").read_text()
    assert f"version: {microattention.__version__}\n" in (ROOT / "CITATION.cff").read_text()


def test_a_corrected_source_reaches_the_pages_that_cite_it(site, building):
    again = shutil.copytree(site, building / "_build" / "again")  # others look at the site itself
    sources = building / "essay" / "references.bib"
    sources.write_text(sources.read_text().replace("from scratch in pure", "corrected, in pure"))
    command = [sys.executable, "-m", "sphinx", "-nWq", "-d", "_build/doctrees", ".", str(again)]
    environment = os.environ | {"GIT_DIR": str(ROOT / ".git")}  # or else all would be read again
    subprocess.run(command, cwd=building, env=environment, check=True)
    first = "essay/01-why-build-the-thing.html"
    assert "corrected, in pure" in (again / first).read_text("utf-8")
    assert "corrected, in pure" not in (site / first).read_text("utf-8")


def test_the_ledger_in_the_repository_is_the_one_that_a_build_leaves(site):
    built = (site.parents[1] / "outputs.lock").read_text(encoding="utf-8")
    committed = (ROOT / "outputs.lock").read_text(encoding="utf-8")
    assert committed == built, "new outputs are not in outputs.lock: run `make site`, commit it"


def test_the_manifest_is_of_this_essay_and_verifies_itself(site):
    run = [sys.executable, "-m", "microattention", "verify", str(site)]
    process = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout + process.stderr
    assert ", 0 differs, " in process.stdout
    assert "not trusted" not in process.stdout


def test_the_ledger_page_adds_up_to_its_file(site):
    html = (site / "docs" / "reproduction.html").read_text(encoding="utf-8")
    rows = json.loads((site / "reproduction.json").read_text(encoding="utf-8"))
    summary = re.search(r"<table.*?</table>", html, re.DOTALL)[0]
    totals = re.findall(r'<span class="count">([\d,]+)</span>', summary)[-5:]
    found = Counter(row["status"] for row in rows)
    statuses = ("reproduces", "holds under a condition", "differs", "cannot be checked")
    assert [int(number) for number in totals] == [*map(found.get, statuses), len(rows)]
    assert len(re.findall(r'<tr class="[^"]*output claim-', html)) == len(rows)
