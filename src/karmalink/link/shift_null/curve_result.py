"""The answer of the shift null: how far back accounts reach into a life, against how far forward."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from karmalink.link.error_control.verdicts import Verdict

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["WINDOWS", "LagCurve", "LagWindow"]

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
