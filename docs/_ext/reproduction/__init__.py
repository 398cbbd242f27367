"""The reproduction ledger: each published claim run again, a row of a table that can be cited.

`rows` runs the claims and makes outputs of them, `tables` shows them, `recipes` shows what was
run, `downloads` writes it all as JSON and CSV.
"""

from sphinx.application import Sphinx

from . import downloads, recipes, rows, tables


def setup(app: Sphinx) -> dict[str, object]:
    """Register everything; the claims run after the gallery, before any page is read."""
    app.setup_extension("outputs")
    app.add_config_value("reproduction_documents", [], "env")
    app.add_directive("claims", tables.Claims)
    app.add_directive("recipes", recipes.Recipes)
    app.add_node(
        tables.output_tools,
        html=(tables.visit_output_tools, None),
        **dict.fromkeys(("latex", "text", "man", "texinfo"), (tables.skip, None)),
    )
    app.connect("builder-inited", rows.publish_rows, priority=905)
    app.connect("builder-inited", tables.add_assets, priority=910)
    app.connect("html-page-context", tables.load_where_needed)
    app.connect("doctree-read", tables.note_sections)
    app.connect("env-updated", rows.check, priority=400)  # before the outputs' own
    app.connect("build-finished", downloads.write, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
