"""Attention where no score can be large: no maximum to look for, and powers of two for those of e.

A score is at most the length of its query times that of its key (Cauchy and Schwarz). Where that
is small for all of them, no exponential can overflow, so nothing need be subtracted, and what is
known of one tile of keys adds to what is known of another as it stands.
"""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .attention import mix
from .partials import Partial, scaled

LIMIT = 48  # weights from 2**−48 to 2**48 leave room for sums: float32 ends at 2**±126
LOG2_E = 1 / math.log(2)  # exp(x) is exp2(x · log2 e), and exp2 takes half the time


def bounded(Q: NDArray[Any], K: NDArray[Any], causal: bool, scale: float) -> NDArray[np.bool_]:
    """Say of each query whether all its scores are certain to be small.

    Only keys that it may attend to count: a hidden key shall not even change how a query's
    output is rounded. NaN and infinity are not small.

    Parameters
    ----------
    Q, K : ndarray, (…, n_queries, d_k) and (…, n_keys, d_k)
        Queries and keys, of which there is at least one.
    causal : bool
        Whether query i may attend to keys up to i alone.
    scale : float
        What the scores are multiplied by.

    Returns
    -------
    ndarray of bool, (…, n_queries)

    Examples
    --------
    Lengths of 5, and of 2 and 20. A score is then at most 10 or 100, and 14.4 at base 2 or 144:

    >>> Q, K = np.array([[3.0, 4.0], [3.0, 4.0]]), np.array([[0.0, 2.0], [20.0, 0.0]])
    >>> bounded(Q, K, causal=False, scale=1.0), bounded(Q, K, causal=True, scale=1.0)
    (array([False, False]), array([ True, False]))
    """
    with np.errstate(invalid="ignore", over="ignore"):
        largest = lengths(Q) * longest_visible(lengths(K), Q.shape[-2], causal)
        return largest * (abs(scale) * LOG2_E) <= LIMIT  # type: ignore[no-any-return]


def longest_visible(longest: NDArray[Any], n_queries: int, causal: bool) -> NDArray[Any]:
    """Return how long the longest key is that each query may attend to, of those of K.

    Parameters
    ----------
    longest : ndarray, (…, n_keys)
        How long each key is.
    n_queries : int
        Number of queries.
    causal : bool
        Whether query i may attend to keys up to i alone.

    Returns
    -------
    ndarray, (…, n_queries), or (…, 1) where it is the same for all

    Examples
    --------
    >>> longest_visible(np.array([2.0, 1.0, 5.0]), n_queries=4, causal=True)
    array([2., 2., 5., 5.])
    """
    if not causal or not longest.shape[-1]:
        return longest.max(axis=-1, keepdims=True, initial=0)  # type: ignore[no-any-return]
    longest = np.maximum.accumulate(longest, axis=-1)
    return longest.take(range(n_queries), axis=-1, mode="clip")


def lengths(rows: NDArray[Any]) -> NDArray[Any]:
    """Return the length of each row, or a little more where squares are too small for the dtype.

    >>> lengths(np.array([[3.0, 4.0]]))
    array([5.])
    """
    lost = rows.shape[-1] * np.finfo(rows.dtype).tiny
    return np.sqrt(np.einsum("...d,...d->...", rows, rows) + lost)  # type: ignore[no-any-return]


def attend_bounded(
    Q: NDArray[Any],
    K: NDArray[Any],
    V: NDArray[Any],
    scale: float,
    tiles: Iterable[tuple[slice, NDArray[Any] | None]],
    memory: NDArray[Any],
) -> Partial:
    """Do what `microattention.tiling.attend` does, for queries that are `bounded`.

    The m of the result is 0, for nothing was subtracted.

    Examples
    --------
    >>> Q, K, V = np.zeros((1, 2)), np.zeros((4, 2)), np.array([[1.0], [2.0], [3.0], [4.0]])
    >>> tiles = [(slice(0, 3), None), (slice(3, 4), np.array([[False]]))]
    >>> attend_bounded(Q, K, V, 0.5, tiles, memory=np.empty(3))
    Partial(m=array([0.]), l=array([3.]), acc=array([[6.]]))
    """
    Q = scaled(Q, scale * LOG2_E)
    l, acc = np.zeros(Q.shape[:-1], Q.dtype), np.zeros(Q.shape[:-1] + V.shape[-1:], Q.dtype)
    with np.errstate(invalid="ignore", over="ignore"):  # of values, as in the plain function
        for columns, mask in tiles:
            shape = (*Q.shape[:-1], columns.stop - columns.start)
            scores = memory[: math.prod(shape)].reshape(shape)
            np.matmul(Q, K[..., columns, :].swapaxes(-2, -1), out=scores)
            weights = np.exp2(scores, out=scores)
            if mask is not None:
                np.copyto(weights, 0, where=~mask)
            l += weights @ np.ones(shape[-1], weights.dtype)  # the sum, by BLAS
            acc += mix(weights, V[..., columns, :], mask)
    return Partial(np.zeros_like(l), l, acc)
