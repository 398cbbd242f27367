"""What an EPUB needs otherwise than the site, for a reading device runs no script and is offline.

One scheme of figures, nothing folded, no form, and no link to what only the site has: it leads to
the site where that has an address, and nowhere else.
"""

import re
from posixpath import dirname, join, normpath
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

ONLY_ON_SCREEN = {"only-dark", "gallery-figure-links", "exercise-check", "exercise-file"}
WIDGET = re.compile(r'<(script|form)\b.*?</\1>|\stooltip="[^"]*"', re.DOTALL)
LINK = re.compile(r'<a\b([^>]*)\shref="([^":#]+)(#[^"]*)?"([^>]*)>(.*?)</a>', re.DOTALL)


class LeaveOut(SphinxPostTransform):
    """Take out what a device has no use for, before sphinx-design makes folds of the folded."""

    default_priority = 100
    builders = ("epub",)
    unfolded: ClassVar = {"design_component": "unfolded", "is_div": True}

    def run(self, **options: Any) -> None:
        """Change one page."""
        for node in list(self.document.findall(nodes.Element)):
            classes = node.get("classes", []) + node.get("container_classes", [])
            if ONLY_ON_SCREEN.intersection(classes):
                node.parent.remove(node)
            elif node.get("design_component") == "dropdown":
                node.attributes.update(self.unfolded)
        for raw in self.document.findall(nodes.raw):
            raw[:] = [nodes.Text(WIDGET.sub("", raw.astext()))]


def lead_out(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Have no link arrive where the book has nothing."""
    if app.builder.name != "epub" or "body" not in context:
        return
    inside = {f"{name}.xhtml" for name in (*app.env.found_docs, "genindex", "py-modindex")}

    def lead(link: re.Match[str]) -> str:
        before, path, place, after, text = link.groups("")
        target = normpath(join(dirname(page), path))
        if target in inside or target.startswith("_images/"):
            return link[0]
        if not app.config.html_baseurl:
            return f"<span>{text}</span>"
        address = f"{app.config.html_baseurl}{target.replace('.xhtml', '.html')}{place}"
        return f'<a{before} href="{address}"{after}>{text}</a>'

    context["body"] = LINK.sub(lead, context["body"])


def setup(app: Sphinx) -> dict[str, bool]:
    """Register both."""
    app.add_post_transform(LeaveOut)
    app.connect("html-page-context", lead_out, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
