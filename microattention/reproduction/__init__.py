"""Published numbers and claims of others, run again: each claim, its recipe and what became of it.

`claims` reads what was published, `recipes` recompute it, `compare` holds the two together and
`ledger` says which reproduce.
"""

from .claims import Claim, Condition, read_claims
from .compare import Between, Comparison, Finding, compare
from .ledger import STATUSES, Row, reproduce, reproduce_all

__all__ = [
    "STATUSES",
    "Between",
    "Claim",
    "Comparison",
    "Condition",
    "Finding",
    "Row",
    "compare",
    "read_claims",
    "reproduce",
    "reproduce_all",
]
