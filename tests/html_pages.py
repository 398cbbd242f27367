"""What tests read of a built page."""

from html.parser import HTMLParser

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
