"""Layer norm, ReLU, GELU and the feed-forward network, by hand and where they go wrong."""

import math

import numpy as np
import pytest

from microattention import FeedForward, LayerNorm, gelu, layer_norm, relu
from microattention.layers import gelu_tanh

DTYPES = [np.float16, np.float32, np.float64]


class TestLayerNorm:
    def test_by_hand(self):
        """Mean 5, variance 9; with an eps of 16 inside the root the divisor is 5."""
        assert layer_norm([[2.0, 8.0]], [1, 1], [0, 0], eps=0).tolist() == [[-1, 1]]
        np.testing.assert_allclose(layer_norm([2.0, 8.0], [1, 10], [0, 7], eps=16), [-0.6, 13])

    def test_rows_of_equal_numbers_give_the_bias(self):
        assert (
            layer_norm(np.full((3, 7), 5.0), np.ones(7), np.arange(7)).tolist()
            == [list(range(7))] * 3
        )

    def test_each_row_by_itself(self):
        x = np.random.RandomState(0).randn(2, 3, 7) * 5 + 11
        normed = layer_norm(x, np.ones(7), np.zeros(7), eps=0)
        np.testing.assert_allclose(normed.mean(-1), 0, atol=1e-14)
        np.testing.assert_allclose(normed.var(-1), 1)

    @pytest.mark.parametrize("dtype", DTYPES)
    def test_dtype_stays(self, dtype):
        """The square of 500 is beyond float16: it is taken in float32."""
        x = np.array([500, -500] * 5 + [0], dtype)
        normed = layer_norm(x, np.ones(11, dtype), np.zeros(11, dtype))
        assert normed.dtype == dtype
        np.testing.assert_allclose(normed, x / (500 * math.sqrt(10 / 11)), rtol=1e-3)

    def test_nothing_is_written_to(self):
        arrays = np.ones((3, 7)), np.ones(7), np.zeros(7)
        for array in arrays:
            array.flags.writeable = False
        layer_norm(*arrays)

    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    def test_a_bad_row_is_nan_and_the_others_are_not(self, bad):
        x = np.array([[1.0, bad], [2.0, 8.0]])
        normed = layer_norm(x, [1, 1], [0, 0], eps=0)
        assert np.isnan(normed[0]).all()
        assert normed[1].tolist() == [-1, 1]

    def test_numbers_at_the_ends_of_the_dtype_warn_of_nothing(self):
        large = np.float16([60000, 60000])
        assert layer_norm(np.float16([2, 8]), large, large, eps=0).tolist() == [0, np.inf]
        layer_norm([1e-200, -1e-200], [1, 1], [0, 0], eps=0)  # a variance of 0 by underflow

    def test_refusals(self):
        for name, arguments in (("gain", ([1] * 5, [0] * 7)), ("bias", ([1] * 7, [[0] * 7]))):
            with pytest.raises(ValueError, match=rf"^{name} must have shape \(7,\), got \("):
                layer_norm(np.ones((3, 7)), *arguments)
        for eps in (-1e-5, np.nan):
            with pytest.raises(ValueError, match=r"^eps must be at least 0, got "):
                layer_norm([2.0, 8.0], [1, 1], [0, 0], eps)
            with pytest.raises(ValueError, match=r"^eps must be at least 0, got "):
                LayerNorm([1, 1], [0, 0], eps)
        for eps in ("1", None, True, np.ones(2)):
            with pytest.raises(TypeError, match=r"^eps must be a real number, got "):
                layer_norm([2.0, 8.0], [1, 1], [0, 0], eps)
            with pytest.raises(TypeError, match=r"^eps must be a real number, got "):
                LayerNorm([1, 1], [0, 0], eps)
        for x in (1.0, np.ones((3, 0))):
            with pytest.raises(ValueError, match=r"^x must have rows of at least one number, got"):
                layer_norm(x, [], [])
        with pytest.raises(TypeError, match=r"^x must hold real numbers, got dtype bool"):
            layer_norm([True, False], [1, 1], [0, 0])

    def test_refused_parts(self):
        with pytest.raises(ValueError, match=r"^gain must have one axis, got shape \(1, 2\)"):
            LayerNorm([[1, 1]], [[0, 0]])
        with pytest.raises(ValueError, match=r"^bias must have the shape of gain, \(2,\), got \(3"):
            LayerNorm([1, 1], [0, 0, 0])

    def test_as_an_object(self):
        x, norm = np.random.RandomState(0).randn(3, 2), LayerNorm([2.0, 3.0], [5.0, 7.0], eps=0.1)
        assert np.array_equal(norm(x), layer_norm(x, [2.0, 3.0], [5.0, 7.0], 0.1))


class TestActivations:
    def test_relu(self):
        assert relu([-3, 0, 5]).tolist() == [0, 0, 5]
        assert np.isnan(relu([np.nan])).all()

    def test_gelu_by_hand(self):
        """Φ(1) = 0.84134474606854…, and GELU(x) − GELU(−x) = x."""
        assert gelu(1.0) == pytest.approx(0.841344746068543, abs=1e-15)
        for approximate in ("none", "tanh"):
            x = np.random.RandomState(0).randn(101)
            np.testing.assert_allclose(gelu(x, approximate) - gelu(-x, approximate), x)
            assert gelu([0.0, 20.0], approximate).tolist() == [0, 20]

    def test_gelu_tanh_by_hand(self):
        inner = math.sqrt(2 / math.pi) * (2 + 0.044715 * 8)
        assert gelu(2.0, "tanh") == pytest.approx(1 + math.tanh(inner), abs=1e-15)

    def test_the_two_forms_differ_as_much_as_stated_and_no_more(self):
        x = np.linspace(-6, 6, 10_007)
        assert 0.0004 < abs(gelu(x) - gelu(x, "tanh")).max() < 0.0005

    @pytest.mark.parametrize("work", [relu, gelu, gelu_tanh])
    def test_dtypes(self, work):
        for dtype in DTYPES:
            assert work(np.ones((2, 3), dtype)).dtype == dtype
        assert work([1, 2]).dtype == np.float64
        assert work(np.ones((0, 3))).shape == (0, 3)
        with pytest.raises(TypeError, match=r"^x must hold real numbers, got dtype bool"):
            work([True])

    @pytest.mark.parametrize("approximate", ["exact", None, True])
    def test_another_form_is_refused(self, approximate):
        with pytest.raises(ValueError, match=r'^approximate must be "none" or "tanh", got '):
            gelu([1.0], approximate)


class TestFeedForward:
    """Sizes: d_model 3, d_ff 7."""

    def parts(self, **changed):
        rng = np.random.RandomState(0)
        parts = {"W_1": rng.randn(3, 7), "b_1": rng.randn(7), "W_2": rng.randn(7, 3)}
        return parts | {"b_2": rng.randn(3)} | changed

    def test_by_hand(self):
        """x ↦ relu(x) + relu(−x) = |x|, then times 2 and plus 5."""
        absolute = FeedForward([[1, -1]], [0, 0], [[2], [2]], [5])
        assert absolute([[3], [-11]]).tolist() == [[11], [27]]

    def test_each_step(self):
        p, x = self.parts(), np.random.RandomState(1).randn(2, 5, 3)
        expected = np.tanh(x @ p["W_1"] + p["b_1"]) @ p["W_2"] + p["b_2"]
        np.testing.assert_allclose(FeedForward(**p, activation=np.tanh)(x), expected)

    def test_each_row_by_itself(self):
        work, x = FeedForward(**self.parts()), np.random.RandomState(1).randn(5, 3)
        np.testing.assert_allclose(work(x[[4, 2]]), work(x)[[4, 2]])

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"W_1": np.ones(3)}, r"^W_1 must have two axes, got shape \(3,\)"),
            ({"W_2": np.ones((5, 3))}, r"^W_2 must be \(7, d_model\), got \(5, 3\)"),
            ({"W_2": np.ones(7)}, r"^W_2 must be \(7, d_model\), got \(7,\)"),
            ({"b_1": np.ones(3)}, r"^b_1 must have shape \(7,\), got \(3,\)"),
            ({"b_2": np.ones(1)}, r"^b_2 must have shape \(3,\), got \(1,\)"),
        ],
    )
    def test_parts_that_do_not_fit(self, changed, message):
        with pytest.raises(ValueError, match=message):
            FeedForward(**self.parts(**changed))

    def test_refused_kinds(self):
        with pytest.raises(TypeError, match=r"^activation must be a function, got 'relu'"):
            FeedForward(**self.parts(activation="relu"))
        with pytest.raises(TypeError, match=r"^b_2 must hold real numbers, got dtype bool"):
            FeedForward(**self.parts(b_2=[True] * 3))

    def test_another_width(self):
        with pytest.raises(ValueError, match=r"^x must be \(…, n, 3\), got shape \(5, 7\)"):
            FeedForward(**self.parts())(np.ones((5, 7)))

    def test_random_keeps_a_variance_of_one(self):
        rng = np.random.RandomState(0)
        work = FeedForward.random(97, 389, rng, activation=lambda x: x)
        assert abs(work(rng.randn(101, 97)).var() - 1) < 0.05
        assert not work.b_1.any()
        assert not work.b_2.any()

    def test_random_refuses(self):
        with pytest.raises(TypeError, match=r"^rng must be a RandomState or a Generator, got None"):
            FeedForward.random(3, 7, None)
        with pytest.raises(ValueError, match=r"^d_ff must be at least 1, got 0"):
            FeedForward.random(3, 0, np.random.RandomState(0))
