"""Opening a study: upgrades, unfinished work of an interrupted writer, old copies, notices for the user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import sqlalchemy as sa

from karmalink.base.wording import counted
from karmalink.errors import IntegrityError, OldCopy, UsageError
from karmalink.study.erasure import finish_erasures
from karmalink.study.records.nights import stored_files
from karmalink.study.store.core import Core
from karmalink.study.store.database import Database
from karmalink.study.store.keys import KeyStore
from karmalink.study.store.ledger import SETTINGS_ENTRIES, owners_of
from karmalink.study.store.sealed import SealedTable
from karmalink.study.store.settings import FILE_NAME as SETTINGS_FILE
from karmalink.study.store.settings import Settings, sweep_drafts
from karmalink.study.store.tables import NIGHTS, STUDY
from karmalink.study.store.vault import QUARANTINE
from karmalink.study.upgrading import HEAD_REVISION, migrate, revision_of

__all__ = ["accept_backup", "check_outside", "open_core"]


def open_core(
    folder: Path, settings: Settings, keys: KeyStore, *, write: bool, new: bool, accept: bool = False
) -> tuple[Core, list[str]]:
    """Open a study's parts.

    Parameters
    ----------
    folder, settings, keys
        The study's folder, its settings, and its key store.
    write, new : bool
        Open for writing; make the tables of a new study.
    accept : bool
        Take what is there as the study, also if it is an old copy (:func:`accept_backup`).

    Returns
    -------
    core : Core
    notices : list of str
        What the user should know about this opening.

    Raises
    ------
    OldCopy
        It is to be opened for writing, and the key store knows of later entries of its ledger.
    """
    url, wait_s = settings["database.url"], settings["lock.wait_s"]
    if not write:
        _upgrade_for_reader(folder, settings, keys)
    with ExitStack() as undo:
        database = Database(folder, url, write=write, wait_s=wait_s)
        undo.callback(database.close)
        core = Core.of(folder, settings, keys, database)
        notices = [*database.notices]
        if write:
            with database.exclusive():
                notices += _ready_to_write(core, new=new, accept=accept)
        else:
            migrate(core, new=False)
            _check_identity(core)
            notices += [f"This is an old copy of the study: {why}." for why in _behind(core)]
        notices += [*_unreadable(core), *_left_over(core)]
        undo.pop_all()
    return core, notices


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


def accept_backup(core: Core) -> None:
    """Enter in the ledger that a restored backup took the place of the study; the key store follows it from now on."""
    head = core.keys.head
    with core.database.transaction():
        last = core.ledger.last()
        lacking = 0 if head is None or last is None else max(0, head[0] - last.seq)
        digest = core.fields.study_digest("accepted", "" if head is None else head[1])
        number = core.ledger.append("study.accepted", (), digest, lacking)
    entry = core.ledger.at(number)
    if entry is not None:
        core.keys.set_head(entry.seq, entry.hash)


def _ready_to_write(core: Core, *, new: bool, accept: bool) -> list[str]:
    """Bring a study into the state in which it can be written to; return what was done. Other writers are kept out."""
    # The key store first: an entry that another process adds meanwhile is then one too many, never one too few.
    core.keys.reload()
    if not new and revision_of(core.database):
        _check_identity(core)
        behind = list(_behind(core))
        if behind and not accept:
            raise _old_copy(core, behind[0])
    migrate(core, new=new)
    if new:
        _enter_new(core)
        return []
    if accept:
        accept_backup(core)
    return list(_finish_interrupted(core))


def _finish_interrupted(core: Core) -> Iterator[str]:
    """Finish what an interrupted writer left; yield what was done."""
    # A key made for an addition that was never stored. Keys that are merely missing in this database stay: it may be
    # an older one, and the newer one may still be found. A row may have been deleted, an entry of the ledger not.
    unused = core.keys.pending - core.stored_people(core.keys.pending) - _entered(core, "people.added")
    if unused:
        core.keys.drop(unused)
    back = _entered(core, "people.erased") & core.keys.people
    for pseudonym in sorted(back):
        core.keys.destroy(pseudonym)
    if back:
        yield f"The key store had keys of {counted(len(back), 'erased person', 'erased people')}: deleted again."
    for pseudonym in finish_erasures(core):
        yield f"The erasure of {pseudonym} was finished."
    sweep_drafts(core.folder)
    latest = core.ledger.latest(SETTINGS_ENTRIES)
    # An entry of revision 1 has no digest of the settings.
    if latest is not None and latest.digest != core.settings_digest():
        with core.database.transaction():
            core.ledger.append("study.settings", (), core.settings_digest(), 0)
    core.remember_head()
    # On PostgreSQL another machine may be storing a recording right now, whose row is not there yet.
    if core.database.is_embedded:
        yield from _tidied(core)


def _tidied(core: Core) -> Iterator[str]:
    """Tidy the vault: what was being encrypted goes, what no row names is set aside, what a row names comes back."""
    begun = core.vault.sweep()
    if begun:
        yield f"{counted(begun, 'unfinished recording')} of an interrupted writer {_was(begun)} deleted."
    nights = SealedTable(core, NIGHTS)
    rows = nights.rows(seen_by_all=True)
    named = [stored for row in rows for stored in stored_files(row)]
    back = core.vault.put_back(named)
    if back:
        yield f"{counted(back, 'recording')} {_was(back)} put back from quarantine: the study names them again."
    unnamed = set(core.vault.names()) - {stored.name for stored in named}
    if not unnamed:
        return
    # The names are in a column that is not encrypted. A changed column must not cost a recording its place.
    if not all(core.keys.people.issuperset(owners_of(row.owners)) and nights.holds(row) for row in rows):
        files = counted(len(unnamed), "file")
        yield f"No night names {files} of the vault, and some night is not what was stored: run karmalink study verify."
        return
    core.vault.set_aside(unnamed)
    files = counted(len(unnamed), "file")
    yield f"{files} of the vault that no night names {_was(len(unnamed))} put into the folder {QUARANTINE}."


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _behind(core: Core) -> Iterator[str]:
    """Yield how the study lies behind the entry of its ledger that the key store remembers; nothing if it does not."""
    head = core.keys.head
    if head is None:
        return
    number, digest = head
    entry, last = core.ledger.at(number), core.ledger.last()
    if entry is None:
        ends = last.seq if last else 0
        yield f"its ledger ends at entry {ends}, and the key store knows of entry {number}"
    elif entry.hash != digest:
        yield f"its entry {number} differs from the one that the key store knows: it went its own way"


def _old_copy(core: Core, why: str) -> OldCopy:
    return OldCopy(
        f"this is an old copy of the study: {why}",
        where=core.folder,
        rule="an old copy can be read; what is written to it would be missing in the study",
        next_step="write to the study itself; if it is lost and this backup takes its place: "
        "karmalink study accept-backup",
    )


def _entered(core: Core, event: str) -> set[str]:
    """Return the owners in all entries of an event that were made with the study's key: what follows is deletion."""
    return {owner for entry in core.ledger.of(event) if core.ledger.is_sealed(entry) for owner in entry.owners}


def _left_over(core: Core) -> list[str]:
    """Return notices about files with secrets that could not be deleted."""
    return [f"This old version of the key store could not be deleted: {path}" for path in core.keys.leftovers]


def _unreadable(core: Core) -> list[str]:
    """Return notices about people in the database without a key in the key store."""
    unreadable = core.directory.unreadable
    erased = [name for name in unreadable if name in core.keys.erased]
    lost = len(unreadable) - len(erased)
    notices = []
    if core.directory.damaged:
        people = counted(len(core.directory.damaged), "person", "people")
        notices.append(f"What was stored about {people} was changed and does not open: run karmalink study verify.")
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


def _upgrade_for_reader(folder: Path, settings: Settings, keys: KeyStore) -> None:
    """Upgrade a study of an older revision before it is read; other writers are kept out for that moment."""
    url, wait_s = settings["database.url"], settings["lock.wait_s"]
    with closing(Database(folder, url, write=False)) as database:
        revision = revision_of(database)
    if not revision or revision == HEAD_REVISION:
        return
    with closing(Database(folder, url, write=True, wait_s=wait_s)) as database, database.exclusive():
        core = Core.of(folder, settings, keys, database)
        _check_identity(core)
        migrate(core, new=False)


def _enter_new(core: Core) -> None:
    """Store a new study's identifier in its database, and the first entry of its ledger."""
    with core.database.transaction() as connection:
        connection.execute(STUDY.insert().values(id=core.id))
        core.ledger.append("study.created", (), core.settings_digest(), 0)


def _check_identity(core: Core) -> None:
    """Compare the study's identifier with that in its database: the settings may name another database."""
    with core.database.reading() as connection:
        if not sa.inspect(connection).has_table(STUDY.name):
            return
        stored = connection.execute(sa.select(STUDY.c.id)).scalar()
    if stored != core.id:
        raise IntegrityError(
            "the database belongs to another study",
            where=core.folder / SETTINGS_FILE,
            rule="study.id in the settings is the identifier in the database",
            next_step="restore karmalink.toml from a backup, or correct database.url",
        )
