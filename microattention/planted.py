"""Faults planted in this package's own attention, one at a time, to see which checks notice.

A fault is an edit of the source of `microattention.attention`; what is edited is run as a module
of its own, and the package stays as it is. Harmless edits, which a check should not notice, are
the null that the faults are held against. A check is a question to a function that claims to be
`scaled_dot_product_attention`, most of them about the worked sentence of the essay.
"""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from . import attention
from .masking import causal_mask
from .sentence import sentence_projections

Attend = Callable[..., tuple[Any, Any]]

FAULTS = {
    "scores not divided": ("(Q * scale) @ K", "Q @ K"),
    "scores divided twice": ("(Q * scale)", "(Q * scale**2)"),
    "query and key exchanged": (
        "(Q * scale) @ K.swapaxes(-2, -1)",
        "(K * scale) @ Q.swapaxes(-2, -1)",
    ),
    "mask left out": ("hide(scores, mask)", "hide(scores, None)"),
    "mask upside down": ("where=~visible", "where=visible"),
    "mask after softmax": (
        "visible = hide(scores, mask)\n        weights = softmax(scores)",
        "visible = mask\n        weights = softmax(scores) * (1 if mask is None else mask)",
    ),
    "mask of −10⁹": ("scores, -np.inf, where", "scores, -1e9, where"),
    "softmax down the columns": ("weights = softmax(scores)", "weights = softmax(scores, -2)"),
    "total not divided by": ("exps / np.where(total == 0, 1, total)", "exps"),
    "largest not subtracted": ("x - np.where(largest == -np.inf, 0, largest)", "x"),
    "values in reverse": ("return weights @ V ", "return weights @ V[..., ::-1, :] "),
    "hidden NaN let in": ("(finite := np.isfinite(V)).all()", "True"),
}

HARMLESS = {
    "keys scaled instead": (
        "(Q * scale) @ K.swapaxes(-2, -1)",
        "Q @ (K * scale).swapaxes(-2, -1)",
    ),
    "one more subtracted": ("np.exp(x - np", "np.exp(x - 1 - np"),
    "multiplied by the inverse": (
        "exps / np.where(total == 0, 1, total)",
        "exps * (1 / np.where(total == 0, 1, total))",
    ),
    "product turned on its side": (
        "return weights @ V ",
        "return (V.swapaxes(-2, -1) @ weights.swapaxes(-2, -1)).swapaxes(-2, -1) ",
    ),
}


def plant(edit: str) -> Attend:
    """Return attention with one edit in its source.

    Parameters
    ----------
    edit : str
        One of `FAULTS` or `HARMLESS`.

    Returns
    -------
    callable
        Takes what `scaled_dot_product_attention` takes, and is otherwise the same.

    Raises
    ------
    ValueError
        If there is no such edit, or what it replaces does not stand in the source exactly once.

    Examples
    --------
    >>> output, weights = plant("total not divided by")([[1.0]], [[1.0], [1.0]], [[2.0], [4.0]])
    >>> weights
    array([[1., 1.]])
    """
    known = FAULTS | HARMLESS
    if edit not in known:
        raise ValueError(f"edit must be one of {', '.join(known)}, got {edit!r}")
    old, new = known[edit]
    source = inspect.getsource(attention)
    if source.count(old) != 1:
        raise ValueError(
            f"{edit}: {old!r} stands {source.count(old)} times in the source, not once"
        )
    module: dict[str, Any] = {"__name__": attention.__name__, "__package__": __package__}
    exec(source.replace(old, new), module)
    attend: Attend = module["scaled_dot_product_attention"]
    return attend


def has_shapes(attend: Attend) -> bool:
    """Whether four words give four rows of eight, and weights of four by four."""
    output, weights = _sentence(attend)
    return bool(output.shape == (4, 8) and weights.shape == (4, 4))


def sums_to_one(attend: Attend) -> bool:
    """Whether the shares of each word sum to one."""
    return bool(np.allclose(_sentence(attend)[1].sum(axis=-1), 1))


def picks_corpus(attend: Attend) -> bool:
    """Whether `wrong` gives most of its attention to `corpus`."""
    return bool(_sentence(attend)[1][3].argmax() == 1)


def gives_headline(attend: Attend) -> bool:
    """Whether `wrong` gives `corpus` the published 93.7%."""
    return f"{_sentence(attend)[1][3, 1]:.1%}" == "93.7%"


def hides_later(attend: Attend) -> bool:
    """Whether no word gives anything to a later one."""
    return not np.triu(_sentence(attend)[1], k=1).any()


def gives_output(attend: Attend) -> bool:
    """Whether what comes out for `wrong` is what the formula gives, one step at a time."""
    Q, K, V = _projections()
    powers = np.exp(Q[3] @ K.T / np.sqrt(8))  # (word,)
    return bool(np.allclose(_sentence(attend)[0][3], powers / powers.sum() @ V))


def silences_row(attend: Attend) -> bool:
    """Whether a row that may hear nobody gives no weight to anybody."""
    return not attend(*_projections(), np.zeros((4, 4), dtype=bool))[1].any()


def survives_large_scores(attend: Attend) -> bool:
    """Whether two scores of a thousand share alike instead of overflowing."""
    return bool((attend([[1e3], [1e3]], [[1.0], [1.0]], np.eye(2), scale=1.0)[1] == 0.5).all())


CHECKS: dict[str, Callable[[Attend], bool]] = {
    "shapes": has_shapes,
    "rows sum to one": sums_to_one,
    "most to corpus": picks_corpus,
    "93.7% to corpus": gives_headline,
    "later words hidden": hides_later,
    "output of wrong": gives_output,
    "row that hears nobody": silences_row,
    "scores of a thousand": survives_large_scores,
}


def notices(check: str, edit: str) -> bool:
    """Whether a check fails when an edit is made.

    Parameters
    ----------
    check : str
        One of `CHECKS`.
    edit : str
        One of `FAULTS` or `HARMLESS`.

    Returns
    -------
    bool
        True if the check says no, as it should of a fault and should not of what is harmless.

    Raises
    ------
    ValueError
        If there is no such check or edit.

    Examples
    --------
    >>> notices("93.7% to corpus", "scores not divided")
    True
    >>> notices("93.7% to corpus", "mask left out")
    False
    """
    if check not in CHECKS:
        raise ValueError(f"check must be one of {', '.join(CHECKS)}, got {check!r}")
    with np.errstate(all="ignore"):  # a planted fault may overflow, and that is to be seen
        return not CHECKS[check](plant(edit))


def _projections() -> tuple[Any, Any, Any]:
    """Draw the queries, keys and values of the worked sentence."""
    return sentence_projections(["the", "corpus", "was", "wrong"])


def _sentence(attend: Attend) -> tuple[Any, Any]:
    """Attend in the worked sentence, under the causal mask."""
    return attend(*_projections(), causal_mask(4))
