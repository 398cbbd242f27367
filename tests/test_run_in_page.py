"""What a page hands to the reader's browser: the session, the wheel, Pyodide's pinned files."""

import io
import json
import shutil
import sys
import zipfile
from importlib.util import module_from_spec, spec_from_file_location

import pytest
from minisite import MiniSite, chapter
from optional import require, require_pyodide
from project import ROOT

from microattention import sessions

EXTENSION = ROOT / "docs" / "_ext" / "run_in_page"


@pytest.fixture
def page(monkeypatch):
    """Return the module that runs a page's examples, as the worker imports it."""
    monkeypatch.setitem(sys.modules, "sessions", sessions)
    spec = spec_from_file_location("page", EXTENSION / "page.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(page, *examples, code=None, fresh=False):
    whole = [(*example, None) if len(example) == 2 else example for example in examples]
    return json.loads(page.run(json.dumps({"examples": whole, "code": code, "fresh": fresh})))


def test_names_last_until_a_session_begins_anew(page):
    assert run(page, ("x = 1\n", ""), fresh=True)["error"] is None
    assert run(page, ("x\n", "1\n"))["parts"] == [
        {"published": "1\n", "printed": "1\n", "same": True}
    ]
    assert run(page, ("x\n", "1\n"), fresh=True)["error"].endswith("name 'x' is not defined\n")


def test_a_block_is_compared_as_the_build_compares_it(page):
    def same(source, want, exception=None):
        return run(page, (source, want, exception), fresh=True)["parts"][0]["same"]

    assert same("print('a  b')\n", "a b\n")
    assert same("print('a\\n\\nb')\n", "a\n<BLANKLINE>\nb\n")
    trace = "Traceback (most recent call last):\n"
    assert same("1 / 0\n", trace, "ZeroDivisionError: division by zero\n")
    assert not same("1 / 0\n", trace, "ZeroDivisionError: no\n")
    assert not same("print(0.66)\n", "0.67\n")
    assert not same("print('abc')\n", "a...\n")
    assert not same("1\n", "")


def test_a_block_stops_at_its_first_error(page):
    got = run(page, ("1\n", "1\n"), ("(lambda: 1 / 0)()\n", ""), ("2\n", "2\n"), fresh=True)
    assert [part["printed"] for part in got["parts"]] == ["1\n"]
    assert got["error"].startswith('Traceback (most recent call last):\n  File "<doctest block[')
    assert got["error"].endswith("ZeroDivisionError: division by zero\n")
    assert got["missing"] is None
    assert run(page, ("import nowhere_at_all\n", ""))["missing"] == "nowhere_at_all"


def test_a_changed_block_prints_as_a_prompt_would_and_is_compared_as_a_whole(page):
    published = ("x\n", "1\n"), ("x + 1\n", "2\n")
    got = run(page, *published, code="for i in (1, 2):\n    i\n", fresh=True)
    assert got["parts"] == [{"published": "1\n2\n", "printed": "1\n2\n", "same": True}]
    got = run(page, *published, code="print(1); input()")
    assert got["parts"][0]["printed"] == "1\n"
    assert "EOFError" in got["error"]
    assert "page.py" not in got["error"]
    assert run(page, *published, code="raise SystemExit")["error"].endswith("SystemExit\n")
    assert "SyntaxError" in run(page, *published, code="x = (")["error"]


@pytest.fixture(scope="module")
def wheel():
    require("setuptools")
    from run_in_page.wheel import build_wheel

    return build_wheel(ROOT)


def test_the_wheel_is_this_tree_with_the_essays_data(wheel):
    name, content = wheel
    assert name.endswith("-py3-none-any.whl")
    archive = zipfile.ZipFile(io.BytesIO(content))
    held = {n: archive.read(n) for n in archive.namelist() if ".dist-info/" not in n}
    package = {p.relative_to(ROOT).as_posix(): p for p in ROOT.glob("microattention/**/*.*")}
    package = {n: p for n, p in package.items() if p.suffix != ".pyc"}
    data = {f"microattention/essay_data/{p.name}": p for p in ROOT.glob("essay/data/*.*")}
    assert package
    assert data
    assert sorted(held) == sorted(package | data)
    assert held == {n: p.read_bytes() for n, p in (package | data).items()}


def test_the_wheel_is_the_same_whenever_it_is_built(wheel, monkeypatch):
    from run_in_page.wheel import build_wheel

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert build_wheel(ROOT) == wheel


def test_a_folder_without_the_pinned_files_stops_the_build(tmp_path):
    require("setuptools")
    folder = tmp_path / "pyodide"
    shutil.copytree(require_pyodide(), folder)
    conf = f'extensions += ["run_in_page"]\nrun_pyodide = {str(folder)!r}\n'
    site = MiniSite(tmp_path / "site", conf)
    with (folder / "pyodide.mjs").open("ab") as changed:
        changed.write(b" ")
    assert "pyodide.mjs is not the file of Pyodide 314.0.7: its SHA-256 is" in site.build().warned
    (folder / "pyodide.mjs").unlink()
    assert "pyodide.mjs is missing: PYODIDE is to name a folder" in site.build().warned
    assert not list(site.html.rglob("*.html"))


def test_a_page_holds_its_examples_and_none_that_could_end_its_script(tmp_path):
    text = chapter(">>> print('</script><b>')  # out: markup\n</script><b>")
    conf = 'extensions += ["run_in_page"]\nrun_pyodide = "https://example.org/"\n'
    page = MiniSite(tmp_path, conf, one=text, two="# Words").built().read("essay/one.html")
    data = page.split('id="run--data">')[1].split("</script>")[0]
    want = "</script><b>\n"
    assert json.loads(data) == {"blocks": [[["print('</script><b>')\n", want, None]]]}


def test_pyodide_and_its_version_are_named_in_one_setting():
    address, version = "cdn.jsdelivr" + ".net", "314" + ".0.7"
    texts = [p for part in ("docs", "microattention", "essay") for p in (ROOT / part).rglob("*.*")]
    texts = [*ROOT.glob("*.*"), ROOT / "Makefile", *texts]
    naming = {p.relative_to(ROOT).as_posix(): p.read_bytes() for p in texts if p.is_file()}
    assert [name for name, text in naming.items() if address.encode() in text] == ["conf.py"]
    pin = "docs/_ext/run_in_page/pyodide.json"
    assert [name for name, text in naming.items() if version.encode() in text] == [pin]
