"""*Building Attention from Scratch*, section 5.8: parts of a model, put together and counted.

The section prints shapes alone, and draws its weights from no seed. Its model, 1000 tokens in the
vocabulary, 64 wide, four heads, two blocks, 128 places, is built here from the package's parts.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...attention import scaled_dot_product_attention, softmax
from ...block import TransformerBlock
from ...layers import gelu, layer_norm
from ...masking import causal_mask
from ...positions import sinusoidal_positions
from ...sizes import count_flops
from ...transformer import CausalTransformer
from ..compare import Finding

SIZES = {"vocab_size": 1000, "d_model": 64, "n_heads": 4, "n_layers": 2, "max_len": 128}
TOKENS = np.array([1, 5, 23, 7, 42])
WIDTH, HEAD = 64, 16


def _model() -> CausalTransformer:
    """The section's example, from seed 0."""
    return CausalTransformer.random(**SIZES, rng=np.random.RandomState(0))


def logits_shape() -> tuple[int, ...]:
    """Shape of the scores for five tokens."""
    return _model()(TOKENS).shape


def weights_shape() -> tuple[int, ...]:
    """Shape of a block's attention weights for a batch of one text."""
    return _model()(TOKENS[np.newaxis], return_weights=True)[1][0].shape


def _published_mask() -> NDArray[Any]:
    """A causal mask built as the section builds it, (5, 5)."""
    with np.errstate(invalid="ignore"):  # 0 × −inf
        mask: NDArray[Any] = np.triu(np.ones((5, 5)), k=1) * -np.inf
    return mask


def mask_is_zero_or_minus_infinity() -> Finding:
    """Whether the mask holds zero where a token may attend, and −inf elsewhere."""
    mask = _published_mask()
    wanted = np.where(causal_mask(5), 0.0, -np.inf)
    seen = f"{np.isnan(mask).sum()} of {mask.size} entries are NaN"
    return Finding(bool((mask == wanted).all()), seen)


def outputs_are_numbers() -> Finding:
    """Whether attention under the section's mask gives numbers."""
    return _finite(_published_mask())


def outputs_are_numbers_with_mask_set() -> Finding:
    """The same with a mask whose entries are set, not multiplied."""
    return _finite(np.where(causal_mask(5), 0.0, -np.inf))


def softmax_is_stable() -> Finding:
    """Whether softmax, as the section writes it, gives shares for scores that would overflow."""
    x = np.array([1000.0, 999.0, -np.inf])
    largest = np.max(np.where(np.isinf(x), -1e9, x))
    exps = np.where(np.isinf(x), 0, np.exp(x - largest))
    shares = exps / (exps.sum() + 1e-10)
    apart = abs(shares - softmax(x)).max()
    return Finding(bool(apart < 1e-9), f"off our shares by {apart:.6f} at most")


def glorot_spread_of_a_projection() -> Finding:
    """Whether the projections' spread is Glorot's for a d_model × d_model matrix."""
    return _glorot(WIDTH)


def glorot_spread_of_a_head() -> Finding:
    """Whether it is Glorot's for the part of the matrix that belongs to one head."""
    return _glorot(HEAD)


def sinusoids_are_the_originals() -> Finding:
    """Whether the section's way of computing wavelengths gives the table of the formula."""
    waves = np.exp(np.arange(0, WIDTH, 2) * (-math.log(10000.0) / WIDTH))
    angles = np.arange(128)[:, np.newaxis] * waves
    ours = sinusoidal_positions(128, WIDTH)
    apart = max(
        abs(ours[:, 0::2] - np.sin(angles)).max(), abs(ours[:, 1::2] - np.cos(angles)).max()
    )
    return Finding(bool(apart < 1e-9), f"off by {apart:.6f} at most")


def norm_normalises_features() -> NDArray[Any]:
    """Mean and variance of a row after layer norm, (2,)."""
    row = layer_norm(np.random.RandomState(0).randn(WIDTH), np.ones(WIDTH), np.zeros(WIDTH), 1e-6)
    return np.array([row.mean(), row.var()])


def gelu_is_the_approximation() -> Finding:
    """Whether the section's GELU is the usual approximation by tanh, and near the exact one."""
    x = np.linspace(-5, 5, 1001)
    section = 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    same = abs(section - gelu(x, approximate="tanh")).max() < 1e-12
    off = abs(section - gelu(x)).max()
    return Finding(bool(same and off < 1e-3), f"off the exact curve by up to {off:.4f}")


def hidden_width() -> float:
    """Hidden width of the feed-forward network over that of the model."""
    return len(_block().feed_forward.b_1) / WIDTH


def qkv_parameters() -> float:
    """Weights of the three projections, in units of d_model²."""
    heads = _block().attention
    return (heads.W_Q.size + heads.W_K.size + heads.W_V.size) / WIDTH**2


def output_parameters() -> float:
    """Weights of the output projection, in units of d_model²."""
    return _block().attention.W_O.size / WIDTH**2


def feed_forward_parameters() -> float:
    """Weights of the feed-forward network, in units of d_model²."""
    return (_block().feed_forward.W_1.size + _block().feed_forward.W_2.size) / WIDTH**2


def norm_parameters() -> float:
    """Gains and biases of the two layer norms, in units of d_model."""
    return _norms() / WIDTH


def block_parameters() -> float:
    """All parameters of the section's block, in units of d_model²: no biases in attention."""
    feed_forward = _block().feed_forward
    biases = feed_forward.b_1.size + feed_forward.b_2.size
    matrices = qkv_parameters() + output_parameters() + feed_forward_parameters()
    return matrices + (biases + _norms()) / WIDTH**2


def embedding_parameters() -> Finding:
    """Whether the token embeddings are vocab_size × d_model numbers."""
    count = _model().embedding.size
    return Finding(count == SIZES["vocab_size"] * WIDTH, f"{count:,} for 1,000 tokens, 64 wide")


def weights_memory() -> Finding:
    """Whether attention weights are batch × n_heads × seq_len² numbers."""
    count = _model()(np.tile(TOKENS, (3, 1)), return_weights=True)[1][0].size
    return Finding(count == 3 * 4 * 5**2, f"{count} for 3 texts of 5 tokens, 4 heads")


def projections_grow() -> Finding:
    """Whether the projections' operations grow as seq_len × d_model²."""
    return _grows("projections", by_length=2, by_width=4)


def scores_grow() -> Finding:
    """Whether the operations of scores and of mixing grow as seq_len² × d_model."""
    return _grows("scores and mixing", by_length=4, by_width=2)


def softmax_grows() -> Finding:
    """Whether softmax has four times as many numbers at twice the length."""
    short, long = (_model()(np.arange(n), return_weights=True)[1][0].size for n in (8, 16))
    return Finding(long == 4 * short, f"{short} numbers for 8 tokens, {long} for 16")


def feed_forward_grows() -> Finding:
    """Whether the feed-forward network's operations grow as seq_len × d_model × d_ff."""
    return _grows("feed-forward", by_length=2, by_width=4)


def layer_grows() -> Finding:
    """Whether a layer's operations are one multiple of n · d² and another of n² · d."""
    sizes = [(n, d) for n in (64, 128) for d in (64, 128)]
    terms = np.array([[n * d**2, n**2 * d] for n, d in sizes])
    counted = [sum(count_flops(n, 0, 1, d).values()) for n, d in sizes]
    factors = np.linalg.lstsq(terms, np.array(counted), rcond=None)[0]
    fits = np.allclose(terms @ factors, counted)
    return Finding(bool(fits), f"{factors[0]:.0f} n d² + {factors[1]:.0f} n² d operations")


def _block() -> TransformerBlock:
    """One block of the model."""
    return TransformerBlock.random(WIDTH, SIZES["n_heads"], np.random.RandomState(0))


def _norms() -> int:
    """How many parameters the block's two layer norms have."""
    block = _block()
    return sum(
        norm.gain.size + norm.bias.size for norm in (block.attention_norm, block.feed_forward_norm)
    )


def _finite(mask: NDArray[Any]) -> Finding:
    """Whether attention under a mask to add gives nothing but numbers."""
    Q, K, V = np.random.RandomState(0).randn(3, 5, HEAD)
    output = scaled_dot_product_attention(Q, K, V, mask)[0]
    return Finding(bool(np.isfinite(output).all()), f"{np.isnan(output).mean():.0%} NaN")


def _glorot(fan_out: int) -> Finding:
    """Whether √(2 / (d_model + d_k)) is Glorot's √(2 / (fan in + fan out))."""
    ratio = math.sqrt(2 / (WIDTH + HEAD)) / math.sqrt(2 / (WIDTH + fan_out))
    return Finding(abs(ratio - 1) < 1e-9, f"{ratio:.2f} times Glorot's spread")


def _grows(part: str, by_length: int, by_width: int) -> Finding:
    """Whether operations grow by these factors when the length and the width are doubled."""
    once, longer, wider = (
        count_flops(n, 0, 1, d)[part] for n, d in ((64, 64), (128, 64), (64, 128))
    )
    seen = f"{longer / once:.0f} times at twice the length, {wider / once:.0f} at twice the width"
    return Finding((longer, wider) == (by_length * once, by_width * once), seen)
