"""How a study is opened: the right to write, the newest form, what was left unfinished, what the user is told."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

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

# The forms that a study's tables had: which one they are in, and how they are brought to the newest.

HEAD_REVISION = "0001"
MIGRATIONS = Path(__file__).parent / "migrations"


def revision_of(database: Database) -> str:
    """Return the form of the tables; empty where there are none."""
    with database.reading() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return ""
        return str(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() or "")


def migrate(database: Database, *, new: bool) -> None:
    """Bring the tables to the newest form, in one transaction; make them where the study is new.

    Raises
    ------
    StudyTooNew
        They are in a form that only a newer Karmalink knows.
    UsageError
        They are in an older form and the study is open for reading; or a new study's database is in use.
    IntegrityError
        There are none, and the study is not new.
    """
    form = revision_of(database)
    if new and form:
        raise UsageError("the database holds another study", where=database.where, next_step="name an empty database")
    if not new and not form:
        raise IntegrityError("the database has no tables", where=database.where, next_step="restore it from a backup")
    if form == HEAD_REVISION:
        return
    from alembic import command
    from alembic.script import ScriptDirectory

    config = _alembic()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if form and form not in known:
        raise StudyTooNew(
            "the study was made by a newer Karmalink",
            where=database.where,
            rule=f"this one knows the form {HEAD_REVISION}, the study has the form {form}",
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
        _renew(folder, settings)
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
        notices = [*database.notices, *(_settled(core) if write else []), *_strangers(core)]
        undo.pop_all()
    return core, lock, notices


def check_outside(store_folder: Path, folder: Path) -> None:
    """Refuse a key store inside the study.

    Raises
    ------
    UsageError
        It would lie there.
    """
    if store_folder.resolve().is_relative_to(folder.resolve()):
        raise UsageError(
            "the key store cannot lie inside the study",
            where=store_folder,
            rule="the study's folder and its backups hold no key",
            next_step="name a folder elsewhere, or leave it to the default",
        )


def remember_head(core: Core, entries_before: int) -> None:
    """Let the key store remember the last entry, so that entries cut off later are missed.

    Only of a ledger that goes on from what it remembers: an old copy that was written to must not take its place.
    """
    entries = core.ledger.list()
    if len(entries) <= entries_before:
        return
    head = core.keys.head
    if head is None or (len(entries) >= head[0] and entries[head[0] - 1].hash == head[1]):
        core.keys.set_head(entries[-1].seq, entries[-1].hash)


def _settled(core: Core) -> list[str]:
    """Finish what an interrupted writer left; return what was done."""
    done = [f"The erasure of {pseudonym} was finished." for pseudonym in finish_erasures(core)]
    # On PostgreSQL another machine may be storing a recording right now, whose row is not there yet.
    if core.database.is_embedded:
        rows = SealedTable(core, NIGHTS).rows(seen_by_all=True)
        swept = core.vault.sweep({stored.name for row in rows for stored in stored_files(row)})
        if swept:
            done.append(f"{swept} files were swept that an interrupted writer had begun.")
    return done


def _strangers(core: Core) -> list[str]:
    """Return what to say about people in the database whom the key store cannot open."""
    strangers = core.directory.strangers
    gone = [name for name in strangers if name in core.keys.erased]
    lost = len(strangers) - len(gone)
    notices = []
    if gone:
        notices.append(f"{len(gone)} people were erased since this copy of the study was made.")
    if lost:
        notices.append(
            f"The key store has no key for {lost} people of this study: nothing of theirs can be read. "
            "Is it an old copy of the key store?"
        )
    return notices


def _renew(folder: Path, settings: Settings) -> None:
    """Bring a study in an older form to the newest, which takes the right to write for a moment."""
    url = settings["database.url"]
    with closing(Database(folder, url, write=False)) as database:
        form = revision_of(database)
    if not form or form == HEAD_REVISION:
        return
    lock = WriterLock(folder, settings["lock.wait_s"])
    lock.take()
    try:
        with closing(Database(folder, url, write=True)) as database:
            migrate(database, new=False)
    finally:
        lock.release()


def _check_identity(core: Core, *, new: bool) -> None:
    """Enter a new study's identifier into its database, and compare it later: the settings may name another's."""
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
