"""One asset on one kind of day: the best use of its hours on top of what the others do, at a price of danger.

An hour is worth ``p_s · m'(z_s) / a_s``, the same λ in every segment that is searched, with m' the slope of the
probability of detection and a_s the hours that add 1 to the coverage. Where an hour is dangerous it must be worth
λ + μ·r_s: μ is what one unit of risk costs. Hours that are not worth even their risk stay unspent (then λ = 0).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Block", "best_coverage", "gain", "hours_of", "slope"]

Floats = NDArray[np.float64]
_ROUNDS = 60
_DEEPEST = 700.0  # e^−700 is the smallest price a double holds


@dataclass(frozen=True, slots=True, eq=False)
class Block:
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
    def of(cls, asset: int, days: NDArray[np.int64], cost: Floats, hours: float, p: Floats, risk: Floats) -> Block:
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


def hours_of(block: Block, base: Floats, shape: float | None, mu: float, guess: float = 0.0) -> tuple[Floats, float]:
    """Return the coverage that the block adds where it can, and λ.

    Parameters
    ----------
    block : Block
    base : ndarray, shape (len(block.where),)
        Coverage that the others give there.
    shape : float or None
        See :func:`~karmalink.seek.search.detection.miss`.
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


def _exact(block: Block, base: Floats) -> tuple[Floats, float]:
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


def _searched(block: Block, base: Floats, shape: float | None, mu: float, guess: float) -> tuple[Floats, float]:
    """Solve for λ by Newton's method in its logarithm, kept within a bracket: dearer hours are spent less."""
    extra = mu * block.danger
    if (extra > 0).all():
        found = best_coverage(block.log_density, extra, base, shape)
        if float(block.need @ found) <= block.hours:
            return found, 0.0
    low, high = -_DEEPEST, float(block.log_density.max())
    at = min(max(np.log(guess) if guess > 0 else high - 1.0, low), high)
    for _ in range(_ROUNDS):
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
