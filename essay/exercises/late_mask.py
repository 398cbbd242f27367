# %% start: The rows sum to 0.33, 0.51 and 1.00: what was struck out had taken its share before.
import numpy as np
from microattention import softmax


def weights(scores, allowed):
    """Return each row's shares of the allowed places alone."""
    return softmax(scores) * allowed


# %% wrong: Hidden scores of a thousand left nothing to divide: the shares came out as NaN.
def weights(scores, allowed):
    late = softmax(scores) * allowed
    return late / late.sum(axis=-1, keepdims=True)


# %% wrong: The first row gives some of its attention to places that it may not hear.
def weights(scores, allowed):
    return softmax(scores * allowed)


# %% solution
import numpy as np
from microattention import softmax


def weights(scores, allowed):
    return softmax(np.where(allowed, scores, -np.inf))  # the rule first, the shares after it


# %% check
allowed = np.tri(3, dtype=bool)
scores = np.array([[0.2, 0.1, 0.3], [0.1, 0.4, 0.9], [0.3, 0.0, 0.2]])
got = weights(scores, allowed)
assert got is not None, "weights returned nothing."
assert not got[~allowed].any(), (
    "The first row gives some of its attention to places that it may not hear."
)
sums = got.sum(axis=-1)
assert np.allclose(sums, 1), (
    f"The rows sum to {sums[0]:.2f}, {sums[1]:.2f} and {sums[2]:.2f}: "
    "what was struck out had taken its share before."
)
far = weights(np.where(allowed, scores, 1000.0), allowed)
assert not np.isnan(far).any(), (
    "Hidden scores of a thousand left nothing to divide: the shares came out as NaN."
)
assert np.allclose(far, got), "The shares depend on scores that are hidden."
