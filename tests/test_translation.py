"""The site in another language: the bound numbers come along, and stay bound."""

import io

import pytest
from minisite import MiniSite, chapter
from optional import require

ONE = (
    chapter(">>> print(0.93732481)  # out: share\n0.93732481", title="Shares")
    + "\nThe weight is {out}`93.7% <share>` of the row.\n"
)
CONF = """\
html_theme, copyright = "furo", "2026"
locale_dirs, gettext_compact = ["locale"], False
"""
ENGLISH = "The weight is {out}`93.7% <share>` of the row."
GERMAN = "Das Gewicht ist {out}`93.7% <share>` der Zeile."


@pytest.fixture
def site(tmp_path):
    require("furo")
    return MiniSite(tmp_path, CONF, one=ONE)


def translate(site, said):
    """Write a German catalogue of one sentence, in the form that translators' tools write."""
    catalog = require("babel.messages").Catalog(locale="de")
    catalog.add(ENGLISH, said)
    text = io.BytesIO()
    require("babel.messages.pofile").write_po(text, catalog)
    site.write("locale/de/LC_MESSAGES/essay/one.po", text.getvalue())


def build_german(site):
    require("sphinx.locale").translators.clear()  # of another site, for Sphinx reads them once
    return site.build("-D", "language=de", into="_de")


def test_the_catalogues_hold_each_bound_number_with_its_name(site):
    build = site.build("-b", "gettext", into="_pot")
    assert build.code == 0, build.warned
    with (site.root / "_pot" / "html" / "essay" / "one.pot").open("rb") as file:
        found = [message.id for message in require("babel.messages.pofile").read_po(file)]
    assert ENGLISH in found
    assert not [message for message in found if "print(" in message]  # code is not translated


def test_a_translation_quotes_the_output_and_links_to_it(site):
    translate(site, GERMAN)
    build = build_german(site)
    assert build.code == 0, build.warned
    page = (site.root / "_de" / "html" / "essay" / "one.html").read_text("utf-8")
    assert 'lang="de"' in page
    assert "Das Gewicht ist" in page
    assert "The weight is" not in page
    assert 'href="#share"' in page.split("Das Gewicht ist")[1].split("der Zeile")[0]


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (GERMAN.replace("93.7", "93.8"), "93.8%"),
        (GERMAN.replace("<share>", "<anteil>"), "anteil"),
    ],
)
def test_a_translation_that_changes_a_number_or_its_name_stops_the_build(site, said, problem):
    translate(site, said)
    build = build_german(site)
    assert build.code != 0
    assert problem in build.warned
    assert "essay/one.md:" in build.warned


def test_a_number_that_lost_its_name_in_translation_stops_the_build(site):
    translate(site, "Das Gewicht ist 93.7% der Zeile.")
    build = build_german(site)
    assert build.code != 0
    assert "essay/one.md" in build.warned
