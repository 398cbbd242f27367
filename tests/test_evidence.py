"""The essay's data files are found from a checkout and from an installed package."""

import subprocess
import sys
import zipfile

import pytest
from project import ROOT, copy_project

from microattention.evidence import evidence_file


def test_a_checkout_has_it_beside_the_chapters():
    assert evidence_file("README.md") == ROOT / "essay" / "data" / "README.md"


@pytest.mark.parametrize("name", ["../references.bib", "data/README.md", None])
def test_a_name_that_leads_elsewhere_is_refused(name):
    with pytest.raises(ValueError, match="name must be a file's bare name") as refused:
        evidence_file(name)
    assert repr(name) in str(refused.value)


def test_a_missing_file_is_named_with_the_places_looked_at():
    with pytest.raises(FileNotFoundError, match=r"'no\.npz'; looked in .*essay_data and .*data"):
        evidence_file("no.npz")


def test_a_wheel_carries_the_data(tmp_path):
    tree = copy_project(tmp_path)
    build = "from setuptools.build_meta import build_wheel; print(build_wheel('dist'))"
    subprocess.run([sys.executable, "-c", build], cwd=tree, check=True, capture_output=True)
    (wheel,) = tree.glob("dist/*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    code = "from microattention.evidence import evidence_file; print(evidence_file('README.md'))"
    folder = tmp_path / "installed"
    found = subprocess.check_output([sys.executable, "-c", code], cwd=folder, text=True)
    assert found.strip().endswith("installed/microattention/essay_data/README.md")
    data = {path.name for path in (ROOT / "essay" / "data").iterdir() if path.is_file()}
    packed = {path.name for path in (folder / "microattention/essay_data").iterdir()}
    assert packed == data
