"""The published site: `/latest/` from main and `/vX.Y/` from each release, side by side.

Each version is built alone and knows no other: its pages leave two gaps, which `notices` fills
when `tree` puts the versions together, so that an old one can name those that came after it.
`addresses` holds a later version to the addresses of the earlier ones.
"""

import re

from outputs.registry import stop
from sphinx.application import Sphinx
from sphinx.config import Config

NAME = re.compile(r"latest|v\d+\.\d+")


def check(app: Sphinx, config: Config) -> None:
    """Refuse a name that the tree has no place for, and hand a good one to the templates."""
    name = config.site_version
    if name and not NAME.fullmatch(name):
        stop(f"SITE_VERSION is {name!r}; wanted is latest, or a release such as v0.1")
    config.html_context["site_version"] = name


def setup(app: Sphinx) -> dict[str, object]:
    """Register the name that the site is built under; without one, no page leaves a gap."""
    app.add_config_value("site_version", "", "html")
    app.connect("config-inited", check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
