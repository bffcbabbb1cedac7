"""What may be said of a file of accounts or of a life, the same for every verb that reads one."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import Field, dataclass, fields, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from karmalink.account.files.reading import Reading
    from karmalink.rows import Columns

__all__ = ["ReadingOptions", "columns_said"]


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """Options of every verb that reads accounts or lives; spread into its signature (``cli.option_groups``)."""

    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--columns",
            help='Which heading is which field: text="Dream report",date=Day; or a .toml file that says it.',
            show_default=False,
        ),
    ] = None
    sheet: Annotated[
        str | None,
        typer.Option("--sheet", help="Which sheet of a workbook, where several are filled.", show_default=False),
    ] = None
    calendar: Annotated[
        str | None,
        typer.Option(
            "--calendar",
            help="Calendar of rows without one: gregorian, julian, buddhist_thailand, buddhist_cambodia, buddhist.",
            show_default=False,
        ),
    ] = None
    date_means: Annotated[
        str | None,
        typer.Option(
            "--date-means",
            help="Meaning of account dates where a row does not say it: night_of, morning_of, day_of (a sleep within "
            "one day), unknown (both are run).",
            show_default=False,
        ),
    ] = None
    person: Annotated[
        str | None,
        typer.Option(
            "--person", help="The person: of rows that name none, or the one meant among several.", show_default=False
        ),
    ] = None
    language: Annotated[
        str | None,
        typer.Option("--language", help="Language tag of accounts that name none: en, km, de.", show_default=False),
    ] = None
    life_name: Annotated[
        str | None,
        typer.Option(
            "--life", help="The life: of rows that name none, or the one meant among several.", show_default=False
        ),
    ] = None
    author: Annotated[
        str | None,
        typer.Option(
            "--author",
            help="Who wrote the entries, where the file does not say it; for WhatsApp, the sender's name.",
            show_default=False,
        ),
    ] = None
    timezone: Annotated[
        str | None,
        typer.Option("--timezone", help="Where the person was, for times in UTC: Asia/Phnom_Penh.", show_default=False),
    ] = None
    until: Annotated[
        datetime.datetime | None,
        typer.Option(
            "--until",
            formats=["%Y-%m-%d"],
            help="Last day of events that repeat without end (.ics).",
            show_default=False,
        ),
    ] = None
    day_first: Annotated[
        bool | None,
        typer.Option(
            "--day-first/--month-first", help="Whether 03/04 is 3 April (tables, WhatsApp).", show_default=False
        ),
    ] = None
    day_begins: Annotated[
        int | None,
        typer.Option(
            "--day-begins",
            help="Hour at which a waking day begins; what is before it counts for the day before (.ics, WhatsApp).",
            min=0,
            show_default="0",
        ),
    ] = None
    earliest: Annotated[
        int | None,
        typer.Option("--earliest", help="First plausible year; earlier dates are faults.", show_default="1500"),
    ] = None
    latest: Annotated[
        int | None, typer.Option("--latest", help="Last plausible year; next year where not given.", show_default=False)
    ] = None

    def given(self) -> list[str]:
        """Return the options that were given, as they are written."""
        return [_WRITTEN.get(name, f"--{name.replace('_', '-')}") for name in _said(self, fields(self))]

    def reading(self) -> Reading:
        """Return the same for the readers of files.

        Raises
        ------
        UsageError, ReadError
            What was said of columns cannot be read.
        """
        from karmalink.account.files.reading import Reading

        said = _said(self, fields(ReadingOptions))
        sheet, columns = said.pop("sheet", None), said.pop("columns", None)
        given = {_NAMES.get(name, name): _value(value) for name, value in said.items()}
        return Reading(columns=columns_said(columns, sheet), **given)


def columns_said(columns: Sequence[str] | None, sheet: str | None) -> Columns | None:
    """Return what was said of the columns of a table and the sheet of a workbook; None where nothing was.

    Raises
    ------
    UsageError, ReadError
        It cannot be read.
    """
    if not columns and not sheet:
        return None
    from karmalink.rows import Columns

    found = Columns.of(columns or ())
    return replace(found, sheet=sheet) if sheet else found


# Where the reader's name, or what is written on the command line, is not the field's.
_NAMES = {"life_name": "life"}
_WRITTEN = {"life_name": "--life", "day_first": "--day-first/--month-first"}


def _said(options: ReadingOptions, of: Iterable[Field[Any]]) -> dict[str, Any]:
    said = {field.name: getattr(options, field.name) for field in of}
    return {name: value for name, value in said.items() if value is not None and value != []}


def _value(value: Any) -> Any:
    return value.date() if isinstance(value, datetime.datetime) else value
