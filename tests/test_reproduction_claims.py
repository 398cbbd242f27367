"""The file of published claims: what it must say of each, and how it refuses to be broken."""

import re
from pathlib import Path

import pytest

from microattention.reproduction import read_claims

ROOT = Path(__file__).parents[1]
KEYS = set(re.findall(r"^@\w+\{([^,]+),", (ROOT / "essay/references.bib").read_text("utf-8"), re.M))
GOOD = {
    "id": '"claim-a-number"',
    "document": '"williams-microattention"',
    "where": '"README"',
    "claim": '"A number."',
    "published": '"1.0"',
    "recipe": '"williams:wrong_to_corpus"',
}


def write(directory, *claims):
    """Write claims, each a mapping from field to TOML, and return the file."""
    tables = ("[[claim]]\n" + "".join(f"{k} = {v}\n" for k, v in claim.items()) for claim in claims)
    file = directory / "claims.toml"
    file.write_text("".join(tables), encoding="utf-8")
    return file


def test_every_document_is_in_the_bibliography():
    assert {claim.document for claim in read_claims()} <= KEYS


def test_a_claim_is_read_with_everything_it_says(tmp_path):
    more = {
        "part": "[1, 2]", "tolerance": "1", "note": '"n"',
        "condition": '{ when = "if", recipe = "a:b" }',
    }  # fmt: skip
    (claim,) = read_claims(write(tmp_path, GOOD | more))
    assert (claim.part, claim.tolerance, claim.note) == ((1, 2), 1.0, "n")
    assert (claim.condition.when, claim.condition.recipe) == ("if", "a:b")
    (claim,) = read_claims(write(tmp_path, GOOD | {"part": "0"}))
    assert claim.part == (0,)


@pytest.mark.parametrize("field", ["id", "document", "where", "claim", "published"])
def test_what_is_missing_is_named(tmp_path, field):
    table = {key: value for key, value in GOOD.items() if key != field}
    with pytest.raises(ValueError, match=rf"claim 1.*: {field} is missing"):
        read_claims(write(tmp_path, table))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"status": '"reproduces"'}, "unknown field 'status'"),
        ({"id": "7"}, "claim 1: id must be text, got 7"),
        ({"id": '"a-number"'}, "id must be claim- and"),
        ({"id": '"claim-A"'}, "id must be claim- and"),
        ({"id": '"claim-<b>"'}, "id must be claim- and"),
        ({"published": '" "'}, "published must be text, got ' '"),
        ({"published": "1.0"}, "published must be text, got 1.0"),
        ({"recipe": '"os.path:join"'}, "recipe must be 'module:function', got 'os.path:join'"),
        ({"recipe": '"../a:b"'}, "recipe must be 'module:function'"),
        ({"unchecked": '"why"'}, "wanted either recipe or unchecked"),
        ({"tolerance": "-1"}, "tolerance must be a number from 0, got -1"),
        ({"tolerance": "nan"}, "tolerance must be a number from 0"),
        ({"tolerance": "inf"}, "tolerance must be a number from 0"),
        ({"tolerance": "true"}, "tolerance must be a number from 0, got True"),
        ({"tolerance": '"0.1"'}, "tolerance must be a number from 0"),
        ({"part": "-1"}, "part must be whole numbers from 0, got -1"),
        ({"part": "true"}, "part must be whole numbers from 0"),
        ({"part": "[]"}, "part must be whole numbers from 0"),
        ({"part": "1.0"}, "part must be whole numbers from 0"),
        ({"condition": '"if"'}, "condition must be { when = …, recipe = … }, got 'if'"),
        ({"condition": '{ when = "if" }'}, "condition: recipe is missing"),
        ({"condition": '{ recipe = "a:b" }'}, "condition: when is missing"),
        ({"condition": '{ when = "", recipe = "a:b" }'}, "condition: when must be text"),
        ({"condition": '{ when = "if", recipe = "a" }'}, "condition: recipe must be 'module"),
        ({"condition": '{ when = "if", recipe = "a:b", x = 1 }'}, "condition: unknown field 'x'"),
    ],
)
def test_a_wrong_field_is_refused_with_claim_and_field(tmp_path, change, complaint):
    with pytest.raises(ValueError, match=re.escape(complaint)) as refusal:
        read_claims(write(tmp_path, GOOD | change))
    assert str(refusal.value).startswith("claim 1")


@pytest.mark.parametrize("field", ["part", "tolerance", "condition"])
def test_what_cannot_be_run_is_not_compared_either(tmp_path, field):
    table = {key: value for key, value in GOOD.items() if key != "recipe"}
    given = {"part": "0", "tolerance": "1", "condition": '{ when = "if", recipe = "a:b" }'}
    table |= {"unchecked": '"why"', field: given[field]}
    with pytest.raises(ValueError, match=f"{field} needs a recipe"):
        read_claims(write(tmp_path, table))


def test_neither_recipe_nor_reason_is_refused(tmp_path):
    table = {key: value for key, value in GOOD.items() if key != "recipe"}
    with pytest.raises(ValueError, match="wanted either recipe or unchecked"):
        read_claims(write(tmp_path, table))


def test_an_id_stands_once(tmp_path):
    with pytest.raises(ValueError, match=r"claim 2 \('claim-a-number'\): id stands twice"):
        read_claims(write(tmp_path, GOOD, GOOD))


@pytest.mark.parametrize(
    "content",
    [b"", b"[[claim", b"claim = 1\n", b"claim = [1]\n", b"claim = []\n", b"other = 1\n",
     b"\xff\xfe", b"\0", b'[claim]\nid = "claim-a"\n', b"a = " + b"[" * 5000],
)  # fmt: skip
def test_a_broken_file_is_refused(tmp_path, content):
    file = tmp_path / "claims.toml"
    file.write_bytes(content)
    with pytest.raises(ValueError, match="claim"):
        read_claims(file)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"none\.toml: cannot be read"):
        read_claims(tmp_path / "none.toml")
