"""The best use of several assets over several days when ground closes: a concave problem, solved with a certificate.

    maximise Σ_s p_s · POD(z_s),  z_s = Σ_{a,d} rate_{a,s} · e_{a,d,s} / A_s
    subject to Σ_s e_{a,d,s} ≤ hours_{a,d},  e ≥ 0,  e = 0 where closed

and, where searching is dangerous, Σ risk_{a,s} · e_{a,d,s} ≤ the limit. One asset on one kind of day is solved exactly,
and improving them in turn climbs to the optimum (`seek.planning.schedule_search`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karmalink.base.arrays import Floats
from karmalink.base.wording import percent
from karmalink.errors import InputError
from karmalink.seek.planning.allocation import allocate
from karmalink.seek.planning.schedule_search import HourBudget, Problem
from karmalink.seek.search.detection_laws import miss

__all__ = ["Schedule", "schedule"]


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """Hours of every asset on every day in every segment.

    Attributes
    ----------
    hours : ndarray, shape (assets, days, segments)
        The plan.
    coverage : ndarray, shape (segments,)
        z_s at its end.
    value : float
        Probability of success.
    upper_bound : float
        No plan with the same hours is worth more.
    price : ndarray, shape (assets, days)
        Marginal value: what one more hour of an asset on a day would add.
    day_by_day : float
        Value of planning each day only when it comes, without knowing what closes later; without a risk limit.
    risk : float
        Risk that the plan runs, Σ risk · hours.
    risk_price : float
        What one more unit of risk would add; 0 where the limit does not bind.
    """

    hours: Floats
    coverage: Floats
    value: float
    upper_bound: float
    price: Floats
    day_by_day: float
    risk: float = 0.0
    risk_price: float = 0.0

    @property
    def gap(self) -> float:
        """How much better another plan could be at most."""
        return max(0.0, self.upper_bound - self.value)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers except the hours."""
        return {
            "value": self.value,
            "upper_bound": self.upper_bound,
            "gap": self.gap,
            "day_by_day": self.day_by_day,
            "risk": self.risk,
            "risk_price": self.risk_price,
            "coverage": self.coverage.tolist(),
        }

    def __repr__(self) -> str:
        """One-line summary."""
        day_by_day, bound = percent(self.day_by_day), percent(self.upper_bound)
        return f"Schedule(finds it with {percent(self.value)}, day by day {day_by_day}, bound {bound})"


def schedule(
    probability: ArrayLike,
    areas: ArrayLike,
    rates: ArrayLike,
    hours: ArrayLike,
    is_open: ArrayLike | None = None,
    *,
    before: ArrayLike | None = None,
    shape: float | None = None,
    risk: ArrayLike | None = None,
    risk_budget: float | None = None,
    tolerance: float = 1e-7,
) -> Schedule:
    """Plan assets × days × segments.

    Parameters
    ----------
    probability, areas : array_like, shape (S,)
        p_s, and A_s in m² (or any unit).
    rates : array_like, shape (A,) or (A, S)
        Area swept per hour, in the unit of `areas`.
    hours : array_like, shape (A, D)
        Hours of each asset on each day.
    is_open : array_like of bool, shape (D, S), optional
        Which segments may be entered on which day.
    before : array_like, shape (S,), optional
        Coverage that the segments already have.
    shape : float, optional
        Uncertainty of the sweep width, see `seek.search.detection_laws.miss`.
    risk : array_like, shape (S,) or (A, S), optional
        Risk of one hour in each segment.
    risk_budget : float, optional
        Limit of the risk of all hours together; without it there is no limit.
    tolerance : float
        Stop when the certified gap is at most this, or after 400 rounds: the gap is returned either way.

    Raises
    ------
    InputError
        NaN, negative numbers, or shapes that do not fit.
    """
    p, size = np.asarray(probability, dtype=np.float64), np.asarray(areas, dtype=np.float64)
    hours_of_day = np.atleast_2d(np.asarray(hours, dtype=np.float64))
    rate = np.asarray(rates, dtype=np.float64)
    rate = np.broadcast_to(rate[:, None] if rate.ndim == 1 else rate, (hours_of_day.shape[0], p.size))
    ground = (
        np.ones((hours_of_day.shape[1], p.size), dtype=bool) if is_open is None else np.asarray(is_open, dtype=bool)
    )
    base = np.zeros_like(p) if before is None else np.asarray(before, dtype=np.float64)
    danger = np.zeros_like(p) if risk is None else np.asarray(risk, dtype=np.float64)
    danger = np.broadcast_to(danger, rate.shape)
    _check(p, size, rate, hours_of_day, ground, base, danger)
    problem = Problem(p, base, _hour_budgets(p, size, rate, hours_of_day, ground, danger), shape)
    if risk_budget is None:
        best, mu = problem.climb(tolerance), 0.0
    elif not risk_budget >= 0.0:
        raise InputError(f"risk_budget must be 0 or more, got {risk_budget}")
    else:
        best, mu = problem.within(float(risk_budget), tolerance)
    price, plan = np.zeros_like(hours_of_day), np.zeros((*hours_of_day.shape, p.size))
    for budget, coverage, marginal in zip(problem.budgets, best.spent, problem.prices(best.total, mu), strict=True):
        price[budget.asset, budget.days] = marginal
        plan[budget.asset, budget.days] = _by_days(p, budget, coverage, hours_of_day[budget.asset, budget.days])
    alone = _day_by_day(p, base, size, rate, hours_of_day, ground, shape)
    return Schedule(plan, best.total, best.value, best.bound, price, alone, best.risk, mu)


def _hour_budgets(
    p: Floats, size: Floats, rate: Floats, hours_of_day: Floats, ground: NDArray[np.bool_], danger: Floats
) -> list[HourBudget]:
    """Return one hour budget per asset and kind of day, the most closed days first.

    Where ground only ever closes (each kind of day has a subset of what is open before it) and an asset is equally fast
    everywhere, the first round is then optimal already: using more ground never takes back what less ground got.
    """
    kinds, kind_of = np.unique(ground, axis=0, return_inverse=True)
    kind_of = kind_of.reshape(-1)
    budgets = []
    for kind in np.argsort(kinds.sum(axis=1), kind="stable"):
        days = np.flatnonzero(kind_of == kind)
        for asset in range(hours_of_day.shape[0]):
            cost = _cost(size, rate[asset], kinds[kind])
            budgets.append(HourBudget.of(asset, days, cost, float(hours_of_day[asset, days].sum()), p, danger[asset]))
    return budgets


def _cost(size: Floats, rate: Floats, is_open: NDArray[np.bool_]) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(is_open & (rate > 0) & (size > 0), size / rate, np.inf)


def _by_days(p: Floats, budget: HourBudget, coverage: Floats, hours: Floats) -> Floats:
    """Give the hours of a budget to its days in order, the best segments first; shape (days, segments)."""
    need = np.where(coverage > 0, coverage * np.where(np.isfinite(budget.cost), budget.cost, 0.0), 0.0)
    order = np.argsort(-p / budget.cost, kind="stable")
    edges = np.concatenate([[0.0], np.cumsum(need[order])])
    ends = np.concatenate([[0.0], np.cumsum(hours)])
    low, high = np.maximum(edges[None, :-1], ends[:-1, None]), np.minimum(edges[None, 1:], ends[1:, None])
    by_day = np.zeros((hours.size, p.size))
    by_day[:, order] = np.maximum(0.0, high - low)
    return by_day


def _day_by_day(
    p: Floats,
    base: Floats,
    size: Floats,
    rate: Floats,
    hours_of_day: Floats,
    ground: NDArray[np.bool_],
    shape: float | None,
) -> float:
    total = base.copy()
    for day in range(hours_of_day.shape[1]):
        for asset in range(hours_of_day.shape[0]):
            cost = _cost(size, rate[asset], ground[day])
            total = total + allocate(p, cost, float(hours_of_day[asset, day]), before=total, shape=shape).coverage
    return float(p @ (miss(base, shape) - miss(total, shape)))


def _check(
    p: Floats, size: Floats, rate: Floats, hours_of_day: Floats, ground: NDArray[np.bool_], base: Floats, danger: Floats
) -> None:
    fits = p.ndim == 1 and p.shape == size.shape == base.shape and ground.shape == (hours_of_day.shape[1], p.size)
    if not fits:
        raise InputError(
            f"probabilities {p.shape}, areas {size.shape}, hours {hours_of_day.shape}, open {ground.shape}",
            rule="probabilities and areas per segment, hours per asset and day, open per day and segment",
        )
    for name, values in (
        ("probability", p),
        ("area", size),
        ("rate", rate),
        ("hours", hours_of_day),
        ("coverage", base),
        ("risk", danger),
    ):
        if not (np.isfinite(values) & (values >= 0)).all():
            raise InputError(f"{name} must be 0 or more, and finite")
