"""Adam: gradient descent in which each number has a step of its own, of steady size."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]


class Adam:
    """Move parameters against their gradients, each by about the learning rate.

    A gradient is averaged over the steps so far, the recent ones counting most, and divided by
    the root of its averaged square: only its direction and its steadiness are left.

    Parameters
    ----------
    beta_1, beta_2 : float
        How much of the average of gradients, and of squares, survives a step.
    eps : float
        Added to the root, so that a gradient of 0 moves nothing.

    Raises
    ------
    ValueError
        If a beta is not in [0, 1), or `eps` is not positive.

    Notes
    -----
    Kingma and Ba (2015), *Adam: A Method for Stochastic Optimization*, algorithm 1, with its
    default settings.

    Examples
    --------
    The first step is the learning rate itself, whatever the size of the gradient:

    >>> adam = Adam()
    >>> moved = adam.step({"w": np.array([1.0, 1.0])}, {"w": np.array([5.0, -0.001])}, rate=0.1)
    >>> moved["w"].round(3)
    array([0.9, 1.1])
    """

    def __init__(self, beta_1: float = 0.9, beta_2: float = 0.999, eps: float = 1e-8) -> None:
        for name, beta in (("beta_1", beta_1), ("beta_2", beta_2)):
            if not 0 <= beta < 1:
                raise ValueError(f"{name} must be at least 0 and below 1, got {beta!r}")
        if not eps > 0:
            raise ValueError(f"eps must be above 0, got {eps!r}")
        self.beta_1, self.beta_2, self.eps = beta_1, beta_2, eps
        self.steps = 0
        self._means: dict[str, Any] = {}
        self._squares: dict[str, Any] = {}

    def step(self, parameters: Arrays, gradients: Arrays, rate: float) -> dict[str, NDArray[Any]]:
        """Return the parameters after one step.

        Parameters
        ----------
        parameters, gradients : mapping of str to ndarray
            Under the same names and of the same shapes; not written to.
        rate : float
            The learning rate: about how far each number moves.

        Returns
        -------
        dict of str to ndarray

        Raises
        ------
        ValueError
            If a gradient is missing or has another shape.
        """
        self.steps += 1
        return {name: value - rate * self._direction(name, value, gradients.get(name))
                for name, value in parameters.items()}  # fmt: skip

    def _direction(self, name: str, value: NDArray[Any], gradient: NDArray[Any] | None) -> Any:
        """Average one gradient into what is kept, and return which way it points."""
        if gradient is None or gradient.shape != value.shape:
            got = "none" if gradient is None else f"shape {gradient.shape}"
            raise ValueError(f"gradients[{name!r}] must have shape {value.shape}, got {got}")
        mean = self.beta_1 * self._means.get(name, 0.0) + (1 - self.beta_1) * gradient
        square = self.beta_2 * self._squares.get(name, 0.0) + (1 - self.beta_2) * gradient**2
        self._means[name], self._squares[name] = mean, square
        # Both averages began at 0 and are too small by these factors.
        mean = mean / (1 - self.beta_1**self.steps)
        square = square / (1 - self.beta_2**self.steps)
        return mean / (np.sqrt(square) + self.eps)
