"""The rungs: one answer, and what each of them does and holds, by counting."""

import inspect
import sys
import threading
import tracemalloc

import numpy as np
import pytest
from optional import require

from microattention import ladder, peers, scaled_dot_product_attention, tiled_attention, tiling
from microattention.pinning import pinned
from microattention.published import published_tiled_attention
from microattention.temporaries import largest_temporary
from microattention.threads import blas_threads

ANSWERS = [name for name in ladder.METHODS if name != "floor"]


def drawn(heads, n, d=8, dtype="float64"):
    return np.random.RandomState(0).randn(3, heads, n, d).astype(dtype)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("method", ANSWERS)
@pytest.mark.parametrize(("heads", "n"), [(1, 7), (3, 43), (2, 701)])
def test_every_rung_gives_the_plain_answer(method, causal, heads, n):
    inputs = drawn(heads, n)
    mask = np.tri(n, dtype=bool) if causal else None
    wanted, _ = scaled_dot_product_attention(*inputs, mask)
    before = inputs.copy()
    assert np.abs(ladder.METHODS[method](*inputs, causal)() - wanted).max() < 1e-12
    assert np.array_equal(inputs, before)


@pytest.mark.parametrize("method", ladder.METHODS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_every_method_answers_in_the_dtype_of_its_inputs(method, dtype):
    assert ladder.METHODS[method](*drawn(2, 300, dtype=dtype), True)().dtype == dtype


def test_the_floor_is_the_two_products():
    Q, K, V = drawn(2, 701)
    wanted = Q @ K.swapaxes(-2, -1) @ V
    assert np.abs(ladder.floor(Q, K, V, False)() - wanted).max() < 1e-9


def visited(cut, n, causal):
    """Count the scores that one head's tiles of 256 queries by 512 keys compute, and the tiles."""
    tiles = [
        (rows.stop - rows.start) * (tile.columns.stop - tile.columns.start)
        for rows in tiling.slices(0, n, 256)
        for tile in cut(rows, n, 512, causal, None)
    ]
    return sum(tiles), len(tiles)


@pytest.mark.parametrize("blocks", [1, 4, 16])
def test_skipping_leaves_out_what_lies_above_the_blocks_on_the_diagonal(blocks):
    n, corner = 256 * blocks, 256**2
    every, _ = visited(ladder.all_tiles, n, True)
    opened, n_tiles = visited(tiling.key_tiles, n, True)
    assert every == n**2 == visited(tiling.key_tiles, n, False)[0]
    assert opened == corner * blocks * (blocks + 1) // 2
    # block i has its own tile on the diagonal, and ⌈256 i / 512⌉ before it
    assert n_tiles == sum(1 + (i + 1) // 2 for i in range(blocks))


def test_tiles_and_skipping_differ_in_nothing_but_the_closed_tiles(monkeypatch):
    seen = []
    look = tiling.look

    def count(Q, K, V, mask=None, memory=None):
        seen.append(Q.shape[-2] * K.shape[-2])
        return look(Q, K, V, mask, memory)

    monkeypatch.setattr(tiling, "look", count)
    inputs, work = drawn(1, 1024, dtype="float32"), {}
    for name in ("tiles", "skipping"):
        for causal in (False, True):
            seen.clear()
            ladder.METHODS[name](*inputs, causal)()
            work[name, causal] = sum(seen)
    assert work["tiles", True] == work["tiles", False] == work["skipping", False] == 1024**2
    queries, _ = tiling.cache_tile(4)
    blocks = 1024 // queries
    assert work["skipping", True] == queries**2 * blocks * (blocks + 1) // 2 < 1024**2


def largest_array(function):
    """Return the most that a single bytecode allocates: an array, perhaps with a ufunc's buffer.

    Within a bytecode, because `a @ b` may free its operands in the same step as it allocates.
    """
    last, most = [0], [0]

    def look(frame, event, argument):
        frame.f_trace_opcodes = True
        now, peak = tracemalloc.get_traced_memory()
        most[0] = max(most[0], peak - last[0])
        last[0] = now
        tracemalloc.reset_peak()
        return look

    before = sys.gettrace()
    function()  # what is made once only shall not count
    tracemalloc.start()
    try:
        threading.settrace(look)
        sys.settrace(look)
        function()
    finally:
        sys.settrace(before)
        threading.settrace(before)
        tracemalloc.stop()
    return most[0]


@pytest.mark.parametrize("method", ladder.METHODS)
@pytest.mark.parametrize(("heads", "n", "dtype"), [(1, 300, "float64"), (3, 701, "float32"),
                                                   (2, 127, "float64")])  # fmt: skip
def test_largest_temporary_is_what_tracemalloc_sees(method, heads, n, dtype):
    inputs = drawn(heads, n, 64, dtype)
    itemsize = inputs.itemsize
    claimed = largest_temporary(method, n, itemsize, heads=heads)
    with pinned(1):
        largest = largest_array(ladder.METHODS[method](*inputs, False))
    output, buffer = inputs[0].nbytes, np.getbufsize() * itemsize
    assert claimed <= max(largest, output)
    assert largest <= max(claimed, output) + buffer + 8192


def test_tiled_holds_less_than_plain_once_the_sentence_is_long():
    assert largest_temporary("tiled", 1401) < largest_temporary("plain", 1401) / 2


def test_the_published_tile_is_the_published_one():
    tile = inspect.signature(published_tiled_attention).parameters["tile"].default
    assert largest_temporary("published", 701) == tile * 701 * 8


def test_what_another_library_holds_is_not_made_up():
    assert largest_temporary("torch", 512) is None


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("name", peers.PEERS)
def test_a_peer_gives_the_plain_answer(name, causal):
    if name == "torch":
        require("torch")  # jax is nobody's requirement
    if name not in peers.installed([name]):
        pytest.skip(f"{name} is missing")
    inputs = drawn(2, 43)
    wanted = tiled_attention(*inputs, causal=causal)
    assert np.abs(peers.PEERS[name](*inputs, causal)() - wanted).max() < 1e-12


@pytest.fixture
def torch_of_two_threads():
    torch = require("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield torch
    torch.set_num_threads(before)


def test_pinning_holds_blas_and_torch_and_gives_them_back(torch_of_two_threads):
    threads = torch_of_two_threads.get_num_threads
    before = blas_threads()
    with pinned(1):
        assert (blas_threads(), threads()) == (1, 1)
    assert (blas_threads(), threads()) == (before, 2)
    with pinned(None):
        assert (blas_threads(), threads()) == (before, 2)


def test_torch_is_given_back_by_its_own_call(torch_of_two_threads, monkeypatch):
    """What threadpoolctl restores of OpenMP reaches PyTorch in some of its builds alone."""
    asked = []
    monkeypatch.setattr(torch_of_two_threads, "set_num_threads", asked.append)
    with pinned(1):
        pass
    assert asked == [1, 2]
