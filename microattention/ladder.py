"""The rungs between plain attention and tiled attention, so that each gain goes to its cause.

Every rung gives the same answer; between one and the next, one thing changes.

1. `plain`: the expression softmax(Q Kᵀ · scale) V, each step a new array.
2. `inplace`: all scores at once as before, but each step written over the one before.
3. `tiles`: the same steps, a tile of scores at a time; what the causal rule closes is computed
   all the same, and masked.
4. `skipping`: closed tiles are left out.
5. `tiled`: where no score can be large, no maximum is looked for, and powers of two take the
   place of those of e. This is `tiled_attention` itself.

Beside the ladder stand `unheld`, which is `tiled` without the hand that it keeps on BLAS's own
threads; `published`, the recipe of the published benchmark; and `floor`, which is no attention:
its two matrix products alone.

A rung is called with Q, K, V, (n_heads, n, d), and whether the causal rule holds. It returns a
function without arguments that computes the output; masks are made before, so that nobody's
time includes them who would reuse them.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from types import FunctionType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import tiling
from ._arguments import attention_arguments
from .attention import scaled_dot_product_attention
from .masking import causal_mask
from .partials import finish, look, scaled
from .published import published_tiled_attention
from .tiling import KeyTile, key_tiles, slices, tiled_attention

Array = NDArray[Any]
Ready = Callable[[], Any]  # computes the output; whatever can be made before is made


def plain(Q: Array, K: Array, V: Array, causal: bool) -> Ready:
    """Prepare `scaled_dot_product_attention`.

    Examples
    --------
    >>> plain(np.ones((1, 1, 1)), np.ones((1, 2, 1)), np.array([[[1.0], [3.0]]]), False)()
    array([[[2.]]])
    """
    mask = _mask(Q, K, causal)
    return lambda: scaled_dot_product_attention(Q, K, V, mask)[0]


def inplace(Q: Array, K: Array, V: Array, causal: bool) -> Ready:
    """Prepare the same steps on all scores at once, written over one another.

    Examples
    --------
    >>> inplace(np.ones((1, 1, 1)), np.ones((1, 2, 1)), np.array([[[1.0], [3.0]]]), False)()
    array([[[2.]]])
    """
    given = _mask(Q, K, causal)

    def compute() -> Array:
        queries, keys, values, mask, scale, dtype = attention_arguments(Q, K, V, given, None)
        seen = look(scaled(queries, scale), keys, values, mask)
        return finish(seen)[0].astype(dtype, copy=False)

    return compute


def tiles(Q: Array, K: Array, V: Array, causal: bool) -> Ready:
    """Prepare tiles without skipping: what the causal rule closes is computed and masked.

    Examples
    --------
    >>> tiles(np.ones((1, 1, 1)), np.ones((1, 2, 1)), np.array([[[1.0], [3.0]]]), False)()
    array([[[2.]]])
    """
    attention = tiled_with(key_tiles=all_tiles, small_scores=_never)
    return lambda: attention(Q, K, V, causal=causal)


def skipping(Q: Array, K: Array, V: Array, causal: bool) -> Ready:
    """Prepare tiles of which closed ones are left out, with a maximum for every row of each.

    Examples
    --------
    >>> skipping(np.ones((1, 1, 1)), np.ones((1, 2, 1)), np.array([[[1.0], [3.0]]]), False)()
    array([[[2.]]])
    """
    attention = tiled_with(small_scores=_never)
    return lambda: attention(Q, K, V, causal=causal)


def tiled(Q: Array, K: Array, V: Array, causal: bool) -> Ready:
    """Prepare `tiled_attention`.

    Examples
    --------
    >>> tiled(np.ones((1, 1, 1)), np.ones((1, 2, 1)), np.array([[[1.0], [3.0]]]), False)()
    array([[[2.]]])
    """
    return lambda: tiled_attention(Q, K, V, causal=causal)


def unheld(Q: Array, K: Array, V: Array, causal: bool) -> Ready:
    """Prepare `tiled_attention` with BLAS's threads left to share every small product.

    Each worker's products then wait for one another; OpenBLAS issue 731 tells of it.

    Examples
    --------
    >>> unheld(np.ones((1, 1, 1)), np.ones((1, 2, 1)), np.array([[[1.0], [3.0]]]), False)()
    array([[[2.]]])
    """
    attention = tiled_with(run=_with(tiling.run, single_blas_thread=nullcontext))
    return lambda: attention(Q, K, V, causal=causal)


def published(Q: Array, K: Array, V: Array, causal: bool) -> Ready:
    """Prepare the published recipe, tiles of eight by eight, one head after the other.

    Examples
    --------
    >>> published(np.ones((1, 1, 1)), np.ones((1, 2, 1)), np.array([[[1.0], [3.0]]]), False)()
    array([[[2.]]])
    """
    mask = _mask(Q, K, causal)
    heads = list(zip(Q, K, V, strict=True))
    return lambda: np.stack([published_tiled_attention(*head, mask) for head in heads])


def floor(Q: Array, K: Array, V: Array, causal: bool) -> Ready:
    """Prepare the two matrix products and nothing else: no exact method can do without them.

    They are made in the tiles of `tiled_attention`, without closed ones, for the untiled
    products move more bytes and take longer. There is no softmax, so the output is no answer.

    Examples
    --------
    >>> floor(np.ones((1, 1, 1)), np.ones((1, 2, 1)), np.array([[[1.0], [3.0]]]), False)()
    array([[[4.]]])
    """
    products = tiled_with(
        attend_each=_products, small_scores=_never, finish=lambda output: (output, 0)
    )
    return lambda: products(Q, K, V, causal=causal)


METHODS: dict[str, Callable[[Array, Array, Array, bool], Ready]] = {
    "plain": plain,
    "inplace": inplace,
    "tiles": tiles,
    "skipping": skipping,
    "tiled": tiled,
    "unheld": unheld,
    "published": published,
    "floor": floor,
}


def tiled_with(**replaced: Any) -> Callable[..., Array]:
    """Return `tiled_attention` with some of the functions that it calls replaced.

    It is the very same code, so that nothing but what is replaced can make a difference.

    Examples
    --------
    >>> Q = K = V = np.ones((2, 1))
    >>> tiled_with(finish=lambda partial: (partial.acc / partial.acc * 7, 0))(Q, K, V)
    array([[7.],
           [7.]])
    """
    variant: Callable[..., Array] = _with(tiled_attention, **replaced)
    return variant


def all_tiles(
    rows: slice, n_keys: int, n_columns: int, causal: bool, mask: Array | None
) -> Iterator[KeyTile]:
    """Cut the keys as `key_tiles` does, and go on to those that the causal rule closes.

    Examples
    --------
    >>> [tile.columns.stop for tile in key_tiles(slice(2, 4), 9, 2, True, None)]
    [2, 4]
    >>> [tile.columns.stop for tile in all_tiles(slice(2, 4), 9, 2, True, None)]
    [2, 4, 6, 8, 9]
    """
    yield from key_tiles(rows, n_keys, n_columns, causal, mask)
    for columns in slices(rows.stop, n_keys, n_columns) if causal else ():
        shape = (rows.stop - rows.start, columns.stop - columns.start)
        yield KeyTile(columns, np.broadcast_to(np.False_, shape))


def _with(function: Any, **replaced: Any) -> Any:
    """Return the code of a function of `microattention.tiling` with other names around it."""
    variant = FunctionType(function.__code__, vars(tiling) | replaced)
    variant.__defaults__, variant.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
    return variant


def _never(Q: Array, *_: Any) -> NDArray[np.bool_]:
    """Let no query's scores count as certain to be small."""
    return np.zeros(Q.shape[:-1], np.bool_)


def _mask(Q: Array, K: Array, causal: bool) -> Array | None:
    """Make the causal rule's mask, if it holds."""
    return causal_mask(Q.shape[-2], K.shape[-2]) if causal else None


def _products(
    Q: Array,
    K: Array,
    V: Array,
    scale: float,
    tiles: Iterable[KeyTile],
    memory: Array,
    small: Array,
) -> Array:
    """Add up the two products, tile by tile, with the scores always in the same memory."""
    output = np.zeros(Q.shape[:-1] + V.shape[-1:], Q.dtype)
    for columns, _ in tiles:
        shape = (*Q.shape[:-1], columns.stop - columns.start)
        scores = memory[: np.prod(shape)].reshape(shape)
        np.matmul(Q, K[..., columns, :].swapaxes(-2, -1), out=scores)
        output += scores @ V[..., columns, :]
    return output
