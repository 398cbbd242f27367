"""What identifies an array: its shape, its dtype and a digest of its numbers.

The digest is the same wherever the array lies and however: byte order, strides and the order of
its axes in memory make no difference, one bit of one number does.
"""

import hashlib
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arguments import regular_array

CODES = ("?", "f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")
DTYPES = tuple(np.dtype(code).name for code in CODES)


class Fingerprint(NamedTuple):
    """Shape, dtype and SHA-256 of an array."""

    shape: tuple[int, ...]
    dtype: str
    sha256: str


def fingerprint(name: str, value: ArrayLike) -> Fingerprint:
    """Take an array's fingerprint, in memory for a few numbers only, however large it is.

    Parameters
    ----------
    name : str
        What an error calls the array.
    value : array_like
        Real numbers or booleans.

    Returns
    -------
    Fingerprint
        Its `sha256` is that of the numbers' bytes, each number little-endian, the last axis
        running fastest.

    Raises
    ------
    TypeError
        If the dtype is not one whose bytes are the same on every machine; long doubles are not.

    Examples
    --------
    >>> there = np.array([[1, 2], [3, 4]], ">f8", order="F")
    >>> here = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> fingerprint("K", there) == fingerprint("K", here)
    True
    >>> fingerprint("K", here).dtype, fingerprint("K", here).sha256[:8]
    ('float64', '6bab56d2')
    """
    array = regular_array(name, value)
    if array.dtype.name not in DTYPES:
        raise TypeError(f"{name} must be of dtype {', '.join(DTYPES)}, got {array.dtype}")
    return Fingerprint(array.shape, array.dtype.name, _digest(array))


def _digest(array: NDArray[Any]) -> str:
    """Hash the numbers in order, a buffer at a time."""
    sha256 = hashlib.sha256()
    pieces = np.nditer(
        array,
        flags=["external_loop", "buffered", "zerosize_ok"],
        op_dtypes=array.dtype.newbyteorder("<"),
        casting="equiv",
        order="C",
        buffersize=2**16,
    )
    for piece in pieces:
        sha256.update(np.ascontiguousarray(piece).data)
    return sha256.hexdigest()
