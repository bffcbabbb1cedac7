"""Units of a text: sentences or clauses, with their offsets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Grain", "Unit", "split_units"]


class Grain(StrEnum):
    """How finely a text is cut."""

    SENTENCE = "sentence"
    CLAUSE = "clause"


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: ``text[start:end]`` of the text it was cut from. `index` counts units from 0."""

    index: int
    start: int
    end: int
    text: str

    def __repr__(self) -> str:
        """Tell where it is; never the words."""
        return f"Unit({self.index}: characters {self.start} to {self.end})"


def split_units(text: str, grain: Grain | str = Grain.SENTENCE) -> tuple[Unit, ...]:
    """Return the units of a text in order; blank text has none."""
    raise NotImplementedError
