"""The sentence under many seeds: the numbers of one seed at a time, and what the command says."""

import json
import os
import pty
import subprocess
import sys

import numpy as np
import pytest

from microattention import (
    attention_by_seed,
    causal_mask,
    cli,
    estimate_rate,
    scaled_dot_product_attention,
    sentence_projections,
)
from microattention.sweep import MOST_AT_ONCE

WORDS = ["the", "corpus", "was", "wrong"]
MANY = 2 * MOST_AT_ONCE + 37  # in batches that do not divide evenly


def one_by_one(words, seeds, *, d_model=8, weight_scale=1.0, causal=True):
    """Return what the plain functions give for each seed, (n_seeds, n_words, n_words)."""
    mask = causal_mask(len(words)) if causal else None
    drawn = (sentence_projections(words, seed=seed, d_model=d_model, weight_scale=weight_scale)
             for seed in seeds)  # fmt: skip
    return np.stack([scaled_dot_product_attention(*QKV, mask)[1] for QKV in drawn])


@pytest.mark.parametrize("n_words", [1, 2, 4, 13])
@pytest.mark.parametrize("how", [{}, {"d_model": 1}, {"d_model": 37, "weight_scale": 37**-0.5},
                                 {"causal": False}, {"weight_scale": 0.0}])  # fmt: skip
def test_many_seeds_at_once_are_bit_for_bit_those_seeds_one_by_one(n_words, how):
    words, seeds = WORDS * 4, range(7, 7 + MANY)
    found = attention_by_seed(words[:n_words], seeds, **how)
    assert np.array_equal(found, one_by_one(words[:n_words], seeds, **how))


def test_batches_of_long_and_wide_sentences_stay_small_and_change_nothing():
    words, largest = ["word"] * 600, []
    found = attention_by_seed(words, [1, 2, 3, 4], report=largest.append, query=599)
    assert largest == [2, 2]
    assert np.array_equal(found, one_by_one(words, [1, 2, 3, 4])[:, 599])


def test_one_row_is_that_row_of_all():
    whole = attention_by_seed(WORDS, range(5))
    for query in range(-4, 4):
        found = attention_by_seed(WORDS, range(5), query=query)
        assert np.array_equal(found, whole[:, query])


def test_seeds_come_in_the_order_asked_for_and_may_repeat():
    seeds = [2**32 - 1, 42, 0, 42]
    assert np.array_equal(attention_by_seed(WORDS, seeds), one_by_one(WORDS, seeds))


def test_every_seed_is_reported_once():
    reported = []
    attention_by_seed(WORDS, range(MANY), report=reported.append)
    assert sum(reported) == MANY
    assert len(reported) == 3


@pytest.mark.parametrize("weight_scale", [1.0, 8**-0.5])
def test_under_random_weights_each_word_wins_a_quarter_of_the_seeds(weight_scale):
    """Exactly so in the last row, itself included, and an order knows no scale."""
    drawn = attention_by_seed(WORDS, range(10_000), query=-1, weight_scale=weight_scale)
    for place in range(4):
        rate = estimate_rate(drawn.argmax(axis=-1) == place)
        assert abs(rate.value - 0.25) < 3 * rate.error


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (("the corpus", [1]), TypeError, "words must be a list of words, got one string: 'the"),
        (([], [1]), ValueError, "words must hold at least one word, got none"),
        ((WORDS, []), ValueError, "seeds must hold at least one seed, got none"),
        ((WORDS, 10), TypeError, r"seeds must be a sequence, such as range\(10\), got 10"),
        ((WORDS, None), TypeError, r"seeds must be a sequence, such as range\(10\), got None"),
        ((WORDS, [1, 2.0]), TypeError, "seed must be an integer, got 2.0"),
        ((WORDS, [True]), TypeError, "seed must be an integer, got True"),
        ((WORDS, [-1]), ValueError, r"[Ss]eed must be between 0 and 2\*\*32 - 1"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, error, said):
    with pytest.raises(error, match=f"^{said}"):
        attention_by_seed(*arguments)


@pytest.mark.parametrize(
    ("option", "error", "said"),
    [
        ({"query": 4}, ValueError, "query must be from -4 to 3, got 4"),
        ({"weight_scale": np.inf}, ValueError, "weight_scale must be finite, got inf"),
        ({"query": -5}, ValueError, "query must be from -4 to 3, got -5"),
        ({"query": 1.0}, TypeError, "query must be an integer, got 1.0"),
        ({"d_model": 0}, ValueError, "d_model must be at least 1, got 0"),
    ],
)
def test_options_out_of_bounds_are_refused(option, error, said):
    with pytest.raises(error, match=f"^{said}"):
        attention_by_seed(WORDS, [1], **option)


@pytest.fixture
def run(capsys, monkeypatch):
    """Run the command in this process; return exit code, output and errors."""
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments):
        code = cli.main(["sweep", *arguments])
        return code, *capsys.readouterr()

    return run


def test_the_command_saves_what_the_functions_give(run, tmp_path):
    path = tmp_path / "sweep.json"
    options = ["--seeds", "500", "--seed", "7", "--width", "5", "--unit-variance"]
    code, output, errors = run("a b c", *options, "--json", str(path))
    assert (code, errors) == (0, "")
    saved = json.loads(path.read_text())
    drawn = one_by_one(["a", "b", "c"], range(500), d_model=5, weight_scale=5**-0.5)[:, 2]
    assert saved["largest_weight_median"]["value"] == np.median(drawn.max(axis=-1))
    for place, one in enumerate(saved["words"]):
        assert one["weight"] == drawn[7, place]
        assert one["largest"]["value"] == np.mean(drawn.argmax(axis=-1) == place)
        assert one["as_much_or_more"]["value"] == np.mean(drawn[:, place] >= drawn[7, place])
        assert f"{one['word']}  " in output
        assert f"{one['weight']:.1%}" in output
    asked = {"sentence": "a b c", "seeds": 500, "seed": 7, "width": 5, "unit_variance": True}
    assert asked.items() <= saved.items()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([" "], "the sentence is empty; give it some words"),
        (["--seeds", "0"], "wanted a whole number from 1 to 10000000, got '0'"),
        (["--json", "."], "cannot write .: it is a directory"),
    ],
)
def test_the_command_refuses_in_one_line(run, arguments, said):
    code, output, errors = run(*arguments)
    assert (code, output) == (2, "")
    assert errors.startswith("microattention: ")
    assert errors.endswith(f"{said}\n")


def test_the_command_shows_its_progress_on_a_terminal_alone():
    screen, terminal = pty.openpty()
    command = [sys.executable, "-m", "microattention", "sweep", "--seeds", str(MANY)]
    process = subprocess.run(command, stdout=subprocess.PIPE, stderr=terminal, check=True)
    os.close(terminal)
    shown = os.read(screen, 4096).decode()
    assert f"drawing seed: {MOST_AT_ONCE} of {MANY}" in shown
    assert f"drawing seed: {MANY} of {MANY}" in shown
    assert shown.split("\r")[-1] == ""
    assert b"drawing" not in process.stdout
