"""A copy of the project, and make run in it, for tests that break something or build something."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from optional import require_program

ROOT = Path(__file__).parent.parent
NOT_SOURCE = shutil.ignore_patterns(".*", "_build", "auto_gallery", "__pycache__", "*.egg-info")
# An outer make or pytest hands its options down by these; the inner one must not see them.
HANDED_DOWN = ("MAKE", "MFLAGS", "PYTEST")


def copy_project(folder: Path) -> Path:
    """Copy everything that a build reads, and nothing that one made, into a new `folder`/copy."""
    return Path(shutil.copytree(ROOT, folder / "copy", ignore=NOT_SOURCE))


def make(tree: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run make in `tree`."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(HANDED_DOWN)}
    command = [str(require_program("make")), *arguments]
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)


def make_here(tree: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run make in `tree` with this Python and what is installed beside it, installing nothing.

    A copy has no history of its own: what it builds names the commit of this checkout.
    """
    here = f"PY={sys.executable}", f"GIT_DIR={ROOT / '.git'}"
    return make(tree, "-o", ".venv/ready", *here, *arguments)
