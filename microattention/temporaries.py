"""The largest array that each method holds beyond its inputs and its output, from shapes."""

import math

from .tiling import SMALL, cache_tile

PUBLISHED_TILE = 8


def largest_temporary(
    method: str, n: int, itemsize: int = 8, *, heads: int = 1, d: int = 64
) -> int | None:
    """Compute the size of the largest array that a method holds beyond inputs and output.

    Parameters
    ----------
    method : str
        A rung of `microattention.ladder`; the memory of any other method is not known.
    n : int
        Number of queries and of keys.
    itemsize : int
        Bytes in a number; float16 is computed in float32, whose copies of the inputs count.
    heads, d : int
        Number of heads, and the width of each.

    Returns
    -------
    int or None
        Bytes. For whole tables the scores, heads × n × n, or the scaled copy of the queries,
        heads × n × d, which is the larger where n is small; for tiles, the memory of one tile's
        scores.

    Notes
    -----
    Computed from shapes, not observed: a test holds it to what `tracemalloc` sees a call
    allocate. What BLAS allocates inside itself is not in it.

    Examples
    --------
    >>> largest_temporary("plain", 4096), largest_temporary("tiled", 4096) <= 2**20
    (134217728, True)
    """
    working = max(itemsize, 4)
    copies = heads * n * d * working if itemsize < working else 0
    if method in ("plain", "inplace"):
        held = heads * n * max(n, d)
    elif method == "published":
        held = min(PUBLISHED_TILE, n) * max(n, d)
    elif method in ("tiles", "skipping", "tiled", "unheld", "floor"):
        n_scores = heads * n * n
        held = SMALL if n_scores <= SMALL else min(n_scores, math.prod(cache_tile(working)))
    else:
        return None
    return max(held * working, copies)
