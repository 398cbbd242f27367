"""The site; its source is the root, so that a page can include the code that it speaks of."""

import os
import platform
import subprocess
import sys
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import numpy
import sphinx

ROOT = Path(__file__).parent
RUN = os.environ.get("GITHUB_RUN_ID", "")
sys.path[:0] = [str(ROOT), str(ROOT / "docs" / "_ext")]
os.environ.setdefault("MPLBACKEND", "Agg")

from microattention import __version__  # noqa: E402


def git(*arguments: str) -> str:
    """Return what Git answers, or nothing outside a checkout."""
    command = ["git", "-C", str(ROOT), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


project = "Attention, Accounted For"
author = "The microattention authors"
copyright = f"2026, {author}"
release = version = __version__
language = "en"  # en_GB lacks the plurals that the search page asks for
locale_dirs, gettext_compact = ["docs/_locale"], False  # where a translation would be

extensions = [
    "myst_parser",
    "outputs",
    "versions",
    "finding",
    "sharing",
    "run_in_page",
    "exercises",
    "reproduction",
    "mathml",
    "gallery_figures",
    "head_explorer",
    "valid_html",
    "for_devices",
    "shared_contents",
    "own_weights",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "numpydoc",
    "sphinx_design",
    "sphinx_copybutton",
    "sphinxcontrib.bibtex",
    "notfound.extension",
]

# Only what is content. The walk stays out of the environment, the builds and the code.
include_patterns = ["index.md", "essay/*.md", "docs/*.md", "auto_gallery/**"]
exclude_patterns = [".*", "_build", "gallery", "microattention", "tests", "docs/_*"]
templates_path = ["docs/_templates"]

myst_enable_extensions = [
    "amsmath", "attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath", "smartquotes",
]
myst_heading_anchors = 3

autodoc_default_options = {"members": True, "member-order": "bysource"}
add_module_names = False
modindex_common_prefix = ["microattention."]
viewcode_follow_imported_members = False  # a cached function is ours, not functools's
autodoc_preserve_defaults = True  # by name, for a folder's value is the builder's own
autodoc_typehints = "none"  # each docstring says the types, with their shapes
numpydoc_show_class_members = False

outputs_ledger = "outputs.lock"

html_extra_path = ["microattention/receipt.schema.json"]  # beside outputs.schema.json

# Keys of the documents whose claims the reproduction ledger runs, in its order.
reproduction_documents = [
    "williams-microattention",
    "mlplus-attention",
    "bendersky-attention",
    "mlc-attention",
    "vault-attention",
]

bibtex_bibfiles = ["essay/references.bib"]
bibtex_reference_style = "author_year"

# Where a reader's browser gets Python from, at the first press of Run: Pyodide's own address, or
# a folder, which is copied into the site. docs/_ext/run_in_page/pyodide.json pins every file.
run_pyodide = os.environ.get("PYODIDE") or "https://cdn.jsdelivr.net/pyodide/v{version}/full/"

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True

# gallery_figures, which loads sphinx-gallery, sets the rest.
sphinx_gallery_conf = {
    "image_scrapers": ("gallery_figures.scraper", "outputs.gallery.scraper"),
    "reset_modules": ("matplotlib",),
    "remove_config_comments": True,
    "nested_sections": False,
    "capture_repr": (),
}

# Where the site will stand, and under which name there: latest, or a release such as v0.1. Left
# empty, every address is relative and the site works from a folder.
site_version = os.environ.get("SITE_VERSION", "")
html_baseurl = "/".join(filter(None, [os.environ.get("SITE_URL", "").rstrip("/"), site_version]))
html_baseurl = f"{html_baseurl}/" if os.environ.get("SITE_URL") else ""

# The page for addresses that do not exist, shown at any of them.
notfound_urls_prefix = urlsplit(html_baseurl).path or "/"
notfound_context = {
    "title": "Nothing at this address",
    "body": f"""<h1>Nothing at this address</h1>
<p>No page of this site has ever stood here, or a letter of its address was lost on the way. Pages
and outputs keep their names: <a href="{notfound_urls_prefix}outputs/index.html">every published
output</a> is listed by its own, and one that was taken back is among the
<a href="{notfound_urls_prefix}docs/errata.html">errata</a>.</p>
<p>The search finds words, names and values; the essay begins with
<a href="{notfound_urls_prefix}essay/01-why-build-the-thing.html">why build the thing</a>.</p>""",
}

epub_theme, epub_show_urls = "epub", "no"
epub_basename, epub_uid = "attention-accounted-for", "essay"
epub_identifier = html_baseurl or f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, project)}"
epub_description = "An essay on AI governance that runs its own evidence."
epub_contributor = f"Sphinx {sphinx.__version__}"
epub_copyright = f"© {copyright}. Essay: CC BY 4.0. Code: MIT."
epub_tocscope = "includehidden"
epub_css_files, epub_exclude_files = ["device.css"], ["_static/custom.css"]
suppress_warnings = ["epub.unknown_project_files"]  # our fonts; a reading device has its own

# Addresses that stand for the reader's own; and GitHub makes its anchors by a script.
linkcheck_ignore = [r"https?://(example\.org|127\.0\.0\.1)\b"]
linkcheck_anchors_ignore_for_url = [r"https://github\.com/"]

html_theme = "furo"
html_title = project
html_secnumber_suffix = "\u2002"  # an en space after a chapter's number, and no full stop
html_math_renderer = "mathml"
html_static_path, html_favicon = ["docs/_static"], "docs/_static/icon.svg"
html_css_files = ["custom.css"]
html_js_files = [("scrolling.js", {"defer": "defer"})]

# What stands at the foot of each page. GitHub's runners say where the code is and which run it was.
source_url = "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}".format_map(os.environ) if RUN else ""
html_context = {
    "commit": git("rev-parse", "--short=10", "HEAD"),
    "committed": git("show", "-s", "--format=%cs", "HEAD"),
    "made_with": f"Python {platform.python_version()}, NumPy {numpy.__version__}, "
    f"Sphinx {sphinx.__version__}",
    "source_url": source_url,
    "run_url": f"{source_url}/actions/runs/{RUN}" if RUN else "",
}
html_theme_options = {
    "top_of_page_buttons": [],
    "light_css_variables": {
        "color-brand-primary": "#7a2e1d",
        "color-brand-content": "#7a2e1d",
        "color-brand-visited": "#5b3a63",
    },
    "dark_css_variables": {
        "color-brand-primary": "#eaa48f",
        "color-brand-content": "#eaa48f",
        "color-brand-visited": "#cdb0d6",
    },
}


# Scripts of extensions for what no page here has: tabs, and a gallery filtered by tags.
UNUSED = {"_static/design-tabs.js", "_static/sg-tags.js"}


def leave_out_unused(app, pagename, templatename, context, doctree):
    """Have no page load a script that it has no use for."""
    scripts = context["script_files"]
    context["script_files"] = [script for script in scripts if script.filename not in UNUSED]


def setup(app):
    """Have each page that cites read again when the list of sources changes; bibtex would not."""
    app.connect("html-page-context", leave_out_unused)
    sources = str(ROOT / bibtex_bibfiles[0])

    def note_sources(app, page, text):
        if "{cite:" in text[0]:
            app.env.note_dependency(sources)

    app.connect("source-read", note_sources)
