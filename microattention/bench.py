"""The whole trial of tiled attention, in one process: ``make bench``.

Run as ``python -m microattention.bench FOLDER``. It prints the ladder at every size and each
target beside what was reached, and saves ``bench.json`` and, where matplotlib is installed,
``bench.png`` in the folder. It takes a few minutes; Ctrl-C ends it and keeps what it measured.
"""

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .benchmark import Case, Row, measure, record, table
from .environment import environment, stamp
from .ladder import METHODS
from .peers import PEERS, installed
from .pinning import pinned
from .targets import Target, memory_targets, precision_targets, speed_targets, target_table
from .terminal import progress
from .timing import Interrupted

RUNGS = ["plain", "inplace", "tiles", "skipping", "tiled", "floor"]
ROUNDS = {64: 300, 512: 30, 1024: 15, 4096: 5}
CAUSAL = {False: "every key", True: "causal"}


def climb(
    threads: int,
    rows: list[Row],
    rounds: dict[int, int],
    report: Callable[[], None] = lambda: None,
) -> None:
    """Climb the ladder at every size on some threads: one head at n = 64, else 8, float32.

    Parameters
    ----------
    threads : int
        For everybody.
    rows : list of Row
        What is measured is added to it, also when interrupted.
    rounds : dict
        How many rounds at each size.
    report : callable, optional
        Called after each round.

    Examples
    --------
    >>> rows = []
    >>> climb(1, rows, {16: 1})
    >>> [row.case.causal for row in rows]
    [False, True]
    """
    methods = {n: _methods(n, threads) for n in rounds}  # imports the peers, to be pinned too
    with pinned(threads):
        for n, repeats in rounds.items():
            for causal in CAUSAL:
                case = Case(n, 1 if n == 64 else 8, 64, causal, "float32")
                try:
                    rows += measure([case], methods[n], repeats, report=report)
                except Interrupted as interrupted:
                    rows += interrupted.measured
                    raise


def _methods(n: int, threads: int) -> list[str]:
    """Choose what is worth timing: unheld is tiled on one thread, published takes seconds."""
    also = ["unheld"] * (threads > 1) + ["published"] * (n <= 512)
    return [*RUNGS, *also, *installed(list(PEERS))]


def main(folder: str) -> int:
    """Measure everything, print it, and save it in a folder.

    Parameters
    ----------
    folder : str
        Made if it is missing.

    Returns
    -------
    int
        0, whatever was missed; 130 when interrupted, after saving what was measured.
    """
    into = Path(folder)
    into.mkdir(parents=True, exist_ok=True)
    found: dict[int, list[Row]] = {}
    others: list[Target] = []
    complete = False
    try:
        for threads in dict.fromkeys((1, os.cpu_count() or 1)):
            found[threads] = []
            rounds = 2 * sum(1 + repeats for repeats in ROUNDS.values())
            with progress(f"threads: {threads}, round", rounds) as step:
                climb(threads, found[threads], ROUNDS, step)
        others += memory_targets()
        others += precision_targets()
        complete = True
    except KeyboardInterrupt:
        print("Interrupted: this is what was measured until then.", file=sys.stderr)
    saved = {"schema": 1, "complete": complete, "targets": _records(others)}
    saved["threads"] = {str(n): _told(n, rows, complete) for n, rows in found.items()}
    print(target_table(others))
    (into / "bench.json").write_text(json.dumps(saved, indent=2) + "\n", encoding="utf-8")
    _draw_if_possible(found, into / "bench.png")
    return 0 if complete else 130


def _told(threads: int, rows: Sequence[Row], complete: bool) -> dict[str, Any]:
    """Print what was measured on some threads, and return it for JSON."""
    with pinned(threads):
        described = environment() | {"peers": installed(list(PEERS))}
    targets = list(speed_targets(rows, threads == 1))
    for row in rows:
        heads = f"{row.case.heads} head" + "s" * (row.case.heads > 1)
        print(f"threads: {threads}, {heads}, {CAUSAL[row.case.causal]}", table([row]), "", sep="\n")
    print(stamp(described), f"threads: {threads}\n{target_table(targets)}\n", sep="\n\n")
    return record(rows, described, complete=complete) | {"targets": _records(targets)}


def _records(targets: Sequence[Target]) -> list[dict[str, Any]]:
    return [target._asdict() | {"verdict": target.verdict} for target in targets]


def _draw_if_possible(found: dict[int, list[Row]], path: Path) -> None:
    """Draw plain ÷ each method over the sizes, where matplotlib is installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        print("matplotlib is not installed: no picture", file=sys.stderr)
        return
    figure = Figure((9, 4 * len(found)), layout="constrained")
    grid = figure.subplots(len(found), 2, sharex=True, sharey=True, squeeze=False)
    for axes, (threads, rows) in zip(grid, found.items(), strict=True):
        for ax, (causal, title) in zip(axes, CAUSAL.items(), strict=True):
            ax.set_title(f"{title}, threads: {threads}")
            _draw_ratios(ax, [row for row in rows if row.case.causal == causal])
    grid[-1][-1].legend(frameon=False)
    figure.savefig(path, dpi=150)


def _draw_ratios(ax: Any, rows: Sequence[Row]) -> None:
    """Draw one line a method."""
    for method in dict.fromkeys(name for row in rows for name in row.timings):
        timed = [row for row in rows if method in row.timings]
        ratios = [row.ratio("plain", method) for row in timed]
        colour = f"C{list(METHODS | PEERS).index(method)}"  # the same in every panel
        ax.plot([row.case.size for row in timed], ratios, "o-", color=colour, label=method)
    ax.set(xscale="log", yscale="log", xlabel="n", ylabel="times as fast as plain")
    ax.set_xticks(list(ROUNDS), map(str, ROUNDS))
    ax.set_xticks([], minor=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print("microattention: wanted one argument, the folder to save in", file=sys.stderr)
        raise SystemExit(2)
    try:
        raise SystemExit(main(sys.argv[1]))
    except OSError as error:
        print(f"microattention: cannot write {sys.argv[1]}: {error.strerror}", file=sys.stderr)
        raise SystemExit(2) from None
