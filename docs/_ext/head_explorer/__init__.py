"""The head explorer: a trained model's attention, one head at a time, which the reader picks.

The directive ``head-explorer`` puts one head's table on a page, and beside it the weights of all,
computed by the package while the site is built. The script copies numbers from there into the
table and computes none; without it, the table stays as it is. ``head-provenance`` says where the
weights come from.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from docutils import nodes
from jinja2 import Environment, FileSystemLoader
from numpy.typing import NDArray
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from microattention import attention, trained
from microattention.evidence import evidence_file

HERE = Path(__file__).parent
LOOKS, AT = "wrong", "corpus"  # the first head shown is the one where most goes this way
MADE_FROM = ("minilm-sentence.npz", "minilm-controls.npz", "minilm.json")
templates = Environment(
    loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


class HeadExplorer(SphinxDirective):
    """``head-explorer::``, once on a page."""

    def run(self) -> list[nodes.Node]:
        """Return the controls, one head's table, and the weights of all heads."""
        for module in (attention, trained):
            self.env.note_dependency(module.__file__)
        return [self._filled("explorer.html", **shown(trained.trained_sentence()))]

    def _filled(self, template: str, **values: Any) -> nodes.raw:
        """Return a template's HTML; the page is read again when the data change."""
        for name in MADE_FROM:
            self.env.note_dependency(evidence_file(name))
        self.env.note_dependency(HERE / template)
        return nodes.raw("", templates.get_template(template).render(values), format="html")


class HeadProvenance(HeadExplorer):
    """``head-provenance::``: from what the weights were made, and under which licence."""

    def run(self) -> list[nodes.Node]:
        """Return a table."""
        return [self._filled("provenance.html", **trained.trained_provenance())]


def shown(sentence: trained.TrainedSentence) -> dict[str, Any]:
    """Return what the template and the script need, weights in thousandths."""
    weights, tokens = sentence.weights(), sentence.tokens
    n_layers, n_heads = weights.shape[:2]
    looks = tokens.index(LOOKS)
    towards = weights[:, :, looks, tokens.index(AT)]
    layer, head = np.unravel_index(towards.argmax(), towards.shape)
    data = {
        "tokens": tokens,
        "weights": thousandths(weights),
        "most": weights.argmax(axis=-1).tolist(),
        "mean": thousandths(weights.mean(axis=(0, 1))),
    }
    return {
        "data": data, "json": json.dumps(data, separators=(",", ":")), "n_layers": n_layers,
        "n_heads": n_heads, "layer": int(layer), "head": int(head), "looks": looks,
    }  # fmt: skip


def thousandths(weights: NDArray[Any]) -> list[Any]:
    """Round to what the page prints.

    Examples
    --------
    >>> thousandths(np.array([0.55561, 0.0004]))
    [556, 0]
    """
    rounded: list[Any] = np.rint(1000 * weights).astype(int).tolist()
    return rounded


def add_static(app: Sphinx) -> None:
    """Publish the script and the style."""
    app.config.html_static_path.append(str(HERE / "static"))


def load_where_needed(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Have only the page that has the explorer load what it needs."""
    if 'id="head-explorer"' in context.get("body", ""):
        app.add_css_file("head-explorer.css")
        app.add_js_file("head-explorer.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything."""
    app.add_directive("head-explorer", HeadExplorer)
    app.add_directive("head-provenance", HeadProvenance)
    app.connect("builder-inited", add_static)
    app.connect("html-page-context", load_where_needed)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
