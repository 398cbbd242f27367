"""Run in the page, in a browser, from a folder: what a press fetches, runs, compares and says."""

import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from minisite import LOOK, MiniSite, chapter
from optional import require, require_pyodide
from serving import served

NARROW, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
LONG = 60_000  # milliseconds: Python starts in a few seconds, on a busy machine in many
PROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "mini"
version = "1.2"
[tool.setuptools]
packages = ["mini"]
"""
ONE = chapter(
    ">>> import mini, sys\n>>> x = mini.ANSWER",
    ">>> x  # out: answer\n42\n>>> print('a\\n\\nb')  # out: lines\na\n<BLANKLINE>\nb",
    ">>> x += 1\n>>> x\n43\n>>> for i in range(2):\n...     print(x + i)\n43\n44",
    ">>> 1 / 0\nTraceback (most recent call last):\n  ...\nZeroDivisionError: division by zero",
)
TWO = chapter(">>> import sys", ">>> print(sys.platform)\nlinux\n>>> 1\n1", ">>> 2\n2")
THREE = chapter(
    ">>> import math",
    ">>> math.isqrt(9)\n3",
    ">>> import numpy",
    ">>> print(numpy.arange(3))\n[0 1 2]",
)


def make_site(root, source):
    require("furo")
    conf = (
        f'{LOOK}html_theme = "furo"\nextensions += ["run_in_page"]\nrun_pyodide = {str(source)!r}\n'
    )
    site = MiniSite(root, conf, one=ONE, two=TWO, three=THREE)
    site.write("mini/__init__.py", "ANSWER = 42\n")
    site.write("pyproject.toml", PROJECT)
    return site.built()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return make_site(tmp_path_factory.mktemp("run"), require_pyodide())


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport=WIDE)
    page.set_default_timeout(LONG)
    page.requested, page.complaints = [], []
    page.on("request", lambda request: page.requested.append(request.url))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    assert not page.complaints
    page.close()


@pytest.fixture
def one(page, site):
    page.goto((site.html / "essay" / "one.html").as_uri())
    return page


def block(page, number):
    return page.locator(".session.highlight-pycon").nth(number - 1)


def press(page, number, name="Run"):
    block(page, number).get_by_role("button", name=name, exact=True).click()


def run(page, number):
    press(page, number)
    return said(page, number)


def said(page, number):
    """Return what the bar of a block says when no work is going on."""
    page.get_by_role("button", name="Stop", exact=True).wait_for(state="detached")
    return block(page, number).get_by_role("status").inner_text()


def printed(page, number):
    return block(page, number).get_by_label("Your run", exact=True).inner_text()


def change(page, number, code):
    if not block(page, number).locator("textarea").count():
        press(page, number, "Edit")
    block(page, number).locator("textarea").fill(code)


def verify(page):
    page.get_by_role("button", name="Verify this chapter").click()
    page.get_by_role("button", name="Stop", exact=True).wait_for(state="detached")
    return page.locator(".run-bar").first.get_by_role("status").inner_text()


def test_nothing_is_fetched_before_the_first_press(one, site):
    before = len(one.requested)
    one.wait_for_load_state("networkidle")
    assert len(one.requested) == before
    assert not any("/run/" in url for url in one.requested)
    assert run(one, 1) == "Your run printed nothing, as published."
    fetched = {url.split("?")[0].split("/")[-1] for url in one.requested[before:]}
    assert {"files.json.js", "mini-1.2-py3-none-any.whl.js", "pyodide.asm.wasm.js"} <= fetched
    outside = [url for url in one.requested if not url.startswith((site.html.as_uri(), "blob:"))]
    assert not outside


def test_a_block_is_run_after_those_before_it_each_once(one):
    assert run(one, 3) == "Your run printed the same as published."
    assert printed(one, 3) == "43\n43\n44\n"
    assert said(one, 2) == "Your run printed the same as published."
    assert printed(one, 2) == "42\na\n\nb\n"
    assert said(one, 4) == ""
    assert run(one, 4) == "Your run printed the same as published."
    assert printed(one, 4) == "ZeroDivisionError: division by zero\n"
    for _ in range(2):
        assert run(one, 3) == "Your run printed the same as published."  # not 44: it began anew


def test_a_changed_block_is_compared_with_what_is_published(one):
    run(one, 2)
    change(one, 2, "x = 7\nx")
    assert run(one, 3) == "Your run printed something other than what is published."
    assert printed(one, 3) == "8\n8\n9\n"
    marked = block(one, 3).get_by_label("Your run", exact=True).locator("mark").all_inner_texts()
    assert marked == ["8", "8", "9"]
    assert said(one, 2) == "Your version printed something other than what is published."
    assert block(one, 2).get_by_label("Your version", exact=True).inner_text() == "7\n"
    assert block(one, 2).locator("#answer").inner_text().startswith("42")
    press(one, 2, "Undo changes")
    assert run(one, 3) == "Your run printed the same as published."


def test_verifying_counts_the_examples_and_ignores_changes(one):
    change(one, 2, "x = 7")
    assert verify(one) == "All 8 examples printed what is published, in this browser."
    assert printed(one, 2) == "42\na\n\nb\n"
    assert block(one, 2).locator("textarea").input_value() == "x = 7"


def test_verifying_says_which_example_differs_here(page, site):
    page.goto((site.html / "essay" / "two.html").as_uri())
    assert verify(page) == "3 of 4 examples printed what is published, in this browser."
    assert said(page, 2) == "Your run printed something other than what is published."
    assert block(page, 2).locator("mark").all_inner_texts() == ["linux", "emscripten"]


def test_an_error_shows_pythons_traceback_and_nothing_after_it_runs(one):
    change(one, 2, "def f():\n    raise KeyError('k')\nf()")
    assert re.fullmatch(r"Not run, because block 2, above, stopped\. .*", run(one, 3))
    assert said(one, 2) == "Python stopped at an error."
    error = block(one, 2).get_by_label("Python's traceback").inner_text()
    assert error.startswith("Traceback (most recent call last):\n")
    assert error.endswith("KeyError: 'k'\n")
    assert "page.py" not in error
    change(one, 2, "x = (")
    run(one, 2)
    assert "SyntaxError" in block(one, 2).get_by_label("Python's traceback").inner_text()


def test_a_run_can_be_stopped_while_the_page_stays_usable(one):
    run(one, 1)
    change(one, 2, "print(7)")
    run(one, 2)
    change(one, 2, "while True: pass")
    press(one, 2)
    one.get_by_text("Running block 2 of 2.").wait_for()
    one.get_by_role("link", name="Cite output lines").click()
    one.get_by_role("dialog").get_by_role("button", name="Close").click()
    assert block(one, 3).get_by_role("button", name="Run").is_disabled()
    (worker,) = one.workers
    with worker.expect_event("close"):
        press(one, 2, "Stop")
    assert said(one, 2) == "Stopped. The next run begins anew."
    assert not block(one, 2).get_by_label("Your version", exact=True).count()
    press(one, 2, "Undo changes")
    before = len(one.requested)
    assert run(one, 3) == "Your run printed the same as published."
    assert not [url for url in one.requested[before:] if "/run/" in url]  # it was kept


def test_the_keyboard_runs_a_block_and_its_changed_version(one):
    block(one, 2).locator("pre").first.focus()
    one.keyboard.press("Control+Enter")
    one.get_by_text("Your run printed the same as published.").wait_for()
    block(one, 2).get_by_role("button", name="Edit").focus()
    one.keyboard.press("Enter")
    assert one.evaluate("document.activeElement.tagName") == "TEXTAREA"
    one.keyboard.press("Control+a")
    one.keyboard.type("if x:\nprint(x)\nprint(x)")
    assert block(one, 2).locator("textarea").input_value() == "if x:\n    print(x)\n    print(x)"
    one.keyboard.press("Control+Enter")
    one.get_by_text("Your version printed something other than what is published.").wait_for()
    one.keyboard.press("Tab")
    assert one.evaluate("document.activeElement.textContent") == "Run"


def test_what_was_typed_can_be_undone_beyond_a_new_line(one):
    press(one, 2, "Edit")
    editor = block(one, 2).locator("textarea")
    published = editor.input_value()
    one.keyboard.press("Control+End")
    one.keyboard.type("if x:\nprint(x)")
    assert editor.input_value() == f"{published}if x:\n    print(x)"
    for _ in range(20):
        one.keyboard.press("Control+z")
    assert editor.input_value() == published


def test_without_numpy_the_message_is_plain_and_the_recorded_output_stays(page, site):
    page.goto((site.html / "essay" / "three.html").as_uri())
    assert run(page, 2) == "Your run printed the same as published."
    message = (
        "NumPy could not be loaded: numpy-2.4.6-cp314-cp314-pyemscripten_2026_0_wasm32.whl was not "
        "given to this site when it was made. Blocks that need it can't run here; what is "
        "published stands as it was recorded."
    )
    assert run(page, 4) == f"Not run, because block 3, above, stopped. {message}"
    assert said(page, 3) == message
    assert not block(page, 3).get_by_label("Python's traceback").count()
    assert "[0 1 2]" in block(page, 4).locator("pre").first.inner_text()


class Elsewhere(BaseHTTPRequestHandler):
    """Another host, which serves Pyodide's own files and lets any page read them."""

    def do_GET(self):
        content = self.server.files.get(self.path)
        self.send_response(200 if content else 404)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def elsewhere():
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        server.address = f"http://127.0.0.1:{server.server_port}/v314.0.7/"
        Thread(target=server.serve_forever).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def site_from_elsewhere(tmp_path_factory, elsewhere):
    address = elsewhere.address.replace("314.0.7", "{version}")
    return make_site(tmp_path_factory.mktemp("elsewhere"), address)


@pytest.fixture
def three(page, site_from_elsewhere, elsewhere):
    elsewhere.files = {f"/v314.0.7/{p.name}": p.read_bytes() for p in require_pyodide().iterdir()}
    page.goto((site_from_elsewhere.html / "essay" / "three.html").as_uri())
    return page


def test_from_an_address_the_same_runs(three, elsewhere):
    assert run(three, 2) == "Your run printed the same as published."
    outside = [url for url in three.requested if url.startswith("http")]
    assert all(url.startswith(elsewhere.address) for url in outside)
    assert len(outside) == 6
    assert f"wasm32.whl could not be fetched from {elsewhere.address}" in run(three, 3)


def test_a_file_that_is_not_the_pinned_one_is_refused_until_it_is(three, elsewhere):
    good = elsewhere.files["/v314.0.7/pyodide.mjs"]
    elsewhere.files["/v314.0.7/pyodide.mjs"] = good + b" "
    assert run(three, 2) == (
        "Python can't run in this page: pyodide.mjs could not be fetched from "
        f"{elsewhere.address}, or is not the file that this site names. "
        "What is published stands as it was recorded."
    )
    elsewhere.files["/v314.0.7/pyodide.mjs"] = good
    assert run(three, 2) == "Your run printed the same as published."


def test_over_http_and_where_workers_may_not_come_from_data(page, site):
    page.add_init_script(
        """const Real = Worker;
        Worker = function (address, options) {
          if (address.startsWith("data:")) throw new DOMException("no", "SecurityError");
          return new Real(address, options);
        };"""
    )
    with served(site.html) as address:
        page.goto(f"{address}/essay/one.html")
        assert run(page, 2) == "Your run printed the same as published."
        assert verify(page) == "All 8 examples printed what is published, in this browser."


def test_everything_fits_a_phone(one):
    one.set_viewport_size(NARROW)
    change(one, 2, "print('wide ' * 50); missing")
    run(one, 2)
    assert one.evaluate("document.documentElement.scrollWidth") <= 390
    assert one.evaluate("document.querySelector('.content').scrollWidth") <= 390
    for label in ("Your version", "Python's traceback"):
        assert block(one, 2).get_by_label(label, exact=True).bounding_box()["width"] <= 390


def test_without_a_script_there_is_no_button(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site.html / "essay" / "one.html").as_uri())
    assert not page.locator("article button:visible").count()
    assert "42" in block(page, 2).inner_text()
    context.close()
