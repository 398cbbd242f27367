"""The essay's worked example: a sentence, a seed, and three random projections."""

from collections.abc import Sequence, Sized
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._arguments import finite_number, integer, size


def sentence_projections(
    words: Sequence[str], *, seed: int = 42, d_model: int = 8, weight_scale: float = 1.0
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Draw an embedding for each word and project it to a query, a key and a value.

    Nothing here knows a language: the words' names are never looked at, and their number
    alone matters.

    Parameters
    ----------
    words : sequence of str
        The sentence, split into words.
    seed : int
        Seed of `numpy.random.RandomState`, whose stream NumPy has frozen (NEP 19).
    d_model : int
        Width of embeddings, queries, keys and values.
    weight_scale : float
        What the projection matrices are multiplied by. With 1.0, as in the published program,
        a query's entries have a variance of about d_model; with 1/√d_model, of about 1.

    Returns
    -------
    Q, K, V : ndarray, (n_words, d_model)
        Queries, keys and values.

    Raises
    ------
    TypeError
        If `words` is one string instead of a list of words, `seed` or `d_model` is not an
        integer, or `weight_scale` is not a number.
    ValueError
        If there are no words, `d_model` is below 1, or `weight_scale` is not finite.

    Notes
    -----
    The recipe of Williams, *microAttention*: embeddings first, then W_Q, W_K and W_V, each
    drawn from the standard normal distribution.

    Examples
    --------
    >>> Q, K, V = sentence_projections("the corpus was wrong".split())
    >>> Q.shape
    (4, 8)
    >>> from microattention import causal_mask, scaled_dot_product_attention
    >>> output, weights = scaled_dot_product_attention(Q, K, V, causal_mask(4))
    >>> print(f"{weights[3, 1]:.8f}")
    0.93732481
    """
    n_words, d_model = count_words(words), size("d_model", d_model, least=1)
    weight_scale = finite_number("weight_scale", weight_scale)
    rng = np.random.RandomState(integer("seed", seed))
    return draw_projections(rng, n_words, d_model, weight_scale)


def count_words(words: Sequence[str]) -> int:
    """Return how many words there are, refusing none and a sentence that was not split."""
    if isinstance(words, str):
        raise TypeError(f"words must be a list of words, got one string: {words!r}; split it")
    if not isinstance(words, Sized):
        raise TypeError(f"words must be a list of words, got {words!r}")
    if len(words) == 0:
        raise ValueError("words must hold at least one word, got none")
    return len(words)


def draw_projections(
    rng: np.random.RandomState, n_words: int, d_model: int, weight_scale: float
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Draw as `sentence_projections` does, from wherever `rng` stands."""
    embeddings = rng.randn(n_words, d_model)
    W_Q, W_K, W_V = (rng.randn(d_model, d_model) * weight_scale for _ in range(3))
    return embeddings @ W_Q, embeddings @ W_K, embeddings @ W_V
