"""
Which faults does each check notice?
====================================

Twelve faults are planted in the package's own attention, one at a time, and
eight checks are run on each. A dark cell is a fault that was noticed.

The chapter :doc:`/essay/12-what-this-says-about-governance` reads the table as
a measure of the checks.
"""

import matplotlib.pyplot as plt
import numpy as np

from microattention.planted import CHECKS, FAULTS, notices

# %%
# Each fault is an edit of the source, which is then run beside the package. The
# first four checks look at what the published number was printed from; the
# others look for something else.

noticed = np.array(
    [[notices(check, fault) for check in CHECKS] for fault in FAULTS]
)  # (fault, check)

# %%
# The last row stays empty: no check here hides a value that is NaN, so none can
# tell whether it stays hidden.

fig, ax = plt.subplots(figsize=(7.4, 5.4), layout="constrained")
ax.imshow(noticed.astype(int), cmap="Blues", vmin=0, vmax=1.2, aspect="auto")
for fault, check in np.argwhere(noticed):
    ax.text(check, fault, "✓", ha="center", va="center", color="white")
ax.set_xticks(range(len(CHECKS)), [*CHECKS], rotation=40, ha="right")
ax.set_yticks(range(len(FAULTS)), [*FAULTS])
ax.set_xticks(np.arange(len(CHECKS) - 1) + 0.5, minor=True)
ax.set_yticks(np.arange(len(FAULTS) - 1) + 0.5, minor=True)
ax.grid(which="minor", color="white")
ax.tick_params(which="both", length=0)
ax.set_title("Planted faults and the checks that notice them")
ax.set(xlabel="check", ylabel="fault")
plt.show()
