"""Answers of many witnesses about one spot, put together: a density that knows they may err together.

Four ways in which it can be, each with a weight that is learned (`seek.answers.learned_witnesses`)::

    p(x) = w₁ · Π_m [(1 − γ_m) f_m + γ_m g]^κ_m   they all speak of this spot, each right or grossly wrong
         + w₂ · Σ_m v_m f_m                        one of them does
         + w₃ · Σ_m v_m f_m(10 x)                  one of them hits it exactly
         + w₄ · Σ_m v_m h                          it is somewhere else

f_m falls with the cube of the distance, (1 + d²/s²)^(−3/2): real errors have no normal tail. Its scale s is the
witness's spread times a power of the radius claimed for this answer. Expanded, the product is the sum over all
patterns of right and wrong. The exponents κ_m < 1 are for errors that witnesses share: an answer that several give
alike counts once, and witnesses with correlated errors count less (log-linear pool: Genest & Zidek 1986, Statistical
Science 1, 114–148).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.errors import CannotAnswer
from karmalink.seek.answers.answers import Answers
from karmalink.seek.ground.sphere import distance_km, moved

__all__ = ["COPY_KM", "NEAR", "WAYS", "Clouds", "Pool", "Spreads", "clouds", "core", "spreads", "wide"]

# How far each of several witnesses is off, from how far they are from each other: no truth is needed.
#
# If the errors of two witnesses are independent, the square of their distance is the sum of the squares of their
# errors. With three or more witnesses the pairs give every single one ("three-cornered hat": Grubbs 1948, JASA 43,
# 243–264). Medians take the place of the mean squares, because real answers are heavy-tailed. Weighing witnesses by
# their distance to a consensus instead lets the consensus run after one of them: its own distance is then 0.

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


WAYS = ("together", "one", "exact", "elsewhere")
_NEAREST_KM, _FARTHEST_KM = 0.05, 600.0
_EXACT = 0.1
NEAR = 3.0  # spreads within which an answer names the same place
_GROSS_KM, _REACH_KM = 5.0, 1000.0
_GOLDEN = np.pi * (3.0 - np.sqrt(5.0))
_NOTHING = 1e-300


def core(km: Floats, scale: Floats) -> Floats:
    """Return (1 + d²/s²)^(−3/2) as a density per km² of the plane; half of its mass lies within 1.73 s."""
    square = 1.0 + (km / scale) ** 2
    return np.asarray(1.0 / (2.0 * np.pi * scale**2 * square * np.sqrt(square)))  # four times as fast as a power


def wide(km: Floats) -> Floats:
    """Return the density per km² of an answer that has nothing to do with the spot, level in log distance."""
    return np.asarray(1.0 / (2.0 * np.pi * (km**2 + _GROSS_KM**2) * np.log(_REACH_KM / _GROSS_KM)))


@dataclass(frozen=True, slots=True, eq=False)
class Clouds:
    """Points that stand for the ground around the answers to each statement.

    Attributes
    ----------
    points : ndarray, shape (N, J, 3)
        Unit vectors, dense near the answers.
    km : ndarray, shape (N, J, M)
        From each point to each answer.
    log_km2 : ndarray, shape (N, J)
        Logarithm of the ground that each point stands for; −inf for none.
    """

    points: Floats
    km: Floats
    log_km2: Floats


def clouds(points: Floats, given: NDArray[np.bool_], per_answer: int = 64) -> Clouds:
    """Lay a spiral of points around every answer, its distances level in the logarithm.

    Parameters
    ----------
    points : ndarray, shape (N, M, 3)
    given : ndarray of bool, shape (N, M)
        Answers that count.
    per_answer : int
        Points of each spiral.
    """
    turns = np.arange(per_answer)
    km = _NEAREST_KM * (_FARTHEST_KM / _NEAREST_KM) ** ((turns + 0.5) / per_answer)
    found = moved(points, km, _GOLDEN * turns).reshape(len(points), -1, 3)
    near = np.stack([distance_km(found, points[:, m : m + 1]) for m in range(points.shape[1])], axis=-1)
    density = per_answer / (2.0 * np.pi * np.log(_FARTHEST_KM / _NEAREST_KM)) / np.maximum(near, _NEAREST_KM) ** 2
    laid = np.where(given[:, None] & (near < 1.1 * _FARTHEST_KM), density, 0.0).sum(axis=-1)
    own = np.repeat(given, per_answer, axis=1)
    return Clouds(found, near, np.where(own, -np.log(np.maximum(laid, _NOTHING)), -np.inf))


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """What the answers to each statement say, as the four ways of the module.

    Attributes
    ----------
    scale, exponent, share : ndarray, shape (N, M)
        s, κ_m/κ (0 where there is no answer) and v_m of each answer.
    gross : ndarray, shape (M,)
        γ_m.
    """

    scale: Floats
    exponent: Floats
    share: Floats
    gross: Floats

    @classmethod
    def of(
        cls,
        answers: Answers,
        given: NDArray[np.bool_],
        km: Floats,
        correlation: Floats,
        gross: Floats,
        radius_power: float,
    ) -> Pool:
        """Return the pool of those answers that count, `given`, shape (N, M)."""
        share = np.where(given, 1.0 / km**2, 0.0)
        share /= np.maximum(share.sum(axis=1, keepdims=True), _NOTHING)
        others = given @ correlation + 1.0
        exponent = np.where(given, 1.0 / (_alike(answers.points, given) * others), 0.0)
        return cls(km * answers.claims**radius_power, exponent, share, gross)

    def rows(self, chosen: NDArray[np.intp]) -> Pool:
        """Return the pool of some statements."""
        return Pool(self.scale[chosen], self.exponent[chosen], self.share[chosen], self.gross)

    def logs(self, km: Floats) -> Floats:
        """Return the logarithms of the four ways (the first for κ = 1, none scaled), shape (4, N, J).

        Parameters
        ----------
        km : ndarray, shape (N, J, M)
            Distances to the answers.
        """
        scale, share = self.scale[:, None], self.share[:, None]
        one = core(km, scale)
        together = np.log((1.0 - self.gross) * one + self.gross * wide(km))
        return np.stack(
            [
                np.einsum("njm,nm->nj", together, self.exponent),
                _log(np.einsum("njm,nm->nj", one, self.share)),
                _log((share * core(km, _EXACT * scale)).sum(axis=-1)),
                _log((share / (km**2 + (NEAR * scale) ** 2)).sum(axis=-1)),
            ]
        )

    def right(self, km: Floats) -> Floats:
        """Return the probability that an answer is not grossly wrong if the truth is that far from it."""
        fits = (1.0 - self.gross) * core(km, self.scale[:, None])
        return np.asarray(fits / (fits + self.gross * wide(km)))


def _alike(points: Floats, given: NDArray[np.bool_]) -> Floats:
    """Return how many witnesses give the same answer, itself included, shape (N, M)."""
    found = np.zeros(given.shape)
    for m in range(given.shape[1]):
        same = distance_km(points, points[:, m : m + 1]) <= COPY_KM
        found += same & given & given[:, m : m + 1]
    return np.maximum(found, 1.0)


def _log(values: Floats) -> Floats:
    return np.log(np.maximum(values, _NOTHING))
