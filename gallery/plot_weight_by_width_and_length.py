"""
How sure is an untrained head, by width and length?
===================================================

With projections as drawn, the surer the wider its rows are, until one word has
everything, however long the sentence. With projections divided by the square
root of the width, the width makes little difference, and the longer the
sentence, the less any one word gets.

The chapter :doc:`/essay/08-one-number-ten-thousand-seeds` begins with one width
and one length.
"""

import matplotlib.pyplot as plt

from microattention import attention_by_seed, estimate_median
from microattention.publish import publish

# %%
# Medians of the largest weight of the last word, over 400 seeds; bars are one
# standard error to either side, and mostly too short to be seen.

widths, lengths, seeds = [2, 4, 8, 16, 32, 64], [2, 4, 16, 64], range(400)
looks = ["#7fb2dd", "#3f86c4", "#0a5a9c", "#04305a"]
marks = ["o-", "s--", "^-.", "d:"]


def sureness(n_words, d_model, power):
    """Return the median of the largest weight of the last word."""
    drawn = attention_by_seed(
        ["word"] * n_words, seeds, query=-1,
        d_model=d_model, weight_scale=d_model**power,
    )  # fmt: skip
    return estimate_median(drawn.max(axis=-1))


how = {"figsize": (7.8, 4), "sharey": True, "layout": "constrained"}
fig, axes = plt.subplots(1, 2, **how)
powers = {"as-drawn": 0, "divided": -0.5}
for ax, (name, power) in zip(axes, powers.items(), strict=True):
    for n_words, colour, style in zip(lengths, looks, marks, strict=True):
        found = [sureness(n_words, width, power) for width in widths]
        medians, errors = zip(*found, strict=True)
        line = {"fmt": style, "color": colour, "label": f"{n_words} words"}
        ax.errorbar(widths, medians, errors, capsize=3, **line)
    publish(f"widest-longest-largest-weight-{name}", f"{medians[-1]:.0%}")
    ax.set(xscale="log", xlabel="width, $d_{model}$", ylim=(0, 1.02))
    ax.set_xticks(widths, map(str, widths))
    ax.set_xticks([], minor=True)
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set(title="As drawn", ylabel="median of the largest weight")
axes[1].set_title("Divided by √d_model")
axes[1].legend(frameon=False)
plt.show()
