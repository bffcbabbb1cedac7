"""The doctor looks at a recording before anything is scored: what it found, what it did, how to overrule it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from karmalink.night.channels import kind_named
from karmalink.night.checks import CHANNEL_CHECKS, Trace
from karmalink.night.clock import clock
from karmalink.night.findings import DoctorReport, Finding, Overrule, parse_overrules
from karmalink.night.recording import VOLTAGES, Channel, Recording, Signals

__all__ = ["CHECKS", "RECORDING_CHECKS", "MendedSignals", "RecordingCheck", "examine"]

Rulings = Sequence[Overrule]

_WHOLE_NIGHT_S = 4 * 3600
_TOO_LONG_S = 24 * 3600
_SHORTEST_S = 300
_FULL_RATE = 100.0
_LEAST_RATE = 40.0


def examine(
    recording: Recording,
    *,
    overrule: Collection[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> DoctorReport:
    """Look at a recording, mend what can be mended, and say so.

    Parameters
    ----------
    recording : Recording
        As read. It is not changed; the report holds the mended one.
    overrule : collection of str
        Rulings ``check[:channel][=value]``, as each finding offers them: ``units:C3-A2=mV``, ``flat``,
        ``types:XYZ=eog``. Without a value the check leaves things as they are.
    progress : callable, optional
        Called with (channels done, channels in all).

    Raises
    ------
    UsageError, UnknownName
        A ruling names no check, no channel, or no value there is.
    """
    rulings = parse_overrules(overrule, CHECKS)
    for ruling in rulings:
        if ruling.channel:
            recording.index(ruling.channel)
    findings: list[Finding] = []
    for check in RECORDING_CHECKS:
        recording, found = check.look(recording, rulings)
        findings.extend(found)
    recording, found = _channels(recording, rulings, progress)
    findings.extend(found)
    return DoctorReport(recording, (*findings, *_left(recording)))


@dataclass(frozen=True, slots=True)
class RecordingCheck:
    """A check of the recording as a whole."""

    name: str
    title: str
    look: Callable[[Recording, Rulings], tuple[Recording, Sequence[Finding]]]


@dataclass(frozen=True, eq=False)
class MendedSignals:
    """Signals seen through the doctor's mends: another scale, stretches left out. What lies on disk stays as it is."""

    source: Signals
    factors: Mapping[int, float]
    lost: Mapping[int, NDArray[np.int64]] = field(repr=False)

    def read(self, index: int, first: int, stop: int) -> NDArray[np.float64]:
        """Return mended samples; NaN where they are left out."""
        samples = self.source.read(index, first, stop) * self.factors.get(index, 1.0)
        for begin, end in self.lost.get(index, np.empty((0, 2), dtype=np.int64)):
            samples[max(0, begin - first) : max(0, end - first)] = np.nan
        return samples


def _channels(
    recording: Recording, rulings: Rulings, progress: Callable[[int, int], None] | None
) -> tuple[Recording, list[Finding]]:
    """Run every channel check on every voltage, one channel in memory at a time."""
    channels: list[Channel] = []
    findings: list[Finding] = []
    factors: dict[int, float] = {}
    lost: dict[int, NDArray[np.int64]] = {}
    for index, channel in enumerate(recording.channels):
        if progress is not None:
            progress(index, len(recording.channels))
        if channel.kind not in VOLTAGES or not channel.usable:
            channels.append(channel)
            continue
        trace = Trace(channel, recording.signal(channel.name))
        for check in CHANNEL_CHECKS:
            ruling = next((one for one in rulings if one.covers(check.name, channel.name)), None)
            trace, found = check.look(trace, ruling)
            findings.extend(found)
        factors[index] = trace.factor
        lost[index] = _spans(~np.isfinite(trace.volts))
        channels.append(replace(trace.channel, lost=trace.lost))
    if progress is not None:
        progress(len(recording.channels), len(recording.channels))
    return recording.replaced(channels, MendedSignals(recording.signals, factors, lost)), findings


def _spans(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return (first, stop) of each run of True, shape (n, 2)."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return edges.reshape(-1, 2)


def _reader(recording: Recording, rulings: Rulings) -> tuple[Recording, Sequence[Finding]]:
    """Pass on what the reader had to put up with."""
    del rulings
    return recording, [Finding("reader", "note", "", note, "read all the same") for note in recording.notes]


def _types(recording: Recording, rulings: Rulings) -> tuple[Recording, Sequence[Finding]]:
    """Say what each channel is taken for; a name that tells nothing is left out until a person says what it is."""
    findings = []
    channels = []
    for channel in recording.channels:
        ruling = next((one for one in rulings if one.covers("types", channel.name) and one.value), None)
        if ruling is not None:
            channel = replace(channel, kind=kind_named(ruling.value))
            findings.append(Finding("types", "note", channel.name, "named by you", f"taken as {channel.kind}"))
        elif channel.kind == "unknown":
            done = "left out of scoring"
            offer = f"types:{channel.name}=eeg"
            findings.append(Finding("types", "warning", channel.name, "the name tells nothing", done, offer))
        channels.append(channel)
    mended = recording.replaced(channels)
    taken = "; ".join(
        f"{kind.upper()} = {', '.join(one.name for one in channels if one.kind == kind)}"
        for kind in ("eeg", "eog", "emg")
        if any(one.kind == kind for one in channels)
    )
    others = sum(channel.kind not in {"eeg", "eog", "emg"} for channel in channels)
    if not any(channel.kind == "eeg" for channel in channels):
        done = "nothing can be scored until you name one"
        findings.append(Finding("types", "unusable", "", "no channel is named as EEG", done, "types:NAME=eeg"))
    if taken:
        done = f"scored from these; {others} other channels left alone" if others else "scored from these"
        findings.append(Finding("types", "note", "", f"by their names: {taken}", done, "types:NAME=kind"))
    return mended, findings


def _length(recording: Recording, rulings: Rulings) -> tuple[Recording, Sequence[Finding]]:
    """Say what the length of the recording means for its scores."""
    del rulings
    minutes = f"{recording.duration_s / 60:.1f} min"
    findings = []
    if recording.start is None:
        done = "times are counted from the first sample"
        findings.append(Finding("length", "note", "", "the file does not say when the recording began", done))
    if recording.duration_s < _SHORTEST_S:
        findings.append(Finding("length", "warning", "", f"{minutes}, under 5 min", "too short to be scored"))
    elif recording.duration_s < _WHOLE_NIGHT_S:
        done = "scored; stagers learned from whole nights and know less about a part of one"
        findings.append(Finding("length", "note", "", f"{minutes}, less than a night", done))
    elif recording.duration_s > _TOO_LONG_S:
        done = "scored as one; say when the lights went off and on"
        findings.append(Finding("length", "warning", "", f"{recording.duration_s / 3600:.1f} h, more than a day", done))
    return recording, findings


def _gaps(recording: Recording, rulings: Rulings) -> tuple[Recording, Sequence[Finding]]:
    """Name every gap; nothing is moved together over it."""
    del rulings
    done = "kept as time that cannot be scored"
    return recording, [
        Finding(
            "gaps", "warning", "", f"nothing recorded for {stop - first:g} s from {clock(recording.start, first)}", done
        )
        for first, stop in recording.gaps
    ]


def _rates(recording: Recording, rulings: Rulings) -> tuple[Recording, Sequence[Finding]]:
    """Say where rates differ or are too low for what is scored from them."""
    findings = []
    rates = sorted({channel.sfreq for channel in recording.channels}, reverse=True)
    if len(rates) > 1:
        listed = ", ".join(f"{rate:g}" for rate in rates)
        findings.append(Finding("rates", "note", "", f"channels at {listed} Hz", "each kept at its own rate"))
    scored = [channel for channel in recording.channels if channel.kind in {"eeg", "eog", "emg"}]
    slow = [one for one in scored if one.sfreq < _LEAST_RATE and not any(r.covers("rates", one.name) for r in rulings)]
    for one in slow:
        done = "too slow for spindles and muscle tone; left out of scoring"
        findings.append(Finding("rates", "unusable", one.name, _nothing_above(one.sfreq), done, f"rates:{one.name}"))
    for rate in rates:
        names = [one.name for one in scored if one.sfreq == rate < _FULL_RATE and one not in slow]
        if names:
            evidence = f"{', '.join(names)}: {_nothing_above(rate)}"
            findings.append(Finding("rates", "note", "", evidence, "used; resampled where a stager needs it"))
    return recording.replaced(
        replace(one, usable=one.usable and one not in slow) for one in recording.channels
    ), findings


def _nothing_above(rate: float) -> str:
    return f"{rate:g} samples a second, so nothing above {rate / 2:g} Hz is in it"


def _left(recording: Recording) -> Sequence[Finding]:
    """Say so when the checks left no EEG to score."""
    named = [channel for channel in recording.channels if channel.kind == "eeg"]
    if not named or any(channel.usable for channel in named):
        return ()
    return (Finding("types", "unusable", "", f"none of {len(named)} EEG channels is usable", "nothing can be scored"),)


RECORDING_CHECKS: tuple[RecordingCheck, ...] = (
    RecordingCheck("reader", "what the reader had to put up with", _reader),
    RecordingCheck("types", "what each channel is taken for", _types),
    RecordingCheck("length", "too short, too long, no start", _length),
    RecordingCheck("gaps", "stretches that were not recorded", _gaps),
    RecordingCheck("rates", "mixed rates, rates too low", _rates),
)

CHECKS: Mapping[str, str] = MappingProxyType(
    {check.name: check.title for check in RECORDING_CHECKS} | {check.name: check.title for check in CHANNEL_CHECKS}
)
"""Name of every check → what it looks for."""
