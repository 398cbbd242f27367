"""One model, two communities: what a mixed corpus does to each, over many seeds at once.

A seed fixes everything but the words: where training starts, which events are told and which
are kept back, in which order, and which sentences each step reads. Grammar and share change
the words alone.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._arguments import size
from .corpora import (
    GRAMMARS,
    MAJORITY,
    PEOPLE,
    VOCABULARY,
    Contents,
    draw_contents,
    mixed_corpus,
    report,
    token_ids,
)
from .surprisal import surprisal
from .training import Parameters, draw_batches, forward, random_parameters, train

D_MODEL, N_STEPS, BATCH, PEAK = 32, 400, 16, 0.015
WORDS = MAJORITY.split()  # as many in every grammar
WRONG = WORDS.index("wrong")  # where it stands, in every grammar


class Communities(NamedTuple):
    """Models that were trained on a mixture, one for each seed, and sentences to try them on."""

    parameters: dict[str, NDArray[Any]]  # each (n_seeds, …)
    losses: NDArray[Any]  # (n_steps, n_seeds)
    majority: NDArray[np.intp]  # (n_seeds, n_unseen, n), unseen events in the majority's words
    minority: NDArray[np.intp]  # the same events in the other's
    untrained: dict[str, NDArray[Any]]  # where training started


def starting_point(
    seed: int, n_steps: int = N_STEPS
) -> tuple[dict[str, NDArray[Any]], Contents, NDArray[np.intp]]:
    """Draw all that a seed decides: the untrained model, what is told, and the batches.

    Examples
    --------
    >>> parameters, contents, batches = starting_point(0)
    >>> parameters["E"].shape, len(contents.told), batches.shape
    ((22, 32), 2000, (400, 16))
    """
    rng = np.random.RandomState(seed)
    contents = draw_contents(rng)
    parameters = random_parameters(len(VOCABULARY), len(WORDS) - 1, D_MODEL, rng)
    return parameters, contents, draw_batches(n_steps, BATCH, len(contents.told), rng)


def train_on_mixture(
    grammar: str,
    share: float,
    seeds: Sequence[int],
    n_steps: int = N_STEPS,
    step: Callable[[], object] | None = None,
) -> Communities:
    """Train a model for each seed on corpora in which a minority has an exact share.

    Parameters
    ----------
    grammar : str
        The minority's: a name in `microattention.corpora.GRAMMARS`.
    share : float
        Its share of the sentences, from 0 to 1.
    seeds : sequence of int
        One model for each.
    n_steps : int
        How many batches are read.
    step : callable, optional
        Called after each step, to show progress.

    Returns
    -------
    Communities

    Raises
    ------
    ValueError
        If there is no such grammar or no seed, or the share is not of whole sentences.

    Examples
    --------
    >>> found = train_on_mixture("clash", 0.1, seeds=[0, 1, 2], n_steps=5)
    >>> found.parameters["W_Q"].shape, found.minority.shape
    ((3, 32, 32), (3, 110, 11))
    """
    if grammar not in GRAMMARS:
        raise ValueError(f"grammar must be one of {', '.join(GRAMMARS)}, got {grammar!r}")
    if not len(seeds):
        raise ValueError("seeds must hold at least one, got none")
    drawn = [starting_point(seed, size("n_steps", n_steps, least=1)) for seed in seeds]
    untrained = {name: np.stack([start[name] for start, _, _ in drawn]) for name in drawn[0][0]}
    told = [contents for _, contents, _ in drawn]
    corpus = np.stack([token_ids(mixed_corpus(one, GRAMMARS[grammar], share)) for one in told])
    batches = np.stack([chosen for _, _, chosen in drawn], axis=1)
    parameters, losses = train(untrained, corpus, batches, PEAK, step)
    majority, minority = (
        np.stack([token_ids([report(event, how) for event in one.unseen]) for one in told])
        for how in (MAJORITY, GRAMMARS[grammar])
    )
    return Communities(parameters, losses, majority, minority, untrained)


def place(role: str, grammar: str) -> int:
    """Say where a grammar puts the culprit, the deed or the other, counted from 0.

    Examples
    --------
    >>> place("culprit", MAJORITY), place("culprit", GRAMMARS["clash"])
    (3, 6)
    """
    return grammar.split().index(f"{{{role}}}")


def attention_of_wrong(parameters: Parameters, sentences: NDArray[np.intp]) -> NDArray[Any]:
    """Return the attention weights with which `wrong` reads each sentence.

    Parameters
    ----------
    parameters : mapping of str to ndarray
        Of a model, or of several with a leading axis for each.
    sentences : ndarray of int, (…, n_sentences, n)
        In either community's words.

    Returns
    -------
    ndarray, (…, n_sentences, places up to `wrong`)

    Examples
    --------
    Of a model that knows nothing, the same for all:

    >>> parameters, contents, _ = starting_point(0)
    >>> blank = {name: 0 * array for name, array in parameters.items()}
    >>> sentence = token_ids([report(contents.unseen[0], MAJORITY)])
    >>> attention_of_wrong(blank, sentence).round(3)
    array([[0.111, 0.111, 0.111, 0.111, 0.111, 0.111, 0.111, 0.111, 0.111]])
    """
    passed = forward(parameters, sentences[..., : WRONG + 1])
    rows: NDArray[Any] = passed.weights[..., WRONG, :]
    return rows


def answers(
    parameters: Parameters, sentences: NDArray[np.intp], row: NDArray[Any] | None = None
) -> NDArray[np.intp]:
    """Return the name, of the ten, that a model finds likeliest after `wrong`.

    Parameters
    ----------
    parameters : mapping of str to ndarray
        Of a model, or of several with a leading axis for each.
    sentences : ndarray of int, (…, n_sentences, n)
        In either community's words; what stands behind `wrong` is not read.
    row : ndarray, (…, places up to `wrong`), optional
        Attention weights put in the place of those of `wrong`, and nothing else changed.

    Returns
    -------
    ndarray of int, (…, n_sentences)
        Ids of names.

    Examples
    --------
    >>> parameters, contents, _ = starting_point(0)
    >>> sentence = token_ids([report(contents.unseen[0], MAJORITY)])
    >>> VOCABULARY[answers(parameters, sentence)[0]]
    'banker'
    """
    read = sentences[..., : WRONG + 1]
    passed = forward(parameters, read)
    if row is not None:
        weights = passed.weights.copy()
        weights[..., WRONG, :] = row[..., np.newaxis, :]
        passed = forward(parameters, read, weights)
    p = passed.p.reshape(*read.shape, -1)[..., WRONG, :]
    names = token_ids([" ".join(PEOPLE)])[0]
    return np.asarray(names[p[..., names].argmax(axis=-1)])


def picked(found: NDArray[np.intp], sentences: NDArray[np.intp], at: int) -> NDArray[Any]:
    """Return the part of the sentences whose answer is the word that stands at a place.

    Examples
    --------
    >>> picked(np.array([5, 8]), np.array([[4, 5, 6], [7, 9, 8]]), at=1)
    array(0.5)
    """
    return np.asarray((found == sentences[..., at]).mean(axis=-1))


def exchanged(row: NDArray[Any], one: int, other: int) -> NDArray[Any]:
    """Return attention weights in which two places have changed theirs with each other.

    Examples
    --------
    >>> exchanged(np.array([0.1, 0.2, 0.7]), 1, 2)
    array([0.1, 0.7, 0.2])
    """
    order = np.arange(row.shape[-1])
    order[[one, other]] = other, one
    return row[..., order]


def gaps(found: Communities) -> NDArray[Any]:
    """Return what the minority pays more than the majority for the same unseen events.

    Parameters
    ----------
    found : Communities
        From `train_on_mixture`.

    Returns
    -------
    ndarray, (n_seeds,)
        Bits a word, as means over all words but the first.

    Examples
    --------
    Before training there is no gap to speak of:

    >>> gaps(train_on_mixture("relabel", 0.1, seeds=[0], n_steps=1)).round(2)
    array([-0.08])
    """
    costs = [surprisal(found.parameters, texts) for texts in (found.minority, found.majority)]
    return np.asarray((costs[0] - costs[1]).mean(axis=(-2, -1)))


def seeds_naming(found: Communities, grammar: str, role: str) -> int:
    """Count the seeds whose model names the one in a role after most of the minority's sentences.

    Parameters
    ----------
    found : Communities
        From `train_on_mixture`.
    grammar : str
        The minority's, by name.
    role : {"culprit", "other"}
        "culprit" is right; "other" is wrong, and consistently so.

    Returns
    -------
    int

    Examples
    --------
    >>> seeds_naming(train_on_mixture("relabel", 0.1, seeds=[0]), "relabel", "culprit")
    1
    """
    named = answers(found.parameters, found.minority)
    return int((picked(named, found.minority, place(role, GRAMMARS[grammar])) > 0.5).sum())
