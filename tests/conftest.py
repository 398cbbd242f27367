"""Settings of every test run, and the site that several test files look at."""

import fcntl
import os
import runpy
import shutil
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, settings
from optional import require, require_chromium
from project import ROOT, copy_project, make_here

from microattention.publish import recording

# Figures are drawn without a screen; said before anything imports matplotlib.
os.environ.setdefault("MPLBACKEND", "Agg")

# Every run tries the same examples and lets each take its time, so that what fails is the code and
# neither the draw nor a busy machine; --hypothesis-profile=default draws others.
settings.register_profile(
    "same", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("same")


def pytest_collection_modifyitems(items):
    """Begin with one file that looks at the site and end with the others, so that none waits."""
    files = {item.path: 1 for item in items}
    files |= {item.path: 2 for item in items if "site" in getattr(item, "fixturenames", ())}
    if building := [path for path, turn in files.items() if turn == 2]:
        files[building[0]] = 0
    items.sort(key=lambda item: files[item.path])


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Return the folder of the whole site, built once from a copy by `make site`."""
    for module in ("sphinx", "furo", "sphinx_gallery", "matplotlib"):
        require(module)
    folder = tmp_path_factory.getbasetemp()
    shared = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder  # by all processes
    html = shared / "whole" / "copy" / "_build" / "html"
    with locked(shared / "whole.lock"):  # whoever comes second waits, and finds it built
        if not (shared / "whole").exists():
            process = make_here(copy_project(shared / "whole"), "site")
            assert process.returncode == 0, process.stderr
            assert process.stdout.endswith("Built. Open _build/html/index.html in a browser.\n")
            if kept := os.environ.get("KEEP_SITE"):  # before a test changes its sources
                shutil.copytree(html, ROOT / kept)
    assert (html / "outputs.json").exists(), "the build failed for whoever came first"
    return html


@pytest.fixture
def building(site):
    """Return the folder of the project that the site was built in, for one process at a time."""
    project = site.parents[1]
    with locked(project.parents[1] / "whole.lock"):
        yield project


@contextmanager
def locked(path):
    """Hold a lock that other processes wait for."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="module")
def browser():
    """Start a Chromium for a file of tests."""
    path = require_chromium()
    with require("playwright.sync_api").sync_playwright() as playwright:
        quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=str(path), args=quiet)
        yield browser
        browser.close()


@pytest.fixture
def run(monkeypatch):
    """Run a gallery script; return each figure's tables, and what it publishes by name."""
    require("matplotlib").use("Agg", force=True)
    pyplot = require("matplotlib.pyplot")
    tables = require("microattention.plotting").figure_tables
    monkeypatch.setattr(pyplot, "show", lambda: None)
    pyplot.close("all")

    def run(name):
        with recording() as published:
            runpy.run_path(str(ROOT / "gallery" / f"plot_{name}.py"))
        figures = [tables(pyplot.figure(number)) for number in pyplot.get_fignums()]
        return figures, {one.name: one for one in published}

    yield run
    pyplot.close("all")
