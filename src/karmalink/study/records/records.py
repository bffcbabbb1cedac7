"""What every namespace of records does: check, add all or nothing, never the same record twice, get, list."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import sqlalchemy as sa

from karmalink.base.wording import counted
from karmalink.errors import Duplicate, InputError, KarmalinkError, UnknownName, describe
from karmalink.study.store.core import Core
from karmalink.study.store.fields import Owners
from karmalink.study.store.ledger import owners_of
from karmalink.study.store.sealed import New, Row, SealedTable

__all__ = ["SINGULAR", "Added", "Batch", "Fault", "Records", "Refusal", "as_batch", "first_error"]

SINGULAR: dict[str, str] = {
    "accounts": "account",
    "awakenings": "awakening",
    "clues": "clue",
    "entries": "entry",
    "lives": "life",
    "nights": "night",
    "people": "person",
    "places": "place",
    "witnesses": "witness",
}
"""Noun of a namespace → one of them."""


@dataclass(frozen=True, slots=True)
class Added:
    """What one addition did.

    Attributes
    ----------
    noun : str
        What was added (``accounts``, ``entries``, …).
    new : tuple of str
        Identifiers that are new in the study.
    known : int
        How many were there already, with the same content.
    """

    noun: str
    new: tuple[str, ...]
    known: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the counts and the identifiers, JSON-ready."""
        return {"noun": self.noun, "added": len(self.new), "known": self.known, "ids": list(self.new)}

    def __repr__(self) -> str:
        """One-line summary."""
        known = f", {self.known} already there" if self.known else ""
        return f"Added({len(self.new)} {self.noun}{known})"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one record of a batch cannot be added.

    Attributes
    ----------
    index : int
        Position in the batch, from 0.
    field : str
        The faulty field.
    error : KarmalinkError
        What `add` raises for it.
    part : str
        Of a life: the identifier of the faulty entry; empty if it is the life itself.
    """

    index: int
    field: str
    error: KarmalinkError
    part: str = ""


def first_error(refusals: Sequence[Refusal]) -> None:
    """Raise the error of the first refusal, if there is one."""
    if refusals:
        raise refusals[0].error


T = TypeVar("T")
Fault = tuple[str, KarmalinkError]
"""A field, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Batch(Generic[T]):
    """Records that are added together, by identifier, and the owners of the records that they name.

    Attributes
    ----------
    records : mapping of str to record
        By identifier.
    named : mapping of str to Owners
        Owners by identifier of the records of another noun that these name; unknown ones are absent.
    """

    records: Mapping[str, T]
    named: Mapping[str, Owners]


class Records(Generic[T]):
    """The records of one noun. A namespace says who owns a record, and how it is split for storage.

    Parameters
    ----------
    core : Core
        The open study.
    table : Table
        Its table, whose name is the noun.
    """

    def __init__(self, core: Core, table: sa.Table) -> None:
        self._core = core
        self.sealed = SealedTable(core, table)
        self.noun = table.name

    def add(self, records: T | Iterable[T], *, progress: Callable[[int, int], None] | None = None) -> Added:
        """Add one record or many, in one transaction. What is there already with the same content is not added again.

        Parameters
        ----------
        records : record or iterable of records
            What to add.
        progress : callable, optional
            Called with (done, total).

        Raises
        ------
        UnknownName, ConsentMissing
            A record names somebody or something that is not in the study, or somebody who has not agreed.
        Duplicate
            An identifier is taken by other content.
        StorageFailed
            The disk is full or read-only; nothing was added.
        """
        batch = as_batch(records)
        with self._core.database.transaction():
            return self.store(batch, progress)

    def put(self, records: T | Iterable[T]) -> Added:
        """Add records, each replacing the one with its identifier if there is one: for what is computed again.

        Raises
        ------
        UnknownName, ConsentMissing, StorageFailed
            As :meth:`add`; an identifier that is taken is not an error here.
        """
        batch = as_batch(records)
        with self._core.database.transaction():
            stored = self.sealed.find([_id(record) for record in batch])
            for record in batch:
                row = stored.pop(_id(record), None)
                if row is not None and self._opened(row) != record:
                    self.sealed.remove(row)
            return self.store(batch)

    def remove(self, name: str) -> None:
        """Remove a record, for example a computed one that is no longer found.

        Raises
        ------
        UnknownName
            There is none in the study.
        """
        with self._core.database.transaction():
            self.sealed.remove(self.row(name))

    def contributors(self, name: str) -> builtins.list[str]:
        """Return the people a record belongs to, by identifier.

        Raises
        ------
        UnknownName
            There is none in the study.
        """
        return sorted(self._core.directory.name(owner) for owner in owners_of(self.row(name).owners))

    def everybody(self) -> builtins.list[str]:
        """Return all people who own records, by identifier."""
        owners = {owner for row in self.rows() for owner in owners_of(row.owners)}
        return sorted(map(self._core.directory.name, owners))

    def check(self, records: T | Iterable[T]) -> list[Refusal]:
        """Return why each record that cannot be added cannot be; raises nothing and stores nothing."""
        return self.sort_out(as_batch(records))[2]

    def get(self, name: str) -> T:
        """Return a record by its identifier.

        Raises
        ------
        UnknownName
            There is none in the study.
        """
        return self._opened(self.row(name))

    def list(self, *, person: str | None = None) -> builtins.list[T]:
        """Return the records, of one person or of all, in the order in which they were added.

        Records of people who withdrew or were erased are left out.
        """
        return [self._opened(row) for row in self.rows(person=person)]

    def ids(self, *, person: str | None = None) -> builtins.list[str]:
        """Return the identifiers; no text is opened."""
        return [str(self.sealed.facts(row).id) for row in self.rows(person=person)]

    def __contains__(self, name: object) -> bool:
        """Whether a record of this identifier is in the study."""
        return isinstance(name, str) and self.sealed.usable(name) is not None

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.rows())

    def __iter__(self) -> Iterator[T]:
        """Go through the records."""
        return iter(self.list())

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<{counted(len(self), SINGULAR[self.noun], self.noun)}>"

    def store(self, batch: Sequence[T], progress: Callable[[int, int], None] | None = None) -> Added:
        """Add a batch inside a transaction that is open."""
        new, known, refusals = self.sort_out(batch)
        first_error(refusals)
        self.sealed.insert(new, progress)
        return Added(self.noun, tuple(record.id for record in new), known)

    def owners(self, names: Iterable[str]) -> dict[str, Owners]:
        """Return the owners of records, by pseudonym; records that are unknown or may not be used are absent."""
        rows = self.sealed.find(builtins.list(dict.fromkeys(names)))
        all_owners = {name: owners_of(row.owners) for name, row in rows.items()}
        return {name: owners for name, owners in all_owners.items() if self._core.directory.may_use(owners)}

    def _named(self, batch: Sequence[T]) -> Mapping[str, Owners]:
        """Return the owners of the records of another noun that these name."""
        return {}

    def _faults(self, record: T, batch: Batch[T]) -> Iterator[Fault]:
        """Yield what keeps a record from being stored: unknown people, missing consent."""
        return iter(())

    def _whose(self, record: T, batch: Batch[T]) -> Owners:
        """Return the owners of a record without faults."""
        return ()

    def _new(self, record: Any, owners: Owners) -> New:
        """Return a record as it is stored."""
        return New(record.id, owners, record)

    def _opened(self, row: Row) -> T:
        """Return a stored row as a record."""
        return cast(T, self.sealed.facts(row))

    def rows(self, *, person: str | None = None) -> builtins.list[Row]:
        """Return the stored rows of one person or of all."""
        pseudonym = None if person is None else self._core.directory.pseudonym(person)
        return self.sealed.rows(person=pseudonym)

    def row(self, name: str) -> Row:
        """Return the stored row of a record.

        Raises
        ------
        UnknownName
            There is none in the study.
        """
        row = self.sealed.usable(name)
        if row is None:
            raise UnknownName(f"unknown {SINGULAR[self.noun]} {describe(name)}", next_step=_LOOK)
        return row

    def _not_agreed(self, field: str, name: str) -> Iterator[Fault]:
        try:
            self._core.directory.agreed(name)
        except KarmalinkError as error:
            yield field, error

    def _of_another(self, field: str, name: str, person: str, batch: Batch[T]) -> Iterator[Fault]:
        """Yield what is wrong with a named record: it must be in the study, and the same person's."""
        owners = batch.named.get(name)
        if owners is None:
            next_step = f"add the {field} first, or leave the field empty"
            yield field, UnknownName(f"unknown {field} {describe(name)}", next_step=next_step)
        elif self._core.directory.is_known(person) and owners != (self._pseudonym(person),):
            yield (
                field,
                InputError(f"the {field} {describe(name)} is another person's", rule="both belong to one person"),
            )

    def _pseudonym(self, name: str) -> str:
        return self._core.directory.pseudonym(name)

    def sort_out(self, batch: Sequence[T]) -> tuple[builtins.list[New], int, builtins.list[Refusal]]:
        """Return the new records, how many are there already, and why others cannot be added."""
        together = Batch({_id(record): record for record in batch}, self._named(batch))
        stored = self.sealed.find(builtins.list(together.records))
        seen = {name: self._opened(row) for name, row in stored.items()}
        new: builtins.list[New] = []
        refusals: builtins.list[Refusal] = []
        known = 0
        with self._core.directory.held():
            for index, record in enumerate(batch):
                name = _id(record)
                if name in seen and seen[name] == record:
                    known += 1
                    continue
                faults = [("id", self._taken(name))] if name in seen else builtins.list(self._faults(record, together))
                refusals.extend(Refusal(index, field, error) for field, error in faults)
                seen.setdefault(name, record)
                if not faults:
                    new.append(self._new(record, self._whose(record, together)))
        return new, known, refusals

    def _taken(self, name: str) -> KarmalinkError:
        return Duplicate(
            f"the identifier {describe(name)} is taken, by a record with other content",
            where=self.noun,
            rule="an identifier names one record in the whole study; the same record again adds nothing",
            next_step="use another identifier, for example with the person or the life as a prefix",
        )


_LOOK = "see how much is there: karmalink study show"


def _id(record: object) -> str:
    return str(cast(Any, record).id)


def as_batch(records: T | Iterable[T]) -> list[T]:
    """Return one record or many as a list; a record is never itself iterable."""
    return list(records) if isinstance(records, Iterable) else [records]
