"""Outputs of the gallery: what a script published by name while sphinx-gallery ran it.

sphinx-gallery skips scripts that did not change, so what each published is kept beside its page.
"""

import json
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from microattention.environment import environment, now
from microattention.publish import Published, recording
from microattention.sessions import digest

from .blocks import session_block
from .domain import domain_of, note_label
from .registry import Output, registry_of

KIND = {
    "measured": "Measured by this build, on this machine",
    "computed": "Computed by this build",
}
SUFFIX = ".outputs.json"


class Recorder:
    """Keeps what the scripts of one build publish."""

    def __init__(self) -> None:
        self.context = recording()
        self.published: list[Published] = self.context.__enter__()
        self.begun: set[str] = set()

    def take(self, block: Any, block_vars: dict[str, Any]) -> list[str]:
        """Keep what a block of a script published; return the names."""
        target = block_vars["target_file"]
        kept = Path(target).with_suffix(SUFFIX)
        entries = json.loads(kept.read_text("utf-8")) if target in self.begun else []
        self.begun.add(target)
        names = [value.name for value in self.published]
        where = {"code": block[1], "line": block[2], "ran": now()}
        on = {"measured": {"machine": machine()}, "computed": {}}
        entries += [{**value._asdict(), **where, **on[value.kind]} for value in self.published]
        self.published.clear()
        kept.write_text(json.dumps(entries), encoding="utf-8")
        return names


def machine() -> str:
    """Name the machine that a measurement was made on."""
    described = environment()
    return f"{described['processor']}, {described['processors']} logical processors"


_recorder: Recorder | None = None


def begin(app: Sphinx) -> None:
    """Record from now on: sphinx-gallery is about to run its scripts."""
    global _recorder
    _recorder = Recorder()


def scraper(block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Show what a block published, after it: an image scraper, in sphinx-gallery's terms."""
    names = _recorder.take(block, block_vars) if _recorder else []
    return "".join(f"\n.. gallery-output:: {name}\n" for name in names)


def end(app: Sphinx) -> None:
    """Take the gallery's outputs into the registry."""
    global _recorder
    if _recorder:
        _recorder.context.__exit__(None, None, None)
        _recorder = None
    for kept in sorted(Path(app.srcdir).glob(f"auto_gallery/**/*{SUFFIX}")):
        page = kept.with_name(kept.name.removesuffix(SUFFIX))
        if page.with_suffix(".rst").exists() and page.with_suffix(".py").exists():
            add_script(app, page)


def add_script(app: Sphinx, page: Path) -> None:
    """Take in the outputs of one script."""
    registry = registry_of(app.env)
    docname = page.relative_to(app.srcdir).as_posix()
    script = page.with_suffix(".py").read_text(encoding="utf-8")
    entries = json.loads(page.with_suffix(SUFFIX).read_text(encoding="utf-8"))
    if entries:
        registry.scripts[docname] = script
    for entry in entries:
        name = entry.pop("name")
        source = f"gallery/{page.name}.py"
        sha = digest(script)
        registry.add(Output(name, page=docname, source=source, session_sha256=sha, **entry))


class GalleryOutput(SphinxDirective):
    """``gallery-output:: name``: what a script published, as a box that can be cited."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the caption and the box."""
        output = registry_of(self.env).outputs[self.arguments[0]]
        # the page's text does not hold the value: it is read again when the value changes
        domain_of(self.env).note_quote(self.env.docname, output.id, None, output)
        note_label(self.env, output.id)
        end_line = output.value.count("\n") + 1
        block = session_block(
            output.value, output.value, language="none", outputs=[(output.id, 0, end_line)]
        )
        self.set_source_info(block)
        return [nodes.paragraph("", f"{KIND[output.kind]}:", classes=["output-kind"]), block]
