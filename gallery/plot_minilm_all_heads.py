"""
What does one word attend to in every head of a trained model?
==============================================================

Mostly to the marker that begins the text. A head that looks at *corpus* can be
found among the 72 of MiniLM, and so can one that looks at almost any other
token. A picture of all of them leaves nothing to be chosen.

The chapter :doc:`/essay/08-one-number-ten-thousand-seeds` reads the first
picture, and :doc:`/docs/head-explorer` shows any head by itself. What the
model's heads made of this sentence comes with the essay.
"""

import matplotlib.pyplot as plt
import numpy as np

from microattention.head_grid import head_grid
from microattention.trained import trained_sentence

# %%
# Each column is a head and sums to 1: what *wrong* gives to each token. Heads 1
# to 12 of a layer stand from left to right.

sentence = trained_sentence()
weights = sentence.weights()  # (layer, head, query, key)
n_layers, n_heads, _, n_tokens = weights.shape
shares = weights[:, :, sentence.tokens.index("wrong")].reshape(-1, n_tokens)
most = np.count_nonzero(shares.argmax(axis=-1) == 0)

layers, heads = np.divmod(np.arange(len(shares)), n_heads)
places = np.arange(len(shares)) + 1.5 * layers  # a gap between layers
colours = ["#0a3d6b", "#c9c9c9", "#d95f02", "#b3b3b3", "#8f8f8f", "#dedede"]
fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
below = np.zeros(len(shares))
drawn = zip(sentence.tokens, shares.T, colours, strict=True)
for token, share, colour in drawn:
    ax.bar(places, share, 0.9, below, color=colour, label=token)
    below += share

numbers = zip(layers + 1, heads + 1, strict=True)
ax.set_xticks(places, [f"layer {i}, head {j}" for i, j in numbers])
ax.tick_params(axis="x", length=0, labelbottom=False)
for layer in range(n_layers):
    middle = places[layers == layer].mean()
    ax.text(middle, -0.03, f"layer {layer + 1}", ha="center", va="top")
ax.set(title=f"[CLS] gets most from wrong in {most} of {len(shares)} heads")
ax.set(xlabel="\nhead", ylabel="share of attention", ylim=(0, 1))
ax.margins(x=0.01)
ax.spines[["top", "right"]].set_visible(False)
fig.legend(loc="outside right center", reverse=True, frameon=False)

# %%
# The same heads whole: every token's attention to every token, queries from top
# to bottom, keys from left to right. The first column is [CLS].

head_grid(weights, sentence.tokens, title=" ".join(sentence.tokens))
plt.show()
