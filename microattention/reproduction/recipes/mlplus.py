"""Prabhakaran, *Transformer Attention from Scratch in NumPy*: four words, seed 42, d_k = 4.

Its examples are one session: `numpy.random.seed(42)`, then embeddings, W_Q, W_K and W_V. That
stream is `RandomState(42)`'s.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...attention import scaled_dot_product_attention, softmax
from ...masking import causal_mask
from ...multihead import MultiHeadAttention
from ...sizes import GPT3_SIZES
from ..compare import Finding

WORDS = ("The", "cat", "sat", "down")
PRINTED_SCORES = np.array(
    [
        [-0.622, -1.44, 0.889, 0.419],
        [0.388, 1.116, -0.422, -0.292],
        [-0.38, -1.289, 0.494, 0.198],
        [0.242, 0.359, -0.367, -0.074],
    ]
)
PRINTED_WEIGHTS = np.array(
    [
        [0.187, 0.124, 0.399, 0.315],
        [0.277, 0.399, 0.184, 0.197],
        [0.192, 0.122, 0.297, 0.256],
        [0.265, 0.281, 0.196, 0.226],
    ]
)
WIDTHS = (4, 16, 64, 256, 512)
EXERCISE_Q = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
EXERCISE_K = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])


def _embeddings() -> NDArray[Any]:
    """The four embeddings, (4, 6)."""
    return np.random.RandomState(42).randn(4, 6)


def embeddings_shape() -> tuple[int, ...]:
    """Shape of the embeddings."""
    return _embeddings().shape


def _projections() -> NDArray[Any]:
    """Queries, keys and values, (3, 4, 4)."""
    rng = np.random.RandomState(42)
    x = rng.randn(4, 6)
    return np.array([x @ (rng.randn(6, 4) * 0.5) for _ in "QKV"])


def projection_shape() -> tuple[int, ...]:
    """Shape of the queries, and of the keys, and of the values."""
    return _projections().shape[1:]


def raw_scores() -> NDArray[Any]:
    """Dot products of queries and keys, (4, 4)."""
    Q, K, _ = _projections()
    scores: NDArray[Any] = Q @ K.T
    return scores


def scaled_scores() -> NDArray[Any]:
    """The same divided by √4, (4, 4)."""
    return raw_scores() / 2


def printed_scores_halved() -> NDArray[Any]:
    """The dot products that the page prints, divided by √4."""
    return PRINTED_SCORES / 2


def most_relevant_to_the() -> str:
    """The word that scores highest with “The”."""
    return WORDS[int(raw_scores()[0].argmax())]


def least_relevant_to_the() -> str:
    """The word that scores lowest with “The”."""
    return WORDS[int(raw_scores()[0].argmin())]


def least_relevant_as_printed() -> str:
    """The same, read off the printed scores."""
    return WORDS[int(PRINTED_SCORES[0].argmin())]


def weights() -> NDArray[Any]:
    """Attention weights, (4, 4)."""
    return scaled_dot_product_attention(*_projections())[1]


def printed_weights() -> NDArray[Any]:
    """Attention weights as the page prints them, (4, 4)."""
    return PRINTED_WEIGHTS


def masked_weights() -> NDArray[Any]:
    """Attention weights under the causal mask, (4, 4)."""
    Q, K, V = _projections()
    return scaled_dot_product_attention(Q, K, V, causal_mask(4))[1]


def output() -> NDArray[Any]:
    """The mixed values, (4, 4)."""
    return scaled_dot_product_attention(*_projections())[0]


def output_shape() -> tuple[int, ...]:
    """Shape of the mixed values."""
    return output().shape


def row_sums() -> NDArray[Any]:
    """Sums of the rows of weights, (4,)."""
    return _sums(weights())


def printed_rows_sum_to_one() -> Finding:
    """Whether the rows of weights as printed sum to 1, within what rounding allows."""
    sums = _sums(PRINTED_WEIGHTS)
    return Finding(bool((abs(sums - 1) <= 4 * 0.0005).all()), f"sums {_listed(sums, 3)}")


def masked_row_sums() -> NDArray[Any]:
    """Sums of the rows under the causal mask, (4,)."""
    return _sums(masked_weights())


def late_mask_row_sums() -> NDArray[Any]:
    """Sums of the rows when the mask is laid over the weights, (4,)."""
    return _sums(weights() * causal_mask(4))


def printed_late_mask_row_sums() -> NDArray[Any]:
    """The same from the weights as printed, (4,)."""
    return _sums(PRINTED_WEIGHTS * causal_mask(4))


def largest_weights() -> NDArray[Any]:
    """The largest weight without scaling, and with, (2,)."""
    unscaled = scaled_dot_product_attention(*_projections(), scale=1.0)[1]
    return np.array([unscaled.max(), weights().max()])


def largest_printed_weights() -> NDArray[Any]:
    """The largest weight of the printed scores without scaling, and of the printed weights."""
    return np.array([softmax(PRINTED_SCORES).max(), PRINTED_WEIGHTS.max()])


def unscaled_is_more_concentrated() -> Finding:
    """Whether the largest weight is larger without scaling."""
    unscaled, scaled = largest_weights()
    return Finding(bool(unscaled > scaled), f"{unscaled:.4f} against {scaled:.4f}")


def last_row_is_unchanged() -> Finding:
    """Whether the last row is the same with the mask and without."""
    apart = abs(masked_weights()[3] - weights()[3]).max()
    return Finding(bool(apart < 1e-12), f"its weights move by {apart:.3f}")


def first_row_attends_to_itself() -> float:
    """What “The” gives to itself under the causal mask."""
    return float(masked_weights()[0, 0])


def additive_mask() -> NDArray[Any]:
    """The causal mask as numbers to add, (4, 4)."""
    return np.where(causal_mask(4), 0.0, -np.inf)


def upper_triangle_is_zero() -> Finding:
    """Whether every masked weight is exactly zero."""
    future = masked_weights()[~causal_mask(4)]
    return Finding(not future.any(), f"{np.count_nonzero(future)} of {future.size} are above zero")


def multiplying_leaves_weight() -> Finding:
    """Whether scores multiplied by zero still get weight."""
    left = softmax(scaled_scores() * causal_mask(4))[~causal_mask(4)]
    return Finding(bool(left.all()), f"{np.count_nonzero(left)} of {left.size} are above zero")


def masked_diagonal_gives_nan() -> Finding:
    """Whether row 0 is NaN if it may not attend to itself either, by the page's softmax."""
    with np.errstate(invalid="ignore"):  # −inf − (−inf), as the page's code would compute it
        exps = np.exp(np.full(4, -np.inf) - np.max(np.full(4, -np.inf)))
    return Finding(bool(np.isnan(exps).all()), f"{np.isnan(exps).sum()} of 4 weights are NaN")


def exp_overflows() -> Finding:
    """Whether the exponential of a large score is infinite."""
    with np.errstate(over="ignore"):
        power = np.exp(1000.0)
    return Finding(bool(np.isinf(power)), f"exp(1000) is {power}")


def exp_of_minus_infinity() -> float:
    """The exponential of minus infinity."""
    return float(np.exp(-np.inf))


def largest_by_width() -> NDArray[Any]:
    """The largest weight with scaling, and without, for each width, (5, 2)."""
    rng, rows = np.random.RandomState(42), []
    for d_k in WIDTHS:
        Q, K = rng.randn(4, d_k), rng.randn(4, d_k)
        both = (scaled_dot_product_attention(Q, K, K, scale=scale)[1] for scale in (None, 1.0))
        rows.append([each.max() for each in both])
    return np.array(rows)


def unscaled_grows_with_width() -> Finding:
    """Whether the largest weight without scaling never falls as d_k grows."""
    largest = largest_by_width()[:, 1]
    return Finding(bool((np.diff(largest) >= 0).all()), _listed(largest))


def unscaled_grows_on_average() -> Finding:
    """The same for the mean of a thousand draws at each width."""
    rng, means = np.random.RandomState(0), []
    for d_k in WIDTHS:
        Q, K = rng.randn(2, 1000, 4, d_k)
        largest = scaled_dot_product_attention(Q, K, K, scale=1.0)[1].max(axis=(1, 2))
        means.append(largest.mean())
    return Finding(bool((np.diff(means) > 0).all()), _listed(np.array(means), 3))


def scaled_is_not_one_hot() -> Finding:
    """Whether scaling keeps every weight below 0.99, at every width."""
    largest = largest_by_width()[:, 0]
    return Finding(bool(largest.max() < 0.99), _listed(largest))


def scale_of_four() -> float:
    """The square root of a d_k of 4."""
    return math.sqrt(4)


def scale_of_512() -> float:
    """The square root of 512."""
    return math.sqrt(512)


def dot_products_reach_hundreds() -> Finding:
    """Whether any score of a thousand random words, 512 wide, reaches a hundred unscaled."""
    q, k = np.random.RandomState(0).randn(2, 1000, 512)
    largest = abs(q @ k.T).max()
    return Finding(bool(largest >= 100), f"the largest of a million is {largest:.0f}")


def variance_of_dot_products() -> NDArray[Any]:
    """Variance of ten thousand dot products as a multiple of d_k, and divided by √d_k, (2,)."""
    q, k = np.random.RandomState(0).randn(2, 10_000, 64)
    dots = (q * k).sum(axis=1)
    return np.array([dots.var() / 64, (dots / 8).var()])


def dot_product_tells_direction() -> Finding:
    """Whether dot products with one arrow are positive, negative and zero as claimed."""
    along, against, across = (int(np.dot([2, 1], other)) for other in ([4, 2], [-4, -2], [-1, 2]))
    return Finding(along > 0 > against and across == 0, f"{along}, {against}, {across}")


def fairly_uniform() -> Finding:
    """Whether no word gives more than half of its attention to one word."""
    return _at_most_half(weights())


def fairly_uniform_as_printed() -> Finding:
    """The same of the weights as printed."""
    return _at_most_half(PRINTED_WEIGHTS)


def exercise_weights() -> NDArray[Any]:
    """Weights of the first exercise, (3, 3)."""
    return scaled_dot_product_attention(EXERCISE_Q, EXERCISE_K, EXERCISE_K)[1]


def exercise_shape() -> tuple[int, ...]:
    """Shape of the same."""
    return exercise_weights().shape


def _second_exercise() -> tuple[NDArray[Any], NDArray[Any]]:
    """Output and weights of the second exercise: seed 0, then Q, K, V of (3, 2)."""
    rng = np.random.RandomState(0)
    Q, K, V = (rng.randn(3, 2) for _ in "QKV")
    return scaled_dot_product_attention(Q, K, V, causal_mask(3))


def second_exercise_weights() -> NDArray[Any]:
    """Weights of the second exercise, (3, 3)."""
    return _second_exercise()[1]


def second_exercise_shape() -> tuple[int, ...]:
    """Shape of its output."""
    return _second_exercise()[0].shape


def second_exercise_hides_the_future() -> bool:
    """Whether its first word gives nothing to the two after it."""
    return bool((second_exercise_weights()[0, 1:] == 0).all())


def _heads_of(x: NDArray[Any], n_heads: int, rng: np.random.RandomState) -> MultiHeadAttention:
    """Heads drawn as the page draws them: W_Q, W_K, W_V of each head in turn, then W_O."""
    d_model = x.shape[1]
    drawn = rng.randn(n_heads, 3, d_model, d_model // n_heads) / math.sqrt(d_model)
    W_Q, W_K, W_V = (np.concatenate(list(drawn[:, i]), axis=1) for i in range(3))
    return MultiHeadAttention(
        W_Q, W_K, W_V, rng.randn(d_model, d_model) / math.sqrt(d_model), n_heads
    )


def _two_heads() -> tuple[NDArray[Any], NDArray[Any]]:
    """Output and weights of the two heads over the four words."""
    x = _embeddings()
    return _heads_of(x, 2, np.random.RandomState(42))(x)


def two_heads_shape() -> tuple[int, ...]:
    """Shape of the two heads' output."""
    return _two_heads()[0].shape


def two_heads_count() -> float:
    """How many heads give weights."""
    return len(_two_heads()[1])


def two_heads_differ() -> Finding:
    """Whether the two heads' weights differ."""
    one, other = _two_heads()[1]
    apart = abs(one - other).max()
    return Finding(bool(apart > 0.01), f"by up to {apart:.2f}")


def heads_keep_shape() -> Finding:
    """Whether what goes out has the shape of what comes in."""
    shape = two_heads_shape()
    return Finding(shape == embeddings_shape(), f"{embeddings_shape()} in, {shape} out")


def _longer_sentence() -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Seven words 12 wide, and output and weights of three heads under the causal mask."""
    rng = np.random.RandomState(7)
    x = rng.randn(7, 12)
    return (x, *_heads_of(x, 3, rng)(x, mask=causal_mask(7)))


def longer_input_shape() -> tuple[int, ...]:
    """Shape of the longer sentence."""
    return _longer_sentence()[0].shape


def longer_output_shape() -> tuple[int, ...]:
    """Shape of the heads' output."""
    return _longer_sentence()[1].shape


def longer_heads() -> float:
    """How many heads give weights."""
    return len(_longer_sentence()[2])


def longer_weights_shape() -> tuple[int, ...]:
    """Shape of one head's weights."""
    return _longer_sentence()[2].shape[1:]


def longer_heads_are_lower_triangular() -> Finding:
    """Whether all three heads give nothing to later words."""
    future = _longer_sentence()[2][:, ~causal_mask(7)]
    return Finding(not future.any(), f"{np.count_nonzero(future)} of {future.size} are above zero")


def swapped_scores_are_unchanged() -> Finding:
    """Whether the table of scores is the same when “cat” and “sat” change places."""
    Q, K, _ = _projections()
    swapped = [0, 2, 1, 3]
    apart = abs(Q[swapped] @ K[swapped].T - Q @ K.T).max()
    return Finding(bool(apart < 1e-12), f"entries move by up to {apart:.2f}")


def swapped_scores_by_word() -> Finding:
    """The same when rows and columns are found by word and not by place."""
    Q, K, _ = _projections()
    swapped = [0, 2, 1, 3]
    back = (Q[swapped] @ K[swapped].T)[swapped][:, swapped]
    apart = abs(back - Q @ K.T).max()
    return Finding(bool(apart < 1e-12), f"entries move by up to {apart:.2f}")


def _reordered(mask: NDArray[np.bool_] | None) -> Finding:
    """Whether “cat sat the” has the pattern of “the cat sat”, word by word."""
    Q, K, V = (rows[:3] for rows in _projections())
    order, back = [1, 2, 0], [2, 0, 1]
    pattern = scaled_dot_product_attention(Q, K, V, mask)[1]
    other = scaled_dot_product_attention(Q[order], K[order], V[order], mask)[1]
    apart = abs(other[back][:, back] - pattern).max()
    return Finding(bool(apart < 1e-12), f"weights move by up to {apart:.2f}")


def reordered_under_the_mask() -> Finding:
    """Under the causal mask, which the page's longest example has."""
    return _reordered(causal_mask(3))


def reordered_without_a_mask() -> Finding:
    """Without a mask."""
    return _reordered(None)


def scale_of_keys() -> float:
    """The square root of a d_k of 8."""
    return math.sqrt(8)


def scale_of_values() -> float:
    """The square root of a d_v of 16."""
    return math.sqrt(16)


def gigabytes_at_100k() -> float:
    """Bytes of 100,000 × 100,000 numbers of two bytes, in thousand millions."""
    return 100_000**2 * np.dtype(np.float16).itemsize / 1e9


def head_of_gpt2_small() -> float:
    """Width of each of 12 heads that share 768 columns."""
    return 768 / 12


def head_of_gpt3() -> float:
    """Width of each of the heads of the largest GPT-3, from its other sizes."""
    return GPT3_SIZES[-1].d_model / GPT3_SIZES[-1].n_heads


def _sums(table: NDArray[Any]) -> NDArray[Any]:
    """Sums of the rows of a table."""
    sums: NDArray[Any] = table.sum(axis=1)
    return sums


def _at_most_half(table: NDArray[Any]) -> Finding:
    """Whether no weight of a table is above one half."""
    largest = table.max(axis=1)
    return Finding(bool(largest.max() <= 0.5), f"the largest of each row: {_listed(largest, 3)}")


def _listed(values: NDArray[Any], decimals: int = 4) -> str:
    """Write numbers one after another."""
    return ", ".join(f"{value:.{decimals}f}" for value in values)
