# %% start: Above the diagonal the mask lets the future through: minus infinity belongs there.
import numpy as np


def linear_bias(n, slope):
    """Return what is added to the scores: slope less for each step back, the future hidden."""
    i, j = np.arange(n)[:, np.newaxis], np.arange(n)
    return -slope * np.abs(i - j)


# %% wrong: A word three steps back is favoured over the word itself: the penalty's sign is turned.
def linear_bias(n, slope):
    i, j = np.arange(n)[:, np.newaxis], np.arange(n)
    return np.where(j <= i, slope * (i - j), -np.inf)


# %% wrong: The penalty grows with the place in the text; it should grow with the distance alone.
def linear_bias(n, slope):
    i, j = np.arange(n)[:, np.newaxis], np.arange(n)
    return np.where(j <= i, -slope * i * (i != j), -np.inf)


# %% solution
import numpy as np


def linear_bias(n, slope):
    i, j = np.arange(n)[:, np.newaxis], np.arange(n)
    return np.where(j <= i, -slope * (i - j), -np.inf)


# %% check
got = linear_bias(4, 0.5)
assert got is not None, "linear_bias returned nothing."
assert np.shape(got) == (4, 4), f"A number for each pair, (4, 4), is wanted; {np.shape(got)} came."
assert np.isneginf(got[np.triu_indices(4, k=1)]).all(), (
    "Above the diagonal the mask lets the future through: minus infinity belongs there."
)
assert not np.diag(got).any(), "A word is no step away from itself: zeros on the diagonal."
assert got[3, 0] < 0, (
    "A word three steps back is favoured over the word itself: the penalty's sign is turned."
)
assert np.allclose(got[1, 0], got[3, 2]), (
    "The penalty grows with the place in the text; it should grow with the distance alone."
)
assert np.allclose(got[3], [-1.5, -1, -0.5, 0]), (
    f"With a slope of 0.5 the last row is [-1.5, -1, -0.5, 0]; {got[3].tolist()} came."
)
