"""How much ground is searched before the find, with each source added."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karmalink.report import words
from karmalink.report.section import Panel
from karmalink.report.theme import ink
from karmalink.report.vega import panel, rows_of

__all__ = ["Strip", "strips"]

_BINS = 76
_ROW = 96  # px, one strip with its label
_LIFT = 46  # px, the tallest stack of dots
_STEP = 4.6  # px, from dot to dot in a stack
_LEAST_TICKS = 3
_AREA = (
    "datum.value >= 1 ? format(datum.value, '~g') + ' km²' : datum.value >= 0.01 ? format(100 * datum.value, "
    "'~g') + ' ha' : format(1e6 * datum.value, '~g') + ' m²'"
)


@dataclass(frozen=True, slots=True)
class Strip:
    """One row of dots.

    Attributes
    ----------
    label : str
        What was searched with.
    values : ndarray, shape (n,), km²
        One per world.
    note : str
        Written at the right end, such as the change against the first row.
    colour : str
        Name of a colour.
    """

    label: str
    values: NDArray[np.float64]
    note: str
    colour: str


def strips(rows: Sequence[Strip], *, ends: tuple[float, float], title: str, axis: str) -> Panel:
    """Draw one strip of dots per row on a logarithmic axis, with median and middle half.

    Searches before a find range from a cell to the whole ground, and links change them by a factor: equal factors are
    equal lengths here.

    Parameters
    ----------
    rows : sequence of Strip
        From top to bottom.
    ends : (low, high), km²
        Ends of the axis, shared by panels that are compared; what lies beyond is drawn at the end.
    title : str
        The panel's finding.
    axis : str
        What is measured.
    """
    import altair as alt

    edges = np.geomspace(*ends, _BINS + 1)
    dots = [dot for index, row in enumerate(rows) for dot in _dots(row, index, edges)]
    marks = [_summary(row, index, ends) for index, row in enumerate(rows)]
    height = _ROW * len(rows)
    axis_x = alt.Axis(title=axis, values=_ticks(ends), labelExpr=_AREA, grid=True, gridDash=[1, 3])
    scale_x = alt.Scale(type="log", domain=list(ends), nice=False)
    scale_y = alt.Scale(domain=[height, 0], nice=False)

    def x(name: str) -> alt.X:
        return alt.X(f"{name}:Q", axis=axis_x, scale=scale_x)

    def y(name: str = "y") -> alt.Y:
        return alt.Y(f"{name}:Q", axis=None, scale=scale_y)

    scale_row = alt.Scale(domain=list(range(len(rows))), range=[ink(row.colour) for row in rows])
    by_row = alt.Color("row:N", scale=scale_row)
    own, dark, quiet = alt.Color("colour:N", scale=None), alt.value(ink("ink")), alt.value(ink("soft"))
    summary = rows_of(marks)
    heading = summary.mark_text(align="left", baseline="top", fontWeight=600, fontSize=13)
    remark = summary.mark_text(align="right", baseline="top")
    layers: list[Any] = [
        rows_of(dots)
        .mark_circle(size=13, opacity=0.85)
        .encode(x=x("x"), y=y(), color=by_row, tooltip=alt.Tooltip("v:Q", title="km²")),
        summary.mark_rule(strokeWidth=3, strokeCap="round").encode(x=x("low"), x2="high:Q", y=y(), color=own),
        summary.mark_tick(thickness=3, height=15, orient="vertical").encode(x=x("median"), y=y(), color=dark),
        summary.mark_text(baseline="top", dy=9).encode(x=x("median"), y=y(), text="median_text:N", color=dark),
        heading.encode(x=alt.value(0), y=y("label_y"), text="label:N", color=dark),
        remark.encode(x=alt.value("width"), y=y("label_y"), text="note:N", color=quiet),
    ]
    return panel(layers, height=height, title=title)


def _ticks(ends: tuple[float, float]) -> list[float]:
    """Return powers of ten inside the ends, or steps of 1, 2 and 5 where that would be fewer than three."""
    decades = range(math.floor(math.log10(ends[0])), math.ceil(math.log10(ends[1])) + 1)
    for steps in ((1.0,), (1.0, 2.0, 5.0)):
        ticks = [float(f"{step * 10.0**decade:.3g}") for decade in decades for step in steps]
        inside = [tick for tick in ticks if ends[0] <= tick <= ends[1]]
        if len(inside) >= _LEAST_TICKS:
            break
    return inside


def _dots(row: Strip, index: int, edges: NDArray[np.float64]) -> list[dict[str, Any]]:
    """Stack one dot per world on the row's line, in bins of equal width."""
    values = np.sort(np.asarray(row.values, dtype=np.float64))
    bins = np.clip(np.digitize(values, edges) - 1, 0, len(edges) - 2)
    tallest = max(int(np.bincount(bins).max()), 1) if bins.size else 1
    step = min(_STEP, _LIFT / tallest)
    centre = np.sqrt(edges[:-1] * edges[1:])
    seen: dict[int, int] = {}
    dots = []
    for value, place in zip(values, bins, strict=True):
        level = seen[int(place)] = seen.get(int(place), 0) + 1
        dots.append(
            {
                "x": float(f"{centre[place]:.4g}"),
                "y": round(_line(index) - 5 - level * step, 1),
                "row": index,
                "v": float(f"{value:.3g}"),
            }
        )
    return dots


def _summary(row: Strip, index: int, ends: tuple[float, float]) -> dict[str, Any]:
    low, median, high = (float(value) for value in np.quantile(row.values, [0.25, 0.5, 0.75]))
    return {
        "low": max(low, ends[0]),
        "median": min(max(median, ends[0]), ends[1]),
        "high": min(high, ends[1]),
        "y": _line(index),
        "label_y": _line(index) - _LIFT - 24,
        "label": row.label,
        "note": row.note,
        "colour": ink(row.colour),
        "median_text": words.area(median),
    }


def _line(index: int) -> float:
    return float(_ROW * index + _LIFT + 26)
