"""What every namespace of records does: check, add together or not at all, the same record never twice, get, list."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import sqlalchemy as sa

from karmalink.errors import Duplicate, InputError, KarmalinkError, UnknownName, describe
from karmalink.study.store.core import Core
from karmalink.study.store.fields import Owners
from karmalink.study.store.ledger import owners_of
from karmalink.study.store.sealed import New, Row, SealedTable

__all__ = ["Added", "Batch", "Fault", "Records", "Refusal", "as_batch", "first_error"]

# What an addition to a study did.


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
        How many were there already, with the same content; nothing was added for them.
    """

    noun: str
    new: tuple[str, ...]
    known: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the counts and the identifiers, JSON-ready."""
        return {"noun": self.noun, "added": len(self.new), "known": self.known, "ids": list(self.new)}

    def __repr__(self) -> str:
        """Tell the counts."""
        known = f", {self.known} known already" if self.known else ""
        return f"Added({len(self.new)} {self.noun}{known})"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one record of a batch cannot be added.

    Attributes
    ----------
    index : int
        Position in the batch, from 0.
    field : str
        The field that is at fault.
    error : KarmalinkError
        What `add` raises for it.
    part : str
        Of a life: the identifier of the entry that is meant; empty where it is the life itself.
    """

    index: int
    field: str
    error: KarmalinkError
    part: str = ""


def first_error(refusals: Sequence[Refusal]) -> None:
    """Raise the error of the first refusal, where there is one."""
    if refusals:
        raise refusals[0].error


T = TypeVar("T")
Fault = tuple[str, KarmalinkError]
"""A field, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Batch(Generic[T]):
    """What is added together: the records by identifier, and whose the other records are that they name.

    Attributes
    ----------
    records : mapping of str to record
        By identifier.
    named : mapping of str to Owners
        Owners by identifier of the records of another noun that these name; absent where there is none.
    """

    records: Mapping[str, T]
    named: Mapping[str, Owners]


class Records(Generic[T]):
    """The records of one noun. A namespace says whose a record is, and how it is split for storage.

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
        """Add records, each in the place of the one with its identifier where there is one: for what is computed anew.

        Raises
        ------
        UnknownName, ConsentMissing, StorageFailed
            As :meth:`add`; an identifier that is taken is no fault here.
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
        """Remove a record: what was computed, and does not come out again.

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
        """Return all the people to whom records belong, by identifier."""
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

        What belongs to somebody who withdrew or was erased is left out.
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
        """Tell how many there are."""
        return f"<{len(self)} {self.noun}>"

    def store(self, batch: Sequence[T], progress: Callable[[int, int], None] | None = None) -> Added:
        """Add a batch inside a transaction that is open."""
        new, known, refusals = self.sort_out(batch)
        first_error(refusals)
        self.sealed.insert(new, progress)
        return Added(self.noun, tuple(one.id for one in new), known)

    def owners(self, names: Iterable[str]) -> dict[str, Owners]:
        """Return the pseudonyms of those whose records these are; absent is what is not there or may not be used."""
        rows = self.sealed.find(builtins.list(dict.fromkeys(names)))
        found = {name: owners_of(row.owners) for name, row in rows.items()}
        return {name: owners for name, owners in found.items() if self._core.directory.may_use(owners)}

    def _named(self, batch: Sequence[T]) -> Mapping[str, Owners]:
        """Return whose the records of another noun are that these name."""
        return {}

    def _faults(self, record: T, batch: Batch[T]) -> Iterator[Fault]:
        """Go through what keeps a record from being stored: who is not known, or has not agreed."""
        return iter(())

    def _whose(self, record: T, batch: Batch[T]) -> Owners:
        """Return whose a record without faults is."""
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
            raise UnknownName(f"there is no {describe(name)} among the {self.noun}", next_step=_LOOK)
        return row

    def _not_agreed(self, field: str, name: str) -> Iterator[Fault]:
        try:
            self._core.directory.agreed(name)
        except KarmalinkError as error:
            yield field, error

    def _of_another(self, field: str, name: str, person: str, batch: Batch[T]) -> Iterator[Fault]:
        """Go through what is wrong with naming a record that must be there, and the same person's."""
        owners = batch.named.get(name)
        if owners is None:
            what, rule = f"there is no {field} {describe(name)}", "what is named is stored first"
            yield field, UnknownName(what, rule=rule, next_step=f"add the {field} first, or leave the field empty")
        elif self._core.directory.is_known(person) and owners != (self._pseudonym(person),):
            yield field, InputError(f"the {field} {describe(name)} is another person's", rule="both are of one person")

    def _pseudonym(self, name: str) -> str:
        return self._core.directory.pseudonym(name)

    def sort_out(self, batch: Sequence[T]) -> tuple[builtins.list[New], int, builtins.list[Refusal]]:
        """Return what is new, how many are there already, and what cannot be added."""
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
            rule="an identifier means one record in the whole study; the same record again adds nothing",
            next_step="give it another identifier, for example with the person's or the life's in front",
        )


_LOOK = "see what is there: karmalink study show"


def _id(record: object) -> str:
    return str(cast(Any, record).id)


def as_batch(records: T | Iterable[T]) -> list[T]:
    """Return one record or many as a list; no record of the rooms is itself iterable."""
    return list(records) if isinstance(records, Iterable) else [records]
