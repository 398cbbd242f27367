"""The command ``train``: it prints what training does, and refuses in one line."""

from contextlib import nullcontext

import pytest

from microattention import cli
from microattention.commands import train


@pytest.fixture
def run(capsys):
    """Run the command in this process; return exit code, output and errors."""

    def run(*arguments):
        code = cli.main(["train", *map(str, arguments)])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def corpus(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text("a b a b\nb a b a\na b\n", encoding="utf-8")
    return path


def test_it_learns_the_essays_corpus_and_says_where_it_looks(run):
    code, output, errors = run()
    assert (code, errors) == (0, "")
    assert output.startswith("2000 sentences, 22 different words; seed 0\n")
    before, after = output.split("\nclerk ")[1].split("\n")[0].split()
    assert float(before) < 0.2
    assert float(after) > 0.8
    assert 'Likeliest after "wrong": clerk' in output


def test_it_reads_a_corpus_of_uneven_sentences(run, corpus):
    code, output, _ = run(corpus, "--probe", "a b a", "--steps", 150, "--width", 8)
    assert code == 0
    assert 'Likeliest after "a": b' in output
    assert "3 sentences, 3 different words" in output


def test_without_a_probe_it_watches_the_first_sentence(run, corpus):
    output = run(corpus, "--steps", 1)[1]
    assert "\na attends to" in output
    assert 'Likeliest after "a":' in output


def test_each_step_is_a_step_of_progress(run, corpus, monkeypatch):
    steps = []
    monkeypatch.setattr(
        train, "progress", lambda label, total: nullcontext(lambda: steps.append(total))
    )
    run(corpus, "--steps", 7)
    assert steps == [7] * 7


def test_the_same_seed_prints_the_same(run, corpus):
    assert run(corpus, "--steps", 3)[1] == run(corpus, "--steps", 3, "--seed", 0)[1]
    assert run(corpus, "--steps", 3)[1] != run(corpus, "--steps", 3, "--seed", 1)[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.txt"], "no such file"),
        (["no/where.txt"], "no such file"),
        (["."], "directory"),
        (["CORPUS", "--probe", "a stranger"], "'stranger'"),
        (["CORPUS", "--probe", " "], "empty"),
        (["CORPUS", "--probe", "a b a b a"], "at most 3 words, got 5"),
        (["CORPUS", "--steps", "0"], "1 to 100000"),
        (["CORPUS", "--width", "x"], "'x'"),
    ],
)
def test_it_refuses_in_one_line(run, corpus, arguments, said):
    code, output, errors = run(*(str(corpus) if a == "CORPUS" else a for a in arguments))
    assert (code, output) == (2, "")
    assert errors.startswith("microattention: ")
    assert errors.count("\n") == 1
    assert said in errors


def test_it_refuses_a_line_too_long_and_what_is_no_text(run, corpus):
    for content, said in ((b"a " * 201, "at most 200"), (b"\xff\xff", "UTF-8"), (b"", "two words")):
        corpus.write_bytes(content)
        code, _, errors = run(corpus)
        assert code == 2
        assert said in errors
