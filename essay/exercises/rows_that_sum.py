# %% start: [0.333, 0.333, 0.333] is refused, and could be three thirds, each rounded to 3 places.
import numpy as np


def impossible(rows, decimals):
    """Return the places of rows that cannot have summed to one before they were rounded."""
    sums = np.sum(rows, axis=1)
    return [place for place, total in enumerate(sums) if total != 1]


# %% wrong: [0.333, 0.333, 0.333] is refused, and could be three thirds, each rounded to 3 places.
def impossible(rows, decimals):
    sums = np.sum(rows, axis=1)
    return [place for place, total in enumerate(sums) if abs(total - 1) > 0.5 * 10.0**-decimals]


# %% wrong: [0.4, 0.6, 0.005] is let through, and rounding can't add 0.005 to three figures.
def impossible(rows, decimals):
    sums = np.sum(rows, axis=1)
    return [place for place, total in enumerate(sums) if abs(total - 1) > 0.01]


# %% solution
import numpy as np


def impossible(rows, decimals):
    n_figures = np.shape(rows)[1]
    allowance = n_figures * 0.5 * 10.0**-decimals  # each figure is off by half a unit at most
    off = np.abs(np.sum(rows, axis=1) - 1)
    return [place for place, error in enumerate(off) if error > allowance + 1e-12]


# %% check
def refused(row):
    return list(impossible([row], 3)) == [0]


assert not refused([0.25, 0.25, 0.5]), "[0.25, 0.25, 0.5] is refused, and sums to one exactly."
assert not refused([0.333, 0.333, 0.333]), (
    "[0.333, 0.333, 0.333] is refused, and could be three thirds, each rounded to 3 places."
)
assert refused([0.4, 0.6, 0.005]), (
    "[0.4, 0.6, 0.005] is let through, and rounding can't add 0.005 to three figures."
)
assert refused([0.265, 0.281, 0.196, 0.226]), "The tutorial's last row, which lacks 0.032, passes."
both = list(impossible([[0.5, 0.5], [0.5, 0.7]], 1))
assert both == [1], f"Of [0.5, 0.5] and [0.5, 0.7] the second is impossible: [1], and {both} came."
