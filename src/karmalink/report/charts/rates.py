"""A share per group as a point with its interval: link rates by stage of awakening, for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from karmalink.report.section import Panel
from karmalink.report.theme import ink
from karmalink.report.vega import panel, rows_of

__all__ = ["Rate", "rates_chart"]

_ROW = 30


@dataclass(frozen=True, slots=True)
class Rate:
    """One row: a group, its share and interval, its size, and its colour's name."""

    label: str
    share: float
    low: float
    high: float
    n: int
    colour: str


def rates_chart(rows: Sequence[Rate], *, axis: str, title: str = "") -> Panel:
    """Draw shares with their intervals."""
    import altair as alt

    values: list[dict[str, Any]] = [
        {
            "label": row.label,
            "share": 100 * row.share,
            "low": 100 * row.low,
            "high": 100 * row.high,
            "n": f"n = {row.n}",
            "colour": ink(row.colour),
        }
        for row in rows
    ]
    y = alt.Y(
        "label:N",
        sort=[row.label for row in rows],
        axis=alt.Axis(title=None, minExtent=76, maxExtent=76, labelColor=ink("ink")),
    )
    top = min(100.0, max(10.0, 1.15 * max(value["high"] for value in values)))
    scale = alt.Scale(domain=[0, 1.22 * top], nice=False)
    data = rows_of(values)
    colour = alt.Color("colour:N", scale=None)

    def x(name: str) -> Any:
        return alt.X(
            f"{name}:Q",
            axis=alt.Axis(
                title=axis,
                values=[v for v in range(0, 101, 20 if top > 40 else 10) if v <= top],
                grid=True,
                gridDash=[1, 3],
            ),
            scale=scale,
        )

    layers = [
        data.mark_rule(strokeWidth=3, strokeCap="round").encode(x=x("low"), x2="high:Q", y=y, color=colour),
        data.mark_point(size=100, filled=True, opacity=1, stroke=ink("paper"), strokeWidth=2).encode(
            x=x("share"),
            y=y,
            fill=alt.Fill("colour:N", scale=None),
            tooltip=alt.Tooltip("share:Q", title="%", format=".1f"),
        ),
        data.mark_text(align="right", color=ink("soft")).encode(x=alt.value("width"), y=y, text="n:N"),
    ]
    return panel(layers, height=_ROW * len(values), title=title)
