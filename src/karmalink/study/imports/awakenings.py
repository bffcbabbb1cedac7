"""The table of awakenings: when a sleeper was woken, and from which stage."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from karmalink.account.dates import CALENDARS, Precision
from karmalink.account.files.written_dates import DateRules, dates_of, years_in_doubt
from karmalink.errors import Fault
from karmalink.night import STAGES
from karmalink.rows import (
    Columns,
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

_PLAIN_DATES = DateRules()
AWAKENING_FIELDS: Spec = (
    Field("id", required=True, parse=identifier, unique=True, numbered="person"),
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
    dates: DateRules = _PLAIN_DATES,
    columns: Columns | None = None,
) -> FileRecords[Awakening]:
    """Return the awakenings of a table beside their rows, with every fault.

    Parameters
    ----------
    path : Path
        The file.
    calendar, person : str, optional
        Values for rows that do not have them.
    dates : DateRules
        What is said of the dates of the file.
    columns : Columns, optional
        Which heading is which field.

    Raises
    ------
    ReadError
        The file as a whole cannot be read.
    """
    given = {name: value for name, value in (("calendar", calendar), ("person", person)) if value is not None}
    gathered = gather_rows(path, AWAKENING_FIELDS, defaults=given, columns=columns or Columns())
    faults: list[Fault] = []
    days = dates_of(gathered.rows, dates, faults)
    faults += [
        row.fault("date", "an awakening is dated to the day", allowed="YYYY-MM-DD")
        for row in gathered.rows
        if (when := days.get(row.line)) is not None and when.precision is not Precision.DAY
    ]

    def make(row: Row) -> Awakening:
        when = days.get(row.line)
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

    found = records_of(gathered, AWAKENING_FIELDS, make, faults)
    return replace(found, notes=(*found.notes, *years_in_doubt(days)))
