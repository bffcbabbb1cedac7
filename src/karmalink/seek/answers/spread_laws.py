"""How far each of several witnesses is off, from how far they are from each other: no truth is needed.

If the errors of two witnesses are independent, the square of their distance is the sum of the squares of their errors.
With three or more witnesses the pairs give every single one ("three-cornered hat": Grubbs 1948, JASA 43, 243–264).
Medians take the place of the mean squares, because real answers are heavy-tailed. Weighing witnesses by their distance
to a consensus instead lets the consensus run after one of them: its own distance is then 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import CannotAnswer
from karmalink.seek.answers.answers import Answers
from karmalink.seek.ground.sphere import distance_km

__all__ = ["COPY_KM", "Spreads", "spreads"]

Floats = NDArray[np.float64]
COPY_KM = 0.05  # two answers this near are one answer: looked up in one place, or copied
_LEAST_PAIRS = 8  # statements that two witnesses must share to be compared
_CLEAR = 0.2  # of a correlation: smaller ones come by chance
_LEAST_KM = 0.1
_HALVES = 0.2  # weight of the guess that a witness and the second nearest other share their distance evenly


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Spreads:
    """What the distances between witnesses tell.

    Attributes
    ----------
    km : ndarray, shape (M,)
        Usual (median) error of each witness.
    compared : ndarray of int, shape (M,)
        With how many others each could be compared; with 0 it is given the middle of the others.
    correlation : ndarray, shape (M, M)
        Share of their squared errors that two witnesses have in common, 0 where it is not clear.
    copies : ndarray, shape (M, M)
        Share of their common statements in which two witnesses give one and the same answer.
    """

    km: Floats
    compared: NDArray[np.int64]
    correlation: Floats
    copies: Floats


def spreads(answers: Answers) -> Spreads:
    """Return how far each witness is off.

    Raises
    ------
    CannotAnswer
        If no three witnesses can be compared with each other.
    """
    between, copies = _pairs(answers)
    known = np.isfinite(between)
    compared = known.sum(axis=1)
    if int((compared >= 2).sum()) < 3:
        raise CannotAnswer(
            "how far these witnesses can be relied on cannot be learned from their answers",
            rule=f"three witnesses, each two with {_LEAST_PAIRS} different answers about the same statements",
            next_step="give them grades, or ask them about more places",
        )
    km = _hat(between)
    km[compared == 0] = np.median(km[compared > 0])
    common = 1.0 - between**2 / (km[:, None] ** 2 + km**2)
    common = np.where(known & (common > _CLEAR), common, 0.0)
    return Spreads(km, compared, common, copies)


def _pairs(answers: Answers) -> tuple[Floats, Floats]:
    """Return the median distance of each two witnesses where they differ (or NaN), and the share of copies."""
    count = len(answers.witnesses)
    between, copies = np.full((count, count), np.nan), np.zeros((count, count))
    for one in range(count):
        for two in range(one):
            both = answers.given[:, one] & answers.given[:, two]
            if not both.any():
                continue
            km = distance_km(answers.points[both, one], answers.points[both, two])
            apart = km[km > COPY_KM]
            copies[one, two] = copies[two, one] = 1.0 - apart.size / km.size
            if apart.size >= _LEAST_PAIRS:
                between[one, two] = between[two, one] = np.median(apart)
    return between, copies


def _hat(between: Floats) -> Floats:
    """Solve for the spreads in logarithms, robustly: a pair that shares its errors must not pull the others along."""
    from scipy.optimize import least_squares

    one, two = np.nonzero(np.isfinite(between) & np.tri(len(between), k=-1, dtype=bool))
    log_pair = np.log(between[one, two])

    # The second nearest: the nearest may be one that copies.
    nearest = np.sort(between, axis=1)[:, 1]
    # What the best of few witnesses is off hides under what the others are off: the pairs alone may put it at nothing.
    half = np.log(np.where(np.isfinite(nearest), nearest / np.sqrt(2.0), 1.0))

    def off(log_km: Floats) -> Floats:
        pairs = 0.5 * np.logaddexp(2.0 * log_km[one], 2.0 * log_km[two]) - log_pair
        return np.concatenate([pairs, _HALVES * (log_km - half)])

    low = float(np.log(_LEAST_KM))
    start = np.maximum(half, low + 1e-6)
    found = least_squares(off, start, loss="soft_l1", f_scale=0.1, bounds=(low, np.inf))
    return np.asarray(np.exp(found.x))
