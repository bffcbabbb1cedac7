"""Arguments and options that the verbs of ``karmalink link`` share, and how they leave."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from karmalink.cli.link.sources import StudyAt

if TYPE_CHECKING:
    from rich.progress import Progress

    from karmalink.link import Verdict

__all__ = [
    "Accounts",
    "Author",
    "Calendar",
    "Cut",
    "Lags",
    "LifeFile",
    "LifeName",
    "Lived",
    "Means",
    "Person",
    "Rate",
    "ShowText",
    "ViewName",
    "leave",
    "study_at",
    "track",
]

Accounts = Annotated[
    str | None,
    typer.Argument(help="Accounts: .csv, .tsv or .jsonl. With --study: a person's identifier.", show_default=False),
]
Lived = Annotated[
    str | None,
    typer.Argument(
        help="A life: entries as .csv, .tsv, .jsonl; a calendar .ics; a WhatsApp export .txt. With --study: a life's "
        "identifier.",
        show_default=False,
    ),
]
LifeFile = Annotated[
    Path,
    typer.Argument(
        help="A life: entries as .csv, .tsv, .jsonl; a calendar .ics; a WhatsApp export .txt.", show_default=False
    ),
]
Person = Annotated[
    str | None,
    typer.Option("--person", help="Whose accounts, where the file holds several persons'.", show_default=False),
]
LifeName = Annotated[
    str | None, typer.Option("--life", help="Which life, where the file holds several.", show_default=False)
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
        "--date-means",
        help="What dates of accounts mean where a row does not say: night_of, morning_of, unknown (both are run).",
        show_default=False,
    ),
]
Author = Annotated[
    str | None, typer.Option("--author", help="Who wrote the entries, where the file does not say.", show_default=False)
]
Cut = Annotated[
    bool, typer.Option("--cut-retellings", help="Cut the passages of the entries that retell a dream first.")
]
Lags = Annotated[int, typer.Option("--lags", help="Window: this many days before a night against as many after it.")]
ViewName = Annotated[
    str, typer.Option("--view", help="What of the texts is compared: all, style-removed or names-masked.")
]
Rate = Annotated[float, typer.Option("--q", help="Nominal false discovery rate.")]
ShowText = Annotated[
    bool, typer.Option("--show-text", help="Print the matching units too. They are people's own words.")
]

_CANNOT_ANSWER = 4


def study_at(folder: Path | None, passphrase_file: Path | None, keys: Path | None) -> StudyAt | None:
    """Return which study was named, None where none was."""
    return None if folder is None else StudyAt(folder, passphrase_file, keys)


def track(bar: Progress, what: str) -> Callable[[int, int], None]:
    """Return what a call tells its progress."""
    task = bar.add_task(what, total=None)
    return lambda done, total: bar.update(task, completed=done, total=total)


def leave(verdict: Verdict) -> None:
    """Leave with exit code 4 where these data cannot tell."""
    if not verdict.answered:
        raise typer.Exit(_CANNOT_ANSWER)
