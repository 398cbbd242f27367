"""What others published: read from ``published-claims.toml``, and every field of it checked."""

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..evidence import evidence_file
from ..sessions import NAME

FILE = "published-claims.toml"
RECIPE = re.compile(r"[a-z][a-z0-9_]*:[a-z][a-z0-9_]*")
REQUIRED = ("id", "document", "where", "claim", "published")
TEXTS = (*REQUIRED, "recipe", "unchecked", "note")
FIELDS = (*TEXTS, "part", "tolerance", "condition")


@dataclass(frozen=True)
class Condition:
    """Under what reading a claim is run a second time, if the first does not bear it out."""

    when: str
    recipe: str


@dataclass(frozen=True)
class Claim:
    """One number or statement that a document publishes.

    Attributes
    ----------
    id : str
        Its name for ever, ``claim-`` and lower-case words joined by hyphens.
    document : str
        Key of the document in ``essay/references.bib``.
    where : str
        Where it stands there.
    claim : str
        What is claimed, in our own words.
    published : str
        The text as printed there.
    recipe : str or None
        ``module:function`` under `microattention.reproduction.recipes`.
    part : tuple of int or None
        Which part of what the recipe returns the claim is about: the row, or row and column.
    tolerance : float or None
        How far a number may be off; what its own rounding implies when None.
    condition : Condition or None
        A second reading.
    unchecked : str or None
        Why nothing can be run; given exactly when `recipe` is not.
    note : str
        What a reader should know besides.
    """

    id: str
    document: str
    where: str
    claim: str
    published: str
    recipe: str | None = None
    part: tuple[int, ...] | None = None
    tolerance: float | None = None
    condition: Condition | None = None
    unchecked: str | None = None
    note: str = ""


def read_claims(path: str | Path | None = None) -> tuple[Claim, ...]:
    """Read a file of claims.

    Parameters
    ----------
    path : str or Path, optional
        The file; the essay's own, ``essay/data/published-claims.toml``, when not given.

    Returns
    -------
    tuple of Claim
        In the file's order.

    Raises
    ------
    ValueError
        If the file is not readable TOML, or a claim is incomplete, has a field of a wrong kind
        or an unknown one, or an id stands twice. The message names the claim and the field.

    Examples
    --------
    >>> claims = read_claims()
    >>> claims[0].id, claims[0].published
    ('claim-wrong-attends-to-corpus', '93.7%')
    """
    file = evidence_file(FILE) if path is None else Path(path)
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"{file.name}: cannot be read as TOML ({error})") from None
    tables = content.pop("claim", None)
    if content or not isinstance(tables, list) or not tables:
        raise ValueError(f"{file.name}: wanted [[claim]] tables and nothing else")
    claims: dict[str, Claim] = {}
    for number, table in enumerate(tables, start=1):
        claim = _claim(_name(number, table), table)
        if claim.id in claims:
            raise ValueError(f"{_name(number, table)}: id stands twice")
        claims[claim.id] = claim
    return tuple(claims.values())


def _name(number: int, table: Any) -> str:
    """Name a claim for a message: by its id if it has one, and by its place."""
    id_ = table.get("id") if isinstance(table, dict) else None
    return f"claim {number} ({id_!r})" if isinstance(id_, str) else f"claim {number}"


def _claim(name: str, table: Any) -> Claim:
    """Check every field of one table and make a claim of it."""
    if not isinstance(table, dict):
        raise ValueError(f"{name}: wanted a table, got {table!r}")
    _check_keys(name, table, REQUIRED, FIELDS)
    _check_texts(name, table, TEXTS)
    if not (table["id"].startswith("claim-") and NAME.fullmatch(table["id"])):
        raise ValueError(f"{name}: id must be claim- and lower-case words joined by hyphens")
    if ("recipe" in table) == ("unchecked" in table):
        raise ValueError(f"{name}: wanted either recipe or unchecked (why there is none)")
    if "recipe" not in table:
        for field in ("part", "tolerance", "condition"):
            if field in table:
                raise ValueError(f"{name}: {field} needs a recipe")
    else:
        _check_recipe(name, "recipe", table["recipe"])
    checked = {
        field: check(name, table[field])
        for field, check in (("part", _part), ("tolerance", _tolerance), ("condition", _condition))
        if field in table
    }
    return Claim(**{**table, **checked})


def _check_keys(
    name: str, table: Mapping[str, Any], required: tuple[str, ...], known: tuple[str, ...]
) -> None:
    """Refuse a table that lacks a field or has one that means nothing."""
    for field in required:
        if field not in table:
            raise ValueError(f"{name}: {field} is missing")
    for field in table:
        if field not in known:
            raise ValueError(f"{name}: unknown field {field!r}")


def _check_texts(name: str, table: Mapping[str, Any], fields: tuple[str, ...]) -> None:
    """Refuse a field that should be text and is not, or is empty."""
    for field in fields:
        value = table.get(field, "given")
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"{name}: {field} must be text, got {value!r}")


def _check_recipe(name: str, field: str, recipe: str) -> None:
    """Refuse a recipe that cannot be the name of one."""
    if not RECIPE.fullmatch(recipe):
        raise ValueError(f"{name}: {field} must be 'module:function', got {recipe!r}")


def _part(name: str, value: Any) -> tuple[int, ...]:
    """Return the place of a part: one or more whole numbers from 0."""
    places = value if isinstance(value, list) else [value]
    if not places or not all(type(place) is int and place >= 0 for place in places):
        raise ValueError(f"{name}: part must be whole numbers from 0, got {value!r}")
    return tuple(places)


def _tolerance(name: str, value: Any) -> float:
    """Return a tolerance: a finite number from 0."""
    if type(value) not in (int, float) or not math.isfinite(value) or value < 0:
        raise ValueError(f"{name}: tolerance must be a number from 0, got {value!r}")
    return float(value)


def _condition(name: str, value: Any) -> Condition:
    """Return a condition, both of its fields checked."""
    if not isinstance(value, dict):
        raise ValueError(f"{name}: condition must be {{ when = …, recipe = … }}, got {value!r}")
    within = f"{name}: condition"
    _check_keys(within, value, ("when", "recipe"), ("when", "recipe"))
    _check_texts(within, value, ("when", "recipe"))
    _check_recipe(within, "recipe", value["recipe"])
    return Condition(value["when"], value["recipe"])
