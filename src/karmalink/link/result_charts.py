"""Results as Altair charts: nights of the mirror null, a lag curve. The title is the finding, its doubt is drawn.

Plain values in, a chart out; what `plot()` of a result returns. Past is indigo, the future control is grey, what chance
gives is a pale band, as on the pages of a report.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.base.charts import BAND, PAPER, SOFT, STONE, chart_of, titled

if TYPE_CHECKING:
    import altair as alt

__all__ = ["NightDot", "RateInterval", "lag_chart", "nights_chart"]

_WIDTH_PX, _HEIGHT_PX, _ROW_PX = 520, 220, 24
_TICKS = 6
_PAST, _FUTURE = "#33418f", STONE


@dataclass(frozen=True, slots=True)
class NightDot:
    """One night of the mirror null.

    Attributes
    ----------
    date : datetime.date
        The waking day that the night ends.
    w, posterior : float
        Evidence of the past against the future in nats; calibrated probability of a source.
    link : bool
        Whether the night is a link.
    account, entry : str
        Identifiers.
    """

    date: dt.date
    w: float
    posterior: float
    link: bool
    account: str
    entry: str


@dataclass(frozen=True, slots=True)
class RateInterval:
    """The share of nights with a source in a group of nights, with its 90 % interval."""

    group: str
    n: int
    rate: float
    low: float
    high: float


def nights_chart(
    nights: Sequence[NightDot], rates: Sequence[RateInterval], *, threshold: float | None, finding: str
) -> alt.VConcatChart:
    """Return the nights of a result, each above the line where the past won, and the share of nights with a source.

    Parameters
    ----------
    nights : sequence of NightDot
        In order of time.
    rates : sequence of RateInterval
        Of all nights, then of each group; drawn with their intervals.
    threshold : float or None
        Least W of a link in nats; nights within ± this are what chance gives too. None where there is no link.
    finding : str
        The answer with its doubt: the title and the line below it.
    """
    import altair as alt

    ticks = [
        alt.DateTime(year=night.date.year, month=night.date.month, date=night.date.day)
        for night in nights[:: -(-len(nights) // _TICKS) or 1]
    ]
    x = alt.X("night:T", axis=alt.Axis(title="Night", values=ticks, format="%-d %b %Y", grid=False))
    most = 1.1 * max([1.0, *(abs(night.w) for night in nights)])
    # Most nights weigh next to nothing, a few weigh twenty nats: linear up to 1, logarithmic beyond.
    scale = alt.Scale(type="symlog", constant=1, domain=[-most, most], nice=False)
    y = alt.Y("w:Q", axis=alt.Axis(title="Evidence in nats (2.3 = 10 to 1)", tickCount=7), scale=scale)
    rows = [
        {
            # With a time it is read as local; a day alone would be read as UTC, and be the day before in America.
            "night": f"{night.date.isoformat()}T00:00:00",
            "w": float(f"{night.w:.4g}"),
            "posterior": float(f"{night.posterior:.3g}"),
            "kind": "link" if night.link else "the past agrees more" if night.w > 0 else "the future agrees more",
            "account": night.account,
            "entry": night.entry,
        }
        for night in nights
    ]
    kinds = ["link", "the past agrees more", "the future agrees more"]
    edge = most if threshold is None else threshold
    chance = chart_of([{"low": -edge, "high": edge}]).mark_rect(color=BAND, opacity=0.7)
    dots = chart_of(rows).mark_point(size=46, strokeWidth=1.6, opacity=1)
    nights_panel = alt.layer(
        chance.encode(y=alt.Y("low:Q", scale=scale), y2="high:Q"),
        chart_of([{"zero": 0}]).mark_rule(color=SOFT).encode(y=alt.Y("zero:Q", scale=scale)),
        dots.encode(
            x=x,
            y=y,
            stroke=alt.Stroke("kind:N", scale=alt.Scale(domain=kinds, range=[_PAST, _PAST, _FUTURE]), legend=None),
            fill=alt.Fill(
                "kind:N",
                scale=alt.Scale(domain=kinds, range=[_PAST, PAPER, PAPER]),
                legend=alt.Legend(title="Night", orient="bottom", symbolStrokeColor=SOFT),
            ),
            tooltip=[
                alt.Tooltip("night:T", title="night that ends on"),
                alt.Tooltip("account:N"),
                alt.Tooltip("entry:N", title="best entry"),
                alt.Tooltip("w:Q", title="evidence, nats"),
                alt.Tooltip("posterior:Q", title="probability of a source"),
            ],
        ),
    ).properties(width=_WIDTH_PX, height=_HEIGHT_PX)
    return titled([nights_panel, _rates_panel(rates)], finding)


def _rates_panel(rates: Sequence[RateInterval]) -> Any:
    """Return one row per group: a dot at the share, a line along its 90 % interval."""
    import altair as alt

    rows = [
        {"group": f"{rate.group or 'all nights'} ({rate.n})", "rate": rate.rate, "low": rate.low, "high": rate.high}
        for rate in rates
    ]
    share = alt.Scale(domain=[0, 1])
    names = alt.Y("group:N", sort=None, axis=alt.Axis(title=None, grid=False))
    x = alt.Axis(title="Share of nights with a source, 90 % interval", format="%", tickCount=5)
    lines = chart_of(rows).mark_rule(color=_PAST, strokeWidth=2)
    points = chart_of(rows).mark_point(shape="circle", filled=True, size=60, color=_PAST, opacity=1)
    return alt.layer(
        lines.encode(x=alt.X("low:Q", scale=share, axis=x), x2="high:Q", y=names),
        points.encode(
            x=alt.X("rate:Q", scale=share, axis=x),
            y=names,
            tooltip=["group:N", *(alt.Tooltip(f"{name}:Q", format=".2f") for name in ("rate", "low", "high"))],
        ),
    ).properties(width=_WIDTH_PX, height=max(1, len(rows)) * _ROW_PX)


def lag_chart(
    lags: Sequence[int],
    *,
    a: Floats,
    band: Floats,
    past: Floats,
    future: Floats,
    windows: Sequence[tuple[str, int, int]],
    finding: str,
) -> alt.VConcatChart:
    """Return a lag curve: past minus future over the band of every shift, and the two curves it is made of below.

    Parameters
    ----------
    lags : sequence of int, length n
        Days.
    a, band : (n,) floats
        Past minus future, and the half width of its simultaneous band; a filled dot has left the band.
    past, future : (n,) floats
        The two curves. They share every slow theme, so neither has a band.
    windows : sequence of (name, first, last)
        Windows of lags that are named, in days.
    finding : str
        The answer with its doubt: the title and the line below it.
    """
    import altair as alt

    days = [int(lag) for lag in lags]
    reach = alt.Scale(domain=[min(days) - 0.5, max(days) + 0.5], nice=False)
    x = alt.X(
        "lag:Q",
        axis=alt.Axis(
            title="Days between the night and the day", values=days, format="d", grid=False, labelOverlap=True
        ),
        scale=reach,
    )
    rows = [
        {
            **{"lag": lag, "from": lag - 0.5, "to": lag + 0.5},
            **{"a": float(value), "low": -float(half), "high": float(half), "out": bool(abs(value) > half)},
        }
        for lag, value, half in zip(days, a, band, strict=True)
    ]
    top = 1.25 * float(max(np.abs(a).max(initial=0.0), np.max(band, initial=0.0), 1e-9))
    scale = alt.Scale(domain=[-top, top], nice=False)
    data = chart_of(rows)
    height: dict[str, Any] = {
        "scale": scale,
        "axis": alt.Axis(title="Past − future, with its 95 % band", tickCount=5),
    }
    fill = alt.condition("datum.out", alt.value(_PAST), alt.value(PAPER))
    tooltip = ["lag:Q", *(alt.Tooltip(f"{name}:Q", format="+.3f") for name in ("a", "low", "high"))]
    names = [{"lag": first - 0.3, "end": last + 0.3, "name": name, "at": top * 0.9} for name, first, last in windows]
    difference = alt.layer(
        data.mark_rect(color=BAND).encode(
            x=alt.X("from:Q", scale=reach), x2="to:Q", y=alt.Y("low:Q", **height), y2="high:Q"
        ),
        chart_of([{"zero": 0}]).mark_rule(color=SOFT).encode(y=alt.Y("zero:Q", scale=scale)),
        data.mark_line(color=_PAST, strokeWidth=2).encode(x=x, y=alt.Y("a:Q", **height)),
        data.mark_point(shape="circle", size=56, stroke=_PAST, strokeWidth=1.8, opacity=1).encode(
            x=x, y=alt.Y("a:Q", **height), fill=fill, tooltip=tooltip
        ),
        chart_of(names).mark_rule(color=SOFT).encode(x=x, x2="end:Q", y=alt.Y("at:Q", scale=scale)),
        chart_of(names)
        .mark_text(align="left", baseline="bottom", dy=-3, color=SOFT)
        .encode(x=x, y=alt.Y("at:Q", scale=scale), text="name:N"),
    ).properties(width=_WIDTH_PX, height=_HEIGHT_PX)
    return titled([difference, _sides_panel(days, past, future, x)], finding)


def _sides_panel(days: Sequence[int], past: Floats, future: Floats, x: Any) -> Any:
    """Return the curves of the past and of the future, the future dashed."""
    import altair as alt

    rows = [
        {"lag": lag, "c": float(value), "side": side}
        for side, curve in (("past", past), ("future", future))
        for lag, value in zip(days, curve, strict=True)
    ]
    sides = ["past", "future"]
    colour = alt.Color(
        "side:N",
        scale=alt.Scale(domain=sides, range=[_PAST, _FUTURE]),
        legend=alt.Legend(title="Agreement with days of the", orient="bottom"),
    )
    dash = alt.StrokeDash("side:N", scale=alt.Scale(domain=sides, range=[[1, 0], [5, 4]]), legend=None)
    y = alt.Y("c:Q", axis=alt.Axis(title="Mean agreement", tickCount=4), scale=alt.Scale(zero=False))
    lines = (
        chart_of(rows)
        .mark_line(strokeWidth=2)
        .encode(x=x, y=y, color=colour, strokeDash=dash, tooltip=["side:N", "lag:Q", "c:Q"])
    )
    return lines.properties(width=_WIDTH_PX, height=_HEIGHT_PX // 2)
