"""A transformer's layer: attention, then the feed-forward network, each added to what came in."""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arguments import RandomSource, instance, rows_of_width
from .generation import KeyValueCache
from .layers import Activation, FeedForward, LayerNorm, gelu_tanh
from .multihead import MultiHeadAttention

PARTS = {
    "attention": MultiHeadAttention,
    "feed_forward": FeedForward,
    "attention_norm": LayerNorm,
    "feed_forward_norm": LayerNorm,
}


@dataclass(frozen=True, eq=False)
class TransformerBlock:
    """Attention, then the feed-forward network, each added to what came in.

    As an encoder it takes `x` alone; with a causal mask it is a layer of a language model; with
    `context_attention` it is the decoder of the paper, which attends to itself and then to a
    context.

    Parameters
    ----------
    attention : MultiHeadAttention
        By which the rows of `x` attend to each other.
    feed_forward : FeedForward
        Works on each row by itself.
    attention_norm, feed_forward_norm : LayerNorm
        Belong to `attention` and to `feed_forward`.
    context_attention : MultiHeadAttention, optional
        By which the rows of `x` attend to a context, which may have another width.
    context_norm : LayerNorm, optional
        Belongs to `context_attention`.
    pre_norm : bool
        True: x + f(norm(x)), as in GPT-2. False: norm(x + f(x)), as in the paper and in BERT.

    Raises
    ------
    TypeError
        If a part is of another kind.
    ValueError
        If the parts are not all of one width, or only one of `context_attention` and
        `context_norm` is given.

    Notes
    -----
    Vaswani et al. (2017), *Attention Is All You Need*, section 3.1, is post-norm. Pre-norm:
    Xiong et al. (2020), *On Layer Normalization in the Transformer Architecture*, section 3.

    Examples
    --------
    >>> rng = np.random.RandomState(0)
    >>> block = TransformerBlock.random(d_model=6, n_heads=3, rng=rng)
    >>> output, [weights] = block(rng.randn(5, 6))
    >>> output.shape, weights.shape
    ((5, 6), (3, 5, 5))

    A decoder of five rows that reads a context of seven:

    >>> from microattention import causal_mask
    >>> block = TransformerBlock.random(d_model=6, n_heads=3, rng=rng, with_context=True)
    >>> x, context = rng.randn(5, 6), rng.randn(7, 6)
    >>> output, [own, towards_context] = block(x, context, mask=causal_mask(5))
    >>> own.shape, towards_context.shape
    ((3, 5, 5), (3, 5, 7))
    """

    attention: MultiHeadAttention
    feed_forward: FeedForward
    attention_norm: LayerNorm
    feed_forward_norm: LayerNorm
    context_attention: MultiHeadAttention | None = None
    context_norm: LayerNorm | None = None
    pre_norm: bool = True

    def __post_init__(self) -> None:
        if (self.context_attention is None) != (self.context_norm is None):
            raise ValueError("context_attention and context_norm must be given together")
        for name, kind in PARTS.items():
            instance(name, getattr(self, name), kind)
        for name, width in self._widths():
            if width != self.d_model:
                raise ValueError(f"{name}: wanted {self.d_model}, as attention_norm, got {width}")

    @property
    def d_model(self) -> int:
        """Width of the rows that come in and go out."""
        return len(self.attention_norm.gain)

    def _widths(self) -> Iterator[tuple[str, int]]:
        """Name each width that must be d_model."""
        yield "attention.W_Q rows", self.attention.W_Q.shape[0]
        yield "attention.W_K rows", self.attention.W_K.shape[0]
        yield "attention.W_O columns", self.attention.W_O.shape[1]
        yield "feed_forward.W_1 rows", self.feed_forward.W_1.shape[0]
        yield "feed_forward.W_2 columns", self.feed_forward.W_2.shape[1]
        yield "feed_forward_norm.gain length", len(self.feed_forward_norm.gain)
        if self.context_attention is not None and self.context_norm is not None:
            yield "context_attention.W_Q rows", self.context_attention.W_Q.shape[0]
            yield "context_attention.W_O columns", self.context_attention.W_O.shape[1]
            yield "context_norm.gain length", len(self.context_norm.gain)

    @classmethod
    def random(
        cls,
        d_model: int,
        n_heads: int,
        rng: RandomSource,
        *,
        pre_norm: bool = True,
        with_context: bool = False,
        activation: Activation = gelu_tanh,
    ) -> Self:
        """Draw the attention, the feed-forward network, then the attention to a context, if any.

        Parameters
        ----------
        d_model, n_heads : int
            Width of the rows, and number of heads, which must divide it.
        rng : numpy.random.RandomState or numpy.random.Generator
            Where the numbers are drawn from.
        pre_norm : bool
            As for the class.
        with_context : bool
            Whether the block also attends to a context, of width d_model.
        activation : callable
            Of the feed-forward network, whose hidden width is 4 · d_model.

        Returns
        -------
        TransformerBlock
            Untrained: all biases are 0, all gains 1.

        Raises
        ------
        TypeError, ValueError
            As `MultiHeadAttention.random`.

        Examples
        --------
        >>> block = TransformerBlock.random(6, n_heads=3, rng=np.random.RandomState(0))
        >>> block.feed_forward.W_1.shape
        (6, 24)
        """
        attention = _with_biases(MultiHeadAttention.random(d_model, n_heads, rng))
        feed_forward = FeedForward.random(d_model, 4 * d_model, rng, activation)
        norms = [LayerNorm.identity(d_model) for _ in range(3)]
        block = cls(attention, feed_forward, norms[0], norms[1], pre_norm=pre_norm)
        if not with_context:
            return block
        context_attention = _with_biases(MultiHeadAttention.random(d_model, n_heads, rng))
        return dataclasses.replace(
            block, context_attention=context_attention, context_norm=norms[2]
        )

    def __call__(
        self,
        x: ArrayLike,
        context: ArrayLike | None = None,
        mask: ArrayLike | None = None,
        context_mask: ArrayLike | None = None,
        *,
        cache: KeyValueCache | None = None,
    ) -> tuple[NDArray[Any], list[NDArray[Any]]]:
        """Let the rows of `x` attend to each other, to the context if any, and work on each.

        Parameters
        ----------
        x : array_like, (…, n, d_model)
            Rows.
        context : array_like, (…, n_context, d_context), optional
            What `context_attention` attends to; wanted by a block that has one, and only then.
        mask : array_like of bool or float, optional
            Who may attend to whom in `x`: (…, n, n), or with a cache (…, n, n_past + n). A
            float mask is added to the scores; with as many axes as the weights, such as
            `alibi_bias` has for a single text, it has a table for each head.
        context_mask : array_like of bool or float, optional
            Who may attend to what in the context: (…, n, n_context).
        cache : KeyValueCache, optional
            Keys and values of the n_past rows before `x`, to which those of `x` are added.

        Returns
        -------
        output : ndarray, (…, n, d_model)
            What came in, and what was found.
        weights : list of ndarray
            The proportions of each attention: (…, n_heads, n, n_past + n), and with a context
            (…, n_heads, n, n_context).

        Raises
        ------
        TypeError, ValueError
            If an argument does not fit; the message names it.
        """
        x = rows_of_width("x", x, self.d_model)
        if (context is None) != (self.context_attention is None):
            raise ValueError("context must be given to a block with context_attention, and only so")
        weights = []

        def attend(rows: NDArray[Any]) -> NDArray[Any]:
            K, V = self.attention.keys(rows), self.attention.values(rows)
            if cache is not None:
                K, V = instance("cache", cache, KeyValueCache).extend(K, V)
            output, found = self.attention.attend(self.attention.queries(rows), K, V, mask)
            weights.append(found)
            return output

        def attend_to_context(rows: NDArray[Any]) -> NDArray[Any]:
            output, found = self.context_attention(rows, context, context_mask)  # type: ignore[misc]
            weights.append(found)
            return output

        x = self._add(x, attend, self.attention_norm)
        if self.context_norm is not None:
            x = self._add(x, attend_to_context, self.context_norm)
        return self._add(x, self.feed_forward, self.feed_forward_norm), weights

    def _add(
        self, x: NDArray[Any], work: Callable[[NDArray[Any]], NDArray[Any]], norm: LayerNorm
    ) -> NDArray[Any]:
        """Add to `x` what `work` makes of it, with the norm before or after."""
        if self.pre_norm:
            return x + work(norm(x))  # type: ignore[no-any-return]
        return norm(x + work(x))


def _with_biases(heads: MultiHeadAttention) -> MultiHeadAttention:
    """Give every projection a bias of 0, for training to move."""
    weights = (heads.W_Q, heads.W_K, heads.W_V, heads.W_O)
    return MultiHeadAttention(*weights, heads.n_heads, *(np.zeros(W.shape[1]) for W in weights))
