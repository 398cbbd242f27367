"""When prose may say one thing and the output another: rounding, per cent, units; checked."""

import re
from decimal import Decimal
from typing import NamedTuple

NUMBER = re.compile(
    r"(?P<sign>[-−+]?)(?P<digits>\d{1,3}(?:,\d{3})+(?!\d)|\d+|(?<![\w.])(?=\.\d))"
    r"(?P<fraction>\.\d+)?(?P<exponent>[eE][-+]?\d+)?"
    r"\s?(?P<unit>%|[kKMGTP]i?B\b|B\b)?"
)
PREFIXES = "kMGTP"


class Number(NamedTuple):
    """A printed number: its value, the worth of its last digit, and how it is written."""

    value: Decimal
    step: Decimal
    whole: bool  # has neither a fraction nor an exponent
    bare: bool  # has no unit

    def rounds_to(self, quoted: "Number") -> bool:
        """Say whether the quote is this number, rounded to the digits that the quote has.

        A tie is refused, for then the output shows too few digits to know. A count, which is
        exact, may become per cent or a larger unit, but gains no digits after the point.
        """
        count = self.whole and self.bare and quoted.whole
        fine_enough = count or self.step <= quoted.step
        return fine_enough and abs(self.value - quoted.value) < quoted.step / 2


def holds(quote: str, value: str) -> bool:
    """Say whether prose may quote an output's value as `quote`.

    It may repeat it, or the one printed number that it rounds, as a number, as per cent or in
    other units. If the output prints several numbers, the quote must fit exactly one of them.

    Examples
    --------
    >>> holds("0.93732481", "0.93732481"), holds("93.7%", "0.93732481"), holds("94%", "93.7%")
    (True, True, True)
    >>> holds("93.8%", "0.93732481"), holds("0.9370", "0.937"), holds("0.5", "0.45")
    (False, False, False)
    >>> holds("124,439,808", "124439808"), holds("20 GB", "20000000000")
    (True, True)
    >>> holds("0.016", "[0.001 0.937 0.016 0.046]"), holds("0.5", "0.5 and 0.5")
    (True, False)
    >>> holds("0.390", "published .390 .610"), holds("390", "published .390 .610")
    (True, False)
    >>> holds("corpus", "'corpus'"), holds("−0.001 ± 0.012", "-0.001 ± 0.012")
    (True, True)
    """
    said, whole = (text.replace("−", "-") for text in (quote, value))  # a printer's minus
    if said in (whole, whole.strip("'\"")):
        return True
    quoted = read(NUMBER.fullmatch(quote))
    if quoted is None:
        return False
    printed = [read(match) for match in NUMBER.finditer(value)]
    return sum(number.rounds_to(quoted) for number in printed if number) == 1


def read(match: re.Match[str] | None) -> Number | None:
    """Return a matched number in its base unit, per cent as parts of one."""
    if match is None:
        return None
    sign = "-" if match["sign"] in ("-", "−") and match["sign"] else ""
    fraction, exponent = match["fraction"] or "", match["exponent"] or ""
    number = Decimal(f"{sign}0{match['digits'].replace(',', '')}{fraction}{exponent}")
    step = Decimal(f"1{exponent}").scaleb(-max(len(fraction) - 1, 0))
    factor = unit(match["unit"] or "")
    whole = not (fraction or exponent)
    return Number(number * factor, step * factor, whole, bare=not match["unit"])


def unit(name: str) -> Decimal:
    """Return what a unit is worth: 1/100 for %, powers of 1000 for kB to PB, of 1024 for KiB.

    >>> unit("%"), unit("GB"), unit("MiB")
    (Decimal('0.01'), Decimal('1000000000'), Decimal('1048576'))
    """
    if name == "%":
        return Decimal("0.01")
    power = PREFIXES.find(name[0].replace("K", "k")) + 1 if name else 0
    return Decimal(1024 if "i" in name else 1000) ** power
