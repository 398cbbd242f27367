"""The command ``sweep``: how unusual one seed's attention is among many."""

import argparse
import json
import shutil
from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from .. import __version__
from ..estimates import Estimate, estimate_median, estimate_rate
from ..sweep import attention_by_seed
from ..terminal import clip, progress, table
from ..usage import require_writable, whole_number, write
from .show import LONGEST_WORD, SENTENCE, words_of

HELP = "draw a sentence's random weights under many seeds, and compare one of them"
EPILOG = """\
examples:
  python -m microattention sweep "the corpus was wrong"
  python -m microattention sweep --seeds 100000 --seed 7
  python -m microattention sweep --width 64 --unit-variance --json sweep.json

It is the last word that looks. A standard error is what drawing no more seeds than these costs:
about nineteen rates in twenty lie within two of them of the rate under all seeds.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``sweep`` takes.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        To which the arguments are added.

    Examples
    --------
    >>> parser = argparse.ArgumentParser()
    >>> add_arguments(parser)
    >>> parser.parse_args([]).seeds
    10000
    """
    parser.add_argument("sentence", nargs="?", default=SENTENCE, metavar="SENTENCE",
                        help=f'words, in quotation marks (default: "{SENTENCE}")')  # fmt: skip
    parser.add_argument("--seeds", type=whole_number(1, 10_000_000), default=10_000, metavar="N",
                        help="how many, counted from 0 (default: 10000)")  # fmt: skip
    parser.add_argument("--seed", type=whole_number(0, 2**32 - 1), default=42, metavar="N",
                        help="the seed that is compared with them (default: 42)")  # fmt: skip
    parser.add_argument("--width", type=whole_number(1, 4096), default=8, metavar="D",
                        help="numbers in a query, a key and a value (default: 8)")  # fmt: skip
    parser.add_argument(
        "--unit-variance",
        action="store_true",
        help="draw the weights at the scale that scaling by 1/sqrt(d) assumes",
    )
    parser.add_argument("--json", metavar="FILE", help="also save every figure")


def run(arguments: argparse.Namespace) -> None:
    """Sweep, print the figures, and save them if that is wanted.

    Parameters
    ----------
    arguments : argparse.Namespace
        As declared by `add_arguments`.

    Raises
    ------
    UsageError
        If the sentence has no words, or the file cannot be written, which is found out before
        anything is drawn.

    Examples
    --------
    >>> parser = argparse.ArgumentParser()
    >>> add_arguments(parser)
    >>> run(parser.parse_args(["the corpus was wrong", "--seeds", "1000"]))
    Attention of "wrong" under 1000 seeds
    <BLANKLINE>
    to       largest in  seed 42  as much or more in
    the     25.2% ± 1.4     0.1%         57.0% ± 1.6
    corpus  25.7% ± 1.4    93.7%         16.0% ± 1.2
    was     22.6% ± 1.3     1.6%         45.3% ± 1.6
    wrong   26.5% ± 1.4     4.6%         39.5% ± 1.5
    <BLANKLINE>
    Median of the largest weight: 97.5% ± 0.4.
    Rates are shares of the seeds, and ± is one standard error, in percentage points.
    All weights are random.
    """
    words = words_of(arguments.sentence)
    if arguments.json is not None:
        require_writable(arguments.json)
    how = {"d_model": arguments.width,
           "weight_scale": arguments.width**-0.5 if arguments.unit_variance else 1.0}  # fmt: skip
    with progress("drawing seed", arguments.seeds) as step:
        drawn = attention_by_seed(words, range(arguments.seeds), query=-1, report=step, **how)
    (compared,) = attention_by_seed(words, [arguments.seed], query=-1, **how)
    figures = _figures(words, drawn, compared)
    if arguments.json is not None:
        content = json.dumps(_asked(arguments) | figures, indent=2) + "\n"
        write(arguments.json, content.encode())
    print(_report(words, figures, arguments))


def _asked(arguments: argparse.Namespace) -> dict[str, Any]:
    """Say what the figures are of."""
    names = ("sentence", "seeds", "seed", "width", "unit_variance")
    return {"schema": 1, "microattention": __version__} | {
        name: getattr(arguments, name) for name in names
    }


def _figures(words: Sequence[str], drawn: NDArray[Any], compared: NDArray[Any]) -> dict[str, Any]:
    """Estimate everything that is reported, from (n_seeds, n_words) and (n_words,)."""
    most = drawn.argmax(axis=-1)
    return {
        "largest_weight_median": estimate_median(drawn.max(axis=-1))._asdict(),
        "words": [
            {
                "word": word,
                "largest": estimate_rate(most == place)._asdict(),
                "weight": float(compared[place]),
                "as_much_or_more": estimate_rate(drawn[:, place] >= compared[place])._asdict(),
            }
            for place, word in enumerate(words)
        ],
    }


def _report(words: Sequence[str], figures: dict[str, Any], arguments: argparse.Namespace) -> str:
    """Lay the figures out for a reader."""
    header = ("to", "largest in", f"seed {arguments.seed}", "as much or more in")
    rows = [
        [clip(one["word"], LONGEST_WORD), _percent(one["largest"]), f"{one['weight']:.1%}",
         _percent(one["as_much_or_more"])]
        for one in figures["words"]
    ]  # fmt: skip
    return (
        f'Attention of "{clip(words[-1], 40)}" under {arguments.seeds} seeds\n\n'
        f"{table(header, rows, width=shutil.get_terminal_size().columns)}\n\n"
        f"Median of the largest weight: {_percent(figures['largest_weight_median'])}.\n"
        "Rates are shares of the seeds, and ± is one standard error, in percentage points.\n"
        "All weights are random."
    )


def _percent(figure: dict[str, float]) -> str:
    """Write an estimate and its error, both in percent."""
    value, error = Estimate(**figure)
    return f"{value:.1%} ± {100 * error:.1f}"
