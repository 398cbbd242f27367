"""The gallery's figures, wherever the site shows them: described, downloadable, kept current.

Four things, each of which the site needs and sphinx-gallery lacks:

- `scraper` saves each figure as PNG, SVG and CSV, once more as SVG for dark pages, with its alt
  text and its numbers in a JSON file beside them (the sidecar);
- the directive ``gallery-figure`` shows such a figure on any page, as a light or a dark picture;
- `check_names` refuses a gallery script whose name sphinx-gallery would pass over in silence;
- `forget_stale` makes every script run again when the package, or what draws, has changed.
"""

import hashlib
import json
import posixpath
import re
from html import escape
from importlib.metadata import version
from io import StringIO
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar
from urllib.parse import quote

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator
from sphinx_gallery.gen_gallery import DEFAULT_GALLERY_CONF

DPI = 200  # twice the 100 dots that the page gives an inch, for screens of high density
SITES = ("html", "dirhtml")  # the builders whose pages have two colour schemes
WIDE = 560  # pixels: a picture that would be illegible if shrunk to a phone's width
SOURCES = ["microattention", "essay/data"]  # what scripts import and read
DARK = ".dark.svg"  # the suffix of a figure inked for dark pages
PLACES = re.compile(r' (?:d|x|y)="[^"]*|translate\([^)]*')  # of an SVG
DECIMALS = re.compile(r"-?\d+\.\d{3,}")
UNLINKED = "no-scaled-link"  # as Sphinx calls it: a picture that is scaled and links nowhere
STATIC = Path(__file__).resolve().parents[1] / "_static"
# The digest of everything that a figure is made of, kept with the figures.
DIGEST = ".made-from.sha256"
# Notes and links of sphinx-gallery that a reader of an essay has no use for.
CLUTTER = ("sphx-glr-download-link-note", "sphx-glr-download-zip")
GALLERY_DEFAULTS: dict[str, Any] = {
    "examples_dirs": "gallery",
    "gallery_dirs": "auto_gallery",
    "image_scrapers": ("gallery_figures.scraper",),
    "within_subsection_order": "gallery_order.EssayOrder",
    "css": (),  # figures.css stands in for it; sphinx-gallery's hides the names of its links
    "notebook_extensions": set(),
    "thumbnail_size": (600, 420),
    "download_all_examples": False,
    "write_computation_times": False,  # a page that loads scripts from other sites
    "min_reported_time": float("inf"),
    "show_signature": False,
}


def scraper(block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Save every open figure and return the directives that show them (sphinx-gallery's API)."""
    import matplotlib.pyplot as plt

    name, paths = Path(block_vars["src_file"]).stem, block_vars["image_path_iterator"]
    if not len(paths):
        _remove(Path(paths.image_path).parent.glob(f"sphx_glr_{name}_[0-9][0-9][0-9].*"))
    shown = []
    try:
        for open_figure, path in zip(plt.get_fignums(), paths, strict=False):
            save_figure(plt.figure(open_figure), Path(path), block_vars["src_file"])
            shown.append(f"\n.. gallery-figure:: {name}\n   :image: {len(paths)}\n\n")
    finally:
        plt.close("all")
    return "".join(shown)


def save_figure(figure: Any, path: Path, script: str) -> None:
    """Write PNG, both SVGs, CSV and sidecar under one name, the same bytes each time."""
    import matplotlib as mpl
    from dark_figures import darken
    from PIL import Image

    from microattention.plotting import alt_text, figure_tables, table_csv

    alt, tables = alt_text(figure), figure_tables(figure)
    if not alt:
        raise ExtensionError(f"{script}: a figure has no title and no data to describe it by")
    style = {"bbox_inches": "tight", "pad_inches": 0.08, "dpi": DPI}
    figure.savefig(path, metadata={"Software": None}, **style)
    with mpl.rc_context({"svg.hashsalt": path.stem}):
        about = {"Date": None, "Creator": None, "Description": alt}
        save_svg(figure, path.with_suffix(".svg"), metadata=about, **style)
        darken(figure)
        save_svg(figure, path.with_suffix(DARK), metadata=about, **style)
    path.with_suffix(".csv").write_text(table_csv(tables), encoding="utf-8")
    with Image.open(path) as image:
        width, height = (round(side * 100 / DPI) for side in image.size)
    sidecar = {"alt": alt, "width": width, "height": height}
    sidecar["tables"] = [table._asdict() for table in tables]
    path.with_suffix(".json").write_text(
        json.dumps(sidecar, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def save_svg(figure: Any, path: Path, **options: Any) -> None:
    """Write an SVG with its places to a hundredth of a point, where Matplotlib has six digits.

    No eye sees the rest, and every reader would fetch it. Scales and styles stay as they are.
    """
    written = StringIO()
    figure.savefig(written, format="svg", **options)
    rounded = PLACES.sub(lambda places: DECIMALS.sub(_hundredth, places[0]), written.getvalue())
    path.write_text(rounded, encoding="utf-8")


def _hundredth(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


class figure_picture(nodes.image):
    """A figure's picture in one of two colour schemes, of which the page shows the reader's."""


def visit_figure_picture(self: HTML5Translator, node: figure_picture) -> None:
    """Write a picture that is fetched when it is to be seen: never, in the other scheme."""
    if self.builder.name not in SITES:  # a book has one scheme
        if "only-dark" not in node["classes"]:
            self.visit_image(node)
        raise nodes.SkipNode
    source = posixpath.join(self.builder.imgpath, quote(self.builder.images[node["uri"]]))
    given = {name: node[name] for name in ("alt", "width", "height")}
    self.body.append(self.emptytag(node, "img", "", src=source, loading="lazy", **given))
    raise nodes.SkipNode


class picture_box(nodes.container):
    """What a picture scrolls in where it would be illegible if shrunk to a phone's width."""


def visit_picture_box(self: HTML5Translator, node: picture_box) -> None:
    """Open a box that the keyboard can scroll too."""
    kept = {"tabindex": "0", "role": "group", "aria-label": "Picture"}
    self.body.append(self.starttag(node, "div", CLASS="figure-scroll", **kept))


def depart_picture_box(self: HTML5Translator, node: picture_box) -> None:
    """Close the box."""
    self.body.append("</div>\n")


class GalleryFigure(SphinxDirective):
    """Show a picture that the gallery made: ``gallery-figure:: plot_name``, content = caption."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {"image": directives.positive_int}

    def run(self) -> list[nodes.Node]:
        """Return the figure, its links and its table."""
        name, image = self.arguments[0], self.options.get("image", 1)
        gallery = self.config.sphinx_gallery_conf["gallery_dirs"]
        stem = f"{gallery}/images/sphx_glr_{name}_{image:03}"
        sidecar = Path(self.env.srcdir, f"{stem}.json")
        if not sidecar.is_file():
            raise self.error(self._unknown(name, image, sidecar.parent))
        self.env.note_dependency(sidecar)
        made = json.loads(sidecar.read_text(encoding="utf-8"))
        whole = nodes.container(classes=["gallery-figure"])
        whole += self._figure(stem, made)
        whole += self._links(stem, f"{gallery}/{name}")
        whole += nodes.raw("", table_html(made["tables"]), format="html")
        self.set_source_info(whole)
        return [whole]

    def _unknown(self, name: str, image: int, images: Path) -> str:
        """Say which figures there are instead."""
        stems = sorted(p.stem.removeprefix("sphx_glr_") for p in images.glob("*.json"))
        there = ", ".join(f"{stem[:-4]} {int(stem[-3:])}" for stem in stems)
        return f"the gallery has no image {image} of {name!r}; it has: {there or 'none'}"

    def _figure(self, stem: str, made: dict[str, Any]) -> nodes.figure:
        """Return the picture with what the directive's content says about it."""
        figure = nodes.figure("")
        box = picture_box() if made["width"] > WIDE else nodes.container()
        box += self._pictures(stem, made)
        figure += box
        said = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, said)
        for position, part in enumerate(said.children):
            first = position == 0 and isinstance(part, nodes.paragraph)
            figure += nodes.caption(part.rawsource, "", *part.children) if first else part
        self.set_source_info(figure)
        return figure

    def _pictures(self, stem: str, made: dict[str, Any]) -> list[figure_picture]:
        """Return the picture for light pages and the one for dark ones."""
        size = {side: str(made[side]) for side in ("width", "height")}
        both = {"only-light": ".svg", "only-dark": DARK}
        return [
            figure_picture(
                uri=f"/{stem}{suffix}", alt=made["alt"], classes=[only, UNLINKED], **size
            )
            for only, suffix in both.items()
        ]

    def _links(self, stem: str, page: str) -> nodes.paragraph:
        """Link the page that made the picture, unless this is it, and the picture's files."""
        links = nodes.paragraph(classes=["gallery-figure-links"])
        if self.env.docname != page:
            links += addnodes.pending_xref(
                "", nodes.inline("", "How this figure is made"), refdomain="std", reftype="doc",
                reftarget=f"/{page}", refexplicit=True, refdoc=self.env.docname,
            )  # fmt: skip
            links += nodes.Text(". ")
        links += nodes.Text("Download: ")
        for position, kind in enumerate(("SVG", "PNG", "CSV")):
            links += nodes.Text("\N{NO-BREAK SPACE}· " if position else "")
            target = f"/{stem}.{kind.lower()}"
            links += addnodes.download_reference(
                "", "", nodes.inline("", kind), reftarget=target, refdoc=self.env.docname
            )
        return links


def table_html(tables: list[dict[str, Any]]) -> str:
    """Return the figure's numbers as tables that fold away.

    Examples
    --------
    >>> table = {"kind": "plot", "title": "a < b", "header": ["x", "y"], "rows": [[1.0, 0.5]]}
    >>> "<caption>a &lt; b</caption>" in table_html([table])
    True
    >>> '<th scope="row">1</th><td>0.5000</td>' in table_html([table])
    True
    """
    if not tables:
        return ""
    bodies = "".join(map(_one_table, tables))
    return f'<details class="figure-data"><summary>The same as a table</summary>{bodies}</details>'


def _one_table(table: dict[str, Any]) -> str:
    """Return one table in a box that scrolls, and can be scrolled with the keyboard."""
    from microattention.plotting import cell_text

    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table["header"])
    rows = []
    for label, *cells in table["rows"]:
        data = "".join(f"<td>{escape(cell_text(cell, table['kind']))}</td>" for cell in cells)
        rows.append(f'<tr><th scope="row">{escape(cell_text(label))}</th>{data}</tr>')
    title = escape(table["title"] or "Data of the figure")
    return (
        f'<div class="figure-data-scroll" role="group" aria-label="{title}" tabindex="0">'
        f"<table><caption>{title}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def set_defaults(app: Sphinx, config: Config) -> None:
    """Set what the gallery needs, where conf.py says nothing else."""
    said = {
        name: value
        for name, value in config.sphinx_gallery_conf.items()
        if value != DEFAULT_GALLERY_CONF.get(name)
    }
    config.sphinx_gallery_conf = {**GALLERY_DEFAULTS, **said}
    static = [Path(app.srcdir, path).resolve() for path in config.html_static_path]
    if STATIC not in static:
        config.html_static_path.append(str(STATIC))


def prepare(app: Sphinx) -> None:
    """Check the gallery and forget what is out of date, before sphinx-gallery looks at it."""
    conf = app.config.sphinx_gallery_conf
    scripts = Path(app.srcdir, conf["examples_dirs"])
    pages = Path(app.srcdir, conf["gallery_dirs"])
    check_names(scripts)
    forget_removed(scripts, pages)
    sources = [Path(app.srcdir, path) for path in app.config.gallery_figures_sources]
    drawing = [Path(__file__), Path(__file__).with_name("dark_figures.py")]
    forget_stale(pages, digest([*sources, *drawing]))


def check_names(scripts: Path) -> None:
    """Refuse a script that would be shown without being run."""
    for script in sorted(scripts.rglob("*.py")):
        if not script.name.startswith("plot_"):
            raise ExtensionError(
                f"{script.relative_to(scripts.parent)}: a gallery script's name must start with "
                f"plot_, else it is not run; rename it to plot_{script.name}"
            )


def digest(sources: list[Path]) -> str:
    """Return one SHA-256 of all files in `sources` and of what draws from them."""
    made_from = hashlib.sha256(f"{version('numpy')} {version('matplotlib')}".encode())
    for source in sources:
        for file in [source] if source.is_file() else sorted(source.rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                made_from.update(file.name.encode() + b"\0" + file.read_bytes())
    return made_from.hexdigest()


def forget_stale(pages: Path, made_from: str) -> None:
    """Have every script run again if what it was made from has changed.

    sphinx-gallery runs a script again only when the script itself has changed, which it knows
    from a checksum beside the page; without the checksum it runs it.
    """
    record = pages / DIGEST
    if record.is_file() and record.read_text() == made_from:
        return
    _remove(pages.glob("*.md5"))
    pages.mkdir(parents=True, exist_ok=True)
    record.write_text(made_from)


def forget_removed(scripts: Path, pages: Path) -> None:
    """Remove the pages and pictures of scripts that are no longer there."""
    there = {script.stem for script in scripts.rglob("*.py")}
    for page in pages.glob("plot_*.rst"):
        if page.stem not in there:
            _remove(pages.glob(f"{page.stem}.*"))
            _remove(pages.glob(f"images/**/sphx_glr_{page.stem}_*"))


def _remove(files: Any) -> None:
    for file in list(files):
        file.unlink()


def tidy_page(app: Sphinx, doctree: nodes.document) -> None:
    """Take sphinx-gallery's clutter off the gallery's pages."""
    pages = PurePosixPath(app.config.sphinx_gallery_conf["gallery_dirs"])
    if PurePosixPath(app.env.docname).parent != pages:
        return
    for node in list(doctree.findall(nodes.Element)):
        if any(name in CLUTTER for name in node.get("classes", ())):
            node.parent.remove(node)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register everything; sphinx-gallery itself included."""
    app.setup_extension("sphinx_gallery.gen_gallery")
    app.add_config_value("gallery_figures_sources", SOURCES, "env", types=[list])
    app.add_directive("gallery-figure", GalleryFigure)
    app.add_node(figure_picture, html=(visit_figure_picture, None))
    app.add_node(picture_box, html=(visit_picture_box, depart_picture_box))
    app.add_css_file("figures.css")
    app.connect("config-inited", set_defaults, priority=5)  # before sphinx-gallery's own, at 10
    app.connect("builder-inited", prepare, priority=100)  # before it runs the scripts, at 500
    app.connect("doctree-read", tidy_page, priority=100)  # before downloads are collected
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
