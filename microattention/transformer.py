"""A causal language model: embeddings, blocks, and a score for every token as the next."""

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arguments import RandomSource, instance, random_source, real_array, row_numbers, size
from .block import TransformerBlock
from .generation import KeyValueCache, token_chooser
from .layers import LayerNorm
from .masking import causal_mask
from .multihead import project


@dataclass(frozen=True, eq=False)
class CausalTransformer:
    """A language model that reads from left to right, and scores every token as the next one.

    Each token's row is its embedding plus that of its position. It passes through the blocks,
    where it may attend to itself and to earlier tokens, and a last layer norm. Its product with
    every embedding is that token's score: the table that is read from is written to as well.

    Parameters
    ----------
    embedding : array_like, (vocab_size, d_model)
        One row for each token, used on the way in and on the way out (tied).
    positions : array_like, (max_len, d_model)
        One row for each position: learned, or `sinusoidal_positions(max_len, d_model)`.
    blocks : sequence of TransformerBlock
        The layers, at least one, none with a context.
    norm : LayerNorm
        The last layer norm.

    Raises
    ------
    TypeError
        If an array is not real, a block not a TransformerBlock, or `norm` not a LayerNorm.
    ValueError
        If widths do not fit, or there are no blocks, tokens or positions.

    Notes
    -----
    The architecture of Radford et al. (2019), *Language Models are Unsupervised Multitask
    Learners*, section 2.3. Tied embeddings: Press and Wolf (2017), *Using the Output Embedding
    to Improve Language Models*.

    Examples
    --------
    >>> rng = np.random.RandomState(0)
    >>> model = CausalTransformer.random(
    ...     vocab_size=11, d_model=6, n_heads=3, n_layers=2, max_len=7, rng=rng
    ... )
    >>> model([3, 1, 4]).shape
    (3, 11)

    What comes later cannot change what was said before:

    >>> np.allclose(model([3, 1, 4, 1, 5])[:3], model([3, 1, 4]))
    True

    The attention weights, one array for each layer:

    >>> logits, weights = model([3, 1, 4], return_weights=True)
    >>> [w.shape for w in weights]
    [(3, 3, 3), (3, 3, 3)]
    """

    embedding: NDArray[Any]
    positions: NDArray[Any]
    blocks: Sequence[TransformerBlock]
    norm: LayerNorm

    def __post_init__(self) -> None:
        instance("norm", self.norm, LayerNorm)
        for name in ("embedding", "positions"):
            table = real_array(name, getattr(self, name))
            if table.ndim != 2 or table.shape[0] < 1 or table.shape[1] != self.d_model:
                raise ValueError(f"{name} must be (n, {self.d_model}), as norm, got {table.shape}")
            object.__setattr__(self, name, table)
        object.__setattr__(self, "blocks", tuple(instance("blocks", self.blocks, Iterable)))
        if not self.blocks:
            raise ValueError("blocks must hold at least one TransformerBlock, got none")
        for i, block in enumerate(self.blocks):
            self._check_block(f"blocks[{i}]", block)

    def _check_block(self, name: str, block: TransformerBlock) -> None:
        if instance(name, block, TransformerBlock).context_attention is not None:
            raise ValueError(f"{name} must have no context_attention: the model has no context")
        if block.d_model != self.d_model:
            raise ValueError(f"{name} must have d_model = {self.d_model}, got {block.d_model}")

    @property
    def vocab_size(self) -> int:
        """How many tokens there are."""
        return len(self.embedding)

    @property
    def max_len(self) -> int:
        """The context length: how many tokens the model can read at once."""
        return len(self.positions)

    @property
    def d_model(self) -> int:
        """Width of a token's row."""
        return len(self.norm.gain)

    @classmethod
    def random(
        cls,
        vocab_size: int,
        d_model: int,
        n_heads: int,
        n_layers: int,
        max_len: int,
        rng: RandomSource,
    ) -> Self:
        """Draw the embeddings, the positions, then each block; embeddings have variance 1/d_model.

        Parameters
        ----------
        vocab_size, d_model, n_heads, n_layers, max_len : int
            Sizes, each at least 1; `n_heads` divides `d_model`.
        rng : numpy.random.RandomState or numpy.random.Generator
            Where the numbers are drawn from.

        Returns
        -------
        CausalTransformer
            Untrained: what it writes means nothing. It is GPT-2's architecture, with as many
            parameters as `count_parameters` says.

        Raises
        ------
        TypeError, ValueError
            If a size is not an integer of at least 1, `n_heads` does not divide `d_model`, or
            `rng` is not a random generator.

        Notes
        -----
        The variance gives scores of a variance near 1, so that all tokens stay likely.

        Examples
        --------
        >>> model = CausalTransformer.random(11, 6, 3, 2, 7, np.random.RandomState(0))
        >>> model.vocab_size, model.d_model, len(model.blocks), model.max_len
        (11, 6, 2, 7)
        """
        sizes = {"vocab_size": vocab_size, "d_model": d_model, "max_len": max_len}
        vocab_size, d_model, max_len = (size(name, n, least=1) for name, n in sizes.items())
        n_layers = size("n_layers", n_layers, least=1)
        rng, spread = random_source(rng), 1 / math.sqrt(d_model)
        embedding = rng.standard_normal((vocab_size, d_model)) * spread
        positions = rng.standard_normal((max_len, d_model)) * spread
        blocks = [TransformerBlock.random(d_model, n_heads, rng) for _ in range(n_layers)]
        return cls(embedding, positions, blocks, LayerNorm.identity(d_model))

    @overload
    def __call__(
        self,
        token_ids: ArrayLike,
        *,
        return_weights: Literal[False] = False,
        cache: Sequence[KeyValueCache] | None = None,
    ) -> NDArray[Any]: ...

    @overload
    def __call__(
        self,
        token_ids: ArrayLike,
        *,
        return_weights: Literal[True],
        cache: Sequence[KeyValueCache] | None = None,
    ) -> tuple[NDArray[Any], list[NDArray[Any]]]: ...

    def __call__(
        self,
        token_ids: ArrayLike,
        *,
        return_weights: bool = False,
        cache: Sequence[KeyValueCache] | None = None,
    ) -> NDArray[Any] | tuple[NDArray[Any], list[NDArray[Any]]]:
        """Score every token as the one after each that is given.

        Parameters
        ----------
        token_ids : array_like of int, (…, n)
            Tokens, each below vocab_size.
        return_weights : bool
            Whether to return the attention weights too.
        cache : sequence of KeyValueCache, optional
            From `new_cache`: what the model keeps of the n_past tokens that it has read, to
            which it adds these.

        Returns
        -------
        logits : ndarray, (…, n, vocab_size)
            Scores; their softmax is the chance of each token.
        weights : list of ndarray, (…, n_heads, n, n_past + n)
            One array for each layer, with `return_weights` only.

        Raises
        ------
        TypeError
            If the tokens are not integers.
        ValueError
            If a token is outside the vocabulary, there are more tokens than the context length,
            or `cache` is not one for each layer.

        Examples
        --------
        A text in two parts, the second at the cost of its own tokens alone:

        >>> rng = np.random.RandomState(0)
        >>> model = CausalTransformer.random(11, 6, 3, 2, 7, rng)
        >>> cache = model.new_cache()
        >>> first, then = model([3, 1, 4], cache=cache), model([1, 5], cache=cache)
        >>> np.allclose([*first, *then], model([3, 1, 4, 1, 5]))
        True
        """
        token_ids = self._tokens("token_ids", token_ids)
        hidden, weights = self._read(token_ids, self.new_cache() if cache is None else cache)
        return (self._score(hidden), weights) if return_weights else self._score(hidden)

    def new_cache(self) -> list[KeyValueCache]:
        """Return an empty cache for each layer."""
        return [KeyValueCache(self.max_len) for _ in self.blocks]

    def _tokens(self, name: str, token_ids: ArrayLike) -> NDArray[np.intp]:
        """Return tokens as an array of ids that the embedding has rows for."""
        ids = row_numbers(name, token_ids, self.vocab_size)
        if ids.ndim < 1:
            raise ValueError(f"{name} must be (…, n), got one number: {token_ids!r}")
        return ids

    def _read(
        self, token_ids: NDArray[np.intp], cache: Sequence[KeyValueCache]
    ) -> tuple[NDArray[Any], list[NDArray[Any]]]:
        """Return the tokens' last rows, (…, n, d_model), and each layer's attention weights."""
        for layer in instance("cache", cache, Sequence):
            instance("a layer of cache", layer, KeyValueCache)
        if len(cache) != len(self.blocks):
            raise ValueError(f"cache must hold {len(self.blocks)} layers, got {len(cache)}")
        n_past, n = cache[0].length, token_ids.shape[-1]
        if n_past + n > self.max_len:
            raise ValueError(
                f"token_ids: wanted at most max_len = {self.max_len}, got {n_past + n}"
            )
        x = self.embedding[token_ids] + self.positions[n_past : n_past + n]
        mask = causal_mask(n, n_past + n, offset=n_past)
        weights = []
        for block, layer in zip(self.blocks, cache, strict=True):
            x, found = block(x, mask=mask, cache=layer)
            weights += found
        return self.norm(x), weights

    def _score(self, hidden: NDArray[Any]) -> NDArray[Any]:
        """(…, n, d_model) → (…, n, vocab_size)."""
        return project(hidden, self.embedding.T)

    def generate(
        self,
        prompt_ids: ArrayLike,
        n_new: int,
        temperature: float = 1.0,
        top_k: int | None = None,
        rng: RandomSource | None = None,
        *,
        top_p: float | None = None,
        when_full: Literal["stop", "slide"] = "stop",
        use_cache: bool = True,
        step: Callable[[], object] | None = None,
    ) -> NDArray[np.intp]:
        """Continue a text, one token after another.

        Parameters
        ----------
        prompt_ids : array_like of int, (…, n_prompt)
            The text so far, at least one token, at most the context length; not written to.
        n_new : int
            How many tokens to add.
        temperature, top_k, top_p : float, int, float, optional
            As for `next_token_probabilities`; a temperature of 0 is greedy.
        rng : numpy.random.RandomState or numpy.random.Generator
            Where the numbers are drawn from, one for each token; not needed if greedy.
        when_full : {"stop", "slide"}
            What to do when the text is as long as the context: "stop" ends it there; "slide"
            goes on from its last `max_len` tokens. A position is counted from where the window
            begins, so that each slide moves every token to another position: nothing that was
            cached holds any more, and the whole window is read again for each token.
        use_cache : bool
            False reads the whole text again for each token: the plain twin, for comparison.
        step : callable, optional
            Called after each new token, to show progress.

        Returns
        -------
        ndarray of int, (…, n_prompt + n_new)
            The prompt and what follows; shorter where the context was full.

        Raises
        ------
        TypeError
            If an argument is not of its kind, or `rng` is missing where it is needed.
        ValueError
            If the prompt is empty, longer than the context or outside the vocabulary, `n_new`
            or `temperature` negative, `top_k` below 1, `top_p` outside (0, 1], or `when_full`
            neither of the two.

        Examples
        --------
        >>> model = CausalTransformer.random(11, 6, 3, 2, 7, np.random.RandomState(0))
        >>> model.generate([3, 1, 4], n_new=3, temperature=0)
        array([3, 1, 4, 0, 0, 0])
        >>> model.generate([3, 1, 4], n_new=100, rng=np.random.RandomState(1)).shape
        (7,)
        """
        prompt, n_new = self._tokens("prompt_ids", prompt_ids), size("n_new", n_new)
        if not 0 < (n_prompt := prompt.shape[-1]) <= self.max_len:
            wanted = f"1 to max_len = {self.max_len} tokens"
            raise ValueError(f"prompt_ids must hold {wanted}, got {n_prompt}")
        if when_full not in ("stop", "slide"):
            raise ValueError(f'when_full must be "stop" or "slide", got {when_full!r}')
        if when_full == "stop":
            n_new = min(n_new, self.max_len - n_prompt)
        choose = token_chooser(temperature, top_k, top_p, rng)
        ids = np.concatenate([prompt, np.zeros((*prompt.shape[:-1], n_new), np.intp)], axis=-1)
        cache = self.new_cache()
        for n in range(n_prompt, n_prompt + n_new):
            start = max(0, n - self.max_len)
            if start or not use_cache:
                cache = self.new_cache()
            hidden, _ = self._read(ids[..., start + cache[0].length : n], cache)
            ids[..., n] = choose(self._score(hidden[..., -1:, :])[..., 0, :])
            if step is not None:
                step()
        return ids

    def parameters(self) -> dict[str, NDArray[Any]]:
        """Return every array of numbers that training would move, by name.

        Returns
        -------
        dict of str to ndarray
            Names are the way through the parts, such as `blocks.0.attention.W_Q`. The embedding
            stands there once, though it is used twice.

        Examples
        --------
        >>> model = CausalTransformer.random(11, 6, 3, 1, 7, np.random.RandomState(0))
        >>> list(model.parameters())[:4]
        ['embedding', 'positions', 'blocks.0.attention.W_Q', 'blocks.0.attention.W_K']
        >>> sum(array.size for array in model.parameters().values())
        630
        """
        return dict(_named_arrays("", self))


def _named_arrays(name: str, part: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    """Walk through what a part is made of, and yield its arrays."""
    if isinstance(part, np.ndarray):
        yield name, part
        return
    inner: dict[str, Any] = {}
    if isinstance(part, tuple):
        inner = {str(i): one for i, one in enumerate(part)}
    elif dataclasses.is_dataclass(part):
        inner = {field.name: getattr(part, field.name) for field in dataclasses.fields(part)}
    for key, value in inner.items():
        yield from _named_arrays(f"{name}.{key}".lstrip("."), value)
