"""What pages say of outputs, by docname, so that it outlives incremental and parallel builds."""

from collections.abc import Iterable, Iterator, Set
from typing import Any, ClassVar

from docutils import nodes
from docutils.nodes import Element
from sphinx.addnodes import pending_xref
from sphinx.builders import Builder
from sphinx.domains import Domain, ObjType
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import make_refnode

from .quotes import OutRole
from .registry import Output, registry_of

AFTER_PROSE = 2  # where the search lists what it finds of outputs, by Sphinx's scale of -1 to 2


class OutputDomain(Domain):
    """Published outputs: in `objects.inv`, so that another project's pages can cite them."""

    name = "out"
    label = "Published outputs"
    object_types: ClassVar = {"output": ObjType("published output", "output")}
    roles: ClassVar = {"output": OutRole()}
    initial_data: ClassVar = {
        "sections": {}, "scopes": {}, "quotes": {}, "counts": {}, "problems": {}
    }  # fmt: skip
    data_version = 2

    def note(self, kind: str, docname: str, key: Any, value: Any) -> None:
        """Remember that a page has a section, a scope note or a quote for an output."""
        self.data[kind].setdefault(docname, {})[key] = value

    def note_quote(self, docname: str, label: str, text: str | None, output: Output | None) -> None:
        """Remember what a page quotes, and from where; it is read again if either changes."""
        made_of = (output.sha256, output.page) if output else None
        self.note("quotes", docname, (label, text), made_of)

    def note_problem(self, docname: str, problem: str) -> None:
        """Remember what stops the build when all pages are read."""
        self.data["problems"].setdefault(docname, []).append(problem)

    def problems(self) -> list[str]:
        """Return what is wrong on all pages."""
        return [problem for page in self.data["problems"].values() for problem in page]

    def clear_doc(self, docname: str) -> None:
        """Forget a page, which is gone or read again."""
        for kind in self.initial_data:
            self.data[kind].pop(docname, None)

    def merge_domaindata(self, docnames: Set[str], otherdata: dict[str, Any]) -> None:
        """Take in what a parallel reader found."""
        for kind in self.initial_data:
            found = otherdata[kind].items()
            self.data[kind].update((name, value) for name, value in found if name in docnames)

    def section(self, label: str) -> str:
        """Return the title of the section that an output stands in."""
        return self._of(label, "sections", "")

    def scope(self, label: str) -> tuple[str, str]:
        """Return what an output supports and what it doesn't, both empty if it does not say."""
        return tuple(self._of(label, "scopes", ("", "")))  # type: ignore[return-value]

    def _of(self, label: str, kind: str, default: Any) -> Any:
        return next((page[label] for page in self.data[kind].values() if label in page), default)

    def resolve_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        typ: str,
        target: str,
        node: pending_xref,
        contnode: Element,
    ) -> nodes.reference | None:
        """Link a quote to the output that it quotes."""
        registry = registry_of(env)
        if output := registry.outputs.get(target):
            page = output.page
        elif target in registry.retired:  # whose anchor stays
            page = registry.retired[target]["page"]
        else:
            return None
        return make_refnode(builder, fromdocname, page, target, contnode, f"Output {target}")

    def resolve_any_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        target: str,
        node: pending_xref,
        contnode: Element,
    ) -> list[tuple[str, nodes.reference]]:
        """Find nothing: every output is a label too, and as such is found by any reference."""
        return []

    def get_type_name(self, type: ObjType, primary: bool = False) -> str:
        """Return what the search calls an output, without the domain's label before it."""
        return "Published output"

    def get_objects(self) -> Iterable[tuple[str, str, str, str, str, int]]:
        """List all outputs for the inventory and the search."""
        return self._objects()

    def _objects(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        for output in registry_of(self.env).outputs.values():
            yield output.id, title(output), "output", output.page, output.id, AFTER_PROSE


def title(output: Output) -> str:
    """Return what an output is called where a page names it without words of its own."""
    return f"{output.id}: {output.line_of_value}"


def note_label(env: BuildEnvironment, id_: str) -> None:
    """Make an output a label too: projects without this extension can cite it by :ref:."""
    output, standard = registry_of(env).outputs[id_], env.domains.standard_domain
    standard.labels[id_] = (env.docname, id_, title(output))
    standard.anonlabels[id_] = (env.docname, id_)


def domain_of(env: BuildEnvironment) -> OutputDomain:
    """Return the domain of this build."""
    domain = env.get_domain("out")
    assert isinstance(domain, OutputDomain)
    return domain
