"""Records beside the rows they were made of, before anybody decides: what a study checks a file with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from karmalink.errors import Fault, ImportFaults
from karmalink.rows.fields import Row, Spec
from karmalink.rows.notes import FileNote, warn_of
from karmalink.rows.reader import Gathered

__all__ = ["FileRecords", "records_of"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FileRecords(Generic[T]):
    """The records of one file with their rows, and every fault found so far.

    Attributes
    ----------
    path : Path
        The file.
    rows : tuple of Row
        Every line that could be split into cells.
    records : tuple of (T or None)
        Beside its row; None where the row has a fault.
    faults : tuple of Fault
        Of the file.
    next_step : str
        What to say below the faults, where it is not the usual.
    notes : tuple of FileNote
        What was left out, read in part or read otherwise, without being a fault.
    """

    path: Path
    rows: tuple[Row, ...]
    records: tuple[T | None, ...]
    faults: tuple[Fault, ...]
    next_step: str = ""
    notes: tuple[FileNote, ...] = ()

    def settle(self, more: Iterable[Fault] = (), *, warn: bool = True) -> list[T]:
        """Return the records if neither the file nor the caller found a fault; warn of what was left out.

        Parameters
        ----------
        more : iterable of Fault
            What the caller found.
        warn : bool
            False where the caller tells the notes itself.

        Raises
        ------
        ImportFaults
            With every fault, in the order of the lines.
        """
        faults = sorted([*self.faults, *more], key=lambda fault: fault.line)
        if faults:
            raise ImportFaults(faults, where=self.path, next_step=self.next_step)
        if warn:
            warn_of(self.path, self.notes)
        return [record for record in self.records if record is not None]


def records_of(gathered: Gathered, spec: Spec, make: Callable[[Row], T], more: Iterable[Fault] = ()) -> FileRecords[T]:
    """Return the records of the rows without a fault.

    Parameters
    ----------
    gathered : Gathered
        Rows and faults of a file.
    spec : tuple of Field
        What they were read with. A row that lacks a required field makes no record: a column that is missing is one
        fault of the header, not one of each row.
    make : callable
        Row → record; called for rows without a fault only.
    more : iterable of Fault
        Faults that the caller found in the rows.
    """
    faults = (*gathered.faults, *more)
    wrong = {fault.line for fault in faults}
    required = [field.name for field in spec if field.required]

    def record(row: Row) -> T | None:
        whole = row.line not in wrong and all(row.get(name) is not None for name in required)
        return make(row) if whole else None

    made = tuple(record(row) for row in gathered.rows)
    return FileRecords(gathered.path, gathered.rows, made, faults, notes=gathered.notes)
