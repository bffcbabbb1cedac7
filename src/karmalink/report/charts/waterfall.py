"""Why a link: each part of the evidence as a step, and their sum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from karmalink.report import words
from karmalink.report.section import Panel
from karmalink.report.theme import ink
from karmalink.report.vega import panel, rows_of

__all__ = ["waterfall_chart"]

_ROW = 25


def waterfall_chart(steps: Sequence[tuple[str, float]], *, least: float, most: float) -> Panel:
    """Draw a waterfall.

    Parameters
    ----------
    steps : sequence of (name, nats)
        Parts in order; their sum is the evidence.
    least, most : float, nats
        Ends of the axis, shared by all links of a page so that they can be compared.
    """
    import altair as alt

    rows = _rows(steps)
    order = [row["name"] for row in rows]
    y = alt.Y(
        "name:N",
        sort=order,
        axis=alt.Axis(title=None, minExtent=70, maxExtent=70, labelLimit=70, labelColor=ink("ink")),
        scale=alt.Scale(paddingInner=0.35, paddingOuter=0.15),
    )
    scale = alt.Scale(domain=[least, most + 0.16 * (most - least)], nice=False)
    axis = alt.Axis(
        title="Evidence for the link (nats: 2.3 = 10 to 1)",
        tickCount=5,
        labelExpr="datum.value == 0 ? '0' : format(datum.value, '+d')",
        grid=True,
        gridDash=[1, 3],
    )
    data = rows_of(rows)

    def x(name: str) -> Any:
        return alt.X(f"{name}:Q", axis=axis, scale=scale)

    layers = [
        rows_of([{"zero": 0}]).mark_rule(color=ink("soft")).encode(x=x("zero")),
        data.mark_bar(cornerRadius=2).encode(
            x=x("start"),
            x2="end:Q",
            y=y,
            color=alt.Color("colour:N", scale=None),
            tooltip=[alt.Tooltip("text:N", title="nats")],
        ),
        data.mark_text(align="left", dx=6, color=ink("ink")).encode(x=x("right"), y=y, text="text:N"),
    ]
    return panel(layers, height=_ROW * len(rows))


def _rows(steps: Sequence[tuple[str, float]]) -> list[dict[str, Any]]:
    rows, reached = [], 0.0
    for name, nats in steps:
        rows.append(_bar(name, reached, reached + nats, nats, "indigo" if nats >= 0 else "stone"))
        reached += nats
    rows.append(_bar("Total", 0.0, reached, reached, "ink"))
    return rows


def _bar(name: str, start: float, end: float, nats: float, colour: str) -> dict[str, Any]:
    sign = "+" if nats >= 0.05 else ""
    return {
        "name": name,
        "start": start,
        "end": end,
        "right": max(start, end),
        "text": sign + words.number(nats, 1),
        "colour": ink(colour),
    }
