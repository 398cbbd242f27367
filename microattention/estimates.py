"""Figures estimated from repeated draws, each with its Monte Carlo error.

The error is one standard error: the usual distance between what this many draws give and what
infinitely many would. About two estimates in three lie within one such distance of the truth,
and about nineteen in twenty within two.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arguments import real_array, regular_array


class Estimate(NamedTuple):
    """A figure from a limited number of draws, and its standard error.

    Examples
    --------
    >>> one = Estimate(0.245, 0.0043)
    >>> print(f"{one.value:.1%} ± {one.error:.1%}")
    24.5% ± 0.4%
    """

    value: float
    error: float


def estimate_rate(happened: ArrayLike) -> Estimate:
    """Estimate how often something happens.

    Parameters
    ----------
    happened : array_like of bool, (n_draws,)
        Whether it happened in each draw.

    Returns
    -------
    Estimate
        The share p of draws in which it did, and the binomial standard error √(p(1 − p)/n).
        Where it happened always or never, the error is 0 and says nothing.

    Raises
    ------
    TypeError
        If `happened` is not boolean.
    ValueError
        If it is empty, or has more than one axis.

    Examples
    --------
    A coin that fell on its head in half of 100 throws:

    >>> estimate_rate([True, False] * 50)
    Estimate(value=0.5, error=0.05)
    """
    draws = _draws("happened", regular_array("happened", happened))
    if draws.dtype != np.bool_:
        raise TypeError(f"happened must be boolean, got dtype {draws.dtype}")
    rate = float(draws.mean())
    return Estimate(rate, math.sqrt(rate * (1 - rate) / len(draws)))


def estimate_median(values: ArrayLike) -> Estimate:
    """Estimate the value that half of all draws stay below.

    Parameters
    ----------
    values : array_like, (n_draws,)
        What came out of each draw.

    Returns
    -------
    Estimate
        The median, and half the distance between the values √n/2 places below and above the
        middle of the sorted draws.

    Raises
    ------
    TypeError
        If `values` does not hold real numbers.
    ValueError
        If it is empty, has more than one axis or holds NaN, which has no place in an order.

    Notes
    -----
    The number of draws that fall below the true median is binomial, with n tries at even odds,
    so its standard deviation is √n/2: the true median lies within that many places of the
    middle about two times in three, whatever the distribution (David and Nagaraja, *Order
    Statistics*, on distribution-free confidence intervals for quantiles).

    Examples
    --------
    √100/2 is 5 places to either side:

    >>> estimate_median(range(100))
    Estimate(value=49.5, error=5.0)
    """
    draws = np.sort(_draws("values", real_array("values", values)))
    if np.isnan(draws[-1]):  # sorted to the end
        raise ValueError("values must have an order, got NaN among them")
    n = len(draws)
    middle, reach = (n - 1) / 2, math.sqrt(n) / 2
    low, high = draws[max(round(middle - reach), 0)], draws[min(round(middle + reach), n - 1)]
    with np.errstate(invalid="ignore"):  # between −inf and inf there is no middle: NaN
        return Estimate(float(np.median(draws)), float(high - low) / 2)


def _draws(name: str, draws: NDArray[Any]) -> NDArray[Any]:
    """Refuse what is not a row of at least one draw."""
    if draws.ndim != 1 or len(draws) == 0:
        raise ValueError(f"{name} must be (n_draws,) with at least one, got shape {draws.shape}")
    return draws
