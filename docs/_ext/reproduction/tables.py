"""The ledger as tables: a document's claims, what was published, what we get, and the verdict."""

from pathlib import Path
from typing import Any

from docutils import nodes
from outputs.blocks import section_title
from outputs.domain import domain_of, note_label
from outputs.head import skip
from outputs.markup import tools
from outputs.registry import registry_of
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from microattention.reproduction import Row, recipes

from .rows import kept_rows, rows_of

__all__ = [
    "Claims",
    "add_assets",
    "load_where_needed",
    "output_tools",
    "skip",
    "visit_output_tools",
]

HEAD = {"Claim": 40, "Published": 20, "Ours": 20, "Status": 20}  # widths in per cent


class output_tools(nodes.inline):
    """Permalink and link to cite of an output that is no block of code."""


class Claims(SphinxDirective):
    """``{claims} document``: the rows of one document, each an anchor that can be cited."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        document, env = self.arguments[0], self.env
        rows = [row for row in rows_of(env) if row.document == document]
        if document not in self.config.reproduction_documents:
            raise self.error(f"reproduction_documents, in conf.py, does not name {document!r}")
        env.note_dependency(str(kept_rows(env)))
        if not rows:
            return [paragraph("The ledger holds no claim of it yet.")]
        body = nodes.tbody("", *map(self.row, rows))
        head = nodes.thead("", nodes.row("", *(entry(paragraph(name)) for name in HEAD)))
        widths = (nodes.colspec(colwidth=width) for width in HEAD.values())
        group = nodes.tgroup("", *widths, head, body, cols=len(HEAD))
        table = nodes.table("", group, classes=["claims", "colwidths-given"])
        self.set_source_info(table)
        return [table]

    def row(self, row: Row) -> nodes.row:
        """Return one claim, which is the anchor of its output."""
        document = self.state.document
        if row.id in document.ids:
            raise self.error(f"{row.id!r} is an anchor of this page already")
        note_label(self.env, row.id)
        status = row.status.replace(" ", "-")
        made = nodes.row(
            "",
            entry(*self.claim(row)),
            entry(paragraph(row.published, "claim-value")),
            entry(paragraph(row.ours, "claim-value")),
            entry(*self.verdict(row)),
            ids=[row.id],
            classes=["output", f"claim-{status}"],
        )
        document.note_explicit_target(made)
        return made

    def verdict(self, row: Row) -> list[nodes.Node]:
        """Return the status and what it rests on."""
        status = [paragraph(row.status, "claim-status")]
        return status + ([self.said(row.detail, "claim-detail")] if row.detail else [])

    def claim(self, row: Row) -> list[nodes.Node]:
        """Return what is claimed and where, what to know besides, and what can be done with it."""
        last = nodes.paragraph("", "", *self.recipe(row), classes=["claim-tools"])
        last += output_tools("", output=row.id)
        said = {"claim-text": row.claim, "claim-where": row.where, "claim-note": row.note}
        return [*(self.said(text, name) for name, text in said.items() if text), last]

    def said(self, text: str, name: str) -> nodes.paragraph:
        """Return words of ours, which may have code in them."""
        return nodes.paragraph(text, "", *self.parse_inline(text)[0], classes=[name])

    def recipe(self, row: Row) -> list[nodes.Node]:
        """Return a link to the function that was run."""
        if row.recipe is None:
            return []
        module, name = row.recipe.split(":")
        target = f"{recipes.__name__}.{module}.{name}"
        link = pending_xref(
            "", nodes.literal(name, name), refdomain="py", reftype="func", reftarget=target,
            refdoc=self.env.docname, refexplicit=True, refwarn=True,
        )  # fmt: skip
        return [nodes.Text("Recipe "), link]


def paragraph(text: str, name: str = "") -> nodes.paragraph:
    """Return a text that is nothing but text."""
    return nodes.paragraph(text, text, classes=[name] if name else [])


def entry(*content: nodes.Node) -> nodes.entry:
    """Return a cell."""
    return nodes.entry("", *content)


def note_sections(app: Sphinx, document: nodes.document) -> None:
    """Remember in which section each row stands, when the page is whole."""
    for row in document.findall(lambda node: isinstance(node, nodes.row) and node["ids"]):
        section = section_title(row)
        domain_of(app.env).note("sections", app.env.docname, row["ids"][0], section)


def visit_output_tools(self: HTML5Translator, node: output_tools) -> None:
    """Write the permalink and the link to cite."""
    registry = registry_of(self.builder.env)
    self.body.append(tools(self, registry, registry.outputs[node["output"]]))
    raise nodes.SkipNode


def add_assets(app: Sphinx) -> None:
    """Publish the script that filters and the style."""
    app.config.html_static_path.append(str(Path(__file__).parent / "static"))


def load_where_needed(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Have only the page that has the claims load what shows them."""
    if doctree and any("claims" in table["classes"] for table in doctree.findall(nodes.table)):
        app.add_css_file("reproduction.css")
        app.add_js_file("reproduction.js", loading_method="defer")
