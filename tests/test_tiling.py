"""Tiles against the plain function, merging against its algebra, and the memory promised."""

import itertools
import math
import tracemalloc
from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microattention import (
    Partial,
    causal_mask,
    finish,
    merge,
    padding_mask,
    partial_attention,
    scaled_dot_product_attention,
    sliding_window_mask,
    tiled_attention,
)

N_QUERIES, N_KEYS, D_K, D_V = 11, 13, 3, 5


def drawn(*leading, n_queries=N_QUERIES, n_keys=N_KEYS, d_k=D_K, d_v=D_V, seed=0):
    """Draw Q, K and V, all with the same leading axes."""
    rng = np.random.RandomState(seed)
    return [rng.randn(*leading, *size) for size in ((n_queries, d_k), (n_keys, d_k), (n_keys, d_v))]


def log_sum_exp(Q, K, allowed=True, scale=None):
    """Return log Σ exp(score) over the visible keys of each query, for one table, by definition."""
    scores = Q @ K.T * (1 / math.sqrt(Q.shape[-1]) if scale is None else scale)
    allowed = np.broadcast_to(allowed, scores.shape)
    with np.errstate(divide="ignore"):
        return np.log([sum(np.exp(row[seen])) for row, seen in zip(scores, allowed, strict=True)])


def assert_close(got, expected, tolerance=1e-12):
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance)


RNG = np.random.RandomState(1)
ALLOWED = RNG.rand(N_QUERIES, N_KEYS) < 0.5
ALLOWED[4] = False
MASKS = {
    "none": None,
    "boolean": ALLOWED,
    "float": RNG.randn(N_QUERIES, N_KEYS),
    "float with −inf": np.where(ALLOWED, RNG.randn(N_QUERIES, N_KEYS), -np.inf),
    "float32": RNG.randn(N_QUERIES, N_KEYS).astype(np.float32),
    "causal": causal_mask(N_QUERIES, N_KEYS),
    "causal, offset": causal_mask(N_QUERIES, N_KEYS, offset=-3),
    "window": sliding_window_mask(N_QUERIES, N_KEYS, window=3),
    "padding": padding_mask([7, 0], N_KEYS),
    "keys": ALLOWED[0],
    "queries": ALLOWED[:, :1],
    "a row": ALLOWED[:1],
    "each text": np.stack([ALLOWED, ~ALLOWED]),
    "nothing": False,
    "everything": True,
    "scalar float": 1.0,
    "scalar −inf": -np.inf,
}
TILES = [None, (1, 1), (3, 4), (4, 3), (1, 13), (11, 1), (11, 13), (97, 101), (5, 7)]


class TestPlainTwin:
    @pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
    @pytest.mark.parametrize("tile", TILES)
    def test_every_kind_of_mask(self, mask, tile):
        arrays = drawn(2)
        for causal in (False, True):
            whole = both(mask, causal)
            expected, _ = scaled_dot_product_attention(*arrays, whole)
            assert_close(tiled_attention(*arrays, mask, causal=causal, tile=tile), expected)

    @given(st.data())
    @settings(max_examples=120)
    def test_every_size(self, data):
        draw = data.draw
        n_queries, n_keys = draw(st.integers(0, 13)), draw(st.integers(0, 13))
        arrays = drawn(
            n_queries=n_queries, n_keys=n_keys, d_k=draw(st.integers(0, 5)),
            d_v=draw(st.integers(0, 5)), seed=draw(st.integers(0, 99)),
        )  # fmt: skip
        rng = np.random.RandomState(draw(st.integers(0, 99)))
        allowed = rng.rand(n_queries, n_keys) < draw(st.floats(0, 1))
        mask = draw(st.sampled_from([None, allowed, np.where(allowed, rng.randn(), -np.inf)]))
        causal, scale = draw(st.booleans()), draw(st.none() | st.floats(-2, 2))
        tile = draw(st.none() | st.tuples(st.integers(1, 9), st.integers(1, 9)))
        workers = draw(st.none() | st.integers(1, 3))
        seen = np.ones_like(allowed) if mask is None else allowed
        if causal:
            seen = seen & causal_mask(n_queries, n_keys)
        whole = (
            np.where(seen, 0.0 if mask is None else mask, -np.inf) if mask is not allowed else seen
        )
        expected, _ = scaled_dot_product_attention(*arrays, whole, scale=scale)
        output = tiled_attention(
            *arrays, mask, causal=causal, scale=scale, tile=tile, workers=workers
        )
        assert_close(output, expected)

    @pytest.mark.parametrize(
        "leading", [((), (2,), ()), ((7, 1), (2,), (7, 1)), ((2,), (), (7, 2))]
    )
    def test_leading_axes_broadcast(self, leading):
        q, k, v = leading
        Q, K, V = drawn(*q)[0], drawn(*k)[1], drawn(*v)[2]
        expected, _ = scaled_dot_product_attention(Q, K, V)
        output, lse = tiled_attention(Q, K, V, tile=(4, 3), return_lse=True)
        assert_close(output, expected)
        assert lse.shape == expected.shape[:-1]

    @pytest.mark.parametrize(("n_queries", "n_keys"), [(2, 13), (13, 2), (1, 13), (13, 1)])
    def test_causal_with_unequal_lengths(self, n_queries, n_keys):
        arrays = drawn(n_queries=n_queries, n_keys=n_keys)
        expected, _ = scaled_dot_product_attention(*arrays, causal_mask(n_queries, n_keys))
        assert_close(tiled_attention(*arrays, causal=True, tile=(3, 4)), expected)

    @pytest.mark.parametrize("workers", [1, 2, 3])
    def test_threads_change_no_bit(self, workers):
        arrays = drawn(2)
        alone = tiled_attention(*arrays, ALLOWED, tile=(2, 3), return_lse=True)
        shared = tiled_attention(*arrays, ALLOWED, tile=(2, 3), workers=workers, return_lse=True)
        for one, other in zip(alone, shared, strict=True):
            assert one.tobytes() == other.tobytes()

    def test_scores_far_apart(self):
        """The largest score comes last, so that everything before is scaled down to nothing."""
        K = np.array([[0.0], [-800.0], [900.0]])
        output = tiled_attention([[1.0]], K, [[1.0], [2.0], [4.0]], tile=(1, 1), scale=1)
        assert output.tolist() == [[4.0]]

    def test_scores_far_below_zero(self):
        """Scores of −1000: exp of each is 0, yet they share equally and sum to −1000 + ln 3."""
        values = [[1.0], [2.0], [6.0]]
        output, lse = tiled_attention(
            [[1.0]], np.full((3, 1), -1000.0), values, scale=1, tile=(1, 2), return_lse=True
        )
        assert_close(output, np.array([[3.0]]))
        assert_close(lse, np.array([math.log(3) - 1000]))

    @pytest.mark.parametrize("empty", ["n_queries", "n_keys", "d_k", "d_v", "batch"])
    def test_empty_axes(self, empty):
        sizes = {"n_queries": 11, "n_keys": 13, "d_k": 3, "d_v": 5} | {empty: 0}
        batch = sizes.pop("batch", 2)
        arrays = drawn(batch, **sizes)
        expected, _ = scaled_dot_product_attention(*arrays)
        for causal in (False, True):
            output, lse = tiled_attention(*arrays, causal=causal, tile=(4, 3), return_lse=True)
            assert lse.shape == expected.shape[:-1]
            assert output.shape == expected.shape
        assert_close(tiled_attention(*arrays, tile=(4, 3)), expected)

    @pytest.mark.parametrize("tile", [None, (4, 3)])
    @pytest.mark.parametrize("mask", [None, False, True, 1.0, -np.inf])
    def test_no_queries_beside_a_mask(self, mask, tile):
        assert tiled_attention(*drawn(n_queries=0), mask, tile=tile).shape == (0, D_V)


def both(mask, causal):
    """Combine a mask with the causal one, as a mask for the plain function."""
    if not causal:
        return mask
    causal = causal_mask(N_QUERIES, N_KEYS)
    if mask is None or np.asarray(mask).dtype == bool:
        return causal if mask is None else causal & mask
    return np.where(causal, mask, -np.inf)


class TestDtypes:
    @pytest.mark.parametrize(
        ("dtype", "working", "tolerance"),
        [(np.float16, np.float32, 2e-3), (np.float32, np.float32, 1e-5),
         (np.float64, np.float64, 1e-12), (np.longdouble, np.longdouble, 1e-12)],
    )  # fmt: skip
    def test_the_inputs_dtype_is_kept(self, dtype, working, tolerance):
        arrays = [a.astype(dtype) for a in drawn()]
        for mask, causal in itertools.product((None, ALLOWED, np.zeros(N_KEYS)), (False, True)):
            output, lse = tiled_attention(
                *arrays, mask, causal=causal, scale=np.float64(0.5), tile=(4, 3), return_lse=True
            )
            expected, _ = scaled_dot_product_attention(*arrays, both(mask, causal), scale=0.5)
            assert output.dtype == dtype
            assert lse.dtype == working
            assert_close(output, expected, tolerance)
            known = partial_attention(*arrays, mask, scale=np.float64(0.5))
            assert all(part.dtype == working for part in known)

    def test_integers_count_as_float64(self):
        arrays = [(9 * a).astype(np.int16) for a in drawn()]
        output = tiled_attention(*arrays, tile=(4, 3))
        assert output.dtype == np.float64
        assert_close(output, scaled_dot_product_attention(*arrays)[0])

    def test_float16_sums_in_float32(self):
        """2053 ones: in float16, counting one by one would stop at 2048."""
        ones = np.ones((2053, 1), np.float16)
        _, lse = tiled_attention(0 * ones[:1], ones, ones, tile=(1, 1), return_lse=True)
        assert_close(lse, np.log(np.float32([2053])), 1e-6)


class TestLogSumExp:
    def test_closed_form(self):
        """Scores of ln 1, ln 2 and ln 5: the log of their exps' sum is ln 8."""
        K, V = np.log([[1.0], [2.0], [5.0]]), np.ones((3, 2))
        for tile in (None, (1, 1), (1, 2)):
            output, lse = tiled_attention([[1.0]], K, V, tile=tile, return_lse=True)
            assert_close(lse, np.log([8.0]))
            assert_close(output, np.ones((1, 2)))

    @pytest.mark.parametrize("causal", [False, True])
    @pytest.mark.parametrize("mask", [None, ALLOWED])
    def test_definition(self, mask, causal):
        Q, K, V = drawn()
        allowed = np.ones_like(ALLOWED) if mask is None else mask
        if causal:
            allowed = allowed & causal_mask(N_QUERIES, N_KEYS)
        _, lse = tiled_attention(Q, K, V, mask, causal=causal, tile=(4, 3), return_lse=True)
        assert_close(lse, log_sum_exp(Q, K, allowed))

    def test_a_float_mask_counts(self):
        _, lse = tiled_attention([[0.0]], [[0.0]], [[1.0]], np.array([3.0]), return_lse=True)
        assert lse.tolist() == [3.0]

    def test_where_nothing_is_visible_it_is_minus_infinity(self):
        output, lse = tiled_attention(*drawn(2), ALLOWED, tile=(4, 3), return_lse=True)
        assert (lse == -np.inf).tolist() == [[row == 4 for row in range(N_QUERIES)]] * 2
        assert not output[:, 4].any()

    def test_without_keys_it_is_minus_infinity(self):
        output, lse = tiled_attention(*drawn(n_keys=0), return_lse=True)
        assert lse.tolist() == [-np.inf] * N_QUERIES
        assert output.tolist() == np.zeros((N_QUERIES, D_V)).tolist()

    def test_it_is_returned_on_request_alone(self):
        assert type(tiled_attention(*drawn())) is np.ndarray


def partials(cuts, mask=None):
    """Return what is known of each stretch of keys between the cuts."""
    Q, K, V = drawn(2)
    edges = [0, *cuts, N_KEYS]
    pieces = [slice(*edge) for edge in itertools.pairwise(edges)]
    return [
        partial_attention(Q, K[:, at], V[:, at], None if mask is None else mask[..., at])
        for at in pieces
    ]


class TestMerge:
    def test_by_hand(self):
        """Scores 0 and ln 3, values 8 and 4: (1·8 + 3·4) / (1 + 3) = 5."""
        left = Partial(np.array([0.0]), np.array([1.0]), np.array([[8.0]]))
        right = Partial(np.array([np.log(3)]), np.array([1.0]), np.array([[4.0]]))
        merged = merge(left, right)
        assert_close(merged.m, np.array([np.log(3)]))
        assert_close(merged.l, np.array([4 / 3]))
        assert_close(merged.acc, np.array([[20 / 3]]))
        output, lse = finish(merged)
        assert_close(output, np.array([[5.0]]))
        assert_close(lse, np.array([np.log(4)]))

    def test_commutes(self):
        left, right = partials([5], ALLOWED)
        for one, other in zip(merge(left, right), merge(right, left), strict=True):
            assert one.tobytes() == other.tobytes()

    def test_associates(self):
        a, b, c = partials([3, 7], ALLOWED)
        for one, other in zip(merge(merge(a, b), c), merge(a, merge(b, c)), strict=True):
            assert_close(one, other)

    def test_no_keys_are_its_identity(self):
        nothing, everything = partials([0], ALLOWED)
        for merged in (merge(nothing, everything), merge(everything, nothing)):
            for one, other in zip(merged, everything, strict=True):
                assert np.array_equal(one, other)
        output, lse = finish(merge(nothing, nothing))
        assert not output.any()
        assert (lse == -np.inf).all()

    @given(st.lists(st.integers(0, N_KEYS), max_size=5), st.randoms(), st.booleans())
    @settings(max_examples=40)
    def test_any_stretches_in_any_order_give_the_plain_answer(self, cuts, random, masked):
        parts = partials(sorted(cuts), ALLOWED if masked else None)
        random.shuffle(parts)
        output, _ = finish(reduce(merge, parts))
        expected, _ = scaled_dot_product_attention(*drawn(2), ALLOWED if masked else None)
        assert_close(output, expected)

    def test_tuples_of_lists_are_taken(self):
        merged = merge(([0.0], [1.0], [[8.0]]), ([-np.inf], [0.0], [[0.0]]))
        assert merged.acc.tolist() == [[8.0]]
        output, lse = finish(([0.0, -np.inf], [1.0, 0.0], [[8.0], [0.0]]))
        assert output.tolist() == [[8.0], [0.0]]
        assert lse.tolist() == [0.0, -np.inf]

    def test_partials_of_different_queries_are_refused(self):
        fits = ([0.0], [1.0], [[8.0]])
        for changed in (
            ([0.0, 0.0], [1.0, 1.0], [[8.0], [8.0]]),
            ([0.0], [1.0], [[8.0, 8.0]]),
            ([[0.0]], [[1.0]], [[[8.0]]]),
        ):
            for pair in ((fits, changed), (changed, fits)):
                with pytest.raises(
                    ValueError, match=r"^left and right must be partials of the same"
                ):
                    merge(*pair)

    @pytest.mark.parametrize(
        "parts",
        [([0.0], [1.0, 1.0], [[8.0]]), ([[0.0]], [1.0], [[8.0]]), ([0.0], [1.0], [8.0]),
         ([0.0], [1.0], [[8.0], [8.0]]), ([0.0], [1.0]), None],
    )  # fmt: skip
    def test_what_is_no_partial_is_refused(self, parts):
        fits = ([0.0], [1.0], [[8.0]])
        for name, work in (("left", lambda: merge(parts, fits)), ("partial", lambda: finish(parts)),
                           ("right", lambda: merge(fits, parts))):  # fmt: skip
            with pytest.raises(ValueError, match=rf"^{name} must be "):
                work()
        with pytest.raises(TypeError, match=r"^right\.acc must hold real numbers, got dtype bool"):
            merge(fits, ([0.0], [1.0], [[True]]))

    def test_whole_numbers_count_as_float64(self):
        merged = merge(([0], [1], [[8]]), ([0], [3], [[4]]))
        assert [part.dtype for part in merged] == [np.float64] * 3
        assert finish(merged)[0].tolist() == [[3.0]]

    def test_nothing_is_written_to(self):
        left, right = partials([5])
        before = [part.copy() for part in (*left, *right)]
        for part in (*left, *right):
            part.flags.writeable = False
        finish(merge(left, right))
        assert all(map(np.array_equal, (*left, *right), before))

    def test_partial_attention_by_hand(self):
        """Scores 0 and ln 3 under a scale of 2; a float mask adds ln 2 to the first."""
        K = [[0.0], [np.log(3) / 2]]
        part = partial_attention([[1.0]], K, [[8.0], [4.0]], [[np.log(2), 0.0]], scale=2)
        assert_close(part.m, np.log([3.0]))
        assert_close(part.l, np.array([2 / 3 + 1]))
        assert_close(part.acc, np.array([[2 / 3 * 8 + 4]]))


class TestNotFinite:
    """NaN and infinity do what they do in the plain function, and warn of nothing."""

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("which", ["Q", "K", "V"])
    @pytest.mark.parametrize("tile", [None, (1, 1), (4, 3)])
    def test_same_as_plain(self, bad, which, tile):
        arrays = drawn(2)
        arrays["QKV".index(which)][1, 2, 1] = bad
        for mask, causal in itertools.product(
            (None, ALLOWED, MASKS["float with −inf"]), (False, True)
        ):
            expected, _ = scaled_dot_product_attention(*arrays, both(mask, causal))
            assert_close(tiled_attention(*arrays, mask, causal=causal, tile=tile), expected)

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("tile", [None, (1, 1), (4, 3)])
    def test_a_hidden_key_changes_no_bit(self, bad, tile):
        Q, K, V = drawn(2)
        allowed = padding_mask([7, 13], N_KEYS)
        for mask in (allowed, np.where(allowed, 0.25, -np.inf)):
            expected = tiled_attention(Q, K, V, mask, tile=tile, return_lse=True)
            K_bad, V_bad = K.copy(), V.copy()
            K_bad[0, 7:], V_bad[0, 7:, ::2] = bad, bad
            got = tiled_attention(Q, K_bad, V_bad, mask, tile=tile, return_lse=True)
            for one, other in zip(got, expected, strict=True):
                assert one.tobytes() == other.tobytes()

    def test_what_comes_later_is_hidden_by_causal(self):
        Q, K, V = drawn()
        expected = tiled_attention(Q, K, V, causal=True, tile=(4, 3))
        K[6:], V[6:] = np.nan, np.inf
        output = tiled_attention(Q, K, V, causal=True, tile=(4, 3))
        assert output[:6].tobytes() == expected[:6].tobytes()
        assert np.isnan(output[6:]).all()

    @pytest.mark.parametrize("scale", [0, 1e300])
    def test_scaling_warns_of_nothing_either(self, scale):
        Q, K, V = (a.astype(np.float32) for a in drawn())
        Q[0] = np.inf
        expected, _ = scaled_dot_product_attention(Q, K, V, scale=scale)
        assert_close(tiled_attention(Q, K, V, scale=scale, tile=(4, 3)), expected, 1e-5)
        output, _ = finish(partial_attention(Q, K, V, scale=scale))
        assert_close(output, expected, 1e-5)

    def test_values_that_overflow_in_the_sum_warn_of_nothing(self):
        largest = np.full((3, 1), np.finfo(float).max)
        tiled_attention(np.zeros((1, 1)), np.zeros((3, 1)), largest, tile=(1, 1))

    def test_a_mean_that_is_rounded_beyond_the_largest_warns_of_nothing(self):
        """Of weights that sum to l, l · largest is rounded, and so is that divided by l."""
        Q, K, V = drawn(n_queries=70, n_keys=70)
        tiled_attention(-3 * abs(Q), 3 * abs(K), np.full_like(V, np.finfo(float).max))

    def test_a_mask_of_nan_or_plus_infinity(self):
        for bad in (np.nan, np.inf):
            mask = np.zeros((N_QUERIES, N_KEYS))
            mask[2, 3] = bad
            output, lse = tiled_attention(*drawn(), mask, tile=(4, 3), return_lse=True)
            assert np.isnan(output).all(axis=-1).tolist() == [row == 2 for row in range(N_QUERIES)]
            assert np.isnan(lse).tolist() == [row == 2 for row in range(N_QUERIES)]


class TestMemory:
    N = 8192
    ROW = np.zeros(N)

    @pytest.mark.parametrize(
        ("mask", "causal"),
        [(None, False), (None, True), (np.broadcast_to(ROW, (N, N)), True),
         (np.broadcast_to(ROW == 0, (N, N)), False)],
        ids=["no mask", "causal", "float64 mask", "boolean mask"],
    )  # fmt: skip
    def test_weights_are_never_held(self, mask, causal):
        """The weights would take n² numbers of 4 bytes; the peak stays below n² / 8 bytes."""
        x = np.random.RandomState(0).randn(self.N, 3).astype(np.float32)
        tracemalloc.start()
        try:
            output = tiled_attention(x, x, x, mask, causal=causal, workers=1)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert output.nbytes < peak < output.nbytes + self.N**2 / 8

    @pytest.mark.parametrize("size", [10**7, 10**12])
    def test_a_tile_larger_than_the_table_takes_no_more_than_the_table(self, size):
        expected, _ = scaled_dot_product_attention(*drawn(2))
        assert_close(tiled_attention(*drawn(2), tile=(size, size)), expected)


class TestRefusals:
    @pytest.mark.parametrize("tile", [3, "abc", (3,), (3, 4, 5), ()])
    def test_a_tile_that_is_not_two_sizes(self, tile):
        with pytest.raises(ValueError, match=r"^tile must be two sizes \(queries, keys\), got "):
            tiled_attention(*drawn(), tile=tile)

    @pytest.mark.parametrize(
        ("tile", "name"), [((0, 3), "queries"), ((3, 0), "keys"), ((3, -1), "keys")]
    )
    def test_a_tile_below_one(self, tile, name):
        with pytest.raises(ValueError, match=rf"^tile {name} must be at least 1, got "):
            tiled_attention(*drawn(), tile=tile)

    @pytest.mark.parametrize(
        ("tile", "name"), [((3.0, 3), "queries"), ((3, True), "keys"), ("ab", "queries")]
    )
    def test_a_tile_of_what_is_not_integer(self, tile, name):
        with pytest.raises(TypeError, match=rf"^tile {name} must be an integer, got "):
            tiled_attention(*drawn(), tile=tile)

    def test_workers(self):
        for workers in (0, -1):
            with pytest.raises(ValueError, match=rf"^workers must be at least 1, got {workers}"):
                tiled_attention(*drawn(), workers=workers)
        for workers in (1.0, True, "2"):
            with pytest.raises(TypeError, match=r"^workers must be an integer, got "):
                tiled_attention(*drawn(), workers=workers)

    @pytest.mark.parametrize("causal", ["no", 1, None, np.ones((11, 13), bool)])
    def test_causal_that_is_neither_true_nor_false(self, causal):
        with pytest.raises(TypeError, match=r"^causal must be True or False, got "):
            tiled_attention(*drawn(), causal=causal)
        expected = tiled_attention(*drawn(), causal=True)
        assert np.array_equal(tiled_attention(*drawn(), causal=np.True_), expected)

    @pytest.mark.parametrize("attend", [tiled_attention, partial_attention])
    @pytest.mark.parametrize(
        ("changed", "error", "message"),
        [
            ({"Q": [[True]]}, TypeError, "Q must hold real numbers"),
            ({"K": np.ones(3)}, ValueError, "K must have at least two axes"),
            ({"K": np.ones((13, 7))}, ValueError, "K must have the d_k of Q"),
            ({"V": np.ones((7, 5))}, ValueError, "V must have one row for each key"),
            ({"V": [[1.0], [1.0, 2.0]]}, ValueError, "V must be a regular array"),
            ({"V": np.ones((2, 13, 5)), "K": np.ones((3, 13, 3))}, ValueError, "leading axes"),
            ({"mask": np.ones((11, 13), int)}, TypeError, "mask must be boolean"),
            ({"mask": np.ones((2, 11, 13), bool)}, ValueError, "mask must broadcast to"),
            ({"scale": np.nan}, ValueError, "scale must be finite"),
            ({"scale": "1"}, TypeError, "scale must be a real number"),
        ],
    )
    def test_what_the_plain_function_refuses(self, attend, changed, error, message):
        arguments = dict(zip("QKV", drawn(), strict=True)) | changed
        with pytest.raises(error, match=rf"^{message}"):
            attend(**arguments)

    def test_options_are_given_by_name(self):
        with pytest.raises(TypeError, match="positional"):
            tiled_attention(*drawn(), None, True)


class TestInputs:
    def test_memory_order_does_not_matter_and_nothing_is_written_to(self):
        arrays = [np.asfortranarray(a)[..., ::-1, :] for a in drawn(2)]
        mask = np.where(ALLOWED, 0.5, -np.inf)[:, ::-1]
        arrays[2][0, 3, 1] = np.nan
        before = [a.copy() for a in (*arrays, mask)]
        for a in (*arrays, mask):
            a.flags.writeable = False
        output = tiled_attention(*arrays, mask, tile=(4, 3))
        for now, then in zip((*arrays, mask), before, strict=True):
            assert np.array_equal(now, then, equal_nan=True)
        assert_close(output, scaled_dot_product_attention(*before[:3], before[3])[0])

    def test_broadcast_views_are_taken(self):
        Q, K, V = (np.broadcast_to(a, (2, *a.shape)) for a in drawn())
        expected, _ = scaled_dot_product_attention(*drawn())
        assert_close(tiled_attention(Q, K, V, tile=(4, 3)), np.stack([expected, expected]))
