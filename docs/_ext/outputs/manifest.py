"""What the site publishes for machines: the manifest, its schema, citations and an RO-Crate."""

import json
import shutil
from pathlib import Path
from typing import Any

from rocrate.model import ContextEntity
from rocrate.rocrate import ROCrate
from sphinx.application import Sphinx

from microattention.environment import now
from microattention.sessions import digest

from .citation import Citation, citation
from .registry import registry_of

SCHEMA = Path(__file__).with_name("outputs.schema.json")
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


def write(app: Sphinx) -> None:
    """Write everything into the built site."""
    out = Path(app.outdir)
    citations = [citation(app, output) for output in registry_of(app.env).outputs.values()]
    write_json(out / "outputs.json", manifest(app, citations))
    shutil.copyfile(SCHEMA, out / SCHEMA.name)
    for cited in citations:
        stem = out / "outputs" / cited.output.id
        stem.parent.mkdir(exist_ok=True)
        stem.with_suffix(".bib").write_text(cited.bibtex, encoding="utf-8")
        stem.with_suffix(".txt").write_text(cited.sentence + "\n", encoding="utf-8")
        write_json(stem.with_suffix(".csl.json"), [cited.csl])
    write_json(out / "ro-crate-metadata.json", crate(app, citations))
    for old in (out / "outputs").glob("*"):  # of an earlier build, gone since
        if old.name.split(".")[0] not in {"index", *registry_of(app.env).outputs}:
            old.unlink()


def manifest(app: Sphinx, citations: list[Citation]) -> dict[str, Any]:
    """Return the manifest: enough to run every output again and compare."""
    registry = registry_of(app.env)
    pages = {name: s.code for name, s in registry.sessions.items() if name in app.env.found_docs}
    scripts = {name: [script] for name, script in registry.scripts.items()}
    return {
        "schema": 1,
        "package": {"name": "microattention", "version": registry.versions["package"]},
        "site": {"title": app.config.project, "url": app.config.html_baseurl, "date": now()},
        "sessions": {
            name: {"code": code, "sha256": digest(code)} for name, code in (pages | scripts).items()
        },
        "outputs": [entry(cited, registry.versions) for cited in citations],
    }


def entry(cited: Citation, versions: dict[str, str]) -> dict[str, Any]:
    """Return one output's entry in the manifest."""
    output = cited.output
    return {
        "id": output.id,
        "kind": output.kind,
        "chapter": output.page,
        "section": cited.section,
        "url": output.url,
        "permalink": cited.url,
        "source": output.source,
        "line": output.line,
        "code": output.code,
        "value": output.value,
        "sha256": output.sha256,
        "session_sha256": output.session_sha256,
        "date": output.ran,
        "versions": {name: versions[name] for name in ("python", "numpy", "package")},
        "commit": versions["commit"],
        "machine": output.machine,
        "licence": "CC-BY-4.0",
        "supports": cited.supports,
        "does_not_support": cited.does_not_support,
    }


def crate(app: Sphinx, citations: list[Citation]) -> dict[str, Any]:
    """Return the RO-Crate: the site as a data set whose parts are the manifest and the outputs."""
    made = ROCrate(gen_preview=False)
    made.name, made.license = app.config.project, LICENCE
    made.description = "An essay whose every number is run by its build, and cited by name."
    made.datePublished = now()
    author = {"@type": "Organization", "name": app.config.author}
    made.creator = made.add(ContextEntity(made, "#authors", properties=author))
    made.add_file(Path(app.outdir) / "outputs.json", "outputs.json", properties=JSON_FILE)
    made.root_dataset["mentions"] = [
        made.add(ContextEntity(made, c.output.url, properties=value(c))) for c in citations
    ]
    metadata: dict[str, Any] = made.metadata.generate()
    return metadata


JSON_FILE = {"name": "Manifest of outputs", "encodingFormat": "application/json"}


def value(cited: Citation) -> dict[str, Any]:
    """Return an output as schema.org's PropertyValue, for the crate and for the page's JSON-LD."""
    notes = [f"Supports: {cited.supports}"] if cited.supports else []
    notes += [f"Does not support: {cited.does_not_support}"] if cited.does_not_support else []
    return {
        "@type": "PropertyValue",
        "propertyID": cited.output.id,
        "name": f"{cited.page}: {cited.output.id}",
        "value": cited.output.value,
        "identifier": f"sha256:{cited.output.sha256}",
        "url": cited.url,
        "description": " ".join(notes),
    }


def linked_data(app: Sphinx, docname: str, citations: list[Citation]) -> dict[str, Any]:
    """Return a page and its outputs as JSON-LD."""
    return {
        "@context": "https://schema.org",
        "@type": "ScholarlyArticle",
        "name": app.env.titles[docname].astext(),
        "isPartOf": {"@type": "CreativeWork", "name": app.config.project},
        "author": {"@type": "Organization", "name": app.config.author},
        "license": LICENCE,
        "version": registry_of(app.env).versions["package"],
        "mentions": [{"@id": f"#{cited.output.id}", **value(cited)} for cited in citations],
    }


def write_json(path: Path, content: Any) -> None:
    """Write JSON that a person can read and a version control can compare."""
    text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=False)
    path.write_text(text + "\n", encoding="utf-8")
