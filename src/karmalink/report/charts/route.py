"""The route of a recall through a register: order of telling against time, with the confidence of each place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from karmalink.account.files.timed import clock_of
from karmalink.report.section import Panel
from karmalink.report.theme import ink
from karmalink.report.vega import panel, rows_of

if TYPE_CHECKING:
    from karmalink.link import Alignment

__all__ = ["route_panel"]

_HEIGHT = 380
_STEPS = (1, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 43_200, 86_400)
_CLOCK = "floor(datum.value / 60) + ':' + format(datum.value % 60, '02d')"


def _times(found: Alignment) -> list[float]:
    """Return at most seven round times within the register's span."""
    first, last = (pick(unit.start for unit in found.units) for pick in (min, max))
    step = next((each for each in _STEPS if last - first <= 6 * each), _STEPS[-1])
    return [float(step * count) for count in range(int(first // step), int(last // step) + 1)]


def route_panel(found: Alignment, *, title: str = "") -> Panel:
    """Draw the route: a line in the order of telling, a dot per unit, larger and darker where the confidence is higher.

    Parameters
    ----------
    found : Alignment
        With units.
    title : str
        The panel's finding.
    """
    import altair as alt

    rows = [
        {
            "unit": unit.index + 1,
            "time": unit.start,
            "at": clock_of(unit.start),
            "sure": round(unit.confidence, 3),
            "move": unit.move,
            "register": unit.register,
        }
        for unit in found.units
    ]
    n = len(rows)
    x = alt.X(
        "time:Q",
        axis=alt.Axis(title="Time in the register", labelExpr=_CLOCK, values=_times(found)),
        scale=alt.Scale(nice=False),
    )
    y = alt.Y(
        "unit:Q",
        axis=alt.Axis(title=None, tickCount=6, format="d", minExtent=38, maxExtent=38),
        scale=alt.Scale(domain=[n + 0.5, 0.5], nice=False),
    )
    tooltip = [
        alt.Tooltip("unit:Q", title="unit told"),
        alt.Tooltip("at:N", title="time"),
        alt.Tooltip("register:N", title="register"),
        alt.Tooltip("sure:Q", title="confidence", format=".2f"),
        alt.Tooltip("move:N", title="move"),
    ]
    data = rows_of(rows)
    layers = [
        data.mark_line(color=ink("stone"), strokeWidth=1, opacity=0.7).encode(
            x=x, y=y, order=alt.Order("unit:Q", sort="ascending")
        ),
        data.mark_circle(color=ink("indigo")).encode(
            x=x,
            y=y,
            size=alt.Size("sure:Q", scale=alt.Scale(domain=[0, 1], range=[8, 90]), legend=None),
            opacity=alt.Opacity("sure:Q", scale=alt.Scale(domain=[0, 1], range=[0.25, 1]), legend=None),
            tooltip=tooltip,
        ),
        data.transform_filter("datum.move == 'return'")
        .mark_point(color=ink("lotus"), size=150, strokeWidth=1.6, opacity=1)
        .encode(x=x, y=y, tooltip=tooltip),
    ]
    return panel(layers, height=_HEIGHT, title=title)
