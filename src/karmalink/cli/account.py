"""``karmalink account …``."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.cli.account_text import accounts_result, accounts_text, life_text, mention_result, mentions_text, table
from karmalink.cli.contract import JsonFlag, OutPath, emit, noun, progress
from karmalink.errors import UsageError

if TYPE_CHECKING:
    from karmalink.account import Account, Entry, Life

__all__ = ["app"]

app = noun("account", "What somebody said or wrote: read and check the files, see what is in the texts.")

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
_FIRST_YEAR = 1500


@app.command()
def check(
    file: File,
    entries: Entries = False,
    calendar: Calendar = None,
    date_means: Means = None,
    person: Person = None,
    life: LifeName = None,
    author: Author = None,
    timezone: Zone = None,
    until: Until = None,
    day_first: DayFirst = None,
    day_begins: DayBegins = 0,
    earliest: Earliest = _FIRST_YEAR,
    latest: Latest = None,
    as_json: JsonFlag = False,
) -> None:
    """Read a file as an import would, and say what is in it or everything that is wrong with it."""
    if not _holds_entries(file, entries, life):
        accounts = _accounts(file, calendar, date_means, person, earliest, latest)
        emit(accounts_result(accounts), accounts_text(accounts), as_json=as_json)
        return
    lives = _lives(file, calendar, life, author, timezone, until, day_first, day_begins, earliest, latest)
    from karmalink.account import find_dream_mentions

    mentions = find_dream_mentions(entry for one in lives for entry in one.entries)
    result = {"lives": [one.to_dict() for one in lives], "dreams": [mention_result(found) for found in mentions]}
    emit(result, "\n".join([*(life_text(one) for one in lives), *mentions_text(mentions)]), as_json=as_json)


@app.command()
def features(
    file: File,
    entries: Entries = False,
    calendar: Calendar = None,
    date_means: Means = None,
    person: Person = None,
    life: LifeName = None,
    author: Author = None,
    timezone: Zone = None,
    until: Until = None,
    day_first: DayFirst = None,
    day_begins: DayBegins = 0,
    earliest: Earliest = _FIRST_YEAR,
    latest: Latest = None,
    grain: Annotated[str, typer.Option("--grain", help="Cut the texts into: sentence, clause.")] = "sentence",
    show_text: ShowText = False,
    as_json: JsonFlag = False,
) -> None:
    """Count what is in each text: units, words, people, places, other names, numbers, what is denied."""
    texts: Sequence[Account | Entry]
    if _holds_entries(file, entries, life):
        lives = _lives(file, calendar, life, author, timezone, until, day_first, day_begins, earliest, latest)
        texts = [entry for one in lives for entry in one.entries]
    else:
        texts = _accounts(file, calendar, date_means, person, earliest, latest)
    from karmalink.account.features import features_of

    with progress(quiet=as_json) as bar:
        task = bar.add_task("texts", total=len(texts))
        counted = features_of(texts, grain=grain, progress=lambda done, _: bar.update(task, completed=done))
    result = counted.to_dict()
    shown = table([row.to_dict() for row in counted.rows])
    if show_text:
        units = [_units(item, grain) for item in texts]
        for row, found in zip(result["texts"], units, strict=True):
            row["text"] = found
        shown += "\n\n" + "\n\n".join(
            "\n".join([item.id, *(f"  {unit}" for unit in found)]) for item, found in zip(texts, units, strict=True)
        )
    emit(result, shown, as_json=as_json)


@app.command()
def dreams(
    file: File,
    person: Annotated[str, typer.Option("--person", help="Who wrote the entries and dreamt.")],
    out: OutPath = None,
    cut: Annotated[
        Path | None,
        typer.Option("--cut", help="Write the entries without the retold dreams here.", show_default=False),
    ] = None,
    calendar: Calendar = None,
    life: LifeName = None,
    earliest: Earliest = _FIRST_YEAR,
    latest: Latest = None,
    show_text: ShowText = False,
    as_json: JsonFlag = False,
) -> None:
    """Find the dreams that a diary retells: write them as accounts, and the diary without them."""
    from karmalink.account import accounts_of_mentions, cut_retellings, find_dream_mentions, write_accounts, write_lives

    for target in (out, cut):
        if target is not None and target.exists():
            raise UsageError("this file exists already", where=target, next_step="choose another name")
    lives = _lives(file, calendar, life, None, None, None, None, 0, earliest, latest)
    told = [entry for one in lives for entry in one.entries]
    mentions = find_dream_mentions(told)
    accounts = accounts_of_mentions(told, person)
    lines = [*mentions_text(mentions, show_text=show_text)]
    if out is not None:
        lines.append(f"{len(accounts)} accounts written: {write_accounts(out, accounts)}")
    if cut is not None:
        kept = [one for one in map(cut_retellings, lives) if one.entries]
        lines.append(f"{sum(len(one.entries) for one in kept)} entries written: {write_lives(cut, kept)}")
    found = [mention_result(mention, show_text=show_text) for mention in mentions]
    emit({"dreams": found, "accounts": len(accounts)}, "\n".join(lines), as_json=as_json)


def _holds_entries(file: Path, said: bool, life: str | None) -> bool:
    """Tell whether a file is about a life: by its ending, by what was said, by the column that only entries have."""
    if said or life is not None or file.suffix.casefold() in _ALWAYS_ENTRIES:
        return True
    from karmalink.rows import columns_of

    columns = columns_of(file)
    return "life" in columns and "person" not in columns


def _accounts(
    file: Path, calendar: str | None, date_means: str | None, person: str | None, earliest: int, latest: int | None
) -> list[Account]:
    from karmalink.account import read_accounts

    return read_accounts(
        file, calendar=calendar, date_means=date_means, person=person, earliest=earliest, latest=latest
    )


def _lives(
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


def _units(item: Account | Entry, grain: str) -> list[str]:
    from karmalink.account import split_units

    return [unit.text for unit in split_units(item.text, grain)]
