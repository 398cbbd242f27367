"""
What becomes of published claims when they are run again?
=========================================================

Most come out. What differs stands mainly in one document, the one that prints
most numbers; a document that prints few has few that could differ.

The chapter :doc:`/essay/09-published-outputs-re-run` tells what the statuses
mean, and :doc:`/docs/reproduction` has every claim.
"""

import matplotlib.pyplot as plt
import numpy as np

from microattention.reproduction import STATUSES, reproduce_all

# %%
# Each claim has a recipe, which is run here, and its status follows from the
# result. The documents are in the order of their number of claims.

rows = reproduce_all()
names = {
    "mlplus-attention": "Prabhakaran",
    "williams-microattention": "Williams",
    "bendersky-attention": "Bendersky",
    "mlc-attention": "course section",
    "vault-attention": "notes",
}
counts = {
    status: np.array(
        [
            sum(row.document == key and row.status == status for row in rows)
            for key in names
        ]
    )
    for status in STATUSES
}

# %%
# The bars are stacked in the order of the legend. A part without a number is a
# single claim.

fig, ax = plt.subplots(figsize=(7.4, 4.0), layout="constrained")
left = np.zeros(len(names))
looks = ["#0a5a9cwhite", "#8ec5e8black", "#b04a00white", "#d9d9d9black"]
for (status, count), look in zip(counts.items(), looks, strict=True):
    bars = ax.barh(
        [*names.values()], count, left=left, color=look[:7], label=status
    )
    texts = [str(one) if one > 1 else "" for one in count]
    ax.bar_label(bars, texts, label_type="center", color=look[7:])
    left = left + count
ax.invert_yaxis()
ax.set_title("Published claims by what became of them")
ax.set(xlabel="number of claims", ylabel="document")
ax.legend(frameon=False, loc="lower right")
ax.spines[["top", "right"]].set_visible(False)
plt.show()
