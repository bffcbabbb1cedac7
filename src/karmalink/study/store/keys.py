"""The key store: one data key per person, outside the study, opened by a passphrase.

The study's folder and its backups hold no key, wrapped or not. A person is erased by deleting their key here: in every
copy of the study, old or new, their data can then no longer be read. Only an old copy of this small file could undo
that; copies are therefore made on purpose only (:meth:`KeyStore.backup`), listed, and named when a person is erased.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from karmalink.base.wording import counted
from karmalink.errors import IntegrityError, StorageFailed, StudyLocked, UnknownName, UsageError
from karmalink.study.store.fields import KEY_BYTES, derive, seal, unseal
from karmalink.study.store.keyfile import (
    KdfCost,
    Unlocked,
    as_bytes,
    as_text,
    check_seal,
    new_keyfile,
    read_keyfile,
    relocked,
    sealed_keyfile,
    unlocked,
)
from karmalink.study.store.passphrase import check_passphrase
from karmalink.study.store.secret_file import leftovers_of, replace_secret, sweep_secret
from karmalink.study.store.storage import guarded_storage

__all__ = ["KdfCost", "KeyCopy", "KeyStore", "find_store", "keys_folder", "store_path"]

_ENDING = ".keys"
_WAIT_S = 10.0


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

    def __init__(self, path: Path, study: str, opened: Unlocked, body: dict[str, Any]) -> None:
        self.path = path
        self.study = study
        self._study_key = opened.study_key
        self._relocked = opened.relocked
        self._body = body
        self._opened: dict[str, _PersonKey] = {}

    @classmethod
    def create(cls, folder: Path, study: str, passphrase: str, cost: KdfCost | None = None) -> KeyStore:
        """Create a key store with a new study key.

        Raises
        ------
        UsageError
            The passphrase is too short or easy to guess, or the study already has a key store.
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
        body = new_keyfile(study, passphrase, study_key, cost or KdfCost())
        store = cls(path, study, Unlocked(study_key, body["key"]), body)
        with _lock_of(path):
            store._write(body)
        return store

    @classmethod
    def open(cls, folder: Path, study: str, passphrase: str) -> KeyStore:
        """Open a key store, and delete what a rewrite of it that was killed left beside it.

        Raises
        ------
        KeyStoreMissing
            There is none for this study in `folder`.
        WrongPassphrase
            The passphrase does not open it.
        StudyTooNew
            It was written by a newer Karmalink.
        IntegrityError
            It is damaged, or was changed without the passphrase.
        """
        path = store_path(folder, study)
        body = _read_whole(path, study)
        store = cls(path, study, unlocked(path, study, body, passphrase), body)
        store.sweep()
        return store

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

    @property
    def pending(self) -> frozenset[str]:
        """Return the pseudonyms whose keys were made for an addition that is not known to have been stored."""
        return frozenset(self._body["pending"])

    @property
    def leftovers(self) -> tuple[Path, ...]:
        """Return unfinished and replaced versions of the store and of its copies that could not be deleted."""
        places = [self.path, *(Path(copy.path) for copy in self.copies)]
        return tuple(left for place in places for left in leftovers_of(place))

    def sweep(self) -> None:
        """Overwrite and delete what an interrupted rewrite left beside the store and its copies."""
        if not self.leftovers:
            return
        # On a disk that cannot be written, or while another process writes, it stays; `leftovers` names it.
        with suppress(StorageFailed, StudyLocked), _lock_of(self.path):
            sweep_secret(self.path)
            for copy in self.copies:
                sweep_secret(Path(copy.path))

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

        def change(body: dict[str, Any]) -> None:
            body["people"].update(wrapped)
            body["pending"] = sorted({*body["pending"], *made})

        self._change(change)
        self._opened |= made

    def drop(self, pseudonyms: Iterable[str]) -> None:
        """Remove keys that :meth:`add` has made, if their people were not stored after all."""
        names = set(pseudonyms)

        def change(body: dict[str, Any]) -> None:
            body["people"] = {name: key for name, key in body["people"].items() if name not in names}
            body["pending"] = [name for name in body["pending"] if name not in names]

        self._change(change)
        self._opened = {name: key for name, key in self._opened.items() if name not in names}

    def destroy(self, pseudonym: str) -> None:
        """Delete a person's key permanently: the old file is overwritten once the new one is safe."""

        def change(body: dict[str, Any]) -> None:
            body["people"].pop(pseudonym, None)
            body["pending"] = [name for name in body["pending"] if name != pseudonym]
            if pseudonym not in body["erased"]:
                body["erased"].append(pseudonym)

        self._change(change)
        self._opened.pop(pseudonym, None)

    def set_head(self, number: int, digest: str, *, stored: Iterable[str] = ()) -> None:
        """Store the ledger's last entry, so that entries cut off later and old copies of the study are noticed.

        Parameters
        ----------
        number, digest
            Number and hash of the entry.
        stored : iterable of str
            Pseudonyms that :meth:`add` made keys for, and that are now stored.
        """
        known = set(stored)

        def change(body: dict[str, Any]) -> None:
            body["head"] = [number, digest]
            body["pending"] = [name for name in body["pending"] if name not in known]

        self._change(change)

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
        with _lock_of(self.path):
            replace_secret(path, self.path.read_bytes())
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
            The passphrase is too short or easy to guess.
        """
        check_passphrase(passphrase)
        locked = relocked(self.study, passphrase, self._study_key, cost or KdfCost(**self._body["cost"]))
        self._change(lambda body: body.update(locked))

    def reload(self) -> None:
        """Read the file again: another process may have added people.

        Raises
        ------
        IntegrityError
            It was changed without the passphrase.
        """
        body = _read_whole(self.path, self.study)
        check_seal(self.path, self._study_key, body)
        self._body = body
        readable = self.people
        self._opened = {name: key for name, key in self._opened.items() if name in readable}

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

    def _read(self) -> dict[str, Any]:
        body = read_keyfile(self.path, self.study)
        check_seal(self.path, self._study_key, body)
        return body

    def _change(self, change: Callable[[dict[str, Any]], None]) -> None:
        # Read again under the lock: two processes that add people must not overwrite each other's keys.
        with _lock_of(self.path):
            body = self._read()
            if body["version"] == 1:
                body["key"] = self._relocked
            change(body)
            self._write(body)

    def _write(self, body: dict[str, Any]) -> None:
        replace_secret(self.path, sealed_keyfile(self._study_key, body))
        self._body = body | {"version": 2}

    def __repr__(self) -> str:
        """One-line summary."""
        copies = counted(len(self.copies), "listed copy", "listed copies")
        return f"KeyStore({counted(len(self.people), 'person', 'people')}, {copies})"


def _read_whole(path: Path, study: str) -> dict[str, Any]:
    """Read a key store that another process may be rewriting.

    The old version is overwritten once the new one has its name. A reader that had opened the old one before finds
    zeros: the file is damaged only if it still is while no other process can write.
    """
    try:
        return read_keyfile(path, study)
    except IntegrityError:
        with _lock_of(path):
            return read_keyfile(path, study)


@contextmanager
def _lock_of(path: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout

    lock = FileLock(f"{path}.lock", timeout=_WAIT_S, is_singleton=False)
    try:
        with guarded_storage(path):
            lock.acquire()
    except Timeout:
        raise StudyLocked(
            "another process is writing to the key store", where=path, next_step="wait, then run it again"
        ) from None
    try:
        yield
    finally:
        lock.release()
