"""How many bytes attention moves between slow and fast memory, counted step by step.

Each function here walks through one way of computing attention as its schedule goes: which
block of which array is read and written at which step. A `Cache` counts what that costs.

- n: how many queries, and how many keys; d: the width of a query, a key and a value
- slow memory: a processor's main memory, a graphics card's HBM
- fast memory: a processor's cache, a graphics card's SRAM
"""

import math
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import NamedTuple

from ._arguments import size
from .tiling import checked_tile, slices

CACHE_BYTES = 2**20  # the second-level cache of one core of a recent server
A100_SRAM_BYTES = 192 * 1024  # of one multiprocessor: Dao et al. (2022), section 2.1
STATISTIC_BYTES = 4  # m and l stay in float32 where the rest is float16


class Traffic(NamedTuple):
    """Bytes moved between slow and fast memory."""

    read: int
    written: int

    @property
    def total(self) -> int:
        """Bytes read and bytes written together."""
        return self.read + self.written


class Cache:
    """A fast memory that holds the blocks used last, and counts what moves in and out of it.

    A block that is not held is read when it is used. To make room, the block whose last use is
    the longest ago goes first (LRU), and is written to slow memory if it was changed. A block
    larger than the cache passes through it, and pushes everything else out on its way.

    Parameters
    ----------
    cache_bytes : int
        Bytes of fast memory. With 0, each use of a block is one transfer.
    fetch_on_write : bool
        Whether a block that is not held is read before it is written, as by the caches of
        most processors; in a graphics card the program itself decides, and need not.

    Examples
    --------
    Room for one block of 8 bytes: the second block pushes out the first, which was changed.

    >>> cache = Cache(8)
    >>> cache.write("scores", 8)
    >>> cache.read("values", 8)
    >>> cache.read("values", 8)
    >>> cache.traffic
    Traffic(read=8, written=8)
    """

    def __init__(self, cache_bytes: int, *, fetch_on_write: bool = False) -> None:
        self.cache_bytes = size("cache_bytes", cache_bytes)
        self.fetch_on_write = fetch_on_write
        self.traffic = Traffic(0, 0)
        self._held: OrderedDict[Hashable, tuple[int, bool]] = OrderedDict()  # bytes, changed
        self._used = 0

    def read(self, block: Hashable, n_bytes: int) -> None:
        """Use a block as it is."""
        self._use(block, n_bytes, fetch=True, changed=False)

    def write(self, block: Hashable, n_bytes: int) -> None:
        """Make the whole of a block anew."""
        self._use(block, n_bytes, fetch=self.fetch_on_write, changed=True)

    def update(self, block: Hashable, n_bytes: int) -> None:
        """Change a block in place."""
        self._use(block, n_bytes, fetch=True, changed=True)

    def flush(self, blocks: Iterable[Hashable]) -> None:
        """Write these blocks to slow memory if they were changed; the call is over."""
        for block in blocks:
            n_bytes, changed = self._held.pop(block, (0, False))
            self._used -= n_bytes
            self._count(written=n_bytes * changed)

    def _use(self, block: Hashable, n_bytes: int, *, fetch: bool, changed: bool) -> None:
        held, was_changed = self._held.pop(block, (0, False))
        if fetch and not held:
            self._count(read=n_bytes)
        self._held[block] = n_bytes, changed or was_changed
        self._used += n_bytes - held
        while self._used > self.cache_bytes:
            self.flush([next(iter(self._held))])

    def _count(self, *, read: int = 0, written: int = 0) -> None:
        self.traffic = Traffic(self.traffic.read + read, self.traffic.written + written)


def plain_traffic(
    n: int,
    d: int,
    *,
    cache_bytes: int = CACHE_BYTES,
    itemsize: int = 4,
    causal: bool = False,
) -> Traffic:
    """Count the bytes that `scaled_dot_product_attention` moves, its temporaries included.

    Parameters
    ----------
    n : int
        Number of queries and of keys.
    d : int
        Width of a query, of a key and of a value.
    cache_bytes : int
        Bytes of fast memory.
    itemsize : int
        Bytes of a number: 4 for float32.
    causal : bool
        Whether a boolean mask of one byte a pair is applied as well.

    Returns
    -------
    Traffic
        For one head, from slow memory and back.

    Raises
    ------
    TypeError, ValueError
        If a size is not an integer, or is less than 1 (`cache_bytes`: less than 0).

    Notes
    -----
    A step is one call of NumPy, and uses each of its arrays once; that a product of matrices
    goes over its operands in blocks of its own is not counted. The arrays that the mask makes
    of V, n × d, are not counted either. What a write to fresh memory costs beyond the bytes
    (the operating system hands it out page by page, zeroed) is no traffic, and not here.

    Examples
    --------
    From a cache that holds everything, only the weights and the output go back, 8 × 8 and
    8 × 2 numbers of 4 bytes:

    >>> plain_traffic(8, 2).written == (8 * 8 + 8 * 2) * 4
    True

    One head of 4,096 queries, in MB:

    >>> print(f"{plain_traffic(4096, 64).total / 1e6:.0f}")
    947
    """
    n, d, itemsize = _checked(n, d, itemsize)
    sizes = _sizes(n, d, itemsize)
    matrix = sizes["matrix"]
    numbers = dict.fromkeys(("scores", "shifted", "exps", "weights"), matrix)
    pairs = dict.fromkeys(("mask", "hidden"), matrix // itemsize)
    rows = dict.fromkeys(("Q", "scaled", "K", "V", "output"), sizes["rows"])
    of = numbers | pairs | rows | dict.fromkeys(("m", "l"), sizes["column"])
    cache = Cache(cache_bytes, fetch_on_write=True)
    _step(cache, of, "Q", "scaled")
    _step(cache, of, "scaled K", "scores")
    if causal:
        _step(cache, of, "mask", "hidden")
        _step(cache, of, "hidden scores", "scores")
    _step(cache, of, "scores", "m")
    _step(cache, of, "scores m", "shifted")
    _step(cache, of, "shifted", "exps")
    _step(cache, of, "exps", "l")
    _step(cache, of, "exps l", "weights")
    _step(cache, of, "weights V", "output")
    cache.flush(["weights", "output"])
    return cache.traffic


def tiled_traffic(
    n: int,
    d: int,
    *,
    tile: tuple[int, int] = (256, 512),
    cache_bytes: int = CACHE_BYTES,
    itemsize: int = 4,
    causal: bool = False,
    skip: bool = True,
) -> Traffic:
    """Count the bytes that `tiled_attention` moves, tile by tile.

    The scores of every tile are made, turned into weights and used in the same memory. With
    one tile for all, `tile=(n, n)`, this is the expression without temporaries, untiled.

    Parameters
    ----------
    n, d, cache_bytes, itemsize
        As for `plain_traffic`.
    tile : (int, int)
        How many queries and how many keys a tile has.
    causal : bool
        Whether query i may attend to keys up to i alone.
    skip : bool
        Whether tiles of keys that the causal rule closes are left out, as `tiled_attention`
        does.

    Returns
    -------
    Traffic
        For one head, from slow memory and back.

    Raises
    ------
    TypeError, ValueError
        If a size is not an integer, or is less than 1 (`cache_bytes`: less than 0).

    Notes
    -----
    The order of Dao (2023), *FlashAttention-2*, Algorithm 1: queries outside, keys inside.

    Examples
    --------
    One head of 4,096 queries, in MB: without temporaries, in tiles, and with the tiles that
    are closed skipped.

    >>> print(f"{tiled_traffic(4096, 64, tile=(4096, 4096)).total / 1e6:.0f}")
    617
    >>> print(f"{tiled_traffic(4096, 64).total / 1e6:.0f}")
    37
    >>> print(f"{tiled_traffic(4096, 64, causal=True).total / 1e6:.0f}")
    25
    """
    n, d, itemsize = _checked(n, d, itemsize)
    row = d * itemsize
    n_queries, n_keys = checked_tile(tile)
    granule = math.gcd(n_queries, n_keys)  # tiles that share keys share blocks of them
    cache = Cache(cache_bytes, fetch_on_write=True)
    for rows in slices(0, n, n_queries):
        height = rows.stop - rows.start
        of = dict.fromkeys(("scaled", "acc"), height * row)
        of |= dict.fromkeys(("m", "l"), height * itemsize)
        cache.read(("Q", rows.start), height * row)
        _step(cache, of, "", "scaled m l acc")
        for columns, masked in visited(rows, n, n_keys, causal=causal, skip=skip):
            of["mask"] = of["hidden"] = height * (columns.stop - columns.start)
            of["scores"] = of["mask"] * itemsize
            parts = list(slices(columns.start, columns.stop, granule))
            _look(cache, of, parts, row, masked)
        _step(cache, of, "acc l", "")
        cache.write(("output", rows.start), height * row)
    cache.flush([("output", rows.start) for rows in slices(0, n, n_queries)])
    return cache.traffic


def _look(cache: Cache, of: Mapping[str, int], keys: list[slice], row: int, masked: bool) -> None:
    """Walk one tile: its scores become its weights, which are mixed into what is known."""
    for part in keys:
        cache.read(("K", part.start), (part.stop - part.start) * row)
    _step(cache, of, "scaled", "scores")
    if masked:
        _step(cache, of, "", "mask")
        _step(cache, of, "mask", "hidden")
        _step(cache, of, "hidden scores", "scores")
    _step(cache, of, "scores m", "m")
    _step(cache, of, "m scores", "scores")
    _step(cache, of, "scores", "scores")
    _step(cache, of, "scores l", "l")
    for part in keys:
        cache.read(("V", part.start), (part.stop - part.start) * row)
    _step(cache, of, "scores acc", "acc")


def visited(
    rows: slice, n_keys: int, n_columns: int, *, causal: bool, skip: bool
) -> Iterator[tuple[slice, bool]]:
    """Yield the keys of each tile that these queries visit, and whether it needs a mask.

    Examples
    --------
    >>> for columns, masked in visited(slice(4, 6), 9, 3, causal=True, skip=True):
    ...     print(columns.start, columns.stop, masked)
    0 3 False
    3 4 False
    4 6 True
    """
    if causal and skip:
        for columns in slices(0, rows.start, n_columns):
            yield columns, False
        for columns in slices(rows.start, rows.stop, n_columns):
            yield columns, True
    else:
        for columns in slices(0, n_keys, n_columns):
            yield columns, causal and columns.stop > rows.start + 1


def standard_traffic(
    n: int,
    d: int,
    *,
    itemsize: int = 2,
    mask: bool = False,
    dropout: bool = False,
    backward: bool = False,
) -> Traffic:
    """Count the bytes of standard attention on a graphics card, one kernel a step.

    Parameters
    ----------
    n, d
        As for `plain_traffic`.
    itemsize : int
        Bytes of a number: 2 for float16.
    mask : bool
        Whether a mask is added to the scores, by a kernel of its own. The mask is shared by
        all heads and not counted; its gradient is not asked for.
    dropout : bool
        Whether dropout is applied to the weights, which keeps a byte a pair for later.
    backward : bool
        Whether the gradients of Q, K and V are computed as well.

    Returns
    -------
    Traffic
        For one head of one sequence.

    Raises
    ------
    TypeError, ValueError
        If a size is not an integer, or is less than 1.

    Notes
    -----
    Dao et al. (2022), Algorithm 0, and Algorithm 3 for `backward`: no step finds in fast
    memory what the one before it left there, and each uses its matrices once.

    Examples
    --------
    The scores and the weights, each written once and read once; Q, K, V and the output:

    >>> standard_traffic(8, 2).total == (4 * 8 * 8 + 4 * 8 * 2) * 2
    True
    """
    n, d, itemsize = _checked(n, d, itemsize)
    sizes = _sizes(n, d, itemsize)
    of = dict.fromkeys(("Q", "K", "V", "O", "dQ", "dK", "dV", "dO"), sizes["rows"])
    of |= dict.fromkeys(("S", "P", "dropped", "dP", "dS"), sizes["matrix"])
    of["kept"] = sizes["matrix"] // itemsize
    cache, used = Cache(0), "dropped" if dropout else "P"
    _step(cache, of, "Q K", "S")
    if mask:
        _step(cache, of, "S", "S")
    _step(cache, of, "S", "P")
    if dropout:
        _step(cache, of, "P", "dropped kept")
    _step(cache, of, f"{used} V", "O")
    if backward:
        _step(cache, of, f"{used} dO", "dV")
        _step(cache, of, "dO V", "dP")
        if dropout:
            _step(cache, of, "dP kept", "dP")
        _step(cache, of, "P dP", "dS")
        _step(cache, of, "dS K", "dQ")
        _step(cache, of, "dS Q", "dK")
    return cache.traffic


def flash_traffic(
    n: int,
    d: int,
    *,
    sram_bytes: int = A100_SRAM_BYTES,
    itemsize: int = 2,
    backward: bool = False,
) -> Traffic:
    """Count the bytes of FlashAttention, by the loads and writes that its algorithm names.

    Parameters
    ----------
    n, d, itemsize, backward
        As for `standard_traffic`.
    sram_bytes : int
        Bytes of fast memory, from which the algorithm takes the sizes of its blocks.

    Returns
    -------
    Traffic
        For one head of one sequence.

    Raises
    ------
    TypeError, ValueError
        If a size is not an integer, or is less than 1, or if `sram_bytes` does not hold a row.

    Notes
    -----
    Dao et al. (2022), Algorithm 1, and Algorithm 4 for `backward`. The algorithms say
    themselves what is in fast memory when, so nothing is left to a rule of replacement. Their
    first lines, which fill the output, the gradients, m and l in slow memory, count too.

    Examples
    --------
    One block of keys and one of queries. K, V and Q are read and the output is written, as it
    must be; the output is also filled first, and read back. The statistics m and l take
    4 bytes each, and are filled, read and written.

    >>> flash_traffic(4, 4).total == 6 * (4 * 4 * 2) + 3 * 2 * (4 * 4)
    True
    """
    n, d, itemsize = _checked(n, d, itemsize)
    row = d * itemsize
    tile = flash_tile(d, sram_bytes, itemsize)
    cache = Cache(0)
    of_queries, of_keys = ([_blocks(part, row) for part in slices(0, n, step)] for step in tile)
    _flash_pass(cache, of_queries, of_keys, "Q", "O m l", "")
    if backward:
        _flash_pass(cache, of_queries, of_keys, "Q O dO m l", "dQ", "dK dV")
    return cache.traffic


def _flash_pass(
    cache: Cache,
    of_queries: list[dict[str, int]],
    of_keys: list[dict[str, int]],
    read: str,
    updated: str,
    gathered: str,
) -> None:
    """Walk one pass: what is read, what is updated at each tile, what is gathered for the keys."""
    for of in of_queries:
        _step(cache, of, "", updated)
    for of in of_keys:
        _step(cache, of, "", gathered)
    for of in of_keys:
        _step(cache, of, "K V", "")
        for of_these in of_queries:
            _step(cache, of_these, f"{read} {updated}", updated)
        _step(cache, of, "", gathered)


def flash_tile(d: int, sram_bytes: int, itemsize: int) -> tuple[int, int]:
    """Return the sizes of FlashAttention's blocks, B_r queries and B_c keys.

    Raises
    ------
    TypeError, ValueError
        If a size is not an integer, or `sram_bytes` does not hold one row of `d` numbers.

    Notes
    -----
    Dao et al. (2022), Algorithm 1, line 1: B_c = ⌈M ÷ 4d⌉ and B_r = min(B_c, d), M being the
    numbers that fast memory holds.

    Examples
    --------
    >>> flash_tile(64, A100_SRAM_BYTES, itemsize=2)
    (64, 384)
    """
    d, itemsize = size("d", d, least=1), size("itemsize", itemsize, least=1)
    numbers = size("sram_bytes", sram_bytes) // itemsize
    if numbers < d:
        raise ValueError(f"sram_bytes must hold a row of {d * itemsize} bytes, got {sram_bytes}")
    n_keys = -(-numbers // (4 * d))
    return min(n_keys, d), n_keys


class Figure2(NamedTuple):
    """Gigabytes (10⁹ bytes) moved by standard attention and by FlashAttention."""

    standard: float
    flash: float


PUBLISHED_FIGURE_2 = Figure2(standard=40.3, flash=4.4)


def figure_2(*, mask: bool = True, dropout: bool = True) -> Figure2:
    """Count what Figure 2 of the FlashAttention paper prints, in its setting.

    The setting: sequences of 1,024 tokens, 16 heads of width 64 (GPT-2 medium), a batch of 64,
    forward and backward, on an A100.

    Parameters
    ----------
    mask, dropout : bool
        Whether standard attention adds a mask and applies dropout. The paper does not say how
        it was written; the authors' own code for comparison adds a causal mask and applies
        dropout, each by a kernel of its own.

    Returns
    -------
    Figure2
        As counted here; `PUBLISHED_FIGURE_2` is as printed.

    Notes
    -----
    Dao et al. (2022), Figure 2, left. Neither the size of an element nor the means of
    measurement is stated there; float16 is assumed here. That the mask and dropout bring the
    count to the printed number is less than a proof: a mask filled in instead of added would
    go over the gradient too and bring it to 44.6 GB. FlashAttention's count is 1.06 of what
    is printed; the sizes of the blocks that were run are not stated either.

    Examples
    --------
    >>> print("{:.1f} GB and {:.1f} GB".format(*figure_2()))
    40.3 GB and 4.6 GB

    By the steps of its Algorithms 0 and 3 alone, standard attention moves much less than that:

    >>> print("{:.1f} GB and {:.1f} GB".format(*figure_2(mask=False, dropout=False)))
    25.2 GB and 4.6 GB
    """
    heads = 16 * 64
    standard = standard_traffic(1024, 64, mask=mask, dropout=dropout, backward=True)
    flash = flash_traffic(1024, 64, backward=True)
    return Figure2(heads * standard.total / 1e9, heads * flash.total / 1e9)


def _step(cache: Cache, n_bytes: Mapping[str, int], read: str, written: str) -> None:
    """Read the arrays named first, and write those named last; in both, it is in place."""
    sources, results = read.split(), written.split()
    for name in sources:
        if name not in results:
            cache.read(name, n_bytes[name])
    for name in results:
        (cache.update if name in sources else cache.write)(name, n_bytes[name])


def _blocks(part: slice, row: int) -> dict[str, int]:
    """Return the bytes of this part of each array that FlashAttention names."""
    n_rows = part.stop - part.start
    rows = dict.fromkeys(("Q", "K", "V", "O", "dQ", "dK", "dV", "dO"), n_rows * row)
    return rows | dict.fromkeys(("m", "l"), n_rows * STATISTIC_BYTES)


def _checked(n: int, d: int, itemsize: int) -> tuple[int, int, int]:
    """Return sizes as Python's integers, for NumPy's would overflow."""
    return size("n", n, least=1), size("d", d, least=1), size("itemsize", itemsize, least=1)


def _sizes(n: int, d: int, itemsize: int) -> dict[str, int]:
    """Return the bytes of n × n, of n × d and of n numbers."""
    return {"matrix": n * n * itemsize, "rows": n * d * itemsize, "column": n * itemsize}
