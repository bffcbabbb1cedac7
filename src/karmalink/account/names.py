"""Names of people and places, and numbers: what is rare and shared is the best evidence that there is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Gazetteer", "Mention", "MentionKind", "find_mentions", "mask_mentions"]


class MentionKind(StrEnum):
    """What a mention is of. `name` is a name of which nothing says whether it is a person's or a place's."""

    PERSON = "person"
    PLACE = "place"
    NAME = "name"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Mention:
    """One mention: ``text[start:end]``.

    Attributes
    ----------
    kind : MentionKind
        Person, place, name or number.
    key : str
        What two mentions of the same thing share (``pepys`` for "Mr. Pepys"; ``12`` for "twelve").
    start, end : int
        Characters in the text.
    negated : bool
        Under a negation in the same clause ("without Jane").
    """

    kind: MentionKind
    key: str
    start: int
    end: int
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Names that are known beforehand, in any capitals."""

    people: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()


def find_mentions(text: str, *, gazetteer: Gazetteer | None = None, language: str = "en") -> tuple[Mention, ...]:
    """Return the mentions in a text, in order."""
    raise NotImplementedError


def mask_mentions(text: str, mentions: Iterable[Mention]) -> str:
    """Return the text with every mention replaced by its kind (the *names masked* view)."""
    raise NotImplementedError
