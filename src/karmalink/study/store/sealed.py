"""A table of encrypted rows: found by keyed digests, opened with the owners' keys, changes entered in the ledger."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from karmalink.errors import IntegrityError, KarmalinkError
from karmalink.study.store.codec import decode, encode
from karmalink.study.store.core import Core
from karmalink.study.store.fields import Owners
from karmalink.study.store.ledger import joined, owners_of, sum_digest

__all__ = ["CHUNK", "New", "Row", "SealedTable"]

CHUNK = 500
# Up to this size a batch is looked up by name; above, the names of the whole table are read once.
_FEW = 50

_COMMON_COLUMNS = frozenset({"n", "id", "owners", "lookup", "digest", "seq", "facts", "words"})

Row = sa.Row[Any]


@dataclass(frozen=True, slots=True)
class New:
    """A row to be stored: identifier, owners, what is encrypted, and the table's own unencrypted columns."""

    id: str
    owners: Owners
    facts: Any
    words: str | None = None
    clear: dict[str, str] = field(default_factory=dict)


class SealedTable:
    """One table of `study.store.tables.RECORD_TABLES`.

    Parameters
    ----------
    core : Core
        The open study.
    table : Table
        The table.
    common : bool
        Encrypt with the study's key, whatever the owners: the owners of an export can be erased, and what remains to be
        done about it must still be readable.
    """

    def __init__(self, core: Core, table: sa.Table, *, common: bool = False) -> None:
        self.core = core
        self.table = table
        self.name = table.name
        self._common = common

    def rows(self, *, person: str | None = None, seen_by_all: bool = False) -> list[Row]:
        """Return the rows that may be used, in the order of their addition; of one person or of all.

        Parameters
        ----------
        person : str, optional
            A pseudonym.
        seen_by_all : bool
            Include rows whose owners withdrew or were erased.
        """
        self.core.directory.refresh()
        query = self.table.select().order_by(self.table.c.n)
        if person is not None:
            query = query.where(self.table.c.owners.contains(person, autoescape=True))
        with self.core.database.reading() as connection:
            rows = connection.execute(query).all()
        may_use = self.core.directory.may_use
        return [row for row in rows if seen_by_all or may_use(owners_of(row.owners))]

    def find(self, names: Sequence[str]) -> dict[str, Row]:
        """Return the rows with these identifiers, also of people who withdrew, but not of those whose key is gone."""
        self.core.directory.refresh()
        groups = self._groups()
        lookups = {self.lookup(owners, name): name for owners in groups for name in names}
        rows: dict[str, Row] = {}
        with self.core.database.reading() as connection:
            for query in self._queries(list(lookups), whole=len(names) > _FEW):
                for row in connection.execute(query):
                    if row.lookup in lookups:
                        rows[lookups[row.lookup]] = row
        return rows

    def usable(self, name: str) -> Row | None:
        """Return the row with this identifier, None if there is none that may be used."""
        row = self.find([name]).get(name)
        return row if row is not None and self.core.directory.may_use(owners_of(row.owners)) else None

    def facts(self, row: Row) -> Any:
        """Decrypt a row's facts."""
        return decode(self._unseal(row, "facts", row.facts))

    def words(self, row: Row) -> str | None:
        """Decrypt a row's words, None if it has none."""
        return None if row.words is None else self._unseal(row, "words", row.words).decode()

    def insert(self, new: Sequence[New], progress: Callable[[int, int], None] | None = None) -> None:
        """Store rows, with one ledger entry for each set of owners. Call it inside a transaction."""
        by_owners: dict[Owners, list[dict[str, Any]]] = {row.owners: [] for row in new}
        numbers = {owners: number for number, owners in enumerate(by_owners, start=self.core.ledger.next())}
        rows = []
        for place, unsealed in enumerate(new, start=self._next_place()):
            rows.append(self._row(unsealed, numbers[unsealed.owners], place))
            by_owners[unsealed.owners].append(rows[-1])
        for owners, theirs in by_owners.items():
            self.core.ledger.append(
                f"{self.name}.added", owners, sum_digest(row["digest"] for row in theirs), len(theirs)
            )
        with self.core.database.transaction() as connection:
            for start in range(0, len(rows), CHUNK):
                connection.execute(self.table.insert(), rows[start : start + CHUNK])
                if progress:
                    progress(min(start + CHUNK, len(rows)), len(rows))

    def replace(self, row: Row, new: New, verb: str = "changed") -> None:
        """Replace the content of a row, with a ledger entry; the owners stay. Call it inside a transaction."""
        fresh = self._row(new, self.core.ledger.next(), row.n, row.id)
        self.core.ledger.append(f"{self.name}.{verb}", new.owners, sum_digest([fresh["digest"]], [row.digest]), 1)
        with self.core.database.transaction() as connection:
            connection.execute(self.table.update().where(self.table.c.id == row.id).values(**fresh))

    def remove(self, row: Row) -> None:
        """Delete a row, with a ledger entry. Call it inside a transaction."""
        self.core.ledger.append(f"{self.name}.removed", owners_of(row.owners), sum_digest([], [row.digest]), 1)
        with self.core.database.transaction() as connection:
            connection.execute(self.table.delete().where(self.table.c.id == row.id))

    def content_digest(self, row: Row, *, ordered: bool = True) -> str:
        """Return the digest of a row's present content; decryption fails if it was changed.

        Parameters
        ----------
        row : Row
            As stored.
        ordered : bool
            With its place among the rows of the table. Studies of revision 1 digested rows without it.
        """
        facts = self._unseal(row, "facts", row.facts)
        words = self._unseal(row, "words", row.words) if getattr(row, "words", None) is not None else None
        clear = {name: value for name, value in row._mapping.items() if name not in _COMMON_COLUMNS}
        head = [row.seq, row.lookup, clear, *([row.n] if ordered else [])]
        return self._digest(owners_of(row.owners), head, facts, words)

    def holds(self, row: Row) -> bool:
        """Whether a row is what was stored: its content, and its place among the others.

        A digest of revision 1 says nothing about the place. Without the owners' keys it cannot be put into a later
        study: the ledger has the sum of the digests.
        """
        return self._has(row, ordered=True) or self._has(row, ordered=False)

    def reseal(self, rows: Sequence[Row]) -> int:
        """Put the place of rows of revision 1 into their digests, with ledger entries; return how many.

        A row that is not what was stored stays as it is, so that verification goes on naming it. Call it inside a
        transaction.
        """
        changed: dict[Owners, list[tuple[Row, str]]] = {}
        for row in rows:
            if self._has(row, ordered=True):
                raise IntegrityError(
                    "the revision of the study was set back",
                    where=f"{self.name}, row {row.id}",
                    rule="a row of an earlier revision has no place in its digest, and this one has",
                    next_step="restore the study from a backup",
                )
            if self._has(row, ordered=False):
                changed.setdefault(owners_of(row.owners), []).append((row, self.content_digest(row)))
        with self.core.database.transaction() as connection:
            for owners, pairs in changed.items():
                difference = sum_digest([digest for _, digest in pairs], [row.digest for row, _ in pairs])
                self.core.ledger.append(f"{self.name}.upgraded", owners, difference, len(pairs))
                for row, digest in pairs:
                    connection.execute(self.table.update().where(self.table.c.id == row.id).values(digest=digest))
        return sum(map(len, changed.values()))

    def lookup(self, owners: Owners, name: str) -> str:
        """Return the digest by which a record of this identifier is found."""
        return self.core.fields.digest(self._keys_of(owners), f"lookup {self.name}", name)

    def _digest(self, owners: Owners, clear: list[Any], facts: bytes, words: bytes | None) -> str:
        head = encode([*clear, len(facts), None if words is None else len(words)])
        return self.core.fields.digest(self._keys_of(owners), "content", b"\0".join((head, facts, words or b"")))

    def _queries(self, lookups: Sequence[str], *, whole: bool) -> Iterable[sa.Select[Any]]:
        if whole:
            return [self.table.select()]
        chunks = [lookups[start : start + CHUNK] for start in range(0, len(lookups), CHUNK)]
        return [self.table.select().where(self.table.c.lookup.in_(chunk)) for chunk in chunks]

    def _groups(self) -> list[Owners]:
        """Return every set of owners in the table whose keys are available."""
        if self._common:
            return [()]
        with self.core.database.reading() as connection:
            stored = connection.execute(sa.select(self.table.c.owners).distinct()).scalars().all()
        readable = self.core.keys.people
        return [owners for owners in map(owners_of, stored) if readable.issuperset(owners)]

    def _has(self, row: Row, *, ordered: bool) -> bool:
        try:
            return hmac.compare_digest(self.content_digest(row, ordered=ordered), row.digest)
        except (KarmalinkError, ValueError, TypeError):
            return False

    def _next_place(self) -> int:
        with self.core.database.reading() as connection:
            return int(connection.execute(sa.select(sa.func.max(self.table.c.n))).scalar() or 0) + 1

    def _row(self, one: New, seq: int, place: int, row_id: str = "") -> dict[str, Any]:
        # The id of a person's row is their pseudonym: by it the directory finds the key.
        row_id = row_id or (one.owners[0] if self.name == "people" else secrets.token_hex(8))
        facts, words = encode(one.facts), None if one.words is None else one.words.encode()
        lookup = self.lookup(one.owners, one.id)
        row: dict[str, Any] = {
            "n": place,
            "id": row_id,
            "owners": joined(one.owners),
            "lookup": lookup,
            "digest": self._digest(one.owners, [seq, lookup, one.clear, place], facts, words),
            "seq": seq,
            "facts": self._seal(one.owners, row_id, "facts", facts),
            **one.clear,
        }
        if "words" in self.table.c:
            row["words"] = None if words is None else self._seal(one.owners, row_id, "words", words)
        return row

    def _seal(self, owners: Owners, row_id: str, column: str, plain: bytes) -> bytes:
        return self.core.fields.seal(self._keys_of(owners), (self.name, row_id, column), plain)

    def _unseal(self, row: Row, column: str, sealed: object) -> bytes:
        return self.core.fields.unseal(self._keys_of(owners_of(row.owners)), (self.name, row.id, column), sealed)

    def _keys_of(self, owners: Owners) -> Owners:
        return () if self._common else owners
