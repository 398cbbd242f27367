"""Softmax and plain attention: closed forms, an oracle in pure Python, and what may not happen.

Every size is a prime of its own, so that no swap of axes can pass.
"""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microattention import causal_mask, padding_mask, scaled_dot_product_attention, softmax

N_QUERIES, N_KEYS, D_K, D_V = 3, 5, 7, 11
FLOATS = [np.float16, np.float32, np.float64, np.longdouble]
INTEGERS = [np.int8, np.uint16, np.int64]
NOT_REAL = {
    "bool": [[True, False], [False, True]],
    "complex": [[1j, 2.0], [3.0, 4.0]],
    "string": [["a", "b"], ["c", "d"]],
    "object": [[None, 1.0], [2.0, 3.0]],
}
HUGE = pytest.param(10**400, id="10**400")  # no float is as large
RAGGED = [[1.0, 2.0], [3.0]]


def drawn(*leading, seed=0):
    """Draw Q, K and V, all with the same leading axes."""
    rng = np.random.RandomState(seed)
    sizes = (N_QUERIES, D_K), (N_KEYS, D_K), (N_KEYS, D_V)
    return [rng.randn(*leading, *size) for size in sizes]


def by_hand(Q, K, V, allowed, added, scale):
    """Follow the formula for one table of each, one number at a time and without NumPy."""
    outputs, weights = [], []
    for i, query in enumerate(Q):
        exps = [
            math.exp(
                scale * math.fsum(q * k for q, k in zip(query, key, strict=True)) + added[i][j]
            )
            if allowed[i][j]
            else 0.0
            for j, key in enumerate(K)
        ]
        total = math.fsum(exps) or 1.0
        weights.append([e / total for e in exps])
        outputs.append(
            [math.fsum(w * v[c] for w, v in zip(weights[-1], V, strict=True)) for c in range(D_V)]
        )
    return np.array(outputs), np.array(weights)


def same_bits(one, other):
    """Say whether two arrays agree in every bit."""
    return (
        one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    )


class TestSoftmax:
    def test_shares_are_proportional_to_exp(self):
        np.testing.assert_allclose(softmax(np.log([1.0, 2.0, 5.0])), [1 / 8, 2 / 8, 5 / 8])

    def test_a_shift_changes_no_bit(self):
        scores = np.array([0.0, 3.0, 1.0])
        for shift in (1.0, -7.0, 2.0**20):
            assert same_bits(softmax(scores + shift), softmax(scores))

    def test_the_largest_numbers_do_not_overflow(self):
        largest = np.finfo(float).max
        assert softmax([largest, largest]).tolist() == [0.5, 0.5]
        assert softmax([-largest, largest]).tolist() == [0.0, 1.0]
        assert softmax([-largest, -largest]).tolist() == [0.5, 0.5]

    def test_minus_infinity_gets_nothing(self):
        shares = softmax([[0.0, -np.inf, 0.0], [-np.inf, -np.inf, -np.inf]])
        assert shares.tolist() == [[0.5, 0.0, 0.5], [0.0, 0.0, 0.0]]

    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    def test_nan_and_infinity_give_nan_in_their_row_alone(self, bad):
        shares = softmax([[0.0, bad], [-np.inf, bad], [0.0, 0.0]])
        assert np.isnan(shares[:2]).all()
        assert shares[2].tolist() == [0.5, 0.5]

    def test_axis_is_the_one_along_which_shares_sum_to_one(self):
        scores = np.log([[1.0, 3.0], [1.0, 1.0]])
        np.testing.assert_allclose(softmax(scores, axis=0), [[1 / 2, 3 / 4], [1 / 2, 1 / 4]])
        np.testing.assert_allclose(softmax(scores), [[1 / 4, 3 / 4], [1 / 2, 1 / 2]])
        deep = np.random.RandomState(0).randn(2, 3, 5)
        for axis in (0, 1, 2, -1, -2, -3):
            moved = np.moveaxis(softmax(np.moveaxis(deep, axis, -1)), -1, axis)
            np.testing.assert_allclose(softmax(deep, axis=axis), moved, rtol=1e-15)

    @pytest.mark.parametrize("axis", [2, -3])
    def test_an_axis_that_is_not_there_is_refused(self, axis):
        with pytest.raises(ValueError, match="axis"):
            softmax(np.zeros((2, 3)), axis=axis)

    @pytest.mark.parametrize("axis", ["0", 1.0, None, True, (0, 1)])
    def test_an_axis_that_is_no_integer_is_refused(self, axis):
        with pytest.raises(TypeError, match=r"^axis must be an integer, got "):
            softmax(np.zeros((2, 3)), axis=axis)

    @pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 3), (2, 0, 3)])
    def test_empty_axes_give_empty_shares(self, shape):
        for axis in range(-len(shape), 0):
            assert softmax(np.zeros(shape), axis=axis).shape == shape

    @pytest.mark.parametrize("dtype", FLOATS)
    def test_floating_dtype_is_kept(self, dtype):
        assert softmax(np.array([1, 2], dtype)).dtype == dtype

    @pytest.mark.parametrize("dtype", INTEGERS)
    def test_integers_count_as_float64(self, dtype):
        assert same_bits(softmax(np.array([1, 2], dtype)), softmax([1.0, 2.0]))

    def test_float16_is_summed_in_float32(self):
        scores = np.random.RandomState(0).randn(997).astype(np.float16)
        assert same_bits(softmax(scores), softmax(scores.astype(np.float32)).astype(np.float16))

    @pytest.mark.parametrize("x", NOT_REAL.values(), ids=NOT_REAL)
    def test_what_is_not_real_is_refused(self, x):
        with pytest.raises(TypeError, match=r"^x must hold real numbers, got dtype "):
            softmax(x)

    def test_ragged_rows_are_refused(self):
        with pytest.raises(ValueError, match=r"^x must be a regular array"):
            softmax(RAGGED)

    def test_input_stays_as_it_was(self):
        scores = np.array([1.0, -np.inf, 2.0])
        scores.flags.writeable = False
        softmax(scores)
        assert scores.tolist() == [1.0, -np.inf, 2.0]

    @given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=13))
    @settings(max_examples=50)
    def test_agrees_with_the_formula(self, scores):
        exps = [math.exp(score - max(scores)) for score in scores]
        expected = [e / math.fsum(exps) for e in exps]
        np.testing.assert_allclose(softmax(scores), expected, rtol=1e-12, atol=1e-300)


class TestFormula:
    def test_closed_form(self):
        """Keys with the scores ln 1, ln 2 and ln 5 get 1, 2 and 5 parts in eight."""
        K, V = np.log([[1.0], [2.0], [5.0]]), [[8.0, 0.0], [4.0, 8.0], [16.0, 0.0]]
        output, weights = scaled_dot_product_attention([[1.0]], K, V)
        np.testing.assert_allclose(weights, [[1 / 8, 2 / 8, 5 / 8]])
        np.testing.assert_allclose(output, [[12.0, 2.0]])

    @pytest.mark.parametrize(
        ("scale", "share"),
        [
            (None, 3 / 4),
            (0.5, 3 / 4),
            (1, 9 / 10),
            (0, 1 / 2),
            (-0.5, 1 / 4),
            (np.float32(0.5), 3 / 4),
        ],
    )
    def test_scale_multiplies_the_scores(self, scale, share):
        """A dot product of ln 9 with d_k = 4: √4 halves it to ln 3."""
        Q, K, V = [[math.log(9), 0, 0, 0]], [[1, 0, 0, 0], [0, 1, 0, 0]], [[1.0], [0.0]]
        output, _ = scaled_dot_product_attention(Q, K, V, scale=scale)
        np.testing.assert_allclose(output, [[share]])

    @given(st.integers(0, 2**31), st.floats(-2, 2), st.floats(0, 1))
    @settings(max_examples=40)
    def test_agrees_with_pure_python(self, seed, scale, density):
        rng = np.random.RandomState(seed)
        Q, K, V = drawn(seed=seed)
        allowed = rng.rand(N_QUERIES, N_KEYS) < density
        added = rng.randn(N_QUERIES, N_KEYS)
        nothing = np.zeros_like(added)
        for mask, expected in (
            (allowed, by_hand(Q, K, V, allowed, nothing, scale)),
            (added, by_hand(Q, K, V, np.ones_like(allowed), added, scale)),
            (np.where(allowed, added, -np.inf), by_hand(Q, K, V, allowed, added, scale)),
        ):
            for got, wanted in zip(
                scaled_dot_product_attention(Q, K, V, mask, scale=scale), expected, strict=True
            ):
                np.testing.assert_allclose(got, wanted, rtol=1e-11, atol=1e-12)

    def test_lists_are_taken(self):
        Q, K, V = drawn()
        from_lists = scaled_dot_product_attention(Q.tolist(), K.tolist(), V.tolist())
        for got, wanted in zip(from_lists, scaled_dot_product_attention(Q, K, V), strict=True):
            assert same_bits(got, wanted)

    def test_self_attention_of_one_token_returns_its_value(self):
        token = np.random.RandomState(0).randn(1, 7)
        output, weights = scaled_dot_product_attention(token, token, token)
        assert same_bits(output, token)
        assert weights.tolist() == [[1.0]]

    def test_permuted_queries_permute_the_answer(self):
        Q, K, V = drawn()
        order = [2, 0, 1]
        output, weights = scaled_dot_product_attention(Q, K, V)
        permuted_output, permuted_weights = scaled_dot_product_attention(Q[order], K, V)
        np.testing.assert_allclose(permuted_output, output[order], rtol=1e-12)
        np.testing.assert_allclose(permuted_weights, weights[order], rtol=1e-12)

    def test_permuted_keys_leave_the_output_as_it_was(self):
        Q, K, V = drawn()
        order = [3, 1, 4, 0, 2]
        output, weights = scaled_dot_product_attention(Q, K, V)
        permuted_output, permuted_weights = scaled_dot_product_attention(Q, K[order], V[order])
        np.testing.assert_allclose(permuted_output, output, rtol=1e-12)
        np.testing.assert_allclose(permuted_weights, weights[:, order], rtol=1e-12)

    def test_causal_rows_do_not_know_what_follows(self):
        x = np.random.RandomState(0).randn(7, 5)
        output, weights = scaled_dot_product_attention(x, x, x, causal_mask(7))
        for n in range(1, 8):
            start, start_weights = scaled_dot_product_attention(x[:n], x[:n], x[:n], causal_mask(n))
            np.testing.assert_allclose(start, output[:n], rtol=1e-12)
            np.testing.assert_allclose(start_weights, weights[:n, :n], rtol=1e-12)
            assert not weights[:n, n:].any()


class TestLeadingAxes:
    def test_broadcast_in_every_combination(self):
        rng = np.random.RandomState(0)
        axes = [(), (1,), (2,), (13, 1), (1, 2), (13, 2)]
        for q, k, v in itertools.product(axes, repeat=3):
            Q, K = rng.randn(*q, N_QUERIES, D_K), rng.randn(*k, N_KEYS, D_K)
            V = rng.randn(*v, N_KEYS, D_V)
            leading = np.broadcast_shapes(q, k, v)
            output, weights = scaled_dot_product_attention(Q, K, V)
            assert output.shape == (*leading, N_QUERIES, D_V)
            assert weights.shape == (*leading, N_QUERIES, N_KEYS)
            Q, K, V = (np.broadcast_to(a, leading + a.shape[-2:]) for a in (Q, K, V))
            for at in itertools.islice(np.ndindex(leading), 0, None, 5):
                alone, alone_weights = scaled_dot_product_attention(Q[at], K[at], V[at])
                np.testing.assert_allclose(output[at], alone, rtol=1e-12)
                np.testing.assert_allclose(weights[at], alone_weights, rtol=1e-12)

    @pytest.mark.parametrize(
        "shape",
        [(), (1,), (5,), (3, 1), (1, 5), (3, 5), (2, 1, 1), (2, 3, 5), (1, 3, 5), (13, 1, 3, 5),
         (13, 2, 1, 5), (13, 2, 3, 5)],
    )  # fmt: skip
    def test_a_mask_broadcasts_to_the_weights(self, shape):
        Q, K, V = drawn(13, 2)
        allowed = np.random.RandomState(1).rand(*shape) < 0.6
        whole = np.broadcast_to(allowed, (13, 2, N_QUERIES, N_KEYS))
        for mask, full in (
            (allowed, whole),
            (np.where(allowed, 0.5, -2.0), np.where(whole, 0.5, -2.0)),
        ):
            got = scaled_dot_product_attention(Q, K, V, mask)
            for one, other in zip(got, scaled_dot_product_attention(Q, K, V, full), strict=True):
                assert same_bits(one, other)
        assert (scaled_dot_product_attention(Q, K, V, allowed)[1] > 0).tolist() == whole.tolist()

    def test_axes_that_do_not_fit_are_refused(self):
        Q, K, V = np.ones((2, 3, 7)), np.ones((13, 5, 7)), np.ones((5, 11))
        wanted = r"leading axes .* Q \(2, 3, 7\), K \(13, 5, 7\), V \(5, 11\)"
        with pytest.raises(ValueError, match=wanted):
            scaled_dot_product_attention(Q, K, V)


class TestMask:
    def test_boolean_and_minus_infinity_are_the_same_mask(self):
        allowed = np.random.RandomState(1).rand(2, N_QUERIES, N_KEYS) < 0.5
        allowed[0, 1] = False
        boolean = scaled_dot_product_attention(*drawn(2), allowed)
        added = scaled_dot_product_attention(*drawn(2), np.where(allowed, 0.0, -np.inf))
        for one, other in zip(boolean, added, strict=True):
            assert same_bits(one, other)

    def test_float_mask_is_added_after_scaling(self):
        """Scores of 0 with ln 2 and ln 6 added: two parts in eight and six."""
        mask = np.log([[2.0, 6.0]])
        _, weights = scaled_dot_product_attention(
            np.zeros((1, 4)), np.ones((2, 4)), [[1], [2]], mask
        )
        np.testing.assert_allclose(weights, [[2 / 8, 6 / 8]])

    @pytest.mark.parametrize(("everything", "nothing"), [(True, False), (0.0, -np.inf)])
    def test_a_query_that_may_attend_to_nothing_gets_zeros(self, everything, nothing):
        mask = np.full((N_QUERIES, N_KEYS), everything)
        mask[1] = nothing
        output, weights = scaled_dot_product_attention(*drawn(), mask)
        assert not output[1].any()
        assert not weights[1].any()
        np.testing.assert_allclose(weights.sum(axis=-1), [1.0, 0.0, 1.0])

    @pytest.mark.parametrize("mask", [False, -np.inf])
    def test_a_scalar_can_hide_everything(self, mask):
        output, weights = scaled_dot_product_attention(*drawn(2), mask)
        assert output.shape == (2, N_QUERIES, D_V)
        assert not output.any()
        assert not weights.any()

    def test_a_number_below_the_dtype_hides(self):
        Q, K, V = (a.astype(np.float32) for a in drawn())
        V[0] = np.nan
        mask = np.array([-1e300, 0, 0, 0, 0])
        output, weights = scaled_dot_product_attention(Q, K, V, mask)
        assert not weights[:, 0].any()
        assert np.isfinite(output).all()

    @pytest.mark.parametrize("dtype", [np.int64, np.uint8, complex, object, "U1"])
    def test_neither_boolean_nor_float_is_refused(self, dtype):
        mask = np.ones((N_QUERIES, N_KEYS)).astype(dtype)
        with pytest.raises(TypeError, match=r"^mask must be boolean .* or float .* got dtype "):
            scaled_dot_product_attention(*drawn(), mask)

    def test_a_ragged_mask_is_refused(self):
        with pytest.raises(ValueError, match=r"^mask must be a regular array"):
            scaled_dot_product_attention(*drawn(), [[True], [True, False]])

    @pytest.mark.parametrize(
        "shape", [(2, 1, 1, 1), (7, 3, 5), (1, 1, 3, 5), (3,), (5, 3), (3, 7), (0,), (2, 3, 5, 1)]
    )
    def test_a_mask_that_does_not_fit_or_would_enlarge_is_refused(self, shape):
        got = ", ".join(map(str, shape))
        with pytest.raises(
            ValueError, match=rf"^mask must broadcast to \(2, 3, 5\), got .*\({got}"
        ):
            scaled_dot_product_attention(*drawn(2), np.ones(shape, bool))

    def test_a_mask_cannot_stretch_an_axis_of_one(self):
        Q, K, V = np.ones((1, 7)), np.ones((1, 7)), np.ones((1, 11))
        with pytest.raises(ValueError, match=r"^mask must broadcast to \(1, 1\)"):
            scaled_dot_product_attention(Q, K, V, np.ones((3, 5), bool))


class TestHiddenKeys:
    """A hidden key counts for nothing: not in one bit, and not by a warning (an error here)."""

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("where", ["K", "V", "KV"])
    @pytest.mark.parametrize("leading", [(), (2,), (13, 2)])
    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
    def test_hidden_from_all(self, bad, where, leading, dtype):
        Q, K, V = (a.astype(dtype) for a in drawn(*leading))
        allowed = padding_mask(3, N_KEYS)
        for mask in (allowed, np.where(allowed, 0.25, -np.inf)):
            expected = scaled_dot_product_attention(Q, K, V, mask)
            K_bad, V_bad = K.copy(), V.copy()
            if "K" in where:
                K_bad[..., 3:, ::2] = bad
            if "V" in where:
                V_bad[..., 4:, ::3] = bad
            got = scaled_dot_product_attention(Q, K_bad, V_bad, mask)
            assert all(map(same_bits, got, expected))

    def test_hidden_in_one_sentence_of_a_batch(self):
        Q, K, V = drawn(2)
        mask = padding_mask([5, 3], N_KEYS)
        expected = scaled_dot_product_attention(Q, K, V, mask)
        K[1, 3:], V[1, 3:] = np.nan, np.inf
        assert all(map(same_bits, scaled_dot_product_attention(Q, K, V, mask), expected))

    def test_hidden_when_values_alone_have_the_batch(self):
        Q, K, V = np.ones((N_QUERIES, D_K)), np.ones((N_KEYS, D_K)), np.ones((2, N_KEYS, D_V))
        V[1, 4] = np.nan
        mask = np.stack([np.ones((1, 5), bool), padding_mask(4, 5)])
        assert (scaled_dot_product_attention(Q, K, V, mask)[0] == 1).all()

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    def test_a_value_reaches_those_who_see_it_and_nobody_else(self, bad):
        x = np.random.RandomState(0).randn(5, 7)
        V = np.random.RandomState(1).randn(5, 11)
        expected, expected_weights = scaled_dot_product_attention(x, x, V, causal_mask(5))
        V[2, 3] = bad
        output, weights = scaled_dot_product_attention(x, x, V, causal_mask(5))
        assert same_bits(weights, expected_weights)
        assert same_bits(output[:2], expected[:2])
        assert np.array_equal(output[2:, 3], np.full(3, bad), equal_nan=True)
        others = np.delete(np.arange(11), 3)
        assert same_bits(output[:, others], expected[:, others])

    def test_a_key_reaches_those_who_see_it_and_nobody_else(self):
        x = np.random.RandomState(0).randn(5, 7)
        expected, expected_weights = scaled_dot_product_attention(x, x, x, causal_mask(5))
        K = x.copy()
        K[2] = np.nan
        output, weights = scaled_dot_product_attention(x, K, x, causal_mask(5))
        assert same_bits(output[:2], expected[:2])
        assert same_bits(weights[:2], expected_weights[:2])
        assert np.isnan(output[2:]).all()
        assert np.isnan(weights[2:]).all()

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("shape", [(), (1,), (5,), (3, 1), (1, 5), (2, 1, 1), (2, 3, 5)])
    def test_a_mask_that_hides_nothing_changes_nothing(self, bad, shape):
        """Not even where a weight is 0 by underflow: 0 × inf is NaN with and without it."""
        Q, K, V = drawn(2)
        Q[..., 0], K[0, 4] = 1.0, -1e4 * np.eye(D_K)[0]
        V[0, 4, 1] = V[1, 2, 3] = bad
        expected, weights = scaled_dot_product_attention(Q, K, V)
        assert not weights[0, :, 4].any()
        assert np.isnan(expected[0, :, 1]).all()
        for mask in (np.ones(shape, bool), np.zeros(shape)):
            output, _ = scaled_dot_product_attention(Q, K, V, mask)
            np.testing.assert_allclose(output, expected, rtol=1e-12)

    def test_infinities_of_both_signs_give_nan(self):
        V = np.array([[np.inf], [-np.inf], [np.nan]])
        mask = [[True, True, False], [True, False, False], [False, True, False], [False] * 3]
        output, _ = scaled_dot_product_attention(np.zeros((4, 2)), np.zeros((3, 2)), V, mask)
        assert np.array_equal(output[:, 0], [np.nan, np.inf, -np.inf, 0.0], equal_nan=True)

    def test_no_mask_hides_nothing(self):
        for at, bad in itertools.product(range(3), (np.nan, np.inf)):
            arrays = drawn()
            arrays[at][1, 2] = bad
            output, _ = scaled_dot_product_attention(*arrays)
            assert not np.isfinite(output).all()

    def test_a_query_that_is_nan_spoils_its_own_row_alone(self):
        Q, K, V = drawn()
        expected, _ = scaled_dot_product_attention(Q, K, V)
        Q[1] = np.nan
        output, _ = scaled_dot_product_attention(Q, K, V)
        assert np.isnan(output[1]).all()
        assert same_bits(output[::2], expected[::2])

    def test_an_unseen_overflow_is_silent(self):
        Q, K, V = (a.astype(np.float32) for a in drawn())
        mask = padding_mask(3, N_KEYS)
        expected = scaled_dot_product_attention(Q, K, V, mask)
        K[3:] = np.finfo(np.float32).max
        assert all(map(same_bits, scaled_dot_product_attention(Q, K, V, mask), expected))


class TestDtypes:
    @pytest.mark.parametrize("dtypes", [*itertools.product([*FLOATS, np.int32], repeat=3)])
    def test_the_answer_has_the_floating_dtype_of_the_inputs(self, dtypes):
        arrays = [(9 * a).astype(dtype) for a, dtype in zip(drawn(), dtypes, strict=True)]
        floats = [np.float64 if dtype == np.int32 else dtype for dtype in dtypes]
        for got in scaled_dot_product_attention(*arrays):
            assert got.dtype == np.result_type(*floats)

    @pytest.mark.parametrize("dtype", [np.float16, np.float32])
    @pytest.mark.parametrize("scale", [None, 0.3, np.float64(0.3), 1, np.int64(1)])
    @pytest.mark.parametrize(
        "mask", [None, True, np.zeros(N_KEYS), np.zeros((3, 5), np.longdouble)]
    )
    def test_nothing_promotes_a_narrow_float(self, dtype, scale, mask):
        arrays = (a.astype(dtype) for a in drawn())
        for got in scaled_dot_product_attention(*arrays, mask, scale=scale):
            assert got.dtype == dtype

    def test_a_numpy_scalar_as_scale_changes_no_bit(self):
        arrays = [a.astype(np.float32) for a in drawn()]
        expected = scaled_dot_product_attention(*arrays, scale=0.3)
        for scale in (np.float64(0.3), np.longdouble(0.3)):
            got = scaled_dot_product_attention(*arrays, scale=scale)
            assert all(map(same_bits, got, expected))

    def test_float16_is_computed_in_float32(self):
        narrow = [a.astype(np.float16) for a in drawn()]
        wide = scaled_dot_product_attention(*(a.astype(np.float32) for a in narrow))
        for got, wanted in zip(scaled_dot_product_attention(*narrow), wide, strict=True):
            assert same_bits(got, wanted.astype(np.float16))

    def test_float16_scores_beyond_its_range_do_not_overflow(self):
        """A dot product of 300² = 90000 is above 65504, the largest float16."""
        Q, K = np.full((1, 1), 300, np.float16), np.array([[300], [-300]], np.float16)
        _, weights = scaled_dot_product_attention(Q, K, np.ones((2, 1), np.float16))
        assert weights.tolist() == [[1.0, 0.0]]

    def test_longdouble_is_computed_in_longdouble(self):
        third = np.longdouble(1) / 3
        Q, K = np.zeros((1, 1), np.longdouble), np.zeros((3, 1), np.longdouble)
        _, weights = scaled_dot_product_attention(Q, K, K)
        assert (weights == third).all()

    def test_integers_count_as_float64(self):
        Q, K, V = ((9 * a).astype(np.int8) for a in drawn())
        floats = scaled_dot_product_attention(*(a.astype(float) for a in (Q, K, V)))
        assert all(map(same_bits, scaled_dot_product_attention(Q, K, V), floats))

    def test_foreign_byte_order_is_taken(self):
        swapped = [a.astype(a.dtype.newbyteorder()) for a in drawn()]
        for got, wanted in zip(
            scaled_dot_product_attention(*swapped),
            scaled_dot_product_attention(*drawn()),
            strict=True,
        ):
            assert same_bits(got, wanted)


class TestRefusals:
    @pytest.mark.parametrize("name", ["Q", "K", "V"])
    @pytest.mark.parametrize("value", NOT_REAL.values(), ids=NOT_REAL)
    def test_what_is_not_real(self, name, value):
        arrays = dict.fromkeys("QKV", np.ones((2, 2))) | {name: value}
        with pytest.raises(TypeError, match=rf"^{name} must hold real numbers, got dtype "):
            scaled_dot_product_attention(**arrays)

    @pytest.mark.parametrize("name", ["Q", "K", "V"])
    def test_ragged_rows(self, name):
        arrays = dict.fromkeys("QKV", np.ones((2, 2))) | {name: RAGGED}
        with pytest.raises(ValueError, match=rf"^{name} must be a regular array"):
            scaled_dot_product_attention(**arrays)

    @pytest.mark.parametrize("name", ["Q", "K", "V"])
    @pytest.mark.parametrize("value", [1.0, [1.0, 2.0]])
    def test_fewer_than_two_axes(self, name, value):
        arrays = dict.fromkeys("QKV", np.ones((2, 2))) | {name: value}
        shape = str(np.shape(value)).replace("(", r"\(").replace(")", r"\)")
        with pytest.raises(
            ValueError, match=rf"^{name} must have at least two axes, got shape {shape}"
        ):
            scaled_dot_product_attention(**arrays)

    def test_keys_of_another_width(self):
        with pytest.raises(ValueError, match=r"^K .* wanted \(…, n_keys, 7\), got \(2, 5, 11\)"):
            scaled_dot_product_attention(np.ones((3, 7)), np.ones((2, 5, 11)), np.ones((5, 11)))

    def test_keys_and_values_of_different_length(self):
        with pytest.raises(ValueError, match=r"^V .* wanted \(…, 5, d_v\), got \(3, 11\)"):
            scaled_dot_product_attention(np.ones((3, 7)), np.ones((5, 7)), np.ones((3, 11)))

    @pytest.mark.parametrize("scale", [np.nan, np.inf, -np.inf, np.float32("nan"), HUGE])
    def test_scale_that_is_not_finite(self, scale):
        with pytest.raises(ValueError, match=r"^scale must be finite, got "):
            scaled_dot_product_attention(*drawn(), scale=scale)

    @pytest.mark.parametrize("scale", ["1", 1j, True, np.True_, [1.0], np.ones(3)])
    def test_scale_that_is_not_a_number(self, scale):
        with pytest.raises(TypeError, match=r"^scale must be a real number, got "):
            scaled_dot_product_attention(*drawn(), scale=scale)

    def test_scale_is_given_by_name(self):
        with pytest.raises(TypeError, match="positional"):
            scaled_dot_product_attention(*drawn(), None, 1.0)


class TestEmptyAxes:
    @pytest.mark.parametrize("empty", ["batch", "n_queries", "n_keys", "d_k", "d_v"])
    def test_the_answer_is_empty_or_zero(self, empty):
        sizes = {"batch": 2, "n_queries": 3, "n_keys": 5, "d_k": 7, "d_v": 11} | {empty: 0}
        batch, n_queries, n_keys, d_k, d_v = sizes.values()
        Q, K, V = (
            np.ones((batch, n_queries, d_k)),
            np.ones((batch, n_keys, d_k)),
            np.ones((n_keys, d_v)),
        )
        for mask in (None, True, np.zeros((n_queries, n_keys)), np.ones((n_queries, 1), bool)):
            output, weights = scaled_dot_product_attention(Q, K, V, mask)
            assert output.shape == (batch, n_queries, d_v)
            assert weights.shape == (batch, n_queries, n_keys)
            assert (output == (0 if empty == "n_keys" else 1)).all()
            np.testing.assert_allclose(weights, 1 / max(n_keys, 1))


def strided(a):
    """Lay `a` out in every other row and column of something larger."""
    big = np.full((*a.shape[:-2], 2 * a.shape[-2], 2 * a.shape[-1]), np.nan)
    big[..., ::2, ::2] = a
    return big[..., ::2, ::2]


LAYOUTS = {
    "Fortran": np.asfortranarray,
    "swapped axes": lambda a: a.swapaxes(-2, -1).copy().swapaxes(-2, -1),
    "negative strides": lambda a: a[..., ::-1, ::-1].copy()[..., ::-1, ::-1],
    "strided": strided,
    "unaligned": lambda a: np.frombuffer(b"." + a.tobytes(), a.dtype, offset=1).reshape(a.shape),
}


class TestInputs:
    @pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
    def test_memory_order_does_not_matter(self, layout):
        mask = np.random.RandomState(1).randn(N_QUERIES, N_KEYS)
        laid_out = [layout(a) for a in (*drawn(2), mask)]
        expected = scaled_dot_product_attention(*drawn(2), mask)
        for got, wanted in zip(scaled_dot_product_attention(*laid_out), expected, strict=True):
            np.testing.assert_allclose(got, wanted, rtol=1e-12)

    def test_broadcast_views_are_taken(self):
        row = np.random.RandomState(0).randn(1, 7)
        K, V = np.broadcast_to(row, (5, 7)), np.broadcast_to(np.float64(2), (5, 11))
        output, weights = scaled_dot_product_attention(np.broadcast_to(row, (2, 3, 7)), K, V)
        np.testing.assert_allclose(output, np.full((2, 3, 11), 2.0), rtol=1e-15)
        np.testing.assert_allclose(weights, np.full((2, 3, 5), 1 / 5), rtol=1e-15)

    @pytest.mark.parametrize("dtype", [np.float16, np.float64])
    def test_nothing_is_written_to(self, dtype):
        """Read-only arrays are taken, and no bit of them changes."""
        allowed = causal_mask(N_QUERIES, N_KEYS)
        for mask in (allowed, np.where(allowed, dtype(0.5), dtype(-np.inf))):
            arrays = [*(a.astype(dtype) for a in drawn(2)), mask]
            arrays[2][0, 4, 1] = np.nan
            before = [a.copy() for a in arrays]
            for a in arrays:
                a.flags.writeable = False
            scaled_dot_product_attention(*arrays)
            assert all(map(same_bits, arrays, before))

    def test_the_answer_is_new_and_can_be_written_to(self):
        Q, K, V = drawn()
        for answer in scaled_dot_product_attention(Q, K, V):
            assert answer.flags.writeable
            assert not any(np.shares_memory(answer, a) for a in (Q, K, V))
