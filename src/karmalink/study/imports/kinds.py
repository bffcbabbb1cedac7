"""The kinds of file that a study takes in: one row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["KINDS", "Kind"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file.

    Attributes
    ----------
    name : str
        The word for it, a namespace of the study.
    meaning : str
        One line for the help.
    endings : tuple of str
        File endings that are read.
    """

    name: str
    meaning: str
    endings: tuple[str, ...]


_TABLES = (".csv", ".tsv", ".jsonl")

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            Kind("people", "who takes part, and what they agreed to", _TABLES),
            Kind("nights", "one recording of one person", (".edf", ".bdf", ".vhdr", ".fif", ".set")),
            Kind("awakenings", "when a sleeper was woken, and out of which stage", _TABLES),
            Kind("accounts", "what people remember, dated", _TABLES),
            Kind("entries", "dated entries of lives: diaries, calendars, chats, registers", (*_TABLES, ".ics", ".txt")),
            Kind("places", "places with their coordinates", (".geojson", ".json", *_TABLES)),
            Kind("witnesses", "who a clue comes from, and how far they can be relied on", _TABLES),
            Kind("clues", "statements with a place in them", _TABLES),
        )
    }
)
