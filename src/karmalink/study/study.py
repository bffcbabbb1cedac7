"""The study: people, nights, accounts, lives, places and clues, stored encrypted."""

from __future__ import annotations

import datetime as dt
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from karmalink.base.wording import counted
from karmalink.errors import IntegrityError, KarmalinkError, UsageError
from karmalink.study.erasure import ErasureReport
from karmalink.study.erasure import erase as _erase
from karmalink.study.opening import check_outside, open_core, remember_head
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
from karmalink.study.store.keyfile import KdfCost, find_passphrase
from karmalink.study.store.keys import KeyStore, find_store, keys_folder, store_path
from karmalink.study.store.settings import Settings, read_settings, write_settings
from karmalink.study.store.storage import WriterLock, guarded_storage
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
        ``list``, ``head``, ``anchor``, ``anchors``.
    keys : KeyStore
        ``backup``, ``copies``, ``forget_copy``, ``change_passphrase``.
    notices : list of str
        What the user should know after opening it.
    """

    def __init__(self, core: Core, lock: WriterLock | None, notices: list[str]) -> None:
        self._core = core
        self._lock = lock
        self._entries = len(core.ledger)
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
        with _undone_on_failure(folder, store_path(store_folder, study)):
            with guarded_storage(folder):
                (folder / VAULT_FOLDER).mkdir(parents=True, exist_ok=True, mode=0o700)
                written = write_settings(folder, settings)
            store = KeyStore.create(store_folder, study, secret, cost)
            return cls(*open_core(folder, written, store, write=True, new=True))

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
            Take the writer lock, which one process has at a time.

        Raises
        ------
        ReadError
            This is not a study.
        WrongPassphrase, KeyStoreMissing
            The keys cannot be opened.
        StudyTooNew
            It was made by a newer Karmalink.
        StudyLocked
            Another process is writing.
        StorageFailed, IntegrityError
            The disk fails, or the database is damaged.
        """
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
        return cls(*open_core(folder, settings, store, write=write, new=False))

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
        pseudonym = self.people.pseudonym(person)
        self.people.update(replace(self.people.get(person), withdrawn=dt.date.today()))
        return ErasureReport(pseudonym, False, {})

    def verify(self, *, progress: Callable[[int, int], None] | None = None) -> VerifyReport:
        """Check that nothing was changed: the ledger, every row against its entry, the vault's files.

        The ledger proves order inside the study; without an anchor the report says "internal order only".
        """
        return verify(self._core, progress=progress)

    def close(self) -> None:
        """Close the study and release the writer lock."""
        if self._core.database.closed:
            return
        # The head helps to detect a truncated ledger; a disk that fails now is not a reason to fail here.
        with suppress(KarmalinkError, OSError):
            remember_head(self._core, self._entries)
        self._core.database.close()
        if self._lock is not None:
            self._lock.release()

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


@contextmanager
def _undone_on_failure(folder: Path, key_store: Path) -> Iterator[None]:
    """Delete what the creation of a study left behind if it fails; a folder that was there stays, empty."""
    was_there = folder.exists()
    try:
        yield
    except BaseException:
        with suppress(OSError):
            key_store.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        if was_there:
            with suppress(OSError):
                folder.mkdir(exist_ok=True)
        raise
