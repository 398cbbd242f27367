"""Figures from repeated draws: in closed form, and against the errors that repetition shows."""

import numpy as np
import pytest

from microattention import Estimate, estimate_median, estimate_rate


@pytest.mark.parametrize("rate", [0.02, 0.25, 0.5, 0.9])
def test_the_error_of_a_rate_is_the_spread_of_repeated_experiments(rate):
    happened = np.random.RandomState(3).rand(4000, 400) < rate  # (experiment, draw)
    found = [estimate_rate(draws) for draws in happened]
    spread = np.std([one.value for one in found])
    assert np.mean([one.error for one in found]) == pytest.approx(spread, rel=0.05)


@pytest.mark.parametrize("shape", ["uniform", "exponential", "standard_cauchy"])
def test_the_error_of_a_median_is_the_spread_of_repeated_experiments(shape):
    draws = getattr(np.random.RandomState(5), shape)(size=(4000, 401))  # (experiment, draw)
    found = [estimate_median(row) for row in draws]
    spread = np.std([one.value for one in found])
    assert np.mean([one.error for one in found]) == pytest.approx(spread, rel=0.05)


def test_errors_shrink_with_the_square_root_of_the_draws():
    assert estimate_rate([True, False] * 200).error == estimate_rate([True, False] * 50).error / 2
    fine, coarse = (estimate_median(np.arange(n) / n).error for n in (40_000, 10_000))
    assert fine == pytest.approx(coarse / 2)


def test_a_median_does_not_care_about_the_order_of_the_draws():
    draws = np.random.RandomState(7).randn(101)
    assert estimate_median(draws) == estimate_median(draws[::-1])
    assert estimate_median(draws).value == np.median(draws)


def test_what_always_or_never_happens_has_no_error_to_show():
    assert estimate_rate([True]) == Estimate(1.0, 0.0)
    assert estimate_rate([False, False]) == Estimate(0.0, 0.0)
    assert estimate_median([3]) == Estimate(3.0, 0.0)


def test_draws_are_left_as_they_were():
    draws = np.array([2.0, 3.0, 1.0])
    estimate_median(draws)
    assert draws.tolist() == [2.0, 3.0, 1.0]


@pytest.mark.parametrize("happened", [[0.2, 0.3], [0, 1], ["yes"]])
def test_a_rate_wants_yes_or_no(happened):
    with pytest.raises(TypeError, match=r"^happened must be boolean, got dtype "):
        estimate_rate(happened)


@pytest.mark.parametrize("values", [["a"], [True, False]])
def test_a_median_wants_numbers(values):
    with pytest.raises(TypeError, match=r"^values must hold real numbers, got dtype "):
        estimate_median(values)


def test_nan_has_no_place_in_an_order():
    with pytest.raises(ValueError, match=r"^values must have an order, got NaN among them"):
        estimate_median([1.0, np.nan, 2.0])


def test_infinite_draws_warn_of_nothing():
    assert estimate_median([-np.inf, 1.0, np.inf]).value == 1
    assert np.isnan(estimate_median([-np.inf, np.inf]).value)
    assert np.isnan(estimate_median([np.inf] * 3).error)


@pytest.mark.parametrize("shape", [(0,), (2, 2), ()])
def test_draws_form_one_row(shape):
    wanted = r"must be \(n_draws,\) with at least one, got shape "
    with pytest.raises(ValueError, match=f"^happened {wanted}"):
        estimate_rate(np.zeros(shape, bool))
    with pytest.raises(ValueError, match=f"^values {wanted}"):
        estimate_median(np.zeros(shape))
