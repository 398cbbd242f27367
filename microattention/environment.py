"""On what, when and with what a measurement was made."""

import importlib
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from . import __version__
from .hardware import second_level_cache

# What the usual BLAS libraries read when they start, most specific first.
THREAD_VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "OMP_NUM_THREADS",
)


def environment() -> dict[str, Any]:
    """Describe the machine, the date and the versions that a measurement depends on.

    Returns
    -------
    dict
        Of text and integers, fit for JSON. `date` is as from `now`. `blas_threads` is the number
        that threadpoolctl reports if it is installed, else what an environment variable asks for,
        else ``"unknown"``; `blas_threads_from` says which. `second_level_cache` is in bytes,
        or ``"unknown"``.

    Examples
    --------
    >>> for name in environment():
    ...     print(name)
    machine
    processor
    processors
    second_level_cache
    system
    date
    python
    numpy
    microattention
    blas
    blas_threads
    blas_threads_from
    """
    return {
        "machine": platform.machine() or "unknown",
        "processor": _processor(),
        "processors": os.cpu_count() or "unknown",
        "second_level_cache": second_level_cache() or "unknown",
        "system": platform.system() or "unknown",
        "date": now(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "microattention": __version__,
        **_blas(),
    }


def now() -> str:
    """Return the `moment` in the form of ISO 8601, to the second.

    Examples
    --------
    >>> len(now()) == len("2025-01-31T12:00:00Z")
    True
    """
    return moment().strftime("%Y-%m-%dT%H:%M:%SZ")


def moment() -> datetime:
    """Return the date and time, which a build that is to be repeatable fixes.

    Returns
    -------
    datetime
        In UTC.

    Raises
    ------
    ValueError
        If the environment variable SOURCE_DATE_EPOCH is set to what is no number of seconds.

    Notes
    -----
    The variable is that of reproducible-builds.org: seconds since the beginning of 1970.

    Examples
    --------
    >>> moment().tzname()
    'UTC'
    """
    fixed = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        return datetime.fromtimestamp(int(fixed), UTC) if fixed else datetime.now(UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError(
            f"SOURCE_DATE_EPOCH must be a number of seconds since 1970, got {fixed!r}"
        ) from None


def stamp(described: dict[str, Any]) -> str:
    """Put a description of the environment in a few lines.

    Parameters
    ----------
    described : dict
        As from `environment`; with `peers`, the versions of other libraries, if they took part.

    Returns
    -------
    str
        The machine, the date and versions, and the BLAS with its threads.

    Examples
    --------
    >>> print(stamp({
    ...     "machine": "x86_64", "processor": "A processor", "processors": 2, "system": "Linux",
    ...     "second_level_cache": 1048576, "peers": {"torch": "2.13.0"},
    ...     "date": "2025-01-31T12:00:00Z", "python": "3.11.7", "numpy": "2.4.0",
    ...     "microattention": "0.1.0", "blas": "openblas 0.3.31", "blas_threads": 1,
    ...     "blas_threads_from": "threadpoolctl",
    ... }))
    Machine: A processor, 2 logical processors, L2 cache 1024 KiB, x86_64, Linux
    Date: 2025-01-31T12:00:00Z; Python 3.11.7, NumPy 2.4.0, microattention 0.1.0, torch 2.13.0
    BLAS: openblas 0.3.31, threads: 1 (from threadpoolctl)
    """
    cache, peers = described["second_level_cache"], described.get("peers", {})
    cache = f"{cache // 1024} KiB" if isinstance(cache, int) else cache
    named = "".join(f", {name} {version}" for name, version in peers.items())
    return (
        "Machine: {processor}, {processors} logical processors, L2 cache {cache}, {machine}, "
        "{system}\n"
        "Date: {date}; Python {python}, NumPy {numpy}, microattention {microattention}{named}\n"
        "BLAS: {blas}, threads: {blas_threads} (from {blas_threads_from})"
    ).format_map({**described, "cache": cache, "named": named})


def _processor() -> str:
    """Name the processor; `platform` alone knows it on few systems."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or "unknown")


def _blas() -> dict[str, Any]:
    """Name the BLAS and its threads, from the best source there is."""
    try:
        threadpoolctl = importlib.import_module("threadpoolctl")
    except ImportError:
        return {"blas": _blas_of_build(), **_threads_of_variables()}
    for library in threadpoolctl.threadpool_info():
        if library["user_api"] == "blas":
            return {
                "blas": f"{library['internal_api']} {library['version'] or ''}".strip(),
                "blas_threads": library["num_threads"],
                "blas_threads_from": "threadpoolctl",
            }
    return {"blas": _blas_of_build(), **_threads_of_variables()}


def _blas_of_build() -> str:
    """Name the BLAS that NumPy was built with."""
    built = np.show_config(mode="dicts")["Build Dependencies"].get("blas", {})
    return f"{built.get('name', 'unknown')} {built.get('version', '')}".strip()


def _threads_of_variables() -> dict[str, Any]:
    """Read the number of threads that the environment asks for."""
    for variable in THREAD_VARIABLES:
        asked = os.environ.get(variable, "")
        if asked.isascii() and asked.isdigit():
            return {"blas_threads": int(asked), "blas_threads_from": variable}
    return {
        "blas_threads": "unknown",
        "blas_threads_from": "nothing: threadpoolctl is not installed and no variable is set",
    }
