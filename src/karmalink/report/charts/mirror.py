"""Past against future: one dot per night, above the line where the past agrees more, below where the future does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from karmalink.report.section import Panel
from karmalink.report.theme import ink
from karmalink.report.vega import panel, rows_of

__all__ = ["mirror_chart"]

_BINS = 52
_POWER = 0.4  # of the axis: most nights weigh next to nothing, a few weigh twenty nats
_TICKS = (0.0, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
_STEP = 8.0  # px, from dot to dot in a stack
_TALLEST = 104.0  # px, room on each side of the line
_DOT = 40


def mirror_chart(weights: Sequence[float], *, threshold: float | None, title: str = "") -> Panel:
    """Draw the nights' W as two stacks that would look the same if there were nothing to find.

    Parameters
    ----------
    weights : sequence of float, nats
        W of each night; positive where the past agrees more, never 0.
    threshold : float or None, nats
        Least W of a link; None where there is no link.
    title : str
        The panel's finding.
    """
    import altair as alt

    values = np.asarray(weights, dtype=np.float64)
    most = float(np.abs(values).max(initial=1.0)) * 1.04
    dots, up, down = _dots(values, most, threshold)
    ticks = [tick for tick in _TICKS if tick <= most]
    axis = alt.Axis(title="Evidence of one side over the other (nats: 2.3 = 10 to 1)", values=ticks, format="~g")
    x = alt.X("x:Q", axis=axis, scale=alt.Scale(type="pow", exponent=_POWER, domain=[0, most], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[-down, up], nice=False))
    zero = rows_of([{"y": 0}]).mark_rule(color=ink("soft")).encode(y=y)
    points = (
        rows_of(dots)
        .mark_circle(size=_DOT)
        .encode(
            x=x,
            y=y,
            color=alt.Color("side:N", scale=alt.Scale(domain=["link", "past", "future"], range=_range())),
            opacity=alt.condition("datum.side == 'past'", alt.value(0.5), alt.value(1)),
            tooltip=alt.Tooltip("w:Q", title="W", format="+.2f"),
        )
    )
    words = [
        {"y": up - 2, "text": "the past agrees more", "colour": ink("indigo"), "base": "top"},
        {"y": -down + 2, "text": "the future agrees more", "colour": ink("stone-text"), "base": "bottom"},
    ]
    layers: list[Any] = [zero, points, *[_word(alt, word, y) for word in words]]
    if threshold is not None and threshold < most:
        layers.append(_gate(alt, threshold, x))
    return panel(layers, height=round(up + down), title=title)


def _dots(values: Any, most: float, threshold: float | None) -> tuple[list[dict[str, Any]], float, float]:
    """Stack the dots on both sides; also return how much room each side needs, px."""
    steps = np.linspace(0, 1, _BINS + 1)
    centre = most * ((steps[:-1] + steps[1:]) / 2) ** (1 / _POWER)
    bins = np.clip(np.digitize(np.abs(values), most * steps ** (1 / _POWER)) - 1, 0, _BINS - 1)
    sides = np.where(values > 0, 1, -1)
    heights = {side: int(np.bincount(bins[sides == side], minlength=1).max(initial=0)) for side in (1, -1)}
    step = min(_STEP, _TALLEST / max(*heights.values(), 1))
    seen: dict[tuple[int, int], int] = {}
    dots = []
    for value, place, side in sorted(zip(values, bins, sides, strict=True), key=lambda dot: abs(dot[0])):
        level = seen[int(place), int(side)] = seen.get((int(place), int(side)), 0) + 1
        kind = "future" if side < 0 else "link" if threshold is not None and value >= threshold else "past"
        dots.append(
            {
                "x": round(float(centre[place]), 4),
                "y": float(side * (level - 0.2) * step),
                "w": float(value),
                "side": kind,
            }
        )
    room = {side: max(heights[side] * step + 10, 30) + 16 for side in (1, -1)}
    return dots, room[1], room[-1]


def _range() -> list[str]:
    return [ink("indigo"), ink("indigo"), ink("stone")]


def _word(alt: Any, word: dict[str, Any], y: Any) -> Any:
    mark = rows_of([word]).mark_text(align="right", baseline=word["base"], fontWeight=600)
    return mark.encode(x=alt.value("width"), y=y, text="text:N", color=alt.value(word["colour"]))


def _gate(alt: Any, threshold: float, x: Any) -> Any:
    gate = rows_of([{"x": threshold, "text": "links"}])
    rule = gate.mark_rule(color=ink("indigo"), strokeDash=[4, 3]).encode(x=x)
    text = gate.mark_text(align="left", baseline="top", dx=5, color=ink("indigo")).encode(
        x=x, y=alt.value(0), text="text:N"
    )
    return rule + text
