"""What a trained model made of the essay's sentence, from files that come with the essay.

MiniLM's weights are 90 MB and an extra; its queries, keys and values for six tokens are small, and
attention is computed from them here. ``essay/data/make_minilm.py`` made the files, and
``minilm.json`` beside them says from what; each is held to the digest that stands there.

Letters: n_layers layers have n_heads heads each, which read n_tokens tokens by queries, keys and
values of width d_head.
"""

import hashlib
import io
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .attention import scaled_dot_product_attention
from .evidence import evidence_file

PROVENANCE = "minilm.json"


@dataclass(frozen=True, eq=False)
class TrainedSentence:
    """A sentence as the heads of a trained model get it, layer by layer.

    Parameters
    ----------
    tokens : tuple of str
        What was read, the model's own markers included.
    queries, keys, values : ndarray, (n_layers, n_heads, n_tokens, d_head)
        What each head projects the tokens to, biases included; read-only. The model's float32,
        held as float64, so that what is computed from them is the same on any processor.

    Examples
    --------
    >>> sentence = trained_sentence()
    >>> sentence.weights().shape
    (6, 12, 6, 6)
    """

    tokens: tuple[str, ...]
    queries: NDArray[np.float64]
    keys: NDArray[np.float64]
    values: NDArray[np.float64]

    def weights(self) -> NDArray[np.float64]:
        """Compute what each token gives to each, in every head.

        Returns
        -------
        ndarray, (n_layers, n_heads, n_tokens, n_tokens)
            Proportions: the last axis sums to 1. Nothing is masked; the model is an encoder.

        Examples
        --------
        >>> weights = trained_sentence().weights()
        >>> print(f"{weights[..., 4, 0].mean():.0%}")
        57%
        """
        return scaled_dot_product_attention(self.queries, self.keys, self.values)[1]


@dataclass(frozen=True, eq=False)
class TrainedControls:
    """What the last word gives to each token, in other sentences of the same form.

    Parameters
    ----------
    tokens : tuple of tuple of str
        Of each sentence: ``[CLS]``, *the*, a noun, *was*, an adjective, ``[SEP]``.
    weights : ndarray, (n_sentences, n_layers, n_heads, n_tokens)
        Proportions that the adjective gives; read-only.

    Examples
    --------
    >>> controls = trained_controls()
    >>> controls.weights.shape
    (48, 6, 12, 6)
    >>> " ".join(controls.tokens[0][1:-1])
    'the corpus was fertile'
    """

    tokens: tuple[tuple[str, ...], ...]
    weights: NDArray[np.float64]

    @property
    def nouns(self) -> tuple[str, ...]:
        """The noun of each sentence."""
        return tuple(tokens[2] for tokens in self.tokens)

    @property
    def adjectives(self) -> tuple[str, ...]:
        """The last word of each sentence, from which its weights are."""
        return tuple(tokens[4] for tokens in self.tokens)


def trained_sentence() -> TrainedSentence:
    """Load MiniLM's queries, keys and values for *the corpus was wrong*.

    Returns
    -------
    TrainedSentence
        Of six layers with twelve heads each, 32 wide.

    Raises
    ------
    FileNotFoundError
        If the data, or the file that says where they are from, is missing.
    ValueError
        If one of them is damaged.

    Notes
    -----
    Wang et al. (2020), *MiniLM: Deep Self-Attention Distillation for Task-Agnostic Compression
    of Pre-Trained Transformers*; the checkpoint is all-MiniLM-L6-v2 (`trained_provenance`).

    Examples
    --------
    >>> sentence = trained_sentence()
    >>> sentence.tokens
    ('[CLS]', 'the', 'corpus', 'was', 'wrong', '[SEP]')
    >>> sentence.queries.shape
    (6, 12, 6, 32)
    """
    arrays = _arrays("minilm-sentence.npz")
    tokens = tuple(arrays["tokens"].tolist())
    return TrainedSentence(tokens, arrays["queries"], arrays["keys"], arrays["values"])


def trained_controls() -> TrainedControls:
    """Load what the last word attends to in the control sentences.

    Their words were drawn by a rule that was stated first; `trained_provenance` has it.

    Returns
    -------
    TrainedControls
        Noun by noun; the essay's own sentence is not among them.

    Raises
    ------
    FileNotFoundError, ValueError
        As for `trained_sentence`.

    Examples
    --------
    >>> controls = trained_controls()
    >>> controls.adjectives[:3], controls.nouns.count("corpus")
    (('fertile', 'clean', 'small'), 6)
    """
    arrays = _arrays("minilm-controls.npz")
    return TrainedControls(tuple(map(tuple, arrays["tokens"].tolist())), arrays["weights"])


def trained_provenance() -> dict[str, Any]:
    """Say where the trained model's data come from.

    Returns
    -------
    dict
        `command` that made the files, `model` with its package, version, licences and the digest
        of its weights, the versions it was `made_with`, and for each of the `files` its digest,
        what it holds, and the rule for the controls.

    Raises
    ------
    FileNotFoundError, ValueError
        As for `trained_sentence`.

    Examples
    --------
    >>> trained_provenance()["model"]["weights_licence"]
    'apache-2.0'
    """
    path = evidence_file(PROVENANCE)
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: damaged, it is not JSON: {error}") from None
    if not isinstance(told, dict):
        raise ValueError(f"{path}: damaged, it must hold an object, got {type(told).__name__}")
    return told


def _arrays(name: str) -> dict[str, NDArray[Any]]:
    """Read a file of arrays that is what its provenance says."""
    path = evidence_file(name)
    content = path.read_bytes()
    try:
        recorded = trained_provenance()["files"][name]["sha256"]
    except (KeyError, TypeError):
        raise ValueError(
            f"{evidence_file(PROVENANCE)}: damaged, it has no digest of {name}"
        ) from None
    if (found := hashlib.sha256(content).hexdigest()) != recorded:
        raise ValueError(
            f"{path}: damaged or changed: its SHA-256 is {found}, {PROVENANCE} has {recorded}"
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as packed:
        arrays = {key: packed[key] for key in packed.files}
    for key, array in arrays.items():
        arrays[key] = array.astype(np.float64) if array.dtype.kind == "f" else array
        arrays[key].setflags(write=False)
    return arrays
