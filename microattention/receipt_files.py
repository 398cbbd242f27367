"""Receipts as files: a small JSON file, and beside it the log-sum-exp as `.npy`.

`run.json` has its log-sum-exp in `run.lse.npy`. The name is a rule and not in the file, so no
receipt can point anywhere else. What is read may come from anyone: nothing in it is run,
unpickled or followed, and no more is read than its place allows for.
"""

import io
import json
import math
import os
import re
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .files import check_writable, write_atomically
from .fingerprints import DTYPES, Fingerprint
from .receipts import SCHEMA, Receipt, versions

LARGEST_RECEIPT = 2**20  # bytes; names and digests of a few thousand tensors
LARGEST_LSE = 2**33  # bytes; a thousand million queries
LARGEST_HEADER = 10_000  # bytes; what NumPy itself agrees to parse
MEMBERS = ("schema", "inputs", "model", "causal", "mask", "scale", "lse", "versions", "sha256")


def write_receipt(path: str | os.PathLike[str], receipt: Receipt) -> None:
    """Write a receipt and its log-sum-exp, each whole or not at all.

    Parameters
    ----------
    path : path-like
        Of the JSON file, ending in ``.json``; the other has ``.lse.npy`` in place of that.
    receipt : Receipt
        As made.

    Raises
    ------
    OSError
        If either cannot be written.
    ValueError
        If the name does not end in ``.json``.

    Examples
    --------
    >>> import tempfile
    >>> receipt = Receipt.make([[1.0]], [[2.0]], [[3.0]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_receipt(Path(folder, "run.json"), receipt)
    ...     print(*sorted(os.listdir(folder)))
    ...     read_receipt(Path(folder, "run.json")).sha256 == receipt.sha256
    run.json run.lse.npy
    True
    """
    beside = lse_path(path)
    check_writable(os.fspath(path))
    array = io.BytesIO()
    little_endian = receipt.lse.astype(receipt.lse.dtype.newbyteorder("<"))
    np.save(array, little_endian, allow_pickle=False)
    text = json.dumps(receipt.content() | {"sha256": receipt.sha256}, indent=1)
    write_atomically(os.fspath(beside), array.getvalue())
    write_atomically(os.fspath(path), (text + "\n").encode("ascii"))


def read_receipt(path: str | os.PathLike[str]) -> Receipt:
    """Read a receipt, and refuse whatever is not one.

    Parameters
    ----------
    path : path-like
        Of the JSON file.

    Returns
    -------
    Receipt
        As the files have it; whether it is true is for `microattention.audit.verify` to say.

    Raises
    ------
    ValueError
        If either file is missing, too large, no regular file or not of the published schema.

    Examples
    --------
    >>> read_receipt("nowhere.json")
    Traceback (most recent call last):
    ValueError: nowhere.json: No such file or directory
    """
    path, beside = Path(path), lse_path(path)
    _require_regular(path, LARGEST_RECEIPT)
    content = _naming(path, _parse, _naming(path, path.read_bytes))
    fields = _naming(path, _fields, content)
    if beside.is_symlink():
        raise ValueError(f"{beside}: must be a file, got a symbolic link")
    _require_regular(beside, LARGEST_LSE)
    return Receipt(lse=_naming(beside, _read_lse, beside, fields["recorded"]), **fields)


def lse_path(path: str | os.PathLike[str]) -> Path:
    """Return where the log-sum-exp of a receipt stands.

    >>> print(lse_path("run.json"))
    run.lse.npy
    """
    path = Path(path)
    if path.suffix != ".json":
        raise ValueError(f"{str(path)!r}: the name of a receipt must end in .json")
    return path.with_suffix(".lse.npy")


def _require_regular(path: Path, largest: int) -> None:
    """Refuse what is missing, would never end, or is too large."""
    try:
        found = path.stat()
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise ValueError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    if not stat.S_ISREG(found.st_mode):
        raise ValueError(f"{path}: must be a regular file")
    if found.st_size > largest:
        raise ValueError(f"{path}: must have at most {largest} bytes, got {found.st_size}")


def _naming(path: Path, read: Callable[..., Any], *arguments: Any) -> Any:
    """Call a reader and name the file in its error."""
    try:
        return read(*arguments)
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from None


def _parse(text: bytes) -> Any:
    """Read JSON without names that occur twice, or numbers that JSON does not have."""
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("is nested too deeply") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of pairs; of two members of one name, other programs might take the other."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("an object has two members of one name")
    return members


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _fields(content: Any) -> dict[str, Any]:
    """Return a receipt's fields but the array, all of the kinds that the schema says."""
    schema = content.get("schema") if isinstance(content, dict) else None
    if type(schema) is int and schema > SCHEMA:
        raise ValueError(f"has schema {schema}, newer than {SCHEMA}: update microattention")
    _require_members("a receipt", content, MEMBERS)
    _require("schema", schema, type(schema) is int and schema == SCHEMA)
    _require_members("inputs", content["inputs"], ("Q", "K", "V"))
    _require_members("versions", content["versions"], tuple(versions()))
    for name, text in content["versions"].items():
        _require(f"versions.{name}", text, isinstance(text, str) and 0 < len(text) <= 100)
    _require("model", content["model"], isinstance(content["model"], dict))
    _require("causal", content["causal"], isinstance(content["causal"], bool))
    recorded = _fingerprint("lse", content["lse"])
    _require("lse.dtype", recorded.dtype, recorded.dtype in ("float32", "float64"))
    return {
        "inputs": {name: _fingerprint(name, one) for name, one in content["inputs"].items()},
        "model": {name: _fingerprint(name, one) for name, one in content["model"].items()},
        "causal": content["causal"],
        "mask": None if content["mask"] is None else _fingerprint("mask", content["mask"]),
        "scale": _scale(content["scale"]),
        "versions": content["versions"],
        "recorded": recorded,
        "sha256": _sha256("sha256", content["sha256"]),
    }


def _fingerprint(name: str, one: Any) -> Fingerprint:
    """Return a fingerprint of the kinds that the schema says."""
    _require_members(name, one, Fingerprint._fields)
    shape = one["shape"]
    _require(f"{name}.shape", shape, isinstance(shape, list) and len(shape) <= 32)
    for size in shape:
        _require(f"{name}.shape", shape, type(size) is int and 0 <= size < 2**48)
    _require(f"{name}.dtype", one["dtype"], one["dtype"] in DTYPES)
    return Fingerprint(tuple(shape), one["dtype"], _sha256(f"{name}.sha256", one["sha256"]))


def _scale(number: Any) -> float:
    """Return a number that a float can hold."""
    largest = sys.float_info.max
    _require("scale", number, type(number) in (int, float) and -largest <= number <= largest)
    return float(number)


def _sha256(name: str, text: Any) -> str:
    """Return a digest, in the digits that this package writes."""
    _require(name, text, isinstance(text, str) and bool(re.fullmatch("[0-9a-f]{64}", text)))
    return str(text)


def _require_members(name: str, value: Any, members: tuple[str, ...]) -> None:
    """Refuse what is not an object with just these members."""
    if not isinstance(value, dict) or set(value) != set(members):
        got = ", ".join(value) if isinstance(value, dict) else type(value).__name__
        raise ValueError(f"{name} must have the members {', '.join(members)}, got {got[:100]}")


def _require(name: str, value: Any, holds: bool) -> None:
    """Refuse a value that is not of the schema."""
    if not holds:
        raise ValueError(f"{name} is not of the schema: {json.dumps(value)[:100]}")


def _read_lse(path: Path, recorded: Fingerprint) -> NDArray[Any]:
    """Read the array, of which the receipt says how large it must be before it is opened."""
    n_bytes = math.prod(recorded.shape) * np.dtype(recorded.dtype).itemsize
    if not n_bytes <= path.stat().st_size <= n_bytes + LARGEST_HEADER:
        raise ValueError(f"must have {n_bytes} bytes and a header, got {path.stat().st_size}")
    with path.open("rb") as file:
        try:
            version = np.lib.format.read_magic(file)
            shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        except Exception as error:  # whatever NumPy's parser meets in a header
            raise ValueError(f"is not a .npy file ({error})") from None
        if (version, shape, dtype.name) != ((1, 0), recorded.shape, recorded.dtype):
            raise ValueError(
                f"must be {recorded.dtype} of shape {recorded.shape}, got {dtype} of shape {shape}"
            )
        if path.stat().st_size != file.tell() + n_bytes:
            raise ValueError(f"must have {n_bytes} bytes after its header")
        file.seek(0)
        array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
        return array.astype(recorded.dtype, copy=False)  # in this machine's byte order
