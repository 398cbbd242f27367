"""Files by which programs find the pages: `sitemap.xml` for search engines, `llms.txt` for models.

The form of the second is that of llmstxt.org: a title, a summary, and lists of links to plain text.
"""

from pathlib import Path
from xml.sax.saxutils import escape

from docutils import nodes
from outputs.markup import SITES
from sphinx.addnodes import toctree
from sphinx.application import Sphinx

SITEMAP = """\
<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
{}</urlset>
"""


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write both; a sitemap takes whole addresses, so without one for the site there is none."""
    if exception is not None or app.builder.name not in SITES:
        return
    out = Path(app.outdir)
    (out / "llms.txt").write_text(llms(app), "utf-8")
    if app.config.html_baseurl:
        (out / "sitemap.xml").write_text(sitemap(app), "utf-8")
    else:
        (out / "sitemap.xml").unlink(missing_ok=True)


def sitemap(app: Sphinx) -> str:
    """Return the addresses of all pages that were written as such."""
    lines = [f"<url><loc>{escape(address(app, page))}</loc></url>\n" for page in pages(app)]
    return SITEMAP.format("".join(lines))


def pages(app: Sphinx) -> list[str]:
    """Return the pages in a fixed order."""
    return sorted(app.env.found_docs)


def address(app: Sphinx, page: str) -> str:
    """Return where a page stands, in full where that is known."""
    return f"{app.config.html_baseurl}{app.builder.get_target_uri(page)}"


def llms(app: Sphinx) -> str:
    """Return the pages that the front page lists, under its own headings, with what they say."""
    root = app.env.get_doctree(app.config.root_doc)
    parts = [f"# {app.config.project}\n\n> {opening(root)}\n"]
    for listing in root.findall(toctree):
        links = "".join(link(app, page) for _, page in listing["entries"] if page)
        parts.append(f"## {listing.get('caption') or 'Pages'}\n\n{links}")
    return "\n".join(parts)


def link(app: Sphinx, page: str) -> str:
    """Return a list item that leads to a page's source, which is Markdown, and says what it is."""
    suffix = Path(app.env.doc2path(page)).suffix + app.config.html_sourcelink_suffix
    source = f"{app.config.html_baseurl}_sources/{page}{suffix}"
    resolved = app.env.get_and_resolve_doctree(page, app.builder)  # for the names of sources
    title, said = app.env.titles[page].astext(), opening(resolved)
    return f"- [{title}]({source}){f': {said}' if said else ''}\n"


def opening(doctree: nodes.document) -> str:
    """Return the first paragraph's text on one line."""
    first = next(iter(doctree.findall(nodes.paragraph)), None)
    return " ".join(first.astext().split()) if first else ""


def setup(app: Sphinx) -> dict[str, object]:
    """Register it; nothing of it is a setting."""
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
