"""Accounts and lives from plain files: CSV, TSV, JSONL, calendars (ICS), WhatsApp exports.

Pure: a file in, objects out, or every fault of the file and nothing else. A study imports through the same readers.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from karmalink.account.account import Account
from karmalink.account.dates import CALENDARS, EARLIEST_YEAR, DateMeans, Precision
from karmalink.account.files.calendars_ics import read_ics
from karmalink.account.files.day_one import day_one_sheet
from karmalink.account.files.whatsapp import read_whatsapp
from karmalink.account.files.written_dates import DateRules, dates_of, years_in_doubt
from karmalink.account.language.languages import language_of
from karmalink.account.life import LIFE_KINDS, Entry, Life, lives_of
from karmalink.errors import Fault, UsageError
from karmalink.rows import (
    Columns,
    Field,
    FileRecords,
    Gathered,
    Refused,
    Row,
    Spec,
    TableSource,
    gather_rows,
    identifier,
    one_of,
    place_of,
    records_of,
    text,
    word,
    write_rows,
)

__all__ = [
    "ACCOUNT_FIELDS",
    "ENTRY_FIELDS",
    "ONE_LIFE",
    "gather_accounts",
    "gather_entries",
    "life_options",
    "read_accounts",
    "read_lives",
    "write_accounts",
    "write_lives",
]

# The columns of tables of accounts and of entries.

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")


def _language(cell: str) -> str:
    found = word(cell)
    if not _LANGUAGE.fullmatch(found):
        raise Refused("is not a language tag", "en, km, pt-BR …")
    return found


_PLAIN_DATES = DateRules()
_DATE = Field("date", required=True, parse=word, allowed="YYYY-MM-DD, YYYY-MM, YYYY")
_CALENDAR = Field("calendar", required=True, parse=one_of(CALENDARS), allowed=", ".join(CALENDARS))
_PRECISION = Field("precision", parse=one_of(Precision))
_TEXT = Field("text", required=True, parse=text, private=True, allowed="what was said or written", leaves_out=True)

ACCOUNT_FIELDS: Spec = (
    Field("id", required=True, parse=identifier, unique=True, numbered="person"),
    Field("person", required=True, parse=identifier),
    _DATE,
    _CALENDAR,
    Field("date_means", parse=one_of(DateMeans), default=str(DateMeans.UNKNOWN)),
    _PRECISION,
    Field("awakening", parse=identifier),
    Field("language", parse=_language),
    _TEXT,
)

ENTRY_FIELDS: Spec = (
    Field("id", required=True, parse=identifier, unique=True, numbered="life"),
    Field("life", required=True, parse=identifier),
    _DATE,
    _CALENDAR,
    _PRECISION,
    Field("kind", parse=one_of(LIFE_KINDS)),
    Field("author", parse=identifier),
    _TEXT,
)


def read_accounts(
    path: TableSource,
    *,
    calendar: str | None = None,
    date_means: DateMeans | str | None = None,
    person: str | None = None,
    language: str | None = None,
    columns: Columns | None = None,
    day_first: bool | None = None,
    timezone: str | None = None,
    earliest: int = EARLIEST_YEAR,
    latest: int | None = None,
) -> list[Account]:
    """Return the accounts of a table, in the order of the file; a warning names what was left out.

    Parameters
    ----------
    path : str, Path or DataFrame
        The file; its ending says the format. Columns: :data:`ACCOUNT_FIELDS`. Rows without a text are left out; where
        there is no column of identifiers, the accounts of each person are numbered.
    calendar, date_means, person, language : str, optional
        Hold for rows that do not say it themselves.
    columns : Columns, optional
        Which heading is which field, where the headings do not say it.
    day_first : bool, optional
        Whether 03/04/2024 is 3 April. Never guessed; inferred only where a number over 12 proves it.
    timezone : str, optional
        Where the person was, for times in UTC (``Asia/Phnom_Penh``).
    earliest, latest : int
        First and last plausible Gregorian year; `latest` is next year where not given.

    Raises
    ------
    ReadError
        The file as a whole cannot be read.
    ImportFaults
        With every fault of every line; nothing is returned then.
    """
    return gather_accounts(
        path,
        calendar=calendar,
        date_means=date_means,
        person=person,
        language=language,
        columns=columns,
        dates=DateRules(day_first, timezone, earliest, latest),
    ).settle()


def gather_accounts(
    path: TableSource,
    *,
    columns: Columns | None = None,
    dates: DateRules = _PLAIN_DATES,
    dated: bool = True,
    **given: str | None,
) -> FileRecords[Account]:
    """Return the accounts of a file beside their rows, with every fault and no decision; see :func:`read_accounts`.

    Parameters
    ----------
    path, columns
        See :func:`read_accounts`.
    dates : DateRules
        What is said of the dates of the file.
    dated : bool
        Whether every row needs a date.
    given : str
        What holds for rows that do not say it themselves, by field.

    Raises
    ------
    ReadError
        The file as a whole cannot be read.
    """
    gathered, spec = _gathered(path, ACCOUNT_FIELDS, _said(given), columns, dates, dated=dated)
    faults: list[Fault] = []
    days = dates_of(gathered.rows, dates, faults)

    def make(row: Row) -> Account:
        means = DateMeans(row["date_means"])
        language = row["language"] or language_of(row["text"]) or "en"
        return Account(row["id"], row["person"], row["text"], days.get(row.line), means, row["awakening"], language)

    found = records_of(gathered, spec, make, faults)
    return replace(found, notes=(*found.notes, *years_in_doubt(days)))


def read_lives(
    path: TableSource,
    *,
    calendar: str | None = None,
    life: str | None = None,
    kind: str | None = None,
    author: str | None = None,
    timezone: str | None = None,
    until: datetime.date | None = None,
    day_first: bool | None = None,
    keep_others: bool = False,
    day_begins: int = 0,
    columns: Columns | None = None,
    dated: bool = True,
    earliest: int = EARLIEST_YEAR,
    latest: int | None = None,
) -> list[Life]:
    """Return the lives of a file: a table of entries, a calendar (``.ics``), a WhatsApp export (``.txt``).

    Parameters
    ----------
    path : str, Path or DataFrame
        The file; its ending says the format. A data frame is a table of entries.
    calendar, life, kind, author : str, optional
        Hold for rows that do not say it themselves. `life` is needed for ICS and WhatsApp, which name none; `author` is
        needed for WhatsApp: the name under which the person's messages stand.
    timezone : str, optional
        ICS, tables: where the person was (``Asia/Phnom_Penh``); the day of a time in UTC is the day there.
    until : datetime.date, optional
        ICS: the last day that is taken; events that repeat without end need it.
    day_first : bool, optional
        WhatsApp, tables: whether 03/04 is 3 April. Never guessed; inferred only where a number over 12 proves it.
    keep_others : bool
        WhatsApp: keep the messages of others too.
    day_begins : int
        ICS, WhatsApp: hour at which a waking day begins; what is before it belongs to the day before.
    columns : Columns, optional
        Tables: which heading is which field, where the headings do not say it.
    dated : bool
        Tables: whether every entry needs a date; the register of the stranger null needs none.
    earliest, latest : int
        First and last plausible Gregorian year; `latest` is next year where not given.

    Raises
    ------
    ReadError, ImportFaults, UsageError, UnknownName, CannotAnswer
    """
    place = place_of(path)
    options = {
        "calendar": calendar,
        "life": life,
        "kind": kind,
        "author": author,
        "timezone": timezone,
        "until": until,
        "day_first": day_first,
        "keep_others": keep_others or None,
        "day_begins": day_begins or None,
        "columns": columns,
        "dated": None if dated else False,
    }
    read, _ = _LIFE_READERS.get(place.suffix.casefold(), _AS_TABLE)
    given, accepted = _said(options), life_options(place)
    foreign = sorted(given.keys() - accepted)
    if foreign:
        raise UsageError(
            f"{', '.join(foreign)}: not for this kind of file", where=place, allowed=tuple(sorted(accepted))
        )
    return read(path if read is _read_entries else place, earliest=earliest, latest=latest, **given)


def gather_entries(
    path: TableSource,
    *,
    columns: Columns | None = None,
    dates: DateRules = _PLAIN_DATES,
    dated: bool = True,
    **given: str | None,
) -> FileRecords[Entry]:
    """Return the entries of a table beside their rows, with every fault and no decision; see :func:`read_lives`.

    Parameters
    ----------
    path, columns, dates, dated, given
        See :func:`gather_accounts`.

    Raises
    ------
    ReadError
        The file as a whole cannot be read.
    """
    gathered, spec = _gathered(path, ENTRY_FIELDS, _said(given), columns, dates, dated=dated)
    faults: list[Fault] = []
    days = dates_of(gathered.rows, dates, faults)
    for name in ("kind", "author"):
        faults.extend(_one_per_life(gathered.rows, name))

    def make(row: Row) -> Entry:
        return Entry(row["id"], row["life"], row["text"], days.get(row.line))

    found = records_of(gathered, spec, make, faults)
    return replace(found, notes=(*found.notes, *years_in_doubt(days)))


def _read_entries(
    path: TableSource,
    *,
    earliest: int,
    latest: int | None,
    columns: Columns | None = None,
    day_first: bool | None = None,
    timezone: str | None = None,
    dated: bool = True,
    **given: str,
) -> list[Life]:
    rules = DateRules(day_first, timezone, earliest, latest)
    gathered = gather_entries(path, columns=columns, dates=rules, dated=dated, **given)
    entries = gathered.settle()
    kinds = {row["life"]: row["kind"] for row in gathered.rows if row["kind"]}
    authors = {row["life"]: row["author"] for row in gathered.rows if row["author"]}
    return lives_of(entries, kinds=kinds, authors=authors)


def _one_per_life(rows: Iterable[Row], name: str) -> Iterator[Fault]:
    first: dict[str, tuple[str, int]] = {}
    for row in rows:
        life, value = row.get("life"), row.get(name)
        if life is None or value is None:
            continue
        said, line = first.setdefault(life, (value, row.line))
        if said != value:
            yield row.fault(name, f"differs from line {line} of the same life", allowed=f"one {name} a life")


def _gathered(
    path: TableSource, spec: Spec, given: Mapping[str, str], columns: Columns | None, dates: DateRules, *, dated: bool
) -> tuple[Gathered, Spec]:
    """Return the rows of a file, and the fields with which they were read: undated rows need no date."""
    if not dated:
        spec = tuple(replace(one, required=False) if one.name in ("date", "calendar") else one for one in spec)
    sheet = day_one_sheet(place_of(path), dates)
    return gather_rows(path, spec, defaults=given, columns=columns or Columns(), sheet=sheet), spec


def _said(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def write_accounts(path: str | Path, accounts: Iterable[Account]) -> Path:
    """Write accounts as CSV, TSV or JSONL; :func:`read_accounts` reads them back unchanged.

    Raises
    ------
    UsageError
        The ending is not one of a table format, or an account has no date.
    """
    return write_rows(path, ACCOUNT_FIELDS, [_account_row(account) for account in accounts])


def write_lives(path: str | Path, lives: Iterable[Life]) -> Path:
    """Write the entries of lives as CSV, TSV or JSONL; :func:`read_lives` reads them back unchanged.

    Raises
    ------
    UsageError
        The ending is not one of a table format, or an entry has no date.
    """
    rows = [
        {**_dated_row(entry), "life": life.id, "kind": life.kind, "author": life.author}
        for life in lives
        for entry in life.entries
    ]
    return write_rows(path, ENTRY_FIELDS, rows)


def _account_row(account: Account) -> dict[str, Any]:
    return {
        **_dated_row(account),
        "person": account.person,
        "date_means": account.date_means,
        "awakening": account.awakening,
        "language": account.language,
    }


def _dated_row(item: Account | Entry) -> dict[str, Any]:
    if item.when is None:
        raise UsageError(f"{item.id!r} has no date", rule="a table of accounts or entries dates every row")
    return {
        "id": item.id,
        "date": item.when.written(),
        "calendar": item.when.calendar,
        "precision": item.when.precision,
        "text": item.text,
    }


# Endings of files that hold one life and do not name it.
ONE_LIFE = (".ics", ".txt")


def life_options(path: str | Path) -> frozenset[str]:
    """Return which options of :func:`read_lives` mean something to a file of this ending."""
    return _LIFE_READERS.get(Path(path).suffix.casefold(), _AS_TABLE)[1]


_LifeReader = tuple[Callable[..., list[Life]], frozenset[str]]
_AS_TABLE: _LifeReader = (
    _read_entries,
    frozenset({"calendar", "life", "kind", "author", "columns", "day_first", "timezone", "dated"}),
)
# Ending → reader and the options that mean something to it.
_LIFE_READERS: dict[str, _LifeReader] = {
    ".ics": (read_ics, frozenset({"life", "author", "timezone", "until", "day_begins"})),
    ".txt": (read_whatsapp, frozenset({"calendar", "life", "author", "day_first", "keep_others", "day_begins"})),
}
