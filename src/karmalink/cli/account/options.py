"""What the verbs of ``karmalink account`` share: their options, and whether a file holds accounts or a life."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from karmalink.account import Account, Life
    from karmalink.cli.reading_options import ReadingOptions

__all__ = ["Entries", "File", "ShowText", "read_lives_of", "texts_of"]

File = Annotated[
    Path,
    typer.Argument(help="Accounts or entries: .csv, .tsv, .jsonl; a calendar .ics; a WhatsApp export .txt."),
]
Entries = Annotated[
    bool,
    typer.Option(
        "--entries", help="The table holds entries of lives (assumed where it has a column 'life' or --life is given)."
    ),
]
ShowText = Annotated[bool, typer.Option("--show-text", help="Also print the texts. They are people's own words.")]

_ALWAYS_ENTRIES = (".ics", ".txt")


def texts_of(
    file: Path, options: ReadingOptions, *, entries: bool
) -> tuple[Sequence[Account] | None, Sequence[Life] | None]:
    """Return the accounts of a file, or its lives; the other is None.

    Raises
    ------
    ReadError, ImportFaults, UsageError, UnknownName, CannotAnswer
        As the readers of files.
    """
    if _holds_entries(file, entries, options.life_name):
        return None, read_lives_of(file, options)
    reading = options.reading()
    reading.check(accounts=file)
    return reading.accounts(file), None


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


def _holds_entries(file: Path, said: bool, life: str | None) -> bool:
    """Tell whether a file is about a life: by its ending, by what was said, by the column that only entries have."""
    if said or life is not None or file.suffix.casefold() in _ALWAYS_ENTRIES:
        return True
    from karmalink.rows import columns_of

    columns = columns_of(file)
    return "life" in columns and "person" not in columns
