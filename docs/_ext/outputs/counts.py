"""Counts of the build itself, by the role `count`: how many outputs, how many quotes.

Such a number grows with the essay, so it is no output: it has no name to cite and is never
compared. ``{count}`outputs` `` writes what this very build counted, once it has read every page.
"""

from docutils import nodes
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxRole

from .domain import domain_of
from .quotes import place
from .registry import registry_of


class counted(nodes.Inline, nodes.TextElement):
    """Stands for a count until every page is read."""


class CountRole(SphinxRole):
    """The role `count`."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Leave a place for the number."""
        name, docname = self.text.strip(), self.env.docname
        if name in (known := counts(self.env)):
            domain_of(self.env).note("counts", docname, name, None)
            return [counted(self.rawtext, name=name)], []
        where = place(self.env, docname, self.text, self.lineno)
        problem = f"{where}: nothing counts {name!r}; there are {', '.join(sorted(known))}"
        domain_of(self.env).note_problem(docname, problem)
        return [], []


class WriteCounts(SphinxPostTransform):
    """Put the numbers in their places."""

    default_priority = 5

    def run(self, **kwargs: object) -> None:
        """Replace the places, in whatever is being written."""
        numbers = counts(self.env)
        for node in list(self.document.findall(counted)):
            text = f"{numbers[node['name']]:,}"
            node.replace_self(nodes.inline(node.rawsource, text, classes=["count"]))


def counts(env: BuildEnvironment) -> dict[str, int]:
    """Return all counts by name.

    Of this build: its `outputs`, those among them that are `new`, its `quotes`. Of the ids that
    were ever `released`: those with the `same` value, `measured` and `retired` ones. Besides,
    what other extensions counted.
    """
    registry, ledger = registry_of(env), env.published_ledger  # type: ignore[attr-defined]
    compared = {id_: sha for id_, sha in ledger.outputs.items() if sha}
    now = {output.id: output.promised for output in registry.outputs.values()}
    return {
        "outputs": len(now),
        "released": len(ledger.outputs) + len(ledger.retired),
        "same": sum(now.get(id_) == sha for id_, sha in compared.items()),
        "measured": len(ledger.outputs) - len(compared),
        "retired": len(ledger.retired),
        "new": len(now.keys() - ledger.outputs.keys()),
        "quotes": quotes(env),
        **registry.counts,
    }


def quotes(env: BuildEnvironment) -> int:
    """Return how many numbers in prose are held to an output, each once a page."""
    pages = domain_of(env).data["quotes"].values()
    return sum(text is not None for page in pages for _, text in page)


def stale(env: BuildEnvironment) -> set[str]:
    """Name the pages on which a count is no longer what it was when they were written."""
    now = counts(env)
    before = getattr(env, "published_counts", {})
    env.published_counts = now  # type: ignore[attr-defined]
    pages = domain_of(env).data["counts"].items()
    return {page for page, names in pages if any(now[name] != before.get(name) for name in names)}
