"""Where to look first: the best plan for a map, assets, days, closures and dangers, and the proof how good it is."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.base.wording import counted, percent
from karmalink.errors import InputError
from karmalink.seek.ground.search_segments import Segments, segments
from karmalink.seek.planning.schedules import Schedule, schedule
from karmalink.seek.probability_map.probability_map import ProbabilityMap
from karmalink.seek.search.assets import Asset, Closure, Danger
from karmalink.seek.search.detection_laws import miss

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Plan", "PlanOptions", "Task", "open_ground", "plan", "risk_per_hour", "task_of", "usual_ground"]

_LEAST_HOURS = 1e-9
_TOLERANCE = 1e-6  # of a probability: far below what is known of a sweep width


@dataclass(frozen=True, eq=False, repr=False)
class Plan:
    """Who searches where on which day.

    Attributes
    ----------
    probability_map : ProbabilityMap
        The map it is for.
    ground : Segments
        The segments.
    assets : tuple of Asset
        Who searches.
    dates : tuple of date or None
        The days; None without a first day.
    hours : ndarray, shape (assets, days, segments)
        The plan.
    is_open : ndarray of bool, shape (days, segments)
        Ground that may be entered.
    probability : ndarray, shape (segments,)
        Probability that it lies in each segment, before the plan.
    coverage : ndarray, shape (segments,)
        What the plan adds to each segment's coverage.
    finds : ndarray, shape (segments,)
        Probability that the plan finds it there; their sum is `value`.
    value : float
        Probability that the plan finds it (POS).
    upper_bound : float
        No plan with the same hours finds it with a higher probability: the certificate.
    price : ndarray, shape (assets, days)
        Marginal value of an hour: what one more hour of an asset on a day would add to `value`.
    day_by_day : float
        Value of planning each day only when it comes.
    closure_cost : dict of str to float
        By closure: how much more would be found if that ground stayed open.
    risk : float
        Risk that the plan runs, in the unit of the dangers.
    risk_budget : float or None
        The limit that was agreed to.
    risk_price : float
        What one more unit of risk would add to `value`; 0 where the limit does not bind.
    risk_limit_cost : float
        Cost of the risk limit: how much more would be found without it.
    today : date or None
        The day that it was made for; earlier days have no hours, unless all are earlier.
    """

    probability_map: ProbabilityMap
    ground: Segments
    assets: tuple[Asset, ...]
    dates: tuple[dt.date | None, ...]
    hours: Floats
    is_open: NDArray[np.bool_]
    probability: Floats
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
    risk_limit_cost: float = 0.0
    today: dt.date | None = None

    @cached_property
    def effort(self) -> Floats:
        """Hours in each segment, all assets and days together, shape (segments,)."""
        return np.asarray(self.hours.sum(axis=(0, 1)))

    @property
    def gap(self) -> float:
        """How much better another plan could be at most."""
        return max(0.0, self.upper_bound - self.value)

    @property
    def proof(self) -> str:
        """How good the plan is, in words."""
        if self.gap <= _TOLERANCE:
            return "proved optimal: no plan with the same hours is better"
        return f"no plan with the same hours finds it with more than {percent(self.upper_bound)}"

    @property
    def marginal_value(self) -> float:
        """What one more hour would add to `value`, where it adds most."""
        return float(self.price.max(initial=0.0))

    @property
    def cost(self) -> float:
        """What the hours cost."""
        rates = np.array([asset.cost_per_hour for asset in self.assets])
        return float(rates @ self.hours.sum(axis=(1, 2)))

    @property
    def rest_of_world_after(self) -> float:
        """Probability that it lies outside the map, once the plan has found nothing."""
        return self.probability_map.rest_of_world / max(1.0 - self.value, 1e-300)

    @property
    def break_even_value(self) -> float:
        """Value of the find, in the currency of the costs, below which an hour after the plan is not worth its cost.

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
        return [int(number) for number in used[np.argsort(-(self.probability / self.ground.m2)[used], kind="stable")]]

    @property
    def has_passed(self) -> bool:
        """Whether the last day of the plan is before the day that it was made for."""
        last = self.dates[-1] if self.dates else None
        return self.today is not None and last is not None and last < self.today

    @property
    def passed_days(self) -> int:
        """How many of its days are before the day that it was made for."""
        return sum(self.today is not None and date is not None and date < self.today for date in self.dates)

    @property
    def nothing_to_do(self) -> str:
        """Why there is nothing to plan, empty where there is."""
        if self.risk_budget == 0.0 and not self.hours.any() and self.risk_limit_cost > 0.0:
            return "every hour that would find anything is dangerous, and the risk limit is 0"
        if not self.is_open.any():
            return "all the ground is closed on every day of the plan"
        if not self.hours.any():
            return "there are no hours to spend, or nothing that sweeps any ground"
        return ""

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per day, asset and segment, in the order in which to search."""
        import pandas as pd

        columns = ["day", "date", "asset", "segment", "hours", "probability", "pod", "finds", "lon", "lat"]
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
                            "probability": round(float(self.probability[number]), 6),
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
            "marginal_value": round(self.marginal_value, 9),
            "day_by_day": round(self.day_by_day, 9),
            "closure_cost": {name: round(cost, 9) for name, cost in self.closure_cost.items()},
            "cost": round(self.cost, 2),
            "risk": float(f"{self.risk:.9g}"),
            "risk_budget": self.risk_budget,
            "risk_price": float(f"{self.risk_price:.9g}"),
            "risk_limit_cost": round(self.risk_limit_cost, 9),
            "rest_of_world_after": round(self.rest_of_world_after, 9),
            "break_even_value": None if math.isinf(self.break_even_value) else float(f"{self.break_even_value:.6g}"),
            "hours": round(float(self.hours.sum()), 6),
            "assets": [asset.to_dict() for asset in self.assets],
            "nothing_to_do": self.nothing_to_do,
            "passed_days": self.passed_days,
            "has_passed": self.has_passed,
            "segments": self._rows(),
        }

    def __repr__(self) -> str:
        """One-line summary."""
        if self.nothing_to_do:
            return f"Plan(nothing to do: {self.nothing_to_do})"
        segments = counted(len(self.order), "segment")
        return f"Plan({self.hours.sum():.3g} h in {segments} find it with {percent(self.value)}; {self.proof})"


_CLOSED_SHARE = 0.5  # a segment is closed when this share of its ground is


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """The planning problem: what can be found where, by which assets, when, and at what risk.

    Attributes
    ----------
    probability_map : ProbabilityMap
    ground : Segments
    assets : tuple of Asset
    dates : tuple of date or None
    probability, before : ndarray, shape (S,)
        Before the searches in hours, and the coverage these gave.
    budget : ndarray, shape (A, D)
        Hours.
    is_open : ndarray of bool, shape (D, S)
    risk : ndarray, shape (S,)
        Of one hour.
    risk_budget : float or None
    shape : float or None
    """

    probability_map: ProbabilityMap
    ground: Segments
    assets: tuple[Asset, ...]
    dates: tuple[dt.date | None, ...]
    probability: Floats
    before: Floats
    budget: Floats
    is_open: NDArray[np.bool_]
    risk: Floats
    risk_budget: float | None
    shape: float | None

    def solve(self, is_open: NDArray[np.bool_] | None = None) -> Schedule:
        """Return the best schedule, of these days or with other ground open."""
        return schedule(
            self.probability,
            self.ground.m2,
            np.array([asset.rate_m2 for asset in self.assets]),
            self.budget,
            self.is_open if is_open is None else is_open,
            before=self.before,
            shape=self.shape,
            risk=self.risk,
            risk_budget=self.risk_budget,
            tolerance=_TOLERANCE,
        )

    def with_assets(self, assets: Sequence[Asset]) -> Task:
        """Return the same task for other assets, each with its own hours; an asset that stays keeps its hours."""
        days = len(self.dates)
        had = {asset.name: row for asset, row in zip(self.assets, self.budget, strict=True)}
        rows = [had.get(asset.name, np.full(days, asset.hours)) for asset in assets]
        return replace(self, assets=tuple(assets), budget=np.array(rows).reshape(len(assets), days))


class PlanOptions(TypedDict, total=False):
    """What a plan may take into account beside the map and the assets; see :func:`plan`."""

    ground: Segments | None
    hours: float | None
    days: int
    start: dt.date | None
    closures: Sequence[Closure]
    shape: float | None
    dangers: Sequence[Danger]
    risk_budget: float | None
    spent: Mapping[tuple[str, dt.date], float]
    today: dt.date | None


def plan(probability_map: ProbabilityMap, assets: Sequence[Asset], **options: Unpack[PlanOptions]) -> Plan:
    """Plan the next days of searching.

    Parameters
    ----------
    probability_map : ProbabilityMap
        The map, with the searches so far in it.
    assets : sequence of Asset
        Who can search.
    ground : Segments, optional
        Where teams are sent; without it :func:`~karmalink.seek.segments` of the map's area.
    hours : float, optional
        Hours of each asset on each day; without it the asset's own.
    days : int
        How many; 1 by default.
    start : date, optional
        The first day; needed where something closes.
    closures : sequence of Closure
        Ground that closes.
    shape : float, optional
        Uncertainty of the sweep width, see `seek.search.detection_laws.miss`.
    dangers : sequence of Danger
        Ground that can hurt those who search it.
    risk_budget : float, optional
        Limit of the risk of all hours together, in the unit of the dangers; without it there is no limit.
    spent : mapping of (str, date) to float, optional
        Hours of an asset on a day that are used up: what the log of searches has of that day.
    today : date, optional
        Days before it have passed, with all their hours; where all of them have, the plan is what it was, and says so
        (:attr:`Plan.has_passed`).

    Raises
    ------
    InputError
        Hours, days or a risk out of range, no asset, or closures without a first day.
    """
    task = task_of(probability_map, assets, **options)
    closures = options.get("closures", ())
    best = task.solve()
    cost = {}
    for closure in closures:
        others = open_ground(task.ground, task.dates, [other for other in closures if other is not closure])
        cost[closure.name] = max(0.0, task.solve(others).value - best.value)
    without_limit = replace(task, risk_budget=None).solve().value if best.risk_price > 0 else best.value
    # (S,): p_s · (P(miss | coverage so far) − P(miss | with the plan's coverage))
    gain = task.probability * (miss(task.before, task.shape) - miss(task.before + best.coverage, task.shape))
    return Plan(
        probability_map=probability_map,
        ground=task.ground,
        assets=task.assets,
        dates=task.dates,
        hours=best.hours,
        is_open=task.is_open,
        probability=task.ground.sum(probability_map.probability),
        coverage=best.coverage,
        finds=gain,
        value=best.value,
        upper_bound=best.upper_bound,
        price=best.price,
        day_by_day=best.day_by_day,
        closure_cost=cost,
        risk=best.risk,
        risk_budget=task.risk_budget,
        risk_price=best.risk_price,
        risk_limit_cost=max(0.0, without_limit - best.value),
        today=options.get("today"),
    )


def task_of(probability_map: ProbabilityMap, assets: Sequence[Asset], **options: Unpack[PlanOptions]) -> Task:
    """Return the planning problem; parameters and errors are those of :func:`plan`."""
    hours, days, start = options.get("hours"), options.get("days", 1), options.get("start")
    closures, risk_budget = options.get("closures", ()), options.get("risk_budget")
    _check(assets, hours, days, start, closures, risk_budget)
    given = options.get("ground")
    ground = usual_ground(probability_map) if given is None else given
    first = None if start is None else start.toordinal()
    dates = tuple(None if first is None else dt.date.fromordinal(first + day) for day in range(days))
    probability, before = _probability(probability_map, ground)
    return Task(
        probability_map=probability_map,
        ground=ground,
        assets=tuple(assets),
        dates=dates,
        probability=probability,
        before=before,
        budget=_budget(assets, hours, dates, options.get("spent", {}), options.get("today")),
        is_open=open_ground(ground, dates, closures),
        risk=risk_per_hour(ground, options.get("dangers", ())),
        risk_budget=risk_budget,
        shape=options.get("shape"),
    )


def _budget(
    assets: Sequence[Asset],
    hours: float | None,
    dates: Sequence[dt.date | None],
    spent: Mapping[tuple[str, dt.date], float],
    today: dt.date | None,
) -> Floats:
    """Return the hours that each asset has left on each day, shape (A, D)."""
    is_over = today is not None and dates[-1] is not None and dates[-1] < today
    budget = np.array([[asset.hours if hours is None else hours] * len(dates) for asset in assets], dtype=np.float64)
    for day, date in enumerate(dates):
        if date is None:
            continue
        if today is not None and date < today and not is_over:
            budget[:, day] = 0.0
        for number, asset in enumerate(assets):
            budget[number, day] = max(0.0, budget[number, day] - spent.get((asset.name, date), 0.0))
    return budget


def usual_ground(probability_map: ProbabilityMap) -> Segments:
    """Return the segments of the searches so far, or of the map's area where nothing was searched."""
    searched = probability_map.searched
    return segments(probability_map.area) if searched is None else searched.ground


def risk_per_hour(ground: Segments, dangers: Sequence[Danger]) -> Floats:
    """Return the risk of one hour in each segment: dangers add up, each in proportion to its share of the ground."""
    risk = np.zeros(len(ground))
    for danger in dangers:
        share = np.zeros(len(ground))
        if danger.geometry is not None:
            inside = ground.area.inside(danger.geometry).astype(np.float64)
            share = ground.sum(inside) * ground.area.cell_m2 / ground.m2
        share[[ground.number(name) for name in danger.segments]] = 1.0
        risk += danger.risk_per_hour * share
    return risk


def _probability(probability_map: ProbabilityMap, ground: Segments) -> tuple[Floats, Floats]:
    """Return the probability of the segments before searches in hours, and the coverage that these gave.

    An uncertain sweep width is shared by all passes: what comes next starts from the coverage so far, not from 0.
    """
    searched, before = probability_map.searched, probability_map.before
    if searched is None or before is None or searched.ground is not ground:
        return ground.sum(probability_map.probability), np.zeros(len(ground))
    # (S,): Σ_x p_before(x) of the segment · what searches without hours left of it / P(nothing found)
    return ground.sum(before.probability) * searched.other_miss / searched.probability_of_nothing, searched.coverage


def open_ground(ground: Segments, dates: Sequence[dt.date | None], closures: Sequence[Closure]) -> NDArray[np.bool_]:
    """Return which segments may be entered on which day, shape (days, segments); half closed is closed."""
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
    assets: Sequence[Asset],
    hours: float | None,
    days: int,
    start: dt.date | None,
    closures: Sequence[Closure],
    risk_budget: float | None,
) -> None:
    if risk_budget is not None and not (math.isfinite(risk_budget) and risk_budget >= 0):
        raise InputError(f"risk_budget must be 0 or more, got {risk_budget}")
    if not assets:
        raise InputError("assets are missing", rule="a plan needs at least one asset")
    if hours is not None and not (math.isfinite(hours) and hours >= 0):
        raise InputError(f"hours must be 0 or more, got {hours}")
    if not 1 <= days <= 366:
        raise InputError(f"days must be 1 to 366, got {days}")
    if start is not None and start.toordinal() + days > dt.date.max.toordinal():
        raise InputError(
            "the plan goes beyond the year 9999", where=f"start {start}", next_step="correct its first day"
        )
    if closures and start is None:
        raise InputError(
            "the first day of the plan is missing, and ground closes on a date",
            next_step="say when the plan starts (start = 2030-01-31)",
        )
