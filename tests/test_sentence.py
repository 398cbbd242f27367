"""The worked sentence: its two published numbers, its recipe, and what it refuses."""

import numpy as np
import pytest

from microattention import causal_mask, scaled_dot_product_attention, sentence_projections

WORDS = ["the", "corpus", "was", "wrong"]


def share_of_corpus(**options):
    """Return how much `wrong` attends to `corpus`, which no causal mask hides from it."""
    Q, K, V = sentence_projections(WORDS, **options)
    _, weights = scaled_dot_product_attention(Q, K, V, causal_mask(len(WORDS)))
    return weights[3, 1]


def test_the_published_number():
    assert f"{share_of_corpus():.8f}" == "0.93732481"
    assert f"{share_of_corpus(seed=42, d_model=8, weight_scale=1.0):.8f}" == "0.93732481"


def test_the_number_at_the_scale_that_the_proof_assumes():
    assert f"{share_of_corpus(weight_scale=1 / np.sqrt(8)):.1%}" == "36.7%"


def test_the_recipe():
    """Embeddings first, then W_Q, W_K and W_V, from one stream."""
    rng = np.random.RandomState(7)
    embeddings = rng.randn(3, 5)
    expected = [embeddings @ (rng.randn(5, 5) * 0.5) for _ in range(3)]
    found = sentence_projections(["a", "b", "c"], seed=7, d_model=5, weight_scale=0.5)
    for got, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-12)


def test_words_themselves_do_not_matter():
    for one, other in zip(
        sentence_projections(WORDS), sentence_projections(("a", "", "a", "é")), strict=True
    ):
        assert np.array_equal(one, other)


def test_another_seed_is_another_draw():
    assert share_of_corpus(seed=41) != share_of_corpus(seed=42)


def test_one_string_is_refused():
    with pytest.raises(TypeError, match=r"^words must be a list of words, got one string: 'the co"):
        sentence_projections("the corpus")


@pytest.mark.parametrize("words", [None, 4])
def test_what_is_no_list_of_words_is_refused(words):
    with pytest.raises(TypeError, match=rf"^words must be a list of words, got {words}"):
        sentence_projections(words)


def test_a_weight_scale_that_is_no_finite_number_is_refused():
    for scale in (None, "1", [1.0], True):
        with pytest.raises(TypeError, match=r"^weight_scale must be a real number, got "):
            sentence_projections(WORDS, weight_scale=scale)
    for scale in (np.inf, np.nan):
        with pytest.raises(ValueError, match=rf"^weight_scale must be finite, got {scale}"):
            sentence_projections(WORDS, weight_scale=scale)


def test_no_words_are_refused():
    with pytest.raises(ValueError, match=r"^words must hold at least one word, got none"):
        sentence_projections([])


@pytest.mark.parametrize("d_model", [0, -8])
def test_a_width_below_one_is_refused(d_model):
    with pytest.raises(ValueError, match=rf"^d_model must be at least 1, got {d_model}"):
        sentence_projections(WORDS, d_model=d_model)


@pytest.mark.parametrize("name", ["d_model", "seed"])
@pytest.mark.parametrize("value", [8.0, True, "8", None])
def test_numbers_that_are_not_integers_are_refused(name, value):
    with pytest.raises(TypeError, match=rf"^{name} must be an integer, got "):
        sentence_projections(WORDS, **{name: value})


def test_a_negative_seed_is_refused():
    with pytest.raises(ValueError, match=r"(?i)^seed must be between 0 and 2\*\*32 - 1"):
        sentence_projections(WORDS, seed=-1)
