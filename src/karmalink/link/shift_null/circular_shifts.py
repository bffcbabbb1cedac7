"""Does it follow this life's timing? A(lag) = C(past) − C(future), and every circular shift of it.

Shapes: N nights, U units or days of a life, T days of the circle, L lags.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.base.wording import counted
from karmalink.errors import InputError, UsageError
from karmalink.link.error_control.power_analysis import needed_days, needed_nights
from karmalink.link.error_control.verdicts import Verdict

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "WINDOWS",
    "LagCurve",
    "LagWindow",
    "OffsetMeans",
    "a_at_every_shift",
    "correlate",
    "past_and_future",
    "rank_curves",
    "sums_by_offset",
]

# Sums by offset: every circular shift of a series of nights against a life, at once.
#
# Both sides of a lag curve and every shift of it depend on the offset alone. The past day of order l of night n is day
# n + 1 − l, its mirror is day n + l; with the nights shifted by s days, the offsets are s + 1 − l and s + l. So one
# vector of sums per offset holds the curve, its control and the whole null.
#
# There are two ways to that vector: for a matrix of scores of any kind, one pass over it (:func:`sums_by_offset`); for
# scores that are inner products of features, one product per frequency for all dreamers and all lives together
# (:func:`correlate`).


def sums_by_offset(scores: ArrayLike, night: ArrayLike, day: ArrayLike, period: int) -> tuple[Floats, Floats]:
    """Return the sum of the scores and the number of pairs at every offset (day - night) modulo `period`.

    Parameters
    ----------
    scores : (N, U) floats
        Score of every account against every unit or entry.
    night : (N,) ints
        Night of each account.
    day : (U,) ints
        Day of each unit or entry.
    period : int
        Days after which the calendar starts again: at least the span of nights and days together.

    Returns
    -------
    total, count : (period,) floats

    Raises
    ------
    InputError
        Shapes that do not fit, scores that are not finite, or a period shorter than the span.
    """
    table = np.asarray(scores, dtype=np.float64)
    nights, days = np.asarray(night, dtype=np.int64), np.asarray(day, dtype=np.int64)
    if table.shape != (nights.size, days.size) or not np.isfinite(table).all():
        raise InputError(f"scores have shape {table.shape}", rule="one finite score per account and unit")
    both = np.concatenate([nights, days])
    if period < 1 or (both.size and int(np.ptp(both)) >= period):
        raise InputError(f"a period of {counted(period, 'day')} is too short", rule="it covers all nights and days")
    offset = (days[None, :] - nights[:, None]) % period  # (N, U)
    # (T,): Σ over all pairs with that offset
    total = np.bincount(offset.ravel(), weights=table.ravel(), minlength=period).astype(np.float64)
    return total, np.bincount(offset.ravel(), minlength=period).astype(np.float64)


def correlate(left: ArrayLike, right: ArrayLike) -> Floats:
    """Return, for all pairs and all offsets, the sum over days of the inner product of two series of features.

    Parameters
    ----------
    left : (D, T, F) floats
        One series of T days per dreamer; zeros where there is nothing.
    right : (E, T, F) floats
        One series of T days per life.

    Returns
    -------
    (D, E, T) floats
        ``out[i, j, o] = sum over t of left[i, t] · right[j, (t + o) mod T]``. With 0/1
        masks of one feature these are counts.
    """
    from scipy import fft

    a, b = np.asarray(left), np.asarray(right)
    if a.ndim != 3 or b.ndim != 3 or a.shape[1:] != b.shape[1:]:
        raise InputError(
            f"features have shapes {a.shape} and {b.shape}",
            rule="(series, days, features) with the same days and features",
        )
    spectra_a, spectra_b = _spectra(a).conj(), _spectra(b)  # (f, D, F), (f, E, F)
    # (f, D, E): one (D × F)·(F × E) product per frequency instead of one transform per pair
    product = np.matmul(spectra_a, spectra_b.transpose(0, 2, 1))
    return np.asarray(fft.irfft(np.moveaxis(product, 0, -1), n=a.shape[1]), dtype=np.float64)


def _spectra(series: NDArray[Any]) -> NDArray[Any]:
    """Return the spectrum along days, frequency first, each of its matrices contiguous as BLAS wants them."""
    from scipy import fft

    return np.ascontiguousarray(np.moveaxis(fft.rfft(np.ascontiguousarray(np.moveaxis(series, 1, 2))), 2, 0))


def past_and_future(mean: Floats, lags: int, shift: int = 0) -> tuple[Floats, Floats]:
    """Return C at the past days of order 1 … L and at their mirrors, (L,) each, with the nights shifted by `shift`.

    Parameters
    ----------
    mean : (T,) floats
        Mean score at every offset.
    lags, shift : int
        L; days by which the nights are shifted.
    """
    order = np.arange(1, lags + 1)
    return mean[(shift + 1 - order) % mean.size], mean[(shift + order) % mean.size]


def a_at_every_shift(mean: Floats, lags: int) -> Floats:
    """Return A(l) = C(past l) − C(future l) at every circular shift, the actual one (shift 0) first; shape (T, L)."""
    order, shift = np.arange(1, lags + 1), np.arange(mean.size)[:, None]
    # a[s, l − 1] = C(s + 1 − l) − C(s + l), offsets modulo T
    a: Floats = mean[(shift + 1 - order) % mean.size] - mean[(shift + order) % mean.size]
    return a


# The two windows of the literature: day residue (Freud; Nielsen & Powell) and the dream lag.
WINDOWS: dict[str, tuple[int, int]] = {"day residue": (1, 2), "dream lag": (5, 7)}


@dataclass(frozen=True, slots=True)
class LagWindow:
    """Mean of A over a window of lags.

    Attributes
    ----------
    name : str
        Key of :data:`WINDOWS`.
    first, last : int
        Lags of the window, in days.
    mean : float
        Mean of A over them.
    p : float
        Share of the shifts (the actual one included) with a mean at least as high.
    smallest_p : float
        The smallest p possible with these data.
    """

    name: str
    first: int
    last: int
    mean: float
    p: float
    smallest_p: float


@dataclass(frozen=True, slots=True, eq=False)
class LagCurve:
    """How far back the accounts reach, against how far forward.

    Attributes
    ----------
    verdict : Verdict
        ``found`` where A leaves its simultaneous band upwards.
    finding : str
        The answer in one sentence, with its doubt.
    lags : (N,) ints
        Lags 1 … N in days.
    past, future : (N,) floats
        C at the past day of order k and at its mirror. Drawn without a band: with any slow theme, a shift band on C
        rejects in every run with nothing to find.
    a : (N,) floats
        ``past - future``, the primary curve.
    band : (N,) floats
        Half width of its simultaneous 95 % band, from the same A at every shift.
    p : float
        Share of the shifts whose largest standardised ``|A|`` is as large, own included.
    smallest_p : float
        The smallest p possible with these data: shifts of less than a window see the same days.
    windows : tuple of LagWindow
        Day residue and dream lag.
    n_nights, n_days, n_dreamers : int
        Size of the data; days of the span (of the longest, where several dreamers are pooled).
    needed_days : int
        Days of span that one dreamer needs for p <= .05.
    within : int or None
        Only shifts within this many days were used, for a life that drifts.
    convention : str
        How dates of unknown meaning were read; "" where every account says it.
    view : str
        What of the texts was compared.
    does_not_show : tuple of str
        What this result does not say.
    """

    verdict: Verdict
    finding: str
    lags: NDArray[Any]
    past: NDArray[Any]
    future: NDArray[Any]
    a: NDArray[Any]
    band: NDArray[Any]
    p: float
    smallest_p: float
    windows: tuple[LagWindow, ...]
    n_nights: int
    n_days: int
    n_dreamers: int
    needed_days: int
    within: int | None = None
    convention: str = ""
    does_not_show: tuple[str, ...] = ()
    view: str = "all"
    null: str = "shift"

    def plot(self) -> alt.VConcatChart:
        """Return the curve as an Altair chart: its title is the finding, its band is drawn.

        Above, past minus future over its simultaneous 95 % band; below, the two curves that it is the difference of.
        """
        from karmalink.link.result_charts import lag_chart

        windows = [(window.name, window.first, window.last) for window in self.windows]
        return lag_chart(
            self.lags.tolist(),
            a=self.a,
            band=self.band,
            past=self.past,
            future=self.future,
            windows=windows,
            finding=self.finding,
        )

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per lag: lag, past, future, a, band."""
        import pandas as pd

        return pd.DataFrame(
            {"lag": self.lags, "past": self.past, "future": self.future, "a": self.a, "band": self.band}
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        curves = {name: getattr(self, name).tolist() for name in ("lags", "past", "future", "a", "band")}
        return {
            "verdict": str(self.verdict),
            "finding": self.finding,
            "null": self.null,
            **curves,
            "p": self.p,
            "smallest_p": self.smallest_p,
            "windows": [asdict(window) for window in self.windows],
            "n_nights": self.n_nights,
            "n_days": self.n_days,
            "n_dreamers": self.n_dreamers,
            "needed_days": self.needed_days,
            "within": self.within,
            "convention": self.convention,
            "does_not_show": list(self.does_not_show),
            "view": self.view,
        }

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<LagCurve {self.finding}>"


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
    if not given:
        raise UsageError("no dreamer was given", rule="a curve needs at least one dreamer")
    if within is not None and within < 1:
        raise UsageError(f"within must be 1 day or more, got {within}")
    nights = np.array([dreamer.n_nights for dreamer in given], dtype=np.float64)
    weight = nights / max(1.0, nights.sum())  # (D,)
    sides = np.array([past_and_future(dreamer.means, lags) for dreamer in given])  # (D, 2, L)
    past, future = np.tensordot(weight, sides, axes=1)  # (L,) each: Σ_d w_d · C_d
    shifted = _all_shifts(given, weight, lags, within, seed)  # (S, L), row 0 the actual shift
    if progress is not None:
        progress(1, 1)
    smallest = _smallest_p(given, lags, within)
    p, band = _rank(shifted)
    windows = tuple(
        _window(name, first, min(last, lags), shifted, smallest)
        for name, (first, last) in WINDOWS.items()
        if first <= lags
    )
    uneven = _uneven(given, lags)
    answerable = smallest <= ALPHA and nights.sum() >= needed_nights() and uneven is None
    upward = bool((shifted[0] > band).any()) and p <= ALPHA
    verdict = Verdict.CANNOT_ANSWER if not answerable else Verdict.FOUND if upward else Verdict.NOTHING
    curve = LagCurve(
        verdict=verdict,
        finding="",
        lags=np.arange(1, lags + 1),
        past=past,
        future=future,
        a=shifted[0],
        band=band,
        p=max(p, smallest),
        smallest_p=smallest,
        windows=windows,
        n_nights=int(nights.sum()),
        n_days=max(dreamer.n_days for dreamer in given),
        n_dreamers=len(given),
        needed_days=needed_days(lags),
        within=within,
        convention=convention,
        does_not_show=_DOES_NOT_SHOW,
    )
    return replace(curve, finding=_finding(curve, uneven))


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
