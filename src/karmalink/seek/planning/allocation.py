"""The best use of one amount of effort, when to stop, and the cost of false contacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from karmalink.base.arrays import Floats
from karmalink.base.wording import counted, percent
from karmalink.errors import InputError
from karmalink.seek.search.detection_laws import miss

__all__ = ["Allocation", "allocate", "allocate_with_contacts", "stopping_effort"]

# The best use of one amount of effort: uniformly optimal search (Koopman 1957; Stone 1975).

_ROUNDS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Allocation:
    """How one amount of effort is spread over cells.

    Attributes
    ----------
    coverage : ndarray, shape (n,)
        z_i, the coverage of each cell; the effort on it is a_i·z_i.
    value : float
        Probability of success, Σ p_i · POD(z_i).
    upper_bound : float
        No way of spreading the same effort has a higher value (Lagrange dual): the certificate.
    price : float
        λ, the marginal value: how much one more unit of effort would add.
    """

    coverage: Floats
    value: float
    upper_bound: float
    price: float

    @property
    def gap(self) -> float:
        """How much better another plan could be at most."""
        return max(0.0, self.upper_bound - self.value)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields."""
        return {
            "coverage": self.coverage.tolist(),
            "value": self.value,
            "upper_bound": self.upper_bound,
            "price": self.price,
        }

    def __repr__(self) -> str:
        """One-line summary."""
        used = counted(int(np.count_nonzero(self.coverage)), "cell")
        return f"Allocation(finds it with {percent(self.value)}, at most {self.gap:.2g} below the best; {used})"


def allocate(
    probability: ArrayLike,
    areas: ArrayLike,
    effort: float,
    *,
    before: ArrayLike | None = None,
    shape: float | None = None,
) -> Allocation:
    """Spread an effort over cells so that it is found with the highest probability.

    z_i = max(0, ln(p_i / (a_i λ))) and Σ a_i z_i = E; with an uncertain sweep width (`shape`) the same condition on the
    derivative of (1 + z/α)^−α.

    Parameters
    ----------
    probability : array_like, shape (n,)
        p_i; need not sum to 1 (the rest is where no search is possible).
    areas : array_like, shape (n,)
        a_i: effort that gives cell i a coverage of 1. 0 or infinite: the cell is closed.
    effort : float
        E, in the unit of `areas`.
    before : array_like, shape (n,), optional
        Coverage that the cells already have.
    shape : float, optional
        See `seek.search.detection_laws.miss`.

    Raises
    ------
    InputError
        NaN, negative numbers, or shapes that do not fit.
    """
    p, a = np.asarray(probability, dtype=np.float64), np.asarray(areas, dtype=np.float64)
    base = np.zeros_like(p) if before is None else np.asarray(before, dtype=np.float64)
    _check(p, a, base, effort)
    usable = (a > 0) & np.isfinite(a)
    # A density so small that its logarithm is lost is no reason to go anywhere.
    usable[usable] = p[usable] / a[usable] >= np.finfo(np.float64).tiny
    coverage = np.zeros_like(p)
    if effort > 0 and usable.any():
        fill = _fill_random if shape is None else _fill_gamma
        coverage[usable], price = fill(p[usable], a[usable], base[usable], effort, shape or 0.0)
    else:
        price = float((p[usable] / a[usable] * _slope(base[usable], shape)).max()) if usable.any() else 0.0
    reached = miss(base, shape)
    value = float(p @ (reached - miss(base + coverage, shape)))
    bound = _bound(p[usable], a[usable], base[usable], effort, price, shape)
    return Allocation(coverage, value, max(bound, value), price)


def _slope(z: Floats, shape: float | None) -> Floats:
    return np.asarray(np.exp(-z) if shape is None else (1.0 + z / shape) ** (-shape - 1.0))


def _bound(p: Floats, a: Floats, base: Floats, effort: float, price: float, shape: float | None) -> float:
    """Return the Lagrange dual at a price: an upper bound at any price (weak duality)."""
    if not p.size:
        return 0.0
    if price <= 0.0:
        return float(p @ miss(base, shape))
    best = _best(p / a, base, price, shape)
    gain = p * (miss(base, shape) - miss(base + best, shape)) - price * a * best
    return float(gain.sum()) + price * effort


def _best(density: Floats, base: Floats, price: float, shape: float | None) -> Floats:
    """Return the coverage that each cell gets at a price."""
    if shape is None:
        return np.maximum(0.0, np.log(density / price) - base)
    return np.maximum(0.0, shape * ((density / price) ** (1.0 / (shape + 1.0)) - 1.0) - base)


def _fill_random(p: Floats, a: Floats, base: Floats, effort: float, shape: float) -> tuple[Floats, float]:
    """Solve for λ exactly: drop cells that are not worth the price until the rest agree (finite; Michelot 1986)."""
    level = np.log(p / a) - base
    active = np.ones(p.size, dtype=bool)
    while True:
        total = a[active].sum()
        log_price = (a[active] @ level[active] - effort) / total
        keep = active & (level > log_price)
        if not keep.any() or keep.sum() == active.sum():
            break
        active = keep
    return np.where(active, np.maximum(0.0, level - log_price), 0.0), float(np.exp(log_price))


def _fill_gamma(p: Floats, a: Floats, base: Floats, effort: float, shape: float) -> tuple[Floats, float]:
    """Solve for λ by halving its logarithm: what is spent falls as the price rises."""
    density = p / a
    high = float(np.log((density * _slope(base, shape)).max()))
    low = high - 1.0
    while a @ _best(density, base, float(np.exp(low)), shape) < effort:
        low -= high - low
    for _ in range(_ROUNDS):
        middle = (low + high) / 2.0
        if middle in (low, high):
            break
        if a @ _best(density, base, float(np.exp(middle)), shape) < effort:
            high = middle
        else:
            low = middle
    coverage = _best(density, base, float(np.exp(low)), shape)
    return coverage * (effort / (a @ coverage)), float(np.exp(low))


def _check(p: Floats, a: Floats, base: Floats, effort: float) -> None:
    if p.ndim != 1 or p.shape != a.shape or p.shape != base.shape:
        raise InputError(f"probabilities of shape {p.shape}, areas of shape {a.shape}", rule="one of each per cell")
    if not np.isfinite(p).all() or (p < 0).any() or np.isnan(a).any() or (a < 0).any():
        raise InputError("probability and areas must be 0 or more, and numbers")
    if not (np.isfinite(base) & (base >= 0)).all():
        raise InputError("before must be 0 or more, and finite", rule="coverage that the cells already have")
    if not (np.isfinite(effort) and effort >= 0):
        raise InputError(f"effort must be 0 or more, and finite, got {effort}")


_CERTAIN = 1e-12


def stopping_effort(probability: ArrayLike, areas: ArrayLike, worth: float, cost: float) -> float:
    """Return the effort after which further search costs more than it brings; 0 where no hour is worth its cost.

    Along the best plan P(E) the next unit of effort finds it with P'(E) / (1 − P(E)) if nothing was found so far. The
    search stops where that times the worth of the find is the cost of the effort (Stone 1975, *Theory of Optimal
    Search*).

    Parameters
    ----------
    probability, areas : array_like, shape (n,)
        See :func:`~karmalink.seek.allocate`.
    worth, cost : float
        Of the find, and of one unit of effort.

    Raises
    ------
    InputError
        A worth below 0, or a cost that is not above 0.
    """
    if not (np.isfinite(worth) and worth >= 0 and np.isfinite(cost) and cost > 0):
        raise InputError(f"worth must be 0 or more and cost above 0, got {worth} and {cost}")
    p = np.asarray(probability, dtype=np.float64)

    def on(effort: float) -> bool:
        step = allocate(p, areas, effort)
        return step.price * worth > cost * (1.0 - step.value)

    if not on(0.0):
        return 0.0
    low, high = 0.0, 1.0
    while on(high):
        if 1.0 - allocate(p, areas, high).value < _CERTAIN:
            return float("inf")  # all of the probability is on the map: the hazard of finding it never falls
        low, high = high, 2.0 * high
    for _ in range(_ROUNDS):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        low, high = (middle, high) if on(middle) else (low, middle)
    return low


def allocate_with_contacts(probability: ArrayLike, areas: ArrayLike, effort: float, contacts: ArrayLike) -> Allocation:
    """Spread an effort where false contacts cost time: old iron that sounds like a statue has to be dug up as well.

    Searching cell i to a coverage z takes a_i·(z + κ_i·(1 − e^−z)): the false contacts there are found like the true
    one. The best spread is ``z = ln((p/a − λκ)/λ)`` where p/a > λ(1 + κ), else 0 (Stone 1975, ch. 6).

    Parameters
    ----------
    probability, areas : array_like, shape (n,)
        See :func:`~karmalink.seek.allocate`.
    effort : float
        All the time there is.
    contacts : array_like, shape (n,) or float
        κ_i: time that all false contacts of a cell take, in units of a_i.

    Raises
    ------
    InputError
        NaN, negative numbers, or shapes that do not fit.
    """
    p, a = np.asarray(probability, dtype=np.float64), np.asarray(areas, dtype=np.float64)
    kappa = np.broadcast_to(np.asarray(contacts, dtype=np.float64), p.shape)
    if not (np.isfinite(kappa) & (kappa >= 0)).all():
        raise InputError("contacts must be 0 or more, and finite")
    plain = allocate(p, a, effort)
    usable = (a > 0) & np.isfinite(a) & (p > 0)
    if not (effort > 0 and usable.any()):
        return plain
    density, ratio, need = p[usable] / a[usable], kappa[usable], a[usable]

    def spread(price: float) -> tuple[Floats, float]:
        left = np.maximum(density - price * ratio, price)
        z = np.log(left / price)
        return z, float(need @ (z - ratio * np.expm1(-z)))

    high = float(np.log((density / (1.0 + ratio)).max()))
    low = high - 1.0
    while spread(float(np.exp(low)))[1] < effort:
        low -= 2.0 * (high - low)
    for _ in range(_ROUNDS):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        low, high = (low, middle) if spread(float(np.exp(middle)))[1] < effort else (middle, high)
    price = float(np.exp(high))
    z, spent = spread(price)
    coverage = np.zeros_like(p)
    coverage[usable] = z
    value = float(-p[usable] @ np.expm1(-z))
    return Allocation(coverage, value, value + price * max(0.0, effort - spent), price)
