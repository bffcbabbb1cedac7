"""The best schedule, one hour budget after the other, with the proof how near it is.

The objective is smooth and concave and the hour budgets do not share hours, so improving them in turn climbs to the
optimum (Bertsekas 1999, *Nonlinear Programming*, prop. 2.7.1). The bound is the Lagrange dual at the
prices that the climb has found: it holds whatever the prices are (weak duality), and is never above that of Frank &
Wolfe (1956).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats

__all__ = ["Climb", "HourBudget", "Problem", "best_coverage", "gain", "hours_of", "slope"]

# One asset on one kind of day: the best use of its hours on top of what the others do, at a price of risk.
#
# An hour is worth ``p_s · m'(z_s) / a_s``, the same λ in every segment that is searched, with m' the slope of the
# probability of detection and a_s the hours that add 1 to the coverage. Where an hour is dangerous it must be worth
# λ + μ·r_s: μ is the price of one unit of risk. Hours that are worth less than their risk stay unspent (then λ = 0).

_FILLING_ROUNDS = 60
_DEEPEST = 700.0  # e^−700 is the smallest price a double holds


@dataclass(frozen=True, slots=True, eq=False)
class HourBudget:
    """The hours of one asset on all the days on which the same ground is open: to the objective these days are alike.

    Attributes
    ----------
    asset : int
    days : ndarray of int
    cost : ndarray, shape (S,)
        Hours that give each segment a coverage of 1; infinite where closed.
    hours : float
    where : ndarray of int
        Segments of the asset in which there is something to find.
    need, density, danger : ndarray, shape (len(where),)
        There: `cost`, p over it, and risk of one hour.
    """

    asset: int
    days: NDArray[np.int64]
    cost: Floats
    hours: float
    where: NDArray[np.intp]
    need: Floats
    density: Floats
    log_density: Floats
    danger: Floats

    @classmethod
    def of(cls, asset: int, days: NDArray[np.int64], cost: Floats, hours: float, p: Floats, risk: Floats) -> HourBudget:
        """Return the hour budget of an asset; segments in which there is nothing to find are left out."""
        with np.errstate(divide="ignore", invalid="ignore"):
            where = np.flatnonzero(np.isfinite(cost) & (cost > 0) & (p / cost >= np.finfo(np.float64).tiny))
        need = cost[where]
        density = p[where] / need
        return cls(asset, days, cost, hours, where, need, density, np.log(density), risk[where])


def slope(coverage: Floats, shape: float | None) -> Floats:
    """Return the slope of the probability of detection at a coverage."""
    return np.asarray(np.exp(-coverage) if shape is None else (1.0 + coverage / shape) ** (-shape - 1.0))


def best_coverage(log_density: Floats, price: Floats, base: Floats, shape: float | None) -> Floats:
    """Return the coverage that each segment gets on top of `base` when an hour costs `price` there, shape (S,)."""
    with np.errstate(divide="ignore"):
        worth = log_density - np.log(price)
    if shape is None:
        return np.maximum(0.0, worth - base)
    return np.maximum(0.0, shape * np.expm1(np.minimum(worth, _DEEPEST) / (shape + 1.0)) - base)


def gain(p: Floats, coverage: Floats, base: Floats, shape: float | None) -> Floats:
    """Return by how much a coverage on top of `base` raises the probability of finding it, shape (S,)."""
    if shape is None:
        return np.asarray(-p * np.exp(-base) * np.expm1(-coverage))
    return np.asarray(p * ((1.0 + base / shape) ** -shape - (1.0 + (base + coverage) / shape) ** -shape))


def hours_of(
    budget: HourBudget, base: Floats, shape: float | None, mu: float, guess: float = 0.0
) -> tuple[Floats, float]:
    """Return the coverage that an hour budget adds where it can, and λ.

    Parameters
    ----------
    budget : HourBudget
    base : ndarray, shape (len(budget.where),)
        Coverage that the others give there.
    shape : float or None
        See `seek.search.detection_laws.miss`.
    mu : float
        Price of risk.
    guess : float
        A λ to start from; 0: none.
    """
    if not budget.where.size:
        return np.zeros(0), 0.0
    if budget.hours <= 0.0:
        worth = budget.density * slope(base, shape) - mu * budget.danger
        return np.zeros(budget.where.size), max(0.0, float(worth.max()))
    if shape is None and (mu == 0.0 or not budget.danger.any()):
        return _by_dropping(budget, base)
    return _by_newton(budget, base, shape, mu, guess)


def _by_dropping(budget: HourBudget, base: Floats) -> tuple[Floats, float]:
    """Solve for λ exactly: drop segments that are not worth the price until the rest agree (finite; Michelot 1986)."""
    # (k,): ln(p_s/a_s) − z_s so far; then z_s = max(0, level_s − ln λ) with Σ a_s z_s = hours
    level = budget.log_density - base
    need, kept = budget.need, level
    while True:
        # ln λ = (Σ a_s · level_s − hours) / Σ a_s over the segments that are kept
        log_price = (need @ kept - budget.hours) / need.sum()
        keep = kept > log_price
        if keep.all() or not keep.any():
            break
        need, kept = need[keep], kept[keep]
    return np.maximum(0.0, level - log_price), float(np.exp(max(log_price, -_DEEPEST)))


def _by_newton(budget: HourBudget, base: Floats, shape: float | None, mu: float, guess: float) -> tuple[Floats, float]:
    """Solve for λ by Newton's method in its logarithm, within a bracket: at a higher price fewer hours are spent."""
    # (k,): μ · r_s, what the risk of an hour adds to its price
    extra = mu * budget.danger
    if (extra > 0).all():
        coverage = best_coverage(budget.log_density, extra, base, shape)
        if float(budget.need @ coverage) <= budget.hours:
            return coverage, 0.0
    low, high = -_DEEPEST, float(budget.log_density.max())
    at = min(max(np.log(guess) if guess > 0 else high - 1.0, low), high)
    for _ in range(_FILLING_ROUNDS):
        # (k,): the price λ + μ·r_s, the coverage that it buys, and the hours beyond the budget that this takes
        price = np.exp(at) + extra
        coverage = best_coverage(budget.log_density, price, base, shape)
        over = float(budget.need @ coverage) - budget.hours
        if over > 0:
            low = at
        else:
            high = at
        if abs(over) <= 1e-12 * budget.hours or high - low <= 1e-14 * abs(high):
            break
        # −d hours / d ln λ = Σ a_s · λ/price_s, with an uncertain sweep width times (z_s + α)/(α + 1)
        fall = np.exp(at) / price
        if shape is not None:
            fall = fall * (coverage + base + shape) / (shape + 1.0)
        steep = float(budget.need @ np.where(coverage > 0, fall, 0.0))
        step = at + over / steep if steep > 0 else high
        at = step if low < step < high else 0.5 * (max(low, high - 2.0 * (high - at) - 8.0) + high)
        at = at if low < at < high else 0.5 * (low + high)
    hours = float(budget.need @ coverage)
    return coverage * min(1.0, budget.hours / max(hours, 1e-300)), float(np.exp(at))


_ROUNDS = 400
_RISK_ROUNDS = 60
_INNER = 0.25  # of the gap may be that of the two schedules that are mixed
_TIGHTER = 0.7


@dataclass(frozen=True, slots=True, eq=False)
class Climb:
    """A schedule on the way to the best one.

    Attributes
    ----------
    spent : list of ndarray, shape (S,)
        Coverage by hour budget.
    total : ndarray, shape (S,)
        Their sum.
    value, bound, risk : float
    dual : float
        The Lagrange dual. A schedule that runs more risk than allowed may have a higher value; `bound` is then that.
    """

    spent: list[Floats]
    total: Floats
    value: float
    bound: float
    risk: float
    dual: float


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """What there is to find, what was searched before, and who can search.

    Attributes
    ----------
    p, base : ndarray, shape (S,)
        Probability and coverage so far.
    budgets : sequence of HourBudget
    shape : float or None
        Uncertainty of the sweep width.
    """

    p: Floats
    base: Floats
    budgets: Sequence[HourBudget]
    shape: float | None

    def climb(self, tolerance: float, mu: float = 0.0, start: Climb | None = None, allowed: float = 0.0) -> Climb:
        """Return the best schedule, up to a gap, when a unit of risk costs μ and `allowed` units are free."""
        # (S,) per budget: the coverage it gives; (S,): their sum
        spent = [np.zeros_like(self.p) for _ in self.budgets] if start is None else [own.copy() for own in start.spent]
        total = np.sum(spent, axis=0) if spent else np.zeros_like(self.p)
        schedule = self._at(spent, total, mu, allowed)
        prices = [0.0] * len(spent)
        for _ in range(_ROUNDS):
            for number, (budget, own) in enumerate(zip(self.budgets, spent, strict=True)):
                where = budget.where
                # The best use of this budget's hours on top of what the others give
                others = np.maximum(0.0, total[where] - own[where])
                base = self.base[where] + others
                own[where], prices[number] = hours_of(budget, base, self.shape, mu, prices[number])
                total[where] = others + own[where]
            schedule = self._at(spent, total, mu, allowed)
            # Gap = dual − (value − μ·(risk − allowed))
            if schedule.dual - (schedule.value - mu * (schedule.risk - allowed)) <= tolerance:
                break
        return schedule

    def within(self, limit: float, tolerance: float) -> tuple[Climb, float]:
        """Return the best schedule within a limit of risk, and the price μ of a unit of risk.

        The risk falls as μ rises, so μ is found between a price that is too low and one that is not, by false position
        on the logarithm of the risk (Illinois; Dowell & Jarratt 1971). A mixture of the two schedules runs exactly the
        limit.
        """
        risky = self.climb(tolerance)
        if risky.risk <= limit:
            return risky, 0.0
        risky, safe, low, high = self._around(risky, limit, tolerance)
        best, price, inner = safe, high, _INNER * tolerance
        ceiling = safe.dual
        over, under = _excess(risky, limit), _excess(safe, limit)
        for _ in range(_RISK_ROUNDS):
            steady = over > 0.0 > under and math.isfinite(over - under)
            mu = low + (high - low) * over / (over - under) if steady else 0.5 * (low + high)
            mixed = self._mixed(risky, safe, limit, mu)
            best = max(best, mixed, key=lambda schedule: schedule.value)
            # The dual holds at any price and for any schedule, so the lowest of all of them does.
            ceiling, price = min((ceiling, price), (mixed.dual, mu))
            if ceiling - best.value <= tolerance or high - low <= 1e-12 * high:
                break
            tried = self.climb(max(inner, 1e-9), mu, mixed, limit)
            ceiling, price = min((ceiling, price), (tried.dual, mu))
            inner *= _TIGHTER  # or the uncertain risk of a climb that stopped early would close the bracket
            if tried.risk > limit:
                risky, low, over, under = tried, mu, _excess(tried, limit), 0.5 * under
            else:
                safe, high, over, under = tried, mu, 0.5 * over, _excess(tried, limit)
        return replace(best, bound=max(best.value, ceiling)), price

    def _around(self, risky: Climb, limit: float, tolerance: float) -> tuple[Climb, Climb, float, float]:
        """Return a schedule that runs too much risk, one that does not, and the prices of risk of the two."""
        # p_s / (a_s · r_s): the price of risk above which no dangerous hour is spent
        per_risk = [b.density[b.danger > 0] / b.danger[b.danger > 0] for b in self.budgets if b.hours > 0]
        dearest = max((float(values.max()) for values in per_risk if values.size), default=1.0)
        prices = self.prices(risky.total, 0.0)
        # The value of all hours over the risk they run: of the size of the price that halves the risk.
        hours = sum(price * budget.hours for price, budget in zip(prices, self.budgets, strict=True))
        low, high = 0.0, min(hours / risky.risk, dearest) or 1e-3 * dearest
        while True:
            tried = self.climb(_INNER * tolerance, high, risky, limit)
            if tried.risk <= limit or high > 2.0 * dearest:
                return risky, tried, low, high
            risky, low, high = tried, high, 4.0 * high

    def _mixed(self, risky: Climb, safe: Climb, limit: float, mu: float) -> Climb:
        """Return the mixture of two schedules that runs exactly the limit: the value is concave in the hours."""
        room = risky.risk - safe.risk
        part = min(1.0, max(0.0, (limit - safe.risk) / room)) if room > 0 else 0.0
        pairs = zip(risky.spent, safe.spent, strict=True)
        spent = [part * risky_spent + (1.0 - part) * safe_spent for risky_spent, safe_spent in pairs]
        return self._at(spent, np.sum(spent, axis=0), mu, limit)

    def prices(self, total: Floats, mu: float) -> list[float]:
        """Return λ of every budget: what one more of its hours would add, where it adds most, net of its risk."""
        # λ = max_s [p_s · m'(z_s) / a_s − μ · r_s], at least 0
        steep = slope(self.base + total, self.shape)
        return [
            max(0.0, float((budget.density * steep[budget.where] - mu * budget.danger).max(initial=0.0)))
            for budget in self.budgets
        ]

    def _at(self, spent: list[Floats], total: Floats, mu: float, allowed: float) -> Climb:
        # Σ_s p_s · (P(miss | base) − P(miss | base + z_s)), and Σ r_s · hours_s
        value = float(gain(self.p, total, self.base, self.shape).sum())
        risk = float(sum((b.danger * b.need) @ own[b.where] for b, own in zip(self.budgets, spent, strict=True)))
        dual = self._dual(total, mu, allowed)
        return Climb([own.copy() for own in spent], total.copy(), value, max(value, dual), risk, dual)

    def _dual(self, total: Floats, mu: float, allowed: float) -> float:
        """Return max over schedules of (value − cost at the prices), plus the price of all hours and all risk."""
        prices = self.prices(total, mu)
        # (S,): the lowest price of one unit of coverage, min over budgets of (λ + μ·r_s)·a_s
        cheapest = np.full(self.p.size, np.inf)
        for budget, price in zip(self.budgets, prices, strict=True):
            there = (price + mu * budget.danger) * budget.need
            cheapest[budget.where] = np.minimum(cheapest[budget.where], there)
        hours = sum(price * budget.hours for price, budget in zip(prices, self.budgets, strict=True))
        used = np.isfinite(cheapest)
        p, base, cost = self.p[used], self.base[used], cheapest[used]
        # At a price of 0 everything is found: where nothing limits the search, the bound is what is left to find.
        free = cost <= 0.0
        with np.errstate(divide="ignore"):
            # (S,): the coverage at which p_s · m'(z_s) = cost_s, and what it gains beyond its cost
            best = best_coverage(np.log(p), np.where(free, 1.0, cost), base, self.shape)
        net = gain(p, best, base, self.shape) - cost * best
        left = p * np.exp(-base) if self.shape is None else p * (1.0 + base / self.shape) ** -self.shape
        return float(np.where(free, left, net).sum()) + hours + mu * allowed


def _excess(schedule: Climb, limit: float) -> float:
    """Return the logarithm of the risk of a schedule over the limit."""
    if schedule.risk > 0.0 and limit > 0.0:
        return math.log(schedule.risk / limit)
    return math.inf if schedule.risk > limit else -math.inf
