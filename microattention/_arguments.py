"""What the attention functions accept: checked once, for the plain and the tiled path alike."""

import math
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

RandomSource = np.random.RandomState | np.random.Generator


class Arguments(NamedTuple):
    """Checked arguments of attention, in the dtype that the sums are made in."""

    Q: NDArray[Any]  # (…, n_queries, d_k), … being the leading axes of the answer
    K: NDArray[Any]  # (…, n_keys, d_k)
    V: NDArray[Any]  # (…, n_keys, d_v)
    mask: NDArray[Any] | None
    scale: float
    dtype: np.dtype[Any]  # of the answer


def attention_arguments(
    Q: ArrayLike, K: ArrayLike, V: ArrayLike, mask: ArrayLike | None, scale: float | None
) -> Arguments:
    """Check everything that attention takes, or say which argument is wrong and why."""
    Q, K, V = matrices(Q=Q, K=K, V=V)
    if K.shape[-1] != Q.shape[-1]:
        raise ValueError(
            f"K must have the d_k of Q: wanted (…, n_keys, {Q.shape[-1]}), got {K.shape}"
        )
    if V.shape[-2] != K.shape[-2]:
        raise ValueError(
            f"V must have one row for each key: wanted (…, {K.shape[-2]}, d_v), got {V.shape}"
        )
    leading = leading_axes(Q=Q, K=K, V=V)
    dtype = floating_dtype(Q, K, V)
    if mask is not None:
        mask = checked_mask(mask, (*leading, Q.shape[-2], K.shape[-2]))
    scale = checked_scale(scale, d_k=Q.shape[-1])
    Q = np.broadcast_to(Q, leading + Q.shape[-2:])
    working = accumulating_dtype(dtype)
    Q, K, V = (array.astype(working, copy=False) for array in (Q, K, V))
    return Arguments(Q, K, V, mask, scale, dtype)


def regular_array(name: str, value: ArrayLike) -> NDArray[Any]:
    """Return `value` as an array, refusing lists whose rows differ in length."""
    try:
        return np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must be a regular array, got rows of unequal length") from None


def real_array(name: str, value: ArrayLike) -> NDArray[Any]:
    """Return `value` as an array of integers or floats, and as nothing else."""
    array = regular_array(name, value)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must hold real numbers, got dtype {array.dtype}")
    return array


def matrices(**named: ArrayLike) -> list[NDArray[Any]]:
    """Return each argument as an array of at least two axes."""
    arrays = [real_array(name, value) for name, value in named.items()]
    for name, array in zip(named, arrays, strict=True):
        if array.ndim < 2:
            raise ValueError(f"{name} must have at least two axes, got shape {array.shape}")
    return arrays


def row_numbers(name: str, value: ArrayLike, n_rows: int) -> NDArray[np.intp]:
    """Return `value` as an array of integers that a table of `n_rows` has rows for."""
    numbers = regular_array(name, value)
    if numbers.dtype.kind not in "iu" and numbers.size:
        raise TypeError(f"{name} must be integers, got dtype {numbers.dtype}")
    outside = numbers[(numbers < 0) | (numbers >= n_rows)]
    if outside.size:
        raise ValueError(f"{name} must lie between 0 and {n_rows - 1}, got {outside[0]}")
    return numbers.astype(np.intp, copy=False)


def rows_of_width(name: str, value: ArrayLike, width: int) -> NDArray[Any]:
    """Return `value` as an array of rows that are each `width` long."""
    (rows,) = matrices(**{name: value})
    if rows.shape[-1] != width:
        raise ValueError(f"{name} must be (…, n, {width}), got shape {rows.shape}")
    return rows


def leading_axes(**named: NDArray[Any]) -> tuple[int, ...]:
    """Return the leading axes that all arguments broadcast to."""
    try:
        return np.broadcast_shapes(*(array.shape[:-2] for array in named.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in named.items())
        raise ValueError(f"leading axes must broadcast together, got {shapes}") from None


def floating_dtype(*arrays: NDArray[Any]) -> np.dtype[Any]:
    """Return the dtype of the answer: the inputs' own, integers counting as float64."""
    return np.result_type(*(a.dtype if a.dtype.kind == "f" else np.float64 for a in arrays))


def accumulating_dtype(dtype: DTypeLike) -> np.dtype[Any]:
    """Return the dtype to sum in: float16 holds three digits, too few to add many terms."""
    return np.dtype(np.float32) if dtype == np.float16 else np.dtype(dtype)


def checked_mask(mask: ArrayLike, wanted: tuple[int, ...]) -> NDArray[Any]:
    """Return a boolean or a float mask that broadcasts to `wanted`."""
    mask = regular_array("mask", mask)
    if mask.dtype.kind not in "bf":
        raise TypeError(
            f"mask must be boolean (True = may attend) or float (added to the scores), "
            f"got dtype {mask.dtype}"
        )
    require_broadcast("mask", mask, wanted)
    return mask


def require_broadcast(name: str, array: NDArray[Any], wanted: tuple[int, ...]) -> None:
    """Refuse an array that does not broadcast to `wanted`, or would enlarge it."""
    try:
        fits = np.broadcast_shapes(array.shape, wanted) == wanted
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"{name} must broadcast to {wanted}, got shape {array.shape}")


def checked_scale(scale: float | None, d_k: int) -> float:
    """Return a Python float, for a NumPy float64 would promote float32 scores."""
    if scale is None:
        return 1 / math.sqrt(d_k) if d_k else 1.0
    return finite_number("scale", scale)


def finite_number(name: str, value: float) -> float:
    """Return `value` as a float that is neither NaN nor infinite."""
    number = real_number(name, value)
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite, got {value!r}")
    return number


def real_number(name: str, value: float) -> float:
    """Return `value` as a float, infinite if no float is as large."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a real number, got {value!r}")
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def integer(name: str, value: int) -> int:
    """Return `value` as an int, refusing floats and booleans."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    if not -(2**63) <= value < 2**63:
        raise ValueError(f"{name} must fit into 64 bits, got {value!r}")
    return int(value)


def size(name: str, value: int, least: int = 0) -> int:
    """Return `value` as an int of at least `least`."""
    value = integer(name, value)
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
    return value


def flag(name: str, value: bool) -> bool:
    """Return `value` as a bool, refusing what is merely true, such as the text "no" or a mask."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be True or False, got {value!r}")
    return bool(value)


def instance(name: str, value: Any, kind: type[Any]) -> Any:
    """Return `value`, refusing what is of another kind."""
    if not isinstance(value, kind):
        article = "an" if kind.__name__[0] in "AEIO" else "a"
        raise TypeError(f"{name} must be {article} {kind.__name__}, got {value!r}")
    return value


def random_source(rng: RandomSource | None) -> RandomSource:
    """Return `rng`, refusing whatever numbers cannot be drawn from."""
    if not isinstance(rng, RandomSource):
        raise TypeError(f"rng must be a RandomState or a Generator, got {rng!r}")
    return rng
