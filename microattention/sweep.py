"""The worked sentence under many seeds: what its published number is one draw of."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._arguments import finite_number, integer, size
from .attention import scaled_dot_product_attention
from .masking import causal_mask
from .sentence import count_words, draw_projections

MOST_AT_ONCE = 100  # seeds, so that whoever waits sees progress
NUMBERS_AT_ONCE = 2**20  # in one array, so that long sentences need no more memory than short ones


def attention_by_seed(
    words: Sequence[str],
    seeds: Sequence[int],
    *,
    d_model: int = 8,
    weight_scale: float = 1.0,
    causal: bool = True,
    query: int | None = None,
    report: Callable[[int], None] = lambda count: None,
) -> NDArray[Any]:
    """Draw a sentence's attention under each of many seeds.

    Parameters
    ----------
    words : sequence of str
        The sentence, split into words; their number alone matters.
    seeds : sequence of int
        Such as ``range(10_000)``.
    d_model, weight_scale : int, float
        As for `sentence_projections`.
    causal : bool
        Whether later words are hidden.
    query : int, optional
        The word whose row of weights is wanted, counted from 0, or from −1 for the last; all
        rows when not given.
    report : callable, optional
        Called now and then with the number of seeds that were drawn since.

    Returns
    -------
    ndarray, (n_seeds, n_words, n_words) or (n_seeds, n_words)
        The weights of all queries, or of the one asked for, bit for bit as
        `sentence_projections` and `scaled_dot_product_attention` give them one seed at a time.

    Raises
    ------
    TypeError
        If `words` is one string, `seeds` is no sequence, or a number is not of its kind.
    ValueError
        If there are no words or no seeds, a seed, `d_model` or `query` is out of bounds, or
        `weight_scale` is not finite.

    Examples
    --------
    >>> words = "the corpus was wrong".split()
    >>> weights = attention_by_seed(words, [41, 42, 43])
    >>> weights.shape
    (3, 4, 4)
    >>> print(*(f"{weight:.8f}" for weight in weights[:, 3, 1]))
    0.00000007 0.93732481 0.00000437
    """
    n, seeds = count_words(words), _checked(seeds)
    d_model = size("d_model", d_model, least=1)
    weight_scale = finite_number("weight_scale", weight_scale)
    rows = slice(None) if query is None else _position(query, n)
    mask = causal_mask(n) if causal else None
    rng = np.random.RandomState(0)
    at_once = max(1, min(MOST_AT_ONCE, NUMBERS_AT_ONCE // (n * max(n, d_model))))
    found = []
    for start in range(0, len(seeds), at_once):
        drawn = []
        for seed in seeds[start : start + at_once]:
            rng.seed(seed)  # the stream of a new RandomState(seed), without the cost of a new one
            drawn.append(draw_projections(rng, n, d_model, weight_scale))
        Q, K, V = (np.stack(part) for part in zip(*drawn, strict=True))  # (seed, word, entry)
        found.append(scaled_dot_product_attention(Q, K, V, mask)[1][:, rows])
        report(len(drawn))
    return np.concatenate(found)


def _checked(seeds: Sequence[int]) -> list[int]:
    """Return the seeds as integers, at least one."""
    if not np.iterable(seeds):
        raise TypeError(f"seeds must be a sequence, such as range(10), got {seeds!r}")
    checked = [integer("seed", seed) for seed in seeds]
    if not checked:
        raise ValueError("seeds must hold at least one seed, got none")
    return checked


def _position(query: int, n_words: int) -> int:
    """Return the place of one word, refusing what lies outside the sentence."""
    query = integer("query", query)
    if not -n_words <= query < n_words:
        raise ValueError(f"query must be from {-n_words} to {n_words - 1}, got {query}")
    return query
