"""Events through a night: how many in each stretch, on the clock of the hypnogram."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from karmalink.report.charts.hypnogram import EXTENT, clock_axis
from karmalink.report.section import Panel
from karmalink.report.theme import ink
from karmalink.report.vega import panel, rows_of

__all__ = ["STRETCH_MIN", "rhythm_chart"]

STRETCH_MIN = 5
_HEIGHT = 64


def rhythm_chart(
    at: ArrayLike, hours: ArrayLike, *, colour: str, known: Sequence[float] = (), title: str = ""
) -> Panel:
    """Draw how many events begin in every five minutes.

    Parameters
    ----------
    at : array_like, shape (k,)
        Hours on the night's clock at which events begin.
    hours : array_like, shape (n + 1,)
        The hypnogram's epoch edges in hours: the panel covers the same stretch.
    colour : str
        Name of the bars' colour.
    known : sequence of float
        Hours of events that are known, drawn as a line over the bars.
    title : str
        Words above the panel.
    """
    import altair as alt

    clock = np.asarray(hours, dtype=np.float64)
    edges = np.append(np.arange(clock[0], clock[-1], STRETCH_MIN / 60), clock[-1])
    counts, _ = np.histogram(np.asarray(at, dtype=np.float64), edges)
    truth, _ = np.histogram(np.asarray(known, dtype=np.float64), edges)
    rows = [
        {
            "x": round(float(edges[i]), 4),
            "end": round(float(edges[i + 1]), 4),
            "n": int(counts[i]),
            "known": int(truth[i]),
        }
        for i in range(counts.size)
    ]
    top = max(1, int(counts.max(initial=0)), int(truth.max(initial=0)))
    x = clock_axis(alt, clock)
    axis = alt.Axis(title=None, values=[0, top], minExtent=EXTENT, maxExtent=EXTENT, grid=False, format="d")
    scale = alt.Scale(domain=[0, top], nice=False)
    data = rows_of(rows)
    tooltip = [alt.Tooltip("n:Q", title="found"), *([alt.Tooltip("known:Q", title="planted")] if len(known) else [])]
    layers = [
        data.mark_rect(color=ink(colour), opacity=0.85).encode(
            x=x("x"), x2="end:Q", y=alt.Y("n:Q", axis=axis, scale=scale), y2=alt.datum(0), tooltip=tooltip
        )
    ]
    if len(known):
        layers.append(
            data.mark_line(color=ink("ink"), strokeWidth=1, interpolate="step-after").encode(
                x=x("x"), y=alt.Y("known:Q", axis=axis, scale=scale)
            )
        )
    return panel(layers, height=_HEIGHT, title=title)
