"""What a model of GPT-2's architecture costs, from first principles: numbers, products, bytes.

Letters: n is the number of tokens; every other name is an argument of `CausalTransformer.random`.
"""

from typing import NamedTuple

from ._arguments import size


def parameters_by_part(
    vocab_size: int,
    max_len: int,
    n_layers: int,
    d_model: int,
    *,
    d_ff: int | None = None,
    d_attention: int | None = None,
) -> dict[str, int]:
    """Count a causal transformer's parameters, part by part.

    Parameters
    ----------
    vocab_size, max_len, n_layers, d_model : int
        Sizes: tokens, positions, blocks, and the width of a token's row.
    d_ff : int, optional
        Hidden width of the feed-forward network; 4 · d_model when not given.
    d_attention : int, optional
        Width of all heads together, n_heads · d_k; d_model when not given. How many heads
        share it makes no difference.

    Returns
    -------
    dict of str to int
        `embedding`, which is tied and counts once, `positions`, `attention`, `feed-forward` and
        `layer norms`.

    Raises
    ------
    TypeError, ValueError
        If a size is not an integer, or negative.

    Notes
    -----
    Attention has three projections in and one out, feed-forward one each way, all with biases;
    each block has two layer norms, and one more stands after the last.

    Examples
    --------
    GPT-2 small:

    >>> for part, count in parameters_by_part(50257, 1024, 12, 768).items():
    ...     print(f"{part:<12} {count:>10,}")
    embedding    38,597,376
    positions       786,432
    attention    28,348,416
    feed-forward 56,669,184
    layer norms      38,400
    """
    vocab_size, max_len = size("vocab_size", vocab_size), size("max_len", max_len)
    n_layers, d_model = size("n_layers", n_layers), size("d_model", d_model)
    d_ff = 4 * d_model if d_ff is None else size("d_ff", d_ff)
    d_attention = d_model if d_attention is None else size("d_attention", d_attention)
    return {
        "embedding": vocab_size * d_model,
        "positions": max_len * d_model,
        "attention": n_layers * (3 * (d_model + 1) * d_attention + (d_attention + 1) * d_model),
        "feed-forward": n_layers * ((d_model + 1) * d_ff + (d_ff + 1) * d_model),
        "layer norms": (2 * n_layers + 1) * 2 * d_model,
    }


def count_parameters(
    vocab_size: int,
    max_len: int,
    n_layers: int,
    d_model: int,
    *,
    d_ff: int | None = None,
    d_attention: int | None = None,
) -> int:
    """Count a causal transformer's parameters.

    Parameters
    ----------
    vocab_size, max_len, n_layers, d_model, d_ff, d_attention : int
        As for `parameters_by_part`, of which this is the sum.

    Returns
    -------
    int
        How many numbers training would move.

    Raises
    ------
    TypeError, ValueError
        If a size is not an integer, or negative.

    Examples
    --------
    GPT-2 small (Radford et al. 2019):

    >>> f"{count_parameters(50257, 1024, 12, 768):,}"
    '124,439,808'
    """
    parts = parameters_by_part(
        vocab_size, max_len, n_layers, d_model, d_ff=d_ff, d_attention=d_attention
    )
    return sum(parts.values())


class ModelSize(NamedTuple):
    """One row of Table 2.1 of the GPT-3 paper, as printed.

    Notes
    -----
    In two rows the heads do not fill the width. GPT-3 XL prints 24 heads of 128, which make
    3072, and a d_model of 2048; with 24 such heads it would have 1.5 thousand million
    parameters, not 1.3. GPT-3 13B prints 40 heads of 128, which make 5120, and a d_model of
    5140; with 5120 in place of 5140 the count rounds to 12.9, not 13.0.

    Examples
    --------
    >>> for row in GPT3_SIZES:
    ...     fit = "" if row.heads_fit else f"{row.n_heads} heads of {row.d_head}"
    ...     print(f"{row.printed:>6} {row.parameters / 1e6:>9.1f} {row.d_model:>6} {fit}".rstrip())
      125M     125.2    768
      350M     355.9   1024
      760M     760.3   1536
      1.3B    1315.7   2048 24 heads of 128
      2.7B    2651.6   2560
      6.7B    6658.4   4096
     13.0B   12952.9   5140 40 heads of 128
    175.0B  174604.3  12288
    """

    name: str
    printed: str  # n_params
    n_layers: int
    d_model: int
    n_heads: int
    d_head: int

    @property
    def parameters(self) -> int:
        """Our count, from the printed n_layers and d_model; the heads are taken to fill d_model."""
        return count_parameters(GPT3_VOCAB_SIZE, GPT3_MAX_LEN, self.n_layers, self.d_model)

    @property
    def heads_fit(self) -> bool:
        """Whether n_heads · d_head is d_model."""
        return self.n_heads * self.d_head == self.d_model


GPT3_VOCAB_SIZE = 50257
"""The paper states no vocabulary: this is that of GPT-2, whose architecture it says it has."""

GPT3_MAX_LEN = 2048
"""The context window that the paper states for all eight models."""

GPT3_SIZES = (
    ModelSize("GPT-3 Small", "125M", 12, 768, 12, 64),
    ModelSize("GPT-3 Medium", "350M", 24, 1024, 16, 64),
    ModelSize("GPT-3 Large", "760M", 24, 1536, 16, 96),
    ModelSize("GPT-3 XL", "1.3B", 24, 2048, 24, 128),
    ModelSize("GPT-3 2.7B", "2.7B", 32, 2560, 32, 80),
    ModelSize("GPT-3 6.7B", "6.7B", 32, 4096, 32, 128),
    ModelSize("GPT-3 13B", "13.0B", 40, 5140, 40, 128),
    ModelSize("GPT-3 175B", "175.0B", 96, 12288, 96, 128),
)
"""Table 2.1 of Brown et al. (2020), *Language Models are Few-Shot Learners*, in its order."""


def count_flops(
    n: int, vocab_size: int, n_layers: int, d_model: int, *, n_past: int = 0
) -> dict[str, int]:
    """Count the multiplications and additions of a forward pass, part by part.

    Parameters
    ----------
    n : int
        How many tokens are read.
    vocab_size, n_layers, d_model : int
        Sizes; the feed-forward network is 4 · d_model wide.
    n_past : int
        How many tokens a cache already holds.

    Returns
    -------
    dict of str to int
        `projections`, `scores and mixing`, `feed-forward` and `logits`: those of the products of
        matrices, a multiplication and an addition for each pair of numbers that meet. What the
        causal mask hides is computed all the same, as NumPy does.

    Raises
    ------
    TypeError, ValueError
        If a size is not an integer, or negative.

    Notes
    -----
    Norms, activations, softmax and the biases grow with n · d_model or n² and not with
    d_model², and are left out, as in Kaplan et al. (2020), *Scaling Laws for Neural Language
    Models*, section 2.1, whose rule of 2 operations a parameter this agrees with.

    Examples
    --------
    GPT-2 small reads 1024 tokens, in units of a thousand million:

    >>> for part, flops in count_flops(1024, 50257, 12, 768).items():
    ...     print(f"{part:<17} {flops / 1e9:>6.1f}")
    projections         58.0
    scores and mixing   38.7
    feed-forward       116.0
    logits              79.0

    And one more token, the 1023 before it being cached:

    >>> f"{sum(count_flops(1, 50257, 12, 768, n_past=1023).values()) / 1e9:.2f}"
    '0.28'
    """
    n, n_past = size("n", n), size("n_past", n_past)
    vocab_size, n_layers = size("vocab_size", vocab_size), size("n_layers", n_layers)
    d_model = size("d_model", d_model)
    return {
        "projections": n_layers * 4 * 2 * n * d_model**2,
        "scores and mixing": n_layers * 2 * 2 * n * (n_past + n) * d_model,
        "feed-forward": n_layers * 2 * 2 * n * d_model * 4 * d_model,
        "logits": 2 * n * d_model * vocab_size,
    }


def activation_bytes(
    n: int, vocab_size: int, n_layers: int, d_model: int, n_heads: int, *, itemsize: int = 8
) -> dict[str, int]:
    """Count the bytes that a forward pass must keep for a backward pass, part by part.

    Parameters
    ----------
    n : int
        How many tokens are read.
    vocab_size, n_layers, d_model, n_heads : int
        Sizes; the feed-forward network is 4 · d_model wide.
    itemsize : int
        Bytes of one number: 8 for float64, 2 for float16.

    Returns
    -------
    dict of str to int
        `layer norms`: what goes in and what comes out of each. `attention`: queries, keys,
        values, and what the heads found. `weights`: the attention weights, n² for each head.
        `feed-forward`: the hidden columns before and after the activation. `logits`.

    Raises
    ------
    TypeError, ValueError
        If a size is not an integer or negative.

    Notes
    -----
    Korthikanti et al. (2022), *Reducing Activation Recomputation in Large Transformer Models*,
    section 4.1. A layer keeps 16 n · d_model + n_heads · n² numbers here; there it is
    n · d_model (34 + 5 n_heads · n / d_model) bytes, of which dropout, absent here, accounts for
    2 n · d_model and 3 n_heads · n², and the rest is ours at two bytes a number.

    Examples
    --------
    GPT-2 small reads 1024 tokens in float64, in units of a million bytes:

    >>> for part, count in activation_bytes(1024, 50257, 12, 768, 12).items():
    ...     print(f"{part:<12} {count / 1e6:>7.1f}")
    layer norms    314.6
    attention      302.0
    weights       1208.0
    feed-forward   604.0
    logits         411.7
    """
    n, vocab_size = size("n", n), size("vocab_size", vocab_size)
    n_layers, d_model = size("n_layers", n_layers), size("d_model", d_model)
    n_heads, itemsize = size("n_heads", n_heads), size("itemsize", itemsize, least=1)
    row = n * d_model * itemsize
    return {
        "layer norms": (2 * n_layers + 1) * 2 * row,
        "attention": n_layers * 4 * row,
        "weights": n_layers * n_heads * n**2 * itemsize,
        "feed-forward": n_layers * 2 * 4 * row,
        "logits": n * vocab_size * itemsize,
    }


def cache_bytes(n: int, n_layers: int, d_model: int, *, itemsize: int = 8) -> int:
    """Count the bytes of the keys and values of n tokens, which a cache keeps.

    Parameters
    ----------
    n, n_layers, d_model : int
        Tokens, blocks, and the width of all heads together.
    itemsize : int
        Bytes of one number: 8 for float64, 2 for float16.

    Returns
    -------
    int
        A key and a value for each token and layer.

    Raises
    ------
    TypeError, ValueError
        If a size is not an integer or negative.

    Examples
    --------
    The largest GPT-3 with its context full, in float16, in units of a thousand million bytes:

    >>> f"{cache_bytes(2048, 96, 12288, itemsize=2) / 1e9:.2f}"
    '9.66'
    """
    n, n_layers, d_model = size("n", n), size("n_layers", n_layers), size("d_model", d_model)
    return 2 * n_layers * n * d_model * size("itemsize", itemsize, least=1)


def retained_bytes(
    n: int, n_layers: int, d_model: int, n_heads: int, *, itemsize: int = 2
) -> dict[str, int]:
    """Count the bytes that could be kept of a causal run so that its weights can be audited.

    Parameters
    ----------
    n, n_layers, d_model, n_heads : int
        Tokens, blocks, the width of all heads together, and heads in a block.
    itemsize : int
        Bytes of a weight and of an entry of a query or a key: 2 for float16.

    Returns
    -------
    dict of str to int
        `weights`: one for each head, query and key that the causal rule leaves open.
        `queries and keys`: one of each for each token and block. `log-sum-exp`: one float32 for
        each head and query. `tokens`: an int32 for each, from which queries and keys follow
        where the model's parameters are kept as well; those are not counted.

    Raises
    ------
    TypeError, ValueError
        If a size is not an integer or negative.

    Examples
    --------
    GPT-2 small with its context full, in units of a million bytes:

    >>> for kept, count in retained_bytes(1024, 12, 768, 12).items():
    ...     print(f"{kept:<16} {count / 1e6:>7.3f}")
    weights          151.142
    queries and keys  37.749
    log-sum-exp        0.590
    tokens             0.004
    """
    n, n_layers, d_model = size("n", n), size("n_layers", n_layers), size("d_model", d_model)
    n_heads, itemsize = size("n_heads", n_heads), size("itemsize", itemsize, least=1)
    return {
        "weights": n_layers * n_heads * (n * (n + 1) // 2) * itemsize,
        "queries and keys": 2 * n_layers * n * d_model * itemsize,
        "log-sum-exp": n_layers * n_heads * n * 4,
        "tokens": n * 4,
    }
