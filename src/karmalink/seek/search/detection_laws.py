"""Probability of detection: what a coverage is worth, where the thing is there.

Coverage C = W·v·t / A: sweep width times speed times time over the area searched (Koopman 1980, *Search and Screening*;
Frost 1999).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike

from karmalink.base.arrays import Floats
from karmalink.errors import InputError

__all__ = ["POD_LAWS", "beacons", "definite", "inverse_cube", "miss", "random"]


def random(coverage: ArrayLike) -> Floats:
    """Return 1 − e^−C: tracks laid without coordination (Koopman's random search). The planner's law."""
    return np.asarray(-np.expm1(-_coverage(coverage)))


def inverse_cube(coverage: ArrayLike) -> Floats:
    """Return erf(√π/2 · C): parallel tracks, detection falling with the cube of the distance (Koopman)."""
    from scipy.special import erf

    return np.asarray(erf(np.sqrt(np.pi) / 2.0 * _coverage(coverage)))


def definite(coverage: ArrayLike) -> Floats:
    """Return min(1, C): everything within the sweep width is seen and nothing is swept twice. The upper limit."""
    return np.minimum(1.0, _coverage(coverage))


POD_LAWS: Mapping[str, Callable[[ArrayLike], Floats]] = {
    "random": random,
    "inverse_cube": inverse_cube,
    "definite": definite,
}
"""Name → probability of detection by coverage."""


def miss(coverage: ArrayLike, shape: float | None = None) -> Floats:
    """Return the probability of missing it, e^−C; with an uncertain sweep width (1 + C/α)^−α.

    Parameters
    ----------
    coverage : array_like
        Coverage of all the passes together.
    shape : float, optional
        α of a gamma multiplier of mean 1 on the sweep width, shared by all passes (its standard deviation is 1/√α):
        equipment or visibility that was worse than assumed was so in every pass. None: the width is known.

    Raises
    ------
    InputError
        If a coverage is negative or not finite, or α is not above 0.
    """
    amount = _coverage(coverage)
    if shape is None:
        return np.asarray(np.exp(-amount))
    if not shape > 0:
        raise InputError(f"shape must be above 0, got {shape}", rule="of the uncertainty of the sweep width")
    return np.asarray((1.0 + amount / shape) ** -shape)


def beacons(detection: float, working: float, count: int) -> float:
    """Return the probability of hearing at least one of several beacons, each of which works or does not.

    It is the `pod` of a :class:`~karmalink.seek.Search` of a segment where beacons were listened for. With two pingers
    that work with 0.8 and a detection of 0.9 (Air France 447: Stone et al. 2014, Statistical Science 29, 69–80) it is
    0.9216.

    Raises
    ------
    InputError
        If one of the two is not a probability, or there are fewer than 0 beacons.
    """
    if not (0.0 <= detection <= 1.0 and 0.0 <= working <= 1.0 and count >= 0):
        raise InputError(
            f"detection and working must be 0 to 1 and count 0 or more, got {detection}, {working}, {count}"
        )
    return float(1.0 - (1.0 - detection * working) ** count)


def _coverage(values: ArrayLike) -> Floats:
    amount = np.asarray(values, dtype=np.float64)
    if not (np.isfinite(amount) & (amount >= 0)).all():
        raise InputError("coverage must be 0 or more, and finite")
    return amount
