"""Pages that say how to cite each output, and the data that a chapter's cite dialog shows."""

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from sphinx.application import Sphinx

from .citation import Citation, citation
from .head import anchor
from .manifest import linked_data
from .registry import SITES, made_with, registry_of

HERE = Path(__file__).parent
ALL = "Every output of the essay that has a name, with its value and how to cite it."
templates = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True)


def collect(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Make a page for each output, and one that lists them all."""
    if app.builder.name not in SITES:
        return
    registry = registry_of(app.env)
    citations = [citation(app, output) for output in registry.outputs.values()]
    for cited in citations:
        name = f"outputs/{cited.output.id}"
        body = templates.get_template("output.html").render(
            cited=cited,
            made_with=made_with(registry),
            page_url=app.builder.get_relative_uri(name, cited.output.page),
        )
        described = {"title": f"Output {cited.output.id}", "description": description(cited)}
        yield name, described | {"body": body}, "page.html"
    body = templates.get_template("index.html").render(
        # in reading order, which the template's own groupby would sort away
        pages=[(page, list(cited)) for page, cited in groupby(citations, lambda c: c.page)],
        anchor=anchor,
        uri=lambda page: app.builder.get_relative_uri("outputs/index", page),
    )
    yield "outputs/index", {"title": "All outputs", "description": ALL, "body": body}, "page.html"


def description(cited: Citation) -> str:
    """Return what a search engine, or a link that is shared, says of an output."""
    value = cited.output.line_of_value
    return f"{value}: from “{cited.page}”, with its code, what it was run with, and how to cite it."


def embed(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Put into a page's head what its dialog shows, and the same as JSON-LD."""
    outputs = registry_of(app.env).on_page(pagename)
    if app.builder.name not in SITES or not outputs:
        return
    citations = [citation(app, output) for output in outputs]
    context["metatags"] = context.get("metatags", "") + (
        f'<script type="application/json" id="outputs--data">{safe([shown(c) for c in citations])}'
        '</script>\n<script type="application/ld+json">'
        f"{safe(linked_data(app, pagename, citations))}</script>\n"
    )


def shown(cited: Citation) -> dict[str, str]:
    """Return what the dialog shows of an output."""
    return {
        "id": cited.output.id,
        "kind": cited.output.kind,
        "value": cited.output.value,
        "sentence": cited.sentence,
        "bibtex": cited.bibtex,
        "url": cited.url,
        "supports": cited.supports,
        "doesNotSupport": cited.does_not_support,
        "ran": cited.output.ran[:10],
    }


def safe(content: Any) -> str:
    r"""Return JSON in which nothing can end the script element that it stands in.

    >>> safe("</script>")
    '"\\u003c/script>"'
    """
    return json.dumps(content, ensure_ascii=False).replace("<", "\\u003c").replace("&", "\\u0026")


def add_assets(app: Sphinx) -> None:
    """Publish the dialog's script and style, and let {ref}`all-outputs` find the list."""
    standard = app.env.domains.standard_domain
    standard.labels["all-outputs"] = ("outputs/index", "", "All outputs")
    standard.anonlabels["all-outputs"] = ("outputs/index", "")
    app.config.html_static_path.append(str(HERE / "static"))
    app.add_js_file("outputs.js", loading_method="defer")
    app.add_css_file("outputs.css")
