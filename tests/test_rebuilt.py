"""Two builds held to the same pages: measured things may differ, and nothing else."""

import doctest
import shutil
import zlib

import pytest
from minisite import SHARE, MiniSite
from optional import require

CONF = """\
extensions += ["gallery_figures"]
html_theme = "basic"
suppress_warnings = ["config.cache"]
sphinx_gallery_conf = {"image_scrapers": ("gallery_figures.scraper", "outputs.gallery.scraper")}
"""
SCRIPT = '''\
"""
How long did it take?
=====================

As long as the clock says.
"""

# %%
# It is published, printed and drawn.
import matplotlib.pyplot as plt

from microattention.publish import publish

elapsed = int(open("clock").read())
publish("elapsed", f"{elapsed}.5%", measured=True)
publish("third", f"{1 / 3:.3f}")
print("1000 steps took", elapsed, "percent")
_, ax = plt.subplots()
ax.plot([1, 2], [0, elapsed], label="time")
ax.set(title="Time", xlabel="step")
'''
LINE = '''\
"""
Is it straight?
===============

It is.
"""

import matplotlib.pyplot as plt

_, ax = plt.subplots()
ax.plot([1, 2], [3, 4], label="line")
ax.set(title="Straight", xlabel="place")
'''
QUOTES = """\
# Quotes

Of {out}`0.9 <share>`, 41 or {out}`elapsed`, and {out}`0.3 <third>`.

:::{gallery-figure} plot_time
A caption.
:::
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Two builds of one site by clocks that do not agree."""
    for needed in ("sphinx_gallery", "matplotlib"):
        require(needed)
    sites = []
    for clock in ("4171", "8233"):
        site = MiniSite(tmp_path_factory.mktemp("at"), CONF, one=SHARE, two=QUOTES)
        site.change("index.md", "essay/one", "auto_gallery/index\nessay/one")
        site.write("gallery/GALLERY_HEADER.rst", "Gallery\n=======\n")
        site.write("gallery/plot_time.py", SCRIPT)
        site.write("gallery/plot_line.py", LINE)
        site.write("gallery/clock", clock)
        build = site.build_apart()
        assert build.code == 0, build.warned
        sites.append(site.html)
    return sites


@pytest.fixture
def compare(built, tmp_path):
    """Return a function that compares the first build with the second, in which a text changed."""
    from rebuilt import differences

    first, second = built[0], tmp_path / "second"
    shutil.copytree(built[1], second)

    def compare(name=None, old="", new=""):
        if name:
            text = (second / name).read_text("utf-8")
            assert old in text
            (second / name).write_text(text.replace(old, new, 1), "utf-8")
        return list(differences(first, second))

    return compare


def test_its_examples_hold():
    import rebuilt

    assert doctest.testmod(rebuilt) == (0, 2)


def test_what_was_measured_may_differ(built, compare):
    for name in (
        "outputs.json", "outputs/elapsed.bib", "outputs/elapsed.html", "outputs/index.html",
        "essay/two.html", "auto_gallery/plot_time.html", "searchindex.js",
        "_sources/auto_gallery/plot_time.rst.txt", "_images/sphx_glr_plot_time_001.svg",
    ):  # fmt: skip
        one, other = ((site / name).read_bytes() for site in built)
        assert one != other, f"{name} shows nothing measured, so this test does not try it"
    assert compare() == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("essay/one.html", "0.93732481", "0.93732482"),
        ("essay/two.html", ", 41 or", ", 42 or"),
        ("essay/two.html", "A caption", "One caption"),
        ("essay/two.html", "0.3", "0.4"),
        ("auto_gallery/plot_time.html", "As long", "So long"),
        ("auto_gallery/plot_time.html", "0.333", "0.334"),
        ("_sources/auto_gallery/plot_time.rst.txt", "As long", "So long"),
        ("outputs/elapsed.bib", "2023", "2024"),
        ("outputs/elapsed.html", "2023-11-14", "2023-11-15"),
        ("outputs.json", "0.333", "0.334"),
        ("outputs/third.txt", "0.333", "0.334"),
        ("searchindex.js", '"share":', '"shares":'),
    ],
)
def test_any_other_difference_is_said_with_its_place(compare, name, old, new):
    (line,) = compare(name, old, new)
    assert line.startswith(f"{name} differs in line ")
    assert new.strip(", ") in line.rpartition(" and ")[2]


def test_a_figure_without_measurements_may_not_differ(compare):
    (line,) = compare("_images/sphx_glr_plot_line_001.svg", "<svg ", "<svg\t")
    assert line.startswith("_images/sphx_glr_plot_line_001.svg differs in line ")


def test_in_the_inventory_too_only_what_was_measured_may_differ(built, compare, tmp_path):
    assert len({(site / "objects.inv").read_bytes() for site in built}) == 2
    inventory = tmp_path / "second" / "objects.inv"
    *head, packed = inventory.read_bytes().split(b"\n", 4)
    changed = zlib.compress(zlib.decompress(packed).replace(b"share", b"shore"))
    inventory.write_bytes(b"\n".join([*head, changed]))
    (line,) = compare()
    assert line.startswith("objects.inv differs in line ")


def test_a_file_that_only_one_has_is_named(compare, tmp_path):
    (tmp_path / "second" / "essay" / "one.html").unlink()
    (line,) = compare()
    assert line.startswith("essay/one.html is in ")
    assert line.endswith(" alone")


def test_as_a_command_it_fails_with_what_differs_or_says_that_nothing_does(built, tmp_path, capsys):
    from rebuilt import MOST, main

    sites = [str(site) for site in built]
    assert main(sites) is None
    assert capsys.readouterr().out == f"{sites[0]} and {sites[1]} hold the same pages.\n"
    bare = tmp_path / "bare"
    bare.mkdir()
    shutil.copy(built[0] / "outputs.json", bare)
    assert len(main([sites[0], str(bare)]).splitlines()) == MOST + 1
    assert main([sites[0], str(tmp_path / "none")]).startswith("there is no built site here: ")
    assert main(sites[:1]) == "usage: python -m rebuilt SITE SITE"
