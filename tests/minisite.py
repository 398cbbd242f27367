"""A miniature site in a temporary folder, built with the site's own extension.

Builds run in this process where they can, for starting another Python takes longer than they do.
"""

import io
import json
import os
import subprocess
import sys
import warnings
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from optional import require

EXTENSIONS = Path(__file__).parents[1] / "docs" / "_ext"
EPOCH = "1700000000"  # 14 November 2023
CONF = """\
project, author, version = "Mini", "The mini authors", "1.2"
extensions = ["myst_parser", "outputs"]
include_patterns = ["index.*", "essay/*", "auto_gallery/**"]
exclude_patterns = ["**/*.py", "**/*.json"]
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
outputs_package, outputs_ledger = "mini", "outputs.lock"
html_theme = "basic"
"""
STATIC = str(EXTENSIONS.parent / "_static")
LOOK = f'html_static_path, html_css_files = [{STATIC!r}], ["custom.css"]\n'  # the whole site's
SHARE = "# Shares\n\n```pycon\n>>> print(0.93732481)  # out: share\n0.93732481\n\n```\n"
PIXEL = bytes.fromhex(  # a PNG of one pixel
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
)


class Build(NamedTuple):
    """What became of a build."""

    code: int
    said: str
    warned: str


class MiniSite:
    """Sources in a folder, and the site that is built from them."""

    def __init__(self, root: Path, conf: str = "", **sources: str) -> None:
        require("sphinx")
        require("myst_parser")
        self.root = root
        self.write("conf.py", CONF + conf)
        self.write("mini/__init__.py", "")
        chapters = {name: text for name, text in sources.items() if name not in ("index", "README")}
        toctree = "\n".join(f"essay/{name}" for name in chapters)
        self.write(
            "index.md", sources.get("index", "# Mini") + f"\n\n```{{toctree}}\n{toctree}\n```\n"
        )
        for name, text in chapters.items():
            self.write(f"essay/{name}.md", text)
        if "README" in sources:
            self.write("README.md", sources["README"])

    @property
    def html(self) -> Path:
        return self.root / "_build" / "html"

    @property
    def manifest(self) -> dict:
        return json.loads(self.read("outputs.json"))

    @property
    def outputs(self) -> dict[str, dict]:
        return {output["id"]: output for output in self.manifest["outputs"]}

    @property
    def ledger(self) -> dict:
        return json.loads((self.root / "outputs.lock").read_text("utf-8"))

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def change(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text("utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    def read(self, name: str) -> str:
        return (self.html / name).read_text("utf-8")

    def build(self, *options: str, into: str = "_build") -> Build:
        """Build the site here."""
        said, warned = io.StringIO(), io.StringIO()
        with ExitStack() as stack:
            stack.enter_context(mock.patch.dict(os.environ, SOURCE_DATE_EPOCH=EPOCH))
            stack.enter_context(mock.patch.object(sys, "path", [str(self.root), *sys.path]))
            sys.modules.pop("mini", None)  # another site's, or what this one's was
            stack.enter_context(warnings.catch_warnings(action="ignore"))  # of other libraries
            stack.enter_context(redirect_stdout(said))
            stack.enter_context(redirect_stderr(warned))
            code = _run(self._arguments(options, into))
        return Build(code, said.getvalue(), warned.getvalue())

    def build_apart(self, *options: str, into: str = "_build") -> Build:
        """Build the site in a Python of its own, as `make site` does."""
        path = os.pathsep.join([str(EXTENSIONS), str(self.root)])
        environment = os.environ | {"SOURCE_DATE_EPOCH": EPOCH, "PYTHONPATH": path}
        command = [sys.executable, "-m", "sphinx", *self._arguments(options, into)]
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return Build(run.returncode, run.stdout, run.stderr)

    def built(self, *options: str) -> "MiniSite":
        """Build the site, which must succeed."""
        build = self.build(*options)
        assert build.code == 0, build.warned
        return self

    def _arguments(self, options: tuple[str, ...], into: str) -> list[str]:
        target = self.root / into
        fixed = ["-n", "-W", "--no-color", "-d", str(target / "doctrees")]
        return [*fixed, *options, str(self.root), str(target / "html")]


def _run(arguments: list[str]) -> int:
    from sphinx.cmd.build import build_main

    try:
        return build_main(arguments)
    except SystemExit as stopped:
        return int(stopped.code or 0)


def chapter(*examples: str, title: str = "A chapter") -> str:
    """Return a chapter with each of the examples in a fence of its own."""
    fences = "\n".join(f"```pycon\n{example}\n\n```\n" for example in examples)
    return f"# {title}\n\n{fences}"
