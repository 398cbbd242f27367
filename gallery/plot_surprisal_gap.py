"""
What does a community pay for being rare in the corpus?
=======================================================

More than its rarity explains, if it orders its words another way. One model
for each of 20 seeds reads a mixture of two communities' sentences, and then
events that it never met, told in the words of each.

The chapter :doc:`/essay/10-the-corpus-shapes-the-weights` explains the measure.
"""

import matplotlib.pyplot as plt

from microattention.publish import publish
from microattention.surprisal import ideal_gap
from microattention.two_corpora import gaps, seeds_naming, train_on_mixture

# %%
# Only the minority's grammar and its share change. *Relabel* has other words
# in the same order. *Clash* puts the culprit where the majority puts somebody
# else, *resolvable* where the majority puts nobody. An ideal reader pays for
# the rarity alone. Bars are standard deviations over the seeds.

names = "hundredth", "twentieth", "tenth", "fifth", "half"
shares = 0.01, 0.05, 0.1, 0.2, 0.5
fig, ax = plt.subplots(figsize=(6.8, 4.2), layout="constrained")
ideal = [ideal_gap(share, 10) for share in shares]
ax.plot(shares, ideal, "k:", label="ideal reader")
for name, gap in zip(names, ideal, strict=True):
    publish(f"gap-of-an-ideal-reader-at-a-{name}", f"{gap:.3f}")
for grammar, style, colour, shift in [
    ("clash", "s-", "#b04a00", 0.97),
    ("resolvable", "^--", "#5b2a86", 1.03),
    ("relabel", "o-", "#0a5a9c", 1),
]:
    right, wrong = ("culprit", "right"), ("other", "reversed")
    role, what = wrong if grammar == "clash" else right
    means, spreads = [], []
    for name, share in zip(names, shares, strict=True):
        found, at = train_on_mixture(grammar, share, range(20)), f"at-a-{name}"
        gap = gaps(found)
        means.append(gap.mean())
        spreads.append(gap.std(ddof=1))
        told = f"{means[-1]:.3f} ± {spreads[-1]:.3f}"
        publish(f"gap-of-{grammar}-{at}", told)
        seeds = seeds_naming(found, grammar, role)
        if share < 0.5:
            publish(f"seeds-{what}-on-{grammar}-{at}", f"{seeds} of 20")
    xs = [share * shift for share in shares]  # side by side
    ax.errorbar(xs, means, spreads, fmt=style, color=colour, label=grammar)
ax.set(title="What the minority pays more", xscale="log")
ax.set(xlabel="minority's share of the corpus", ylabel="bits a word")
ax.set_xticks(shares, ["1%", "5%", "10%", "20%", "50%"])
ax.set_xticks([], minor=True)
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)
plt.show()
