"""
Which step makes attention faster?
==================================

A ladder from the plain expression to tiles, one change a rung, timed in one run
on the machine described below; on another the times are others. A good part of
the gain has nothing to do with tiles: it comes from dropping temporaries.

The chapter :doc:`/essay/07-the-tiling-pass` climbs it rung by rung.
"""

import matplotlib.pyplot as plt

from microattention.benchmark import Case, measure, table
from microattention.environment import environment, stamp
from microattention.pinning import pinned
from microattention.publish import publish

# %%
# Four heads of width 64, float32, all held to one thread. *inplace* is plain
# without temporaries; *tiles* computes what the causal rule closes, *skipping*
# leaves it out; *tiled* looks for no maximum where none is needed; *floor* is
# the two matrix products alone. They take turns.

colours = {"plain": "#8a8a8a-", "inplace": "#b04a00s-", "tiles": "#7a5aa6^-"}
colours |= {"skipping": "#2a7d4fD-", "tiled": "#0a5a9co-", "floor": "#222222:"}
sizes, rows = [512, 1024, 2048], {}
with pinned(1):
    for title, causal in {"every key": False, "causal": True}.items():
        cases = [Case(n, 4, 64, causal, "float32") for n in sizes]
        rows[title] = measure(cases, list(colours), repeats=5)
        print(f"{title}:", table(rows[title]), "", sep="\n")
    print(stamp(environment()))

# At the largest size; above 1, the second of the two named was the faster.
steps = [("inplace", "tiles"), ("tiles", "skipping"), ("skipping", "tiled")]
rungs = [("plain", rung) for rung in colours if rung != "plain"]
for title, end in {"every key": "", "causal": "-causal"}.items():
    for one, other in [*rungs, *steps, ("tiles", "tiled")]:
        ratio = f"{rows[title][-1].ratio(one, other):.1f}"
        publish(f"{one}-over-{other}{end}", ratio, measured=True)

# %%
# Higher is faster. No exact method rises above the dotted line.

fig, axes = plt.subplots(1, 2, figsize=(7.6, 4.2), sharey=True)
fig.set_layout_engine("constrained")
for ax, (title, measured) in zip(axes, rows.items(), strict=True):
    for rung, look in colours.items():
        ratios = [row.ratio("plain", rung) for row in measured]
        ax.plot(sizes, ratios, look[7:], color=look[:7], label=rung)
    ax.set(title=title, xlabel="number of queries and of keys", xscale="log")
    ax.set_xticks(sizes, map(str, sizes))
    ax.set_xticks([], minor=True)
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set(ylabel="times as fast as plain", ylim=0)
axes[0].legend(frameon=False)
fig.suptitle("What each step gains")
plt.show()
