"""What is known after some of the keys: the online softmax, in pieces that merge in any order.

A `Partial` is two numbers and a row for each query, and any two of them merge to that of both
sets of keys.

- m: the largest score so far, (…, n_queries)
- l: the sum of exp(score − m), (…, n_queries)
- acc: the sum of exp(score − m) · value, (…, n_queries, d_v)
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arguments import attention_arguments, floating_dtype, real_array
from .attention import hide, mix


class Partial(NamedTuple):
    """What attention knows after some of the keys."""

    m: NDArray[Any]
    l: NDArray[Any]
    acc: NDArray[Any]


def partial_attention(
    Q: ArrayLike,
    K: ArrayLike,
    V: ArrayLike,
    mask: ArrayLike | None = None,
    *,
    scale: float | None = None,
) -> Partial:
    """Attend to some of the keys, and keep what is needed to take in the others later.

    Parameters
    ----------
    Q, K, V, mask, scale
        As for `scaled_dot_product_attention`, K and V being some of the keys and values.

    Returns
    -------
    Partial
        In float32 for float16 inputs, otherwise in the inputs' floating dtype.

    Raises
    ------
    TypeError, ValueError
        As `scaled_dot_product_attention`.

    Notes
    -----
    m and l are kept by Milakov and Gimelshein (2018), Algorithm 3, lines 1 to 6; Rabe and Staats
    (2021), sections 2 and 3, keep acc with them.

    Examples
    --------
    Two keys with the scores 0 and ln 3:

    >>> part = partial_attention([[1.0]], [[0.0], [np.log(3)]], [[8.0], [4.0]])
    >>> print(f"m = {part.m[0]:.4f}, l = {part.l[0]:.4f}, acc = {part.acc[0, 0]:.4f}")
    m = 1.0986, l = 1.3333, acc = 6.6667
    """
    Q, K, V, mask, scale, _ = attention_arguments(Q, K, V, mask, scale)
    return look(scaled(Q, scale), K, V, mask)


def merge(left: Partial, right: Partial) -> Partial:
    """Merge what is known of two sets of keys into what is known of both.

    The order does not matter, and neither does the grouping: merging is commutative and, up
    to rounding, associative.

    Parameters
    ----------
    left, right : Partial
        Of the same queries, over different keys. Any three array_likes (m, l, acc) will do.

    Returns
    -------
    Partial
        Over the keys of both.

    Raises
    ------
    TypeError
        If one does not hold real numbers.
    ValueError
        If one is not a partial, or the two are not of the same queries.

    Notes
    -----
    Milakov and Gimelshein (2018), equation 4; Dao et al. (2022), section 3.1.

    Examples
    --------
    The keys of the example above, one at a time:

    >>> one = partial_attention([[1.0]], [[0.0]], [[8.0]])
    >>> other = partial_attention([[1.0]], [[np.log(3)]], [[4.0]])
    >>> output, lse = finish(merge(one, other))
    >>> print(f"{output[0, 0]:.4f}")
    5.0000
    """
    left, right = as_partial("left", left), as_partial("right", right)
    if [part.shape for part in left] != [part.shape for part in right]:
        raise ValueError(
            f"left and right must be partials of the same queries and values, got m, l, acc of "
            f"shapes {[part.shape for part in left]} and {[part.shape for part in right]}"
        )
    with np.errstate(invalid="ignore", over="ignore"):  # as in the plain function
        m = np.maximum(left.m, right.m)
        of_left, of_right = np.exp(left.m - finite(m)), np.exp(right.m - finite(m))
        return Partial(
            m,
            left.l * of_left + right.l * of_right,
            left.acc * of_left[..., np.newaxis] + right.acc * of_right[..., np.newaxis],
        )


def finish(partial: Partial) -> tuple[NDArray[Any], NDArray[Any]]:
    """Turn what is known after the last key into the answer.

    Parameters
    ----------
    partial : Partial
        Over all keys. Any three array_likes (m, l, acc) will do.

    Returns
    -------
    output : ndarray, (…, n_queries, d_v)
        The mixed values; 0 for a query that may attend to nothing.
    lse : ndarray, (…, n_queries)
        Log-sum-exp of each query's scores, natural log; −inf for such a query.

    Raises
    ------
    TypeError, ValueError
        If it does not hold real numbers, or is not a partial.

    Examples
    --------
    >>> output, lse = finish(Partial(np.array([0.0]), np.array([4.0]), np.array([[20.0]])))
    >>> print(output, lse.round(4))
    [[5.]] [1.3863]
    """
    m, l, acc = as_partial("partial", partial)
    with np.errstate(over="ignore"):  # of values that are the largest number, as it is rounded
        output = acc / np.where(l == 0, 1, l)[..., np.newaxis]
    with np.errstate(divide="ignore"):  # log 0 is the −inf that was promised
        return output, m + np.log(l)


def as_partial(name: str, given: Partial) -> Partial:
    """Return three arrays that fit each other, in one floating dtype.

    Examples
    --------
    >>> as_partial("left", ([0], [1], [[8]]))
    Partial(m=array([0.]), l=array([1.]), acc=array([[8.]]))
    """
    try:
        m, l, acc = given
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be three arrays (m, l, acc), got {given!r}") from None
    parts = [real_array(f"{name}.{at}", one) for at, one in (("m", m), ("l", l), ("acc", acc))]
    m, l, acc = (part.astype(floating_dtype(*parts), copy=False) for part in parts)
    if l.shape != m.shape or acc.ndim != m.ndim + 1 or acc.shape[:-1] != m.shape:
        raise ValueError(
            f"{name} must be m and l, (…, n_queries), and acc, (…, n_queries, d_v), "
            f"got shapes {m.shape}, {l.shape} and {acc.shape}"
        )
    return Partial(m, l, acc)


def look(
    Q: NDArray[Any],
    K: NDArray[Any],
    V: NDArray[Any],
    mask: NDArray[Any] | None = None,
    memory: NDArray[Any] | None = None,
) -> Partial:
    """Do what `partial_attention` does, with arguments that are checked and queries scaled.

    The scores are made in `memory`, (…, n_queries, n_keys), if it is given, and become the
    weights there: each further array of that size would cost a trip to slow memory.

    Examples
    --------
    >>> look(np.zeros((1, 2)), np.zeros((3, 2)), np.array([[1.0], [2.0], [6.0]]))
    Partial(m=array([0.]), l=array([3.]), acc=array([[9.]]))
    """
    with np.errstate(invalid="ignore", over="ignore"):  # as in the plain function
        scores = np.matmul(Q, K.swapaxes(-2, -1), out=memory)
        visible = hide(scores, mask)
        m = scores.max(axis=-1, initial=-np.inf)
        scores -= finite(m)[..., np.newaxis]
        weights = np.exp(scores, out=scores)
        l = weights @ np.ones(weights.shape[-1], weights.dtype)  # the sum, by BLAS
        return Partial(m, l, mix(weights, V, visible))


def scaled(Q: NDArray[Any], scale: float) -> NDArray[Any]:
    """Return the queries scaled, without a warning where one is NaN or infinite.

    >>> scaled(np.array([2.0, np.inf]), 0.0)
    array([ 0., nan])
    """
    with np.errstate(invalid="ignore", over="ignore"):
        return Q * scale


def finite(m: NDArray[Any]) -> NDArray[Any]:
    """Return m with the lowest finite number for −inf, where no key was visible.

    Scores of −inf stay −inf when that is subtracted; −inf − (−inf) would be NaN.

    Examples
    --------
    >>> finite(np.array([2.0, -np.inf], np.float32))
    array([ 2.0000000e+00, -3.4028235e+38], dtype=float32)
    """
    return np.maximum(m, np.finfo(m.dtype).min)  # type: ignore[no-any-return]
