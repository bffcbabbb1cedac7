"""One file into a study: gathered, checked against the study, stored together or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    """What one import did.

    Attributes
    ----------
    kind : str
        A key of `study.imports.KINDS`.
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
        Every fault of the file and everything that the study has against its rows; nothing was imported.
    """
    row = kind_named(kind)
    said = options or Options()
    place = Path(path)
    if row.name == "nights":
        said.check(row.options, str(place))
        added, notes = add_recording(study, place, said, progress)
        return Imported(row.name, place.name, added.new, added.known, notes)
    add = _add_entries if row.name == "entries" else _add_table
    with study.transaction():
        added, left = add(study, row, place, said, progress)
    return Imported(row.name, place.name, added.new, added.known, tuple(map(str, left)))


def kind_named(word: str) -> Kind:
    """Return a kind of file by its name.

    Raises
    ------
    UnknownName
        There is none of that name.
    """
    kind = KINDS.get(word.strip().casefold())
    if kind is None:
        raise UnknownName(
            f"no kind of file is called {describe(word)}", allowed=tuple(KINDS), next_step=suggest(word, KINDS)
        )
    return kind


def _add_table(
    study: Study, kind: Kind, path: Path, options: Options, progress: Progress | None
) -> tuple[Added, tuple[FileNote, ...]]:
    options.check(kind.options, str(path))
    if kind.gather is None:
        raise UnknownName(f"no table is read as {kind.name}", allowed=tuple(KINDS))
    found: FileRecords[Any] = kind.gather(path, options)
    pairs = [(row, record) for row, record in zip(found.rows, found.records, strict=True) if record is not None]
    namespace = getattr(study, kind.name)
    refusals = namespace.check([record for _, record in pairs])
    faults = [*refused_rows(study, kind, refusals, [row for row, _ in pairs]), *unknown_names(study, kind, found)]
    records = found.settle(faults, warn=False)
    added: Added = namespace.add(records) if kind.name == "people" else namespace.add(records, progress=progress)
    return added, found.notes


def _add_entries(
    study: Study, kind: Kind, path: Path, options: Options, progress: Progress | None
) -> tuple[Added, tuple[FileNote, ...]]:
    found = gather_lives(path, options)
    found.entries.settle(refused_entries(study, found), warn=False)
    return study.lives.add(found.lives(), progress=progress), found.entries.notes
