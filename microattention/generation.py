"""One token after another: how the next is chosen, and what is kept of those before it."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arguments import RandomSource, matrices, random_source, real_array, real_number, size
from .attention import softmax


def next_token_probabilities(
    logits: ArrayLike,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
) -> NDArray[Any]:
    """Turn a model's scores for the next token into the chances that it is drawn with.

    In this order: the scores are divided by the temperature, all but the `top_k` most likely
    tokens are struck out, then all but the fewest that reach `top_p` together, and what is
    left is shared out anew.

    Parameters
    ----------
    logits : array_like, (…, vocab_size)
        One score for each token; −inf forbids it.
    temperature : float
        Below 1 sharpens, above 1 flattens. At 0 the most likely token gets everything.
    top_k : int, optional
        How many tokens may be drawn.
    top_p : float, optional
        How much probability the tokens that may be drawn must reach, above 0 and up to 1. The
        token that reaches it is kept.

    Returns
    -------
    ndarray of float64, (…, vocab_size)
        Chances that sum to 1. Of tokens with equal scores, those with lower ids go first.

    Raises
    ------
    TypeError
        If an argument is not a number of its kind.
    ValueError
        If `temperature` is negative or not finite, `top_k` below 1 or `top_p` outside (0, 1],
        or if a row of `logits` holds NaN or +inf, or nothing above −inf.

    Notes
    -----
    Top-k: Fan, Lewis and Dauphin (2018), *Hierarchical Neural Story Generation*, section 5.1.
    Top-p, or nucleus sampling: Holtzman et al. (2020), *The Curious Case of Neural Text
    Degeneration*, section 3.1.

    Examples
    --------
    Four tokens whose chances are 4, 3, 2 and 1 in ten:

    >>> logits = np.log([4.0, 3.0, 2.0, 1.0])
    >>> next_token_probabilities(logits).round(4)
    array([0.4, 0.3, 0.2, 0.1])
    >>> next_token_probabilities(logits, top_k=2).round(4)
    array([0.5714, 0.4286, 0.    , 0.    ])

    Two tokens reach 0.7 and do not reach 0.8:

    >>> next_token_probabilities(logits, top_p=0.8).round(4)
    array([0.4444, 0.3333, 0.2222, 0.    ])

    Half the temperature squares the chances, 16 to 9 to 4 to 1; at 0 nothing is left to chance:

    >>> (next_token_probabilities(logits, temperature=0.5) * 30).round(4)
    array([16.,  9.,  4.,  1.])
    >>> next_token_probabilities(logits, temperature=0)
    array([1., 0., 0., 0.])
    """
    temperature, top_k, top_p = checked_sampling(temperature, top_k, top_p)
    logits = _possible(logits)
    if temperature == 0:
        temperature, top_k = 1.0, 1
    order = np.argsort(-logits, axis=-1, kind="stable")  # the most likely first
    ranked = np.take_along_axis(logits, order, axis=-1)
    with np.errstate(over="ignore"):  # to −inf, where the temperature is next to nothing
        chances = softmax((ranked - ranked[..., :1]) / temperature)
    if top_k is not None:
        chances = _share_out(chances, np.arange(chances.shape[-1]) < top_k)
    if top_p is not None:
        chances = _share_out(chances, np.cumsum(chances, axis=-1) - chances < top_p)
    np.put_along_axis(shares := np.empty_like(chances), order, chances, axis=-1)
    return shares


def _share_out(chances: NDArray[Any], kept: NDArray[np.bool_]) -> NDArray[Any]:
    """Strike out what is not kept, and make the rest sum to 1."""
    chances = np.where(kept, chances, 0)
    return chances / chances.sum(axis=-1, keepdims=True)  # type: ignore[no-any-return]


def checked_sampling(
    temperature: float, top_k: int | None, top_p: float | None
) -> tuple[float, int | None, float | None]:
    """Return how to draw a token, or say which of the three is wrong and why.

    Examples
    --------
    >>> checked_sampling(0, top_k=None, top_p=1)
    (0.0, None, None)
    """
    temperature = real_number("temperature", temperature)
    if not 0 <= temperature < math.inf:
        raise ValueError(f"temperature must be finite and at least 0, got {temperature!r}")
    share = 1.0 if top_p is None else real_number("top_p", top_p)
    if not 0 < share <= 1:
        raise ValueError(f"top_p must be above 0 and at most 1, got {top_p!r}")
    top_k = None if top_k is None else size("top_k", top_k, least=1)
    return temperature, top_k, None if share == 1 else share


def _possible(logits: ArrayLike) -> NDArray[Any]:
    """Return `logits` in float64, refusing a row from which no token can be drawn."""
    with np.errstate(over="ignore"):  # beyond float64 is ±inf, of which +inf is refused below
        logits = real_array("logits", logits).astype(np.float64, copy=False)
    if logits.ndim < 1 or logits.shape[-1] < 1:
        raise ValueError(f"logits must be (…, vocab_size), got shape {logits.shape}")
    if not np.isfinite(logits.max(axis=-1)).all():
        raise ValueError("logits must be free of NaN and +inf and leave a token possible")
    return logits


def draw_tokens(probabilities: NDArray[Any], rng: RandomSource) -> NDArray[np.intp]:
    """Draw one token from each row of chances, with one number of `rng` for each row.

    Parameters
    ----------
    probabilities : ndarray, (…, vocab_size)
        Chances, as `next_token_probabilities` returns them.
    rng : numpy.random.RandomState or numpy.random.Generator
        Where the numbers are drawn from.

    Returns
    -------
    ndarray of int, (…)
        Token ids. A token with a chance of 0 is never drawn.

    Raises
    ------
    TypeError
        If `rng` is not a random generator.

    Examples
    --------
    >>> rng = np.random.RandomState(0)
    >>> [int(draw_tokens(np.array([0.5, 0.0, 0.5]), rng)) for _ in range(6)]
    [2, 2, 2, 2, 0, 2]
    """
    reached = np.cumsum(probabilities, axis=-1)
    reached /= reached[..., -1:]  # ends at exactly 1, above every number that is drawn
    drawn = np.asarray(random_source(rng).random(probabilities.shape[:-1]))
    return np.asarray((reached <= drawn[..., np.newaxis]).sum(axis=-1))


def token_chooser(
    temperature: float, top_k: int | None, top_p: float | None, rng: RandomSource | None
) -> Callable[[NDArray[Any]], NDArray[np.intp]]:
    """Return what chooses a token for each row of logits, having checked how it is to.

    Examples
    --------
    >>> choose = token_chooser(0, None, None, rng=None)
    >>> choose(np.array([[0.0, 3.0], [5.0, 5.0]]))
    array([1, 0])
    """
    temperature, top_k, top_p = checked_sampling(temperature, top_k, top_p)
    if temperature == 0:
        return lambda logits: np.asarray(_possible(logits).argmax(axis=-1))
    source = random_source(rng)
    return lambda logits: draw_tokens(
        next_token_probabilities(logits, temperature, top_k, top_p), source
    )


class KeyValueCache:
    """The keys and values of one layer for every token that it has read.

    A causal model never revises what it made of a token, so the next one needs no more of the
    past than this. Room for `max_len` tokens is set aside once; each further token is written
    behind the last.

    Parameters
    ----------
    max_len : int
        How many tokens there is room for.

    Raises
    ------
    TypeError, ValueError
        If `max_len` is not an integer, or negative.

    Examples
    --------
    >>> cache = KeyValueCache(max_len=5)
    >>> K, V = cache.extend(np.ones((2, 3, 7)), np.ones((2, 3, 11)))
    >>> K, V = cache.extend(np.zeros((2, 1, 7)), np.zeros((2, 1, 11)))
    >>> K.shape, V.shape, cache.length
    ((2, 4, 7), (2, 4, 11), 4)
    """

    def __init__(self, max_len: int) -> None:
        self.max_len = size("max_len", max_len)
        self.length = 0
        self._kept: list[NDArray[Any]] = []

    def extend(self, K: NDArray[Any], V: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Keep the keys and values of further tokens, and return those of all tokens.

        Parameters
        ----------
        K, V : ndarray, (…, n_heads, n_new, d_k or d_v)
            Of the tokens that are new.

        Returns
        -------
        K, V : ndarray, (…, n_heads, length, d_k or d_v)
            Of all tokens so far: read-only views of what is kept.

        Raises
        ------
        TypeError
            If K or V is not real, or of another dtype than those of the tokens before.
        ValueError
            If there is no room, K and V are not of as many tokens, or the shapes are not those
            of the tokens before.
        """
        K, V = matrices(K=K, V=V)
        if V.shape[-2] != K.shape[-2]:
            raise ValueError(f"V must have one row for each key, {K.shape[-2]}, got {V.shape}")
        end = self.length + K.shape[-2]
        if end > self.max_len:
            raise ValueError(f"the cache has room for {self.max_len} tokens, got {end}")
        if not self._kept:
            self._kept = [np.empty(self._room(a), a.dtype) for a in (K, V)]
        for name, new, kept in zip("KV", (K, V), self._kept, strict=True):
            if self._room(new) != kept.shape:
                raise ValueError(f"{name} must fit the cache's {kept.shape}, got {new.shape}")
            if new.dtype != kept.dtype:
                raise TypeError(f"{name} must be {kept.dtype} as in the cache, got {new.dtype}")
            kept[..., self.length : end, :] = new
        self.length = end
        all_K, all_V = (kept[..., :end, :] for kept in self._kept)
        all_K.flags.writeable = all_V.flags.writeable = False
        return all_K, all_V

    def _room(self, new: NDArray[Any]) -> tuple[int, ...]:
        """Return the shape of an array for `max_len` tokens like the new ones."""
        return (*new.shape[:-2], self.max_len, new.shape[-1])

    @property
    def nbytes(self) -> int:
        """How many bytes the tokens read so far occupy."""
        return sum(kept[..., : self.length, :].nbytes for kept in self._kept)
