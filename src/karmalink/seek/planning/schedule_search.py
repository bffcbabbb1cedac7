"""From block to block up to the best schedule, with the proof of how near it is.

The objective is smooth and concave and the hours of the blocks do not touch each other, so taking the blocks in turn
climbs to the optimum (Bertsekas 1999, *Nonlinear Programming*, prop. 2.7.1). The bound is the Lagrange dual at the
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

# One asset on one kind of day: the best use of its hours on top of what the others do, at a price of danger.
#
# An hour is worth ``p_s · m'(z_s) / a_s``, the same λ in every segment that is searched, with m' the slope of the
# probability of detection and a_s the hours that add 1 to the coverage. Where an hour is dangerous it must be worth
# λ + μ·r_s: μ is what one unit of risk costs. Hours that are not worth even their risk stay unspent (then λ = 0).

_FILLING_ROUNDS = 60
_DEEPEST = 700.0  # e^−700 is the smallest price a double holds


@dataclass(frozen=True, slots=True, eq=False)
class HourBudget:
    """One asset on all the days on which the same ground is open: they differ in nothing the objective sees.

    Attributes
    ----------
    asset : int
    days : ndarray of int
    cost : ndarray, shape (S,)
        Hours that give each segment a coverage of 1; infinite where closed.
    hours : float
    where : ndarray of int
        Segments with anything to find that the asset can search.
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
        """Return the block of an asset; segments in which nothing is to be found are left out."""
        with np.errstate(divide="ignore", invalid="ignore"):
            where = np.flatnonzero(np.isfinite(cost) & (cost > 0) & (p / cost >= np.finfo(np.float64).tiny))
        need = cost[where]
        density = p[where] / need
        return cls(asset, days, cost, hours, where, need, density, np.log(density), risk[where])


def slope(coverage: Floats, shape: float | None) -> Floats:
    """Return the slope of the probability of detection at a coverage."""
    return np.asarray(np.exp(-coverage) if shape is None else (1.0 + coverage / shape) ** (-shape - 1.0))


def best_coverage(log_density: Floats, price: Floats, base: Floats, shape: float | None) -> Floats:
    """Return what each segment gets on top of `base` when an hour costs `price` there."""
    with np.errstate(divide="ignore"):
        worth = log_density - np.log(price)
    if shape is None:
        return np.maximum(0.0, worth - base)
    return np.maximum(0.0, shape * np.expm1(np.minimum(worth, _DEEPEST) / (shape + 1.0)) - base)


def gain(p: Floats, coverage: Floats, base: Floats, shape: float | None) -> Floats:
    """Return by how much a coverage on top of `base` raises the probability of finding it."""
    if shape is None:
        return np.asarray(-p * np.exp(-base) * np.expm1(-coverage))
    return np.asarray(p * ((1.0 + base / shape) ** -shape - (1.0 + (base + coverage) / shape) ** -shape))


def hours_of(
    block: HourBudget, base: Floats, shape: float | None, mu: float, guess: float = 0.0
) -> tuple[Floats, float]:
    """Return the coverage that the block adds where it can, and λ.

    Parameters
    ----------
    block : Block
    base : ndarray, shape (len(block.where),)
        Coverage that the others give there.
    shape : float or None
        See `seek.search.detection_laws.miss`.
    mu : float
        Price of risk.
    guess : float
        A λ to start from; 0: none.
    """
    if not block.where.size:
        return np.zeros(0), 0.0
    if block.hours <= 0.0:
        worth = block.density * slope(base, shape) - mu * block.danger
        return np.zeros(block.where.size), max(0.0, float(worth.max()))
    if shape is None and (mu == 0.0 or not block.danger.any()):
        return _exact(block, base)
    return _searched(block, base, shape, mu, guess)


def _exact(block: HourBudget, base: Floats) -> tuple[Floats, float]:
    """Solve for λ exactly: drop segments that are not worth the price until the rest agree (finite; Michelot 1986)."""
    level = block.log_density - base
    need, kept = block.need, level
    while True:
        log_price = (need @ kept - block.hours) / need.sum()
        keep = kept > log_price
        if keep.all() or not keep.any():
            break
        need, kept = need[keep], kept[keep]
    return np.maximum(0.0, level - log_price), float(np.exp(max(log_price, -_DEEPEST)))


def _searched(block: HourBudget, base: Floats, shape: float | None, mu: float, guess: float) -> tuple[Floats, float]:
    """Solve for λ by Newton's method in its logarithm, kept within a bracket: dearer hours are spent less."""
    extra = mu * block.danger
    if (extra > 0).all():
        found = best_coverage(block.log_density, extra, base, shape)
        if float(block.need @ found) <= block.hours:
            return found, 0.0
    low, high = -_DEEPEST, float(block.log_density.max())
    at = min(max(np.log(guess) if guess > 0 else high - 1.0, low), high)
    for _ in range(_FILLING_ROUNDS):
        price = np.exp(at) + extra
        found = best_coverage(block.log_density, price, base, shape)
        over = float(block.need @ found) - block.hours
        if over > 0:
            low = at
        else:
            high = at
        if abs(over) <= 1e-12 * block.hours or high - low <= 1e-14 * abs(high):
            break
        fall = np.exp(at) / price
        if shape is not None:
            fall = fall * (found + base + shape) / (shape + 1.0)
        steep = float(block.need @ np.where(found > 0, fall, 0.0))
        step = at + over / steep if steep > 0 else high
        at = step if low < step < high else 0.5 * (max(low, high - 2.0 * (high - at) - 8.0) + high)
        at = at if low < at < high else 0.5 * (low + high)
    hours = float(block.need @ found)
    return found * min(1.0, block.hours / max(hours, 1e-300)), float(np.exp(at))


_ROUNDS = 400
_RISK_ROUNDS = 60
_INNER = 0.25  # of the gap may be that of the two schedules that are mixed
_TIGHTER = 0.7


@dataclass(frozen=True, slots=True, eq=False)
class Climb:
    """Where the climb has come to.

    Attributes
    ----------
    spent : list of ndarray, shape (S,)
        Coverage by block.
    total : ndarray, shape (S,)
        Their sum.
    value, bound, risk : float
    dual : float
        The Lagrange dual. A schedule that runs more risk than allowed may be worth more; then `bound` is its value.
    """

    spent: list[Floats]
    total: Floats
    value: float
    bound: float
    risk: float
    dual: float


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """What is to be found, what was searched before, and who can search.

    Attributes
    ----------
    p, base : ndarray, shape (S,)
        Probability and coverage so far.
    blocks : sequence of Block
    shape : float or None
        Doubt about the sweep width.
    """

    p: Floats
    base: Floats
    blocks: Sequence[HourBudget]
    shape: float | None

    def climb(self, tolerance: float, mu: float = 0.0, start: Climb | None = None, allowed: float = 0.0) -> Climb:
        """Return the best schedule when a unit of risk costs μ and `allowed` of it may be run, up to a gap."""
        spent = [np.zeros_like(self.p) for _ in self.blocks] if start is None else [mine.copy() for mine in start.spent]
        total = np.sum(spent, axis=0) if spent else np.zeros_like(self.p)
        found = self._at(spent, total, mu, allowed)
        prices = [0.0] * len(spent)
        for _ in range(_ROUNDS):
            for number, (block, mine) in enumerate(zip(self.blocks, spent, strict=True)):
                where = block.where
                others = np.maximum(0.0, total[where] - mine[where])
                base = self.base[where] + others
                mine[where], prices[number] = hours_of(block, base, self.shape, mu, prices[number])
                total[where] = others + mine[where]
            found = self._at(spent, total, mu, allowed)
            if found.dual - (found.value - mu * (found.risk - allowed)) <= tolerance:
                break
        return found

    def within(self, budget: float, tolerance: float) -> tuple[Climb, float]:
        """Return the best schedule that runs no more than a budget of risk, and the price μ of a unit of risk.

        What is run falls as μ rises, so μ is found between a price that is too low and one that is not, by false
        position on the logarithm of the risk (Illinois; Dowell & Jarratt 1971). A mixture of the two schedules runs
        just the budget.
        """
        rash = self.climb(tolerance)
        if rash.risk <= budget:
            return rash, 0.0
        rash, safe, low, high = self._around(rash, budget, tolerance)
        best, price, inner = safe, high, _INNER * tolerance
        ceiling = safe.dual
        over, under = _excess(rash, budget), _excess(safe, budget)
        for _ in range(_RISK_ROUNDS):
            steady = over > 0.0 > under and math.isfinite(over - under)
            mu = low + (high - low) * over / (over - under) if steady else 0.5 * (low + high)
            mixed = self._mixed(rash, safe, budget, mu)
            best = max(best, mixed, key=lambda found: found.value)
            # The dual holds at any price and any schedule, so the lowest of all that were seen does.
            ceiling, price = min((ceiling, price), (mixed.dual, mu))
            if ceiling - best.value <= tolerance or high - low <= 1e-12 * high:
                break
            tried = self.climb(max(inner, 1e-9), mu, mixed, budget)
            ceiling, price = min((ceiling, price), (tried.dual, mu))
            inner *= _TIGHTER  # or the doubt about the risk of a climb that stopped early would close the bracket
            if tried.risk > budget:
                rash, low, over, under = tried, mu, _excess(tried, budget), 0.5 * under
            else:
                safe, high, over, under = tried, mu, 0.5 * over, _excess(tried, budget)
        return replace(best, bound=max(best.value, ceiling)), price

    def _around(self, rash: Climb, budget: float, tolerance: float) -> tuple[Climb, Climb, float, float]:
        """Return a schedule that runs too much risk, one that does not, and the prices of risk of the two."""
        worth = [
            block.density[block.danger > 0] / block.danger[block.danger > 0] for block in self.blocks if block.hours > 0
        ]
        dearest = max((float(values.max()) for values in worth if values.size), default=1.0)
        prices = self.prices(rash.total, 0.0)
        # What all hours are worth together, by the risk they run: of the size of the price that halves the risk.
        hours = sum(price * block.hours for price, block in zip(prices, self.blocks, strict=True))
        low, high = 0.0, min(hours / rash.risk, dearest) or 1e-3 * dearest
        while True:
            tried = self.climb(_INNER * tolerance, high, rash, budget)
            if tried.risk <= budget or high > 2.0 * dearest:
                return rash, tried, low, high
            rash, low, high = tried, high, 4.0 * high

    def _mixed(self, rash: Climb, safe: Climb, budget: float, mu: float) -> Climb:
        """Return the mixture of two schedules that runs just the budget: the value is concave in the hours."""
        room = rash.risk - safe.risk
        part = min(1.0, max(0.0, (budget - safe.risk) / room)) if room > 0 else 0.0
        spent = [part * one + (1.0 - part) * other for one, other in zip(rash.spent, safe.spent, strict=True)]
        return self._at(spent, np.sum(spent, axis=0), mu, budget)

    def prices(self, total: Floats, mu: float) -> list[float]:
        """Return λ of every block: what one more of its hours would add, where it adds most, net of its risk."""
        steep = slope(self.base + total, self.shape)
        return [
            max(0.0, float((block.density * steep[block.where] - mu * block.danger).max(initial=0.0)))
            for block in self.blocks
        ]

    def _at(self, spent: list[Floats], total: Floats, mu: float, allowed: float) -> Climb:
        value = float(gain(self.p, total, self.base, self.shape).sum())
        risk = float(sum((b.danger * b.need) @ mine[b.where] for b, mine in zip(self.blocks, spent, strict=True)))
        dual = self._dual(total, mu, allowed)
        return Climb([mine.copy() for mine in spent], total.copy(), value, max(value, dual), risk, dual)

    def _dual(self, total: Floats, mu: float, allowed: float) -> float:
        """Return the most that value − cost at the prices can be, plus what all hours and all risk are worth."""
        prices = self.prices(total, mu)
        cheapest = np.full(self.p.size, np.inf)
        for block, price in zip(self.blocks, prices, strict=True):
            there = (price + mu * block.danger) * block.need
            cheapest[block.where] = np.minimum(cheapest[block.where], there)
        hours = sum(price * block.hours for price, block in zip(prices, self.blocks, strict=True))
        used = np.isfinite(cheapest)
        p, base, cost = self.p[used], self.base[used], cheapest[used]
        # At no price at all everything is found: where nothing limits the search, its bound is what is left to find.
        free = cost <= 0.0
        with np.errstate(divide="ignore"):
            best = best_coverage(np.log(p), np.where(free, 1.0, cost), base, self.shape)
        net = gain(p, best, base, self.shape) - cost * best
        left = p * np.exp(-base) if self.shape is None else p * (1.0 + base / self.shape) ** -self.shape
        return float(np.where(free, left, net).sum()) + hours + mu * allowed


def _excess(found: Climb, budget: float) -> float:
    """Return by what factor a schedule is beyond the budget of risk, as a logarithm."""
    if found.risk > 0.0 and budget > 0.0:
        return math.log(found.risk / budget)
    return math.inf if found.risk > budget else -math.inf
