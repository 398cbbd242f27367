# %% start: The scores are far wider than one: their standard deviation is 64.
import numpy as np


def draw(d_model, rng):
    """Return a projection, (d_model, d_model), for rows whose entries have variance one."""
    return rng.randn(d_model, d_model)


# %% wrong: The scores are far narrower than one: their standard deviation is 0.016.
def draw(d_model, rng):
    return rng.randn(d_model, d_model) / d_model


# %% wrong: The scores are narrower than one: their standard deviation is 0.33.
def draw(d_model, rng):
    return rng.uniform(-1, 1, (d_model, d_model)) / np.sqrt(d_model)


# %% solution
import numpy as np


def draw(d_model, rng):
    # an entry of x @ W is a sum of d_model products, each with the variance of W's entries
    return rng.randn(d_model, d_model) / np.sqrt(d_model)


# %% check
def spread(d_model):
    rng = np.random.RandomState(0)
    x = rng.randn(400, d_model)
    Q, K = x @ draw(d_model, rng), rng.randn(400, d_model) @ draw(d_model, rng)
    return (Q @ K.T / np.sqrt(d_model)).std()


wide = spread(64)
assert wide < 2, f"The scores are far wider than one: their standard deviation is {wide:.2g}."
assert wide > 0.1, f"The scores are far narrower than one: their standard deviation is {wide:.2g}."
assert wide > 0.8, f"The scores are narrower than one: their standard deviation is {wide:.2g}."
assert wide < 1.2, f"The scores are wider than one: their standard deviation is {wide:.2g}."
assert 0.8 < spread(256) < 1.2, "It holds at a width of 64 and not at one of 256."
