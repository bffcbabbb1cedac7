"""When to stop, and what false contacts do to a plan."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karmalink.errors import InputError
from karmalink.seek.planning.allocation import Allocation, allocate

__all__ = ["allocate_with_contacts", "stopping_effort"]

Floats = NDArray[np.float64]
_ROUNDS = 200
_CERTAIN = 1e-12


def stopping_effort(belief: ArrayLike, areas: ArrayLike, worth: float, cost: float) -> float:
    """Return the effort after which searching on costs more than it brings; it is 0 where no hour is worth its cost.

    Along the best plan P(E) the next unit of effort finds it with P'(E) / (1 − P(E)) if nothing was found so far. One
    stops where that times what the find is worth is what the effort costs (Stone 1975, *Theory of Optimal Search*).

    Parameters
    ----------
    belief, areas : array_like, shape (n,)
        See :func:`~karmalink.seek.allocate`.
    worth, cost : float
        Of the find, and of one unit of effort.

    Raises
    ------
    InputError
        A worth below 0, or a cost that is not above 0.
    """
    if not (np.isfinite(worth) and worth >= 0 and np.isfinite(cost) and cost > 0):
        raise InputError(f"a find worth {worth} and effort that costs {cost}", allowed="0 or more; above 0")
    p = np.asarray(belief, dtype=np.float64)

    def on(effort: float) -> bool:
        step = allocate(p, areas, effort)
        return step.price * worth > cost * (1.0 - step.value)

    if not on(0.0):
        return 0.0
    low, high = 0.0, 1.0
    while on(high):
        if 1.0 - allocate(p, areas, high).value < _CERTAIN:
            return float("inf")  # all of the belief is on the map: the hazard of finding it never falls
        low, high = high, 2.0 * high
    for _ in range(_ROUNDS):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        low, high = (middle, high) if on(middle) else (low, middle)
    return low


def allocate_with_contacts(belief: ArrayLike, areas: ArrayLike, effort: float, contacts: ArrayLike) -> Allocation:
    """Spread an effort where false contacts cost time: old iron that rings like a statue has to be dug up as well.

    Searching cell i to a coverage z takes a_i·(z + κ_i·(1 − e^−z)): the false contacts there are found like the true
    one. The best spread is ``z = ln((p/a − λκ)/λ)`` where p/a > λ(1 + κ), else 0 (Stone 1975, ch. 6).

    Parameters
    ----------
    belief, areas : array_like, shape (n,)
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
    p, a = np.asarray(belief, dtype=np.float64), np.asarray(areas, dtype=np.float64)
    kappa = np.broadcast_to(np.asarray(contacts, dtype=np.float64), p.shape)
    if not (np.isfinite(kappa) & (kappa >= 0)).all():
        raise InputError("false contacts that are negative or not a number", allowed="0 or more")
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
