"""Lives and their entries. A life belongs to its author; a register, written by others, belongs to no one."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from karmalink.base.wording import counted
from karmalink.errors import ConsentMissing, InputError, UnknownName, describe
from karmalink.study.records.records import Added, Batch, Fault, Records, Refusal, as_batch, first_error
from karmalink.study.store.core import Core
from karmalink.study.store.fields import Owners
from karmalink.study.store.ledger import owners_of
from karmalink.study.store.sealed import New, Row
from karmalink.study.store.tables import ENTRIES, LIVES

if TYPE_CHECKING:
    from karmalink.account import Entry, Life

__all__ = ["COMMON_KINDS", "Lives"]

COMMON_KINDS = frozenset({"register"})
"""Kinds of life written by others about people who died long ago: without an author in the study, no one's."""


class _Shells(Records["Life"]):
    """Lives without their entries."""

    def _faults(self, record: Life, batch: Batch[Life]) -> Iterator[Fault]:
        author = record.author
        if author is not None and self._core.directory.is_known(author):
            yield from self._not_agreed("author", author)
        elif record.kind in COMMON_KINDS:
            return
        elif author is None:
            yield (
                "author",
                ConsentMissing(
                    f"the author of the life {describe(record.id)} is missing",
                    rule=f"a {record.kind} belongs to its author and needs their consent; only a register needs none",
                    next_step="name its author; if they died long ago, add them with the role 'past'",
                ),
            )
        else:
            yield (
                "author",
                UnknownName(
                    f"unknown author {describe(author)}",
                    rule=f"a {record.kind} belongs to its author",
                    next_step="add them first; if they died long ago, with the role 'past'",
                ),
            )

    def _whose(self, record: Life, batch: Batch[Life]) -> Owners:
        author = record.author
        return (self._pseudonym(author),) if author is not None and self._core.directory.is_known(author) else ()


class _Entries(Records["Entry"]):
    """Entries: each belongs to the owner of its life."""

    def __init__(self, core: Core) -> None:
        super().__init__(core, ENTRIES)
        self.places: dict[str, tuple[str, Owners]] = {}

    def of(self, life_row: str) -> builtins.list[Entry]:
        """Return the entries of one life's row."""
        return [self._opened(row) for row in self.sealed.rows() if row.life == life_row]

    def by_life(self) -> dict[str, builtins.list[Entry]]:
        """Return all entries by their life's row."""
        entries: dict[str, builtins.list[Entry]] = {}
        for row in self.sealed.rows():
            entries.setdefault(row.life, []).append(self._opened(row))
        return entries

    def _whose(self, record: Entry, batch: Batch[Entry]) -> Owners:
        return self.places.get(record.life, ("", ()))[1]

    def _new(self, record: Entry, owners: Owners) -> New:
        place = self.places.get(record.life, ("", ()))[0]
        return New(record.id, owners, replace(record, text=""), record.text, {"life": place})

    def _opened(self, row: Row) -> Entry:
        facts: Entry = self.sealed.facts(row)
        return replace(facts, text=self.sealed.words(row) or "")


class Lives:
    """The lives of a study.

    Parameters
    ----------
    core : Core
        The open study.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._shells = _Shells(core, LIVES)
        self._entries = _Entries(core)

    def add(self, records: Life | Iterable[Life], *, progress: Callable[[int, int], None] | None = None) -> Added:
        """Add lives with their entries; a life that is there already gets the new entries.

        Returns
        -------
        Added
            Counts entries.

        Raises
        ------
        UnknownName, ConsentMissing
            The author of a diary, calendar or chat is not in the study, or has not agreed.
        InputError
            A life without entries, or an entry that names another life.
        Duplicate
            An identifier is taken by other content. Identifiers of entries are unique in the study too.
        """
        lives = as_batch(records)
        with self._core.database.transaction():
            first_error(_malformed(lives))
            shells = [_shell(life) for life in lives]
            self._shells.store(shells)
            rows = self._shells.sealed.find([life.id for life in lives])
            self._entries.places = {name: (row.id, owners_of(row.owners)) for name, row in rows.items()}
            return self._entries.store([entry for life in lives for entry in life.entries], progress)

    def check(self, records: Life | Iterable[Life]) -> builtins.list[Refusal]:
        """Return why each life or entry that cannot be added cannot be; for an entry, `part` is its identifier."""
        lives = as_batch(records)
        refusals = [*_malformed(lives), *self._shells.check([_shell(life) for life in lives])]
        entries = [entry for life in lives for entry in life.entries]
        at_life = [index for index, life in enumerate(lives) for _ in life.entries]
        refusals.extend(
            replace(refusal, index=at_life[refusal.index], part=entries[refusal.index].id)
            for refusal in self._entries.check(entries)
        )
        return sorted(refusals, key=lambda refusal: refusal.index)

    def get(self, name: str) -> Life:
        """Return a life with its entries.

        Raises
        ------
        UnknownName
            There is none of this identifier.
        """
        row = self._shells.row(name)
        return _filled(self._shells.get(name), self._entries.of(row.id))

    def list(self, *, person: str | None = None, kind: str | None = None) -> builtins.list[Life]:
        """Return the lives with their entries: of one author, of one kind, or all."""
        entries = self._entries.by_life()
        lives = [
            _filled(self._shells.sealed.facts(row), entries.get(row.id, [])) for row in self._shells.rows(person=person)
        ]
        return [life for life in lives if kind is None or life.kind == kind]

    def ids(self, *, person: str | None = None) -> builtins.list[str]:
        """Return the identifiers of lives."""
        return self._shells.ids(person=person)

    def entry_ids(self) -> builtins.list[str]:
        """Return the identifiers of all entries."""
        return self._entries.ids()

    def contributors(self, name: str) -> builtins.list[str]:
        """Return the people a life belongs to, by identifier: its author, or no one."""
        return [self._core.directory.name(owner) for owner in owners_of(self._shells.row(name).owners)]

    def __contains__(self, name: object) -> bool:
        """Whether a life of this identifier is in the study."""
        return name in self._shells

    def __len__(self) -> int:
        """Return how many lives there are."""
        return len(self._shells)

    def __iter__(self) -> Iterator[Life]:
        """Go through the lives."""
        return iter(self.list())

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<{counted(len(self), 'life', 'lives')}, {counted(len(self._entries), 'entry', 'entries')}>"


def _shell(life: Life) -> Life:
    return replace(life, entries=())


def _filled(shell: Life, entries: Iterable[Entry]) -> Life:
    # As `account.lives_of` orders them: by date, the undated last, otherwise as they came.
    ordered = sorted(entries, key=lambda entry: (entry.when is None, entry.when.ordinal if entry.when else 0))
    return replace(shell, entries=tuple(ordered))


def _malformed(lives: Sequence[Life]) -> builtins.list[Refusal]:
    refusals = []
    for index, life in enumerate(lives):
        if not life.entries:
            error = InputError(f"the life {describe(life.id)} has no entries", rule="a life consists of its entries")
            refusals.append(Refusal(index, "life", error))
        for entry in life.entries:
            if entry.life != life.id:
                what = f"the entry {describe(entry.id)} names another life, {describe(entry.life)}"
                refusals.append(
                    Refusal(index, "life", InputError(what, rule=f"it is in the life {life.id!r}"), entry.id)
                )
    return refusals
