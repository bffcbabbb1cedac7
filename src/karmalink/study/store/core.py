"""The parts of an open study that every namespace uses: keys, fields, database, vault, ledger, and its people."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from karmalink.errors import ConsentMissing, IntegrityError, UnknownName, describe, suggest
from karmalink.study.store.codec import decode
from karmalink.study.store.database import Database
from karmalink.study.store.fields import FieldCipher, Owners
from karmalink.study.store.keys import KeyStore
from karmalink.study.store.ledger import LedgerLog
from karmalink.study.store.person import Person, because
from karmalink.study.store.settings import Settings
from karmalink.study.store.tables import LEDGER, PEOPLE
from karmalink.study.store.vault import Vault

if TYPE_CHECKING:
    from karmalink.study.store.database import Database

__all__ = ["Core", "Directory"]

# The people of an open study by identifier and by pseudonym are in memory only. No digest of a person's identifier is
# stored, keyed or not: otherwise someone with a copy of the study and the passphrase could try names until one fits,
# even after the erasure.


class Directory:
    """The people of a study; read again when the ledger has grown.

    Parameters
    ----------
    database, fields, keys
        The study's parts.
    majority_age : int
        The setting ``study.majority_age``.
    """

    def __init__(self, database: Database, fields: FieldCipher, keys: KeyStore, *, majority_age: int) -> None:
        self._database = database
        self._fields = fields
        self._keys = keys
        self._majority_age = majority_age
        self._as_of = -1
        self._held = False
        self._people: dict[str, Person] = {}
        self._pseudonyms: dict[str, str] = {}
        self._unreadable: tuple[str, ...] = ()
        self._damaged: tuple[str, ...] = ()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Check once for a whole batch, not for every record, whether anything was written since."""
        self.refresh()
        before, self._held = self._held, True
        try:
            yield
        finally:
            self._held = before

    def refresh(self) -> None:
        """Read the people again if anything was written since."""
        if self._held:
            return
        with self._database.reading() as connection:
            now = connection.execute(sa.select(sa.func.max(LEDGER.c.seq))).scalar() or 0
            if now == self._as_of:
                return
            rows = connection.execute(sa.select(PEOPLE.c.id, PEOPLE.c.facts).order_by(PEOPLE.c.n)).all()
        if not {row.id for row in rows} <= self._keys.people:
            self._keys.reload()
        readable = self._keys.people
        self._unreadable = tuple(row.id for row in rows if row.id not in readable)
        self._people, self._damaged = {}, ()
        for row in rows:
            if row.id not in readable:
                continue
            try:
                self._people[row.id] = decode(self._fields.unseal((row.id,), ("people", row.id, "facts"), row.facts))
            except IntegrityError:
                # One changed row must not keep everyone's data, and verification, from being read.
                self._damaged = (*self._damaged, row.id)
        self._pseudonyms = {person.id: pseudonym for pseudonym, person in self._people.items()}
        self._as_of = now
        # If what was read here is undone, the next entry reuses this number: the number alone does not show a change.
        if self._database.active:
            self._database.on_rollback(self.forget, even_in_doubt=True)

    def forget(self) -> None:
        """Read everything again next time: a transaction was undone."""
        self._as_of = -1

    @property
    def majority_age(self) -> int:
        """Return the age at which a minor is asked for their own consent."""
        return self._majority_age

    @property
    def people(self) -> dict[str, Person]:
        """Return the people by pseudonym, in the order in which they were added."""
        self.refresh()
        return dict(self._people)

    @property
    def unreadable(self) -> tuple[str, ...]:
        """Return the pseudonyms without a key in the key store: erased since, or from another key store."""
        self.refresh()
        return self._unreadable

    @property
    def damaged(self) -> tuple[str, ...]:
        """Return the pseudonyms whose own row was changed, so that it does not open."""
        self.refresh()
        return self._damaged

    def pseudonym(self, name: str) -> str:
        """Return a person's pseudonym.

        Raises
        ------
        UnknownName
            The person is not in the study.
        """
        self.refresh()
        if name not in self._pseudonyms:
            raise UnknownName(
                f"unknown person {describe(name)}",
                rule="people are added before anything of theirs is stored",
                next_step=suggest(name, self._pseudonyms) or "add them first: karmalink study add people FILE",
            )
        return self._pseudonyms[name]

    def is_known(self, name: str) -> bool:
        """Whether a person of this identifier is in the study."""
        self.refresh()
        return name in self._pseudonyms

    def person(self, name: str) -> Person:
        """Return a person by identifier."""
        # First the pseudonym: looking it up may read the people again, into another table.
        pseudonym = self.pseudonym(name)
        return self._people[pseudonym]

    def name(self, pseudonym: str) -> str:
        """Return the identifier of a pseudonym; the pseudonym itself where its key is gone."""
        self.refresh()
        person = self._people.get(pseudonym)
        return person.id if person else pseudonym

    def agreed(self, name: str, today: dt.date | None = None) -> str:
        """Return the pseudonym of a person who has agreed that their data are stored.

        Raises
        ------
        UnknownName, ConsentMissing
            The person is not in the study; or their consent is missing.
        """
        pseudonym = self.pseudonym(name)
        missing = self._people[pseudonym].missing(today or dt.date.today(), self._majority_age)
        if missing:
            raise ConsentMissing(
                f"nothing of {describe(name)} can be stored{because(missing)}",
                rule="adults by consent; minors by a guardian's consent and their own assent, asked again at majority",
                next_step="ask them, then enter what they answered: karmalink study consent",
            )
        return pseudonym

    def may_use(self, owners: Owners) -> bool:
        """Whether a row of these owners may be read: all keys are there, and none of them withdrew."""
        return all(owner in self._people and self._people[owner].withdrawn is None for owner in owners)


@dataclass(frozen=True, eq=False)
class Core:
    """The parts of one open study."""

    folder: Path
    settings: Settings
    keys: KeyStore
    fields: FieldCipher
    database: Database
    vault: Vault
    ledger: LedgerLog
    directory: Directory

    @property
    def id(self) -> str:
        """Return the study's identifier."""
        return str(self.settings["study.id"])

    def settings_digest(self) -> str:
        """Return a digest of the settings, which only the study's key can make."""
        body = json.dumps(dict(self.settings.values), sort_keys=True, default=str)
        return self.fields.study_digest("settings", body)

    @classmethod
    def of(cls, folder: Path, settings: Settings, keys: KeyStore, database: Database) -> Core:
        """Put the parts together."""
        study = str(settings["study.id"])
        fields = FieldCipher(study, keys)
        ledger = LedgerLog(study, database, fields)
        directory = Directory(database, fields, keys, majority_age=settings["study.majority_age"])
        core = cls(folder, settings, keys, fields, database, Vault(folder, keys), ledger, directory)
        database.after_commit(core.remember_head)
        return core

    def stored_people(self, pseudonyms: Collection[str]) -> set[str]:
        """Return those of some pseudonyms that are in the database."""
        if not pseudonyms:
            return set()
        with self.database.reading() as connection:
            return set(connection.execute(sa.select(PEOPLE.c.id).where(PEOPLE.c.id.in_(pseudonyms))).scalars())

    def remember_head(self) -> None:
        """Store the ledger's last entry in the key store, so that entries cut off later are noticed.

        Only for a ledger that continues from the entry it has: an old copy must not take the place of the study.
        """
        last = self.ledger.last()
        if last is None:
            return
        self.keys.reload()
        head = self.keys.head
        pending = self.stored_people(self.keys.pending)
        if head == (last.seq, last.hash) and not pending:
            return
        known = None if head is None else self.ledger.at(head[0])
        if head is None or (known is not None and known.hash == head[1]):
            self.keys.set_head(last.seq, last.hash, stored=pending)
