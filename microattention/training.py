"""A language model of one layer, trained: its forward pass, its backward pass, and the descent.

Letters, besides those of `attention`:

- E, P, U: embedding, positions, unembedding; x: the rows that go into attention
- H: what attention heard; y: the rows that come out; p: the chances of each next token
- dW, for any W: how much the loss moves when W is nudged, of the shape of W
- n_rows: tokens of all sentences of a batch, one row each, sentence after sentence
- …: any leading axes, such as one for seeds, of which none hears of another
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._arguments import RandomSource, random_source, regular_array, size
from .adam import Adam
from .attention import scaled_dot_product_attention, softmax
from .masking import causal_mask
from .threads import single_blas_thread

Parameters = Mapping[str, NDArray[Any]]
NAMES = ("E", "P", "W_Q", "W_K", "W_V", "W_O", "U")
NOTHING = -1  # in the place of a token: the sentence has ended before


class ForwardPass(NamedTuple):
    """What a forward pass leaves for the backward pass, and for whoever looks."""

    T: NDArray[Any]  # (…, n_rows, vocab_size), a 1 at each row's token
    x: NDArray[Any]  # (…, n_rows, d_model)
    Q: NDArray[Any]  # (…, n_sentences, n, d_model), as K, V and H
    K: NDArray[Any]
    V: NDArray[Any]
    weights: NDArray[Any]  # (…, n_sentences, n, n)
    H: NDArray[Any]
    y: NDArray[Any]  # (…, n_rows, d_model)
    p: NDArray[Any]  # (…, n_rows, vocab_size)


def random_parameters(
    vocab_size: int, max_len: int, d_model: int, rng: RandomSource
) -> dict[str, NDArray[Any]]:
    """Draw an untrained model: every number with a variance of 1/d_model.

    Parameters
    ----------
    vocab_size, max_len, d_model : int
        How many tokens, the longest sentence, and the width of a row.
    rng : numpy.random.RandomState or numpy.random.Generator
        Where the numbers are drawn from.

    Returns
    -------
    dict of str to ndarray
        E (vocab_size, d_model), P (max_len, d_model), W_Q, W_K, W_V and W_O (d_model, d_model),
        U (d_model, vocab_size).

    Raises
    ------
    TypeError, ValueError
        If a size is not an integer of at least 1, or `rng` is not a random generator.

    Examples
    --------
    >>> parameters = random_parameters(11, 7, 5, np.random.RandomState(0))
    >>> {name: array.shape for name, array in parameters.items() if name in "EPU"}
    {'E': (11, 5), 'P': (7, 5), 'U': (5, 11)}
    """
    sizes = {"vocab_size": vocab_size, "max_len": max_len, "d_model": d_model}
    vocab_size, max_len, d_model = (size(name, n, least=1) for name, n in sizes.items())
    square = (d_model, d_model)
    shapes = {"E": (vocab_size, d_model), "P": (max_len, d_model), "W_Q": square, "W_K": square,
              "W_V": square, "W_O": square, "U": (d_model, vocab_size)}  # fmt: skip
    rng, spread = random_source(rng), 1 / math.sqrt(d_model)
    return {name: rng.standard_normal(shape) * spread for name, shape in shapes.items()}


def forward(
    parameters: Parameters, tokens: ArrayLike, weights: ArrayLike | None = None
) -> ForwardPass:
    """Read sentences, and give every token its chance to be the next one, at each place.

    Parameters
    ----------
    parameters : mapping of str to ndarray
        As `random_parameters` returns them, all with the same leading axes.
    tokens : array_like of int, (…, n_sentences, n)
        Ids; `NOTHING` behind the end of a shorter sentence.
    weights : array_like, (…, n_sentences, n, n), optional
        Attention weights to use instead of the model's own, to see what hangs on them.

    Returns
    -------
    ForwardPass
        Whose `p` are the chances and whose `weights` are the attention weights.

    Raises
    ------
    TypeError
        If the tokens are not integers.
    ValueError
        If they have another number of axes, are longer than P or outside the vocabulary.

    Notes
    -----
    Radford et al. (2019), with one head, one layer, and neither norm nor feed-forward network.

    Examples
    --------
    >>> parameters = random_parameters(11, 7, 5, np.random.RandomState(0))
    >>> passed = forward(parameters, [[3, 1, 4], [1, 5, 9]])
    >>> passed.p.shape, passed.weights.shape
    ((6, 11), (2, 3, 3))
    """
    tokens = checked_tokens(parameters, tokens)
    *leading, n_sentences, n = tokens.shape
    sentences, rows = (*leading, n_sentences, n, -1), (*leading, n_sentences * n, -1)
    E, P, W_Q, W_K, W_V, W_O, U = (parameters[name] for name in NAMES)
    T = one_hot(tokens, E.shape[-2])  # (…, n_rows, vocab_size)
    x = ((T @ E).reshape(sentences) + P[..., np.newaxis, :n, :]).reshape(rows)
    Q, K, V = ((x @ W).reshape(sentences) for W in (W_Q, W_K, W_V))
    if weights is None:
        H, weights = scaled_dot_product_attention(Q, K, V, causal_mask(n))
    else:
        weights = np.asarray(weights)
        H = weights @ V
    y = x + H.reshape(rows) @ W_O  # (…, n_rows, d_model)
    p = softmax(y @ U)  # (…, n_rows, vocab_size)
    return ForwardPass(T, x, Q, K, V, weights, H, y, p)


def cross_entropy(passed: ForwardPass, wanted: NDArray[np.intp]) -> NDArray[Any]:
    """Return the loss: the mean of −log p over the tokens that did come next, natural log.

    Parameters
    ----------
    passed : ForwardPass
        Of the tokens before.
    wanted : ndarray of int, (…, n_sentences, n)
        The token that came next at each place, or `NOTHING`.

    Returns
    -------
    ndarray, (…)
        One loss for each model.

    Examples
    --------
    A model that knows nothing pays the logarithm of the number of tokens:

    >>> parameters = {name: 0 * W for name, W in
    ...               random_parameters(8, 5, 3, np.random.RandomState(0)).items()}
    >>> loss = cross_entropy(forward(parameters, [[0, 1, 2]]), np.array([[1, 2, 3]]))
    >>> float(loss) == math.log(8)
    True
    """
    total = -np.log(chances(passed, wanted)).sum(axis=(-2, -1))
    loss: NDArray[Any] = total / (wanted != NOTHING).sum(axis=(-2, -1))
    return loss


def chances(passed: ForwardPass, wanted: NDArray[np.intp]) -> NDArray[Any]:
    """Return the chance that each token was given that did come next; 1 where there was none.

    Examples
    --------
    >>> start = random_parameters(8, 5, 3, np.random.RandomState(0))
    >>> blank = forward({name: 0 * W for name, W in start.items()}, [[0, 1, 2]])
    >>> chances(blank, np.array([[1, 2, NOTHING]]))
    array([[0.125, 0.125, 1.   ]])
    """
    p = passed.p.reshape(*wanted.shape, -1)  # (…, n_sentences, n, vocab_size)
    given = np.take_along_axis(p, wanted[..., np.newaxis], axis=-1)[..., 0]
    return np.where(wanted == NOTHING, 1.0, given)


def backward(
    parameters: Parameters, passed: ForwardPass, wanted: NDArray[np.intp]
) -> dict[str, NDArray[Any]]:
    """Return how much the loss moves with every number of the model.

    Parameters
    ----------
    parameters : mapping of str to ndarray
        Those of the forward pass.
    passed : ForwardPass
        What it left.
    wanted : ndarray of int, (…, n_sentences, n)
        The token that came next at each place, or `NOTHING`.

    Returns
    -------
    dict of str to ndarray
        The gradient of `cross_entropy`, of the parameters' names and shapes.

    Notes
    -----
    Two rules do everything. Of C = A @ B, dA = dC @ Bᵀ and dB = Aᵀ @ dC. Of a softmax p,
    dz = p · (dp − Σ p dp), which for −log p of the token that came is p − 1 there and p elsewhere.

    Examples
    --------
    Nudge one number by a millionth and compare:

    >>> parameters = random_parameters(11, 7, 5, np.random.RandomState(0))
    >>> tokens, wanted = np.array([[3, 1, 4]]), np.array([[1, 4, 1]])
    >>> gradients = backward(parameters, forward(parameters, tokens), wanted)
    >>> losses = []
    >>> for nudge in (1e-6, -1e-6):
    ...     nudged = {**parameters, "W_Q": parameters["W_Q"].copy()}
    ...     nudged["W_Q"][1, 2] += nudge
    ...     losses.append(cross_entropy(forward(nudged, tokens), wanted))
    >>> bool(np.isclose((losses[0] - losses[1]) / 2e-6, gradients["W_Q"][1, 2], rtol=1e-6))
    True
    """
    _, P, W_Q, W_K, W_V, W_O, U = (parameters[name] for name in NAMES)
    T, x, Q, K, V, weights, H, y, p = passed
    rows, sentences, scale = x.shape, Q.shape, 1 / math.sqrt(Q.shape[-1])
    counts = (wanted != NOTHING).reshape(*rows[:-1], 1)  # False behind the end of a sentence

    dz = (p - one_hot(wanted, p.shape[-1])) * (counts / counts.sum(axis=-2, keepdims=True))
    dU = turned(y) @ dz
    dy = dz @ turned(U)

    dW_O = turned(H.reshape(rows)) @ dy
    dH = (dy @ turned(W_O)).reshape(sentences)

    dweights = dH @ turned(V)
    dV = (turned(weights) @ dH).reshape(rows)
    dscores = weights * (dweights - np.vecdot(weights, dweights)[..., np.newaxis])
    dQ = (dscores @ K * scale).reshape(rows)
    dK = (turned(dscores) @ Q * scale).reshape(rows)

    dW_Q, dW_K, dW_V = (turned(x) @ d for d in (dQ, dK, dV))
    dx = dy + dQ @ turned(W_Q) + dK @ turned(W_K) + dV @ turned(W_V)

    dE = turned(T) @ dx
    dP = np.zeros_like(P)
    dP[..., : sentences[-2], :] = dx.reshape(sentences).sum(axis=-3)
    return dict(zip(NAMES, (dE, dP, dW_Q, dW_K, dW_V, dW_O, dU), strict=True))


def turned(matrix: NDArray[Any]) -> NDArray[Any]:
    """Return a matrix turned on its side, (…, a, b) → (…, b, a).

    Examples
    --------
    >>> turned(np.array([[1, 2, 3]])).shape
    (3, 1)
    """
    return matrix.swapaxes(-2, -1)


def one_hot(tokens: NDArray[np.intp], vocab_size: int) -> NDArray[Any]:
    """Return a row for each token, 0 but for a 1 in the token's place.

    Examples
    --------
    >>> one_hot(np.array([[2, 0], [1, NOTHING]]), 3)
    array([[0., 0., 1.],
           [1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 0.]])
    """
    *leading, n_sentences, n = tokens.shape
    rows = tokens.reshape(*leading, n_sentences * n, 1)
    hot: NDArray[Any] = (rows == np.arange(vocab_size)).astype(np.float64)
    return hot


def checked_tokens(parameters: Parameters, tokens: ArrayLike) -> NDArray[np.intp]:
    """Return tokens as an array of ids, (…, n_sentences, n), that the model has rows for.

    Examples
    --------
    >>> parameters = random_parameters(11, 7, 5, np.random.RandomState(0))
    >>> checked_tokens(parameters, [[11]])
    Traceback (most recent call last):
    ValueError: tokens must lie between -1 (none) and 10, got 11
    """
    ids = regular_array("tokens", tokens)
    if ids.dtype.kind not in "iu":
        raise TypeError(f"tokens must be integers, got dtype {ids.dtype}")
    vocab_size, max_len = parameters["E"].shape[-2], parameters["P"].shape[-2]
    if ids.ndim < 2 or not 0 < ids.shape[-1] <= max_len:
        wanted = f"(…, n_sentences, n) with n from 1 to {max_len}"
        raise ValueError(f"tokens must be {wanted}, got shape {ids.shape}")
    outside = ids[(ids < NOTHING) | (ids >= vocab_size)]
    if outside.size:
        raise ValueError(
            f"tokens must lie between {NOTHING} (none) and {vocab_size - 1}, got {outside[0]}"
        )
    return ids.astype(np.intp, copy=False)


def learning_rate(step: int, n_steps: int, peak: float, warm_up: int = 20) -> float:
    """Return the rate of a step: up to `peak` in a line, then down to 0 along half a cosine.

    Examples
    --------
    >>> [round(learning_rate(step, 60, peak=1.0), 2) for step in (0, 9, 19, 39, 59)]
    [0.05, 0.5, 1.0, 0.5, 0.0]
    """
    if step < warm_up:
        return peak * (step + 1) / warm_up
    done = (step + 1 - warm_up) / (n_steps - warm_up)
    return peak * (1 + math.cos(math.pi * done)) / 2


def train(
    parameters: Parameters,
    sentences: ArrayLike,
    batches: NDArray[np.intp],
    peak: float = 0.02,
    step: Callable[[], object] | None = None,
) -> tuple[dict[str, NDArray[Any]], NDArray[Any]]:
    """Fit a model, or several side by side, to predict each token from those before it.

    Parameters
    ----------
    parameters : mapping of str to ndarray
        Where to start; not written to.
    sentences : array_like of int, (…, n_corpus, n + 1)
        The corpus, or one for each model.
    batches : ndarray of int, (n_steps, …, n_sentences)
        Which sentences each step reads, as `draw_batches` draws them.
    peak : float
        The largest learning rate.
    step : callable, optional
        Called after each step, to show progress.

    Returns
    -------
    parameters : dict of str to ndarray
        After the last step.
    losses : ndarray, (n_steps, …)
        The loss of each batch before its step.

    Raises
    ------
    TypeError, ValueError
        As for `forward`.

    Examples
    --------
    One sentence, read sixty times over:

    >>> rng = np.random.RandomState(0)
    >>> start = random_parameters(3, 4, 8, rng)
    >>> trained, losses = train(start, [[0, 1, 1, 2, 0]], draw_batches(60, 1, 1, rng))
    >>> bool(losses[0] > 1 and losses[-1] < 0.01)
    True
    """
    corpus = regular_array("sentences", sentences)
    adam, losses, parameters = Adam(), [], dict(parameters)
    with single_blas_thread():  # the products are small
        for number, chosen in enumerate(batches):
            batch = np.take_along_axis(corpus, chosen[..., np.newaxis], axis=-2)
            passed, wanted = forward(parameters, batch[..., :-1]), batch[..., 1:]
            losses.append(cross_entropy(passed, wanted))
            gradients = backward(parameters, passed, wanted)
            rate = learning_rate(number, len(batches), peak)
            parameters = adam.step(parameters, gradients, rate)
            if step is not None:
                step()
    return parameters, np.array(losses)


def draw_batches(
    n_steps: int, n_sentences: int, n_corpus: int, rng: RandomSource
) -> NDArray[np.intp]:
    """Draw which sentences each step reads, every sentence as likely at every step.

    Examples
    --------
    >>> draw_batches(2, 3, 10, np.random.RandomState(0))
    array([[5, 7, 6],
           [5, 4, 6]])
    """
    drawn = random_source(rng).random((n_steps, n_sentences))
    return (drawn * n_corpus).astype(np.intp)
