"""Blocks and the language model made of them.

Sizes: vocabulary 23, context 11, d_model 6, 3 heads, 2 layers; texts of 7, contexts of 5.
"""

import dataclasses

import numpy as np
import pytest

from microattention import (
    CausalTransformer,
    FeedForward,
    KeyValueCache,
    LayerNorm,
    MultiHeadAttention,
    TransformerBlock,
    alibi_bias,
    causal_mask,
    padding_mask,
)
from microattention.block import PARTS
from microattention.layers import gelu_tanh

VOCAB_SIZE, MAX_LEN, D_MODEL, N_HEADS, N_LAYERS = 23, 11, 6, 3, 2


def changed_arrays(part, change):
    """Return a model or a part of one with each of its arrays changed."""
    if isinstance(part, np.ndarray):
        return change(part)
    if isinstance(part, tuple):
        return tuple(changed_arrays(one, change) for one in part)
    if dataclasses.is_dataclass(part):
        values = {field.name: getattr(part, field.name) for field in dataclasses.fields(part)}
        changed = {name: changed_arrays(value, change) for name, value in values.items()}
        return dataclasses.replace(part, **changed)
    return part


def shaken(part, rng):
    """Move every 0 and 1 that a random part starts from, so that no bias goes untested."""
    return changed_arrays(part, lambda array: array + rng.randn(*array.shape) / 10)


def a_model():
    rng = np.random.RandomState(0)
    model = CausalTransformer.random(VOCAB_SIZE, D_MODEL, N_HEADS, N_LAYERS, MAX_LEN, rng)
    return shaken(model, rng)


def a_block(rng, **options):
    return shaken(TransformerBlock.random(D_MODEL, N_HEADS, rng, **options), rng)


@pytest.fixture
def rng():
    return np.random.RandomState(1)


class TestBlock:
    @pytest.mark.parametrize("leading", [(), (2,), (2, 3)])
    def test_pre_norm(self, rng, leading):
        """x + attention(norm(x)), then the same with the feed-forward network."""
        block, x = a_block(rng), rng.randn(*leading, 7, D_MODEL)
        found, weights = block.attention(block.attention_norm(x))
        between = x + found
        expected = between + block.feed_forward(block.feed_forward_norm(between))
        output, [own] = block(x)
        np.testing.assert_allclose(output, expected, rtol=1e-12)
        np.testing.assert_allclose(own, weights, rtol=1e-12)

    @pytest.mark.parametrize("leading", [(), (2,)])
    def test_post_norm(self, rng, leading):
        """norm(x + attention(x)), then the same with the feed-forward network."""
        block, x = a_block(rng, pre_norm=False), rng.randn(*leading, 7, D_MODEL)
        between = block.attention_norm(x + block.attention(x)[0])
        expected = block.feed_forward_norm(between + block.feed_forward(between))
        np.testing.assert_allclose(block(x)[0], expected, rtol=1e-12)

    @pytest.mark.parametrize("pre_norm", [True, False])
    def test_decoder(self, rng, pre_norm):
        """Itself first, then the context, then each row; each with its own norm."""
        block = a_block(rng, pre_norm=pre_norm, with_context=True)
        x, context = rng.randn(2, 7, D_MODEL), rng.randn(2, 5, D_MODEL)
        mask, context_mask = causal_mask(7), padding_mask([3, 5], 5)

        def add(x, work, norm):
            return x + work(norm(x)) if pre_norm else norm(x + work(x))

        expected = add(x, lambda r: block.attention(r, mask=mask)[0], block.attention_norm)
        expected = add(
            expected,
            lambda r: block.context_attention(r, context, context_mask)[0],
            block.context_norm,
        )
        expected = add(expected, block.feed_forward, block.feed_forward_norm)
        output, [own, towards] = block(x, context, mask, context_mask)
        np.testing.assert_allclose(output, expected, rtol=1e-12)
        assert own.shape == (2, N_HEADS, 7, 7)
        assert towards.shape == (2, N_HEADS, 7, 5)
        assert not towards[0, ..., 3:].any()

    def test_by_hand(self):
        """Attention that finds nothing and a network that finds nothing leave x as it came."""
        zero = np.zeros((2, 2))
        silent = MultiHeadAttention(zero, zero, zero, zero, 1)
        nothing = FeedForward(zero, [0, 0], zero, [0, 0])
        norm = LayerNorm.identity(2)
        x = np.array([[2.0, 8.0], [1.0, 1.0]])
        assert np.array_equal(TransformerBlock(silent, nothing, norm, norm)(x)[0], x)
        post = TransformerBlock(silent, nothing, norm, norm, pre_norm=False)
        np.testing.assert_allclose(post(x)[0], [[-1, 1], [0, 0]], atol=1e-5)

    def test_a_context_of_another_width(self, rng):
        block = a_block(rng, with_context=True)
        heads = MultiHeadAttention(
            rng.randn(D_MODEL, 6), rng.randn(13, 6), rng.randn(13, 6), rng.randn(6, D_MODEL), 3
        )
        block = dataclasses.replace(block, context_attention=heads)
        output, [_, towards] = block(rng.randn(7, D_MODEL), rng.randn(5, 13))
        assert output.shape == (7, D_MODEL)
        assert towards.shape == (3, 7, 5)

    def test_a_score_bias_for_each_head(self, rng):
        block, x = a_block(rng), rng.randn(2, 7, D_MODEL)
        bias = np.where(causal_mask(7), alibi_bias(N_HEADS, 7), -np.inf)[np.newaxis]
        _, [weights] = block(x, mask=bias)
        _, expected = block.attention(block.attention_norm(x), mask=bias)
        np.testing.assert_allclose(weights, expected)
        assert abs(weights - block(x, mask=causal_mask(7))[1][0]).max() > 0.01

    @pytest.mark.parametrize("pre_norm", [True, False])
    @pytest.mark.parametrize("bad", [np.nan, np.inf, np.finfo(float).max])
    def test_a_padded_row_counts_for_nothing(self, rng, pre_norm, bad):
        block, x, mask = a_block(rng, pre_norm=pre_norm), rng.randn(7, D_MODEL), padding_mask(5, 7)
        expected = block(x, mask=mask)[0][:5]
        x[5:] = bad
        assert np.array_equal(block(x, mask=mask)[0][:5], expected)

    def test_a_cache_is_the_past(self, rng):
        block, x, cache = a_block(rng), rng.randn(2, 7, D_MODEL), KeyValueCache(7)
        whole, [weights] = block(x, mask=causal_mask(7))
        block(x[:, :5], mask=causal_mask(5), cache=cache)
        part, [last] = block(x[:, 5:], mask=causal_mask(2, 7, offset=5), cache=cache)
        np.testing.assert_allclose(part, whole[:, 5:])
        np.testing.assert_allclose(last, weights[..., 5:, :])

    def test_another_activation(self, rng):
        assert a_block(rng).feed_forward.activation is gelu_tanh
        assert a_block(rng, activation=np.tanh).feed_forward.activation is np.tanh

    @pytest.mark.parametrize("letter", "QKO")
    def test_attention_of_another_width(self, rng, letter):
        block = a_block(rng)
        rows = {"Q": ["W_Q"], "K": ["W_K", "W_V"], "O": ["W_O"]}[letter]
        shape = (6, 5) if letter == "O" else (5, 6)
        changed = dict.fromkeys(rows, np.ones(shape)) | ({"b_O": None} if letter == "O" else {})
        heads = dataclasses.replace(block.attention, **changed)
        side = "columns" if letter == "O" else "rows"
        with pytest.raises(ValueError, match=rf"^attention\.W_{letter} {side}: wanted 6, .* got 5"):
            dataclasses.replace(block, attention=heads)

    def test_other_parts_of_another_width(self, rng):
        block, five = a_block(rng, with_context=True), LayerNorm.identity(5)
        network = FeedForward.random(5, 7, rng)
        for field, part, named in (
            ("feed_forward", network, r"feed_forward\.W_1 rows"),
            ("feed_forward_norm", five, r"feed_forward_norm\.gain length"),
            ("context_norm", five, r"context_norm\.gain length"),
            (
                "feed_forward",
                FeedForward(np.ones((6, 7)), np.ones(7), np.ones((7, 5)), np.ones(5)),
                r"feed_forward\.W_2 columns",
            ),
            (
                "context_attention",
                MultiHeadAttention.random(5, 1, rng),
                r"context_attention\.W_Q rows",
            ),
        ):
            with pytest.raises(ValueError, match=f"^{named}: wanted 6, as attention_norm, got 5"):
                dataclasses.replace(block, **{field: part})

    def test_half_a_context_attention(self, rng):
        block = a_block(rng, with_context=True)
        for field in ("context_norm", "context_attention"):
            with pytest.raises(ValueError, match=r"must be given together$"):
                dataclasses.replace(block, **{field: None})

    def test_a_context_where_none_is_wanted_and_none_where_one_is(self, rng):
        x = rng.randn(7, D_MODEL)
        for block, context in ((a_block(rng), x), (a_block(rng, with_context=True), None)):
            with pytest.raises(
                ValueError, match=r"^context must be given to a block with context_"
            ):
                block(x, context)

    def test_rows_of_another_width(self, rng):
        with pytest.raises(ValueError, match=r"^x must be \(…, n, 6\), got shape \(7, 5\)"):
            a_block(rng)(np.ones((7, 5)))


class TestModel:
    def test_each_step(self):
        """Embedding plus position, the blocks, the norm, and a product with every embedding."""
        model, ids = a_model(), [3, 1, 22, 0, 3]
        x = model.embedding[ids] + model.positions[:5]
        for block in model.blocks:
            x, _ = block(x, mask=causal_mask(5))
        np.testing.assert_allclose(model(ids), model.norm(x) @ model.embedding.T, rtol=1e-12)

    def test_no_block_that_adds_anything(self):
        """Then a token's scores are plain: its norm times each embedding. By hand."""
        zero = np.zeros((2, 2))
        silent = MultiHeadAttention(zero, zero, zero, zero, 1)
        network = FeedForward(zero, [0, 0], zero, [0, 0])
        norm = LayerNorm([1, 1], [0, 0], eps=0)
        block = TransformerBlock(silent, network, norm, norm)
        model = CausalTransformer([[2, 0], [0, 3], [1, 1]], [[0, 0], [0, 4]], [block], norm)
        # Token 0 at position 0 is (2, 0): norm (1, −1). Token 2 at position 1 is (1, 5): (−1, 1).
        assert model([0, 2]).tolist() == [[2, -3, 0], [-2, 3, 0]]

    @pytest.mark.parametrize("leading", [(), (2,), (2, 3)])
    def test_shapes(self, rng, leading):
        ids = rng.randint(0, VOCAB_SIZE, (*leading, 7))
        logits, weights = a_model()(ids, return_weights=True)
        assert logits.shape == (*leading, 7, VOCAB_SIZE)
        assert [w.shape for w in weights] == [(*leading, N_HEADS, 7, 7)] * N_LAYERS
        assert np.array_equal(logits, a_model()(ids))
        for layer in weights:
            np.testing.assert_allclose(layer.sum(-1), 1)
            assert not layer[..., ~causal_mask(7)].any()

    def test_a_batch_is_its_texts(self, rng):
        model, ids = a_model(), rng.randint(0, VOCAB_SIZE, (2, 3, 7))
        for text in np.ndindex(2, 3):
            np.testing.assert_allclose(model(ids)[text], model(ids[text]), rtol=1e-10)

    def test_what_comes_later_changes_nothing_before(self, rng):
        """Causal prefix invariance, of the whole model: other futures, and no future at all."""
        model, ids = a_model(), rng.randint(0, VOCAB_SIZE, MAX_LEN)
        whole = model(ids)
        for n in range(1, MAX_LEN):
            other = np.concatenate([ids[:n], (ids[n:] + 1) % VOCAB_SIZE])
            assert np.array_equal(model(other)[:n], whole[:n])
            assert not np.array_equal(model(other)[n:], whole[n:])
            np.testing.assert_allclose(model(ids[:n]), whole[:n], rtol=1e-10, atol=1e-12)

    def test_every_earlier_token_and_its_place_count(self, rng):
        model, ids = a_model(), rng.randint(0, VOCAB_SIZE, 7)
        for place in range(7):
            changed = ids.copy()
            changed[place] = (changed[place] + 1) % VOCAB_SIZE
            assert abs(model(changed)[-1] - model(ids)[-1]).max() > 1e-6
        assert abs(model(ids[[1, 0, *range(2, 7)]])[-1] - model(ids)[-1]).max() > 1e-6

    @pytest.mark.parametrize("cuts", [[], [1], [3, 4], list(range(1, 11))])
    def test_in_parts_with_a_cache_is_the_same(self, rng, cuts):
        model, ids = a_model(), rng.randint(0, VOCAB_SIZE, (2, MAX_LEN))
        logits, weights = model(ids, return_weights=True)
        cache = model.new_cache()
        for start, end in zip([0, *cuts], [*cuts, MAX_LEN], strict=True):
            part, found = model(ids[:, start:end], return_weights=True, cache=cache)
            np.testing.assert_allclose(part, logits[:, start:end], rtol=1e-10, atol=1e-12)
            for got, whole in zip(found, weights, strict=True):
                np.testing.assert_allclose(got, whole[..., start:end, :end], atol=1e-12)

    def test_float32_stays(self):
        model = a_model()
        small = changed_arrays(model, lambda array: array.astype(np.float32))
        logits, weights = small([3, 1, 4], return_weights=True)
        assert logits.dtype == weights[0].dtype == np.float32
        np.testing.assert_allclose(logits, model([3, 1, 4]), atol=1e-5)

    def test_no_tokens(self):
        assert a_model()([]).shape == (0, VOCAB_SIZE)

    def test_nothing_is_written_to(self):
        model, ids = a_model(), np.array([3, 1, 4])
        arrays = [*model.parameters().values(), ids]
        for array in arrays:
            array.flags.writeable = False
        model(ids)
        model.generate(ids, 5, temperature=0)
        assert vars(model).keys() == {"embedding", "positions", "blocks", "norm"}


class TestRandom:
    def test_the_draws_never_change(self):
        """RandomState's stream is frozen: embeddings, positions, then each block."""
        model = CausalTransformer.random(5, 4, 2, 1, 3, np.random.RandomState(0))
        stream = np.random.RandomState(0)
        block = model.blocks[0]
        for got, spread in (
            (model.embedding, 2), (model.positions, 2), (block.attention.W_Q, 2),
            (block.attention.W_K, 2), (block.attention.W_V, 2), (block.attention.W_O, 2),
            (block.feed_forward.W_1, 2), (block.feed_forward.W_2, 4),
        ):  # fmt: skip
            np.testing.assert_allclose(got, stream.randn(*got.shape) / spread)

    def test_scores_have_a_variance_near_one(self, rng):
        model = CausalTransformer.random(101, 64, 4, 2, 61, rng)
        assert 0.5 < model(rng.randint(0, 101, 61)).var() < 2

    @pytest.mark.parametrize("name", ["vocab_size", "d_model", "n_heads", "n_layers", "max_len"])
    def test_sizes_below_one(self, name):
        sizes = {"vocab_size": 5, "d_model": 4, "n_heads": 2, "n_layers": 1, "max_len": 3}
        with pytest.raises(ValueError, match=f"^{name} must be at least 1, got 0"):
            CausalTransformer.random(**sizes | {name: 0}, rng=np.random.RandomState(0))
        with pytest.raises(TypeError, match=f"^{name} must be an integer, got 2.0"):
            CausalTransformer.random(**sizes | {name: 2.0}, rng=np.random.RandomState(0))

    def test_no_rng(self):
        with pytest.raises(TypeError, match=r"^rng must be a RandomState or a Generator, got 0"):
            CausalTransformer.random(5, 4, 2, 1, 3, 0)


class TestParameters:
    def test_names_and_identity(self):
        model = a_model()
        parameters = model.parameters()
        assert parameters["embedding"] is model.embedding
        assert parameters["blocks.1.attention.b_O"] is model.blocks[1].attention.b_O
        assert parameters["blocks.0.feed_forward.W_2"] is model.blocks[0].feed_forward.W_2
        assert parameters["norm.bias"] is model.norm.bias
        assert len(parameters) == 2 + N_LAYERS * (8 + 4 + 4) + 2

    def test_each_one_counts(self):
        """Move any array of numbers, and the scores move: nothing is listed that is not used."""
        model, ids = a_model(), np.arange(MAX_LEN)
        before = model(ids)
        for name, array in model.parameters().items():
            if name.endswith("b_K"):
                continue  # adds the same to all of a query's scores: softmax does not see it
            array[...] = (kept := array.copy()) * 1.5 + 0.1
            array.flat[0] += 0.5  # a shift alone of a whole row is what a layer norm takes away
            assert abs(model(ids) - before).max() > 1e-6, name
            array[...] = kept


class TestRefusedParts:
    @pytest.mark.parametrize("name", [*PARTS])
    def test_parts_of_a_block(self, rng, name):
        with pytest.raises(TypeError, match=rf"^{name} must be a [A-Z]\w+, got None"):
            dataclasses.replace(a_block(rng), **{name: None})

    def check(self, error, message, **changed):
        with pytest.raises(error, match=message):
            dataclasses.replace(a_model(), **changed)

    def test_tables(self):
        for name in ("embedding", "positions"):
            for shape in ((23, 5), (6,), (0, 6)):
                message = rf"^{name} must be \(n, 6\), as norm, got \("
                self.check(ValueError, message, **{name: np.ones(shape)})
            self.check(TypeError, f"^{name} must hold real numbers", **{name: [[True] * 6]})

    def test_blocks(self, rng):
        self.check(ValueError, "^blocks must hold at least one TransformerBlock", blocks=[])
        self.check(
            TypeError, r"^blocks\[0\] must be a TransformerBlock, got 'block'", blocks=["block"]
        )
        self.check(TypeError, "^blocks must be an Iterable, got None", blocks=None)
        blocks = [a_block(rng), TransformerBlock.random(5, 1, rng)]
        self.check(ValueError, r"^blocks\[1\] must have d_model = 6, got 5", blocks=blocks)
        blocks = [a_block(rng, with_context=True)]
        self.check(ValueError, r"^blocks\[0\] must have no context_attention", blocks=blocks)

    def test_norm(self):
        self.check(TypeError, "^norm must be a LayerNorm, got None", norm=None)
        self.check(ValueError, r"^embedding must be \(n, 5\), as norm", norm=LayerNorm.identity(5))


class TestRefusedCalls:
    @pytest.mark.parametrize("token", [-1, 23, 2**40])
    def test_outside_the_vocabulary(self, token):
        with pytest.raises(ValueError, match=f"^token_ids must lie between 0 and 22, got {token}"):
            a_model()([3, token])

    @pytest.mark.parametrize("ids", [[1.0], ["a"], [True], [None]])
    def test_not_integers(self, ids):
        with pytest.raises(TypeError, match=r"^token_ids must be integers, got dtype"):
            a_model()(ids)

    def test_shapes(self):
        with pytest.raises(ValueError, match=r"^token_ids must be \(…, n\), got one number: 3"):
            a_model()(3)
        with pytest.raises(ValueError, match=r"^token_ids must be a regular array"):
            a_model()([[1, 2], [3]])

    def test_longer_than_the_context(self):
        with pytest.raises(ValueError, match=r"^token_ids: wanted at most max_len = 11, got 12"):
            a_model()([0] * 12)
        model = a_model()
        model([0] * 7, cache=(cache := model.new_cache()))
        with pytest.raises(ValueError, match=r"^token_ids: wanted at most max_len = 11, got 12"):
            model([0] * 5, cache=cache)
        assert cache[0].length == 7

    def test_a_cache_of_another_depth(self):
        with pytest.raises(ValueError, match=r"^cache must hold 2 layers, got 1"):
            a_model()([0], cache=[KeyValueCache(11)])

    def test_a_cache_of_another_kind(self, rng):
        wanted = r"^cache must be a KeyValueCache, got \[\]"
        with pytest.raises(TypeError, match=wanted):
            a_block(rng)(np.ones((3, D_MODEL)), cache=[])
        with pytest.raises(TypeError, match=r"^a layer of cache must be a KeyValueCache, got 1"):
            a_model()([0], cache=[1, 2])
        with pytest.raises(TypeError, match=r"^cache must be a Sequence, got 3"):
            a_model()([0], cache=3)
