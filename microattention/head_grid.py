"""Every head of a model in one picture: a row of panels for each layer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .plotting import COLOURS, QUIET, WIDTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def head_grid(
    weights: ArrayLike, tokens: Sequence[str], *, layers: Sequence[int] | None = None,
    heads: Sequence[int] | None = None, title: str | None = None,
) -> "Figure":  # fmt: skip
    """Draw a small heatmap for each head, without labels, on one scale from 0 to 1.

    Queries run downwards and keys to the right in every panel, so that a vertical stripe is a
    token that all others attend to, and a diagonal is one that attends to itself.

    Parameters
    ----------
    weights : array_like, (n_layers, n_heads, n, n)
        Proportions between 0 and 1.
    tokens : sequence of str
        What was read, n of them; named in the picture's data, as the panels have no room.
    layers, heads : sequence of int, optional
        What the rows and the columns are numbered; from 1 when not given.
    title : str, optional
        What stands above.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ImportError
        If matplotlib is missing.
    ValueError
        If `weights` has another number of axes, or sizes and labels do not fit each other.

    Examples
    --------
    >>> figure = head_grid(np.full((2, 3, 5, 5), 0.2), "the corpus was wrong again".split())
    >>> [ax.get_title() for ax in figure.axes[2:4]]
    ['layer 1, head 3', 'layer 2, head 1']
    """
    shown = np.asarray(weights)
    n_layers, n_heads = _checked(shown, len(tokens))
    numbers = [list(range(1, n_layers + 1)), list(range(1, n_heads + 1))]
    for axis, (name, given) in enumerate((("layers", layers), ("heads", heads))):
        if given is not None and len(given) != len(numbers[axis]):
            raise ValueError(f"{name} must have {len(numbers[axis])} numbers, got {len(given)}")
        numbers[axis] = numbers[axis] if given is None else list(given)
    figure, grid = _canvas(n_layers, n_heads)
    for (layer, head), ax in np.ndenumerate(grid):
        image = _panel(ax, shown[layer, head], tokens)
        ax.set_title(f"layer {numbers[0][layer]}, head {numbers[1][head]}", visible=False)
        if head == 0:
            _name(ax, f"layer {numbers[0][layer]}", (-0.12, 0.5), ha="right", va="center")
        if layer == 0:
            _name(ax, f"head {numbers[1][head]}", (0.5, 1.1), ha="center", va="bottom")
    bar = figure.colorbar(image, ax=grid, ticks=[0, 0.5, 1], shrink=min(1, 3 / n_layers), aspect=30)
    bar.set_label("attention weight", fontsize=8, color=QUIET)
    bar.ax.tick_params(labelsize=7, length=2)
    figure.suptitle(title or "", fontsize=10)
    return figure


def _checked(weights: Any, n_tokens: int) -> tuple[int, int]:
    """Return how many layers and heads there are, refusing what is no such array."""
    if weights.ndim != 4 or 0 in weights.shape or weights.shape[2:] != (n_tokens, n_tokens):
        raise ValueError(
            f"weights must be (n_layers, n_heads, {n_tokens}, {n_tokens}) for {n_tokens} tokens, "
            f"got shape {weights.shape}"
        )
    return weights.shape[:2]  # type: ignore[no-any-return]


def _canvas(n_layers: int, n_heads: int) -> tuple["Figure", Any]:
    """Open a figure of square panels, as large as the text column allows."""
    from matplotlib import pyplot

    side = min(1.2, (WIDTH - 1.4) / n_heads)
    size = (max(3.2, side * n_heads + 1.4), max(1.6, side * n_layers + 0.8))
    return pyplot.subplots(n_layers, n_heads, squeeze=False, figsize=size, layout="compressed")


def _panel(ax: "Axes", weights: Any, tokens: Sequence[str]) -> Any:
    """Draw one head; its labels are there for whoever reads the figure's data, and hidden."""
    n = len(tokens)
    # An image, for as an SVG thousands of cells would each be a path.
    look: dict[str, Any] = {"interpolation": "none", "extent": (0, n, n, 0)}
    image = ax.imshow(weights, COLOURS, vmin=0, vmax=1, **look)
    middles = np.arange(n) + 0.5
    ax.set_xticks(middles, tokens)
    ax.set_yticks(middles, tokens)
    ax.tick_params(length=0, labelleft=False, labelbottom=False)
    ax.set_xlabel("key", visible=False)
    ax.set_ylabel("query", visible=False)
    ax.spines[:].set(color=QUIET, linewidth=0.4)
    return image


def _name(ax: "Axes", text: str, place: tuple[float, float], **alignment: Any) -> None:
    """Write beside or above a panel."""
    ax.text(*place, text, transform=ax.transAxes, fontsize=7, color=QUIET, **alignment)
