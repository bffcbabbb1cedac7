"""What the verbs of ``karmalink account`` share: their options, and how a file becomes accounts or lives."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from karmalink.account import Account, Life

__all__ = [
    "FIRST_YEAR",
    "Author",
    "Calendar",
    "DayBegins",
    "DayFirst",
    "Earliest",
    "Entries",
    "File",
    "Latest",
    "LifeName",
    "Means",
    "Person",
    "ShowText",
    "Until",
    "Zone",
    "accounts_in",
    "holds_entries",
    "lives_in",
]

File = Annotated[
    Path,
    typer.Argument(help="Accounts or entries: .csv, .tsv, .jsonl; a calendar .ics; a WhatsApp export .txt."),
]
Entries = Annotated[
    bool,
    typer.Option("--entries", help="The table holds entries of lives. So it does with a column 'life', or --life."),
]
Calendar = Annotated[
    str | None,
    typer.Option(
        "--calendar", help="Calendar of rows that name none: gregorian, julian, buddhist.", show_default=False
    ),
]
Means = Annotated[
    str | None,
    typer.Option(
        "--date-means", help="What the dates of accounts mean: night_of, morning_of, unknown.", show_default=False
    ),
]
Person = Annotated[str | None, typer.Option("--person", help="Whose accounts these are.", show_default=False)]
LifeName = Annotated[str | None, typer.Option("--life", help="Which life the entries are of.", show_default=False)]
Author = Annotated[
    str | None,
    typer.Option("--author", help="Who wrote the entries; in a WhatsApp export, the name there.", show_default=False),
]
Zone = Annotated[
    str | None, typer.Option("--timezone", help="Where the person was (.ics): Asia/Phnom_Penh.", show_default=False)
]
Until = Annotated[
    datetime.datetime | None,
    typer.Option("--until", formats=["%Y-%m-%d"], help="Last day of endless events (.ics).", show_default=False),
]
DayFirst = Annotated[
    bool | None,
    typer.Option("--day-first/--month-first", help="Whether 03/04 is 3 April (WhatsApp).", show_default=False),
]
DayBegins = Annotated[
    int, typer.Option("--day-begins", help="Hour before which a message belongs to the day before (WhatsApp).", min=0)
]
Earliest = Annotated[int, typer.Option("--earliest", help="First plausible year; earlier dates are faults.")]
Latest = Annotated[
    int | None, typer.Option("--latest", help="Last plausible year; next year where not given.", show_default=False)
]
ShowText = Annotated[bool, typer.Option("--show-text", help="Print the texts too. They are people's own words.")]

_ALWAYS_ENTRIES = (".ics", ".txt")
FIRST_YEAR = 1500


def holds_entries(file: Path, said: bool, life: str | None) -> bool:
    """Tell whether a file is about a life: by its ending, by what was said, by the column that only entries have."""
    if said or life is not None or file.suffix.casefold() in _ALWAYS_ENTRIES:
        return True
    from karmalink.rows import columns_of

    columns = columns_of(file)
    return "life" in columns and "person" not in columns


def accounts_in(
    file: Path, calendar: str | None, date_means: str | None, person: str | None, earliest: int, latest: int | None
) -> list[Account]:
    """Return the accounts of a file."""
    from karmalink.account import read_accounts

    return read_accounts(
        file, calendar=calendar, date_means=date_means, person=person, earliest=earliest, latest=latest
    )


def lives_in(
    file: Path,
    calendar: str | None,
    life: str | None,
    author: str | None,
    timezone: str | None,
    until: datetime.datetime | None,
    day_first: bool | None,
    day_begins: int,
    earliest: int,
    latest: int | None,
) -> list[Life]:
    """Return the lives of a file."""
    from karmalink.account import read_lives

    return read_lives(
        file,
        calendar=calendar,
        life=life,
        author=author,
        timezone=timezone,
        until=None if until is None else until.date(),
        day_first=day_first,
        day_begins=day_begins,
        earliest=earliest,
        latest=latest,
    )
