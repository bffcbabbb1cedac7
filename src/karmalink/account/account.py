"""An account: what one person remembers, and when they said it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from karmalink.account.dates import DateMeans, Precision, When
from karmalink.errors import CannotAnswer, UsageError

__all__ = ["Account"]

# The night of date d lies between waking day d and d + 1; the morning of date d ends the night that began on d - 1.
_NIGHT_OFFSETS = {DateMeans.NIGHT_OF: 0, DateMeans.MORNING_OF: -1}


@dataclass(frozen=True, slots=True)
class Account:
    """One account of one person.

    Attributes
    ----------
    id, person : str
        Identifier, and the person who gave it.
    text : str
        Their words, unchanged.
    when : When or None
        The date; None where nothing is known.
    date_means : DateMeans
        Whether the date is that of the evening or of the morning.
    awakening : str or None
        Identifier of the awakening at which it was given.
    language : str
        IETF language tag.
    """

    id: str
    person: str
    text: str
    when: When | None
    date_means: DateMeans = DateMeans.UNKNOWN
    awakening: str | None = None
    language: str = "en"

    @property
    def has_night(self) -> bool:
        """Return whether it belongs to a night between two days: it is dated to the day, and no sleep within one."""
        dated = self.when is not None and self.when.precision is Precision.DAY
        return dated and self.date_means is not DateMeans.DAY_OF

    def night(self, convention: DateMeans | str | None = None) -> int:
        """Return the ordinal n of the account's night, which lies between the waking days n and n + 1.

        Parameters
        ----------
        convention : DateMeans or str, optional
            What to take the date for where the account does not say (``night_of`` or ``morning_of``). An account that
            says it itself is not overruled. Off by one is fatal (realised false discoveries of .13 to .61 at a nominal
            .10), so on unknown the caller runs both and reports the worse.

        Raises
        ------
        CannotAnswer
            No date, one that is not known to the day, or a sleep within one day.
        UsageError
            The account does not say what its date means, and `convention` does not either.
        """
        if self.when is None or self.when.precision is not Precision.DAY:
            raise CannotAnswer(
                f"account {self.id!r} is not dated to the day",
                rule="a night is compared with the days around it",
                next_step="give its date to the day, or leave it out",
            )
        means: DateMeans = self.date_means
        if means is DateMeans.DAY_OF:
            raise CannotAnswer(
                f"account {self.id!r} is of a sleep within one day",
                rule="what was lived before it and after it bears the same date, so no day is its past or its future",
                next_step="leave it out; or read the life by waking days (--day-begins) and date it by the morning_of",
            )
        if means is DateMeans.UNKNOWN and convention is not None:
            means = DateMeans(convention)
        if means not in _NIGHT_OFFSETS:
            raise UsageError(
                f"account {self.id!r} does not say what its date means",
                allowed=tuple(_NIGHT_OFFSETS),
                next_step="run both conventions and report the worse",
            )
        return self.when.ordinal + _NIGHT_OFFSETS[means]

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the text, JSON-ready."""
        return {
            "id": self.id,
            "person": self.person,
            "when": None if self.when is None else self.when.to_dict(),
            "date_means": str(self.date_means),
            "awakening": self.awakening,
            "language": self.language,
            "characters": len(self.text),
        }

    def __repr__(self) -> str:
        """One-line summary, never the words."""
        day = "undated" if self.when is None else self.when.written()
        return f"Account({self.id}: {self.person}, {day}, {len(self.text)} characters)"
