"""Text for a terminal: aligned tables, shaded cells, a line of progress.

Width is counted in columns: a Chinese character takes two, a combining accent none.
"""

import os
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

# Steps of xterm's 256 colours from white to dark blue, with their red, green and blue.
RAMP = {
    231: (255, 255, 255),
    195: (215, 255, 255),
    153: (175, 215, 255),
    117: (135, 215, 255),
    75: (95, 175, 255),
    33: (0, 135, 255),
    27: (0, 95, 255),
    20: (0, 0, 215),
    18: (0, 0, 135),
    17: (0, 0, 95),
}
BLACK, WHITE = 16, 231
JOINERS = "\u200c\u200d"  # invisible, and needed to spell Persian, Hindi and some emoji
GAP = "  "


def harmless(text: str) -> str:
    r"""Replace whatever could steer a terminal instead of being read in it.

    Parameters
    ----------
    text : str
        Any text, such as a word that a user typed.

    Returns
    -------
    str
        The text with control characters, text-direction overrides, line breaks and halves of
        characters replaced by U+FFFD.

    Examples
    --------
    >>> ascii(harmless("a\x1b[31mred"))
    "'a\\ufffd[31mred'"
    """
    return "".join(
        "\ufffd"
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        and character not in JOINERS
        else character
        for character in text
    )


def columns(text: str) -> int:
    """Count the terminal columns that a text takes.

    Parameters
    ----------
    text : str
        Text without control characters.

    Returns
    -------
    int
        Columns, by the East Asian Width of Unicode Standard Annex 11; combining marks take none.

    Examples
    --------
    >>> columns("wrong"), columns("語料"), columns("e\u0301")
    (5, 4, 1)
    """
    return sum(map(_columns_of_character, text))


def clip(text: str, width: int) -> str:
    """Shorten a text to at most `width` columns, ending in an ellipsis if anything is lost.

    Parameters
    ----------
    text : str
        Text without control characters.
    width : int
        Columns, at least 1.

    Returns
    -------
    str

    Examples
    --------
    >>> clip("wrong", 5), clip("governance", 5), clip("語料庫", 4)
    ('wrong', 'gove…', '語…')
    """
    if columns(text) <= width:
        return text
    kept, room = "", width - 1
    for character in text:
        room -= _columns_of_character(character)
        if room < 0:
            break
        kept += character
    return kept + "…"


def has_colour(stream: TextIO) -> bool:
    """Say whether to write colours to a stream.

    Parameters
    ----------
    stream : file object
        Where the text will go.

    Returns
    -------
    bool
        The first that applies: NO_COLOR is set, no; FORCE_COLOR is set, yes; TERM is ``dumb``,
        no; else whether the stream is a terminal. A variable that is set to nothing is not set.

    Notes
    -----
    The conventions of no-color.org and force-color.org, in the order that Python itself keeps.

    Examples
    --------
    >>> import io
    >>> before = os.environ.pop("FORCE_COLOR", None)
    >>> has_colour(io.StringIO())
    False
    >>> if before is not None:
    ...     os.environ["FORCE_COLOR"] = before
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return os.environ.get("TERM") != "dumb" and stream.isatty()


def shade(share: float, text: str) -> str:
    r"""Write a text on a background that is darker, the larger the share.

    Parameters
    ----------
    share : float
        From 0 (white) to 1 (dark blue).
    text : str
        What to write, in black or white, whichever stands out more.

    Returns
    -------
    str
        The text between two escape sequences, which take no columns.

    Examples
    --------
    >>> ascii(shade(0.0, "0.000"))
    "'\\x1b[38;5;16;48;5;231m0.000\\x1b[0m'"
    """
    steps = list(RAMP)
    background = steps[min(int(share * len(steps)), len(steps) - 1)]
    return f"\x1b[38;5;{ink(background)};48;5;{background}m{text}\x1b[0m"


def ink(background: int) -> int:
    """Choose black or white text for a background of `RAMP`, by contrast.

    Parameters
    ----------
    background : int
        One of the colours in `RAMP`.

    Returns
    -------
    int
        16 (black) or 231 (white).

    Examples
    --------
    >>> ink(231), ink(17)
    (16, 231)
    """
    light = luminance(RAMP[background])
    return BLACK if (light + 0.05) / 0.05 >= 1.05 / (light + 0.05) else WHITE


def luminance(colour: tuple[int, int, int]) -> float:
    """Compute the relative luminance of a colour.

    Parameters
    ----------
    colour : (int, int, int)
        Red, green and blue, 0 to 255.

    Returns
    -------
    float
        0 for black, 1 for white.

    Notes
    -----
    WCAG 2.2, definition of relative luminance; (a + 0.05) / (b + 0.05) is the contrast ratio.

    Examples
    --------
    >>> luminance((0, 0, 0)), luminance((255, 255, 255))
    (0.0, 1.0)
    """
    red, green, blue = (
        c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4
        for c in colour
    )
    return round(0.2126 * red + 0.7152 * green + 0.0722 * blue, 12)


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    width: int | None = None,
    paint: Callable[[int, int, str], str] | None = None,
) -> str:
    """Align cells in columns, the first to the left and the others to the right.

    Parameters
    ----------
    header : sequence of str
        The heading of each column.
    rows : sequence of sequence of str
        As many cells a row as the header has.
    width : int, optional
        Columns of the terminal. A wider table is cut into chunks, one under the other, each of
        which repeats the first column; nothing is cut when not given.
    paint : callable, optional
        Called with row, column and the padded cell; returns what is written in its place.

    Returns
    -------
    str
        Lines without a newline at the end.

    Examples
    --------
    >>> print(table(["", "the", "corpus"], [["the", "1.0", "-"], ["corpus", "0.3", "0.7"]]))
            the  corpus
    the     1.0       -
    corpus  0.3     0.7
    """
    lines = [header, *rows]
    widths = [max(columns(line[column]) for line in lines) for column in range(len(header))]
    chunks = _chunks(widths, width)
    return "\n\n".join(_chunk(lines, widths, chunk, paint) for chunk in chunks)


@contextmanager
def progress(label: str, total: int, stream: TextIO | None = None) -> Iterator[Callable[..., None]]:
    """Show how far a long run is, on a terminal only, and leave nothing behind.

    Parameters
    ----------
    label : str
        What is running.
    total : int
        How many steps it has.
    stream : file object, optional
        Standard error when not given.

    Yields
    ------
    callable
        To be called after each step, or with the number of steps that were made.

    Examples
    --------
    A stream that is no terminal stays empty:

    >>> import io
    >>> stream = io.StringIO()
    >>> with progress("timing", 2, stream) as step:
    ...     step()
    >>> stream.getvalue()
    ''
    """
    stream = sys.stderr if stream is None else stream
    shown, done = stream is not None and stream.isatty(), 0
    written = 0

    def step(steps: int = 1) -> None:
        nonlocal done, written
        done += steps
        if shown:
            line = f"{label}: {done} of {total}"
            written = columns(line)
            stream.write(f"\r{line}")
            stream.flush()

    try:
        yield step
    finally:
        if written:
            stream.write("\r" + " " * written + "\r")
            stream.flush()


def _columns_of_character(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _chunks(widths: Sequence[int], width: int | None) -> list[list[int]]:
    """Share columns 1, 2, … out to chunks that fit beside column 0, at least one to each."""
    chunks: list[list[int]] = [[]]
    used = widths[0]
    for column, wanted in enumerate(widths[1:], start=1):
        used += len(GAP) + wanted
        if chunks[-1] and width is not None and used > width:
            chunks.append([])
            used = widths[0] + len(GAP) + wanted
        chunks[-1].append(column)
    return chunks


def _chunk(
    lines: Sequence[Sequence[str]],
    widths: Sequence[int],
    chunk: Sequence[int],
    paint: Callable[[int, int, str], str] | None,
) -> str:
    """Write column 0 and the columns of one chunk."""
    written = []
    for row, line in enumerate(lines, start=-1):  # the header is row -1
        cells = [line[0] + " " * (widths[0] - columns(line[0]))]
        for column in chunk:
            cell = " " * (widths[column] - columns(line[column])) + line[column]
            cells.append(paint(row, column - 1, cell) if paint and row >= 0 else cell)
        written.append(GAP.join(cells).rstrip(" "))
    return "\n".join(written)
