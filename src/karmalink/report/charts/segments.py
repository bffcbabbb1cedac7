"""The plan, segment by segment: the probability that it lies there, and that the plan finds it there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from karmalink.report import words
from karmalink.report.section import Panel
from karmalink.report.theme import ink
from karmalink.report.vega import panel, rows_of

__all__ = ["SegmentBar", "segment_bars"]

_ROW = 27


@dataclass(frozen=True, slots=True)
class SegmentBar:
    """One segment: place in the order, name, hours, probability, and probability that the plan finds it there."""

    number: int
    name: str
    hours: float
    probability: float
    finds: float


def segment_bars(rows: Sequence[SegmentBar], *, title: str = "") -> Panel:
    """Draw a pale bar for the probability and a full one for what the plan finds."""
    import altair as alt

    values: list[dict[str, Any]] = [
        {
            "label": f"{row.number}  {row.name}",
            "probability": 100 * row.probability,
            "finds": 100 * row.finds,
            "text": f"{words.number(row.hours, 1)} h",
        }
        for row in rows
    ]
    axis_y = alt.Axis(title=None, minExtent=62, maxExtent=62, labelColor=ink("ink"))
    y = alt.Y("label:N", sort=[value["label"] for value in values], axis=axis_y, scale=alt.Scale(paddingInner=0.3))
    top = 1.02 * max(value["probability"] for value in values)
    scale = alt.Scale(domain=[0, 1.18 * top], nice=False)
    data = rows_of(values)
    axis_x = alt.Axis(title="Probability, %", tickCount=5, grid=True, gridDash=[1, 3])

    def x(name: str) -> Any:
        return alt.X(f"{name}:Q", axis=axis_x, scale=scale)

    tooltip = [
        alt.Tooltip("belief:Q", title="it lies there, %", format=".1f"),
        alt.Tooltip("finds:Q", title="the plan finds it there, %", format=".1f"),
    ]
    layers = [
        data.mark_bar(color=ink("indigo"), opacity=0.28, cornerRadiusEnd=2).encode(
            x=x("probability"), y=y, tooltip=tooltip
        ),
        data.mark_bar(color=ink("indigo"), cornerRadiusEnd=2).encode(x=x("finds"), y=y, tooltip=tooltip),
        data.mark_text(align="left", dx=7, color=ink("soft")).encode(x=x("probability"), y=y, text="text:N"),
    ]
    return panel(layers, height=_ROW * len(values), title=title)
