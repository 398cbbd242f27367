"""The contents in the margin of pages that a program wrote, made once for each folder of them.

Sphinx makes them anew for every page, for each may stand at another place in them. The pages of
the outputs and of the code stand nowhere in them, and what a folder holds of such pages links to
the rest of the site alike; there are so many that this would be most of their cost.
"""

import posixpath
from typing import Any

from sphinx.application import Sphinx


class Shared:
    """The contents that were made, by folder and by what was asked for."""

    def __init__(self) -> None:
        self.made: dict[tuple[Any, ...], str] = {}

    def share(
        self, app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
    ) -> None:
        """Give a page what was made for its neighbours, before the theme asks for it."""
        folder, make = posixpath.dirname(pagename), context.get("toctree")
        if not folder or pagename in app.env.found_docs or make is None:
            return

        def toctree(**options: Any) -> str:
            key = folder, *sorted(options.items())
            if key not in self.made:
                self.made[key] = make(**options)
            return self.made[key]

        context["toctree"] = toctree


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it; nothing of it is a setting."""
    app.connect("html-page-context", Shared().share, priority=100)  # the theme's is 500
    return {"parallel_read_safe": True, "parallel_write_safe": True}
