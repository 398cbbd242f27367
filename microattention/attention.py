"""Scaled dot-product attention, in the words of its formula.

Letters, here and in every module:

- Q, K, V: queries, keys and values, one row each
- n_queries, n_keys: how many rows Q has, and how many K and V have
- d_k: the width of a query and of a key; d_v: the width of a value
- …: any leading axes (a batch, heads), which broadcast together
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arguments import accumulating_dtype, attention_arguments, floating_dtype, integer, real_array


def softmax(x: ArrayLike, axis: int = -1) -> NDArray[Any]:
    """Turn scores into shares: positive numbers along `axis` that sum to 1.

    Each share is exp(x) divided by the sum of exp(x). The largest score is subtracted first,
    which changes no share and keeps exp from overflowing.

    Parameters
    ----------
    x : array_like
        Scores, of any shape; integers are taken as float64.
    axis : int
        The axis along which shares sum to 1.

    Returns
    -------
    ndarray
        Shares, of the shape of `x` and in its floating dtype (float16 is summed in float32).
        Where every score is −inf, nothing can be shared out and the shares are 0.
        NaN in gives NaN out, and so does +inf.

    Raises
    ------
    TypeError
        If `x` does not hold real numbers, or `axis` is not an integer.
    ValueError
        If there is no such axis.

    Notes
    -----
    Subtracting the largest score: Milakov and Gimelshein (2018), *Online normalizer
    calculation for softmax*, Algorithm 2, there called the safe softmax.

    Examples
    --------
    Scores that differ by ln 2 get shares in the ratio 2 to 1:

    >>> softmax([0.0, np.log(2.0)]).round(4)
    array([0.3333, 0.6667])

    Adding the same number to every score changes nothing, however large the number:

    >>> softmax([1000.0, 1000.0 + np.log(2.0)]).round(4)
    array([0.3333, 0.6667])

    A row that may choose nothing:

    >>> softmax([-np.inf, -np.inf])
    array([0., 0.])
    """
    x, axis = real_array("x", x), integer("axis", axis)
    dtype = floating_dtype(x)
    x = x.astype(accumulating_dtype(dtype), copy=False)
    largest = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    with np.errstate(invalid="ignore", over="ignore"):  # inf − inf is the NaN that was promised
        exps = np.exp(x - np.where(largest == -np.inf, 0, largest))
    total = exps.sum(axis=axis, keepdims=True)
    shares: NDArray[Any] = exps / np.where(total == 0, 1, total)
    return shares.astype(dtype, copy=False)


def scaled_dot_product_attention(
    Q: ArrayLike,
    K: ArrayLike,
    V: ArrayLike,
    mask: ArrayLike | None = None,
    *,
    scale: float | None = None,
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Mix the values, each query in its own proportions.

    A query's proportions are the softmax of its scaled dot products with the keys:
    softmax(Q Kᵀ · scale) V.

    Parameters
    ----------
    Q : array_like, (…, n_queries, d_k)
        Queries.
    K : array_like, (…, n_keys, d_k)
        Keys.
    V : array_like, (…, n_keys, d_v)
        Values.
    mask : array_like of bool or float, optional
        Broadcast to (…, n_queries, n_keys). Boolean: True where the query may attend to the
        key. Float: added to the scores, so that −inf hides a key.
    scale : float, optional
        What the dot products are multiplied by; 1/√d_k when not given.

    Returns
    -------
    output : ndarray, (…, n_queries, d_v)
        The mixed values.
    weights : ndarray, (…, n_queries, n_keys)
        The proportions. Each row sums to 1, or to 0 where the query may attend to nothing;
        the output of such a query is 0.

    Raises
    ------
    TypeError
        If Q, K or V is not real (booleans are refused), if the mask is neither boolean nor
        float (added as it is, an integer 0/1 mask would hide nothing), or if `scale` is not
        a number.
    ValueError
        If shapes do not fit, if the mask would enlarge the result, or if `scale` is not finite.

    Notes
    -----
    Vaswani et al. (2017), *Attention Is All You Need*, equation 1.

    Q, K and V are never written to, and the answer has their floating dtype: integers count
    as float64, float16 is summed in float32. A key that is hidden from a query cannot
    influence it, not even by being NaN or infinite.

    Examples
    --------
    One query, two keys. The query matches the first key with a score of ln 3 and the second
    with 0, so the first value gets three parts in four:

    >>> Q = [[np.log(3.0)]]
    >>> K = [[1.0], [0.0]]
    >>> V = [[8.0], [4.0]]
    >>> output, weights = scaled_dot_product_attention(Q, K, V)
    >>> weights.round(4)
    array([[0.75, 0.25]])
    >>> output.round(4)
    array([[7.]])

    With the first key hidden, all goes to the second:

    >>> output, weights = scaled_dot_product_attention(Q, K, V, [[False, True]])
    >>> output
    array([[4.]])

    Leading axes broadcast. Five sentences of three words each, one text of seven words:

    >>> rng = np.random.RandomState(0)
    >>> Q, K, V = rng.randn(5, 3, 2), rng.randn(7, 2), rng.randn(7, 11)
    >>> output, weights = scaled_dot_product_attention(Q, K, V)
    >>> output.shape, weights.shape
    ((5, 3, 11), (5, 3, 7))
    """
    Q, K, V, mask, scale, dtype = attention_arguments(Q, K, V, mask, scale)
    with np.errstate(invalid="ignore", over="ignore"):  # a hidden NaN or inf shall not even warn
        scores = (Q * scale) @ K.swapaxes(-2, -1)  # (…, n_queries, n_keys)
        visible = hide(scores, mask)
        weights = softmax(scores)  # (…, n_queries, n_keys)
        output = mix(weights, V, visible)  # (…, n_queries, d_v)
    return output.astype(dtype, copy=False), weights.astype(dtype, copy=False)


def hide(scores: NDArray[Any], mask: NDArray[Any] | None) -> NDArray[np.bool_] | None:
    """Put −inf into the scores where a key is hidden, and say what stays visible.

    What the score was there does not matter, not even if it was NaN.

    Examples
    --------
    >>> scores = np.array([[1.0, np.nan]])
    >>> hide(scores, np.array([[True, False]]))
    array([[ True, False]])
    >>> scores
    array([[  1., -inf]])
    """
    if mask is None:
        return None
    visible = mask
    if mask.dtype != np.bool_:
        mask = mask.astype(scores.dtype, copy=False)  # below the dtype's range is −inf: hidden
        visible = mask != -np.inf
        scores += mask
    np.copyto(scores, -np.inf, where=~visible)
    return visible


def mix(weights: NDArray[Any], V: NDArray[Any], visible: NDArray[np.bool_] | None) -> NDArray[Any]:
    """Return weights @ V, in which a hidden value counts for nothing, even if it is NaN.

    A plain product would not do: 0 × NaN and 0 × inf are NaN.

    Examples
    --------
    >>> mix(np.array([[1.0, 0.0]]), np.array([[5.0], [np.nan]]), np.array([[True, False]]))
    array([[5.]])
    """
    if visible is None or (finite := np.isfinite(V)).all():
        return weights @ V  # type: ignore[no-any-return]
    safe = np.where(finite, V, 0)
    output: NDArray[Any] = weights @ safe
    visible = np.broadcast_to(visible, weights.shape)
    not_finite = ~finite.all(axis=-1)  # (…, n_keys)
    for key in np.flatnonzero(not_finite.any(axis=tuple(range(not_finite.ndim - 1)))):
        at = slice(key, key + 1)
        stray = V[..., at, :] - safe[..., at, :]  # 0 where the value is finite
        output += np.where(visible[..., at], weights[..., at] * stray, 0)
    return output
