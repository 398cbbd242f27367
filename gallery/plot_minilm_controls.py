"""
Is the last word's attention to its noun out of the ordinary?
=============================================================

No. *wrong* gives *corpus* a tenth of its attention; it gives *theory* more, and
*deep* gives *corpus* more than *wrong* does. In every one of the
sentences, more than half goes to [CLS], the token that begins the text.

Seven nouns by seven adjectives, by a rule that was stated before looking.
The chapter :doc:`/essay/08-one-number-ten-thousand-seeds` states the rule.
"""

import matplotlib.pyplot as plt
import numpy as np

from microattention.trained import trained_controls, trained_sentence

# %%
# Each dot is a sentence, *the NOUN was ADJECTIVE*: what its adjective gives, on
# average over the 72 heads of MiniLM.

sentence, controls = trained_sentence(), trained_controls()
own = sentence.weights()[:, :, sentence.tokens.index("wrong")]
shares = np.stack([own, *controls.weights]).mean(axis=(1, 2))
shares = shares.reshape(7, 7, -1)  # (noun, adjective, token)
nouns = ["corpus", *controls.nouns][::7]
adjectives = ["wrong", *controls.adjectives][:7]

fig, panels = plt.subplots(1, 2, figsize=(7, 3.6), layout="constrained")
shown = ("its noun", 2, 0.92), ("[CLS]", 0, 0.6)
for ax, (name, token, height) in zip(panels, shown, strict=True):
    for noun, given in zip(nouns, shares[..., token], strict=True):
        here = noun == "corpus"
        style = {"color": "#d95f02" if here else "#9a9a9a", "zorder": 2 + here}
        ax.plot(adjectives, given, "o", label=noun, **style)
    most = shares[..., token].max()
    ax.annotate(
        "the corpus\nwas wrong", (0, shares[0, 0, token]), (0.3, height * most),
        arrowprops={"arrowstyle": "-", "shrinkB": 5}, fontsize=9,
    )  # fmt: skip
    ax.set(title=f"What the adjective gives to {name}", xlabel="adjective")
    ax.set(ylabel="share of attention", ylim=(0, 1.08 * most))
    ax.tick_params(axis="x", rotation=45)
    ax.spines[["top", "right"]].set_visible(False)
marks = panels[0].lines[:2]
where = {"loc": "outside lower center", "ncols": 2, "frameon": False}
fig.legend(marks, ["corpus", "another noun"], **where)
plt.show()
