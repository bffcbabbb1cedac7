"""Calendars beside a second reader: the days of each event, file by file.

The second reader is recurring-ical-events (install it for this case; it is not one of the project's dependencies).
Both take the days from 1900 to 2030; what the project leaves out by rule (cancelled events, events without a word) is
left out on both sides. Where a file does not say where the person was, it is Berlin.
"""

from __future__ import annotations

import datetime
import importlib
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from evaluation.figure import Figure
from karmalink import account
from karmalink.errors import CannotAnswer, ImportFaults, KarmalinkError
from karmalink.rows import LeftOutWarning

__all__ = ["PATTERN", "run"]

PATTERN = "calendars/**/*.ics"
_FIRST, _LAST = datetime.date(1900, 1, 1), datetime.date(2030, 12, 31)
_PLACE = "Europe/Berlin"
_DAY, _TICK = datetime.timedelta(days=1), datetime.timedelta(microseconds=1)

_Days = set[datetime.date]


@dataclass(frozen=True, slots=True)
class _Read:
    """What the project makes of a file: its days, or why there are none; what it said beside."""

    days: _Days
    why: str = ""
    notes: tuple[str, ...] = ()


def run(data: Path) -> list[Figure]:
    """Return how many files are read with the same days as by the second reader, or told why not."""
    files = sorted(data.glob(PATTERN))
    second = _second_reader()
    outcomes: Counter[str] = Counter()
    odd: list[str] = []
    for file in files:
        outcome = _outcome(_ours(file), None if second is None else _theirs(file, second))
        outcomes[outcome] += 1
        if outcome == _UNTOLD:
            odd.append(file.name)
    return [
        Figure("public calendars", "same days, or told why not", f"{len(files) - len(odd)} of {len(files)}"),
        *(
            Figure(
                "public calendars", outcome, str(outcomes[outcome]), note=", ".join(odd) if outcome == _UNTOLD else ""
            )
            for outcome in (_SAME, _NOTED, _EMPTY, _REFUSED, _ALONE, _UNTOLD)
        ),
    ]


_SAME = "same days"
_NOTED = "other days, and a note says what is read otherwise"
_EMPTY = "no days, and the message says what was left out; the second reader has none either"
_REFUSED = "refused, with the line, field and rule of every fault"
_ALONE = "read; the second reader fails or is not installed"
_UNTOLD = "other days without a word"


def _outcome(ours: _Read, theirs: _Days | None) -> str:
    if ours.why == "faults":
        return _REFUSED
    if theirs is None:
        return _EMPTY if ours.why else _ALONE
    if ours.why:
        return _UNTOLD if theirs else _EMPTY
    if ours.days == theirs:
        return _SAME
    return _NOTED if ours.notes else _UNTOLD


def _ours(file: Path) -> _Read:
    try:
        return _read(file, None)
    except ImportFaults as faults:
        if not any("timed in UTC" in fault.rule for fault in faults.faults):
            return _Read(set(), "faults")
    except CannotAnswer as error:
        return _Read(set(), error.rule or error.what)
    try:
        return _read(file, _PLACE)
    except KarmalinkError:
        return _Read(set(), "faults")


def _read(file: Path, place: str | None) -> _Read:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeftOutWarning)
        (life,) = account.read_lives(
            file, life="L", timezone=place, until=_LAST, earliest=_FIRST.year, latest=_LAST.year
        )
    days = {entry.when.day for entry in life.entries if entry.when is not None}
    return _Read(days, notes=tuple(map(str, life.notes)))


def _second_reader() -> Any:
    try:
        return importlib.import_module("recurring_ical_events")
    except ImportError:
        return None


def _theirs(file: Path, reader: Any) -> _Days | None:
    import icalendar

    days: _Days = set()
    # A second opinion may fail in any way.
    try:
        for calendar in icalendar.Calendar.from_ical(file.read_bytes(), multiple=True):
            query = reader.of(calendar, components=["VEVENT", "VJOURNAL"], skip_bad_series=True)
            for event in query.between(_FIRST, _LAST + _DAY):
                days |= _days_of(event)
    except Exception:  # noqa: BLE001
        return None
    return {day for day in days if _FIRST <= day <= _LAST}


def _days_of(event: Any) -> _Days:
    said = any(str(event.get(name, "")).strip() for name in ("SUMMARY", "LOCATION", "DESCRIPTION"))
    if not said or str(event.get("STATUS", "")).upper() == "CANCELLED":
        return set()
    start = event["DTSTART"].dt
    end = event["DTEND"].dt if event.get("DTEND") is not None else start
    first = _day(start)
    if isinstance(end, datetime.datetime):
        last = _day(end - _TICK) if isinstance(start, datetime.datetime) else (end - _TICK).date()
    else:
        last = end - _DAY
    return {first + offset * _DAY for offset in range(max(0, (last - first).days) + 1)}


def _day(moment: datetime.date) -> datetime.date:
    if not isinstance(moment, datetime.datetime):
        return moment
    in_utc = moment.tzinfo is not None and moment.tzname() == "UTC"
    return moment.astimezone(ZoneInfo(_PLACE)).date() if in_utc else moment.date()
