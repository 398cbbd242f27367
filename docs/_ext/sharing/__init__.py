"""What other programs show of a page whose address is shared: a title, a sentence and a picture.

Search engines take the sentence; the rest is the Open Graph protocol, ogp.me, whose addresses are
whole ones, so it is left out where the site's own is not known.
"""

import re
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from finding import address, opening
from outputs.registry import SITES
from sphinx.application import Sphinx

from . import card

AT_MOST = 200  # characters, about what is shown
NEXT_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z“])")


def first_sentences(text: str) -> str:
    """Return as many whole sentences as are shown, or the beginning of the first.

    Examples
    --------
    >>> first_sentences("Is it so? Radford et al. say it is.")
    'Is it so? Radford et al. say it is.'
    >>> first_sentences("Further and further. " * 20)[-29:]
    'further. Further and further.'
    """
    sentences = NEXT_SENTENCE.split(text)
    while len(sentences) > 1 and len(" ".join(sentences)) > AT_MOST:
        sentences.pop()
    told = " ".join(sentences)
    return told if len(told) <= AT_MOST else told[:AT_MOST].rpartition(" ")[0] + " …"


def shared(app: Sphinx, pagename: str, title: str, said: str, image: str) -> dict[str, str]:
    """Return the properties of a page, by their names in the protocol."""
    return {
        "title": title,
        "type": "website" if pagename == app.config.root_doc else "article",
        "url": address(app, pagename),
        "site_name": app.config.project,
        "description": said,
        "image": f"{app.config.html_baseurl}_static/cards/{image}",
        "image:width": str(card.WIDTH),
        "image:height": str(card.HEIGHT),
        "image:alt": "A title, a sentence under it, and the mark of the essay",
    }


def drawn(app: Sphinx, pagename: str, doctree: nodes.document | None) -> str:
    """Draw the card of a chapter or of the site, and return the name of the one that a page has."""
    number = app.env.toc_secnumbers.get(pagename, {}).get("")
    if doctree is None or not (number or pagename == app.config.root_doc):
        return f"{app.config.root_doc}.png"
    above, below = (f"Chapter {number[0]}", app.config.project) if number else ("", "")
    folder = Path(app.outdir) / "_static" / "cards"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{Path(pagename).name}.png"
    title, question = app.env.titles[pagename].astext(), first_sentences(opening(doctree))
    card.draw(above, title, question, below).save(folder / name)
    return name


def describe(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Put into a page's head what is shown of it; a page not written says so as `description`."""
    said = context.get("description", "") if doctree is None else first_sentences(opening(doctree))
    if app.builder.name not in SITES or not said:
        return
    tags = [meta("name", "description", said)]
    if app.config.html_baseurl:
        title = app.env.titles[pagename].astext() if doctree else context["title"]
        properties = shared(app, pagename, title, said, drawn(app, pagename, doctree))
        tags += [meta("property", f"og:{name}", value) for name, value in properties.items()]
        tags += [meta("name", "twitter:card", "summary_large_image")]
    context["metatags"] = context.get("metatags", "") + "\n".join(tags) + "\n"


def meta(key: str, name: str, content: str) -> str:
    """Return a ``<meta>`` element.

    Examples
    --------
    >>> meta("name", "description", "Is 1 < 2?")
    '<meta name="description" content="Is 1 &lt; 2?">'
    """
    return f'<meta {key}="{escape(name)}" content="{escape(content)}">'


def setup(app: Sphinx) -> dict[str, bool]:
    """Describe every page; nothing of it is a setting."""
    app.connect("html-page-context", describe)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
