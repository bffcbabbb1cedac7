"""What the commands of a night print: the recording, the doctor's findings, the scoring, the night in figures."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from karmalink.base.wording import counted, percent

if TYPE_CHECKING:
    from karmalink.night import DoctorReport, Hypnogram, Recording, SleepSummary, Vote

__all__ = ["confidence_text", "figures_text", "findings_text", "head_text", "scored_text", "vote_text"]

_MOST_REVIEWED = 5
_SEVERITY_WIDTH = 11


def head_text(recording: Recording) -> str:
    """Return what a recording is: its label, length, start and number of channels."""
    begin = f" from {recording.start:%Y-%m-%d %H:%M:%S}" if recording.start else ""
    channels = counted(len(recording.channels), "channel")
    return f"{recording.label}: {recording.duration_s / 60:.1f} min{begin}, {channels}"


def findings_text(report: DoctorReport) -> str:
    """Return what the doctor found, what was done about it and how to override it."""
    if not report.findings:
        return "The doctor found nothing."
    width = max(len(f"{finding.check} {finding.channel}") for finding in report.findings)
    indent = f"  {'':{_SEVERITY_WIDTH}}{'':{width}}"
    lines = ["What the doctor found"]
    for finding in report.findings:
        about = f"{finding.check} {finding.channel}".strip()
        offer = f"  [--override {shlex.quote(finding.override)}]" if finding.override else ""
        lines.append(f"  {finding.severity:{_SEVERITY_WIDTH}}{about:{width}}  {finding.evidence}")
        lines.append(f"{indent}  → {finding.done}{offer}")
    return "\n".join(lines)


def scored_text(hypnogram: Hypnogram) -> str:
    """Return who scored how many epochs from which channels."""
    by = f" by {hypnogram.scorer}" if hypnogram.scorer else ""
    channels = f" from {', '.join(hypnogram.channels)}" if hypnogram.channels else ""
    count = int(hypnogram.unscored.sum())
    length, unit = _minutes(hypnogram.unscored_s / 60)
    unscored = f", {count} of them unscored ({length} {unit})" if count else ""
    return f"Scored{by}{channels}: {counted(hypnogram.n_epochs, 'epoch')} of {hypnogram.epoch_s:g} s{unscored}"


def _minutes(minutes: float) -> tuple[str, str]:
    """Return a length and its unit: in seconds where it would be 0.0 minutes."""
    return (f"{60 * minutes:.1f}", "s") if 0 < minutes < 0.05 else (f"{minutes:.1f}", "min")


def vote_text(vote: Vote) -> str:
    """Return how often each combination of channels agrees with the vote; nothing where there is only one."""
    if len(vote.votes) < 2:
        return ""
    names = [" + ".join(one.montage.names) for one in vote.votes]
    width = max(map(len, names))
    rows = [f"  {name:{width}}  {percent(one.agreement):>6}" for name, one in zip(names, vote.votes, strict=True)]
    return "\n".join([f"{len(names)} combinations of channels voted; they agree with the vote in", *rows])


def confidence_text(hypnogram: Hypnogram, abstained: float | None) -> str:
    """Return how sure the scorer is and which epochs to review first.

    Parameters
    ----------
    hypnogram : Hypnogram
        As scored, before any epoch was left unscored for its confidence.
    abstained : float or None
        The confidence below which epochs were left unscored.
    """
    from karmalink.night import epochs_to_review
    from karmalink.night.hypnograms.hypnogram import CONFIDENT
    from karmalink.night.recordings.clocks import clock

    threshold = CONFIDENT if abstained is None else abstained
    share = hypnogram.uncertain_share(threshold)
    if share is None:
        return "The scorer gave no probabilities."
    uncertain = epochs_to_review(hypnogram, under=threshold)
    text = f"Confidence: {percent(1 - share)} of the scored epochs have {threshold:g} or more"
    if not uncertain:
        return text
    left_out = ", left unscored" if abstained is not None else ""
    lines = [f"{text}; {counted(len(uncertain), 'epoch')} below{left_out}. Review first"]
    for epoch in uncertain[:_MOST_REVIEWED]:
        when = clock(hypnogram.recording_start, epoch.onset_s)
        rival = f"{epoch.rival} {epoch.rival_probability:.2f}"
        moves = f"; moves with the cut {percent(epoch.movement)}" if epoch.movement else ""
        lines.append(f"  {when}  {epoch.stage:2} {epoch.confidence:.2f}, or {rival}{moves}")
    if len(uncertain) > _MOST_REVIEWED:
        lines.append(f"  and {len(uncertain) - _MOST_REVIEWED} more, listed by --json")
    return "\n".join(lines)


def figures_text(summary: SleepSummary) -> str:
    """Return the figures of a night as a table."""
    from karmalink.night.summary import FIGURES

    lines = ["The night"]
    for name, (title, unit, _) in FIGURES.items():
        value: Any = getattr(summary, name)
        cell = "–" if value is None else f"{value:.1f}" if isinstance(value, float) else str(value)
        if unit == "min" and value is not None:
            cell, unit = _minutes(value)
        lines.append(f"  {title:30}{cell:>8} {unit}".rstrip())
    lines += ["", f"  {'stage':8}{'min':>8}{'% of sleep':>14}"]
    for stage, minutes in summary.stage_min.items():
        share = summary.stage_pct.get(stage)
        lines.append(f"  {stage:8}{minutes:>8.1f}{'–' if share is None else f'{share:.1f}':>14}")
    return "\n".join([*lines, *(f"  Note: {note}" for note in summary.notes)])
