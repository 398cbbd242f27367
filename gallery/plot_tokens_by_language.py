"""
What does the same sentence cost in ten languages?
==================================================

Article 1 of the Universal Declaration of Human Rights says the same in each. A
tokenizer that learned from English nearly alone cuts English short and the
others into small pieces. Each language is compared with itself alone, for some
alphabets take more bytes a letter than others.

The chapter :doc:`/essay/10-the-corpus-shapes-the-weights` says who pays.
"""

import matplotlib.pyplot as plt

from microattention.bytepairs import learn_merges, tokens
from microattention.declaration import declaration

# %%
# Each tokenizer learns 200 pairs from Articles 2 to 10: one from 91 copies in
# English for each one in the other nine languages, one from all ten alike, and
# one from the language itself alone.

articles = declaration()
rest = {language: " ".join(texts[1:]) for language, texts in articles.items()}
english = [
    (text, 91 if name == "English" else 1) for name, text in rest.items()
]
mixes = {"mostly English": english, "all ten alike": list(rest.values())}
learned = {mix: learn_merges(texts, 200) for mix, texts in mixes.items()}
own = {name: learn_merges([text], 200) for name, text in rest.items()}

cost = {mix: [] for mix in mixes}
for language, (first, *_) in articles.items():
    least = len(tokens(first, own[language]))
    for mix, merges in learned.items():
        cost[mix].append(len(tokens(first, merges)) / least)

# %%
# At one, the sentence costs what it does under the language's own tokenizer.

fig, ax = plt.subplots(figsize=(6.8, 4.6), layout="constrained")
places = range(len(articles))
ax.axvline(1, color="#8a8a8a", linewidth=1)
ax.plot(
    cost["mostly English"], places, "o", color="#b04a00", label="mostly English"
)
ax.plot(
    cost["all ten alike"], places, "s", color="#0a5a9c", label="all ten alike"
)
ax.set_yticks(places, articles)
ax.invert_yaxis()
ax.set(
    title="Tokens of Article 1, against the language's own tokenizer", xlim=0
)
ax.set(xlabel="times as many tokens", ylabel="language")
ax.legend(frameon=False, loc="upper right")
ax.spines[["top", "right"]].set_visible(False)
plt.show()
