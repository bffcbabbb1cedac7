"""What the commands of a night say: the recording, the doctor's findings, the scoring, the night in figures."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress

    from karmalink.night import DoctorReport, Hypnogram, Recording, SleepSummary

__all__ = ["figures_text", "findings_text", "head_text", "scored_text", "track"]


def head_text(recording: Recording) -> str:
    """Say what a recording is."""
    begin = f" from {recording.start:%Y-%m-%d %H:%M:%S}" if recording.start else ""
    return f"{recording.label}: {recording.duration_s / 60:.1f} min{begin}, {len(recording.channels)} channels"


def findings_text(report: DoctorReport) -> str:
    """Say what the doctor found, what was done and how to overrule it."""
    if not report.findings:
        return "The doctor found nothing."
    width = max(len(f"{one.check} {one.channel}") for one in report.findings)
    lines = ["What the doctor found"]
    for one in report.findings:
        lines.append(f"  {one.severity:9}{f'{one.check} {one.channel}'.strip():{width}}  {one.evidence}")
        offer = f"  [--overrule {shlex.quote(one.overrule)}]" if one.overrule else ""
        lines.append(f"  {'':9}{'':{width}}  → {one.done}{offer}")
    return "\n".join(lines)


def scored_text(hypnogram: Hypnogram) -> str:
    """Say who scored what."""
    by = f" by {hypnogram.scorer}" if hypnogram.scorer else ""
    seen = f" from {', '.join(hypnogram.channels)}" if hypnogram.channels else ""
    left = int(hypnogram.unscored.sum())
    unscored = f", {left} of them not scored" if left else ""
    return f"Scored{by}{seen}: {hypnogram.n_epochs} epochs of {hypnogram.epoch_s:g} s{unscored}"


def figures_text(summary: SleepSummary) -> str:
    """Return the figures of a night as a table."""
    from karmalink.night.summary import FIGURES

    lines = ["The night"]
    for name, (title, unit, _) in FIGURES.items():
        value: Any = getattr(summary, name)
        shown = "–" if value is None else f"{value:.1f}" if isinstance(value, float) else str(value)
        lines.append(f"  {title:30}{shown:>8} {unit}".rstrip())
    lines += ["", f"  {'stage':8}{'min':>8}{'% of sleep':>14}"]
    for label, minutes in summary.stage_min.items():
        share = summary.stage_pct.get(label)
        lines.append(f"  {label:8}{minutes:>8.1f}{'–' if share is None else f'{share:.1f}':>14}")
    return "\n".join([*lines, *(f"  Note: {note}" for note in summary.notes)])


def track(bar: Progress, what: str) -> Callable[[int, int], None]:
    """Return what shows the progress of one step."""
    task = bar.add_task(what, total=None)
    return lambda done, total: bar.update(task, completed=done, total=total)
