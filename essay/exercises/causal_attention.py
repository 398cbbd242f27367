# %% start: The first word's output changed with the last word: it heard what came after it.
import numpy as np
from microattention import softmax


def attend(Q, K, V):
    """Attention under the causal rule: a word hears itself and what came before it."""
    scores = Q @ K.T / np.sqrt(Q.shape[-1])  # (n_queries, n_keys)
    return softmax(scores) @ V


# %% wrong: The first word's output is not its own value: a word hears itself too.
def attend(Q, K, V):
    scores = Q @ K.T / np.sqrt(Q.shape[-1])
    earlier = np.tri(len(Q), k=-1, dtype=bool)
    return softmax(np.where(earlier, scores, -np.inf)) @ V


# %% wrong: With values of one throughout, an average is one, and another number came.
def attend(Q, K, V):
    scores = Q @ K.T / np.sqrt(Q.shape[-1])
    return (softmax(scores) * np.tri(len(Q))) @ V


# %% solution
import numpy as np
from microattention import softmax


def attend(Q, K, V):
    scores = Q @ K.T / np.sqrt(Q.shape[-1])  # (n_queries, n_keys)
    may_hear = np.tri(len(Q), dtype=bool)
    return softmax(np.where(may_hear, scores, -np.inf)) @ V


# %% check
from microattention import causal_mask, scaled_dot_product_attention

rng = np.random.RandomState(0)
Q, K, V = rng.randn(5, 4), rng.randn(5, 4), rng.randn(5, 3)
last = np.arange(5)[:, np.newaxis] == 4
got, again = attend(Q, K, V), attend(Q, np.where(last, 3, K), np.where(last, 3, V))
assert got is not None, "attend returned nothing."
assert np.shape(got) == (5, 3), f"One row of three numbers a word, (5, 3); {np.shape(got)} came."
assert np.allclose(attend(Q, K, np.ones_like(V))[1:], 1), (
    "With values of one throughout, an average is one, and another number came."
)
assert np.allclose(got[0], again[0]), (
    "The first word's output changed with the last word: it heard what came after it."
)
assert np.allclose(got[0], V[0]), (
    "The first word's output is not its own value: a word hears itself too."
)
wanted, _ = scaled_dot_product_attention(Q, K, V, causal_mask(5))
assert np.allclose(got, wanted), "The rows are causal averages, with other shares than softmax's."
