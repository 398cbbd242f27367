"""What tests read of a built page."""

from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

LOADED_BY = {"script": "src", "img": "src", "iframe": "src", "source": "src", "use": "href",
             "object": "data", "embed": "src", "video": "src", "audio": "src"}  # fmt: skip
ONLY_NAMED = {"canonical", "next", "prev", "index", "search", "author", "copyright", "license"}


class Page(HTMLParser):
    """What a page loads by itself, where it links to, and which names it offers."""

    def __init__(self, path):
        super().__init__()
        self.loads, self.links, self.names = [], [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = {name: value or "" for name, value in attributes}
        if "id" in given:
            self.names.append(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if LOADED_BY.get(tag) in given:
            self.loads.append(given[LOADED_BY[tag]])
        if "srcset" in given:
            self.loads += [part.split()[0] for part in given["srcset"].split(",")]
        if tag == "link" and given.get("rel") not in ONLY_NAMED:
            self.loads.append(given["href"])


def follow(pages):
    """Follow every link between pages, path → `Page`; return how many, or fail at a dead one."""
    followed = 0
    for path, page in pages.items():
        if path.name == "404.html":  # is served at any address, so its links start at the root
            continue
        for link in page.links:
            there = urlsplit(link)
            if there.scheme or there.netloc:
                continue
            target = (path.parent / unquote(there.path)).resolve() if there.path else path
            assert target.is_file(), f"{path} links to {link}"
            if there.fragment and target in pages:
                assert unquote(there.fragment) in pages[target].names, f"{path} links to {link}"
            followed += 1
    return followed
