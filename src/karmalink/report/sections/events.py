"""Events of the night: spindles, eye movements and others, how often, and in which stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from karmalink.report import words
from karmalink.report.charts.rhythm import STRETCH_MIN, rhythm_chart
from karmalink.report.section import Column, Figure, Fold, LegendEntry, Panel, SectionPart, Table
from karmalink.report.theme import STAGE_NAMES, STAGES, ink

if TYPE_CHECKING:
    from karmalink.night import Events
    from karmalink.report.data import ReportNight

__all__ = ["event_parts"]

# Kind → colour: an event that belongs to one stage wears that stage's colour.
_COLOURS = {"rapid eye movement": "stage-r", "REM burst": "stage-r", "LRLR": "stage-r", "slow wave": "stage-n3"}
_COLOUR = "stage-n2"
_DRAWN = 3  # panels; the table has every kind


def event_parts(shown: ReportNight, hours: NDArray[np.float64], number: int) -> Fold:
    """Return the fold of a night's events.

    Parameters
    ----------
    shown : ReportNight
        With `events`.
    hours : ndarray, shape (n + 1,)
        Epoch edges on the page's clock.
    number : int
        Which of the report's nights, from 1.
    """
    counts = words.join(_counted(one) for one in shown.events)
    blocks: list[SectionPart] = []
    if any(one.count for one in shown.events):
        blocks.append(_figure(shown, hours, number))
    blocks.append(_table(shown))
    if shown.planted:
        blocks.append(_held_against(shown))
    return Fold(f"Events of the night: {counts}", tuple(blocks))


def _counted(events: Events) -> str:
    return words.count(events.count, events.kind, _plural(events.kind))


def _plural(kind: str) -> str:
    return kind if kind.isupper() else f"{kind}s"


def _figure(shown: ReportNight, hours: NDArray[np.float64], number: int) -> Figure:
    drawn = sorted((one for one in shown.events if one.count), key=lambda one: -one.count)[:_DRAWN]
    panels: list[Panel] = []
    rates = []
    for one in drawn:
        at, known = _clock(shown, one, hours), shown.planted.get(one.kind)
        title = _plural(one.kind)
        panels.append(
            rhythm_chart(
                at,
                hours,
                colour=_COLOURS.get(one.kind, _COLOUR),
                known=() if known is None else _clock(shown, known, hours).tolist(),
                title=f"{title[:1].upper()}{title[1:]} in every {STRETCH_MIN} minutes",
            )
        )
        rates.append(f"{_counted(one)}, {words.number(one.per_hour, 0)} per hour of {_looked(one)}")
    keys = (LegendEntry("planted", ink("ink"), "line"),) if any(one.kind in shown.planted for one in drawn) else ()
    return Figure(
        id=f"night-{number}-events",
        alt=f"{shown.label}: {'; '.join(rates)}.",
        panels=tuple(panels),
        key=keys,
        caption="On the clock of the hypnogram above." + (" The line: planted events." if keys else ""),
    )


def _clock(shown: ReportNight, events: Events, hours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return when events begin on the page's clock: theirs counts from the recording's first sample."""
    return np.asarray(hours[0] + (events.onset_s - shown.hypnogram.offset_s) / 3600)


def _looked(events: Events) -> str:
    return f"the {words.minutes(events.searched_s / 60)} searched"


def _table(shown: ReportNight) -> Table:
    columns = (
        Column("Event"),
        Column("Count", number=True),
        Column("Per hour", number=True),
        Column("Per hour of each stage"),
    )
    rows = tuple(
        (
            events.kind,
            words.number(events.count, 0),
            words.number(events.per_hour, 1),
            _by_stage(shown, events),
        )
        for events in shown.events
    )
    return Table(f"How often: {words.join(_where(events) for events in shown.events)}", columns, rows)


def _where(events: Events) -> str:
    by = f" by {events.scorer}" if events.scorer else ""
    looked = f" in {words.minutes(events.searched_s / 60)}" if events.searched_s else ""
    return f"{_plural(events.kind)}{by}{looked}"


def _by_stage(shown: ReportNight, events: Events) -> str:
    """Return the rate in every stage with events; in the others none was found, or none was searched for."""
    inside = {stage: events.during(shown.hypnogram, (stage,)) for stage in STAGES}
    rates = ", ".join(
        f"{STAGE_NAMES[stage].split(',')[0]}\u00a0{words.number(found.per_hour, 1)}"
        for stage, found in inside.items()
        if found.count
    )
    return rates or "–"


def _held_against(shown: ReportNight) -> Table:
    from karmalink.night import agree_events

    rows = []
    for events in shown.events:
        known = shown.planted.get(events.kind)
        if known is None:
            continue
        both = agree_events(events, known)
        rows.append(
            (
                events.kind,
                words.number(known.count, 0),
                words.number(events.count, 0),
                words.percent(both.recall),
                words.percent(both.precision),
                words.number(both.f1),
            )
        )
    columns = (
        Column("Event"),
        Column("Planted", number=True),
        Column("Found", number=True),
        Column("Recall", number=True),
        Column("Precision", number=True),
        Column("F1", number=True),
    )
    return Table(
        "Compared with the planted events: a match overlaps by at least a fifth of the union", columns, tuple(rows)
    )
