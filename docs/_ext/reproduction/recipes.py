"""All recipes on one page, a section for each document's, so that a row can link to its own."""

import pkgutil

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from microattention.reproduction import recipes

SECTION = """\
## {title}

```{{eval-rst}}
.. automodule:: {module}
```

"""


class Recipes(SphinxDirective):
    """``{recipes}``: the functions of every module of recipes."""

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        names = [module.name for module in pkgutil.iter_modules(recipes.__path__)]
        text = "".join(
            SECTION.format(title=name.capitalize(), module=f"{recipes.__name__}.{name}")
            for name in names
        )
        return self.parse_text_to_nodes(text, allow_section_headings=True)
