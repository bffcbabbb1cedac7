"""Witnesses, and how reliable they are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import InputError, UnknownName, suggest
from karmalink.rows import (
    Field,
    FileRecords,
    Row,
    gather_rows,
    identifier,
    integer,
    number,
    one_of,
    records_of,
    words,
    yes_no,
)

__all__ = [
    "INFO_GRADES",
    "LEAST",
    "MOST",
    "SOURCE_GRADES",
    "WITNESS_SPEC",
    "Grade",
    "Witness",
    "by_id",
    "gather_witnesses",
    "read_witnesses",
]

# No witness is certainly right or certainly wrong: a reliability stays within this range, so that no clue can rule a
# place out for good and no grade can outvote the ground itself.
LEAST, MOST = 0.02, 0.98


@dataclass(frozen=True, slots=True)
class Grade:
    """One step of the Admiralty scale: how often such a source, or such information, was right.

    Attributes
    ----------
    mean : float
        Expected share that is right.
    strength : float
        How many checked statements that expectation is worth.
    meaning : str
        In the words of the scale.
    """

    mean: float
    strength: float
    meaning: str


SOURCE_GRADES: Mapping[str, Grade] = {
    "A": Grade(0.95, 4.0, "completely reliable"),
    "B": Grade(0.80, 4.0, "usually reliable"),
    "C": Grade(0.60, 4.0, "fairly reliable"),
    "D": Grade(0.40, 4.0, "not usually reliable"),
    "E": Grade(0.20, 4.0, "unreliable"),
    "F": Grade(0.50, 1.0, "reliability cannot be judged"),
}
INFO_GRADES: Mapping[int, Grade] = {
    1: Grade(0.95, 4.0, "confirmed by other sources"),
    2: Grade(0.80, 4.0, "probably true"),
    3: Grade(0.60, 4.0, "possibly true"),
    4: Grade(0.40, 4.0, "doubtful"),
    5: Grade(0.20, 4.0, "improbable"),
    6: Grade(0.50, 1.0, "truth cannot be judged"),
}
_PER_INTERVIEW = 0.5  # how many checked statements one repeated question is worth
_EDGE = 0.005


@dataclass(frozen=True, slots=True)
class Witness:
    """A source of clues.

    The prior of its reliability is a Beta distribution laid over ``.02 … .98``. Its mean and strength come from the two
    Admiralty grades, kept as two axes that add up their evidence; `reliability` overrides the mean.

    Attributes
    ----------
    id : str
        Identifier.
    person : str
        Pseudonym of the person, where there is one.
    source_grade : str or None
        A–F, of the source; None counts as F.
    info_grade : int or None
        1–6, of the information; None counts as 6.
    reliability : float or None
        Expected share of this witness's statements that are right; overrides the grades.
    strength : float or None
        How many checked statements the prior is worth. Small: the witness is right in everything or in nothing (an
        old life that a link points to, which may be the wrong life). ``inf``: the reliability is known exactly.
    talked_to : tuple of str
        Witnesses with whom this one may share an error.
    agreed, asked : int
        Of `asked` statements that were asked for again in later interviews, `agreed` came out the same.
    surveyed : bool
        What it says was recorded at the spot itself: a survey, a GPS fix, a sketch made there. Then it does not share
        the error between the spot that is remembered and the true one.
    """

    id: str
    person: str = ""
    source_grade: str | None = None
    info_grade: int | None = None
    reliability: float | None = None
    talked_to: tuple[str, ...] = ()
    strength: float | None = None
    agreed: int = 0
    asked: int = 0
    surveyed: bool = False

    def __post_init__(self) -> None:
        """Check the grades and numbers.

        Raises
        ------
        InputError
            If one is not on its scale.
        """
        where = f"witness {self.id}"
        if self.source_grade is not None and self.source_grade not in SOURCE_GRADES:
            raise InputError(
                f"source_grade must be A to F, got {self.source_grade!r}", where=where, allowed=tuple(SOURCE_GRADES)
            )
        if self.info_grade is not None and self.info_grade not in INFO_GRADES:
            raise InputError(f"info_grade must be 1 to 6, got {self.info_grade!r}", where=where)
        if self.reliability is not None and not 0.0 <= self.reliability <= 1.0:
            raise InputError(f"reliability must be 0 to 1, got {self.reliability}", where=where)
        if self.strength is not None and not self.strength > 0:
            raise InputError(f"strength must be above 0, got {self.strength}", where=where)
        if not 0 <= self.agreed <= self.asked:
            raise InputError(f"agreed must be 0 to asked ({self.asked}), got {self.agreed}", where=where)

    @property
    def is_graded(self) -> bool:
        """Whether a grade or a reliability is given."""
        return self.reliability is not None or self.source_grade is not None or self.info_grade is not None

    def beta(self, mean: float | None = None) -> tuple[float, float]:
        """Return the two counts of the Beta prior on the unit interval; `mean` overrides the mean before interviews.

        The reliability is ``.02 + .96·B`` with B from this Beta, so that its mean is the one given.
        """
        source, info = SOURCE_GRADES[self.source_grade or "F"], INFO_GRADES[self.info_grade or 6]
        strength = source.strength + info.strength
        expected = (source.mean * source.strength + info.mean * info.strength) / strength
        if self.reliability is not None:
            expected, strength = self.reliability, _OWN_STRENGTH
        if mean is not None:
            expected = mean
        if self.strength is not None:
            strength = self.strength
        if math.isinf(strength):
            return math.inf, expected
        again = _PER_INTERVIEW * self.asked
        right = expected * strength + _PER_INTERVIEW * self.agreed
        share = min(max((right / (strength + again) - LEAST) / (MOST - LEAST), _EDGE), 1.0 - _EDGE)
        return share * (strength + again), (1.0 - share) * (strength + again)

    def states(self, clues: int, mean: float | None = None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the few states that stand for the whole Beta prior: reliabilities and their weights.

        Nodes of the Gauss–Jacobi rule: with ``clues // 2 + 1`` of them the sum over states *is* the integral over all
        reliabilities, since the likelihood is a polynomial of degree `clues` in the reliability (Golub & Welsch 1969).

        Returns
        -------
        theta, weights : ndarray, shape (clues // 2 + 1,)
        """
        a, b = self.beta(mean)
        if math.isinf(a):
            return np.array([min(max(b, LEAST), MOST)]), np.array([1.0])
        return _nodes(clues // 2 + 1, a, b)

    @property
    def prior(self) -> float:
        """Expected reliability before the clues are combined."""
        theta, weights = self.states(0)
        return float(theta @ weights)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields that say how reliable it is."""
        return {
            "id": self.id,
            "source_grade": self.source_grade,
            "info_grade": self.info_grade,
            "reliability": self.reliability,
            "strength": self.strength if self.strength is None or math.isfinite(self.strength) else "exact",
            "talked_to": list(self.talked_to),
            "agreed": self.agreed,
            "asked": self.asked,
            "surveyed": self.surveyed,
            "prior": round(self.prior, 6),
        }

    def __repr__(self) -> str:
        """One-line summary."""
        grade = f"{self.source_grade or 'F'}{self.info_grade or 6}"
        return f"Witness({self.id}: {grade}, expected reliability {self.prior:.2f})"


_OWN_STRENGTH = 4.0
WITNESS_SPEC = (
    Field("witness", required=True, parse=identifier, unique=True),
    Field("person", parse=identifier, default=""),
    Field("source_grade", parse=one_of(SOURCE_GRADES)),
    Field("info_grade", parse=integer(1, 6)),
    Field("reliability", parse=number(0.0, 1.0)),
    Field("talked_to", parse=words(), show=";".join, default=()),
    Field("strength", parse=number(1e-6)),
    Field("agreed", parse=integer(0), default=0),
    Field("asked", parse=integer(0), default=0),
    Field("surveyed", parse=yes_no, show=lambda value: "yes" if value else "no", default=False),
)


@lru_cache(maxsize=4096)
def _nodes(count: int, a: float, b: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return states and weights; a simulation needs the same ones a thousand times, so they are kept, read-only."""
    from scipy.special import roots_jacobi

    nodes, weights = roots_jacobi(count, b - 1.0, a - 1.0)
    theta = LEAST + (MOST - LEAST) * (nodes + 1.0) / 2.0
    weights = weights / weights.sum()
    theta.flags.writeable = weights.flags.writeable = False
    return theta, weights


def read_witnesses(path: str | Path) -> list[Witness]:
    """Read a table of witnesses (CSV, TSV, JSONL): witness*, person, source_grade, info_grade, reliability, talked_to …

    Raises
    ------
    ReadError, ImportFaults
        The file cannot be read, or with every fault of every line.
    """

    return gather_witnesses(path).settle()


def gather_witnesses(path: str | Path) -> FileRecords[Witness]:
    """Return the witnesses of a table beside their rows, with every fault and no decision; see :func:`read_witnesses`.

    Raises
    ------
    ReadError
        The file as a whole cannot be read.
    """
    gathered = gather_rows(path, WITNESS_SPEC)
    faults = [
        row.fault("agreed", "is more than asked", allowed="0 to asked")
        for row in gathered.rows
        if row.get("agreed", 0) > row.get("asked", 0)
    ]

    def make(row: Row) -> Witness:
        return Witness(id=row["witness"], **{k: v for k, v in row.values.items() if k != "witness"})

    return records_of(gathered, WITNESS_SPEC, make, faults)


def by_id(witnesses: Iterable[Witness]) -> dict[str, Witness]:
    """Return the witnesses by identifier, after checking that the witnesses they talked to are among them.

    Raises
    ------
    InputError, UnknownName
        An identifier twice, or an unknown witness.
    """
    known: dict[str, Witness] = {}
    for witness in witnesses:
        if witness.id in known:
            raise InputError(
                f"two witnesses have the identifier {witness.id!r}", rule="an identifier means one witness"
            )
        known[witness.id] = witness
    for witness in known.values():
        for other in witness.talked_to:
            if other not in known:
                raise UnknownName(
                    f"unknown witness {other[:40]!r}",
                    where=f"witness {witness.id}, talked_to",
                    next_step=suggest(other, known) or "add that witness to the table",
                )
    return known
