"""Publishing, with a repository in a folder for GitHub's: what is kept, and what is refused."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from optional import require, require_program
from project import NOT_SOURCE, ROOT

SCRIPTS = ("keep-release", "tree")


def page(name, *places):
    marks = "".join(f'<section id="{place}"></section>' for place in places)
    return (
        f'<meta name="site-version" content="{name}">\n<article>{marks}</article>\n'
        "<!-- versions: notice --><!-- versions end -->\n"
    )


class Project:
    """A clone with the publishing scripts, and the repository that it came from."""

    def __init__(self, folder):
        self.origin, self.here = folder / "origin.git", folder / "clone"
        self.git("init", "--quiet", "--bare", str(self.origin), cwd=folder)
        self.git("clone", "--quiet", str(self.origin), str(self.here), cwd=folder)
        for name in SCRIPTS:
            (self.here / ".ci").mkdir(exist_ok=True)
            shutil.copy(ROOT / ".ci" / name, self.here / ".ci" / name)
        shutil.copytree(ROOT / "docs/_ext", self.here / "docs/_ext", ignore=NOT_SOURCE)
        shutil.copytree(ROOT / "microattention", self.here / "microattention", ignore=NOT_SOURCE)
        (self.here / ".gitignore").write_text("_build/\n")

    def git(self, *arguments, cwd=None):
        command = [str(require_program("git")), *arguments]
        run = subprocess.run(command, cwd=cwd or self.here, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        return run.stdout

    def script(self, name, *arguments):
        command = [str(require_program("bash")), f".ci/{name}", *arguments]
        environment = os.environ | {"PY": sys.executable}
        return subprocess.run(
            command, cwd=self.here, env=environment, capture_output=True, text=True
        )

    def build(self, version, name, *places):
        """Pretend that a version was built: what the scripts read of a site."""
        init = self.here / "microattention" / "__init__.py"
        text = re.sub(r'(__version__ = )".*"', rf'\1"{version}"', init.read_text("utf-8"))
        init.write_text(text, "utf-8")
        html = self.here / "_build" / "html"
        shutil.rmtree(html, ignore_errors=True)
        (html / "essay").mkdir(parents=True)
        (html / "index.html").write_text(page(name))
        (html / "essay" / "one.html").write_text(page(name, *places))
        manifest = {"package": {"version": version}, "outputs": [],
                    "site": {"title": "Mini", "date": "2026-11-21"}}  # fmt: skip
        (html / "outputs.json").write_text(json.dumps(manifest))

    def kept(self):
        return self.git("ls-tree", "--name-only", "releases", cwd=self.origin).split()


@pytest.fixture
def project(tmp_path):
    require("sphinx")
    return Project(tmp_path)


def test_a_release_is_kept_beside_those_before_it_and_all_are_in_the_tree(project):
    project.build("0.1.0", "v0.1", "share")
    assert project.script("keep-release", "v0.1.0").stdout.endswith("v0.1.0 is kept as v0.1.\n")
    project.build("0.2.0", "v0.2", "share", "masks")
    project.script("keep-release", "v0.2.0")
    assert project.kept() == ["v0.1", "v0.2"]
    assert project.git("rev-list", "--count", "releases", cwd=project.origin) == "2\n"

    project.build("0.3.0", "latest", "share", "masks")
    assert project.script("tree", "_build/tree").stdout == "_build/tree: latest, v0.2, v0.1\n"
    old = (project.here / "_build" / "tree" / "v0.1" / "essay" / "one.html").read_text()
    assert '<a href="../../v0.2/essay/one.html">v0.2</a>' in old


def test_what_is_kept_is_as_it_was_built_and_touches_nothing_here(project):
    project.build("0.1.0", "v0.1", "share")
    before = project.git("status", "--porcelain")
    project.script("keep-release", "v0.1.0")
    assert project.git("show", "releases:v0.1/essay/one.html", cwd=project.origin) == page(
        "v0.1", "share"
    )
    assert project.git("status", "--porcelain") == before


def test_a_release_that_would_break_an_address_is_not_kept(project):
    project.build("0.1.0", "v0.1", "share")
    project.script("keep-release", "v0.1.0")
    project.build("0.2.0", "v0.2")
    run = project.script("keep-release", "v0.2.0")
    assert run.returncode != 0
    assert "v0.2 lacks essay/one.html#share, which v0.1 has" in run.stderr
    assert project.kept() == ["v0.1"]


def test_a_tag_of_another_version_is_not_kept(project):
    project.build("0.1.0", "v0.1")
    run = project.script("keep-release", "v0.2.0")
    assert run.returncode != 0
    assert run.stderr == "the tag is v0.2.0, but the package's version is 0.1.0\n"


def test_releases_out_of_reach_stop_the_publishing(project):
    project.build("0.1.0", "latest")
    shutil.rmtree(project.origin)
    run = project.script("tree", "_build/tree")
    assert run.returncode != 0
    assert "the branch of releases cannot be reached" in run.stderr
    assert not (project.here / "_build" / "tree").exists()


def test_the_workflows_run_what_is_there():
    yaml = require("yaml")
    texts = {path.name: path.read_text() for path in (ROOT / ".github/workflows").glob("*.yml")}
    assert texts.keys() == {"test.yml", "publish.yml"}
    for text in texts.values():
        jobs = yaml.safe_load(text)["jobs"].values()
        runs = [step["run"] for job in jobs for step in job.get("steps", []) if "run" in step]
        for script in re.findall(r"^\.ci/\S+", "\n".join(runs), re.MULTILINE):
            assert os.access(ROOT / script, os.X_OK), script
        for used in re.findall(r"uses: (\S+)", text):
            assert re.fullmatch(r"actions/[\w-]+@v\d+|\./\.github/workflows/test\.yml", used)
    site = (ROOT / ".ci" / "site").read_text()
    for target in re.findall(r"\bmake (\S+)", site):
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
