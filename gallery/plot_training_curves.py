"""
What is left to learn when training ends?
=========================================

Less than a bit a word, most of it the names and deeds that nobody could guess.
A mixture whose minority orders its words another way ends a little higher than
one whose minority has other words in the same order.

The chapter :doc:`/essay/10-the-corpus-shapes-the-weights` derives each step.
"""

import matplotlib.pyplot as plt
import numpy as np

from microattention.two_corpora import train_on_mixture

# %%
# Means over five seeds and ten batches. The ideal reader pays for the event,
# log2 of 360 bits, and for the community, spread over ten words.

looks = {"clash": ("#b04a00", "-"), "relabel": ("#0a5a9c", "--")}
fig, ax = plt.subplots(figsize=(6.8, 4), layout="constrained")
for grammar, (colour, style) in looks.items():
    losses = train_on_mixture(grammar, 0.1, range(5)).losses / np.log(2)
    curve = losses.reshape(40, 10, 5).mean(axis=(1, 2))
    ax.plot(range(10, 401, 10), curve, style, color=colour, label=grammar)
community = -0.1 * np.log2(0.1) - 0.9 * np.log2(0.9)
ideal = (np.log2(360) + community) / 10
ax.axhline(ideal, color="k", linestyle=":", label="ideal reader")
ax.set(title="One minority in ten, two grammars", xlabel="batches read")
ax.set(ylabel="bits a word", ylim=(0, None))
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
