"""Rules compared: the share of REM periods each detects, how often it is right, how late it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from karmalink.report.section import Panel
from karmalink.report.theme import ink
from karmalink.report.vega import panel, rows_of

__all__ = ["RulePoint", "frontier_chart"]

_HEIGHT = 300


@dataclass(frozen=True, slots=True)
class RulePoint:
    """One rule with its figures; `held_out` where they come from nights that had no part in choosing it."""

    label: str
    precision: float
    sensitivity: float
    delay_min: float
    held_out: bool = False


def frontier_chart(
    rules: Sequence[RulePoint],
    *,
    goal: tuple[float, float],
    low_high: tuple[tuple[float, float], tuple[float, float]] | None = None,
    title: str = "",
) -> Panel:
    """Draw rules as dots, the goal as the corner they should reach, and the held-out rule with its intervals.

    Parameters
    ----------
    rules : sequence of RulePoint
        Any number; exactly the ones `held_out` are drawn large.
    goal : (float, float)
        Least sensitivity and least precision.
    low_high : pair of (float, float), optional
        Intervals of the held-out rule's sensitivity and precision.
    title : str
        The panel's finding.
    """
    import altair as alt

    sensitivity, precision = goal
    rows = [_row(one) for one in rules]
    x, y = (
        _axis(alt, "x", [row["x"] for row in rows], sensitivity),
        _axis(alt, "y", [row["y"] for row in rows], precision),
    )
    area = rows_of([{"x": 100 * sensitivity, "x2": 100, "y": 100 * precision, "y2": 100}])
    tips = [alt.Tooltip("label:N", title="rule"), alt.Tooltip("late:N", title="delay")]
    layers: list[Any] = [
        area.mark_rect(color=ink("rice"), opacity=0.22).encode(x=x("x"), x2="x2:Q", y=y("y"), y2="y2:Q"),
        rows_of([{"x": 50 * (1 + sensitivity), "y": 50 * (1 + precision)}])
        .mark_text(align="center", baseline="middle", color=ink("soft"))
        .encode(x=x("x"), y=y("y"), text=alt.value("the goal")),
        rows_of([row for row in rows if not row["held"]])
        .mark_circle(opacity=0.85, stroke=ink("paper"), strokeWidth=1)
        .encode(x=x("x"), y=y("y"), color=alt.value(ink("stone")), size=alt.Size("size:Q", scale=None), tooltip=tips),
    ]
    held_out = [row for row in rows if row["held"]]
    if held_out and low_high is not None:
        layers += _cross(alt, held_out[0], low_high, x, y)
    layers.append(
        rows_of(held_out)
        .mark_point(filled=True, size=130, opacity=1, stroke=ink("paper"), strokeWidth=2)
        .encode(x=x("x"), y=y("y"), fill=alt.value(ink("indigo")), tooltip=tips)
    )
    return panel(layers, height=_HEIGHT, title=title)


def _row(one: RulePoint) -> dict[str, Any]:
    return {
        "x": 100 * one.sensitivity,
        "y": 100 * one.precision,
        "label": one.label,
        "late": f"{one.delay_min:.1f} min",
        "size": 26 + 22 * one.delay_min,
        "held": one.held_out,
    }


def _axis(alt: Any, channel: str, values: list[float], goal: float) -> Any:
    low = max(0.0, 5 * ((min([*values, 100 * goal]) - 4) // 5))
    words = {"x": "Sensitivity: REM periods detected, %", "y": "Precision: triggers in REM, %"}[channel]
    kind = {"x": alt.X, "y": alt.Y}[channel]

    def encode(name: str) -> Any:
        axis = alt.Axis(title=words, grid=True, gridDash=[1, 3], tickCount=6)
        return kind(f"{name}:Q", axis=axis, scale=alt.Scale(domain=[low, 100], nice=False))

    return encode


def _cross(
    alt: Any, row: dict[str, Any], low_high: tuple[tuple[float, float], tuple[float, float]], x: Any, y: Any
) -> list[Any]:
    (left, right), (low, high) = low_high
    flat = {"x": 100 * left, "x2": 100 * right, "y": row["y"]}
    steep = {"x": row["x"], "y": 100 * low, "y2": 100 * high}
    mark = {"color": ink("indigo"), "strokeWidth": 2.5, "strokeCap": "round"}
    return [
        rows_of([flat]).mark_rule(**mark).encode(x=x("x"), x2="x2:Q", y=y("y")),
        rows_of([steep]).mark_rule(**mark).encode(x=x("x"), y=y("y"), y2="y2:Q"),
    ]
