"""The people of an export and their data: pseudonyms, shifted days, new numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from karmalink.account.dates import DateMeans
from karmalink.study.store.person import because

if TYPE_CHECKING:
    from karmalink.account import Account
    from karmalink.night import Hypnogram, Recording
    from karmalink.study.awakening import Awakening
    from karmalink.study.records.nights import Night
    from karmalink.study.store.person import Person
    from karmalink.study.study import Study

__all__ = [
    "FIRST_WEEK",
    "ExportAccount",
    "ExportAwakening",
    "ExportNight",
    "ExportPerson",
    "Shift",
    "export_people",
    "exportable_people",
    "night_of",
]

# Nothing here has an identifier from the study's files: the account ``grandmother-7`` is exported as ``a007``.

FIRST_WEEK = dt.date(1910, 1, 3)
"""A Monday before 1925, as BIDS asks for shifted dates; a person's first day falls into its week."""

_NOON = 12


@dataclass(frozen=True, slots=True)
class Shift:
    """How one person's days are shifted: all by the same number of whole weeks.

    Weekdays and the distances between a person's own days stay true; the dates themselves, and which people slept on
    the same night, can no longer be recovered.
    """

    days: int
    first: int

    @classmethod
    def of(cls, first: int) -> Shift:
        """Return the shift that moves the ordinal `first` into :data:`FIRST_WEEK`."""
        weekday = dt.date.fromordinal(first).weekday()
        return cls(FIRST_WEEK.toordinal() + weekday - first, first)

    def date(self, ordinal: int) -> dt.date:
        """Return the shifted date."""
        return dt.date.fromordinal(ordinal + self.days)

    def number(self, ordinal: int) -> int:
        """Return the number of days since the person's first, from 0."""
        return ordinal - self.first


@dataclass(frozen=True, slots=True)
class ExportAwakening:
    """An awakening, in seconds from the first sample of its recording (None if it has none)."""

    label: str
    time: dt.datetime
    onset_s: float | None
    stage: str
    confidence: float
    rule: str


@dataclass(frozen=True, slots=True)
class ExportNight:
    """A recording; `open` gives it while the context lasts, since it is not kept unencrypted."""

    label: str
    start: dt.datetime | None
    open: Callable[[], AbstractContextManager[Recording]]
    hypnogram: Hypnogram | None
    awakenings: tuple[ExportAwakening, ...] = ()

    @property
    def ordinal(self) -> int | None:
        """The night it belongs to, None if the recording has no clock."""
        return None if self.start is None else night_of(self.start)


@dataclass(frozen=True, slots=True)
class ExportAccount:
    """An account; `ordinal` is its night, None if it is not dated to the day."""

    label: str
    ordinal: int | None
    date_means: str
    language: str
    text: str
    awakening: ExportAwakening | None


@dataclass(frozen=True, slots=True)
class ExportPerson:
    """One person with their exported data."""

    label: str
    role: str
    age: int | None
    nights: tuple[ExportNight, ...]
    accounts: tuple[ExportAccount, ...]

    @property
    def ordinals(self) -> tuple[int | None, ...]:
        """The nights of their recordings and accounts, None if unknown."""
        return (*(night.ordinal for night in self.nights), *(account.ordinal for account in self.accounts))

    @property
    def shift(self) -> Shift | None:
        """How this person's days are shifted, None if nothing of theirs is dated."""
        days = [day for day in self.ordinals if day is not None]
        return Shift.of(min(days)) if days else None


def night_of(time: dt.datetime) -> int:
    """Return the ordinal n of the night of a moment; night n is between the waking days n and n + 1."""
    return time.toordinal() - (time.hour < _NOON)


def exportable_people(study: Study) -> tuple[list[Person], list[str]]:
    """Return the people whose data may be exported today, and one line for each who is left out.

    People who died long ago have no recordings; what others wrote about them is a life, and lives are not exported.
    """
    today = dt.date.today()
    majority = int(study.settings["study.majority_age"])
    alive = [person for person in study.people.list() if person.role != "past"]
    missing = {person.id: person.missing(today, majority) for person in alive}
    left_out = [f"{name} is left out{because(reason)}" for name, reason in missing.items() if reason]
    return [person for person in alive if not missing[person.id]], left_out


def export_people(study: Study, people: Sequence[Person]) -> list[ExportPerson]:
    """Return these people as they are exported: by pseudonym, everything renumbered."""
    return [_person(study, person) for person in people]


def _person(study: Study, person: Person) -> ExportPerson:
    nights = {night.id: night for night in study.nights.list(person=person.id)}
    woken = sorted(study.awakenings.list(person=person.id), key=lambda awakening: awakening.time)
    exported = {woke.id: _awakening(woke, number, nights) for number, woke in enumerate(woken, start=1)}
    of_night = {name: tuple(exported[woke.id] for woke in woken if woke.night == name) for name in nights}
    ordered = sorted(nights.values(), key=lambda night: (night.start is None, night.start or dt.datetime.max))
    accounts = study.accounts.list(person=person.id)
    without_age = ExportPerson(
        study.people.pseudonym(person.id),
        person.role,
        None,
        tuple(_night(study, night, number, of_night[night.id]) for number, night in enumerate(ordered, start=1)),
        _accounts(accounts, exported, {woke.id: woke for woke in woken}, nights),
    )
    first = min((day for day in without_age.ordinals if day is not None), default=None)
    if person.born is None or first is None:
        return without_age
    return replace(without_age, age=dt.date.fromordinal(first).year - person.born)


def _awakening(woke: Awakening, number: int, nights: Mapping[str, Night]) -> ExportAwakening:
    night = nights.get(woke.night or "")
    onset = None if night is None or night.start is None else (woke.time - night.start).total_seconds()
    inside = onset is not None and 0 <= onset <= (night.duration_s or onset if night else onset)
    onset_s = onset if inside else None
    return ExportAwakening(f"w{number:03d}", woke.time, onset_s, woke.stage, woke.confidence, woke.rule)


def _night(study: Study, night: Night, number: int, awakenings: tuple[ExportAwakening, ...]) -> ExportNight:
    opened = partial(_recording, study, night.id)
    return ExportNight(f"n{number:03d}", night.start, opened, study.nights.hypnogram(night.id), awakenings)


@contextmanager
def _recording(study: Study, name: str) -> Iterator[Recording]:
    """Yield a recording as corrected by the doctor: in volts, with unusable channels marked."""
    from karmalink.night import examine

    with study.nights.recording(name) as recording:
        yield examine(recording).recording


def _accounts(
    accounts: Sequence[Account],
    out: Mapping[str, ExportAwakening],
    woken: Mapping[str, Awakening],
    nights: Mapping[str, Night],
) -> tuple[ExportAccount, ...]:
    placed = [(_ordinal(account, woken, nights), account) for account in accounts]
    placed.sort(key=lambda pair: (pair[0] is None, pair[0] or 0))
    return tuple(
        ExportAccount(
            f"a{number:03d}",
            ordinal,
            str(account.date_means),
            account.language,
            account.text,
            out.get(account.awakening or ""),
        )
        for number, (ordinal, account) in enumerate(placed, start=1)
    )


def _ordinal(account: Account, woken: Mapping[str, Awakening], nights: Mapping[str, Night]) -> int | None:
    """Return the account's night: that of its awakening, otherwise the one its date means (the evening, if unknown)."""
    awakening = woken.get(account.awakening or "")
    if awakening is not None:
        night = nights.get(awakening.night or "")
        return night_of(awakening.time if night is None or night.start is None else night.start)
    if not account.has_night:
        return None
    return account.night(DateMeans.NIGHT_OF)
