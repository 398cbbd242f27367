"""BERT's encoder: a model that reads a whole text at once, in both directions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, overload

from numpy.typing import ArrayLike, NDArray

from ._arguments import real_array, row_numbers
from .block import TransformerBlock
from .layers import LayerNorm


@dataclass(frozen=True, eq=False)
class BertEncoder:
    """An encoder as BERT's: every token may attend to every other, and nothing is predicted.

    Each token's row is its embedding plus that of its position and that of the sentence it
    belongs to, normalised; then come the blocks, which normalise after each step (post-norm).

    Parameters
    ----------
    embedding : array_like, (vocab_size, d_model)
        One row for each token.
    positions : array_like, (max_len, d_model)
        One row for each position.
    segments : array_like, (n_segments, d_model)
        One row for each kind of sentence: the first of a pair, and the second.
    norm : LayerNorm
        Applied to the sum of the three.
    blocks : sequence of TransformerBlock
        The layers, post-norm in BERT.

    Raises
    ------
    TypeError
        If an array is not real.
    ValueError
        If a table does not have the width of `norm`.

    Notes
    -----
    Devlin et al. (2019), *BERT: Pre-training of Deep Bidirectional Transformers for Language
    Understanding*, section 3 and figure 2. The pooler, a layer on top of the first row, is left
    out: it has no attention.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.RandomState(0)
    >>> blocks = [TransformerBlock.random(6, 3, rng, pre_norm=False) for _ in range(2)]
    >>> tables = rng.randn(11, 6), rng.randn(7, 6), rng.randn(2, 6)
    >>> model = BertEncoder(*tables, LayerNorm.identity(6), blocks)
    >>> hidden, weights = model([3, 1, 4, 1, 5], return_weights=True)
    >>> hidden.shape, [w.shape for w in weights]
    ((5, 6), [(3, 5, 5), (3, 5, 5)])
    """

    embedding: NDArray[Any]
    positions: NDArray[Any]
    segments: NDArray[Any]
    norm: LayerNorm
    blocks: Sequence[TransformerBlock]

    def __post_init__(self) -> None:
        d_model = len(self.norm.gain)
        for name in ("embedding", "positions", "segments"):
            table = real_array(name, getattr(self, name))
            if table.ndim != 2 or table.shape[1] != d_model:
                raise ValueError(f"{name} must be (n, {d_model}), as norm, got {table.shape}")
            object.__setattr__(self, name, table)
        object.__setattr__(self, "blocks", tuple(self.blocks))

    @overload
    def __call__(
        self,
        token_ids: ArrayLike,
        segment_ids: ArrayLike = 0,
        mask: ArrayLike | None = None,
        *,
        return_weights: Literal[False] = False,
    ) -> NDArray[Any]: ...

    @overload
    def __call__(
        self,
        token_ids: ArrayLike,
        segment_ids: ArrayLike = 0,
        mask: ArrayLike | None = None,
        *,
        return_weights: Literal[True],
    ) -> tuple[NDArray[Any], list[NDArray[Any]]]: ...

    def __call__(
        self,
        token_ids: ArrayLike,
        segment_ids: ArrayLike = 0,
        mask: ArrayLike | None = None,
        *,
        return_weights: bool = False,
    ) -> NDArray[Any] | tuple[NDArray[Any], list[NDArray[Any]]]:
        """Read a text, or several of one length.

        Parameters
        ----------
        token_ids : array_like of int, (…, n)
            Tokens, each below vocab_size.
        segment_ids : array_like of int, (…, n), optional
            Which sentence each token belongs to; all to the first when not given.
        mask : array_like of bool or float, optional
            As for `MultiHeadAttention`; `padding_mask` hides what merely fills a batch up.
        return_weights : bool
            Whether to return the attention weights too.

        Returns
        -------
        hidden : ndarray, (…, n, d_model)
            What became of each token.
        weights : list of ndarray, (…, n_heads, n, n)
            One array for each layer, with `return_weights` only.

        Raises
        ------
        TypeError
            If the tokens or segments are not integers.
        ValueError
            If one has no row in its table, there are more tokens than positions, or an
            argument's shape does not fit the tokens'.
        """
        ids = row_numbers("token_ids", token_ids, len(self.embedding))
        segments = row_numbers("segment_ids", segment_ids, len(self.segments))
        if ids.ndim < 1 or ids.shape[-1] > len(self.positions):
            wanted = f"(…, n) with n of at most max_len = {len(self.positions)}"
            raise ValueError(f"token_ids must be {wanted}, got shape {ids.shape}")
        if segments.shape not in ((), ids.shape):
            raise ValueError(f"segment_ids must have shape {ids.shape}, got {segments.shape}")
        position = self.positions[: ids.shape[-1]]
        x = self.norm(self.embedding[ids] + self.segments[segments] + position)
        weights = []
        for block in self.blocks:
            x, found = block(x, mask=mask)
            weights += found
        return (x, weights) if return_weights else x
