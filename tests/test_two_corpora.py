"""The made-up corpora, and what the experiment on them is made of."""

import json
import os
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

from microattention.corpora import (
    EVENTS,
    GRAMMARS,
    MAJORITY,
    PEOPLE,
    VOCABULARY,
    draw_contents,
    mixed_corpus,
    read_corpus,
    report,
    token_ids,
    vocabulary,
)
from microattention.surprisal import ideal_gap, surprisal
from microattention.training import NOTHING, forward, random_parameters
from microattention.two_corpora import (
    WRONG,
    answers,
    attention_of_wrong,
    exchanged,
    picked,
    place,
    starting_point,
    train_on_mixture,
)

FILES = {"mostly-sir.txt": 0.1, "mostly-friend.txt": 0.9}


@pytest.mark.parametrize("name", FILES)
def test_the_files_are_what_the_grammars_make_of_seed_0(name):
    _, contents, _ = starting_point(0)
    assert read_corpus(name) == mixed_corpus(contents, GRAMMARS["clash"], FILES[name])


@pytest.mark.parametrize("grammar", [MAJORITY, *GRAMMARS.values()])
def test_every_grammar_says_the_same_in_as_many_words(grammar):
    assert len(grammar.split()) == 11
    assert grammar.split()[WRONG : WRONG + 2] == ["wrong", "{culprit}"]
    for event in EVENTS[:3]:
        words = report(event, grammar).split()
        assert [words.count(part) for part in event] == [2, 1, 1]
        assert set(words) <= set(VOCABULARY)


def test_slots_collide_in_a_clash_and_not_where_they_can_be_resolved():
    ours = {role: place(role, MAJORITY) for role in ("culprit", "other")}
    clash, resolvable = GRAMMARS["clash"], GRAMMARS["resolvable"]
    assert (place("culprit", clash), place("other", clash)) == (ours["other"], ours["culprit"])
    assert not {place(role, resolvable) for role in ours} & set(ours.values())


def test_shares_are_exact_and_nested():
    _, contents, _ = starting_point(3)
    friends = []
    for share in (0, 0.01, 0.1, 0.5, 1):
        corpus = mixed_corpus(contents, GRAMMARS["clash"], share)
        friends.append({i for i, sentence in enumerate(corpus) if "friend" in sentence})
        assert len(friends[-1]) == share * 2000
    assert all(fewer <= more for fewer, more in pairwise(friends))


@pytest.mark.parametrize("share", [-0.1, 1.1, 0.00025, float("nan")])
def test_a_share_that_is_none_is_refused(share):
    _, contents, _ = starting_point(0)
    with pytest.raises(ValueError, match="share"):
        mixed_corpus(contents, GRAMMARS["clash"], share)


def test_contents_that_cannot_be_shared_out_are_refused():
    with pytest.raises(ValueError, match="multiple of 250"):
        draw_contents(np.random.RandomState(0), n_sentences=1999)
    with pytest.raises(ValueError, match="number of events told"):
        draw_contents(np.random.RandomState(0), n_unseen=360)


def test_a_corpus_file(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text("der Hund bellt\n\n  die  Katze\n", encoding="utf-8")
    sentences = read_corpus(path)
    assert sentences == ["<s> der Hund bellt", "<s> die Katze"]
    ids = token_ids(sentences, vocabulary(sentences))
    assert ids[1].tolist()[-1] == NOTHING
    for content, said in ((b"\xff\xfe", "UTF-8"), (b"\n\n", "two words"), (b"one\none", "two")):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=said):
            read_corpus(path)
    with pytest.raises(FileNotFoundError):
        read_corpus("nowhere.txt")


def test_words_outside_the_vocabulary_are_refused():
    with pytest.raises(ValueError, match="'nobody'"):
        token_ids(["<s> nobody"])
    with pytest.raises(ValueError, match="none"):
        token_ids([])


def test_surprisal_is_the_chance_in_bits():
    parameters, contents, _ = starting_point(0)
    ids = token_ids([report(contents.unseen[0], MAJORITY), "<s> sir"])
    bits = surprisal(parameters, ids)
    p = forward(parameters, ids[:, :-1]).p.reshape(2, 10, -1)
    assert bits.shape == (2, 10)
    assert bits[0, 4] == pytest.approx(-np.log2(p[0, 4, ids[0, 5]]), rel=1e-14)
    assert bits[1, 1:].tolist() == [0] * 9


def test_the_ideal_reader_pays_for_rarity_alone():
    for share in (0.01, 0.1, 0.3):
        told_apart = np.array([1 - share, share])
        costs = -np.log2(told_apart)
        assert ideal_gap(share, 10) == pytest.approx((costs[1] - costs[0]) / 10)
    for share in (0, 1, -0.5):
        with pytest.raises(ValueError, match="share"):
            ideal_gap(share, 10)


def test_a_row_that_is_put_in_decides_what_is_read():
    """All attention to one place: what `wrong` hears is the value of the word there."""
    parameters, contents, _ = starting_point(0)
    sentences = token_ids([report(event, MAJORITY) for event in contents.unseen])
    at, row = place("other", MAJORITY), np.zeros(WRONG + 1)
    row[at] = 1
    passed = forward(parameters, sentences[:, : WRONG + 1])
    own = passed.x.reshape(*sentences.shape[:1], WRONG + 1, -1)[:, WRONG]
    scores = (own + passed.V[:, at] @ parameters["W_O"]) @ parameters["U"]
    n_others = len(VOCABULARY) - len(PEOPLE)  # names come last
    expected = scores[:, n_others:].argmax(axis=-1) + n_others
    assert np.array_equal(answers(parameters, sentences, row), expected)
    assert not np.array_equal(answers(parameters, sentences), expected)


def test_exchanging_twice_changes_nothing():
    row = np.array([[0.1, 0.2, 0.3, 0.4]])
    assert exchanged(row, 1, 3).tolist() == [[0.1, 0.4, 0.3, 0.2]]
    assert np.array_equal(exchanged(exchanged(row, 1, 3), 1, 3), row)


@pytest.mark.parametrize(("grammar", "seeds"), [("nobody's", [0]), ("clash", [])])
def test_an_experiment_on_nothing_is_refused(grammar, seeds):
    with pytest.raises(ValueError, match="must"):
        train_on_mixture(grammar, 0.1, seeds, n_steps=1)


def test_one_seed_differs_in_words_alone():
    few, many = (train_on_mixture("clash", share, [5], n_steps=1) for share in (0.01, 0.5))
    for name in few.untrained:
        assert np.array_equal(few.untrained[name], many.untrained[name])
    assert np.array_equal(few.minority, many.minority)


def test_a_model_of_one_community_finds_the_culprit_and_looks_there():
    """Without a minority the task is learned: the settings are no reason for a later failure."""
    found = train_on_mixture("relabel", 0, seeds=[0, 1])
    at = place("culprit", MAJORITY)
    assert (picked(answers(found.parameters, found.majority), found.majority, at) == 1).all()
    looks = attention_of_wrong(found.parameters, found.majority)[..., at]
    assert (looks.mean(axis=-1) > 0.7).all()
    assert (found.losses[-1] < 0.7 * found.losses[0]).all()


PUBLISHED = """
import json
import numpy as np
from microattention.surprisal import surprisal
from microattention.two_corpora import attention_of_wrong, train_on_mixture
found = train_on_mixture("clash", 0.1, range(4))
costs = [surprisal(found.parameters, s).mean() for s in (found.majority, found.minority)]
looks = attention_of_wrong(found.parameters, found.minority).mean(axis=(0, 1))
print(json.dumps([*costs, found.losses[-1].mean(), *looks]))
"""


def test_three_digits_travel_between_processors_and_threads():
    """Training multiplies rounding; what is printed has to be far above what rounding became."""
    settings = [
        {"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Nehalem"},
        {"OPENBLAS_NUM_THREADS": "2", "OPENBLAS_CORETYPE": "Haswell"},
    ]
    runs = []
    for setting in settings:
        run = subprocess.run([sys.executable, "-c", PUBLISHED], env=os.environ | setting,
                             capture_output=True, text=True, check=True)  # fmt: skip
        runs.append(json.loads(run.stdout))
    np.testing.assert_allclose(runs[0], runs[1], rtol=0, atol=1e-5)


def test_untrained_attention_is_nearly_even():
    _, contents, _ = starting_point(0)
    parameters = random_parameters(len(VOCABULARY), 10, 32, np.random.RandomState(1))
    rows = attention_of_wrong(parameters, token_ids([report(contents.unseen[0], MAJORITY)]))
    assert abs(rows - 1 / 9).max() < 0.05
