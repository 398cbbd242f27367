"""Four ways to tell where a word stands, by hand, and by what each promises."""

import math

import numpy as np
import pytest

from microattention import (
    MultiHeadAttention,
    alibi_bias,
    alibi_slopes,
    causal_mask,
    relative_position_bias,
    rotate,
    sinusoidal_positions,
)


class TestSinusoidal:
    @pytest.mark.parametrize("d_model", [0, 1, 2, 7, 8, 13])
    def test_each_number_is_the_paper_s(self, d_model):
        table = sinusoidal_positions(11, d_model)
        assert table.shape == (11, d_model)
        for position in range(11):
            for column in range(d_model):
                turn = math.cos if column % 2 else math.sin
                angle = position / 10000 ** ((column - column % 2) / d_model)
                assert table[position, column] == pytest.approx(turn(angle), abs=1e-15)

    def test_likeness_depends_on_distance_alone(self):
        rows = sinusoidal_positions(97, 62)
        likeness = rows @ rows.T
        for distance in (1, 5, 41):
            np.testing.assert_allclose(np.diag(likeness, distance), likeness[0, distance])

    def test_it_tells_attention_the_order(self):
        """Without positions the last word cannot tell in what order the others came."""
        rng = np.random.RandomState(0)
        heads, x = MultiHeadAttention.random(6, 2, rng), rng.randn(5, 6)
        order, where = [2, 0, 3, 1, 4], sinusoidal_positions(5, 6)
        np.testing.assert_allclose(heads(x[order])[0][4], heads(x)[0][4])
        assert abs(heads(x[order] + where)[0][4] - heads(x + where)[0][4]).max() > 0.01

    @pytest.mark.parametrize(("n", "d_model", "name"), [(-1, 4, "n"), (3, -4, "d_model")])
    def test_refusals(self, n, d_model, name):
        with pytest.raises(ValueError, match=f"^{name} must be at least 0, got -"):
            sinusoidal_positions(n, d_model)
        with pytest.raises(TypeError, match=r"^d_model must be an integer, got 4\.0"):
            sinusoidal_positions(3, 4.0)


class TestRelativeBias:
    @pytest.mark.parametrize(("n_queries", "n_keys", "offset"), [(5, 5, 0), (3, 11, 7), (7, 2, 0)])
    def test_each_number_is_that_of_its_distance(self, n_queries, n_keys, offset):
        reach, n_heads = 3, 2
        table = np.random.RandomState(0).randn(n_heads, 2 * reach + 1)
        bias = relative_position_bias(table, n_queries, n_keys, offset)
        assert bias.shape == (n_heads, n_queries, n_keys)
        for head, query, key in np.ndindex(bias.shape):
            distance = max(-reach, min(reach, key - (query + offset)))
            assert bias[head, query, key] == table[head, distance + reach]

    def test_cached_tokens_are_an_offset(self):
        table = np.random.RandomState(0).randn(2, 7)
        whole = relative_position_bias(table, 11)
        assert np.array_equal(relative_position_bias(table, 3, 11, offset=8), whole[:, 8:])

    def test_a_bias_for_each_head_is_added_to_its_scores(self):
        """The first head is told to look one word back, the second at itself: both obey."""
        table = np.zeros((2, 3))
        table[0, 0] = table[1, 1] = 1000
        heads = MultiHeadAttention.random(6, 2, np.random.RandomState(0))
        bias = np.where(causal_mask(5), relative_position_bias(table, 5), -np.inf)
        # The number for a distance of 1 holds for all that is farther back, so look at word 1.
        _, weights = heads(np.random.RandomState(1).randn(5, 6), mask=bias)
        assert weights[0, 1].tolist() == [1, 0, 0, 0, 0]
        assert weights[1].tolist() == np.eye(5).tolist()

    @pytest.mark.parametrize("shape", [(2, 4), (2, 0), (1, 2, 3)])
    def test_refused_tables(self, shape):
        with pytest.raises(ValueError, match=r"^table must be \(n_heads, 2 · reach \+ 1\), got"):
            relative_position_bias(np.ones(shape), 3)

    def test_refused_sizes(self):
        with pytest.raises(ValueError, match=r"^n_queries must be at least 0, got -3"):
            relative_position_bias(np.ones((2, 3)), -3)
        with pytest.raises(TypeError, match=r"^offset must be an integer, got 1.5"):
            relative_position_bias(np.ones((2, 3)), 3, offset=1.5)


class TestAlibi:
    def test_slopes_of_the_paper(self):
        assert alibi_slopes(8).tolist() == [2.0**-h for h in range(1, 9)]
        np.testing.assert_allclose(alibi_slopes(16), [2 ** (-h / 2) for h in range(1, 17)])

    def test_slopes_between_powers_of_two(self):
        """Those of the power below, then every other of the power above."""
        for n_heads, below in ((3, 2), (5, 4), (7, 4), (11, 8)):
            expected = [*alibi_slopes(below), *alibi_slopes(2 * below)[0::2][: n_heads - below]]
            np.testing.assert_allclose(alibi_slopes(n_heads), expected)

    @pytest.mark.parametrize(("n_queries", "n_keys", "offset"), [(5, 5, 0), (3, 11, 8), (7, 2, 0)])
    def test_each_number_is_minus_slope_times_distance(self, n_queries, n_keys, offset):
        bias = alibi_bias(3, n_queries, n_keys, offset)
        assert bias.shape == (3, n_queries, n_keys)
        for head, query, key in np.ndindex(bias.shape):
            expected = -alibi_slopes(3)[head] * abs(key - query - offset)
            assert bias[head, query, key] == expected

    def test_no_heads(self):
        with pytest.raises(ValueError, match=r"^n_heads must be at least 1, got 0"):
            alibi_bias(0, 3)

    def test_nothing_to_attend_to(self):
        assert alibi_bias(3, 0).shape == (3, 0, 0)


class TestRotate:
    def test_by_hand(self):
        """At position π/2 and base 1 every pair turns by a right angle: (a, b) → (−b, a)."""
        turned = rotate([[1.0, 2.0, 3.0, 4.0]], [np.pi / 2], base=1.0)
        np.testing.assert_allclose(turned, [[-2, 1, -4, 3]])

    def test_the_second_pair_turns_slower(self):
        """With base 100 and four columns, the second pair turns a tenth as fast."""
        turned = rotate([[1.0, 0.0, 1.0, 0.0]], [3], base=100.0)
        expected = [[math.cos(3), math.sin(3), math.cos(0.3), math.sin(0.3)]]
        np.testing.assert_allclose(turned, expected)

    def test_as_multiplying_complex_numbers(self):
        x, at = np.random.RandomState(0).randn(2, 3, 5, 14), np.arange(5) + 11
        turns = np.exp(1j * at[:, np.newaxis] * 10000 ** (-np.arange(0, 14, 2) / 14))
        expected = (x[..., 0::2] + 1j * x[..., 1::2]) * turns
        turned = rotate(x, at)
        np.testing.assert_allclose(turned[..., 0::2], expected.real)
        np.testing.assert_allclose(turned[..., 1::2], expected.imag)

    def test_scores_depend_on_distance_alone_and_lengths_stay(self):
        rng = np.random.RandomState(0)
        Q, K = rng.randn(3, 5, 14), rng.randn(3, 7, 14)
        scores = [rotate(Q, np.arange(5) + s) @ rotate(K, np.arange(7) + s).mT for s in (0, 101)]
        np.testing.assert_allclose(*scores)
        np.testing.assert_allclose((rotate(Q, np.arange(5)) ** 2).sum(-1), (Q**2).sum(-1))

    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
    def test_dtype_stays_and_nothing_is_written_to(self, dtype):
        x = np.ones((3, 2), dtype)
        x.flags.writeable = False
        turned = rotate(x, [0, 1, 2])
        assert turned.dtype == dtype
        np.testing.assert_allclose(turned[1], [-0.3012, 1.3818], atol=2e-3)

    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
    @pytest.mark.parametrize("stray", ["max", np.inf, np.nan])
    def test_a_padded_row_warns_of_nothing_and_leaves_others_alone(self, dtype, stray):
        x = np.ones((3, 2), dtype)
        expected = rotate(x, [0.0, 0.8, 5.5])
        x[1:] = np.finfo(dtype).max if stray == "max" else stray
        assert np.array_equal(rotate(x, [0.0, 0.8, 5.5])[0], expected[0])

    def test_positions_of_each_text(self):
        x, at = np.random.RandomState(0).randn(2, 3, 4), np.array([[0, 1, 2], [5, 6, 7]])
        assert np.array_equal(rotate(x, at)[1], rotate(x[1], at[1]))

    def test_refusals(self):
        with pytest.raises(ValueError, match=r"^x must have an even .* got shape \(3, 7\)"):
            rotate(np.ones((3, 7)), [0, 1, 2])
        for positions in ([0, 1], np.zeros((2, 3))):
            with pytest.raises(ValueError, match=r"^positions must broadcast to \(3,\), got shape"):
                rotate(np.ones((3, 4)), positions)
        with pytest.raises(ValueError, match=r"^base must be above 0, got 0"):
            rotate(np.ones((3, 4)), [0, 1, 2], base=0)
        for base in ("1", None, True):
            with pytest.raises(TypeError, match=r"^base must be a real number, got "):
                rotate(np.ones((3, 4)), [0, 1, 2], base=base)
        with pytest.raises(TypeError, match=r"^positions must hold real numbers"):
            rotate(np.ones((3, 4)), ["a", "b", "c"])
