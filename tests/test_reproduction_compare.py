"""How published texts are held against results: what counts as the same, and what does not."""

import numpy as np
import pytest

from microattention.reproduction import Between, Finding, compare
from microattention.reproduction.compare import part_of, printed_numbers

TABLE = np.array([[0.25, 0.75], [0.5, 0.5]])


@pytest.mark.parametrize(
    ("published", "result", "tolerance", "agrees"),
    [
        # half a unit of the last digit is rounding, and no more than half
        ("93.7%", 0.93732481, None, True),
        ("93.7%", 0.9375, None, True),
        ("93.7%", 0.93751, None, False),
        ("93.7%", 0.93649, None, False),
        ("0.25", 0.2549, None, True),
        ("0.25", 0.2551, None, False),
        ("-0.25", 0.25, None, False),
        ("−0.25", -0.25, None, True),
        ("about 12 d²", 12.4, None, True),
        ("about 12 d²", 12.6, None, False),
        ("124,439,808", 124_439_808, None, True),
        ("124,439,808", 124_439_809, None, False),
        ("2.6e3", 2649.0, 50, True),
        # a tolerance of its own replaces it, in the units printed
        ("1.0", 1.04, 0.05, True),
        ("1.0", 1.06, 0.05, False),
        ("1.000", 1.04, 0.05, True),
        ("50%", 0.52, 2, True),
        ("50%", 0.53, 2, False),
        ("0", 0.0, 0, True),
        ("0", 1e-3, 0, False),
        # several numbers: each, in order, by the finest among them
        ("[0.25 0.75]", TABLE[0], None, True),
        ("[0.75 0.25]", TABLE[0], None, False),
        (".250 .750", TABLE[0], None, True),
        ("[1. 0.249]", np.array([1.2, 0.249]), None, False),
        ("[[0.25 0.75] [0.5 0.5]]", TABLE, None, True),
        ("[[0.25 0.75] [0.5 0.6]]", TABLE, None, False),
        ("[ 0. -inf]", np.array([0.0, -np.inf]), None, True),
        ("[ 0. -inf]", np.array([0.0, np.inf]), None, False),
        ("[ 0. -inf]", np.array([0.0, -1e9]), None, False),
        ("[ 0. 1.]", np.array([0.0, -np.inf]), None, False),
        ("1.0", np.nan, None, False),
        # bounds: anywhere between them, and rounding besides
        ("+500%", Between(4.975, 5.007), None, True),
        ("+500%", Between(4.90, 4.996), None, True),
        ("+500%", Between(4.90, 4.994), None, False),
        ("+500%", Between(5.006, 5.1), None, False),
        # shapes: the same, whatever the brackets
        ("(4, 6)", (4, 6), None, True),
        ("Shape: [4, 6]", (4, 6), None, True),
        ("(4, 6)", (6, 4), None, False),
        ("(4, 6)", (4, 6, 1), None, False),
        ("[batch=1, n_heads=4]", (1, 4), None, True),
        # words
        ("sat", "sat", None, True),
        ("The, cat", "The,  cat", None, True),
        ("sat", "cat", None, False),
        ("sat", "Sat", None, False),
        ("the cat", "the dog", None, False),
        # statements: the text claims to be true, unless it is False
        ("rows sum to 1", True, None, True),
        ("rows sum to 1", False, None, False),
        ("rows sum to 1", np.bool_(True), None, True),
        ("True", True, None, True),
        ("True", False, None, False),
        ("False", False, None, True),
        ("False", True, None, False),
        ("the same", Finding(True, "off by 0"), None, True),
        ("the same", Finding(False, "off by 2"), None, False),
    ],
)
def test_what_is_the_same(published, result, tolerance, agrees):
    comparison = compare(published, result, tolerance)
    assert comparison.agrees is agrees
    assert (comparison.apart == "") is agrees
    assert comparison.ours


@pytest.mark.parametrize(
    ("published", "result", "ours", "apart"),
    [
        ("93.7%", 0.367, "36.7%", "by 57 points, where 0.05 is rounding"),
        ("[0.39 0.61]", np.array([1.0, 0.0]), "[1.00 0.00]", "by up to 0.61, where 0.005 is"),
        ("[[1 2] [3 4]]", np.array([[1, 2], [3, 9]]), "[[1 2] [3 9]]", "by up to 5, where 0.5"),
        ("0.00001", 0.0002, "0.00020", "by 0.00019, where 0.000005 is rounding"),
        ("+376%", Between(3.0, 3.5), "300% to 350%", "by 26 points"),
        ("[0. -inf]", np.array([0.0, 1.0]), "[0 1]", "one is no finite number"),
        ("1 1", np.array([-1e-17, 1.0]), "[0 1]", "by up to 1"),  # no nought has a sign
        ("(4, 6)", (4, 8), "(4, 8)", "another shape"),
        ("sat", "cat", "cat", "another answer"),
        ("it holds", Finding(False, "3 of 4"), "3 of 4", "it does not hold"),
    ],
)
def test_how_far_apart(published, result, ours, apart):
    comparison = compare(published, result)
    assert comparison.ours == ours
    assert comparison.apart.startswith(apart)


@pytest.mark.parametrize("result", [np.array([0.25, 0.5, 0.25]), 0.25, TABLE])
def test_another_number_of_numbers_is_an_error_of_ours(result):
    with pytest.raises(ValueError, match=r"computed \d numbers, '0\.25 0\.75' has 2"):
        compare("0.25 0.75", result)


@pytest.mark.parametrize(
    ("text", "values", "decimals"),
    [
        ("", [], 0),
        ("d_model2 and GPT2", [], 0),
        ("32-64 of -5", [32, 64, -5], 0),
        ("1,234.50 and 1.5e-3", [1234.5, 0.0015], 2),
        ("~22.6x", [22.6], 1),
        ("[1. 0. ]", [1, 0], 0),
        ("-.5, +.25", [-0.5, 0.25], 2),
    ],
)
def test_numbers_are_found_in_text(text, values, decimals):
    printed = printed_numbers(text)
    assert printed.values.tolist() == values
    assert printed.decimals == decimals


def test_a_part_is_a_row_or_a_number():
    assert part_of(TABLE, (1,)).tolist() == [0.5, 0.5]
    assert part_of(TABLE, (0, 1)) == 0.75
    bounds = part_of(Between(TABLE[0], TABLE[1]), (1,))
    assert (bounds.low, bounds.high) == (0.75, 0.5)


@pytest.mark.parametrize("result", [TABLE, TABLE[0], 1.0, True, "word", Finding(True, "seen")])
def test_a_part_that_is_not_there_is_refused(result):
    with pytest.raises(ValueError, match=r"has no part \(2,\)"):
        part_of(result, (2,))
