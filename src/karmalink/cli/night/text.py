"""What the commands of a night say: the recording, the doctor's findings, the scoring, the night in figures."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from karmalink.errors import UsageError

if TYPE_CHECKING:
    from karmalink.night import DoctorReport, Hypnogram, Montage, Recording, SleepSummary, Vote

__all__ = [
    "confidence_text",
    "figures_text",
    "findings_text",
    "head_text",
    "scored_text",
    "vote_text",
    "voted",
]

# What ``karmalink night score`` says of the channels' vote, of its confidence, and of what a person should look at.

_FIRST_TO_SEE = 5


def voted(
    recording: Recording,
    stager: str,
    montage: Montage | None,
    *,
    everybody: bool,
    progress: Callable[[int, int], None],
) -> Vote:
    """Return the scoring: from all channels where `everybody` votes, else from the named or the best ones.

    Raises
    ------
    UsageError
        Channels are named, and all are to vote.
    """
    from karmalink.night import pick_montage, vote

    if everybody and montage is not None:
        raise UsageError(
            "--vote takes every usable channel, so none can be named with it",
            next_step="leave --vote, or --eeg, --eog and --emg, away",
        )
    montages = None if everybody else (montage or pick_montage(recording),)
    return vote(recording, stager=stager, montages=montages, progress=progress)


def vote_text(found: Vote) -> str:
    """Return how far each combination of channels is with the vote; nothing where there was only one."""
    if len(found.votes) < 2:
        return ""
    names = [" + ".join(one.montage.names) for one in found.votes]
    width = max(map(len, names))
    rows = [f"  {name:{width}}  {one.agreement:>4.0%}" for name, one in zip(names, found.votes, strict=True)]
    return "\n".join([f"{len(names)} combinations of channels voted; with the vote in", *rows])


def confidence_text(hypnogram: Hypnogram, abstained: float | None) -> str:
    """Return how sure the scorer is, what was left unscored for it, and which epochs a person should see first."""
    from karmalink.night import epochs_to_review
    from karmalink.night.hypnograms.hypnogram import CONFIDENT
    from karmalink.night.recordings.recording import clock

    under = CONFIDENT if abstained is None else abstained
    share = hypnogram.uncertain_share(under)
    if share is None:
        return "The scorer gave no probabilities."
    doubtful = epochs_to_review(hypnogram, under=under)
    text = f"Confidence: {1 - share:.0%} of the scored epochs reach {under:g}"
    if not doubtful:
        return text
    told = "do not and are left unscored" if abstained is not None else "do not"
    lines = [f"{text}; {len(doubtful)} {told}. Look first at"]
    for one in doubtful[:_FIRST_TO_SEE]:
        when = clock(hypnogram.recording_start, one.onset_s)
        lines.append(f"  {when}  {one.stage:2} {one.confidence:.2f}, or {one.rival} {one.rival_probability:.2f}")
    if len(doubtful) > _FIRST_TO_SEE:
        lines.append(f"  and {len(doubtful) - _FIRST_TO_SEE} more, listed by --json")
    return "\n".join(lines)


def head_text(recording: Recording) -> str:
    """Say what a recording is."""
    begin = f" from {recording.start:%Y-%m-%d %H:%M:%S}" if recording.start else ""
    return f"{recording.label}: {recording.duration_s / 60:.1f} min{begin}, {len(recording.channels)} channels"


def findings_text(report: DoctorReport) -> str:
    """Say what the doctor found, what was done and how to override it."""
    if not report.findings:
        return "The doctor found nothing."
    width = max(len(f"{one.check} {one.channel}") for one in report.findings)
    lines = ["What the doctor found"]
    for one in report.findings:
        lines.append(f"  {one.severity:11}{f'{one.check} {one.channel}'.strip():{width}}  {one.evidence}")
        offer = f"  [--override {shlex.quote(one.override)}]" if one.override else ""
        lines.append(f"  {'':11}{'':{width}}  → {one.done}{offer}")
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
