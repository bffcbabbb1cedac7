"""Rings of distances, as tables of lost persons give them, become laws: how far from the last known point.

A table says within which distance a quarter, a half, three quarters and 95 % of the people of a category were found
(Koester 2008, *Lost Person Behavior*). The numbers are the user's own; none are kept here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from karmalink.base.arrays import Floats
from karmalink.errors import InputError
from karmalink.seek.answers.radial_laws import NUGGET_M, RadialLaw

__all__ = ["RING_LAWS", "DistanceLaw", "LognormalLaw", "RingLaw", "check_rings"]

_BEYOND = 2.0  # beyond the last ring what is left falls with this power of the distance


class DistanceLaw(Protocol):
    """How far from a point it is found, the same in every direction."""

    def cdf(self, r: ArrayLike) -> Floats:
        """Return the share found within r metres."""

    def density(self, r: ArrayLike) -> Floats:
        """Return the probability per m² at r metres."""

    def quantile(self, share: ArrayLike) -> Floats:
        """Return the radius in metres of the disc that holds a share."""


def check_rings(rings_m: Mapping[float, float], where: str = "rings") -> tuple[Floats, Floats]:
    """Return shares and radii, both growing.

    Raises
    ------
    InputError
        Fewer than two rings, a share outside 0 … 1, radii that do not grow.
    """
    shares, radii = np.array(sorted(rings_m.items()), dtype=np.float64).reshape(-1, 2).T
    inside = bool(((shares > 0.0) & (shares < 1.0)).all())
    if len(radii) < 2 or not inside or not (np.isfinite(radii) & (radii > 0.0)).all() or (np.diff(radii) <= 0.0).any():
        raise InputError(
            "these distances are not rings",
            where=where,
            rule="two or more shares between 0 and 100 %, and a larger share lies within a larger distance",
            allowed="25 % within 800 m, 50 % within 2000 m, 95 % within 9000 m, say",
        )
    return shares, radii


@dataclass(frozen=True, slots=True)
class LognormalLaw:
    """A distance whose logarithm is normal.

    Attributes
    ----------
    median_m : float
        Half are found within it.
    sigma : float
        Standard deviation of the natural logarithm.
    """

    median_m: float
    sigma: float

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises
        ------
        InputError
            One that is not above 0.
        """
        for name in ("median_m", "sigma"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) > 0.0):
                raise InputError(f"{name} must be above 0, got {getattr(self, name)}", where="lognormal law")

    @classmethod
    def from_quantiles(cls, rings_m: Mapping[float, float]) -> LognormalLaw:
        """Return the law nearest to rings: least squares of ln r against the normal quantile of each share.

        Raises
        ------
        InputError
            See :func:`check_rings`.
        """
        from scipy.special import ndtri

        shares, radii = check_rings(rings_m)
        # (rings,): ln r = ln m + σ·Φ⁻¹(share)
        sigma, log_median = np.polyfit(ndtri(shares), np.log(radii), 1)
        return cls(float(np.exp(log_median)), float(sigma))

    def cdf(self, r: ArrayLike) -> Floats:
        """Return the share found within r metres."""
        from scipy.special import ndtr

        with np.errstate(divide="ignore"):
            return np.asarray(ndtr(np.log(np.asarray(r, dtype=np.float64) / self.median_m) / self.sigma))

    def quantile(self, share: ArrayLike) -> Floats:
        """Return the radius in metres of the disc that holds a share."""
        from scipy.special import ndtri

        return np.asarray(self.median_m * np.exp(self.sigma * ndtri(np.asarray(share, dtype=np.float64))))

    def density(self, r: ArrayLike) -> Floats:
        """Return the probability per m² at r metres; level within 50 m, where no record is more exact."""
        at = np.maximum(np.asarray(r, dtype=np.float64), NUGGET_M)
        z = np.log(at / self.median_m) / self.sigma
        # f(r) / 2πr with f(r) = φ(z) / (σr)
        per_m2 = np.exp(-0.5 * z**2) / (math.sqrt(2.0 * math.pi) * self.sigma * 2.0 * math.pi * at**2)
        return np.where(np.asarray(r) < NUGGET_M, _level(self), per_m2)

    def to_dict(self) -> dict[str, Any]:
        """Return the two numbers."""
        return {"median_m": self.median_m, "sigma": self.sigma}

    def __repr__(self) -> str:
        """One-line summary: the median and the tail."""
        return f"LognormalLaw({_said(self)})"


@dataclass(frozen=True, slots=True)
class RingLaw:
    """The rings as they are: level between two of them, and a tail beyond the last.

    Attributes
    ----------
    shares, radii_m : tuple of float
        Of the rings, from the inside out.
    """

    shares: tuple[float, ...]
    radii_m: tuple[float, ...]

    @classmethod
    def from_quantiles(cls, rings_m: Mapping[float, float]) -> RingLaw:
        """Return the law of these rings.

        Raises
        ------
        InputError
            See :func:`check_rings`.
        """
        shares, radii = check_rings(rings_m)
        return cls(tuple(shares.tolist()), tuple(radii.tolist()))

    @property
    def _edges(self) -> tuple[Floats, Floats]:
        """Shares and radii with the middle, shape (rings + 1,)."""
        return np.array([0.0, *self.shares]), np.array([0.0, *self.radii_m])

    def cdf(self, r: ArrayLike) -> Floats:
        """Return the share found within r metres."""
        shares, radii = self._edges
        away = np.asarray(r, dtype=np.float64)
        # Level between rings: the share grows with r²
        inner = np.interp(away**2, radii**2, shares)
        beyond = 1.0 - (1.0 - shares[-1]) * (radii[-1] / np.maximum(away, radii[-1])) ** _BEYOND
        return np.where(away <= radii[-1], inner, beyond)

    def quantile(self, share: ArrayLike) -> Floats:
        """Return the radius in metres of the disc that holds a share."""
        shares, radii = self._edges
        asked = np.asarray(share, dtype=np.float64)
        inner = np.sqrt(np.interp(asked, shares, radii**2))
        with np.errstate(divide="ignore"):
            beyond = radii[-1] * ((1.0 - shares[-1]) / (1.0 - asked)) ** (1.0 / _BEYOND)
        return np.where(asked <= shares[-1], inner, beyond)

    def density(self, r: ArrayLike) -> Floats:
        """Return the probability per m² at r metres."""
        shares, radii = self._edges
        away = np.asarray(r, dtype=np.float64)
        level = np.diff(shares) / (math.pi * np.diff(radii**2))
        ring = np.clip(np.searchsorted(radii, away, side="right") - 1, 0, level.size - 1)
        # f(r) / 2πr with f(r) = (1 − share)·k·R^k / r^(k+1)
        left = (1.0 - shares[-1]) * _BEYOND * radii[-1] ** _BEYOND
        beyond = left / (2.0 * math.pi * np.maximum(away, radii[-1]) ** (_BEYOND + 2.0))
        return np.where(away <= radii[-1], level[ring], beyond)

    def to_dict(self) -> dict[str, Any]:
        """Return the rings."""
        return {"shares": list(self.shares), "radii_m": list(self.radii_m)}

    def __repr__(self) -> str:
        """One-line summary: the median and the tail."""
        return f"RingLaw({_said(self)})"


def _level(law: DistanceLaw) -> float:
    return float(law.cdf(NUGGET_M)) / (math.pi * NUGGET_M**2)


def _said(law: DistanceLaw) -> str:
    half, most = law.quantile([0.5, 0.95])
    return f"half within {half:,.0f} m, 95 % within {most:,.0f} m"


def _smooth(rings_m: Mapping[float, float]) -> RadialLaw:
    check_rings(rings_m)
    return RadialLaw.from_quantiles(rings_m)


RING_LAWS: Mapping[str, Callable[[Mapping[float, float]], DistanceLaw]] = {
    "smooth": _smooth,
    "lognormal": LognormalLaw.from_quantiles,
    "rings": RingLaw.from_quantiles,
}
"""Name → how rings become a law: a heavy tail (Burr), a log-normal distance, or the rings as they are."""
