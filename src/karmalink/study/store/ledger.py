"""The ledger: append-only, each entry bound to the one before it; pseudonyms, counts and keyed digests only.

It proves order inside the study. Anyone with the passphrase could rewrite the whole of it, so to others only an anchor
proves order: the hash of the last entry, published or printed outside the study.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from karmalink.study.store.fields import FieldCipher, Owners
from karmalink.study.store.tables import LEDGER

if TYPE_CHECKING:
    from karmalink.study.store.database import Database

__all__ = [
    "SETTINGS_ENTRIES",
    "VERBS",
    "LedgerEntry",
    "LedgerLog",
    "chain_hash",
    "first_hash",
    "hash_of",
    "joined",
    "owners_of",
    "sum_digest",
]

VERBS: dict[str, str] = {
    "created": "the study was created; the digest is that of its settings",
    "upgraded": "rows or the whole study were brought into the form of a later Karmalink",
    "settings": "the settings were changed; the digest is that of all of them",
    "accepted": "a restored backup took the place of the study; count is the number of entries that it lacks",
    "added": "rows were stored",
    "changed": "the content of a row was changed",
    "removed": "a row was removed",
    "withdrew": "a person withdrew; their data are kept and no longer used",
    "erased": "a person was erased; count is the number of rows that went",
}
SETTINGS_ENTRIES = ("study.created", "study.upgraded", "study.settings")
"""Events whose digest is that of the settings."""
_MODULUS = 1 << 256


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One entry.

    Attributes
    ----------
    seq : int
        Number, from 1 without gaps.
    at : str
        When, by the writer's clock, ISO 8601, UTC.
    event : str
        A table's name and a key of :data:`VERBS`: ``accounts.added``.
    owners : tuple of str
        Pseudonyms of the people it is about; none for rows without an owner.
    count : int
        Number of rows.
    digest : str
        What the entry changed in the sum of the rows' digests (see :func:`sum_digest`).
    previous, hash : str
        Hash of the entry before, and of this one.
    seal : str
        HMAC-SHA256 of the hash under the study's key: without the passphrase entries cannot be forged.
    """

    seq: int
    at: str
    event: str
    owners: Owners
    count: int
    digest: str
    previous: str
    hash: str
    seal: str

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return asdict(self)

    def __repr__(self) -> str:
        """One-line summary."""
        return f"LedgerEntry({self.seq}: {self.event}, {self.count}, {self.at})"


def joined(owners: Owners) -> str:
    """Return owners as the tables store them."""
    return " ".join(owners)


def owners_of(stored: object) -> Owners:
    """Return the owners that :func:`joined` wrote; of anything else, one owner who is not known."""
    # A tampered database can hold a number, bytes or nothing where text was stored.
    return tuple(stored.split()) if isinstance(stored, str) else (repr(stored),)


def sum_digest(plus: Iterable[str], minus: Iterable[str] = ()) -> str:
    """Return the sum of rows' digests, minus those of removed rows, modulo 2²⁵⁶, hex.

    A multiset hash (MSet-Add-Hash of Clarke et al., ASIACRYPT 2003): the rows' digests are HMACs under their owners'
    keys, so that without the keys no other rows with the same sum can be made. The entries about an owner's rows add up
    to the rows that are stored, whatever was added, changed and removed in between.
    """
    total = sum(int(digest, 16) for digest in plus) - sum(int(digest, 16) for digest in minus)
    return f"{total % _MODULUS:064x}"


def first_hash(study: str) -> str:
    """Return the hash that the first entry has as its previous one."""
    return hashlib.sha256(f"karmalink ledger of {study}".encode()).hexdigest()


def chain_hash(seq: int, at: str, event: str, owners: str, count: int, digest: str, previous: str) -> str:
    """Return the hash of an entry: SHA-256 over its fields and the hash of the entry before, as compact JSON."""
    body = json.dumps([seq, at, event, owners, count, digest, previous], separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(body.encode()).hexdigest()


def hash_of(entry: LedgerEntry) -> str:
    """Return the hash that an entry must have (:func:`chain_hash`)."""
    return chain_hash(entry.seq, entry.at, entry.event, joined(entry.owners), entry.count, entry.digest, entry.previous)


class LedgerLog:
    """Reads the ledger, and appends to it inside the study's transactions.

    Parameters
    ----------
    study : str
        The study's identifier.
    database : Database
        Where it is kept.
    fields : FieldCipher
        Makes the seals of entries.
    """

    def __init__(self, study: str, database: Database, fields: FieldCipher) -> None:
        self._study = study
        self._database = database
        self._fields = fields

    def next(self) -> int:
        """Return the number of the next entry. Inside a transaction no other process can take it."""
        last = self.last()
        return last.seq + 1 if last else 1

    def append(self, event: str, owners: Owners, digest: str, count: int) -> int:
        """Append an entry; return its number. Call it inside a transaction."""
        with self._database.transaction() as connection:
            last = self.last()
            seq, previous = (last.seq + 1, last.hash) if last else (1, first_hash(self._study))
            at = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
            own = chain_hash(seq, at, event, joined(owners), count, digest, previous)
            connection.execute(
                LEDGER.insert().values(
                    seq=seq,
                    at=at,
                    event=event,
                    owners=joined(owners),
                    count=count,
                    digest=digest,
                    previous=previous,
                    hash=own,
                    seal=self._fields.study_digest("ledger", own),
                )
            )
        return seq

    def at(self, seq: int) -> LedgerEntry | None:
        """Return one entry by its number, None if there is none."""
        with self._database.reading() as connection:
            row = connection.execute(LEDGER.select().where(LEDGER.c.seq == seq)).first()
        return None if row is None else _entry(row)

    def of(self, event: str) -> list[LedgerEntry]:
        """Return all entries of one event in order."""
        with self._database.reading() as connection:
            rows = connection.execute(LEDGER.select().where(LEDGER.c.event == event).order_by(LEDGER.c.seq)).all()
        return [_entry(row) for row in rows]

    def is_sealed(self, entry: LedgerEntry) -> bool:
        """Whether an entry is what was entered: its hash fits its content, its seal was made with the study's key."""
        return entry.hash == hash_of(entry) and self.has_seal(entry)

    def has_seal(self, entry: LedgerEntry) -> bool:
        """Whether the seal of an entry was made with the study's key."""
        seal = self._fields.study_digest("ledger", entry.hash)
        return hmac.compare_digest(entry.seal.encode(errors="backslashreplace"), seal.encode())

    def latest(self, events: Iterable[str]) -> LedgerEntry | None:
        """Return the last entry of these events, None if there is none."""
        query = LEDGER.select().where(LEDGER.c.event.in_(list(events))).order_by(LEDGER.c.seq.desc()).limit(1)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else _entry(row)

    def last(self) -> LedgerEntry | None:
        """Return the last entry, None if the ledger is empty."""
        with self._database.reading() as connection:
            row = connection.execute(LEDGER.select().order_by(LEDGER.c.seq.desc()).limit(1)).first()
        return None if row is None else _entry(row)

    def list(self) -> list[LedgerEntry]:
        """Return all entries in order."""
        with self._database.reading() as connection:
            return [_entry(row) for row in connection.execute(LEDGER.select().order_by(LEDGER.c.seq))]

    def __len__(self) -> int:
        """Return the number of entries."""
        with self._database.reading() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(LEDGER)).scalar_one())

    def __iter__(self) -> Iterator[LedgerEntry]:
        """Go through the entries in order."""
        return iter(self.list())


def _entry(row: sa.Row[Any]) -> LedgerEntry:
    # What is of another type than was stored is read as text that no hash fits: verification names the entry.
    values: dict[str, Any] = {
        name: value if isinstance(value, int if name in {"seq", "count"} else str) else f"{value!r}"
        for name, value in row._mapping.items()
    }
    return LedgerEntry(**{**values, "owners": owners_of(values["owners"])})
