"""What a test can answer (found, nothing, cannot be answered, not usable) and the calibration it rests on."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

__all__ = ["SignCalibration", "Verdict"]


class Verdict(StrEnum):
    """The answer of a test.

    Attributes
    ----------
    FOUND
        More than chance explains, at the stated error rate.
    NOTHING
        Nothing here beats chance, and an effect of plausible size would have been seen.
    CANNOT_ANSWER
        These data cannot tell: even a plausible effect would not have been seen.
    NOT_USABLE
        The null itself fails on these data (its own calibration says so), so it answers nothing.
    """

    FOUND = "found"
    NOTHING = "nothing"
    CANNOT_ANSWER = "cannot_answer"
    NOT_USABLE = "not_usable"

    @property
    def answered(self) -> bool:
        """Whether the data answered the question (``found`` or ``nothing``)."""
        return self in (Verdict.FOUND, Verdict.NOTHING)

    @property
    def claim(self) -> int:
        """How much is claimed, 0 to 3: of two readings of unknown dates, the one that claims less is the answer."""
        return _CLAIMS[self]


_CLAIMS = {Verdict.NOT_USABLE: 0, Verdict.CANNOT_ANSWER: 1, Verdict.NOTHING: 2, Verdict.FOUND: 3}


@dataclass(frozen=True, slots=True)
class SignCalibration:
    """The odds of a + sign where there is nothing to find, from pseudo-accounts.

    A pseudo-account is a random half of a day's units; it is compared with the other halves of the days around.

    Attributes
    ----------
    n_days, n_signs : int
        Days that gave a pseudo-account, and signs that were not ties.
    p_plus : float
        Share of + signs; .5 is a fair coin.
    low, high : float
        One-sided 95 % limits of that share.
    n_effective : float
        Signs that would be as informative if they were independent.
    c : float
        Upper limit of the odds, at least 1: the rule multiplies the decoys by it; infinite where not measured.
    usable : bool
        Whether `low` is at most .6. Otherwise the mirror null is not usable on this life.
    measured : bool
        False where the life has too few days with two units, so that c could not be measured.
    """

    n_days: int
    n_signs: int
    p_plus: float
    low: float
    high: float
    n_effective: float
    c: float
    usable: bool
    measured: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {**asdict(self), "c": self.c if math.isfinite(self.c) else None}

    def __repr__(self) -> str:
        """One-line summary."""
        usable = "" if self.usable else ", mirror null not usable here"
        return (
            f"<SignCalibration P(+) = {self.p_plus:.3f} ({self.low:.3f} to {self.high:.3f}) "
            f"from {self.n_signs} pseudo-account signs, c = {self.c:.2f}{usable}>"
        )
