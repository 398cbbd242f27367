"""Williams, *microAttention*: the sentence, the softmax of four scores, the benchmark's table.

Times are facts of a machine that is not named, and no recipe measures one; what follows from
them by arithmetic is computed.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...attention import scaled_dot_product_attention, softmax
from ...masking import causal_mask
from ...memory import held_beyond_output
from ...published import published_inputs, published_tiled_attention
from ...sentence import sentence_projections
from ..compare import Between, Finding

WORDS = ("the", "corpus", "was", "wrong")
SCORES = np.array([1.2, 3.8, 0.4, 0.9])
PRINTED_CORPUS = np.array([0.390, 0.610])
README_TIMES = {64: (0.217, 1.300), 256: (0.229, 1.090), 512: (0.209, 0.996)}  # plain, tiled; ms
FILE_TIMES = {64: (0.211, 1.069), 256: (0.207, 1.078), 512: (0.230, 1.046)}
TILE = 8  # queries, and keys


def _sentence_weights(seed: int = 42) -> NDArray[Any]:
    """Attention weights of the sentence, (4, 4), under the published mask of −1e9."""
    Q, K, V = sentence_projections(WORDS, seed=seed)
    mask = np.where(causal_mask(4), 0.0, -1e9)
    return scaled_dot_product_attention(Q, K, V, mask)[1]


def wrong_to_corpus() -> float:
    """What `wrong` gives to `corpus`."""
    return float(_sentence_weights()[3, 1])


def most_attended_by_wrong() -> str:
    """The word to which `wrong` gives most."""
    return WORDS[int(_sentence_weights()[3].argmax())]


def other_words_differ() -> Finding:
    """Whether other words would get another weight."""
    sentences = ("the corpus was wrong", "the bridge was painted", "zwei plus zwei vier")
    weights = []
    for sentence in sentences:
        Q, K, V = sentence_projections(sentence.split())
        weights.append(float(scaled_dot_product_attention(Q, K, V, causal_mask(4))[1][3, 1]))
    seen = "three sentences give " + ", ".join(f"{weight:.1%}" for weight in weights)
    return Finding(len(set(weights)) > 1, seen)


def weights_of_corpus() -> NDArray[Any]:
    """The row of `corpus`, as far as it may look, (2,)."""
    return _sentence_weights()[1, :2]


def weights_of_was() -> NDArray[Any]:
    """The row of `was`, as far as it may look, (3,)."""
    return _sentence_weights()[2, :3]


def weights_of_wrong() -> NDArray[Any]:
    """The row of `wrong`, (4,)."""
    return _sentence_weights()[3, :]


def corpus_splits() -> Finding:
    """Whether `corpus` gives neither of its two words nearly everything."""
    return _split(weights_of_corpus())


def corpus_splits_as_printed() -> Finding:
    """The same of the row that the site prints."""
    return _split(PRINTED_CORPUS)


def future_is_hidden() -> Finding:
    """Whether every weight above the diagonal is exactly zero."""
    future = _sentence_weights()[~causal_mask(4)]
    return Finding(not future.any(), f"{np.count_nonzero(future)} of {future.size} are above zero")


def another_seed_differs() -> Finding:
    """Whether seeds next to the published one give other weights."""
    others = [float(_sentence_weights(seed)[3, 1]) for seed in (41, 43, 44)]
    seen = "seeds 41, 43, 44 give " + ", ".join(f"{weight:.1%}" for weight in others)
    return Finding(all(abs(weight - wrong_to_corpus()) > 0.01 for weight in others), seen)


def plain_shares() -> NDArray[Any]:
    """Four scores divided by their sum, (4,)."""
    shares: NDArray[Any] = SCORES / SCORES.sum()
    return shares


def softmax_concentrates() -> Finding:
    """Whether softmax gives the largest of the four scores more than its plain share."""
    plain, soft = plain_shares().max(), softmax(SCORES).max()
    return Finding(bool(soft > plain), f"largest share {soft:.2f}, plain {plain:.2f}")


def _overheads(times: dict[int, tuple[float, float]]) -> NDArray[Any]:
    """Tiled ÷ plain − 1 of each row of a table, (3,)."""
    plain, tiled = np.array(list(times.values())).T
    ratios: NDArray[Any] = tiled / plain - 1
    return ratios


def _overheads_within(times: dict[int, tuple[float, float]]) -> Between:
    """The same, each time lying anywhere within its printed rounding."""
    (plain, tiled), half = np.array(list(times.values())).T, 0.0005
    low, high = (tiled - half) / (plain + half), (tiled + half) / (plain - half)
    return Between(low - 1, high - 1)


def readme_overheads() -> NDArray[Any]:
    """The percentages that the README's times imply, (3,)."""
    return _overheads(README_TIMES)


def readme_overheads_within() -> Between:
    """The same from times before they were rounded, (3,) each."""
    return _overheads_within(README_TIMES)


def file_overheads() -> NDArray[Any]:
    """The percentages that the times in the result files imply, (3,)."""
    return _overheads(FILE_TIMES)


def file_overheads_within() -> Between:
    """The same from times before they were rounded, (3,) each."""
    return _overheads_within(FILE_TIMES)


def tiling_slower_in_table() -> Finding:
    """Whether the tiled time is the longer one in every row of the table."""
    slower = [tiled > plain for plain, tiled in README_TIMES.values()]
    return Finding(all(slower), f"in {sum(slower)} of {len(slower)} rows of the printed table")


def _plain_times_grow(times: dict[int, tuple[float, float]]) -> Finding:
    """Whether more arithmetic took more time; d is n, so the two products are 4 n³ operations."""
    plain = [each for each, _ in times.values()]
    rates = [4 * n**3 / (each / 1e3) / 1e9 for n, each in zip(times, plain, strict=True)]
    seen = ", ".join(f"{rate:.0f}" for rate in rates)
    return Finding(plain == sorted(plain), f"{seen} thousand million operations a second")


def _tiles_grow(times: dict[int, tuple[float, float]]) -> Finding:
    """Whether a tile took at least as long at a larger size, where its rows are wider."""
    tiles = [1000 * tiled / (n // TILE) ** 2 for n, (_, tiled) in times.items()]
    seen = ", ".join(f"{each:.2f}" for each in tiles)
    return Finding(tiles == sorted(tiles), f"{seen} microseconds a tile")


def readme_plain_times_grow() -> Finding:
    """Of the README's plain column."""
    return _plain_times_grow(README_TIMES)


def readme_tiles_grow() -> Finding:
    """Of the README's tiled column."""
    return _tiles_grow(README_TIMES)


def file_plain_times_grow() -> Finding:
    """Of the plain times in the result files."""
    return _plain_times_grow(FILE_TIMES)


def file_tiles_grow() -> Finding:
    """Of the tiled times in the result files."""
    return _tiles_grow(FILE_TIMES)


def tiled_equals_plain() -> Finding:
    """Whether the published tiled pass gives the plain output, at a size that tiles do not fill."""
    Q, K, V = published_inputs(100)
    plain = scaled_dot_product_attention(Q, K, V, causal_mask(100))[0]
    tiled = published_tiled_attention(Q, K, V, causal_mask(100), tile=TILE)
    worst = abs(tiled / plain - 1).max()
    return Finding(bool(worst < 1e-6), f"off by {worst:.4%} at most")


def rows_are_not_held() -> Finding:
    """Whether the pass's memory stays put while the keys become eight times as many."""
    Q, K, V = published_inputs(4096, TILE)
    few = held_beyond_output(lambda: published_tiled_attention(Q[:TILE], K[:512], V[:512]))
    many = held_beyond_output(lambda: published_tiled_attention(Q[:TILE], K, V))
    grown = "more" if many > 2 * few else "less"
    return Finding(many <= 2 * few, f"eight times the keys take {grown} than twice the memory")


def _split(row: NDArray[Any]) -> Finding:
    """Whether no weight of a row is 0.99 or more."""
    the, corpus = row
    return Finding(bool(row.max() < 0.99), f"{the:.3f} to “the”, {corpus:.3f} to itself")
