"""What a command accepts, and the one line that it refuses with."""

import argparse
from collections.abc import Callable
from typing import Any, NoReturn

from .files import check_writable, write_atomically
from .terminal import clip


class UsageError(Exception):
    """A request that cannot be met; its text is the one line that the user sees."""


class Parser(argparse.ArgumentParser):
    """An argument parser that raises `UsageError` where argparse prints its usage and exits.

    Options must be written out, so that a new one never changes what an old command means.

    Examples
    --------
    >>> Parser(prog="show").parse_args(["--bogus"])
    Traceback (most recent call last):
    microattention.usage.UsageError: unrecognized arguments: --bogus
    """

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("allow_abbrev", False)
        settings.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(**settings)

    def error(self, message: str) -> NoReturn:
        """Raise instead of exiting."""
        raise UsageError(message)


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Make an argument type: whole numbers within bounds, in plain digits.

    Parameters
    ----------
    least, most : int
        The smallest and the largest number that is accepted.

    Returns
    -------
    callable
        From the text to the number; raises `argparse.ArgumentTypeError`.

    Examples
    --------
    >>> whole_number(0, 9)("7")
    7
    >>> whole_number(0, 9)("ten")
    Traceback (most recent call last):
    argparse.ArgumentTypeError: wanted a whole number from 0 to 9, got 'ten'
    """

    def read(text: str) -> int:
        digits = text.isascii() and text.isdigit() and len(text) <= 20
        if not digits or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(
                f"wanted a whole number from {least} to {most}, got {clip(repr(text), 40)}"
            )
        return int(text)

    return read


def require_writable(path: str) -> None:
    """Refuse a file that could not be written, as `UsageError`.

    Parameters
    ----------
    path : str
        Of the file that is to be written later.

    Raises
    ------
    UsageError
        If `microattention.files.check_writable` objects.

    Examples
    --------
    >>> require_writable(".")
    Traceback (most recent call last):
    microattention.usage.UsageError: cannot write .: it is a directory
    """
    writing(path, check_writable, path)


def write(path: str, content: bytes) -> None:
    """Write a whole file, or refuse with `UsageError` and leave what was there.

    Parameters
    ----------
    path : str
        Of the file.
    content : bytes
        All of it.

    Raises
    ------
    UsageError
        If `microattention.files.write_atomically` fails.

    Examples
    --------
    >>> write("", b"93.7%")
    Traceback (most recent call last):
    microattention.usage.UsageError: cannot write '': the file name is empty
    """
    writing(path, write_atomically, path, content)


def writing(path: str, function: Callable[..., None], *arguments: Any) -> None:
    """Call a function that writes, its error made one line.

    >>> writing("run.json", open, "nowhere/run.json")
    Traceback (most recent call last):
    microattention.usage.UsageError: cannot write run.json: No such file or directory
    """
    try:
        function(*arguments)
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"cannot write {path or repr(path)}: {reason}") from None
