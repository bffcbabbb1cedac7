"""The rule over all nights of a study: its scale, the odds of a + sign, the threshold, and what it could have shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from karmalink.base.arrays import Floats, Ints
from karmalink.link.error_control.power_analysis import share_found
from karmalink.link.error_control.sign_rule import TIE, Rejection, reject
from karmalink.link.error_control.verdicts import SignCalibration
from karmalink.link.mirror_null.pooled_signs import DreamerSums, StudyScale, night_signs, study_scale
from karmalink.link.mirror_null.sign_calibration import pooled_calibration

__all__ = ["Planted", "StudyNights", "calibrated", "promise", "study_nights"]

# Pseudo-accounts of which some have a planted source, and the lag of each account's source.
Planted = tuple[DreamerSums, Ints]


@dataclass(frozen=True, slots=True, eq=False)
class StudyNights:
    """All nights with a sign, and what the rule rejects.

    Attributes
    ----------
    scale : StudyScale
        Of the study.
    who, night, account : (n,) ints
        Whose night it is, which, and the account whose past is best.
    w : (n,) floats
        Past against future; ties are dropped.
    llr : tuple of (A, 2, L) floats
        Of each dreamer: evidence of every compared day.
    sums : tuple of DreamerSums
        Of each dreamer.
    rule : Rejection
        Threshold and decoys; nothing where the odds are not known or not usable.
    """

    scale: StudyScale
    who: Ints
    night: Ints
    w: Floats
    account: Ints
    llr: tuple[Floats, ...]
    sums: tuple[DreamerSums, ...]
    rule: Rejection

    @property
    def linked(self) -> Ints:
        """Return which nights are links."""
        threshold = self.rule.threshold
        return np.zeros(0, dtype=np.int64) if threshold is None else np.flatnonzero(self.w >= threshold)


def study_nights(sums: Sequence[DreamerSums], *, q: float, calibration: SignCalibration) -> StudyNights:
    """Return the nights of all dreamers under one rule.

    Parameters
    ----------
    sums : sequence of DreamerSums
        One per dreamer.
    q : float
        False discovery rate over all nights.
    calibration : SignCalibration
        Of the study.
    """
    scale = study_scale(sums)
    found = [night_signs(one, scale) for one in sums]
    who = np.repeat(np.arange(len(sums)), [night.size for night, _, _, _ in found]).astype(np.int64)
    night, w, account = (np.concatenate([one[at] for one in found]) for at in (0, 1, 2))
    signed = np.abs(w) > TIE
    rule = Rejection(None, 0, 0, None)
    if calibration.usable and calibration.measured:
        rule = reject(w[signed], q=q, c=calibration.c)
    llr = tuple(one[3] for one in found)
    return StudyNights(scale, who[signed], night[signed], w[signed], account[signed], llr, tuple(sums), rule)


def calibrated(
    pseudo: Sequence[Sequence[DreamerSums]], *, lags: int, n_days: int
) -> tuple[SignCalibration, StudyScale | None]:
    """Return the odds of a + sign with nothing to find, and the scale of the pseudo-accounts.

    Parameters
    ----------
    pseudo : sequence of sequences of DreamerSums
        Of each dreamer, the deals of pseudo-accounts.
    lags, n_days : int
        Window, and days with an entry over all dreamers.
    """
    sums = [one for dealt in pseudo for one in dealt]
    if not sums:
        return pooled_calibration([], lags=lags, n_days=n_days), None
    scale = study_scale(sums)
    signs = []
    for dealt in pseudo:
        found = [night_signs(one, scale)[:2] for one in dealt]
        if found:
            signs.append((np.concatenate([day for day, _ in found]), np.concatenate([w for _, w in found])))
    return pooled_calibration(signs, lags=lags, n_days=n_days), scale


def promise(
    nights: StudyNights,
    pseudo: Sequence[DreamerSums],
    planted: Sequence[Planted],
    scale: StudyScale | None,
    *,
    q: float,
    c: float,
    seed: int,
) -> float | None:
    """Return the share of nights with a source that 8 of 10 studies laid out like this one would find some of.

    Parameters
    ----------
    nights : StudyNights
        Nights of the study: how many have a sign, and how many of their past days have a mirror day.
    pseudo, planted : sequence
        Pseudo-accounts without and with planted sources.
    scale : StudyScale or None
        Of the pseudo-accounts.
    q, c, seed : float, float, int
        Rate, odds of a + with nothing to find, seed of the draws.
    """
    if scale is None or not np.isfinite(c) or not planted:
        return None
    null = [night_signs(one, scale)[1] for one in pseudo]
    source = []
    for sums, lag in planted:
        _, w, account, _ = night_signs(sums, scale)
        source.append(w[lag[account] > 0])
    paired = np.concatenate([~np.isnan(one.near[:, 0, :, 0]) for one in nights.sums])  # (A, L)
    reach = float(paired[paired.any(axis=1)].mean()) if paired.any() else 0.0
    n = int(nights.w.size)
    return share_found(np.concatenate(null), np.concatenate(source), n, q=q, c=c, seed=seed, reach=reach)
