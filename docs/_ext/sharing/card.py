"""The picture of a page: what it is called and what it asks, in the site's own faces.

The mark below is the essay's first figure, the weights of "the corpus was wrong".
"""

from itertools import takewhile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, MARGIN = 1200, 630, 84
PAPER, INK, MUTED, BRAND, PALE = "#fdfbf7", "#1c1a18", "#57504a", "#7a2e1d", "#e3cfc9"
FONTS = Path(__file__).resolve().parents[2] / "_static" / "fonts"
LARGE = {(0, 0), (1, 0), (2, 0), (3, 1)}  # where a word of the sentence gives nearly everything


def face(style: str, size: float) -> ImageFont.FreeTypeFont:
    """Return a face of the site in a size."""
    return ImageFont.truetype(FONTS / f"essay-serif{style}.woff2", size)


def lines(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Return a text broken into lines of at most a width."""
    broken = [""]
    for word in text.split():
        longer = f"{broken[-1]} {word}".lstrip()
        if font.getlength(longer) <= width:
            broken[-1] = longer
        else:
            broken.append(word)
    return broken


def even_lines(text: str, font: ImageFont.FreeTypeFont) -> list[str]:
    """Return a text in as few lines as fit between the margins, as alike in length as can be."""
    widths = range(WIDTH - 2 * MARGIN, 0, -20)
    few = len(lines(text, font, widths[0]))
    broken = (lines(text, font, width) for width in widths)
    *_, even = takewhile(lambda tried: len(tried) == few, broken)
    return even


def draw(above: str, title: str, question: str, below: str) -> Image.Image:
    """Return the card of a page, with a small line above its title and one at the foot."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(image)
    pen.text((MARGIN, MARGIN), above, BRAND, face("", 34), "ls")
    place = MARGIN + 100
    for text, font, colour, leading in (
        (title, face("-semibold", 76), INK, 92),
        (question, face("-italic", 42), MUTED, 58),
    ):
        for line in even_lines(text, font):
            pen.text((MARGIN, place), line, colour, font, "ls")
            place += leading
    mark(pen, MARGIN, HEIGHT - 110, 46)
    pen.text((MARGIN + 66, HEIGHT - 75), below, INK, face("-semibold", 34), "ls")
    return image


def mark(pen: ImageDraw.ImageDraw, left: int, top: int, size: int) -> None:
    """Draw the site's mark: four words, each with its weights on those up to itself."""
    step, gap = size / 4, 2
    for row in range(4):
        for column in range(row + 1):
            x, y = left + column * step, top + row * step
            colour = BRAND if (row, column) in LARGE else PALE
            pen.rectangle((x, y, x + step - gap, y + step - gap), colour)
