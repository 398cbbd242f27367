"""Verification by anyone, of any manifest, however old, broken or hostile."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from optional import require

from microattention import verify as module
from microattention.cli import main
from microattention.sessions import digest

CODE = ["x = 6\n", "x * 7\n", "print('a\\n\\nb')\n"]
SCRIPT = (
    "from microattention.publish import publish\n"
    "print('\\x1b[31mnoise')\npublish('computed', 6 * 7)\npublish('timed', 1, measured=True)\n"
)


def output(id_, value, steps, kind="doctest", chapter="essay/a"):
    code = SCRIPT if kind != "doctest" else "".join(CODE[:steps])
    return {
        "id": id_, "kind": kind, "chapter": chapter, "url": f"{chapter}.html#{id_}",
        "value": value, "session_sha256": digest(code), "versions": {"package": "9.9"},
    }  # fmt: skip


@pytest.fixture
def manifest():
    script = {"code": [SCRIPT], "sha256": digest(SCRIPT)}
    page = "auto_gallery/plot_a"
    return {
        "schema": 1,
        "package": {"name": "microattention", "version": "9.9"},
        "sessions": {"essay/a": {"code": CODE, "sha256": digest(CODE)}, page: script},
        "outputs": [
            output("answer", "42", 2),
            output("lines", "a\n\nb", 3),
            output("computed", "42", 1, "computed", page),
            output("timed", "0.9", 1, "measured", page),
        ],
    }


@pytest.fixture
def verify(tmp_path, capsys):
    """Run the command on a manifest; return its exit code, what it said and its complaint."""

    def run(content, *options):
        file = tmp_path / "outputs.json"
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        file.write_bytes(content)
        code = main(["verify", str(file), *options])
        assert file.read_bytes() == content
        assert [path.name for path in tmp_path.iterdir()] == ["outputs.json"]
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def checkout(tmp_path_factory, monkeypatch):
    """A checkout whose essay and gallery have these sessions."""
    root = tmp_path_factory.mktemp("checkout")
    for folder in ("essay", "gallery"):
        (root / folder).mkdir()
    (root / "gallery" / "plot_a.py").write_text(SCRIPT)
    prompt = ">" * 3
    text = f"{prompt} x = 6\n{prompt} x * 7  # out: answer\n42\n{prompt} print('a\\n\\nb')\n"
    (root / "essay" / "a.md").write_text(text)
    monkeypatch.setattr(module.is_of_checkout, "__defaults__", (root,))
    return root


def test_code_of_the_checkout_runs_at_once(verify, manifest, checkout):
    require("matplotlib")
    code, out, err = verify(manifest)
    assert (code, err) == (0, "")
    assert out == (
        "verified  answer\nverified  lines\nverified  computed\n"
        "not run   timed (measured anew by every build)\n3 verified, 0 differs, 1 not run\n"
    )


def test_the_essays_own_sessions_are_recognised():
    page = sorted((module.CHECKOUT / "essay").glob("[0-9]*.md"))[0]
    sources = [example.source for example in module.read_file(page)]
    assert module.is_of_checkout(f"essay/{page.stem}", sources)
    assert not module.is_of_checkout(f"essay/{page.stem}", [*sources, "1\n"])
    assert not module.is_of_checkout(f"essay/{page.stem}", ["".join(sources)])
    script = sorted((module.CHECKOUT / "gallery").glob("plot_*.py"))[0]
    assert module.is_of_checkout(f"auto_gallery/{script.stem}", [script.read_text("utf-8")])


def move_script_to_page(manifest, checkout):
    """Make the gallery's script that of the page essay/b, which is not there yet."""
    manifest["sessions"]["essay/b"] = manifest["sessions"].pop("auto_gallery/plot_a")
    for output in manifest["outputs"][2:]:
        output["chapter"] = "essay/b"
    (checkout / "essay" / "b.py").write_text(SCRIPT)


def test_a_page_may_have_a_script_and_a_script_without_a_page_is_none(verify, manifest, checkout):
    move_script_to_page(manifest, checkout)
    assert "not run   computed (its session is not trusted)" in verify(manifest)[1]
    (checkout / "essay" / "b.md").write_text("# B\n")
    assert "verified  computed\n" in verify(manifest)[1]
    assert module.is_of_checkout("essay/b", [SCRIPT])
    assert not module.is_of_checkout("essay/b", [SCRIPT, SCRIPT])


def test_only_the_gallery_needs_matplotlib(verify, manifest, checkout, monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert "not run   computed (its script needs matplotlib)" in verify(manifest)[1]
    move_script_to_page(manifest, checkout)
    (checkout / "essay" / "b.md").write_text("# B\n")
    assert "verified  computed\n" in verify(manifest)[1]


@pytest.mark.parametrize("name", ["x" * 5000, "essay/a\0", "essay"])
def test_an_impossible_name_is_not_of_the_checkout(name):
    assert not module.is_of_checkout(name, ["1\n"])


def test_other_code_is_shown_and_refused(verify, manifest, tmp_path):
    secret = tmp_path.parent / "written"
    manifest["sessions"]["essay/a"]["code"] = [f"open({str(secret)!r}, 'w')\n", *CODE]
    code, out, err = verify(manifest)
    assert (code, err) == (1, "")
    assert not secret.exists()
    assert "essay/a: this code is not that of the essay beside this package:\n    open(" in out
    assert "\n    x * 7\n" in out
    assert "not run   answer (its session is not trusted)" in out
    assert out.endswith(
        "0 verified, 0 differs, 4 not run\n"
        "Refused to run code from elsewhere; read it above, and give --trust to run it.\n"
    )


def test_trust_runs_it_and_says_so(verify, manifest):
    require("matplotlib")
    code, out, _ = verify(manifest, "--trust")
    assert code == 0
    assert "essay/a: not this essay's code, run because of --trust\n" in out
    assert "3 verified, 0 differs, 1 not run" in out
    assert "noise" not in out


def test_a_tampered_value_differs_and_both_are_shown(verify, manifest, checkout):
    manifest["outputs"][0]["value"] = "41"
    manifest["outputs"][1]["value"] = "a\nb"
    code, out, _ = verify(manifest)
    assert code == 1
    assert "differs   answer\n    published: 41\n    printed:   42\n" in out
    assert "differs   lines\n    published: a\\nb\n    printed:   a\\n\\nb\n" in out
    assert "1 verified, 2 differs, 1 not run" in out


def test_a_tampered_computed_value_differs(verify, manifest, checkout):
    require("matplotlib")
    manifest["outputs"][2]["value"] = "41"
    assert "differs   computed\n    published: 41\n    printed:   42\n" in verify(manifest)[1]


def test_one_output_can_be_checked_alone(verify, manifest, checkout):
    manifest["sessions"]["auto_gallery/plot_a"]["code"] = ["never asked for"]
    manifest["outputs"][1]["value"] = "wrong"
    code, out, _ = verify(manifest, "answer")
    assert (code, out) == (0, "verified  answer\n1 verified, 0 differs, 0 not run\n")
    assert verify(manifest, "answer", "lines")[0] == 1


def test_only_what_leads_to_it_is_run(verify, manifest, checkout):
    manifest["sessions"]["essay/a"]["code"] = [*CODE[:2], "raise KeyboardInterrupt\n"]
    assert verify(manifest, "answer", "--trust")[0] == 0


def test_a_measured_output_alone_needs_no_trust(verify, manifest):
    code, out, _ = verify(manifest, "timed")
    assert code == 0
    assert out.startswith("not run   timed (measured anew by every build)")


def test_an_unknown_id_is_refused(verify, manifest):
    code, out, err = verify(manifest, "shore")
    assert (code, out) == (2, "")
    assert err.endswith("no output 'shore' in this manifest, which has 4\n")


def test_a_folder_will_do(tmp_path, manifest, checkout, capsys):
    (tmp_path / "outputs.json").write_text(json.dumps(manifest))
    assert main(["verify", str(tmp_path), "answer"]) == 0


def test_a_session_sha_of_no_step_is_not_run(verify, manifest, checkout):
    manifest["outputs"][0]["session_sha256"] = "0" * 64
    code, out, _ = verify(manifest, "answer")
    assert code == 1
    assert "not run   answer (its session_sha256 is that of no step of the session)" in out


@pytest.mark.parametrize(
    "code", ["raise ValueError(7)\n", "raise SystemExit(0)\n", "while True: input()\n", "f(\n",
             "import sys; sys.exit(3)\n"],
)  # fmt: skip
def test_a_session_that_misbehaves_does_not_end_the_command(verify, manifest, code):
    manifest["sessions"]["essay/a"]["code"] = ["x = 6\n", code]
    manifest["outputs"] = [output("answer", "42", 2)]
    manifest["outputs"][0]["session_sha256"] = digest(["x = 6\n", code])
    status, out, err = verify(manifest, "--trust")
    assert (status, err) == (1, "")
    assert "differs   answer\n    published: 42\n" in out


@pytest.mark.parametrize(
    "code", ["raise ValueError(7)\n", "raise SystemExit(0)\n", "while True: input()\n", "f(\n", ""]
)
def test_a_script_that_misbehaves_does_not_end_the_command(verify, manifest, code):
    require("matplotlib")
    manifest["sessions"]["auto_gallery/plot_a"]["code"] = [code]
    status, out, err = verify(manifest, "computed", "--trust")
    assert (status, err) == (1, "")
    assert "not run   computed (its script " in out


def test_terminal_escapes_are_harmless(verify, manifest):
    steer = "\x1b[2J\u202e\r"
    code = [f"print({steer!r})\n", f"# {steer}\n"]
    manifest["sessions"] = {f"essay/{steer}": {"code": code}}
    hostile = output("answer", f"x{steer}", 1, chapter=f"essay/{steer}")
    manifest["outputs"] = [hostile | {"session_sha256": digest(code[:1])}]
    for options in ([], ["--trust"]):
        _, out, err = verify(manifest, *options)
        assert not set("\x1b\u202e\r") & set(out + err)
    assert "differs   answer\n    published: x\ufffd[2J\ufffd\ufffd\n" in out


def faulty(change):
    """Return what makes a manifest wrong."""
    return lambda manifest: change(manifest) or manifest


def first(**changes):
    return faulty(lambda manifest: manifest["outputs"][0].update(changes))


def session(name, content):
    return faulty(lambda manifest: manifest["sessions"].update({name: content}))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda m: json.dumps(m).encode()[:-9], "is not whole JSON ("),
        (lambda m: b"", "is not whole JSON ("),
        (lambda m: b"\xff\xfe", "cannot be read ("),
        (lambda m: b"[" * 100_000, "is not whole JSON ("),
        (lambda m: b'{"schema": ' + b"1" * 5000 + b"}", "is not whole JSON ("),
        (lambda m: [], "is no manifest of outputs: it has no schema number"),
        (lambda m: m | {"schema": "1"}, "is no manifest of outputs: it has no schema number"),
        (lambda m: m | {"schema": True}, "is no manifest of outputs: it has no schema number"),
        (lambda m: m | {"schema": 2}, "has schema 2, newer than 1: update microattention"),
        (lambda m: m | {"schema": 0}, "is no manifest of outputs: sessions or outputs are missing"),
        (lambda m: m | {"outputs": {}}, "sessions or outputs are missing"),
        (lambda m: {k: v for k, v in m.items() if k != "sessions"}, "or outputs are missing"),
        (lambda m: m | {"outputs": [1]}, "an output is not an object"),
        (lambda m: m | {"outputs": m["outputs"][:1] * 2}, "names an output twice"),
        (first(value=1), "output 'answer' has no value"),
        (first(url=None), "output 'answer' has no url"),
        (first(id="A"), "output 'A' of kind 'doctest' is not of this schema"),
        (first(kind="guessed"), "output 'answer' of kind 'guessed' is not of this schema"),
        (first(url="../x.html#a"), "output 'answer' names a file outside the site: '../x.html#a'"),
        (first(url="https://x.example/"), "output 'answer' names a file outside the site"),
        (first(url="//x.example/"), "output 'answer' names a file outside the site"),
        (first(url="a\\..\\b"), "output 'answer' names a file outside the site"),
        (first(chapter="/etc/passwd"), "output 'answer' names a file outside the site"),
        (first(chapter="essay/b"), "output 'answer' is of a session that is not there: 'essay/b'"),
        (session("../a", {"code": []}), "session '../a' lies outside the site"),
        (session("a/../../b", {"code": []}), "session 'a/../../b' lies outside the site"),
        (session("C:\\a", {"code": []}), "lies outside the site"),
        (session("b", {}), "session 'b' has no code"),
        (session("b", {"code": [1]}), "session 'b' has no code"),
        (session("b", {"code": "x"}), "session 'b' has no code"),
        (session("b", []), "session 'b' has no code"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_one_line(verify, manifest, wrong, message):
    code, out, err = verify(wrong(manifest), "--trust")
    assert (code, out) == (2, "")
    assert message in err
    assert "outputs.json: " in err
    assert err.count("\n") == 1
    assert len(err) < 500


def test_a_path_that_is_not_there_is_one_line(tmp_path, capsys):
    assert main(["verify", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err.endswith("none: there is no such file or folder\n")
    assert main(["verify", str(tmp_path)]) == 2
    assert capsys.readouterr().err.endswith("there is no outputs.json in this folder\n")


def test_halves_of_characters_are_no_trouble(verify, manifest):
    manifest["sessions"]["essay/a"]["code"] = ["'\ud800'\n"]
    assert verify(manifest)[0] == 1
    assert verify(manifest, "--trust")[0] == 1


def test_a_session_is_given_nothing_that_is_typed(tmp_path, manifest):
    manifest["sessions"]["essay/a"]["code"] = ["input()\n"]
    manifest["outputs"] = [output("answer", "42", 1) | {"session_sha256": digest("input()\n")}]
    (tmp_path / "outputs.json").write_text(json.dumps(manifest))
    command = [sys.executable, "-m", "microattention", "verify", str(tmp_path), "--trust"]
    root = Path(__file__).parents[1]
    run = subprocess.run(
        command, capture_output=True, text=True, input="typed\n", timeout=60, cwd=root,
        check=False,
    )  # fmt: skip
    assert run.returncode == 1
    assert "printed:   EOFError: EOF when reading a line" in run.stdout


def test_a_terminal_is_told_how_far_it_is(verify, manifest, checkout, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    _, _, err = verify(manifest, "answer")
    assert "running session: 1 of 1" in err
