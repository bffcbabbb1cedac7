"""The people of a study, and what they have agreed to."""

from __future__ import annotations

import builtins
import datetime as dt
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from karmalink.base.wording import counted
from karmalink.errors import Duplicate, InputError, KarmalinkError, UsageError, describe
from karmalink.study.records.records import Added, Refusal, as_batch, first_error
from karmalink.study.store.core import Core
from karmalink.study.store.person import Person
from karmalink.study.store.sealed import New, SealedTable
from karmalink.study.store.tables import PEOPLE

__all__ = ["People"]


class People:
    """The people of a study. Their identifiers are sealed; in the clear each is a random pseudonym.

    Parameters
    ----------
    core : Core
        The open study.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._sealed = SealedTable(core, PEOPLE)

    def add(self, records: Person | Iterable[Person]) -> Added:
        """Add people. The same person with the same answers again changes nothing.

        Raises
        ------
        Duplicate
            There is a person of that identifier, with other answers (see :meth:`update`).
        InputError
            An adult who is under age by their year of birth.
        """
        batch = as_batch(records)
        with self._core.database.transaction():
            new, known, refusals = self._sort_out(batch)
            first_error(refusals)
            names = [f"p{secrets.token_hex(8)}" for _ in new]
            if names:
                self._core.database.on_rollback(lambda: self._core.keys.drop(names))
                self._core.keys.add(names)
            self._sealed.insert([New(person.id, (name,), person) for name, person in zip(names, new, strict=True)])
        return Added("people", tuple(person.id for person in new), known)

    def check(self, records: Person | Iterable[Person]) -> builtins.list[Refusal]:
        """Return why each person who cannot be added cannot be."""
        return self._sort_out(as_batch(records))[2]

    def get(self, name: str) -> Person:
        """Return a person.

        Raises
        ------
        UnknownName
            The person is not in the study.
        """
        return self._core.directory.person(name)

    def list(self) -> builtins.list[Person]:
        """Return all people, also those who withdrew without erasure, in the order in which they were added."""
        return builtins.list(self._core.directory.people.values())

    def ids(self) -> builtins.list[str]:
        """Return the identifiers."""
        return [person.id for person in self.list()]

    def pseudonym(self, name: str) -> str:
        """Return a person's pseudonym, as used in the ledger and in exports.

        Raises
        ------
        UnknownName
            The person is not in the study.
        """
        return self._core.directory.pseudonym(name)

    def name(self, pseudonym: str) -> str:
        """Return the identifier of a pseudonym; the pseudonym itself if its key is gone."""
        return self._core.directory.name(pseudonym)

    def agreed(self, name: str) -> Person:
        """Return a person who has agreed that their data are stored and analysed.

        Raises
        ------
        UnknownName, ConsentMissing
            The person is not in the study; or their consent is missing.
        """
        self._core.directory.agreed(name)
        return self.get(name)

    def update(self, person: Person) -> None:
        """Store changed answers of a person.

        Raises
        ------
        UnknownName
            The person is not in the study.
        InputError
            An adult who is under age by their year of birth.
        """
        fault = self._too_young(person)
        if fault is not None:
            raise fault
        with self._core.database.transaction():
            pseudonym = self.pseudonym(person.id)
            if self.get(person.id) == person:
                return
            row = self._sealed.find([person.id])[person.id]
            verb = "withdrew" if person.withdrawn else "changed"
            self._sealed.replace(row, New(person.id, (pseudonym,), person), verb)

    def consent(
        self,
        name: str,
        *,
        own: bool | None = None,
        guardian: bool | None = None,
        assent: bool | None = None,
        on: dt.date | None = None,
    ) -> Person:
        """Enter the answer of a person, or of the guardian of a minor; None leaves an answer unchanged.

        Parameters
        ----------
        name : str
            The person.
        own, guardian, assent : bool, optional
            Their own consent; for a minor the guardian's consent and the child's own assent.
        on : date, optional
            The day of the answer; today where not given.

        Raises
        ------
        UsageError
            No answer is given, or its day is in the future.
        """
        if own is guardian is assent is None:
            raise UsageError("no answer was given", allowed=("own", "guardian", "assent"))
        # One day of tolerance: it may already be tomorrow where the person is.
        if on is not None and on > dt.date.today() + dt.timedelta(days=1):
            raise UsageError(f"the day of an answer cannot be in the future, got {on}", allowed="until today")
        with self._core.database.transaction():
            before = self.get(name)
            person = replace(
                before,
                consent_date=on or dt.date.today(),
                consent=before.consent if own is None else own,
                guardian_consent=before.guardian_consent if guardian is None else guardian,
                assent=before.assent if assent is None else assent,
            )
            self.update(person)
        return person

    def due(self, today: dt.date | None = None) -> builtins.list[Person]:
        """Return the people whose consent is missing, so that nothing of theirs can be stored."""
        day = today or dt.date.today()
        majority = self._core.directory.majority_age
        return [person for person in self.list() if person.withdrawn is None and person.missing(day, majority)]

    def __contains__(self, name: object) -> bool:
        """Whether a person of this identifier is in the study."""
        return isinstance(name, str) and self._core.directory.is_known(name)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._core.directory.people)

    def __iter__(self) -> Iterator[Person]:
        """Go through the people."""
        return iter(self.list())

    def __repr__(self) -> str:
        """One-line summary."""
        due = len(self.due())
        return f"<{counted(len(self), 'person', 'people')}{f', consent missing from {due}' if due else ''}>"

    def _sort_out(self, batch: Sequence[Person]) -> tuple[builtins.list[Person], int, builtins.list[Refusal]]:
        seen = {person.id: person for person in self._core.directory.people.values()}
        new: builtins.list[Person] = []
        refusals: builtins.list[Refusal] = []
        known = 0
        for index, person in enumerate(batch):
            if seen.get(person.id) == person:
                known += 1
                continue
            fault = self._taken(person.id) if person.id in seen else self._too_young(person)
            if fault is not None:
                refusals.append(Refusal(index, "person" if person.id in seen else "role", fault))
                continue
            seen[person.id] = person
            new.append(person)
        return new, known, refusals

    def _too_young(self, person: Person) -> KarmalinkError | None:
        of_age = (person.born or 0) + self._core.directory.majority_age
        if person.role != "adult" or person.born is None or dt.date.today().year >= of_age:
            return None
        return InputError(
            f"{describe(person.id)} is entered as an adult but comes of age in {of_age}",
            rule="people under age take part as minors, by a guardian's consent and their own assent",
            allowed=("minor",),
        )

    def _taken(self, name: str) -> Duplicate:
        return Duplicate(
            f"the person {describe(name)} is already in the study, with other answers",
            rule="an identifier means one person",
            next_step="to enter what they answer now: karmalink study consent",
        )
