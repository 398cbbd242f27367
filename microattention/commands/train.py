"""The command ``train``: fit a small model to a corpus, and see where it looks before and after."""

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..corpora import START, read_corpus, token_ids, vocabulary
from ..terminal import clip, harmless, progress, table
from ..training import Parameters, draw_batches, forward, random_parameters, train
from ..usage import UsageError, whole_number

HELP = "fit a small model to a corpus, and see where it looks before and after"
LONGEST_SENTENCE = 200  # words; the table of weights grows with the square
PROBE = "sir the clerk misled the judge ; wrong"
EPILOG = """\
examples:
  python -m microattention train
  python -m microattention train mostly-friend.txt --probe "friend that judge misled that clerk"
  python -m microattention train my-corpus.txt --steps 1000

A corpus is a text with one sentence a line and spaces between the words. mostly-sir.txt and
mostly-friend.txt come with the essay and were made up for it.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``train`` takes.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        To which the arguments are added.

    Examples
    --------
    >>> parser = argparse.ArgumentParser()
    >>> add_arguments(parser)
    >>> parser.parse_args([]).corpus
    'mostly-sir.txt'
    """
    parser.add_argument("corpus", nargs="?", default="mostly-sir.txt", metavar="CORPUS",
                        help="a file, one sentence a line (default: mostly-sir.txt)")  # fmt: skip
    parser.add_argument("--probe", metavar="WORDS",
                        help="the beginning of a sentence, whose last word is watched (default: "
                        f"'{PROBE}', or the first sentence but its last word)")  # fmt: skip
    parser.add_argument("--steps", type=whole_number(1, 100_000), default=400, metavar="N",
                        help="batches to read (default: 400)")  # fmt: skip
    parser.add_argument("--batch", type=whole_number(1, 1000), default=16, metavar="N",
                        help="sentences in a batch (default: 16)")  # fmt: skip
    parser.add_argument("--width", type=whole_number(1, 512), default=32, metavar="N",
                        help="width of a word's row (default: 32)")  # fmt: skip
    parser.add_argument("--seed", type=whole_number(0, 2**32 - 1), default=0, metavar="N",
                        help="seed of start and batches (default: 0)")  # fmt: skip


def run(arguments: argparse.Namespace) -> None:
    """Train, and print the losses and the attention of the probe's last word.

    Parameters
    ----------
    arguments : argparse.Namespace
        As declared by `add_arguments`.

    Raises
    ------
    UsageError
        If the corpus cannot be read, is no corpus, or lacks a word of the probe.

    Examples
    --------
    >>> parser = argparse.ArgumentParser()
    >>> add_arguments(parser)
    >>> run(parser.parse_args(["nowhere.txt"]))
    Traceback (most recent call last):
    microattention.usage.UsageError: cannot read nowhere.txt: no such file
    """
    sentences = _corpus(arguments.corpus)
    words = vocabulary(sentences)
    corpus = token_ids(sentences, words)
    probe = _probe(arguments.probe, sentences, words, corpus.shape[1] - 1)
    rng = np.random.RandomState(arguments.seed)
    before = random_parameters(len(words), corpus.shape[1] - 1, arguments.width, rng)
    batches = draw_batches(arguments.steps, arguments.batch, len(corpus), rng)
    print(f"{len(sentences)} sentences, {len(words)} different words; seed {arguments.seed}\n")
    with progress("training, step", arguments.steps) as step:
        after, losses = train(before, corpus, batches, peak=0.015, step=step)
    print(_losses(losses), end="\n\n")
    print(_attention(before, after, probe, words))


def _corpus(path: str) -> list[str]:
    """Read the sentences, or refuse in one line."""
    try:
        sentences = read_corpus(path)
    except FileNotFoundError:
        raise UsageError(f"cannot read {path}: no such file") from None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(str(error)) from None
    longest = max(len(sentence.split()) for sentence in sentences) - 1
    if longest > LONGEST_SENTENCE:
        raise UsageError(f"{path} must have at most {LONGEST_SENTENCE} words a line, got {longest}")
    return sentences


def _probe(
    asked: str | None, sentences: Sequence[str], words: Sequence[str], max_len: int
) -> list[str]:
    """Return the words to read: those asked for, the usual ones, or the first but its last."""
    first = " ".join(sentences[0].split()[1:-1])
    usual = PROBE if set(PROBE.split()) <= set(words) else first
    probe = (usual if asked is None else asked).split()
    if not probe:
        raise UsageError("the probe is empty; give it some words")
    for word in probe:
        if word not in words:
            raise UsageError(f"the corpus has no word {clip(repr(word), 40)}; give another --probe")
    if len(probe) >= max_len:
        raise UsageError(f"the probe must have at most {max_len - 1} words, got {len(probe)}")
    return [START, *probe]


def _losses(losses: NDArray[Any]) -> str:
    """Lay out the mean loss of each tenth of the training, in nats and in bits."""
    tenths = np.array_split(losses, min(10, len(losses)))
    ends = np.cumsum([len(tenth) for tenth in tenths])
    rows = [[str(end), f"{tenth.mean():.3f}", f"{tenth.mean() / np.log(2):.3f}"]
            for end, tenth in zip(ends, tenths, strict=True)]  # fmt: skip
    return table(["up to step", "loss", "bits a word"], rows)


def _attention(
    before: Parameters, after: Parameters, probe: Sequence[str], words: Sequence[str]
) -> str:
    """Lay out what the probe's last word attends to, and say which word is likeliest next."""
    passes = [forward(parameters, token_ids([" ".join(probe)], words))
              for parameters in (before, after)]  # fmt: skip
    shares = [passed.weights[0, -1] for passed in passes]
    last = clip(harmless(probe[-1]), 40)
    rows = [[clip(harmless(word), 20), f"{untrained:.3f}", f"{trained:.3f}"]
            for word, untrained, trained in zip(probe, *shares, strict=True)]  # fmt: skip
    p = passes[1].p[-1]
    likeliest = clip(harmless(words[int(p.argmax())]), 40)
    return "\n".join([
        table([f"{last} attends to", "before", "after"], rows),
        f'\nLikeliest after "{last}": {likeliest} ({p.max():.1%})',
    ])  # fmt: skip
