"""What stands beside attention in a block: layer norm, ReLU, GELU, the feed-forward network."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arguments import (
    RandomSource,
    accumulating_dtype,
    floating_dtype,
    random_source,
    real_array,
    real_number,
    rows_of_width,
    size,
)
from .multihead import project

Activation = Callable[[NDArray[Any]], NDArray[Any]]

_erf = np.frompyfunc(math.erf, 1, 1)


def layer_norm(x: ArrayLike, gain: ArrayLike, bias: ArrayLike, eps: float = 1e-5) -> NDArray[Any]:
    """Shift and scale each row to a mean of 0 and a variance of 1, then by `gain` and `bias`.

    The result is (x − mean) / √(variance + eps) · gain + bias, mean and variance being those
    of the row alone.

    Parameters
    ----------
    x : array_like, (…, d_model)
        Rows.
    gain, bias : array_like, (d_model,)
        What each column is multiplied by, and what is added to it then.
    eps : float
        Added to the variance, inside the root, so that a row of equal numbers gives `bias`
        instead of 0/0. It is 1e-5 in GPT-2 and 1e-12 in BERT.

    Returns
    -------
    ndarray, (…, d_model)
        In the inputs' floating dtype; float16 is summed in float32.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If `x` has no columns, `gain` or `bias` has another width, or `eps` is negative.

    Notes
    -----
    Ba, Kiros and Hinton (2016), *Layer Normalization*, equation 4. The variance is divided by
    d_model, not by d_model − 1, and `eps` is PyTorch's addition: the paper has none.

    Examples
    --------
    The mean is 5 and the standard deviation 3:

    >>> layer_norm([2.0, 8.0], gain=[1.0, 1.0], bias=[0.0, 0.0], eps=0.0)
    array([-1.,  1.])

    A larger signal makes no difference, apart from `eps`:

    >>> layer_norm([200.0, 800.0], gain=[1.0, 10.0], bias=[0.0, 5.0], eps=0.0)
    array([-1., 15.])

    Inside the root, an `eps` of 16 makes the divisor √(9 + 16) = 5:

    >>> layer_norm([2.0, 8.0], [1.0, 1.0], [0.0, 0.0], eps=16.0)
    array([-0.6,  0.6])
    """
    x, gain, bias = real_array("x", x), real_array("gain", gain), real_array("bias", bias)
    if x.ndim < 1 or x.shape[-1] < 1:
        raise ValueError(f"x must have rows of at least one number, got shape {x.shape}")
    for name, vector in (("gain", gain), ("bias", bias)):
        if vector.shape != x.shape[-1:]:
            raise ValueError(f"{name} must have shape {x.shape[-1:]}, got {vector.shape}")
    eps = _checked_eps(eps)
    dtype = floating_dtype(x, gain, bias)
    x, gain, bias = (a.astype(accumulating_dtype(dtype), copy=False) for a in (x, gain, bias))
    # Of a padded row, which a mask hides later; and eps may be 0, the variance too.
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = (centred * centred).mean(axis=-1, keepdims=True)
        normed: NDArray[Any] = centred / np.sqrt(variance + eps) * gain + bias
        return normed.astype(dtype, copy=False)


def _checked_eps(eps: float) -> float:
    """Return what is added to a variance, as a Python float, which promotes no float32."""
    number = real_number("eps", eps)
    if not number >= 0:
        raise ValueError(f"eps must be at least 0, got {eps!r}")
    return number


def relu(x: ArrayLike) -> NDArray[Any]:
    """Let what is positive pass, and nothing else: max(0, x).

    Parameters
    ----------
    x : array_like
        Numbers, in any shape.

    Returns
    -------
    ndarray
        Of the shape of `x` and in its floating dtype.

    Raises
    ------
    TypeError
        If `x` does not hold real numbers.

    Notes
    -----
    Nair and Hinton (2010), *Rectified Linear Units Improve Restricted Boltzmann Machines*;
    Vaswani et al. (2017), equation 2.

    Examples
    --------
    >>> relu([-2.0, 0.0, 3.0])
    array([0., 0., 3.])
    """
    x = real_array("x", x)
    rectified: NDArray[Any] = np.maximum(x, 0, dtype=floating_dtype(x))
    return rectified


def gelu(x: ArrayLike, approximate: Literal["none", "tanh"] = "none") -> NDArray[Any]:
    """Let x pass in the proportion Φ(x), the chance that a standard normal draw is below x.

    Parameters
    ----------
    x : array_like
        Numbers, in any shape.
    approximate : {"none", "tanh"}
        "none": Φ(x) = (1 + erf(x/√2)) / 2, exactly, as BERT has it. "tanh": GPT-2's formula,
        x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))), which is never off by more than 0.0005.

    Returns
    -------
    ndarray
        Of the shape of `x` and in its floating dtype; float16 is computed in float32.

    Raises
    ------
    TypeError
        If `x` does not hold real numbers.
    ValueError
        If `approximate` is neither of the two.

    Notes
    -----
    Hendrycks and Gimpel (2016), *Gaussian Error Linear Units (GELUs)*, section 2. NumPy has no
    erf, so the exact form calls Python's `math.erf` once for each number: some ten times slower
    than the tanh form.

    Examples
    --------
    >>> gelu([-1.0, 0.0, 1.0]).round(4)
    array([-0.1587,  0.    ,  0.8413])
    >>> gelu([-1.0, 0.0, 1.0], approximate="tanh").round(4)
    array([-0.1588,  0.    ,  0.8412])
    """
    if approximate not in ("none", "tanh"):
        raise ValueError(f'approximate must be "none" or "tanh", got {approximate!r}')
    x = real_array("x", x)
    dtype = floating_dtype(x)
    x = x.astype(accumulating_dtype(dtype), copy=False)
    with np.errstate(invalid="ignore", over="ignore"):  # of a padded row, which a mask hides later
        if approximate == "tanh":
            passed = 1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x))
        else:
            passed = 1 + np.asarray(_erf(x * math.sqrt(0.5)), dtype=x.dtype)
        passing: NDArray[Any] = 0.5 * x * passed
    return passing.astype(dtype, copy=False)


gelu_tanh: Activation = partial(gelu, approximate="tanh")


@dataclass(frozen=True, eq=False)
class LayerNorm:
    """A layer norm with its gain and bias: `layer_norm`, ready to be called.

    Parameters
    ----------
    gain, bias : array_like, (d_model,)
        What each column is multiplied by, and what is added to it then.
    eps : float
        Added to the variance.

    Raises
    ------
    TypeError
        If `gain` or `bias` is not real.
    ValueError
        If they are not two vectors of one length, or `eps` is negative.

    Examples
    --------
    >>> LayerNorm.identity(2)([[2.0, 8.0]]).round(4)
    array([[-1.,  1.]])
    """

    gain: NDArray[Any]
    bias: NDArray[Any]
    eps: float = 1e-5

    def __post_init__(self) -> None:
        gain, bias = real_array("gain", self.gain), real_array("bias", self.bias)
        if gain.ndim != 1:
            raise ValueError(f"gain must have one axis, got shape {gain.shape}")
        if bias.shape != gain.shape:
            raise ValueError(f"bias must have the shape of gain, {gain.shape}, got {bias.shape}")
        _checked_eps(self.eps)
        object.__setattr__(self, "gain", gain)
        object.__setattr__(self, "bias", bias)

    @classmethod
    def identity(cls, d_model: int) -> Self:
        """Return the layer norm that training starts from: a gain of 1 and a bias of 0."""
        d_model = size("d_model", d_model, least=1)
        return cls(np.ones(d_model), np.zeros(d_model))

    def __call__(self, x: ArrayLike) -> NDArray[Any]:
        """Normalise each row of `x`, (…, d_model)."""
        return layer_norm(x, self.gain, self.bias, self.eps)


@dataclass(frozen=True, eq=False)
class FeedForward:
    """Two projections with an activation between them, the same for every row.

    No row sees another here: this is the part of a block that works on each word by itself.

    Parameters
    ----------
    W_1 : array_like, (d_model, d_ff)
        Projects to the hidden columns; d_ff is mostly 4 · d_model.
    b_1 : array_like, (d_ff,)
        Added there.
    W_2 : array_like, (d_ff, d_model)
        Projects back.
    b_2 : array_like, (d_model,)
        Added there.
    activation : callable, optional
        Applied to the hidden columns: `relu` when not given, as in the paper.

    Raises
    ------
    TypeError
        If a weight is not real, or `activation` cannot be called.
    ValueError
        If shapes do not fit each other.

    Notes
    -----
    Vaswani et al. (2017), *Attention Is All You Need*, equation 2.

    Examples
    --------
    With one hidden column for x and one for −x, ReLU gives the absolute value:

    >>> absolute = FeedForward([[1.0, -1.0]], [0.0, 0.0], [[1.0], [1.0]], [0.0])
    >>> absolute([[3.0], [-5.0]]).tolist()
    [[3.0], [5.0]]
    """

    W_1: NDArray[Any]
    b_1: NDArray[Any]
    W_2: NDArray[Any]
    b_2: NDArray[Any]
    activation: Activation = relu

    def __post_init__(self) -> None:
        for name in ("W_1", "b_1", "W_2", "b_2"):
            object.__setattr__(self, name, real_array(name, getattr(self, name)))
        if self.W_1.ndim != 2:
            raise ValueError(f"W_1 must have two axes, got shape {self.W_1.shape}")
        if self.W_2.ndim != 2 or len(self.W_2) != self.W_1.shape[1]:
            raise ValueError(f"W_2 must be ({self.W_1.shape[1]}, d_model), got {self.W_2.shape}")
        for digit, W, b in ((1, self.W_1, self.b_1), (2, self.W_2, self.b_2)):
            if b.shape != W.shape[1:]:
                raise ValueError(f"b_{digit} must have shape {W.shape[1:]}, got {b.shape}")
        if not callable(self.activation):
            raise TypeError(f"activation must be a function, got {self.activation!r}")

    @classmethod
    def random(
        cls, d_model: int, d_ff: int, rng: RandomSource, activation: Activation = relu
    ) -> Self:
        """Draw W_1, then W_2, with a variance of 1 over the width that comes in; biases are 0.

        Parameters
        ----------
        d_model, d_ff : int
            Width of the rows, and of the hidden columns.
        rng : numpy.random.RandomState or numpy.random.Generator
            Where the numbers are drawn from.
        activation : callable, optional
            As for the class.

        Returns
        -------
        FeedForward
            Untrained.

        Raises
        ------
        TypeError, ValueError
            If a size is not an integer of at least 1, or `rng` is not a random generator.

        Examples
        --------
        >>> FeedForward.random(3, 12, np.random.RandomState(0))(np.ones((5, 3))).shape
        (5, 3)
        """
        d_model, d_ff = size("d_model", d_model, least=1), size("d_ff", d_ff, least=1)
        rng = random_source(rng)
        W_1 = rng.standard_normal((d_model, d_ff)) / math.sqrt(d_model)
        W_2 = rng.standard_normal((d_ff, d_model)) / math.sqrt(d_ff)
        return cls(W_1, np.zeros(d_ff), W_2, np.zeros(d_model), activation)

    def __call__(self, x: ArrayLike) -> NDArray[Any]:
        """Work on each row of `x`, (…, n, d_model), by itself."""
        x = rows_of_width("x", x, len(self.W_1))
        return project(self.activation(project(x, self.W_1, self.b_1)), self.W_2, self.b_2)
