"""Each statement against one life: it fits, it contradicts, or the life is silent, and what that is worth.

Silence is not contradiction: a register that says nothing of a brother does not deny him. A statement contradicts where
a sentence of the life asserts what it denies, denies what it asserts, or shares two words and gives another number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.account import MentionKind, assert_only, find_mentions, split_units, tokens
from karmalink.base.arrays import Floats

if TYPE_CHECKING:
    from karmalink.account import Account, Life

__all__ = ["FITS", "StatementFit", "statement_fits"]

# Two numbers are of one thing where the units share so many words.
_ALIKE = 2
FITS = ("fits", "contradicts", "silent")


@dataclass(frozen=True, slots=True)
class StatementFit:
    """One statement against one life.

    Attributes
    ----------
    account : str
        Identifier of the statement.
    fit : str
        ``fits``, ``contradicts`` or ``silent``.
    score : float
        Evidence for this life, 0 or more.
    worth : float
        That less the mean evidence for the other lives: what the statement moves this life ahead of them.
    """

    account: str
    fit: str
    score: float
    worth: float

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return asdict(self)

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<StatementFit {self.account}: {self.fit}, worth {self.worth:+.2f}>"


def statement_fits(accounts: Sequence[Account], life: Life, scores: Floats, at: int) -> tuple[StatementFit, ...]:
    """Return how each statement stands to a life.

    Parameters
    ----------
    accounts : sequence of Account
        The statements.
    life : Life
        The life.
    scores : (A, N) floats
        Their scores for every life; 0 for a statement with nothing to compare.
    at : int
        Column of the life.
    """
    lived = [said for entry in life.entries for said in _assertions(entry.text)]
    others = np.delete(scores, at, axis=1).mean(axis=1)
    rows = []
    for account, score, other in zip(accounts, scores[:, at].tolist(), others.tolist(), strict=True):
        against = any(_against(one, there) for one in _assertions(account.text) for there in lived)
        fit = "contradicts" if against else "fits" if score > 0.0 else "silent"
        rows.append(StatementFit(account.id, fit, score, score - other))
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class _Assertion:
    """What one sentence asserts and denies, and its numbers."""

    asserted: frozenset[str]
    denied: frozenset[str]
    numbers: frozenset[str]


def _assertions(text: str) -> list[_Assertion]:
    """Return the sentences of a text as written; one that only denies counts too."""
    bare, mentions = assert_only(text), find_mentions(text)
    found = []
    for unit in split_units(text):
        asserted = frozenset(tokens(bare[unit.start : unit.end]))
        inside = (one for one in mentions if unit.start <= one.start < unit.end)
        numbers = frozenset(one.key for one in inside if one.kind is MentionKind.NUMBER and not one.negated)
        found.append(_Assertion(asserted, frozenset(tokens(text[unit.start : unit.end])) - asserted, numbers))
    return found


def _against(one: _Assertion, other: _Assertion) -> bool:
    """Return whether one denies nothing but what the other asserts, or gives another number for the same thing."""
    if any(a.denied and a.denied <= b.asserted for a, b in ((one, other), (other, one))):
        return True
    alike = (one.asserted & other.asserted) - one.numbers - other.numbers
    return len(alike) >= _ALIKE and bool(one.numbers) and bool(other.numbers) and not one.numbers & other.numbers
