"""Weights of the reader's own: a figure to move, and heat maps of the reader's words and weights.

- the directive ``explorable``: the sentence's attention under any seed, width and scale; its
  content is what stands there without a script, and on paper
- ``own-sentence`` and ``own-weights``: a reader's text, or a table of weights, as a heat map
- `static/attention.js` computes, `static/heat-map.js` draws, each other script is one form's

Nothing here is published: no output is labelled, and no result has a link to cite it.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from docutils import nodes
from jinja2 import Environment, FileSystemLoader
from outputs.registry import SITES
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

HERE = Path(__file__).parent
WORDS = ["the", "corpus", "was", "wrong"]
SCRIPTS = ("bars.js", "attention.js", "heat-map.js")  # of every page that draws
RUN_SCRIPTS = " or ".join(f"builder_{name}" for name in SITES)  # a book has no use for a form
templates = Environment(
    loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


class drawing(nodes.container):
    """What a page's own script fills; `script` is its name."""


class OwnDrawing(SphinxDirective):
    """A form of the reader's own, written from a template of the directive's name."""

    has_content = True
    script = "own-weights.js"

    def run(self) -> list[nodes.Node]:
        """Return the form, hidden until its script is there, and what stands in its place."""
        template = f"{self.name}.html"
        self.env.note_dependency(str(HERE / template))
        html = templates.get_template(template).render(words=WORDS)
        without = nodes.container(classes=["without-script"])
        self.state.nested_parse(self.content, self.content_offset, without)
        form = addnodes.only("", nodes.raw("", html, format="html"), expr=RUN_SCRIPTS)
        box = drawing("", form, without, classes=[self.name])
        box["script"] = self.script
        self.set_source_info(box)
        return [box]


class Explorable(OwnDrawing):
    """``explorable::``, once on a page."""

    script = "explorable.js"


@cache
def colours() -> str:
    """Return the gallery's colours of weights, and where the ink on them turns, as JSON."""
    from dark_figures import reflect
    from matplotlib import colormaps

    from microattention.plotting import COLOURS

    light = colormaps[COLOURS](np.linspace(0, 1, 256))
    return json.dumps({"light": _scheme(light), "dark": _scheme(reflect(light))})


def _scheme(fills: Any) -> dict[str, Any]:
    """Describe one scheme's colours, (256, 4), lightest or darkest first."""
    from matplotlib.colors import to_hex

    from microattention.plotting import readable_on

    inks = [readable_on(fill[:3]) for fill in fills]
    return {
        "fills": "".join(to_hex(fill).removeprefix("#") for fill in fills),
        "turn": inks.index(inks[-1]), "before": inks[0], "after": inks[-1],
    }  # fmt: skip


def load_where_needed(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Give a page that draws the colours and the scripts; other pages need none of them."""
    boxes = list(doctree.findall(drawing)) if doctree else []
    if app.builder.name not in SITES or not boxes:
        return
    context["metatags"] = context.get("metatags", "") + (
        f'<script type="application/json" id="heat-map-colours">{colours()}</script>\n'
    )
    app.add_css_file("own-weights.css")
    for script in (*SCRIPTS, *sorted({box["script"] for box in boxes})):
        app.add_js_file(script, loading_method="defer")


def setup(app: Sphinx) -> dict[str, object]:
    """Register everything."""
    app.setup_extension("run_in_page")  # whose buttons and boxes these are
    app.add_node(drawing)
    app.add_directive("explorable", Explorable)
    app.add_directive("own-sentence", OwnDrawing)
    app.add_directive("own-weights", OwnDrawing)
    app.config.html_static_path.append(str(HERE / "static"))
    app.connect("html-page-context", load_where_needed)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
