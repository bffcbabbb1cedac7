"""How far back: past minus future per lag, with the simultaneous band of every shift; and the two curves behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from karmalink.report.section import Panel
from karmalink.report.theme import ink
from karmalink.report.vega import panel, rows_of

__all__ = ["difference", "two_sides"]

_HEIGHT = 230
_SIGNED = "datum.value == 0 ? '0' : format(datum.value, '+.2~f')"


def difference(
    lags: ArrayLike, a: ArrayLike, band: ArrayLike, windows: Sequence[tuple[str, int, int]] = (), *, title: str = ""
) -> Panel:
    """Draw A(lag) over its simultaneous band.

    Parameters
    ----------
    lags : array_like, shape (n,), days
        1 … n.
    a, band : array_like, shape (n,)
        The curve, and the half width of its band around zero.
    windows : sequence of (name, first, last)
        Windows of lags to name.
    title : str
        The panel's finding.
    """
    import altair as alt

    days, curve, half = (np.asarray(values, dtype=np.float64) for values in (lags, a, band))
    top = 1.15 * float(max(np.abs(curve).max(initial=0), half.max(initial=0), 1e-9))
    rows = [
        {
            "lag": float(day),
            "a": float(value),
            "low": -float(width),
            "high": float(width),
            "out": bool(abs(value) > width),
        }
        for day, value, width in zip(days, curve, half, strict=True)
    ]
    axis_y = alt.Axis(title=None, tickCount=5, labelExpr=_SIGNED, minExtent=38, maxExtent=38)
    x = _days(alt, days)
    scale = alt.Scale(domain=[-top, top * 1.12], nice=False)
    data = rows_of(rows)

    def y(name: str) -> Any:
        return alt.Y(f"{name}:Q", axis=axis_y, scale=scale)

    tooltip = [alt.Tooltip("lag:Q", title="days back"), alt.Tooltip("a:Q", title="past − future", format="+.3f")]
    layers: list[Any] = [
        data.mark_area(color=ink("band"), interpolate="step").encode(x=x, y=y("low"), y2="high:Q"),
        rows_of([{"zero": 0}]).mark_rule(color=ink("soft"), opacity=0.7).encode(y=y("zero")),
        data.mark_line(color=ink("indigo"), strokeWidth=2).encode(x=x, y=y("a")),
        data.transform_filter("datum.out")
        .mark_circle(size=90, color=ink("indigo"), opacity=1)
        .encode(x=x, y=y("a"), tooltip=tooltip),
        data.transform_filter("!datum.out")
        .mark_point(size=46, stroke=ink("indigo"), fill=ink("paper"), strokeWidth=1.8, opacity=1)
        .encode(x=x, y=y("a"), tooltip=tooltip),
    ]
    names = [{"lag": first - 0.3, "end": last + 0.3, "name": name, "y": top * 1.02} for name, first, last in windows]
    brackets = rows_of(names)
    layers.append(
        brackets.mark_rule(color=ink("soft"), strokeWidth=1.2).encode(x=_days(alt, days), x2="end:Q", y=y("y"))
    )
    layers.append(
        brackets.mark_text(align="left", baseline="bottom", dy=-3, color=ink("soft")).encode(
            x=x, y=y("y"), text="name:N"
        )
    )
    return panel(layers, height=_HEIGHT, title=title)


def two_sides(lags: ArrayLike, past: ArrayLike, future: ArrayLike, *, title: str = "") -> Panel:
    """Draw C(past) and C(future), which share every slow theme; no band belongs to either."""
    import altair as alt

    days = np.asarray(lags, dtype=np.float64)
    sides = (("past", past), ("future", future))
    rows = [
        {"lag": float(day), "c": float(value), "side": side}
        for side, curve in sides
        for day, value in zip(days, np.asarray(curve, dtype=np.float64), strict=True)
    ]
    x = _days(alt, days)
    y = alt.Y(
        "c:Q",
        axis=alt.Axis(title=None, tickCount=5, format=".2~f", minExtent=38, maxExtent=38),
        scale=alt.Scale(zero=False, nice=True),
    )
    colour = alt.Color("side:N", scale=alt.Scale(domain=["past", "future"], range=[ink("indigo"), ink("stone")]))
    dash = alt.StrokeDash("side:N", scale=alt.Scale(domain=["past", "future"], range=[[1, 0], [5, 4]]))
    base = rows_of(rows)
    tooltip = [
        alt.Tooltip("side:N", title="side"),
        alt.Tooltip("lag:Q", title="days"),
        alt.Tooltip("c:Q", format=".3f"),
    ]
    layers = [
        base.mark_line(strokeWidth=2).encode(x=x, y=y, color=colour, strokeDash=dash),
        base.mark_circle(size=26, opacity=1).encode(x=x, y=y, color=colour, tooltip=tooltip),
    ]
    return panel(layers, height=_HEIGHT, title=title)


def _days(alt: Any, days: Any) -> Any:
    every = 1 if days.size <= 10 else 2 if days.size <= 20 else 7
    values = (
        [float(day) for day in days if (day - 1) % every == 0] if every < 7 else [float(d) for d in days if d % 7 == 0]
    )
    return alt.X(
        "lag:Q",
        axis=alt.Axis(title="Days between the night and the day", values=values, format="d"),
        scale=alt.Scale(domain=[float(days.min()) - 0.5, float(days.max()) + 0.5], nice=False),
    )
