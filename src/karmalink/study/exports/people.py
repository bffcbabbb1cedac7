"""Who and what of a study may leave it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from karmalink.account.dates import DateMeans, Precision

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

# What may leave a study, before any format: pseudonyms, shifted days, running numbers.
#
# Nothing here carries an identifier that somebody typed: an account called ``grandmother-7`` leaves as ``a007``.

FIRST_WEEK = dt.date(1910, 1, 3)
"""A Monday before 1925, as BIDS asks of dates that are not real; a person's first day falls into its week."""

_NOON = 12


@dataclass(frozen=True, slots=True)
class Shift:
    """How one person's days are moved: all by the same number of whole weeks.

    Weekdays and the distances between a person's own days stay true; the dates themselves, and who of the study slept
    in the same night, are no longer told.
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
    """An awakening, in seconds from the first sample of its recording (None where it has none)."""

    label: str
    time: dt.datetime
    onset_s: float | None
    stage: str
    confidence: float
    rule: str


@dataclass(frozen=True, slots=True)
class ExportNight:
    """A recording; `open` gives it for as long as the context lasts, since nothing of it is kept in the clear."""

    label: str
    start: dt.datetime | None
    open: Callable[[], AbstractContextManager[Recording]]
    hypnogram: Hypnogram | None
    awakenings: tuple[ExportAwakening, ...] = ()

    @property
    def ordinal(self) -> int | None:
        """The night it belongs to, None where the recording has no clock."""
        return None if self.start is None else night_of(self.start)


@dataclass(frozen=True, slots=True)
class ExportAccount:
    """An account; `ordinal` is its night, None where its date is not known to the day."""

    label: str
    ordinal: int | None
    date_means: str
    language: str
    text: str
    awakening: ExportAwakening | None


@dataclass(frozen=True, slots=True)
class ExportPerson:
    """One person with everything of theirs that may leave."""

    label: str
    role: str
    age: int | None
    nights: tuple[ExportNight, ...]
    accounts: tuple[ExportAccount, ...]

    @property
    def ordinals(self) -> tuple[int | None, ...]:
        """The nights that their recordings and accounts belong to, None where that is not known."""
        return (*(night.ordinal for night in self.nights), *(account.ordinal for account in self.accounts))

    @property
    def shift(self) -> Shift | None:
        """How this person's days are moved, None where nothing of theirs is dated."""
        days = [day for day in self.ordinals if day is not None]
        return Shift.of(min(days)) if days else None


def night_of(time: dt.datetime) -> int:
    """Return the ordinal n of the night, which lies between the waking days n and n + 1, that a moment belongs to."""
    return time.toordinal() - (time.hour < _NOON)


def exportable_people(study: Study) -> tuple[list[Person], list[str]]:
    """Return the people whose data may be exported today, and one line for each who is left out.

    People long past have no recordings; what others wrote about them is a life, and lives are not exported.
    """
    today = dt.date.today()
    majority = int(study.settings["study.majority_age"])
    alive = [person for person in study.people.list() if person.role != "past"]
    missing = {person.id: person.missing(today, majority) for person in alive}
    left_out = [f"{name} is left out: {_because(reason)}" for name, reason in missing.items() if reason]
    return [person for person in alive if not missing[person.id]], left_out


def _because(reason: str) -> str:
    return reason if reason.startswith("they") else f"missing is {reason}"


def export_people(study: Study, people: Sequence[Person]) -> list[ExportPerson]:
    """Return these people as they leave: by pseudonym, everything numbered anew."""
    return [_person(study, person) for person in people]


def _person(study: Study, person: Person) -> ExportPerson:
    nights = {night.id: night for night in study.nights.list(person=person.id)}
    woken = sorted(study.awakenings.list(person=person.id), key=lambda one: one.time)
    awakenings = {one.id: _awakening(one, number, nights) for number, one in enumerate(woken, start=1)}
    of_night = {name: tuple(awakenings[one.id] for one in woken if one.night == name) for name in nights}
    ordered = sorted(nights.values(), key=lambda night: (night.start is None, night.start or dt.datetime.max))
    out = ExportPerson(
        study.people.pseudonym(person.id),
        person.role,
        None,
        tuple(_night(study, night, number, of_night[night.id]) for number, night in enumerate(ordered, start=1)),
        _accounts(study.accounts.list(person=person.id), awakenings, {one.id: one for one in woken}, nights),
    )
    first = min((day for day in out.ordinals if day is not None), default=None)
    if person.born is None or first is None:
        return out
    return ExportPerson(out.label, out.role, dt.date.fromordinal(first).year - person.born, out.nights, out.accounts)


def _awakening(one: Awakening, number: int, nights: Mapping[str, Night]) -> ExportAwakening:
    night = nights.get(one.night or "")
    onset = None if night is None or night.start is None else (one.time - night.start).total_seconds()
    inside = onset is not None and 0 <= onset <= (night.duration_s or onset if night else onset)
    return ExportAwakening(f"w{number:03d}", one.time, onset if inside else None, one.stage, one.confidence, one.rule)


def _night(study: Study, night: Night, number: int, awakenings: tuple[ExportAwakening, ...]) -> ExportNight:
    opened = partial(_recording, study, night.id)
    return ExportNight(f"n{number:03d}", night.start, opened, study.nights.hypnogram(night.id), awakenings)


@contextmanager
def _recording(study: Study, name: str) -> Iterator[Recording]:
    """Give a recording as the doctor mended it: in volts, with what cannot be used marked."""
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
    """Return the account's night: that of its awakening, else the one its date means (the evening, where unknown)."""
    awakening = woken.get(account.awakening or "")
    if awakening is not None:
        night = nights.get(awakening.night or "")
        return night_of(awakening.time if night is None or night.start is None else night.start)
    if account.when is None or account.when.precision is not Precision.DAY:
        return None
    return account.night(DateMeans.NIGHT_OF)
