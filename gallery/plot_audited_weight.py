"""
How exact is a recomputed weight?
=================================

Nearly as exact as in the table that was thrown away. Each weight of a run in
single precision is held against the same in double precision: once as the plain
function makes it, and once as an auditor recomputes it from the log-sum-exp of
a run in tiles. That number is about 7 here and rounded at its own size, and its
exponential turns an error of so much into a relative one.

The chapter :doc:`/essay/11-what-the-fast-path-throws-away` audits one of them.
"""

import matplotlib.pyplot as plt
import numpy as np

from microattention import scaled_dot_product_attention, tiled_attention
from microattention.audit import attention_weight

# %%
# 1024 queries and keys of width 64, a million weights.

Q, K, V = np.random.RandomState(42).randn(3, 1024, 64).astype(np.float32)
_, exact = scaled_dot_product_attention(*(x.astype(float) for x in (Q, K, V)))
_, plain = scaled_dot_product_attention(Q, K, V)
_, lse = tiled_attention(Q, K, V, tile=(128, 128), return_lse=True)
audited = attention_weight(Q[:, None], K, lse[:, None])

# %%
# Errors are relative, in units of the format's rounding, 2 to the power −24.

fig, ax = plt.subplots(figsize=(6.8, 3.8), layout="constrained")
ax.set_prop_cycle(color=["#b04a00", "#0a5a9c"])
edges = np.arange(-12.5, 13)
methods = {"in the table": plain, "recomputed": audited}
for (name, weights), style in zip(methods.items(), "so", strict=True):
    errors = (weights / exact - 1) * 2**24
    shares = 100 * np.histogram(errors, edges)[0] / errors.size
    ax.plot(edges[:-1] + 0.5, shares, style + "-", label=name)
ax.set_title("Relative errors of a million weights")
ax.set(xlabel="error, in roundings", ylabel="share of weights, %")
ax.legend(frameon=False)
plt.show()
