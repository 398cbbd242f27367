"""Mends the HTML of Sphinx and its theme where a validator or a screen reader stumbles over it.

Each mend looks for exactly what the tool writes, so it does nothing once the tool is mended.
"""

import re
from typing import Any

from sphinx.application import Sphinx

BLOCK = re.compile(r'<div (class="viewcode-block" id="[^"]*")>|</div>')


def level_captions(html: str) -> str:
    """Give the caption over a part of the contents, which is marked as a heading, its level."""
    return html.replace('role="heading">', 'role="heading" aria-level="2">')


def items_of_sources(html: str) -> str:
    """Give each entry of the sources the role that its list asks for, not a deprecated one."""
    return html.replace('role="doc-biblioentry"', 'role="listitem"')


def spans_in_code(html: str) -> str:
    """Mark a definition in a module's code with a ``<span>``, which may stand in a ``<pre>``.

    Examples
    --------
    >>> spans_in_code('<div><pre><div class="viewcode-block" id="f">f</div></pre></div>')
    '<div><pre><span class="viewcode-block" id="f">f</span></pre></div>'
    """
    before, pre, rest = html.partition("<pre>")
    code, end, after = rest.rpartition("</pre>")
    code = BLOCK.sub(lambda found: f"<span {found[1]}>" if found[1] else "</span>", code)
    return before + pre + code + end + after


def nest_lists(html: str) -> str:
    """Put a list of submodules inside the item of their package.

    Examples
    --------
    >>> nest_lists("<ul><li>a</li> <ul><li>b</li></ul></ul>")
    '<ul><li>a<ul><li>b</li></ul></li></ul>'
    """
    html = re.sub(r"</li>\s*<ul>", "<ul>", html)
    return re.sub(r"</ul>(?=\s*(<li>|</ul>))", "</ul></li>", html)


def mend(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any):
    """Mend what a page's template is given, before it is filled."""
    if "furo_navigation_tree" in context:
        context["furo_navigation_tree"] = level_captions(context["furo_navigation_tree"])
    if "body" in context:
        context["body"] = items_of_sources(level_captions(context["body"]))
        if pagename == "_modules/index":
            context["body"] = nest_lists(context["body"])
        elif pagename.startswith("_modules/"):
            context["body"] = spans_in_code(context["body"])


def setup(app: Sphinx) -> dict[str, bool]:
    """Mend each page after the theme has had its say."""
    app.connect("html-page-context", mend, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
