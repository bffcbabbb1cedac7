"""The table of people: participants and their consent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from karmalink.errors import Fault
from karmalink.rows import (
    Columns,
    Field,
    FileRecords,
    Row,
    Spec,
    gather_rows,
    identifier,
    integer,
    iso_day,
    one_of,
    records_of,
    yes_no,
)
from karmalink.study.store.person import ROLES, Person

__all__ = ["PEOPLE_FIELDS", "gather_people"]

_EARLIEST_BIRTH, _LATEST_BIRTH = 1500, 2200


def _shown(value: bool) -> str:
    return "yes" if value else "no"


PEOPLE_FIELDS: Spec = (
    Field("person", required=True, parse=identifier, unique=True),
    Field("role", parse=one_of(ROLES), default="adult"),
    Field("born", parse=integer(_EARLIEST_BIRTH, _LATEST_BIRTH)),
    Field("consent", parse=yes_no, show=_shown, default=False),
    Field("guardian_consent", parse=yes_no, show=_shown, default=False),
    Field("assent", parse=yes_no, show=_shown, default=False),
    Field("consent_date", parse=iso_day),
)


def gather_people(path: Path, columns: Columns | None = None) -> FileRecords[Person]:
    """Return the people of a table with their rows, and every fault.

    Raises
    ------
    ReadError
        The file as a whole cannot be read.
    """
    gathered = gather_rows(path, PEOPLE_FIELDS, columns=columns or Columns())
    return records_of(gathered, PEOPLE_FIELDS, _person, [fault for row in gathered.rows for fault in _check(row)])


def _check(row: Row) -> Iterator[Fault]:
    if row.get("role") == "minor" and row.get("born") is None:
        yield row.fault("born", "a minor's year of birth is needed to know when they are asked again", allowed="YYYY")


def _person(row: Row) -> Person:
    return Person(
        row["person"],
        role=row["role"],
        born=row["born"],
        consent=row["consent"],
        guardian_consent=row["guardian_consent"],
        assent=row["assent"],
        consent_date=row["consent_date"],
    )
