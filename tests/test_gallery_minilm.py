"""What the gallery shows of a trained model is in the shipped data, and what it says is so."""

import sys

import numpy as np
import pytest

from microattention.trained import trained_controls, trained_sentence

WRONG, CLS, NOUN = 4, 0, 2


@pytest.fixture(autouse=True)
def without_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors", None)  # importing it fails
    monkeypatch.setattr("microattention.checkpoints.find_spec", lambda name: None)


def test_every_head_is_one_row_of_six_shares(run):
    [[shares], grid], _ = run("minilm_all_heads")
    weights = trained_sentence().weights()
    assert shares.header == ("head", "[CLS]", "the", "corpus", "was", "wrong", "[SEP]")
    assert [row[0] for row in shares.rows[:13:12]] == ["layer 1, head 1", "layer 2, head 1"]
    drawn = np.array([row[1:] for row in shares.rows])
    np.testing.assert_allclose(drawn, weights[:, :, WRONG].reshape(72, 6), atol=1e-6)
    most = np.count_nonzero(drawn.argmax(axis=1) == CLS)
    assert shares.title == f"[CLS] gets most from wrong in {most} of 72 heads"
    whole = np.array([[row[1:] for row in table.rows] for table in grid])
    np.testing.assert_allclose(whole, weights.reshape(72, 6, 6), atol=1e-6)
    assert grid[13].title == "layer 2, head 2"


def test_each_of_four_heads_is_the_one_most_on_its_word(run, capsys):
    [[to_cls], four], _ = run("checkpoint_heads")
    shares = trained_sentence().weights()[:, :, WRONG]
    drawn = np.array([row[1:] for row in to_cls.rows])
    np.testing.assert_allclose(drawn, shares[..., CLS], atol=1e-6)
    assert f"in {np.count_nonzero(shares.argmax(-1) == CLS)} of 72" in capsys.readouterr().out
    assert len(four) == 4
    for word, table in enumerate(four, start=1):
        assert table.rows[WRONG][1 + word] == pytest.approx(shares[..., word].max(), rel=1e-5)
        assert table.title.startswith(f"{table.header[1 + word]}: layer ")


def test_each_dot_is_the_sentence_that_its_place_says(run):
    [panels], _ = run("minilm_controls")
    controls = trained_controls()
    averages = controls.weights.mean(axis=(1, 2))
    own = trained_sentence().weights()[:, :, WRONG].mean(axis=(0, 1))
    for table, token in zip(panels, (NOUN, CLS), strict=True):
        drawn = {
            (noun, row[0]): share
            for row in table.rows
            for noun, share in zip(table.header[1:], row[1:], strict=True)
        }
        assert drawn.pop(("corpus", "wrong")) == pytest.approx(own[token], rel=1e-5)
        named = zip(controls.nouns, controls.adjectives, averages, strict=True)
        shipped = {(noun, adjective): shares[token] for noun, adjective, shares in named}
        assert drawn == pytest.approx(shipped, rel=1e-5)


def test_what_the_controls_page_says_is_so(run):
    [[to_noun, to_cls]], _ = run("minilm_controls")
    noun = {row[0]: dict(zip(to_noun.header[1:], row[1:], strict=True)) for row in to_noun.rows}
    assert round(noun["wrong"]["corpus"], 1) == 0.1
    assert noun["wrong"]["theory"] > noun["wrong"]["corpus"]
    assert noun["deep"]["corpus"] > noun["wrong"]["corpus"]
    assert min(share for row in to_cls.rows for share in row[1:]) > 0.5
