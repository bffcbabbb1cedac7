"""Where to look first: a plan over segments, with the proof of how good it is."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import InputError
from karmalink.seek.assets import Asset, Closure
from karmalink.seek.belief import CluesMap
from karmalink.seek.ground import Segments, segments
from karmalink.seek.pod import miss
from karmalink.seek.windows import Schedule, schedule
from karmalink.seek.wording import percent

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Plan", "plan"]

Floats = NDArray[np.float64]
_CLOSED_SHARE = 0.5  # a segment is closed when this share of its ground is
_LEAST_HOURS = 1e-9


@dataclass(frozen=True, eq=False, repr=False)
class Plan:
    """Who searches where on which day.

    Attributes
    ----------
    found : CluesMap
        The map it is made for.
    ground : Segments
        The segments.
    assets : tuple of Asset
        Who searches.
    dates : tuple of date or None
        The days; None where no start was given.
    hours : ndarray, shape (assets, days, segments)
        The plan.
    is_open : ndarray of bool, shape (days, segments)
        Ground that may be entered.
    belief : ndarray, shape (segments,)
        Probability that it lies in each segment, before the plan.
    coverage : ndarray, shape (segments,)
        What the plan adds to each segment's coverage.
    finds : ndarray, shape (segments,)
        Probability that the plan finds it there; their sum is `value`.
    value : float
        Probability that the plan finds it.
    upper_bound : float
        No plan with the same hours finds it with a higher probability: the certificate.
    price : ndarray, shape (assets, days)
        What one more hour of an asset on a day would add to `value`.
    day_by_day : float
        Value of planning each day only when it comes.
    closure_cost : dict of str to float
        By closure: how much more would be found if that ground stayed open.
    """

    found: CluesMap
    ground: Segments
    assets: tuple[Asset, ...]
    dates: tuple[dt.date | None, ...]
    hours: Floats
    is_open: NDArray[np.bool_]
    belief: Floats
    coverage: Floats
    finds: Floats
    value: float
    upper_bound: float
    price: Floats
    day_by_day: float
    closure_cost: dict[str, float]

    @cached_property
    def effort(self) -> Floats:
        """Hours in each segment, all assets and days together, shape (segments,)."""
        return np.asarray(self.hours.sum(axis=(0, 1)))

    @property
    def gap(self) -> float:
        """How much better another plan could be at most."""
        return max(0.0, self.upper_bound - self.value)

    @property
    def one_more_hour(self) -> float:
        """What one more hour would add, where it adds most."""
        return float(self.price.max(initial=0.0))

    @property
    def cost(self) -> float:
        """What the hours cost."""
        rates = np.array([asset.cost_per_hour for asset in self.assets])
        return float(rates @ self.hours.sum(axis=(1, 2)))

    @property
    def order(self) -> list[int]:
        """Segments to search, the one with the most to find per hour first."""
        used = np.flatnonzero(self.effort > _LEAST_HOURS)
        return [int(number) for number in used[np.argsort(-(self.belief / self.ground.m2)[used], kind="stable")]]

    @property
    def nothing_to_do(self) -> str:
        """Why there is nothing to plan, empty where there is."""
        if not self.is_open.any():
            return "all the ground is closed on every day of the plan"
        if not self.hours.any():
            return "there are no hours to spend, or nothing that sweeps any ground"
        return ""

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per day, asset and segment, in the order in which to search."""
        import pandas as pd

        columns = ["day", "date", "asset", "segment", "hours", "belief", "pod", "finds", "lon", "lat"]
        return pd.DataFrame(self._rows(), columns=columns)

    def _rows(self) -> list[dict[str, Any]]:
        pod = 1.0 - miss(self.coverage)
        rows = []
        for day, date in enumerate(self.dates):
            for number in self.order:
                for which, asset in enumerate(self.assets):
                    if self.hours[which, day, number] <= _LEAST_HOURS:
                        continue
                    rows.append(
                        {
                            "day": day + 1,
                            "date": None if date is None else date.isoformat(),
                            "asset": asset.name,
                            "segment": self.ground.names[number],
                            "hours": round(float(self.hours[which, day, number]), 6),
                            "belief": round(float(self.belief[number]), 6),
                            "pod": round(float(pod[number]), 6),
                            "finds": round(float(self.finds[number]), 6),
                            "lon": round(float(self.ground.centres[number, 0]), 6),
                            "lat": round(float(self.ground.centres[number, 1]), 6),
                        }
                    )
        return rows

    def to_dict(self) -> dict[str, Any]:
        """Return the plan and its certificate, ready for JSON."""
        return {
            "value": round(self.value, 9),
            "upper_bound": round(self.upper_bound, 9),
            "gap": float(f"{self.gap:.3g}"),
            "one_more_hour": round(self.one_more_hour, 9),
            "day_by_day": round(self.day_by_day, 9),
            "closure_cost": {name: round(cost, 9) for name, cost in self.closure_cost.items()},
            "cost": round(self.cost, 2),
            "hours": round(float(self.hours.sum()), 6),
            "assets": [asset.to_dict() for asset in self.assets],
            "nothing_to_do": self.nothing_to_do,
            "segments": self._rows(),
        }

    def __repr__(self) -> str:
        """Tell the finding with its doubt."""
        if self.nothing_to_do:
            return f"Plan(nothing to do: {self.nothing_to_do})"
        return (
            f"Plan({self.hours.sum():.3g} h in {len(self.order)} segments find it with {percent(self.value)}; "
            f"no other plan with more than {percent(self.upper_bound)})"
        )


def plan(
    found: CluesMap,
    assets: Sequence[Asset],
    *,
    ground: Segments | None = None,
    hours: float | None = None,
    days: int = 1,
    start: dt.date | None = None,
    closures: Sequence[Closure] = (),
    shape: float | None = None,
) -> Plan:
    """Plan the next days of searching.

    Parameters
    ----------
    found : CluesMap
        The map, with the searches so far in it.
    assets : sequence of Asset
        Who can search.
    ground : Segments, optional
        Where teams are sent; without it :func:`~karmalink.seek.segments` of the map's area.
    hours : float, optional
        Hours of each asset on each day; without it the asset's own.
    days : int
        How many.
    start : date, optional
        The first day; needed where something closes.
    closures : sequence of Closure
        Ground that closes.
    shape : float, optional
        Doubt about the sweep width, see :func:`~karmalink.seek.pod.miss`.

    Raises
    ------
    InputError
        Hours or days that cannot be, no asset, or closures without a start.
    """
    if ground is None:
        ground = segments(found.area) if found.searched is None else found.searched.ground
    _check(assets, hours, days, start, closures)
    first = None if start is None else start.toordinal()
    dates = tuple(None if first is None else dt.date.fromordinal(first + day) for day in range(days))
    budget = np.array([[asset.hours if hours is None else hours] * days for asset in assets], dtype=np.float64)
    belief, before = _belief(found, ground)
    is_open = _open(ground, dates, closures)

    def solve(where: NDArray[np.bool_]) -> Schedule:
        rates = np.array([asset.rate_m2 for asset in assets])
        return schedule(belief, ground.m2, rates, budget, where, before=before, shape=shape)

    best = solve(is_open)
    cost = {}
    for closure in closures:
        others = _open(ground, dates, [other for other in closures if other is not closure])
        cost[closure.name] = max(0.0, solve(others).value - best.value)
    gain = belief * (miss(before, shape) - miss(before + best.coverage, shape))
    return Plan(
        found=found,
        ground=ground,
        assets=tuple(assets),
        dates=dates,
        hours=best.hours,
        is_open=is_open,
        belief=ground.sum(found.belief),
        coverage=best.coverage,
        finds=gain,
        value=best.value,
        upper_bound=best.upper_bound,
        price=best.price,
        day_by_day=best.day_by_day,
        closure_cost=cost,
    )


def _belief(found: CluesMap, ground: Segments) -> tuple[Floats, Floats]:
    """Return what the segments were believed before searches in hours, and the coverage these gave.

    An uncertain sweep width is shared by all passes: what comes next starts from the coverage so far, not from 0.
    """
    if found.searched is None or found.before is None or found.searched.ground is not ground:
        return ground.sum(found.belief), np.zeros(len(ground))
    stated = found.searched.stated_miss / found.searched.nothing
    return ground.sum(found.before.belief) * stated, found.searched.coverage


def _open(ground: Segments, dates: Sequence[dt.date | None], closures: Sequence[Closure]) -> NDArray[np.bool_]:
    is_open = np.ones((len(dates), len(ground)), dtype=bool)
    for closure in closures:
        closed = np.zeros(len(ground), dtype=bool)
        closed[[ground.number(name) for name in closure.segments]] = True
        if closure.geometry is not None:
            inside = ground.area.inside(closure.geometry).astype(np.float64)
            closed |= ground.sum(inside) * ground.area.cell_m2 >= _CLOSED_SHARE * ground.m2
        for day, date in enumerate(dates):
            if date is not None and closure.covers(date):
                is_open[day, closed] = False
    return is_open


def _check(
    assets: Sequence[Asset], hours: float | None, days: int, start: dt.date | None, closures: Sequence[Closure]
) -> None:
    if not assets:
        raise InputError("nobody and nothing to search with", rule="a plan needs at least one asset")
    if hours is not None and not (math.isfinite(hours) and hours >= 0):
        raise InputError(f"{hours} hours", rule="hours are a finite number", allowed="0 or more")
    if not 1 <= days <= 366:
        raise InputError(f"a plan of {days} days", allowed="1 to 366")
    if closures and start is None:
        raise InputError(
            "ground closes on a date and the plan has no first day",
            next_step="say when the plan starts (start = 2030-01-31)",
        )
