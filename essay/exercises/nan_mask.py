# %% start: 6 of the 9 places are NaN: zero times infinity is not zero.
import numpy as np


def additive_mask(n):
    """Zero where a word may hear, minus infinity where what is there comes after it."""
    return np.triu(np.ones((n, n)), k=1) * -np.inf


# %% wrong: The hidden places hold -1.8e+308, and minus infinity is meant.
def additive_mask(n):
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(np.triu(np.ones((n, n)), k=1) * -np.inf)


# %% wrong: A word must hear itself, and the diagonal hides it.
def additive_mask(n):
    return np.where(np.triu(np.ones((n, n))) == 1, -np.inf, 0.0)


# %% solution
import numpy as np


def additive_mask(n):
    may_hear = np.tri(n, dtype=bool)
    return np.where(may_hear, 0.0, -np.inf)  # chosen, not multiplied


# %% check
got = additive_mask(3)
assert got is not None, "additive_mask returned nothing."
assert np.shape(got) == (3, 3), f"A place for each pair, (3, 3), is wanted; {np.shape(got)} came."
n_nan = int(np.isnan(got).sum())
assert n_nan == 0, f"{n_nan} of the 9 places are NaN: zero times infinity is not zero."
assert not np.diag(got).any(), "A word must hear itself, and the diagonal hides it."
assert not np.tril(got).any(), "A word must hear what came before it, and something hides that."
hidden = got[np.triu_indices(3, k=1)]
assert np.isneginf(hidden).all(), (
    f"The hidden places hold {hidden[0]:.1e}, and minus infinity is meant."
)
