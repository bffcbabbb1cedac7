"""When were they dreaming? The scored night, how sure the scorer was, the awakenings, what the doctor found."""

from __future__ import annotations

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import CannotAnswer, InputError
from karmalink.night import Hypnogram, agree
from karmalink.night.hypnograms.grids import placed_on
from karmalink.report import words
from karmalink.report.charts.hypnogram import COLOURS, density, hypnogram_chart, ribbon
from karmalink.report.data import ReportNight
from karmalink.report.parts import AwakeningLike
from karmalink.report.section import (
    AnswerKind,
    Column,
    Figure,
    Fold,
    LegendEntry,
    Panel,
    Prose,
    Section,
    SectionPart,
    Table,
)
from karmalink.report.sections.events import event_parts
from karmalink.report.theme import STAGE_NAMES, STAGES, ink

__all__ = ["night_section"]

# Hypnograms keep their probabilities in the order of codes; a page shows REM beside waking, as sleep charts do.
_ORDER = ("W", "N1", "N2", "N3", "R")
_COLUMNS = [_ORDER.index(stage) for stage in STAGES]


def night_section(shown: ReportNight, number: int = 1) -> Section:
    """Return the section of one night.

    Parameters
    ----------
    shown : ReportNight
        The night.
    number : int
        Which of the report's nights, from 1.
    """
    labels = shown.hypnogram.labels
    blocks: list[SectionPart] = [_figure(shown, number)]
    if shown.summary is not None:
        blocks.append(Fold("The night in figures", (_summary(shown), *_awakenings(shown))))
    elif shown.awakenings:
        blocks.append(Fold("The awakenings", _awakenings(shown)))
    if shown.events:
        blocks.append(event_parts(shown, _hours(shown.hypnogram), number))
    if shown.doctor is not None:
        blocks.append(_doctor(shown))
    return Section(
        id=f"night-{number}",
        question=f"{shown.label}: when were they dreaming?",
        title=_title(shown, labels),
        lead=_lead(shown, labels),
        answer=AnswerKind.FOUND if (np.array(labels) != "?").any() else AnswerKind.CANNOT,
        blocks=tuple(blocks),
    )


def _title(shown: ReportNight, labels: tuple[str, ...]) -> str:
    asleep = sum(label in STAGES and label != "W" for label in labels) * shown.hypnogram.epoch_s / 60
    head = f"{words.minutes(asleep)} asleep"
    woken = shown.awakenings
    if not woken:
        rem = labels.count("R") * shown.hypnogram.epoch_s / 60
        return f"{head}, {words.minutes(rem)} of it in REM"
    from_rem = sum(one.stage == "R" for one in woken)
    times = words.count(len(woken), "awakening")
    if from_rem == len(woken):
        return f"{head} and {times}, {'each ' if len(woken) > 1 else ''}from REM"
    return f"{head} and {times}, {words.count(from_rem, 'of them', 'of them')} from REM"


def _lead(shown: ReportNight, labels: tuple[str, ...]) -> str:
    sentences = []
    uncertain = shown.hypnogram.uncertain_share()
    if uncertain is not None:
        sentences.append(
            f"The scorer ({shown.hypnogram.scorer or 'unnamed'}) was unsure of {words.percent(uncertain)} of the "
            "epochs; a person should check those first."
        )
    unscored = labels.count("?")
    if unscored:
        sentences.append(f"{words.count(unscored, 'epoch').capitalize()} could not be scored.")
    if shown.truth is not None:
        sentences.append(
            "The true stages of this night are known; "
            f"{words.percent(_agreement(shown.hypnogram, shown.truth))} of the epochs agree with them."
        )
    if shown.scorings:
        shares = [
            f"{name} in {words.percent(_agreement(shown.hypnogram, one))}" for name, one in shown.scorings.items()
        ]
        sentences.append(f"Other scorings agree with these stages: {words.join(shares)}.")
    return " ".join(sentences)


def _agreement(scored: Hypnogram, truth: Hypnogram) -> float:
    """Return the share of epochs with the same stage, placed by the clocks of both; NaN where they do not meet."""
    try:
        return agree(scored, truth).accuracy
    except (CannotAnswer, InputError):
        return float("nan")


def _beside(one: Hypnogram, night: Hypnogram, title: str) -> Panel:
    """Return the stages of another hypnogram on this night's clock; a list of stages has none and takes it."""
    placed = placed_on(one, night.recording_start)
    return ribbon(placed.labels, _hours(placed), title=title)


def _figure(shown: ReportNight, number: int) -> Figure:
    night = shown.hypnogram
    hours = _hours(night)
    marks = _marks(shown, float(hours[0]))
    panels: list[Panel] = [hypnogram_chart(night.labels, hours, marks)]
    if night.probabilities is not None:
        panels.append(
            density(night.probabilities[:, _COLUMNS], hours, title="How likely each stage was (hypnodensity)")
        )
    if shown.truth is not None:
        panels.append(_beside(shown.truth, night, "The stages that were planted"))
    panels += [_beside(one, night, name) for name, one in shown.scorings.items()]
    woken = f" Woken at {words.join(_woken(one) for one in shown.awakenings)}." if shown.awakenings else ""
    shares = [f"{STAGE_NAMES[s]} {words.percent(night.labels.count(s) / max(1, night.n_epochs))}" for s in STAGES]
    return Figure(
        id=f"night-{number}-figure",
        alt=f"{shown.label}: hypnogram of {words.minutes(night.duration_s / 60)}. {words.join(shares)}.{woken}",
        panels=tuple(panels),
        key=tuple(LegendEntry(STAGE_NAMES[stage], ink(COLOURS[stage]), "square") for stage in STAGES),
        caption=f"{shown.label}, one bar per stretch of a stage in epochs of {night.epoch_s:g} s."
        + (" Triangles mark the awakenings." if marks else ""),
    )


def _hours(night: Hypnogram) -> NDArray[np.float64]:
    """Return the epoch edges on the wall clock in hours, running past 24 after midnight; from 0 without a clock."""
    first = 0.0
    if night.start is not None:
        first = night.start.hour + night.start.minute / 60 + night.start.second / 3600
    edges = first + np.arange(night.n_epochs + 1) * night.epoch_s / 3600
    edges[-1] = first + night.duration_s / 3600
    return np.asarray(edges, dtype=np.float64)


def _marks(shown: ReportNight, first: float) -> list[tuple[float, str]]:
    start = shown.hypnogram.start
    if start is None:
        return []
    return [
        (first + (_naive(one.time) - start).total_seconds() / 3600, words.clock(one.time)) for one in shown.awakenings
    ]


def _naive(moment: dt.datetime) -> dt.datetime:
    return moment.replace(tzinfo=None)


def _woken(one: AwakeningLike) -> str:
    return f"{words.clock(one.time)} from {STAGE_NAMES[one.stage]}"


def _summary(shown: ReportNight) -> Table:
    summary = shown.summary
    rows = [
        (title, _cell(getattr(summary, name, None), unit))
        for name, title, unit in _SUMMARY_ROWS
        if hasattr(summary, name) and not (name in _ONLY_WHERE_COMPUTED and getattr(summary, name) is None)
    ]
    stage_minutes = [(STAGE_NAMES[s], shown.hypnogram.labels.count(s) * shown.hypnogram.epoch_s / 60) for s in STAGES]
    rows += [("Awake" if name == "awake" else f"In {name}", words.minutes(value)) for name, value in stage_minutes]
    return Table(
        f"{shown.label} by the definitions of the AASM manual",
        (Column("Measure"), Column("Value", number=True)),
        tuple(rows),
    )


# Attribute of the summary, what it is called, its unit.
_SUMMARY_ROWS: tuple[tuple[str, str, str], ...] = (
    ("total_recording_min", "Lights off to lights on", "min"),
    ("total_sleep_min", "Asleep", "min"),
    ("sleep_efficiency_pct", "Sleep efficiency", "%"),
    ("sleep_latency_min", "Lights off to the first sleep", "min"),
    ("persistent_sleep_latency_min", "Lights off to persistent sleep", "min"),
    ("rem_latency_min", "First sleep to the first REM", "min"),
    ("wake_after_onset_min", "Awake after falling asleep", "min"),
    ("awakenings", "Awakenings in the hypnogram", ""),
    ("fragmentation_per_hour", "Awakenings and shifts to N1 per hour of sleep", "/h"),
    ("arousal_index", "Arousals per hour of sleep", "/h"),
    ("gaps", "Stretches without a score", ""),
)

# A measure that was not computed is left out; one that the night cannot give is marked so.
_ONLY_WHERE_COMPUTED = ("arousal_index",)


def _cell(value: float | None, unit: str) -> str:
    if value is None:
        return "not available"
    if unit == "min":
        return words.minutes(value)
    return f"{words.number(float(value), 0)}\u00a0{unit}".rstrip()


def _awakenings(shown: ReportNight) -> tuple[Table, ...]:
    if not shown.awakenings:
        return ()
    columns = (Column("Time"), Column("Stage"), Column("Confidence", number=True), Column("Rule"))
    rows = tuple(
        (words.clock(one.time), STAGE_NAMES[one.stage], words.percent(one.confidence), one.rule)
        for one in shown.awakenings
    )
    return (
        Table(
            "Awakenings: the stage just before, the scorer’s confidence in it, and the rule that triggered",
            columns,
            rows,
        ),
    )


def _doctor(shown: ReportNight) -> Fold:
    doctor = shown.doctor
    findings = doctor.findings if doctor is not None else ()
    if not findings:
        return Fold(
            "The doctor’s findings in the recording: none",
            (Prose("Units, channel types, gaps and levels are as they should be."),),
        )
    columns = (Column("Check"), Column("Where"), Column("Evidence"), Column("Action"))
    rows = tuple((one.check, one.channel or "the recording", one.evidence, one.done) for one in findings)
    title = f"The doctor’s findings in the recording: {words.count(len(findings), 'finding')}"
    return Fold(title, (Table("Checks before scoring", columns, rows),))
