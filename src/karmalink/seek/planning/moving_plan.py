"""Where teams look, period by period, for somebody who moves between the segments."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.base.wording import counted, percent
from karmalink.errors import InputError
from karmalink.seek.ground.search_segments import Segments, with_rest
from karmalink.seek.planning.moving_targets import MovingSearch, moving_search, moving_transitions

if TYPE_CHECKING:
    import pandas as pd

    from karmalink.seek.probability_map.probability_map import ProbabilityMap
    from karmalink.seek.search.assets import Asset

__all__ = ["MovingPlan", "plan_moving"]

_MOST_PERIODS = 96
_LEAST_HOURS = 0.01
_TOLERANCE = 1e-4  # of a probability: far below what is known of how somebody moves


@dataclass(frozen=True, eq=False, repr=False)
class MovingPlan:
    """Who searches where in each period.

    Attributes
    ----------
    ground : Segments
    period_hours : float
    searchers : int
        How many search; all of them, in every period.
    search : MovingSearch
        Effort in m² swept, with its certificate.
    rate_m2 : float
        Area that all of them sweep in an hour.
    """

    ground: Segments
    period_hours: float
    searchers: int
    search: MovingSearch
    rate_m2: float

    @property
    def hours(self) -> Floats:
        """Hours of searchers in each period and segment, shape (periods, segments)."""
        return self.search.effort / self.rate_m2 * self.searchers

    @property
    def proof(self) -> str:
        """How good the plan is, in words."""
        if self.search.gap <= _TOLERANCE:
            return "proved optimal: no plan with the same hours is better"
        return f"no plan with the same hours finds them with more than {percent(self.search.upper_bound)}"

    def rows(self) -> list[dict[str, Any]]:
        """Return one row per period and segment, in each period the segment with the most hours first."""
        hours, found = self.hours, []
        for period in range(len(hours)):
            for number in np.argsort(-hours[period], kind="stable"):
                if hours[period, number] <= _LEAST_HOURS:
                    break
                lon, lat = self.ground.centres[number]
                found.append(
                    {
                        "period": period + 1,
                        "from_h": round(period * self.period_hours, 6),
                        "segment": self.ground.names[number],
                        "hours": round(float(hours[period, number]), 4),
                        "probability": round(float(self.search.probability[period, number]), 6),
                        "lon": round(float(lon), 6),
                        "lat": round(float(lat), 6),
                    }
                )
        return found

    def to_dataframe(self) -> pd.DataFrame:
        """Return :meth:`rows` as a table."""
        import pandas as pd

        return pd.DataFrame(self.rows(), columns=["period", "from_h", "segment", "hours", "probability", "lon", "lat"])

    def to_dict(self) -> dict[str, Any]:
        """Return the plan and its certificate, ready for JSON."""
        return {
            "value": round(self.search.value, 9),
            "upper_bound": round(self.search.upper_bound, 9),
            "found_by": [round(float(value), 9) for value in self.search.found_by],
            "period_hours": self.period_hours,
            "searchers": self.searchers,
            "segments": self.rows(),
        }

    def __repr__(self) -> str:
        """One-line summary."""
        periods = counted(len(self.search.effort), "period")
        return f"MovingPlan({periods} of {self.period_hours:g} h find them with {percent(self.search.value)})"


def plan_moving(
    probability_map: ProbabilityMap,
    assets: Sequence[Asset],
    ground: Segments,
    *,
    speed_kmh: float,
    stays: float = 0.5,
    periods: int,
    period_hours: float = 1.0,
    is_open: NDArray[np.bool_] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> MovingPlan:
    """Plan the next periods of a search for somebody who moves.

    Parameters
    ----------
    probability_map : ProbabilityMap
        Where they are at the beginning.
    assets : sequence of Asset
        Who searches, all of them in every period; their hours a day are not looked at.
    ground : Segments
        Where teams are sent. Ground of the map in none of them is walked through and never searched.
    speed_kmh, stays : float
        How they move (:func:`~karmalink.seek.moving_transitions`).
    periods : int
        How many.
    period_hours : float
        How long each is.
    is_open : ndarray of bool, shape (S,), optional
        Which segments may be entered.
    progress : callable, optional
        Called with (rounds done, most rounds).

    Raises
    ------
    InputError
        No asset that sweeps any ground, periods or hours out of range.
    """
    rate = sum(asset.rate_m2 * asset.count for asset in assets)
    if not rate > 0.0:
        raise InputError("no asset sweeps any ground", where="assets", rule="sweep_m and speed_kmh above 0")
    if not 1 <= periods <= _MOST_PERIODS:
        raise InputError(f"periods must be 1 to {_MOST_PERIODS}, got {periods}")
    if not (math.isfinite(period_hours) and 0.0 < period_hours <= 24.0):
        raise InputError(f"a period must be above 0 and at most 24 hours, got {period_hours}")
    whole, own = with_rest(ground), len(ground)
    # (S + rest,): effort that covers a segment once; 0 where no team is sent
    areas = np.zeros(len(whole))
    areas[:own] = ground.m2 if is_open is None else np.where(is_open, ground.m2, 0.0)
    found = moving_search(
        whole.sum(probability_map.probability),
        moving_transitions(whole, speed_kmh, period_hours, stays),
        np.full(periods, rate * period_hours),
        areas,
        tolerance=_TOLERANCE,
        progress=progress,
    )
    found = replace(found, effort=found.effort[:, :own], probability=found.probability[:, :own])
    return MovingPlan(ground, period_hours, sum(asset.count for asset in assets), found, rate)
