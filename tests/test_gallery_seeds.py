"""What the gallery's scripts about seeds show is what they say they show."""

import numpy as np
import pytest

from microattention import attention_by_seed

WORDS = ["the", "corpus", "was", "wrong"]


def columns(table):
    """Return the table by its header."""
    return dict(zip(table.header, np.array(table.rows, dtype=float).T, strict=True))


def test_bars_hold_all_seeds_and_the_text_names_the_first_of_them(run):
    [tables], published = run("null_distribution")
    of_corpus, of_largest = (columns(table)["share of seeds"] for table in tables)
    assert of_corpus.sum() == pytest.approx(1)
    assert of_largest.sum() == pytest.approx(1)
    assert (of_largest[:5] == 0).all()  # the largest of four is a quarter at least
    assert published["least-twentieth-on-corpus"].value == f"{of_corpus[0]:.0%}"


def test_curves_fall_from_all_seeds_and_seed_42_stands_on_its_own(run):
    [tables], _ = run("null_both_scales")
    curves = [columns(table) for table in tables if len(table.rows) > 1]
    assert len(curves) == 2
    for curve in curves:
        for name in ("as drawn", "divided by √d_model"):
            assert curve[name][0] == 1
            assert (np.diff(curve[name]) <= 0).all()
    marks = [columns(table) for table in tables if len(table.rows) == 1]
    for mark, scale, name in zip(marks, (1, 8**-0.5), ("as drawn", "divided by √d_model"),
                                 strict=True):  # fmt: skip
        (own,) = attention_by_seed(WORDS, [42], query=-1, weight_scale=scale)[:, 1]
        assert mark["weight"] == pytest.approx(own, abs=1e-5)
        above, below = (curves[0][name][round(100 * own) + step] for step in (-1, 1))
        assert below < mark[f"seed 42, {name}"] < above


def test_width_makes_heads_sure_as_drawn_and_hardly_any_surer_when_divided(run):
    [tables], published = run("weight_by_width_and_length")
    drawn, divided = map(columns, tables)
    lengths = [f"{n} words" for n in (2, 4, 16, 64)]
    for name in lengths:
        assert (np.diff(drawn[name]) > -1e-3).all()
        assert drawn[name][-1] > 0.99
    for longer, shorter in zip(lengths[1:], lengths, strict=False):
        assert (divided[longer] < divided[shorter]).all()
        assert divided[longer][-1] - divided[longer][0] < 0.15
    for name, shown in {"as-drawn": drawn, "divided": divided}.items():
        said = published[f"widest-longest-largest-weight-{name}"].value
        assert said == f"{shown['64 words'][-1]:.0%}"
