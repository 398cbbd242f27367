# %% start: The log-sum-exp is a logarithm: dividing by it is not dividing by the sum.
import math


def weight(query, key, lse):
    """Return one weight, from one query, one key and the query's log-sum-exp."""
    score = sum(q * k for q, k in zip(query, key)) / math.sqrt(len(query))
    return math.exp(score) / lse


# %% wrong: The log-sum-exp is over scaled scores, and this score was not scaled.
def weight(query, key, lse):
    return math.exp(sum(q * k for q, k in zip(query, key)) - lse)


# %% wrong: A score of 2000 overflows: subtract the log-sum-exp before the exponential.
def weight(query, key, lse):
    score = sum(q * k for q, k in zip(query, key)) / math.sqrt(len(query))
    return math.exp(score) / math.exp(lse)


# %% solution
import math


def weight(query, key, lse):
    score = sum(q * k for q, k in zip(query, key)) / math.sqrt(len(query))
    return math.exp(score - lse)


# %% check
query, keys = [1.0, 2.0, 0.0, 1.0], [[1.0, 0.0, 3.0, 1.0], [0.0, 2.0, 1.0, 0.0]]
lse = math.log(math.exp(1.0) + math.exp(2.0))  # the products are 2 and 4, the root is 2
wanted = [math.exp(1.0 - lse), math.exp(2.0 - lse)]
got = [weight(query, key, lse) for key in keys]
assert got[0] is not None, "weight returned nothing."
assert not math.isclose(got[0], math.exp(1.0) / lse), (
    "The log-sum-exp is a logarithm: dividing by it is not dividing by the sum."
)
assert not math.isclose(got[0], math.exp(2.0 - lse)), (
    "The log-sum-exp is over scaled scores, and this score was not scaled."
)
assert math.isclose(got[0], wanted[0]), f"The first weight is {wanted[0]:.4f}; {got[0]:.4f} came."
assert math.isclose(sum(got), 1), "The weights of both keys do not add up to one."
try:
    far = weight([2000.0], [1.0], 2000.0)
except OverflowError:
    far = math.nan
assert far == 1, "A score of 2000 overflows: subtract the log-sum-exp before the exponential."
