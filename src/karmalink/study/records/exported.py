"""Unencrypted exports: where each is, who is in it, and who was given a copy; so that an erasure reaches it."""

from __future__ import annotations

import builtins
import datetime as dt
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from karmalink.base.wording import counted
from karmalink.errors import InputError, UnknownName, UsageError, describe
from karmalink.study.store.core import Core
from karmalink.study.store.ledger import owners_of
from karmalink.study.store.sealed import New, Row, SealedTable
from karmalink.study.store.tables import EXPORTED

__all__ = ["Exported", "ExportedList", "delete_files"]


@dataclass(frozen=True, slots=True)
class Exported:
    """One export.

    Attributes
    ----------
    id, kind : str
        Identifier, and what it is (``bids``, ``dream``, ``report`` …).
    path : str
        Where it was written, absolute.
    people : tuple of str
        The people in it, by identifier.
    files : tuple of str
        Its files, relative to `path`; one ``.`` where `path` itself is the file.
    handed_to : tuple of str
        Who was given a copy.
    at : str
        When, ISO 8601, UTC.
    """

    id: str
    kind: str
    path: str
    people: tuple[str, ...]
    files: tuple[str, ...]
    handed_to: tuple[str, ...]
    at: str

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {
            "id": self.id,
            "kind": self.kind,
            "path": self.path,
            "people": list(self.people),
            "files": len(self.files),
            "handed_to": list(self.handed_to),
            "at": self.at,
        }

    def __repr__(self) -> str:
        """One-line summary."""
        files, people = counted(len(self.files), "file"), counted(len(self.people), "person", "people")
        return f"Exported({self.id}: {self.kind}, {files} at {self.path}, {people})"


class ExportedList:
    """The exports of a study.

    Parameters
    ----------
    core : Core
        The open study.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._sealed = SealedTable(core, EXPORTED, common=True)

    def add(
        self,
        path: str | Path,
        people: Iterable[str],
        kind: str,
        *,
        files: Iterable[str | Path] | None = None,
        handed_to: str = "",
    ) -> str:
        """Enter an export that has been written; return its identifier.

        A file that was entered before stays one export: the new entry replaces the earlier ones, and keeps their people
        and who was given a copy, since those copies still exist.

        Parameters
        ----------
        path : str or Path
            The file or folder.
        people : iterable of str
            All people in it, by identifier; empty if there are none.
        kind : str
            What it is.
        files : iterable of path, optional
            Its files; if not given, every file in the folder. An erasure deletes these and nothing else.
        handed_to : str
            Who was given a copy.

        Raises
        ------
        InputError
            `path` is missing.
        UsageError
            It is inside the study, where everything is encrypted.
        UnknownName
            A person in it is not in the study.
        """
        place = Path(path).expanduser().resolve()
        if not place.exists():
            raise InputError("the export is missing", where=place, rule="an export is entered once it is written")
        if place.is_relative_to(self._core.folder.resolve()):
            raise UsageError(
                "an export cannot be inside the study", where=place, rule="in the study everything is encrypted"
            )
        earlier = self._of_file(place)
        copies = [to for row in earlier for to in self._sealed.facts(row)["handed_to"]]
        owners = {self._core.directory.pseudonym(name) for name in people}.union(
            *(owners_of(r.owners) for r in earlier)
        )
        name = secrets.token_hex(6)
        facts = {
            "id": name,
            "path": str(place),
            "files": _listed(place, files),
            "handed_to": builtins.list(dict.fromkeys([*copies, handed_to] if handed_to else copies)),
            "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        }
        with self._core.database.transaction():
            for row in earlier:
                self._sealed.remove(row)
            self._sealed.insert([New(name, tuple(sorted(owners)), facts, clear={"kind": kind})])
        return name

    def list(self) -> builtins.list[Exported]:
        """Return the exports, oldest first."""
        return [self._opened(row) for row in self._sealed.rows(seen_by_all=True)]

    def of(self, pseudonym: str) -> builtins.list[Exported]:
        """Return the exports that a person is in, by pseudonym."""
        return [self._opened(row) for row in self._sealed.rows(person=pseudonym, seen_by_all=True)]

    def get(self, name: str) -> Exported:
        """Return an export.

        Raises
        ------
        UnknownName
            There is no such export.
        """
        return self._opened(self._row(name))

    def handed_out(self, name: str, to: str) -> None:
        """Enter who was given a copy.

        Raises
        ------
        UnknownName
            There is no such export.
        """
        row = self._row(name)
        facts = dict(self._sealed.facts(row))
        facts["handed_to"] = [*facts["handed_to"], to]
        with self._core.database.transaction():
            changed = New(name, owners_of(row.owners), facts, clear={"kind": row.kind})
            self._sealed.replace(row, changed)

    def remove(self, name: str) -> tuple[str, ...]:
        """Delete an export's files and take it off the list; return the files that could not be deleted.

        Raises
        ------
        UnknownName
            There is no such export.
        """
        row = self._row(name)
        left = delete_files(self._opened(row))
        with self._core.database.transaction():
            self._sealed.remove(row)
        return left

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._sealed.rows(seen_by_all=True))

    def __iter__(self) -> Iterator[Exported]:
        """Go through the exports."""
        return iter(self.list())

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<{counted(len(self), 'export')}>"

    def _of_file(self, place: Path) -> builtins.list[Row]:
        if not place.is_file():
            return []
        return [row for row in self._sealed.rows(seen_by_all=True) if self._sealed.facts(row)["path"] == str(place)]

    def _row(self, name: str) -> Row:
        row = self._sealed.find([name]).get(name)
        if row is None:
            raise UnknownName(f"unknown export {describe(name)}", next_step="list the exports: karmalink study show")
        return row

    def _opened(self, row: Row) -> Exported:
        facts = self._sealed.facts(row)
        people = tuple(sorted(map(self._core.directory.name, owners_of(row.owners))))
        whole = Exported(facts["id"], row.kind, facts["path"], people, facts["files"], (), facts["at"])
        return replace(whole, handed_to=facts["handed_to"])


def delete_files(export: Exported) -> tuple[str, ...]:
    """Delete the files of an export, and the folders that are then empty; return the files that could not be deleted.

    Only listed files are deleted: a folder with other files in it stays, with those. A file that is missing counts as
    not deleted: it may have been moved, or its drive is not connected.
    """
    place = Path(export.path)
    left = []
    folders = {place}
    for name in export.files:
        path = place if name == "." else place / name
        folders |= {parent for parent in path.parents if parent.is_relative_to(place)}
        try:
            path.unlink()
        except OSError:
            left.append(str(path))
    for folder in sorted(folders, key=lambda folder: len(folder.parts), reverse=True):
        with suppress(OSError):
            folder.rmdir()
    return tuple(left)


def _listed(place: Path, files: Iterable[str | Path] | None) -> builtins.list[str]:
    if place.is_file():
        return ["."]
    if files is None:
        paths = [path for path in place.rglob("*") if path.is_file() or path.is_symlink()]
    else:
        paths = [place / Path(name) for name in files]
    for path in paths:
        if not path.resolve().is_relative_to(place) and not path.is_symlink():
            raise UsageError("a file of the export is outside its folder", where=path)
    return sorted(path.relative_to(place).as_posix() for path in paths)
