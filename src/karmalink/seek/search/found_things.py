"""What teams found: the thing itself, or something else that somebody has to look at. A table beside the log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from karmalink.base.files import in_one_step
from karmalink.errors import InputError
from karmalink.rows import Field, identifier, iso_day, number, one_of, read_rows, text, write_rows, yes_no
from karmalink.seek.search.logbook import locked

__all__ = ["FOUND_FILE", "FOUND_KINDS", "FOUND_SPEC", "FoundThing", "add_found", "read_found"]

FOUND_FILE = "found.csv"
FOUND_KINDS: Mapping[str, str] = {"it": "found it", "other": "found something else"}
FOUND_SPEC = (
    Field("id", required=True, parse=identifier, unique=True),
    Field("kind", required=True, parse=one_of(tuple(FOUND_KINDS))),
    Field("date", parse=iso_day, show=lambda day: day.isoformat()),
    Field("segment", parse=identifier, default=""),
    Field("lon", required=True, parse=number(-180.0, 180.0), show=lambda value: f"{value:.7f}"),
    Field("lat", required=True, parse=number(-90.0, 90.0), show=lambda value: f"{value:.7f}"),
    Field("within_m", parse=number(0.0), show=lambda value: f"{value:g}"),
    Field("note", parse=text, default=""),
    Field("taken_back", parse=yes_no, show=lambda back: "yes" if back else "", default=False),
)


@dataclass(frozen=True, slots=True, repr=False)
class FoundThing:
    """Something that a team found.

    Attributes
    ----------
    id : str
        Identifier; the phone gives it, so that handing a file in twice writes it once.
    kind : str
        ``it``: what is looked for, as the team believes; ``other``: something else.
    lon, lat : float
        Where, degrees.
    date : date or None
    segment : str
        The segment that the team was in.
    within_m : float or None
        How well the place is known; None: it is the middle of the segment, as the phone had no position.
    note : str
        Words of the team.
    taken_back : bool
        It was a mistake.
    """

    id: str
    kind: str
    lon: float
    lat: float
    date: dt.date | None = None
    segment: str = ""
    within_m: float | None = None
    note: str = ""
    taken_back: bool = False

    def __post_init__(self) -> None:
        """Check the kind.

        Raises
        ------
        InputError
            An unknown one.
        """
        if self.kind not in FOUND_KINDS:
            raise InputError(f"unknown kind {self.kind[:20]!r}", where=f"found {self.id}", allowed=tuple(FOUND_KINDS))

    def to_dict(self) -> dict[str, Any]:
        """Return the fields."""
        return {name: getattr(self, name) for name in self.__slots__} | {"date": self.date and self.date.isoformat()}

    def __repr__(self) -> str:
        """One-line summary: never where, and never the words."""
        return f"FoundThing({FOUND_KINDS[self.kind]}{', taken back' if self.taken_back else ''})"


def read_found(path: Path) -> tuple[FoundThing, ...]:
    """Read a table of what was found; empty where there is none yet.

    Raises
    ------
    ReadError, ImportFaults
        The file cannot be read, or with every fault of every line.
    """
    return tuple(FoundThing(**row.values) for row in read_rows(path, FOUND_SPEC)) if path.exists() else ()


def add_found(path: Path, things: Sequence[FoundThing]) -> tuple[FoundThing, ...]:
    """Write things into the table, and return those that were new or changed; one that is there already stays.

    Raises
    ------
    InputError
        If the table stays locked for too long.
    """
    with locked(path):
        had = {thing.id: thing for thing in read_found(path)}
        new = [thing for thing in things if thing.id in had or not thing.taken_back]
        new = [thing for thing in new if had.get(thing.id) != thing]
        if new:
            rows = had | {thing.id: thing for thing in new}
            with in_one_step(path) as draft:
                write_rows(draft, FOUND_SPEC, [_row(thing) for thing in rows.values()])
    return tuple(new)


def _row(thing: FoundThing) -> dict[str, Any]:
    values = {name: getattr(thing, name) for name in FoundThing.__slots__}
    return {name: value for name, value in values.items() if value not in ("", None, False)}
