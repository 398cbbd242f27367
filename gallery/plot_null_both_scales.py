"""
How rare is a large weight, at either scale?
============================================

As the published program draws its weights,
:out:`14.3% <corpus-reaches-published-by-chance>` of seeds give *corpus* at
least what seed 42 gives it. At the scale that dividing by √d_k assumes, hardly
any do. How rare a number is depends on what is drawn as much as on the number.

The chapter :doc:`/essay/08-one-number-ten-thousand-seeds` reads the curves.
"""

import matplotlib.pyplot as plt
import numpy as np

from microattention import attention_by_seed

# %%
# The weights on *corpus* and the largest weights, under 10,000 seeds, sorted:
# how many seeds give at least so much. Seed 42 is marked on the first.

words, seeds = "the corpus was wrong".split(), range(10_000)
levels = np.linspace(0, 1, 101)


def at_least(weights):
    """Return the share of seeds that reach each level."""
    return np.mean(weights[:, np.newaxis] >= levels, axis=0)


how = {"figsize": (7.8, 3.8), "sharey": True, "layout": "constrained"}
fig, axes = plt.subplots(1, 2, **how)
for label, scale, colour, style in [
    ("as drawn", 1, "#b04a00", "--"),
    ("divided by √d_model", 8**-0.5, "#0a5a9c", "-"),
]:
    drawn = attention_by_seed(words, seeds, query=-1, weight_scale=scale)
    shown = drawn[:, 1], drawn.max(axis=-1)  # (seed,) each
    for ax, weights in zip(axes, shown, strict=True):
        ax.plot(levels, at_least(weights), style, color=colour, label=label)
    mark = drawn[42, 1], np.mean(drawn[:, 1] >= drawn[42, 1])
    axes[0].scatter(*mark, color=colour, zorder=3, label=f"seed 42, {label}")
    x, y = mark
    axes[0].text(x - 0.02, y - 0.06, f"{x:.1%}", color=colour, ha="right")
axes[0].set(title="Weight on corpus", ylabel="share of seeds that reach it")
axes[1].set(title="Largest weight")
axes[1].legend(frameon=False)
for ax in axes:
    ax.set_xlabel("weight")
    ax.spines[["top", "right"]].set_visible(False)
plt.show()
