"""The doctor's checks of a recording as a whole: names, types, length, clock, gaps, rates, references."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time

import numpy as np
from numpy.typing import NDArray

from karmalink.base.wording import counted
from karmalink.night.doctor.findings import UNCHANGED, Finding, Override
from karmalink.night.recordings.channels import REFERENCES, is_bare_electrode, is_left, kind_named
from karmalink.night.recordings.clocks import clock
from karmalink.night.recordings.edf_layout import CLOCK_NOTE
from karmalink.night.recordings.recording import Channel, Recording, Signals

__all__ = ["RECORDING_CHECKS", "DifferenceSignals", "RecordingCheck", "reference"]

# Channels whose name does not state a reference.

_LOOK_S = 60.0
_ALIVE = 0.01
_MASTOID = re.compile(r"\b([AM][12])\b")
_LEFT = re.compile(r"[13579]$")


@dataclass(frozen=True, eq=False)
class DifferenceSignals:
    """Signals of which some are re-referenced: channel → the channel that is subtracted."""

    source: Signals
    minus: Mapping[int, int]

    def read(self, index: int, first: int, stop: int) -> NDArray[np.float64]:
        """Return samples of the channel minus those of its reference."""
        samples = self.source.read(index, first, stop)
        if index in self.minus:
            samples = samples - self.source.read(self.minus[index], first, stop)
        return samples


def reference(recording: Recording, overrides: Sequence[Override]) -> tuple[Recording, Sequence[Finding]]:
    """Re-reference channels to a mastoid that was recorded as a channel; report channels of unknown reference.

    The AASM manual scores each electrode against the mastoid of the other side. A recorder with a reference electrode
    of its own stores the mastoids as channels; the difference is what is scored.
    """
    mastoids = [one for one in recording.channels if one.kind == "reference" and _MASTOID.search(one.name.upper())]
    channels, minus, findings, unknown = list(recording.channels), {}, [], []
    for channel in filter(_unreferenced, recording.channels):
        index = recording.index(channel.name)
        override = next((one for one in overrides if one.covers("reference", channel.name)), None)
        mastoid = _mastoid(recording, channel, mastoids, override)
        if mastoid is None:
            unknown += [channel.name] if channel.kind == "eeg" and override is None else []
            continue
        evidence = f"recorded without a mastoid reference; {mastoid.name} is a channel of its own"
        if override is not None and not override.value:
            findings.append(Finding("reference", "note", channel.name, evidence, UNCHANGED))
            continue
        minus[index] = recording.index(mastoid.name)
        match = _MASTOID.search(mastoid.name.upper())
        channels[index] = replace(channel, reference=REFERENCES[match[1]] if match else mastoid.site)
        done = f"re-referenced to {mastoid.name}: the difference of the two"
        findings.append(Finding("reference", "corrected", channel.name, evidence, done, f"reference:{channel.name}"))
    if unknown:
        evidence = f"the names do not state the reference of {', '.join(unknown)}"
        done = "used as recorded; the AASM manual scores against the mastoid of the other side"
        findings.append(Finding("reference", "note", "", evidence, done, "reference:NAME=CHANNEL"))
    if not minus:
        return recording, findings
    return recording.replaced(channels, DifferenceSignals(recording.signals, minus)), findings


def _unreferenced(channel: Channel) -> bool:
    """Whether a channel is an EEG or an eye without a reference in its name."""
    return channel.kind in {"eeg", "eog"} and not channel.reference and is_bare_electrode(channel.name)


def _mastoid(
    recording: Recording, channel: Channel, mastoids: Sequence[Channel], override: Override | None
) -> Channel | None:
    """Return the channel to subtract: the one an override names, else a mastoid with a signal, the other side first."""
    if override is not None and override.value:
        return recording.channel(override.value)
    left = is_left(channel.name) if channel.kind == "eog" else _LEFT.search(channel.site) is not None
    other_side = "2" if left else "1"
    ranked = sorted(mastoids, key=lambda one: not one.name.upper().rstrip().endswith(other_side))
    return next((one for one in ranked if _fits(recording, channel, one)), None)


def _fits(recording: Recording, channel: Channel, mastoid: Channel) -> bool:
    """Whether a mastoid has the rate and unit of a channel, and a signal of its own."""
    alike = mastoid.unit_as_read == channel.unit_as_read or (mastoid.in_volts and channel.in_volts)
    if mastoid.sfreq != channel.sfreq or not alike:
        return False
    middle = max(0.0, recording.duration_s / 2 - _LOOK_S / 2)
    sizes = [
        float(np.nanstd(part)) if np.isfinite(part).any() else 0.0
        for part in (recording.signal(one.name, middle, middle + _LOOK_S) for one in (mastoid, channel))
    ]
    return sizes[0] > _ALIVE * sizes[1]


Overrides = Sequence[Override]

_WHOLE_NIGHT_S = 4 * 3600
_TOO_LONG_S = 24 * 3600
_SHORTEST_S = 300
_FULL_RATE = 100.0
_LEAST_RATE = 40.0
_JUMP_S = 3600.0
_MIDNIGHT = time(0)
_EPOCHS = (1904, 1970, 1980, 1985, 2000)


@dataclass(frozen=True, slots=True)
class RecordingCheck:
    """A check of a recording as a whole: name, what it checks for, function."""

    name: str
    title: str
    look: Callable[[Recording, Overrides], tuple[Recording, Sequence[Finding]]]


def _reader(recording: Recording, overrides: Overrides) -> tuple[Recording, Sequence[Finding]]:
    """Report the notes of the reader; notes on time are warnings."""
    del overrides
    return recording, [
        Finding("clock", "warning", "", note, "times after it are as in the file; check them")
        if note.startswith(CLOCK_NOTE)
        else Finding("reader", "note", "", note, "read as far as possible")
        for note in recording.notes
    ]


def _clock(recording: Recording, overrides: Overrides) -> tuple[Recording, Sequence[Finding]]:
    """A start that recorders show when their clock was not set, and gaps that may be a clock being set."""
    del overrides
    findings = []
    start = recording.start
    if start is not None and start.time() == _MIDNIGHT and (start.month, start.day) == (1, 1) and start.year in _EPOCHS:
        done = "kept; give the time of lights off as +H:MM:SS, not by the clock"
        evidence = f"the recording begins at {start}: the clock was not set"
        findings.append(Finding("clock", "warning", "", evidence, done))
    for first, stop in recording.gaps:
        if stop - first >= _JUMP_S:
            evidence = f"{stop - first:g} s are missing from {clock(start, first)}: a pause, or a jump of the clock"
            findings.append(Finding("clock", "warning", "", evidence, "kept as time that cannot be scored"))
    return recording, findings


def _types(recording: Recording, overrides: Overrides) -> tuple[Recording, Sequence[Finding]]:
    """Report the kind of each channel; a channel of unknown kind is not used until an override names its kind."""
    findings = []
    channels = []
    for channel in recording.channels:
        override = next((one for one in overrides if one.covers("types", channel.name) and one.value), None)
        if override is not None:
            channel = replace(channel, kind=kind_named(override.value))
            findings.append(Finding("types", "note", channel.name, "named by your override", f"used as {channel.kind}"))
        elif channel.kind == "unknown":
            offer = f"types:{channel.name}=eeg"
            evidence, done = "the name does not say what it is", "not used for scoring"
            findings.append(Finding("types", "warning", channel.name, evidence, done, offer))
        channels.append(channel)
    corrected = recording.replaced(channels)
    taken = "; ".join(
        f"{kind.upper()} = {', '.join(one.name for one in channels if one.kind == kind)}"
        for kind in ("eeg", "eog", "emg")
        if any(one.kind == kind for one in channels)
    )
    findings.extend(_sleepers_channels(channels))
    others = sum(channel.kind not in {"eeg", "eog", "emg"} for channel in channels)
    if not any(channel.kind == "eeg" for channel in channels):
        done = "nothing can be scored until an override names one"
        findings.append(Finding("types", "unusable", "", "no channel name is that of an EEG", done, "types:NAME=eeg"))
    if taken:
        unused = f"; {counted(others, 'other channel')} not used" if others else ""
        done = f"scored from these{unused}"
        findings.append(Finding("types", "note", "", f"by their names: {taken}", done, "types:NAME=kind"))
    return corrected, findings


def _sleepers_channels(channels: Sequence[Channel]) -> Sequence[Finding]:
    """Report which channels of a sleep montage are missing: two eyes, the chin."""
    kinds = [channel.kind for channel in channels]
    if "eeg" not in kinds:
        return ()
    missing = {0: ["two EOG channels"], 1: ["one EOG channel"]}.get(kinds.count("eog"), [])
    if "emg" not in kinds:
        missing.append("a chin EMG")
    if not missing:
        return ()
    evidence = f"by their names, {' and '.join(missing)} {'is' if missing == ['a chin EMG'] else 'are'} missing"
    done = "scored without; REM is less certain"
    return (Finding("types", "note", "", evidence, done, "types:NAME=eog"),)


def _length(recording: Recording, overrides: Overrides) -> tuple[Recording, Sequence[Finding]]:
    """Report lengths that limit scoring."""
    del overrides
    minutes = f"{recording.duration_s / 60:.1f} min"
    findings = []
    if recording.start is None:
        done = "times count from the first sample"
        findings.append(Finding("length", "note", "", "the file does not state when the recording began", done))
    if recording.duration_s < _SHORTEST_S:
        findings.append(Finding("length", "warning", "", f"{minutes}, less than 5 min", "too short to be scored"))
    elif recording.duration_s < _WHOLE_NIGHT_S:
        done = "scored; stagers are trained on whole nights and are less accurate on a part"
        findings.append(Finding("length", "note", "", f"{minutes}, less than a night", done))
    elif recording.duration_s > _TOO_LONG_S:
        done = "scored as one night; state when the lights went off and on"
        findings.append(Finding("length", "warning", "", f"{recording.duration_s / 3600:.1f} h, more than a day", done))
    return recording, findings


def _gaps(recording: Recording, overrides: Overrides) -> tuple[Recording, Sequence[Finding]]:
    """Report every gap; nothing is joined across it."""
    del overrides
    done = "kept as time that cannot be scored"
    return recording, [
        Finding(
            "gaps", "warning", "", f"nothing recorded for {stop - first:g} s from {clock(recording.start, first)}", done
        )
        for first, stop in recording.gaps
    ]


def _rates(recording: Recording, overrides: Overrides) -> tuple[Recording, Sequence[Finding]]:
    """Report sampling rates that differ or are too low for scoring."""
    findings = []
    rates = sorted({channel.sfreq for channel in recording.channels}, reverse=True)
    if len(rates) > 1:
        listed = ", ".join(f"{rate:g}" for rate in rates)
        findings.append(Finding("rates", "note", "", f"channels at {listed} Hz", "each kept at its own rate"))
    scored = [channel for channel in recording.channels if channel.kind in {"eeg", "eog", "emg"}]
    slow = [
        one for one in scored if one.sfreq < _LEAST_RATE and not any(r.covers("rates", one.name) for r in overrides)
    ]
    for channel in slow:
        done = "too low for spindles and muscle tone; not used for scoring"
        evidence, offer = _nothing_above(channel.sfreq), f"rates:{channel.name}"
        findings.append(Finding("rates", "unusable", channel.name, evidence, done, offer))
    for rate in rates:
        names = [channel.name for channel in scored if channel.sfreq == rate < _FULL_RATE and channel not in slow]
        if names:
            evidence = f"{', '.join(names)}: {_nothing_above(rate)}"
            findings.append(Finding("rates", "note", "", evidence, "used; resampled where a stager needs it"))
    return recording.replaced(
        replace(one, usable=one.usable and one not in slow) for one in recording.channels
    ), findings


def _nothing_above(rate: float) -> str:
    return f"{rate:g} samples per second, so frequencies above {rate / 2:g} Hz are missing"


RECORDING_CHECKS: tuple[RecordingCheck, ...] = (
    RecordingCheck("reader", "notes of the reader", _reader),
    RecordingCheck("types", "the kind of each channel", _types),
    RecordingCheck("reference", "a reference that is not stated, or recorded as a channel", reference),
    RecordingCheck("clock", "a clock that was not set, or jumped", _clock),
    RecordingCheck("length", "too short, too long, no start", _length),
    RecordingCheck("gaps", "stretches that were not recorded", _gaps),
    RecordingCheck("rates", "mixed rates, rates too low", _rates),
)
