"""One file into a study: gathered, checked against the study, stored together or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from karmalink.study.study import Study

__all__ = ["Imported", "Options", "add_file"]


@dataclass(frozen=True, slots=True)
class Options:
    """What holds for every row of a file that does not say it itself.

    Attributes
    ----------
    person : str or None
        Whose it is: of accounts and awakenings the person, of entries the author, of a night the sleeper.
    calendar : str or None
        Calendar of the dates (a key of :data:`karmalink.account.CALENDARS`).
    date_means : str or None
        What the date of an account means: ``night_of``, ``morning_of`` or ``unknown``.
    life, life_kind : str or None
        Of entries: which life they belong to, and its kind. An ICS calendar and a WhatsApp export name none.
    timezone : str or None
        Of an ICS calendar: where the person lives (``Asia/Phnom_Penh``).
    day_first : bool or None
        Of a WhatsApp export: whether 03/04 is 3 April.
    id : str or None
        Of a night: its identifier; the file's name without its ending where not given.
    hypnogram : Path or None
        Of a night: its score as BIDS events.
    """

    person: str | None = None
    calendar: str | None = None
    date_means: str | None = None
    life: str | None = None
    life_kind: str | None = None
    timezone: str | None = None
    day_first: bool | None = None
    id: str | None = None
    hypnogram: Path | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """What one import did.

    Attributes
    ----------
    kind : str
        A key of :data:`karmalink.study.imports.KINDS`.
    source : str
        Name of the file.
    new : tuple of str
        Identifiers that are new in the study.
    known : int
        How many were there already with the same content.
    notes : tuple of str
        What a person should know and what stops nothing.
    """

    kind: str
    source: str
    new: tuple[str, ...]
    known: int = 0
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {
            "kind": self.kind,
            "source": self.source,
            "new": len(self.new),
            "known": self.known,
            "ids": list(self.new),
            "notes": list(self.notes),
        }

    def __repr__(self) -> str:
        """Tell the counts."""
        return f"Imported({self.kind} from {self.source}: {len(self.new)} new, {self.known} already there)"


def add_file(
    study: Study,
    kind: str,
    path: str | Path,
    *,
    options: Options | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Imported:
    """Import one file into an open study.

    Parameters
    ----------
    study : Study
        Open for writing.
    kind : str
        A key of :data:`karmalink.study.imports.KINDS`.
    path : str or Path
        The file.
    options : Options, optional
        What holds for rows that do not say it themselves.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    UnknownName
        No such kind.
    ReadError
        The file as a whole cannot be read.
    ImportFaults
        Every fault of the file and every clash with the study; nothing was imported.
    """
    raise NotImplementedError
