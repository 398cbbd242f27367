"""What a test may need and a machine may lack.

A missing piece skips the test and says which; under ``REQUIRE_ALL=1`` it fails it instead,
so that nothing is skipped in silence where everything was promised.
"""

import importlib
import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

import pytest

BUILD = Path(__file__).parents[1] / "_build"
PYODIDE, NPM = BUILD / "pyodide", BUILD / "npm"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def lacking(what: str):
    """Skip the running test for want of `what`, or fail it under ``REQUIRE_ALL=1``."""
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"{what} is missing and REQUIRE_ALL=1 allows no skip", pytrace=False)
    pytest.skip(f"{what} is missing", allow_module_level=True)


def require(module_name: str) -> ModuleType:
    """Import and return `module_name`, or skip (fail under ``REQUIRE_ALL=1``)."""
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        # A module that is there but fails to find one of its own is a fault, not an absence.
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise
    return lacking(f"the Python module {module_name}")


def require_program(name: str) -> Path:
    """Return the path of a command, or skip likewise."""
    found = shutil.which(name)
    return Path(found) if found else lacking(f"the program {name}")


def require_chromium() -> Path:
    """Return the path of a Chromium that Playwright can drive, or skip likewise."""
    require("playwright.sync_api")
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return Path(found) if found else lacking("a Chromium browser")


def require_pyodide() -> Path:
    """Return a folder of Pyodide's own files, which npm fetches once, or skip likewise."""
    if not PYODIDE.exists():
        require_program("npm")
        make = [str(require_program("make")), "-C", str(BUILD.parent), "pyodide"]
        if subprocess.run(make, capture_output=True).returncode:
            lacking("Pyodide, which npm could not fetch,")
    return PYODIDE


def require_npm(name: str, version: str) -> Path:
    """Return the folder of one version of an npm package, fetched once, or skip likewise."""
    folder = NPM / f"{name}-{version}"
    if not folder.exists():
        NPM.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=NPM) as fresh:
            pack = [str(require_program("npm")), "pack", "--silent", f"{name}@{version}"]
            if subprocess.run(pack, cwd=fresh, capture_output=True).returncode:
                lacking(f"{name} {version}, which npm could not fetch,")
            (archive,) = Path(fresh).glob("*.tgz")
            shutil.unpack_archive(archive, fresh, filter="data")
            Path(fresh, "package").rename(folder)  # whole or not there
    return folder
