# %% start: A draw that equals what was observed is as large as it, and was not counted.
import numpy as np


def null_share(observed, null):
    """Return the share of null draws at least as large as what was observed, and its error."""
    share = np.mean(np.asarray(null) > observed)
    return share, 0.0


# %% wrong: The error is that of one draw; that of a share of n draws is smaller by a root of n.
def null_share(observed, null):
    share = np.mean(np.asarray(null) >= observed)
    return share, np.sqrt(share * (1 - share))


# %% wrong: The error depends on how the draws are spread, and only how many count should matter.
def null_share(observed, null):
    share = np.mean(np.asarray(null) >= observed)
    return share, np.std(null) / np.sqrt(len(null))


# %% solution
import numpy as np


def null_share(observed, null):
    share = np.mean(np.asarray(null) >= observed)
    return share, np.sqrt(share * (1 - share) / len(null))  # a count of independent draws


# %% check
null = [0.1, 0.2, 0.2, 0.9, 0.9, 0.4, 0.5, 0.3, 0.7, 0.6]
got = null_share(0.9, null)
assert got is not None, "null_share returned nothing."
share, error = got
assert not np.isclose(share, 0), (
    "A draw that equals what was observed is as large as it, and was not counted."
)
assert np.isclose(share, 0.2), f"2 of the 10 draws are at least 0.9: 0.2, and {share:.3g} came."
assert not np.isclose(error, 0.4), (
    "The error is that of one draw; that of a share of n draws is smaller by a root of n."
)
assert np.isclose(error, null_share(90, np.multiply(null, 100))[1]), (
    "The error depends on how the draws are spread, and only how many count should matter."
)
assert np.isclose(error, np.sqrt(0.2 * 0.8 / 10)), f"The error is 0.126, and {error:.3g} came."
