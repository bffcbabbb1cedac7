"""A person of a study, and what they have agreed to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from karmalink.errors import InputError

__all__ = ["ROLES", "Person", "because"]

ROLES: dict[str, str] = {
    "adult": "takes part by their own consent",
    "minor": "takes part by a guardian's consent and their own assent; asked again when they come of age",
    "past": "died long ago; their words are in the study, and no one is left to ask",
}
"""What a person can be in a study."""


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a study.

    Attributes
    ----------
    id : str
        Their name in the study's files. It is stored encrypted: in the clear the study has only a random pseudonym.
    role : str
        A key of :data:`ROLES`.
    born : int or None
        Year of birth; required for a minor, to know when they are asked again.
    consent : bool
        Their own consent.
    guardian_consent, assent : bool
        Of a minor: the guardian's consent and the child's own assent.
    consent_date : date or None
        The day of the last answer.
    withdrawn : date or None
        The day on which they withdrew without asking for erasure.
    """

    id: str
    role: str = "adult"
    born: int | None = None
    consent: bool = False
    guardian_consent: bool = False
    assent: bool = False
    consent_date: dt.date | None = None
    withdrawn: dt.date | None = None

    def __post_init__(self) -> None:
        """Check the role and what a minor's entry needs.

        Raises
        ------
        InputError
            Empty identifier, unknown role, or a minor without a year of birth.
        """
        if not self.id.strip():
            raise InputError("a person's identifier is empty", rule="every person has an identifier")
        if self.role not in ROLES:
            raise InputError(f"unknown role {self.role!r}", allowed=tuple(ROLES))
        if self.role == "minor" and self.born is None:
            raise InputError(
                f"the year of birth of the minor {self.id!r} is missing",
                rule="a minor is asked again when they come of age",
                next_step="add the column 'born'",
            )

    def missing(self, today: dt.date, majority_age: int = 18) -> str:
        """Return what is missing before their data may be stored on `today`; empty if nothing is.

        Only the year of birth is known, so a minor is asked again from the first day of the year in which they come
        of age: consent of their own, given in that year or later.
        """
        if self.role == "past":
            return ""
        if self.withdrawn is not None:
            return f"they withdrew on {self.withdrawn}"
        if self.role == "adult":
            return "" if self.consent else "their own consent"
        of_age = (self.born or 0) + majority_age
        if today.year >= of_age:
            agreed = self.consent and self.consent_date is not None and self.consent_date.year >= of_age
            return "" if agreed else f"their own consent, asked again now that they come of age ({of_age})"
        answers = (("a guardian's consent", self.guardian_consent), ("their own assent", self.assent))
        return " and ".join(name for name, given in answers if not given)

    def agreed(self, day: dt.date, *, consent: bool = True) -> Person:
        """Return the person with their own consent given (or refused) on `day`."""
        return replace(self, consent=consent, consent_date=day)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {
            "person": self.id,
            "role": self.role,
            "born": self.born,
            "consent": self.consent,
            "guardian_consent": self.guardian_consent,
            "assent": self.assent,
            "consent_date": self.consent_date.isoformat() if self.consent_date else None,
            "withdrawn": self.withdrawn.isoformat() if self.withdrawn else None,
        }

    def __repr__(self) -> str:
        """One-line summary."""
        missing = self.missing(dt.date.today())
        return f"Person({self.id}: {self.role}, {'missing ' + missing if missing else 'agreed'})"


def because(missing: str) -> str:
    """Return what :meth:`Person.missing` gave as the end of a sentence: ``; missing: their own consent``."""
    return f": {missing}" if missing.startswith("they ") else f"; missing: {missing}"
