"""Every script in the gallery, and the template for new ones, runs alone and keeps its promises."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from optional import require

ROOT = Path(__file__).parents[1]
GALLERY = ROOT / "gallery"
TEMPLATE = ROOT / "docs" / "_templates" / "plot_topic.py"
# A new script is found here, with no edit.
SCRIPTS = sorted(GALLERY.rglob("*.py"))


@pytest.fixture
def plt(monkeypatch):
    """Pyplot without a screen, and without what an earlier script left open."""
    require("matplotlib").use("Agg", force=True)
    pyplot = require("matplotlib.pyplot")
    pyplot.close("all")
    pyplot.rcdefaults()
    pyplot.switch_backend("Agg")
    # Where there is a screen, Agg's show warns that it shows nothing.
    monkeypatch.setattr(pyplot, "show", lambda *args, **kwargs: None)
    yield pyplot
    pyplot.close("all")


def test_the_gallery_is_not_empty():
    assert len(SCRIPTS) >= 7


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_name_lets_the_site_run_it(script):
    assert script.name.startswith("plot_"), (
        f"{script.relative_to(ROOT)}: the site would show this without running it; "
        f"rename it to plot_{script.name}"
    )


@pytest.mark.parametrize("script", [*SCRIPTS, TEMPLATE], ids=lambda path: path.name)
def test_script_asks_one_question_in_under_60_lines(script):
    source = script.read_text(encoding="utf-8")
    opening = re.match(r'"""\n(.+)\n(=+)\n\n', source)
    assert opening, "the docstring must open with a title, underlined with ="
    assert opening[1].endswith("?")
    assert len(opening[2]) == len(opening[1])
    assert len(source.splitlines()) < 60
    assert "\n# %%\n" in source


@pytest.mark.parametrize("script", [*SCRIPTS, TEMPLATE], ids=lambda path: path.name)
def test_script_links_the_chapter_it_serves(script):
    chapters = re.findall(r":doc:`/(essay/[\w-]+)`", script.read_text(encoding="utf-8"))
    assert chapters
    for chapter in chapters:
        assert (ROOT / f"{chapter}.md").is_file(), f"there is no {chapter}.md"


@pytest.mark.parametrize("script", [*SCRIPTS, TEMPLATE], ids=lambda path: path.name)
def test_script_runs_and_each_figure_can_be_told_in_words_and_numbers(script, plt):
    runpy.run_path(str(script), run_name="__main__")
    plotting = require("microattention.plotting")
    figures = [plt.figure(number) for number in plt.get_fignums()]
    assert figures, "a gallery script draws at least one figure"
    for figure in figures:
        tables = plotting.figure_tables(figure)
        assert tables, "no numbers can be read back from this figure"
        named = tables if len(tables) <= plotting.MANY else (tables[0], tables[-1])
        assert all(table.title in plotting.alt_text(figure) for table in named)
        assert all(table.title for table in tables), "every panel needs a title"
        assert not any(re.search(r"(^|, )_", name) for t in tables for name in t.header)


def test_a_new_script_is_run_and_a_faulty_one_fails_with_no_edit(tmp_path):
    """Run these very tests on a gallery of three: sound, misnamed and raising."""
    for path in ("tests/test_gallery.py", "tests/optional.py", "microattention", "essay"):
        (tmp_path / "tests").mkdir(exist_ok=True)
        (tmp_path / path).symlink_to(ROOT / path)
    (tmp_path / "docs" / "_templates").mkdir(parents=True)
    (tmp_path / "docs" / "_templates" / TEMPLATE.name).write_bytes(TEMPLATE.read_bytes())
    sound = TEMPLATE.read_text(encoding="utf-8")
    for name, source in {
        "plot_sound.py": sound,
        "misnamed.py": sound,
        "plot_raises.py": sound + "1 / 0\n",
    }.items():
        (tmp_path / "gallery").mkdir(exist_ok=True)
        (tmp_path / "gallery" / name).write_text(source, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "--tb=line", "-k", "test_name or test_script"]
    ran = subprocess.run(
        [*command, "-p", "no:cacheprovider", "tests/test_gallery.py"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": "tests"}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    failed = [line.split()[1] for line in ran.stdout.splitlines() if line.startswith("FAILED")]
    assert [name.partition("::")[2] for name in failed] == [
        "test_name_lets_the_site_run_it[misnamed.py]",
        "test_script_runs_and_each_figure_can_be_told_in_words_and_numbers[plot_raises.py]",
    ], ran.stdout
    assert "ZeroDivisionError" in ran.stdout


def test_the_sentence_heatmap_shows_the_published_number(plt):
    runpy.run_path(str(GALLERY / "plot_sentence_heatmap.py"))
    (table,) = require("microattention.plotting").figure_tables(plt.gcf())
    wrong = dict(zip(table.header, table.rows[-1], strict=True))
    assert wrong["query / key"] == "wrong"
    assert round(wrong["corpus"], 3) == 0.937
    assert "wrong → corpus\n93.7%" in [text.get_text() for text in plt.gca().texts]


def test_heads_are_compared_on_equal_scales(plt):
    runpy.run_path(str(GALLERY / "plot_two_and_three_heads.py"))
    panels = [
        mesh
        for number in plt.get_fignums()
        for ax in plt.figure(number).axes
        if ax.get_label() != "<colorbar>"
        for mesh in ax.collections
    ]
    assert len(panels) == 5
    assert {mesh.get_clim() for mesh in panels} == {(0, 1)}
