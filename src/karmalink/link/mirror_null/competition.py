"""The mirror null's statistic: past against future, one W per night; and which entry of the past it names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from karmalink.base.arrays import Floats, Ints
from karmalink.link.evidence.background import Background, background_scores
from karmalink.link.evidence.calendar import Window, lag_of, paired_window, window_days
from karmalink.link.evidence.unit_scores import UnitTable, near_scores
from karmalink.link.evidence.weights import EvidenceWeights, fit_weights, given_weights
from karmalink.link.mirror_null.pairs_result import Rival

if TYPE_CHECKING:
    from karmalink.link.evidence.calendar import Days


__all__ = [
    "ECHO",
    "PRIOR",
    "BestEntry",
    "Competition",
    "EntryEvidence",
    "compete",
    "entry_evidence",
    "guard_days",
    "night_w",
    "unit_evidence",
]

# The mirror null: the same life's future is the decoy. Arrays in, one W per night out.
#
# A dream cannot draw on a day that has not happened; slow themes touch both sides. For every night the evidence for
# "some source among the past days 1 … L" competes with that for "some source among their mirrors":
#
#     B(side)  = mean over paired lags of the likelihood ratio of that day
#     W        = log(1 − pi + pi · B(past)) − log(1 − pi + pi · B(future))
#
# W changes sign, and nothing else, when past and future are swapped. Among such statistics it orders nights by how much
# more likely a + than a − is under a source in the past with prior probability pi. Where both sides agree with the
# account equally well (a theme), W is small however strong the agreement.

# The share of a source day's units that an account echoes, and the prior probability pi that a night has a source in
# the window. They order the nights; no error statement depends on them.
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
        Their −log p under the background, part by part, in nats.
    background : Background
        Centres, spreads and null distribution of pairs that cannot be links.
    weights : EvidenceWeights
        Weights of the parts.
    """

    night: Ints
    w: Floats
    account: Ints
    day_llr: Floats
    window: Window
    z: Floats
    background: Background
    weights: EvidenceWeights


def guard_days(lags: int, days: int) -> int:
    """Return how many days from its night a background pair lies at least: a quarter of the life, one to three windows.

    Three windows leave 21 of 35 days, and of some nights one sentence in thirty. One window is enough for what the
    background does, since it sets centre and scale and gives no decoys.

    Parameters
    ----------
    lags, days : int
        The window, and the span of the life in days.
    """
    return int(np.clip(days // 4, lags, 3 * lags))


def unit_evidence(llr: Floats) -> Floats:
    """Return what units add to their day, (P,) → (P,): ``log(1 − e + e · exp(llr))``, e the share that is echoed."""
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
    # P pairs (account, unit) in the windows, as many units on both sides of every night
    window = paired_window(accounts.when, units.day, lags, days=days).equalised(priority)
    span = int(units.day[-1] - units.day[0] + 1) if units.n_units else 0
    background = background_scores(accounts, units, guard=guard_days(lags, span), centre=centre)
    # (P, J): raw scores → −log p under the background
    z = background.ordering(near_scores(accounts, units, window), window.account, window.unit)
    if beta is None:
        weights = fit_weights(background.sample, z, weight=background.weight)
    else:
        weights = given_weights(background.sample, beta, weight=background.weight)
    # (A, 2, L): Σ over the units of a day of log(1 − e + e · exp(beta · z − A)); NaN where a lag is not paired
    day_llr = window.sum(unit_evidence(weights.llr(z)))
    day_llr[~np.broadcast_to(window.paired[:, None, :], day_llr.shape)] = np.nan
    night, w, account = night_w(accounts.when, day_llr)
    return Competition(night, w, account, day_llr, window, z, background, weights)


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
    counts = (~np.isnan(day_llr[:, 0])).sum(axis=1)  # (A,) paired lags of each account
    use = np.flatnonzero(counts)
    if not use.size:
        empty = np.zeros(0, dtype=np.int64)
        return empty, np.zeros(0), empty
    filled = np.where(np.isnan(day_llr[use]), -np.inf, day_llr[use])
    # (a, 2) log B: log-mean-exp over the paired lags
    factor = np.logaddexp.reduce(filled, axis=2) - np.log(counts[use])[:, None]
    # (a, 2): log(1 − pi + pi · B)
    side = np.logaddexp(np.log1p(-prior), np.log(prior) + factor)
    nights, index = np.unique(night[use], return_inverse=True)
    # (n, 2): several accounts of one night are one observation, the best on either side
    best = np.full((nights.size, 2), -np.inf)
    np.maximum.at(best, index, side)
    # (n,): the account that is best on the past side: last of its night in ascending order
    order = np.lexsort((side[:, 0], index))
    last = np.searchsorted(index[order], np.arange(nights.size), side="right") - 1
    return nights, best[:, 0] - best[:, 1], use[order[last]]


_RIVALS = 4


@dataclass(frozen=True, slots=True)
class BestEntry:
    """The past entry that a night's link names.

    Attributes
    ----------
    entry, lag : int
        Index of the entry, and how many days back it lies.
    share : float
        Its share of the evidence of all past entries in the window.
    """

    entry: int
    lag: int
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class EntryEvidence:
    """Evidence of every (account, entry) in the windows, from all units of the entry; sorted by account.

    The comparison of the two sides uses as many units of one as of the other; which entry is named uses all of them,
    since nothing is compared between past and future.

    Attributes
    ----------
    account, entry, lag : (K,) ints
        The pairs; `lag` is signed, ``-k`` for a mirror day.
    llr : (K,) floats
        Their evidence.
    """

    account: Ints
    entry: Ints
    lag: Ints
    llr: Floats

    def best(self, account: int) -> BestEntry:
        """Return the past entry with the most evidence for an account."""
        rows = self._rows(account)
        rows = rows[self.lag[rows] > 0]
        llr = self.llr[rows]
        at = int(llr.argmax())
        # exp(llr of the best) / Σ exp(llr): softmax over the past entries
        share = float(1.0 / np.exp(np.minimum(llr - llr[at], 0.0)).sum())
        return BestEntry(int(self.entry[rows[at]]), int(self.lag[rows[at]]), share)

    def rivals(self, account: int, *, but: int, names: Sequence[str], days: Ints) -> tuple[Rival, ...]:
        """Return the other entries that came closest, future ones (decoys) included, best first.

        Parameters
        ----------
        account, but : int
            The account, and the entry that its link names.
        names : sequence of str
            Identifier of each entry.
        days : (E,) ints
            Day of each entry.
        """
        rows = self._rows(account)
        rows = rows[self.entry[rows] != but]
        rows = rows[np.argsort(-self.llr[rows], kind="stable")][:_RIVALS]
        return tuple(
            Rival(names[entry], int(days[entry]), int(self.lag[row]), float(self.llr[row]))
            for row, entry in zip(rows.tolist(), self.entry[rows].tolist(), strict=True)
        )

    def _rows(self, account: int) -> Ints:
        first, last = np.searchsorted(self.account, [account, account + 1])
        return np.arange(first, last, dtype=np.int64)


def entry_evidence(accounts: UnitTable, units: UnitTable, competition: Competition) -> EntryEvidence:
    """Return the evidence of every entry in the windows of the accounts.

    Parameters
    ----------
    accounts, units : UnitTable
        What competed.
    competition : Competition
        Its weights and background.
    """
    window = paired_window(accounts.when, units.day, competition.day_llr.shape[2])
    z = competition.background.ordering(near_scores(accounts, units, window), window.account, window.unit)
    key = window.account * units.when.size + units.owner[window.unit]
    pairs, at = np.unique(key, return_inverse=True)
    # (K,): Σ over all units of an entry of log(1 − e + e · exp(llr))
    llr = np.bincount(at, weights=unit_evidence(competition.weights.llr(z)), minlength=pairs.size).astype(np.float64)
    account, entry = pairs // units.when.size, pairs % units.when.size
    night, day = accounts.when[account], units.when[entry]
    lag = [lag_of(n, d) for n, d in zip(night.tolist(), day.tolist(), strict=True)]
    return EntryEvidence(account, entry, np.array(lag, dtype=np.int64), llr)
