"""Masks by their definition, one pair of positions at a time, and what they make of attention."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microattention import (
    causal_mask,
    padding_mask,
    scaled_dot_product_attention,
    sliding_window_mask,
)

SIZES = st.integers(0, 7)
OFFSETS = st.integers(-8, 8)


class TestCausal:
    @given(SIZES, SIZES, OFFSETS)
    @settings(max_examples=60)
    def test_definition(self, n_queries, n_keys, offset):
        mask = causal_mask(n_queries, n_keys, offset)
        assert mask.dtype == np.bool_
        assert mask.shape == (n_queries, n_keys)
        for i, j in np.ndindex(mask.shape):
            assert mask[i, j] == (j <= i + offset)

    def test_as_many_keys_as_queries_when_not_given(self):
        assert causal_mask(3).tolist() == np.tri(3, dtype=bool).tolist()

    def test_continued_rows_are_the_rows_of_the_whole(self):
        """Row i of the whole mask is what one new query sees after i cached tokens."""
        whole = causal_mask(7)
        for i in range(7):
            assert causal_mask(1, 7, offset=i).tolist() == whole[i : i + 1].tolist()

    def test_cached_decoding_gives_what_the_whole_text_gives(self):
        rng = np.random.RandomState(0)
        Q, K, V = rng.randn(7, 3), rng.randn(7, 3), rng.randn(7, 5)
        expected, _ = scaled_dot_product_attention(Q, K, V, causal_mask(7))
        for cached in range(7):
            new = 7 - cached
            mask = causal_mask(new, 7, offset=cached)
            output, _ = scaled_dot_product_attention(Q[cached:], K, V, mask)
            np.testing.assert_allclose(output, expected[cached:], rtol=1e-12)

    @pytest.mark.parametrize(
        ("name", "arguments"),
        [("n_queries", (2.0,)), ("n_queries", (True,)), ("n_queries", (None,)),
         ("n_keys", (2, "3")), ("n_keys", (2, False)), ("offset", (2, 3, 1.0)),
         ("offset", (2, 3, None))],
    )  # fmt: skip
    def test_sizes_that_are_not_integers_are_refused(self, name, arguments):
        with pytest.raises(TypeError, match=rf"^{name} must be an integer, got "):
            causal_mask(*arguments)

    @pytest.mark.parametrize(("name", "arguments"), [("n_queries", (-1,)), ("n_keys", (2, -3))])
    def test_negative_sizes_are_refused(self, name, arguments):
        with pytest.raises(ValueError, match=rf"^{name} must be at least 0, got -"):
            causal_mask(*arguments)

    @pytest.mark.parametrize("offset", [2**63, -(2**70)])
    def test_an_offset_that_no_array_can_hold_is_refused(self, offset):
        with pytest.raises(ValueError, match=rf"^offset must fit into 64 bits, got {offset}"):
            causal_mask(2, offset=offset)

    def test_numpy_integers_are_taken(self):
        mask = causal_mask(np.int8(2), np.uint64(3), np.int32(1))
        assert mask.tolist() == [[True, True, False], [True, True, True]]


class TestPadding:
    @given(st.lists(st.integers(0, 7), max_size=5))
    @settings(max_examples=30)
    def test_definition(self, lengths):
        mask = padding_mask(lengths, 7)
        assert mask.dtype == np.bool_
        assert mask.shape == (len(lengths), 1, 7)
        for text, length in enumerate(lengths):
            assert mask[text, 0].tolist() == [True] * length + [False] * (7 - length)

    @pytest.mark.parametrize("shape", [(), (2,), (2, 3)])
    def test_lengths_of_any_shape(self, shape):
        mask = padding_mask(np.full(shape, 2, np.uint8), 5)
        assert mask.shape == (*shape, 1, 5)
        assert (mask == [True, True, False, False, False]).all()

    def test_attention_is_that_of_the_shorter_text(self):
        rng = np.random.RandomState(0)
        Q, K, V = rng.randn(2, 3, 7), rng.randn(2, 5, 7), rng.randn(2, 5, 11)
        output, weights = scaled_dot_product_attention(Q, K, V, padding_mask([5, 2], 5))
        for text, length in enumerate([5, 2]):
            kept = np.s_[text, :length]
            alone, alone_weights = scaled_dot_product_attention(Q[text], K[kept], V[kept])
            np.testing.assert_allclose(output[text], alone, rtol=1e-12)
            np.testing.assert_allclose(weights[text, :, :length], alone_weights, rtol=1e-12)
            assert not weights[text, :, length:].any()

    @pytest.mark.parametrize("lengths", [[1.0], [True], ["1"], [None], 2.5])
    def test_lengths_that_are_not_integers_are_refused(self, lengths):
        with pytest.raises(TypeError, match=r"^lengths must be integers, got dtype "):
            padding_mask(lengths, 3)

    @pytest.mark.parametrize("lengths", [[-1, 2], [2, 4], 4])
    def test_lengths_that_no_text_can_have_are_refused(self, lengths):
        with pytest.raises(ValueError, match=r"^lengths must lie between 0 and n_keys = 3, got "):
            padding_mask(lengths, 3)

    def test_ragged_lengths_are_refused(self):
        with pytest.raises(ValueError, match=r"^lengths must be a regular array"):
            padding_mask([[1], [2, 3]], 3)

    def test_n_keys_must_be_a_size(self):
        with pytest.raises(TypeError, match=r"^n_keys must be an integer"):
            padding_mask([1], 3.0)
        with pytest.raises(ValueError, match=r"^n_keys must be at least 0"):
            padding_mask([], -1)


class TestSlidingWindow:
    @given(SIZES, SIZES, st.integers(1, 9), OFFSETS)
    @settings(max_examples=60)
    def test_definition(self, n_queries, n_keys, window, offset):
        mask = sliding_window_mask(n_queries, n_keys, window=window, offset=offset)
        assert mask.dtype == np.bool_
        assert mask.shape == (n_queries, n_keys)
        for i, j in np.ndindex(mask.shape):
            assert mask[i, j] == (i + offset - window < j <= i + offset)

    def test_a_window_of_everything_is_causal(self):
        assert sliding_window_mask(7, window=7).tolist() == causal_mask(7).tolist()

    def test_a_window_of_one_is_the_token_itself(self):
        assert sliding_window_mask(5, window=1).tolist() == np.eye(5, dtype=bool).tolist()

    @pytest.mark.parametrize("window", [0, -1])
    def test_a_window_below_one_is_refused(self, window):
        with pytest.raises(ValueError, match=rf"^window must be at least 1, got {window}"):
            sliding_window_mask(3, window=window)

    @pytest.mark.parametrize("window", [1.0, True, None])
    def test_a_window_that_is_not_an_integer_is_refused(self, window):
        with pytest.raises(TypeError, match=r"^window must be an integer, got "):
            sliding_window_mask(3, window=window)

    def test_window_and_offset_are_given_by_name(self):
        with pytest.raises(TypeError, match="positional"):
            sliding_window_mask(3, 3, 2)


def test_masks_combine_with_and():
    """The last three keys up to one's own, in texts of two and of five words."""
    mask = sliding_window_mask(5, window=3) & padding_mask([2, 5], 5)
    assert mask.shape == (2, 5, 5)
    assert mask[0].astype(int).tolist() == [
        [1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [1, 1, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 0, 0, 0]
    ]  # fmt: skip
    assert mask[1].tolist() == sliding_window_mask(5, window=3).tolist()
