"""A receipt: what must be kept of a run of attention so that its weights can be audited.

It has the fingerprints of what went in, the rules of the run, and the log-sum-exp of every
query. What went in is kept elsewhere: nothing can be recomputed from a receipt alone.

A receipt proves less than it may seem to. Anyone can make one, of any run, at any time, so it
bears no name and no date: nobody could check them. Its digest is what to sign or to have
time-stamped; the signature, not the receipt, says who vouches for it and since when.
"""

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import __version__
from ._arguments import attention_arguments, flag, instance, real_array
from .fingerprints import Fingerprint, fingerprint
from .tiling import tiled_attention

SCHEMA = 1


@dataclass(frozen=True, eq=False)
class Receipt:
    """What is recorded of one run of attention.

    Parameters
    ----------
    inputs : mapping of str to Fingerprint
        Of Q, K and V.
    model : mapping of str to Fingerprint
        Of the weights that made the inputs, by name; empty where none were given.
    causal : bool
        Whether query i could attend to keys up to i alone.
    mask : Fingerprint or None
        Of the mask that held besides, if one did.
    scale : float
        What dot products were multiplied by.
    versions : mapping of str to str
        Of Python, NumPy and this package.
    recorded : Fingerprint
        Of the log-sum-exp, when the receipt was made.
    lse : ndarray, (…, n_queries)
        The log-sum-exp of each query's scores, natural log, as it is at hand.
    sha256 : str
        The digest of all the rest, when the receipt was made.

    Examples
    --------
    >>> receipt = Receipt.make([[1.0, 2.0]], [[3.0, 4.0]], [[5.0]], scale=1.0)
    >>> receipt.lse
    array([11.])
    >>> receipt.inputs["Q"].shape, receipt.causal, receipt.mask
    ((1, 2), False, None)
    >>> receipt.sha256 == receipt.digest()
    True
    """

    inputs: Mapping[str, Fingerprint]
    model: Mapping[str, Fingerprint]
    causal: bool
    mask: Fingerprint | None
    scale: float
    versions: Mapping[str, str]
    recorded: Fingerprint
    lse: NDArray[Any]
    sha256: str

    @classmethod
    def make(
        cls,
        Q: ArrayLike,
        K: ArrayLike,
        V: ArrayLike,
        mask: ArrayLike | None = None,
        *,
        causal: bool = False,
        scale: float | None = None,
        lse: ArrayLike | None = None,
        model: Mapping[str, ArrayLike] | None = None,
    ) -> "Receipt":
        """Make the receipt of a run.

        Parameters
        ----------
        Q, K, V, mask, causal, scale
            As `tiled_attention` had them.
        lse : array_like, (…, n_queries), optional
            The log-sum-exp that it returned; computed when not given.
        model : mapping of str to array_like, optional
            The weights that made Q, K and V, by name.

        Returns
        -------
        Receipt

        Raises
        ------
        TypeError
            If an argument is of a kind that `tiled_attention` refuses, or of a dtype that has
            no fingerprint.
        ValueError
            If shapes do not fit, `lse` is not of the run's shape and dtype, or a score
            overflowed, so that `lse` is neither finite nor −inf.

        Examples
        --------
        >>> Receipt.make([[1.0]], [[2.0]], [[3.0]], lse=[1.0, 2.0])
        Traceback (most recent call last):
        ValueError: lse must be (1,) of float64, got (2,) of float64
        """
        run, causal = attention_arguments(Q, K, V, mask, scale), flag("causal", causal)
        if lse is None:
            lse = log_sum_exp(Q, K, V, mask, causal=causal, scale=scale)
        lse = real_array("lse", lse)
        lse = lse.astype(lse.dtype.newbyteorder("="), order="C")  # a copy, whatever it was
        if (lse.shape, lse.dtype) != (run.Q.shape[:-1], run.Q.dtype):
            raise ValueError(
                f"lse must be {run.Q.shape[:-1]} of {run.Q.dtype}, got {lse.shape} of {lse.dtype}"
            )
        if not is_log_sum_exp(lse):
            raise ValueError("lse must be finite, or −inf for a query that may attend to nothing")
        weights = {} if model is None else instance("model", model, Mapping)
        unsealed = cls(
            inputs={n: fingerprint(n, array) for n, array in {"Q": Q, "K": K, "V": V}.items()},
            model={name: fingerprint(name, array) for name, array in weights.items()},
            causal=causal,
            mask=None if mask is None else fingerprint("mask", mask),
            scale=run.scale,
            versions=versions(),
            recorded=fingerprint("lse", lse),
            lse=lse,
            sha256="",
        )
        return replace(unsealed, sha256=unsealed.digest())

    def content(self) -> dict[str, Any]:
        """Return what the digest is of, fit for JSON: all but the digest and the array itself."""
        return {
            "schema": SCHEMA,
            "inputs": {name: entry(one) for name, one in self.inputs.items()},
            "model": {name: entry(one) for name, one in self.model.items()},
            "causal": self.causal,
            "mask": None if self.mask is None else entry(self.mask),
            "scale": self.scale,
            "lse": entry(self.recorded),
            "versions": dict(self.versions),
        }

    def digest(self) -> str:
        """Return the SHA-256 of the content as JSON: names sorted, ASCII, no blanks."""
        text = json.dumps(self.content(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("ascii")).hexdigest()


def log_sum_exp(
    Q: ArrayLike,
    K: ArrayLike,
    V: ArrayLike,
    mask: ArrayLike | None = None,
    *,
    causal: bool = False,
    scale: float | None = None,
) -> NDArray[Any]:
    """Compute the log-sum-exp alone, in half the time of a run: no values are mixed.

    Parameters
    ----------
    Q, K, V, mask, causal, scale
        As for `tiled_attention`. Of V only the leading axes matter.

    Returns
    -------
    ndarray, (…, n_queries)

    Raises
    ------
    TypeError, ValueError
        As `tiled_attention`.

    Examples
    --------
    >>> log_sum_exp([[0.0]], [[1.0], [2.0]], [[3.0], [4.0]]).round(4)
    array([0.6931])
    """
    V = attention_arguments(Q, K, V, mask, scale).V[..., :0]
    _, lse = tiled_attention(Q, K, V, mask, causal=causal, scale=scale, return_lse=True)
    return np.asarray(lse)


def is_log_sum_exp(lse: NDArray[Any]) -> bool:
    """Say whether every number could be a log-sum-exp: finite, or −inf where no key was open.

    >>> is_log_sum_exp(np.array([0.0, -np.inf])), is_log_sum_exp(np.array([np.nan]))
    (True, False)
    """
    return bool((lse < np.inf).all())


def versions() -> dict[str, str]:
    """Return the versions that a receipt records.

    >>> list(versions())
    ['python', 'numpy', 'microattention']
    """
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "microattention": __version__,
    }


def entry(one: Fingerprint) -> dict[str, Any]:
    """Return a fingerprint as it stands in the file.

    >>> entry(Fingerprint((2, 3), "float64", "6bab…"))
    {'shape': [2, 3], 'dtype': 'float64', 'sha256': '6bab…'}
    """
    return {"shape": list(one.shape), "dtype": one.dtype, "sha256": one.sha256}
