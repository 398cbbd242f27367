"""Receipts as files: what is written, and that nothing hostile is believed, run or followed."""

import hashlib
import json
import math
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from optional import require

import microattention
from microattention import receipt_files
from microattention.audit import verify
from microattention.fingerprints import fingerprint
from microattention.receipt_files import read_receipt, write_receipt
from microattention.receipts import Receipt

SCHEMA = Path(microattention.__file__).with_name("receipt.schema.json")
Q, K, V = np.random.RandomState(0).randn(3, 2, 5, 4)
MASK = np.tri(5, dtype=bool)


@pytest.fixture
def receipt():
    return Receipt.make(Q, K, V, MASK, model={"W_Q": np.eye(4, dtype="f4")})


@pytest.fixture
def path(tmp_path, receipt):
    path = tmp_path / "run.json"
    write_receipt(path, receipt)
    return path


def refused(path, *wanted):
    before = sorted(path.parent.iterdir())
    with pytest.raises(ValueError, match="run") as caught:
        read_receipt(path)
    for part in wanted:
        assert part in str(caught.value)
    assert sorted(path.parent.iterdir()) == before


def edit(path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


# What is written


def test_what_is_read_is_what_was_written(path, receipt):
    again = read_receipt(path)
    assert (again.content(), again.sha256) == (receipt.content(), receipt.sha256)
    assert again.digest() == receipt.sha256
    np.testing.assert_array_equal(again.lse, receipt.lse)
    checks = verify(again, Q, K, V, MASK, model={"W_Q": np.eye(4, dtype="f4")})
    assert {check.status for check in checks} == {"verified"}


@pytest.mark.parametrize("shape", [(), (0,), (3, 0)])
def test_small_and_empty_runs_have_receipts(tmp_path, shape):
    Q, K, V = (np.ones((*shape, n, 2)) for n in (4, 3, 3))
    receipt = Receipt.make(Q, K, V)
    write_receipt(tmp_path / "a.json", receipt)
    again = read_receipt(tmp_path / "a.json")
    assert again.lse.shape == receipt.lse.shape
    assert {check.status for check in verify(again, Q, K, V)} == {"verified"}


def test_the_same_run_makes_the_same_bytes(path, tmp_path, receipt):
    write_receipt(tmp_path / "b.json", receipt)
    assert (tmp_path / "b.json").read_bytes() == path.read_bytes()
    assert (tmp_path / "b.lse.npy").read_bytes() == (tmp_path / "run.lse.npy").read_bytes()


def test_the_digest_can_be_had_from_the_file_by_the_rule_in_the_schema(path):
    content = json.loads(path.read_text())
    stated = content.pop("sha256")
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == stated
    stored = np.load(path.with_suffix(".lse.npy"), allow_pickle=False)
    assert hashlib.sha256(stored.tobytes()).hexdigest() == content["lse"]["sha256"]


def test_nothing_is_written_where_it_cannot_be(tmp_path, receipt):
    with pytest.raises(ValueError, match=r"must end in \.json"):
        write_receipt(tmp_path / "run.txt", receipt)
    (tmp_path / "run.json").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_receipt(tmp_path / "run.json", receipt)
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.json"]


# The schema


def validator():
    schema = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema = require("jsonschema")
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_a_receipt_is_of_the_published_schema(path):
    validator().validate(json.loads(path.read_text()))


def places(value, prefix=()):
    """Yield the path of everything in a JSON value."""
    yield prefix
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*prefix, key))


WRONG = st.sampled_from(
    [None, True, False, 0, -1, 1, 2, 1.5, 2**48, 10**400, "", "a", "x" * 101, "float128", "f" * 64,
     "F" * 64, [], [[]], [1] * 33, [-1], [1.5], [2**48], ["1"], {}, {"a": 1}, {"shape": []}]
)  # fmt: skip


@settings(
    max_examples=300,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_the_reader_and_the_schema_agree_on_what_is_a_receipt(data, path):
    content = json.loads(path.read_text())
    where = data.draw(st.sampled_from(list(places(content))))
    wrong, how = data.draw(WRONG), data.draw(st.sampled_from(["put", "drop", "add"]))
    holder = {"": content}
    for key in ("", *where)[:-1]:
        holder = holder[key]
    if how == "add" and isinstance(holder, dict):
        holder["extra"] = wrong
    elif how == "drop" and where:
        del holder[where[-1]]
    else:
        holder[("", *where)[-1]] = wrong
    content = content if how != "put" or where else wrong
    try:
        receipt_files._fields(content)
        accepted = True
    except ValueError:
        accepted = False
    assert accepted == validator().is_valid(content)


# Hostile JSON


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (b"", "Expecting value"),
        (b"null", "a receipt must have the members"),
        (b"[]", "got list"),
        (b"{}", "a receipt must have the members"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"\xff\xfe\x00", "codec"),
        (b"9" * 5000, "digits"),
        (b'{"schema": 1, "schema": 1}', "two members of one name"),
        (b'{"scale": NaN}', "NaN is no JSON number"),
        (b'{"scale": -Infinity}', "Infinity is no JSON number"),
        (b'{"schema": 2}', "newer than 1: update microattention"),
        (b" " * (2**20 + 1), "must have at most 1048576 bytes"),
        (pickle.dumps(print), "run.json"),
    ],
)
def test_a_file_that_is_no_receipt_is_refused(path, text, wanted):
    path.write_bytes(text)
    refused(path, "run.json: ", wanted)


def test_two_members_of_one_name_are_refused_however_deep(path):
    text = path.read_text()
    path.write_text(text.replace('"dtype": "bool"', '"dtype": "bool", "dtype": "bool"'))
    refused(path, "two members of one name")


@pytest.mark.parametrize(
    ("member", "value"),
    [
        pytest.param("scale", 10**400, id="scale-huge"),
        ("scale", "0.5"),
        ("scale", True),
        ("causal", 0),
        ("schema", True),
        ("file", "../../etc/passwd"),
        ("versions", {"python": "3"}),
        ("model", [1]),
        ("lse", {"shape": [1] * 33, "dtype": "float64", "sha256": "0" * 64}),
        ("lse", {"shape": [2, 5], "dtype": "int64", "sha256": "0" * 64}),
        ("sha256", "0" * 63),
        ("sha256", "0" * 65),
    ],
)
def test_a_member_of_another_kind_is_refused(path, member, value):
    edit(path, lambda content: content.update({member: value}))
    refused(path, "run.json: ", member)


def test_infinity_written_as_a_large_number_is_refused(path):
    text = path.read_text()
    path.write_text(text.replace('"scale": 0.5', '"scale": 1e999'))
    refused(path, "scale")


@pytest.mark.parametrize("make", ["missing", "folder", "pipe", "null"])
def test_what_is_no_file_is_refused_without_waiting_for_it(tmp_path, make):
    path = tmp_path / "run.json"
    if make == "folder":
        path.mkdir()
    elif make == "pipe":
        os.mkfifo(path)
    elif make == "null":
        path = tmp_path / "run\x00.json"
    refused(path, "run")


# Hostile arrays


@pytest.fixture
def beside(path):
    return path.with_suffix(".lse.npy")


def npy(header, data=b"", version=(1, 0)):
    """Make a .npy file with any header."""
    size = len(header).to_bytes(2 if version == (1, 0) else 4, "little")
    return b"\x93NUMPY" + bytes(version) + size + header + data


def stated(shape="(2, 5)", descr="'<f8'", order="False"):
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()


DATA = bytes(80)


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("/tmp/a-receipt-was-executed",)


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"", "must have 80 bytes and a header, got 0"),
        (DATA * 200, "must have 80 bytes and a header"),
        (DATA * 2, "is not a .npy file"),
        (npy(stated(), DATA[1:]), "must have 80 bytes after its header"),
        (npy(stated(), DATA + b"\0"), "must have 80 bytes after its header"),
        (npy(stated(), DATA, (2, 0)), "is not a .npy file"),
        (npy(stated("(10,)"), DATA), "must be float64 of shape (2, 5), got float64 of shape (10,)"),
        (npy(stated(f"({10**15}, {10**15})"), DATA), "must be float64 of shape (2, 5)"),
        (npy(stated("(-2, -5)"), DATA), "must be float64 of shape (2, 5)"),
        (npy(stated(descr="'|O'"), DATA), "must be float64"),
        (npy(stated(descr="'<c8'"), DATA), "must be float64"),
        (npy(stated(descr="'<i8'"), DATA), "must be float64"),
        (npy(stated(descr="__import__('os').mkdir('/tmp/a-receipt-was-executed')"), DATA), "npy"),
        (npy(b"(" * 9000, DATA), "is not a .npy file"),
        (npy(b"{" * 200 + b"}" * 200, DATA), "is not a .npy file"),
        (pickle.dumps(Bomb()) + DATA, "is not a .npy file"),
        (b"PK\x03\x04" + DATA, "is not a .npy file"),
    ],
)
def test_an_array_that_is_not_the_log_sum_exp_is_refused(path, beside, content, wanted):
    beside.write_bytes(content)
    refused(path, "run.lse.npy: ", wanted)
    assert not Path("/tmp/a-receipt-was-executed").exists()


def test_an_array_of_pickles_is_refused_and_not_unpickled(path, beside):
    np.save(beside, np.array([[Bomb()] * 5] * 2, object), allow_pickle=True)
    refused(path, "run.lse.npy: ")
    assert not Path("/tmp/a-receipt-was-executed").exists()


def test_an_array_laid_out_otherwise_is_the_same_array(path, beside, receipt):
    np.save(beside, np.asfortranarray(receipt.lse.astype(">f8")))
    assert verify(read_receipt(path), Q, K, V, MASK)[-2].status == "verified"


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 7.0])
def test_a_changed_number_is_read_and_named(path, beside, wrong):
    lse = np.load(beside)
    lse[1, 2] = wrong
    np.save(beside, lse)
    checks = {check.name: check for check in verify(read_receipt(path), Q, K, V, MASK)}
    assert checks["lse"].status == "differs"
    assert "not the one that was recorded" in checks["lse"].detail


@pytest.mark.parametrize("n", [10**9, 2**47])
def test_a_receipt_that_says_it_is_huge_allocates_nothing(path, n):
    edit(path, lambda content: content["lse"].update(shape=[n, n]))
    refused(path, "run.lse.npy: must have")


def test_a_link_or_a_pipe_is_not_followed(path, beside, tmp_path):
    beside.rename(tmp_path / "elsewhere.npy")
    beside.symlink_to(tmp_path / "elsewhere.npy")
    refused(path, "run.lse.npy: ", "symbolic link")
    beside.unlink()
    os.mkfifo(beside)
    refused(path, "run.lse.npy: ", "must be a regular file")
    beside.unlink()
    refused(path, "run.lse.npy: No such file")


def test_a_file_as_large_as_a_disk_is_refused_unread(path, beside):
    with beside.open("wb") as file:
        file.truncate(2**34)
    refused(path, "run.lse.npy: must have at most")


def test_a_forged_receipt_with_a_false_log_sum_exp_is_found_out(tmp_path, receipt):
    lse = receipt.lse + 1e-9
    write_receipt(tmp_path / "b.json", Receipt.make(Q, K, V, MASK, lse=lse))
    checks = {
        check.name: check for check in verify(read_receipt(tmp_path / "b.json"), Q, K, V, MASK)
    }
    assert [name for name, check in checks.items() if check.status != "verified"] == ["lse"]
    assert fingerprint("lse", lse) == read_receipt(tmp_path / "b.json").recorded
    assert math.isclose(float(lse[0, 0]), float(receipt.lse[0, 0]), abs_tol=1e-8)
