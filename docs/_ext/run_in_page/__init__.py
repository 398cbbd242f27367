"""Run in the page: each block of examples runs in the reader's own browser, and says what it gave.

In the order of what happens:

- `wheel`, `pyodide`: what the browser will need, gathered by the build
- `static/run.js`: buttons at the blocks, and what a run printed beside what is published
- `static/bars.js`: a button and what its work has come to, one thing at a time
- `static/python.js`: fetches what is needed at the first press, checks it, and starts the worker
- `worker.js`, `page.py`: Python there, and one page's session in it

Whatever the site holds itself is written as a script that hands its content over, for a page
opened from a folder may load scripts and nothing else.
"""

import json
import shutil
from base64 import b64encode
from pathlib import Path
from typing import Any

from docutils import nodes
from outputs.blocks import session_block
from outputs.pages import safe
from outputs.registry import SITES, stop
from sphinx.application import Sphinx

from microattention import sessions

from . import pyodide
from .wheel import build_wheel

HERE = Path(__file__).parent
FOLDER = "_static/run"  # in the built site
SCRIPTS = ("python.js", "bars.js")  # of every page that runs something


def gather(app: Sphinx) -> None:
    """Collect what the site itself will hold, before the long part of the build."""
    if app.builder.name not in SITES:
        return
    source, packages = app.config.run_pyodide, app.config.run_packages
    folder = Path(app.srcdir)
    try:
        own = dict([build_wheel(folder)] if (folder / "pyproject.toml").exists() else [])
        copied = {} if pyodide.is_address(source) else pyodide.read_folder(Path(source), packages)
    except ValueError as error:
        stop(str(error))
    own["worker.js"] = (HERE / "worker.js").read_bytes()
    own["page.py"] = (HERE / "page.py").read_bytes()
    own["sessions.py"] = Path(sessions.__file__).read_bytes()
    app.run_files = own | copied  # type: ignore[attr-defined]


def publish(app: Sphinx, exception: Exception | None) -> None:
    """Write the files into the site, and the list of all that a page may fetch."""
    if exception is not None or app.builder.name not in SITES:
        return
    source, held = app.config.run_pyodide, app.run_files  # type: ignore[attr-defined]
    files = [{**pyodide.entry(name, content), "held": True} for name, content in held.items()]
    if pyodide.is_address(source):
        files += pyodide.pinned()
        source = source.format(version=pyodide.PINNED["version"])
    else:
        source = ""
    listed = {"from": source, "files": files, "packages": app.config.run_packages}
    folder = Path(app.outdir) / FOLDER
    shutil.rmtree(folder, ignore_errors=True)  # an earlier build may have held other files
    folder.mkdir(parents=True)
    for name, content in {**held, "files.json": json.dumps(listed).encode()}.items():
        handing_over = f'pageFile("{name}", "{b64encode(content).decode()}");\n'
        (folder / f"{name}.js").write_text(handing_over, encoding="ascii")
        if name.endswith(".whl"):
            (folder / name).write_bytes(content)


def embed(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Give a page with examples their text, and the scripts that run it."""
    blocks = doctree.findall(session_block) if doctree else ()
    blocks = [block["examples"] for block in blocks if block.get("examples")]
    if app.builder.name not in SITES or not blocks:
        return
    context["metatags"] = context.get("metatags", "") + (
        f'<script type="application/json" id="run--data">{safe({"blocks": blocks})}</script>\n'
    )
    for script in (*SCRIPTS, "run.js"):
        app.add_js_file(script, loading_method="defer")


def setup(app: Sphinx) -> dict[str, object]:
    """Register everything."""
    app.setup_extension("outputs")
    app.add_config_value("run_pyodide", "", "")
    app.add_config_value("run_packages", ["numpy"], "")
    app.connect("builder-inited", gather, 90)
    app.connect("html-page-context", embed)
    app.connect("build-finished", publish, 600)
    app.config.html_static_path.append(str(HERE / "static"))
    app.add_css_file("run.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
