"""Does it follow this life's timing? A(lag) = C(past) - C(future), and every circular shift of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.errors import UsageError
from karmalink.link.circular import a_at_every_shift, past_and_future
from karmalink.link.power import needed_days
from karmalink.link.verdict import Verdict

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["WINDOWS", "LagCurve", "LagWindow", "Means", "rank_curves"]

# The two windows that the literature speaks of: day residue (Freud; Nielsen & Powell) and the dream lag.
WINDOWS: dict[str, tuple[int, int]] = {"day residue": (1, 2), "dream lag": (5, 7)}
ALPHA = 0.05
_DRAWS = 1999


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
        Share of the shifts whose largest standardised |A| is as large, own included.
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
    null: str = "shift"

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
        }

    def __repr__(self) -> str:
        """Tell the finding."""
        return f"<LagCurve {self.finding}>"


@dataclass(frozen=True, slots=True, eq=False)
class Means:
    """C(t) of one dreamer and one life on a circle of T days, and how many nights went in."""

    means: Floats
    n_nights: int

    @property
    def n_days(self) -> int:
        """T."""
        return int(self.means.size)


def rank_curves(
    given: Sequence[Means],
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
    given : sequence of Means
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
        raise UsageError("no dreamer", rule="a curve is of one dreamer or more")
    if within is not None and within < 1:
        raise UsageError(f"shifts within {within} days", rule="shifts span days", allowed="1 or more")
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
    answerable = smallest <= ALPHA and nights.sum() > 0
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
        p=max(p, smallest) if not answerable else p,
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
    return _told(curve)


def _all_shifts(given: Sequence[Means], weight: Floats, lags: int, within: int | None, seed: int) -> Floats:
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


def _smallest_p(given: Sequence[Means], lags: int, within: int | None) -> float:
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


def _told(curve: LagCurve) -> LagCurve:
    from dataclasses import replace

    beyond = [int(lag) for lag, a, half in zip(curve.lags, curve.a, curve.band, strict=True) if a > half]
    last = int(curve.lags[-1])
    if curve.verdict is Verdict.CANNOT_ANSWER and not curve.n_nights:
        said = "We cannot tell how far back the accounts reach: no night falls into the days of this life."
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
    else:
        said = (
            f"Nothing here beats chance: over ±{last} days the past is no nearer than the future (p = {curve.p:.2f}, "
            f"{curve.n_nights} nights against every shift of them)."
        )
    return replace(curve, finding=said)
