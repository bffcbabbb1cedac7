"""Power curves: the share of planted sources found, by how faint they are and how many nights there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from karmalink.report.section import Panel
from karmalink.report.theme import ink
from karmalink.report.vega import panel, rows_of

__all__ = ["PowerPoint", "power_curves"]

_HEIGHT = 190
_APART = 0.085


@dataclass(frozen=True, slots=True)
class PowerPoint:
    """One point of a curve.

    Attributes
    ----------
    rule : str
        The curve's name: ``ours``, ``a perfect oracle``, ``a naive rule``.
    x : float
        How many times the source was retold, nights, …
    power, low, high : float
        Share of sources found, with its interval (the power itself where there is none).
    colour : str
        Name of an ink.
    """

    rule: str
    x: float
    power: float
    low: float
    high: float
    colour: str


def power_curves(points: Sequence[PowerPoint], *, axis: str, title: str = "") -> Panel:
    """Draw power against one thing that varies: a curve per rule, labelled at its end, with intervals.

    Parameters
    ----------
    points : sequence of PowerPoint
        Rules share their values of x.
    axis : str
        What varies.
    title : str
        The finding.
    """
    import altair as alt

    values: list[dict[str, Any]] = [
        {
            "rule": point.rule,
            "x": point.x,
            "power": point.power,
            "low": point.low,
            "high": point.high,
            "colour": ink(point.colour),
        }
        for point in points
    ]
    ticks = sorted({point.x for point in points})
    width = (ticks[-1] - ticks[0]) or 1.0
    x_axis = alt.Axis(title=axis, values=ticks, grid=False, format="~r")
    scale = alt.Scale(domain=[ticks[0] - 0.05 * width, ticks[-1] + 0.42 * width], nice=False)
    y_axis = alt.Axis(
        title="Share of sources found", values=[0, 0.2, 0.4, 0.6, 0.8, 1], format=".1f", grid=True, gridDash=[1, 3]
    )
    x = alt.X("x:Q", axis=x_axis, scale=scale)
    y = alt.Y("power:Q", axis=y_axis, scale=alt.Scale(domain=[0, 1.05], nice=False))
    colour = alt.Color("colour:N", scale=None)
    data = rows_of(values)
    ends = rows_of(_apart([value for value in values if value["x"] == ticks[-1]]))
    layers = [
        data.mark_rule(strokeWidth=2, opacity=0.5).encode(x=x, y=alt.Y("low:Q"), y2="high:Q", color=colour),
        data.mark_line(strokeWidth=2.5).encode(x=x, y=y, color=colour, detail="rule:N"),
        data.mark_point(filled=True, size=55, opacity=1).encode(x=x, y=y, color=colour, tooltip=["rule:N", "power:Q"]),
        ends.mark_text(align="left", dx=9).encode(x=x, y=alt.Y("at:Q"), text="rule:N", color=colour),
    ]
    return panel(layers, height=_HEIGHT, title=title)


def _apart(ends: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the ends with a height for each label, from the top down, far enough from the next to be read."""
    out: list[dict[str, Any]] = []
    last = 1.1
    for end in sorted(ends, key=lambda one: -one["power"]):
        last = min(end["power"], last - _APART)
        out.append({**end, "at": last})
    return out
