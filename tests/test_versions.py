"""Versions side by side: what each page says of the others, and that no address of old breaks."""

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from html_pages import Page, follow
from minisite import MiniSite, chapter
from optional import require
from project import ROOT, make_here
from versions.tree import main

CONF = """\
import os
extensions += ["versions", "notfound.extension"]
html_theme, templates_path = "furo", [{templates!r}]
site_version = os.environ.get("SITE_VERSION", "")
html_baseurl = f"https://example.org/essay/{{site_version}}/"
html_context = {{"commit": "abc123"}}
notfound_urls_prefix = f"/essay/{{site_version}}/"
"""
SHARE = chapter(">>> print(0.9373)  # out: share\n0.9373", title="Shares")


def built(root, name, **chapters):
    """Build a small site under a name, and return its folder."""
    require("furo")
    require("notfound")
    conf = CONF.format(templates=str(ROOT / "docs" / "_templates"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SITE_VERSION", name)
        site = MiniSite(root, conf, **chapters)
        build = site.build()
    assert build.code == 0, build.warned
    return site.html


@pytest.fixture(scope="module")
def sites(tmp_path_factory):
    """Return three built versions; a page and a heading came with the second."""
    root = tmp_path_factory.mktemp("versions")
    more = {"shares": SHARE + "\n## What follows\n", "masks": "# Masks"}
    return [
        built(root / "first", "v0.9", shares=SHARE),
        built(root / "second", "v0.10", **more),
        built(root / "third", "latest", **more),
    ]


@pytest.fixture(scope="module")
def tree(sites, tmp_path_factory):
    tree = tmp_path_factory.mktemp("published") / "tree"
    assert main([str(tree), *map(str, sites)]) is None
    return tree


def walk(tree):
    """Follow every link of every page of a tree of versions."""
    return follow({path: Page(path) for path in tree.rglob("*.html")})


def chooser(path):
    """Return the chooser of a page: what it says and where each line leads."""
    (text,) = re.findall(r'<details class="versions">.*?</details>', path.read_text("utf-8"))
    return re.sub(r"<[^>]*>", " ", text).split(), re.findall(r'href="([^"]*)"', text)


def notice(path):
    return re.findall(r'<p class="version-notice \w+".*?</p>', path.read_text("utf-8"))


def test_every_link_of_every_version_arrives(tree):
    assert walk(tree) > 100


def test_the_chooser_leads_to_the_same_page_of_each_version(tree):
    for name in ("v0.9", "v0.10", "latest"):
        said, links = chooser(tree / name / "essay" / "shares.html")
        assert said == ["Version", name, "latest", "v0.10", "v0.9"]
        others = [n for n in ("latest", "v0.10", "v0.9") if n != name]
        assert [link for link in links if link] == [f"../../{n}/essay/shares.html" for n in others]


def test_a_version_without_the_page_is_entered_at_its_first(tree):
    said, links = chooser(tree / "latest" / "essay" / "masks.html")
    assert " ".join(said).endswith("v0.10 v0.9 (without this page)")
    assert links[-1] == "../../v0.9/index.html"


def test_every_page_but_the_one_for_lost_readers_has_a_chooser(tree):
    for version in ("v0.9", "latest"):
        for path in (tree / version).rglob("*.html"):
            assert path.read_text("utf-8").count('class="versions"') == (path.name != "404.html")


def test_releases_say_what_they_are_and_the_newest_is_not_called_old(tree):
    (old,) = notice(tree / "v0.9" / "essay" / "shares.html")
    assert 'class="version-notice old"' in old
    assert "This is version v0.9 of 2023-11-14" in old
    assert 'the newest release is <a href="../../v0.10/essay/shares.html">v0.10</a>' in old
    (newest,) = notice(tree / "v0.10" / "essay" / "shares.html")
    assert "old" not in newest
    assert 'Work goes on in <a href="../../latest/essay/shares.html">latest</a>' in newest
    assert not notice(tree / "latest" / "essay" / "shares.html")


def test_the_root_leads_to_latest_and_lists_the_versions(tree):
    assert 'url=latest/index.html"' in (tree / "index.html").read_text()
    listed = json.loads((tree / "versions.json").read_text())
    assert [(v["name"], v["version"], v["commit"]) for v in listed] == [
        ("latest", "1.2", "abc123"), ("v0.10", "1.2", "abc123"), ("v0.9", "1.2", "abc123")
    ]  # fmt: skip
    assert (tree / ".nojekyll").exists()


def test_a_lost_reader_is_led_into_latest_from_any_address(tree):
    page = Page(tree / "404.html")
    inside = [link for link in page.links if not urlsplit(link).netloc and link[0] != "#"]
    assert inside
    assert {link.split("/")[1:3] == ["essay", "latest"] for link in inside} == {True}


def test_a_citation_points_to_the_version_that_it_was_made_from(tree):
    for name in ("v0.9", "v0.10", "latest"):
        url = f"https://example.org/essay/{name}/essay/shares.html#share"
        manifest = json.loads((tree / name / "outputs.json").read_text())
        assert [output["permalink"] for output in manifest["outputs"]] == [url]
        for file in ("share.txt", "share.bib", "share.csl.json", "share.html"):
            assert url in (tree / name / "outputs" / file).read_text("utf-8"), file
        assert f'"url": "{url}"' in (tree / name / "essay" / "shares.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("breaks", "said"),
    [
        ({"shares": chapter(">>> 1\n1", title="Shares")}, "essay/shares.html#share, which v0.9"),
        ({"shares": SHARE.replace("# Shares", "# Parts")}, "essay/shares.html#shares, which v0.9"),
        ({"masks": "# Masks"}, "latest lacks essay/shares.html, which v0.9 has: keep the page"),
    ],
)
def test_no_version_may_lose_an_address_of_an_earlier_one(sites, tmp_path, breaks, said):
    later = built(tmp_path / "later", "latest", **breaks)
    assert said in main([str(tmp_path / "tree"), str(sites[0]), str(later)])
    assert not (tmp_path / "tree").exists()


def test_an_old_name_above_a_new_heading_keeps_the_address(sites, tmp_path):
    kept = "(shares)=\n" + SHARE.replace("# Shares", "# Parts")
    later = built(tmp_path / "later", "latest", shares=kept)
    assert main([str(tmp_path / "tree"), str(sites[0]), str(later)]) is None


def test_a_corrected_release_takes_the_place_of_the_first(sites, tmp_path):
    text = SHARE + "Corrected."
    corrected = built(tmp_path / "corrected", "v0.9", shares=text)
    tree = tmp_path / "tree"
    assert main([str(tree), *map(str, sites), str(corrected)]) is None
    assert "Corrected." in (tree / "v0.9" / "essay" / "shares.html").read_text("utf-8")
    assert len(json.loads((tree / "versions.json").read_text())) == 3


def test_the_tree_is_the_same_when_it_is_made_again(sites, tree, tmp_path):
    again = tmp_path / "tree"
    main([str(again), *map(str, sites)])
    files = {path.relative_to(tree): path.read_bytes() for path in tree.rglob("*.*")
             if path.is_file()}  # fmt: skip
    assert files == {path: (again / path).read_bytes() for path in files}


def test_what_was_not_built_for_the_tree_is_refused(tmp_path):
    unnamed = built(tmp_path / "site", "", shares=SHARE)
    assert "was built under no name" in main([str(tmp_path / "tree"), str(unnamed)])
    assert "has no index.html" in main([str(tmp_path / "tree"), str(tmp_path)])
    assert main([]).startswith("usage:")
    assert "versions: " not in (unnamed / "index.html").read_text("utf-8")


def test_a_name_without_a_place_in_the_tree_stops_the_build(tmp_path):
    conf = 'extensions += ["versions"]\nsite_version = "v1"\n'
    build = MiniSite(tmp_path, conf, shares=SHARE).build()
    assert build.code == 2
    assert "SITE_VERSION is 'v1'; wanted is latest, or a release such as v0.1" in build.warned


def test_the_preview_is_two_versions_of_this_site_in_one_tree(building):
    process = make_here(building, "publish-preview")
    assert process.returncode == 0, process.stderr
    tree = Path(building, "_build", "preview")
    assert walk(tree) > 10_000
    page = Path("essay", "02-what-attention-is.html")
    assert len(notice(tree / "v0.0" / page)) == 1
    assert not notice(tree / "latest" / page)
    assert chooser(tree / "latest" / page)[1][-1] == f"../../v0.0/{page.as_posix()}"
