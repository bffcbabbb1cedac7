"""What a test of links can say: found, nothing, cannot be answered, not usable. All four are answers."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Verdict"]


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
