"""Taken together, do the days before the nights agree with them more than the days after do?

A rule over single nights may name none where most of them lean to the past: 33 nights to the past and 11 to the future
is evidence, though no one of the 44 can be named. This test asks about all of them at once. Signs of nights near each
other depend on one another (they share days), and with nothing to find the past may win more than half of the time
(themes begin at once and fade); the first widens the interval, the second is measured on pseudo-accounts of the life.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from karmalink.base.arrays import Floats, Ints
from karmalink.base.wording import counted
from karmalink.link.error_control.sign_rule import TIE
from karmalink.link.error_control.verdicts import SignCalibration, Verdict

__all__ = ["OVERALL_ALPHA", "OverallVerdict", "overall_verdict", "weaker"]

OVERALL_ALPHA = 0.05
# Fewer nights leave too little to estimate the dependence from: a judgement.
_FEWEST = 12
_NORMAL_05 = 1.6448536269514722


@dataclass(frozen=True, slots=True)
class OverallVerdict:
    """All nights of one dreamer taken together.

    Attributes
    ----------
    verdict : Verdict
        ``found`` where p <= .05, ``nothing`` where not, ``cannot_answer`` where the nights are too few or the odds of a
        + sign could not be measured, ``not_usable`` where these odds are themselves against the test.
    past, future : int
        Nights that the past and that the future won.
    p : float or None
        One-sided, that the past wins more often than it does with nothing to find; None where it is not tested.
    fair : float
        How often the past wins with nothing to find, at least .5.
    n_effective : float
        Independent nights that would be as informative.
    """

    verdict: Verdict
    past: int
    future: int
    p: float | None
    fair: float
    n_effective: float

    @property
    def counts(self) -> str:
        """How many nights each side won."""
        return f"the past wins {counted(self.past, 'night')}, the future {self.future}"

    @property
    def finding(self) -> str:
        """The answer in one sentence, with its doubt."""
        if self.verdict is Verdict.FOUND:
            return f"Taken together the past wins: {self._signs}, p = {self.p:.2g}."
        if self.verdict is Verdict.NOTHING:
            return (
                f"Taken together the past does not win more often than chance allows: {self._signs}, p = {self.p:.2g}."
            )
        if self.verdict is Verdict.NOT_USABLE:
            often = f"with nothing to find it wins {self.fair:.0%}"
            return f"Of all nights together: {self.counts}; {often}, so no p is given."
        return f"Of all nights together: {self.counts}; too little to test."

    @property
    def _signs(self) -> str:
        return f"{counted(self.past, 'night')} to the past and {self.future} to the future"

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready, with the finding."""
        return {**asdict(self), "verdict": str(self.verdict), "finding": self.finding}

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<OverallVerdict {self.finding}>"


def overall_verdict(night: Ints, w: Floats, calibration: SignCalibration, *, lags: int) -> OverallVerdict:
    """Return the verdict over all nights, from their signs.

    The share of + signs less the share with nothing to find, over its standard error; the variance is that of the
    calibration plus a Bartlett kernel over two windows of the signs (Newey & West 1987), never below that of
    independent nights. So wide a kernel on so short a series leaves a t that is not normal: it is scaled by the
    critical value of Kiefer & Vogelsang (2005, table 1) for the kernel's share b of the series.

    Parameters
    ----------
    night : (n,) ints
        Ordinals of the nights.
    w : (n,) floats
        Their W; ties are dropped.
    calibration : SignCalibration
        The odds of a + sign with nothing to find.
    lags : int
        The window L.
    """
    signed = np.abs(w) > TIE
    night, w = np.asarray(night)[signed], np.asarray(w)[signed]
    past = int(np.count_nonzero(w > 0))
    future, fair = int(w.size) - past, max(0.5, calibration.p_plus)
    if not calibration.usable:
        return OverallVerdict(Verdict.NOT_USABLE, past, future, None, calibration.p_plus, float(w.size))
    if not calibration.measured or w.size < _FEWEST:
        return OverallVerdict(Verdict.CANNOT_ANSWER, past, future, None, fair, float(w.size))
    variance, share = _variance(night, (w > 0).astype(np.float64), fair, lags)
    measured = fair * (1 - fair) / max(1.0, calibration.n_effective)
    z = (past / w.size - fair) / math.sqrt(variance + measured) * _NORMAL_05 / _critical(share)
    p = 0.5 * math.erfc(z / math.sqrt(2.0))
    verdict = Verdict.FOUND if p <= OVERALL_ALPHA else Verdict.NOTHING
    return OverallVerdict(verdict, past, future, p, fair, fair * (1 - fair) / variance)


def weaker(one: OverallVerdict, other: OverallVerdict) -> OverallVerdict:
    """Return the one of two readings of unknown dates that claims less."""
    return min(one, other, key=lambda found: (found.verdict.claim, -(1.0 if found.p is None else found.p)))


def _variance(night: Ints, plus: Floats, fair: float, lags: int) -> tuple[float, float]:
    """Return the variance of the mean sign, and the share of the series that the kernel covers."""
    n, mean = plus.size, float(np.mean(plus))
    daily = np.bincount(night - night.min(), weights=plus - mean)  # (T,) centred signs by day, e
    width = min(2 * lags, daily.size - 1)
    # Σ e_t² + 2 Σ_h (1 − h / (H + 1)) Σ_t e_t e_{t−h}, H = 2 L
    total = float(daily @ daily) + 2 * sum(
        (1 - h / (width + 1)) * float(daily[h:] @ daily[:-h]) for h in range(1, width + 1)
    )
    return max(total / n**2, fair * (1 - fair) / n), (width + 1) / daily.size


def _critical(share: float) -> float:
    """Return the one-sided 5 % critical value of a Bartlett t that covers a share b of the series."""
    b = min(1.0, share)
    # Simulated (100,000 series of 2,000 independent days): 1.846, 2.060, 2.762, 3.781 at b = .1, .2, .5, 1, below the
    # formula by .01 to .03: it errs on the safe side. 1.6449 + 2.1859 b + .3142 b² − .3427 b³
    return float(_NORMAL_05 + 2.1859 * b + 0.3142 * b**2 - 0.3427 * b**3)
