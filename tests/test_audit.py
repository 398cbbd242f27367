"""One weight from its log-sum-exp against the whole table; a receipt against what was changed."""

import dataclasses
import hashlib
import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microattention import causal_mask, scaled_dot_product_attention, tiled_attention
from microattention._arguments import attention_arguments
from microattention.audit import attention_weight, audited_weight, tolerance, verify
from microattention.fingerprints import fingerprint
from microattention.receipts import Receipt

N_QUERIES, N_KEYS, D_K, D_V = 11, 13, 3, 5


def drawn(*leading, seed=0, dtype=np.float64):
    rng = np.random.RandomState(seed)
    sizes = (N_QUERIES, D_K), (N_KEYS, D_K), (N_KEYS, D_V)
    return [rng.randn(*leading, *size).astype(dtype) for size in sizes]


def masks():
    rng = np.random.RandomState(7)
    allowed = rng.rand(N_QUERIES, N_KEYS) < 0.6
    allowed[4] = False  # a query that may attend to nothing
    bias = np.where(allowed, rng.randn(N_QUERIES, N_KEYS), -np.inf)
    return {"none": None, "boolean": allowed, "bias": bias, "row": bias[:1]}


def statuses(checks):
    return {check.name: check.status for check in checks}


def failing(checks):
    return {check.name for check in checks if check.status != "verified"}


# One weight


@pytest.mark.parametrize("name", masks())
@pytest.mark.parametrize("scale", [None, 0.3, -2.0])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_every_weight_is_that_of_the_whole_table(name, scale, dtype):
    Q, K, V = drawn(2, dtype=dtype)
    mask = masks()[name]
    _, lse = tiled_attention(Q, K, V, mask, scale=scale, tile=(3, 4), return_lse=True)
    _, weights = scaled_dot_product_attention(Q, K, V, mask, scale=scale)
    ours = attention_weight(
        Q[..., :, None, :], K[..., None, :, :], lse[..., None], scale, mask=mask
    )
    assert ours.dtype == weights.dtype
    assert ours.shape == weights.shape
    np.testing.assert_allclose(ours, weights, rtol=50 * np.finfo(dtype).eps, atol=0)


def test_one_weight_is_a_number_and_float16_is_summed_in_float32():
    Q, K, V = drawn(dtype="f2")
    _, lse = tiled_attention(Q, K, V, return_lse=True)
    weight = attention_weight(Q[7], K[2], lse[7])
    assert (weight.shape, weight.dtype) == ((), np.float32)
    wanted = scaled_dot_product_attention(*(array.astype("f4") for array in (Q, K, V)))[1][7, 2]
    assert abs(weight / wanted - 1) < 1e-5


@pytest.mark.parametrize("hidden", [np.nan, np.inf])
def test_a_hidden_key_weighs_nothing_whatever_it_holds(hidden):
    assert attention_weight([1.0], [hidden], 0.0, mask=False) == 0
    assert attention_weight([1.0], [hidden], 0.0, mask=-np.inf) == 0
    assert attention_weight([hidden], [1.0], -np.inf) == 0


def test_nan_in_gives_nan_out_and_a_wrong_log_sum_exp_more_than_1():
    assert np.isnan(attention_weight([np.nan], [1.0], 0.0))
    assert np.isnan(attention_weight([1.0], [1.0], np.nan))
    assert attention_weight([2.0], [2.0], 3.0, 1.0) == pytest.approx(math.e)


@pytest.mark.parametrize(
    ("arguments", "error", "wanted"),
    [
        (([[1, 2]], [[1, 2, 3]], 0), ValueError, "q and k must be"),
        ((1.0, 1.0, 0), ValueError, "q and k must be"),
        ((np.ones((2, 3)), np.ones((4, 3)), 0), ValueError, "leading axes must broadcast"),
        ((np.ones((2, 3)), np.ones(3), np.ones(5)), ValueError, "leading axes must broadcast"),
        ((["a"], [1.0], 0), TypeError, "q must hold real numbers"),
        (([1.0], [True], 0), TypeError, "k must hold real numbers"),
        (([1.0], [1.0], "0"), TypeError, "lse must hold real numbers"),
        (([1.0], [1.0], 0, math.inf), ValueError, "scale must be finite"),
    ],
)
def test_what_is_no_query_key_or_log_sum_exp_is_refused(arguments, error, wanted):
    with pytest.raises(error, match=wanted):
        attention_weight(*arguments)


def test_a_mask_that_does_not_fit_is_refused():
    with pytest.raises(TypeError, match="mask must be boolean"):
        attention_weight([1.0], [1.0], 0, mask=1)
    with pytest.raises(ValueError, match="mask must broadcast"):
        attention_weight([1.0], [1.0], 0, mask=[True, False])


# Fingerprints


@given(
    st.sampled_from(["?", "f2", "f4", "f8", "i1", "i8", "u2"]),
    st.lists(st.integers(0, 5), max_size=3),
    st.integers(0, 99),
)
def test_a_fingerprint_does_not_depend_on_where_the_numbers_lie(code, shape, seed):
    array = np.asarray(np.random.RandomState(seed).randn(*shape) * 9).astype(code)
    wanted = hashlib.sha256(array.astype(array.dtype.newbyteorder("<")).tobytes()).hexdigest()
    twice = np.stack([array, array], axis=-1)
    for same in (array, array.copy("F"), array.astype(array.dtype.newbyteorder(">")),
                 twice[..., 1], np.broadcast_to(array, (1, *array.shape))[0]):  # fmt: skip
        assert fingerprint("array", same) == (array.shape, array.dtype.name, wanted)


def test_a_large_fingerprint_is_taken_in_little_memory():
    array = np.random.RandomState(0).randn(700, 1000).T[::-1]
    wanted = hashlib.sha256(array.tobytes()).hexdigest()
    tracemalloc.start()
    found = fingerprint("array", array)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.sha256 == wanted
    assert peak < array.nbytes / 4


@pytest.mark.parametrize("value", [np.ones(2, np.longdouble), np.ones(2, complex), ["a"], [None]])
def test_what_has_no_bytes_of_its_own_gets_no_fingerprint(value):
    if isinstance(value, np.ndarray) and value.dtype == np.float64:
        pytest.skip("long double is double here")
    with pytest.raises(TypeError, match="K must be of dtype"):
        fingerprint("K", value)


# A receipt and what was changed


@pytest.fixture
def inputs():
    return drawn(2)


@pytest.fixture
def receipt(inputs):
    return Receipt.make(*inputs, causal=True, model={"W_Q": np.eye(3)})


def check(receipt, inputs, *mask, **changed):
    return verify(receipt, *inputs, *mask, **{"model": {"W_Q": np.eye(3)}, **changed})


def test_an_honest_receipt_is_verified_on_copies_laid_out_otherwise(receipt, inputs):
    copies = [np.asfortranarray(array.astype(">f8")) for array in inputs]
    checks = check(receipt, copies, causal=True, scale=1 / math.sqrt(D_K), sha256=receipt.sha256)
    assert not failing(checks)
    names = ["receipt", "Q", "K", "V", "mask", "model W_Q", "causal", "scale", "lse", "versions"]
    assert [one.name for one in checks] == names


@pytest.mark.parametrize("which", [0, 1, 2])
def test_one_bit_of_an_input_is_detected(receipt, inputs, which):
    array = inputs[which].copy()
    array[1, 2, 1] = np.nextafter(array[1, 2, 1], 9)
    assert failing(check(receipt, [*inputs[:which], array, *inputs[which + 1 :]])) == {"QKV"[which]}


def test_other_inputs_are_named_with_the_log_sum_exp_that_is_not_theirs(receipt, inputs):
    Q, K, V = inputs
    assert failing(check(receipt, [Q, K + 1, V])) == {"K", "lse"}
    assert failing(check(receipt, [Q[:1], K[:1], V[:1]])) == {"Q", "K", "V", "lse"}
    smaller = [array.astype("f4") for array in inputs]
    checks = {one.name: one for one in check(receipt, smaller)}
    assert checks["Q"].detail == "dtype is float32, recorded float64"
    assert checks["lse"].status == "differs"


def test_weights_of_the_model_are_compared_by_name(receipt, inputs):
    assert failing(check(receipt, inputs, model={"W_Q": np.eye(3) * 2})) == {"model W_Q"}
    other = statuses(check(receipt, inputs, model={"W_K": np.eye(3)}))
    assert (other["model W_Q"], other["model W_K"]) == ("differs", "differs")
    assert statuses(verify(receipt, *inputs))["model W_Q"] == "not checked"


def changed(receipt, reseal=False, **fields):
    """Change a receipt as its owner could: with its digest made anew if he thinks of it."""
    other = dataclasses.replace(receipt, **fields)
    return dataclasses.replace(other, sha256=other.digest()) if reseal else other


@pytest.mark.parametrize(
    ("fields", "resealed"),
    [
        ({"causal": False}, {"lse"}),
        ({"scale": 0.5}, {"lse"}),
        ({"scale": 1 / math.sqrt(D_K) * (1 + 1e-9)}, {"lse"}),
        ({"mask": fingerprint("mask", np.ones(3, bool))}, {"mask"}),
        ({"model": {}}, {"model W_Q"}),
        ({"versions": {"python": "9", "numpy": "9", "microattention": "9"}}, set()),
    ],
    ids=lambda value: "-".join(value) or None,
)
def test_a_changed_rule_version_or_model_is_detected(receipt, inputs, fields, resealed):
    assert failing(check(changed(receipt, **fields), inputs)) == {"receipt"} | resealed
    forged = changed(receipt, reseal=True, **fields)
    assert failing(check(forged, inputs)) == resealed
    assert failing(check(forged, inputs, sha256=receipt.sha256)) == {"receipt"} | resealed


def test_a_rule_is_named_where_it_should_have_been_another(receipt, inputs):
    assert failing(check(receipt, inputs, causal=False)) == {"causal"}
    assert failing(check(receipt, inputs, scale=0.5)) == {"scale"}


def test_another_mask_is_detected(inputs):
    for name, mask in masks().items():
        receipt = Receipt.make(*inputs, mask)
        assert not failing(verify(receipt, *inputs, mask)), name
        if mask is not None:
            other = mask.copy()
            other[0, 0] = not other[0, 0] if mask.dtype == bool else 5.0
            assert failing(verify(receipt, *inputs, other)) == {"mask", "lse"}
            assert failing(verify(receipt, *inputs)) == {"mask", "lse"}
            assert "the run had none" in str(verify(Receipt.make(*inputs), *inputs, mask))


def test_a_changed_log_sum_exp_is_detected_and_the_query_named(receipt, inputs):
    lse = receipt.lse.copy()
    lse[1, 7] += 1e-9
    found = {one.name: one for one in check(changed(receipt, lse=lse), inputs)}["lse"]
    assert (found.status, "not the one that was recorded" in found.detail) == ("differs", True)
    forged = changed(receipt, reseal=True, lse=lse, recorded=fingerprint("lse", lse))
    found = {one.name: one for one in check(forged, inputs)}["lse"]
    assert found.detail.startswith(f"in 1 of {2 * N_QUERIES} queries, the first (1, 7): ")


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_log_sum_exp_that_is_no_number_differs(receipt, inputs, wrong):
    lse = receipt.lse.copy()
    lse[0, 0] = wrong
    forged = changed(receipt, reseal=True, lse=lse, recorded=fingerprint("lse", lse))
    assert failing(check(forged, inputs)) == {"lse"}


def test_other_versions_are_named_and_are_no_fault(receipt, inputs):
    other = receipt.versions | {"numpy": "1.0"}
    found = check(changed(receipt, reseal=True, versions=other), inputs)[-1]
    assert found == ("versions", "verified", f"numpy 1.0, here {np.__version__}")


def test_a_receipt_keeps_the_log_sum_exp_of_the_run_itself(inputs):
    _, lse = tiled_attention(*inputs, tile=(2, 3), return_lse=True)
    receipt = Receipt.make(*inputs, lse=lse)
    again = Receipt.make(*inputs, lse=np.asfortranarray(lse.astype(">f8")))
    assert again.sha256 == receipt.sha256
    lse += 1  # the receipt has its own
    assert not failing(verify(receipt, *inputs))


@pytest.mark.parametrize(
    ("lse", "wanted"),
    [
        (np.zeros(N_QUERIES), "lse must be"),
        (np.zeros((2, N_QUERIES), "f4"), "lse must be"),
        (np.full((2, N_QUERIES), np.nan), "finite"),
        (np.full((2, N_QUERIES), np.inf), "finite"),
    ],
)
def test_what_is_no_log_sum_exp_of_the_run_gets_no_receipt(inputs, lse, wanted):
    with pytest.raises(ValueError, match=wanted):
        Receipt.make(*inputs, lse=lse)


def test_a_run_that_overflowed_gets_no_receipt():
    with pytest.raises(ValueError, match="finite"):
        Receipt.make([[1e200]], [[1e200]], [[1.0]])


# Rounding


@settings(max_examples=60)
@given(
    st.sampled_from(["f2", "f4", "f8"]),
    st.integers(0, 999),
    st.sampled_from([0.1, 1.0, 30.0]),
    st.tuples(st.integers(1, 12), st.integers(1, 14)),
    st.booleans(),
    st.sampled_from(sorted(masks())),
)
def test_rounding_is_no_tampering_and_more_than_rounding_is(dtype, seed, size, tile, causal, name):
    Q, K, V = drawn(seed=seed, dtype=dtype)
    Q, mask = (Q * size).astype(dtype), masks()[name]
    _, lse = tiled_attention(Q, K, V, mask, causal=causal, tile=tile, return_lse=True)
    receipt = Receipt.make(Q, K, V, mask, causal=causal, lse=lse)
    assert not failing(verify(receipt, Q, K, V, mask))
    row = seed % N_QUERIES
    allowed = tolerance(lse, attention_arguments(Q, K, V, mask, None), causal=causal)
    assert allowed[row] < 2e-3
    lse = lse.copy()
    lse[row] = lse[row] + 3 * allowed[row] if np.isfinite(lse[row]) else 0
    forged = Receipt.make(Q, K, V, mask, causal=causal, lse=lse)
    assert failing(verify(forged, Q, K, V, mask)) == {"lse"}


def test_rounding_is_bounded_where_scores_are_large_or_masks_are():
    Q, K, V = drawn(dtype="f4")
    for scale, mask in ((1e4, None), (None, np.full((N_QUERIES, N_KEYS), -1e9, "f4")),
                        (None, np.where(masks()["boolean"], 0, -1e9).astype("f4"))):  # fmt: skip
        _, lse = tiled_attention(Q, K, V, mask, scale=scale, tile=(1, 1), return_lse=True)
        receipt = Receipt.make(Q, K, V, mask, scale=scale, lse=lse)
        assert not failing(verify(receipt, Q, K, V, mask))


@pytest.mark.parametrize("long", [1e100, 1e300, np.inf, np.nan])
@pytest.mark.parametrize("name", ["causal", "boolean", "bias", "both"])
def test_a_hidden_key_however_long_excuses_no_error(name, long):
    Q, K, V = drawn(2)
    hidden = np.arange(N_KEYS) > 10
    mask = {"causal": None, "bias": np.where(hidden, -np.inf, 0.5)}.get(name, ~hidden)
    causal = name in ("causal", "both")
    K[:, hidden] = long
    lse = Receipt.make(Q, K, V, mask, causal=causal).lse.copy()
    assert not failing(verify(Receipt.make(Q, K, V, mask, causal=causal), Q, K, V, mask))
    lse[1, 5] += 1e-9
    forged = Receipt.make(Q, K, V, mask, causal=causal, lse=lse)
    assert failing(verify(forged, Q, K, V, mask)) == {"lse"}
    checks = audited_weight(forged, Q, K, V, mask, query=[1, 5], key=3).checks
    assert failing(checks) == {"lse of the query"}


def test_the_length_of_a_row_does_not_overflow_though_its_square_would():
    Q, K, V = drawn()
    receipt = Receipt.make(Q * 2.0**600, K * 2.0**-600, V)
    assert not failing(verify(receipt, Q * 2.0**600, K * 2.0**-600, V))
    forged = Receipt.make(Q * 2.0**600, K * 2.0**-600, V, lse=receipt.lse + 1e-9)
    assert failing(verify(forged, Q * 2.0**600, K * 2.0**-600, V)) == {"lse"}


def test_a_run_without_keys_is_verified():
    Q, K, V = drawn()
    for causal in (False, True):
        receipt = Receipt.make(Q, K[:0], V[:0], causal=causal)
        assert not failing(verify(receipt, Q, K[:0], V[:0]))


def test_a_long_run_is_verified_without_its_table():
    n = 3000
    Q, K, V = np.random.RandomState(0).randn(3, n, 8)
    tracemalloc.start()
    receipt = Receipt.make(Q, K, V, causal=True)
    assert not failing(verify(receipt, Q, K, V))
    assert not failing(audited_weight(receipt, Q, K, V, query=[n - 1], key=5).checks)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < n * n  # bytes: an eighth of the table


# One weight of a receipt


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("name", masks())
def test_an_audited_weight_is_that_of_the_table(inputs, causal, name):
    mask = masks()[name]
    receipt = Receipt.make(*inputs, mask, causal=causal, scale=0.3)
    rule = causal_mask(N_QUERIES, N_KEYS) if causal else np.ones((N_QUERIES, N_KEYS), bool)
    if mask is not None:
        rule = rule & mask if mask.dtype == bool else np.where(rule, mask, -np.inf)
    _, weights = scaled_dot_product_attention(*inputs, rule, scale=0.3)
    for query, key in [((1, 7), 2), ((0, 3), 9), ((0, 4), 1), ((1, 10), 10)]:
        weight, checks = audited_weight(receipt, *inputs, mask, query=query, key=key)
        assert not failing(checks)
        assert weight == pytest.approx(weights[(*query, key)], rel=1e-13, abs=0)


def test_keys_that_all_heads_share_are_found(inputs):
    Q, K, V = inputs[0], inputs[1][0], inputs[2][1]
    receipt = Receipt.make(Q, K, V)
    weights = scaled_dot_product_attention(Q, K, V)[1]
    found = audited_weight(receipt, Q, K, V, query=[1, 3], key=4).weight
    assert found == pytest.approx(weights[1, 3, 4], rel=1e-13)


def test_a_weight_of_what_was_changed_is_not_verified(receipt, inputs):
    Q, K, V = inputs
    lse = receipt.lse.copy()
    lse[1, 7] += 1e-9
    forged = changed(receipt, reseal=True, lse=lse, recorded=fingerprint("lse", lse))
    audit = lambda *a: failing(audited_weight(*a, query=[1, 7], key=2).checks)  # noqa: E731
    assert not audit(receipt, *inputs)
    assert audit(forged, *inputs) == {"lse of the query"}
    assert audit(changed(receipt, lse=lse), *inputs) == {"lse", "lse of the query"}
    assert audit(receipt, Q, K, V + 1) == {"V"}
    assert "receipt" in audit(changed(receipt, causal=False), *inputs)
    assert audit(receipt, Q[:, :10], K, V) == {"Q", "lse of the query"}


@pytest.mark.parametrize(
    ("place", "wanted"),
    [
        ({"query": [2, 0], "key": 0}, "query must be within"),
        ({"query": [0], "key": 0}, "query must be within"),
        ({"query": [0, -1], "key": 0}, "query must be at least 0"),
        ({"query": [0, 0], "key": N_KEYS}, "key must be within"),
    ],
)
def test_a_place_that_is_not_there_is_refused(receipt, inputs, place, wanted):
    with pytest.raises(ValueError, match=wanted):
        audited_weight(receipt, *inputs, **place)


def test_arguments_of_another_kind_are_refused(receipt, inputs):
    with pytest.raises(TypeError, match=r"^receipt must be a Receipt, got 'run.json'"):
        verify("run.json", *inputs)
    with pytest.raises(TypeError, match=r"^receipt must be a Receipt, got None"):
        audited_weight(None, *inputs, query=[0, 0], key=0)
    for work in (lambda **given: verify(receipt, *inputs, **given),
                 lambda **given: Receipt.make(*inputs, **given)):  # fmt: skip
        with pytest.raises(TypeError, match=r"^model must be a Mapping, got 'W_Q'"):
            work(model="W_Q")
    with pytest.raises(TypeError, match=r"^causal must be True or False, got 'no'"):
        Receipt.make(*inputs, causal="no")


def test_a_query_without_its_leading_axes_is_refused(receipt, inputs):
    with pytest.raises(TypeError, match=r"^query must be a sequence of integers, got 3"):
        audited_weight(receipt, *inputs, query=3, key=0)
