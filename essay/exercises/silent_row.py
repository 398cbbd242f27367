# %% start: The row that may hear nobody came out as NaN, which spoils all that it enters.
import numpy as np


def masked_softmax(scores, allowed):
    """Softmax over the allowed places of each row; a row without any gets zeros."""
    hidden = np.where(allowed, scores, -np.inf)
    powers = np.exp(hidden - hidden.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


# %% wrong: The row that may hear nobody hears everybody alike: 0.25 0.25 0.25 0.25.
def masked_softmax(scores, allowed):
    hidden = np.where(allowed, scores, -1e9)
    powers = np.exp(hidden - hidden.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


# %% wrong: An allowed score was NaN and the weights look sound: a fault upstream is now hidden.
def masked_softmax(scores, allowed):
    hidden = np.where(allowed, scores, -np.inf)
    with np.errstate(invalid="ignore"):
        powers = np.exp(hidden - hidden.max(axis=-1, keepdims=True))
        return np.nan_to_num(powers / powers.sum(axis=-1, keepdims=True))


# %% solution
import numpy as np


def masked_softmax(scores, allowed):
    hidden = np.where(allowed, scores, -np.inf)
    top = hidden.max(axis=-1, keepdims=True)
    top = np.where(np.isneginf(top), 0, top)  # where nobody is heard, there is nothing to shift by
    powers = np.exp(hidden - top)
    total = powers.sum(axis=-1, keepdims=True)
    return powers / np.where(total == 0, 1, total)


# %% check
scores = np.arange(12.0).reshape(3, 4)
allowed = np.array([[1, 1, 0, 0], [0, 0, 0, 0], [1, 1, 1, 1]], dtype=bool)
got = masked_softmax(scores, allowed)
assert got is not None, "masked_softmax returned nothing."
assert not np.isnan(got[1]).any(), (
    "The row that may hear nobody came out as NaN, which spoils all that it enters."
)
shown = " ".join(f"{weight:.2f}" for weight in got[1])
assert not got[1].any(), f"The row that may hear nobody hears everybody alike: {shown}."
assert np.allclose(got[[0, 2]].sum(axis=-1), 1), "A row that may hear somebody must sum to one."
assert np.allclose(got[0], [1 / (1 + np.e), np.e / (1 + np.e), 0, 0]), (
    "The first row has shares of other places than the two that are allowed."
)
assert np.isfinite(masked_softmax(scores * 1000, allowed)).all(), (
    "Scores of some thousands overflow: subtract the largest before the exponential."
)
scores[2, 1] = np.nan
assert np.isnan(masked_softmax(scores, allowed)[2]).all(), (
    "An allowed score was NaN and the weights look sound: a fault upstream is now hidden."
)
