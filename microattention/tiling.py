"""Exact attention in tiles, without ever holding all the weights at once.

A tile is some queries against some keys, few enough for their scores to stay in the cache.
"""

import math
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arguments import attention_arguments, flag, size
from .bounded import attend_bounded, bounded
from .hardware import second_level_cache
from .masking import causal_mask
from .partials import Partial, finish, look, merge, scaled
from .threads import blas_threads, single_blas_thread

KEYS = 512  # in a tile: enough for the products to run at full speed
SMALL = 64 * 64  # scores; so few are one tile, and neither threads nor bounds are worth their cost


def tiled_attention(
    Q: ArrayLike,
    K: ArrayLike,
    V: ArrayLike,
    mask: ArrayLike | None = None,
    *,
    causal: bool = False,
    scale: float | None = None,
    tile: tuple[int, int] | None = None,
    workers: int | None = None,
    return_lse: bool = False,
) -> NDArray[Any] | tuple[NDArray[Any], NDArray[Any]]:
    """Give the output of `scaled_dot_product_attention` without ever holding its weights.

    Parameters
    ----------
    Q, K, V, mask, scale
        As for `scaled_dot_product_attention`.
    causal : bool
        Whether query i may attend to keys up to i alone, as by `causal_mask`, which then need
        not be held either. Combines with `mask`.
    tile : (int, int), optional
        How many queries and how many keys a tile has; when not given, so many that a tile's
        scores fill half of the processor's second-level cache.
    workers : int, optional
        How many threads share the tiles; when not given, as many as BLAS has. BLAS itself is
        held to one thread meanwhile: several stall on products as small as a tile's.
    return_lse : bool
        Whether to return the log-sum-exp as well.

    Returns
    -------
    output : ndarray, (…, n_queries, d_v)
        The mixed values, in the inputs' floating dtype.
    lse : ndarray, (…, n_queries)
        With `return_lse`: the log-sum-exp of each query's scores, natural log, in float32 for
        float16 inputs; −inf where the query may attend to nothing.

    Raises
    ------
    TypeError, ValueError
        As `scaled_dot_product_attention`, or if `causal` is not a boolean, `tile` not two sizes
        of at least 1, or `workers` not an integer of at least 1.

    Notes
    -----
    Dao et al. (2022), *FlashAttention*, Algorithm 1, with the loops over queries and keys
    exchanged as in Dao (2023), *FlashAttention-2*, Algorithm 1. Tiles of keys that the causal
    rule or a boolean mask closes are skipped. Where no score can be large, no maximum is looked
    for (`microattention.bounded`).

    Sums are divided by their totals at the end, so that values near the dtype's largest number
    overflow here and not in the plain function. Without a maximum, a weight can be as small as
    2⁻⁴⁸ before that, and values within this factor of the dtype's smallest number lose digits.

    Examples
    --------
    >>> rng = np.random.RandomState(0)
    >>> Q, K, V = rng.randn(11, 4), rng.randn(13, 4), rng.randn(13, 5)
    >>> from microattention import scaled_dot_product_attention
    >>> plain, weights = scaled_dot_product_attention(Q, K, V)
    >>> tiled = tiled_attention(Q, K, V, tile=(3, 5))
    >>> bool(abs(tiled - plain).max() < 1e-12)
    True
    """
    Q, K, V, mask, scale, dtype = attention_arguments(Q, K, V, mask, scale)
    causal = flag("causal", causal)
    workers = None if workers is None else size("workers", workers, least=1)
    n_queries, n_keys = Q.shape[-2], K.shape[-2]
    if mask is not None:
        mask = np.broadcast_to(mask, (*Q.shape[:-1], n_keys))
    small = small_scores(Q, K, mask, causal, scale)
    n_scores = math.prod(Q.shape[:-1]) * n_keys
    if tile is None and n_scores <= SMALL:
        whole = key_tiles(slice(0, n_queries), n_keys, KEYS, causal, mask)
        output, lse = finish(attend_each(Q, K, V, scale, whole, np.empty(SMALL, Q.dtype), small))
        output = output.astype(dtype, copy=False)
        return (output, lse) if return_lse else output
    output = np.empty(Q.shape[:-1] + V.shape[-1:], dtype)
    lse = np.empty(Q.shape[:-1], Q.dtype)
    K, V = (np.broadcast_to(rows, Q.shape[:-2] + rows.shape[-2:]) for rows in (K, V))
    n_rows, n_columns = cache_tile(Q.dtype.itemsize) if tile is None else checked_tile(tile)
    memory = ScoreMemory(min(n_rows * n_columns, n_scores), Q.dtype)

    def attend_block(block: Block) -> None:
        heads, rows = block
        tiles = key_tiles(rows, n_keys, n_columns, causal, None if mask is None else mask[heads])
        asking, here = Q[heads][..., rows, :], small[heads][..., rows]
        known = attend_each(asking, K[heads], V[heads], scale, tiles, memory.scores, here)
        output[heads][..., rows, :], lse[heads][..., rows] = finish(known)

    run(attend_block, list(blocks(Q.shape[:-1], n_keys, n_rows, n_columns)), workers)
    return (output, lse) if return_lse else output


class ScoreMemory(threading.local):
    """Memory for the scores of a tile, of which each thread that asks has its own.

    >>> ScoreMemory(6, np.dtype(float)).scores.shape
    (6,)
    """

    def __init__(self, n_scores: int, dtype: np.dtype[Any]) -> None:
        self.scores = np.empty(n_scores, dtype)


class KeyTile(NamedTuple):
    """Some keys, and which of them each query may attend to: all where `mask` is None."""

    columns: slice
    mask: NDArray[Any] | None


def attend(
    Q: NDArray[Any],
    K: NDArray[Any],
    V: NDArray[Any],
    scale: float,
    tiles: Iterable[KeyTile],
    memory: NDArray[Any],
) -> Partial:
    """Look at one tile of keys after another, all in the same memory, and merge what is seen.

    Parameters
    ----------
    Q : ndarray, (…, n_queries, d_k)
        Queries.
    K, V : ndarray, (…, n_keys, d_k) and (…, n_keys, d_v)
        Keys and values.
    scale : float
        What the queries are multiplied by, once for all tiles.
    tiles : iterable of KeyTile
        The keys to look at.
    memory : ndarray
        As many numbers as the largest tile has scores, to make them in.

    Returns
    -------
    Partial
        What is known after the last tile.

    Examples
    --------
    >>> Q, K, V = np.zeros((1, 2)), np.zeros((4, 2)), np.array([[1.0], [2.0], [3.0], [4.0]])
    >>> tiles = [KeyTile(slice(0, 3), None), KeyTile(slice(3, 4), None)]
    >>> known = attend(Q, K, V, 0.5, tiles, memory=np.empty(3))
    >>> finish(known)[0]
    array([[2.5]])
    """
    Q, known = scaled(Q, scale), None
    for columns, mask in tiles:
        shape = (*Q.shape[:-1], columns.stop - columns.start)
        scores = memory[: math.prod(shape)].reshape(shape)
        seen = look(Q, K[..., columns, :], V[..., columns, :], mask, scores)
        known = seen if known is None else merge(known, seen)
    return look(Q, K[..., :0, :], V[..., :0, :]) if known is None else known


def small_scores(
    Q: NDArray[Any], K: NDArray[Any], mask: NDArray[Any] | None, causal: bool, scale: float
) -> NDArray[np.bool_]:
    """Say of each query whether its scores are certain to be small, where that is cheap to know.

    In a table of few scores, and beside a mask, asking costs more than it saves.

    >>> Q, K = np.ones((2, 4)), np.ones((SMALL, 4))
    >>> small_scores(Q, K, None, causal=False, scale=0.5)
    array([ True,  True])
    """
    if mask is not None or math.prod(Q.shape[:-1]) * K.shape[-2] <= SMALL:
        return np.zeros(Q.shape[:-1], np.bool_)
    return bounded(Q, K, causal, scale)


def attend_each(
    Q: NDArray[Any],
    K: NDArray[Any],
    V: NDArray[Any],
    scale: float,
    tiles: Iterable[KeyTile],
    memory: NDArray[Any],
    small: NDArray[np.bool_],
) -> Partial:
    """Attend without a maximum for the queries whose scores are small, and with it for others.

    Where a block has both it is done twice, so that no query's path depends on another's. So it
    is where values are so large that their sums overflow without a maximum: its weights are 1
    at most.

    Examples
    --------
    >>> Q, K, V = np.array([[1.0], [99.0]]), np.array([[1.0], [2.0]]), np.array([[0.0], [8.0]])
    >>> tiles, small = [KeyTile(slice(0, 2), None)], np.array([True, False])
    >>> attend_each(Q, K, V, 1.0, tiles, np.empty(4), small).m
    array([  0., 198.])
    """
    if not small.any():  # first, since of no queries all are small, even beside a mask
        return attend(Q, K, V, scale, tiles, memory)
    tiles = list(tiles)
    without = attend_bounded(Q, K, V, scale, tiles, memory)
    small = small & np.isfinite(without.acc).all(axis=-1)
    if small.all():
        return without
    plain = attend(Q, K, V, scale, tiles, memory)
    np.copyto(plain.m, without.m, where=small)
    np.copyto(plain.l, without.l, where=small)
    np.copyto(plain.acc, without.acc, where=small[..., np.newaxis])
    return plain


def key_tiles(
    rows: slice, n_keys: int, n_columns: int, causal: bool, mask: NDArray[Any] | None
) -> Iterator[KeyTile]:
    """Cut the keys into tiles, leaving out those that none of the queries may attend to.

    Under the causal rule the keys after the last query are closed, and only those that stand
    beside the queries themselves need a mask.

    Examples
    --------
    >>> for columns, mask in key_tiles(slice(4, 6), n_keys=9, n_columns=3, causal=True, mask=None):
    ...     print(columns.start, columns.stop, None if mask is None else mask.tolist())
    0 3 None
    3 4 None
    4 6 [[True, False], [True, True]]
    """
    past = slices(0, min(rows.start, n_keys), n_columns)
    beside = slices(rows.start, min(rows.stop, n_keys), n_columns)
    for columns in chain(past, beside) if causal else slices(0, n_keys, n_columns):
        part = None if mask is None else mask[..., rows, columns]
        if causal and columns.start >= rows.start:
            part = with_causal(part, rows, columns)
        if part is None or part.dtype != np.bool_:
            yield KeyTile(columns, part)
        elif part.any():
            yield KeyTile(columns, None if part.all() else part)


def with_causal(mask: NDArray[Any] | None, rows: slice, columns: slice) -> NDArray[Any]:
    """Close what the causal rule closes, in a part of a mask if there is one.

    Examples
    --------
    >>> with_causal(None, slice(0, 2), slice(0, 2)).tolist()
    [[True, False], [True, True]]
    """
    allowed = causal_tile(
        rows.stop - rows.start, columns.stop - columns.start, rows.start - columns.start
    )
    if mask is None:
        return allowed
    return allowed & mask if mask.dtype == np.bool_ else np.where(allowed, mask, -np.inf)


@lru_cache(maxsize=8)
def causal_tile(n_rows: int, n_columns: int, offset: int) -> NDArray[np.bool_]:
    """Return `causal_mask`, kept: under the causal rule nearly every block needs the same one.

    Examples
    --------
    >>> causal_tile(2, 2, 0).tolist()
    [[True, False], [True, True]]
    """
    allowed = causal_mask(n_rows, n_columns, offset)
    allowed.flags.writeable = False
    return allowed


Block = tuple[tuple[int | slice, ...], slice]


def blocks(rows: tuple[int, ...], n_keys: int, n_rows: int, n_columns: int) -> Iterator[Block]:
    """Cut the work into pieces: an index of some heads, and a tile of their queries.

    Where a head is smaller than a tile, several go together.

    Parameters
    ----------
    rows : tuple of int
        The leading axes, then n_queries.
    n_keys, n_rows, n_columns : int
        Number of keys; queries and keys in a tile.

    Examples
    --------
    >>> for heads, rows in blocks((2, 3, 4), n_keys=5, n_rows=8, n_columns=5):
    ...     print(heads, rows)
    (0, slice(0, 2, None)) slice(0, 4, None)
    (0, slice(2, 3, None)) slice(0, 4, None)
    (1, slice(0, 2, None)) slice(0, 4, None)
    (1, slice(2, 3, None)) slice(0, 4, None)
    """
    *leading, n_queries = rows
    head = max(1, min(n_rows, n_queries) * min(n_columns, n_keys))
    together = max(1, n_rows * n_columns // head)
    for outer in np.ndindex(*leading[:-1]):
        for heads in slices(0, leading[-1], together) if leading else [None]:
            for part in slices(0, n_queries, n_rows):
                yield () if heads is None else (*outer, heads), part


def run(work: Callable[[Block], None], cut: list[Block], workers: int | None) -> None:
    """Do the work on every block, in threads if there are several, with BLAS held to one.

    Examples
    --------
    >>> run(print, [((), slice(0, 2))], workers=1)
    ((), slice(0, 2, None))
    """
    threads = max(1, min(workers or blas_threads(), len(cut)))
    with single_blas_thread():
        if threads == 1:
            for block in cut:
                work(block)
            return
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, cut))


def slices(start: int, stop: int, step: int) -> Iterator[slice]:
    """Cut start … stop into slices of at most `step`.

    >>> list(slices(0, 5, 3))
    [slice(0, 3, None), slice(3, 5, None)]
    """
    return (slice(i, min(i + step, stop)) for i in range(start, stop, step))


def cache_tile(itemsize: int) -> tuple[int, int]:
    """Choose a tile whose scores fill half of the second-level cache.

    Examples
    --------
    >>> queries, keys = cache_tile(8)
    >>> 64 <= queries <= 512, keys
    (True, 512)
    """
    queries = (second_level_cache() or 2**20) // 2 // (KEYS * itemsize)
    return min(max(queries, 64), 512), KEYS


def checked_tile(tile: tuple[int, int]) -> tuple[int, int]:
    """Return the tile's two sizes, or say what is wrong with them.

    >>> checked_tile((3, 5))
    (3, 5)
    """
    try:
        queries, keys = tile
    except (TypeError, ValueError):
        raise ValueError(f"tile must be two sizes (queries, keys), got {tile!r}") from None
    return size("tile queries", queries, least=1), size("tile keys", keys, least=1)
