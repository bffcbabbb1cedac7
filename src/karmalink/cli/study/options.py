"""Options of ``karmalink study …`` as objects: of a file, of an answer, of a report."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from karmalink.errors import UsageError

__all__ = ["ConsentOptions", "FileOptions", "ReportOptions", "as_day"]


@dataclass(frozen=True, slots=True)
class FileOptions:
    """Options of ``karmalink study add`` beside those of every command that reads a file."""

    life_kind: Annotated[
        str | None, typer.Option("--life-kind", help="Kind of a life: diary, calendar, chat, register, other.")
    ] = None
    id: Annotated[str | None, typer.Option("--id", help="Recording: identifier of the night.")] = None
    hypnogram: Annotated[
        Path | None, typer.Option("--hypnogram", help="Recording: its hypnogram (.tsv, .csv, .txt).")
    ] = None
    vocabulary: Annotated[
        str | None, typer.Option("--vocabulary", help="Stage names of it: words, aasm, dreams, 0-4, profusion.")
    ] = None
    score: Annotated[bool, typer.Option("--score", help="Recording: stage it now.")] = False

    def given(self) -> dict[str, Any]:
        """Return the options by their names in :class:`karmalink.study.imports.Options`."""
        return {**{name: getattr(self, name) for name in self.__slots__}, "score": self.score or None}


@dataclass(frozen=True, slots=True)
class ConsentOptions:
    """What a person, or a minor's guardian, answered, and when."""

    own: Annotated[bool | None, typer.Option("--yes/--no", help="Their own answer.")] = None
    guardian: Annotated[
        bool | None, typer.Option("--guardian-yes/--guardian-no", help="Of a minor: the guardian's answer.")
    ] = None
    assent: Annotated[
        bool | None, typer.Option("--assent-yes/--assent-no", help="Of a minor: the child's own answer.")
    ] = None
    on: Annotated[str | None, typer.Option("--on", help="The day of the answer, YYYY-MM-DD; today.")] = None


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """Who and what a report is about (``karmalink study report``)."""

    person: Annotated[
        list[str] | None,
        typer.Option("--person", help="Whose nights and accounts; everybody's if not given. Repeatable."),
    ] = None
    life: Annotated[
        list[str] | None, typer.Option("--life", help="A life to compare with, beside each person's own. Repeatable.")
    ] = None
    case: Annotated[Path | None, typer.Option("--case", help="A case, for a map of the study's clues.")] = None
    texts: Annotated[
        str,
        typer.Option("--texts", help="People's words in the report: none, units (that match), full (accounts too)."),
    ] = "none"
    handed_to: Annotated[str, typer.Option("--handed-to", help="Who gets a copy.")] = ""


def as_day(word: str | None, option: str) -> dt.date | None:
    """Return a day given on the command line, None where none was.

    Raises
    ------
    UsageError
        It is not a day.
    """
    if word is None:
        return None
    try:
        return dt.date.fromisoformat(word)
    except ValueError:
        raise UsageError(f"{option} must be a day, got {word[:20]!r}", where=option, allowed="YYYY-MM-DD") from None
