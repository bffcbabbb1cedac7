"""How reliable each witness was before the clues were combined, and is now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from karmalink.report import words
from karmalink.report.section import Panel
from karmalink.report.theme import ink
from karmalink.report.vega import panel, rows_of

__all__ = ["Change", "reliabilities"]

_ROW = 34


@dataclass(frozen=True, slots=True)
class Change:
    """One row: the witness, reliability before and after, and the colour's name."""

    label: str
    before: float
    after: float
    colour: str


def reliabilities(rows: Sequence[Change], *, title: str = "") -> Panel:
    """Draw one line per witness from the prior (ring) to the posterior (dot)."""
    import altair as alt

    values: list[dict[str, Any]] = [
        {
            "label": row.label,
            "before": 100 * row.before,
            "after": 100 * row.after,
            "colour": ink(row.colour),
            "text": words.percent(row.after),
            "side": max(row.before, row.after) * 100,
        }
        for row in rows
    ]
    widest = min(170, max(60, 8 + max(len(row.label) for row in rows) * 7))
    axis_y = alt.Axis(title=None, minExtent=widest, maxExtent=widest, labelLimit=widest, labelColor=ink("ink"))
    y = alt.Y("label:N", sort=[row.label for row in rows], axis=axis_y)
    axis_x = alt.Axis(title="Clues that are right, %", values=[0, 25, 50, 75, 100], grid=True)
    scale = alt.Scale(domain=[0, 116], nice=False)
    data = rows_of(values)
    own = alt.Stroke("colour:N", scale=None)
    tooltip = [
        alt.Tooltip("before:Q", title="before, %", format=".0f"),
        alt.Tooltip("after:Q", title="after, %", format=".0f"),
    ]

    def x(name: str) -> Any:
        return alt.X(f"{name}:Q", axis=axis_x, scale=scale)

    layers = [
        data.mark_rule(strokeWidth=2.5).encode(x=x("before"), x2="after:Q", y=y, stroke=own),
        data.mark_point(size=62, fill=ink("paper"), strokeWidth=2, opacity=1).encode(x=x("before"), y=y, stroke=own),
        data.mark_circle(size=110, opacity=1).encode(
            x=x("after"), y=y, color=alt.Color("colour:N", scale=None), tooltip=tooltip
        ),
        data.mark_text(align="left", dx=10).encode(x=x("side"), y=y, text="text:N", color=alt.value(ink("ink"))),
    ]
    return panel(layers, height=_ROW * len(values), title=title)
