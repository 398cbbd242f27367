"""A figure on a dark page: no data change, every contrast is kept, every number stays legible."""

import doctest
import itertools

import numpy as np
import pytest
from optional import require

plt = require("matplotlib.pyplot")

import dark_figures  # noqa: E402
from matplotlib.colors import to_hex, to_rgb, to_rgba  # noqa: E402

from microattention.plotting import alt_text, figure_tables, heatmap, readable_on  # noqa: E402

INKS = ["#ffffff", "#f4f4f4", "#b0b0b0", "#f0b24d", "#8a8a8a", "#b04a00", "#0a5a9c", "#444444"]


def luminance(colour):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.fixture
def weights_drawn():
    shares = np.linspace(0, 1, 36).reshape(6, 6)
    mask = np.ones((6, 6), dtype=bool)
    mask[0, 5] = False
    ax = heatmap(shares, list("abcdef"), mask=mask, title="Every share")
    ax.annotate("here", xy=(1, 1), xytext=(2, 7), arrowprops={"arrowstyle": "->"}, bbox={})
    ax.figure.canvas.draw()
    yield ax
    plt.close(ax.figure)


def test_its_own_examples():
    assert doctest.testmod(dark_figures).failed == 0


@pytest.mark.parametrize("pair", list(itertools.combinations(INKS, 2)))
def test_two_colours_are_as_far_apart_as_they_were(pair):
    there = [to_hex(colour) for colour in dark_figures.reflect([to_rgba(c) for c in pair])]
    assert (luminance(pair[0]) > luminance(pair[1])) == (luminance(there[0]) < luminance(there[1]))
    # to the power by which the dark page's range is the smaller one, and to the eight bits of hex
    assert np.log(contrast(*there)) == pytest.approx(0.957 * np.log(contrast(*pair)), abs=0.03)


def test_hues_and_alpha_stay():
    blue, orange = dark_figures.reflect([to_rgba("#0a5a9c", 0.25), to_rgba("#b04a00")])
    assert blue[2] > blue[1] > blue[0]
    assert orange[0] > orange[1] > orange[2]
    assert (blue[3], orange[3]) == (0.25, 1)


def test_the_data_and_what_is_said_of_them_stay(weights_drawn):
    figure = weights_drawn.figure
    before = figure_tables(figure), alt_text(figure)
    dark_figures.darken(figure)
    assert (figure_tables(figure), alt_text(figure)) == before


def test_every_number_can_be_read_on_its_cell(weights_drawn):
    dark_figures.darken(weights_drawn.figure)
    mesh = weights_drawn.collections[0]
    cells = {(x, y): value for (y, x), value in np.ndenumerate(mesh.get_array())}
    numbers = [text for text in weights_drawn.texts if text.get_text() != "here"]
    assert len(numbers) == 35
    assert contrast(mesh.cmap(0.0)[:3], dark_figures.GROUND) < 1.2  # nothing is no light
    assert luminance(mesh.cmap(1.0)[:3]) > 0.5
    for text in numbers:
        x, y = text.get_position()
        cell = mesh.cmap(mesh.norm(cells[int(x), int(y)]))
        assert contrast(text.get_color(), cell[:3]) >= 4.5, text.get_text()


def test_all_other_text_can_be_read_on_the_page(weights_drawn):
    figure = weights_drawn.figure
    dark_figures.darken(figure)
    figure.canvas.draw()  # ticks made anew would have their old colours
    numbers = set(weights_drawn.texts[:-1])
    texts = [t for t in figure.findobj(plt.Text) if t.get_text() and t not in numbers]
    assert {"Every share", "key", "a", "0.75", "here"} <= {t.get_text() for t in texts}
    for text in texts:
        assert contrast(text.get_color(), dark_figures.GROUND) >= 4.5, text.get_text()
    assert luminance(weights_drawn.texts[-1].arrow_patch.get_edgecolor()) > 0.5
    assert to_hex(figure.get_facecolor()) == dark_figures.GROUND


def test_a_light_cell_has_black_ink_and_a_dark_one_white():
    assert [readable_on(to_rgb(grey)) for grey in ("#eeeeee", "#222222")] == ["black", "white"]


def test_the_ground_is_that_of_the_theme():
    furo = require("furo")
    (sheet,) = (path for path in furo.THEME_PATH.rglob("furo.css"))
    assert f"--color-background-primary:{dark_figures.GROUND}" in sheet.read_text("utf-8")
