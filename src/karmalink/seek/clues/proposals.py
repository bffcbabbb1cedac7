"""What came out of a text: clues for somebody to confirm, and the stretches that became none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from karmalink.seek.clues.clues import Clue

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Parsed", "Proposal", "Unread"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A clue that the words seem to state, for somebody to confirm.

    Attributes
    ----------
    clue : Clue
        With the words in `words` and, in `origin`, where they stand.
    start, end : int
        Where in the text the words stand, in characters.
    hint : str
        ``unsure`` or ``sure`` where the witness says so, else empty.
    notes : tuple of str
        What was decided on the way: namesakes with their weights, paces, ranges, names that nobody knows.
    """

    clue: Clue
    start: int
    end: int
    hint: str
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return clue, place in the text, hint and notes; the words are not repeated."""
        told = {"start": self.start, "end": self.end, "hint": self.hint, "notes": list(self.notes)}
        return {**self.clue.to_dict(), "says": self.clue.phrase(), **told}


@dataclass(frozen=True, slots=True)
class Unread:
    """A stretch of text that became no clue: where it stands, in characters, and why."""

    start: int
    end: int
    why: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a text seems to say about where it lies: nothing of it is confirmed.

    Attributes
    ----------
    proposals : tuple of Proposal
        In the order of the text.
    unread : tuple of Unread
        What was not understood.
    language : str
        Whose words were used.
    """

    proposals: tuple[Proposal, ...]
    unread: tuple[Unread, ...]
    language: str

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the words of the text."""
        return {
            "language": self.language,
            "clues": [proposal.to_dict() for proposal in self.proposals],
            "unread": [{"start": part.start, "end": part.end, "why": part.why} for part in self.unread],
        }

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per proposed clue."""
        import pandas as pd

        columns = ["id", "says", "witness", "start", "end", "hint", "notes"]
        rows = [{**p.to_dict(), "notes": "; ".join(p.notes)} for p in self.proposals]
        return pd.DataFrame(rows, columns=columns)

    def __repr__(self) -> str:
        """Tell how much was understood."""
        return f"Parsed({len(self.proposals)} clues to confirm, {len(self.unread)} stretches not understood)"
