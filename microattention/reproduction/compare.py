"""How a published text is held against what a recipe returns.

A number may be off by half a unit of the last digit that was printed, which is what its author's
rounding implies; shapes and words must be the same; a statement holds or does not.
"""

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

NUMBER = re.compile(
    r"(?<![\w.])[-+−]?(?:inf|nan|(?:\d{1,3}(?:,\d{3})+|\d+)\.?\d*|\.\d+)(?:e[-+]?\d+)?%?"
)
SLACK = 1e-9  # relative: what binary fractions may add to half a unit


@dataclass(frozen=True)
class Finding:
    """Whether a statement holds, and what was seen that tells.

    Examples
    --------
    >>> Finding(holds=0.25 > 0.25, seen="25.0%, and chance is 25.0%")
    Finding(holds=False, seen='25.0%, and chance is 25.0%')
    """

    holds: bool
    seen: str


@dataclass(frozen=True)
class Between:
    """A number known within bounds, for it is made of numbers that were rounded.

    Examples
    --------
    >>> compare("+500%", Between(4.975, 5.007)).agrees
    True
    """

    low: float | NDArray[Any]
    high: float | NDArray[Any]


class Comparison(NamedTuple):
    """Whether the two agree, our side as text, and how far apart they are."""

    agrees: bool
    ours: str
    apart: str


Result = bool | str | float | tuple[int, ...] | NDArray[Any] | Finding | Between


def compare(published: str, result: Result, tolerance: float | None = None) -> Comparison:
    """Compare a published text with what a recipe returned.

    Parameters
    ----------
    published : str
        The text as printed: numbers among other text, a shape, words, or a statement.
    result : bool, Finding, str, tuple of int, number, array or Between
        A truth value or a finding is about the statement that the text makes, unless the text
        is ``True`` or ``False``; text and shapes are compared for being the same; numbers one
        by one, in the order of printing.
    tolerance : float, optional
        How far numbers may be off, in the units printed; half a unit of the last digit printed
        when not given, for several numbers of the finest among them.

    Returns
    -------
    Comparison
        `ours` is written with as many decimals as were printed.

    Raises
    ------
    ValueError
        If there are not as many numbers in the text as were computed.

    Examples
    --------
    >>> compare("93.7%", 0.93732481)
    Comparison(agrees=True, ours='93.7%', apart='')
    >>> compare("[0.39 0.61]", np.array([1.0, 0.0]))
    Comparison(agrees=False, ours='[1.00 0.00]', apart='by up to 0.61, where 0.005 is rounding')
    >>> compare("(4, 6)", (4, 8))
    Comparison(agrees=False, ours='(4, 8)', apart='another shape')
    """
    if isinstance(result, Finding):
        return _statement(published, result.holds, result.seen)
    if isinstance(result, (bool, np.bool_)):
        return _statement(published, bool(result), str(bool(result)))
    if isinstance(result, str):
        return _words(published, result)
    if isinstance(result, tuple):
        return _shape(published, result)
    return _values(published, result, tolerance)


def part_of(result: Result, part: tuple[int, ...]) -> Result:
    """Take one row, or one number, of what a recipe returned.

    Parameters
    ----------
    result : array or Between
        Whatever has rows.
    part : tuple of int
        Counted from 0, an index for each axis taken.

    Returns
    -------
    number, array or Between
        Of that part.

    Raises
    ------
    ValueError
        If the result has no such part.

    Examples
    --------
    >>> float(part_of(np.array([0.1, 0.9]), (1,)))
    0.9
    >>> part_of(True, (1,))
    Traceback (most recent call last):
    ValueError: True has no part (1,)
    """
    try:
        if isinstance(result, Between):
            return Between(np.asarray(result.low)[part], np.asarray(result.high)[part])
        taken: NDArray[Any] = np.asarray(result)[part]
        return taken
    except IndexError:
        raise ValueError(f"{result!r} has no part {part}") from None


class Printed(NamedTuple):
    """The numbers of a text, and how they were written."""

    values: NDArray[np.float64]
    decimals: int  # of the number with most
    percent: bool


def printed_numbers(text: str) -> Printed:
    """Find the numbers in a text.

    Parameters
    ----------
    text : str
        Any text; digits that belong to a word are no numbers, thousands may have commas.

    Returns
    -------
    Printed
        Percentages as they are printed, not divided by a hundred.

    Examples
    --------
    >>> printed_numbers("[ 0. -inf]").values
    array([  0., -inf])
    >>> printed_numbers("about 124,439,808 in GPT2").values
    array([1.24439808e+08])
    >>> printed_numbers("+376%").percent
    True
    """
    words = [match.group() for match in NUMBER.finditer(text)]
    plain = [word.rstrip("%").replace(",", "").replace("−", "-") for word in words]
    decimals = [len(word.partition(".")[2].split("e")[0]) for word in plain]
    values = np.array([float(word) for word in plain])
    return Printed(values, max(decimals, default=0), any(word.endswith("%") for word in words))


def _statement(published: str, holds: bool, seen: str) -> Comparison:
    """Compare a truth value with a statement, which claims to be true unless it says False."""
    agrees = holds != (published.strip() == "False")
    return Comparison(agrees, seen, "" if agrees else "it does not hold")


def _words(published: str, ours: str) -> Comparison:
    """Compare words, however they are spaced."""
    agrees = published.split() == ours.split()
    return Comparison(agrees, ours, "" if agrees else "another answer")


def _shape(published: str, ours: tuple[int, ...]) -> Comparison:
    """Compare shapes, whichever brackets they stand in."""
    agrees = printed_numbers(published).values.tolist() == list(ours)
    return Comparison(agrees, str(ours), "" if agrees else "another shape")


def _values(published: str, result: Any, tolerance: float | None) -> Comparison:
    """Compare numbers one by one."""
    printed = printed_numbers(published)
    allowed = 0.5 * 10.0**-printed.decimals if tolerance is None else tolerance
    low, high = (result.low, result.high) if isinstance(result, Between) else (result, result)
    low, high = (np.asarray(bound) * (100 if printed.percent else 1) for bound in (low, high))
    if low.size != printed.values.size:
        raise ValueError(f"computed {low.size} numbers, {published!r} has {printed.values.size}")
    distance = _outside(printed.values, low.ravel(), high.ravel())
    enough = distance <= allowed + SLACK * np.maximum(1, abs(low.ravel()))
    agrees = bool((np.isfinite(distance) & enough).all())
    ours = _written(low, printed)
    if isinstance(result, Between):
        ours += f" to {_written(high, printed)}"
    return Comparison(agrees, ours, "" if agrees else _apart(distance, allowed, printed.percent))


def _outside(
    values: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How far each value lies outside its bounds; infinite where one side alone is finite."""
    with np.errstate(invalid="ignore"):  # inf − inf, which is settled by equality
        outside = np.maximum(np.maximum(low - values, values - high), 0.0)
    outside[np.isnan(outside)] = np.inf
    return np.where((values == low) | (values == high), 0.0, outside)


def _written(array: NDArray[np.float64], printed: Printed) -> str:
    """Write numbers as the published ones are written."""
    if array.ndim:
        return "[" + " ".join(_written(part, printed) for part in array) + "]"
    return f"{array:z.{printed.decimals}f}" + "%" * printed.percent  # z: no nought has a sign


def _apart(distance: NDArray[np.float64], allowed: float, percent: bool) -> str:
    """Say how far apart numbers are, and what would have been rounding."""
    largest, points = distance.max(), " points" * percent
    if np.isinf(largest):
        return "one is no finite number and the other is"
    upto = "up to " * (distance.size > 1)
    rounding = np.format_float_positional(allowed, trim="-")
    return f"by {upto}{largest:.2g}{points}, where {rounding} is rounding"
