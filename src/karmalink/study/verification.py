"""Is what is stored what was stored? The ledger's chain and seals, every row against its entry, the vault's files."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from karmalink.errors import IntegrityError
from karmalink.study.records.ledger_anchors import Anchor, Ledger
from karmalink.study.records.nights import stored_files
from karmalink.study.store.core import Core
from karmalink.study.store.ledger import LedgerEntry, chain_hash, first_hash, joined, owners_of, sum_digest
from karmalink.study.store.sealed import SealedTable
from karmalink.study.store.tables import EXPORTED, NIGHTS, RECORD_TABLES
from karmalink.study.store.vault import file_sha256

__all__ = ["INTERNAL_ORDER_ONLY", "BrokenEntry", "VerifyReport", "verify"]

INTERNAL_ORDER_ONLY = "internal order only"


@dataclass(frozen=True, slots=True)
class BrokenEntry:
    """The first entry of the ledger that does not hold: its number, its event, and why."""

    seq: int
    event: str
    why: str

    def __str__(self) -> str:
        """One line."""
        return f"entry {self.seq} ({self.event}): {self.why}"


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a verification found.

    Attributes
    ----------
    entries, rows, files : int
        Entries of the ledger, rows and files of the vault that were checked.
    first_broken : Break or None
        The first broken link of the ledger.
    faults : tuple of str
        Rows and files that are not what was stored, and people of whom rows are missing or too many.
    unreadable : int
        Rows of people whose key is gone.
    anchors : tuple of Anchor
        Anchors whose hash is that of the entry they name.
    order : str
        What the ledger proves to others about order.
    """

    entries: int
    rows: int
    files: int
    first_broken: BrokenEntry | None
    faults: tuple[str, ...]
    unreadable: int
    anchors: tuple[Anchor, ...]
    order: str

    @property
    def ok(self) -> bool:
        """Whether everything is what was stored."""
        return self.first_broken is None and not self.faults

    def raise_if_broken(self) -> None:
        """Raise what was found.

        Raises
        ------
        IntegrityError
            Naming the first broken link, or the first fault.
        """
        if self.ok:
            return
        found = [str(self.first_broken)] if self.first_broken else []
        raise IntegrityError(
            "the study is not what was stored",
            where="; ".join([*found, *self.faults][:3]),
            rule="every entry holds the hash of the one before, and the rows are those that the entries tell of",
            next_step="compare with a backup; what comes before the first broken link can be relied on",
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
        }

    def __repr__(self) -> str:
        """Tell what holds."""
        if self.first_broken:
            return f"VerifyReport(broken at {self.first_broken})"
        if self.faults:
            return f"VerifyReport({len(self.faults)} faults, first: {self.faults[0]})"
        return f"VerifyReport({self.entries} entries, {self.rows} rows, {self.files} files hold; {self.order})"


def verify(core: Core, *, progress: Callable[[int, int], None] | None = None) -> VerifyReport:
    """Check a study that is open; see `study.Study.verify`."""
    entries = core.ledger.list()
    tables = [SealedTable(core, table, common=table is EXPORTED) for table in RECORD_TABLES.values()]
    rows = {table.name: table.rows(seen_by_all=True) for table in tables}
    files = [stored for row in rows[NIGHTS.name] for stored in stored_files(row)]
    steps = _Steps(sum(map(len, rows.values())) + len(files), progress)
    faults: list[str] = list(_behind(core, entries))
    unreadable = 0
    for table in tables:
        faults.extend(_sum_faults(core, table.name, rows[table.name], entries))
        found, closed = _row_faults(core, table, rows[table.name], steps)
        faults.extend(found)
        unreadable += closed
    faults.extend(_file_faults(core, rows[NIGHTS.name], steps))
    first_broken = _first_broken(core, entries)
    anchors, strange = _anchors(core, entries)
    faults.extend(strange)
    total = sum(map(len, rows.values()))
    order = _order(anchors)
    return VerifyReport(len(entries), total, len(files), first_broken, tuple(faults), unreadable, anchors, order)


class _Steps:
    def __init__(self, total: int, progress: Callable[[int, int], None] | None) -> None:
        self._total = total
        self._done = 0
        self._progress = progress

    def one(self) -> None:
        self._done += 1
        if self._progress and (self._done % 100 == 0 or self._done == self._total):
            self._progress(self._done, self._total)


def _first_broken(core: Core, entries: Sequence[LedgerEntry]) -> BrokenEntry | None:
    previous = first_hash(core.id)
    for number, entry in enumerate(entries, start=1):
        own = chain_hash(
            entry.seq, entry.at, entry.event, joined(entry.owners), entry.count, entry.digest, entry.previous
        )
        seal = core.fields.study_digest("ledger", entry.hash)
        checks = (
            (entry.seq == number, f"entry {number} is missing"),
            (entry.previous == previous, "it does not hold the hash of the entry before it"),
            (entry.hash == own, "it was changed: its hash is not that of its content"),
            (hmac.compare_digest(entry.seal, seal), "its seal was not made with the study's key"),
        )
        for holds, why in checks:
            if not holds:
                return BrokenEntry(entry.seq, entry.event, why)
        previous = entry.hash
    return None


def _behind(core: Core, entries: Sequence[LedgerEntry]) -> Iterator[str]:
    """Compare with what the key store remembers of the last entry: entries cut off at the end break no chain."""
    head = core.keys.head
    if head is None:
        return
    number, digest = head
    if len(entries) < number:
        yield (
            f"the ledger ends at entry {len(entries)}, and the key store knows of entry {number}: "
            "the end was cut off, or this is an older copy of the study"
        )
    elif entries[number - 1].hash != digest:
        yield f"entry {number} is another one than the key store knows of: the ledger was written anew, or has forked"


def _sum_faults(core: Core, table: str, rows: Sequence[Any], entries: Sequence[LedgerEntry]) -> Iterator[str]:
    """Compare the rows of each set of owners with the sum of all entries about them."""
    told: dict[str, list[str]] = {}
    there: dict[str, list[str]] = {}
    for entry in entries:
        noun, _, verb = entry.event.partition(".")
        if noun == table and verb != "erased":
            told.setdefault(joined(entry.owners), []).append(entry.digest)
    for row in rows:
        there.setdefault(row.owners, []).append(row.digest)
    erased = {owner for entry in entries if entry.event == "people.erased" for owner in entry.owners}
    gone = erased | core.keys.erased
    for owners in sorted({*told, *there}):
        if gone.isdisjoint(owners_of(owners)) and sum_digest(told.get(owners, [])) != sum_digest(there.get(owners, [])):
            yield f"{table}: the rows of {owners or 'the commons'} are not those that the ledger tells of"


def _row_faults(core: Core, table: SealedTable, rows: Sequence[Any], steps: _Steps) -> tuple[list[str], int]:
    """Compare each row's content with its digest; return faults and the number of rows that nobody can open."""
    faults: list[str] = []
    closed = 0
    for row in rows:
        if table.table is not EXPORTED and not core.keys.people.issuperset(owners_of(row.owners)):
            closed += 1
        else:
            faults.extend(_content_fault(table, row))
        steps.one()
    return faults, closed


def _content_fault(table: SealedTable, row: Any) -> Iterator[str]:
    try:
        same = hmac.compare_digest(table.content_digest(row), row.digest)
    except (IntegrityError, ValueError):
        same = False
    if not same:
        yield f"{table.name}: row {row.id} of entry {row.seq} was changed"


def _file_faults(core: Core, nights: Sequence[Any], steps: _Steps) -> Iterator[str]:
    for row in nights:
        for stored in stored_files(row):
            path = core.vault.folder / stored.name
            steps.one()
            if not path.is_file():
                yield f"vault: {stored.name} is missing"
            elif file_sha256(path) != stored.sha256:
                yield f"vault: {stored.name} was changed"


def _anchors(core: Core, entries: Sequence[LedgerEntry]) -> tuple[tuple[Anchor, ...], list[str]]:
    hashes = {entry.seq: entry.hash for entry in entries}
    good, faults = [], []
    try:
        anchors = Ledger(core).anchors()
    except IntegrityError:
        return (), ["anchors: an anchor was changed"]
    for anchor in anchors:
        if hashes.get(anchor.seq) == anchor.hash:
            good.append(anchor)
        else:
            faults.append(f"anchors: entry {anchor.seq} no longer has the hash that was anchored ({anchor.note})")
    return tuple(good), faults


def _order(anchors: Sequence[Anchor]) -> str:
    if not anchors:
        return f"{INTERNAL_ORDER_ONLY}: no hash of the ledger is anchored outside the study"
    last = max(anchors, key=lambda anchor: anchor.seq)
    return f"order proved to others up to entry {last.seq}, to whoever compares its hash with: {last.note}"
