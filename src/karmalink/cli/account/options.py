"""What the verbs of ``karmalink account`` share: their options, and whether a file holds accounts or a life."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.errors import UsageError

if TYPE_CHECKING:
    from karmalink.account import Account, Life, Reading
    from karmalink.cli.reading_options import ReadingOptions

__all__ = ["Entries", "File", "SaveColumns", "ShowText", "read_lives_of", "save_columns", "texts_of"]

File = Annotated[
    Path,
    typer.Argument(
        help="Accounts or entries: a table (.csv, .tsv, .xlsx, .jsonl); a calendar .ics; a WhatsApp export .txt; a "
        "journal .json (Day One)."
    ),
]
Entries = Annotated[
    bool | None,
    typer.Option(
        "--entries/--accounts",
        help="Whether the file holds entries of lives; assumed where a table has a column 'life', --life is given, or "
        "it is a calendar, a chat or a journal. --accounts on a .txt: statements, one a line.",
        show_default=False,
    ),
]
SaveColumns = Annotated[
    Path | None,
    typer.Option("--save-columns", help="Keep --columns and --sheet in this new .toml file.", show_default=False),
]
ShowText = Annotated[bool, typer.Option("--show-text", help="Also print the texts. They are people's own words.")]

_LISTS = (".txt",)
_ALWAYS_ENTRIES = (".ics", *_LISTS)


def texts_of(
    file: Path, options: ReadingOptions, *, entries: bool | None
) -> tuple[Sequence[Account] | None, Sequence[Life] | None]:
    """Return the accounts of a file, or its lives; the other is None.

    Parameters
    ----------
    file : Path
        The file.
    options : ReadingOptions
        How it is read.
    entries : bool or None
        Whether it holds entries; None where the file is to say it.

    Raises
    ------
    ReadError, ImportFaults, UsageError, UnknownName, CannotAnswer
        As the readers of files.
    """
    reading = options.reading()
    if entries or (entries is None and _holds_entries(file, reading)):
        return None, read_lives_of(file, options)
    reading.check(accounts=file)
    # A chat is a life of somebody; accounts as plain text are statements.
    return (reading.statements if file.suffix.casefold() in _LISTS else reading.accounts)(file), None


def read_lives_of(file: Path, options: ReadingOptions) -> list[Life]:
    """Return the lives of a file.

    Raises
    ------
    ReadError, ImportFaults, UsageError, UnknownName, CannotAnswer
        As the readers of files.
    """
    reading = options.reading()
    reading.check(lives=file)
    return reading.lives(file)


def save_columns(path: Path | None, options: ReadingOptions) -> None:
    """Keep what was said of columns in a new file, once the table was read with it.

    Raises
    ------
    UsageError
        Nothing was said, or there is such a file already.
    """
    if path is None:
        return
    columns = options.reading().columns
    if columns is None:
        raise UsageError("there are no columns to keep", where=path, allowed="--columns or --sheet beside it")
    columns.write(path)


def _holds_entries(file: Path, reading: Reading) -> bool:
    """Whether a file is about a life: by its ending, by what was said, by the column that only entries have."""
    from karmalink.account.files.day_one import is_day_one
    from karmalink.rows import columns_of, heading_key

    if reading.life is not None or file.suffix.casefold() in _ALWAYS_ENTRIES or is_day_one(file):
        return True
    said = reading.columns
    known = {*map(heading_key, columns_of(file, sheet=said.sheet if said else "")), *(said.headings if said else ())}
    return "life" in known and "person" not in known
