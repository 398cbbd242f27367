"""Surprisal: what a word costs whoever has to expect it, in bits.

A word that was given a chance of one half costs one bit, of one quarter two bits, and so on.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .training import Parameters, chances, checked_tokens, forward


def surprisal(parameters: Parameters, sentences: ArrayLike) -> NDArray[np.float64]:
    """Return what each word but the first costs a model, in bits.

    Parameters
    ----------
    parameters : mapping of str to ndarray
        Of a model, or of several with a leading axis for each.
    sentences : array_like of int, (…, n_sentences, n + 1)
        Ids; a place without a token costs 0.

    Returns
    -------
    ndarray, (…, n_sentences, n)

    Raises
    ------
    TypeError, ValueError
        As for `microattention.training.forward`.

    Notes
    -----
    Shannon (1948), *A Mathematical Theory of Communication*, section 6: −log2 of the chance.

    Examples
    --------
    A model that knows nothing of its eight words pays three bits for each:

    >>> from microattention.training import random_parameters
    >>> blank = random_parameters(8, 5, 3, np.random.RandomState(0))
    >>> blank = {name: 0 * array for name, array in blank.items()}
    >>> surprisal(blank, [[0, 5, 2, 7]])
    array([[3., 3., 3.]])
    """
    ids = np.asarray(sentences)
    passed = forward(parameters, ids[..., :-1])
    wanted = checked_tokens(parameters, ids[..., 1:])
    bits: NDArray[np.float64] = 0.0 - np.log2(chances(passed, wanted))  # 0 − 0 is no −0
    return bits


def ideal_gap(share: float, n_words: int) -> float:
    """Return what a minority pays more than the majority if its reader errs in nothing else.

    The best reader of a mixture still has to expect either community, in proportion. So the
    first word that tells them apart costs log2(1/share) bits, and no other word costs more.

    Parameters
    ----------
    share : float
        Of the minority, above 0 and below 1.
    n_words : int
        How many words of a sentence the difference is spread over.

    Returns
    -------
    float
        Bits a word.

    Raises
    ------
    ValueError
        If `share` is not above 0 and below 1.

    Examples
    --------
    >>> ideal_gap(0.5, 10), ideal_gap(0.2, 10)
    (0.0, 0.2)
    """
    if not 0 < share < 1:
        raise ValueError(f"share must be above 0 and below 1, got {share!r}")
    return math.log2((1 - share) / share) / n_words
