"""Where to look first: a plan over segments, with the proof of how good it is."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.seek.search.detection import miss
from karmalink.seek.wording import percent

if TYPE_CHECKING:
    import pandas as pd

    from karmalink.seek.ground.search_segments import Segments
    from karmalink.seek.probability_map.clues_map import CluesMap
    from karmalink.seek.search.assets import Asset

__all__ = ["Plan"]

Floats = NDArray[np.float64]
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
    risk : float
        Risk that the plan runs, in the unit of the dangers.
    risk_budget : float or None
        How much was agreed to.
    risk_price : float
        What one more unit of risk would add to `value`; 0 where the limit does not bind.
    refusing_costs : float
        How much more would be found if no limit of risk were kept.
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
    risk: float = 0.0
    risk_budget: float | None = None
    risk_price: float = 0.0
    refusing_costs: float = 0.0

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
    def outside_after(self) -> float:
        """Belief that it is not on the map, once the plan has found nothing."""
        return self.found.outside / max(1.0 - self.value, 1e-300)

    @property
    def worth_going_on(self) -> float:
        """Worth of the find, in the currency of the costs, below which the hour after the plan is not worth its cost.

        After a plan that found nothing one more hour finds it with λ / (1 − value). 0 where hours cost nothing,
        infinite where no hour adds anything.
        """
        rates = np.array([asset.cost_per_hour for asset in self.assets])
        with np.errstate(divide="ignore", invalid="ignore"):
            needed = np.where(rates > 0, rates / self.price.max(axis=1, initial=0.0), 0.0) * (1.0 - self.value)
        return float(needed.min(initial=np.inf)) if self.assets else np.inf

    @property
    def order(self) -> list[int]:
        """Segments to search, the one with the most to find per hour first."""
        used = np.flatnonzero(self.effort > _LEAST_HOURS)
        return [int(number) for number in used[np.argsort(-(self.belief / self.ground.m2)[used], kind="stable")]]

    @property
    def nothing_to_do(self) -> str:
        """Why there is nothing to plan, empty where there is."""
        if self.risk_budget == 0.0 and not self.hours.any() and self.refusing_costs > 0.0:
            return "every hour that would find anything is dangerous, and no risk was agreed to"
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
            "risk": float(f"{self.risk:.9g}"),
            "risk_budget": self.risk_budget,
            "risk_price": float(f"{self.risk_price:.9g}"),
            "refusing_costs": round(self.refusing_costs, 9),
            "outside_after": round(self.outside_after, 9),
            "worth_going_on": None if math.isinf(self.worth_going_on) else float(f"{self.worth_going_on:.6g}"),
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
