"""Pictures of attention weights, and what any picture says in words and in numbers.

`heatmap` and `heatmaps` draw. `figure_tables`, `alt_text` and `table_csv` read a finished figure
back from its own artists, so they also describe figures that were drawn without the first two.
Matplotlib comes with the extra `plot`, and is imported only when something is drawn or read.
"""

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# One hue whose lightness falls steadily: it survives grey print and every kind of colour
# blindness, and small weights, which are most of them, cost no ink.
COLOURS = "Blues"
WIDTH = 7.0  # inches, about the site's text column
MARGIN = 1.7  # inches that labels and the colour bar take
QUIET = "#444444"  # for names of axes; 9.7 to 1 against white
MANY = 12  # panels; more are described together
Value = str | float | None


class Table(NamedTuple):
    """What one set of axes shows, as rows; the first cell of each row is its label.

    `None` stands for a masked cell.
    """

    kind: str  # "heatmap", "plot" or "table"
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def heatmap(
    weights: ArrayLike,
    queries: Sequence[str],
    keys: Sequence[str] | None = None,
    *,
    mask: ArrayLike | None = None,
    title: str | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw attention weights: a row for each query, a column for each key.

    The scale is fixed from 0 to 1, so that two pictures can be compared. Each cell prints its
    value where it fits.

    Parameters
    ----------
    weights : array_like, (n_queries, n_keys)
        Proportions between 0 and 1.
    queries : sequence of str
        Labels of the rows.
    keys : sequence of str, optional
        Labels of the columns; `queries` when not given.
    mask : array_like of bool, (n_queries, n_keys), optional
        True = may attend. The cells where it is False are hatched and print nothing.
    title : str, optional
        What stands above.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure when not given.

    Returns
    -------
    matplotlib.axes.Axes
        Its `.figure` can be saved.

    Raises
    ------
    ImportError
        If matplotlib is missing.
    ValueError
        If an argument has the wrong shape or number of labels, or a weight is not in 0 to 1.

    Examples
    --------
    >>> ax = heatmap([[1, 0], [0.25, 0.75]], ["the", "corpus"], title="Two words")
    >>> [cell.get_text() for cell in ax.texts]
    ['1.000', '.000', '.250', '.750']

    A cell that the mask hides is not a weight of zero:

    >>> ax = heatmap([[1, 0], [0.25, 0.75]], ["the", "corpus"], mask=[[True, False], [True, True]])
    >>> [cell.get_text() for cell in ax.texts]
    ['1.000', '.250', '.750']
    """
    shown = _panels(np.asarray(weights)[np.newaxis], mask)[0]
    rows, columns = _labels_for(shown, queries, keys)
    if ax is None:
        ((ax,),) = _canvas(1, 1, shown.shape)
    mesh = _draw(ax, shown, rows, columns, title)
    _colour_bar(mesh, [ax])
    return ax


def heatmaps(
    weights: ArrayLike,
    queries: Sequence[Any],
    keys: Sequence[Any] | None = None,
    *,
    mask: ArrayLike | None = None,
    titles: Sequence[str] | None = None,
    title: str | None = None,
    columns: int | None = None,
) -> "Figure":
    """Draw several heatmaps side by side, on one scale from 0 to 1 with one colour bar.

    Parameters
    ----------
    weights : array_like, (n_panels, n_queries, n_keys)
        Proportions between 0 and 1: one matrix a panel, for instance one for each head.
    queries, keys : sequence of str, or one such sequence for each panel
        Labels, as for `heatmap`.
    mask : array_like of bool, optional
        True = may attend; broadcast to the shape of `weights`.
    titles : sequence of str, optional
        One for each panel.
    title : str, optional
        What stands above all.
    columns : int, optional
        Panels in a row; all of them when not given.

    Returns
    -------
    matplotlib.figure.Figure
        With one set of axes for each panel, then the colour bar's.

    Raises
    ------
    ImportError
        If matplotlib is missing.
    ValueError
        As for `heatmap`, or if `titles` are not as many as the panels.

    Examples
    --------
    >>> heads = [[[1, 0], [0.5, 0.5]], [[0.1, 0.9], [0, 1]]]
    >>> figure = heatmaps(heads, ["the", "cat"], titles=["head 1", "head 2"])
    >>> [axes.get_title() for axes in figure.axes]
    ['head 1', 'head 2', '']
    """
    shown = _panels(weights, mask)
    titles = [""] * len(shown) if titles is None else titles
    if len(titles) != len(shown):
        raise ValueError(f"titles must be {len(shown)}, one for each panel, got {len(titles)}")
    labels = [
        _labels_for(panel, _of_panel(queries, i), _of_panel(keys, i))
        for i, panel in enumerate(shown)
    ]
    columns = min(columns or len(shown), len(shown))
    grid = _canvas(math.ceil(len(shown) / columns), columns, shown.shape[1:])
    panels = [ax for row in grid for ax in row]
    for ax in panels[len(shown) :]:
        ax.remove()
    for ax, panel, (rows, names), name in zip(panels, shown, labels, titles, strict=False):
        mesh = _draw(ax, panel, rows, names, name)
    _share_names(grid, queries, keys)
    _colour_bar(mesh, panels[: len(shown)])
    figure: Figure = mesh.figure
    figure.suptitle(title or "")
    return figure


def figure_tables(figure: "Figure") -> list[Table]:
    """Read back the numbers that a figure shows, from its own artists.

    Matrices (`imshow`, `pcolormesh`), lines, error bars, points, bars and tables are read;
    colour bars and guide lines (`axhline`, `axvline`) are not data and are left out.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Any figure.

    Returns
    -------
    list of Table
        In the order of the axes. Numbers keep six significant digits, so that they come out
        the same on another processor.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> lines = ax.plot([4, 8], [0.5, 0.25], label="scaled")
    >>> names = ax.set(title="Spread", xlabel="d_k", ylabel="largest weight")
    >>> figure_tables(ax.figure)[0].rows
    ((4.0, 0.5), (8.0, 0.25))
    >>> figure_tables(ax.figure)[0].header
    ('d_k', 'scaled')
    """
    return [
        table
        for ax in figure.axes
        if ax.get_label() != "<colorbar>"
        for table in (*_matrices(ax), *_plots(ax), *_drawn_tables(ax))
        if table.rows
    ]


def alt_text(figure: "Figure") -> str:
    """Say what a figure shows, from its data.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Any figure.

    Returns
    -------
    str
        Titles, axes, ranges, and what is largest and where; of more than 12 heatmaps, what they
        have in common. Empty if the figure has neither a title nor data that can be read.

    Examples
    --------
    >>> ax = heatmap([[1, 0], [0.25, 0.75]], ["the", "corpus"], title="Two words")
    >>> print(alt_text(ax.figure))
    Two words: heatmap of 2 rows (query) by 2 columns (key), values from 0.000 to 1.000.
    Largest in each row: the → the 1.000, corpus → corpus 0.750.
    """
    above = _plain(figure.get_suptitle())
    tables = figure_tables(figure)
    brief = sum(len(table.rows) for table in tables) > 8
    forms = {(table.kind, table.header) for table in tables}
    if len(tables) > MANY and forms == {("heatmap", tables[0].header)}:
        told = [_describe_many(tables)]
    else:
        told = [_describe(table, brief) for table in tables]
    if not told:
        told = [_title(ax) + "." for ax in figure.axes if _title(ax)]
    return " ".join([f"{above.rstrip('.')}."] * bool(above) + told)


def table_csv(tables: Sequence[Table]) -> str:
    """Write a figure's tables as one CSV text.

    Parameters
    ----------
    tables : sequence of Table
        As `figure_tables` gives them.

    Returns
    -------
    str
        A header and the rows. With several tables, a first column `panel` tells them apart
        and a column that a table lacks stays empty, as do masked cells.

    Examples
    --------
    >>> table = Table("heatmap", "Head 1", ("query / key", "a", "b"), (("a", 1.0, None),))
    >>> print(table_csv([table]).strip())
    query / key,a,b
    a,1.0,
    >>> print(table_csv([table, table._replace(title="Head 2")]).strip())
    panel,query / key,a,b
    Head 1,a,1.0,
    Head 2,a,1.0,
    """
    names = dict.fromkeys(name for table in tables for name in table.header)
    panel = [] if len(tables) == 1 else ["panel"]
    written = io.StringIO()
    writer = csv.DictWriter(written, [*panel, *names], extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for table in tables:
        for row in table.rows:
            writer.writerow({"panel": table.title, **dict(zip(table.header, row, strict=True))})
    return written.getvalue()


def cell_text(value: Value, kind: str = "plot") -> str:
    """Write a table's cell for a reader: three decimals in a heatmap, else four digits.

    Examples
    --------
    >>> [cell_text(value) for value in (0.93732481, 0.5, 512.0, 1234.5678, "the")]
    ['0.9373', '0.5000', '512', '1235', 'the']
    >>> [cell_text(value, "heatmap") for value in (0.93732481, 1.3e-5, None)]
    ['0.937', '0.000', 'masked']
    """
    if isinstance(value, str):
        return value
    if value is None:
        return "masked" if kind == "heatmap" else ""
    if kind == "heatmap":
        return f"{value:.3f}"
    return f"{value:.0f}" if value == round(value) else f"{value:#.4g}".rstrip(".")


def _pyplot() -> Any:
    """Import matplotlib, or say where to get it."""
    try:
        import matplotlib.pyplot as plt
    except ModuleNotFoundError as error:
        raise ImportError(
            "matplotlib is missing: it comes with the extra 'plot', "
            "as in pip install 'microattention[plot]'"
        ) from error
    return plt


def _panels(weights: ArrayLike, mask: ArrayLike | None) -> "np.ma.MaskedArray[Any, Any]":
    """Check weights of shape (n_panels, n_queries, n_keys) and hide what the mask hides."""
    weights = np.asarray(weights)
    if weights.ndim != 3 or 0 in weights.shape:
        raise ValueError(f"weights must be a matrix a panel, none empty, got {weights.shape}")
    if weights.dtype.kind not in "iuf":
        raise ValueError(f"weights must be real numbers, got dtype {weights.dtype}")
    if np.isnan(weights).any():
        raise ValueError("weights must be numbers, got NaN")
    rounding = 1e-6 if weights.dtype.itemsize > 2 else 1e-2
    if weights.min() < -rounding or weights.max() > 1 + rounding:
        raise ValueError(
            f"weights must lie between 0 and 1, got {weights.min():.4g} to {weights.max():.4g}"
        )
    return np.ma.masked_array(weights.astype(float), _hidden(mask, weights.shape))


def _hidden(mask: ArrayLike | None, wanted: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return True where the mask lets nothing through."""
    mask = np.asarray(True if mask is None else mask)
    if mask.dtype != bool:
        raise ValueError(f"mask must be boolean (True = may attend), got dtype {mask.dtype}")
    try:
        return ~np.broadcast_to(mask, wanted)
    except ValueError:
        raise ValueError(f"mask must broadcast to {wanted}, got {mask.shape}") from None


def _labels_for(
    weights: NDArray[Any], queries: Sequence[str], keys: Sequence[str] | None
) -> tuple[list[str], list[str]]:
    """Return labels of rows and of columns, one for each."""
    keys = queries if keys is None else keys
    for name, labels, n in zip(("queries", "keys"), (queries, keys), weights.shape, strict=True):
        if isinstance(labels, str):
            raise ValueError(f"{name} must be a list of labels, got one string: {labels!r}")
        if len(labels) != n:
            raise ValueError(f"{name} must have {n} labels, as weights has, got {len(labels)}")
    return [str(label) for label in queries], [str(label) for label in keys]


def _of_panel(labels: Sequence[Any] | None, panel: int) -> Any:
    """Return the labels of one panel, whether shared or its own."""
    own = labels is not None and len(labels) > 0 and not isinstance(labels[0], str)
    if not own or labels is None:
        return labels
    if panel >= len(labels):
        raise ValueError(f"queries and keys need labels for panel {panel + 1}, got {len(labels)}")
    return labels[panel]


def _canvas(rows: int, columns: int, shape: tuple[int, ...]) -> "list[list[Axes]]":
    """Open a figure whose cells are as large as the text column allows."""
    cell = min(0.75, (WIDTH - MARGIN) / (columns * shape[1]))
    across, down = cell * columns * shape[1], cell * rows * shape[0]
    size = (max(3.2, across + MARGIN), down + rows)
    figure, grid = _pyplot().subplots(rows, columns, squeeze=False, figsize=size)
    # Each panel first has exactly its cells' room, so that text is sized to fit them.
    figure.subplots_adjust(0, 0, across / size[0], down / size[1], wspace=0, hspace=0)
    figure.set_layout_engine("compressed")
    return [list(row) for row in grid]


def _draw(ax: "Axes", weights: Any, rows: list[str], columns: list[str], title: str | None) -> Any:
    """Draw one matrix, its labels and its values; return what a colour bar explains."""
    mesh = ax.pcolormesh(weights, vmin=0, vmax=1, cmap=COLOURS, edgecolors="white", linewidth=1)
    ax.patch.set(facecolor="#f4f4f4", edgecolor="#b0b0b0", hatch="////")  # seen where masked
    cell = _cell_points(ax, weights.shape)
    size = float(np.clip(0.32 * cell, 7, 10))
    _label_cells(ax, rows, columns, size, upright=max(map(len, columns)) * 0.62 * size < cell)
    ax.set(aspect="equal", title=title or "")
    ax.set_xlabel("key", fontsize=max(size, 8), color=QUIET)
    ax.set_ylabel("query", fontsize=max(size, 8), color=QUIET)
    ax.invert_yaxis()
    ax.spines[:].set_visible(False)
    _write_values(ax, weights, mesh, cell)
    return mesh


def _label_cells(
    ax: "Axes", rows: list[str], columns: list[str], size: float, upright: bool
) -> None:
    """Name rows at the left and columns on top, as in a table; slanted where names are long."""
    slant: dict[str, Any] = {} if upright else {"rotation": 45, "ha": "left"}
    ax.xaxis.set_label_position("top")
    ax.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    ax.set_xticks(np.arange(len(columns)) + 0.5, columns, fontsize=size, **slant)
    ax.set_yticks(np.arange(len(rows)) + 0.5, rows, fontsize=size)


def _cell_points(ax: "Axes", shape: tuple[int, ...]) -> float:
    """Return the side of a cell in points, the unit of font sizes."""
    box = ax.get_window_extent()
    return float(min(box.width / shape[1], box.height / shape[0])) * 72 / ax.figure.dpi


def _write_values(ax: "Axes", weights: Any, mesh: Any, cell: float) -> None:
    """Print each weight in its cell: three decimals, two, or none, as they fit."""
    decimals = 3 if cell > 32 else 2
    size = cell / (0.62 * (decimals + 1.3))  # a digit is about 0.62 of the font's size wide
    if size < 6:
        return
    for row, column in zip(*np.nonzero(~weights.mask), strict=True):
        weight = weights[row, column]
        text = f"{weight:.{decimals}f}".removeprefix("0")
        ink = readable_on(mesh.cmap(mesh.norm(weight))[:3])
        place = (column + 0.5, row + 0.5)
        ax.text(*place, text, ha="center", va="center", fontsize=min(size, 10), color=ink)


def _colour_bar(mesh: Any, panels: "list[Axes]") -> None:
    """Explain the colours once, for all panels."""
    bar = mesh.figure.colorbar(mesh, ax=panels, shrink=0.9, ticks=[0, 0.25, 0.5, 0.75, 1])
    bar.set_label("attention weight", fontsize=9, color=QUIET)
    bar.ax.tick_params(labelsize=8, length=2)
    bar.outline.set_visible(False)


def readable_on(colour: tuple[float, float, float]) -> str:
    """Choose black or white, whichever has the higher contrast (WCAG 2.2, relative luminance)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    luminance = float(np.dot([0.2126, 0.7152, 0.0722], linear))
    return "black" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "white"


def _share_names(grid: list[list["Axes"]], *labels: Sequence[Any] | None) -> None:
    """Hide what every panel of a row would repeat; the text stays for `figure_tables`."""
    shared = all(each is None or isinstance(each[0], str) for each in labels)
    for row in grid:
        for ax in row[1:]:
            ax.yaxis.label.set_visible(False)
            ax.tick_params(labelleft=not shared)


def _matrices(ax: "Axes") -> Iterator[Table]:
    """Read matrices drawn by `imshow` and `pcolormesh`."""
    from matplotlib.collections import QuadMesh

    for artist in (*ax.images, *(c for c in ax.collections if isinstance(c, QuadMesh))):
        cells: Any = np.ma.asarray(artist.get_array())
        if cells.ndim != 2:
            continue  # a photograph, or a mesh of colours
        xs, ys = _centres(artist, cells.shape)
        corner = f"{_plain(ax.get_ylabel()) or 'row'} / {_plain(ax.get_xlabel()) or 'column'}"
        names = _distinct(_tick_labels(ax.xaxis, xs))
        rows = zip(_distinct(_tick_labels(ax.yaxis, ys)), cells, strict=True)
        values = tuple((name, *(_rounded(cell) for cell in row)) for name, row in rows)
        yield Table("heatmap", _title(ax), (corner, *names), values)


def _centres(artist: Any, shape: tuple[int, ...]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return where the columns and the rows of a matrix have their middle."""
    if hasattr(artist, "get_coordinates"):
        corners = artist.get_coordinates()
        edges = corners[0, :, 0], corners[:, 0, 1]
    else:
        left, right, bottom, top = artist.get_extent()
        first, last = (top, bottom) if artist.origin == "upper" else (bottom, top)
        edges = (
            np.linspace(left, right, shape[1] + 1),
            np.linspace(first, last, shape[0] + 1),
        )
    return (edges[0][1:] + edges[0][:-1]) / 2, (edges[1][1:] + edges[1][:-1]) / 2


def _tick_labels(axis: Any, places: Any) -> list[str]:
    """Name places on an axis by the labels that its author gave, else by their numbers."""
    from matplotlib.category import StrCategoryFormatter
    from matplotlib.ticker import FixedFormatter, FuncFormatter

    formatter, ticks = axis.get_major_formatter(), axis.get_majorticklocs()
    named: dict[float, str] = {}
    if isinstance(formatter, FixedFormatter | FuncFormatter | StrCategoryFormatter):
        texts = map(_plain, formatter.format_ticks(ticks))
        named = dict(zip(np.round(ticks, 6).tolist(), texts, strict=False))
    return [named.get(round(float(place), 6)) or f"{place:g}" for place in places]


def _plots(ax: "Axes") -> Iterator[Table]:
    """Read lines, error bars, points and bars; those over the same x share a table."""
    groups: dict[tuple[Value, ...], list[tuple[str, list[Value]]]] = {}
    for name, xs, ys in _series(ax):
        name = name if name and not name.startswith("_") else _plain(ax.get_ylabel()) or "value"
        groups.setdefault(tuple(xs), []).append((_plain(name), ys))
    for places, columns in groups.items():
        names = _distinct([_plain(ax.get_xlabel()) or "x", *(name for name, _ in columns)])
        rows = zip(places, *(ys for _, ys in columns), strict=True)
        yield Table("plot", _title(ax), tuple(names), tuple(rows))


def _series(ax: "Axes") -> Iterator[tuple[str, list[Value], list[Value]]]:
    """Yield name, x and y of everything that plots one against the other."""
    from matplotlib.collections import PathCollection
    from matplotlib.container import BarContainer, ErrorbarContainer

    owned: set[Any] = set()
    for container in ax.containers:
        if isinstance(container, ErrorbarContainer):
            owned.update((container.lines[0], *container.lines[1]))
            yield from _error_bars(ax, container)
        elif isinstance(container, BarContainer):
            yield _bars(ax, container)
    for line in ax.lines:
        if line not in owned and line.get_transform() == ax.transData:
            xs, ys = line.get_xdata(orig=False), line.get_ydata(orig=False)
            yield str(line.get_label()), _places(ax.xaxis, xs), _rounds(ys)
    for points in ax.collections:
        if isinstance(points, PathCollection):
            at = np.asarray(points.get_offsets())
            yield str(points.get_label()), _places(ax.xaxis, at[:, 0]), _rounds(at[:, 1])


def _error_bars(ax: "Axes", container: Any) -> Iterator[tuple[str, list[Value], list[Value]]]:
    """Yield the middle, the low and the high ends of vertical error bars."""
    line, _, bars = container.lines
    name = str(container.get_label())
    if line is not None:
        yield name, _places(ax.xaxis, line.get_xdata(orig=False)), _rounds(line.get_ydata())
    for bar in bars:
        ends = np.array(bar.get_segments())  # (n_points, 2 ends, x and y)
        if ends.size and (ends[:, 0, 0] == ends[:, 1, 0]).all():
            for end, low_or_high in enumerate(("low", "high")):
                xs, ys = ends[:, end].T
                yield f"{name}, {low_or_high}", _places(ax.xaxis, xs), _rounds(ys)


def _bars(ax: "Axes", container: Any) -> tuple[str, list[Value], list[Value]]:
    """Return where bars stand and how far they reach."""
    flat = container.orientation == "horizontal"
    boxes = [bar.get_bbox() for bar in container]
    places = [(b.y0 + b.y1) / 2 if flat else (b.x0 + b.x1) / 2 for b in boxes]
    reach = [b.width if flat else b.height for b in boxes]
    axis = ax.yaxis if flat else ax.xaxis
    return str(container.get_label()), _places(axis, places), _rounds(reach)


def _drawn_tables(ax: "Axes") -> Iterator[Table]:
    """Read tables drawn by `ax.table`; the first row is the header."""
    for drawn in ax.tables:
        texts: dict[int, list[str]] = {}
        for (row, _), cell in sorted(drawn.get_celld().items()):
            texts.setdefault(row, []).append(_plain(cell.get_text().get_text()))
        header, *rows = texts.values()
        yield Table("table", _title(ax), tuple(_distinct(header)), tuple(map(tuple, rows)))


def _places(axis: Any, places: Any) -> list[Value]:
    """Return positions as their author's labels if they have any, else as numbers."""
    labels = _tick_labels(axis, places)
    return [
        number_ if label == f"{place:g}" else label
        for label, place, number_ in zip(labels, places, _rounds(places), strict=True)
    ]


def _rounds(values: Any) -> list[Value]:
    return [_rounded(value) for value in values]


def _rounded(value: Any) -> Value:
    """Keep six significant digits; what is masked or no number is None."""
    if value is np.ma.masked or np.isnan(value):
        return None
    return float(f"{float(value):.6g}")


def _distinct(labels: Sequence[str]) -> list[str]:
    """Tell repeated labels apart: a word may stand twice in a sentence."""
    seen: dict[str, int] = {}
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
    count = dict.fromkeys(seen, 0)
    named = []
    for label in labels:
        count[label] += 1
        named.append(f"{label} ({count[label]})" if seen[label] > 1 else label)
    return named


def _title(ax: "Axes") -> str:
    """Return a panel's title, or what it plots."""
    titles = [_plain(ax.get_title(where)) for where in ("left", "center", "right")]
    named = " ".join(title for title in titles if title)
    axes = [_plain(name) for name in (ax.get_ylabel(), ax.get_xlabel())]
    return named or " by ".join(name for name in axes if name)


def _plain(text: str) -> str:
    r"""Turn a label with line breaks and mathematics into plain words.

    Examples
    --------
    >>> _plain("scores,\n$QK^T / \\sqrt{d_k}$")
    'scores, QK^T / √d_k'
    """
    text = re.sub(r"\\(sqrt|times)", lambda match: {"sqrt": "√"}.get(match[1], "×"), text)
    return " ".join(re.sub(r"\\[a-z]+|[${}\\]", "", text).split())


def _describe(table: Table, brief: bool) -> str:
    """Say in one or two sentences what a table holds."""
    title = f"{table.title}: " if table.title else ""
    if table.kind == "plot":
        return f"{title}plot over {table.header[0]}. {_describe_series(table)}"
    if table.kind == "table":
        return f"{title}table of {len(table.rows)} rows and {len(table.header)} columns."
    return f"{title}heatmap of {_describe_size(table)}. {_describe_largest(table, brief)}"


def _describe_many(tables: list[Table]) -> str:
    """Say of many heatmaps of one form what they show together, as if one stood on the other."""
    first, last = tables[0], tables[-1]
    rows = tuple((f"{t.title}, {row[0]}", *row[1:]) for t in tables for row in t.rows)
    pile = first._replace(rows=rows)
    told = (
        f"{len(tables)} heatmaps, {first.title} to {last.title}, together {_describe_size(pile)}. "
        f"{_describe_largest(pile, brief=True)}"
    )
    winners = Counter(_largest_names(pile))
    for name, rows_won in winners.most_common(1):
        told += f" Most often largest in its row: {name}, in {rows_won} of {len(rows)}."
    return told


def _largest_names(table: Table) -> Iterator[str]:
    """Yield, of each row that is not masked throughout, the column of its largest value."""
    for _, *cells in table.rows:
        values = [cell if isinstance(cell, float) else -math.inf for cell in cells]
        if max(values) > -math.inf:
            yield table.header[1 + values.index(max(values))]


def _describe_size(table: Table) -> str:
    """Say how many rows and columns a heatmap has, what they are, and between what it ranges."""
    cells = [cell for row in table.rows for cell in row[1:]]
    values = [cell for cell in cells if isinstance(cell, float)]
    down, across = table.header[0].split(" / ")
    told = [f"{len(table.rows)} rows ({down}) by {len(table.header) - 1} columns ({across})"]
    if values:
        low, high = (cell_text(end, "heatmap") for end in (min(values), max(values)))
        told.append(f"all values {low}" if low == high else f"values from {low} to {high}")
    if None in cells:
        told.append(f"{cells.count(None)} cells masked")
    return ", ".join(told)


def _describe_largest(table: Table, brief: bool) -> str:
    """Say which column is largest, in each row if they are few."""
    cells = [
        (cell, f"{label} → {name} {cell_text(cell, 'heatmap')}", label)
        for label, *row in table.rows
        for name, cell in zip(table.header[1:], row, strict=True)
        if isinstance(cell, float)
    ]
    if brief:
        return _describe_peak([(cell, text) for cell, text, _ in cells])
    best: dict[Value, tuple[float, str]] = {}
    for cell, text, label in cells:
        if label not in best or cell > best[label][0]:
            best[label] = (cell, text)
    return "Largest in each row: " + ", ".join(text for _, text in best.values()) + "."


def _describe_peak(cells: list[tuple[float, str]]) -> str:
    """Say where the largest value stands, or how many cells share it."""
    if not cells:
        return ""
    largest, where = max(cells, key=lambda cell: cell[0])
    written = cell_text(largest, "heatmap")
    ties = sum(cell_text(cell, "heatmap") == written for cell, _ in cells)
    return f"Largest: {written}, in {ties} cells." if ties > 1 else f"Largest: {where}."


def _describe_series(table: Table) -> str:
    """Say where each line starts and ends, and where it is largest if that lies between."""
    told = []
    xs, *columns = zip(*table.rows, strict=True)
    for name, ys in zip(table.header[1:], columns, strict=True):
        known = [(y, cell_text(x)) for x, y in zip(xs, ys, strict=True) if isinstance(y, float)]
        if not known or name.endswith((", low", ", high")):
            continue
        (first, start), (last, end) = known[0], known[-1]
        peak, where = max(known, key=lambda pair: pair[0])
        between = f", largest {cell_text(peak)} at {where}" if peak > max(first, last) else ""
        ends = f"{cell_text(first)} at {start} to {cell_text(last)} at {end}"
        told.append(f"{name}: from {ends}{between}.")
    return " ".join(told)
