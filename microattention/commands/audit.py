"""The command ``audit``: receipts of runs, made, verified, and used to recompute one weight."""

import argparse
from collections.abc import Sequence
from typing import Any

from ..audit import Check, audited_weight, verify
from ..receipt_files import lse_path, read_receipt, write_receipt
from ..receipts import Receipt
from ..terminal import harmless
from ..usage import UsageError, require_writable, whole_number, writing
from .arrays import load_array, load_bytes, load_inputs

HELP = "make a receipt of a run, verify one, or recompute one weight of the run"
EPILOG = """\
examples:
  python -m microattention audit make run.json inputs.npz --causal
  python -m microattention audit verify run.json inputs.npz
  python -m microattention audit weight run.json inputs.npz --query 3 --key 1

Inputs are one .npz with Q, K and V, or three .npy in this order. The log-sum-exp stands beside
the receipt, in run.lse.npy. The exit code is 0 if everything is verified, 1 if not, 2 if the
files cannot be used.
"""
LIMITS = (
    "The receipt fits these inputs. It does not show who made it or when, nor that these were\n"
    "the inputs of any decision: for that, sign its digest or have it time-stamped."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``audit`` takes.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        To which the arguments are added.

    Examples
    --------
    >>> parser = argparse.ArgumentParser()
    >>> add_arguments(parser)
    >>> parser.parse_args(["verify", "run.json", "inputs.npz"]).receipt
    'run.json'
    """
    acts = parser.add_subparsers(metavar="ACT", required=True, dest="act")
    make = acts.add_parser("make", help="write a receipt and its log-sum-exp")
    check = acts.add_parser("verify", help="hold a receipt to the inputs it is said to be of")
    weight = acts.add_parser("weight", help="recompute one weight from a receipt and the inputs")
    for act, perform in ((make, _make), (check, _verify), (weight, _weight)):
        act.add_argument("receipt", metavar="RECEIPT", help="the receipt's file, .json")
        act.add_argument("inputs", nargs="+", metavar="FILE", help="Q, K and V")
        act.add_argument("--mask", metavar="FILE", help="the run's mask, .npy")
        act.set_defaults(perform=perform)
    for act in (make, check):
        act.add_argument("--model", nargs="+", default=[], metavar="FILE",
                         help="files of the model's weights, in any format")  # fmt: skip
        act.add_argument("--scale", type=float, metavar="S",
                         help="what dot products are multiplied by (default of make: 1/√d_k; "
                         "verify compares it if it is given)")  # fmt: skip
    make.add_argument("--causal", action="store_true", help="no query attends to later keys")
    make.add_argument("--lse", metavar="FILE",
                      help="the run's own log-sum-exp, .npy (default: computed)")  # fmt: skip
    check.add_argument("--causal", action=argparse.BooleanOptionalAction,
                       help="what the rule should have been")  # fmt: skip
    check.add_argument("--sha256", metavar="DIGEST", help="the receipt's digest, kept elsewhere")
    place = whole_number(0, 2**48)
    weight.add_argument("--query", nargs="+", type=place, required=True, metavar="I",
                        help="the query's number, from 0, after its place on leading "
                        "axes such as heads")  # fmt: skip
    weight.add_argument("--key", type=place, required=True, metavar="J",
                        help="the key's number, from 0")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Make, verify or recompute.

    Parameters
    ----------
    arguments : argparse.Namespace
        As declared by `add_arguments`.

    Returns
    -------
    int
        The exit code, 0 or 1.

    Raises
    ------
    UsageError
        If a file cannot be used, or arguments do not fit together.

    Examples
    --------
    >>> parser = argparse.ArgumentParser()
    >>> add_arguments(parser)
    >>> run(parser.parse_args(["verify", "nowhere.json", "inputs.npz"]))
    Traceback (most recent call last):
    microattention.usage.UsageError: nowhere.json: No such file or directory
    """
    try:
        return int(arguments.perform(arguments))
    except (TypeError, ValueError) as error:
        raise UsageError(str(error)) from None


def _make(arguments: argparse.Namespace) -> int:
    """Write a receipt, and print the digest that is to be kept elsewhere."""
    beside = lse_path(arguments.receipt)
    for path in (arguments.receipt, str(beside)):
        require_writable(path)
    Q, K, V = load_inputs(arguments.inputs)
    made = Receipt.make(
        Q,
        K,
        V,
        _optional(arguments.mask),
        causal=arguments.causal,
        scale=arguments.scale,
        lse=_optional(arguments.lse),
        model=load_bytes(arguments.model),
    )
    writing(arguments.receipt, write_receipt, arguments.receipt, made)
    print(f"{harmless(arguments.receipt)} and {harmless(beside.name)}: {made.lse.size} queries")
    print(f"sha256 {made.sha256}")
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    """Print what became of each thing that the receipt records."""
    receipt = read_receipt(arguments.receipt)
    Q, K, V = load_inputs(arguments.inputs)
    checks = verify(
        receipt,
        Q,
        K,
        V,
        _optional(arguments.mask),
        model=load_bytes(arguments.model),
        causal=arguments.causal,
        scale=arguments.scale,
        sha256=arguments.sha256,
    )
    if _report(checks):
        return 1
    print(LIMITS)
    return 0


def _weight(arguments: argparse.Namespace) -> int:
    """Print one weight, if what it rests on is what the receipt records."""
    receipt = read_receipt(arguments.receipt)
    Q, K, V = load_inputs(arguments.inputs)
    weight, checks = audited_weight(
        receipt,
        Q,
        K,
        V,
        _optional(arguments.mask),
        query=arguments.query,
        key=arguments.key,
    )
    if _report(checks):
        return 1
    place = ", ".join(map(str, arguments.query))
    print(f"query {place} gives key {arguments.key} the weight {weight:.8g}")
    return 0


def _optional(path: str | None) -> Any:
    """Read an array if there is one."""
    return None if path is None else load_array(path)


def _report(checks: Sequence[Check]) -> list[Check]:
    """Print the checks, then which of them fail, and return those."""
    for name, status, detail in checks:
        print(f"{status:<11} {harmless(name)}" + (f" ({harmless(detail)})" if detail else ""))
    failed = [check for check in checks if check.status != "verified"]
    names = ", ".join(harmless(check.name) for check in failed)
    print(f"Not verified: {names}." if failed else "Verified.")
    return failed
