"""The gallery's order is that of the essay."""

import pytest
from gallery_order import EssayOrder

CHAPTERS = {
    "01-one": "...\n:::{gallery-figure} plot_long_name\n:::\n:::{gallery-figure} plot_long\n:::\n",
    "02-two": ":::{gallery-figure} plot_a\n:::\n",
}
SERVES = {"plot_a": "02-two", "plot_b": "01-one", "plot_long": "01-one", "plot_long_name": "01-one"}


@pytest.fixture
def order(tmp_path):
    for folder in ("essay", "gallery"):
        (tmp_path / folder).mkdir()
    for name, text in CHAPTERS.items():
        (tmp_path / "essay" / f"{name}.md").write_text(text)
    for name, served in SERVES.items():
        (tmp_path / "gallery" / f"{name}.py").write_text(f"See :doc:`/essay/{served}`.")
    (tmp_path / "gallery" / "plot_0.py").write_text("Serves no chapter.")
    return EssayOrder(str(tmp_path / "gallery"))


def test_by_chapter_then_as_shown_there_then_what_is_not_shown(order):
    names = [f"{name}.py" for name in ("plot_0", *SERVES)]
    expected = ["plot_long_name", "plot_long", "plot_b", "plot_a", "plot_0"]
    assert sorted(names, key=order) == [f"{name}.py" for name in expected]


def test_a_chapter_that_is_not_there_is_kept_in_its_place(order):
    (order.scripts / "plot_new.py").write_text("See :doc:`/essay/01-zero`.")
    assert order("plot_b.py") < order("plot_new.py") < order("plot_a.py")
