# %% start: The totals are added as they are, and each is measured from a maximum of its own.
import math


def merge(one, other):
    """Join two parts of a softmax: largest score, sum of exponentials, weighted sum of values.

    Both sums are over math.exp(score - largest).
    """
    m = max(one[0], other[0])
    return m, one[1] + other[1], one[2] + other[2]


# %% wrong: The totals are right and the sums of values are not: they need the same factor.
def merge(one, other):
    m = max(one[0], other[0])
    l = one[1] * math.exp(one[0] - m) + other[1] * math.exp(other[0] - m)
    return m, l, one[2] + other[2]


# %% wrong: Two parts that heard nobody make NaN: minus infinity less minus infinity.
def merge(one, other):
    m = max(one[0], other[0])
    a, b = math.exp(one[0] - m), math.exp(other[0] - m)
    return m, a * one[1] + b * other[1], a * one[2] + b * other[2]


# %% solution
import math


def merge(one, other):
    m = max(one[0], other[0])
    if m == -math.inf:  # neither part has heard anybody
        return one
    a, b = math.exp(one[0] - m), math.exp(other[0] - m)
    return m, a * one[1] + b * other[1], a * one[2] + b * other[2]


# %% check
def part(scores, values):
    m = max(scores)
    powers = [math.exp(score - m) for score in scores]
    return m, sum(powers), sum(p * v for p, v in zip(powers, values, strict=True))


got = merge(part([1.0, 3.0], [5.0, 7.0]), part([4.0], [2.0]))
wanted = part([1.0, 3.0, 4.0], [5.0, 7.0, 2.0])
assert got is not None, "merge returned nothing."
assert got[0] == wanted[0], f"The largest of 1, 3 and 4 is 4, and {got[0]} came."
assert math.isclose(got[1], wanted[1]), (
    "The totals are added as they are, and each is measured from a maximum of its own."
)
assert math.isclose(got[2], wanted[2]), (
    "The totals are right and the sums of values are not: they need the same factor."
)
far = merge(part([2000.0], [1.0]), part([-2000.0], [3.0]))
assert far == (2000.0, 1.0, 1.0), f"Scores of 2000 and -2000 give (2000, 1, 1), and {far} came."
nobody = (-math.inf, 0.0, 0.0)
assert merge(nobody, wanted) == wanted, (
    "Joined with a part that heard nobody, a part must not change."
)
assert not any(map(math.isnan, merge(nobody, nobody))), (
    "Two parts that heard nobody make NaN: minus infinity less minus infinity."
)
