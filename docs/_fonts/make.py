"""Cut the site's fonts down to what its pages need; run by hand when they need more.

``python docs/_fonts/make.py FOLDER`` reads full fonts from FOLDER, writes ``docs/_static/fonts``.
It wants fonttools and brotli, which building the site does not. The sources, all under the
SIL Open Font Licence that stands beside the results:

- Source Serif 4 and Source Code Pro: the npm packages ``@expo-google-fonts/source-serif-4`` 0.4.1
  and ``@expo-google-fonts/source-code-pro`` 0.4.1, whose files keep every OpenType feature;
- STIX Two Math 2.11: the PyPI package ``ziamath`` 0.13, in ``ziamath/fonts``.

"Source" is a name that its licence reserves for the unchanged fonts, so the cut ones have another.
"""

import sys
from pathlib import Path

from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

STATIC = Path(__file__).resolve().parents[1] / "_static" / "fonts"
# Western Latin and what names need beyond it; the signs that prose and code have.
TEXT = [*range(0x20, 0x7F), *range(0xA0, 0x100), *map(ord, "ćČčěğıŁłńŐőŒœřŚśŞşŠšŰűźżŽž")]
TEXT += map(ord, "ΔΣΦαβγδελμπστφ\u2009\u202f\u2060–—‘’“”†…′⁹ᵀ←→−√∞≈≠≤≥⌈⌉⌊⌋✓")
# Upright and italic letters; operators, arrows, fences, accents. The font's own letters for
# subscripts (ssty) are left out: Chromium does not use them and they would double the file.
MATH = [*range(0x20, 0x7F), *map(ord, "\xa0¬±·×÷ϕϵ…′″ℎℓℝ∀∂∃∆∇∈∏∑−√∝∞‖∣∥∧∨∫∼≈≔≠≡≤≥≪≫⊙⊤⊥⋅⋮⋯⋱")]
MATH += map(ord, "←↑→↓↔↦⇒⌈⌉⌊⌋⟨⟩⏞⏟ˆ˜¯\u0302\u0303\u0304\u0307\u20d7\u2061\u2062\u2063")
MATH += [*map(ord, "ΓΔΘΛΣΦΨΩ"), *range(0x3B1, 0x3CA), *range(0x1D434, 0x1D468)]
MATH += [*range(0x1D6FC, 0x1D71C), 0x1D7D9]
PROSE = ["kern", "liga", "onum", "pnum", "tnum", "lnum"]
FONTS = {
    "SourceSerif4_400Regular.ttf": ("essay-serif", "Essay Serif", TEXT, PROSE),
    "SourceSerif4_400Regular_Italic.ttf": ("essay-serif-italic", "Essay Serif", TEXT, PROSE),
    "SourceSerif4_600SemiBold.ttf": ("essay-serif-semibold", "Essay Serif", TEXT, PROSE),
    "SourceCodePro_400Regular.ttf": ("essay-code", "Essay Code", TEXT, []),
    "STIXTwoMath-Regular.ttf": ("essay-math", "Essay Math", MATH, ["dtls"]),
}


def cut(source: Path, target: Path, name: str, letters: list[int], features: list[str]) -> None:
    """Write `source` with nothing but `letters` and `features`, under `name`, as WOFF2."""
    options = Options(flavor="woff2", layout_features=features, hinting=False, desubroutinize=True)
    options.drop_tables += ["DSIG", "BASE", "STAT"]
    font = TTFont(source, recalcTimestamp=False)
    cutter = Subsetter(options)
    cutter.populate(unicodes=letters)
    cutter.subset(font)
    if "MATH" in font:
        narrow_roots(font)
    for number in (1, 3, 4, 6, 16):
        font["name"].setName(name.replace(" ", "" if number == 6 else " "), number, 3, 1, 0x409)
    font.flavor = "woff2"
    font.save(target)


def narrow_roots(font: TTFont) -> None:
    """Make tall root signs as narrow as the smallest.

    Chromium leaves after a formula the room that the widest sign would take, whichever it uses.
    """
    variants = font["MATH"].table.MathVariants
    sign = font.getBestCmap()[ord("√")]
    tall = variants.VertGlyphConstruction[variants.VertGlyphCoverage.glyphs.index(sign)]
    names = {record.VariantGlyph for record in tall.MathGlyphVariantRecord} - {sign}
    names |= {part.glyph for part in tall.GlyphAssembly.PartRecords}
    width, glyphs = font["hmtx"][sign][0], font.getGlyphSet()
    drawn = {}
    for name in names:
        pen = TTGlyphPen(None)
        glyphs[name].draw(TransformPen(pen, (width / font["hmtx"][name][0], 0, 0, 1, 0, 0)))
        drawn[name] = pen.glyph()
    for name, glyph in drawn.items():
        font["glyf"][name] = glyph
        glyph.recalcBounds(font["glyf"])
        font["hmtx"][name] = (width, glyph.xMin)


def main(folder: Path) -> None:
    """Cut every font whose source stands anywhere in `folder`."""
    STATIC.mkdir(exist_ok=True)
    for file, (stem, name, letters, features) in FONTS.items():
        target = STATIC / f"{stem}.woff2"
        cut(next(folder.rglob(file)), target, name, letters, features)
        print(f"{target.name}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
