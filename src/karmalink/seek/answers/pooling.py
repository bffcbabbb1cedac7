"""Answers of many witnesses about one spot, put together: a density that knows they may err together.

Four ways in which it can be, each with a weight that is learned (:mod:`karmalink.seek.answers.learned_witnesses`)::

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

from karmalink.seek.answers.answers import Answers
from karmalink.seek.answers.spread_laws import COPY_KM
from karmalink.seek.ground.sphere import distance_km, moved

__all__ = ["NEAR", "WAYS", "Clouds", "Pool", "clouds", "core", "wide"]

Floats = NDArray[np.float64]
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
