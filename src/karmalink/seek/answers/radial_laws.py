"""How far from a point it is found: one smooth law with a heavy tail, learned from distances, with shrinkage by group.

Burr's type XII: the share found within r is F(r) = 1 − (1 + (r/s)^a)^−b. Near the point it rises like r^a, far away
what is left falls like r^−ab, so that a find ten times further than usual is rare and not impossible (Burr 1942,
*Cumulative frequency functions*, Ann. Math. Statist. 13, 215–232). With a = 2 it is Student's t in the plane.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from karmalink.base.arrays import Floats
from karmalink.errors import CannotAnswer, InputError

if TYPE_CHECKING:
    from karmalink.seek.ground.area import Area

__all__ = ["LearnedLaws", "RadialLaw", "learn_radial"]

NUGGET_M = 50.0  # "found at the point" is within 50 m: how well points and finds are written down
_GROUP_SPREAD = 0.4  # standard deviation of a group's scale about the common one, in its logarithm
_SHAPE_SPREAD = 0.5  # the same of the shapes about a = 1.6, b = 1.5, which a handful of distances cannot tell
_USUAL = (1.6, 1.5)
_FEWEST = 5


@dataclass(frozen=True, slots=True)
class RadialLaw:
    """A law of the distance from a point, the same in every direction.

    Attributes
    ----------
    scale_m : float
        s, metres.
    inner, outer : float
        The exponents a and b.
    """

    scale_m: float
    inner: float
    outer: float

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises
        ------
        InputError
            One that is not above 0.
        """
        for name in ("scale_m", "inner", "outer"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) > 0.0):
                raise InputError(f"a {name} of {getattr(self, name)}", where="radial law", allowed="more than 0")

    def cdf(self, r: ArrayLike) -> Floats:
        """Return the share found within r metres."""
        return np.asarray(-np.expm1(self._log_survival(np.asarray(r, dtype=np.float64))))

    def quantile(self, share: ArrayLike) -> Floats:
        """Return the radius in metres of the disc that holds a share."""
        left = 1.0 - np.asarray(share, dtype=np.float64)
        return np.asarray(self.scale_m * np.expm1(-np.log(left) / self.outer) ** (1.0 / self.inner))

    def density(self, r: ArrayLike) -> Floats:
        """Return the probability per m² at r metres; level within 50 m, where no record is more exact."""
        away = np.asarray(r, dtype=np.float64)
        at = np.maximum(away, NUGGET_M)
        ratio = (at / self.scale_m) ** self.inner
        per_m = self.inner * self.outer / at * ratio / (1.0 + ratio) * np.exp(self._log_survival(at))
        level = float(self.cdf(NUGGET_M)) / (math.pi * NUGGET_M**2)
        return np.where(away < NUGGET_M, level, per_m / (2.0 * math.pi * at))

    def prior(self, area: Area, lon: float, lat: float) -> Floats:
        """Return the probability over the n cells of an area, summing to 1: what `prior` of ``locate`` takes."""
        x, y = area.xy_of(lon, lat)
        found = self.density(np.hypot(area.x - x, area.y - y))
        return np.asarray(found / found.sum())

    @classmethod
    def from_quantiles(cls, radii_m: Mapping[float, float]) -> RadialLaw:
        """Return the law that comes nearest to rings (share → radius in metres), in the logarithm of the radius.

        Raises
        ------
        InputError
            Fewer than two rings, shares outside 0 … 1, radii that do not grow.
        """
        from scipy.optimize import minimize

        shares, radii = np.array(sorted(radii_m.items()), dtype=np.float64).reshape(-1, 2).T
        if len(radii) < 2 or not ((shares > 0) & (shares < 1) & (radii > 0)).all() or (np.diff(radii) <= 0).any():
            raise InputError("these are no rings", where="radial law", rule="two or more shares with growing radii")

        def off(theta: Floats) -> float:
            law = _law(theta)
            return float(np.sum((np.log(law.quantile(shares)) - np.log(radii)) ** 2) + 0.05 * _shape_cost(theta))

        start = np.array([math.log(np.interp(0.5, shares, radii)), *np.log(_USUAL)])
        return _law(minimize(off, start, method="Nelder-Mead", options={"maxiter": 2000}).x)

    def to_dict(self) -> dict[str, Any]:
        """Return the three numbers."""
        return {"scale_m": self.scale_m, "inner": self.inner, "outer": self.outer}

    def _log_survival(self, r: Floats) -> Floats:
        return -self.outer * np.log1p((r / self.scale_m) ** self.inner)

    def __repr__(self) -> str:
        """One-line summary: the median and the tail."""
        half, most = self.quantile([0.5, 0.95])
        return f"RadialLaw(half within {half:,.0f} m, 95 % within {most:,.0f} m)"


@dataclass(frozen=True, slots=True)
class LearnedLaws:
    """Laws learned from distances: one for every group, and the common one for a group never seen.

    Attributes
    ----------
    common : RadialLaw
        Of all groups.
    groups : mapping of group to RadialLaw
        A group of few distances lies close to the common law.
    n : int
        How many distances they were learned from.
    """

    common: RadialLaw
    groups: Mapping[Hashable, RadialLaw]
    n: int

    def law(self, group: Hashable = None, reference_m: float | None = None) -> RadialLaw:
        """Return the law of a group, `reference_m` times as large where scales were learned relative to a reference."""
        found = self.groups.get(group, self.common)
        return found if reference_m is None else RadialLaw(found.scale_m * reference_m, found.inner, found.outer)

    def __repr__(self) -> str:
        """One-line summary: what they rest on."""
        return f"LearnedLaws({len(self.groups)} groups, {self.n} distances, {self.common!r})"


def learn_radial(
    distances_m: ArrayLike,
    groups: Sequence[Hashable] | None = None,
    references_m: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> LearnedLaws:
    """Learn the law of distances, groups shrunk towards what they share.

    Most probable values with normal priors: each group's scale about the common one (0.4 in the logarithm), the shapes
    about a = 1.6 and b = 1.5 (0.5). Distances below 50 m count as "within 50 m".

    Parameters
    ----------
    distances_m : array_like, shape (n,)
        Metres.
    groups : sequence of hashable, optional
        What each belongs to (a category of lost people).
    references_m : array_like, shape (n,), optional
        A distance that is known for each beforehand (the median of its ring table, the size of its place); scales are
        then learned relative to it.
    weights : array_like, shape (n,), optional
        How much each counts.

    Raises
    ------
    CannotAnswer
        Fewer than five distances.
    InputError
        A distance that is negative or no number.
    """
    from scipy.optimize import minimize

    r = np.asarray(distances_m, dtype=np.float64)
    if not (np.isfinite(r) & (r >= 0)).all():
        raise InputError("a distance is negative or no number", where="distances", allowed="metres, 0 or more")
    if r.size < _FEWEST:
        raise CannotAnswer(f"{r.size} distances teach no law", rule=f"at least {_FEWEST}")
    names = list(dict.fromkeys(groups)) if groups is not None else []
    which = np.array([names.index(group) for group in groups]) if groups is not None else None
    reference = np.ones(r.size) if references_m is None else np.asarray(references_m, dtype=np.float64)
    counts = np.ones(r.size) if weights is None else np.asarray(weights, dtype=np.float64)

    def cost(theta: Floats) -> float:
        own = theta[3:][which] if which is not None else 0.0
        scales = np.exp(theta[0] + own) * reference
        a, b = np.exp(theta[1:3])
        fit = float(counts @ _log_likelihood(r, scales, float(a), float(b)))
        return -fit + 0.5 * float(np.sum((theta[3:] / _GROUP_SPREAD) ** 2)) + _shape_cost(theta)

    start = np.concatenate(
        [[np.log(np.median(np.maximum(r, NUGGET_M) / reference))], np.log(_USUAL), np.zeros(len(names))]
    )
    best = minimize(cost, start, method="L-BFGS-B").x
    groups_found = {name: _law(best, best[3 + row]) for row, name in enumerate(names)}
    return LearnedLaws(_law(best), groups_found, int(r.size))


def _log_likelihood(r: Floats, scales: Floats, a: float, b: float) -> Floats:
    at = np.maximum(r, NUGGET_M)
    log_ratio = a * np.log(at / scales)
    beyond = -b * np.logaddexp(0.0, log_ratio)
    per_m = math.log(a * b) - np.log(at) + log_ratio - np.logaddexp(0.0, log_ratio) + beyond
    within = np.log(-np.expm1(np.minimum(beyond, -1e-300)))
    return np.where(r < NUGGET_M, within, per_m)


def _shape_cost(theta: Floats) -> float:
    return 0.5 * float(np.sum(((theta[1:3] - np.log(_USUAL)) / _SHAPE_SPREAD) ** 2))


def _law(theta: Floats, own: float = 0.0) -> RadialLaw:
    scale, a, b = np.exp(np.clip(theta[:3] + np.array([own, 0.0, 0.0]), -30.0, 30.0))
    return RadialLaw(float(scale), float(a), float(b))
