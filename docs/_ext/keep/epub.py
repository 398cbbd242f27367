"""The EPUB that Sphinx made, with what the standard asks for, and the same at each making."""

import io
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

from .archive import member

OPF, NCX = "content.opf", "toc.ncx"
ITEM = re.compile(r'(<item id="[^"]*" href="([^"]*)"[^>]*?) ?/>')
NAME = re.compile(r"<dc:identifier[^>]*>([^<]*)<")
NCX_NAME = re.compile(r'(<meta name="dtb:uid" content=")[^"]*')


def normalised(epub: Path, moment: int) -> bytes:
    """Return an EPUB with its members stamped alike; the first must lie open, by its standard.

    `ValueError` names a page that is no XML, which a reading device would not show.
    """
    with zipfile.ZipFile(epub) as given:
        members = {name: given.read(name) for name in given.namelist()}
    for name, content in members.items():
        if name.endswith(".xhtml"):
            check_page(name, content)
    mend(members)
    packed = io.BytesIO()
    first, *others = members
    with zipfile.ZipFile(packed, "w") as archive:
        for name in [first, *sorted(others)]:
            info = member(name, moment)
            info.compress_type = zipfile.ZIP_STORED if name == first else zipfile.ZIP_DEFLATED
            archive.writestr(info, members[name])
    return packed.getvalue()


def check_page(name: str, content: bytes) -> None:
    """Refuse a page of an EPUB that is not well-formed."""
    try:
        ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise ValueError(f"{name} is not well-formed: {error}") from None


def mend(members: dict[str, bytes]) -> None:
    """Declare the pages that have formulas, and name the book alike in both of its lists."""
    if OPF not in members:
        return

    def declare(item: re.Match[str]) -> str:
        formulas = b"<math" in members.get(item[2], b"")
        return f'{item[1]} properties="mathml"/>' if formulas else item[0]

    listed = members[OPF].decode()
    name = NAME.search(listed)
    members[OPF] = ITEM.sub(declare, listed).encode()
    if name and NCX in members:
        members[NCX] = NCX_NAME.sub(rf"\g<1>{name[1]}", members[NCX].decode()).encode()
