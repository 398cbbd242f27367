"""What the gallery's scripts for the chapter on a whole model show is what they say they show."""

import numpy as np

from microattention import GPT3_SIZES


def numbers(table):
    return np.array([row[1:] for row in table.rows], dtype=float)


def test_shares_of_each_model_sum_to_100_and_the_network_has_twice_what_attention_has(run):
    [[table]], published = run("parameters_by_part")
    assert table.header[1:] == ("norms", "feed-forward", "attention", "embeddings")
    assert len(table.rows) == len(GPT3_SIZES)
    shares = numbers(table)
    assert np.allclose(shares.sum(axis=1), 100, atol=1e-3)
    # 8 d² + 5 d against 4 d² + 4 d for each block
    width = np.array([model.d_model for model in GPT3_SIZES])
    assert np.allclose(shares[:, 1] / shares[:, 2], (8 * width + 5) / (4 * width + 4), rtol=1e-5)
    assert published["embedding-share-smallest-gpt"].value == f"{shares[0, 3]:.1f}%"
    assert published["feed-forward-share-largest-gpt"].value == f"{shares[-1, 1]:.1f}%"


def test_attention_alone_is_straight_and_at_best_undecided(run):
    [sweeps, maps], published = run("without_feed_forward")
    alone, bent = (numbers(table) for table in sweeps)
    assert np.abs(np.diff(alone, 2, axis=0)).max() < 1e-4
    assert np.abs(np.diff(bent, 2, axis=0)).max() > 0.01
    wanted, attention, network = (numbers(table) for table in maps)
    assert wanted.tolist() == network.tolist() == [[0, 1], [1, 0]]
    assert np.allclose(attention, 0.5)
    assert published["exactly-one-by-attention-at-best"].value == "0.50"


def test_post_norm_keeps_the_signal_and_pre_norm_grows_as_published(run):
    [[signal, _]], published = run("norm_by_depth")
    pre, post = (numbers(signal)[:, signal.header.index(n) - 1] for n in ("pre-norm", "post-norm"))
    assert np.allclose(post[1:], 1, atol=1e-3)
    assert published["pre-norm-growth-over-depth"].value == f"{pre[-1] / pre[0]:.1f} times"


def test_average_of_the_heads_is_that_of_the_heads_shown(run):
    [heads, [average]], published = run("heads_of_a_block")
    assert len(heads) == 6
    to_corpus = np.array([table.rows[-1][2] for table in heads])
    assert np.isclose(to_corpus.mean(), average.rows[-1][2], atol=1e-5)
    low, high, mean = to_corpus.min(), to_corpus.max(), to_corpus.mean()
    said = f"{low:.0%} to {high:.0%}, on average {mean:.0%}"
    assert published["wrong-to-corpus-over-six-heads"].value == said


def test_only_the_time_is_published_as_measured(run):
    _, published = run("time_per_token")
    assert {one.kind for one in published.values()} == {"measured"}
    _, published = run("positions")
    assert {one.kind for one in published.values()} == {"computed"}
