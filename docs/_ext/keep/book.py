"""The essay as one page that is laid out as a book.

A title page, the contents, the chapters, then what is looked up: solutions, glossary, sources. The
pages of the site are taken apart and put together anew; nothing of the text is written here.
"""

import json
import re
from html import escape
from pathlib import Path
from posixpath import dirname, join, normpath

from bs4 import BeautifulSoup, Tag

FRONT, BACK = "index.html", ("docs/glossary.html", "docs/references.html")
STYLE = Path(__file__).with_name("book.css")
# What only a screen has a use for: a link to its own place, the other scheme, forms, checks.
SCREEN = (
    ".headerlink, .only-dark, .figure-data, .gallery-figure-links, .explorable-live, .output-link, "
    ".output-ran, .exercise-file, .exercise-check, .sd-summary-state-marker, script, form, button"
)
NAMING = ("id", "for", "aria-labelledby")
NUMBER = '<span class="page-number" data-page="{}"></span>'
UNNUMBERED = re.compile(r'(<span class="page-number" data-page="([^"]*)">)[^<]*(?=</span>)')


def one_page(site: Path) -> str:
    """Return the book; the numbers of its pages are put in when it was printed once."""
    chapters = [f"essay/{path.name}" for path in sorted((site / "essay").glob("[0-9]*.html"))]
    after = [name for name in BACK if (site / name).is_file()]
    about = json.loads((site / "outputs.json").read_text("utf-8"))["site"]
    pages = {name: soup(site / name) for name in (FRONT, *chapters, *after)}
    opening, type_styles = title_page(pages[FRONT], about), styles(pages[chapters[0]])
    inside = {*chapters, *after}
    front, *articles = (article(page, name, inside, about["url"]) for name, page in pages.items())
    essay, looked_up = articles[: len(chapters)], articles[len(chapters) :]
    looked_up = [*filter(None, [solutions(essay)]), *looked_up]
    parts = [*essay, *looked_up]
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{heading(front)}</title>{type_styles}"
        f"<style>{STYLE.read_text('utf-8')}{feet(front, parts)}</style></head>"
        f'<body data-theme="light">{opening}{contents(parts, front)}'
        f"{''.join(map(str, parts))}</body></html>"
    )


def soup(path: Path) -> BeautifulSoup:
    """Read a page."""
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


def styles(chapter: BeautifulSoup) -> str:
    """Return what a chapter, whose place the book takes, says of its type."""
    return "".join(map(str, chapter.select('head > link[rel="stylesheet"], head > style')))


def article(page: BeautifulSoup, name: str, inside: set[str], address: str) -> Tag:
    """Take a page's text for paper, its names told apart from those of other pages."""
    found = page.select_one("article[role=main]")
    assert found is not None, name
    for part in found.select(SCREEN):
        part.decompose()
    own = prefix(name)
    found.attrs = {"class": "part", "id": own}
    for tag in found.find_all(True):
        for naming in NAMING:
            if naming in tag.attrs:
                tag[naming] = " ".join(f"{own}{one}" for one in str(tag[naming]).split())
        for attribute in ("loading", "aria-describedby", "tabindex"):  # lazy is never on paper
            tag.attrs.pop(attribute, None)
    for link in found.select("a[href]"):
        relink(link, name, inside, address)
    for fold in found.select("details.sd-dropdown"):
        unfold(fold)
    return found


def prefix(name: str) -> str:
    """Return what marks a page's names in the book."""
    return f"{Path(name).stem}--"


def relink(link: Tag, name: str, inside: set[str], address: str) -> None:
    """Lead a link to its place in the book, or else on the site if that has an address."""
    path, _, place = str(link["href"]).partition("#")
    if "://" in path:
        return
    target = normpath(join(dirname(name), path)) if path else name
    if target in inside:
        link["href"] = f"#{prefix(target)}{place}"
    elif address:
        link["href"] = f"{address}{target}{f'#{place}' if place else ''}"
    else:
        del link["href"]


def unfold(fold: Tag) -> None:
    """Turn what folds into a box with a title."""
    title = fold.summary
    fold.name, fold["class"] = "div", "unfolded"
    title.name, title.attrs = "p", {"class": "unfolded-title"}
    title.string = title.get_text(" ", strip=True)


def solutions(essay: list[Tag]) -> Tag | None:
    """Move solutions behind the essay, where nobody reads them too early; hints stay."""
    parts = []
    for chapter in essay:
        folds = [fold for fold in chapter.select(".unfolded") if not is_hint(fold)]
        moved = [move(fold, f"solution-{chapter['id']}{i}") for i, fold in enumerate(folds, 1)]
        if moved:
            parts.append(f"<h2>{heading(chapter)}</h2>{''.join(moved)}")
    if not parts:
        return None
    text = f'<article class="part" id="solutions--"><h1>Solutions</h1>{"".join(parts)}</article>'
    return BeautifulSoup(text, "html.parser").article


def is_hint(fold: Tag) -> bool:
    """Say whether an unfolded box helps without giving the answer away."""
    return "hint" in fold.select_one(".unfolded-title").get_text().lower()


def move(fold: Tag, name: str) -> str:
    """Leave a link where a solution stood, and return it under its exercise's title."""
    title = fold.find_previous(["h2", "h3"]).get_text()
    said = fold.select_one(".unfolded-title").extract().get_text()
    link = f'<p class="moved"><a href="#{name}">{said}: page {NUMBER.format(name)}</a></p>'
    fold.replace_with(BeautifulSoup(link, "html.parser"))
    return f'<div id="{name}"><h3>{escape(title)}</h3>{fold.decode_contents()}</div>'


def heading(part: Tag) -> str:
    """Return a part's title, with its number if it has one, as HTML."""
    return escape(words(part.h1))


def words(tag: Tag) -> str:
    """Return what is said in a tag, on one line."""
    return " ".join(tag.get_text().split())


def title_page(page: BeautifulSoup, about: dict[str, str]) -> str:
    """Return the first page: what this is, from which build, and where it can be verified."""
    place = f"{about['url']}outputs/" if about["url"] else "outputs/ of the site that this is from"
    lines = (
        f"Built on {about['date'][:10]} from {text(page, '.build-stamp')}",
        text(page, ".copyright"),
        "A name at the right of what the code printed is the one to cite that output by. What it "
        f"supports, and how to verify it, stands under its name in {escape(place)}.",
    )
    imprint = "".join(f"<p>{line}</p>" for line in lines)
    return (
        f'<article class="title-page"><h1>{text(page, "h1")}</h1>'
        f'<p class="sentence">{text(page, ".lede")}</p>'
        f'<div class="imprint">{imprint}</div></article>'
    )


def text(page: BeautifulSoup, selector: str) -> str:
    """Return what a part of a page says, as HTML, or nothing where there is no such part."""
    found = page.select_one(f"article[role=main] {selector}") or page.select_one(selector)
    for link in found.select(".headerlink") if found else ():
        link.decompose()
    return escape(words(found)) if found else ""


def contents(parts: list[Tag], front: Tag) -> str:
    """Return the contents, with each chapter's question, and how the book is to be read."""
    listed = f"<h1>Contents</h1><ol>{''.join(map(entry, parts))}</ol>"
    reading = front.select_one("#index--how-to-read-it")
    return f'<article class="table-of-contents">{listed}{reading or ""}</article>'


def entry(part: Tag) -> str:
    """Return a line of the contents."""
    asked = part.select_one(".chapter-question")
    question = f'<p class="question">{asked.decode_contents()}</p>' if asked else ""
    return (
        f'<li><a href="#{part["id"]}"><span>{heading(part)}</span>{NUMBER.format(part["id"])}</a>'
        f"{question}</li>"
    )


def feet(front: Tag, parts: list[Tag]) -> str:
    """Return what stands at the foot of the pages: left the book's title, right the part's."""
    rules = [f"@page :left {{ @bottom-right {{ content: {plain(front)} }} }}"]
    for i, part in enumerate(parts):
        rules.append(f'[id="{part["id"]}"] {{ page: part-{i} }}')
        rules.append(f"@page part-{i}:right {{ @bottom-left {{ content: {plain(part)} }} }}")
    return "\n".join(rules)


def plain(part: Tag) -> str:
    """Return a part's title as a string of a style sheet."""
    return json.dumps(words(part.h1), ensure_ascii=False)


def numbered(book: str, pages: dict[str, int]) -> str:
    """Put in the number of each page that the book names."""
    return UNNUMBERED.sub(lambda found: f"{found[1]}{pages[found[2]]}", book)
