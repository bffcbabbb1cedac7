"""The study: people, nights, accounts, lives, places and clues, stored encrypted."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from karmalink.base.wording import counted
from karmalink.errors import IntegrityError, UsageError
from karmalink.study.erasure import ErasureReport
from karmalink.study.erasure import erase as _erase
from karmalink.study.new_folder import made_beside
from karmalink.study.opening import check_outside, open_core
from karmalink.study.records.accounts import Accounts, Awakenings
from karmalink.study.records.exported import ExportedList
from karmalink.study.records.ledger_anchors import Ledger
from karmalink.study.records.lives import Lives
from karmalink.study.records.nights import Nights
from karmalink.study.records.people import People
from karmalink.study.records.places import Clues, Places, Witnesses
from karmalink.study.records.records import SINGULAR
from karmalink.study.records.results import Results
from karmalink.study.store.core import Core
from karmalink.study.store.database import FILE_NAME as DATABASE_FILE
from karmalink.study.store.keyfile import KdfCost
from karmalink.study.store.keys import KeyStore, find_store, keys_folder, store_path
from karmalink.study.store.passphrase import find_passphrase
from karmalink.study.store.settings import Settings, read_settings, write_settings
from karmalink.study.store.storage import guarded_storage
from karmalink.study.store.vault import FOLDER as VAULT_FOLDER
from karmalink.study.verification import VerifyReport, verify

__all__ = ["Study"]


class Study:
    """One study, open for reading or for writing. Use it as a context manager.

    Attributes
    ----------
    people : People
        Participants and their consent: ``add``, ``update``, ``consent``, ``due``, ``pseudonym``.
    nights : Nights
        Recordings, encrypted in the vault: ``add``, ``score``, ``path``, ``recording``, ``hypnogram``, ``summary``.
    awakenings, accounts, lives, places, witnesses, clues
        Each with ``add`` (one record or many), ``check``, ``get``, ``list``, ``ids``.
    results : Results
        Results of analyses: ``put``, ``get``, ``latest``, ``list``, ``remove``.
    exported : ExportedList
        Unencrypted exports: ``add``, ``list``, ``handed_out``, ``remove``.
    ledger : Ledger
        ``list``, ``latest``, ``head``, ``anchor``, ``anchors``.
    keys : KeyStore
        ``backup``, ``copies``, ``forget_copy``, ``change_passphrase``.
    notices : list of str
        What the user should know after opening it.
    """

    def __init__(self, core: Core, notices: list[str]) -> None:
        self._core = core
        self.notices = notices
        self.keys = core.keys
        self.people = People(core)
        self.nights = Nights(core)
        self.awakenings = Awakenings(core, self.nights)
        self.accounts = Accounts(core, self.awakenings)
        self.lives = Lives(core)
        self.places = Places(core)
        self.witnesses = Witnesses(core)
        self.clues = Clues(core, self.places, self.witnesses)
        self.results = Results(core)
        self.exported = ExportedList(core)
        self.ledger = Ledger(core)

    @classmethod
    def create(
        cls,
        path: str | Path,
        *,
        title: str,
        passphrase: str | None = None,
        keys: str | Path | None = None,
        database_url: str = "",
        cost: KdfCost | None = None,
    ) -> Study:
        """Create a study and open it for writing.

        Parameters
        ----------
        path : str or Path
            A folder that does not exist yet or is empty.
        title : str
            A title for people, not encrypted.
        passphrase : str, optional
            At least 8 characters; ``KARMALINK_PASSPHRASE`` if not given. A lost passphrase cannot be replaced.
        keys : str or Path, optional
            Folder for the key store, outside the study; ``KARMALINK_KEYS`` or the user's data folder if not given.
        database_url : str
            PostgreSQL, if several machines write; a SQLite file in the study if empty.
        cost : KdfCost, optional
            Cost of one guess of the passphrase.

        Raises
        ------
        UsageError
            The folder is not empty, the passphrase too short, or the key store inside the study.
        StorageFailed
            The disk is full or read-only; nothing is left behind.
        """
        folder = Path(path).expanduser().absolute()
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError("the folder of a new study must be new or empty", where=folder)
        if not title.strip():
            raise UsageError(
                "the title is empty", rule="people recognise a study by its title", allowed="--title 'Two words'"
            )
        study = str(uuid.uuid4())
        store_folder = keys_folder(keys)
        check_outside(store_folder, folder)
        secret = find_passphrase(passphrase, study, use_keyring=False)
        settings = {
            "study.id": study,
            "study.title": title,
            "study.created": dt.date.today().isoformat(),
            "database.url": database_url,
            "keys.folder": str(store_folder) if keys else "",
        }
        with made_beside(folder, store_folder) as draft:
            written = write_settings(draft, settings)
            with guarded_storage(draft):
                (draft / VAULT_FOLDER).mkdir(mode=0o700)
            store = KeyStore.create(store_folder, study, secret, cost)
            core, _ = open_core(draft, written, store, write=True, new=True)
            core.database.close()
        return cls(*open_core(folder, written, store, write=True, new=False))

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        passphrase: str | None = None,
        keys: str | Path | None = None,
        write: bool = False,
    ) -> Study:
        """Open a study.

        Parameters
        ----------
        path : str or Path
            The study's folder.
        passphrase : str, optional
            ``KARMALINK_PASSPHRASE``, or the system keyring if ``keys.keyring`` is set, if not given.
        keys : str or Path, optional
            The folder of the key store; ``KARMALINK_KEYS``, ``keys.folder`` or the user's data folder if not given.
        write : bool
            Open it for writing too. Nothing is locked between transactions: several processes can have it open.

        Raises
        ------
        ReadError
            This is not a study.
        WrongPassphrase, KeyStoreMissing
            The keys cannot be opened.
        StudyTooNew
            It was made by a newer Karmalink.
        OldCopy
            It is opened for writing, and is older than the study that the key store knows (:meth:`accept_backup`).
        StudyLocked
            Other processes were writing for as long as this one waited.
        StorageFailed, IntegrityError
            The disk fails, or the database is damaged.
        """
        return cls._opened(path, passphrase, keys, write=write)

    @classmethod
    def accept_backup(cls, path: str | Path, *, passphrase: str | None = None, keys: str | Path | None = None) -> Study:
        """Open a restored backup for writing: from now on it is the study, and the ledger says so.

        For a study that was lost. What was stored after the backup was made is not in it; people who were erased since
        stay erased. Its ledger is checked first.

        Parameters
        ----------
        path, passphrase, keys
            As for :meth:`open`.

        Raises
        ------
        IntegrityError
            The ledger of the backup is broken.
        """
        with cls._opened(path, passphrase, keys, write=False) as found:
            broken = found.verify().first_broken
        if broken is not None:
            raise IntegrityError(
                "the ledger of the backup is broken",
                where=str(broken),
                rule="a backup whose ledger is whole can take the place of the study",
                next_step="restore another backup",
            )
        return cls._opened(path, passphrase, keys, write=True, accept=True)

    @classmethod
    def _opened(
        cls,
        path: str | Path,
        passphrase: str | None,
        keys: str | Path | None,
        *,
        write: bool,
        accept: bool = False,
    ) -> Study:
        folder = Path(path).expanduser().absolute()
        settings = read_settings(folder)
        study = settings["study.id"]
        if not settings["database.url"] and not (folder / DATABASE_FILE).is_file():
            raise IntegrityError(
                "the study's database is missing", where=folder / DATABASE_FILE, next_step="restore it from a backup"
            )
        store_folder = find_store(keys, settings["keys.folder"], study)
        secret = ""
        if store_path(store_folder, study).is_file():
            secret = find_passphrase(passphrase, study, use_keyring=settings["keys.keyring"])
        store = KeyStore.open(store_folder, study, secret)
        return cls(*open_core(folder, settings, store, write=write, new=False, accept=accept))

    @property
    def path(self) -> Path:
        """Return the study's folder."""
        return self._core.folder

    @property
    def id(self) -> str:
        """Return the study's identifier."""
        return self._core.id

    @property
    def title(self) -> str:
        """Return the study's title."""
        return str(self._core.settings["study.title"])

    @property
    def writable(self) -> bool:
        """Whether the study is open for writing."""
        return self._core.database.writable

    @property
    def settings(self) -> Settings:
        """Return the settings as they were when the study was opened."""
        return self._core.settings

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Store everything inside together or not at all: rows, files and keys.

        Raises
        ------
        UsageError
            The study is open for reading only.
        """
        with self._core.database.transaction():
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read everything inside as it is at one moment, whatever other processes write meanwhile.

        What is written inside is not seen until it ends.
        """
        with self._core.database.snapshot():
            yield

    def withdraw(
        self, person: str, *, erase: bool = False, progress: Callable[[int, int], None] | None = None
    ) -> ErasureReport:
        """Withdraw a person. Without `erase` their data are kept and no longer used.

        With `erase` their key, rows, recordings, and every result, link, clue and export made with their data are
        deleted. The report lists what is out of the program's reach and left to do by hand.

        Raises
        ------
        UnknownName
            The person is not in the study.
        UsageError
            The study is open for reading only, or a transaction is open.
        """
        if not self.writable:
            raise UsageError("the study is open for reading only", next_step="open it with write=True")
        if erase:
            return _erase(self._core, person, progress)
        with self.transaction():
            pseudonym = self.people.pseudonym(person)
            self.people.update(replace(self.people.get(person), withdrawn=dt.date.today()))
        return ErasureReport(pseudonym, False, {})

    def verify(self, *, progress: Callable[[int, int], None] | None = None) -> VerifyReport:
        """Check that nothing was changed: the ledger, every row against its entry, the vault's files.

        Everything is read as it is at one moment: other processes can write meanwhile. The ledger proves order inside
        the study; without an anchor the report says "internal order only".
        """
        return verify(self._core, progress=progress)

    def close(self) -> None:
        """Close the study."""
        self._core.database.close()

    def __enter__(self) -> Self:
        """Return the study."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the study."""
        self.close()

    def __repr__(self) -> str:
        """One-line summary."""
        if self._core.database.closed:
            return f"Study({self.title!r}: closed)"
        nouns = ("people", "nights", "accounts", "lives", "clues")
        counts = [counted(len(getattr(self, noun)), SINGULAR[noun], noun) for noun in nouns]
        return f"Study({self.title!r}: {', '.join(counts)})"
