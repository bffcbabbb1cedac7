"""Agreement of scorers: points with their intervals, and the κ of every pair as a square of tiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karmalink.report.section import Panel
from karmalink.report.theme import ink
from karmalink.report.vega import panel, rows_of

__all__ = ["Point", "points", "square"]

_ROW = 28
_TILE = 30
_EXTENT = 104
_LONGEST_NAME = 14


@dataclass(frozen=True, slots=True)
class Point:
    """One row: its name, its value with interval (NaN where there is none), and its colour's name."""

    label: str
    value: float
    low: float
    high: float
    colour: str = "indigo"


def points(rows: Sequence[Point], *, axis: str, title: str = "") -> Panel:
    """Draw values between 0 and 1 with their intervals, one row each; what is not defined leaves its row empty."""
    import altair as alt

    known = [row for row in rows if np.isfinite(row.value)]
    least = min([0.0, *(row.low for row in known if np.isfinite(row.low)), *(row.value for row in known)])
    scale = alt.Scale(domain=[float(np.floor(least * 5) / 5), 1], nice=False)
    names = [_short(row.label) for row in rows]
    y = alt.Y(
        "label:N",
        sort=names,
        scale=alt.Scale(domain=names),
        axis=alt.Axis(title=None, minExtent=_EXTENT, maxExtent=_EXTENT, labelColor=ink("ink")),
    )

    def x(name: str) -> Any:
        return alt.X(f"{name}:Q", axis=alt.Axis(title=axis, grid=True, gridDash=[1, 3], tickCount=6), scale=scale)

    data = rows_of(
        [
            {
                "label": _short(row.label),
                "value": round(row.value, 4),
                "low": round(row.low, 4) if np.isfinite(row.low) else round(row.value, 4),
                "high": round(row.high, 4) if np.isfinite(row.high) else round(row.value, 4),
                "colour": ink(row.colour),
            }
            for row in known
        ]
    )
    layers = [
        data.mark_rule(strokeWidth=3, strokeCap="round").encode(
            x=x("low"), x2="high:Q", y=y, color=alt.Color("colour:N", scale=None)
        ),
        data.mark_point(size=60, filled=True, opacity=1, stroke=ink("paper"), strokeWidth=2).encode(
            x=x("value"),
            y=y,
            fill=alt.Fill("colour:N", scale=None),
            tooltip=alt.Tooltip("value:Q", title=axis, format=".3f"),
        ),
    ]
    return panel(layers, height=_ROW * len(rows), title=title)


def square(pairs: NDArray[np.float64], names: Sequence[str], *, title: str = "") -> Panel:
    """Draw the κ of every pair, darker where they agree more, the number in each tile.

    Parameters
    ----------
    pairs : ndarray, shape (s, s)
        κ; the diagonal is not drawn, NaN is written as a dash.
    names : sequence of str, length s
        Who scored.
    """
    import altair as alt

    numbers = [str(place) for place in range(1, len(names) + 1)]
    labels = [f"{number}  {_short(name)}" for number, name in zip(numbers, names, strict=True)]
    rows = [
        {
            "column": numbers[i],
            "row": labels[j],
            "shade": 0.0 if np.isnan(pairs[i, j]) else round(float(np.clip(pairs[i, j], 0, 1)) ** 2, 3),
            "text": "–" if np.isnan(pairs[i, j]) else f"{pairs[i, j]:.2f}",
        }
        for i in range(len(names))
        for j in range(len(names))
        if i != j
    ]
    x = alt.X(
        "column:N", sort=numbers, scale=alt.Scale(domain=numbers), axis=alt.Axis(title=None, labelAngle=0, orient="top")
    )
    y = alt.Y(
        "row:N",
        sort=labels,
        scale=alt.Scale(domain=labels),
        axis=alt.Axis(title=None, minExtent=_EXTENT, maxExtent=_EXTENT, labelColor=ink("ink")),
    )
    # Under half of the ink, so that the same dark number can be read on every tile, and the light one at night.
    shade = alt.Opacity("shade:Q", scale=alt.Scale(domain=[0, 1], range=[0.03, 0.5]), legend=None)
    data = rows_of(rows)
    layers = [
        data.mark_rect(color=ink("indigo")).encode(x=x, y=y, opacity=shade),
        data.mark_text(color=ink("ink")).encode(x=x, y=y, text="text:N"),
    ]
    return panel(layers, height=_TILE * len(names), title=title)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
