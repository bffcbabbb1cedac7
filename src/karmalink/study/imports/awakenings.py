"""The table of awakenings: when a sleeper was woken, and out of which stage."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from karmalink.account.dates import CALENDARS, EARLIEST_YEAR, Precision, When, parse_when
from karmalink.errors import DateError, Fault
from karmalink.night import STAGES
from karmalink.rows import (
    Field,
    FileRecords,
    Row,
    Spec,
    clock,
    gather_rows,
    identifier,
    number,
    one_of,
    records_of,
    word,
)
from karmalink.study.awakening import Awakening

__all__ = ["AWAKENING_FIELDS", "gather_awakenings"]

AWAKENING_FIELDS: Spec = (
    Field("id", required=True, parse=identifier, unique=True),
    Field("person", required=True, parse=identifier),
    Field("night", parse=identifier),
    Field("date", required=True, parse=word, allowed="YYYY-MM-DD"),
    Field("calendar", required=True, parse=one_of(CALENDARS), allowed=", ".join(CALENDARS)),
    Field("time", required=True, parse=clock, allowed="HH:MM or HH:MM:SS"),
    Field("stage", required=True, parse=one_of(STAGES), allowed=", ".join(STAGES)),
    Field("confidence", parse=number(0.0, 1.0), default=1.0),
    Field("rule", parse=word, default="spontaneous"),
)


def gather_awakenings(
    path: Path,
    *,
    calendar: str | None = None,
    person: str | None = None,
    earliest: int = EARLIEST_YEAR,
    latest: int | None = None,
) -> FileRecords[Awakening]:
    """Return the awakenings of a CSV, TSV or JSONL file beside their rows, with every fault.

    Parameters
    ----------
    path : Path
        The file.
    calendar, person : str, optional
        Hold for rows that do not say it themselves.
    earliest, latest : int
        First and last plausible Gregorian year.

    Raises
    ------
    ReadError
        The file as a whole cannot be read.
    """
    given = {name: value for name, value in (("calendar", calendar), ("person", person)) if value is not None}
    gathered = gather_rows(path, AWAKENING_FIELDS, defaults=given)
    faults: list[Fault] = []
    days = {row.line: _day(row, earliest, latest, faults) for row in gathered.rows}

    def make(row: Row) -> Awakening:
        when = days[row.line]
        day = dt.date.min if when is None else when.day
        return Awakening(
            row["id"],
            row["person"],
            dt.datetime.combine(day, row["time"]),
            row["stage"],
            confidence=row["confidence"],
            rule=row["rule"],
            night=row["night"],
        )

    return records_of(gathered, AWAKENING_FIELDS, make, faults)


def _day(row: Row, earliest: int, latest: int | None, faults: list[Fault]) -> When | None:
    """Return the date of a row; where it has none that can stand, add the fault."""
    date, calendar = row.get("date"), row.get("calendar")
    if date is None or calendar is None:
        return None
    try:
        when = parse_when(date, calendar=calendar, earliest=earliest, latest=latest)
    except DateError as error:
        faults.append(row.fault("date", error.what, allowed=error.allowed))
        return None
    if when.precision is not Precision.DAY:
        faults.append(row.fault("date", "an awakening is known to the day", allowed="YYYY-MM-DD"))
    return when
