"""Where the page gets Python from: Pyodide's files, by address or from a folder, all pinned.

`pyodide.json` holds the digests of Pyodide's own files. Those of the packages that come with it
stand in its lock, which is one of these files.
"""

import hashlib
import json
from base64 import b64encode
from pathlib import Path
from typing import Any

PINNED = json.loads((Path(__file__).parent / "pyodide.json").read_text(encoding="utf-8"))
LOCK = "pyodide-lock.json"


def is_address(source: str) -> bool:
    """Say whether the source is an address rather than a folder.

    >>> is_address("https://example.org/pyodide/"), is_address("../pyodide")
    (True, False)
    """
    return "://" in source


def entry(name: str, content: bytes) -> dict[str, Any]:
    """Describe a file that the page may fetch: its name, size and digest."""
    return {"name": name, "bytes": len(content), "integrity": integrity(sha256(content))}


def pinned() -> list[dict[str, Any]]:
    """Describe Pyodide's own files, which are fetched from an address."""
    return [
        {"name": name, "bytes": file["bytes"], "integrity": integrity(file["sha256"])}
        for name, file in PINNED["files"].items()
    ]


def read_folder(folder: Path, packages: list[str]) -> dict[str, bytes]:
    """Read Pyodide from a folder, each file held to its digest.

    Parameters
    ----------
    folder : Path
        As the npm package `pyodide` or Pyodide's release unpacks.
    packages : list of str
        Those wanted beside it. One whose file is not there is left out.

    Returns
    -------
    dict of bytes
        By file name.

    Raises
    ------
    ValueError
        If a file is missing or is not the pinned one.
    """
    wanted = {name: file["sha256"] for name, file in PINNED["files"].items()}
    files = {name: read(folder / name, digest) for name, digest in wanted.items()}
    known = json.loads(files[LOCK])["packages"]
    for package in packages:
        path = folder / known[package]["file_name"]
        if path.exists():
            files[path.name] = read(path, known[package]["sha256"])
    return files


def read(path: Path, digest: str) -> bytes:
    """Return a file's content, which must have this digest."""
    if not path.exists():
        raise ValueError(f"{path} is missing: PYODIDE is to name a folder of the npm package "
                         f"pyodide {PINNED['version']}")  # fmt: skip
    content = path.read_bytes()
    if sha256(content) != digest:
        raise ValueError(
            f"{path} is not the file of Pyodide {PINNED['version']}: its SHA-256 is "
            f"{sha256(content)}, wanted {digest}"
        )
    return content


def sha256(content: bytes) -> str:
    """Return the digest of a content, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def integrity(digest: str) -> str:
    """Write a digest as a browser wants it.

    >>> integrity("00" * 32)
    'sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='
    """
    return f"sha256-{b64encode(bytes.fromhex(digest)).decode()}"
