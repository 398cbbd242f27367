"""Formulas of what a model costs, against the arrays of a model that runs.

Sizes: vocabulary 23, context 11, d_model 6, 3 heads, 2 layers, texts of 7.
"""

import numpy as np
import pytest

from microattention import (
    GPT3_SIZES,
    CausalTransformer,
    FeedForward,
    MultiHeadAttention,
    activation_bytes,
    cache_bytes,
    count_flops,
    count_parameters,
    layers,
    multihead,
    parameters_by_part,
    retained_bytes,
    tiled_attention,
    transformer,
)

VOCAB_SIZE, MAX_LEN, D_MODEL, N_HEADS, N_LAYERS, N = 23, 11, 6, 3, 2, 7


@pytest.fixture
def model():
    rng = np.random.RandomState(0)
    return CausalTransformer.random(VOCAB_SIZE, D_MODEL, N_HEADS, N_LAYERS, MAX_LEN, rng)


@pytest.fixture
def ids():
    return np.random.RandomState(1).randint(0, VOCAB_SIZE, N)


class TestParameters:
    def test_gpt2_small(self):
        assert count_parameters(50257, 1024, 12, 768) == 124_439_808

    def test_as_many_as_the_arrays_hold(self, model):
        arrays = model.parameters()
        counted = parameters_by_part(VOCAB_SIZE, MAX_LEN, N_LAYERS, D_MODEL)
        found = dict.fromkeys(counted, 0)
        parts = {
            ".attention.": "attention",
            ".feed_forward.": "feed-forward",
            "norm": "layer norms",
        }
        for name, array in arrays.items():
            part = next((part for key, part in parts.items() if key in name), name)
            found[part] += array.size
        assert found == counted
        total = count_parameters(VOCAB_SIZE, MAX_LEN, N_LAYERS, D_MODEL)
        assert total == sum(array.size for array in arrays.values())

    def test_other_widths_inside(self):
        """Against arrays of these shapes: d_model 5, heads of 3 · 7 = 21 together, d_ff 11."""
        W, b = np.ones((5, 21)), np.ones(21)
        heads = MultiHeadAttention(W, W, W, W.T, 3, b, b, b, np.ones(5))
        network = FeedForward(np.ones((5, 11)), np.ones(11), np.ones((11, 5)), np.ones(5))
        counted = parameters_by_part(0, 0, 2, 5, d_ff=11, d_attention=21)
        arrays = [value for value in vars(heads).values() if isinstance(value, np.ndarray)]
        assert counted["attention"] == 2 * sum(array.size for array in arrays)
        arrays = [value for value in vars(network).values() if isinstance(value, np.ndarray)]
        assert counted["feed-forward"] == 2 * sum(array.size for array in arrays)

    def test_refusals(self):
        for sizes in ((-1, 1, 1, 1), (1, 1, 1.0, 1)):
            with pytest.raises((ValueError, TypeError), match=r"^(vocab_size|n_layers) must be "):
                count_parameters(*sizes)


class TestGPT3:
    """Table 2.1 as printed, against the count; what differs is said, not smoothed over."""

    def test_printed_sizes(self):
        """Each count within 2 % of what is printed, and six of eight when rounded alike."""
        printed = {"M": 10**6, "B": 10**9}
        for row in GPT3_SIZES:
            number, unit = float(row.printed[:-1]), printed[row.printed[-1]]
            assert row.parameters == pytest.approx(number * unit, rel=0.02)
        rounded = [
            f"{row.parameters / printed[row.printed[-1]]:.{row.printed.count('.')}f}"
            + row.printed[-1]
            for row in GPT3_SIZES
        ]
        differ = {r.name for r, ours in zip(GPT3_SIZES, rounded, strict=True) if ours != r.printed}
        assert differ == {"GPT-3 Medium", "GPT-3 175B"}

    def test_rows_whose_heads_do_not_multiply(self):
        assert {row.name: row.n_heads * row.d_head - row.d_model for row in GPT3_SIZES} == {
            "GPT-3 Small": 0, "GPT-3 Medium": 0, "GPT-3 Large": 0, "GPT-3 XL": 1024,
            "GPT-3 2.7B": 0, "GPT-3 6.7B": 0, "GPT-3 13B": -20, "GPT-3 175B": 0,
        }  # fmt: skip
        assert [row.name for row in GPT3_SIZES if not row.heads_fit] == ["GPT-3 XL", "GPT-3 13B"]

    def test_which_widths_give_the_printed_sizes(self):
        """13.0B is the printed 5140 and not 5120; 1.3B is heads that fill 2048 and not 3072."""
        for d_model, billions in ((5140, "13.0"), (5120, "12.9")):
            assert f"{count_parameters(50257, 2048, 40, d_model) / 1e9:.1f}" == billions
        for d_attention, billions in ((2048, "1.3"), (3072, "1.5")):
            count = count_parameters(50257, 2048, 24, 2048, d_attention=d_attention)
            assert f"{count / 1e9:.1f}" == billions


class TestFlops:
    def counted(self, monkeypatch):
        """Count the products by the shapes of what is really multiplied, wherever it happens."""
        flops = {"project": 0, "attend": 0}
        project, attend = multihead.project, multihead.scaled_dot_product_attention

        def counting_project(x, W, b=None):
            flops["project"] += 2 * x.size * W.shape[1]
            return project(x, W, b)

        def counting_attend(Q, K, V, mask=None):
            output, weights = attend(Q, K, V, mask)
            flops["attend"] += 2 * weights.size * (Q.shape[-1] + V.shape[-1])
            return output, weights

        for module in (multihead, layers, transformer):
            monkeypatch.setattr(module, "project", counting_project)
        monkeypatch.setattr(multihead, "scaled_dot_product_attention", counting_attend)
        return flops

    @pytest.mark.parametrize("n_past", [0, 3])
    def test_as_many_as_the_shapes_say(self, model, ids, monkeypatch, n_past):
        cache = model.new_cache()
        model(ids[:n_past], cache=cache)
        flops = self.counted(monkeypatch)
        model(ids[n_past:], cache=cache)
        formula = count_flops(N - n_past, VOCAB_SIZE, N_LAYERS, D_MODEL, n_past=n_past)
        assert flops["attend"] == formula.pop("scores and mixing")
        assert flops["project"] == sum(formula.values())

    def test_two_for_each_parameter(self):
        """Kaplan's rule: what a token costs apart from attention is 2 per weight it meets."""
        formula = count_flops(1, 50257, 12, 768)
        weights = parameters_by_part(50257, 0, 12, 768)
        met = sum(weights[part] for part in ("embedding", "attention", "feed-forward"))
        assert sum(formula.values()) == pytest.approx(2 * met, rel=1e-2)

    def test_a_cached_token_costs_what_the_text_gains(self):
        """All tokens one by one: the same products, less those that the mask would hide."""
        whole = count_flops(N, VOCAB_SIZE, N_LAYERS, D_MODEL)
        one_by_one = [count_flops(1, VOCAB_SIZE, N_LAYERS, D_MODEL, n_past=i) for i in range(N)]
        total = {part: sum(step[part] for step in one_by_one) for part in whole}
        assert total.pop("scores and mixing") * 2 * N == whole.pop("scores and mixing") * (N + 1)
        assert total == whole


class TestBytes:
    def caught(self, model, monkeypatch):
        """Add up the arrays that a backward pass would read, where each is made."""
        found = dict.fromkeys(["layer norms", "attention", "weights", "feed-forward"], 0)
        norm, attend = layers.layer_norm, multihead.scaled_dot_product_attention

        def catching_norm(x, gain, bias, eps):
            normed = norm(x, gain, bias, eps)
            found["layer norms"] += x.nbytes + normed.nbytes
            return normed

        def catching_attend(Q, K, V, mask):
            output, weights = attend(Q, K, V, mask)
            found["attention"] += Q.nbytes + K.nbytes + V.nbytes + output.nbytes
            found["weights"] += weights.nbytes
            return output, weights

        def catching_activation(hidden):
            passed = layers.gelu_tanh(hidden)
            found["feed-forward"] += hidden.nbytes + passed.nbytes
            return passed

        monkeypatch.setattr(layers, "layer_norm", catching_norm)
        monkeypatch.setattr(multihead, "scaled_dot_product_attention", catching_attend)
        for block in model.blocks:
            object.__setattr__(block.feed_forward, "activation", catching_activation)
        return found

    def test_activations_are_the_arrays_that_are_made(self, model, ids, monkeypatch):
        found = self.caught(model, monkeypatch)
        found["logits"] = model(ids).nbytes
        assert found == activation_bytes(N, VOCAB_SIZE, N_LAYERS, D_MODEL, N_HEADS)

    def test_as_published_less_dropout(self):
        """One layer at two bytes a number: n · d (34 + 5 h n / d), less 2 n d + 3 h n²."""
        n, d, h = 1024, 768, 12
        counted = activation_bytes(n, 50257, 1, d, h, itemsize=2)
        last = 2 * 2 * n * d + counted["logits"]  # the last layer norm and the scores
        assert sum(counted.values()) - last == n * d * 34 + 5 * h * n**2 - 2 * n * d - 3 * h * n**2

    def test_a_cache_is_as_large_as_what_it_keeps(self, model, ids):
        cache = model.new_cache()
        model(ids, cache=cache)
        assert cache_bytes(N, N_LAYERS, D_MODEL) == sum(layer.nbytes for layer in cache)
        assert cache_bytes(N, N_LAYERS, D_MODEL, itemsize=2) * 4 == cache_bytes(N, 2, D_MODEL)

    def test_what_is_kept_for_an_audit_is_as_large_as_the_arrays(self, model, ids, monkeypatch):
        kept = {"weights": 0, "queries and keys": 0, "log-sum-exp": 0, "tokens": ids.size * 4}
        attend = multihead.scaled_dot_product_attention

        def keeping(Q, K, V, mask=None):
            output, weights = attend(Q, K, V, mask)
            _, lse = tiled_attention(*(a.astype("f4") for a in (Q, K, V)), mask, return_lse=True)
            kept["weights"] += np.count_nonzero(weights) * weights.itemsize
            kept["queries and keys"] += Q.nbytes + K.nbytes
            kept["log-sum-exp"] += lse.nbytes
            return output, weights

        monkeypatch.setattr(multihead, "scaled_dot_product_attention", keeping)
        model(ids)
        assert kept == retained_bytes(N, N_LAYERS, D_MODEL, N_HEADS, itemsize=8)

    def test_refusals(self):
        with pytest.raises(ValueError, match=r"^itemsize must be at least 1, got 0"):
            activation_bytes(1, 1, 1, 1, 1, itemsize=0)
        with pytest.raises(TypeError, match=r"^n must be an integer, got 1\.5"):
            cache_bytes(1.5, 1, 1)
