"""The key store: one data key per person, outside the study, opened by a passphrase.

The study's folder and its backups hold no key, wrapped or not. A person is erased by deleting their key here: every
copy of the study, old or new, then opens for all but them. An old copy of this small file is the one way back; copies
are therefore made on purpose only (:meth:`KeyStore.backup`), listed, and named when a person is erased.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from karmalink.errors import IntegrityError, KeyStoreMissing, StudyTooNew, UnknownName, UsageError, WrongPassphrase
from karmalink.study.fields import KEY_BYTES, derive, seal, unseal
from karmalink.study.storage import guarded_storage, replace_file

__all__ = ["KdfCost", "KeyCopy", "KeyStore", "keys_folder", "store_path"]

_FORMAT = "karmalink-keys"
_VERSION = 1
_SHORTEST_PASSPHRASE = 8
_ENDING = ".keys"
_WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class KdfCost:
    """What one guess of the passphrase costs (argon2id; the second choice of RFC 9106 §4)."""

    time_cost: int = 3
    memory_kib: int = 65536
    parallelism: int = 4


@dataclass(frozen=True, slots=True)
class KeyCopy:
    """A copy of the key store that was made on purpose: where, and when (ISO 8601, UTC)."""

    path: str
    made: str


@dataclass(frozen=True, slots=True)
class _PersonKey:
    key: bytes
    identity: str


def keys_folder(explicit: str | Path | None, setting: str = "") -> Path:
    """Return the folder of key stores: as given, or ``KARMALINK_KEYS``, or the setting, or the user's data folder."""
    given = explicit or os.environ.get("KARMALINK_KEYS") or setting
    if given:
        return Path(given).expanduser()
    from platformdirs import user_data_path

    return user_data_path("karmalink", appauthor=False) / "keys"


def store_path(folder: Path, study: str) -> Path:
    """Return where the key store of a study lies in a folder of key stores."""
    return folder / f"{study}{_ENDING}"


class KeyStore:
    """The opened key store of one study. Every change is one atomic, flushed rewrite under the store's own lock."""

    def __init__(self, path: Path, study: str, study_key: bytes, body: dict[str, Any]) -> None:
        self.path = path
        self.study = study
        self._study_key = study_key
        self._body = body
        self._opened: dict[str, _PersonKey] = {}

    @classmethod
    def create(cls, folder: Path, study: str, passphrase: str, cost: KdfCost | None = None) -> KeyStore:
        """Make a key store with a new study key.

        Raises
        ------
        UsageError
            The passphrase is too short, or there is a store for this study.
        StorageFailed
            It cannot be written.
        """
        _check_passphrase(passphrase)
        path = store_path(folder, study)
        if path.exists():
            raise UsageError("there is a key store for this study", where=path, rule="a key store is made once")
        with guarded_storage(folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        study_key = os.urandom(KEY_BYTES)
        body: dict[str, Any] = {"format": _FORMAT, "version": _VERSION, "study": study}
        body |= _locked_by(passphrase, study, study_key, cost or KdfCost())
        body |= {"people": {}, "erased": [], "copies": [], "head": None}
        store = cls(path, study, study_key, body)
        store._write()
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
        body = _read(path, study)
        try:
            study_key = unseal(_from_passphrase(passphrase, body), _bytes(body["key"]), study.encode())
        except IntegrityError:
            raise WrongPassphrase(
                "the passphrase does not open the key store",
                where=path,
                next_step="try again; a passphrase that is lost cannot be replaced, nor the study read without it",
            ) from None
        return cls(path, study, study_key, body)

    @property
    def study_key(self) -> bytes:
        """Return the study's own key, for what belongs to nobody."""
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
        """Return the copies of this store that were made on purpose."""
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
            There is none: they were erased, or this is not the store that made it.
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
            name: _text(seal(wrapping, person.key + person.identity.encode(), self._bound(name)))
            for name, person in made.items()
        }
        self._change(lambda body: body["people"].update(wrapped))
        self._opened |= made

    def drop(self, pseudonyms: Iterable[str]) -> None:
        """Take back keys that :meth:`add` has just made, where what they were made for was not stored."""
        names = set(pseudonyms)
        self._change(lambda body: body.update(people={k: v for k, v in body["people"].items() if k not in names}))
        self._opened = {name: key for name, key in self._opened.items() if name not in names}

    def destroy(self, pseudonym: str) -> None:
        """Delete a person's key for good: the old file's bytes are overwritten after the new one is safe."""

        def change(body: dict[str, Any]) -> None:
            body["people"].pop(pseudonym, None)
            if pseudonym not in body["erased"]:
                body["erased"].append(pseudonym)

        self._change(change, shred=True)
        self._opened.pop(pseudonym, None)

    def set_head(self, number: int, digest: str) -> None:
        """Remember the ledger's last entry, so that one that was cut off later is missed."""
        self._change(lambda body: body.update(head=[number, digest]))

    def backup(self, target: str | Path, *, made: str) -> Path:
        """Copy the store on purpose and list the copy.

        Parameters
        ----------
        target : str or Path
            A folder (the copy keeps the store's name, so that it can be used as ``keys``) or a file.
        made : str
            When, ISO 8601.

        Raises
        ------
        UsageError
            The copy would lie over the store itself.
        """
        wanted = Path(target).expanduser().resolve()
        path = wanted / self.path.name if wanted.is_dir() or not wanted.suffix else wanted
        if path == self.path.resolve():
            raise UsageError("this is the key store itself", where=path, next_step="name another folder")
        with guarded_storage(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        entry = {"path": str(path), "made": made}
        self._change(lambda body: body["copies"].append(entry))
        replace_file(path, self.path.read_bytes())
        return path

    def forget_copy(self, path: str | Path) -> None:
        """Take a copy off the list, once it is destroyed.

        Raises
        ------
        UnknownName
            It is not on the list.
        """
        wanted = str(Path(path).expanduser().resolve())
        if wanted not in {copy.path for copy in self.copies}:
            raise UnknownName("no such copy is listed", where=wanted, allowed=[copy.path for copy in self.copies])
        self._change(lambda body: body.update(copies=[copy for copy in body["copies"] if copy["path"] != wanted]))

    def change_passphrase(self, passphrase: str, cost: KdfCost | None = None) -> None:
        """Lock the study key with another passphrase. Copies made before still open with the old one."""
        _check_passphrase(passphrase)
        now = cost or KdfCost(**self._body["cost"])
        locked = _locked_by(passphrase, self.study, self._study_key, now)
        self._change(lambda body: body.update(locked), shred=True)

    def reload(self) -> None:
        """Read the file again: another process may have added people."""
        self._body = _read(self.path, self.study)

    def _person(self, pseudonym: str) -> _PersonKey:
        found = self._opened.get(pseudonym)
        if found is not None:
            return found
        wrapped = self._body["people"].get(pseudonym)
        if wrapped is None:
            raise UnknownName(
                f"the key store has no key for {pseudonym}",
                where=self.path,
                rule="a person whose key is gone cannot be read, in no copy of the study",
            )
        plain = unseal(derive(self._study_key, "wrap"), _bytes(wrapped), self._bound(pseudonym))
        person = _PersonKey(plain[:KEY_BYTES], plain[KEY_BYTES:].decode())
        self._opened[pseudonym] = person
        return person

    def _bound(self, pseudonym: str) -> bytes:
        return f"{self.study}\x00{pseudonym}".encode()

    def _change(self, change: Callable[[dict[str, Any]], None], *, shred: bool = False) -> None:
        from filelock import FileLock

        # Read again under the lock: two processes that add people must not lose each other's keys.
        with guarded_storage(self.path), FileLock(f"{self.path}.lock", timeout=_WAIT_S):
            body = _read(self.path, self.study)
            change(body)
            self._body = body
            self._write(shred=shred)

    def _write(self, *, shred: bool = False) -> None:
        replace_file(self.path, json.dumps(self._body, indent=1).encode(), shred=shred)

    def __repr__(self) -> str:
        """Tell how many people it holds keys for."""
        return f"KeyStore({len(self.people)} people, {len(self.copies)} copies listed)"


def _locked_by(passphrase: str, study: str, study_key: bytes, cost: KdfCost) -> dict[str, Any]:
    body: dict[str, Any] = {"kdf": "argon2id", "cost": asdict(cost), "salt": _text(os.urandom(16))}
    return body | {"key": _text(seal(_from_passphrase(passphrase, body), study_key, study.encode()))}


def _from_passphrase(passphrase: str, body: dict[str, Any]) -> bytes:
    from argon2.low_level import Type, hash_secret_raw

    cost = KdfCost(**body["cost"])
    key: bytes = hash_secret_raw(
        passphrase.encode(),
        _bytes(body["salt"]),
        time_cost=cost.time_cost,
        memory_cost=cost.memory_kib,
        parallelism=cost.parallelism,
        hash_len=KEY_BYTES,
        type=Type.ID,
    )
    return key


def _check_passphrase(passphrase: str) -> None:
    if len(passphrase) < _SHORTEST_PASSPHRASE:
        raise UsageError(
            "the passphrase is too short",
            rule=f"at least {_SHORTEST_PASSPHRASE} characters",
            next_step="four words that nobody would put together are easy to keep and hard to guess",
        )


def _read(path: Path, study: str) -> dict[str, Any]:
    if not path.is_file():
        raise KeyStoreMissing(
            "the key store is not where the study expects it",
            where=path,
            rule="keys are kept outside the study; without them nothing of it can be read",
            next_step="say where it is (keys=…, KARMALINK_KEYS, or keys.folder in karmalink.toml), or restore a copy",
        )
    try:
        body = json.loads(path.read_bytes())
        format_, version, whose = body["format"], int(body["version"]), body["study"]
    except (ValueError, KeyError, TypeError):
        raise IntegrityError("the key store is damaged", where=path, next_step="restore a listed copy of it") from None
    if format_ != _FORMAT or whose != study:
        raise IntegrityError("this is the key store of something else", where=path, rule=f"it belongs to study {study}")
    if version > _VERSION:
        raise StudyTooNew(
            "the key store was written by a newer Karmalink",
            where=path,
            rule=f"this one knows version {_VERSION}, the file is version {version}",
            next_step="install the newer Karmalink",
        )
    return dict(body)


def _text(body: bytes) -> str:
    return base64.b64encode(body).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)
