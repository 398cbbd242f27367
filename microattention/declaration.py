"""The Universal Declaration of Human Rights: one text in many languages, by which to compare them.

Its first ten articles, as ``essay/data/declaration.json`` holds them; ``make_declaration.py``
beside it says where they come from.
"""

import json

from .evidence import evidence_file


def declaration() -> dict[str, list[str]]:
    """Read the first ten articles in each language.

    Returns
    -------
    dict of str to list of str
        By the language's name in English; article 1 is the first of a list.

    Raises
    ------
    FileNotFoundError
        If the file is not there.

    Examples
    --------
    >>> articles = declaration()
    >>> print(articles["Spanish"][0][:43])
    Todos los seres humanos nacen libres e igua
    >>> len(articles), {len(languages) for languages in articles.values()}
    (10, {10})
    """
    text = evidence_file("declaration.json").read_text(encoding="utf-8")
    articles: dict[str, list[str]] = json.loads(text)["articles"]
    return articles
