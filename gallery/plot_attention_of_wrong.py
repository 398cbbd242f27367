"""
What does *wrong* attend to, before and after training?
=======================================================

Before, to everything alike. Afterwards, to the place where the community that
fills the corpus puts the culprit. In the other community's sentences it turns
to the greeting and the articles, the accent, and away from the names.

The chapter :doc:`/essay/10-the-corpus-shapes-the-weights` tries what hangs on
it.
"""

import matplotlib.pyplot as plt
import numpy as np

from microattention import two_corpora as run
from microattention.plotting import heatmaps
from microattention.publish import publish

# %%
# The same 20 seeds and the same events; *sir* tells nine in ten of them, or
# *friend* does. Each row is a mean over unseen events and over seeds.


def rows(parameters, found):
    """Return the attention of *wrong* in sentences of sir and of friend."""
    both = found.majority, found.minority
    looks = [run.attention_of_wrong(parameters, texts) for texts in both]
    return np.array([look.mean(axis=(0, 1)) for look in looks])


sir = run.train_on_mixture("clash", 0.1, range(20))
friend = run.train_on_mixture("clash", 0.9, range(20))
before = rows(sir.untrained, sir)
after, turned = (rows(found.parameters, found) for found in (sir, friend))
for name, row in {"sir": after, "friend": turned}.items():
    publish(f"{name}-model-on-culprit-of-sir", f"{row[0, 3]:.3f}")
    publish(f"{name}-model-on-culprit-of-friend", f"{row[1, 6]:.3f}")
publish("attention-to-the-accent", f"{after[1, [1, 2, 5]].sum():.3f}")

words = "<s> greeting article name deed article name ; wrong".split()
titles = ["before", "nine in ten say sir", "nine in ten say friend"]
shown = [before, after, turned]
heatmaps(shown, ["sir …", "friend …"], words, titles=titles, columns=1)

# %%
# Put the row that the models use for *sir* in the place of the one they use
# for *friend*, its two names exchanged, and change nothing else.

models, texts = sir.parameters, sir.minority
usual = run.attention_of_wrong(models, sir.majority).mean(axis=-2)
tried = {"own": None, "exchanged": run.exchanged(usual, 3, 6), "sirs": usual}
for name, row in tried.items():
    right = 100 * run.picked(run.answers(models, texts, row), texts, 6)
    told = f"{right.mean():.0f}% ± {right.std(ddof=1):.0f}"
    publish(f"culprit-found-with-{name}-row", told)
plt.show()
