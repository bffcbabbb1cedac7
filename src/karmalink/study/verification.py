"""Verification that nothing was changed: the ledger's chain and seals, rows against entries, the vault's files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from karmalink.base.wording import counted
from karmalink.errors import IntegrityError
from karmalink.study.database_form import check_database
from karmalink.study.records.ledger_anchors import Anchor, Ledger
from karmalink.study.records.nights import stored_files
from karmalink.study.store.core import Core
from karmalink.study.store.ledger import (
    SETTINGS_ENTRIES,
    LedgerEntry,
    first_hash,
    hash_of,
    joined,
    owners_of,
    sum_digest,
)
from karmalink.study.store.sealed import SealedTable
from karmalink.study.store.tables import EXPORTED, NIGHTS, RECORD_TABLES
from karmalink.study.store.vault import VaultFile, file_sha256

__all__ = ["INTERNAL_ORDER_ONLY", "BrokenEntry", "VerifyReport", "verify"]

INTERNAL_ORDER_ONLY = "internal order only"


@dataclass(frozen=True, slots=True)
class BrokenEntry:
    """The first invalid entry of the ledger: its number, its event, and why."""

    seq: int
    event: str
    why: str

    def __str__(self) -> str:
        """Return one line."""
        return f"entry {self.seq} ({self.event}): {self.why}"


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """The result of a verification.

    Attributes
    ----------
    entries, rows, files : int
        Entries of the ledger, rows and files of the vault that were checked.
    first_broken : Break or None
        The first broken link of the ledger.
    faults : tuple of str
        What was changed: rows, files, the form of the database; and owners with rows missing or added.
    notes : tuple of str
        What holds no data and is not as Karmalink leaves it: bytes in unused pages of the database, settings that were
        changed since the study was last opened for writing, files of the vault that no row names.
    unreadable : int
        Rows of people whose key is gone.
    anchors : tuple of Anchor
        Anchors that match the entry they name.
    order : str
        What the ledger proves to others about the order of entries.
    """

    entries: int
    rows: int
    files: int
    first_broken: BrokenEntry | None
    faults: tuple[str, ...]
    unreadable: int
    anchors: tuple[Anchor, ...]
    order: str
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing was changed."""
        return self.first_broken is None and not self.faults

    def raise_if_broken(self) -> None:
        """Raise an error if anything was changed.

        Raises
        ------
        IntegrityError
            With the first broken entry, or the first faults.
        """
        if self.ok:
            return
        broken = [str(self.first_broken)] if self.first_broken else []
        raise IntegrityError(
            "the study is not what was stored",
            where="; ".join([*broken, *self.faults][:3]),
            rule="every entry has the hash of the one before, and the rows match the entries",
            next_step="compare with a backup; everything before the first broken entry is reliable",
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {
            "ok": self.ok,
            "entries": self.entries,
            "rows": self.rows,
            "files": self.files,
            "first_broken": str(self.first_broken) if self.first_broken else None,
            "faults": list(self.faults),
            "unreadable": self.unreadable,
            "anchors": [anchor.to_dict() for anchor in self.anchors],
            "order": self.order,
            "notes": list(self.notes),
        }

    def __repr__(self) -> str:
        """One-line summary."""
        if self.first_broken:
            return f"VerifyReport(broken at {self.first_broken})"
        if self.faults:
            return f"VerifyReport({counted(len(self.faults), 'fault')}, first: {self.faults[0]})"
        entries, rows = counted(self.entries, "entry", "entries"), counted(self.rows, "row")
        return f"VerifyReport({entries}, {rows}, {counted(self.files, 'file')} unchanged; {self.order})"


def verify(core: Core, *, progress: Callable[[int, int], None] | None = None) -> VerifyReport:
    """Check a study that is open; see `study.Study.verify`."""
    # The key store first: what other processes write from now on is then one entry too many, never one too few.
    with core.database.reading():
        core.keys.reload()
    with core.database.snapshot():
        structure = check_database(core.database)
        entries = core.ledger.list()
        tables = [SealedTable(core, table, common=table is EXPORTED) for table in RECORD_TABLES.values()]
        rows = {table.name: table.rows(seen_by_all=True) for table in tables}
        files = [stored for row in rows[NIGHTS.name] for stored in stored_files(row)]
        steps = _Steps(sum(map(len, rows.values())) + len(files), progress)
        faults = [*structure.faults, *_behind(core, entries)]
        unreadable = 0
        for table in tables:
            faults.extend(_sum_faults(core, table.name, rows[table.name], entries))
            changed, closed = _row_faults(core, table, rows[table.name], steps)
            faults.extend(changed)
            unreadable += closed
        first_broken = _first_broken(core, entries)
        anchors, mismatches = _anchors(core, entries)
        faults.extend(mismatches)
    faults.extend(_file_faults(core, rows[NIGHTS.name], steps))
    return VerifyReport(
        entries=len(entries),
        rows=sum(map(len, rows.values())),
        files=len(files),
        first_broken=first_broken,
        faults=tuple(faults),
        unreadable=unreadable,
        anchors=anchors,
        order=_order(anchors),
        notes=(*structure.notes, *_settings_note(core, entries), *_unnamed_note(core)),
    )


class _Steps:
    def __init__(self, total: int, progress: Callable[[int, int], None] | None) -> None:
        self._total = total
        self._done = 0
        self._progress = progress

    def advance(self) -> None:
        self._done += 1
        if self._progress and (self._done % 100 == 0 or self._done == self._total):
            self._progress(self._done, self._total)


def _first_broken(core: Core, entries: Sequence[LedgerEntry]) -> BrokenEntry | None:
    previous = first_hash(core.id)
    for number, entry in enumerate(entries, start=1):
        checks = (
            (entry.seq == number, f"entry {number} is missing"),
            (entry.previous == previous, "it does not have the hash of the entry before it"),
            (entry.hash == hash_of(entry), "it was changed: its hash does not match its content"),
            (core.ledger.has_seal(entry), "its seal was not made with the study's key"),
        )
        for holds, why in checks:
            if not holds:
                return BrokenEntry(entry.seq, entry.event, why)
        previous = entry.hash
    return None


def _behind(core: Core, entries: Sequence[LedgerEntry]) -> Iterator[str]:
    """Compare with the last entry stored in the key store: entries cut off at the end break no chain."""
    head = core.keys.head
    if head is None:
        return
    number, digest = head
    if len(entries) < number:
        yield (
            f"the ledger ends at entry {len(entries)}, but the key store knows of entry {number}: "
            "the end was cut off, or this is an older copy of the study"
        )
    elif entries[number - 1].hash != digest:
        yield f"entry {number} differs from the one in the key store: the ledger was rewritten, or has forked"


def _sum_faults(core: Core, table: str, rows: Sequence[Any], entries: Sequence[LedgerEntry]) -> Iterator[str]:
    """Compare the rows of each set of owners with the sum of all entries about them."""
    entered: dict[str, list[str]] = {}
    stored: dict[str, list[str]] = {}
    for entry in entries:
        noun, _, verb = entry.event.partition(".")
        if noun == table and verb != "erased":
            entered.setdefault(joined(entry.owners), []).append(entry.digest)
    for row in rows:
        stored.setdefault(joined(owners_of(row.owners)), []).append(row.digest)
    erased = {owner for entry in entries if entry.event == "people.erased" for owner in entry.owners}
    gone = erased | core.keys.erased
    for owners in sorted({*entered, *stored}):
        if not gone.isdisjoint(owners_of(owners)):
            continue
        if _sum(entered.get(owners, [])) != _sum(stored.get(owners, [])):
            whose = f"of {owners}" if owners else "without an owner"
            yield f"{table}: the rows {whose} do not match the ledger"


def _sum(digests: Sequence[Any]) -> str:
    """Return the sum of digests; of what is none, a word that no other sum is equal to."""
    try:
        return sum_digest(digests)
    except (TypeError, ValueError):
        return f"not digests: {digests!r}"


def _row_faults(core: Core, table: SealedTable, rows: Sequence[Any], steps: _Steps) -> tuple[list[str], int]:
    """Compare each row's content with its digest; return faults and the number of rows whose key is gone."""
    faults: list[str] = []
    closed = 0
    for row in rows:
        if table.table is not EXPORTED and not core.keys.people.issuperset(owners_of(row.owners)):
            closed += 1
        else:
            if not table.holds(row):
                faults.append(f"{table.name}: row {row.id} of entry {row.seq} was changed")
        steps.advance()
    return faults, closed


def _file_faults(core: Core, nights: Sequence[Any], steps: _Steps) -> Iterator[str]:
    found = []
    for row in nights:
        for stored in stored_files(row):
            steps.advance()
            why = _file_fault(core, stored)
            if why:
                found.append((row.id, f"vault: {stored.name} {why}"))
    if not found:
        return
    # Files are not part of the snapshot: of a person who was erased meanwhile, the files go before the rows.
    with core.database.reading() as connection:
        still = set(connection.execute(sa.select(NIGHTS.c.id)).scalars())
    core.keys.reload()
    erased = core.keys.erased
    gone = {row.id for row in nights if row.id not in still or not erased.isdisjoint(owners_of(row.owners))}
    yield from (fault for name, fault in found if name not in gone)


def _file_fault(core: Core, stored: VaultFile) -> str:
    path = core.vault.path_of(stored.name)
    try:
        return "" if file_sha256(path) == stored.sha256 else "was changed"
    except FileNotFoundError:
        return "is missing"
    except OSError:
        return "cannot be read"


def _settings_note(core: Core, entries: Sequence[LedgerEntry]) -> Iterator[str]:
    latest = next((entry for entry in reversed(entries) if entry.event in SETTINGS_ENTRIES), None)
    if latest is not None and latest.digest != core.settings_digest():
        yield f"settings: they were changed since entry {latest.seq}; the next opening for writing enters that"


def _unnamed_note(core: Core) -> Iterator[str]:
    with core.database.reading() as connection:
        named = {
            name for files in connection.execute(sa.select(NIGHTS.c.file)).scalars() for name in str(files).split()
        }
    unnamed = len(set(core.vault.names()) - named)
    if unnamed:
        yield f"vault: {counted(unnamed, 'file')} that no night names: another process is storing, or was interrupted"


def _anchors(core: Core, entries: Sequence[LedgerEntry]) -> tuple[tuple[Anchor, ...], list[str]]:
    hashes = {entry.seq: entry.hash for entry in entries}
    matching, faults = [], []
    try:
        anchors = Ledger(core).anchors()
    except IntegrityError:
        return (), ["anchors: an anchor was changed"]
    for anchor in anchors:
        if hashes.get(anchor.seq) == anchor.hash:
            matching.append(anchor)
        else:
            faults.append(f"anchors: entry {anchor.seq} no longer has the hash that was anchored ({anchor.note})")
    return tuple(matching), faults


def _order(anchors: Sequence[Anchor]) -> str:
    if not anchors:
        return f"{INTERNAL_ORDER_ONLY}: no hash of the ledger is anchored outside the study"
    last = max(anchors, key=lambda anchor: anchor.seq)
    return f"order proved to others up to entry {last.seq}, to anyone who compares its hash with: {last.note}"
