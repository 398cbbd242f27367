"""The head of a chapter: how long it takes to read, what it publishes, when that was run."""

from html import escape

from docutils import nodes
from sphinx.util.docutils import SphinxTranslator
from sphinx.writers.html5 import HTML5Translator

from .registry import SITES, Registry, made_with, registry_of

WORDS_A_MINUTE = 230  # a little under the mean of silent readers, for prose with formulas in it
LINES_A_MINUTE = 20  # of code: a guess, for nobody has measured it for blocks as short as these
FOLDED = "sd-dropdown"  # hints, solutions, asides for engineers: not everybody opens them


class outputs_head(nodes.General, nodes.Element):
    """What a chapter's head says; written last, for it tells of the build."""


def insert_head(document: nodes.document, docname: str) -> None:
    """Put a page's head under its title, and under the question if one stands there."""
    title = document.next_node(nodes.title)
    if title is None:
        return
    place = title.parent.index(title) + 1
    following = title.parent[place] if place < len(title.parent) else None
    if isinstance(following, nodes.Element) and "chapter-question" in following.get("classes", ()):
        place += 1
    head = outputs_head(docname=docname, minutes=minutes_to_read(document))
    title.parent.insert(place, head)


def minutes_to_read(document: nodes.document) -> int:
    """Return how long a page takes to read, in minutes, but for what is folded away."""
    words = lines = 0
    for node in document.findall(nodes.TextElement):
        if _is_folded(node):
            continue
        if isinstance(node, nodes.literal_block):
            lines += node.astext().count("\n") + 1
        elif isinstance(node, nodes.paragraph | nodes.title | nodes.term | nodes.caption):
            words += len(node.astext().split())
    return max(1, round(words / WORDS_A_MINUTE + lines / LINES_A_MINUTE))


def _is_folded(node: nodes.Node) -> bool:
    """Say whether a node stands in something that is closed when the page opens."""
    while node is not None:
        if isinstance(node, nodes.Element) and FOLDED in node.get("classes", ()):
            return True
        node = node.parent
    return False


def visit_outputs_head(self: HTML5Translator, node: outputs_head) -> None:
    """Say how long the page is, how many outputs it holds and what ran them."""
    registry = registry_of(self.builder.env)
    minutes = "1 minute" if node["minutes"] == 1 else f"{node['minutes']} minutes"
    self.body.append(
        f'<p class="outputs-head"><span>{minutes}</span> '
        f"<span>{_outputs(self, registry, node['docname'])}</span> "
        f"<span>{_run(registry, node['docname'])}</span></p>\n"
    )
    raise nodes.SkipNode


def _outputs(self: HTML5Translator, registry: Registry, docname: str) -> str:
    """Count the page's outputs and link the list of them."""
    count = len(registry.on_page(docname))
    outputs = "1 verified output" if count == 1 else f"{count} verified outputs"
    if not count or self.builder.name not in SITES:
        return outputs
    uri = self.builder.get_relative_uri(docname, "outputs/index")
    return f'<a href="{uri}#{anchor(docname)}">{outputs}</a>'


def anchor(docname: str) -> str:
    """Return the name of a page's part of the list of all outputs."""
    return docname.replace("/", "-")


def _run(registry: Registry, docname: str) -> str:
    """Say when the page's examples were run, and with what."""
    session = registry.sessions[docname]
    examples = len(session.examples)
    ran = "The one example" if examples == 1 else f"All {examples} examples"
    was = "was" if examples == 1 else "were"
    return (
        f"{ran} of this page {was} run for this build, last on {session.ran[:10]}: "
        f"{escape(made_with(registry))}."
    )


def skip(self: SphinxTranslator, node: nodes.Node) -> None:
    """Leave a node out."""
    raise nodes.SkipNode
