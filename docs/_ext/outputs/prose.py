"""Markdown's prose, line by line: code, maths and options left out."""

import re
from collections.abc import Iterator

FENCE = re.compile(r"^\s*(?P<marks>`{3,}|:{3,}|~{3,})\s*(?P<info>.*)$")
CAPTION = re.compile(r"^\s*:(?:alt|caption):( |$)")
OPTION = re.compile(r"^\s*:(?!alt:|caption:)[\w-]+:( |$)")
# directives whose content is prose; any other fence is code
PROSE = re.compile(
    r"\{(admonition|dropdown|exercise|question|figure|gallery-figure|scope|note|tip|hint|important"
    r"|warning|seealso|list-table|table|glossary|epigraph|card|grid|grid-item-card)\}"
)
ROLE_OR_CODE = re.compile(
    r"(?P<role>\{[\w:+-]+\}(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<marks>`+)(?!`).+?(?<!`)(?P=marks)(?!`)"
)


def prose_lines(markdown: str) -> Iterator[tuple[int, str]]:
    r"""Yield the number and text of each line that is prose, headings and captions included.

    Examples
    --------
    >>> text = "One.\n```pycon\n2\n```\n:::{admonition} Three\n:class: x4\nFive.\n:::\n"
    >>> list(prose_lines(text))
    [(1, 'One.'), (5, ' Three'), (7, 'Five.')]
    """
    code, prose, in_maths = "", [], False  # marks of the open code fence, and of the prose ones
    captioned = False  # whether that code is a directive's, which may have a caption
    for number, line in enumerate(markdown.splitlines(), 1):
        fence = FENCE.match(line)
        if code:
            if captioned and CAPTION.match(line):
                yield number, line
            code = "" if fence and not fence["info"] and fence["marks"].startswith(code) else code
        elif fence and PROSE.match(fence["info"]):
            prose.append(fence["marks"])
            yield number, PROSE.sub("", fence["info"], count=1)
        elif fence and not fence["info"] and prose and fence["marks"].startswith(prose[-1]):
            prose.pop()
        elif fence:
            code, captioned = fence["marks"], fence["info"].startswith("{")
        elif line.strip().startswith("$$"):
            in_maths ^= line.count("$$") == 1
        elif not in_maths and not OPTION.match(line):
            yield number, line


def without_code(line: str) -> str:
    """Leave out inline code, but keep roles, which look alike.

    >>> without_code("See `x` and ``{out}`1 <y>` ``, not {out}`1 <y>`.")
    'See  and , not {out}`1 <y>`.'
    """
    return ROLE_OR_CODE.sub(lambda match: match["role"] or "", line)
