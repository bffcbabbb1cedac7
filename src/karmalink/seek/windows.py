"""The best use of several assets over several days when ground closes: a concave problem, solved with a certificate.

    maximise Σ_s p_s · POD(z_s),  z_s = Σ_{a,d} rate_{a,s} · e_{a,d,s} / A_s
    subject to Σ_s e_{a,d,s} ≤ hours_{a,d},  e ≥ 0,  e = 0 where closed

One asset on one kind of day is the problem of :mod:`karmalink.seek.effort`, solved exactly on top of what the others
do. Taking the blocks in turn climbs to the optimum: the objective is smooth and concave and the constraints of the
blocks do not touch each other (Bertsekas 1999, *Nonlinear Programming*, prop. 2.7.1). The bound is that of Frank and
Wolfe (1956): value + the most that the gradient promises.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karmalink.errors import InputError
from karmalink.seek.effort import allocate
from karmalink.seek.pod import miss

__all__ = ["Schedule", "schedule"]

Floats = NDArray[np.float64]
_ROUNDS = 400


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
        What one more hour of an asset on a day would add.
    day_by_day : float
        Value of planning each day only when it comes, blind to what closes later.
    """

    hours: Floats
    coverage: Floats
    value: float
    upper_bound: float
    price: Floats
    day_by_day: float

    @property
    def gap(self) -> float:
        """How much better another plan could be at most."""
        return max(0.0, self.upper_bound - self.value)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers but for the hours."""
        return {
            "value": self.value,
            "upper_bound": self.upper_bound,
            "gap": self.gap,
            "day_by_day": self.day_by_day,
            "coverage": self.coverage.tolist(),
        }

    def __repr__(self) -> str:
        """Tell the finding."""
        return (
            f"Schedule(finds it with {self.value:.1%}, day by day {self.day_by_day:.1%}, bound {self.upper_bound:.1%})"
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """One asset on all the days on which the same ground is open: they differ in nothing the objective sees."""

    asset: int
    days: NDArray[np.int64]
    cost: Floats  # hours that give each segment a coverage of 1; infinite where closed
    hours: float


def schedule(
    belief: ArrayLike,
    areas: ArrayLike,
    rates: ArrayLike,
    hours: ArrayLike,
    is_open: ArrayLike | None = None,
    *,
    before: ArrayLike | None = None,
    shape: float | None = None,
    tolerance: float = 1e-7,
) -> Schedule:
    """Plan assets × days × segments.

    Parameters
    ----------
    belief, areas : array_like, shape (S,)
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
        Doubt about the sweep width, see :func:`~karmalink.seek.pod.miss`.
    tolerance : float
        Stop when the certified gap is at most this, or after 400 rounds: the gap is told either way.

    Raises
    ------
    InputError
        NaN, negative numbers, or shapes that do not fit.
    """
    p, size = np.asarray(belief, dtype=np.float64), np.asarray(areas, dtype=np.float64)
    budget = np.atleast_2d(np.asarray(hours, dtype=np.float64))
    rate = np.asarray(rates, dtype=np.float64)
    rate = np.broadcast_to(rate[:, None] if rate.ndim == 1 else rate, (budget.shape[0], p.size))
    ground = np.ones((budget.shape[1], p.size), dtype=bool) if is_open is None else np.asarray(is_open, dtype=bool)
    base = np.zeros_like(p) if before is None else np.asarray(before, dtype=np.float64)
    _check(p, size, rate, budget, ground, base)
    blocks = _blocks(size, rate, budget, ground)
    coverage, spent = _climb(p, base, blocks, shape, tolerance)
    value = float(p @ (miss(base, shape) - miss(base + coverage, shape)))
    slope = p * _slope(base + coverage, shape)
    bound = value + sum(_promise(slope, block, coverage) for block, coverage in zip(blocks, spent, strict=True))
    price = np.zeros_like(budget)
    plan = np.zeros((*budget.shape, p.size))
    for block, found in zip(blocks, spent, strict=True):
        price[block.asset, block.days] = float((slope / block.cost).max(initial=0.0))
        plan[block.asset, block.days] = _by_days(p, block, found, budget[block.asset, block.days])
    alone = _day_by_day(p, base, size, rate, budget, ground, shape)
    return Schedule(plan, coverage, value, max(bound, value), price, alone)


def _blocks(size: Floats, rate: Floats, budget: Floats, ground: NDArray[np.bool_]) -> list[_Block]:
    """Return assets × kinds of day, the most closed first.

    Where ground only ever closes (each kind of day has a subset of what is open before it) and an asset is as quick
    everywhere, the first round is then already optimal: filling up more ground never takes back what less ground got.
    """
    kinds, kind_of = np.unique(ground, axis=0, return_inverse=True)
    kind_of = kind_of.reshape(-1)
    blocks = []
    for kind in np.argsort(kinds.sum(axis=1), kind="stable"):
        days = np.flatnonzero(kind_of == kind)
        for asset in range(budget.shape[0]):
            cost = _cost(size, rate[asset], kinds[kind])
            blocks.append(_Block(asset, days, cost, float(budget[asset, days].sum())))
    return blocks


def _cost(size: Floats, rate: Floats, is_open: NDArray[np.bool_]) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(is_open & (rate > 0) & (size > 0), size / rate, np.inf)


def _climb(
    p: Floats, base: Floats, blocks: list[_Block], shape: float | None, tolerance: float
) -> tuple[Floats, list[Floats]]:
    """Return the coverage, in total and by block, at the optimum."""
    spent = [np.zeros_like(p) for _ in blocks]
    total = np.zeros_like(p)
    for _ in range(_ROUNDS):
        for number, block in enumerate(blocks):
            others = total - spent[number]
            found = allocate(p, block.cost, block.hours, before=np.maximum(0.0, base + others), shape=shape).coverage
            spent[number], total = found, others + found
        slope = p * _slope(base + total, shape)
        if sum(_promise(slope, block, mine) for block, mine in zip(blocks, spent, strict=True)) <= tolerance:
            break
    total = np.sum(spent, axis=0) if spent else total
    return total, spent


def _promise(slope: Floats, block: _Block, coverage: Floats) -> float:
    """Return how much more the gradient promises if the block spent its hours on its best segment alone."""
    best = float((slope / block.cost).max(initial=0.0))
    return max(0.0, best * block.hours - float(slope @ coverage))


def _by_days(p: Floats, block: _Block, coverage: Floats, hours: Floats) -> Floats:
    """Hand the hours of a block to its days in order, the segments most worth it first; shape (days, segments)."""
    need = np.where(coverage > 0, coverage * np.where(np.isfinite(block.cost), block.cost, 0.0), 0.0)
    order = np.argsort(-p / block.cost, kind="stable")
    edges = np.concatenate([[0.0], np.cumsum(need[order])])
    ends = np.concatenate([[0.0], np.cumsum(hours)])
    low, high = np.maximum(edges[None, :-1], ends[:-1, None]), np.minimum(edges[None, 1:], ends[1:, None])
    found = np.zeros((hours.size, p.size))
    found[:, order] = np.maximum(0.0, high - low)
    return found


def _day_by_day(
    p: Floats,
    base: Floats,
    size: Floats,
    rate: Floats,
    budget: Floats,
    ground: NDArray[np.bool_],
    shape: float | None,
) -> float:
    total = base.copy()
    for day in range(budget.shape[1]):
        for asset in range(budget.shape[0]):
            cost = _cost(size, rate[asset], ground[day])
            total = total + allocate(p, cost, float(budget[asset, day]), before=total, shape=shape).coverage
    return float(p @ (miss(base, shape) - miss(total, shape)))


def _slope(z: Floats, shape: float | None) -> Floats:
    return np.asarray(np.exp(-z) if shape is None else (1.0 + z / shape) ** (-shape - 1.0))


def _check(p: Floats, size: Floats, rate: Floats, budget: Floats, ground: NDArray[np.bool_], base: Floats) -> None:
    fits = p.ndim == 1 and p.shape == size.shape == base.shape and ground.shape == (budget.shape[1], p.size)
    if not fits:
        raise InputError(
            f"beliefs {p.shape}, areas {size.shape}, hours {budget.shape}, open {ground.shape}",
            rule="beliefs and areas per segment, hours per asset and day, open per day and segment",
        )
    for name, values in (("belief", p), ("area", size), ("rate", rate), ("hours", budget), ("coverage", base)):
        if not (np.isfinite(values) & (values >= 0)).all():
            raise InputError(f"a {name} that is negative or not a number", allowed="0 or more")
