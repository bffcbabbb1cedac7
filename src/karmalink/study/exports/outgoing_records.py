"""What may leave a study, before any format: pseudonyms, shifted days, running numbers.

Nothing here carries an identifier that somebody typed: an account called ``grandmother-7`` leaves as ``a007``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from karmalink.night import Hypnogram, Recording

__all__ = ["FIRST_WEEK", "OutAccount", "OutAwakening", "OutNight", "OutPerson", "Shift", "night_of"]

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
class OutAwakening:
    """An awakening, in seconds from the first sample of its recording (None where it has none)."""

    label: str
    time: dt.datetime
    onset_s: float | None
    stage: str
    confidence: float
    rule: str


@dataclass(frozen=True, slots=True)
class OutNight:
    """A recording; `open` gives it for as long as the context lasts, since nothing of it is kept in the clear."""

    label: str
    start: dt.datetime | None
    open: Callable[[], AbstractContextManager[Recording]]
    hypnogram: Hypnogram | None
    awakenings: tuple[OutAwakening, ...] = ()

    @property
    def ordinal(self) -> int | None:
        """The night it belongs to, None where the recording has no clock."""
        return None if self.start is None else night_of(self.start)


@dataclass(frozen=True, slots=True)
class OutAccount:
    """An account; `ordinal` is its night, None where its date is not known to the day."""

    label: str
    ordinal: int | None
    date_means: str
    language: str
    text: str
    awakening: OutAwakening | None


@dataclass(frozen=True, slots=True)
class OutPerson:
    """One person with everything of theirs that may leave."""

    label: str
    role: str
    age: int | None
    nights: tuple[OutNight, ...]
    accounts: tuple[OutAccount, ...]

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
