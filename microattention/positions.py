"""Where a word stands, told to a model in four ways.

Attention itself does not know: reorder the words and the answers are reordered, no more.

- added to the embeddings: `sinusoidal_positions`, or a table of the same shape that is learned
- added to the scores: `relative_position_bias`, learned, and `alibi_bias`, which is fixed
- by turning queries and keys: `rotate`
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arguments import (
    accumulating_dtype,
    floating_dtype,
    integer,
    matrices,
    real_array,
    real_number,
    require_broadcast,
    size,
)


def sinusoidal_positions(n: int, d_model: int) -> NDArray[np.float64]:
    """Write each position as sines and cosines of ever longer wavelengths.

    Column 2i holds sin(position / 10000^(2i/d_model)), column 2i + 1 the cosine of the same.

    Parameters
    ----------
    n : int
        How many positions, counted from 0.
    d_model : int
        Width of the embeddings; if odd, the last sine stands without its cosine.

    Returns
    -------
    ndarray, (n, d_model)
        To be added to embeddings, of which row i is the i-th word's. A table of this shape whose
        numbers are learned instead is what GPT-2 and BERT have.

    Raises
    ------
    TypeError, ValueError
        If a size is not an integer, or negative.

    Notes
    -----
    Vaswani et al. (2017), *Attention Is All You Need*, section 3.5.

    Examples
    --------
    The first pair of columns turns by one radian a word, the second by a hundredth:

    >>> sinusoidal_positions(3, 4).round(4)
    array([[ 0.    ,  1.    ,  0.    ,  1.    ],
           [ 0.8415,  0.5403,  0.01  ,  1.    ],
           [ 0.9093, -0.4161,  0.02  ,  0.9998]])

    An odd width:

    >>> sinusoidal_positions(2, 3).round(4)
    array([[0.    , 1.    , 0.    ],
           [0.8415, 0.5403, 0.0022]])

    How alike two rows are depends on how far apart they stand, not on where:

    >>> rows = sinusoidal_positions(100, 64)
    >>> [round(float(rows[i] @ rows[i + 5]), 4) for i in (0, 40, 90)]
    [23.504, 23.504, 23.504]
    """
    n, d_model = size("n", n), size("d_model", d_model)
    angles = np.arange(n)[:, np.newaxis] * _frequencies(d_model, base=10000.0)
    table = np.empty((n, d_model))
    table[:, 0::2] = np.sin(angles)
    table[:, 1::2] = np.cos(angles[:, : d_model // 2])
    return table


def _frequencies(width: int, base: float) -> NDArray[np.float64]:
    """Return radians a word for each pair of columns: base^(−2i/width)."""
    return np.asarray(base ** (-np.arange(0, width, 2) / max(width, 1)), dtype=np.float64)


def relative_position_bias(
    table: ArrayLike, n_queries: int, n_keys: int | None = None, offset: int = 0
) -> NDArray[Any]:
    """Look up how much each head favours a key for its distance from the query.

    Parameters
    ----------
    table : array_like, (n_heads, 2 · reach + 1)
        One number for each head and distance, from reach words before the query to reach words
        after it; what is farther away than that counts as that far. Learned, as a rule.
    n_queries, n_keys, offset : int
        As for `causal_mask`: query i stands at position i + offset of the keys.

    Returns
    -------
    ndarray, (n_heads, n_queries, n_keys)
        To be added to the scores: a float mask with one table for each head. For a batch of texts
        it wants one more axis, `bias[np.newaxis]`.

    Raises
    ------
    TypeError
        If `table` is not real, or a size not an integer.
    ValueError
        If `table` has no middle column, or a size is negative.

    Notes
    -----
    One learned number for each head and distance, added to the score: Raffel et al. (2020),
    *Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer* (T5),
    section 2.1. T5 has long distances share a number in logarithmic steps; here they are
    clipped, as in Shaw, Uszkoreit and Vaswani (2018), *Self-Attention with Relative Position
    Representations*, section 3.2, which adds vectors instead of numbers.

    Examples
    --------
    One head that favours the word before by 5 and the word after by 7, reach 1:

    >>> relative_position_bias([[5.0, 0.0, 7.0]], n_queries=3)
    array([[[0., 7., 7.],
            [5., 0., 7.],
            [5., 5., 0.]]])

    Together with a causal mask:

    >>> from microattention import causal_mask
    >>> np.where(causal_mask(3), relative_position_bias([[5.0, 0.0, 7.0]], 3), -np.inf)
    array([[[  0., -inf, -inf],
            [  5.,   0., -inf],
            [  5.,   5.,   0.]]])
    """
    (table,) = matrices(table=table)
    if table.ndim != 2 or table.shape[1] % 2 == 0:
        raise ValueError(f"table must be (n_heads, 2 · reach + 1), got shape {table.shape}")
    reach = table.shape[1] // 2
    distances = _distances(n_queries, n_keys, offset)
    return table[:, np.clip(distances, -reach, reach) + reach]


def _distances(n_queries: int, n_keys: int | None, offset: int) -> NDArray[np.intp]:
    """Return how many words each key stands after each query, (n_queries, n_keys)."""
    n_queries = size("n_queries", n_queries)
    n_keys = n_queries if n_keys is None else size("n_keys", n_keys)
    queries = np.arange(n_queries) + integer("offset", offset)
    return np.arange(n_keys) - queries[:, np.newaxis]


def alibi_slopes(n_heads: int) -> NDArray[np.float64]:
    """Return how much each head takes off a score for each word of distance.

    Parameters
    ----------
    n_heads : int
        Number of heads. If it is a power of two, head h (from 1) has the slope 2^(−8h/n_heads);
        if not, the slopes of the next lower power of two come first, then every other one of
        those of the next higher.

    Returns
    -------
    ndarray, (n_heads,)
        Slopes, all above 0.

    Raises
    ------
    TypeError, ValueError
        If `n_heads` is not an integer of at least 1.

    Notes
    -----
    Press, Smith and Lewis (2022), *Train Short, Test Long: Attention with Linear Biases Enables
    Input Length Extrapolation* (ALiBi), section 3; the rule for other numbers of heads is that
    of the authors' program.

    Examples
    --------
    >>> alibi_slopes(4).tolist()
    [0.25, 0.0625, 0.015625, 0.00390625]
    >>> alibi_slopes(3).tolist()
    [0.0625, 0.00390625, 0.25]
    """
    n_heads = size("n_heads", n_heads, least=1)
    power = 2 ** math.floor(math.log2(n_heads))
    exponents = [8 * h / power for h in range(1, power + 1)]
    between = [4 * h / power for h in range(1, 2 * (n_heads - power), 2)]
    return np.asarray(2.0 ** -np.array(exponents + between), dtype=np.float64)


def alibi_bias(
    n_heads: int, n_queries: int, n_keys: int | None = None, offset: int = 0
) -> NDArray[np.float64]:
    """Take off each score in proportion to the distance between query and key.

    It is a `relative_position_bias` with nothing to learn: the table holds −slope · distance.

    Parameters
    ----------
    n_heads : int
        Number of heads, each with its own of the `alibi_slopes`.
    n_queries, n_keys, offset : int
        As for `causal_mask`.

    Returns
    -------
    ndarray, (n_heads, n_queries, n_keys)
        To be added to the scores: 0 for the query's own word, below 0 on both sides of it. The
        paper uses it with a causal mask, under which the side after the query is not seen.

    Raises
    ------
    TypeError, ValueError
        If a size is not an integer or too small.

    Notes
    -----
    Press, Smith and Lewis (2022), section 3.

    Examples
    --------
    >>> alibi_bias(1, n_queries=3) * 256
    array([[[ 0., -1., -2.],
            [-1.,  0., -1.],
            [-2., -1.,  0.]]])

    A mask for a language model in which nearer words weigh more:

    >>> from microattention import MultiHeadAttention, causal_mask
    >>> heads = MultiHeadAttention.random(4, n_heads=2, rng=np.random.RandomState(0))
    >>> bias = np.where(causal_mask(3), alibi_bias(2, 3), -np.inf)
    >>> output, weights = heads(np.ones((3, 4)), mask=bias)
    >>> weights[0, 2].round(4)
    array([0.3127, 0.3329, 0.3544])
    """
    slopes = alibi_slopes(n_heads)
    reach = int(np.abs(_distances(n_queries, n_keys, offset)).max(initial=0))
    table = slopes[:, np.newaxis] * -np.abs(np.arange(-reach, reach + 1))
    return relative_position_bias(table, n_queries, n_keys, offset)


def rotate(x: ArrayLike, positions: ArrayLike, base: float = 10000.0) -> NDArray[Any]:
    """Turn each pair of columns of a query or a key by an angle that grows with its position.

    Columns 2i and 2i + 1 are turned by position · base^(−2i/d) radians. If queries and keys are
    both turned, their dot product depends on how far apart they stand, and not on where.

    Parameters
    ----------
    x : array_like, (…, n, d)
        Queries or keys, d even; values are not turned.
    positions : array_like, (n,)
        Where each row stands; leading axes that broadcast with those of `x` are allowed.
    base : float
        Sets the slowest turn; above 0.

    Returns
    -------
    ndarray, (…, n, d)
        In the floating dtype of `x`; no row changes its length.

    Raises
    ------
    TypeError
        If an argument is not real.
    ValueError
        If d is odd, `positions` do not fit the rows, or `base` is not above 0.

    Notes
    -----
    Su et al. (2021), *RoFormer: Enhanced Transformer with Rotary Position Embedding*, equations
    15 and 34. Pairs are neighbouring columns as there; LLaMA's weights as most programs hold
    them pair column i with column i + d/2 instead, and are not interchangeable.

    Examples
    --------
    At position 1 the first pair turns by one radian:

    >>> rotate([[1.0, 0.0]], positions=[1]).round(4)
    array([[0.5403, 0.8415]])

    A query at 7 and a key at 5 match as much as at 102 and 100:

    >>> q, k = [[1.0, 2.0, 3.0, 4.0]], [[5.0, 6.0, 7.0, 8.0]]
    >>> [round(float((rotate(q, [i]) @ rotate(k, [i - 2]).T)[0, 0]), 4) for i in (7, 102)]
    [42.1977, 42.1977]

    In attention by several heads, between its steps:

    >>> from microattention import MultiHeadAttention
    >>> rng = np.random.RandomState(0)
    >>> heads, x, at = MultiHeadAttention.random(8, 2, rng), rng.randn(3, 8), np.arange(3)
    >>> Q, K = rotate(heads.queries(x), at), rotate(heads.keys(x), at)
    >>> output, weights = heads.attend(Q, K, heads.values(x))
    >>> output.shape
    (3, 8)
    """
    (x,), positions = matrices(x=x), real_array("positions", positions)
    if x.shape[-1] % 2:
        raise ValueError(f"x must have an even number of columns, got shape {x.shape}")
    slowest = real_number("base", base)
    if not slowest > 0:
        raise ValueError(f"base must be above 0, got {base!r}")
    require_broadcast("positions", positions, x.shape[:-1])
    dtype = floating_dtype(x)
    angles = positions[..., np.newaxis] * _frequencies(x.shape[-1], slowest)  # (…, n, d / 2)
    working = accumulating_dtype(dtype)
    even, odd = x[..., 0::2].astype(working), x[..., 1::2].astype(working)
    with np.errstate(invalid="ignore", over="ignore"):  # of a padded row, which a mask hides later
        cos, sin = np.cos(angles).astype(working), np.sin(angles).astype(working)
        turned = np.stack([even * cos - odd * sin, even * sin + odd * cos], axis=-1)
        return turned.reshape(x.shape).astype(dtype, copy=False)
