"""Heatmaps, and what is read back from figures."""

import csv
import io
import sys

import numpy as np
import pytest
from optional import require

plt = require("matplotlib.pyplot")

from microattention.plotting import (  # noqa: E402
    COLOURS,
    alt_text,
    figure_tables,
    heatmap,
    heatmaps,
    readable_on,
    table_csv,
)

WORDS = ["the", "corpus", "was"]
WEIGHTS = np.array([[1, 0, 0], [0.25, 0.75, 0], [0.2, 0.3, 0.5]])
CAUSAL = np.tri(3, dtype=bool)


@pytest.fixture(autouse=True)
def _closed():
    plt.switch_backend("Agg")
    yield
    plt.close("all")


def cells(ax):
    return [text.get_text() for text in ax.texts]


def luminance(colour):
    c = np.asarray(colour[:3])
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_every_cell_prints_its_value_and_the_scale_is_fixed():
    ax = heatmap(WEIGHTS, WORDS)
    assert " ".join(cells(ax)) == "1.000 .000 .000 .250 .750 .000 .200 .300 .500"
    narrow = heatmap([[0.4, 0.6]], ["a"], ["b", "c"])
    assert ax.collections[0].get_clim() == narrow.collections[0].get_clim() == (0, 1)
    assert [axes.get_label() for axes in ax.figure.axes[1:]] == ["<colorbar>"]


def test_rows_are_queries_from_the_top_and_columns_are_keys():
    ax = heatmap(WEIGHTS[:2], ["q0", "q1"], WORDS)
    (table,) = figure_tables(ax.figure)
    assert table.header == ("query / key", *WORDS)
    assert table.rows == (("q0", 1, 0, 0), ("q1", 0.25, 0.75, 0))
    first, second = (ax.transData.transform((0, y))[1] for y in (0.5, 1.5))
    assert first > second


def test_values_get_shorter_and_then_vanish_as_cells_shrink():
    n = 12
    share, names = np.full((n, n), 1 / n), [f"{i}" for i in range(n)]
    assert set(cells(heatmap(share, names))) == {".08"}
    n = 40
    share, names = np.full((n, n), 1 / n), [f"{i}" for i in range(n)]
    assert cells(heatmap(share, names)) == []


def test_values_stay_inside_their_cells():
    for n in (4, 7, 12):
        figure = heatmaps(np.full((2, n, n), 1 / n), ["w"] * n, titles=["a", "b"])
        figure.draw_without_rendering()
        ax = figure.axes[0]
        cell = ax.transData.transform((1, 0))[0] - ax.transData.transform((0, 0))[0]
        assert all(text.get_window_extent().width < cell for text in ax.texts), n


def test_masked_cells_are_told_from_zeros():
    ax = heatmap(WEIGHTS, WORDS, mask=CAUSAL)
    assert len(cells(ax)) == 6
    assert figure_tables(ax.figure)[0].rows[0] == ("the", 1.0, None, None)
    assert "3 cells masked" in alt_text(ax.figure)


def test_colours_darken_steadily_so_that_grey_print_keeps_the_order():
    shades = [luminance(plt.get_cmap(COLOURS)(step)) for step in np.linspace(0, 1, 65)]
    assert np.all(np.diff(shades) < 0)
    assert shades[0] > 0.9 > 0.1 > shades[-1]


def test_text_on_every_shade_has_contrast_of_at_least_4_5():
    for step in np.linspace(0, 1, 65):
        shade = plt.get_cmap(COLOURS)(step)
        ink = {"black": 0.0, "white": 1.0}[readable_on(shade[:3])]
        low, high = sorted([ink, luminance(shade)])
        assert (high + 0.05) / (low + 0.05) >= 4.5


def test_an_axes_of_the_callers_own_is_used():
    _, axes = plt.subplots(1, 2)
    assert heatmap(WEIGHTS, WORDS, ax=axes[1]) is axes[1]
    assert len(plt.get_fignums()) == 1
    assert not axes[0].collections


def test_panels_share_scale_and_colour_bar_and_may_have_own_labels():
    figure = heatmaps([WEIGHTS, WEIGHTS[::-1] / 2], [WORDS, WORDS[::-1]], titles=["a", "b"])
    assert [ax.get_label() for ax in figure.axes] == ["", "", "<colorbar>"]
    assert {ax.collections[0].get_clim() for ax in figure.axes[:2]} == {(0, 1)}
    first, second = figure_tables(figure)
    assert [row[0] for row in second.rows] == WORDS[::-1]
    assert (first.title, second.title) == ("a", "b")


def test_panels_wrap_and_no_empty_axes_are_left():
    figure = heatmaps([WEIGHTS] * 3, WORDS, titles=["a", "b", "c"], columns=2, title="all")
    assert len(figure.axes) == 4
    assert alt_text(figure).startswith("all. a: heatmap of 3 rows")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"weights": [1.0, 0.0]}, "weights"),
        ({"weights": [WEIGHTS]}, "weights"),
        ({"weights": np.zeros((0, 3))}, "weights"),
        ({"weights": [["a"] * 3] * 3}, "weights must be real"),
        ({"weights": np.where(WEIGHTS == 1, np.nan, WEIGHTS)}, "weights must be numbers, got NaN"),
        ({"weights": WEIGHTS * 2}, "weights must lie between 0 and 1, got 0 to 2"),
        ({"weights": -WEIGHTS}, "weights must lie between 0 and 1, got -1 to"),
        ({"queries": WORDS[:2]}, "queries must have 3 labels"),
        ({"queries": "the"}, "queries must be a list"),
        ({"keys": [*WORDS, "wrong"]}, "keys must have 3 labels"),
        ({"mask": CAUSAL.astype(int)}, "mask must be boolean"),
        ({"mask": CAUSAL[:2]}, "mask must broadcast"),
    ],
)
def test_bad_input_is_refused_by_name_and_opens_no_figure(arguments, named):
    with pytest.raises(ValueError, match=named):
        heatmap(**{"weights": WEIGHTS, "queries": WORDS, **arguments})
    assert not plt.get_fignums()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"weights": WEIGHTS}, "weights"),
        ({"titles": ["a"]}, "titles must be 2"),
        ({"queries": [WORDS]}, "queries and keys need labels for panel 2"),
    ],
)
def test_bad_panels_are_refused_by_name(arguments, named):
    with pytest.raises(ValueError, match=named):
        heatmaps(**{"weights": [WEIGHTS] * 2, "queries": WORDS, **arguments})
    assert not plt.get_fignums()


def test_rounding_just_above_one_is_no_error_and_inputs_are_left_alone():
    weights = np.full((1, 1), 1 + 2e-16)
    weights.flags.writeable = False
    assert cells(heatmap(weights, ["a"])) == ["1.000"]


def test_missing_matplotlib_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match="extra 'plot'"):
        heatmap(WEIGHTS, WORDS)


def test_lines_over_the_same_x_share_a_table_and_guides_are_no_data():
    _, ax = plt.subplots()
    ax.plot([1, 2], [3, 4], label="up")
    ax.plot([1, 2], [4, 3], label="down")
    ax.plot([5, 6], [0, 1], label="elsewhere")
    ax.axhline(3)
    ax.set(title="Lines", xlabel="$d_k$", ylabel="y")
    here, there = figure_tables(ax.figure)
    assert here.header == ("d_k", "up", "down")
    assert here.rows == ((1, 3, 4), (2, 4, 3))
    assert there.header == ("d_k", "elsewhere")


def test_error_bars_give_their_ends():
    _, ax = plt.subplots()
    ax.errorbar([1, 2], [3, 4], yerr=[[1, 1], [2, 3]], label="time", capsize=3)
    (table,) = figure_tables(ax.figure)
    assert table.header == ("x", "time", "time, low", "time, high")
    assert table.rows == ((1, 3, 2, 5), (2, 4, 3, 7))
    assert "low" not in alt_text(ax.figure)


def test_images_bars_points_and_tables_are_read():
    _, axes = plt.subplots(2, 2)
    axes[0, 0].imshow([[1, 2], [3, 4]], origin="lower")
    axes[0, 0].set_yticks([0, 1], ["low", "high"])
    axes[0, 1].bar(["a", "b"], [3, 5], label="height")
    axes[1, 0].scatter([1, 2], [3, 4], label="dots")
    axes[1, 1].table([["1", "2"]], colLabels=["a", "b"])
    image, bars, points, table = figure_tables(axes[0, 0].figure)
    assert image.rows == (("low", 1, 2), ("high", 3, 4))
    assert (bars.header[1], bars.rows) == ("height", (("a", 3), ("b", 5)))
    assert points.rows == ((1, 3), (2, 4))
    assert (table.header, table.rows) == (("a", "b"), (("1", "2"),))


def test_an_image_drawn_from_the_top_keeps_its_rows():
    _, ax = plt.subplots()
    ax.imshow([[1, 2], [3, 4]])
    ax.set_yticks([0, 1], ["first", "second"])
    assert figure_tables(ax.figure)[0].rows == (("first", 1, 2), ("second", 3, 4))


def test_repeated_words_stay_apart():
    (table,) = figure_tables(heatmap(WEIGHTS, ["to", "be", "to"]).figure)
    assert table.header[1:] == ("to (1)", "be", "to (2)")
    (read,) = csv.DictReader(io.StringIO(table_csv([table._replace(rows=table.rows[:1])])))
    assert read == {"query / key": "to (1)", "to (1)": "1.0", "be": "0.0", "to (2)": "0.0"}


def test_csv_quotes_and_fills_what_a_table_lacks():
    _, axes = plt.subplots(2)
    axes[0].plot([1], [2], label='a "b", c')
    axes[1].plot([1], [3], label="other")
    for ax, title in zip(axes, "AB", strict=True):
        ax.set_title(title)
    rows = list(csv.reader(io.StringIO(table_csv(figure_tables(axes[0].figure)))))
    assert rows == [
        ["panel", "x", 'a "b", c', "other"],
        ["A", "1.0", "2.0", ""],
        ["B", "1.0", "", "3.0"],
    ]


def test_alt_text_says_where_the_largest_is_and_where_a_line_peaks():
    assert "was → was 0.500" in alt_text(heatmap(WEIGHTS, WORDS).figure)
    _, ax = plt.subplots()
    ax.plot([1, 2, 4], [3, 9, 5], label="humps")
    assert alt_text(ax.figure) == "plot over x. humps: from 3 at 1 to 5 at 4, largest 9 at 2."


def test_many_heatmaps_are_described_together():
    """A reader who listens to 13 descriptions has heard none; of 12, each is given."""
    weights = np.full((13, 3, 3), 0.2)
    weights[:, :2, 1] = 0.3
    weights[7, 2, 0] = 0.6
    titles = [f"head {n}" for n in range(1, 14)]
    mask = np.ones((13, 3, 3), bool)
    mask[12, 2] = False
    figure = heatmaps(weights, WORDS, titles=titles, mask=mask, columns=4, title="All")
    assert alt_text(figure) == (
        "All. 13 heatmaps, head 1 to head 13, together 39 rows (query) by 3 columns (key), values "
        "from 0.200 to 0.600, 3 cells masked. Largest: head 8, was → the 0.600. "
        f"Most often largest in its row: {WORDS[1]}, in 26 of 39."
    )
    twelve = heatmaps(weights[:12], WORDS, titles=titles[:12], columns=4)
    assert all(f"{title}: heatmap of 3 rows" in alt_text(twelve) for title in titles[:12])


def test_alt_text_of_a_figure_without_readable_data_is_its_titles():
    figure, ax = plt.subplots()
    assert alt_text(figure) == ""
    ax.set_title("Only words")
    assert alt_text(figure) == "Only words."
