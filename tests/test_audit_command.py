"""The command ``audit``: make, verify, weight; what it refuses, and that it then writes nothing."""

import errno
import re

import numpy as np
import pytest

from microattention import (
    cli,
    receipt_files,
    scaled_dot_product_attention,
    sentence_projections,
    tiled_attention,
)
from microattention.receipt_files import read_receipt

Q, K, V = sentence_projections(["the", "corpus", "was", "wrong"])
ALLOWED = np.tri(4, dtype=bool)


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Run the command in a folder with inputs; return exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    np.savez("in.npz", Q=Q, K=K, V=V)
    for name, array in {"Q": Q, "K": K, "V": V, "mask": ALLOWED}.items():
        np.save(f"{name}.npy", array)

    def run(*arguments):
        code = cli.main(["audit", *map(str, arguments)])
        return code, *capsys.readouterr()

    return run


def refused(result, *wanted):
    code, output, errors = result
    assert (code, output) == (2, "")
    assert len(errors.splitlines()) == 1
    for part in ("microattention: ", *wanted):
        assert part in errors


def test_a_receipt_is_made_verified_and_a_weight_recomputed(run, tmp_path):
    code, output, errors = run("make", "run.json", "in.npz", "--causal", "--model", "Q.npy")
    assert (code, errors) == (0, "")
    receipt = read_receipt("run.json")
    assert output == f"run.json and run.lse.npy: 4 queries\nsha256 {receipt.sha256}\n"
    assert receipt.model["Q.npy"].shape == ((tmp_path / "Q.npy").stat().st_size,)
    code, output, errors = run(
        "verify", "run.json", "Q.npy", "K.npy", "V.npy", "--model", "Q.npy",
        "--causal", "--scale", receipt.scale, "--sha256", receipt.sha256,
    )  # fmt: skip
    assert (code, errors) == (0, "")
    assert "\nVerified.\n" in output
    assert "does not show who made it or when" in output
    code, output, errors = run("weight", "run.json", "in.npz", "--query", 3, "--key", 1)
    assert (code, errors) == (0, "")
    assert output.splitlines()[-1] == "query 3 gives key 1 the weight 0.93732481"


def test_what_differs_is_named(run):
    run("make", "run.json", "in.npz", "--model", "Q.npy")
    np.save("K.npy", K + 1)
    code, output, _ = run("verify", "run.json", "Q.npy", "K.npy", "V.npy", "--model", "Q.npy")
    assert code == 1
    assert output.splitlines()[-1] == "Not verified: K, lse."
    assert re.search(r"^differs +K \(sha256 is \w{64}, recorded \w{64}\)$", output, re.MULTILINE)
    output = run("verify", "run.json", "in.npz", "--causal", "--sha256", "0")[1]
    assert output.splitlines()[-1] == "Not verified: receipt, model Q.npy, causal."
    code, output, _ = run("weight", "run.json", "Q.npy", "K.npy", "V.npy", "--query", 0, "--key", 1)
    assert (code, "gives key" in output) == (1, False)


def test_the_runs_own_log_sum_exp_and_its_mask(run):
    _, lse = tiled_attention(Q, K, V, ALLOWED, scale=0.25, tile=(1, 1), return_lse=True)
    np.save("lse.npy", lse)
    options = ("--mask", "mask.npy", "--scale", "0.25")
    assert run("make", "run.json", "in.npz", *options, "--lse", "lse.npy")[0] == 0
    assert run("verify", "run.json", "in.npz", *options, "--no-causal")[0] == 0
    assert run("verify", "run.json", "in.npz")[1].endswith("Not verified: mask, lse.\n")
    ours = run("weight", "run.json", "in.npz", "--mask", "mask.npy", "--query", 2, "--key", 0)[1]
    weight = scaled_dot_product_attention(Q, K, V, ALLOWED, scale=0.25)[1][2, 0]
    assert ours.splitlines()[-1] == f"query 2 gives key 0 the weight {weight:.8g}"
    np.save("lse.npy", lse + 1)
    run("make", "false.json", "in.npz", *options, "--lse", "lse.npy")
    assert run("verify", "false.json", "in.npz", *options)[1].endswith("Not verified: lse.\n")


def test_heads_are_counted_before_queries(run):
    np.savez("in.npz", Q=np.stack([Q, K]), K=np.stack([K, Q]), V=V)
    run("make", "run.json", "in.npz")
    weight = scaled_dot_product_attention(K, Q, V)[1][3, 1]
    output = run("weight", "run.json", "in.npz", "--query", 1, 3, "--key", 1)[1]
    assert output.splitlines()[-1] == f"query 1, 3 gives key 1 the weight {weight:.8g}"


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ((), "the following arguments are required"),
        (("burn",), "invalid choice: 'burn'"),
        (("make", "run.json", "Q.npy", "K.npy"), "must be one .npz or three .npy, got 2 files"),
        (("make", "run.json", "Q.npy"), "Q.npy: must be an .npz with Q, K and V"),
        (
            ("make", "run.json", "in.npz", "K.npy", "V.npy"),
            "in.npz: the magic string is not correct",
        ),
        (("make", "run.json", "nowhere.npz"), "nowhere.npz: No such file"),
        (("make", "run.json", "."), ".: is no file"),
        (("make", "run.json", "/dev/zero"), "/dev/zero: is no file"),
        (("make", "run.json", "a\x00b"), "null"),
        (("make", "run.txt", "in.npz"), "must end in .json"),
        (("make", "nowhere/run.json", "no.npz"), "cannot write nowhere/run.json"),  # told first
        (("make", "run.json", "in.npz", "--scale", "nan"), "scale must be finite"),
        (("make", "run.json", "in.npz", "--mask", "Q.npy"), "mask must broadcast"),
        (("make", "run.json", "in.npz", "--lse", "Q.npy"), "lse must be (4,)"),
        (("make", "run.json", "in.npz", "--model", "./Q.npy", "Q.npy"), "the same name"),
        (("make", "run.json", "in.npz", "--model", "empty"), "empty"),
        (("make", "run.json", "other.npz"), "other.npz: 'V is not a file in the archive'"),
        (("make", "run.json", "objects.npz"), "objects.npz: Object arrays cannot be loaded"),
        (("make", "run.json", "broken.npz"), "broken.npz: File is not a zip file"),
        (
            ("make", "run.json", "objects.npy", "K.npy", "V.npy"),
            "objects.npy: Array can't be memory-mapped: Python objects",
        ),
        (("verify", "nowhere.json", "in.npz"), "nowhere.json: No such file"),
        (("weight", "kept.json", "in.npz", "--query", "4", "--key", "0"), "query must be within"),
        (("weight", "kept.json", "in.npz", "--query", "-1", "--key", "0"), "--query"),
        (("weight", "kept.json", "in.npz", "--query", "1"), "--key"),
    ],
    ids=lambda value: " ".join(map(ascii, value)) if isinstance(value, tuple) else None,
)
def test_what_cannot_be_met_is_refused_in_one_line_and_writes_nothing(
    run, tmp_path, arguments, wanted
):
    run("make", "kept.json", "in.npz")
    np.savez("other.npz", Q=Q, K=K)
    np.savez("objects.npz", Q=np.array([[None]]), K=K, V=V)
    np.save("objects.npy", np.array([[None]]))
    (tmp_path / "broken.npz").write_bytes((tmp_path / "in.npz").read_bytes()[:200])
    (tmp_path / "empty").touch()
    before = sorted(tmp_path.iterdir())
    refused(run(*arguments), wanted)
    assert sorted(tmp_path.iterdir()) == before


def test_a_receipts_names_cannot_steer_the_terminal(run, tmp_path):
    run("make", "run.json", "in.npz", "--model", "Q.npy")
    file = tmp_path / "run.json"
    file.write_text(file.read_text().replace('"Q.npy"', r'"\u001b[31mQ"'))
    code, output, _ = run("verify", "run.json", "in.npz")
    assert code == 1
    assert "\x1b" not in output


def test_a_disk_that_fills_while_the_receipt_is_written_is_told_in_one_line(run, monkeypatch):
    def full(path, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(receipt_files, "write_atomically", full)
    refused(run("make", "run.json", "in.npz"), "cannot write run.json: No space left on device")
