"""What an auditor does with a log-sum-exp: recompute one weight, hold a receipt to its inputs.

- q, k: a query and a key, or any number of them that broadcast, (…, d_k)
- lse: the log-sum-exp of a query's scores, natural log, as `tiled_attention` returns it
- u: unit roundoff, half the distance from 1 to the next number of the dtype
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arguments import (
    Arguments,
    accumulating_dtype,
    attention_arguments,
    checked_mask,
    checked_scale,
    floating_dtype,
    instance,
    real_array,
    size,
)
from .attention import hide
from .bounded import longest_visible
from .fingerprints import Fingerprint, fingerprint
from .masking import causal_mask
from .receipts import Receipt, is_log_sum_exp, log_sum_exp, versions
from .tiling import KEYS, with_causal


def attention_weight(
    q: ArrayLike,
    k: ArrayLike,
    lse: ArrayLike,
    scale: float | None = None,
    *,
    mask: ArrayLike | None = None,
) -> NDArray[Any]:
    """Recompute single attention weights, without the rows that they stand in.

    A weight is exp(q·k · scale − lse): the log-sum-exp is all that it needs of the other keys.

    Parameters
    ----------
    q, k : array_like, (…, d_k)
        A query and a key; leading axes broadcast.
    lse : array_like, (…)
        The log-sum-exp of the query's scores with all keys that it may attend to.
    scale : float, optional
        What dot products are multiplied by; 1/√d_k when not given.
    mask : array_like of bool or float, (…), optional
        The mask's entry for this query and this key. Boolean: whether the query may attend to
        the key. Float: added to the score.

    Returns
    -------
    ndarray, (…)
        The weights, in the widest of the floating dtypes, at least float32. 0 where the mask
        hides the key and where `lse` is −inf, since that query may attend to nothing. A weight
        above 1 by more than rounding shows that `lse` is not that of a row with this key.

    Raises
    ------
    TypeError
        If `q`, `k` or `lse` is not real, `mask` is neither boolean nor float, or `scale` is not
        a number.
    ValueError
        If shapes do not fit, the mask would enlarge the result, or `scale` is not finite.

    Notes
    -----
    Dao (2023), *FlashAttention-2*, Algorithm 2, which recomputes weights so for the gradient.

    Examples
    --------
    A query scores ln 3 with one key and 0 with another, so its log-sum-exp is ln 4:

    >>> print(f"{attention_weight([np.log(3)], [1], np.log(4)):.2f}")
    0.75

    One weight of a run that held none:

    >>> from microattention import scaled_dot_product_attention, tiled_attention
    >>> rng = np.random.RandomState(0)
    >>> Q, K, V = rng.randn(11, 4), rng.randn(13, 4), rng.randn(13, 5)
    >>> _, lse = tiled_attention(Q, K, V, return_lse=True)
    >>> _, weights = scaled_dot_product_attention(Q, K, V)
    >>> bool(abs(attention_weight(Q[7], K[2], lse[7]) - weights[7, 2]) < 1e-14)
    True
    """
    q, k, lse = real_array("q", q), real_array("k", k), real_array("lse", lse)
    if q.ndim == 0 or q.shape[-1:] != k.shape[-1:]:
        raise ValueError(f"q and k must be (…, d_k) alike, got shapes {q.shape} and {k.shape}")
    try:
        shape = np.broadcast_shapes(q.shape[:-1], k.shape[:-1], lse.shape)
    except ValueError:
        raise ValueError(
            f"leading axes must broadcast together, got q {q.shape}, k {k.shape}, lse {lse.shape}"
        ) from None
    mask = None if mask is None else checked_mask(mask, shape)
    scale = checked_scale(scale, d_k=q.shape[-1])
    dtype = accumulating_dtype(floating_dtype(q, k, lse))
    q, k, lse = (array.astype(dtype, copy=False) for array in (q, k, lse))
    with np.errstate(invalid="ignore", over="ignore"):  # a hidden NaN or inf shall not even warn
        scores = np.broadcast_to(np.vecdot(q * scale, k), shape).copy()
        hide(scores, mask)
        return np.where(lse == -np.inf, 0, np.exp(scores - lse))


class Check(NamedTuple):
    """What became of one thing that a receipt records."""

    name: str
    status: str  # verified, differs or not checked
    detail: str = ""


def verify(
    receipt: Receipt,
    Q: ArrayLike,
    K: ArrayLike,
    V: ArrayLike,
    mask: ArrayLike | None = None,
    *,
    model: Mapping[str, ArrayLike] | None = None,
    causal: bool | None = None,
    scale: float | None = None,
    sha256: str | None = None,
) -> list[Check]:
    """Hold a receipt to the inputs that it is said to be of, on any machine.

    Parameters
    ----------
    receipt : Receipt
        As made, or as read from its file.
    Q, K, V, mask
        As for `tiled_attention`: the inputs that are to be checked.
    model : mapping of str to array_like, optional
        The model's weights by name, where the receipt names any.
    causal, scale : optional
        What the run should have had; not compared when not given.
    sha256 : str, optional
        The receipt's digest as it was noted, signed or time-stamped elsewhere.

    Returns
    -------
    list of Check
        One for each thing recorded, with what differs or how far it was checked. The receipt is
        verified if every check is.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what `tiled_attention` accepts.

    Notes
    -----
    Inputs must agree to the last bit. The log-sum-exp cannot, since machines sum in different
    orders: it is computed anew in float64, and agrees where it is within `tolerance`.

    Versions are only named where they differ: a receipt ought to hold on other versions.

    Examples
    --------
    >>> rng = np.random.RandomState(0)
    >>> Q, K, V = rng.randn(3, 8, 4)
    >>> receipt = Receipt.make(Q, K, V, causal=True)
    >>> {check.status for check in verify(receipt, Q, K, V)}
    {'verified'}
    >>> K[5, 0] += 1e-15
    >>> [check.name for check in verify(receipt, Q, K, V) if check.status == "differs"]
    ['K']
    """
    run = attention_arguments(Q, K, V, mask, instance("receipt", receipt, Receipt).scale)
    return [
        _own_digest(receipt, sha256),
        *_arrays(receipt, Q, K, V, mask),
        *_model(receipt, {} if model is None else instance("model", model, Mapping)),
        _rule("causal", receipt.causal, causal),
        _rule("scale", receipt.scale, scale),
        _log_sum_exp(receipt, run),
        _versions(receipt),
    ]


class AuditedWeight(NamedTuple):
    """A weight, and whether what it was computed from is what the receipt records."""

    weight: float
    checks: list[Check]


def audited_weight(
    receipt: Receipt,
    Q: ArrayLike,
    K: ArrayLike,
    V: ArrayLike,
    mask: ArrayLike | None = None,
    *,
    query: Sequence[int],
    key: int,
) -> AuditedWeight:
    """Recompute one weight of a run, and check what it rests on.

    Parameters
    ----------
    receipt, Q, K, V, mask
        As for `verify`.
    query : sequence of int
        Where the query stands: its place on each leading axis, then its number.
    key : int
        The number of the key.

    Returns
    -------
    AuditedWeight
        The checks are those of `verify`, except that the log-sum-exp is computed anew for this
        query alone; the model's weights and the versions do not matter to it.

    Raises
    ------
    TypeError, ValueError
        As `verify`, or if there is no such query or key.

    Examples
    --------
    >>> from microattention import causal_mask, scaled_dot_product_attention, sentence_projections
    >>> Q, K, V = sentence_projections("the corpus was wrong".split())
    >>> receipt = Receipt.make(Q, K, V, causal=True)
    >>> print(f"{audited_weight(receipt, Q, K, V, query=[3], key=1).weight:.8f}")
    0.93732481
    """
    run = attention_arguments(Q, K, V, mask, instance("receipt", receipt, Receipt).scale)
    place = _place("query", query, run.Q.shape[:-1])
    (key,) = _place("key", [key], run.K.shape[-2:-1])
    checks = [_own_digest(receipt), *_arrays(receipt, Q, K, V, mask)]
    checks.append(_same("lse", receipt.recorded, receipt.lse))
    if receipt.lse.shape != run.Q.shape[:-1]:
        checks.append(Check("lse of the query", "differs", "the inputs have other queries"))
        return AuditedWeight(math.nan, checks)
    row, lse = _row(run, receipt.causal, place), receipt.lse[place]
    anew = _recomputed(lse.reshape(1), row, causal=False)
    checks.append(anew._replace(name="lse of the query"))
    entry = None if row.mask is None else row.mask[0, key]
    weight = attention_weight(row.Q[0], row.K[key], lse, run.scale, mask=entry)
    return AuditedWeight(float(weight), checks)


def tolerance(lse: NDArray[Any], run: Arguments, *, causal: bool = False) -> NDArray[Any]:
    """Bound by how much rounding can set two log-sum-exps of the same inputs apart.

    Parameters
    ----------
    lse : ndarray, (…, n_queries)
        The log-sum-exp, computed from these inputs.
    run : Arguments
        The run's checked arguments, in the dtype that its sums were made in.
    causal : bool
        Whether query i could attend to keys up to i alone.

    Returns
    -------
    ndarray, (…, n_queries)
        Twice the largest error that either can have.

    Notes
    -----
    A log-sum-exp moves no further than its scores do, and by less than ε if its sum moves by a
    factor of 1 + ε. Let s be the scale times ‖q‖ times the largest ‖k‖, without signs, of the
    keys that the query may attend to: a hidden key, however long, excuses no error.

    - A dot product is off by (d_k + 2) u s at most (Higham, 2002, section 3.1).
    - Only scores from lse − 100 − ln n_keys to lse matter to the sum. Adding a mask to one,
      subtracting the largest and correcting that in merges rounds numbers no larger than
      abs(lse) + s + 115, seven times at most.
    - A term is added up with the other keys of its tile, 512 in this package, and rounded up to
      ten times in each merge.
    - Exponential and logarithm come with a few u each.

    Together (d_k + 10) u s + 8 u abs(lse) + (3 · 512 + 10 · n_tiles) u, generously. Tiles of
    another size could in principle exceed it; in practice errors nearly cancel.

    Examples
    --------
    >>> run = attention_arguments([[1.0]], [[2.0]], [[3.0]], None, None)
    >>> bool(1e-13 < tolerance(np.array([2.0]), run)[0] < 1e-12)
    True
    """
    u = np.finfo(run.Q.dtype).eps / 2
    n_keys, d_k = run.K.shape[-2:]
    steps = 3 * KEYS + 10 * math.ceil(n_keys / KEYS)
    largest = abs(run.scale) * _norms(run.Q) * _longest_visible(run, causal)
    size_of_lse = np.where(np.isfinite(lse), abs(lse), 0)  # −inf is exact
    return np.asarray(2 * u * ((d_k + 10) * largest + 8 * size_of_lse + steps))


def _norms(rows: NDArray[Any]) -> NDArray[Any]:
    """Return the length of each row, which does not overflow though its square may."""
    rows = rows.astype(np.float64, copy=False)
    _, exponent = np.frexp(np.max(abs(rows), axis=-1, initial=0))
    with np.errstate(over="ignore"):
        norms = np.linalg.norm(np.ldexp(rows, -exponent[..., np.newaxis]), axis=-1)
        return np.asarray(np.ldexp(norms, exponent))


def _longest_visible(run: Arguments, causal: bool) -> NDArray[Any]:
    """Return the length of the longest finite key that each query may attend to."""
    norms = _norms(run.K)
    norms = np.where(np.isfinite(norms), norms, 0)  # a score of −inf is exact
    if run.mask is None:
        return longest_visible(norms, run.Q.shape[-2], causal)
    visible = run.mask if run.mask.dtype == np.bool_ else run.mask != -np.inf
    if causal:
        visible = visible & causal_mask(run.Q.shape[-2], run.K.shape[-2])
    table = np.broadcast_to(norms[..., np.newaxis, :], (*run.Q.shape[:-1], norms.shape[-1]))
    return np.asarray(np.max(table, axis=-1, initial=0, where=visible))


def _place(name: str, given: Sequence[int], axes: tuple[int, ...]) -> tuple[int, ...]:
    """Return a place in an array, counted from 0, that is there."""
    if not np.iterable(given):
        raise TypeError(f"{name} must be a sequence of integers, got {given!r}")
    place = tuple(size(name, one) for one in given)
    if len(place) != len(axes) or any(one >= n for one, n in zip(place, axes, strict=True)):
        raise ValueError(f"{name} must be within {axes}, counted from 0, got {place}")
    return place


def _arrays(
    receipt: Receipt, Q: ArrayLike, K: ArrayLike, V: ArrayLike, mask: ArrayLike | None
) -> list[Check]:
    """Compare the inputs and the mask with their fingerprints."""
    given = {"Q": Q, "K": K, "V": V}
    checks = [_same(name, receipt.inputs[name], array) for name, array in given.items()]
    return [*checks, _same("mask", receipt.mask, mask)]


def _own_digest(receipt: Receipt, noted: str | None = None) -> Check:
    """Check that the receipt is what it was when it was made, and is the one that was noted."""
    if receipt.digest() != receipt.sha256:
        return Check("receipt", "differs", "changed after it was made: its digest is not its own")
    if noted is not None and noted != receipt.sha256:
        return Check("receipt", "differs", f"its digest is {receipt.sha256}, noted was {noted}")
    return Check("receipt", "verified")


def _same(name: str, recorded: Fingerprint | None, given: ArrayLike | None) -> Check:
    """Compare an array with the fingerprint of the one that it should be."""
    if recorded is None or given is None:
        if recorded is given:
            return Check(name, "verified", "none")
        return Check(name, "differs", "none was given" if recorded else "the run had none")
    found = fingerprint(name, given)
    pairs = zip(Fingerprint._fields, recorded, found, strict=True)
    wrong = [f"{what} is {here}, recorded {there}" for what, there, here in pairs if here != there]
    return Check(name, "differs", wrong[0]) if wrong else Check(name, "verified")


def _model(receipt: Receipt, given: Mapping[str, ArrayLike]) -> list[Check]:
    """Compare the model's weights, of which any may be missing on either side."""
    if receipt.model and not given:
        return [Check(f"model {name}", "not checked", "not given") for name in receipt.model]
    names = dict.fromkeys([*receipt.model, *given])
    return [_same(f"model {name}", receipt.model.get(name), given.get(name)) for name in names]


def _rule(name: str, recorded: float, expected: float | None) -> Check:
    """Compare a rule of the run with what it should have been, if that is known."""
    if expected is None or recorded == expected:
        return Check(name, "verified", f"{recorded}")
    return Check(name, "differs", f"is {recorded}, expected {expected}")


def _log_sum_exp(receipt: Receipt, run: Arguments) -> Check:
    """Compare the log-sum-exp with what was recorded, and with what the inputs give anew."""
    if (same := _same("lse", receipt.recorded, receipt.lse)).status == "differs":
        return same._replace(detail=f"not the one that was recorded: {same.detail}")
    return _recomputed(receipt.lse, run, receipt.causal)


def _recomputed(lse: NDArray[Any], run: Arguments, causal: bool) -> Check:
    """Compare a log-sum-exp with what the inputs give anew, in float64."""
    wanted = run.Q.shape[:-1], run.Q.dtype
    if (lse.shape, lse.dtype) != wanted or not is_log_sum_exp(lse):
        return Check("lse", "differs", "of another shape or dtype than these inputs', or NaN")
    if run.mask is not None and run.mask.dtype != np.bool_:
        with np.errstate(over="ignore"):  # below the dtype's range is −inf, as in the run
            run = run._replace(mask=run.mask.astype(run.Q.dtype, copy=False))
    Q, K, V = (array.astype(np.float64, copy=False) for array in (run.Q, run.K, run.V))
    anew = log_sum_exp(Q, K, V, run.mask, causal=causal, scale=run.scale)
    with np.errstate(invalid="ignore", over="ignore"):  # −inf − (−inf) is agreement
        apart = np.where(lse == anew, 0, abs(lse - anew))
        wrong = np.argwhere(~(apart <= tolerance(anew, run, causal=causal)))
    if not len(wrong):
        return Check("lse", "verified", f"at most {apart.max(initial=0):.0e} from another sum")
    first, rule = tuple(map(int, wrong[0])), "causal" if causal else "not causal"
    recorded, computed = f"{lse[first]:.6g} recorded", f"{anew[first]:.6g} computed"
    return Check(
        "lse", "differs",
        f"in {len(wrong)} of {apart.size} queries, the first {first}: {recorded}, {computed} "
        f"({rule}, scale {run.scale:.6g})",
    )  # fmt: skip


def _row(run: Arguments, causal: bool, query: tuple[int, ...]) -> Arguments:
    """Cut one query, with its keys and its row of the mask, out of a run."""
    *head, number = query
    leading, n_keys = run.Q.shape[:-2], run.K.shape[-2]
    K, V = (np.broadcast_to(rows, leading + rows.shape[-2:]) for rows in (run.K, run.V))
    mask = run.mask
    if mask is not None:
        mask = np.broadcast_to(mask, (*run.Q.shape[:-1], n_keys))[query][np.newaxis]
    if causal:
        mask = with_causal(mask, slice(number, number + 1), slice(0, n_keys))
    return run._replace(Q=run.Q[query][np.newaxis], K=K[tuple(head)], V=V[tuple(head)], mask=mask)


def _versions(receipt: Receipt) -> Check:
    """Name the versions that are others here, which is no fault."""
    others = [
        f"{name} {receipt.versions[name]}, here {here}"
        for name, here in versions().items()
        if receipt.versions[name] != here
    ]
    return Check("versions", "verified", "; ".join(others))
