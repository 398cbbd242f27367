"""Several readings of the same words at once: multi-head attention, with heads as an axis."""

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arguments import (
    RandomSource,
    accumulating_dtype,
    floating_dtype,
    leading_axes,
    matrices,
    random_source,
    real_array,
    regular_array,
    rows_of_width,
    size,
)
from .attention import scaled_dot_product_attention


@dataclass(frozen=True, eq=False)
class MultiHeadAttention:
    """Attention by several heads, each with its own projections, mixed by a last one.

    Head h owns the h-th block of d_k columns of W_Q and W_K, of d_v columns of W_V, and of
    d_v rows of W_O. Weights are applied as `x @ W`.

    Parameters
    ----------
    W_Q : array_like, (d_model, n_heads · d_k)
        Projects to queries.
    W_K : array_like, (d_context, n_heads · d_k)
        Projects to keys; d_context is d_model unless the context has another width.
    W_V : array_like, (d_context, n_heads · d_v)
        Projects to values.
    W_O : array_like, (n_heads · d_v, d_out)
        Mixes what the heads found; d_out is mostly d_model.
    n_heads : int
        Number of heads.
    b_Q, b_K, b_V, b_O : array_like, optional
        Added after each projection, one number a column.

    Raises
    ------
    TypeError
        If a weight is not real, or `n_heads` is not an integer.
    ValueError
        If shapes do not fit each other or `n_heads`.

    Notes
    -----
    Vaswani et al. (2017), *Attention Is All You Need*, section 3.2.2. The paper has no biases.

    Examples
    --------
    Two heads over a sentence of three words. The weights of each head are one (3, 3) table:

    >>> rng = np.random.RandomState(0)
    >>> heads = MultiHeadAttention.random(d_model=8, n_heads=2, rng=rng)
    >>> x = rng.randn(3, 8)
    >>> output, weights = heads(x)
    >>> output.shape, weights.shape
    ((3, 8), (2, 3, 3))

    Cross-attention: three readers, a text of seven words:

    >>> output, weights = heads(x, context=rng.randn(7, 8))
    >>> output.shape, weights.shape
    ((3, 8), (2, 3, 7))
    """

    W_Q: NDArray[Any]
    W_K: NDArray[Any]
    W_V: NDArray[Any]
    W_O: NDArray[Any]
    n_heads: int
    b_Q: NDArray[Any] | None = None
    b_K: NDArray[Any] | None = None
    b_V: NDArray[Any] | None = None
    b_O: NDArray[Any] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "n_heads", size("n_heads", self.n_heads, least=1))
        for letter in "QKVO":
            self._check_projection(letter)
        for name, width, wanted in (
            ("W_K columns", self.W_K.shape[1], self.W_Q.shape[1]),
            ("W_V rows", self.W_V.shape[0], self.W_K.shape[0]),
            ("W_O rows", self.W_O.shape[0], self.W_V.shape[1]),
        ):
            if width != wanted:
                raise ValueError(f"{name}: wanted {wanted}, got {width}")

    def _check_projection(self, letter: str) -> None:
        """Turn W and b of one projection into arrays that fit each other and the heads."""
        W, b = real_array(f"W_{letter}", getattr(self, f"W_{letter}")), getattr(self, f"b_{letter}")
        if W.ndim != 2:
            raise ValueError(f"W_{letter} must have two axes, got shape {W.shape}")
        if letter != "O" and W.shape[1] % self.n_heads:
            raise ValueError(
                f"W_{letter} must have a multiple of n_heads = {self.n_heads} columns, "
                f"got shape {W.shape}"
            )
        if b is not None:
            b = real_array(f"b_{letter}", b)
            if b.shape != W.shape[1:]:
                raise ValueError(f"b_{letter} must have shape {W.shape[1:]}, got {b.shape}")
        object.__setattr__(self, f"W_{letter}", W)
        object.__setattr__(self, f"b_{letter}", b)

    @classmethod
    def random(cls, d_model: int, n_heads: int, rng: RandomSource) -> Self:
        """Draw W_Q, W_K, W_V and W_O, in this order, with variance 1/d_model and no biases.

        Parameters
        ----------
        d_model : int
            Width of what comes in and of what goes out; a multiple of `n_heads`.
        n_heads : int
            Number of heads, each of width d_k = d_v = d_model / n_heads.
        rng : numpy.random.RandomState or numpy.random.Generator
            Where the numbers are drawn from.

        Returns
        -------
        MultiHeadAttention
            Untrained: what its heads attend to means nothing.

        Raises
        ------
        TypeError
            If a size is not an integer or `rng` is not a random generator.
        ValueError
            If `n_heads` does not divide `d_model`.

        Notes
        -----
        The variance is what lets queries and keys keep a variance of 1, as the argument for
        dividing by √d_k assumes (Vaswani et al. 2017, footnote 4).

        Examples
        --------
        >>> heads = MultiHeadAttention.random(6, n_heads=3, rng=np.random.RandomState(0))
        >>> heads.W_Q.shape, heads.n_heads
        ((6, 6), 3)
        """
        d_model, n_heads = size("d_model", d_model, least=1), size("n_heads", n_heads, least=1)
        if d_model % n_heads:
            raise ValueError(f"n_heads must divide d_model = {d_model}, got {n_heads}")
        rng = random_source(rng)
        spread = 1 / math.sqrt(d_model)
        W_Q, W_K, W_V, W_O = (rng.standard_normal((d_model, d_model)) * spread for _ in "QKVO")
        return cls(W_Q, W_K, W_V, W_O, n_heads)

    def __call__(
        self, x: ArrayLike, context: ArrayLike | None = None, mask: ArrayLike | None = None
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Let each row of `x` attend to the rows of `context`, once for each head.

        Parameters
        ----------
        x : array_like, (…, n_queries, d_model)
            What asks.
        context : array_like, (…, n_keys, d_context), optional
            What is attended to; `x` itself when not given (self-attention).
        mask : array_like of bool or float, optional
            As for `scaled_dot_product_attention`: (…, n_queries, n_keys), the same for every
            head. A mask with as many axes as the weights has one of its own for each head.

        Returns
        -------
        output : ndarray, (…, n_queries, d_out)
            What the heads found, mixed by W_O.
        weights : ndarray, (…, n_heads, n_queries, n_keys)
            Each head's proportions.

        Raises
        ------
        TypeError, ValueError
            If `x`, `context` or `mask` does not fit the weights; the message names which.

        Examples
        --------
        >>> rng = np.random.RandomState(0)
        >>> heads = MultiHeadAttention.random(d_model=4, n_heads=2, rng=rng)
        >>> output, weights = heads(rng.randn(3, 4), mask=np.tri(3, dtype=bool))
        >>> weights[:, 0].tolist()
        [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]
        """
        x, context = matrices(x=x, context=x if context is None else context)
        leading_axes(x=x, context=context)
        return self.attend(self.queries(x), self.keys(context), self.values(context), mask)

    def queries(self, x: ArrayLike) -> NDArray[Any]:
        """Return what each row of `x` asks, (…, n_heads, n_queries, d_k).

        This, `keys`, `values` and `attend` are the four steps of a call, for what must happen
        between them: queries and keys are rotated, or keys and values kept for later tokens.

        Examples
        --------
        >>> rng = np.random.RandomState(0)
        >>> heads, x = MultiHeadAttention.random(4, n_heads=2, rng=rng), rng.randn(3, 4)
        >>> output, weights = heads.attend(heads.queries(x), heads.keys(x), heads.values(x))
        >>> np.array_equal(output, heads(x)[0])
        True
        """
        return self._split("x", x, self.W_Q, self.b_Q)

    def keys(self, context: ArrayLike) -> NDArray[Any]:
        """Return what each row of `context` is found by, (…, n_heads, n_keys, d_k)."""
        return self._split("context", context, self.W_K, self.b_K)

    def values(self, context: ArrayLike) -> NDArray[Any]:
        """Return what each row of `context` has to give, (…, n_heads, n_keys, d_v)."""
        return self._split("context", context, self.W_V, self.b_V)

    def attend(
        self, Q: ArrayLike, K: ArrayLike, V: ArrayLike, mask: ArrayLike | None = None
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Let each head's queries attend to its keys, and mix what the heads found.

        Parameters
        ----------
        Q, K, V : array_like, (…, n_heads, n_queries or n_keys, d_k or d_v)
            As `queries`, `keys` and `values` return them.
        mask : array_like of bool or float, optional
            As for a call.

        Returns
        -------
        output, weights : ndarray
            As of a call.

        Raises
        ------
        TypeError, ValueError
            If Q, K, V or `mask` does not fit the others, the number of heads or W_O.
        """
        Q, K, V = matrices(Q=Q, K=K, V=V)
        leading = leading_axes(Q=Q, K=K, V=V)
        if leading[-1:] != (self.n_heads,):
            raise ValueError(
                f"Q, K and V must have n_heads = {self.n_heads} as their third axis from the end, "
                f"got Q {Q.shape}, K {K.shape}, V {V.shape}"
            )
        if V.shape[-1] * self.n_heads != len(self.W_O):
            wanted = len(self.W_O) // self.n_heads
            raise ValueError(f"V must be (…, n_heads, n_keys, {wanted}), got {V.shape}")
        axes = len(leading) + 2
        found, weights = scaled_dot_product_attention(Q, K, V, _for_each_head(mask, axes))
        return project(self._join(found), self.W_O, self.b_O), weights

    def _split(
        self, name: str, rows: ArrayLike, W: NDArray[Any], b: NDArray[Any] | None
    ) -> NDArray[Any]:
        """Project (…, n, d) to n_heads · width columns, and cut them: (…, n_heads, n, width)."""
        columns = project(rows_of_width(name, rows, W.shape[0]), W, b)
        *leading, n, width = columns.shape
        heads = columns.reshape(*leading, n, self.n_heads, width // self.n_heads)
        return heads.swapaxes(-3, -2)

    def _join(self, heads: NDArray[Any]) -> NDArray[Any]:
        """(…, n_heads, n, width) → (…, n, n_heads · width)."""
        *leading, n_heads, n, width = heads.shape
        return heads.swapaxes(-3, -2).reshape(*leading, n, n_heads * width)


def project(x: NDArray[Any], W: NDArray[Any], b: NDArray[Any] | None = None) -> NDArray[Any]:
    """Return x @ W + b in the inputs' floating dtype.

    Examples
    --------
    >>> project(np.array([[1, 2]]), np.array([[3.0], [4.0]]), np.array([0.5]))
    array([[11.5]])
    """
    parts = [x, W] if b is None else [x, W, b]
    dtype = floating_dtype(*parts)
    x, W, *bias = (part.astype(accumulating_dtype(dtype), copy=False) for part in parts)
    with np.errstate(invalid="ignore", over="ignore"):  # of a padded row, which a mask hides later
        projected: NDArray[Any] = sum(bias, start=x @ W)
        return projected.astype(dtype, copy=False)


def _for_each_head(mask: ArrayLike | None, axes: int) -> NDArray[Any] | None:
    """Give a mask that all heads share an axis of 1 where the weights have their heads."""
    if mask is None:
        return None
    mask = regular_array("mask", mask)
    return mask if mask.ndim < 2 or mask.ndim >= axes else mask[..., np.newaxis, :, :]
