"""Bendersky, *Notes on implementing Attention*: shapes, and functions that should agree.

The post prints no numbers of its own. Its letters: N tokens (Nq that ask, Nv that are asked), D the
model's width, HS a head's, NH heads, B texts in a batch. Each size here is another prime, so that
swapped axes would show.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...attention import scaled_dot_product_attention
from ...masking import causal_mask
from ...multihead import MultiHeadAttention
from ...sizes import GPT3_SIZES, count_parameters
from ..compare import Finding

B, N, NV, D, HS, NH = 2, 5, 13, 11, 3, 7
LETTERS = {"B": B, "N": N, "Nq": N, "Nv": NV, "D": D, "HS": HS, "NH": NH}
CAPTION = "The Law will never be perfect , but its application should be just"


def _single_head(d_v: int = HS, n: int = N) -> tuple[NDArray[Any], NDArray[Any]]:
    """Output and weights of one head over n tokens."""
    rng = np.random.RandomState(0)
    x = rng.randn(n, D)
    Q, K, V = (x @ rng.randn(D, width) for width in (HS, HS, d_v))
    return scaled_dot_product_attention(Q, K, V)


def single_head_shape() -> Finding:
    """Whether one head's output is (N, HS)."""
    return _shaped(_single_head()[0].shape, "N", "HS")


def attention_matrix_shape() -> Finding:
    """Whether the weights are (N, N)."""
    return _shaped(_single_head()[1].shape, "N", "N")


def rows_sum_to_one() -> Finding:
    """Whether every row of weights sums to 1."""
    apart = abs(_single_head()[1].sum(axis=-1) - 1).max()
    return Finding(bool(apart < 1e-12), f"off by {apart:.6f} at most")


def weights_within_bounds() -> Finding:
    """Whether all weights lie between 0 and 1."""
    weights = _single_head()[1]
    return Finding(
        bool(((weights >= 0) & (weights <= 1)).all()), f"{weights.min():.3f} to {weights.max():.3f}"
    )


def dot_products_grow() -> Finding:
    """Whether the spread of dot products grows with the width."""
    spreads = {}
    for width in (16, 256):
        q, k = np.random.RandomState(0).randn(2, 10_000, width)
        spreads[width] = (q * k).sum(axis=1).std()
    narrow, wide = spreads.values()
    seen = f"a spread of {narrow:.0f} for rows 16 wide, of {wide:.0f} for rows 256 wide"
    return Finding(bool(wide > 3 * narrow), seen)


def values_set_output_width() -> Finding:
    """Whether the output has the values' width if theirs is another."""
    width = _single_head(d_v=13)[0].shape[1]
    return Finding(width == 13, f"{width} wide for values 13 wide")


def batched_shape() -> Finding:
    """Whether a batch of texts gives (B, N, HS)."""
    Q, K, V = np.random.RandomState(0).randn(3, B, N, HS)
    return _shaped(scaled_dot_product_attention(Q, K, V)[0].shape, "B", "N", "HS")


def batched_function_takes_one_text() -> Finding:
    """Whether the same function gives each text what it gets in a batch."""
    Q, K, V = np.random.RandomState(0).randn(3, B, N, HS)
    batch = scaled_dot_product_attention(Q, K, V)[0]
    alone = scaled_dot_product_attention(Q[1], K[1], V[1])[0]
    return _equal(batch[1], alone)


def width_of_eight_heads() -> float:
    """NH × HS of the first configuration."""
    return 8 * 64


def width_of_thirty_two_heads() -> float:
    """NH × HS of the second configuration."""
    return 32 * 16


def heads_need_not_fill_the_width() -> Finding:
    """Whether heads whose widths make 21 of a model 11 wide still give (N, D)."""
    heads, x = _heads()
    return _shaped(heads(x[0])[0].shape, "N", "D")


def list_equals_vectorised() -> Finding:
    """Whether heads one after another give what heads as an axis give, masked and not."""
    rng = np.random.RandomState(0)
    heads, x = MultiHeadAttention.random(12, 3, rng), rng.randn(B, N, 12)
    worst = 0.0
    for mask in (None, causal_mask(N)):
        listed = np.concatenate([_head(heads, x, h, mask) for h in range(3)], axis=-1)
        worst = max(worst, float(abs(listed @ heads.W_O - heads(x, mask=mask)[0]).max()))
    return Finding(worst < 1e-12, f"off by {worst:.6f} at most")


def einsum_equals_matmul() -> Finding:
    """Whether the einsum gives the product that it stands for."""
    q, k = np.random.RandomState(0).randn(2, B, NH, N, HS)
    return _equal(np.einsum("bhqd,bhkd->bhqk", q, k), q @ k.swapaxes(-1, -2))


def products_side_by_side() -> Finding:
    """Whether matrices set side by side multiply as they do apart."""
    rng = np.random.RandomState(0)
    left, yellow, red = rng.randn(8, 6), rng.randn(6, 2), rng.randn(6, 2)
    together = left @ np.concatenate([yellow, red], axis=1)
    return _equal(together, np.concatenate([left @ yellow, left @ red], axis=1))


def mask_hides_and_keeps() -> Finding:
    """Whether masked weights are zero, and the rest of a row as if the hidden were absent."""
    Q, K, V = np.random.RandomState(0).randn(3, N, HS)
    weights = scaled_dot_product_attention(Q, K, V, causal_mask(N))[1]
    alone = scaled_dot_product_attention(Q[2:3], K[:3], V[:3])[1]
    hidden = not weights[~causal_mask(N)].any()
    return Finding(hidden and np.allclose(weights[2:3, :3], alone), f"hidden are zero: {hidden}")


def masked_rows_sum_to_one() -> Finding:
    """Whether the weights that are left in each row sum to 1."""
    Q, K, V = np.random.RandomState(0).randn(3, 6, HS)
    sums = scaled_dot_product_attention(Q, K, V, causal_mask(6))[1].sum(axis=-1)
    return Finding(bool(np.allclose(sums, 1)), f"off by {abs(sums - 1).max():.6f} at most")


def cross_attention_shape() -> Finding:
    """Whether Nq readers of Nv tokens get (Nq, HS)."""
    return _shaped(_cross()[0].shape, "Nq", "HS")


def cross_attention_matrix_shape() -> Finding:
    """Whether their weights, in a batch, are (B, Nq, Nv)."""
    return _shaped(np.array([_cross()[1]] * B).shape, "B", "Nq", "Nv")


def split_heads_shape() -> Finding:
    """Whether queries whose heads are an axis are (B, NH, N, HS)."""
    heads, x = _heads()
    return _shaped(heads.queries(x).shape, "B", "NH", "N", "HS")


def split_weights_shape() -> Finding:
    """Whether the weights of such heads are (B, NH, N, N)."""
    heads, x = _heads()
    return _shaped(heads(x)[1].shape, "B", "NH", "N", "N")


def multihead_output_shape() -> Finding:
    """Whether what the heads give together is (B, N, D)."""
    heads, x = _heads()
    return _shaped(heads(x)[0].shape, "B", "N", "D")


def every_gpt3_width_is_its_heads() -> Finding:
    """Whether NH × HS is D in every row of the GPT-3 paper's table, as printed."""
    odd = [f"{row.n_heads} × {row.d_head} against {row.d_model}"
           for row in GPT3_SIZES if not row.heads_fit]  # fmt: skip
    return Finding(not odd, f"not in {len(odd)} of {len(GPT3_SIZES)} rows: {'; '.join(odd)}")


def every_gpt3_width_once_settled() -> Finding:
    """The same where the two rows are what the paper's appendix counts them as."""
    settled = {(40, 40 * 128): 12_850, (24, 16 * 128): 1_320}  # (layers, width): million, appendix
    counts = {sizes: count_parameters(50257, 2048, *sizes) / 1e6 for sizes in settled}
    fit = all(abs(counts[sizes] - million) <= 5 for sizes, million in settled.items())
    seen = " and ".join(f"{count:,.0f} million" for count in counts.values())
    return Finding(fit, f"heads that make up the width give {seen} parameters")


def largest_gpt3_width() -> float:
    """NH × HS of the largest GPT-3."""
    return GPT3_SIZES[-1].n_heads * GPT3_SIZES[-1].d_head


def index_of_its() -> float:
    """Where “its” stands in the figure's sentence, counted from 0."""
    return CAPTION.split().index("its")


def index_of_law() -> float:
    """Where “Law” stands."""
    return CAPTION.split().index("Law")


def _head(heads: MultiHeadAttention, x: NDArray[Any], h: int, mask: Any) -> NDArray[Any]:
    """What head h of three finds, from its own columns."""
    own = slice(4 * h, 4 * h + 4)
    Q, K, V = x @ heads.W_Q[:, own], x @ heads.W_K[:, own], x @ heads.W_V[:, own]
    return scaled_dot_product_attention(Q, K, V, mask)[0]


def _heads() -> tuple[MultiHeadAttention, NDArray[Any]]:
    """NH heads of width HS over a batch of texts, (B, N, D)."""
    rng = np.random.RandomState(0)
    W_Q, W_K, W_V = rng.randn(3, D, NH * HS)
    return MultiHeadAttention(W_Q, W_K, W_V, rng.randn(NH * HS, D), NH), rng.randn(B, N, D)


def _cross() -> tuple[NDArray[Any], NDArray[Any]]:
    """Output and weights of N readers of NV tokens."""
    rng = np.random.RandomState(0)
    return scaled_dot_product_attention(rng.randn(N, HS), rng.randn(NV, HS), rng.randn(NV, HS))


def _shaped(shape: tuple[int, ...], *letters: str) -> Finding:
    """Whether a shape is what the letters say."""
    wanted = tuple(LETTERS[letter] for letter in letters)
    return Finding(shape == wanted, f"({', '.join(letters)}) = {shape}")


def _equal(one: NDArray[Any], other: NDArray[Any]) -> Finding:
    """Whether two arrays are the same but for rounding."""
    apart = abs(one - other).max()
    return Finding(bool(apart < 1e-12), f"off by {apart:.6f} at most")
