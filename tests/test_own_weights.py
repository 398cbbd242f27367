"""The page's own arithmetic and drawing, in a browser without a page: held to the package's."""

import json

import numpy as np
import pytest
from optional import require
from project import ROOT

from microattention import causal_mask, scaled_dot_product_attention, sentence_projections
from microattention.plotting import COLOURS, readable_on

STATIC = ROOT / "docs" / "_ext" / "own_weights" / "static"
SEEDS = [0, 1, 2, 41, 42, 43, 1234, 9999, 2**31, 2**32 - 1]
WEIGHTS = "([n, recipe]) => pageAttention.weights(n, recipe)"


@pytest.fixture(scope="module")
def page(browser):
    page = browser.new_page()
    page.add_script_tag(path=STATIC / "attention.js")
    yield page
    page.close()


def from_python(n_words, seed, width, scale, causal):
    Q, K, V = sentence_projections(["word"] * n_words, seed=seed, d_model=width, weight_scale=scale)
    return scaled_dot_product_attention(Q, K, V, causal_mask(n_words) if causal else None)[1]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_stream_is_that_of_numpy(page, seed):
    rng, n = np.random.RandomState(seed), 5 * 624  # through several states of the generator
    draw = "([seed, n]) => [...new pageAttention.RandomState(seed).normals(n)]"
    np.testing.assert_allclose(page.evaluate(draw, [seed, n]), rng.randn(n), rtol=1e-14, atol=0)
    uniform = "([seed, n]) => {const r = new pageAttention.RandomState(seed);"
    uniform += "return Array.from({length: n}, () => r.uniform())}"
    wanted = np.random.RandomState(seed).random_sample(n)
    assert page.evaluate(uniform, [seed, n]) == wanted.tolist()


@pytest.mark.parametrize("n_words", [1, 2, 3, 4, 5, 7, 12, 32])
@pytest.mark.parametrize("width", [1, 2, 3, 8, 17, 32, 64])
def test_the_weights_are_those_of_the_package(page, n_words, width):
    for seed in SEEDS:
        for scale, causal in [(0, False), (0.05, True), (width**-0.5, True), (1, False), (2, True)]:
            recipe = {"seed": seed, "width": width, "scale": scale, "causal": causal}
            ours = np.array(page.evaluate(WEIGHTS, [n_words, recipe]))
            wanted = from_python(n_words, **recipe)
            np.testing.assert_allclose(ours, wanted, rtol=0, atol=1e-12, err_msg=str(recipe))


def test_many_seeds_of_the_sentence(page):
    draw = "recipe => Array.from({length: 1000}, (_, seed) => "
    draw += "pageAttention.weights(4, {...recipe, seed}))"
    ours = np.array(page.evaluate(draw, {"width": 8, "scale": 1, "causal": True}))
    wanted = np.array([from_python(4, seed, 8, 1, True) for seed in range(1000)])
    np.testing.assert_allclose(ours, wanted, rtol=0, atol=1e-12)
    assert f"{ours[42, 3, 1]:.8f}" == "0.93732481"


def test_the_colours_are_the_gallery_s():
    require("sphinx")
    colormaps = require("matplotlib").colormaps
    own, dark = require("own_weights"), require("dark_figures")
    fills = colormaps[COLOURS](np.linspace(0, 1, 256))
    schemes = json.loads(own.colours())
    for name, wanted in {"light": fills, "dark": dark.reflect(fills)}.items():
        given = schemes[name]
        shown = np.array([int(given["fills"][i : i + 2], 16) for i in range(0, 6 * 256, 2)])
        np.testing.assert_allclose(
            shown.reshape(256, 3) / 255, wanted[:, :3], atol=0.5 / 255 + 1e-9
        )
        turned = [given["before"]] * given["turn"] + [given["after"]] * (256 - given["turn"])
        assert turned == [readable_on(fill[:3]) for fill in wanted]
