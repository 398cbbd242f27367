"""What became of each published claim: its recipe is run, and the result gives the status."""

from dataclasses import asdict, dataclass

from .claims import Claim, read_claims
from .compare import Comparison, compare, part_of, printed_numbers
from .recipes import find_recipe

REPRODUCES = "reproduces"
DIFFERS = "differs"
CONDITIONAL = "holds under a condition"
UNCHECKED = "cannot be checked"
STATUSES = (REPRODUCES, CONDITIONAL, DIFFERS, UNCHECKED)
NOT_RUN = "not run"


@dataclass(frozen=True)
class Row:
    """One claim and what became of it.

    Attributes
    ----------
    id, document, where, claim, published, note
        As in `Claim`.
    ours : str
        What our run gives, written as the published text is; ``not run`` where nothing can be.
    status : str
        One of `STATUSES`.
    detail : str
        How far apart the two are, under which condition they agree, or why nothing can be run;
        empty where they agree.
    recipe : str or None
        The function that was run, ``module:function``.
    tolerance : float or None
        As in `Claim`.
    """

    id: str
    document: str
    where: str
    claim: str
    published: str
    ours: str
    status: str
    detail: str
    recipe: str | None
    tolerance: float | None
    note: str

    @property
    def value(self) -> str:
        """What can be cited of the row, in one line; numbers that are the same stand once.

        Examples
        --------
        >>> print(reproduce(read_claims()[0]).value)
        reproduces: 93.7%
        """
        published = " ".join(self.published.split())
        if self.status == UNCHECKED:
            return f"{self.status}: published {published}"
        if self.status == REPRODUCES and _same_numbers(published, self.ours):
            return f"{self.status}: {published}"
        both = f"{self.status}: published {published}, ours {' '.join(self.ours.split())}"
        return f"{both}, {self.detail}" if self.status == CONDITIONAL else both

    def as_json_row(self) -> dict[str, str | float | None]:
        """Return the row as what JSON can hold, by the names of its fields.

        Examples
        --------
        >>> reproduce(read_claims()[0]).as_json_row()["ours"]
        '93.7%'
        """
        return asdict(self)


def reproduce(claim: Claim) -> Row:
    """Run a claim's recipe and compare.

    Parameters
    ----------
    claim : Claim
        As read by `read_claims`.

    Returns
    -------
    Row
        ``reproduces`` if the recipe bears the claim out; ``holds under a condition`` if only
        the condition's recipe does; ``differs`` if neither; ``cannot be checked`` without one.

    Raises
    ------
    ValueError
        If a recipe does not exist, or returns what cannot be compared with the published text;
        the message names the claim.

    Examples
    --------
    >>> row = reproduce(read_claims()[0])
    >>> row.status, row.ours
    ('reproduces', '93.7%')
    """
    if claim.recipe is None:
        return _row(claim, UNCHECKED, NOT_RUN, str(claim.unchecked))
    bare = _run(claim, claim.recipe)
    if bare.agrees:
        return _row(claim, REPRODUCES, bare.ours, "")
    if claim.condition is not None:
        under = _run(claim, claim.condition.recipe)
        if under.agrees:
            detail = f"{claim.condition.when} (then: {under.ours})"
            return _row(claim, CONDITIONAL, bare.ours, detail)
    return _row(claim, DIFFERS, bare.ours, bare.apart)


def reproduce_all() -> tuple[Row, ...]:
    """Run every claim of the essay's file.

    Returns
    -------
    tuple of Row
        In the file's order.

    Raises
    ------
    ValueError
        As `read_claims` and `reproduce`.

    Examples
    --------
    >>> {row.status for row in reproduce_all()} <= set(STATUSES)
    True
    """
    return tuple(reproduce(claim) for claim in read_claims())


def _same_numbers(published: str, ours: str) -> bool:
    """Say whether two texts are the same, or write the same numbers in another way."""
    numbers = [printed_numbers(text).values.tolist() for text in (published, ours)]
    return published == ours or (numbers[0] != [] and numbers[0] == numbers[1])


def _run(claim: Claim, recipe: str) -> Comparison:
    """Run one recipe and compare the part of its result that the claim is about."""
    try:
        result = find_recipe(recipe)()
        if claim.part is not None:
            result = part_of(result, claim.part)
        return compare(claim.published, result, claim.tolerance)
    except ValueError as error:
        raise ValueError(f"{claim.id}: recipe {recipe}: {error}") from error


def _row(claim: Claim, status: str, ours: str, detail: str) -> Row:
    """Put a row together."""
    return Row(
        claim.id, claim.document, claim.where, claim.claim, claim.published,
        ours, status, detail, claim.recipe, claim.tolerance, claim.note,
    )  # fmt: skip
