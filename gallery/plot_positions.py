"""
How is a model told where a word stands?
========================================

By numbers that change with the position and that nobody has to learn: waves
added to the word's embedding, turns of its queries and keys, or points taken
off the score of a distant word. A model can also learn such numbers.

The chapter :doc:`/essay/06-a-whole-model` chooses among them.
"""

import matplotlib.pyplot as plt
import numpy as np

from microattention import alibi_bias, rotate, sinusoidal_positions
from microattention.publish import publish

# %%
# Sinusoidal: each row is added to the embedding of the word at that position.
# The pairs of columns are waves, quick at the left and slow at the right.

waves = sinusoidal_positions(48, 32)
fig, ax = plt.subplots(figsize=(6.8, 5.6), layout="constrained")
look = {"interpolation": "none", "aspect": "auto", "extent": (0, 32, 48, 0)}
mesh = ax.imshow(waves, cmap="PuOr", vmin=-1, vmax=1, **look)
fig.colorbar(mesh, label="added to the embedding", ticks=[-1, 0, 1], shrink=0.6)
ax.set(title="Sinusoidal positions", xlabel="column", ylabel="position")
ax.set_xticks(np.arange(0, 32, 4) + 0.5, map(str, range(0, 32, 4)))
ax.set_yticks(np.arange(0, 48, 8) + 0.5, map(str, range(0, 48, 8)))

# %%
# Rotary: each pair of a query's columns is a hand that turns as the word moves
# on, here from 0 to 6. Keys turn alike: a score depends on the distance alone.

hands = rotate(np.tile([1.0, 0.0], (7, 32)), range(7)).reshape(7, 32, 2)
fig, axes = plt.subplots(1, 4, figsize=(7.2, 2.4), layout="constrained")
fig.suptitle("Rotary positions")
for pair, ax in zip([0, 4, 8, 12], axes, strict=True):
    x, y = hands[:, pair].T
    ax.add_patch(plt.Circle((0, 0), 1, fill=False, color="#b0b0b0"))
    ax.plot(x, y, "o", color="#0a5a9c", label="second column")
    for place in range(7) if pair == 0 else [6]:
        ax.text(*1.3 * hands[place, pair], place, ha="center", va="center")
    ax.set(title=f"pair {pair + 1} of 32", aspect="equal", xticks=[], yticks=[])
    ax.set(xlim=(-1.6, 1.6), ylim=(-1.6, 1.6), xlabel="first column")
axes[0].set_ylabel("second column")
turn = 2 * np.pi / np.arctan2(hands[1, :, 1], hands[1, :, 0])
publish("rotary-words-a-turn", f"{turn[0]:.1f} to {turn[-1]:,.0f} at width 64")

# %%
# ALiBi: what is added to a score for its distance, in three heads of four.

fig, ax = plt.subplots(figsize=(6.8, 3.4), layout="constrained")
for head, added in enumerate(alibi_bias(4, 1, 33)[:3, 0], start=1):
    ax.plot(added, color="#0a5a9c", label=f"head {head}")
    ax.text(32.4, added[-1], f"head {head}", va="center")
ax.set(title="ALiBi", xlabel="words away", ylabel="added to the score")
ax.spines[["top", "right"]].set_visible(False)
plt.show()
