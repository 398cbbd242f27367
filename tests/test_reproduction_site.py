"""The ledger on the site: rows that can be cited, files that can be read, a build that notices."""

import csv
import io
import json
import re
from html import unescape

import pytest
from minisite import MiniSite
from optional import require
from project import ROOT

from microattention.publish import recording
from microattention.reproduction import STATUSES, read_claims, reproduce, reproduce_all
from microattention.sessions import digest
from microattention.verify import verify

CONF = """
extensions += ["reproduction"]
include_patterns += ["docs/*"]
reproduction_documents = ["first", "second", "third"]
"""
CLAIMS = """\
[[claim]]
id = "claim-good"
document = "first"
where = "Line `1` & <2>"
claim = "What `wrong` gives to `corpus`."
published = "93.7%"
recipe = "williams:wrong_to_corpus"

[[claim]]
id = "claim-off"
document = "first"
where = "Line 2"
claim = "The same, with 1 < 2."
published = "-0.5 <i>"
recipe = "williams:wrong_to_corpus"
note = "It has a *note*."

[[claim]]
id = "claim-of-a-time"
document = "second"
where = "Line 3"
claim = "A time."
published = "=1+1 ms, \\"fast\\""
unchecked = "No machine is named."
"""
LEDGER = """\
# Ledger

{count}`claims` rows, {count}`differs` of them off, {count}`differs in second` in the second.

## One
```{claims} first
```

## Two
```{claims} second
```

## Three
```{claims} third
```
"""
RECIPES = "# Recipes\n\n" + "".join(
    f"```{{py:function}} microattention.reproduction.recipes.williams.{name}\n```\n"
    for name in ("wrong_to_corpus", "most_attended_by_wrong")
)


QUOTE = "# One\n\n{out}`93.7% <claim-good>`, {ref}`by any reference <claim-off>`.\n"


def mini(root, chapter_text=QUOTE):
    """Return a site with a ledger of three claims."""
    site = MiniSite(root, CONF, one=chapter_text)
    site.write("essay/data/published-claims.toml", CLAIMS)
    site.write("docs/reproduction.md", LEDGER)
    site.write("docs/reproduction.py", (ROOT / "docs/reproduction.py").read_bytes())
    site.write("docs/recipes.md", RECIPES)
    site.change("index.md", "essay/one", "essay/one\ndocs/reproduction\ndocs/recipes")
    return site


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return mini(tmp_path_factory.mktemp("ledger")).built()


@pytest.fixture
def fresh(tmp_path):
    return mini(tmp_path).built()


def row(site, id_):
    """Return the HTML of a row."""
    return re.search(rf'<tr[^>]* id="{id_}">.*?</tr>', site.read("docs/reproduction.html"), re.S)[0]


def text(html):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_every_row_is_an_output(site):
    good, off, time = (site.outputs[f"claim-{name}"] for name in ("good", "off", "of-a-time"))
    assert good["value"] == "reproduces: 93.7%"
    assert off["value"] == "differs: published -0.5 <i>, ours 0.9"
    assert time["value"] == 'cannot be checked: published =1+1 ms, "fast"'
    assert {output["kind"] for output in (good, off, time)} == {"computed"}
    assert (good["section"], time["section"]) == ("One", "Two")
    assert (good["source"], good["line"]) == ("essay/data/published-claims.toml", 2)
    assert off["line"] == 10
    assert good["code"].startswith("def wrong_to_corpus() -> float:\n")
    assert time["code"] == ""
    assert site.ledger["outputs"]["claim-off"] == digest(off["value"])


def test_the_manifest_keeps_its_schema_and_can_be_verified(site):
    schema = json.loads(site.read("outputs.schema.json"))
    require("jsonschema").validate(site.manifest, schema)
    (session,) = (site.manifest["sessions"][page]["code"] for page in ("docs/reproduction",))
    assert digest(session) == site.outputs["claim-off"]["session_sha256"]
    # the script runs the essay's own claims, so a ledger of others is not what it publishes
    verdicts = verify(site.manifest, ["claim-good"], trust=lambda name, code: True)
    assert verdicts[0].reason == "its script did not publish it"


def test_the_script_publishes_what_the_build_does():
    code = (ROOT / "docs/reproduction.py").read_text("utf-8")
    with recording() as published:
        exec(compile(code, "reproduction.py", "exec"), {"__name__": "__main__"})
    rows = [reproduce(claim) for claim in read_claims(ROOT / "essay/data/published-claims.toml")]
    expected = [(row.id, row.value, "computed") for row in rows]
    assert [tuple(value) for value in published] == expected
    assert len(expected) == len(reproduce_all()) > 20


def test_a_row_says_everything(site):
    said = text(row(site, "claim-off"))
    for part in ("The same, with 1 < 2.", "Line 2", "It has a note .", "-0.5 <i>", "0.9",
                 "differs", "by 1.4, where 0.05 is rounding", "wrong_to_corpus"):  # fmt: skip
        assert part in said
    time = text(row(site, "claim-of-a-time"))
    assert "cannot be checked No machine is named." in time
    assert "Recipe" not in time
    assert "<code" in row(site, "claim-good").split("claim-where")[0]


def test_a_row_links_to_its_recipe_and_can_be_cited(site):
    html = row(site, "claim-good")
    anchor = "microattention.reproduction.recipes.williams.wrong_to_corpus"
    assert f'href="recipes.html#{anchor}"' in html
    assert 'href="#claim-good"' in html
    assert 'href="../outputs/claim-good.html" data-output="claim-good"' in html
    page = site.read("outputs/claim-good.html")
    assert "computed by the reproduction ledger" in page
    assert "essay/data/published-claims.toml, line 2" in page
    assert "<h2>Code</h2>" in page
    assert "<h2>Code</h2>" not in site.read("outputs/claim-of-a-time.html")
    data = re.search(r'id="outputs--data">(.*?)</script>', site.read("docs/reproduction.html"))[1]
    assert [output["id"] for output in json.loads(data)] == list(site.outputs)


def test_a_chapter_quotes_a_row(site):
    assert 'href="../docs/reproduction.html#claim-good"' in site.read("essay/one.html")
    assert 'href="../docs/reproduction.html#claim-off"' in site.read("essay/one.html")


def test_counts_are_on_the_page(site):
    assert "3 rows, 1 of them off, 0 in the second." in text(site.read("docs/reproduction.html"))
    assert "The ledger holds no claim of it yet." in site.read("docs/reproduction.html")


def test_the_json_has_the_promised_keys(site):
    rows = json.loads(site.read("reproduction.json"))
    keys = {"id", "document", "claim", "published", "ours", "status", "recipe"}
    assert [row["id"] for row in rows] == ["claim-good", "claim-off", "claim-of-a-time"]
    assert all(row.keys() >= keys and row["status"] in STATUSES for row in rows)
    assert rows[0]["url"] == "docs/reproduction.html#claim-good"
    assert rows[2]["recipe"] is None


def test_the_csv_is_read_back_and_runs_nothing(site):
    raw = (site.html / "reproduction.csv").read_bytes()
    assert raw.count(b"\r\n") == raw.count(b"\n") == 4
    good, off, time = csv.DictReader(io.StringIO(raw.decode(), newline=""))
    assert good["published"] == "93.7%"
    assert off["published"] == "'-0.5 <i>"
    assert time["published"] == '\'=1+1 ms, "fast"'
    assert good.keys() == json.loads(site.read("reproduction.json"))[0].keys()


@pytest.mark.parametrize("text", ["-1", "+500%", "-0.5e-3", "-1,000.5", "93.7%", "word", "[-1 2]"])
def test_what_no_spreadsheet_runs_stays_as_it_is(text):
    from reproduction.downloads import cell

    assert cell(text) == text


@pytest.mark.parametrize(
    "text", ["=1", "+A1", "-1-1", "-0.5 0.5", "@x", " =1", "＝1", "\t=1", "a\n=1"[1:], "-nan(x)"]
)
def test_what_a_spreadsheet_may_run_becomes_text(text):
    from reproduction.downloads import cell

    assert cell(text) == f"'{text}"


def test_nothing_is_run_again_until_a_claim_changes(fresh):
    kept = fresh.root / "_build/doctrees/reproduction.json"
    assert kept.is_file()
    content = json.loads(kept.read_text("utf-8"))
    content["rows"][1]["note"] = "kept"
    content["rows"][1]["claim"] = "From the cache."
    kept.write_text(json.dumps(content))
    assert "From the cache." in row(fresh.built(), "claim-off")
    fresh.change("essay/data/published-claims.toml", 'note = "It', 'note = "Now it')
    assert "Now it has" in row(fresh.built(), "claim-off")


def test_a_value_that_changed_stops_the_build_until_it_is_retired(fresh):
    fresh.change("essay/data/published-claims.toml", "-0.5 <i>", "-0.6 <i>")
    build = fresh.build()
    assert build.code == 2
    where = (
        "essay/data/published-claims.toml:10: the published output 'claim-off' changed its value"
    )
    assert where in build.warned


def test_a_quote_of_a_row_is_checked(tmp_path):
    build = mini(tmp_path, "# One\n\n{out}`93.8% <claim-good>`\n").build()
    assert build.code == 2
    assert "essay/one.md:3: the text quotes '93.8%', and output 'claim-good'" in build.warned


def test_a_broken_claim_stops_the_build_and_is_named(fresh):
    fresh.change("essay/data/published-claims.toml", "williams:wrong_to_corpus", "williams:nothing")
    build = fresh.build()
    assert build.code == 2
    assert "ERROR: essay/data/published-claims.toml: claim-good: " in build.warned
    assert "Traceback" not in build.warned


def test_a_document_that_no_page_shows_stops_the_build(fresh):
    fresh.change("docs/reproduction.md", "```{claims} second\n```", "None.")
    build = fresh.build()
    assert build.code == 2
    assert "docs/reproduction.md: the claims of second are missing" in build.warned


@pytest.mark.parametrize(
    ("name", "said"),
    [("fourth", "conf.py, does not name 'fourth'"), ("first", "'claim-good' is an anchor of this")],
)
def test_a_wrong_document_is_named(fresh, name, said):
    fresh.change("docs/reproduction.md", "{claims} third", f"{{claims}} {name}")
    build = fresh.build()
    assert build.code != 0
    assert said in build.warned


def test_parallel_readers_make_the_same(fresh):
    before = fresh.read("docs/reproduction.html")
    assert fresh.build_apart("-E", "-j", "2").code == 0
    assert fresh.read("docs/reproduction.html") == before
