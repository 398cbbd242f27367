"""
What do ten thousand seeds give where one was published?
========================================================

Mostly nearly nothing or nearly all. The published weight on *corpus* stands in
the high tail of its own distribution, and below the middle of the other one:
whatever word an untrained head happens to pick, it is usually this sure of it.

The chapter :doc:`/essay/08-one-number-ten-thousand-seeds` counts the tails.
"""

import matplotlib.pyplot as plt
import numpy as np

from microattention import attention_by_seed, estimate_median, estimate_rate
from microattention.publish import publish

# %%
# The sentence's random weights under the seeds 0 to 9999; *wrong* is the word
# that looks, and the published seed, 42, is one of them.

words = "the corpus was wrong".split()
drawn = attention_by_seed(words, range(10_000), query=-1)  # (seed, word)
published = drawn[42, 1]
shown = {"weight on corpus": drawn[:, 1], "largest weight": drawn.max(axis=-1)}

for name, weights in shown.items():
    reach = estimate_rate(weights >= published)
    median = estimate_median(weights)
    print(f"{name}: {reach.value:.1%} ± {reach.error:.1%} reach the published,")
    print(f"  the median is {median.value:.1%} ± {median.error:.1%}")

# %%
# Bars are twentieths of the way from 0 to 1; the dashed line is the published
# number.

edges = np.linspace(0, 1, 21)
how = {"figsize": (7.8, 3.6), "sharey": True, "layout": "constrained"}
fig, axes = plt.subplots(1, 2, **how)
for ax, (name, weights) in zip(axes, shown.items(), strict=True):
    shares = np.histogram(weights, edges)[0] / len(weights)
    ax.bar(edges[:-1], shares, 0.05, align="edge", color="#0a5a9c",
           edgecolor="white", label="share of seeds")  # fmt: skip
    ax.axvline(published, color="#b04a00", linestyle="--")
    ax.text(published - 0.02, 0.5, f"published\n{published:.1%}",
            color="#b04a00", ha="right")  # fmt: skip
    ax.set(title=name.capitalize(), xlabel="weight")
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("share of 10,000 seeds")
publish("least-twentieth-on-corpus", f"{np.mean(drawn[:, 1] < 0.05):.0%}")
plt.show()
