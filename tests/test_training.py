"""Training: gradients against two oracles, seeds side by side, and what is refused.

Sizes: 11 tokens, d_model 5, positions for 7; a batch of 3 sentences of 6 words, the last shorter.
"""

import numpy as np
import pytest
from optional import require

from microattention import causal_mask
from microattention.adam import Adam
from microattention.training import (
    NAMES,
    NOTHING,
    backward,
    cross_entropy,
    draw_batches,
    forward,
    learning_rate,
    random_parameters,
    train,
)

VOCAB_SIZE, D_MODEL, MAX_LEN = 11, 5, 7
TOKENS = np.array([[3, 1, 4, 1, 5, 9], [2, 6, 5, 3, 5, 8], [9, 7, 9, 3, NOTHING, NOTHING]])
WANTED = np.array([[1, 4, 1, 5, 9, 2], [6, 5, 3, 5, 8, 10], [7, 9, 3, NOTHING, NOTHING, NOTHING]])


@pytest.fixture
def parameters():
    return random_parameters(VOCAB_SIZE, MAX_LEN, D_MODEL, np.random.RandomState(0))


def stacked(n):
    drawn = [random_parameters(VOCAB_SIZE, MAX_LEN, D_MODEL, np.random.RandomState(seed))
             for seed in range(n)]  # fmt: skip
    return {name: np.stack([one[name] for one in drawn]) for name in NAMES}


def plain_loss(parameters, tokens, wanted):
    """Return the loss, word by word in plain sums: a second account, for complex numbers too."""
    E, P, W_Q, W_K, W_V, W_O, U = (parameters[name] for name in NAMES)
    losses = []
    for sentence, following in zip(tokens, wanted, strict=True):
        n = np.count_nonzero(following != NOTHING)
        x = E[sentence[:n]] + P[:n]
        for i in range(n):
            scores = np.array([(x[i] @ W_Q) @ (x[j] @ W_K) for j in range(i + 1)])
            shares = np.exp(scores / np.sqrt(D_MODEL))
            shares = shares / shares.sum()
            y = x[i] + sum(shares[j] * (x[j] @ W_V) for j in range(i + 1)) @ W_O
            losses.append(np.log(np.exp(y @ U).sum()) - (y @ U)[following[i]])
    return sum(losses) / len(losses)


def test_the_loss_is_that_of_the_plain_account(parameters):
    loss = cross_entropy(forward(parameters, TOKENS), WANTED)
    np.testing.assert_allclose(loss, plain_loss(parameters, TOKENS, WANTED), rtol=1e-14)


@pytest.mark.parametrize("name", NAMES)
def test_gradients_agree_with_the_complex_step(parameters, name):
    """Im f(x + ih) / h is the derivative to rounding: no difference is taken, so h can be tiny."""
    gradient = backward(parameters, forward(parameters, TOKENS), WANTED)[name]
    h, stepped = 1e-200, np.zeros(parameters[name].shape)
    for place in np.ndindex(stepped.shape):
        nudged = {**parameters, name: parameters[name].astype(complex)}
        nudged[name][place] += 1j * h
        stepped[place] = plain_loss(nudged, TOKENS, WANTED).imag / h
    assert abs(stepped).max() > 1e-3
    np.testing.assert_allclose(gradient, stepped, rtol=0, atol=1e-12)


def torch_loss(torch, parameters, tokens, wanted):
    E, P, W_Q, W_K, W_V, W_O, U = (parameters[name] for name in NAMES)
    x = E[tokens] + P[: tokens.shape[-1]]
    H = torch.nn.functional.scaled_dot_product_attention(x @ W_Q, x @ W_K, x @ W_V, is_causal=True)
    logits = (x + H @ W_O) @ U
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten())


def test_gradients_agree_with_autograd(parameters):
    torch = require("torch")
    tensors = {n: torch.from_numpy(a).clone().requires_grad_() for n, a in parameters.items()}
    loss = torch_loss(torch, tensors, torch.from_numpy(TOKENS[:2]), torch.from_numpy(WANTED[:2]))
    loss.backward()
    passed = forward(parameters, TOKENS[:2])
    assert abs(cross_entropy(passed, WANTED[:2]) - loss.item()) < 1e-12
    for name, gradient in backward(parameters, passed, WANTED[:2]).items():
        np.testing.assert_allclose(gradient, tensors[name].grad.numpy(), rtol=0, atol=1e-10)


def test_adam_takes_the_steps_of_torch(parameters):
    torch = require("torch")
    tensors = {n: torch.from_numpy(a.copy()).requires_grad_() for n, a in parameters.items()}
    theirs, ours = torch.optim.Adam(tensors.values(), lr=0.02), Adam()
    for seed in range(25):
        rng = np.random.RandomState(seed)
        gradients = {n: rng.randn(*array.shape) for n, array in parameters.items()}
        for name, tensor in tensors.items():
            tensor.grad = torch.from_numpy(gradients[name])
        theirs.step()
        parameters = ours.step(parameters, gradients, rate=0.02)
    for name, tensor in tensors.items():
        np.testing.assert_allclose(parameters[name], tensor.detach().numpy(), rtol=0, atol=1e-10)


def test_what_stands_behind_a_sentence_counts_for_nothing(parameters):
    alone = forward(parameters, TOKENS[2:, :3])
    padded = forward(parameters, TOKENS[2:])
    gradients = backward(parameters, padded, WANTED[2:])
    for name, gradient in backward(parameters, alone, WANTED[2:, :3]).items():
        np.testing.assert_allclose(gradients[name], gradient, rtol=0, atol=1e-14)
    assert abs(cross_entropy(padded, WANTED[2:]) - cross_entropy(alone, WANTED[2:, :3])) < 1e-14


def test_seeds_side_by_side_equal_one_by_one():
    start, corpus = stacked(3), np.stack([TOKENS, TOKENS[::-1], (TOKENS + 1) % VOCAB_SIZE])
    rngs = [np.random.RandomState(seed) for seed in range(3)]
    batches = np.stack([draw_batches(30, 2, 3, rng) for rng in rngs], axis=1)
    together, losses = train(start, corpus, batches)
    assert losses.shape == (30, 3)
    for seed in range(3):
        one = {name: array[seed] for name, array in start.items()}
        alone, loss = train(one, corpus[seed], batches[:, seed])
        np.testing.assert_allclose(losses[:, seed], loss, rtol=0, atol=1e-10)
        for name in NAMES:
            np.testing.assert_allclose(together[name][seed], alone[name], rtol=0, atol=1e-8)


def test_training_writes_to_nothing(parameters):
    before = {name: array.copy() for name, array in parameters.items()}
    for array in (*parameters.values(), TOKENS):
        array.flags.writeable = False
    trained, _ = train(parameters, TOKENS, draw_batches(3, 2, 3, np.random.RandomState(0)))
    for name, array in before.items():
        assert np.array_equal(parameters[name], array)
        assert not np.array_equal(trained[name], array)
    TOKENS.flags.writeable = True


def test_each_step_is_a_step_of_progress(parameters):
    steps = []
    batches = draw_batches(4, 2, 3, np.random.RandomState(0))
    train(parameters, TOKENS, batches, step=lambda: steps.append(None))
    assert len(steps) == 4


def test_weights_that_are_given_take_the_place_of_the_models_own(parameters):
    own = forward(parameters, TOKENS[:2])
    same = forward(parameters, TOKENS[:2], own.weights)
    np.testing.assert_allclose(same.p, own.p, rtol=0, atol=1e-14)
    even = causal_mask(6) / np.arange(1, 7)[:, np.newaxis]
    changed = forward(parameters, TOKENS[:2], np.broadcast_to(even, own.weights.shape))
    averages = np.cumsum(own.V, axis=-2) / np.arange(1, 7)[:, np.newaxis]
    np.testing.assert_allclose(changed.H, averages, rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    ("tokens", "error", "said"),
    [
        ([[0.5]], TypeError, "integers"),
        ([3, 1], ValueError, "n_sentences"),
        ([[0] * 8], ValueError, "1 to 7"),
        ([[]], (TypeError, ValueError), "tokens"),
        ([[11]], ValueError, "11"),
        ([[-2]], ValueError, "-2"),
        ([[1], [1, 2]], ValueError, "regular"),
    ],
)
def test_tokens_that_cannot_be_read_are_refused(parameters, tokens, error, said):
    with pytest.raises(error, match=said):
        forward(parameters, tokens)


def test_adam_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="beta_2"):
        Adam(beta_2=1.0)
    with pytest.raises(ValueError, match="eps"):
        Adam(eps=0.0)
    for gradients in ({}, {"w": np.ones(3)}):
        with pytest.raises(ValueError, match=r"gradients\['w'\] must have shape \(2,\)"):
            Adam().step({"w": np.ones(2)}, gradients, rate=0.1)


def test_the_rate_rises_and_falls_to_nothing():
    rates = [learning_rate(step, 100, peak=0.5, warm_up=10) for step in range(100)]
    assert max(rates) == rates[9] == 0.5
    assert rates[:10] == sorted(rates[:10])
    assert rates[9:] == sorted(rates[9:], reverse=True)
    assert rates[-1] == 0
