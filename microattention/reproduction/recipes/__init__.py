"""Recipes: small functions of ours that recompute what a document publishes, a module for each.

A recipe takes nothing and draws what it needs from the seed that the document names, or from one
of ours where it names none. All attention in it is the package's.
"""

from collections.abc import Callable
from importlib import import_module

from ..compare import Result


def find_recipe(name: str) -> Callable[[], Result]:
    """Find a recipe by name.

    Parameters
    ----------
    name : str
        ``module:function``, of a module in this folder.

    Returns
    -------
    callable
        Takes nothing.

    Raises
    ------
    ValueError
        If there is no such module or function.

    Examples
    --------
    >>> print(f"{find_recipe('williams:wrong_to_corpus')():.8f}")
    0.93732481
    >>> find_recipe("williams:nothing")
    Traceback (most recent call last):
    ValueError: there is no recipe 'williams:nothing'
    """
    module, _, function = name.partition(":")
    try:
        found: Callable[[], Result] = getattr(import_module(f"{__name__}.{module}"), function)
    except (ModuleNotFoundError, AttributeError):
        raise ValueError(f"there is no recipe {name!r}") from None
    return found
