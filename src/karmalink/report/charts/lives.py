"""One life among others: each life's score as a dot, the one asked about named."""

from __future__ import annotations

from collections.abc import Sequence

from karmalink.report.section import Panel
from karmalink.report.theme import ink
from karmalink.report.vega import panel, rows_of

__all__ = ["lives_chart"]

_HEIGHT = 96


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
