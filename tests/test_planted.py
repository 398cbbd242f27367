"""Planted faults: the code without one passes every check, and each fault is really one."""

import inspect

import numpy as np
import pytest

from microattention import attention, causal_mask, planted, scaled_dot_product_attention
from microattention.planted import CHECKS, FAULTS, HARMLESS, notices, plant


@pytest.mark.parametrize("check", CHECKS)
def test_the_package_as_it_is_passes(check):
    assert CHECKS[check](scaled_dot_product_attention)


def test_a_copy_with_nothing_changed_is_the_package_to_the_bit(monkeypatch):
    monkeypatch.setitem(HARMLESS, "none", ("weights = softmax(scores)",) * 2)
    Q, K, V = np.random.RandomState(0).randn(3, 5, 7)
    for mine, theirs in zip(
        plant("none")(Q, K, V, causal_mask(5)),
        scaled_dot_product_attention(Q, K, V, causal_mask(5)),
        strict=True,
    ):
        assert np.array_equal(mine, theirs)
    assert not any(notices(check, "none") for check in CHECKS)


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if "NaN" not in fault])
def test_some_check_notices(fault):
    assert any(notices(check, fault) for check in CHECKS)


def test_the_fault_that_none_notices_is_a_fault():
    fault = "hidden NaN let in"
    assert not any(notices(check, fault) for check in CHECKS)
    rows, values = np.ones((2, 1)), np.array([[5.0], [np.nan]])
    outputs = [
        attend(rows, rows, values, causal_mask(2))[0][0, 0]
        for attend in (plant(fault), scaled_dot_product_attention)
    ]
    np.testing.assert_equal(outputs, [np.nan, 5.0])


def test_every_check_but_the_shapes_notices_something():
    idle = [check for check in CHECKS if not any(notices(check, fault) for fault in FAULTS)]
    assert idle == ["shapes"]


@pytest.mark.parametrize("edit", HARMLESS)
def test_harmless_edits_change_only_the_rounding_and_no_check_notices(edit):
    Q, K, V = np.random.RandomState(1).randn(3, 5, 7)
    mine, theirs = (
        attend(Q, K, V, causal_mask(5)) for attend in (plant(edit), scaled_dot_product_attention)
    )
    for one, other in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)
    assert not any(notices(check, edit) for check in CHECKS)


def test_planting_leaves_the_package_alone():
    before = inspect.getsource(attention), attention.softmax, attention.hide, attention.mix
    plant("mask upside down")
    after = inspect.getsource(attention), attention.softmax, attention.hide, attention.mix
    assert before == after


def test_a_fault_that_no_longer_fits_the_source_is_refused(monkeypatch):
    monkeypatch.setitem(FAULTS, "gone", ("no such line", ""))
    monkeypatch.setitem(FAULTS, "twice", ("scores", ""))
    for fault, times in {"gone": "0 times", "twice": r"\d+ times"}.items():
        with pytest.raises(ValueError, match=rf"{fault}: .* stands {times} in the source"):
            planted.plant(fault)


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match=r"edit must be one of scores not divided, .* got 'dust'"):
        plant("dust")
    with pytest.raises(ValueError, match=r"check must be one of shapes, .* got 'dust'"):
        notices("dust", "mask left out")
