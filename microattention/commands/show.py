"""The command ``show``: who attends to whom in a sentence, as a table or a picture."""

import argparse
import shutil
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..attention import scaled_dot_product_attention
from ..masking import causal_mask
from ..plotting import heatmap
from ..sentence import sentence_projections
from ..terminal import clip, columns, harmless, has_colour, shade, table
from ..usage import UsageError, require_writable, whole_number, write
from .pictures import kind_of_picture, rendered

SENTENCE = "the corpus was wrong"
HELP = "print the attention table of a sentence, under random weights"
EPILOG = """\
examples:
  python -m microattention show "the corpus was wrong" --seed 7
  python -m microattention show "the corpus was wrong" --full
  python -m microattention show "the corpus was wrong" --heatmap attention.svg

A row is a word that looks, a column a word that is looked at. The table is shaded on a
terminal; NO_COLOR, FORCE_COLOR and TERM=dumb are respected.
"""
LONGEST_WORD = 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``show`` takes.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        To which the arguments are added.

    Examples
    --------
    >>> parser = argparse.ArgumentParser()
    >>> add_arguments(parser)
    >>> parser.parse_args([]).sentence
    'the corpus was wrong'
    """
    parser.add_argument("sentence", nargs="?", default=SENTENCE, metavar="SENTENCE",
                        help=f'words, in quotation marks (default: "{SENTENCE}")')  # fmt: skip
    parser.add_argument("--seed", type=whole_number(0, 2**32 - 1), default=42, metavar="N",
                        help="seed of the random weights (default: 42)")  # fmt: skip
    parser.add_argument("--width", type=whole_number(1, 4096), default=8, metavar="D",
                        help="numbers in a query, a key and a value (default: 8)")  # fmt: skip
    parser.add_argument("--full", action="store_true",
                        help="let words attend to later words too")  # fmt: skip
    parser.add_argument(
        "--unit-variance",
        action="store_true",
        help="draw the weights at the scale that scaling by 1/sqrt(d) assumes",
    )
    parser.add_argument("--heatmap", metavar="FILE",
                        help="also write a picture: .png, .svg or .pdf")  # fmt: skip


def run(arguments: argparse.Namespace) -> None:
    """Print the table, after writing the picture if one is wanted.

    Parameters
    ----------
    arguments : argparse.Namespace
        As declared by `add_arguments`.

    Raises
    ------
    UsageError
        If the sentence has no words, or the picture cannot be made or written.

    Examples
    --------
    >>> parser = argparse.ArgumentParser()
    >>> add_arguments(parser)
    >>> run(parser.parse_args([" "]))
    Traceback (most recent call last):
    microattention.usage.UsageError: the sentence is empty; give it some words
    """
    words = words_of(arguments.sentence)
    mask = np.ones((len(words),) * 2, bool) if arguments.full else causal_mask(len(words))
    weights = _weights(words, mask, arguments)
    if arguments.heatmap is not None:
        kind = kind_of_picture(arguments.heatmap)
        require_writable(arguments.heatmap)
        write(arguments.heatmap, _picture(weights, words, mask, kind))
    hidden = "" if arguments.full else "; - is a later word, hidden"
    print(f"Attention of each word (row) to each word (column){hidden}", end="\n\n")
    print(_table(weights, words, mask), end="\n\n")
    print(_summary(weights, words, arguments.seed))


def words_of(sentence: str) -> list[str]:
    """Split a sentence into words fit for a terminal.

    Parameters
    ----------
    sentence : str
        As the user typed it.

    Returns
    -------
    list of str

    Raises
    ------
    UsageError
        If it has no word that could be seen.

    Examples
    --------
    >>> words_of("the corpus was wrong")
    ['the', 'corpus', 'was', 'wrong']
    """
    words = [harmless(word) for word in sentence.split()]
    if not any(columns(word) for word in words):
        raise UsageError("the sentence is empty; give it some words")
    return words


def _weights(
    words: Sequence[str], mask: NDArray[np.bool_], arguments: argparse.Namespace
) -> NDArray[Any]:
    """Run the essay's example on these words; (n_words, n_words)."""
    scale = arguments.width**-0.5 if arguments.unit_variance else 1.0
    Q, K, V = sentence_projections(
        words, seed=arguments.seed, d_model=arguments.width, weight_scale=scale
    )
    return scaled_dot_product_attention(Q, K, V, mask)[1]


def _table(weights: NDArray[Any], words: Sequence[str], mask: NDArray[np.bool_]) -> str:
    """Lay the weights out, shaded where the terminal allows, hidden ones as a dash."""
    labels = [clip(word, LONGEST_WORD) for word in words]
    rows = [
        [label, *(f"{weight:.3f}" if seen else "-" for weight, seen in zip(*row, strict=True))]
        for label, *row in zip(labels, weights, mask, strict=True)
    ]

    def paint(query: int, key: int, cell: str) -> str:
        return shade(weights[query, key], cell) if mask[query, key] else cell

    coloured = sys.stdout is not None and has_colour(sys.stdout)
    width = shutil.get_terminal_size().columns
    return table(["", *labels], rows, width=width, paint=paint if coloured else None)


def _summary(weights: NDArray[Any], words: Sequence[str], seed: int) -> str:
    """Say in one line what the last row holds, and what it does not show."""
    last, most = len(words) - 1, int(np.argmax(weights[-1]))
    return (
        f"{_name(words, last)} attends most to {_name(words, most)} "
        f"({weights[-1, most]:.1%}); the weights are random (seed {seed})."
    )


def _name(words: Sequence[str], position: int) -> str:
    """Name a word, with its number where the sentence has it twice."""
    word = f'"{clip(words[position], 40)}"'
    return word if words.count(words[position]) == 1 else f"{word} (word {position + 1})"


def _picture(
    weights: NDArray[Any], words: Sequence[str], mask: NDArray[np.bool_] | None, kind: str
) -> bytes:
    """Render the heatmap in memory."""
    labels = [clip(word, LONGEST_WORD) for word in words]
    return rendered(lambda: heatmap(weights, labels, mask=mask).figure, kind)
