"""*Attention Mechanism from Scratch*: four words, seed 42, embeddings 8 wide, d_k = 4.

Its examples are one session: `numpy.random.seed(42)`, then X, W_Q, W_K and W_V, then the weights
of two heads. The page prints no numbers, so its shapes and statements are what can be run.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...attention import scaled_dot_product_attention
from ...masking import causal_mask
from ...multihead import MultiHeadAttention
from ...positions import sinusoidal_positions
from ..compare import Finding

SENTENCES = 10_000
CHANCE = 1 / 4  # of four words


def _session() -> tuple[NDArray[Any], NDArray[Any], MultiHeadAttention]:
    """The embeddings, (4, 8), queries, keys and values, (3, 4, 4), and the two heads."""
    rng = np.random.RandomState(42)
    X = rng.randn(4, 8)
    QKV = np.array([X @ (rng.randn(8, 4) * 0.5) for _ in "QKV"])
    W_Q, W_K, W_V, W_O = rng.randn(4, 8, 8) * np.sqrt(2 / 8)
    return X, QKV, MultiHeadAttention(W_Q, W_K, W_V, W_O, n_heads=2)


def embedding_width() -> float:
    """How many numbers each word has."""
    return len(_session()[0][0])


def projection_shape() -> tuple[int, ...]:
    """Shape of the queries, and of the keys, and of the values."""
    return _session()[1].shape[1:]


def rows_sum_to_one() -> NDArray[Any]:
    """Sums of the rows of weights, (4,)."""
    Q, K, V = _session()[1]
    sums: NDArray[Any] = scaled_dot_product_attention(Q, K, V)[1].sum(axis=1)
    return sums


def unscaled_weights_are_extreme() -> Finding:
    """Whether most weights are below 0.01 or above 0.99 without scaling, at a width of 512."""
    Q, K = np.random.RandomState(0).randn(2, 1000, 4, 512)
    near = {}
    for name, scale in {"unscaled": 1.0, "scaled": None}.items():
        weights = scaled_dot_product_attention(Q, K, K, scale=scale)[1]
        near[name] = ((weights < 0.01) | (weights > 0.99)).mean()
    seen = f"{near['unscaled']:.0%} of weights, and {near['scaled']:.0%} with scaling"
    return Finding(bool(near["unscaled"] > 0.5 > near["scaled"]), seen)


def who_sat_can_look_at() -> str:
    """The words that “sat” may attend to under the causal mask."""
    words = np.array(["The", "cat", "sat", "down"])
    return ", ".join(words[causal_mask(4)[2]])


def mask_is_lower_triangular() -> Finding:
    """Whether the mask is true on the diagonal and below it, and nowhere else."""
    mask = causal_mask(4)
    return Finding(bool((mask == np.tri(4)).all()), f"{mask.sum()} of {mask.size} are true")


def split_shape() -> tuple[int, ...]:
    """Shape of queries whose columns are shared out to two heads."""
    X, _, heads = _session()
    return heads.queries(X).shape


def heads_output_shape() -> tuple[int, ...]:
    """Shape of what the two heads give together."""
    X, _, heads = _session()
    return heads(X)[0].shape


def heads_differ() -> Finding:
    """Whether the two heads' weights differ."""
    X, _, heads = _session()
    one, other = heads(X)[1]
    apart = abs(one - other).max()
    return Finding(bool(apart > 0.01), f"by up to {apart:.2f}; neither has learned anything")


def reordered_row_by_row() -> Finding:
    """Whether {C, A, B} gives the output of {A, B, C}, place by place."""
    Q, K, V = _session()[1][:, :3]
    other = scaled_dot_product_attention(Q[[2, 0, 1]], K[[2, 0, 1]], V[[2, 0, 1]])[0]
    return _same(other, scaled_dot_product_attention(Q, K, V)[0])


def reordered_word_by_word() -> Finding:
    """The same, each word's row held against its own."""
    Q, K, V = _session()[1][:, :3]
    other = scaled_dot_product_attention(Q[[2, 0, 1]], K[[2, 0, 1]], V[[2, 0, 1]])[0]
    return _same(other[[1, 2, 0]], scaled_dot_product_attention(Q, K, V)[0])


def positions_are_unique() -> Finding:
    """Whether no two of fifty positions, 32 wide, have the same row."""
    n = len(np.unique(sinusoidal_positions(50, 32).round(6), axis=0))
    return Finding(n == 50, f"{n} different rows of 50")


def shifts_are_linear() -> Finding:
    """Whether one matrix takes every position's row to the row three places on."""
    rows = sinusoidal_positions(50, 32)
    matrix = np.linalg.lstsq(rows[:-3], rows[3:], rcond=None)[0]
    worst = abs(rows[:-3] @ matrix - rows[3:]).max()
    return Finding(bool(worst < 1e-9), f"off by {worst:.6f} at most")


def doubled_words_double_the_output() -> Finding:
    """Whether attention is linear in the words: twice the words, twice the output."""
    Q, K, V = _session()[1]
    once = scaled_dot_product_attention(Q, K, V)[0]
    return _same(scaled_dot_product_attention(2 * Q, 2 * K, 2 * V)[0], 2 * once)


def doubled_values_double_the_output() -> Finding:
    """Whether it is linear in what is mixed, the weights being held."""
    Q, K, V = _session()[1]
    once = scaled_dot_product_attention(Q, K, V)[0]
    return _same(scaled_dot_product_attention(Q, K, 2 * V)[0], 2 * once)


def cross_attention_shape() -> tuple[int, ...]:
    """Shape of weights if two readers attend to the four words."""
    X, _, heads = _session()
    return heads(X[:2], context=X)[1].shape[-2:]


def attend_to_self() -> Finding:
    """How often the largest weight of a word falls on itself, by random projections."""
    rng = np.random.RandomState(0)
    x = rng.randn(SENTENCES, 4, 8)
    W_Q, W_K = (rng.randn(SENTENCES, 8, 4) * 0.5 for _ in "QK")
    return _share_on_self(x @ W_Q, x @ W_K)


def attend_to_self_by_one_projection() -> Finding:
    """The same if queries and keys share one matrix."""
    rng = np.random.RandomState(0)
    x = rng.randn(SENTENCES, 4, 8)
    W = rng.randn(SENTENCES, 8, 4) * 0.5
    return _share_on_self(x @ W, x @ W)


def _share_on_self(Q: NDArray[Any], K: NDArray[Any]) -> Finding:
    """Whether words attend most to themselves oftener than chance, by five standard errors."""
    weights = scaled_dot_product_attention(Q, K, K)[1]
    share = (weights.argmax(axis=-1) == np.arange(4)).mean()
    error = np.sqrt(CHANCE * (1 - CHANCE) / weights[..., 0].size)
    return Finding(bool(share > CHANCE + 5 * error), f"{share:.1%}, where chance is {CHANCE:.0%}")


def _same(one: NDArray[Any], other: NDArray[Any]) -> Finding:
    """Whether two outputs are the same but for rounding."""
    apart = abs(one - other).max()
    return Finding(bool(apart < 1e-12), f"outputs differ by up to {apart:.2f}")
