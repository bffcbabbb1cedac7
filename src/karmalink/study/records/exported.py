"""Unencrypted exports: where each is, who is in it, and who was given a copy; so that an erasure reaches it."""

from __future__ import annotations

import builtins
import datetime as dt
import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
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

__all__ = ["Deleted", "Exported", "ExportedList", "delete_files"]


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
    digests : tuple of str
        SHA-256 of each of `files` once it was written; empty if that was never finished, or by an earlier version.
    """

    id: str
    kind: str
    path: str
    people: tuple[str, ...]
    files: tuple[str, ...]
    handed_to: tuple[str, ...]
    at: str
    digests: tuple[str, ...] = ()

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


@dataclass(frozen=True, slots=True)
class Deleted:
    """What became of the files of an export: which could not be deleted, and which are not there any more.

    Attributes
    ----------
    left : tuple of str
        Files that could not be deleted.
    moved : tuple of str
        Places at which the export's file is missing, or another file is now: that one is left alone.
    """

    left: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()


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
        written: bool = True,
    ) -> str:
        """Enter an export; return its identifier.

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
        written : bool
            Whether it is written already; if not, call :meth:`finished` once it is.

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
        name = secrets.token_hex(6)
        names = builtins.list(people)
        listed = _listed(place, files)
        facts = {
            "id": name,
            "path": str(place),
            "files": listed,
            "handed_to": [handed_to] if handed_to else [],
            "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "digests": _digests(place, listed) if written else [],
        }
        with self._core.database.transaction():
            earlier = self._of_file(place)
            copies = [to for row in earlier for to in self._sealed.facts(row)["handed_to"]]
            facts["handed_to"] = builtins.list(dict.fromkeys([*copies, *facts["handed_to"]]))
            owners = {self._core.directory.pseudonym(person) for person in names}.union(
                *(owners_of(row.owners) for row in earlier)
            )
            for row in earlier:
                self._sealed.remove(row)
            self._sealed.insert([New(name, tuple(sorted(owners)), facts, clear={"kind": kind})])
        return name

    def finished(self, name: str) -> None:
        """Enter what the files of an export hold, now that all of them are written.

        From then on they are known by their content: a file that takes the name of one of them is not deleted with it.

        Raises
        ------
        UnknownName
            There is no such export.
        """
        export = self.get(name)
        digests = _digests(Path(export.path), export.files)
        self._changed(name, lambda facts: {**facts, "digests": digests})

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
        self._changed(name, lambda facts: {**facts, "handed_to": [*facts["handed_to"], to]})

    def remove(self, name: str) -> tuple[str, ...]:
        """Delete an export's files and take it off the list; return the files that could not be deleted, or have moved.

        Raises
        ------
        UnknownName
            There is no such export.
        """
        with self._core.database.transaction():
            row = self._row(name)
            deleted = delete_files(self._opened(row))
            self._sealed.remove(row)
        return (*deleted.left, *deleted.moved)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._sealed.rows(seen_by_all=True))

    def __iter__(self) -> Iterator[Exported]:
        """Go through the exports."""
        return iter(self.list())

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<{counted(len(self), 'export')}>"

    def _changed(self, name: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        with self._core.database.transaction():
            row = self._row(name)
            facts = change(dict(self._sealed.facts(row)))
            self._sealed.replace(row, New(name, owners_of(row.owners), facts, clear={"kind": row.kind}))

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
        return replace(whole, handed_to=facts["handed_to"], digests=tuple(facts.get("digests", ())))


def delete_files(export: Exported) -> Deleted:
    """Delete the files of an export, and the folders that are then empty.

    Only listed files are deleted, and of a finished export only those that hold what was written: a folder with other
    files in it stays, with those, and so does a file that took the place of one of the export's.
    """
    place = Path(export.path)
    left, moved = [], []
    folders = {place}
    digests = export.digests or ("",) * len(export.files)
    for name, digest in zip(export.files, digests, strict=True):
        path = place if name == "." else place / name
        folders |= {parent for parent in path.parents if parent.is_relative_to(place)}
        try:
            if digest and _sha256(path) != digest:
                moved.append(str(path))
                continue
            path.unlink()
        except FileNotFoundError:
            moved.append(str(path))
        except OSError:
            left.append(str(path))
    for folder in sorted(folders, key=lambda folder: len(folder.parts), reverse=True):
        with suppress(OSError):
            folder.rmdir()
    return Deleted(tuple(left), tuple(moved))


def _digests(place: Path, files: Iterable[str]) -> builtins.list[str]:
    return [_sha256(place if file == "." else place / file) for file in files]


def _sha256(path: Path) -> str:
    """Return the digest of a file; of a link, that of where it leads; empty if it is a folder or not there."""
    if path.is_symlink():
        return hashlib.sha256(os.fsencode(path.readlink())).hexdigest()
    if not path.is_file():
        return ""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


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
