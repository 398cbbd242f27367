"""Labelled outputs in HTML: an anchor around the lines, a permalink and a way to cite them."""

from html import escape

from docutils import nodes
from sphinx.writers.html5 import HTML5Translator

from .blocks import session_block
from .registry import SITES, Output, Registry, made_with, registry_of


def visit_session_block(self: HTML5Translator, node: session_block) -> None:
    """Highlight the block as a whole, then put anchors around the lines of its outputs."""
    html = self.highlighter.highlight_block(node.rawsource, node["language"], location=node)
    head, rest = html.split("<pre>", 1)
    body, tail = rest.rsplit("</pre>", 1)
    lines = body.split("\n")
    registry = registry_of(self.builder.env)
    for label, first, end in node["outputs"]:
        lines[first] = f'<span class="output" id="{label}">{lines[first]}'
        lines[end - 1] += f"{tools(self, registry, registry.outputs[label])}</span>"
    self.body.append(f'<div class="highlight-{node["language"]} notranslate session">')
    self.body.append(f"{head}<pre>{chr(10).join(lines)}</pre>{tail}</div>\n")
    raise nodes.SkipNode


def tools(self: HTML5Translator, registry: Registry, output: Output) -> str:
    """Return the permalink, the link to cite and the note on when the output was run.

    A book has none of them: there, an output's name stands beside it.
    """
    if self.builder.name not in SITES:
        return f'  <span class="output-name">{output.id}</span>'
    page = self.builder.get_relative_uri(self.builder.current_docname, f"outputs/{output.id}")
    note = escape(f"run {output.ran[:10]}, {made_with(registry)}")
    return (
        f'<span class="output-tools"><a class="output-link" href="#{output.id}" '
        f'aria-label="Link to output {output.id}">link</a>'
        f'<a class="output-cite" href="{page}" data-output="{output.id}" '
        f'aria-label="Cite output {output.id}" aria-describedby="ran--{output.id}">cite</a>'
        f'<span class="output-ran" id="ran--{output.id}">{note}</span></span>'
    )
