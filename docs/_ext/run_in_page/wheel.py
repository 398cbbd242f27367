"""The package as a wheel, made from this tree by its build backend, the same bytes each time."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BUILD = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
NOT_SOURCE = shutil.ignore_patterns(".*", "_build", "__pycache__", "*.egg-info", "auto_gallery")
YEAR_1980 = "315532800"  # the first that a zip archive knows: a wheel depends on its content alone


def build_wheel(project: Path) -> tuple[str, bytes]:
    """Build a project's wheel in a copy, so that the tree stays as it is.

    Parameters
    ----------
    project : Path
        The folder of its pyproject.toml.

    Returns
    -------
    tuple of (str, bytes)
        Its name and its content.

    Raises
    ------
    ValueError
        If it cannot be built; the message is the backend's.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy, made = Path(folder, "project"), Path(folder, "made")
        shutil.copytree(project, copy, ignore=NOT_SOURCE)
        environment = os.environ | {"SOURCE_DATE_EPOCH": YEAR_1980}
        command = [sys.executable, "-W", "ignore", "-c", BUILD, str(made)]
        run = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True)
        if run.returncode:
            raise ValueError(f"the package's wheel cannot be built:\n{run.stderr}")
        wheel = next(made.glob("*.whl"))
        return wheel.name, wheel.read_bytes()
