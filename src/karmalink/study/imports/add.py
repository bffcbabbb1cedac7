"""Import of one file: read, checked against the study, stored as a whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from karmalink.base.bounded import C_PARSED, try_in_process
from karmalink.base.progress import Progress
from karmalink.errors import UnknownName, describe, suggest
from karmalink.rows import FileNote, FileRecords
from karmalink.study.imports.entries import gather_lives
from karmalink.study.imports.faults import refused_entries, refused_rows, unknown_names
from karmalink.study.imports.kinds import KINDS, Kind
from karmalink.study.imports.options import Options
from karmalink.study.imports.recordings import add_recording

if TYPE_CHECKING:
    from karmalink.study.records.records import Added
    from karmalink.study.study import Study

__all__ = ["Imported", "add_file", "kind_named"]


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of one import.

    Attributes
    ----------
    kind : str
        A key of `study.imports.KINDS`.
    source : str
        Name of the file.
    new : tuple of str
        Identifiers that are new in the study.
    known : int
        How many were there already, with the same content.
    notes : tuple of str
        What the user should know, without stopping the import.
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
        """One-line summary."""
        return f"Imported({self.kind} from {self.source}: {len(self.new)} new, {self.known} already there)"


def add_file(
    study: Study,
    kind: str,
    path: str | Path,
    *,
    options: Options | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Imported:
    """Import one file into an open study: everything in it, or nothing.

    Parameters
    ----------
    study : Study
        Open for writing.
    kind : str
        A key of `study.imports.KINDS`.
    path : str or Path
        The file.
    options : Options, optional
        Values for rows that do not have them.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    UnknownName
        No such kind.
    ReadError
        The file as a whole cannot be read.
    ImportFaults
        Every fault of the file, by itself and against the study; nothing was imported.
    """
    file_kind = kind_named(kind)
    given = options or Options()
    file = Path(path)
    if file_kind.name == "nights":
        given.check(file_kind.options, str(file))
        added, notes = add_recording(study, file, given, progress)
        return Imported(file_kind.name, file.name, added.new, added.known, notes)
    add = _add_entries if file_kind.name == "entries" else _add_table
    added, left_out = add(study, file_kind, file, given, progress)
    return Imported(file_kind.name, file.name, added.new, added.known, tuple(map(str, left_out)))


def kind_named(word: str) -> Kind:
    """Return a kind of file by its name.

    Raises
    ------
    UnknownName
        There is no such kind.
    """
    kind = KINDS.get(word.strip().casefold())
    if kind is None:
        raise UnknownName(
            f"unknown kind of file {describe(word)}", allowed=tuple(KINDS), next_step=suggest(word, KINDS)
        )
    return kind


def _add_table(
    study: Study, kind: Kind, path: Path, options: Options, progress: Progress | None
) -> tuple[Added, tuple[FileNote, ...]]:
    options.check(kind.options, str(path))
    if kind.gather is None:
        raise UnknownName(f"{kind.name} are not imported from a table", allowed=tuple(KINDS))
    if path.suffix.casefold() in C_PARSED:
        try_in_process(partial(kind.gather, path, options), path)
    file_records: FileRecords[Any] = kind.gather(path, options)
    rows = zip(file_records.rows, file_records.records, strict=True)
    pairs = [(row, record) for row, record in rows if record is not None]
    namespace = getattr(study, kind.name)
    # Others can write while the file is read. What it is checked against must not change until it is stored.
    with study.transaction():
        refusals = namespace.check([record for _, record in pairs])
        refused = refused_rows(study, kind, refusals, [row for row, _ in pairs])
        records = file_records.settle([*refused, *unknown_names(study, kind, file_records)], warn=False)
        added: Added = namespace.add(records) if kind.name == "people" else namespace.add(records, progress=progress)
    return added, file_records.notes


def _add_entries(
    study: Study, kind: Kind, path: Path, options: Options, progress: Progress | None
) -> tuple[Added, tuple[FileNote, ...]]:
    if path.suffix.casefold() in C_PARSED:
        try_in_process(partial(gather_lives, path, options), path)
    gathered = gather_lives(path, options)
    with study.transaction():
        gathered.entries.settle(refused_entries(study, gathered), warn=False)
        added = study.lives.add(gathered.lives(), progress=progress)
    return added, gathered.entries.notes
