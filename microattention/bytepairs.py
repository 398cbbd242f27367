"""Byte-pair encoding: which strings of a language get a token of their own, and which do not.

A tokenizer starts from single bytes and, again and again, makes one token of the two that most
often stand side by side in its texts. What was common there becomes short.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from ._arguments import size

Pair = tuple[bytes, bytes]
Word = tuple[bytes, ...]


def learn_merges(texts: Iterable[str | tuple[str, int]], n_merges: int) -> list[Pair]:
    """Learn which pairs to make one token of, from the most common on.

    Parameters
    ----------
    texts : iterable of str, or of (str, int)
        What to learn from; with a number, as if the text stood there so many times.
    n_merges : int
        How many pairs to learn; fewer come back where every word has become one token.

    Returns
    -------
    list of (bytes, bytes)
        In the order in which they are to be merged. Of pairs equally common, the one whose
        bytes come last is taken, so that any machine learns the same.

    Raises
    ------
    TypeError, ValueError
        If a text is no text, or a number is not a whole one, of at least 1 for a text and at
        least 0 for merges.

    Notes
    -----
    Sennrich, Haddow and Birch (2016), *Neural Machine Translation of Rare Words with Subword
    Units*, Algorithm 1, on bytes as in Radford et al. (2019), section 2.2. Words are cut before
    each space, without the further rules of the latter, which know some scripts and not others.

    Examples
    --------
    >>> learn_merges(["aab aab ab"], n_merges=2)
    [(b'a', b'b'), (b'a', b'ab')]
    >>> learn_merges(["aab", ("cd", 5)], n_merges=1)
    [(b'c', b'd')]
    """
    words = _count_words(texts)
    pairs: Counter[Pair] = Counter()
    for word, times in words.items():
        _count_pairs(pairs, word, times)
    merges: list[Pair] = []
    for _ in range(size("n_merges", n_merges, least=0)):
        pair, times = max(pairs.items(), key=lambda item: item[::-1], default=((b"", b""), 0))
        if times < 1:
            break
        merges.append(pair)
        for word in [word for word in words if pair in pairwise(word)]:
            times, merged = words.pop(word), merge_pair(word, pair)
            words[merged] = times
            _count_pairs(pairs, word, -times)
            _count_pairs(pairs, merged, times)
    return merges


def tokens(text: str, merges: Sequence[Pair]) -> list[bytes]:
    """Cut a text into tokens.

    Parameters
    ----------
    text : str
        In any script.
    merges : sequence of (bytes, bytes)
        What `learn_merges` returned.

    Returns
    -------
    list of bytes
        Which joined are the text in UTF-8 again.

    Examples
    --------
    >>> tokens("an aabb", [(b"a", b"b"), (b"a", b"ab")])
    [b'a', b'n', b' ', b'aab', b'b']
    """
    cut: list[bytes] = []
    for word in _words(text):
        for pair in merges:
            word = merge_pair(word, pair)
        cut += word
    return cut


def merge_pair(word: Word, pair: Pair) -> Word:
    """Make one token of each place where the two stand side by side, from the left.

    >>> merge_pair((b"a", b"a", b"a", b"b"), (b"a", b"a"))
    (b'aa', b'a', b'b')
    """
    merged: list[bytes] = []
    for token in word:
        if merged and (merged[-1], token) == pair:
            merged[-1] += token
        else:
            merged.append(token)
    return tuple(merged)


def _words(text: str) -> list[Word]:
    """Cut a text before each space, and each word into its bytes."""
    encoded = (word.encode() for word in re.findall(r"\s*\S+|\s+$", text))
    return [tuple(bytes([byte]) for byte in word) for word in encoded]


def _count_words(texts: Iterable[str | tuple[str, int]]) -> Counter[Word]:
    """Count the words of all texts."""
    words: Counter[Word] = Counter()
    for given in texts:
        match given:
            case str(text):
                times = 1
            case (str(text), times):
                pass
            case _:
                raise TypeError(f"texts must be str or (str, int) each, got {given!r:.80}")
        times = size("texts' number", times, least=1)
        for word in _words(text):
            words[word] += times
    return words


def _count_pairs(pairs: Counter[Pair], word: Word, times: int) -> None:
    """Add a word's pairs, or take them back."""
    for pair in pairwise(word):
        pairs[pair] += times
