"""Every output has a name, a link and a guard; prose that quotes one is bound to it.

In the order of a build:

- `running`: each page's session runs, before anything else
- `gallery`: the gallery's scripts publish values by name
- `blocks`, `quotes`, `shares`, `counts`, `scope`, `errata`: what stands on the pages; `domain`
  remembers it
- `ledger`: what was ever published is compared with what is published now
- `markup`, `head`, `pages`, `citation`, `manifest`: the site and its files
"""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from . import (
    blocks,
    counts,
    errata,
    gallery,
    head,
    manifest,
    markup,
    pages,
    quotes,
    running,
    scope,
    shares,
)
from .domain import OutputDomain, domain_of
from .registry import SITES, registry_of, stop

logger = logging.getLogger(__name__)

TEXTS = ["README.md", "index.md", "essay/*.md", "docs/*.md"]


def load_ledger(app: Sphinx) -> None:
    """Read the ledger and tell the registry what is retired; no name of a file, no ledger."""
    from .ledger import Ledger  # not before, for it is also a command, python -m outputs.ledger

    name = app.config.outputs_ledger
    try:
        ledger = Ledger.load(Path(app.srcdir) / name) if name else Ledger()
    except ValueError as error:
        stop(str(error))
    app.env.published_ledger = ledger  # type: ignore[attr-defined]
    registry_of(app.env).retired = ledger.retired


def pages_to_read(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Read pages again whose quotes changed, and all of them after something was retired."""
    retired = registry_of(env).retired
    before = getattr(env, "published_retired", retired)
    env.published_retired = retired  # type: ignore[attr-defined]
    if before != retired:
        return sorted(env.found_docs)
    return quotes.changed(app, env)


def check(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Stop the build if anything is wrong; else name the pages to write anew.

    Their stamp, or a count on them, is not what it was.
    """
    registry = registry_of(env)
    ledger = env.published_ledger.problems(registry)  # type: ignore[attr-defined]
    problems = domain_of(env).problems() + quotes.check_texts(app) + ledger
    if problems := problems + registry.homeless(env.found_docs):
        stop(*problems)
    stamps = registry.stamps()
    before = getattr(env, "published_stamps", {})
    env.published_stamps = stamps  # type: ignore[attr-defined]
    pages = env.found_docs & stamps.keys()  # README is run, but is no page
    stamped = {page for page in pages if before.get(page) != stamps[page]}
    return sorted(stamped | counts.stale(env))


def look(app: Sphinx, document: nodes.document) -> None:
    """Note what a page that was just read says of outputs."""
    quotes.bind_alt_texts(app, document)
    quotes.find_unbound(app, document)


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Publish the manifest and record what is new in the ledger."""
    if exception is not None or app.builder.name not in SITES:
        return
    manifest.write(app)
    name, ledger = app.config.outputs_ledger, app.env.published_ledger
    if not name:
        return
    if new := ledger.record(registry_of(app.env)):
        print(f"outputs: new in {name}, commit it: {', '.join(new)}")  # said even under -q
    ledger.save(Path(app.srcdir) / name)


def setup(app: Sphinx) -> dict[str, object]:
    """Register everything; sessions run before sphinx-gallery does, so that failing is quick."""
    app.add_config_value("outputs_sessions", TEXTS, "env")
    app.add_config_value("outputs_package", "microattention", "env")
    app.add_config_value("outputs_data", "essay/data", "env")
    app.add_config_value("outputs_texts", ["README.md"], "env")
    app.add_config_value("outputs_ledger", "", "env")
    app.add_config_value("outputs_chapters", "essay/", "env")
    app.add_domain(OutputDomain)
    app.add_role("out", quotes.OutRole())
    app.add_role("count", counts.CountRole())
    app.add_directive("scope", scope.Scope)
    app.add_directive("shares", shares.Shares)
    app.add_directive("errata", errata.Errata)
    app.add_directive("gallery-output", gallery.GalleryOutput)
    app.add_node(blocks.session_block, html=(markup.visit_session_block, None))
    app.add_node(
        head.outputs_head,
        html=(head.visit_outputs_head, None),
        **dict.fromkeys(("latex", "text", "man", "texinfo"), (head.skip, None)),
    )
    app.add_transform(blocks.ShowSessions)
    app.add_transform(errata.KeepAnchors)
    app.add_post_transform(counts.WriteCounts)
    for event, handler, priority in (
        ("builder-inited", running.run_pages, 100),
        ("builder-inited", load_ledger, 110),
        ("builder-inited", gallery.begin, 120),
        ("builder-inited", gallery.end, 900),
        ("builder-inited", pages.add_assets, 910),
        ("env-get-outdated", pages_to_read, 500),
        ("source-read", quotes.bind_images, 500),
        ("doctree-read", look, 500),
        ("env-updated", check, 500),
        ("html-collect-pages", pages.collect, 500),
        ("html-page-context", pages.embed, 500),
        ("build-finished", finish, 500),
    ):
        app.connect(event, handler, priority)
    return {"env_version": 3, "parallel_read_safe": True, "parallel_write_safe": True}
