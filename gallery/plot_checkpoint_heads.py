"""
Where do the heads of a trained model look?
===========================================

Mostly not at the words. In MiniLM, a small trained encoder, most heads turn to
the marker that begins every text. The weights say where attention goes, and not
what is made of it there.

The chapter :doc:`/essay/06-a-whole-model` loads the model; what it made of the
sentence comes with the essay. :doc:`/docs/head-explorer` shows any head.
"""

import matplotlib.pyplot as plt
import numpy as np

from microattention.plotting import heatmap, heatmaps
from microattention.trained import trained_sentence

# %%
# Six layers of twelve heads read *the corpus was wrong*: what *wrong* gives in
# each of them to [CLS], the token that begins the text.

sentence = trained_sentence()
tokens, weights = sentence.tokens, sentence.weights()
shares = weights[:, :, tokens.index("wrong")]  # (layer, head, token)
numbers = [str(number) for number in range(1, 13)]
ax = heatmap(shares[..., 0], numbers[:6], numbers, title="wrong → [CLS]")
ax.set(xlabel="head", ylabel="layer")
first = np.count_nonzero(shares.argmax(axis=-1) == 0)
print(f"[CLS] gets most in {first} of {shares[..., 0].size} heads.")

# %%
# Whoever may choose a head can show much. These are, for each word, the one in
# which *wrong* gives it the most.

best = [shares[..., word].argmax() for word in range(1, len(tokens) - 1)]
layers, heads = np.unravel_index(best, shares.shape[:2])
titles = [
    f"{token}: layer {layer + 1}, head {head + 1}"
    for token, layer, head in zip(tokens[1:], layers, heads, strict=False)
]
chosen = weights[layers, heads]
heatmaps(chosen, tokens, titles=titles, title="Four of 72", columns=2)
plt.show()
