"""A life: dated entries in which what happened was written down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from karmalink.account.dates import When
from karmalink.rows import FileNote

__all__ = ["LIFE_KINDS", "Entry", "Life", "lives_of"]

LIFE_KINDS: dict[str, str] = {
    "diary": "written by the person whose life it is, day by day",
    "calendar": "appointments and events",
    "chat": "messages the person wrote",
    "register": "written about the person by others: parish, court, parliament, family history",
    "other": "anything else that is dated",
}
"""What a life can be: a diary, a calendar, a chat, a register of others."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One dated entry of a life. The text is unchanged; `when` is None where it is not dated."""

    id: str
    life: str
    text: str
    when: When | None

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the text, JSON-ready."""
        when = None if self.when is None else self.when.to_dict()
        return {"id": self.id, "life": self.life, "when": when, "characters": len(self.text)}

    def __repr__(self) -> str:
        """One-line summary, never the words."""
        day = "undated" if self.when is None else self.when.written()
        return f"Entry({self.id}: life {self.life}, {day}, {len(self.text)} characters)"


@dataclass(frozen=True, slots=True)
class Life:
    """The entries of one life, in the order of their dates.

    Attributes
    ----------
    id : str
        Identifier.
    kind : str
        A key of :data:`LIFE_KINDS`.
    entries : tuple of Entry
        Dated entries in order, undated ones last.
    author : str or None
        The person who wrote it; None where unknown. On a life that the dreamer wrote, the stranger null tests
        authorship only.
    title : str
        A name for people.
    notes : tuple of FileNote
        What was left out when its file was read, or read otherwise than it is written. Not stored, and no part of what
        makes two lives equal.
    """

    id: str
    kind: str
    entries: tuple[Entry, ...]
    author: str | None = None
    title: str = ""
    notes: tuple[FileNote, ...] = field(default=(), compare=False, metadata={"stored": False})

    @property
    def span(self) -> tuple[int, int] | None:
        """Return the first and last day as ordinals, None where nothing is dated."""
        days = [entry.when.ordinal for entry in self.entries if entry.when is not None]
        return (min(days), max(days)) if days else None

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the texts, JSON-ready."""
        return {
            "id": self.id,
            "kind": self.kind,
            "author": self.author,
            "title": self.title,
            "entries": len(self.entries),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        """One-line summary."""
        dated = [entry.when for entry in self.entries if entry.when is not None]
        span = f", {dated[0].written()} to {dated[-1].written()}" if dated else ""
        return f"Life({self.id}: {self.kind}, {len(self.entries)} entries{span})"


def lives_of(
    entries: Iterable[Entry],
    *,
    kinds: dict[str, str] | None = None,
    authors: dict[str, str | None] | None = None,
) -> list[Life]:
    """Return the lives that these entries belong to, each with its entries in the order of their dates."""
    by_life: dict[str, list[Entry]] = {}
    for entry in entries:
        by_life.setdefault(entry.life, []).append(entry)
    return [
        Life(
            name,
            (kinds or {}).get(name, "diary"),
            tuple(sorted(found, key=lambda entry: (entry.when is None, entry.when.ordinal if entry.when else 0))),
            (authors or {}).get(name),
        )
        for name, found in by_life.items()
    ]
