"""Heads as an axis against heads as a list, and every way to ask for them wrongly.

Sizes: d_model 7, d_context 5, 3 heads of d_k 2 and d_v 11, d_out 13; 17 queries, 19 keys.
"""

import dataclasses

import numpy as np
import pytest

from microattention import (
    MultiHeadAttention,
    causal_mask,
    padding_mask,
    scaled_dot_product_attention,
)

D_MODEL, D_CONTEXT, N_HEADS, D_K, D_V, D_OUT = 7, 5, 3, 2, 11, 13
N_QUERIES, N_KEYS = 17, 19


def weights_and_biases(d_context=D_MODEL, biases=True):
    """Draw everything that the heads are made of."""
    rng = np.random.RandomState(0)
    found = {
        "W_Q": rng.randn(D_MODEL, N_HEADS * D_K),
        "W_K": rng.randn(d_context, N_HEADS * D_K),
        "W_V": rng.randn(d_context, N_HEADS * D_V),
        "W_O": rng.randn(N_HEADS * D_V, D_OUT),
    }
    if biases:
        found |= {f"b_{name[-1]}": rng.randn(W.shape[1]) for name, W in [*found.items()]}
    return found


def list_of_heads(parts, x, context, masks):
    """Let one head after the other attend, and join what they found."""
    bias = {letter: parts.get(f"b_{letter}", 0) for letter in "QKVO"}
    Q = np.split(x @ parts["W_Q"] + bias["Q"], N_HEADS, axis=-1)
    K = np.split(context @ parts["W_K"] + bias["K"], N_HEADS, axis=-1)
    V = np.split(context @ parts["W_V"] + bias["V"], N_HEADS, axis=-1)
    heads = [scaled_dot_product_attention(*head) for head in zip(Q, K, V, masks, strict=True)]
    found = np.concatenate([output for output, _ in heads], axis=-1)
    return found @ parts["W_O"] + bias["O"], np.stack([weights for _, weights in heads], axis=-3)


def assert_close(got, expected):
    for one, other in zip(got, expected, strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


@pytest.fixture
def rng():
    return np.random.RandomState(1)


class TestHeads:
    @pytest.mark.parametrize("biases", [False, True])
    @pytest.mark.parametrize("leading", [(), (23,), (2, 23)])
    def test_axis_of_heads_equals_list_of_heads(self, rng, biases, leading):
        parts = weights_and_biases(biases=biases)
        x = rng.randn(*leading, N_QUERIES, D_MODEL)
        expected = list_of_heads(parts, x, x, [None] * N_HEADS)
        assert_close(MultiHeadAttention(**parts, n_heads=N_HEADS)(x), expected)

    @pytest.mark.parametrize(
        ("x_leading", "context_leading"), [((), ()), ((23,), (23,)), ((), (23,)), ((2, 1), (23,))]
    )
    def test_cross_attention(self, rng, x_leading, context_leading):
        parts = weights_and_biases(D_CONTEXT)
        x = rng.randn(*x_leading, N_QUERIES, D_MODEL)
        context = rng.randn(*context_leading, N_KEYS, D_CONTEXT)
        output, weights = MultiHeadAttention(**parts, n_heads=N_HEADS)(x, context)
        leading = np.broadcast_shapes(x_leading, context_leading)
        assert output.shape == (*leading, N_QUERIES, D_OUT)
        assert weights.shape == (*leading, N_HEADS, N_QUERIES, N_KEYS)
        expected = list_of_heads(parts, x, context, [None] * N_HEADS)
        assert_close((output, weights), expected)

    @pytest.mark.parametrize("letter", "QKVO")
    def test_each_bias_alone(self, rng, letter):
        parts = weights_and_biases(biases=False) | {
            f"b_{letter}": weights_and_biases()[f"b_{letter}"]
        }
        x = rng.randn(N_QUERIES, D_MODEL)
        expected = list_of_heads(parts, x, x, [None] * N_HEADS)
        assert_close(MultiHeadAttention(**parts, n_heads=N_HEADS)(x), expected)

    def test_one_head_by_hand(self):
        """Identity projections: the heads' answer is attention's own."""
        identity = np.eye(2)
        x = [[np.log(3) * np.sqrt(2), 0.0], [0.0, 0.0]]
        heads = MultiHeadAttention(identity, [[1, 0], [0, 1]], [[0, 4], [4, 0]], identity, 1)
        output, weights = heads(x, context=[[1, 0], [0, 1]])
        np.testing.assert_allclose(weights, [[[3 / 4, 1 / 4], [1 / 2, 1 / 2]]])
        np.testing.assert_allclose(output, [[1, 3], [2, 2]])


class TestSteps:
    """A call taken apart, for what happens between its steps."""

    def test_together_they_are_a_call(self, rng):
        heads = MultiHeadAttention(**weights_and_biases(D_CONTEXT), n_heads=N_HEADS)
        x, context = rng.randn(23, N_QUERIES, D_MODEL), rng.randn(23, N_KEYS, D_CONTEXT)
        Q, K, V = heads.queries(x), heads.keys(context), heads.values(context)
        assert [a.shape for a in (Q, K, V)] == [(23, 3, 17, 2), (23, 3, 19, 2), (23, 3, 19, 11)]
        for mask in (None, causal_mask(17, 19), rng.rand(23, 17, 19) < 0.5):
            for got, whole in zip(
                heads.attend(Q, K, V, mask), heads(x, context, mask), strict=True
            ):
                assert np.array_equal(got, whole)

    def test_keys_in_parts(self, rng):
        heads = MultiHeadAttention(**weights_and_biases(), n_heads=N_HEADS)
        x = rng.randn(N_KEYS, D_MODEL)
        K = np.concatenate([heads.keys(x[:7]), heads.keys(x[7:])], axis=-2)
        np.testing.assert_allclose(K, heads.keys(x))

    def test_refusals(self, rng):
        heads = MultiHeadAttention(**weights_and_biases(D_CONTEXT), n_heads=N_HEADS)
        with pytest.raises(ValueError, match=r"^context must be \(…, n, 5\), got shape \(19, 7\)"):
            heads.values(np.ones((N_KEYS, D_MODEL)))
        for leading in ((), (5,)):
            Q, K, V = (np.ones((*leading, n, d)) for n, d in ((17, 2), (19, 2), (19, 11)))
            with pytest.raises(ValueError, match=r"^Q, K and V must have n_heads = 3 as their"):
                heads.attend(Q, K, V)
        Q = heads.queries(np.ones((17, D_MODEL)))
        with pytest.raises(
            ValueError, match=r"^V must be \(…, n_heads, n_keys, 11\), got \(3, 17, "
        ):
            heads.attend(Q, Q, np.ones((3, 17, 5)))


class TestMasks:
    @pytest.mark.parametrize("leading", [(), (23,)])
    @pytest.mark.parametrize(
        "shape", [(), (N_KEYS,), (1, N_KEYS), (N_QUERIES, 1), (N_QUERIES, N_KEYS)]
    )
    def test_shared_by_all_heads(self, rng, leading, shape):
        parts = weights_and_biases(D_CONTEXT)
        x, context = rng.randn(*leading, 17, D_MODEL), rng.randn(*leading, 19, D_CONTEXT)
        allowed = rng.rand(*shape) < 0.6
        for mask in (allowed, np.where(allowed, 0.5, -np.inf)):
            got = MultiHeadAttention(**parts, n_heads=N_HEADS)(x, context, mask)
            assert_close(got, list_of_heads(parts, x, context, [mask] * N_HEADS))

    def test_one_for_each_text(self, rng):
        """As many texts as heads: a mask of three axes must still mean the texts."""
        parts = weights_and_biases()
        x = rng.randn(N_HEADS, 17, D_MODEL)
        for mask in (padding_mask([17, 3, 5], 17), causal_mask(17) & padding_mask([17, 3, 5], 17)):
            got = MultiHeadAttention(**parts, n_heads=N_HEADS)(x, mask=mask)
            assert_close(got, list_of_heads(parts, x, x, [mask] * N_HEADS))

    @pytest.mark.parametrize("leading", [(), (23,)])
    def test_one_for_each_head(self, rng, leading):
        parts = weights_and_biases()
        x = rng.randn(*leading, 17, D_MODEL)
        mask = rng.rand(*leading, N_HEADS, 17, 17) < 0.6
        got = MultiHeadAttention(**parts, n_heads=N_HEADS)(x, mask=mask)
        assert_close(got, list_of_heads(parts, x, x, np.moveaxis(mask, -3, 0)))

    def test_a_batch_of_contexts_takes_a_mask_for_each(self, rng):
        parts = weights_and_biases(D_CONTEXT)
        x, context = rng.randn(17, D_MODEL), rng.randn(2, 19, D_CONTEXT)
        mask = padding_mask([3, 19], 19)
        got = MultiHeadAttention(**parts, n_heads=N_HEADS)(x, context, mask)
        assert_close(got, list_of_heads(parts, x, context, [mask] * N_HEADS))

    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
    @pytest.mark.parametrize("bad", [np.nan, np.inf, "largest"])
    def test_a_padded_row_counts_for_nothing(self, rng, dtype, bad):
        """Whatever stands in the padding, and without a warning, which here is an error."""
        parts = {name: part.astype(dtype) for name, part in weights_and_biases(D_CONTEXT).items()}
        heads = MultiHeadAttention(**parts, n_heads=N_HEADS)
        x, context = rng.randn(17, D_MODEL).astype(dtype), rng.randn(19, D_CONTEXT).astype(dtype)
        mask = padding_mask(11, 19)
        expected = heads(x, context, mask)
        context[11:] = np.finfo(dtype).max if bad == "largest" else bad
        for got, wanted in zip(heads(x, context, mask), expected, strict=True):
            assert got.dtype == dtype
            assert got.tobytes() == wanted.tobytes()

    def test_a_mask_that_does_not_fit_is_refused(self):
        heads = MultiHeadAttention(**weights_and_biases(), n_heads=N_HEADS)
        x = np.ones((2, 17, D_MODEL))
        for shape in [(17, 19), (3, 17, 17), (2, 5, 17, 17), (1, 2, 3, 17, 17)]:
            with pytest.raises(ValueError, match=r"^mask must broadcast to \(2, 3, 17, 17\), got "):
                heads(x, mask=np.ones(shape, bool))

    def test_a_mask_with_too_many_axes_is_named_as_it_came(self):
        heads = MultiHeadAttention(**weights_and_biases(), n_heads=N_HEADS)
        with pytest.raises(ValueError, match=r"got shape \(2, 3, 17, 17\)$"):
            heads(np.ones((17, D_MODEL)), mask=np.ones((2, 3, 17, 17), bool))

    def test_a_mask_of_another_kind_is_refused(self):
        heads = MultiHeadAttention(**weights_and_biases(), n_heads=N_HEADS)
        with pytest.raises(TypeError, match=r"^mask must be boolean"):
            heads(np.ones((17, D_MODEL)), mask=np.ones((17, 17), int))
        with pytest.raises(ValueError, match=r"^mask must be a regular array"):
            heads(np.ones((17, D_MODEL)), mask=[[True], [True, False]])


class TestDtypes:
    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
    def test_the_inputs_dtype_is_kept(self, dtype):
        parts = {name: part.astype(dtype) for name, part in weights_and_biases().items()}
        heads = MultiHeadAttention(**parts, n_heads=N_HEADS)
        for got in heads(np.ones((17, D_MODEL), dtype), mask=np.zeros(17)):
            assert got.dtype == dtype

    def test_integers_count_as_float64(self):
        heads = MultiHeadAttention(*[np.eye(2, dtype=int)] * 4, n_heads=1)
        for got in heads([[1, 2], [3, 4]]):
            assert got.dtype == np.float64

    def test_float16_is_projected_in_float32(self):
        """2049 ones and a bias of 1 are 2050; float16 has no 2049 to add the bias to."""
        ones, one = np.ones((2049, 1), np.float16), np.ones((1, 1), np.float16)
        heads = MultiHeadAttention(0 * ones, 0 * ones, ones, one, n_heads=1, b_V=one[0])
        output, _ = heads(ones.T)
        assert output.tolist() == [[2050.0]]


class TestEmptyAxes:
    @pytest.mark.parametrize(
        ("n_queries", "n_keys", "batch"), [(0, 19, 2), (17, 0, 2), (17, 19, 0)]
    )
    def test_the_answer_is_empty_or_the_last_bias(self, n_queries, n_keys, batch):
        parts = weights_and_biases(D_CONTEXT)
        x, context = np.ones((batch, n_queries, D_MODEL)), np.ones((batch, n_keys, D_CONTEXT))
        output, weights = MultiHeadAttention(**parts, n_heads=N_HEADS)(x, context)
        assert output.shape == (batch, n_queries, D_OUT)
        assert weights.shape == (batch, N_HEADS, n_queries, n_keys)
        if n_keys == 0:
            assert (output == parts["b_O"]).all()


class TestRefusedWeights:
    def check(self, error, message, **changed):
        parts = weights_and_biases(D_CONTEXT) | {"n_heads": N_HEADS} | changed
        with pytest.raises(error, match=message):
            MultiHeadAttention(**parts)

    @pytest.mark.parametrize("letter", "QKVO")
    def test_not_a_matrix(self, letter):
        for value in (np.ones(6), np.ones((2, 3, 6)), 1.0):
            self.check(
                ValueError, f"^W_{letter} must have two axes, got ", **{f"W_{letter}": value}
            )

    @pytest.mark.parametrize("name", ["W_Q", "W_K", "W_V", "W_O", "b_Q", "b_K", "b_V", "b_O"])
    def test_not_real(self, name):
        for value in ([[True] * 6], [["a"] * 6], [[1j] * 6], [[object()]]):
            self.check(TypeError, f"^{name} must hold real numbers, got ", **{name: value})
        self.check(ValueError, f"^{name} must be a regular", **{name: [[1.0], [2.0, 3.0]]})

    @pytest.mark.parametrize("letter", "QKV")
    def test_columns_that_the_heads_cannot_share(self, letter):
        rows = D_MODEL if letter == "Q" else D_CONTEXT
        message = (
            rf"^W_{letter} must have a multiple of n_heads = 3 columns, got shape \({rows}, 8\)"
        )
        self.check(ValueError, message, **{f"W_{letter}": np.ones((rows, 8)), f"b_{letter}": None})

    def test_projections_that_do_not_fit_each_other(self):
        self.check(ValueError, "^W_K columns: wanted 6, got 9", W_K=np.ones((5, 9)), b_K=None)
        self.check(ValueError, "^W_V rows: wanted 5, got 7", W_V=np.ones((7, 33)))
        self.check(ValueError, "^W_O rows: wanted 33, got 32", W_O=np.ones((32, 13)))

    @pytest.mark.parametrize("letter", "QKVO")
    def test_a_bias_of_another_shape(self, letter):
        columns = weights_and_biases(D_CONTEXT)[f"W_{letter}"].shape[1]
        for bias in (1.0, np.ones(1), np.ones(columns + 1), np.ones((1, columns))):
            message = rf"^b_{letter} must have shape \({columns},\), got "
            self.check(ValueError, message, **{f"b_{letter}": bias})

    def test_n_heads(self):
        for n_heads in (0, -3):
            self.check(ValueError, f"^n_heads must be at least 1, got {n_heads}", n_heads=n_heads)
        for n_heads in (3.0, True, "3", None):
            self.check(TypeError, "^n_heads must be an integer, got ", n_heads=n_heads)


class TestRefusedCalls:
    def heads(self):
        return MultiHeadAttention(**weights_and_biases(D_CONTEXT), n_heads=N_HEADS)

    def test_another_width(self):
        with pytest.raises(ValueError, match=r"^x must be \(…, n, 7\), got shape \(17, 5\)"):
            self.heads()(np.ones((17, 5)), np.ones((19, 5)))
        with pytest.raises(ValueError, match=r"^context must be \(…, n, 5\), got shape \(19, 7\)"):
            self.heads()(np.ones((17, 7)), np.ones((19, 7)))

    def test_self_attention_where_the_context_has_another_width(self):
        with pytest.raises(ValueError, match=r"^context must be \(…, n, 5\), got shape \(17, 7\)"):
            self.heads()(np.ones((17, 7)))

    def test_fewer_than_two_axes(self):
        with pytest.raises(ValueError, match=r"^x must have at least two axes"):
            self.heads()(np.ones(7), np.ones((19, 5)))
        with pytest.raises(ValueError, match=r"^context must have at least two axes"):
            self.heads()(np.ones((17, 7)), np.ones(5))

    @pytest.mark.parametrize("value", [[[True] * 7], [["a"] * 7], [[1j] * 7], [[None] * 7]])
    def test_not_real(self, value):
        with pytest.raises(TypeError, match=r"^x must hold real numbers"):
            self.heads()(value, np.ones((19, 5)))
        with pytest.raises(TypeError, match=r"^context must hold real numbers"):
            self.heads()(np.ones((17, 7)), value)

    def test_batches_that_do_not_fit_are_named_as_they_came(self):
        with pytest.raises(ValueError, match=r"x \(2, 17, 7\), context \(3, 19, 5\)$"):
            self.heads()(np.ones((2, 17, 7)), np.ones((3, 19, 5)))


class TestRandom:
    def test_the_draws_never_change(self):
        """RandomState's stream is frozen: W_Q, W_K, W_V, W_O, by variance 1/6, pinned for ever."""
        heads = MultiHeadAttention.random(6, n_heads=3, rng=np.random.RandomState(0))
        assert heads.n_heads == 3
        assert [round(float(W[0, 1]), 8) for W in (heads.W_Q, heads.W_K, heads.W_V, heads.W_O)] == [
            0.1633635, 0.49086952, -0.50411553, 0.60441763
        ]  # fmt: skip

    def test_the_stream_is_that_of_four_matrices_in_order(self):
        heads = MultiHeadAttention.random(4, n_heads=2, rng=np.random.RandomState(0))
        stream = np.random.RandomState(0).randn(4, 4, 4) / 2
        for W, wanted in zip((heads.W_Q, heads.W_K, heads.W_V, heads.W_O), stream, strict=True):
            np.testing.assert_allclose(W, wanted, rtol=1e-15)
        assert heads.b_Q is heads.b_K is heads.b_V is heads.b_O is None

    def test_a_generator_is_taken(self):
        heads = MultiHeadAttention.random(4, n_heads=2, rng=np.random.default_rng(0))
        expected = np.random.default_rng(0).standard_normal((4, 4)) / 2
        np.testing.assert_allclose(heads.W_Q, expected)

    def test_projections_keep_a_variance_of_one(self):
        rng = np.random.RandomState(0)
        heads = MultiHeadAttention.random(211, n_heads=1, rng=rng)
        queries = rng.randn(97, 211) @ heads.W_Q
        assert abs(queries.var() - 1) < 0.05

    def test_refusals(self):
        rng = np.random.RandomState(0)
        with pytest.raises(ValueError, match=r"^n_heads must divide d_model = 7, got 3"):
            MultiHeadAttention.random(7, 3, rng)
        for d_model, n_heads, name in [(0, 1, "d_model"), (4, 0, "n_heads"), (-4, 2, "d_model")]:
            with pytest.raises(ValueError, match=rf"^{name} must be at least 1"):
                MultiHeadAttention.random(d_model, n_heads, rng)
        for d_model, n_heads, name in [(4.0, 2, "d_model"), (4, "2", "n_heads")]:
            with pytest.raises(TypeError, match=rf"^{name} must be an integer"):
                MultiHeadAttention.random(d_model, n_heads, rng)
        for not_rng in (None, 0, np.random):
            with pytest.raises(TypeError, match=r"^rng must be a RandomState or a Generator"):
                MultiHeadAttention.random(4, 2, not_rng)


class TestObject:
    def test_weights_cannot_be_replaced(self):
        heads = MultiHeadAttention(**weights_and_biases(), n_heads=N_HEADS)
        with pytest.raises(dataclasses.FrozenInstanceError):
            heads.n_heads = 1

    def test_lists_become_arrays(self):
        parts = {name: part.tolist() for name, part in weights_and_biases().items()}
        heads = MultiHeadAttention(**parts, n_heads=np.int64(N_HEADS))
        assert type(heads.n_heads) is int
        for name, part in weights_and_biases().items():
            assert isinstance(getattr(heads, name), np.ndarray)
            assert np.array_equal(getattr(heads, name), part)

    def test_nothing_is_written_to(self):
        parts = weights_and_biases(D_CONTEXT)
        x, context, mask = np.ones((17, D_MODEL)), np.ones((19, D_CONTEXT)), np.zeros((17, 19))
        arrays = [*parts.values(), x, context, mask]
        before = [a.copy() for a in arrays]
        for a in arrays:
            a.flags.writeable = False
        MultiHeadAttention(**parts, n_heads=N_HEADS)(x, context, mask)
        assert all(map(np.array_equal, arrays, before))
