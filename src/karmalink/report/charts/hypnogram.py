"""A night: the stage of each epoch, the scorer's probabilities, the awakenings, and the truth where known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from karmalink.report.section import Panel
from karmalink.report.theme import STAGE_NAMES, STAGES, ink
from karmalink.report.vega import panel, rows_of

__all__ = ["COLOURS", "EXTENT", "clock_axis", "density", "hypnogram_chart", "ribbon"]

COLOURS: dict[str, str] = {stage: f"stage-{stage.lower()}" for stage in STAGES}
EXTENT = 46  # px, left of every panel of the night, so that they share the clock
_ROW = 26
_MOST_POINTS = 420
_LABEL_GAP = 0.1  # share of the night that two written times need between them


def hypnogram_chart(
    labels: Sequence[str], hours: ArrayLike, awakenings: Sequence[tuple[float, str]] = (), *, title: str = ""
) -> Panel:
    """Draw the stages as bars on one line per stage, and the awakenings above.

    Parameters
    ----------
    labels : sequence of str, length n
        W, R, N1, N2, N3 or ``?`` per epoch.
    hours : array_like, shape (n + 1,)
        Epoch edges in hours; past 24 where the night goes over midnight.
    awakenings : sequence of (hour, label)
        When, and what to write there.
    title : str
        The panel's finding.
    """
    import altair as alt

    edges = np.asarray(hours, dtype=np.float64)
    runs = _runs(labels, edges)
    height = _ROW * len(STAGES)
    top = 30 if awakenings else 4
    x, y = clock_axis(alt, edges), _rows(alt, height, top)
    data = rows_of([run for run in runs if run["stage"] in COLOURS])
    steps = [{"x": run[side], "y": run["y"]} for run in runs for side in ("start", "end")]
    layers: list[Any] = [
        rows_of(steps)
        .mark_line(color=ink("stone"), strokeWidth=1, opacity=0.8)
        .encode(x=x("x"), y=y("y"), order=alt.Order("x:Q")),
        data.mark_bar(height=15, cornerRadius=1.5).encode(
            x=x("start"),
            x2="end:Q",
            y=y("y"),
            color=_stage_colour(alt),
            tooltip=[alt.Tooltip("name:N", title="stage"), alt.Tooltip("minutes:Q", title="min")],
        ),
    ]
    if awakenings:
        layers += _awakening_marks(alt, awakenings, x, height, float(edges[-1] - edges[0]))
    return panel(layers, height=height + top, title=title)


def density(probabilities: NDArray[np.float64], hours: ArrayLike, *, title: str = "") -> Panel:
    """Draw the hypnodensity: the probability of every stage, stacked (Stephansen et al. 2018).

    Parameters
    ----------
    probabilities : ndarray, shape (n, 5)
        Columns W, R, N1, N2, N3; NaN rows where nothing was scored.
    hours : array_like, shape (n + 1,)
        Epoch edges in hours.
    title : str
        The panel's finding.
    """
    import altair as alt

    edges = np.asarray(hours, dtype=np.float64)
    thin = max(1, int(np.ceil(len(probabilities) / _MOST_POINTS)))
    rows = []
    for first in range(0, len(probabilities), thin):
        block = probabilities[first : first + thin]
        middle = round(float((edges[first] + edges[min(first + thin, len(edges) - 1)]) / 2), 4)
        mean = None if np.isnan(block).all() else np.nanmean(block, axis=0)
        levels = [None] * 6 if mean is None else [1.0, *[round(float(v), 3) for v in 1 - np.cumsum(mean)]]
        rows.append({"x": middle, **{f"p{index}": level for index, level in enumerate(levels)}})
    x = clock_axis(alt, edges)
    axis = alt.Axis(title=None, values=[0, 0.5, 1], format=".0%", minExtent=EXTENT, maxExtent=EXTENT, grid=False)
    scale = alt.Scale(domain=[0, 1], nice=False)
    data = rows_of(rows)
    layers = [
        data.mark_area(color=ink(COLOURS[stage]), interpolate="linear").encode(
            x=x("x"), y=alt.Y(f"p{index}:Q", axis=axis, scale=scale), y2=f"p{index + 1}:Q"
        )
        for index, stage in enumerate(STAGES)
    ]
    return panel(layers, height=92, title=title)


def ribbon(labels: Sequence[str], hours: ArrayLike, *, title: str = "") -> Panel:
    """Draw the stages as one ribbon, for a second scoring on the same clock."""
    import altair as alt

    edges = np.asarray(hours, dtype=np.float64)
    runs = [run for run in _runs(labels, edges) if run["stage"] in COLOURS]
    x = clock_axis(alt, edges, written=False)
    bars = (
        rows_of(runs)
        .mark_bar(height=13)
        .encode(
            x=x("start"),
            x2="end:Q",
            y=alt.Y("row:N", axis=alt.Axis(title=None, labels=False, minExtent=EXTENT, maxExtent=EXTENT)),
            color=_stage_colour(alt),
        )
        .transform_calculate(row="'stages'")
    )
    return panel([bars], height=18, title=title)


def _runs(labels: Sequence[str], edges: NDArray[np.float64]) -> list[dict[str, Any]]:
    """Return runs of equal stages: a night of 960 epochs has about a hundred."""
    runs: list[dict[str, Any]] = []
    for index, stage in enumerate(labels):
        end = round(float(edges[index + 1]), 4)
        if runs and runs[-1]["stage"] == stage:
            runs[-1]["end"] = end
            continue
        runs.append({"start": round(float(edges[index]), 4), "end": end, "stage": stage})
    for run in runs:
        stage = run["stage"]
        run["y"] = STAGES.index(stage) if stage in STAGES else None
        run["name"] = STAGE_NAMES.get(stage, "not scored")
        run["minutes"] = round(60 * (run["end"] - run["start"]), 1)
    return runs


def _stage_colour(alt: Any) -> Any:
    return alt.Color("stage:N", scale=alt.Scale(domain=list(STAGES), range=[ink(COLOURS[stage]) for stage in STAGES]))


def clock_axis(alt: Any, edges: NDArray[np.float64], *, written: bool = True) -> Any:
    """Return what encodes hours of the night on one clock for every panel of it."""
    first, last = float(edges[0]), float(edges[-1])
    label = "(datum.value % 24 < 10 ? '0' : '') + floor(datum.value % 24) + ':00'"
    every = 1 if last - first > 1.5 else 0.25
    if every < 1:
        label = f"round((datum.value - {first}) * 60) + ' min'"
    start = np.ceil(first / every) * every if every == 1 else first
    axis = alt.Axis(
        title=None, values=[round(float(v), 4) for v in np.arange(start, last + 1e-9, every)], labelExpr=label
    )
    scale = alt.Scale(domain=[first, last], nice=False)

    def x(name: str) -> Any:
        return alt.X(f"{name}:Q", axis=axis, scale=scale)

    return x


def _rows(alt: Any, height: int, top: int) -> Any:
    names = (
        "["
        + ",".join(f"'{STAGE_NAMES[stage].split(',')[0].replace('awake', 'Awake')}'" for stage in STAGES)
        + "][datum.value]"
    )
    axis = alt.Axis(
        title=None,
        values=list(range(len(STAGES))),
        labelExpr=names,
        minExtent=EXTENT,
        maxExtent=EXTENT,
        gridOpacity=0.5,
    )
    scale = alt.Scale(domain=[-0.5 - top / _ROW, len(STAGES) - 0.5], range=[0, height + top], nice=False)

    def y(name: str) -> Any:
        return alt.Y(f"{name}:Q", axis=axis, scale=scale)

    return y


def _awakening_marks(alt: Any, awakenings: Sequence[tuple[float, str]], x: Any, height: int, span: float) -> list[Any]:
    rows, written = [], -np.inf
    for hour, label in sorted(awakenings):
        room = hour - written >= _LABEL_GAP * span
        written = hour if room else written
        rows.append({"x": hour, "label": label if room else "", "tip": label})
    data = rows_of(rows)
    return [
        data.mark_rule(color=ink("ink"), strokeDash=[2, 3], opacity=0.8).encode(
            x=x("x"), y=alt.value(22), y2=alt.value(height + 30)
        ),
        data.mark_point(shape="triangle-down", size=60, filled=True, color=ink("ink"), opacity=1).encode(
            x=x("x"), y=alt.value(20), tooltip=alt.Tooltip("tip:N", title="awakening")
        ),
        data.mark_text(baseline="bottom", color=ink("ink")).encode(x=x("x"), y=alt.value(13), text="label:N"),
    ]
