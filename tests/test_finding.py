"""The sitemap and llms.txt, each read as the programs read it that they are for."""

import re
from xml.etree import ElementTree

import pytest
from minisite import MiniSite, chapter

CONF = 'extensions += ["finding"]\nhtml_copy_source = True\n'
BASE = 'html_baseurl = "https://example.org/essay/latest/"\n'
INDEX = "# Mini\n\nA small essay\non *numbers*."
ONE = "# Shares & <parts>\n\nWhat a share is.\n\nMore.\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    text = chapter(">>> 1  # out: one\n1", title="Two")
    root = tmp_path_factory.mktemp("finding")
    return MiniSite(root, CONF + BASE, index=INDEX, one=ONE, two=text).built()


def test_the_sitemap_lists_every_page_under_its_whole_address(site):
    root = ElementTree.fromstring(site.read("sitemap.xml"))
    found = [loc.text for loc in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    names = ("essay/one.html", "essay/two.html", "index.html")
    assert found == [f"https://example.org/essay/latest/{name}" for name in names]
    assert all((site.html / name).exists() for name in names)


def test_llms_txt_leads_to_the_text_of_each_page(site):
    head, pages = site.read("llms.txt").split("\n\n## Pages\n\n")
    assert head == "# Mini\n\n> A small essay on numbers.\n"[:-1]
    links = re.findall(r"^- \[(.*?)\]\((.*?)\)(?:: (.*))?$", pages, re.MULTILINE)
    assert [(title, said) for title, _, said in links] == [
        ("Shares & <parts>", "What a share is."), ("Two", "")
    ]  # fmt: skip
    for _, address, _ in links:
        source = address.removeprefix("https://example.org/essay/latest/")
        assert site.read(source).startswith("# ")


def test_without_an_address_there_is_no_sitemap_and_links_are_relative(site, tmp_path):
    plain = MiniSite(tmp_path, CONF + BASE, index=INDEX, one=ONE).built()
    assert (plain.html / "sitemap.xml").exists()
    plain.change("conf.py", BASE, "")
    plain.built()
    assert not (plain.html / "sitemap.xml").exists()
    assert "](_sources/essay/one.md.txt)" in plain.read("llms.txt")
