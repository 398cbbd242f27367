"""Shares drawn under the words that they belong to: ``{shares} label``.

The first line has the words, the output that is named has one percentage for each, and what
follows is the caption. The whole leads to the output, as a quote of it would.
"""

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.util.docutils import SphinxDirective

from .quotes import check, source_of


class Shares(SphinxDirective):
    """A row of attention weights as a bar under each word, as high as its share."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the figure; say so where words and shares are not as many."""
        label, words = self.arguments[0], self.content[0].split() if self.content else []
        where = f"{source_of(self.env, self.env.docname)[0]}:{self.get_source_info()[1]}"
        shares = check(self.env, self.env.docname, where, label, None).split()
        if len(words) != len(shares) or not all(share.endswith("%") for share in shares):
            raise self.error(f"{len(words)} words want as many percentages, not {shares}")
        drawn = nodes.inline("", "", *map(word_and_share, words, shares))
        link = pending_xref(
            "", drawn, refdomain="out", reftype="output", reftarget=label,
            refdoc=self.env.docname, refexplicit=True, refwarn=False,
        )  # fmt: skip
        said, _ = self.parse_inline(" ".join(self.content[1:]).strip())
        caption = nodes.caption("", "", *said)
        return [nodes.figure("", nodes.paragraph("", "", link), caption, classes=["shares"])]


def word_and_share(word: str, share: str) -> nodes.inline:
    """Return a word, its bar, and its share in figures.

    >>> print(word_and_share("corpus", "93.7%")[1].astext())
    <span class="bar" style="--share: 93.7%"></span>
    """
    bar = nodes.raw("", f'<span class="bar" style="--share: {share}"></span>', format="html")
    return nodes.inline("", "", nodes.inline("", word), bar, nodes.inline("", share))
