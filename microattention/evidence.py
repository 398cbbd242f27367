"""The essay's data files, wherever the package runs: from a checkout, a wheel or a browser."""

from pathlib import Path

PACKAGE = Path(__file__).parent
# A wheel carries the folder inside the package; a checkout has it beside the chapters.
FOLDERS = (PACKAGE / "essay_data", PACKAGE.parent / "essay" / "data")


def evidence_file(name: str) -> Path:
    """Find a file of ``essay/data``.

    Parameters
    ----------
    name : str
        The file's name, without a folder.

    Returns
    -------
    Path
        Of a file that exists.

    Raises
    ------
    ValueError
        If `name` is anything else than a file's bare name.
    FileNotFoundError
        If there is no such file; the message says where it was looked for.

    Examples
    --------
    >>> evidence_file("README.md").read_text(encoding="utf-8").splitlines()[0]
    "# The essay's data"
    """
    if not isinstance(name, str) or name != Path(name).name:
        raise ValueError(f"name must be a file's bare name, without a folder; got {name!r}")
    for folder in FOLDERS:
        if (folder / name).is_file():
            return folder / name
    looked = " and ".join(str(folder) for folder in FOLDERS)
    raise FileNotFoundError(f"there is no data file {name!r}; looked in {looked}")
