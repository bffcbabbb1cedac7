"""Erasure of a person: their key, rows, recordings, the results and exports they are in; and a list of the rest.

The order matters. The key goes first: from then on no copy of the study opens for this person, whatever happens next.
Their files and the exports go before the rows that name them, so that an interrupted erasure is finished when the
study is next opened for writing.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa

from karmalink.base.wording import counted
from karmalink.errors import StorageFailed, UsageError
from karmalink.study.records.exported import Exported, ExportedList, delete_files
from karmalink.study.records.nights import stored_files
from karmalink.study.records.results import Results
from karmalink.study.store.core import Core
from karmalink.study.store.journal import CACHE
from karmalink.study.store.keys import KeyCopy
from karmalink.study.store.ledger import sum_digest
from karmalink.study.store.sealed import SealedTable
from karmalink.study.store.tables import NIGHTS, RECORD_TABLES

__all__ = ["KIND", "ErasureReport", "erase", "finish_erasures"]

KIND = "erasure"
"""Kind of result under which the report of an erasure is kept."""
_STEPS = 5
_CLOSE = "close all programs that read the study: one of them kept its deleted rows from being overwritten"


@dataclass(frozen=True, slots=True)
class ErasureReport:
    """What an erasure deleted, and what is left for the investigator to do.

    Attributes
    ----------
    pseudonym : str
        Of the person; their identifier is no longer stored.
    erased : bool
        False if they withdrew without erasure.
    rows : dict of str to int
        Rows deleted, by table: their own, and the results, links and clues made with their data.
    files : int
        Recordings and other files deleted from the vault.
    exports : tuple of str
        Exports whose files were deleted.
    not_deleted : tuple of str
        Files that could not be deleted: of exports, of the vault, earlier versions of the key store.
    moved : tuple of str
        Files of exports that are no longer where they were written, or have another content there: find them, and
        delete them by hand.
    kept_open : bool
        Whether a process that reads an older state of the study kept its deleted rows from being overwritten. They
        cannot be read without the key; the next time that all programs close the study they go.
    copies_handed_out : tuple of str
        Who was given a copy of an export with their data, and which: ask for it back.
    key_copies : tuple of KeyCopy
        Listed copies of the key store: with one of them an old copy of the study could be read.
    """

    pseudonym: str
    erased: bool
    rows: dict[str, int]
    files: int = 0
    exports: tuple[str, ...] = ()
    not_deleted: tuple[str, ...] = ()
    copies_handed_out: tuple[str, ...] = ()
    key_copies: tuple[KeyCopy, ...] = ()
    moved: tuple[str, ...] = ()
    kept_open: bool = False

    @property
    def left_to_do(self) -> tuple[str, ...]:
        """Return what has to be done by hand, one line each."""
        return (
            *(f"delete {path}" for path in self.not_deleted),
            *(f"find and delete the export that was written to {path}" for path in self.moved),
            *(f"ask for the copy back: {copy}" for copy in self.copies_handed_out),
            *(f"destroy the copy of the key store of {copy.made}: {copy.path}" for copy in self.key_copies),
            *([_CLOSE] if self.kept_open else []),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {**asdict(self), "left_to_do": list(self.left_to_do)}

    def __repr__(self) -> str:
        """One-line summary."""
        if not self.erased:
            return f"ErasureReport({self.pseudonym} withdrew; their data are kept and no longer used)"
        rows, files = counted(sum(self.rows.values()), "row"), counted(self.files, "file")
        tasks = counted(len(self.left_to_do), "task") if self.left_to_do else "nothing"
        return f"ErasureReport({self.pseudonym}: {rows} and {files} deleted; {tasks} left to do by hand)"


def erase(core: Core, person: str, progress: Callable[[int, int], None] | None = None) -> ErasureReport:
    """Erase a person; see `study.Study.withdraw`."""
    if core.database.active:
        raise UsageError("an erasure cannot be part of a transaction", rule="what is erased cannot be restored")
    with core.database.exclusive():
        pseudonym = core.directory.pseudonym(person)
        aside = core.vault.remove_from_quarantine(pseudonym)
        core.keys.destroy(pseudonym)
        core.fields.forget(pseudonym)
        return _erase_rest(core, pseudonym, progress, files=aside)


def finish_erasures(core: Core) -> list[str]:
    """Finish the erasure of people whose key is destroyed: it was interrupted, or an old copy was opened."""
    rows = SealedTable(core, RECORD_TABLES["people"]).rows(seen_by_all=True)
    unfinished = [row.id for row in rows if row.id in core.keys.erased]
    for pseudonym in unfinished:
        _erase_rest(core, pseudonym, None)
    return unfinished


def _erase_rest(
    core: Core, pseudonym: str, progress: Callable[[int, int], None] | None, *, files: int = 0
) -> ErasureReport:
    step = progress or (lambda done, total: None)
    core.directory.forget()
    step(1, _STEPS)
    removed, left = _delete_recordings(core, pseudonym)
    step(2, _STEPS)
    exports = ExportedList(core).of(pseudonym)
    deleted = [delete_files(export) for export in exports]
    not_deleted = (*left, *(path for one in deleted for path in one.left), *map(str, core.keys.leftovers))
    step(3, _STEPS)
    report = ErasureReport(
        pseudonym,
        True,
        {},
        files + removed,
        tuple(export.path for export in exports),
        not_deleted,
        tuple(_handed_out(export, to) for export in exports for to in export.handed_to),
        core.keys.copies,
        tuple(path for one in deleted for path in one.moved),
    )
    with core.database.transaction():
        report = replace(report, rows=_delete_rows(core, pseudonym))
        # The tasks left to do must not be lost with a closed terminal or a crash.
        Results(core).put(KIND, [], report.to_dict(), id=f"{KIND}-{pseudonym}")
    step(4, _STEPS)
    if not core.database.compact():
        report = replace(report, kept_open=True)
        Results(core).put(KIND, [], report.to_dict(), id=f"{KIND}-{pseudonym}")
    step(_STEPS, _STEPS)
    return report


def _delete_recordings(core: Core, pseudonym: str) -> tuple[int, list[str]]:
    """Delete a person's files of the vault, and the caches; return how many went, and which could not be deleted."""
    rows = SealedTable(core, NIGHTS).rows(person=pseudonym, seen_by_all=True)
    names = [stored.name for row in rows for stored in stored_files(row)]
    left, count = [], 0
    for name in names:
        # The name is in a column that is not encrypted: a file that opens with another's key is not theirs.
        if core.vault.opens(name):
            continue
        # Their key is gone: a file that stays cannot be read, and must not keep the rest from being erased.
        try:
            count += core.vault.remove(name)
        except (OSError, StorageFailed):
            left.append(str(core.vault.path_of(name)))
    cache = core.folder / CACHE
    shutil.rmtree(cache, ignore_errors=True)
    return count, [*left, *(str(path) for path in cache.rglob("*") if path.is_file())]


def _delete_rows(core: Core, pseudonym: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    with core.database.transaction() as connection:
        for name, table in RECORD_TABLES.items():
            theirs = table.c.owners.contains(pseudonym, autoescape=True)
            counts[name] = connection.execute(sa.delete(table).where(theirs)).rowcount
        core.ledger.append("people.erased", (pseudonym,), sum_digest([]), sum(counts.values()))
    return {name: count for name, count in counts.items() if count}


def _handed_out(export: Exported, to: str) -> str:
    return f"{to}: {export.kind} export of {export.at}"
