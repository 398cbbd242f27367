"""Verification by anyone: run a site's published outputs again and compare.

A manifest, `outputs.json`, carries the code of every session, and code from elsewhere runs only
if it is that of the essay beside this package, or if whoever runs it says so.
"""

import io
import json
import re
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext, redirect_stdout
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from .publish import recording
from .sessions import NAME, Example, digest, no_keyboard, read_file, run_session

SCHEMA = 1
CHECKOUT = Path(__file__).resolve().parents[1]
KINDS = ("doctest", "computed", "measured")
GALLERY = "auto_gallery/"
TEXTS = ("id", "kind", "chapter", "url", "value", "session_sha256")


class Verdict(NamedTuple):
    """What became of one output."""

    id: str
    status: str  # verified, differs or not run
    published: str
    printed: str | None = None
    reason: str = ""


def load_manifest(path: str | Path) -> dict[str, Any]:
    """Read a manifest and check everything that is used of it, running nothing.

    Parameters
    ----------
    path : str or Path
        An `outputs.json`, or the folder of a site that has one.

    Returns
    -------
    dict
        The manifest.

    Raises
    ------
    ValueError
        If there is no such file, or it is truncated, of a newer schema, incomplete, or names
        anything outside its site.

    Examples
    --------
    >>> load_manifest("no-such-site")
    Traceback (most recent call last):
    ValueError: no-such-site: there is no such file or folder
    """
    path = Path(path)
    file = path / "outputs.json" if path.is_dir() else path
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        what = "no outputs.json in this folder" if path.is_dir() else "no such file or folder"
        raise ValueError(f"{path}: there is {what}") from None
    except (OSError, UnicodeError) as error:
        raise ValueError(f"{file}: cannot be read ({error})") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file}: is not whole JSON ({error}); fetch it again") from None
    if problem := _fault(manifest):
        raise ValueError(f"{file}: {problem}")
    return dict(manifest)


def verify(
    manifest: dict[str, Any],
    ids: Collection[str] = (),
    *,
    trust: Callable[[str, list[str]], bool],
    step: Callable[[], object] = lambda: None,
) -> list[Verdict]:
    r"""Run the sessions of a manifest again and compare each output.

    Parameters
    ----------
    manifest : dict
        As returned by `load_manifest`.
    ids : collection of str, optional
        The outputs to check; all when empty.
    trust : callable
        Asked with a session's name and code whether it may run.
    step : callable, optional
        Called after each session.

    Returns
    -------
    list of Verdict
        One for each output, in the manifest's order.

    Raises
    ------
    ValueError
        If an id is not in the manifest.

    Examples
    --------
    >>> sha = digest(["6 * 7\n"])
    >>> output = {"id": "answer", "kind": "doctest", "chapter": "essay/a",
    ...           "value": "41", "session_sha256": sha}
    >>> manifest = {"sessions": {"essay/a": {"code": ["6 * 7\n"]}}, "outputs": [output]}
    >>> verify(manifest, trust=lambda name, code: True)
    [Verdict(id='answer', status='differs', published='41', printed='42', reason='')]
    >>> verify(manifest, trust=lambda name, code: False)[0].status
    'not run'
    """
    asked = _asked(manifest["outputs"], ids)
    verdicts = {}
    for chapter in dict.fromkeys(output["chapter"] for output in asked):
        wanted = [output for output in asked if output["chapter"] == chapter]
        for verdict in _verify_chapter(manifest, chapter, wanted, trust):
            verdicts[verdict.id] = verdict
        step()
    return [verdicts[output["id"]] for output in asked]


def is_of_checkout(chapter: str, code: list[str], root: Path = CHECKOUT) -> bool:
    r"""Say whether a session is, to the letter, that of the essay beside this package.

    Examples
    --------
    >>> is_of_checkout("essay/no-such-chapter", ["1\n"])
    False
    """
    page, script = root / f"{chapter}.md", root / f"{chapter}.py"
    if chapter.startswith(GALLERY):
        script = root / "gallery" / script.name
    try:
        if chapter.startswith(GALLERY) or (page.exists() and script.exists()):
            return code == [script.read_text(encoding="utf-8")]
        return code == [example.source for example in read_file(page)]
    except (OSError, ValueError):  # there is no such file, or none that could be run
        return False


def _asked(outputs: list[dict[str, Any]], ids: Collection[str]) -> list[dict[str, Any]]:
    """Return the outputs that were asked for."""
    known = {output["id"] for output in outputs}
    for id_ in ids:
        if id_ not in known:
            raise ValueError(f"no output {id_!r} in this manifest, which has {len(known)}")
    return [output for output in outputs if not ids or output["id"] in ids]


def _verify_chapter(
    manifest: dict[str, Any],
    chapter: str,
    outputs: list[dict[str, Any]],
    trust: Callable[[str, list[str]], bool],
) -> list[Verdict]:
    """Run one session, as far as it is needed and may be run, and compare its outputs."""
    code = manifest["sessions"][chapter]["code"]
    measured = [output for output in outputs if output["kind"] == "measured"]
    compared = [output for output in outputs if output["kind"] != "measured"]
    verdicts = [_not_run(output, "measured anew by every build") for output in measured]
    if compared and not trust(chapter, code):
        return verdicts + [_not_run(output, "its session is not trusted") for output in compared]
    if compared and compared[0]["kind"] == "computed":
        return verdicts + _compare_script(chapter, code, compared)
    return verdicts + _compare_session(chapter, code, compared)


def _compare_session(chapter: str, code: list[str], outputs: list[dict[str, Any]]) -> list[Verdict]:
    """Run a chapter's examples up to the last output, and compare each."""
    ends = {digest(code[: end + 1]): end for end in range(len(code))}
    places = {output["id"]: ends.get(output["session_sha256"]) for output in outputs}
    needed = max((place + 1 for place in places.values() if place is not None), default=0)
    examples = [Example(source, "", line=i + 1) for i, source in enumerate(code[:needed])]
    printed = run_session(examples, chapter).printed
    return [
        _not_run(output, "its session_sha256 is that of no step of the session")
        if (place := places[output["id"]]) is None
        else _compare(output, printed[place].rstrip("\n"))
        for output in outputs
    ]


def _compare_script(chapter: str, code: list[str], outputs: list[dict[str, Any]]) -> list[Verdict]:
    """Run a script and compare what it publishes by name."""
    if chapter.startswith(GALLERY) and find_spec("matplotlib") is None:
        return [_not_run(output, "its script needs matplotlib") for output in outputs]
    try:
        with (
            recording() as published,
            _drawing_nothing() if chapter.startswith(GALLERY) else nullcontext(),
            redirect_stdout(io.StringIO()),
            no_keyboard(),
        ):
            exec(compile("".join(code), chapter, "exec"), {"__name__": "__main__"})
    except (Exception, SystemExit) as error:
        return [_not_run(output, f"its script raised {error!r}") for output in outputs]
    values = {value.name: value.value for value in published}
    return [
        _compare(output, values[output["id"]])
        if output["id"] in values
        else _not_run(output, "its script did not publish it")
        for output in outputs
    ]


def _drawing_nothing() -> AbstractContextManager[None]:
    """Keep figures off the screen."""
    import matplotlib as mpl

    return mpl.rc_context({"backend": "agg"})


def _compare(output: dict[str, Any], printed: str) -> Verdict:
    status = "verified" if printed == output["value"] else "differs"
    return Verdict(output["id"], status, output["value"], printed)


def _not_run(output: dict[str, Any], reason: str) -> Verdict:
    return Verdict(output["id"], "not run", output["value"], None, reason)


def _fault(manifest: Any) -> str:
    """Say what is wrong with a manifest, or nothing."""
    if not isinstance(manifest, dict) or type(manifest.get("schema")) is not int:
        return "is no manifest of outputs: it has no schema number"
    if manifest["schema"] > SCHEMA:
        return f"has schema {manifest['schema']}, newer than {SCHEMA}: update microattention"
    sessions, outputs = manifest.get("sessions"), manifest.get("outputs")
    if manifest["schema"] < 1 or not isinstance(sessions, dict) or not isinstance(outputs, list):
        return "is no manifest of outputs: sessions or outputs are missing"
    faults = [_session_fault(name, session) for name, session in sessions.items()]
    faults += [_output_fault(output, sessions) for output in outputs]
    ids = [output["id"] for output in outputs if isinstance(output, dict) and "id" in output]
    if len(set(map(str, ids))) < len(ids):
        faults.append("names an output twice")
    return next(filter(None, faults), "")


def _session_fault(name: str, session: Any) -> str:
    """Say what is wrong with a session, or nothing."""
    if _leaves_site(name):
        return f"session {name!r} lies outside the site"
    code = session.get("code") if isinstance(session, dict) else None
    if not isinstance(code, list) or not all(isinstance(source, str) for source in code):
        return f"session {name!r} has no code"
    return ""


def _output_fault(output: Any, sessions: dict[str, Any]) -> str:
    """Say what is wrong with an output, or nothing."""
    if not isinstance(output, dict):
        return "an output is not an object"
    for key in TEXTS:
        if not isinstance(output.get(key), str):
            return f"output {output.get('id')!r} has no {key}"
    if not NAME.fullmatch(output["id"]) or output["kind"] not in KINDS:
        return f"output {output['id']!r} of kind {output['kind']!r} is not of this schema"
    if _leaves_site(output["url"]) or _leaves_site(output["chapter"]):
        return f"output {output['id']!r} names a file outside the site: {output['url']!r}"
    if output["chapter"] not in sessions:
        return f"output {output['id']!r} is of a session that is not there: {output['chapter']!r}"
    return ""


def _leaves_site(path: str) -> bool:
    """Say whether a path or an address leads out of its folder."""
    return bool(re.match(r"[/\\~]|[\w+.-]+:", path)) or ".." in re.split(r"[/\\]", path)
