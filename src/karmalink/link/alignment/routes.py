"""The route of an ordered recall through a timed register: mostly onwards, with skips and returns.

A hidden Markov model (Rabiner 1989). The state of unit i of the recall is the unit j of the register that it speaks of;
what is said of it is evidence, a likelihood ratio per pair whose mean over the register is 1. From one unit to the next
the route stays or goes on by a few units (geometric), or leaps: onwards (a skip) or back (a return), anywhere alike.
It begins near the beginning, or with an even chance anywhere.
With probability `off` a unit speaks of nothing in the register ("let me think") and its likelihood ratio is 1.

The parameters are those under which this recall is most probable. No label of anybody is needed, and none is used.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from karmalink.base.arrays import Floats, Ints
from karmalink.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


__all__ = ["Gait", "Route", "fit_route", "order_gain", "route"]

# What is tried: how much evidence counts, how far one unit leads on (as a multiple of m / n), how often it leaps, and
# how often it is off the register.
_BETAS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
_PACES = (0.25, 0.5, 1.0)
_LEAPS = (0.02, 0.05, 0.15, 0.3)
_OFF = 0.1
# Returns are rarer than skips: of all leaps, this share goes back.
_BACK = 0.1
# Half of all recalls are taken to begin at the beginning.
_BEGINS = 0.5


@dataclass(frozen=True, slots=True)
class Gait:
    """How a recall moves through a register.

    Attributes
    ----------
    beta : float
        Weight of the evidence.
    pace : float
        Mean number of register units that one recall unit leads on, where it does not leap.
    leap : float
        Probability of a leap.
    off : float
        Probability that a unit speaks of nothing in the register.
    back : float
        Of the leaps, the share that returns.
    """

    beta: float
    pace: float
    leap: float
    off: float = _OFF
    back: float = _BACK


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """Where each unit of a recall is in a register.

    Attributes
    ----------
    at : (n,) ints
        The register unit with the highest probability after smoothing over the reach.
    confidence : (n,) floats
        Probability that the unit speaks of the register within the reach around `at`.
    posterior : (n, m) floats
        Probability of every register unit; a row adds up to 1.
    off : (n,) floats
        Probability that the unit speaks of nothing in the register.
    reach : int
        Register units on either side that count as the same place.
    gait : Gait
        The parameters.
    gain : float
        Log probability of the recall over that of units in any order at all, in nats.
    """

    at: Ints
    confidence: Floats
    posterior: Floats
    off: Floats
    reach: int
    gait: Gait
    gain: float


def fit_route(score: ArrayLike, *, reach: int = 3) -> Route:
    """Return the route under the gait that makes the recall most probable.

    Parameters
    ----------
    score : (n, m) floats
        Agreement of recall unit i with register unit j, in any measure: rows and columns are standardised.
    reach : int
        Register units on either side that count as the same place.

    Raises
    ------
    InputError
        Scores that are not finite, or nothing to align.
    """
    z = _standardised(score)
    n, m = z.shape
    gaits = [Gait(beta, max(0.5, pace * m / n), leap) for beta, pace, leap in itertools.product(_BETAS, _PACES, _LEAPS)]
    best = max(gaits, key=lambda gait: _forward(_ratios(z, gait), gait)[1])
    return route(score, best, reach=reach)


def route(score: ArrayLike, gait: Gait, *, reach: int = 3) -> Route:
    """Return the route under a given gait; as :func:`fit_route`."""
    z = _standardised(score)
    ratios = _ratios(z, gait)
    ahead, gain = _forward(ratios, gait)
    posterior = ahead * _backward(ratios, gait)
    posterior /= posterior.sum(axis=1, keepdims=True)
    near = _smoothed(posterior, reach)
    at = near.argmax(axis=1).astype(np.int64)
    off = (posterior * (gait.off / ratios)).sum(axis=1)
    confidence = np.take_along_axis(near, at[:, None], axis=1)[:, 0] * (1 - off)
    return Route(at, confidence, posterior, off, reach, gait, gain)


def order_gain(score: ArrayLike, gait: Gait) -> float:
    """Return how much more probable the units are in their order than in none, in nats, under a given gait."""
    return _forward(_ratios(_standardised(score), gait), gait)[1]


def _standardised(score: ArrayLike) -> Floats:
    """Return scores that no unit of either side is high in by itself.

    A register unit that is like everything is centred, a recall unit that says much is scaled.
    """
    table = np.asarray(score, dtype=np.float64)
    if table.ndim != 2 or not table.size or not np.isfinite(table).all():
        raise InputError(
            f"scores have shape {table.shape}", rule="one finite score per pair of units, at least one pair"
        )
    z = table - table.mean(axis=0, keepdims=True)
    z = z - z.mean(axis=1, keepdims=True)
    spread = z.std(axis=1, keepdims=True)
    pooled = float(np.sqrt((spread**2).mean()))
    return np.asarray(z / np.sqrt((spread**2 + pooled**2) / 2 if pooled > 0 else 1.0))


def _ratios(z: Floats, gait: Gait) -> Floats:
    """Return the likelihood ratio of every pair; its mean over the register is 1 for each unit."""
    tilted = np.exp(gait.beta * (z - z.max(axis=1, keepdims=True)))
    tilted /= tilted.mean(axis=1, keepdims=True)
    return np.asarray((1 - gait.off) * tilted + gait.off)


def _forward(ratios: Floats, gait: Gait) -> tuple[Floats, float]:
    n, m = ratios.shape
    out = np.empty((n, m))
    now = _first(m, gait)
    total = 0.0
    for i in range(n):
        if i:
            now = _step(now, gait)
        now = now * ratios[i]
        scale = now.sum()
        now /= scale
        total += float(np.log(scale))
        out[i] = now
    return out, total


def _first(m: int, gait: Gait) -> Floats:
    """Return where a recall begins: with an even chance near the beginning of the register, else anywhere."""
    near = _keep(gait) ** np.arange(m)
    return np.asarray(_BEGINS * near / near.sum() + (1 - _BEGINS) / m)


def _backward(ratios: Floats, gait: Gait) -> Floats:
    n, m = ratios.shape
    out = np.empty((n, m))
    now = np.ones(m)
    out[-1] = now
    for i in range(n - 1, 0, -1):
        now = _step_back(now * ratios[i], gait)
        now /= now.sum()
        out[i - 1] = now
    return out


def _keep(gait: Gait) -> float:
    """Return the ratio r of the geometric step: mean r / (1 - r) = pace."""
    return gait.pace / (1 + gait.pace)


def _weights(m: int, gait: Gait) -> tuple[Floats, Floats, Floats]:
    """Return, per state, the weight of a geometric step, a skip and a return, so that each state's add up to 1."""
    left = np.arange(m, 0, -1)  # states from here on, this one included
    step = (1 - gait.leap) * (1 - _keep(gait)) / (1 - _keep(gait) ** left)
    skip = np.where(left > 1, gait.leap * (1 - gait.back) / np.maximum(1, left - 1), 0.0)
    back = np.where(left < m, gait.leap * gait.back / np.maximum(1, m - left), 0.0)
    total = step * (1 - _keep(gait) ** left) / (1 - _keep(gait)) + skip * (left - 1) + back * (m - left)
    return step / total, skip / total, back / total


def _step(now: Floats, gait: Gait) -> Floats:
    """Return the distribution one recall unit on, in time proportional to m."""
    from scipy.signal import lfilter

    step, skip, back = _weights(now.size, gait)
    moved = lfilter([1.0], [1.0, -_keep(gait)], now * step)
    ahead = np.cumsum(now * skip)
    behind = np.cumsum((now * back)[::-1])[::-1]
    moved[1:] += ahead[:-1]
    moved[:-1] += behind[1:]
    return np.asarray(moved)


def _step_back(later: Floats, gait: Gait) -> Floats:
    """Return the transpose of :func:`_step`."""
    from scipy.signal import lfilter

    step, skip, back = _weights(later.size, gait)
    found = step * lfilter([1.0], [1.0, -_keep(gait)], later[::-1])[::-1]
    after = np.cumsum(later[::-1])[::-1]
    before = np.cumsum(later)
    found[:-1] += skip[:-1] * after[1:]
    found[1:] += back[1:] * before[:-1]
    return np.asarray(found)


def _smoothed(posterior: Floats, reach: int) -> Floats:
    """Return the probability within `reach` on either side of every register unit."""
    total = np.pad(np.cumsum(posterior, axis=1), ((0, 0), (1, 0)))
    m = posterior.shape[1]
    low = np.maximum(0, np.arange(m) - reach)
    high = np.minimum(m, np.arange(m) + reach + 1)
    return np.asarray(total[:, high] - total[:, low])
