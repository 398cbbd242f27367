"""
Where could printed weights have come from, if not from the code?
=================================================================

From the scores that are printed above them, if each row was divided by a wrong
total. A tutorial prints scores and weights of four words. Its weights are the
softmax of its scores times a factor, one factor for each row.

The chapter :doc:`/essay/09-published-outputs-re-run` tells what follows from
that, and what does not.
"""

import matplotlib.pyplot as plt
import numpy as np

from microattention import softmax
from microattention.reproduction.recipes.mlplus import (
    PRINTED_SCORES,
    PRINTED_WEIGHTS,
    WORDS,
)

# %%
# Softmax of the printed scores, divided by the square root of four as the page
# has it, against the weights that the page prints.

expected = softmax(PRINTED_SCORES / 2)  # (word, word)
totals = np.sum(PRINTED_WEIGHTS, axis=1)  # what the printed rows add up to
for word, total in zip(WORDS, totals, strict=True):
    print(f"{word:4} adds up to {total:.3f}")

# %%
# Within a row the ratio is level, but for rounding: it is what the row adds up
# to. Between rows it is not.

fig, ax = plt.subplots(figsize=(6.4, 4.6), layout="constrained")
ratios = PRINTED_WEIGHTS / expected
for number, (word, marker) in enumerate(zip(WORDS, "osD^", strict=True)):
    order = np.argsort(expected[number])
    x, y = expected[number, order], ratios[number, order]
    ax.plot(x, y, marker + "-", label=f"“{word}”")
ax.axhline(1, color="#111111", linestyle="--", label="softmax itself")
ax.set_title("Printed weights over the softmax of the printed scores")
ax.set(xlabel="softmax of the printed scores", ylabel="printed weight ÷ that")
ax.set_ylim(0.84, 1.08)
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False, ncols=2, loc="lower left", bbox_to_anchor=(0.0, 0.12))
plt.show()
