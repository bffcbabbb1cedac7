"""Options for a whole file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from karmalink.account.dates import EARLIEST_YEAR
from karmalink.account.files.written_dates import DateRules
from karmalink.errors import UsageError
from karmalink.rows import Columns

__all__ = ["Options", "as_option"]


@dataclass(frozen=True, slots=True)
class Options:
    """Values for every row of a file that does not have its own.

    Attributes
    ----------
    person : str or None
        The person of accounts and awakenings, the author of entries, the sleeper of a recording.
    calendar : str or None
        Calendar of the dates (a key of :data:`karmalink.account.CALENDARS`).
    date_means : str or None
        What the date of an account means: ``night_of``, ``morning_of``, ``day_of`` or ``unknown``.
    language : str or None
        Of accounts: IETF language tag.
    life, life_kind : str or None
        Of entries: the life they belong to, and its kind. An ICS calendar and a WhatsApp export name none.
    timezone : str or None
        Where the person was (``Asia/Phnom_Penh``), for times in UTC.
    until : date or None
        Of an ICS calendar: the last day that is taken; events that repeat without end need it.
    day_first : bool or None
        Of a table or a WhatsApp export: whether 03/04 is 3 April.
    day_begins : int or None
        Of an ICS calendar or a WhatsApp export: hour at which a waking day begins.
    author : str or None
        Of entries: who wrote them, if not `person`; of a WhatsApp export: the name before their messages.
    earliest, latest : int or None
        First and last plausible Gregorian year of dates.
    columns : Columns or None
        Of a table: which heading is which field, and which sheet of a workbook it is.
    id : str or None
        Of a recording: identifier of the night; the file's name without its ending if not given.
    hypnogram : Path or None
        Of a recording: its hypnogram, as events or as a list of stages.
    vocabulary : str or None
        Of the hypnogram: its stage names (a key of :data:`karmalink.night.VOCABULARIES`).
    score : bool or None
        Of a recording: stage it now.
    """

    person: str | None = None
    calendar: str | None = None
    date_means: str | None = None
    language: str | None = None
    life: str | None = None
    life_kind: str | None = None
    timezone: str | None = None
    until: dt.date | None = None
    day_first: bool | None = None
    day_begins: int | None = None
    author: str | None = None
    earliest: int | None = None
    latest: int | None = None
    columns: Columns | None = None
    id: str | None = None
    hypnogram: Path | None = None
    vocabulary: str | None = None
    score: bool | None = None

    def given(self) -> dict[str, Any]:
        """Return the options that were given."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    @property
    def first_year(self) -> int:
        """Return the first plausible year."""
        return EARLIEST_YEAR if self.earliest is None else self.earliest

    @property
    def dates(self) -> DateRules:
        """Return how dates of tables are read."""
        return DateRules(self.day_first, self.timezone, self.first_year, self.latest)

    def check(self, accepted: Iterable[str], where: str) -> None:
        """Check that every given option applies to this kind of file.

        Raises
        ------
        UsageError
            An option does not.
        """
        allowed = sorted(accepted)
        not_allowed = sorted(self.given().keys() - set(allowed))
        if not_allowed:
            raise UsageError(
                f"{', '.join(map(as_option, not_allowed))}: not for this kind of file",
                where=where,
                allowed=[as_option(name) for name in allowed] or "none",
            )


def as_option(name: str) -> str:
    """Return a name as it is written on the command line."""
    return f"--{name.replace('_', '-')}"
