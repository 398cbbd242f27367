"""Where no score can be large, tiled attention looks for no maximum, and nobody can tell."""

import math

import numpy as np
import pytest

from microattention import ladder, scaled_dot_product_attention, tiled_attention, tiling
from microattention.bounded import LIMIT, LOG2_E, bounded


def drawn(n_queries=53, n_keys=71, d=7, d_v=5, heads=3):
    rng = np.random.RandomState(11)
    sizes = ((n_queries, d), (n_keys, d), (n_keys, d_v))
    return tuple(rng.randn(heads, *size) for size in sizes)


@pytest.fixture
def maxima(monkeypatch):
    """Record for how many queries a maximum was looked for."""
    seen, look = [], tiling.look
    monkeypatch.setattr(tiling, "look", lambda *given: seen.append(given[0].shape) or look(*given))
    return seen


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("tile", [None, (8, 16), (64, 512)])
def test_no_maximum_is_looked_for_and_the_answer_is_the_same(maxima, causal, tile):
    inputs = drawn()
    output, lse = tiled_attention(*inputs, causal=causal, tile=tile, return_lse=True)
    assert not maxima
    wanted = ladder.tiled_with(small_scores=ladder._never)
    with_maximum, its_lse = wanted(*inputs, causal=causal, tile=tile, return_lse=True)
    assert maxima
    assert np.abs(output - with_maximum).max() < 1e-14
    assert np.abs(lse - its_lse).max() < 1e-14


def test_a_bound_is_as_wide_as_promised():
    Q, K = np.eye(2) * 6.0, np.eye(2) * 8.0
    scale = LIMIT / (48 * LOG2_E)
    assert bounded(Q, K, False, scale * (1 - 1e-12)).all()
    assert not bounded(Q, K, False, scale * (1 + 1e-12)).any()
    assert not bounded(Q, K, False, -scale * (1 + 1e-12)).any()
    assert (np.log2(math.e) * 48 * scale) == pytest.approx(LIMIT)


@pytest.mark.parametrize("sign", [-1, 1])
def test_float32_has_room_at_the_limit(sign):
    n, d_v = 4096, 3
    Q = np.full((5, 4), math.sqrt(LIMIT / LOG2_E) / 2, np.float32)
    K = sign * np.broadcast_to(Q[0], (n, 4)) * np.float32(1 - 1e-6)
    V = np.random.RandomState(0).randn(n, d_v).astype(np.float32) * 1e15
    assert bounded(Q, K, False, 1.0).all()
    output, lse = tiled_attention(Q, K, V, scale=1.0, return_lse=True)
    assert np.abs(output / V.mean(axis=0, dtype=float) - 1).max() < 1e-4
    assert np.abs(lse - (sign * LIMIT / LOG2_E + math.log(n))).max() < 1e-3


@pytest.mark.parametrize(("dtype", "small", "large", "scale"),
                         [("f4", 1e-25, 1e18, 1e10), ("f8", 1e-170, 1e100, 1e73)])  # fmt: skip
def test_squares_too_small_for_the_dtype_bound_nothing(maxima, dtype, small, large, scale):
    K = (large * np.linspace(-1, 1, 70)[:, np.newaxis] * np.ones(2)).astype(dtype)
    Q, V = np.full((70, 2), small, dtype), np.arange(140).reshape(70, 2).astype(dtype)
    wanted, _ = scaled_dot_product_attention(Q, K, V, scale=scale)
    np.testing.assert_allclose(tiled_attention(Q, K, V, scale=scale), wanted, rtol=1e-5)
    assert maxima


def test_values_overflow_in_no_sum_that_has_room_with_a_maximum(maxima):
    """Weights of 2**42 times values of 1e30 are no float32, and 1 times these is."""
    Q, K = np.full((70, 4), 2.7, np.float32), np.full((70, 4), 2.7, np.float32)
    V = np.random.RandomState(0).rand(70, 3).astype(np.float32)
    before = tiled_attention(Q, K, V, scale=1.0, causal=True)
    assert not maxima
    V[50:] *= 1e30
    wanted, _ = scaled_dot_product_attention(Q, K, V, np.tri(70, dtype=bool), scale=1.0)
    after = tiled_attention(Q, K, V, scale=1.0, causal=True)
    np.testing.assert_allclose(after, wanted, rtol=1e-5)
    assert maxima
    assert (after[:50] == before[:50]).all()


@pytest.mark.parametrize("stray", [1e3, np.inf, np.nan])
@pytest.mark.parametrize("tile", [None, (8, 16)])
def test_a_later_key_does_not_change_how_an_earlier_output_is_rounded(maxima, stray, tile):
    Q, K, V = drawn(71)
    before, its_lse = tiled_attention(Q, K, V, causal=True, tile=tile, return_lse=True)
    assert not maxima
    K[1, 37] = stray
    after, lse = tiled_attention(Q, K, V, causal=True, tile=tile, return_lse=True)
    assert maxima
    assert (lse[1, :37] == its_lse[1, :37]).all()
    assert (after[1, :37] == before[1, :37]).all()
    assert (after[[0, 2]] == before[[0, 2]]).all()
    with np.errstate(invalid="ignore"):
        wanted = scaled_dot_product_attention(Q, K, V, np.tri(71, dtype=bool))[0]
    np.testing.assert_allclose(after, wanted, atol=1e-12)


def test_one_query_does_not_change_how_another_is_rounded(maxima):
    Q, K, V = drawn()
    before = tiled_attention(Q, K, V)
    assert not maxima
    Q[:, 3] *= 1e3
    after = tiled_attention(Q, K, V)
    assert maxima
    assert (np.delete(after, 3, axis=1) == np.delete(before, 3, axis=1)).all()
    assert np.abs(after - scaled_dot_product_attention(Q, K, V)[0]).max() < 1e-12


def test_causal_queries_beyond_the_last_key_may_attend_to_all(maxima):
    Q, K, V = drawn(1500, 6)
    K[:, 5] = 1e3
    wanted = scaled_dot_product_attention(Q, K, V, np.tri(1500, 6, dtype=bool))[0]
    assert np.abs(tiled_attention(Q, K, V, causal=True) - wanted).max() < 1e-12
    assert maxima
    assert not bounded(Q, K, True, 0.5)[:, 5:].any()
    assert bounded(Q, K, True, 0.5)[:, :5].all()
