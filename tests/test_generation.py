"""One token after another: chances by hand, the cache against its plain twin, and the work done.

Sizes: vocabulary 23, context 41, d_model 6, 3 heads, 2 layers.
"""

import numpy as np
import pytest

from microattention import CausalTransformer, KeyValueCache, TransformerBlock
from microattention.generation import draw_tokens, next_token_probabilities

VOCAB_SIZE, MAX_LEN, N_LAYERS = 23, 41, 2
LOGITS = np.log([3.0, 1.0, 4.0, 2.0])  # in tenths, once they are shared out
PROMPT = [3, 1, 4, 1, 5]


@pytest.fixture(scope="module")
def model():
    return CausalTransformer.random(VOCAB_SIZE, 6, 3, N_LAYERS, MAX_LEN, np.random.RandomState(0))


def seeded():
    return np.random.RandomState(7)


class TestProbabilities:
    @pytest.mark.parametrize(
        ("options", "expected"),
        [
            ({}, [3 / 10, 1 / 10, 4 / 10, 2 / 10]),
            ({"temperature": 0.5}, [9 / 30, 1 / 30, 16 / 30, 4 / 30]),
            ({"temperature": 0}, [0, 0, 1, 0]),
            ({"temperature": 1e-320}, [0, 0, 1, 0]),
            ({"temperature": 1e300}, [1 / 4, 1 / 4, 1 / 4, 1 / 4]),
            ({"top_k": 1}, [0, 0, 1, 0]),
            ({"top_k": 2}, [3 / 7, 0, 4 / 7, 0]),
            ({"top_k": 4}, [3 / 10, 1 / 10, 4 / 10, 2 / 10]),
            ({"top_k": 99}, [3 / 10, 1 / 10, 4 / 10, 2 / 10]),
            ({"top_p": 0.01}, [0, 0, 1, 0]),
            ({"top_p": 0.5}, [3 / 7, 0, 4 / 7, 0]),
            ({"top_p": 0.8}, [3 / 9, 0, 4 / 9, 2 / 9]),
            ({"top_p": 1}, [3 / 10, 1 / 10, 4 / 10, 2 / 10]),
            # Of what top-k leaves, 4/9 and 3/9 reach 0.75; of everything they would not.
            ({"top_k": 3, "top_p": 0.75}, [3 / 7, 0, 4 / 7, 0]),
            # The temperature comes first: 16/30 alone reaches a half.
            ({"temperature": 0.5, "top_p": 0.5}, [0, 0, 1, 0]),
        ],
    )
    def test_by_hand(self, options, expected):
        np.testing.assert_allclose(next_token_probabilities(LOGITS, **options), expected)

    def test_each_row_by_itself(self):
        rows = np.stack([LOGITS, LOGITS[::-1]])[np.newaxis]
        chances = next_token_probabilities(rows, top_k=2)
        np.testing.assert_allclose(chances, [[[3 / 7, 0, 4 / 7, 0], [0, 4 / 7, 0, 3 / 7]]])

    def test_of_equals_the_lower_ids_go_first(self):
        assert next_token_probabilities([5, 5, 5], top_k=2).tolist() == [0.5, 0.5, 0]
        assert next_token_probabilities([1, 5, 5], temperature=0).tolist() == [0, 1, 0]

    def test_a_top_p_of_one_strikes_out_nothing_however_unlikely(self):
        assert (next_token_probabilities([0.0, -60.0, -61.0], top_p=1) > 0).all()

    def test_a_forbidden_token(self):
        assert next_token_probabilities([0, -np.inf, 0]).tolist() == [0.5, 0, 0.5]

    def test_nothing_is_written_to(self):
        logits = LOGITS.copy()
        logits.flags.writeable = False
        next_token_probabilities(logits, 0.5, 3, 0.5)

    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            ({"temperature": -0.5}, ValueError, r"^temperature must be finite and at least 0, got"),
            ({"temperature": np.inf}, ValueError, r"^temperature must be finite and at least 0"),
            ({"temperature": 2**1024}, ValueError, r"^temperature must be finite and at least 0"),
            ({"temperature": np.nan}, ValueError, r"^temperature must be finite and at least 0"),
            ({"temperature": None}, TypeError, r"^temperature must be a real number, got None"),
            ({"temperature": True}, TypeError, r"^temperature must be a real number, got True"),
            ({"top_k": 0}, ValueError, r"^top_k must be at least 1, got 0"),
            ({"top_k": 1.0}, TypeError, r"^top_k must be an integer, got 1\.0"),
            ({"top_p": 0}, ValueError, r"^top_p must be above 0 and at most 1, got 0"),
            ({"top_p": 1.5}, ValueError, r"^top_p must be above 0 and at most 1, got 1\.5"),
            ({"top_p": np.nan}, ValueError, r"^top_p must be above 0 and at most 1, got nan"),
            ({"top_p": "most"}, TypeError, r"^top_p must be a real number, got 'most'"),
        ],
    )
    def test_refused_both_here_and_before_a_model_runs(self, model, options, error, message):
        with pytest.raises(error, match=message):
            next_token_probabilities(LOGITS, **options)
        with pytest.raises(error, match=message):
            model.generate(PROMPT, 0, rng=seeded(), **options)

    @pytest.mark.parametrize("logits", [[0, np.nan], [0, np.inf], [-np.inf, -np.inf]])
    @pytest.mark.parametrize("temperature", [0, 1])
    def test_no_token_to_draw(self, logits, temperature):
        with pytest.raises(ValueError, match=r"^logits must be free of NaN and \+inf and leave a"):
            next_token_probabilities(logits, temperature)

    @pytest.mark.parametrize("logits", [3.0, [], np.ones((3, 0))])
    def test_no_vocabulary(self, logits):
        with pytest.raises(ValueError, match=r"^logits must be \(…, vocab_size\), got shape"):
            next_token_probabilities(logits)


class TestDraws:
    def test_as_often_as_their_chances(self):
        chances = np.broadcast_to([0.3, 0.0, 0.5, 0.2], (10_007, 4))
        drawn = np.bincount(draw_tokens(chances, seeded()), minlength=4) / 10_007
        np.testing.assert_allclose(drawn, chances[0], atol=0.02)
        assert drawn[1] == 0

    def test_at_the_edges(self):
        """A draw of 0 is the first token that can be, and one next to 1 the last."""

        class Fixed(np.random.RandomState):
            def random(self, size):
                return np.array([0.0, np.nextafter(1, 0)])

        chances = np.array([[0, 0.1, 0.7, 0.2, 0]] * 2)
        assert draw_tokens(chances, Fixed()).tolist() == [1, 3]


class TestCache:
    def test_views_of_what_was_given(self):
        cache, rng = KeyValueCache(7), np.random.RandomState(0)
        K, V = rng.randn(2, 3, 7, 5), rng.randn(2, 3, 7, 11)
        for start, end in ((0, 3), (3, 4), (4, 7)):
            got = cache.extend(K[..., start:end, :], V[..., start:end, :])
            assert np.array_equal(got[0], K[..., :end, :])
            assert np.array_equal(got[1], V[..., :end, :])
            assert cache.length == end
            assert cache.nbytes == 2 * 3 * end * (5 + 11) * 8
            assert not any(array.flags.writeable for array in got)

    def test_refusals(self):
        cache = KeyValueCache(3)
        cache.extend(np.ones((2, 2, 5)), np.ones((2, 2, 5)))
        with pytest.raises(ValueError, match=r"^the cache has room for 3 tokens, got 4"):
            cache.extend(np.ones((2, 2, 5)), np.ones((2, 2, 5)))
        with pytest.raises(ValueError, match=r"^K must fit the cache's \(2, 3, 5\), got \(1, 1, 5"):
            cache.extend(np.ones((1, 1, 5)), np.ones((1, 1, 5)))
        with pytest.raises(ValueError, match=r"^V must have one row for each key, 1, got \(2, 3"):
            cache.extend(np.ones((2, 1, 5)), np.ones((2, 3, 5)))
        with pytest.raises(TypeError, match=r"^V must be float64 as in the cache, got float32"):
            cache.extend(np.ones((2, 1, 5)), np.ones((2, 1, 5), np.float32))
        with pytest.raises(ValueError, match=r"^K must have at least two axes, got shape \(5,\)"):
            cache.extend(np.ones(5), np.ones(5))
        assert cache.length == 2
        with pytest.raises(ValueError, match=r"^max_len must be at least 0, got -1"):
            KeyValueCache(-1)


def by_reading_everything_again(model, ids, n_new, choose):
    """Continue a text in the plainest way: score the last max_len tokens, choose, append."""
    ids = list(ids)
    for _ in range(n_new):
        ids.append(int(choose(model(ids[-model.max_len :])[-1])))
    return ids


class TestGenerate:
    @pytest.mark.parametrize("use_cache", [True, False])
    def test_greedy(self, model, use_cache):
        expected = by_reading_everything_again(model, PROMPT, 36, np.argmax)
        ids = model.generate(PROMPT, 36, temperature=0, use_cache=use_cache)
        assert ids.tolist() == expected
        assert len(set(expected)) > 5  # a text of one token would tell nothing

    @pytest.mark.parametrize("use_cache", [True, False])
    @pytest.mark.parametrize(
        "options", [{}, {"temperature": 1.7}, {"top_k": 5}, {"top_p": 0.6, "temperature": 0.8}]
    )
    def test_drawn(self, model, use_cache, options):
        rng = seeded()
        expected = by_reading_everything_again(
            model,
            PROMPT,
            36,
            lambda row: draw_tokens(next_token_probabilities(row, **options), rng),
        )
        ids = model.generate(PROMPT, 36, rng=seeded(), use_cache=use_cache, **options)
        assert ids.tolist() == expected
        assert ids.tolist() != model.generate(PROMPT, 36, temperature=0).tolist()

    def test_stops_where_the_context_is_full(self, model):
        ids = model.generate(PROMPT, 1000, temperature=0)
        assert len(ids) == MAX_LEN
        assert ids.tolist() == model.generate(PROMPT, 36, temperature=0).tolist()
        full = np.arange(MAX_LEN) % VOCAB_SIZE
        assert model.generate(full, 5, temperature=0).tolist() == full.tolist()

    @pytest.mark.parametrize("use_cache", [True, False])
    def test_slides_over_the_last_tokens(self, model, use_cache):
        expected = by_reading_everything_again(model, PROMPT, 61, np.argmax)
        options = {"temperature": 0, "when_full": "slide", "use_cache": use_cache}
        assert model.generate(PROMPT, 61, **options).tolist() == expected

    def test_a_batch_is_its_texts(self, model):
        prompts = np.random.RandomState(1).randint(0, VOCAB_SIZE, (2, 3, 5))
        ids = model.generate(prompts, 11, temperature=0)
        for text in np.ndindex(2, 3):
            assert np.array_equal(ids[text], model.generate(prompts[text], 11, temperature=0))
        assert model.generate(prompts, 11, rng=seeded()).shape == (2, 3, 16)

    def test_a_generator_is_taken_and_the_seed_decides(self, model):
        texts = [
            model.generate(PROMPT, 17, rng=np.random.default_rng(seed)).tolist()
            for seed in (0, 0, 1)
        ]
        assert texts[0] == texts[1] != texts[2]

    def test_the_prompt_is_untouched_and_comes_first(self, model):
        prompt = np.array(PROMPT)
        prompt.flags.writeable = False
        ids = model.generate(prompt, 3, temperature=0)
        assert ids[:5].tolist() == PROMPT
        ids[0] = 0
        assert prompt[0] == 3
        unchanged = model.generate(prompt, 0, temperature=0)
        assert unchanged.tolist() == PROMPT
        assert not np.shares_memory(unchanged, prompt)

    def test_a_step_for_each_token(self, model):
        steps = []
        model.generate(PROMPT, 13, temperature=0, step=lambda: steps.append(1))
        assert len(steps) == 13


class TestWork:
    """What a cache saves, in rows and keys counted where they pass: no clock is asked."""

    def work(self, model, monkeypatch, use_cache):
        """Return how many rows pass through blocks, and how many pairs of query and key."""
        seen, plain = [], TransformerBlock.__call__

        def counted(block, x, *args, **named):
            output, weights = plain(block, x, *args, **named)
            seen.append((x.shape[-2], weights[0].shape[-2] * weights[0].shape[-1]))
            return output, weights

        monkeypatch.setattr(TransformerBlock, "__call__", counted)
        ids = model.generate(PROMPT, 31, temperature=0, use_cache=use_cache)
        return ids.tolist(), sum(rows for rows, _ in seen), sum(pairs for _, pairs in seen)

    def test_each_token_is_read_once(self, model, monkeypatch):
        """The prompt of 5, then each of 30 more by itself, against all that stand so far."""
        _, rows, pairs = self.work(model, monkeypatch, use_cache=True)
        assert rows == N_LAYERS * (5 + 30)
        assert pairs == N_LAYERS * (5 * 5 + sum(range(6, 36)))

    def test_the_plain_twin_reads_every_token_again(self, model, monkeypatch):
        _, rows, pairs = self.work(model, monkeypatch, use_cache=False)
        assert rows == N_LAYERS * sum(range(5, 36))
        assert pairs == N_LAYERS * sum(n * n for n in range(5, 36))

    def test_both_write_the_same(self, model, monkeypatch):
        texts = [self.work(model, monkeypatch, use_cache)[0] for use_cache in (True, False)]
        assert texts[0] == texts[1]


class TestRefusals:
    def check(self, model, error, message, prompt=PROMPT, n_new=3, **options):
        with pytest.raises(error, match=message):
            model.generate(prompt, n_new, **{"rng": seeded()} | options)

    def test_prompts(self, model):
        wanted = r"^prompt_ids must hold 1 to max_len = 41 tokens, got "
        for when_full in ("stop", "slide"):
            self.check(model, ValueError, wanted + "42", [0] * 42, when_full=when_full)
        for empty in ([], np.ones((3, 0), int)):
            self.check(model, ValueError, wanted + "0", empty)
        for token in (-1, 23):
            message = rf"^prompt_ids must lie between 0 and 22, got {token}"
            self.check(model, ValueError, message, [3, token])
        self.check(model, TypeError, r"^prompt_ids must be integers, got dtype float64", [1.0])
        self.check(model, TypeError, r"^prompt_ids must be integers, got dtype <U", "a text")

    def test_how_many(self, model):
        self.check(model, ValueError, r"^n_new must be at least 0, got -1", n_new=-1)
        self.check(model, TypeError, r"^n_new must be an integer, got 2\.0", n_new=2.0)

    def test_no_rng(self, model):
        self.check(model, TypeError, r"^rng must be a RandomState or a Generator, got", rng=None)
        self.check(model, TypeError, r"^rng must be a RandomState or a Generator, got 42", rng=42)

    def test_when_full(self, model):
        message = r'^when_full must be "stop" or "slide", got \'wrap\''
        self.check(model, ValueError, message, when_full="wrap")
