"""Where to look, period by period, for somebody who moves on: forward and backward, with a certificate.

    maximise 1 − Σ_paths p(path) · exp(−Σ_t z_t(x_t)),  z_t(i) = effort_t(i) / a_i,  Σ_i effort_t(i) ≤ E_t

for a Markov chain on the segments and random search. With every other period fixed, one period is the search for
something that lies still, where its weight is (how likely it gets there unseen) · (how likely it stays unseen after)
(Brown 1980, *Operations Research* 28, 1275–1289). Going through the periods in turn climbs to the optimum; the bound
is the linear one of Washburn (1983, *Operations Research* 31, 739–751).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karmalink.base.arrays import Floats
from karmalink.base.wording import counted, percent
from karmalink.errors import InputError
from karmalink.seek.planning.allocation import allocate

if TYPE_CHECKING:
    from karmalink.seek.ground.search_segments import Segments

__all__ = ["MovingSearch", "moving_search", "moving_transitions"]

_ROUNDS = 400
_MOST_SEGMENTS = 2000  # the chain has a number for every pair of them
_STARTS = 9  # cells of a segment from which somebody sets out
_CELLS = 20_000  # cells of all segments to which they come: more say nothing new of how people wander


@dataclass(frozen=True, eq=False, repr=False)
class MovingSearch:
    """Who searches where in each period.

    Attributes
    ----------
    effort : ndarray, shape (periods, cells)
        In the unit of the areas.
    value : float
        Probability that it finds them.
    upper_bound : float
        No way of spreading the same effort finds them with a higher probability: the certificate.
    probability : ndarray, shape (periods, cells)
        Where they are at the beginning of each period, if nothing was found before; sums to less than 1 where some of
        the probability is elsewhere.
    found_by : ndarray, shape (periods,)
        Probability that they are found by the end of each period.
    """

    effort: Floats
    value: float
    upper_bound: float
    probability: Floats
    found_by: Floats

    @property
    def gap(self) -> float:
        """How much better another plan could be at most."""
        return max(0.0, self.upper_bound - self.value)

    def to_dict(self) -> dict[str, Any]:
        """Return the plan and its certificate, ready for JSON."""
        return {
            "value": self.value,
            "upper_bound": self.upper_bound,
            "gap": self.gap,
            "found_by": self.found_by.tolist(),
            "effort": self.effort.tolist(),
        }

    def __repr__(self) -> str:
        """One-line summary."""
        periods = counted(len(self.effort), "period")
        return f"MovingSearch({periods} find them with {percent(self.value)}, at most {self.gap:.2g} below the best)"


def moving_search(
    probability: ArrayLike,
    transitions: ArrayLike,
    efforts: ArrayLike,
    areas: ArrayLike | None = None,
    *,
    tolerance: float = 1e-9,
    progress: Callable[[int, int], None] | None = None,
) -> MovingSearch:
    """Spread the effort of every period over the cells among which somebody moves.

    Parameters
    ----------
    probability : array_like, shape (n,)
        Where they are at the beginning; need not sum to 1.
    transitions : array_like, shape (n, n)
        From row to column between two periods; a row may sum to less than 1, the rest leaves for good.
    efforts : array_like, shape (periods,)
        Of each period, in the unit of `areas`.
    areas : array_like, shape (n,), optional
        Effort that gives a cell a coverage of 1; 0: the cell is closed. Without it 1 everywhere.
    tolerance : float
        Stop when the certified gap is at most this, or after 400 rounds: the gap is returned either way.
    progress : callable, optional
        Called with (rounds done, most rounds).

    Raises
    ------
    InputError
        NaN, negative numbers, rows that sum to more than 1, or shapes that do not fit.
    """
    p, chain = np.asarray(probability, dtype=np.float64), np.asarray(transitions, dtype=np.float64)
    hours = np.atleast_1d(np.asarray(efforts, dtype=np.float64))
    a = np.ones_like(p) if areas is None else np.asarray(areas, dtype=np.float64)
    _check(p, chain, hours, a)
    z = np.zeros((hours.size, p.size))
    upper = np.inf
    for number in range(_ROUNDS):
        # (T, n): weight of cell i in period t after all searches but its own: forward · backward
        after = _backward(chain, z)
        ahead = p
        for t in range(hours.size):
            z[t] = allocate(ahead * after[t], a, float(hours[t])).coverage
            ahead = (ahead * np.exp(-z[t])) @ chain
        value, bound = _certificate(p, chain, z, hours, a)
        upper = min(upper, bound)
        if progress is not None:
            progress(number + 1, _ROUNDS)
        if upper - value <= tolerance:
            break
    reach, unseen = np.empty_like(z), np.empty(hours.size)
    ahead, lost = p, 1.0
    for t in range(hours.size):
        reach[t] = ahead / lost
        lost -= float(ahead @ -np.expm1(-z[t]))
        unseen[t] = lost
        ahead = (ahead * np.exp(-z[t])) @ chain
    return MovingSearch(z * a, value, max(upper, value), reach, 1.0 - unseen)


def _backward(chain: Floats, z: Floats) -> Floats:
    """Return the probability of staying unseen after each period from each cell, shape (T, n).

    Who leaves for good stays unseen: a row of the chain is filled up with what is never searched.
    """
    after = np.ones_like(z)
    leaves = 1.0 - chain.sum(axis=1)
    for t in range(len(z) - 2, -1, -1):
        after[t] = chain @ (np.exp(-z[t + 1]) * after[t + 1]) + leaves
    return after


def _certificate(p: Floats, chain: Floats, z: Floats, hours: Floats, a: Floats) -> tuple[float, float]:
    """Return the value of a plan and an upper bound of all plans.

    P(missed) is convex in z, so no plan is better than its tangent: value + Σ_t (E_t · max_i g_t(i)/a_i − Σ_i g_t(i)
    z_t(i)), where g_t(i) = forward · backward · e^−z is the slope.
    """
    after, ahead, slack, found = _backward(chain, z), p, 0.0, 0.0
    open_cells = a > 0.0
    for t in range(hours.size):
        slope = ahead * after[t] * np.exp(-z[t])
        best = float((slope[open_cells] / a[open_cells]).max(initial=0.0))
        slack += hours[t] * best - float(slope @ z[t])
        found += float(ahead @ -np.expm1(-z[t]))
        ahead = (ahead * np.exp(-z[t])) @ chain
    return found, found + slack


def moving_transitions(ground: Segments, speed_kmh: float, hours: float = 1.0, stays: float = 0.5) -> Floats:
    """Return how somebody moves between segments in one period, shape (S, S).

    They stay with the probability ``stays^hours``; else they are at a distance from where they were that is gamma
    distributed (shape 2, mean ``speed_kmh · √hours``: people wander), in any direction. What leaves the segments is
    missing from the row.

    Parameters
    ----------
    ground : Segments
    speed_kmh : float
        Mean distance after one hour of moving, km.
    hours : float
        Length of a period.
    stays : float
        Probability of staying where one is for an hour.

    Raises
    ------
    InputError
        Numbers out of range, or over 2,000 segments.
    """
    if not (math.isfinite(speed_kmh) and speed_kmh > 0 and math.isfinite(hours) and hours > 0 and 0 <= stays <= 1):
        raise InputError(
            f"speed_kmh and hours must be above 0 and stays 0 to 1, got {speed_kmh}, {hours} and {stays}",
        )
    if len(ground) > _MOST_SEGMENTS:
        raise InputError(
            f"{len(ground):,} segments for somebody who moves",
            allowed=f"at most {_MOST_SEGMENTS:,}",
            next_step="make them larger (segment_m)",
        )
    area = ground.area
    # (K,): cells that stand for all, as many in each segment, and the ground that each of them stands for
    chosen = [
        _spread_out(np.flatnonzero(ground.labels == number), _CELLS // len(ground)) for number in range(len(ground))
    ]
    cells, counts = np.concatenate(chosen), np.array([part.size for part in chosen])
    x, y, label = area.x[cells], area.y[cells], np.repeat(np.arange(len(ground)), counts)
    per_cell = np.repeat(ground.m2 / np.maximum(counts, 1), counts)
    # Density k(r) = e^(−r/d) / 2πd²: its distance is gamma with shape 2 and mean 2d
    scale = max(500.0 * speed_kmh * math.sqrt(hours), 0.5 * area.cell_m)
    walks = np.zeros((len(ground), len(ground)))
    for number, own in enumerate(chosen):
        starts = _spread_out(own, _STARTS)
        away = np.hypot(x - area.x[starts, None], y - area.y[starts, None])  # (starts, K)
        density = np.exp(-away / scale) * per_cell / (2.0 * math.pi * scale**2)
        weight = np.array([np.bincount(label, row, len(ground)) for row in density])  # (starts, S)
        walks[number] = (weight / np.maximum(1.0, weight.sum(axis=1, keepdims=True))).mean(axis=0)
    stay = stays**hours
    return np.asarray(stay * np.eye(len(ground)) + (1.0 - stay) * walks)


def _spread_out(cells: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Return at most so many of some cells, evenly out of their order."""
    return cells[np.linspace(0, cells.size - 1, min(max(most, _STARTS), cells.size)).astype(np.int64)]


def _check(p: Floats, chain: Floats, hours: Floats, a: Floats) -> None:
    if p.ndim != 1 or chain.shape != (p.size, p.size) or a.shape != p.shape or hours.ndim != 1:
        raise InputError(
            f"probabilities of shape {p.shape}, transitions of shape {chain.shape}, areas of shape {a.shape}",
            rule="(n,), (n, n), (n,), and one effort for each period",
        )
    groups: Sequence[tuple[str, Floats]] = (
        ("probability", p),
        ("transitions", chain),
        ("efforts", hours),
        ("areas", a),
    )
    for name, values in groups:
        if not (np.isfinite(values) & (values >= 0.0)).all():
            raise InputError(f"{name} must be 0 or more, and numbers")
    if p.sum() > 1.0 + 1e-9 or (chain.sum(axis=1) > 1.0 + 1e-9).any():
        raise InputError("probability and each row of transitions must sum to 1 or less")
