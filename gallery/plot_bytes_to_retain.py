"""
What must be kept for an audit?
===============================

All weights, or what they can be recomputed from. The weights grow with the
square of the text. Queries, keys and log-sum-exp grow with the text itself, the
last of them by one number for each head and token; where the model is kept as
well, the tokens are enough for the queries and keys.

The chapter :doc:`/essay/11-what-the-fast-path-throws-away` says what each of
them proves.
"""

import matplotlib.pyplot as plt

from microattention import GPT3_SIZES, retained_bytes
from microattention.publish import publish

# %%
# GPT-3's 96 blocks of 96 heads, 128 wide. Weights, queries and keys take two
# bytes a number, the log-sum-exp four. Its own context is 2048 tokens; 100,000
# is that of a longer text in a model of the same sizes.

largest = GPT3_SIZES[-1]
lengths = [2**power for power in range(7, 17)] + [100_000]
kept = [
    retained_bytes(n, largest.n_layers, largest.d_model, largest.n_heads)
    for n in lengths
]
publish("weights-over-log-sum-exp-at-a-hundred-thousand",
        f"{kept[-1]['weights'] / kept[-1]['log-sum-exp']:,.0f}")  # fmt: skip

# %%
# Both axes are logarithmic: a line twice as steep grows with the square.

fig, ax = plt.subplots(figsize=(6.8, 4.4), layout="constrained")
ax.set_prop_cycle(color=["#b04a00", "#8a6d00", "#0a5a9c", "#5b2a86"])
for part, style in zip(kept[0], "s^oD", strict=True):
    gigabytes = [one[part] / 1e9 for one in kept]
    ax.plot(lengths, gigabytes, style + "-", label=part)
ax.set_title("Bytes kept of one run, GPT-3's sizes")
ax.set(xscale="log", yscale="log", ylabel="gigabytes")
ax.set_xlabel("tokens of context")
shown = [lengths[i] for i in (0, 2, 4, 6, 8, 10)]
ax.set_xticks(shown, [f"{n:,}" for n in shown])
ax.set_xticks([], minor=True)
ax.legend(frameon=False)
plt.show()
