"""The mirror null: the same life's future is the decoy. Arrays in, one W per night out.

A dream cannot draw on a day that has not happened; slow themes touch both sides. For every night the evidence for "some
source among the past days 1 … L" competes with that for "some source among their mirrors":

    B(side)  = mean over paired lags of the likelihood ratio of that day
    W        = log(1 - pi + pi · B(past)) - log(1 - pi + pi · B(future))

W changes sign, and nothing else, when past and future are swapped. Among such statistics it orders nights by how much
more likely a + than a - is under a source in the past with prior probability pi. Where both sides agree with the
account equally well (a theme), W is small however strong the agreement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from karmalink.link.evidence.background import Far, far_scores
from karmalink.link.evidence.calendar import window_days
from karmalink.link.evidence.unit_scores import UnitTable, near_scores
from karmalink.link.evidence.weights import Tilt, fit_tilt, given_tilt
from karmalink.link.evidence.window import Window, paired_window

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from karmalink.link.evidence.window import Days

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["ECHO", "PRIOR", "Competition", "compete", "guard_days", "night_w", "unit_evidence"]

# Of a source day's units, the share that an account echoes; prior probability that a night has a source in the window.
# They order the nights; no error statement depends on them.
ECHO = 0.05
PRIOR = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Competition:
    """One W per night, and what it is made of.

    Attributes
    ----------
    night : (n,) ints
        Nights with at least one paired lag, ascending.
    w : (n,) floats
        Past against future; 0 is a tie.
    account : (n,) ints
        The account whose past side is best.
    day_llr : (A, 2, L) floats
        Log-likelihood ratio of each compared day, from as many units on both sides; NaN where the lag does not count.
    window : Window
        The compared pairs.
    z : (P, J) floats
        Their surprise, part by part, in nats.
    far : Far
        Centres and spreads.
    tilt : Tilt
        Weights of the parts.
    """

    night: Ints
    w: Floats
    account: Ints
    day_llr: Floats
    window: Window
    z: Floats
    far: Far
    tilt: Tilt


def guard_days(lags: int) -> int:
    """Return how far a day must be from a night to be far: three windows."""
    return 3 * lags


def unit_evidence(llr: Floats) -> Floats:
    """Return what a unit adds to its day: ``log(1 - e + e · exp(llr))``, e the share of units that is echoed."""
    return np.asarray(np.logaddexp(np.log1p(-ECHO), np.log(ECHO) + llr))


def compete(
    accounts: UnitTable,
    units: UnitTable,
    *,
    lags: int,
    days: Days = window_days,
    centre: float = 0.5,
    priority: Floats | None = None,
    beta: Floats | None = None,
    seed: int = 0,
) -> Competition:
    """Let past and future compete for every night.

    Parameters
    ----------
    accounts : UnitTable
        Sorted by night.
    units : UnitTable
        Units of the life, sorted by day.
    lags : int
        L.
    days, centre : callable, float
        The calendar: which days are compared, and where an account lies between its day and the next.
    priority : (U,) floats, optional
        Which units the larger side keeps (the lowest); at random by default.
    beta : (J,) floats, optional
        Weights of the parts, from judges' labels; fitted on the pairs in the windows by default.
    seed : int
        Of that order.
    """
    if priority is None:
        priority = np.random.default_rng(seed).random(units.n_units)
    window = paired_window(accounts.when, units.day, lags, days=days).equalised(priority)
    far = far_scores(accounts, units, guard=guard_days(lags), centre=centre)
    z = far.surprise(near_scores(accounts, units, window), window.account, window.unit)
    if beta is None:
        tilt = fit_tilt(far.sample, z, weight=far.weight)
    else:
        tilt = given_tilt(far.sample, beta, weight=far.weight)
    day_llr = window.sum(unit_evidence(tilt.llr(z)))
    day_llr[~np.broadcast_to(window.paired[:, None, :], day_llr.shape)] = np.nan
    night, w, account = night_w(accounts.when, day_llr)
    return Competition(night, w, account, day_llr, window, z, far, tilt)


def night_w(night: Ints, day_llr: Floats, *, prior: float = PRIOR) -> tuple[Ints, Floats, Ints]:
    """Return one W per night: each side is the best over the night's accounts.

    Parameters
    ----------
    night : (A,) ints
        Night of each account.
    day_llr : (A, 2, L) floats
        NaN where a lag does not count, on both sides.
    prior : float
        Prior probability of a source in the window.

    Returns
    -------
    night : (n,) ints
        Nights with a paired lag.
    w : (n,) floats
    account : (n,) ints
        The account whose past side is best.
    """
    counts = (~np.isnan(day_llr[:, 0])).sum(axis=1)
    use = np.flatnonzero(counts)
    if not use.size:
        empty = np.zeros(0, dtype=np.int64)
        return empty, np.zeros(0), empty
    filled = np.where(np.isnan(day_llr[use]), -np.inf, day_llr[use])
    factor = np.logaddexp.reduce(filled, axis=2) - np.log(counts[use])[:, None]
    side = np.logaddexp(np.log1p(-prior), np.log(prior) + factor)
    nights, index = np.unique(night[use], return_inverse=True)
    best = np.full((nights.size, 2), -np.inf)
    np.maximum.at(best, index, side)
    order = np.lexsort((side[:, 0], index))
    last = np.searchsorted(index[order], np.arange(nights.size), side="right") - 1
    return nights, best[:, 0] - best[:, 1], use[order[last]]
