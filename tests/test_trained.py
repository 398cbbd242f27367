"""The trained model's data are what its checkpoint gives, as their provenance says, and whole."""

import json
import subprocess
import sys
import tomllib

import numpy as np
import pytest
from optional import lacking, require
from project import ROOT

from microattention import scaled_dot_product_attention
from microattention.bert import BertEncoder
from microattention.checkpoints import installed_checkpoint, load_checkpoint
from microattention.trained import trained_controls, trained_provenance, trained_sentence
from microattention.wordpiece import WordPiece

DATA = ROOT / "essay" / "data"
MADE = ("minilm-sentence.npz", "minilm-controls.npz", "minilm.json")
# A float32 keeps seven digits and six layers pass on what each rounds: far below what is shown.
TOLERANCE = {"rtol": 1e-4, "atol": 1e-5}


@pytest.fixture(scope="module")
def checkpoint():
    require("safetensors")
    return installed_checkpoint() or lacking("the checkpoint of the extra 'trained'")


@pytest.fixture(scope="module")
def remade(checkpoint, tmp_path_factory):
    """Return a folder into which the script has written everything anew."""
    folder = tmp_path_factory.mktemp("remade")
    command = [sys.executable, DATA / "make_minilm.py", folder]
    subprocess.run(command, check=True, cwd=folder, env={"PYTHONPATH": str(ROOT)})
    return folder


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A copy of the data, to be damaged, in the place that the loader looks at."""
    for name in MADE:
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    monkeypatch.setattr("microattention.evidence.FOLDERS", (tmp_path,))
    return tmp_path


def provenance(folder):
    return json.loads((folder / "minilm.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", MADE[:2])
def test_the_script_makes_the_shipped_arrays_again(remade, name):
    with np.load(remade / name) as made, np.load(DATA / name) as shipped:
        assert made.files == shipped.files
        for key in shipped.files:
            assert made[key].dtype == shipped[key].dtype
            if key == "tokens":
                assert made[key].tolist() == shipped[key].tolist()
            else:
                np.testing.assert_allclose(made[key], shipped[key], **TOLERANCE)


def test_the_script_states_the_same_provenance_again(remade):
    made, shipped = provenance(remade), provenance(DATA)
    for told in (made, shipped):  # digests are of arrays that may differ in a last digit
        for name in MADE[:2]:
            assert len(told["files"][name].pop("sha256")) == 64
    made["made_with"]["numpy"] = shipped["made_with"]["numpy"]  # it may run with another
    assert made == shipped


def test_the_same_arrays_give_the_same_bytes(remade, checkpoint):
    """Twice on one machine; a date in the archive, for one, would differ."""
    before = {name: (remade / name).read_bytes() for name in MADE}
    command = [sys.executable, DATA / "make_minilm.py", remade]
    subprocess.run(command, check=True, env={"PYTHONPATH": str(ROOT), "TZ": "UTC-9"})
    assert {name: (remade / name).read_bytes() for name in MADE} == before


def test_the_weights_are_those_that_the_model_itself_computes(checkpoint):
    model = load_checkpoint(checkpoint, dtype=np.float32)
    assert isinstance(model, BertEncoder)
    sentence = trained_sentence()
    ids = WordPiece.from_file(checkpoint.with_name("vocab.txt")).ids(sentence.tokens)
    own = np.stack(model(ids, return_weights=True)[1])
    np.testing.assert_allclose(sentence.weights(), own, atol=1e-6)
    controls = trained_controls()
    tokenizer = WordPiece.from_file(checkpoint.with_name("vocab.txt"))
    ids = [tokenizer.ids(tokens) for tokens in controls.tokens]
    own = np.stack(model(ids, return_weights=True)[1], axis=1)[..., 4, :]
    np.testing.assert_allclose(controls.weights, own, atol=1e-6)


def test_the_provenance_names_what_the_project_pins():
    told = trained_provenance()
    with open(ROOT / "pyproject.toml", "rb") as file:
        extra = tomllib.load(file)["project"]["optional-dependencies"]["trained"]
    model = told["model"]
    assert f"{model['package']}=={model['version']}" in extra
    pinned = (ROOT / "constraints.txt").read_text().splitlines()
    assert f"numpy=={told['made_with']['numpy']}" in pinned
    assert told["command"].split()[-1] == "essay/data/make_minilm.py"


def test_the_sentence_is_the_essays_and_its_weights_are_shares():
    sentence = trained_sentence()
    assert sentence.tokens == ("[CLS]", "the", "corpus", "was", "wrong", "[SEP]")
    assert sentence.queries.shape == sentence.keys.shape == sentence.values.shape
    weights = sentence.weights()
    assert weights.shape == (6, 12, 6, 6)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-6)
    Q, K, V = sentence.queries, sentence.keys, sentence.values
    np.testing.assert_array_equal(weights, scaled_dot_product_attention(Q, K, V)[1])
    assert Q.dtype == np.float64  # a float32 product differs with the processor, in print too


def test_the_controls_are_all_pairs_of_the_drawn_words_but_the_sentence_itself():
    controls = trained_controls()
    nouns, adjectives = set(controls.nouns), set(controls.adjectives)
    assert (len(nouns), len(adjectives)) == (7, 7)
    assert {"corpus"} < nouns
    assert {"wrong"} < adjectives
    drawn = list(zip(controls.nouns, controls.adjectives, strict=True))
    assert len(set(drawn)) == len(drawn) == 48
    assert ("corpus", "wrong") not in drawn
    read = zip(controls.tokens, drawn, strict=True)
    assert all(t == ("[CLS]", "the", noun, "was", word, "[SEP]") for t, (noun, word) in read)
    np.testing.assert_allclose(controls.weights.sum(axis=-1), 1, atol=1e-6)


def test_the_word_lists_are_whole_and_hold_what_was_drawn():
    lists = json.loads((DATA / "basic-english.json").read_text(encoding="utf-8"))
    things, qualities = (" ".join(lists[kind]).split() for kind in ("things", "qualities"))
    assert (len(set(things)), len(things)) == (400, 400)
    assert (len(set(qualities)), len(qualities)) == (150, 150)
    controls = trained_controls()
    assert set(controls.nouns) - {"corpus"} < set(things)
    assert set(controls.adjectives) < set(qualities)


def test_what_is_loaded_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        trained_sentence().keys[0] = 0


@pytest.mark.parametrize(
    ("name", "load"), [(MADE[0], trained_sentence), (MADE[1], trained_controls)]
)
def test_one_changed_bit_is_noticed(data, name, load):
    content = bytearray((data / name).read_bytes())
    content[-3000] ^= 1
    (data / name).write_bytes(content)
    with pytest.raises(ValueError, match=rf"{name}: damaged or changed: its SHA-256 is \w+, "):
        load()


@pytest.mark.parametrize("name", ["minilm-sentence.npz", "minilm.json"])
def test_a_missing_file_is_named(data, name):
    (data / name).unlink()
    with pytest.raises(FileNotFoundError, match=f"no data file '{name}'"):
        trained_sentence()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "it is not JSON"),
        ("[]", "it must hold an object, got list"),
        ('{"files": {}}', "it has no digest of minilm-sentence.npz"),
        ('{"files": 3}', "it has no digest of minilm-sentence.npz"),
    ],
)
def test_a_damaged_provenance_says_how(data, text, reason):
    (data / "minilm.json").write_text(text)
    with pytest.raises(ValueError, match=rf"minilm\.json: damaged, {reason}"):
        trained_sentence()
