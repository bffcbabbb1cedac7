"""One life among others: each life's score as a tick, the one asked about named; and what chance reaches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.report.section import Panel
from karmalink.report.theme import ink
from karmalink.report.vega import panel, rows_of

__all__ = ["lives_and_chance", "lives_chart"]

_HEIGHT = 96
_CHANCE, _BINS = 120, 40  # px, and bars of a distribution of chance


def lives_chart(scores: Sequence[float], own: int, *, own_label: str, title: str = "") -> Panel:
    """Draw the scores of all lives.

    Parameters
    ----------
    scores : sequence of float
        One per life.
    own : int
        Index of the life that was asked about.
    own_label : str
        What it is called.
    title : str
        The panel's finding.
    """
    import altair as alt

    rows = [{"score": float(score), "own": index == own} for index, score in enumerate(scores)]
    x = alt.X("score:Q", axis=alt.Axis(title="Score of the life", tickCount=6), scale=alt.Scale(zero=False, nice=True))
    y = alt.value(_HEIGHT - 26)
    others = (
        rows_of([row for row in rows if not row["own"]])
        .mark_tick(color=ink("stone"), thickness=2, height=26, opacity=0.75)
        .encode(x=x, y=y)
    )
    mine = rows_of([{**rows[own], "label": own_label}])
    layers = [
        others,
        mine.mark_rule(color=ink("indigo"), strokeWidth=3).encode(x=x, y=alt.value(26), y2=alt.value(_HEIGHT - 8)),
        mine.mark_text(color=ink("indigo"), fontWeight=600, dy=-6).encode(x=x, y=alt.value(22), text="label:N"),
    ]
    return panel(layers, height=_HEIGHT, title=title)


def lives_and_chance(
    scores: Floats, own: int, chance: Sequence[tuple[str, Floats]], *, own_label: str, limit: float, title: str = ""
) -> Panel:
    """Draw the scores of all lives, and above them what the best life reaches by chance.

    Parameters
    ----------
    scores : ndarray, shape (N,)
        Of the lives.
    own : int
        Index of the one in question.
    chance : sequence of (colour, values)
        Best scores by chance, shape (runs,) each.
    own_label : str
        What it is called.
    limit : float
        What chance reaches once in a hundred.
    title : str
        The panel's finding.
    """
    import altair as alt

    low = min(float(scores.min()), *(float(values.min()) for _, values in chance))
    high = max(float(scores.max()), *(float(values.max()) for _, values in chance))
    edges = np.linspace(low, high + 1e-9, _BINS + 1)
    x = alt.X(
        "score:Q", axis=alt.Axis(title="Score, nats", tickCount=6), scale=alt.Scale(domain=[low, high], nice=True)
    )
    layers = []
    for colour, values in chance:
        counts, _ = np.histogram(values, edges)
        top = max(int(counts.max()), 1)
        rows = [
            {"score": float(a), "end": float(b), "y": _CHANCE * (1.0 - float(count) / top)}
            for a, b, count in zip(edges[:-1], edges[1:], counts, strict=True)
            if count
        ]
        bars = rows_of(rows).mark_rect(color=ink(colour), opacity=0.45)
        layers.append(bars.encode(x=x, x2="end:Q", y=alt.Y("y:Q", scale=None, axis=None), y2=alt.datum(_CHANCE)))
    foot = _CHANCE + 54
    ticks = rows_of([{"score": float(score)} for number, score in enumerate(scores) if number != own])
    mine = rows_of([{"score": float(scores[own]), "label": own_label}])
    edge = rows_of([{"score": limit, "label": "p = .01"}])
    layers += [
        ticks.mark_tick(color=ink("stone"), thickness=2, height=24, opacity=0.75).encode(x=x, y=alt.value(foot - 14)),
        edge.mark_rule(color=ink("ink"), strokeDash=[3, 3]).encode(x=x, y=alt.value(6), y2=alt.value(foot)),
        edge.mark_text(color=ink("ink"), dx=4, align="left").encode(x=x, y=alt.value(10), text="label:N"),
        mine.mark_rule(color=ink("indigo"), strokeWidth=3).encode(x=x, y=alt.value(34), y2=alt.value(foot)),
        mine.mark_text(color=ink("indigo"), fontWeight=600, dy=-6).encode(x=x, y=alt.value(30), text="label:N"),
    ]
    return panel(layers, height=foot, title=title)
