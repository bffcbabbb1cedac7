"""Discrete search: whole segments are checked one after the other, in the order that finds it soonest on average.

A look sweeps one segment once. It costs c hours and finds what is there with probability α, so the look number j into
segment s finds it with p·α·(1 − α)^j. Looks in the order of p·α·(1 − α)^j / c have the least expected cost (Black 1965,
*Operations Research* 13, 1025–1034; Chew 1967, *Annals of Mathematical Statistics* 38, 494–502; Stone 1975, ch. 4).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from karmalink.base.arrays import Floats
from karmalink.base.wording import counted, percent
from karmalink.errors import CannotAnswer, InputError
from karmalink.seek.planning.plans import usual_ground
from karmalink.seek.search.swath_coverage import detection

if TYPE_CHECKING:
    import pandas as pd

    from karmalink.seek.ground.search_segments import Segments
    from karmalink.seek.probability_map.probability_map import ProbabilityMap
    from karmalink.seek.search.assets import Asset

__all__ = ["DiscreteSearch", "Look", "SegmentLook", "expected_cost", "look_order", "search_order"]

_LEFT = 1e-12  # of the probability: looks after that change no mean
_LEAST_COVERAGE = 0.1  # a look that sweeps less of a segment is not a look into all of it


@dataclass(frozen=True, slots=True)
class Look:
    """One indivisible look.

    Attributes
    ----------
    cell : int
        Where, from 0.
    cost : float
        Of this look.
    finds : float
        Probability that this look finds it, before any look.
    """

    cell: int
    cost: float
    finds: float


def look_order(probability: ArrayLike, detection: ArrayLike, cost: ArrayLike) -> Iterator[Look]:
    """Yield looks in the order of the least expected cost: each time the highest p·α·(1−α)^j / c.

    Of looks of equal value, the lower cell comes first.

    Parameters
    ----------
    probability, detection, cost : array_like, shape (n,)
        p_i, the probability α_i that one look finds it there, and the cost of a look.

    Raises
    ------
    InputError
        Not probabilities, or a cost that is not above 0.
    """
    p, alpha, c = _checked(probability, detection, cost)
    # (n,): p_i · (1 − α_i)^j after j looks into cell i
    left = p.copy()
    while (value := left * alpha / c).max(initial=0.0) > 0.0:
        # .5·.4·.6/1 and .3·.8/2 are one number in exact arithmetic and two in floating point.
        cell = int(np.argmax(value >= value.max() * (1.0 - 1e-12)))
        yield Look(cell, float(c[cell]), float(left[cell] * alpha[cell]))
        left[cell] *= 1.0 - alpha[cell]


def expected_cost(probability: ArrayLike, detection: ArrayLike, cost: ArrayLike) -> float:
    """Return the mean cost until it is found by :func:`look_order`, given that it is in one of the cells.

    Raises
    ------
    InputError
        See :func:`look_order`; or probabilities that do not sum to 1.
    """
    p, alpha, c = _checked(probability, detection, cost)
    if not np.isclose(p.sum(), 1.0):
        raise InputError(f"probability must sum to 1, got {p.sum():g}", rule="the mean is of something that is there")
    # (J, n): p_i · α_i · (1 − α_i)^j, for as many looks as leave 10^−12 of a cell
    most = max(1, math.ceil(math.log(_LEFT) / math.log1p(-min(float(alpha.min()), 1.0 - _LEFT))))
    finds = p * alpha * (1.0 - alpha) ** np.arange(most)[:, None]
    # (J·n,): all looks by falling value; the order of equal ones does not change the mean
    order = np.argsort(-(finds / c).ravel(), kind="stable")
    found, costs = finds.ravel()[order], np.broadcast_to(c, finds.shape).ravel()[order]
    # Σ_k c_k · P(not found by the looks before k)
    return float(costs @ np.maximum(0.0, 1.0 - np.concatenate([[0.0], np.cumsum(found)[:-1]])))


@dataclass(frozen=True, slots=True)
class SegmentLook:
    """One look into one segment.

    Attributes
    ----------
    segment : str
        Name.
    look : int
        Number of the look into this segment, from 1.
    hours : float
        What it takes.
    finds : float
        Probability that this look finds it.
    found_by_then : float
        Probability that it is found by this look or one before it.
    lon, lat : float
        Middle of the segment, degrees.
    """

    segment: str
    look: int
    hours: float
    finds: float
    found_by_then: float
    lon: float
    lat: float


@dataclass(frozen=True, eq=False, repr=False)
class DiscreteSearch:
    """Segments in the order in which to check them.

    Attributes
    ----------
    asset : Asset
        What is searched with.
    detection : float
        Probability that one look finds it, if it is in that segment.
    looks : tuple of SegmentLook
        The first looks.
    expected_hours : float
        Mean hours until it is found, given that it is in one of the segments.
    """

    asset: Asset
    detection: float
    looks: tuple[SegmentLook, ...]
    expected_hours: float

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per look."""
        import pandas as pd

        return pd.DataFrame(self.to_dict()["looks"])

    def to_dict(self) -> dict[str, Any]:
        """Return the order, ready for JSON."""
        return {
            "asset": self.asset.name,
            "detection": round(self.detection, 9),
            "expected_hours": round(self.expected_hours, 6),
            "looks": [
                {
                    "segment": look.segment,
                    "look": look.look,
                    "hours": round(look.hours, 6),
                    "finds": round(look.finds, 9),
                    "found_by_then": round(look.found_by_then, 9),
                    "lon": round(look.lon, 6),
                    "lat": round(look.lat, 6),
                }
                for look in self.looks
            ],
        }

    def __repr__(self) -> str:
        """One-line summary."""
        last = self.looks[-1].found_by_then
        return (
            f"DiscreteSearch({counted(len(self.looks), 'look')}, {self.looks[0].segment} first, find it with "
            f"{percent(last)}; {self.expected_hours:.3g} h on average)"
        )


def search_order(
    probability_map: ProbabilityMap,
    asset: Asset,
    *,
    ground: Segments | None = None,
    coverage: float = 1.0,
    looks: int = 20,
) -> DiscreteSearch:
    """Return the order in which one asset checks whole segments, so that it is found soonest on average.

    Parameters
    ----------
    probability_map : ProbabilityMap
        The map, with the searches so far in it.
    asset : Asset
        What is searched with; its law says what a coverage finds.
    ground : Segments, optional
        The segments; without it those of the searches so far, or :func:`~karmalink.seek.segments` of the map's area.
    coverage : float
        How thoroughly one look sweeps its segment: the swept area over that of the segment.
    looks : int
        How many looks to return.

    Raises
    ------
    InputError
        A coverage below 0.1, less than one look, or an asset that sweeps no ground.
    CannotAnswer
        If no segment that can be searched has any probability.
    """
    if not (math.isfinite(coverage) and coverage >= _LEAST_COVERAGE):
        raise InputError(f"coverage must be {_LEAST_COVERAGE:g} or more, got {coverage}")
    if looks < 1:
        raise InputError(f"looks must be 1 or more, got {looks}")
    if not asset.rate_m2 > 0:
        raise InputError("sweep_m and speed_kmh must be above 0", where=f"asset {asset.name}")
    where = usual_ground(probability_map) if ground is None else ground
    # (S,): probability of each segment, and the hours of one look
    probability = where.sum(probability_map.probability)
    usable = np.flatnonzero((probability > 0.0) & (where.m2 > 0.0))
    if not usable.size:
        raise CannotAnswer("no segment that can be searched has any probability", next_step="enlarge the area")
    hours = coverage * where.m2[usable] / asset.rate_m2
    found = float(detection(asset.law, np.array([coverage]))[0])
    alpha = np.full(usable.size, found)
    first = list(itertools.islice(look_order(probability[usable], alpha, hours), looks))
    mean = expected_cost(probability[usable] / probability[usable].sum(), alpha, hours)
    return DiscreteSearch(asset, found, tuple(_named(first, usable, where)), mean)


def _named(looks: list[Look], usable: Any, ground: Segments) -> Iterator[SegmentLook]:
    by_then, count = 0.0, dict[int, int]()
    for look in looks:
        segment = int(usable[look.cell])
        count[segment] = count.get(segment, 0) + 1
        by_then += look.finds
        lon, lat = ground.centres[segment]
        yield SegmentLook(ground.names[segment], count[segment], look.cost, look.finds, by_then, float(lon), float(lat))


def _checked(probability: ArrayLike, detection: ArrayLike, cost: ArrayLike) -> tuple[Floats, Floats, Floats]:
    p, alpha, c = (np.array(values, dtype=np.float64) for values in (probability, detection, cost))
    shapes = p.ndim == 1 and p.shape == alpha.shape == c.shape
    if not (shapes and (c > 0).all() and ((alpha > 0) & (alpha <= 1)).all() and (p >= 0).all()):
        raise InputError(
            "looks need one probability, detection and cost per cell",
            allowed="probability 0 or more, detection above 0 and at most 1, cost above 0",
        )
    return p, alpha, c
