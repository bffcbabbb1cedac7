"""One W per night over all dreamers of a study: what days far away share sets one scale, past and future compete by it.

A diary of a month has some hundred pairs of a night and a day that cannot be a link: too few for a background of its
own. Over all dreamers there are enough. So every dreamer gives sums (centres, moments, a sample of background pairs),
the study one scale and one tail, and W is

    W = log(1 − pi + pi · B(past)) − log(1 − pi + pi · B(future)),   B(side) = mean over paired lags of exp(llr).

Days far away set centre and scale and are never decoys: under themes of days or weeks the days next to a night agree
with it more than any day far away does, on either side. W changes its sign and nothing else when past and future are
exchanged.

Shapes: A accounts, E days, L lags, J parts, B background pairs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from karmalink.base.arrays import Bools, Floats, Ints
from karmalink.link.evidence.background import BackgroundTail
from karmalink.link.evidence.calendar import window_days
from karmalink.link.evidence.day_evidence import PART_WEIGHT, scores_by_day
from karmalink.link.evidence.unit_scores import UnitTable
from karmalink.link.mirror_null.competition import guard_days, night_w

if TYPE_CHECKING:
    from karmalink.link.evidence.calendar import Days

__all__ = ["DreamerSums", "StudyScale", "dreamer_sums", "night_signs", "study_scale"]

# Nats of evidence per nat of −log p.
BETA = 0.9
# An account's own spread is shrunk towards that of the study with the weight of so many pairs.
_SPREAD_PAIRS = 50.0
_SHRINK = 0.5
# Background pairs that one dreamer gives to the study's tail.
_SAMPLE = 2000


@dataclass(frozen=True, slots=True, eq=False)
class DreamerSums:
    """What one dreamer gives to the study.

    Attributes
    ----------
    night : (A,) ints
        Night of each account.
    parts : tuple of str, length J
        Parts of the evidence.
    near : (A, 2, L, J) floats
        Centred scores of past and mirror days; NaN where a lag is not paired.
    agrees : (A, 2, L) bools
        Whether account and day have anything in common.
    moment : (A, J, J) floats
        Sum of products of centred scores over the background pairs of each account.
    pairs : (A,) ints
        Background pairs of each account.
    sample : (B, J) floats
        Centred scores of an even sample of the background pairs.
    sample_account : (B,) ints
        Their accounts.
    sample_agrees : (B,) bools
        Whether they have anything in common.
    """

    night: Ints
    parts: tuple[str, ...]
    near: Floats
    agrees: Bools
    moment: Floats
    pairs: Ints
    sample: Floats
    sample_account: Ints
    sample_agrees: Bools


def dreamer_sums(
    accounts: UnitTable,
    units: UnitTable,
    *,
    lags: int,
    days: Days = window_days,
    centre: float = 0.5,
    pool: Mapping[str, Floats] | None = None,
    sample: int = _SAMPLE,
) -> DreamerSums:
    """Return the sums of one dreamer.

    Parameters
    ----------
    accounts, units : UnitTable
        Sorted by night and by day.
    lags : int
        L.
    days, centre : callable, float
        The calendar: which days are compared, and where an account lies between its day and the next.
    pool : mapping, optional
        Shares of tokens over all lives (`scores_by_day`).
    sample : int
        The most background pairs that are kept.
    """
    night, day = accounts.when, np.unique(units.day)
    target = days(night, lags)  # (A, 2, L)
    first, last = target.min(axis=(1, 2)), target.max(axis=(1, 2))
    around = (day[None, :] >= first[:, None]) & (day[None, :] <= last[:, None])  # (A, E)
    scores = scores_by_day(accounts, units, around, pool=pool)
    span = int(day[-1] - day[0] + 1) if day.size else 0
    guard = guard_days(lags, span)
    apart = np.abs(day[None, :] - (night[:, None] + centre)) > guard  # (A, E)
    centred = _centre(scores.raw, apart)  # (J, A, E)
    held = centred * apart
    # (A, J, J) Σ over background pairs; in one memory layout wherever a block ran, as are the samples below: a product
    # with a transposed array may differ in its last digit
    moment = np.ascontiguousarray(np.einsum("jae,kae->ajk", held, held))
    at_account, at_day = np.nonzero(apart)
    step = max(1, -(-at_account.size // sample))
    at_account, at_day = at_account[step // 2 :: step], at_day[step // 2 :: step]
    at = np.searchsorted(day, target)
    there = day[np.minimum(at, max(0, day.size - 1))] == target if day.size else np.zeros(target.shape, dtype=bool)
    paired = there.all(axis=1, keepdims=True) & np.ones((1, 2, 1), dtype=bool)  # both days of a lag
    rows = np.broadcast_to(np.arange(night.size)[:, None, None], target.shape)
    column = np.where(paired, at, 0)
    near = np.full((*target.shape, len(scores.parts)), np.nan)
    near[paired] = centred[:, rows[paired], column[paired]].T
    agrees = np.zeros(target.shape, dtype=bool)
    agrees[paired] = scores.agrees[rows[paired], column[paired]]
    return DreamerSums(
        night,
        scores.parts,
        near,
        agrees,
        moment,
        apart.sum(axis=1).astype(np.int64),
        np.ascontiguousarray(centred[:, at_account, at_day].T),
        at_account.astype(np.int64),
        scores.agrees[at_account, at_day],
    )


def _centre(raw: Floats, apart: Bools) -> Floats:
    """Return scores less what the day, and then the account, agrees with anything at all, by background pairs."""
    total = max(1, int(apart.sum()))
    grand = (raw * apart).sum(axis=(1, 2)) / total  # (J,)
    # (J, E) mean of a day, shrunk to the grand mean by half a pair
    day = ((raw * apart).sum(axis=1) + _SHRINK * grand[:, None]) / (apart.sum(axis=0) + _SHRINK)
    centred = raw - day[:, None, :]
    account = (centred * apart).sum(axis=2) / (apart.sum(axis=1) + _SHRINK)  # (J, A)
    return np.asarray(centred - account[:, :, None])


@dataclass(frozen=True, slots=True, eq=False)
class StudyScale:
    """One scale and one tail for all dreamers.

    Attributes
    ----------
    parts : tuple of str, length J
        Parts of the evidence.
    weight : (J,) floats
        Weight of a centred score of each part: that of the part over its standard deviation in the study.
    moment : (J, J) floats
        Mean product of centred scores over all background pairs.
    tail : BackgroundTail
        Distribution of the weighted, scaled scores of background pairs.
    cumulant : float
        A: log of the mean of exp(beta · −log p) over background pairs.
    pairs : int
        Background pairs.
    """

    parts: tuple[str, ...]
    weight: Floats
    moment: Floats
    tail: BackgroundTail
    cumulant: float
    pairs: int

    def scaled(self, centred: Floats, dreamer: DreamerSums, account: Ints) -> Floats:
        """Return weighted scores in the spreads of their accounts, (P, J) → (P,)."""
        spread = np.sqrt(self._spread(dreamer))
        # Σ_j w_j · x_j, column by column: a product by BLAS may differ in its last digit with the memory it lies in
        total = np.zeros(centred.shape[0])
        for j, weight in enumerate(self.weight.tolist()):
            total += weight * centred[:, j]
        return np.asarray(total / spread[account])

    def _spread(self, dreamer: DreamerSums) -> Floats:
        # (A,): (w' M_a w + m · w' M w) / (n_a + m)
        both = self.weight[:, None] * self.weight
        own = sum(both[j, k] * dreamer.moment[:, j, k] for j in range(both.shape[0]) for k in range(both.shape[0]))
        pooled = float((both * self.moment).sum())
        return np.asarray(np.maximum((own + _SPREAD_PAIRS * pooled) / (dreamer.pairs + _SPREAD_PAIRS), 1e-12))

    def llr(self, scaled: Floats, agrees: Bools) -> Floats:
        """Return beta · (−log p) − A, (P,): what orders the nights. Beyond the rarest pair seen it goes on rising."""
        return BETA * self.tail.extrapolated(scaled, agrees) - self.cumulant

    def nats(self, scaled: Floats, agrees: Bools) -> Floats:
        """Return the same as evidence, (P,): −log p is never more than the sample of background pairs can show."""
        return BETA * self.tail.minus_log_p(scaled, agrees) - self.cumulant


def study_scale(dreamers: Sequence[DreamerSums]) -> StudyScale:
    """Return the scale of a study from the sums of its dreamers; all have the same parts."""
    parts = dreamers[0].parts
    pairs = int(sum(int(one.pairs.sum()) for one in dreamers))
    moment = sum((one.moment.sum(axis=0) for one in dreamers), np.zeros((len(parts), len(parts)))) / max(1, pairs)
    deviation = np.sqrt(np.diag(moment))
    wanted = np.array([PART_WEIGHT[part] for part in parts])
    weight = np.divide(wanted, deviation, out=np.zeros_like(wanted), where=deviation > 1e-12)
    blank = BackgroundTail(np.zeros(0), 0.5, 0.0, 0.5, 1.0, 0.0)
    scale = StudyScale(parts, weight, moment, blank, 0.0, pairs)
    null = np.concatenate([scale.scaled(one.sample, one, one.sample_account) for one in dreamers])
    agrees = np.concatenate([one.sample_agrees for one in dreamers])
    tail = BackgroundTail.of(null, agrees)
    z = tail.minus_log_p(null, agrees)
    cumulant = float(np.log(np.exp(BETA * z).mean())) if z.size else 0.0
    return StudyScale(parts, weight, moment, tail, cumulant, pairs)


def night_signs(dreamer: DreamerSums, scale: StudyScale) -> tuple[Ints, Floats, Ints, Floats]:
    """Return nights, W, the account whose past is best, and the llr of every compared day, (A, 2, L)."""
    shape = dreamer.near.shape[:3]
    account = np.broadcast_to(np.arange(shape[0])[:, None, None], shape)
    known = ~np.isnan(dreamer.near[..., 0])
    llr = np.full(shape, np.nan)
    scaled = scale.scaled(dreamer.near[known], dreamer, account[known])
    llr[known] = scale.llr(scaled, dreamer.agrees[known])
    night, w, best = night_w(dreamer.night, llr)
    return night, w, best, llr
