"""A session's blocks on the page: labels taken off, each labelled output an anchor, one box."""

import doctest
from typing import NamedTuple

from docutils import nodes
from sphinx.transforms import SphinxTransform

from microattention.sessions import take_labels_off

from .domain import note_label
from .head import insert_head
from .registry import registry_of


class session_block(nodes.literal_block):
    """A block of examples.

    `outputs` holds (id, first line, line after the last); `examples`, where the block has any,
    (source, what it prints, the last line of the exception that it raises or None).
    """


class Shown(NamedTuple):
    """A block's text as it is shown, and where its labelled outputs stand in it."""

    text: str
    outputs: list[tuple[str, int, int]]
    examples: list[tuple[str, str, str | None]]


def shown(text: str) -> Shown:
    """Take labels off a block's examples and find the lines of the labelled outputs."""
    lines: list[str] = []
    outputs, examples = [], []
    pieces = doctest.DocTestParser().parse(f"{text}\n")
    for piece in pieces:
        if isinstance(piece, str):
            lines += piece.split("\n")[:-1]
            continue
        source, labels = take_labels_off(piece.source)
        first, *others = source.removesuffix("\n").split("\n")
        lines += [f">>> {first}", *(f"... {line}".rstrip() for line in others)]
        start = len(lines)
        lines += ["" if line == "<BLANKLINE>" else line for line in piece.want.split("\n")[:-1]]
        outputs += [(label, start, len(lines)) for label in labels]
        examples.append((source, piece.want, piece.exc_msg))
    return Shown("\n".join(lines).rstrip("\n"), outputs, examples)


class ShowSessions(SphinxTransform):
    """Replace a page's blocks of examples, which must be those that the build ran."""

    default_priority = 400

    def apply(self) -> None:
        """Replace the blocks and put the page's head under its title."""
        docname = self.env.docname
        session = registry_of(self.env).sessions.get(docname)
        if session is None:
            return
        wants: list[str] = []
        ran = [example.want for example in session.examples]
        for node in list(self.document.findall(nodes.literal_block)):
            if node.get("language") == "pycon":
                block = shown(node.astext())
                wants += [want for _, want, _ in block.examples]
                self.replace(node, block)
        if wants != ran:
            both = zip(wants, ran, strict=False)
            first = next((i for i, (a, b) in enumerate(both) if a != b), min(len(wants), len(ran)))
            line = session.examples[min(first, len(ran) - 1)].line
            self.problem(
                f"{session.source}:{line}: from here on, the page does not show the examples that "
                f"were run ({len(wants)} against {len(ran)}): each prompt belongs into a ```pycon "
                "fence"
            )
        if docname.startswith(self.config.outputs_chapters):
            insert_head(self.document, docname)

    def replace(self, node: nodes.literal_block, block: Shown) -> None:
        """Put the block in the node's place; its anchors must not be taken."""
        section = section_title(node)
        for label, _, _ in block.outputs:
            output = registry_of(self.env).outputs[label]
            self.env.get_domain("out").note("sections", self.env.docname, label, section)  # type: ignore[attr-defined]
            note_label(self.env, label)
            if label in self.document.ids:
                self.problem(
                    f"{output.where}: the label {label!r} is also the anchor of a heading on this "
                    "page; rename one of the two"
                )
        about = {"outputs": block.outputs, "examples": block.examples}
        new = session_block(block.text, block.text, language="pycon", **about)
        new.source, new.line = node.source, node.line
        new.update_basic_atts(node)
        node.replace_self(new)

    def problem(self, text: str) -> None:
        """Note what stops the build when all pages are read."""
        self.env.get_domain("out").note_problem(self.env.docname, text)  # type: ignore[attr-defined]


def section_title(node: nodes.Node) -> str:
    """Return the title of the section that a node stands in."""
    parent = node.parent
    while parent is not None and not isinstance(parent, nodes.section):
        parent = parent.parent
    return parent.next_node(nodes.title).astext() if parent is not None else ""
