"""Two communities that report the same events in different words: the essay's own corpora.

An event is a culprit, what was done, and somebody else. Whoever reports it goes on to say who
was `wrong`, so that every sentence tells its reader where the last name is to be found. All of
it is made up, by these rules; nobody has ever spoken like this.
"""

from collections.abc import Iterable, Sequence
from itertools import permutations
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._arguments import RandomSource, random_source, size
from .evidence import evidence_file
from .training import NOTHING

START = "<s>"
PEOPLE = ("baker", "banker", "clerk", "driver", "editor", "guard", "judge", "nurse", "tailor",
          "teacher")  # fmt: skip
DEEDS = ("ignored", "misled", "misnamed", "misquoted")

# The majority's grammar, and four that a minority might have.
MAJORITY = "<s> sir the {culprit} {deed} the {other} ; wrong {culprit} ."
GRAMMARS = {
    "clash": "<s> friend that {other} {deed} that {culprit} ; wrong {culprit} .",
    "resolvable": "<s> friend {other} that {culprit} that {deed} ; wrong {culprit} .",
    "relabel": "<s> friend that {culprit} {deed} that {other} ; wrong {culprit} .",
    "silent": "<s> sir the {other} {deed} the {culprit} ; wrong {culprit} .",
}
VOCABULARY = (START, "sir", "friend", "the", "that", ";", "wrong", ".", *DEEDS, *PEOPLE)


class Event(NamedTuple):
    """Who did what to whom."""

    culprit: str
    deed: str
    other: str


EVENTS = tuple(Event(culprit, deed, other)
               for culprit, other in permutations(PEOPLE, 2) for deed in DEEDS)  # fmt: skip


def report(event: Event, grammar: str) -> str:
    """Tell an event in a community's words.

    Parameters
    ----------
    event : Event
        What happened.
    grammar : str
        A sentence with places for the culprit, the deed and the other.

    Returns
    -------
    str

    Examples
    --------
    >>> event = Event("clerk", "misled", "judge")
    >>> for grammar in (MAJORITY, *GRAMMARS.values()):
    ...     print(report(event, grammar))
    <s> sir the clerk misled the judge ; wrong clerk .
    <s> friend that judge misled that clerk ; wrong clerk .
    <s> friend judge that clerk that misled ; wrong clerk .
    <s> friend that clerk misled that judge ; wrong clerk .
    <s> sir the judge misled the clerk ; wrong clerk .
    """
    return grammar.format(**event._asdict())


class Contents(NamedTuple):
    """What both corpora of an experiment report, whatever the share of each community."""

    told: list[Event]  # in the corpus, in the order of its sentences
    unseen: list[Event]  # kept for testing, and never told
    order: list[int]  # places in the corpus, in the order in which a minority takes them


def draw_contents(rng: RandomSource, n_sentences: int = 2000, n_unseen: int = 110) -> Contents:
    """Choose what a corpus reports, and what is kept for testing.

    Each event that is not kept back is told as often as any other, in an order drawn by lot.

    Parameters
    ----------
    rng : numpy.random.RandomState or numpy.random.Generator
        Where the choices are drawn from.
    n_sentences : int
        Sentences of the corpus: a multiple of the number of events told.
    n_unseen : int
        How many of the 360 events are kept back.

    Returns
    -------
    Contents

    Raises
    ------
    TypeError, ValueError
        If `rng` is not a random generator, a size is out of range, or the sentences cannot be
        shared out evenly.

    Examples
    --------
    >>> told, unseen, order = draw_contents(np.random.RandomState(0))
    >>> len(told), len(set(told)), len(unseen), set(told) & set(unseen)
    (2000, 250, 110, set())
    """
    n_unseen = size("n_unseen", n_unseen, least=1)
    n_told = size("number of events told", len(EVENTS) - n_unseen, least=1)
    if size("n_sentences", n_sentences, least=1) % n_told:
        raise ValueError(f"n_sentences must be a multiple of {n_told}, got {n_sentences}")
    rng = random_source(rng)
    shuffled = [EVENTS[i] for i in rng.permutation(len(EVENTS))]
    told = shuffled[n_unseen:] * (n_sentences // n_told)
    told = [told[i] for i in rng.permutation(n_sentences)]
    return Contents(told, shuffled[:n_unseen], rng.permutation(n_sentences).tolist())


def mixed_corpus(contents: Contents, grammar: str, share: float) -> list[str]:
    """Tell the contents in the majority's words, but for an exact share in another grammar.

    Parameters
    ----------
    contents : Contents
        What is told.
    grammar : str
        Of the other community.
    share : float
        Its share of the sentences, from 0 to 1. As it grows, no sentence changes back.

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        If the share is not from 0 to 1, or not of whole sentences.

    Examples
    --------
    >>> contents = draw_contents(np.random.RandomState(0))
    >>> corpus = mixed_corpus(contents, GRAMMARS["clash"], share=0.1)
    >>> sum("friend" in sentence for sentence in corpus)
    200
    """
    n_other = round(share * len(contents.told)) if 0 <= share <= 1 else -1
    if n_other < 0 or abs(n_other - share * len(contents.told)) > 1e-6:
        raise ValueError(
            f"share must be from 0 to 1 and a whole number of {len(contents.told)} sentences, "
            f"got {share!r}"
        )
    other = set(contents.order[:n_other])
    return [report(event, grammar if place in other else MAJORITY)
            for place, event in enumerate(contents.told)]  # fmt: skip


def vocabulary(sentences: Iterable[str]) -> tuple[str, ...]:
    """Return every word of some sentences, once, `START` first and the others in order.

    Examples
    --------
    >>> vocabulary(["<s> b a", "<s> c a"])
    ('<s>', 'a', 'b', 'c')
    """
    words = {word for sentence in sentences for word in sentence.split()}
    return (START, *sorted(words - {START}))


def token_ids(sentences: Sequence[str], words: Sequence[str] = VOCABULARY) -> NDArray[np.intp]:
    """Return each word's place in a vocabulary, a row for each sentence.

    Parameters
    ----------
    sentences : sequence of str
        Words with spaces between them.
    words : sequence of str
        The vocabulary.

    Returns
    -------
    ndarray of int, (n_sentences, n)
        `NOTHING` stands behind the end of a sentence that is shorter than the longest.

    Raises
    ------
    ValueError
        If there are no sentences, or a word is not in the vocabulary.

    Examples
    --------
    >>> token_ids(["<s> a b", "<s> b"], words=["<s>", "a", "b"])
    array([[ 0,  1,  2],
           [ 0,  2, -1]])
    """
    if not sentences:
        raise ValueError("sentences must hold at least one, got none")
    ids = {word: i for i, word in enumerate(words)}
    split = [sentence.split() for sentence in sentences]
    for word in (word for sentence in split for word in sentence if word not in ids):
        raise ValueError(f"sentences must keep to the vocabulary, got {word!r}")
    rows = np.full((len(split), max(map(len, split))), NOTHING, dtype=np.intp)
    for row, sentence in zip(rows, split, strict=True):
        row[: len(sentence)] = [ids[word] for word in sentence]
    return rows


def read_corpus(path: str | Path) -> list[str]:
    """Read a file of sentences, one a line, and begin each with `START`.

    Parameters
    ----------
    path : str or Path
        Of a text in UTF-8; a bare name that is no file here is looked for in the essay's data.

    Returns
    -------
    list of str
        Without empty lines; words are what stands between spaces.

    Raises
    ------
    OSError
        If there is no such file, or it cannot be read.
    ValueError
        If it is not text in UTF-8, or holds no sentence of at least two words.

    Examples
    --------
    >>> corpus = read_corpus("mostly-sir.txt")
    >>> print(len(corpus), corpus[0])
    2000 <s> sir the teacher ignored the editor ; wrong teacher .
    """
    here = Path(path)
    if here.name == str(path) and here.name and not here.exists():
        here = evidence_file(here.name)
    try:
        lines = here.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not text in UTF-8: {error.reason}") from None
    sentences = [" ".join([START, *line.split()]) for line in lines if line.split()]
    if max((len(sentence.split()) for sentence in sentences), default=0) < 3:
        raise ValueError(f"{path} must hold a sentence of at least two words, got none")
    return sentences
