"""What can be answered with so many nights, days and decoys: asked before any test, cheap and seeded."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Power", "QuestionPower", "power"]


@dataclass(frozen=True, slots=True)
class QuestionPower:
    """One question: can these data answer it, and how small an effect would they show?

    Attributes
    ----------
    question : str
        ``mirror``, ``shift`` or ``stranger``.
    asks : str
        The question in words.
    can : bool
        Whether an effect of plausible size would be found with probability .8.
    smallest_effect : float or None
        Smallest effect found with probability .8 (mirror: share of nights with a clear source; shift: correlation-like
        size of the day-residue difference in standard deviations of one night; stranger: standardised distance of the
        own life from the others). None where no effect would do.
    needed : str
        What would answer it, in words.
    sentence : str
        The finding in words.
    """

    question: str
    asks: str
    can: bool
    smallest_effect: float | None
    needed: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Power:
    """What can and cannot be answered, per question.

    Attributes
    ----------
    n_nights, n_days, n_decoys, n_dreamers : int
        What there is.
    questions : tuple of QuestionPower
        Mirror, shift, stranger.
    grid : tuple of (float, float, float)
        Mirror power: (share of nights with a source, strength, probability of any discovery).
    """

    n_nights: int
    n_days: int
    n_decoys: int
    n_dreamers: int
    q: float
    lags: int
    c: float
    questions: tuple[QuestionPower, ...]
    grid: tuple[tuple[float, float, float], ...]

    def __getitem__(self, question: str) -> QuestionPower:
        """Return one question by its name."""
        return {each.question: each for each in self.questions}[question]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return asdict(self)

    def __repr__(self) -> str:
        """One line: which questions can be answered."""
        can = ", ".join(q.question for q in self.questions if q.can) or "none"
        return f"<Power {self.n_nights} nights, {self.n_days} days, {self.n_decoys} decoys: can answer {can}>"


def power(
    n_nights: int,
    n_days: int,
    n_decoys: int = 0,
    *,
    n_dreamers: int = 1,
    lags: int = 7,
    q: float = 0.10,
    c: float | None = None,
    seed: int = 0,
) -> Power:
    """Return what these counts can answer, question by question.

    Parameters
    ----------
    n_nights : int
        Nights with an account whose past and mirror days both exist.
    n_days : int
        Days of the life's span.
    n_decoys : int
        Other lives.
    n_dreamers : int
        Dreamers with as many nights each.
    lags, q : int, float
        Window and nominal rate.
    c : float, optional
        Calibrated odds; where not given, what so many days would give on a fair life.
    seed : int
        Of the simulation.
    """
    raise NotImplementedError
