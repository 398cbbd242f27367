"""The command line, ``python -m microattention``: one module of `commands` for each command."""

import os
import sys
from collections.abc import Sequence

from . import __version__
from .commands import audit, benchmark, generate, heads, reproduce, show, sweep, train, verify
from .terminal import clip, harmless
from .usage import Parser, UsageError

COMMANDS = {
    "show": show,
    "sweep": sweep,
    "heads": heads,
    "generate": generate,
    "train": train,
    "benchmark": benchmark,
    "verify": verify,
    "reproduce": reproduce,
    "audit": audit,
}
UNASKED = "show"  # what runs when nothing is asked for
EPILOG = """\
examples:
  python -m microattention show "the corpus was wrong" --seed 42
  python -m microattention sweep "the corpus was wrong"
  python -m microattention heads "the corpus was wrong"
  python -m microattention train mostly-sir.txt
  python -m microattention benchmark --sizes 64 256 512
  python -m microattention reproduce claim-wrong-attends-to-corpus
  python -m microattention show --help

The first is also what runs when nothing is asked for.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; those that Python was started with when not given.

    Returns
    -------
    int
        The exit code: 0; 1 for what could not be verified; 2 for a request that cannot
        be met, after one line on standard error; 130 when interrupted; 141 when whoever read
        the output stopped reading.

    Examples
    --------
    >>> main(["--version"])
    microattention 0.1.0
    0
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a character that the terminal lacks becomes "?"
            stream.reconfigure(errors="replace")
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except UsageError as error:
        return _refuse(str(error))
    except MemoryError as error:
        return _refuse(f"not enough memory: {error}")
    except BrokenPipeError:
        _silence_output()
        return 141  # 128 + SIGPIPE, what a shell reports for any program cut off like this
    except OSError as error:
        _silence_output()
        return _refuse(f"cannot write the output: {error.strerror}")
    except KeyboardInterrupt:
        return 130  # 128 + SIGINT


def parser() -> Parser:
    """Build the parser of the whole command line.

    Returns
    -------
    Parser
        Whose result has `run`, the function that carries the command out; None without one.

    Examples
    --------
    >>> parser().parse_args(["show", "--seed", "7"]).seed
    7
    """
    whole = Parser(
        prog="python -m microattention",
        description="Look at attention, train it, and time it.",
        epilog=EPILOG,
    )
    whole.add_argument("--version", action="version", version=f"microattention {__version__}")
    whole.set_defaults(run=None)
    added = whole.add_subparsers(metavar="COMMAND")
    for name, command in COMMANDS.items():
        one = added.add_parser(name, help=command.HELP, description=command.HELP,
                               epilog=command.EPILOG)  # fmt: skip
        command.add_arguments(one)
        one.set_defaults(run=command.run)
    return whole


def _run(arguments: Sequence[str]) -> int:
    """Run a command to its last byte: what is still buffered may fail to be written."""
    try:
        whole = parser()
        chosen = whole.parse_args(arguments)
        if chosen.run is None:
            chosen = whole.parse_args([UNASKED])
        return chosen.run(chosen) or 0
    except SystemExit as stop:  # --help and --version
        return int(stop.code or 0)
    finally:
        if sys.stdout is not None:
            sys.stdout.flush()


def _refuse(reason: str) -> int:
    """Say why not, in one line, whatever the user's text in it holds."""
    line = harmless(" ".join(reason.split()))
    print(f"microattention: {clip(line, 400)}", file=sys.stderr)
    return 2


def _silence_output() -> None:
    """Let the interpreter flush what is left to nowhere, instead of complaining at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
