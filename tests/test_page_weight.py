"""What a chapter costs to fetch before anything is pressed: all its files, compressed."""

import gzip
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from project import ROOT

LIMIT = 250_000  # bytes: about a second on a slow telephone
CHAPTERS = sorted(path.stem for path in (ROOT / "essay").glob("[0-9]*.md"))
TO_THE_END = """async () => {
  for (let y = 0; y <= document.body.scrollHeight; y += 400) {
    scrollTo({top: y, behavior: "instant"});
    await new Promise(requestAnimationFrame);
  }
}"""


def files_of(browser, path, scheme):
    """Return the files that a page asks for in one colour scheme, read to its end."""
    page = browser.new_page(color_scheme=scheme)
    asked = set()
    page.on("request", lambda request: asked.add(request.url))
    page.goto(path.as_uri())
    page.evaluate(TO_THE_END)
    page.wait_for_load_state("networkidle")
    page.close()
    return {Path(unquote(urlsplit(url).path)) for url in asked if url.startswith("file:")}


def weight(file):
    """Return a file's bytes as a server sends them; pictures and fonts are compressed already."""
    content = file.read_bytes()
    return min(len(content), len(gzip.compress(content, mtime=0)))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_is_light(site, browser, chapter, scheme):
    path = site / "essay" / f"{chapter}.html"
    weights = {file.name: weight(file) for file in files_of(browser, path, scheme)}
    heaviest = sorted(weights.items(), key=lambda item: -item[1])[:5]
    assert {path.name, "custom.css", "essay-serif.woff2"} <= weights.keys()
    # nothing is fetched that the page doesn't show: the other scheme's pictures are not
    pictures = [name for name in weights if name.startswith("sphx_glr") and name.endswith(".svg")]
    html = path.read_text("utf-8")
    in_place_of_scripts = html.count('class="explorable ')  # of which a picture stands for paper
    assert len(pictures) == html.count('class="only-light') - in_place_of_scripts
    assert all((".dark." in name) == (scheme == "dark") for name in pictures)
    assert sum(weights.values()) <= LIMIT, heaviest
