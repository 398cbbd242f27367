# %% start: Attention without positions is refused: its outputs move with the words.
import numpy as np


def moves_along(layer, x, order):
    """Say whether reordering the words reorders the layer's outputs and changes nothing else."""
    return bool(np.allclose(layer(x[order]), layer(x)))


# %% wrong: A layer that adds positions passes, and its outputs are other numbers in another order.
def moves_along(layer, x, order):
    return layer(x[order]).shape == layer(x).shape


# %% wrong: A layer that turns the words round passes: the same rows, in places of their own.
def moves_along(layer, x, order):
    one, other = layer(x[order]), layer(x)
    return bool(np.allclose(np.sort(one, axis=0), np.sort(other, axis=0)))


# %% solution
import numpy as np


def moves_along(layer, x, order):
    return bool(np.allclose(layer(x[order]), layer(x)[order]))


# %% check
from microattention import scaled_dot_product_attention, sinusoidal_positions

x = np.random.RandomState(0).randn(4, 6)
order = np.array([2, 0, 1, 3])


def attention(words):
    return scaled_dot_product_attention(words, words, words)[0]


def placed(words):
    return attention(words + sinusoidal_positions(*words.shape))


def reversing(words):
    return words[::-1]


assert moves_along(attention, x, order), (
    "Attention without positions is refused: its outputs move with the words."
)
assert not moves_along(placed, x, order), (
    "A layer that adds positions passes, and its outputs are other numbers in another order."
)
assert not moves_along(reversing, x, order), (
    "A layer that turns the words round passes: the same rows, in places of their own."
)
