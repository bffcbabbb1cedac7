"""A hypnogram as an Altair chart: the stages by the clock, and below them the probability of every stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Codes, Floats
from karmalink.base.charts import BAND, SOFT, STONE, chart_of, titled
from karmalink.base.wording import counted, percent
from karmalink.night.hypnograms.stages import STAGES, UNSCORED

if TYPE_CHECKING:
    from datetime import datetime

    import altair as alt

__all__ = ["NightStages", "draw_hypnogram", "night_finding"]

# From top to bottom, as sleep charts have it: REM beside waking. Stage → name and colour.
_ROWS = {
    "W": ("Awake", "#d98e04"),
    "R": ("REM", "#b8486f"),
    "N1": ("N1", "#9cc3d5"),
    "N2": ("N2", "#5a8bb5"),
    "N3": ("N3", "#2b4c78"),
}
_WIDTH_PX, _ROW_PX, _DENSITY_PX = 720, 26, 92
_MAX_POINTS = 480
_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, eq=False)
class NightStages:
    """What is drawn of a hypnogram.

    Attributes
    ----------
    stages : ndarray of int8, shape (n,)
        Stage codes, -1 unscored.
    edges_s : ndarray, shape (n + 1,)
        Beginning of each epoch and end of the last, in seconds from the first epoch.
    probabilities : ndarray, shape (n, 5), or None
        Columns W N1 N2 N3 R; NaN rows where unscored.
    start : datetime or None
        Clock time of the first epoch.
    """

    stages: Codes
    edges_s: Floats
    probabilities: Floats | None
    start: datetime | None


def draw_hypnogram(night: NightStages, finding: str) -> alt.VConcatChart:
    """Return the chart of a hypnogram.

    Parameters
    ----------
    night : NightStages
        The stages, and their probabilities where the scorer gave some: the hypnodensity (Stephansen et al. 2018).
    finding : str
        The title, and the text alternative.
    """
    hours = night.edges_s / _HOUR_S + _clock_hours(night.start)
    axis = _Clock(float(hours[0]), float(hours[-1]), on_clock=night.start is not None)
    panels = [_stages_panel(night.stages, hours, axis)]
    if night.probabilities is not None and np.isfinite(night.probabilities).any():
        panels.append(_density_panel(night.probabilities, hours, axis))
    return titled(panels, finding)


def night_finding(stages: Codes, minutes: Floats, uncertain: float | None, scorer: str) -> str:
    """Return the title of a hypnogram: sleep and REM, then who scored and how much of it is uncertain or unscored."""
    asleep, rem = (float(minutes[chosen].sum()) for chosen in (stages > 0, stages == STAGES.index("R")))
    head = f"{_in_hours(asleep)} asleep, {_in_hours(rem)} of it in REM" if asleep else "No sleep was scored"
    unscored = int((stages == UNSCORED).sum())
    parts = [
        f"scored by {scorer}" if scorer else "",
        f"{percent(uncertain)} of the scored epochs are uncertain" if uncertain is not None else "",
        f"{counted(unscored, 'epoch')} unscored" if unscored else "",
    ]
    rest = "; ".join(filter(None, parts))
    return f"{head}. {rest[:1].upper()}{rest[1:]}." if rest else f"{head}."


def _in_hours(minutes: float) -> str:
    if minutes < 10:
        return f"{minutes:.2g} min"
    hours, rest = divmod(round(minutes), 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def _clock_hours(start: datetime | None) -> float:
    return 0.0 if start is None else start.hour + start.minute / 60 + start.second / _HOUR_S


@dataclass(frozen=True, slots=True)
class _Clock:
    """The time axis of all panels: hours on the clock, past 24 after midnight, or from the first epoch."""

    first: float
    last: float
    on_clock: bool

    def x(self, name: str) -> Any:
        """Return what encodes a field of hours."""
        import altair as alt

        step = 1 if self.last - self.first > 1.5 else 0.25
        ticks = np.arange(np.ceil(self.first / step) * step, self.last + 1e-9, step)
        minutes = "(round((datum.value % 1) * 60) < 10 ? '0' : '') + round((datum.value % 1) * 60)"
        label = f"floor(datum.value % 24) + ':' + {minutes}"
        return alt.X(
            f"{name}:Q",
            axis=alt.Axis(
                title="Clock" if self.on_clock else "Hours from the first epoch",
                values=[round(float(tick), 4) for tick in ticks],
                labelExpr=label,
                grid=False,
            ),
            scale=alt.Scale(domain=[self.first, self.last], nice=False),
        )


def _runs(stages: Codes, hours: Floats) -> list[dict[str, Any]]:
    """Return one record per run of a stage: a night of 960 epochs has about a hundred."""
    edges = np.flatnonzero(np.diff(stages)) + 1
    firsts, stops = [0, *edges.tolist()], [*edges.tolist(), len(stages)]
    order = list(_ROWS)
    runs = []
    for first, stop in zip(firsts, stops, strict=True):
        code = int(stages[first])
        begin, end = float(hours[first]), float(hours[stop])
        stage = STAGES[code] if code != UNSCORED else ""
        runs.append(
            {
                "begin": round(begin, 5),
                "end": round(end, 5),
                "stage": _ROWS[stage][0] if stage else "unscored",
                "row": order.index(stage) if stage else None,
                "minutes": round(60 * (end - begin), 1),
            }
        )
    return runs


def _stages_panel(stages: Codes, hours: Floats, axis: _Clock) -> Any:
    import altair as alt

    runs = _runs(stages, hours) if len(stages) else []
    names, colours = [name for name, _ in _ROWS.values()], [colour for _, colour in _ROWS.values()]
    y = alt.Y(
        "row:Q",
        axis=alt.Axis(
            title=None, values=list(range(len(names))), labelExpr=f"{names}[datum.value]", gridOpacity=0.5, minExtent=48
        ),
        scale=alt.Scale(domain=[-0.5, len(names) - 0.5], reverse=True, nice=False),
    )
    tooltip = [alt.Tooltip("stage:N"), alt.Tooltip("minutes:Q", title="min")]
    steps = [{"x": run[side], "row": run["row"]} for run in runs for side in ("begin", "end")]
    layers = alt.layer(
        chart_of([run for run in runs if run["row"] is None])
        .mark_rect(color=BAND)
        .encode(x=axis.x("begin"), x2="end:Q", tooltip=tooltip),
        chart_of(steps).mark_line(color=STONE, strokeWidth=1).encode(x=axis.x("x"), y=y, order=alt.Order("x:Q")),
        chart_of([run for run in runs if run["row"] is not None])
        .mark_bar(height=15, cornerRadius=1.5)
        .encode(
            x=axis.x("begin"),
            x2="end:Q",
            y=y,
            color=alt.Color("stage:N", scale=alt.Scale(domain=names, range=colours), legend=None),
            tooltip=tooltip,
        ),
    )
    return layers.properties(width=_WIDTH_PX, height=_ROW_PX * len(names))


def _density_panel(probabilities: Floats, hours: Floats, axis: _Clock) -> Any:
    """Return the probabilities stacked in the order of the rows: Awake on top, N3 at the bottom."""
    import altair as alt

    columns = [STAGES.index(stage) for stage in _ROWS]
    scale, y_axis = alt.Scale(domain=[0, 1], nice=False), alt.Axis(title=None, format="%", tickCount=3, minExtent=48)
    rows = _density_rows(probabilities[:, columns], hours)
    layers = [
        chart_of(rows)
        .mark_area(color=colour, interpolate="step-after")
        .encode(x=axis.x("x"), y=alt.Y(f"p{row}:Q", axis=y_axis, scale=scale), y2=f"p{row + 1}:Q")
        for row, (_, colour) in enumerate(_ROWS.values())
    ]
    title = alt.TitleParams("Probability of every stage", anchor="start", fontSize=12, fontWeight="normal", color=SOFT)
    return alt.layer(*layers).properties(width=_WIDTH_PX, height=_DENSITY_PX, title=title)


def _density_rows(table: Floats, hours: Floats) -> list[dict[str, Any]]:
    """Return the upper edge of every stage at the beginning of each block of epochs, p0 = 1 to p5 = 0."""
    size = max(1, -(-len(table) // _MAX_POINTS))
    rows: list[dict[str, Any]] = []
    for first in range(0, len(table), size):
        block = table[first : first + size]
        scored = block[np.isfinite(block[:, 0])]
        # edge[k] = 1 − Σ_{j < k} mean probability of row j
        edges: Sequence[Any] = [None] * 6
        if len(scored):
            edges = [1.0, *(round(float(value), 4) for value in 1 - np.cumsum(scored.mean(axis=0)))]
        rows.append({"x": round(float(hours[first]), 5), **{f"p{k}": edge for k, edge in enumerate(edges)}})
    return [*rows, {**rows[-1], "x": round(float(hours[-1]), 5)}]
