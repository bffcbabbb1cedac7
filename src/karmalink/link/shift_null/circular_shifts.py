"""Does it follow this life's timing? A(lag) = C(past) - C(future), and every circular shift of it."""

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
# Both ends of a lag curve and every shift of it depend on the offset alone. The past day of order l of night n is day
# n + 1 - l, its mirror is day n + l; with the nights shifted by s days, the offsets are s + 1 - l and s + l. So one
# vector of sums per offset holds the curve, its control and the whole null.
#
# Two ways to that vector: for a matrix of scores of any kind one pass over it (:func:`sums_by_offset`); for scores that
# are inner products of features one product per frequency for all dreamers and all lives together (:func:`correlate`).


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
    offset = (days[None, :] - nights[:, None]) % period
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
    spectra_a, spectra_b = _spectra(a).conj(), _spectra(b)
    # One (D x F)·(F x E) product per frequency instead of one transform per pair.
    product = np.matmul(spectra_a, spectra_b.transpose(0, 2, 1))
    return np.asarray(fft.irfft(np.moveaxis(product, 0, -1), n=a.shape[1]), dtype=np.float64)


def _spectra(series: NDArray[Any]) -> NDArray[Any]:
    """Return the spectrum along days: frequency first, each of its matrices in one piece, since BLAS takes no other."""
    from scipy import fft

    return np.ascontiguousarray(np.moveaxis(fft.rfft(np.ascontiguousarray(np.moveaxis(series, 1, 2))), 2, 0))


def past_and_future(mean: Floats, lags: int, shift: int = 0) -> tuple[Floats, Floats]:
    """Return C at the past days of order 1 … `lags` and at their mirrors, with the nights shifted by `shift` days.

    Parameters
    ----------
    mean : (T,) floats
        Mean score at every offset (NaN where no pair has it).
    """
    order = np.arange(1, lags + 1)
    return mean[(shift + 1 - order) % mean.size], mean[(shift + order) % mean.size]


def a_at_every_shift(mean: Floats, lags: int) -> Floats:
    """Return A(l) = C(past l) - C(future l) at every circular shift, the own one (shift 0) first; shape (T, lags)."""
    order, shift = np.arange(1, lags + 1), np.arange(mean.size)[:, None]
    a: Floats = mean[(shift + 1 - order) % mean.size] - mean[(shift + order) % mean.size]
    return a


# A lag curve: how far back accounts reach, against how far forward.

# The two windows that the literature speaks of: day residue (Freud; Nielsen & Powell) and the dream lag.
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
        Share of the shifts (the own one included) with a mean as high.
    smallest_p : float
        The smallest p that these data could give.
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
        C at the past day of order k and at its mirror. Drawn without a band: with any slow theme a shift band on C
        rejects in every null run.
    a : (N,) floats
        ``past - future``, the primary curve.
    band : (N,) floats
        Half width of its simultaneous 95 % band, from the same A at every shift.
    p : float
        Share of the shifts whose largest standardised ``|A|`` is as large, own included.
    smallest_p : float
        The smallest p that these data could give: shifts of less than a window see the same days.
    windows : tuple of LagWindow
        Day residue and dream lag.
    n_nights, n_days, n_dreamers : int
        What went in; days of the span (of the longest, where several dreamers are pooled).
    needed_days : int
        Days that one dreamer needs for p <= .05.
    within : int or None
        Shifts kept within so many days, where drift asks for it.
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
    """C(t) of one dreamer and one life on a circle of T days, how many nights went in, and pairs per offset."""

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

    One dreamer: all T shifts (or those within ±H days), the own one included. Several: 1,999 draws of independent
    random shifts per dreamer, and the own one; dreamers weigh by their nights.

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
        No dreamer, or a span of shifts below 1.
    """
    if not given:
        raise UsageError("no dreamer was given", rule="a curve needs at least one dreamer")
    if within is not None and within < 1:
        raise UsageError(f"within must be 1 day or more, got {within}")
    nights = np.array([one.n_nights for one in given], dtype=np.float64)
    weight = nights / max(1.0, nights.sum())
    order = np.arange(1, lags + 1)
    sides = [past_and_future(one.means, lags) for one in given]
    past = sum(w * side[0] for w, side in zip(weight, sides, strict=True))
    future = sum(w * side[1] for w, side in zip(weight, sides, strict=True))
    shifted = _all_shifts(given, weight, lags, within, seed)
    if progress is not None:
        progress(1, 1)
    smallest = _smallest_p(given, lags, within)
    spread = np.sqrt((shifted**2).mean(axis=0))
    spread[spread <= 0] = 1.0
    peak = np.abs(shifted / spread).max(axis=1)
    p = float((peak >= peak[0] - 1e-12).mean())
    a = shifted[0]
    # The least height that the own curve would have to exceed for p <= .05, own included in the ranking.
    height = np.sort(peak)[::-1][min(peak.size - 1, max(0, int(ALPHA * peak.size)))]
    band = spread * height
    windows = tuple(
        _window(name, first, min(last, lags), shifted, smallest)
        for name, (first, last) in WINDOWS.items()
        if first <= lags
    )
    uneven = _uneven(given, lags)
    answerable = smallest <= ALPHA and nights.sum() >= needed_nights() and uneven is None
    upward = bool((a > band).any()) and p <= ALPHA
    verdict = Verdict.CANNOT_ANSWER if not answerable else Verdict.FOUND if upward else Verdict.NOTHING
    curve = LagCurve(
        verdict=verdict,
        finding="",
        lags=order,
        past=np.asarray(past),
        future=np.asarray(future),
        a=a,
        band=band,
        p=max(p, smallest),
        smallest_p=smallest,
        windows=windows,
        n_nights=int(nights.sum()),
        n_days=max(one.n_days for one in given),
        n_dreamers=len(given),
        needed_days=needed_days(lags),
        within=within,
        convention=convention,
        does_not_show=_DOES_NOT_SHOW,
    )
    return _told(curve, uneven)


def _uneven(given: Sequence[OffsetMeans], lags: int) -> tuple[int, int, int] | None:
    """Return the first lag at which one side is known in less than half as many nights as the other, and both counts.

    The shifts say what chance does only where a shift changes who is compared and nothing else. Where every second day
    is a dream's and the days between are the diary, the day before is known and its mirror never: with slow themes the
    band was left in every world.
    """
    known = [one.counts for one in given if one.counts is not None]
    if not known:
        return None
    sides = [past_and_future(counts, lags) for counts in known]
    past, future = (np.sum([side[at] for side in sides], axis=0) for at in (0, 1))
    off = np.flatnonzero(np.minimum(past, future) < _EVEN * np.maximum(past, future))
    return (int(off[0]) + 1, int(past[off[0]]), int(future[off[0]])) if off.size else None


def _all_shifts(given: Sequence[OffsetMeans], weight: Floats, lags: int, within: int | None, seed: int) -> Floats:
    """Return A at every shift (rows; row 0 is the own one)."""
    tables = []
    for one in given:
        table = a_at_every_shift(one.means, lags)
        if within is not None and 2 * within + 1 < one.n_days:
            table = table[np.r_[0 : within + 1, one.n_days - within : one.n_days]]
        tables.append(table)
    if len(tables) == 1:
        return tables[0]
    out = np.zeros((_DRAWS + 1, lags))
    blocks = np.random.SeedSequence(seed).spawn(len(tables))
    for w, table, block in zip(weight, tables, blocks, strict=True):
        shift = np.random.default_rng(block).integers(0, table.shape[0], _DRAWS + 1)
        shift[0] = 0
        out += w * table[shift]
    return out


def _smallest_p(given: Sequence[OffsetMeans], lags: int, within: int | None) -> float:
    """Return the smallest p: shifts of less than a window share days, so T / (2N + 1) of them are different."""
    smallest = 1.0
    for one in given:
        shifts = one.n_days if within is None else min(one.n_days, 2 * within + 1)
        smallest *= min(1.0, (2 * lags + 1) / max(1, shifts))
    return float(max(smallest, 1.0 / (_DRAWS + 1)) if len(given) > 1 else smallest)


def _window(name: str, first: int, last: int, shifted: Floats, smallest: float) -> LagWindow:
    mean = shifted[:, first - 1 : last].mean(axis=1)
    p = float((mean >= mean[0] - 1e-12).mean())
    return LagWindow(name, first, last, float(mean[0]), max(p, smallest), smallest)


_DOES_NOT_SHOW = (
    "Which nights draw on which days; that is what pairs are for.",
    "That C itself is high or low: themes that drift slowly raise past and future alike, which is why the curve is "
    "their difference.",
    "A cause. The past can be nearer than the future because themes start at once and fade; pseudo-accounts of the "
    "same life show how much of that there is.",
)


def _told(curve: LagCurve, uneven: tuple[int, int, int] | None = None) -> LagCurve:
    beyond = [int(lag) for lag, a, half in zip(curve.lags, curve.a, curve.band, strict=True) if a > half]
    below = [int(lag) for lag, a, half in zip(curve.lags, curve.a, curve.band, strict=True) if -a > half]
    last = int(curve.lags[-1])
    if curve.verdict is Verdict.CANNOT_ANSWER and not curve.n_nights:
        said = "We cannot tell how far back the accounts reach: no night falls into the days of this life."
    elif curve.verdict is Verdict.CANNOT_ANSWER and curve.smallest_p <= ALPHA and uneven is not None:
        lag, past, future = uneven
        said = (
            f"We cannot tell how far back the accounts reach: at lag {lag} the day before is known for {past} nights "
            f"and its mirror for {future}, so that the two sides are not comparable. Entries on more days would do."
        )
    elif curve.verdict is Verdict.CANNOT_ANSWER and curve.smallest_p <= ALPHA:
        said = (
            f"We cannot tell from {curve.n_nights} nights how far back the accounts reach: about {needed_nights()} "
            "would show a difference of the size that is reported."
        )
    elif curve.verdict is Verdict.CANNOT_ANSWER:
        span = f"{curve.n_days} days" if curve.within is None else f"shifts within ±{curve.within} days"
        said = (
            f"We cannot tell how far back the accounts reach: {span} can give no p below {curve.smallest_p:.2f} over "
            f"±{last} days; about {curve.needed_days} days of one life would do, or several dreamers pooled."
        )
    elif curve.verdict is Verdict.FOUND:
        days = "day" if beyond == [1] else "days"
        said = (
            f"The past is nearer than the future at {days} {', '.join(map(str, beyond))} (p = {curve.p:.2g} over "
            f"±{last} days together, {curve.n_nights} nights against every shift of them)."
        )
    elif below:
        said = (
            f"Nothing here speaks for the past: the future is nearer at days {', '.join(map(str, below))} (p = "
            f"{curve.p:.2g}), which no source explains. Are the dates read a day off?"
        )
    else:
        said = (
            f"Nothing here beats chance: over ±{last} days the past is no nearer than the future (p = {curve.p:.2f}, "
            f"{curve.n_nights} nights against every shift of them)."
        )
    return replace(curve, finding=said)
