"""Accounts over the weeks, one line per stage before the awakening."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from karmalink.report.charts.hypnogram import COLOURS
from karmalink.report.section import Panel
from karmalink.report.theme import STAGE_NAMES, STAGES, ink
from karmalink.report.vega import panel, rows_of

__all__ = ["TimelineAccount", "timeline_chart"]

_ROW = 34
_EXTENT = 62


@dataclass(frozen=True, slots=True)
class TimelineAccount:
    """One account on the timeline.

    Attributes
    ----------
    date : date
        Its day.
    stage : str
        Stage before the awakening; empty where unknown.
    linked : bool
        Whether the night has a link.
    words : int
        How long it is.
    label : str
        Its identifier.
    """

    date: dt.date
    stage: str
    linked: bool
    words: int
    label: str


def timeline_chart(accounts: Sequence[TimelineAccount], *, title: str = "") -> Panel:
    """Draw one dot per account; filled where its night has a link, its size the length of the account."""
    import altair as alt

    present = [stage for stage in STAGES if any(account.stage == stage for account in accounts)]
    unknown = any(account.stage not in STAGES for account in accounts)
    names = [_name(stage) for stage in present] + (["Not known"] if unknown else [])
    rows = [
        {
            "date": account.date.isoformat(),
            "row": _name(account.stage) if account.stage in STAGES else "Not known",
            "colour": ink(COLOURS.get(account.stage, "stone")),
            "linked": account.linked,
            "words": account.words,
            "label": account.label,
        }
        for account in accounts
    ]
    x = alt.X(
        "date:T",
        scale=alt.Scale(type="utc", padding=8),
        axis=alt.Axis(
            title=None,
            format="%-d %b",
            tickCount={"interval": "week", "step": _weeks(accounts)},
            grid=True,
            gridDash=[1, 3],
        ),
    )
    y = alt.Y(
        "row:N", sort=names, axis=alt.Axis(title=None, minExtent=_EXTENT, maxExtent=_EXTENT, labelColor=ink("ink"))
    )
    size = alt.Size("words:Q", scale=alt.Scale(type="sqrt", range=[30, 190], zero=False))
    tooltip = [alt.Tooltip("label:N", title="account"), alt.Tooltip("words:Q", title="words")]
    data = rows_of(rows)
    own = alt.Color("colour:N", scale=None)
    layers: list[Any] = [
        data.transform_filter("!datum.linked")
        .mark_point(filled=False, strokeWidth=1.8, opacity=0.95)
        .encode(x=x, y=y, size=size, stroke=alt.Stroke("colour:N", scale=None), tooltip=tooltip),
        data.transform_filter("datum.linked")
        .mark_circle(opacity=1)
        .encode(x=x, y=y, size=size, color=own, tooltip=tooltip),
    ]
    return panel(layers, height=_ROW * len(names), title=title)


def _name(stage: str) -> str:
    return STAGE_NAMES[stage].split(",")[0].replace("awake", "Awake")


def _weeks(accounts: Sequence[TimelineAccount]) -> int:
    dates = [account.date for account in accounts]
    span = (max(dates) - min(dates)).days
    return max(1, round(span / 7 / 6))
