"""The figure extension, in a miniature site: what it shows, refuses, re-runs and leaves alone."""

import doctest
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from optional import require

for needed in ("matplotlib", "sphinx_gallery", "myst_parser", "bs4"):
    require(needed)

import gallery_figures  # noqa: E402
import numpy as np  # noqa: E402
from bs4 import BeautifulSoup  # noqa: E402
from dark_figures import GROUND  # noqa: E402

ROOT = Path(__file__).parents[1]
CONF = """
project = "Miniature"
extensions = ["myst_parser", "gallery_figures"]
html_theme = "basic"
include_patterns = ["index.md", "auto_gallery/**"]
exclude_patterns = ["auto_gallery/*.py"]
gallery_figures_sources = ["toy"]
"""
INDEX = """
# Miniature

```{toctree}
auto_gallery/index
```

```{gallery-figure} plot_first
:image: 2
The caption, with *stress*.
```
"""
FIRST = '''"""
First < one?
============

Yes.
"""

import matplotlib.pyplot as plt

from toy import HEIGHT

_, ax = plt.subplots()
ax.set_title("No < numbers")

# %%
# Then numbers.

_, ax = plt.subplots()
ax.plot([1, 2], [0.5, HEIGHT], label="h < 9")
ax.set(title="A & B", xlabel="place")
with open("../runs.txt", "a") as runs:
    runs.write("first ")
'''
RAISES = '"""\nRaises?\n=======\n\nYes.\n"""\n\nraise ArithmeticError("on purpose")\n'


class Site:
    """A site of one page and one script, whose builds are run as a reader would run them."""

    def __init__(self, folder: Path):
        self.folder = folder

    def begin(self) -> None:
        self.write("conf.py", CONF)
        self.write("index.md", INDEX)
        self.write("toy/__init__.py", "HEIGHT = 0.75\n")
        self.write("gallery/GALLERY_HEADER.rst", "Gallery\n=======\n")
        self.write("gallery/plot_first.py", FIRST)
        self.write("runs.txt", "")

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def build(self) -> subprocess.CompletedProcess:
        paths = [str(ROOT), str(ROOT / "docs" / "_ext"), str(self.folder)]
        return subprocess.run(
            [sys.executable, "-m", "sphinx", "-n", "-W", "-j2", ".", "html"],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths), "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    def page(self, name: str) -> BeautifulSoup:
        return BeautifulSoup((self.folder / "html" / name).read_text("utf-8"), "html.parser")

    def runs(self) -> str:
        return (self.folder / "runs.txt").read_text()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"))
    site.begin()
    built = site.build()
    assert built.returncode == 0, built.stderr
    return site


@pytest.fixture
def changing(site, tmp_path):
    """A copy of the built site, to be changed."""
    return Site(shutil.copytree(site.folder, tmp_path / "site"))


def figure_of(page, number=0):
    return page.select(".gallery-figure")[number]


@pytest.mark.parametrize(
    ("name", "number"), [("index.html", 0), ("auto_gallery/plot_first.html", 1)]
)
def test_a_figure_has_alt_text_files_and_its_numbers(site, name, number):
    figure = figure_of(site.page(name), number)
    assert figure.img["alt"] == "A & B: plot over place. h < 9: from 0.5000 at 1 to 0.7500 at 2."
    links = {link.text: link["href"] for link in figure.select("a.download")}
    assert list(links) == ["SVG", "PNG", "CSV"]
    where = (site.folder / "html" / name).parent
    assert "</svg>" in (where / figure.img["src"]).read_text("utf-8")
    assert (where / links["PNG"]).read_bytes().startswith(b"\x89PNG")
    assert "</svg>" in (where / links["SVG"]).read_text("utf-8")
    assert (where / links["CSV"]).read_text("utf-8") == "place,h < 9\n1.0,0.5\n2.0,0.75\n"


def test_a_figure_has_a_picture_for_each_colour_scheme_that_is_fetched_when_seen(site):
    light, dark = figure_of(site.page("index.html")).select("img")
    assert [picture["class"][0] for picture in (light, dark)] == ["only-light", "only-dark"]
    assert light["alt"] == dark["alt"]
    assert light["loading"] == dark["loading"] == "lazy"
    html = site.folder / "html"
    drawn = [(html / picture["src"]).read_text("utf-8") for picture in (light, dark)]
    assert [GROUND in picture for picture in drawn] == [False, True]
    assert [picture.count("<path") for picture in drawn] == [drawn[0].count("<path")] * 2
    assert int(light["width"]) > int(light["height"]) > 100  # so that no text jumps


def test_the_table_is_one_that_a_screen_reader_can_walk(site):
    table = figure_of(site.page("index.html")).select_one("details table")
    assert table.caption.text == "A & B"
    assert table.parent["tabindex"] == "0"
    assert table.parent["aria-label"] == "A & B"
    assert [th.text for th in table.select('thead th[scope="col"]')] == ["place", "h < 9"]
    assert [th.text for th in table.select('tbody th[scope="row"]')] == ["1", "2"]
    assert [td.text for td in table.select("td")] == ["0.5000", "0.7500"]


def test_the_extensions_own_examples():
    assert doctest.testmod(gallery_figures) == (0, 3)


def test_what_a_script_wrote_cannot_break_the_page():
    marked = {"kind": "table", "title": '"><i>t', "header": ["<i>h"], "rows": [["<i>r", "<i>c"]]}
    html = BeautifulSoup(gallery_figures.table_html([marked]), "html.parser")
    assert not html.select("i")
    assert html.caption.text == '"><i>t'
    assert html.select_one('tbody th[scope="row"]').text == "<i>r"


def test_a_chapter_captions_the_figure_and_links_the_page_that_made_it(site):
    figure = figure_of(site.page("index.html"))
    assert figure.figcaption.text.strip().startswith("The caption, with stress.")
    assert figure.figcaption.em.text == "stress"
    assert figure.select_one('a[href="auto_gallery/plot_first.html"]')
    own_page = figure_of(site.page("auto_gallery/plot_first.html"), 1)
    assert [link.text for link in own_page.select("p a")] == ["SVG", "PNG", "CSV"]


def test_a_figure_without_numbers_has_its_title_and_no_table(site):
    figure = figure_of(site.page("auto_gallery/plot_first.html"))
    assert figure.img["alt"] == "No < numbers."
    assert not figure.select("details")


def test_gallery_pages_keep_the_script_and_lose_the_clutter(site):
    page = site.page("auto_gallery/plot_first.html")
    assert page.select('a.download[href$="plot_first.py"]')
    text = page.get_text()
    for clutter in ("Go to the end", "Total running time", "zipped", "Gallery generated"):
        assert clutter not in text
    cards = site.page("auto_gallery/index.html").select(".sphx-glr-thumbcontainer a")
    assert [card.text for card in cards] == ["First < one?"]


def test_nothing_runs_or_is_rebuilt_without_a_change(site):
    ran, page = site.runs(), site.folder / "html" / "index.html"
    written = page.stat().st_mtime_ns
    built = site.build()
    assert built.returncode == 0, built.stderr
    assert site.runs() == ran
    assert page.stat().st_mtime_ns == written
    assert figure_of(site.page("index.html")).img


def test_a_changed_package_and_a_new_script_reach_every_page(changing):
    site = changing
    assert site.build().returncode == 0  # the copy stands elsewhere, so it is read anew first
    ran = site.runs()
    site.write("toy/__init__.py", "HEIGHT = 0.25\n")
    second = FIRST.replace("First", "Other").replace('"first "', '"other "')
    site.write("gallery/plot_other.py", second)
    built = site.build()
    assert built.returncode == 0, built.stderr
    assert site.runs() == ran + "first other "
    assert "0.2500 at 2" in figure_of(site.page("index.html")).img["alt"]
    assert figure_of(site.page("auto_gallery/plot_other.html"), 1).select("details table")
    site.write("toy/heights.csv", "read by scripts")
    assert site.build().returncode == 0
    assert site.runs() == ran + "first other " * 2


def test_a_misnamed_script_fails_the_build(changing):
    changing.write("gallery/figure.py", FIRST)
    refused = changing.build()
    assert refused.returncode != 0
    assert "gallery/figure.py" in refused.stderr
    assert "rename it to plot_figure.py" in refused.stderr


def test_a_raising_script_and_an_unknown_figure_fail_the_build(changing):
    site = changing
    site.write("gallery/plot_raises.py", RAISES)
    site.write("index.md", INDEX.replace("plot_first", "plot_frist"))
    refused = site.build()
    assert refused.returncode != 0
    assert "plot_raises.py" in refused.stderr
    assert "ArithmeticError: on purpose" in refused.stderr
    assert "index.md:8" in refused.stderr
    assert "no image 2 of 'plot_frist'; it has: plot_first 1, plot_first 2" in refused.stderr


def test_the_same_figure_gives_the_same_bytes(tmp_path):
    plt = require("matplotlib.pyplot")
    plt.switch_backend("Agg")
    for run in ("one", "two"):
        folder = tmp_path / run
        folder.mkdir()
        figure, ax = plt.subplots()
        ax.plot([1, 2], [3, 4], label="line")
        gallery_figures.save_figure(figure, folder / "figure.png", "a script")
        plt.close(figure)
    for kind in ("png", "svg", "csv", "json"):
        one, two = ((tmp_path / run / f"figure.{kind}").read_bytes() for run in ("one", "two"))
        assert one == two, kind
    sidecar = json.loads((tmp_path / "one" / "figure.json").read_text("utf-8"))
    assert sidecar["alt"]
    assert sidecar["width"] > 100


def test_places_in_a_picture_are_said_to_a_hundredth_of_a_point(tmp_path):
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots()
    ax.plot(np.sin(np.arange(50)), linewidth=0.123)
    figure.savefig(tmp_path / "whole.svg", metadata={"Date": None})
    gallery_figures.save_svg(figure, tmp_path / "short.svg", metadata={"Date": None})
    plt.close(figure)
    whole, short = ((tmp_path / f"{name}.svg").read_text() for name in ("whole", "short"))
    number = re.compile(r"-?\d+\.\d+|-?\d+")
    line = re.compile(r'(?<=<path d=")M [^"]*(?=" clip-path)')
    points, rounded = (number.findall(line.search(svg)[0]) for svg in (whole, short))
    np.testing.assert_allclose(np.array(points, float), np.array(rounded, float), atol=0.0051)
    assert max(len(place) for place in rounded) == len("123.45") < len(points[0])
    for kept in (r"scale\([^)]*\)", r'style="[^"]*"', r'viewBox="[^"]*"'):
        assert re.findall(kept, short) == re.findall(kept, whole) != []


def test_a_figure_that_nothing_describes_is_refused(tmp_path):
    plt = require("matplotlib.pyplot")
    plt.switch_backend("Agg")
    figure, _ = plt.subplots()
    with pytest.raises(gallery_figures.ExtensionError, match=r"plot_bare.py.*no title"):
        gallery_figures.save_figure(figure, tmp_path / "bare.png", "plot_bare.py")
    plt.close(figure)
    assert not list(tmp_path.iterdir())


def test_removed_scripts_take_their_pages_and_pictures_with_them(tmp_path):
    scripts, pages = tmp_path / "gallery", tmp_path / "auto_gallery"
    (pages / "images" / "thumb").mkdir(parents=True)
    scripts.mkdir()
    (scripts / "plot_kept.py").touch()
    for name in ("kept", "gone"):
        (pages / f"plot_{name}.rst").touch()
        (pages / "images" / f"sphx_glr_plot_{name}_001.png").touch()
        (pages / "images" / "thumb" / f"sphx_glr_plot_{name}_thumb.png").touch()
    gallery_figures.forget_removed(scripts, pages)
    left = sorted(path.name for path in pages.rglob("*") if path.is_file())
    assert left == ["plot_kept.rst", "sphx_glr_plot_kept_001.png", "sphx_glr_plot_kept_thumb.png"]
