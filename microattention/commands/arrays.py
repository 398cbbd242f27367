"""Arrays that a command is given as files, `.npy` or `.npz`; none that would have to run code."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..usage import UsageError


def load_inputs(paths: Sequence[str]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Read Q, K and V.

    Parameters
    ----------
    paths : sequence of str
        One `.npz` that has them by name, or three `.npy` in this order.

    Returns
    -------
    Q, K, V : ndarray

    Raises
    ------
    UsageError
        If that is not what the files are.

    Examples
    --------
    >>> load_inputs(["Q.npy", "K.npy"])
    Traceback (most recent call last):
    microattention.usage.UsageError: Q, K and V must be one .npz or three .npy, got 2 files
    """
    if len(paths) == 3:
        return load_array(paths[0]), load_array(paths[1]), load_array(paths[2])
    if len(paths) != 1:
        raise UsageError(f"Q, K and V must be one .npz or three .npy, got {len(paths)} files")
    with _one_line(paths[0]), open(paths[0], "rb") as file:
        archive = np.load(file, allow_pickle=False)
        if isinstance(archive, np.ndarray):
            raise ValueError("must be an .npz with Q, K and V, got one array")
        Q, K, V = (archive[name] for name in ("Q", "K", "V"))
        return Q, K, V


def load_array(path: str) -> NDArray[Any]:
    """Read one array, which stays in its file until it is used.

    Parameters
    ----------
    path : str
        Of a `.npy` file.

    Returns
    -------
    ndarray
        Read-only.

    Raises
    ------
    UsageError
        If it cannot be read, or is not one array of plain values.

    Examples
    --------
    >>> load_array("nowhere.npy")
    Traceback (most recent call last):
    microattention.usage.UsageError: nowhere.npy: No such file or directory
    """
    with _one_line(path):
        return np.lib.format.open_memmap(path, mode="r")


def load_bytes(paths: Sequence[str]) -> dict[str, NDArray[np.uint8]]:
    """Look at whole files as arrays of bytes, by their names without folders.

    Parameters
    ----------
    paths : sequence of str
        Of files of any format.

    Returns
    -------
    dict of str to ndarray of uint8, (n_bytes,)

    Raises
    ------
    UsageError
        If one cannot be read or is empty, or two have the same name.

    Examples
    --------
    >>> load_bytes(["model.safetensors"])
    Traceback (most recent call last):
    microattention.usage.UsageError: model.safetensors: No such file or directory
    """
    files: dict[str, NDArray[np.uint8]] = {}
    for path in paths:
        with _one_line(path):
            files[os.path.basename(path)] = np.memmap(path, np.uint8, mode="r")
    if len(files) < len(paths):
        raise UsageError("two files have the same name, and a receipt records no folders")
    return files


@contextmanager
def _one_line(path: str) -> Iterator[None]:
    """Refuse what is no file, since a pipe would be waited for, and what cannot be read."""
    try:
        if os.stat(path) and not os.path.isfile(path):
            raise ValueError("is no file")
        yield
    except OSError as error:
        raise UsageError(f"{path or repr(path)}: {error.strerror or error}") from None
    except MemoryError:
        raise
    except Exception as error:  # whatever NumPy and zipfile meet in a broken file
        raise UsageError(f"{path}: {error}") from None
