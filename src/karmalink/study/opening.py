"""Opening a study: the writer lock, migration, unfinished work of an interrupted writer, notices for the user."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from karmalink.base.wording import counted
from karmalink.errors import IntegrityError, StudyTooNew, UsageError
from karmalink.study.erasure import finish_erasures
from karmalink.study.records.nights import stored_files
from karmalink.study.store.core import Core
from karmalink.study.store.database import Database
from karmalink.study.store.keys import KeyStore
from karmalink.study.store.ledger import sum_digest
from karmalink.study.store.sealed import SealedTable
from karmalink.study.store.settings import FILE_NAME as SETTINGS_FILE
from karmalink.study.store.settings import Settings
from karmalink.study.store.storage import WriterLock
from karmalink.study.store.tables import NIGHTS, STUDY

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = ["HEAD_REVISION", "MIGRATIONS", "check_outside", "migrate", "open_core", "remember_head", "revision_of"]

# Revisions of a study's tables, and how they are migrated to the newest.

HEAD_REVISION = "0001"
MIGRATIONS = Path(__file__).parent / "migrations"


def revision_of(database: Database) -> str:
    """Return the revision of the tables; empty if there are none."""
    with database.reading() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return ""
        return str(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() or "")


def migrate(database: Database, *, new: bool) -> None:
    """Migrate the tables to the newest revision, in one transaction; create them if the study is new.

    Raises
    ------
    StudyTooNew
        Their revision is only known to a newer Karmalink.
    UsageError
        Their revision is older and the study is open for reading; or a new study's database is in use.
    IntegrityError
        There are none, and the study is not new.
    """
    revision = revision_of(database)
    if new and revision:
        raise UsageError("the database holds another study", where=database.where, next_step="name an empty database")
    if not new and not revision:
        raise IntegrityError("the database has no tables", where=database.where, next_step="restore it from a backup")
    if revision == HEAD_REVISION:
        return
    from alembic import command
    from alembic.script import ScriptDirectory

    config = _alembic()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision and revision not in known:
        raise StudyTooNew(
            "the study was made by a newer Karmalink",
            where=database.where,
            rule=f"this version knows revision {HEAD_REVISION}, the study has revision {revision}",
            next_step="install the newer Karmalink",
        )
    with database.transaction() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _alembic() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def open_core(
    folder: Path, settings: Settings, keys: KeyStore, *, write: bool, new: bool
) -> tuple[Core, WriterLock | None, list[str]]:
    """Open a study's parts.

    Returns
    -------
    core : Core
    lock : WriterLock or None
        Held; None for a reader, and on PostgreSQL, where the server keeps writers apart.
    notices : list of str
        What the user should know about this opening.
    """
    url = settings["database.url"]
    if not write:
        _migrate_for_reader(folder, settings)
    with ExitStack() as undo:
        lock = WriterLock(folder, settings["lock.wait_s"]) if write and not url else None
        if lock is not None:
            lock.take()
            undo.callback(lock.release)
        database = Database(folder, url, write=write)
        undo.callback(database.close)
        migrate(database, new=new)
        core = Core.of(folder, settings, keys, database)
        _check_identity(core, new=new)
        notices = [*database.notices, *(_finish_interrupted(core) if write else []), *_unreadable(core)]
        undo.pop_all()
    return core, lock, notices


def check_outside(store_folder: Path, folder: Path) -> None:
    """Check that the key store is not inside the study.

    Raises
    ------
    UsageError
        It is.
    """
    if store_folder.resolve().is_relative_to(folder.resolve()):
        raise UsageError(
            "the key store cannot lie inside the study",
            where=store_folder,
            rule="the study's folder and its backups hold no key",
            next_step="name a folder elsewhere, or use the default",
        )


def remember_head(core: Core, entries_before: int) -> None:
    """Store the last entry in the key store, so that entries cut off later are noticed.

    Only for a ledger that continues from the entry it has: an old copy that was written to must not replace it.
    """
    entries = core.ledger.list()
    if len(entries) <= entries_before:
        return
    head = core.keys.head
    if head is None or (len(entries) >= head[0] and entries[head[0] - 1].hash == head[1]):
        core.keys.set_head(entries[-1].seq, entries[-1].hash)


def _finish_interrupted(core: Core) -> list[str]:
    """Finish what an interrupted writer left; return what was done."""
    done = [f"The erasure of {pseudonym} was finished." for pseudonym in finish_erasures(core)]
    # On PostgreSQL another machine may be storing a recording right now, whose row is not there yet.
    if core.database.is_embedded:
        rows = SealedTable(core, NIGHTS).rows(seen_by_all=True)
        swept = core.vault.sweep({stored.name for row in rows for stored in stored_files(row)})
        if swept:
            files = counted(swept, "unfinished file")
            done.append(f"{files} of an interrupted writer {'was' if swept == 1 else 'were'} deleted.")
    return done


def _unreadable(core: Core) -> list[str]:
    """Return notices about people in the database without a key in the key store."""
    unreadable = core.directory.unreadable
    erased = [name for name in unreadable if name in core.keys.erased]
    lost = len(unreadable) - len(erased)
    notices = []
    if erased:
        people = counted(len(erased), "person was", "people were")
        notices.append(f"{people} erased since this copy of the study was made.")
    if lost:
        people = counted(lost, "person", "people")
        notices.append(
            f"The key store has no key for {people} of this study: their data cannot be read. "
            "Is it an old copy of the key store?"
        )
    return notices


def _migrate_for_reader(folder: Path, settings: Settings) -> None:
    """Migrate a study of an older revision before it is read; this takes the writer lock for a moment."""
    url = settings["database.url"]
    with closing(Database(folder, url, write=False)) as database:
        revision = revision_of(database)
    if not revision or revision == HEAD_REVISION:
        return
    lock = WriterLock(folder, settings["lock.wait_s"])
    lock.take()
    try:
        with closing(Database(folder, url, write=True)) as database:
            migrate(database, new=False)
    finally:
        lock.release()


def _check_identity(core: Core, *, new: bool) -> None:
    """Store a new study's identifier in its database; later compare them: the settings may name another database."""
    if new:
        with core.database.transaction() as connection:
            connection.execute(STUDY.insert().values(id=core.id))
            core.ledger.append("study.created", (), sum_digest([]), 0)
        return
    with core.database.reading() as connection:
        stored = connection.execute(sa.select(STUDY.c.id)).scalar()
    if stored != core.id:
        raise IntegrityError(
            "the database belongs to another study",
            where=core.folder / SETTINGS_FILE,
            rule="study.id in the settings is the identifier in the database",
            next_step="restore karmalink.toml from a backup, or correct database.url",
        )
