"""Erasure of a person: their key, rows, recordings, the results and exports they are in; and a list of the rest.

The order matters. The key goes first: from then on no copy of the study opens for this person, whatever happens next.
Their files and the exports go before the rows that name them, so that an interrupted erasure is finished when the
study is next opened for writing.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from karmalink.base.wording import counted
from karmalink.errors import UsageError
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
        Files of exports that have been moved or could not be deleted: delete them by hand.
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

    @property
    def left_to_do(self) -> tuple[str, ...]:
        """Return what has to be done by hand, one line each."""
        return (
            *(f"delete {path}" for path in self.not_deleted),
            *(f"ask for the copy back: {copy}" for copy in self.copies_handed_out),
            *(f"destroy the copy of the key store of {copy.made}: {copy.path}" for copy in self.key_copies),
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
    pseudonym = core.directory.pseudonym(person)
    core.keys.destroy(pseudonym)
    core.fields.forget(pseudonym)
    return _erase_rest(core, pseudonym, progress)


def finish_erasures(core: Core) -> list[str]:
    """Finish the erasure of people whose key is destroyed: it was interrupted, or an old copy was opened."""
    rows = SealedTable(core, RECORD_TABLES["people"]).rows(seen_by_all=True)
    unfinished = [row.id for row in rows if row.id in core.keys.erased]
    for pseudonym in unfinished:
        _erase_rest(core, pseudonym, None)
    return unfinished


def _erase_rest(core: Core, pseudonym: str, progress: Callable[[int, int], None] | None) -> ErasureReport:
    step = progress or (lambda done, total: None)
    core.directory.forget()
    step(1, _STEPS)
    files = _delete_recordings(core, pseudonym)
    step(2, _STEPS)
    exports = ExportedList(core).of(pseudonym)
    not_deleted = tuple(left for export in exports for left in delete_files(export))
    step(3, _STEPS)
    with core.database.transaction():
        report = ErasureReport(
            pseudonym,
            True,
            _delete_rows(core, pseudonym),
            files,
            tuple(export.path for export in exports),
            not_deleted,
            tuple(_handed_out(export, to) for export in exports for to in export.handed_to),
            core.keys.copies,
        )
        # The tasks left to do must not be lost with a closed terminal or a crash.
        Results(core).put(KIND, [], report.to_dict(), id=f"{KIND}-{pseudonym}")
    step(4, _STEPS)
    core.database.compact()
    step(_STEPS, _STEPS)
    return report


def _delete_recordings(core: Core, pseudonym: str) -> int:
    rows = SealedTable(core, NIGHTS).rows(person=pseudonym, seen_by_all=True)
    names = [stored.name for row in rows for stored in stored_files(row)]
    for name in names:
        core.vault.remove(name)
    shutil.rmtree(core.folder / CACHE, ignore_errors=True)
    return len(names)


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
