"""The counts of moved bytes: against counts by hand, the real functions, and the paper."""

import numpy as np
import pytest

from microattention import attention, ladder, scaled_dot_product_attention, tiling
from microattention.masking import causal_mask
from microattention.traffic import (
    A100_SRAM_BYTES,
    PUBLISHED_FIGURE_2,
    Cache,
    Traffic,
    figure_2,
    flash_tile,
    flash_traffic,
    plain_traffic,
    standard_traffic,
    tiled_traffic,
    visited,
)

PLENTY = 2**40


def growth(count, sizes):
    """Return the exponent with which a count grows: the slope of its logarithm."""
    totals = [count(size).total for size in sizes]
    return np.polyfit(np.log(sizes), np.log(totals), 1)[0]


class TestCache:
    def test_what_is_held_moves_once(self):
        cache = Cache(10)
        for _ in range(3):
            cache.read("a", 4)
            cache.read("b", 6)
        assert cache.traffic == Traffic(10, 0)

    def test_the_block_unused_for_longest_goes_first(self):
        cache = Cache(10)
        for block in "aba":
            cache.read(block, 5)
        cache.read("c", 5)  # b goes, for a was used since
        cache.read("a", 5)
        assert cache.traffic == Traffic(15, 0)
        cache.read("b", 5)
        assert cache.traffic == Traffic(20, 0)

    def test_a_changed_block_is_written_back_once_when_it_goes(self):
        cache = Cache(5)
        cache.write("a", 5)
        cache.update("a", 5)
        assert cache.traffic == Traffic(0, 0)
        cache.read("b", 5)
        cache.read("c", 5)
        assert cache.traffic == Traffic(10, 5)

    def test_a_block_larger_than_the_cache_passes_and_pushes_the_rest_out(self):
        cache = Cache(5)
        cache.read("a", 5)
        cache.update("large", 7)
        cache.read("a", 5)
        assert cache.traffic == Traffic(17, 7)

    def test_a_cache_may_read_what_it_is_to_write(self):
        cache = Cache(10, fetch_on_write=True)
        cache.write("a", 3)
        cache.write("a", 3)
        assert cache.traffic == Traffic(3, 0)

    def test_only_the_results_of_a_call_are_written_at_its_end(self):
        cache = Cache(10)
        cache.write("result", 3)
        cache.write("scratch", 4)
        cache.flush(["result", "elsewhere"])
        assert cache.traffic == Traffic(0, 3)
        cache.read("x", 6)  # 4 + 6 bytes fit again
        assert cache.traffic == Traffic(6, 3)

    def test_a_block_may_change_its_size(self):
        cache = Cache(10)
        cache.write("tile", 8)
        cache.write("tile", 2)
        cache.write("x", 8)
        assert cache.traffic == Traffic(0, 0)


class TestByHand:
    n, d = 7, 3
    rows, matrix, column = 7 * 3 * 4, 7 * 7 * 4, 7 * 4

    def test_plain_where_everything_fits(self):
        made = 4 * self.matrix + 2 * self.rows + 2 * self.column  # and each fetched first
        got = plain_traffic(self.n, self.d, cache_bytes=PLENTY)
        assert got == Traffic(3 * self.rows + made, self.matrix + self.rows)

    def test_plain_where_nothing_stays(self):
        # scores, shifted, exps and weights are made; scores, shifted and exps are read twice,
        # once and twice, the weights once; Q, scaled, K, V read; m and l read once each
        written = 4 * self.matrix + 2 * self.rows + 2 * self.column
        used = 6 * self.matrix + 4 * self.rows + 2 * self.column
        got = plain_traffic(self.n, self.d, cache_bytes=0)
        assert got == Traffic(used + written, written)

    def test_a_mask_costs_a_byte_a_pair_and_a_pass(self):
        without, masked = (
            plain_traffic(self.n, self.d, cache_bytes=0, causal=causal) for causal in (False, True)
        )
        pairs = self.n * self.n
        assert masked.written - without.written == pairs + self.matrix
        assert masked.read - without.read == 3 * pairs + self.matrix

    def test_tiles_where_everything_fits(self):
        scratch = 2 * self.rows + self.matrix + 2 * self.column
        got = tiled_traffic(self.n, self.d, tile=(7, 7), cache_bytes=PLENTY)
        assert got == Traffic(4 * self.rows + scratch, self.rows)

    @pytest.mark.parametrize("causal", [False, True])
    def test_one_tile_where_nothing_stays(self, causal):
        # written: scaled, acc twice, output; scores three times; m and l twice each
        written = 4 * self.rows + 3 * self.matrix + 4 * self.column
        # used besides: Q, K, scaled, V, acc; scores three times; m and l once each
        used = 5 * self.rows + 3 * self.matrix + 2 * self.column
        if causal:  # the mask and its inverse are made and used; the scores change once more
            written += 2 * self.n**2 + self.matrix
            used += 2 * self.n**2
        got = tiled_traffic(self.n, self.d, tile=(7, 7), cache_bytes=0, causal=causal)
        assert got == Traffic(used + written, written)

    def test_tiles_that_share_keys_read_them_once_if_they_stay(self):
        tile = (2, 3)  # the last two keys of a causal tile are not where tiles of three begin
        scratch = 2 * (2 * 3 * 4) + 2 * (2 * 4) + 2 * 3 * (4 + 1 + 1)
        got = tiled_traffic(self.n, self.d, tile=tile, cache_bytes=PLENTY, causal=True)
        assert got.written == self.rows
        assert 4 * self.rows < got.read <= 4 * self.rows + scratch

    def test_tiles_share_one_memory(self):
        scratch = 2 * (2 * 3 * 4) + 2 * (2 * 4) + 2 * 3 * 4  # scaled and acc, m and l, scores
        got = tiled_traffic(self.n, self.d, tile=(2, 3), cache_bytes=PLENTY)
        assert got == Traffic(4 * self.rows + scratch, self.rows)

    def test_keys_are_read_again_for_each_tile_of_queries_if_they_do_not_stay(self):
        n, d, tile = 1024, 64, (128, 128)
        held = 2 * 128 * 64 * 4 + 128 * 128 * 4 + 2 * 128 * 4  # acc, scaled, scores, m, l
        got = tiled_traffic(n, d, tile=tile, cache_bytes=held + 3 * 128 * 64 * 4)
        rows = n * d * 4
        assert got.written == rows
        assert got.read == rows + 8 * 2 * rows + rows + held

    def test_standard_attention(self):
        rows, matrix = self.rows // 2, self.matrix // 2
        assert standard_traffic(self.n, self.d) == Traffic(2 * matrix + 3 * rows, 2 * matrix + rows)
        both = standard_traffic(self.n, self.d, backward=True)
        assert both == Traffic(7 * matrix + 8 * rows, 4 * matrix + 4 * rows)
        everything = standard_traffic(self.n, self.d, backward=True, mask=True, dropout=True)
        extra = 7 * matrix  # the mask 2; dropout 2½ each way, with a byte for two
        assert everything.total == both.total + extra

    def test_flash_attention(self):
        n, d, rows, column = 1024, 64, 1024 * 64 * 2, 1024 * 4
        assert flash_tile(d, A100_SRAM_BYTES, 2) == (64, 384)  # so three passes over Q
        forward = flash_traffic(n, d)
        assert forward == Traffic(
            2 * rows + 3 * (2 * rows + 2 * column), (1 + 3) * (rows + 2 * column)
        )
        both = flash_traffic(n, d, backward=True)
        assert both.read - forward.read == 2 * rows + 3 * (4 * rows + 2 * column)
        assert both.written - forward.written == (1 + 3) * rows + 2 * 2 * rows


class Counted(np.ndarray):
    """An array that counts the bytes of the n × n arrays that NumPy reads and writes."""

    moved = 0

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
        bare = [np.asarray(x) if isinstance(x, Counted) else x for x in inputs]
        if out is not None:
            kwargs["out"] = tuple(np.asarray(x) for x in out)
        result = getattr(ufunc, method)(*bare, **kwargs)
        self.count(bare, result)
        return result.view(Counted) if isinstance(result, np.ndarray) else result

    def __array_function__(self, func, types, args, kwargs):
        if func is not np.copyto:
            return super().__array_function__(func, types, args, kwargs)
        target, where = np.asarray(args[0]), np.asarray(kwargs["where"])
        np.copyto(target, args[1], where=where)
        return self.count([target, where], target)

    @staticmethod
    def count(sources, result):
        """Count a read for each source, a write for the result, and its fetch if it is new."""
        at = np.asarray(result).ctypes.data
        read = sum(x.nbytes for x in map(np.asarray, sources) if square(x) and x.ctypes.data != at)
        Counted.moved += read + 2 * result.nbytes * square(result)


def square(x):
    return x.ndim == 2 and x.shape[0] == x.shape[1] > 1


@pytest.fixture
def counted(monkeypatch):
    """Let the arguments of both functions count what is done with them."""
    check, real_array = attention.attention_arguments, attention.real_array

    def arguments(*args):
        checked = check(*args)
        mask = None if checked.mask is None else checked.mask.view(Counted)
        return checked._replace(Q=checked.Q.view(Counted), mask=mask)

    def keep_counting(name, x):
        return x if isinstance(x, Counted) else real_array(name, x)

    for module in (attention, tiling):
        monkeypatch.setattr(module, "attention_arguments", arguments)
    monkeypatch.setattr(attention, "real_array", keep_counting)
    monkeypatch.setattr(Counted, "moved", 0)


class TestAgainstTheRealFunctions:
    n, d = 256, 1

    def inputs(self):
        rng = np.random.RandomState(0)
        return rng.randn(3, self.n, self.d).astype(np.float32)

    def assert_counted(self, traffic):
        """Hold the model's passes over n × n numbers to those of the call."""
        matrix = self.n * self.n * 4
        assert 0 <= traffic.total - Counted.moved < matrix / 4  # of n and of n × d numbers

    @pytest.mark.parametrize("causal", [False, True])
    def test_plain(self, counted, causal):
        scaled_dot_product_attention(*self.inputs(), causal_mask(self.n) if causal else None)
        assert Counted.moved > 10 * self.n * self.n * 4
        self.assert_counted(plain_traffic(self.n, self.d, cache_bytes=0, causal=causal))

    def test_in_place(self, counted):
        with_maxima = ladder.tiled_with(small_scores=ladder._never)  # as on this rung
        with_maxima(*self.inputs(), tile=(self.n, self.n))
        assert Counted.moved > 5 * self.n * self.n * 4
        whole = {"tile": (self.n, self.n), "cache_bytes": 0}
        self.assert_counted(tiled_traffic(self.n, self.d, **whole))

    @pytest.mark.parametrize("causal", [False, True])
    @pytest.mark.parametrize(("n", "tile"), [(11, (3, 5)), (12, (4, 4)), (13, (5, 2)), (7, (9, 9))])
    def test_tiles_visited(self, n, tile, causal):
        for rows in tiling.slices(0, n, tile[0]):
            walked = list(visited(rows, n, tile[1], causal=causal, skip=True))
            real = list(tiling.key_tiles(rows, n, tile[1], causal, None))
            assert [columns for columns, _ in walked] == [each.columns for each in real]
            if walked[-1][0].stop - walked[-1][0].start > 1:  # one query, one key: all open
                assert [masked for _, masked in walked] == [each.mask is not None for each in real]

    def test_without_skipping_the_diagonal_and_what_is_closed_needs_a_mask(self):
        walked = list(visited(slice(4, 6), 9, 3, causal=True, skip=False))
        assert walked == [(slice(0, 3), False), (slice(3, 6), True), (slice(6, 9), True)]
        walked = list(visited(slice(4, 6), 9, 5, causal=True, skip=False))
        assert walked == [(slice(0, 5), False), (slice(5, 9), True)]


class TestOrder:
    """What must be more, and what less."""

    @pytest.mark.parametrize("causal", [False, True])
    @pytest.mark.parametrize("n", [512, 1000, 2048])
    def test_each_rung_of_the_ladder_moves_less(self, n, causal):
        plain = plain_traffic(n, 64, causal=causal)
        in_place = tiled_traffic(n, 64, tile=(n, n), causal=causal)
        tiles = tiled_traffic(n, 64, causal=causal, skip=False)
        assert plain.total > in_place.total > tiles.total
        if causal:
            assert tiles.total > tiled_traffic(n, 64, causal=True).total

    @pytest.mark.parametrize("count", [plain_traffic, tiled_traffic])
    def test_a_larger_cache_moves_no_more(self, count):
        totals = [count(700, 64, cache_bytes=2**power).total for power in range(14, 27)]
        assert totals == sorted(totals, reverse=True)
        assert totals[0] > 2 * totals[-1]

    def test_tiles_that_do_not_fit_lose_their_point(self):
        fits, does_not = (tiled_traffic(2048, 64, tile=(size, size)) for size in (256, 2048))
        assert does_not.total > 5 * fits.total

    def test_a_graphics_card_does_not_fetch_what_it_writes(self):
        cpu, gpu = plain_traffic(64, 8, cache_bytes=0), standard_traffic(64, 8, itemsize=4)
        assert gpu.read < cpu.read


class TestTheorem2:
    """Dao et al. (2022): standard Θ(Nd + N²), FlashAttention Θ(N²d²M⁻¹)."""

    def test_standard_grows_with_the_square_of_n_and_not_with_d(self):
        sizes = [4096, 8192, 16384, 32768]
        assert growth(lambda n: standard_traffic(n, 64), sizes) == pytest.approx(2, abs=0.02)
        assert growth(lambda d: standard_traffic(32768, d), [16, 32, 64]) == pytest.approx(
            0, abs=0.01
        )
        assert growth(lambda d: standard_traffic(16, d), [4096, 8192, 16384]) == pytest.approx(
            1, abs=0.01
        )

    def test_flash_grows_with_the_square_of_n(self):
        sizes = [4096, 8192, 16384]
        assert growth(lambda n: flash_traffic(n, 64), sizes) == pytest.approx(2, abs=0.1)

    def test_flash_grows_with_the_square_of_d(self):
        sizes = [32, 64, 128]
        assert growth(lambda d: flash_traffic(16384, d), sizes) == pytest.approx(2, abs=0.1)

    def test_flash_shrinks_as_fast_memory_grows(self):
        sizes = [2**15, 2**16, 2**17]  # from 8d² numbers on
        got = growth(lambda m: flash_traffic(16384, 64, sram_bytes=2 * m), sizes)
        assert got == pytest.approx(-1, abs=0.1)

    def test_our_tiles_grow_with_the_square_of_n_once_the_keys_do_not_fit(self):
        sizes = [8192, 16384, 32768]
        assert growth(lambda n: tiled_traffic(n, 64), sizes) == pytest.approx(2, abs=0.1)


class TestFigure2:
    def test_with_a_mask_and_dropout(self):
        counted = figure_2()
        assert counted.standard / PUBLISHED_FIGURE_2.standard == pytest.approx(1, abs=0.01)
        assert counted.flash / PUBLISHED_FIGURE_2.flash == pytest.approx(1.056, abs=0.005)

    def test_the_algorithms_alone_do_not_explain_the_printed_number(self):
        alone = figure_2(mask=False, dropout=False)
        assert alone.standard / PUBLISHED_FIGURE_2.standard == pytest.approx(0.626, abs=0.005)
        assert alone.flash == figure_2().flash

    def test_a_mask_filled_in_would_pass_over_the_gradient_too(self):
        one_pass = 16 * 64 * 1024 * 1024 * 2 / 1e9
        assert f"{figure_2().standard + 2 * one_pass:.1f} GB" in figure_2.__doc__


class TestBadSizes:
    @pytest.mark.parametrize(
        ("call", "error", "says"),
        [
            (lambda: plain_traffic(0, 4), ValueError, "n must be at least 1, got 0"),
            (lambda: plain_traffic(4, 2.0), TypeError, "d must be an integer, got 2.0"),
            (lambda: plain_traffic(4, 4, itemsize=0), ValueError, "itemsize must be at least 1"),
            (lambda: plain_traffic(4, 4, cache_bytes=-1), ValueError, "cache_bytes must be at"),
            (lambda: tiled_traffic(4, 4, cache_bytes=1.5), TypeError, "cache_bytes must be an"),
            (lambda: tiled_traffic(4, 4, tile=(0, 4)), ValueError, "tile queries must be at"),
            (lambda: tiled_traffic(4, 4, tile=4), ValueError, "tile must be two sizes"),
            (lambda: standard_traffic(4, -1), ValueError, "d must be at least 1, got -1"),
            (lambda: flash_traffic(4, 64, sram_bytes=127), ValueError, "sram_bytes must hold a"),
            (lambda: flash_traffic(4, 64, sram_bytes="a"), TypeError, "sram_bytes must be an"),
            (lambda: flash_tile(0, 64, 4), ValueError, "d must be at least 1, got 0"),
            (lambda: flash_tile(4, 64, None), TypeError, "itemsize must be an integer, got None"),
            (lambda: Cache(-1), ValueError, "cache_bytes must be at least 0, got -1"),
        ],
    )
    def test_is_refused_by_name(self, call, error, says):
        with pytest.raises(error, match=says):
            call()

    @pytest.mark.parametrize("count", [plain_traffic, tiled_traffic, standard_traffic,
                                       flash_traffic])  # fmt: skip
    def test_numpy_integers_do_not_overflow(self, count):
        n, d, itemsize = np.int8(127), np.int8(8), np.int8(4)
        assert count(n, d, itemsize=itemsize) == count(127, 8, itemsize=4)
