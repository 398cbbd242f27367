"""Mathematics as MathML, converted by docutils when the site is built: the pages need no script."""

import re
from html import escape, unescape

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

# docutils lays out bare rows and columns; the outer environment only repeats that there are some.
ENVIRONMENT = re.compile(
    r"\s*\\begin\{(equation|align|gather)(\*?)\}(.*)\\end\{\1\2\}\s*", re.DOTALL
)
ENTITY = re.compile(r"&(?!amp;|lt;|gt;)\w+;")  # a name of HTML's, which an EPUB does not know


def convert(tex: str, *, as_block: bool = False) -> str:
    """Return `tex` as a ``<math>`` element; `MathError` says what is not understood."""
    bare = re.sub(r"\\.", "", tex)  # without \{ and \}, which are signs like others
    if bare.count("{") != bare.count("}"):  # docutils closes what was left open, somewhere
        raise MathError("braces that do not match")
    whole = ENVIRONMENT.fullmatch(tex)
    try:
        written = tex2mathml(whole.group(3).strip() if whole else tex, as_block=as_block)
    except AttributeError as error:  # how docutils takes an "&" outside any alignment
        raise MathError("an & outside any alignment") from error
    return ENTITY.sub(lambda entity: unescape(entity[0]), written)


def convert_node(node: nodes.Element, *, as_block: bool) -> str:
    """Convert the formula in `node`; report a fault at its file and line and show the TeX."""
    tex = node.astext()
    try:
        return convert(tex, as_block=as_block)
    except MathError as error:
        logger.warning("mathematics not understood: %s in %r", error, tex, location=node)
        return f"<code>{escape(tex)}</code>"


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write an inline formula."""
    self.body.append(convert_node(node, as_block=False))
    following = node.next_node(descend=False, siblings=True)
    if isinstance(following, nodes.Text) and following.startswith(tuple(",.;:)?’”")):
        self.body.append("&#8288;")  # word joiner: a browser may else put the mark on the next line
    raise nodes.SkipNode


def visit_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a displayed formula, with its number and link where it has a label."""
    wrapped = node["ids"] == node.parent["ids"]  # by MyST, which repeats the id
    ids = [] if wrapped else node["ids"]
    self.body.append(self.starttag({}, "div", CLASS="math-display", ids=ids))
    self.body.append(convert_node(node, as_block=True))
    if node.get("number"):
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer; `conf.py` names it in ``html_math_renderer``."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
