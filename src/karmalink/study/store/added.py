"""What an addition to a study did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from karmalink.errors import KarmalinkError

__all__ = ["Added", "Refusal", "first_error"]


@dataclass(frozen=True, slots=True)
class Added:
    """What one addition did.

    Attributes
    ----------
    noun : str
        What was added (``accounts``, ``entries``, …).
    new : tuple of str
        Identifiers that are new in the study.
    known : int
        How many were there already, with the same content; nothing was added for them.
    """

    noun: str
    new: tuple[str, ...]
    known: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the counts and the identifiers, JSON-ready."""
        return {"noun": self.noun, "added": len(self.new), "known": self.known, "ids": list(self.new)}

    def __repr__(self) -> str:
        """Tell the counts."""
        known = f", {self.known} known already" if self.known else ""
        return f"Added({len(self.new)} {self.noun}{known})"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one record of a batch cannot be added.

    Attributes
    ----------
    index : int
        Position in the batch, from 0.
    field : str
        The field that is at fault.
    error : KarmalinkError
        What `add` raises for it.
    part : str
        Of a life: the identifier of the entry that is meant; empty where it is the life itself.
    """

    index: int
    field: str
    error: KarmalinkError
    part: str = ""


def first_error(refusals: Sequence[Refusal]) -> None:
    """Raise the error of the first refusal, where there is one."""
    if refusals:
        raise refusals[0].error
