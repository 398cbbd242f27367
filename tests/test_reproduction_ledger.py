"""The ledger: every recipe exists and is used, statuses are computed, a few are known by hand."""

import importlib
import inspect
import json
import os
import pkgutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from microattention import cli
from microattention.reproduction import (
    STATUSES,
    Claim,
    Condition,
    ledger,
    read_claims,
    recipes,
    reproduce,
)
from microattention.reproduction.recipes import mlplus, williams

CLAIMS = {claim.id: claim for claim in read_claims()}
DOCUMENTS = {
    "williams-microattention", "mlplus-attention", "vault-attention", "mlc-attention",
    "bendersky-attention",
}  # fmt: skip


@pytest.fixture(scope="module")
def rows():
    return {row.id: row for row in ledger.reproduce_all()}


@pytest.fixture
def run(capsys):
    def run(*arguments):
        return cli.main(["reproduce", *arguments]), *capsys.readouterr()

    return run


def named():
    """Every recipe that the claims name."""
    conditions = {claim.condition.recipe for claim in CLAIMS.values() if claim.condition}
    return conditions | {claim.recipe for claim in CLAIMS.values() if claim.recipe}


def written():
    """Every recipe that is written."""
    for found in pkgutil.iter_modules(recipes.__path__):
        module = importlib.import_module(f"{recipes.__name__}.{found.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_"):
                yield f"{found.name}:{name}"


def test_every_recipe_that_is_named_is_written_and_the_other_way_round():
    assert named() == set(written())


def test_every_document_is_covered(rows):
    assert {row.document for row in rows.values()} == DOCUMENTS
    for document in DOCUMENTS:
        assert sum(row.document == document for row in rows.values()) >= 15


def test_every_claim_has_its_row(rows):
    assert list(rows) == list(CLAIMS)
    assert {row.status for row in rows.values()} == set(STATUSES)
    for row in rows.values():
        assert row.ours
        assert bool(row.detail) == (row.status != "reproduces")
        assert (row.status == "cannot be checked") == (row.recipe is None)


def test_a_condition_is_given_only_where_it_decides(rows):
    for claim in CLAIMS.values():
        conditional = rows[claim.id].status == "holds under a condition"
        assert conditional == (claim.condition is not None), claim.id


@pytest.mark.parametrize(
    ("id_", "status", "ours"),
    [
        ("claim-wrong-attends-to-corpus", "reproduces", "93.7%"),
        ("claim-site-row-of-corpus", "differs", "[1.000 0.000]"),
        ("claim-site-row-of-wrong", "differs", "[0.001 0.937 0.016 0.046]"),
        ("claim-readme-overhead-at-64", "holds under a condition", "499%"),
        ("claim-site-overhead-at-64", "reproduces", "499%"),
        ("claim-printed-rows-sum-to-one", "differs", "sums 1.025, 1.057, 0.867, 0.968"),
        ("claim-row-sums", "reproduces", "[1 1 1 1]"),
        ("claim-exercise-one-row-2", "differs", "[0.333 0.333 0.333]"),  # equal scores
        ("claim-late-mask-row-sums", "holds under a condition", "[0.234 0.481 0.453 1.000]"),
        ("claim-twenty-gigabytes", "reproduces", "20"),
        ("claim-random-weights-attend-to-self", "holds under a condition",
         "25.0%, where chance is 25%"),
        ("claim-three-dimensional-embedding", "differs", "8"),
        ("claim-mask-holds-zero-and-minus-infinity", "differs", "15 of 25 entries are NaN"),
        ("claim-layer-norm-parameters", "reproduces", "4"),
        ("claim-every-gpt-three-width-is-its-heads", "holds under a condition",
         "not in 2 of 8 rows: 24 × 128 against 2048; 40 × 128 against 5140"),
        ("claim-readme-times-at-512", "cannot be checked", "not run"),
    ],
)  # fmt: skip
def test_what_is_known(rows, id_, status, ours):
    assert (rows[id_].status, rows[id_].ours) == (status, ours)


@pytest.mark.parametrize(
    ("printed", "ids"),
    [
        (mlplus.PRINTED_SCORES, "claim-raw-scores-of-{}"),
        (mlplus.PRINTED_WEIGHTS, "claim-weights-of-{}"),
    ],
)
def test_printed_tables_are_those_of_the_claims(printed, ids):
    for word, row in zip(("the", "cat", "sat", "down"), printed, strict=True):
        assert np.array_equal(
            ledger.printed_numbers(CLAIMS[ids.format(word)].published).values, row
        )


def test_printed_times_are_those_of_the_claims():
    for n, times in williams.README_TIMES.items():
        text = CLAIMS[f"claim-readme-times-at-{n}"].published
        assert ledger.printed_numbers(text.replace("ms", "")).values.tolist() == list(times)
    for n, times in williams.FILE_TIMES.items():
        where = CLAIMS[f"claim-file-overhead-at-{n}"].where.partition("from")[2]
        assert ledger.printed_numbers(where).values.tolist() == list(times)


def claim(**change):
    """A claim that reproduces, changed."""
    good = CLAIMS["claim-wrong-attends-to-corpus"]
    return replace(good, **change)


def test_status_follows_from_the_result():
    within = Condition("if it is read so", "williams:readme_overheads")
    other = Condition("if it is read so", "williams:plain_shares")
    assert reproduce(claim()).status == "reproduces"
    assert reproduce(claim(published="93.8%")).status == "differs"
    assert reproduce(claim(published="90%", tolerance=4.0)).status == "reproduces"
    assert reproduce(claim(published="90%", tolerance=3.0)).status == "differs"
    overhead = claim(published="499%", recipe="williams:plain_shares", part=(0,))
    assert reproduce(overhead).status == "differs"
    assert reproduce(replace(overhead, condition=other)).status == "differs"
    row = reproduce(replace(overhead, condition=within))
    assert (row.status, row.detail) == ("holds under a condition", "if it is read so (then: 499%)")
    assert reproduce(claim(condition=other)).status == "reproduces"
    row = reproduce(claim(recipe=None, unchecked="no machine"))
    assert (row.status, row.ours, row.detail) == ("cannot be checked", "not run", "no machine")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"recipe": "williams:none"}, "there is no recipe 'williams:none'"),
        ({"recipe": "none:wrong_to_corpus"}, "there is no recipe 'none:wrong_to_corpus'"),
        ({"published": "93.7% and 2%"}, "computed 1 numbers"),
        ({"part": (1,)}, r"has no part \(1,\)"),
    ],
)
def test_what_cannot_be_run_names_the_claim(change, complaint):
    with pytest.raises(ValueError, match=f"^claim-wrong-attends-to-corpus: .*{complaint}"):
        reproduce(claim(**change))


def test_what_is_cited_of_a_row_names_the_condition_under_which_it_holds(rows):
    row = rows["claim-readme-overhead-at-64"]
    assert row.value.startswith("holds under a condition: published +500%, ours 499%, if it was")
    assert all(row.detail not in row.value for row in rows.values() if row.status == "differs")


def test_a_row_is_what_json_can_hold(rows):
    for row in rows.values():
        record = row.as_json_row()
        assert json.loads(json.dumps(record)) == record
        wanted = {"id", "document", "claim", "published", "ours", "status", "recipe"}
        assert wanted <= record.keys()


@pytest.mark.parametrize(
    "machine",
    [{"OPENBLAS_NUM_THREADS": "1"}, {"OPENBLAS_CORETYPE": "Nehalem"}],
    ids=["one BLAS thread", "an old processor"],
)
def test_the_rows_travel(rows, machine):
    command = [sys.executable, "-m", "microattention", "reproduce", "--json"]
    run = subprocess.run(command, capture_output=True, env=os.environ | machine, check=True)
    assert json.loads(run.stdout) == [row.as_json_row() for row in rows.values()]


def test_the_command_prints_every_row(run, rows, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    code, output, errors = run()
    assert (code, errors) == (0, "")
    lines = output.splitlines()
    for row in rows.values():
        (line,) = [line for line in lines if line.startswith(f"{row.id} ")]
        assert row.status in line
    counts = [int(part.split()[0]) for part in lines[-1].split(", ")]
    assert sum(counts) == len(rows)


def test_the_command_tells_all_of_one_row(run):
    code, output, _ = run("claim-order-does-not-matter", "claim-code-is-23-lines")
    assert code == 0
    assert output.startswith("claim-order-does-not-matter: holds under a condition\n  claim ")
    assert "\n  published  {A, B, C} and {C, A, B} produce the same result\n" in output
    assert "\n  recipe     vault:reordered_row_by_row\n" in output
    assert "\n\nclaim-code-is-23-lines: cannot be checked\n" in output


def test_the_command_prints_json(run, rows):
    code, output, _ = run("--json")
    assert (code, json.loads(output)) == (0, [row.as_json_row() for row in rows.values()])
    assert [row["id"] for row in json.loads(run("claim-row-sums", "--json")[1])] == [
        "claim-row-sums"
    ]


@pytest.mark.parametrize("id_", ["claim-none", "", "a\x1b[31m"])
def test_the_command_refuses_an_unknown_claim(run, id_):
    code, output, errors = run(id_)
    assert (code, output) == (2, "")
    assert errors.startswith("microattention: no claim ")
    assert len(errors.splitlines()) == 1
    assert "\x1b" not in errors


def test_a_claim_has_no_status_of_its_own():
    assert "status" not in Claim.__annotations__
