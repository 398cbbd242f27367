"""A figure drawn for a light page, inked again for a dark one: the same data and contrasts.

Contrast is a ratio of luminances, so a luminance is reflected on a logarithmic scale: paper
becomes the dark page's ground, black becomes white, and what was twice as far from the paper
stays so. Hues are kept.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from microattention.plotting import readable_on

GROUND = "#131416"  # the theme's dark background
WEIGHTS = np.array([0.2126, 0.7152, 0.0722])  # of red, green and blue in luminance (WCAG 2.2)
FLARE = 0.05  # what WCAG adds to both luminances before it divides them


def darken(figure: Any) -> None:
    """Ink every artist of a figure for a dark page; its data are not touched."""
    artists = _artists(figure)
    for artist in artists:
        _ink(artist)
    for artist in filter(_has_map, artists):
        artist.set_cmap(_reflected_map(artist.get_cmap()))
    for ax in figure.axes:
        _ink_cells(ax)


def reflect(colours: ArrayLike) -> NDArray[np.float64]:
    """Return colours (…, 4), red to alpha in 0 to 1, as they are on a dark page.

    Examples
    --------
    >>> from matplotlib.colors import to_hex
    >>> [to_hex(colour) for colour in reflect([[1, 1, 1, 1], [0, 0, 0, 1]])]
    ['#131416', '#ffffff']
    """
    from matplotlib.colors import to_rgb

    colours = np.asarray(colours, dtype=float)
    linear, ground = _linear(colours[..., :3]), _linear(np.array(to_rgb(GROUND)))
    lowest, paper = ground @ WEIGHTS + FLARE, 1 + FLARE
    power = np.log(paper / lowest) / np.log(paper / FLARE)
    wanted = lowest * (paper / (linear @ WEIGHTS + FLARE)) ** power - FLARE
    rgb = _encoded(_with_luminance(linear, wanted[..., np.newaxis]))
    is_paper = (linear == 1).all(axis=-1, keepdims=True)
    return np.concatenate([np.where(is_paper, to_rgb(GROUND), rgb), colours[..., 3:]], axis=-1)


def _with_luminance(linear: NDArray[Any], wanted: NDArray[Any]) -> NDArray[Any]:
    """Scale linear colours as far as their hue allows, then mix in white, to a luminance."""
    now, brightest = (linear @ WEIGHTS)[..., np.newaxis], linear.max(axis=-1, keepdims=True)
    with np.errstate(divide="ignore"):
        factor = np.minimum(wanted / now, 1 / brightest)
    scaled = linear * np.where(np.isfinite(factor), factor, 0)  # black has no hue to keep
    reached = (scaled @ WEIGHTS)[..., np.newaxis]
    return scaled + (1 - scaled) * (wanted - reached) / (1 - reached)


def _linear(rgb: NDArray[Any]) -> NDArray[Any]:
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _encoded(linear: NDArray[Any]) -> NDArray[Any]:
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def _artists(figure: Any) -> list[Any]:
    """Return all that has a colour, also the arrows and boxes of notes, which have no parent."""
    from matplotlib.collections import Collection
    from matplotlib.image import AxesImage
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch
    from matplotlib.text import Annotation, Text

    kinds = (Collection, AxesImage, Line2D, Patch, Text)
    found = figure.findobj(lambda artist: isinstance(artist, kinds))
    found += [t.arrow_patch for t in found if isinstance(t, Annotation)]
    found += [t.get_bbox_patch() for t in found if isinstance(t, Text)]
    return [artist for artist in dict.fromkeys(found) if artist is not None]


def _has_map(artist: Any) -> bool:
    """Say whether an artist's colours come from its data."""
    return hasattr(artist, "get_cmap") and artist.get_array() is not None


def _reflected_map(colours: Any) -> Any:
    """Return a colour map for a dark page."""
    from matplotlib.colors import ListedColormap

    return ListedColormap(reflect(colours(np.linspace(0, 1, 256))))


def _ink(artist: Any) -> None:
    """Reflect each of an artist's own colours."""
    from matplotlib.colors import to_rgba_array

    names = ("color", "edgecolor", "markerfacecolor", "markeredgecolor")
    names += () if _has_map(artist) else ("facecolor",)
    own = {name: getattr(artist, f"get_{name}", list)() for name in names}
    for name, colour in own.items():
        inks = reflect(to_rgba_array(colour))  # none at all for "none"
        if len(inks):
            ink = inks if getattr(colour, "ndim", 1) == 2 else tuple(inks[0])
            getattr(artist, f"set_{name}")(ink)


def _ink_cells(ax: Any) -> None:
    """Choose black or white for each number that stands in a matrix, by its cell."""
    from matplotlib.collections import QuadMesh

    for mesh in (found for found in ax.collections if isinstance(found, QuadMesh)):
        corners = mesh.get_coordinates()
        for text in (text for text in ax.texts if text.get_transform() == ax.transData):
            x, y = text.get_position()
            column = np.searchsorted(corners[0, :, 0], x) - 1
            row = np.searchsorted(corners[:, 0, 1], y) - 1
            shown = mesh.get_array()
            if 0 <= row < shown.shape[0] and 0 <= column < shown.shape[1]:
                text.set_color(readable_on(mesh.cmap(mesh.norm(shown[row, column]))[:3]))
