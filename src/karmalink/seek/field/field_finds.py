"""What a phone's field page says was found, checked."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

from karmalink.errors import Fault, ImportFaults, describe
from karmalink.seek.search.found_things import FOUND_KINDS, FoundThing

if TYPE_CHECKING:
    from karmalink.seek.case.case import Case

__all__ = ["day_of", "found_things_of", "is_identifier", "is_number"]

_ID = re.compile(r"[0-9a-z][0-9a-z-]{5,63}\Z")
_LONGEST_NOTE = 500


def is_identifier(value: object) -> TypeGuard[str]:
    """Return whether a value is an identifier that a field page gives."""
    return isinstance(value, str) and _ID.match(value) is not None


def is_number(value: object) -> TypeGuard[int | float]:
    """Return whether a value is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def day_of(value: object) -> dt.date | None:
    """Return a day that is written YYYY-MM-DD; None where it is not."""
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def found_things_of(rows: object, place: Path, case: Case) -> list[FoundThing]:
    """Return what a file says was found; a page that is older than this has no such list.

    Raises
    ------
    ImportFaults
        With every fault of every row.
    """
    if rows is None:
        return []
    faults: list[Fault] = []
    if not isinstance(rows, list):
        faults.append(Fault(0, "finds", describe(rows), "is not a list"))
        rows = []
    found = [one for number, row in enumerate(rows, start=1) if (one := _thing(row, number, case, faults)) is not None]
    if faults:
        raise ImportFaults(faults, where=place, next_step="nothing was logged; 'line' is the number of the find")
    return found


def _thing(row: object, number: int, case: Case, faults: list[Fault]) -> FoundThing | None:
    if not isinstance(row, Mapping):
        faults.append(Fault(number, "finds", describe(row), "is not an object"))
        return None
    before = len(faults)

    def wrong(field: str, rule: str, allowed: str = "") -> None:
        faults.append(Fault(number, field, describe(row.get(field)), rule, allowed))

    name, kind, segment, at = (row.get(field) for field in ("id", "kind", "segment", "at"))
    if not is_identifier(name):
        wrong("id", "is not an identifier of a field page")
    if kind not in FOUND_KINDS:
        wrong("kind", "is not a kind of find", ", ".join(FOUND_KINDS))
    if segment and segment not in case.ground.names:
        wrong("segment", "is not a segment of the case", f"{case.ground.names[0]} … {case.ground.names[-1]}")
    lat, lon = at if isinstance(at, list) and len(at) == 2 else (None, None)
    if not (is_number(lat) and is_number(lon) and abs(lat) <= 90.0 and abs(lon) <= 180.0):
        wrong("at", "is not a place", "[latitude, longitude]")
    within = row.get("within_m")
    if within is not None and not (is_number(within) and within >= 0.0):
        wrong("within_m", "is not a distance", "metres, or null")
    if row.get("date") and day_of(row.get("date")) is None:
        wrong("date", "is not a day", "YYYY-MM-DD")
    note = row.get("note", "")
    if not isinstance(note, str) or len(note) > _LONGEST_NOTE:
        faults.append(Fault(number, "note", "its words", "is not a text", f"at most {_LONGEST_NOTE} characters"))
    if len(faults) > before:
        return None
    return FoundThing(
        id=str(name),
        kind=str(kind),
        lon=round(float(lon or 0.0), 7),
        lat=round(float(lat or 0.0), 7),
        date=day_of(row.get("date")),
        segment=str(segment or ""),
        within_m=None if within is None else round(float(within), 1),
        note=" ".join(str(note).split()),
        taken_back=row.get("taken_back") is True,
    )
