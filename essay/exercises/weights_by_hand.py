# %% start: The shares are of the scores themselves: each score goes through math.exp first.
import math


def weights(query, keys):
    """Return the share of the query's attention that each key gets."""
    scores = [sum(q * k for q, k in zip(query, key)) for key in keys]
    return [score / sum(scores) for score in scores]


# %% wrong: The scores are not divided by the square root of the query's length.
def weights(query, keys):
    scores = [sum(q * k for q, k in zip(query, key)) for key in keys]
    powers = [math.exp(score) for score in scores]
    return [power / sum(powers) for power in powers]


# %% wrong: The scores are divided by the query's length, not by its square root.
def weights(query, keys):
    scores = [sum(q * k for q, k in zip(query, key)) / len(query) for key in keys]
    powers = [math.exp(score) for score in scores]
    return [power / sum(powers) for power in powers]


# %% solution
import math


def weights(query, keys):
    root = math.sqrt(len(query))
    scores = [sum(q * k for q, k in zip(query, key)) / root for key in keys]
    powers = [math.exp(score) for score in scores]
    return [power / sum(powers) for power in powers]


# %% check
def shares(scores):
    powers = [math.exp(score) for score in scores]
    return [power / sum(powers) for power in powers]


def close(wanted):
    return all(math.isclose(g, w, rel_tol=1e-9) for g, w in zip(got, wanted, strict=True))


got = weights([1, 0, 1, 1], [[1, 0, 1, 0], [0, 1, 0, 1]])  # whose scores are 2 and 1
assert got is not None, "weights returned nothing."
assert len(got) == 2, f"Two keys get two shares, and {len(got)} came."
assert not close([2 / 3, 1 / 3]), (
    "The shares are of the scores themselves: each score goes through math.exp first."
)
assert not close(shares([2, 1])), (
    "The scores are not divided by the square root of the query's length."
)
assert not close(shares([2 / 4, 1 / 4])), (
    "The scores are divided by the query's length, not by its square root."
)
assert close(shares([2 / 2, 1 / 2])), (
    f"Scores of 2 and 1, halved, give shares of 0.622 and 0.378; {got[0]:.3f}, {got[1]:.3f} came."
)
