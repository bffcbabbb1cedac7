"""Does it follow this life's timing? A(lag) = C(past) − C(future), ranked among every circular shift of it.

Shapes: N nights, T days of the circle, L lags, S shifts, D dreamers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.base.wording import counted
from karmalink.errors import UsageError
from karmalink.link.error_control.power_analysis import needed_days, needed_nights
from karmalink.link.error_control.verdicts import Verdict
from karmalink.link.shift_null.curve_result import WINDOWS, LagCurve, LagWindow
from karmalink.link.shift_null.offset_sums import a_at_every_shift, past_and_future

__all__ = ["OffsetMeans", "rank_curves"]

ALPHA = 0.05
_EVEN = 0.5
_DRAWS = 1999


@dataclass(frozen=True, slots=True, eq=False)
class OffsetMeans:
    """C(t) of one dreamer and one life on a circle of T days, with the number of nights and of pairs per offset."""

    means: Floats
    n_nights: int
    counts: Floats | None = None

    @property
    def n_days(self) -> int:
        """T."""
        return int(self.means.size)


def rank_curves(
    given: Sequence[OffsetMeans],
    *,
    lags: int,
    within: int | None = None,
    convention: str = "",
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> LagCurve:
    """Rank the curve of one dreamer, or the pooled curve of several, among its shifts.

    One dreamer: all T shifts (or those within ±H days), the actual one included. Several: the actual shifts and 1,999
    draws of independent random shifts per dreamer; dreamers are weighted by their nights.

    Parameters
    ----------
    given : sequence of OffsetMeans
        One per dreamer.
    lags : int
        N.
    within : int, optional
        H.
    convention : str
        Reading of unknown dates, for the result.
    seed : int
        Of the draws of pooled shifts.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    UsageError
        No dreamer, or `within` below 1.
    """
    _check(given, within)
    nights = np.array([dreamer.n_nights for dreamer in given], dtype=np.float64)
    weight = nights / max(1.0, nights.sum())  # (D,)
    sides = np.array([past_and_future(dreamer.means, lags) for dreamer in given])  # (D, 2, L)
    past, future = np.tensordot(weight, sides, axes=1)  # (L,) each: Σ_d w_d · C_d
    shifted = _all_shifts(given, weight, lags, within, seed)  # (S, L), row 0 the actual shift
    if progress is not None:
        progress(1, 1)
    smallest, uneven = _smallest_p(given, lags, within), _uneven(given, lags)
    p, band = _rank(shifted)
    answerable = smallest <= ALPHA and nights.sum() >= needed_nights() and uneven is None
    upward = bool((shifted[0] > band).any()) and p <= ALPHA
    curve = LagCurve(
        verdict=Verdict.CANNOT_ANSWER if not answerable else Verdict.FOUND if upward else Verdict.NOTHING,
        finding="",
        lags=np.arange(1, lags + 1),
        past=past,
        future=future,
        a=shifted[0],
        band=band,
        p=max(p, smallest),
        smallest_p=smallest,
        windows=_windows(shifted, smallest, lags),
        n_nights=int(nights.sum()),
        n_days=max(dreamer.n_days for dreamer in given),
        n_dreamers=len(given),
        needed_days=needed_days(lags),
        within=within,
        convention=convention,
        does_not_show=_DOES_NOT_SHOW,
    )
    return replace(curve, finding=_finding(curve, uneven))


def _check(given: Sequence[OffsetMeans], within: int | None) -> None:
    if not given:
        raise UsageError("no dreamer was given", rule="a curve needs at least one dreamer")
    if within is not None and within < 1:
        raise UsageError(f"within must be 1 day or more, got {within}")


def _windows(shifted: Floats, smallest: float, lags: int) -> tuple[LagWindow, ...]:
    return tuple(
        _window(name, first, min(last, lags), shifted, smallest)
        for name, (first, last) in WINDOWS.items()
        if first <= lags
    )


def _rank(shifted: Floats) -> tuple[float, Floats]:
    """Return the p of the actual curve over all lags together, and the half width of its simultaneous band.

    Parameters
    ----------
    shifted : (S, L) floats
        A at every shift, the actual one in row 0.

    Returns
    -------
    p : float
    band : (L,) floats
    """
    spread = np.sqrt((shifted**2).mean(axis=0))  # (L,) root mean square over the shifts
    spread[spread <= 0] = 1.0
    peak = np.abs(shifted / spread).max(axis=1)  # (S,) max over lags of |A| / spread
    p = float((peak >= peak[0] - 1e-12).mean())
    # The peak that 5 % of the shifts, the actual one included, reach: what the curve has to exceed for p <= .05.
    height = np.sort(peak)[::-1][min(peak.size - 1, max(0, int(ALPHA * peak.size)))]
    return p, spread * height


def _uneven(given: Sequence[OffsetMeans], lags: int) -> tuple[int, int, int] | None:
    """Return the first lag at which one side is known in less than half as many nights as the other, and both counts.

    The shifts show what chance does only where a shift changes nothing but what is compared. Where accounts are of
    every second day and the entries of the days between, the day before is always known and its mirror never: with slow
    themes the band was left in every simulation.
    """
    known = [dreamer.counts for dreamer in given if dreamer.counts is not None]
    if not known:
        return None
    # (2, L): pairs of days at each past lag and at each mirror, over all dreamers
    past, future = np.sum([past_and_future(counts, lags) for counts in known], axis=0)
    off = np.flatnonzero(np.minimum(past, future) < _EVEN * np.maximum(past, future))
    return (int(off[0]) + 1, int(past[off[0]]), int(future[off[0]])) if off.size else None


def _all_shifts(given: Sequence[OffsetMeans], weight: Floats, lags: int, within: int | None, seed: int) -> Floats:
    """Return A at every shift, (S, L); row 0 is the actual one."""
    tables = []
    for dreamer in given:
        table = a_at_every_shift(dreamer.means, lags)  # (T, L)
        if within is not None and 2 * within + 1 < dreamer.n_days:
            table = table[np.r_[0 : within + 1, dreamer.n_days - within : dreamer.n_days]]  # shifts −H … H
        tables.append(table)
    if len(tables) == 1:
        return tables[0]
    out = np.zeros((_DRAWS + 1, lags))
    seeds = np.random.SeedSequence(seed).spawn(len(tables))
    for share, table, own_seed in zip(weight, tables, seeds, strict=True):
        shift = np.random.default_rng(own_seed).integers(0, table.shape[0], _DRAWS + 1)
        shift[0] = 0
        out += share * table[shift]  # (2000, L)
    return out


def _smallest_p(given: Sequence[OffsetMeans], lags: int, within: int | None) -> float:
    """Return the smallest p: shifts of less than a window share days, so T / (2L + 1) of them are independent."""
    smallest = 1.0
    for dreamer in given:
        shifts = dreamer.n_days if within is None else min(dreamer.n_days, 2 * within + 1)
        smallest *= min(1.0, (2 * lags + 1) / max(1, shifts))
    return float(max(smallest, 1.0 / (_DRAWS + 1)) if len(given) > 1 else smallest)


def _window(name: str, first: int, last: int, shifted: Floats, smallest: float) -> LagWindow:
    mean = shifted[:, first - 1 : last].mean(axis=1)  # (S,) mean of A over the window at every shift
    p = float((mean >= mean[0] - 1e-12).mean())
    return LagWindow(name, first, last, float(mean[0]), max(p, smallest), smallest)


_DOES_NOT_SHOW = (
    "Which nights draw on which days; that is what pairs are for.",
    "That C itself is high or low: themes that drift slowly raise past and future alike, which is why the curve is "
    "their difference.",
    "A cause. The past can be nearer than the future because themes start abruptly and fade; pseudo-accounts of the "
    "same life show how much of that there is.",
)


def _finding(curve: LagCurve, uneven: tuple[int, int, int] | None) -> str:
    """Return the answer in one sentence, with its doubt."""
    if curve.verdict is Verdict.CANNOT_ANSWER:
        return "We cannot tell how far back the accounts reach: " + _why_not(curve, uneven)
    last = int(curve.lags[-1])
    above = [str(int(lag)) for lag, a, half in zip(curve.lags, curve.a, curve.band, strict=True) if a > half]
    below = [str(int(lag)) for lag, a, half in zip(curve.lags, curve.a, curve.band, strict=True) if -a > half]
    nights = f"{counted(curve.n_nights, 'night')} against every shift of them"
    if curve.verdict is Verdict.FOUND:
        return (
            f"The past is nearer than the future at {_days(above)} (p = {curve.p:.2g} over ±{last} days together, "
            f"{nights})."
        )
    if below:
        return (
            f"Nothing here shows an effect of the past: the future is nearer at {_days(below)} (p = {curve.p:.2g}), "
            "which no source explains. Are the dates read a day off?"
        )
    return (
        f"Nothing here beats chance: over ±{last} days the past is no nearer than the future (p = {curve.p:.2f}, "
        f"{nights})."
    )


def _why_not(curve: LagCurve, uneven: tuple[int, int, int] | None) -> str:
    """Return why a curve cannot be tested, and what would be needed."""
    if not curve.n_nights:
        return "no night falls into the days of this life."
    if curve.smallest_p > ALPHA:
        span = counted(curve.n_days, "day") if curve.within is None else f"shifts within ±{curve.within} days"
        return (
            f"{span} can give no p below {curve.smallest_p:.2f} over ±{int(curve.lags[-1])} days; about "
            f"{curve.needed_days} days of one life would be enough, or several dreamers pooled."
        )
    if uneven is not None:
        lag, past, future = uneven
        return (
            f"at lag {lag} the day before is known for {counted(past, 'night')} and its mirror for {future}, so the "
            "two sides are not comparable. Entries on more days are needed."
        )
    return (
        f"{counted(curve.n_nights, 'night')} are too few; about {needed_nights()} would show a difference of the size "
        "that is reported in the literature."
    )


def _days(lags: Sequence[str]) -> str:
    return f"{'day' if len(lags) == 1 else 'days'} {', '.join(lags)}"
