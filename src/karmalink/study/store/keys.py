"""The key store: one data key per person, outside the study, opened by a passphrase.

The study's folder and its backups hold no key, wrapped or not. A person is erased by deleting their key here: in every
copy of the study, old or new, their data can then no longer be read. Only an old copy of this small file could undo
that; copies are therefore made on purpose only (:meth:`KeyStore.backup`), listed, and named when a person is erased.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from karmalink.base.wording import counted
from karmalink.errors import StudyLocked, UnknownName, UsageError
from karmalink.study.store.fields import KEY_BYTES, derive, seal, unseal
from karmalink.study.store.keyfile import (
    KdfCost,
    as_bytes,
    as_text,
    check_passphrase,
    new_keyfile,
    read_keyfile,
    relocked,
    unlocked,
)
from karmalink.study.store.storage import guarded_storage, replace_file

__all__ = ["KdfCost", "KeyCopy", "KeyStore", "find_store", "keys_folder", "store_path"]

_ENDING = ".keys"
_WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class KeyCopy:
    """A listed copy of the key store: where it is, and when it was made (ISO 8601, UTC)."""

    path: str
    made: str


@dataclass(frozen=True, slots=True)
class _PersonKey:
    key: bytes
    identity: str


def keys_folder(explicit: str | Path | None) -> Path:
    """Return the folder for a new key store: as given, ``KARMALINK_KEYS``, or the user's data folder."""
    return _folders(explicit, "")[0]


def find_store(explicit: str | Path | None, setting: str, study: str) -> Path:
    """Return the folder in which the key store of a study lies.

    As given; otherwise the first of ``KARMALINK_KEYS``, the setting ``keys.folder`` and the user's data folder that has
    it. If none has it, the first of them.
    """
    folders = _folders(explicit, setting)
    return next((folder for folder in folders if store_path(folder, study).is_file()), folders[0])


def _folders(explicit: str | Path | None, setting: str) -> list[Path]:
    from platformdirs import user_data_path

    if explicit:
        return [Path(explicit).expanduser().absolute()]
    named = [Path(name).expanduser().absolute() for name in (os.environ.get("KARMALINK_KEYS"), setting) if name]
    return [*named, user_data_path("karmalink", appauthor=False) / "keys"]


def store_path(folder: Path, study: str) -> Path:
    """Return the path of a study's key store in a folder of key stores."""
    return folder / f"{study}{_ENDING}"


class KeyStore:
    """The open key store of one study. Every change is one atomic, flushed rewrite under the store's own lock."""

    def __init__(self, path: Path, study: str, study_key: bytes, body: dict[str, Any]) -> None:
        self.path = path
        self.study = study
        self._study_key = study_key
        self._body = body
        self._opened: dict[str, _PersonKey] = {}

    @classmethod
    def create(cls, folder: Path, study: str, passphrase: str, cost: KdfCost | None = None) -> KeyStore:
        """Create a key store with a new study key.

        Raises
        ------
        UsageError
            The passphrase is too short, or the study already has a key store.
        StorageFailed
            It cannot be written.
        """
        check_passphrase(passphrase)
        path = store_path(folder, study)
        if path.exists():
            raise UsageError("this study already has a key store", where=path, rule="a key store is created once")
        with guarded_storage(folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        study_key = os.urandom(KEY_BYTES)
        store = cls(path, study, study_key, new_keyfile(study, passphrase, study_key, cost or KdfCost()))
        store._write(store._body)
        return store

    @classmethod
    def open(cls, folder: Path, study: str, passphrase: str) -> KeyStore:
        """Open a key store.

        Raises
        ------
        KeyStoreMissing
            There is none for this study in `folder`.
        WrongPassphrase
            The passphrase does not open it.
        StudyTooNew
            It was written by a newer Karmalink.
        IntegrityError
            It is damaged.
        """
        path = store_path(folder, study)
        body = read_keyfile(path, study)
        return cls(path, study, unlocked(path, study, body, passphrase), body)

    @property
    def study_key(self) -> bytes:
        """Return the study's own key, for rows without an owner."""
        return self._study_key

    @property
    def people(self) -> frozenset[str]:
        """Return the pseudonyms that have a key."""
        return frozenset(self._body["people"])

    @property
    def erased(self) -> frozenset[str]:
        """Return the pseudonyms whose key was destroyed."""
        return frozenset(self._body["erased"])

    @property
    def copies(self) -> tuple[KeyCopy, ...]:
        """Return the listed copies of this store."""
        return tuple(KeyCopy(**copy) for copy in self._body["copies"])

    @property
    def head(self) -> tuple[int, str] | None:
        """Return number and hash of the last ledger entry when the study was last closed after writing."""
        head = self._body["head"]
        return (int(head[0]), str(head[1])) if head else None

    def person_key(self, pseudonym: str) -> bytes:
        """Return a person's data key.

        Raises
        ------
        UnknownName
            There is none: they were erased, or it is in another key store.
        """
        return self._person(pseudonym).key

    def identity(self, pseudonym: str) -> str:
        """Return a person's age identity, for files."""
        return self._person(pseudonym).identity

    def add(self, pseudonyms: Iterable[str]) -> None:
        """Make keys for people."""
        from pyrage import x25519

        made = {name: _PersonKey(os.urandom(KEY_BYTES), str(x25519.Identity.generate())) for name in pseudonyms}
        wrapping = derive(self._study_key, "wrap")
        wrapped = {
            name: as_text(seal(wrapping, person.key + person.identity.encode(), self._bound(name)))
            for name, person in made.items()
        }
        self._change(lambda body: body["people"].update(wrapped))
        self._opened |= made

    def drop(self, pseudonyms: Iterable[str]) -> None:
        """Remove keys that :meth:`add` has just made, if their people were not stored after all."""
        names = set(pseudonyms)
        self._change(lambda body: body.update(people={k: v for k, v in body["people"].items() if k not in names}))
        self._opened = {name: key for name, key in self._opened.items() if name not in names}

    def destroy(self, pseudonym: str) -> None:
        """Delete a person's key permanently: the old file is overwritten once the new one is safe."""

        def change(body: dict[str, Any]) -> None:
            body["people"].pop(pseudonym, None)
            if pseudonym not in body["erased"]:
                body["erased"].append(pseudonym)

        self._change(change, shred=True)
        self._opened.pop(pseudonym, None)

    def set_head(self, number: int, digest: str) -> None:
        """Store the ledger's last entry, so that entries cut off later are noticed."""
        self._change(lambda body: body.update(head=[number, digest]))

    def backup(self, target: str | Path) -> Path:
        """Copy the store and list the copy.

        Parameters
        ----------
        target : str or Path
            A folder (the copy keeps the store's name, so that it can be used as ``keys``) or a file.

        Raises
        ------
        UsageError
            The copy would overwrite the store itself, or a file that is not one of its copies.
        """
        place = Path(target).expanduser().resolve()
        path = place / self.path.name if place.is_dir() or not place.suffix else place
        if path == self.path.resolve():
            raise UsageError("this is the key store itself", where=path, next_step="name another folder")
        if path.exists() and str(path) not in {copy.path for copy in self.copies}:
            raise UsageError(
                "this file exists already and is not a listed copy",
                where=path,
                rule="only a listed copy is overwritten",
                next_step="name a folder, or another file",
            )
        with guarded_storage(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        entry = {"path": str(path), "made": dt.datetime.now(dt.UTC).isoformat(timespec="seconds")}
        self._change(lambda body: body["copies"].append(entry))
        replace_file(path, self.path.read_bytes())
        return path

    def forget_copy(self, path: str | Path) -> None:
        """Take a destroyed copy off the list.

        Raises
        ------
        UnknownName
            It is not on the list.
        """
        name = str(Path(path).expanduser().resolve())
        listed = [copy.path for copy in self.copies]
        if name not in listed:
            raise UnknownName(
                "this is not a listed copy of the key store", where=name, allowed=listed or "none: no copy is listed"
            )
        self._change(lambda body: body.update(copies=[copy for copy in body["copies"] if copy["path"] != name]))

    def change_passphrase(self, passphrase: str, cost: KdfCost | None = None) -> None:
        """Lock the study key with a new passphrase. Copies made before still open with the old one.

        Raises
        ------
        UsageError
            The passphrase is too short.
        """
        check_passphrase(passphrase)
        locked = relocked(self.study, passphrase, self._study_key, cost or KdfCost(**self._body["cost"]))
        self._change(lambda body: body.update(locked), shred=True)

    def reload(self) -> None:
        """Read the file again: another process may have added people."""
        self._body = read_keyfile(self.path, self.study)

    def _person(self, pseudonym: str) -> _PersonKey:
        found = self._opened.get(pseudonym)
        if found is not None:
            return found
        wrapped = self._body["people"].get(pseudonym)
        if wrapped is None:
            raise UnknownName(
                f"the key store has no key for {pseudonym}",
                where=self.path,
                rule="without their key a person's data cannot be read, in any copy of the study",
            )
        plain = unseal(derive(self._study_key, "wrap"), as_bytes(wrapped), self._bound(pseudonym))
        person = _PersonKey(plain[:KEY_BYTES], plain[KEY_BYTES:].decode())
        self._opened[pseudonym] = person
        return person

    def _bound(self, pseudonym: str) -> bytes:
        return f"{self.study}\x00{pseudonym}".encode()

    def _change(self, change: Callable[[dict[str, Any]], None], *, shred: bool = False) -> None:
        from filelock import FileLock, Timeout

        # Read again under the lock: two processes that add people must not overwrite each other's keys.
        try:
            with guarded_storage(self.path), FileLock(f"{self.path}.lock", timeout=_WAIT_S):
                body = read_keyfile(self.path, self.study)
                change(body)
                self._write(body, shred=shred)
        except Timeout:
            raise StudyLocked(
                "another process is writing to the key store", where=self.path, next_step="wait, then run it again"
            ) from None

    def _write(self, body: dict[str, Any], *, shred: bool = False) -> None:
        replace_file(self.path, json.dumps(body, indent=1).encode(), shred=shred)
        self._body = body

    def __repr__(self) -> str:
        """One-line summary."""
        copies = counted(len(self.copies), "listed copy", "listed copies")
        return f"KeyStore({counted(len(self.people), 'person', 'people')}, {copies})"
