"""What an answer says (found, nothing, cannot be answered, not usable) and the calibration it rests on."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

__all__ = ["SignCalibration", "Verdict"]

# What a test of links can say: found, nothing, cannot be answered, not usable. All four are answers.


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


# How fair the coin is: the odds of a + sign where there is nothing to find.


@dataclass(frozen=True, slots=True)
class SignCalibration:
    """Sign odds of pseudo-accounts (a random half of a day's units against the other days' other halves).

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
        Upper limit of the odds, at least 1: what the rule multiplies the decoys by; infinite where not measured.
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
        """One line: the odds and what they mean."""
        usable = "" if self.usable else ", mirror null not usable here"
        return (
            f"<SignCalibration P(+) = {self.p_plus:.3f} ({self.low:.3f} to {self.high:.3f}) "
            f"from {self.n_signs} pseudo-account signs, c = {self.c:.2f}{usable}>"
        )
