"""Accounts, and the awakenings at which they were given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from karmalink.study.records.records import Batch, Fault, Records
from karmalink.study.store.core import Core
from karmalink.study.store.fields import Owners
from karmalink.study.store.sealed import New, Row
from karmalink.study.store.tables import ACCOUNTS, AWAKENINGS

if TYPE_CHECKING:
    from karmalink.account import Account
    from karmalink.study.awakening import Awakening
    from karmalink.study.records.nights import Nights

__all__ = ["Accounts", "Awakenings"]


class Awakenings(Records["Awakening"]):
    """Awakenings: each belongs to its sleeper, as does the night it names."""

    def __init__(self, core: Core, nights: Nights) -> None:
        super().__init__(core, AWAKENINGS)
        self._nights = nights

    def _named(self, batch: Sequence[Awakening]) -> Mapping[str, Owners]:
        return self._nights.owners(awakening.night for awakening in batch if awakening.night is not None)

    def _faults(self, record: Awakening, batch: Batch[Awakening]) -> Iterator[Fault]:
        yield from self._not_agreed("person", record.person)
        if record.night is not None:
            yield from self._of_another("night", record.night, record.person, batch)

    def _whose(self, record: Awakening, batch: Batch[Awakening]) -> Owners:
        return (self._pseudonym(record.person),)


class Accounts(Records["Account"]):
    """Accounts: each belongs to the person who gave it; its text is encrypted apart from the rest."""

    def __init__(self, core: Core, awakenings: Awakenings) -> None:
        super().__init__(core, ACCOUNTS)
        self._awakenings = awakenings

    def _named(self, batch: Sequence[Account]) -> Mapping[str, Owners]:
        return self._awakenings.owners(account.awakening for account in batch if account.awakening is not None)

    def _faults(self, record: Account, batch: Batch[Account]) -> Iterator[Fault]:
        yield from self._not_agreed("person", record.person)
        if record.awakening is not None:
            yield from self._of_another("awakening", record.awakening, record.person, batch)

    def _whose(self, record: Account, batch: Batch[Account]) -> Owners:
        return (self._pseudonym(record.person),)

    def _new(self, record: Account, owners: Owners) -> New:
        return New(record.id, owners, replace(record, text=""), record.text)

    def _opened(self, row: Row) -> Account:
        facts: Account = self.sealed.facts(row)
        return replace(facts, text=self.sealed.words(row) or "")
