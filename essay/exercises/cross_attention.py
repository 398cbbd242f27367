# %% start: Another text gives the same output: the reader attends to nothing but itself.
import numpy as np
from microattention import softmax


def cross(reader, text, W_Q, W_K, W_V):
    """Let each row of the reader attend to the rows of the text."""
    Q, K, V = reader @ W_Q, reader @ W_K, reader @ W_V
    return softmax(Q @ K.T / np.sqrt(W_Q.shape[1])) @ V


# %% wrong: The reader has 3 rows, so the output has 3; here it has 5, one for each row of the text.
def cross(reader, text, W_Q, W_K, W_V):
    Q, K, V = text @ W_Q, reader @ W_K, reader @ W_V
    return softmax(Q @ K.T / np.sqrt(W_Q.shape[1])) @ V


# %% wrong: Each column of shares sums to one, not each row: softmax went along the wrong axis.
def cross(reader, text, W_Q, W_K, W_V):
    Q, K, V = reader @ W_Q, text @ W_K, text @ W_V
    return softmax(Q @ K.T / np.sqrt(W_Q.shape[1]), axis=0) @ V


# %% solution
import numpy as np
from microattention import softmax


def cross(reader, text, W_Q, W_K, W_V):
    Q, K, V = reader @ W_Q, text @ W_K, text @ W_V  # who asks, who is found, what is handed over
    return softmax(Q @ K.T / np.sqrt(W_Q.shape[1])) @ V


# %% check
rng = np.random.RandomState(0)
reader, text, other = rng.randn(3, 7), rng.randn(5, 7), rng.randn(5, 7)
W_Q, W_K, W_V = rng.randn(7, 2), rng.randn(7, 2), rng.randn(7, 4)
got = cross(reader, text, W_Q, W_K, W_V)
assert got is not None, "cross returned nothing."
assert len(got) == 3, (
    f"The reader has 3 rows, so the output has 3; here it has {len(got)}, "
    "one for each row of the text."
)
assert not np.allclose(got, cross(reader, other, W_Q, W_K, W_V)), (
    "Another text gives the same output: the reader attends to nothing but itself."
)
scores = reader @ W_Q @ (text @ W_K).T / np.sqrt(2)
assert not np.allclose(got, softmax(scores, axis=0) @ text @ W_V), (
    "Each column of shares sums to one, not each row: softmax went along the wrong axis."
)
assert np.allclose(got, softmax(scores) @ text @ W_V), (
    "The shape is right and the numbers are not: which of Q, K and V come from the text?"
)
