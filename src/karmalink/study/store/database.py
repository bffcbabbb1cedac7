"""The database of a study: SQLite in its folder, or PostgreSQL by URL; the same statements on both."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from karmalink.errors import IntegrityError, KarmalinkError, MissingExtra, StorageFailed, UsageError
from karmalink.study.store.storage import database_error, guarded_storage, network_filesystem
from karmalink.study.store.writer_lock import WriterLock

if TYPE_CHECKING:
    from sqlalchemy.engine import ExceptionContext

__all__ = ["FILE_NAME", "Database"]

FILE_NAME = "study.db"
_WAIT_S = 10.0
# A reader may look at an old state for hours: emptying the log does not wait for it.
_SHORT_WAIT_MS = 500
# The values of a statement are never in an error message: they may be a person's.
_QUIET = {"hide_parameters": True}
# One number for all studies' write locks in PostgreSQL; the second number is the study's.
_ADVISORY = 0x6B61726D


@dataclass(frozen=True, slots=True)
class _Undo:
    """What must be undone outside the database if a transaction fails."""

    undo: Callable[[], object]
    even_in_doubt: bool


class Database:
    """Transactions over one engine. Nothing is locked between them.

    Parameters
    ----------
    folder : Path
        The study's folder.
    url : str
        A SQLAlchemy URL; empty for SQLite in `folder`.
    write : bool
        Open for writing.
    wait_s : float
        Seconds that a transaction waits for those of other processes.

    Attributes
    ----------
    notices : list of str
        What the user should know about where the study is stored.
    where : str
        The file or the server, without a password.
    closed : bool
        Whether it was closed: then nothing is read or written.
    """

    def __init__(self, folder: Path, url: str = "", *, write: bool, wait_s: float = _WAIT_S) -> None:
        self.folder = folder
        self.notices: list[str] = []
        self.closed = False
        self._write = write
        # On PostgreSQL the server keeps writers apart.
        self._lock = WriterLock(folder, wait_s) if write and not url else None
        self._holds = 0
        self._active: sa.Connection | None = None
        self._seen: sa.Connection | None = None
        self._depth = 0
        self._lost = False
        self._in_doubt = False
        self._undo: list[_Undo] = []
        self._after: list[Callable[[], None]] = []
        self._file = None if url else folder / FILE_NAME
        self.where = url.partition("@")[2] or url or str(self._file)
        self.engine = self._server(url) if url else self._embedded()
        sa.event.listen(self.engine, "handle_error", self._translate)

    @property
    def is_embedded(self) -> bool:
        """Whether this is the study's own SQLite file."""
        return self._file is not None

    @property
    def writable(self) -> bool:
        """Whether it is open for writing."""
        return self._write

    @property
    def active(self) -> bool:
        """Whether a transaction is open."""
        return self._active is not None

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Yield a connection: that of the open transaction or snapshot, or a new one."""
        self._check_open()
        connection = self._active if self._active is not None else self._seen
        if connection is not None:
            yield connection
            return
        with guarded_storage(self.where), self._readable(), self._reader() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read everything inside as it is at one moment, whatever others write meanwhile; what is written inside is not
        seen until it ends.
        """
        self._check_open()
        if self._active is not None or self._seen is not None:
            yield
            return
        with guarded_storage(self.where), self._readable(), self._reader() as connection:
            # A transaction begins to see with its first statement.
            connection.execute(sa.text("SELECT 1 FROM study LIMIT 1")).all()
            self._seen = connection
            try:
                yield
            finally:
                self._seen = None

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep other writers of the study out, in several transactions.

        Raises
        ------
        StudyLocked
            Another process was writing for as long as this one waited.
        """
        if self._lock is None or self._holds:
            yield
            return
        self._lock.take()
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
            self._lock.release()

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Store everything inside, or nothing; an inner transaction is a savepoint of the outer one.

        Raises
        ------
        UsageError
            The study is open for reading only.
        StudyLocked
            Another process was writing for as long as this one waited.
        StorageFailed
            The disk is full, read-only or failing.
        """
        self.check_writable()
        with self.exclusive():
            first = len(self._undo)
            try:
                with guarded_storage(self.where), self._begun() as connection:
                    yield connection
            except BaseException:
                self._undo_from(first)
                raise
            if self._active is None:
                self._undo.clear()
                self._run_after()

    def check_writable(self) -> None:
        """Check that it is open for writing.

        Raises
        ------
        UsageError
            It is closed, or open for reading only.
        """
        self._check_open()
        if not self._write:
            raise UsageError(
                "the study is open for reading only", where=self.folder, next_step="open it with write=True"
            )

    def on_rollback(self, undo: Callable[[], object], *, even_in_doubt: bool = False) -> None:
        """Register what must be undone outside the database if the current transaction fails.

        Parameters
        ----------
        undo : callable
            Without arguments.
        even_in_doubt : bool
            Undo it also if the disk failed while the transaction was being made to last: nothing that was stored may
            need it, since after a crash the database may find the transaction in its log and keep it.
        """
        self._undo.append(_Undo(undo, even_in_doubt))

    def after_commit(self, run: Callable[[], None]) -> None:
        """Register what is done after every transaction, before other writers are let in.

        The transaction lasts already: if `run` fails, that is not an error of the transaction.
        """
        self._after.append(run)

    def compact(self) -> bool:
        """Rewrite the file without what was deleted, and empty the write-ahead log.

        Returns
        -------
        bool
            Whether that is done. A process that reads an older state of the study keeps the log from being emptied.
        """
        if self._active is not None:
            raise UsageError("the database cannot be compacted inside a transaction")
        options = {"karmalink_bare": True} if self.is_embedded else {"isolation_level": "AUTOCOMMIT"}
        with (
            self.exclusive(),
            guarded_storage(self.where),
            self.engine.connect().execution_options(**options) as connection,
        ):
            if not self.is_embedded:
                connection.exec_driver_sql("VACUUM")
                return True
            connection.exec_driver_sql(f"PRAGMA busy_timeout={_SHORT_WAIT_MS}")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()
            connection.exec_driver_sql("VACUUM")
            kept_from, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
            connection.exec_driver_sql(f"PRAGMA busy_timeout={round(1000 * _WAIT_S)}")
        return not kept_from

    def close(self) -> None:
        """Close every connection; SQLite then folds its log into the file."""
        self.closed = True
        self.engine.dispose()

    def _check_open(self) -> None:
        if self.closed:
            raise UsageError("the study is closed", where=self.folder, next_step="open it again")

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except UnicodeDecodeError:
            # The driver cannot even read what SQLite says about a damaged page.
            raise IntegrityError(
                "the database is damaged", where=self.where, next_step="restore the study's folder from a backup"
            ) from None

    @contextmanager
    def _reader(self) -> Iterator[sa.Connection]:
        with self.engine.connect() as connection:
            yield (connection if self.is_embedded else connection.execution_options(isolation_level="REPEATABLE READ"))

    @contextmanager
    def _begun(self) -> Iterator[sa.Connection]:
        if self._active is not None:
            with self._savepoint(self._active):
                yield self._active
            return
        with self.engine.connect().execution_options(karmalink_write=True) as connection:
            self._in_doubt = False
            with connection.begin():
                if not self.is_embedded:
                    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY})
                self._active, self._lost = connection, False
                try:
                    yield connection
                    self._check_kept()
                    self._in_doubt = True
                finally:
                    self._active = None

    @contextmanager
    def _savepoint(self, connection: sa.Connection) -> Iterator[None]:
        self._check_kept()
        self._depth += 1
        name = f"karmalink_{self._depth}"
        connection.exec_driver_sql(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            # On a full disk SQLite rolls back the whole transaction by itself, with its savepoints. What the outer code
            # writes after that would be stored at once, piece by piece: it must not write any more.
            try:
                connection.exec_driver_sql(f"ROLLBACK TO SAVEPOINT {name}")
            except (DBAPIError, KarmalinkError):
                self._lost = True
            raise
        else:
            connection.exec_driver_sql(f"RELEASE SAVEPOINT {name}")
        finally:
            self._depth -= 1

    def _check_kept(self) -> None:
        if self._lost:
            raise StorageFailed(
                "the whole transaction was rolled back when the disk failed",
                where=self.where,
                next_step="free space or choose another place, then run it again: nothing was half written",
            )

    def _undo_from(self, first: int) -> None:
        while len(self._undo) > first:
            one = self._undo.pop()
            # A failing step must not stop the others; what remains is found at the next opening.
            with suppress(OSError, KarmalinkError):
                if one.even_in_doubt or not self._in_doubt:
                    one.undo()
        self._in_doubt = False

    def _run_after(self) -> None:
        for run in self._after:
            with suppress(OSError, KarmalinkError):
                run()

    def _embedded(self) -> sa.Engine:
        network = network_filesystem(self.folder)
        if network:
            self.notices.append(
                f"The study is on a network drive ({network}): the database works without its write-ahead log, "
                "so readers wait for the writer. Keep the study on a local disk, or use PostgreSQL."
            )
        # A reader opens the file for writing too, but never writes: the last reader must be able to fold the
        # write-ahead log in.
        frozen = not self._write and self._unwritable()
        mode = f"file:{_quoted(self._file)}?mode={'ro&immutable=1' if frozen else 'rwc' if self._write else 'rw'}"
        engine = sa.create_engine(f"sqlite:///{mode}&uri=true", connect_args={"timeout": _WAIT_S}, **_QUIET)
        journal = "DELETE" if network else "WAL"
        write = self._write

        def connected(connection: Any, _record: object) -> None:
            # The driver's own transactions begin only before INSERT: DDL and reads would be outside.
            connection.isolation_level = None
            # Bytes where text was must be found by verification, not crash the driver.
            connection.text_factory = lambda body: body.decode(errors="surrogateescape")
            cursor = connection.cursor()
            for pragma in ("synchronous=FULL", "secure_delete=ON", "temp_store=MEMORY", "foreign_keys=ON"):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.execute(f"PRAGMA journal_mode={journal}" if write else "PRAGMA query_only=ON")
            cursor.close()

        def begun(connection: sa.Connection) -> None:
            # BEGIN IMMEDIATE takes the write lock now, not at the first write, where waiting for it would deadlock.
            options = connection.get_execution_options()
            if not options.get("karmalink_bare"):
                connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("karmalink_write") else "BEGIN")

        sa.event.listen(engine, "connect", connected)
        sa.event.listen(engine, "begin", begun)
        return engine

    def _unwritable(self) -> bool:
        """Whether the folder is read-only: without its shared memory SQLite reads the file as immutable."""
        if os.access(self.folder, os.W_OK):
            return False
        log = self.folder / f"{FILE_NAME}-wal"
        if log.exists() and log.stat().st_size:
            raise StorageFailed(
                "the study was not closed, and its folder is read-only",
                where=self.folder,
                rule="the write-ahead log can only be read where it can be written back",
                next_step="copy the folder to a writable place, and open the copy",
            )
        return True

    def _server(self, url: str) -> sa.Engine:
        try:
            return sa.create_engine(url, **_QUIET)
        except (sa.exc.NoSuchModuleError, sa.exc.ArgumentError):
            raise UsageError(
                "database.url is not a database address",
                where=self.folder,
                allowed="empty, or postgresql+psycopg://host/name",
            ) from None
        except ModuleNotFoundError:
            raise MissingExtra(
                "the PostgreSQL driver is not installed", next_step="pip install 'karmalink[postgres]'"
            ) from None

    def _translate(self, context: ExceptionContext) -> None:
        if not isinstance(context.sqlalchemy_exception, DBAPIError):
            return
        known = database_error(str(context.original_exception), self.where)
        if known is not None:
            raise known from None


def _quoted(path: Path | None) -> str:
    from urllib.parse import quote

    return quote(str(path))
