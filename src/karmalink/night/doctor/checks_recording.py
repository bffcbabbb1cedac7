"""What the doctor sees in a recording as a whole: names, types, length, clock, gaps, rates, references."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time

import numpy as np
from numpy.typing import NDArray

from karmalink.night.doctor.findings import Finding, Override
from karmalink.night.recordings.channels import REFERENCES, kind_named
from karmalink.night.recordings.edf_layout import CLOCK_NOTE
from karmalink.night.recordings.recording import Channel, Recording, Signals, clock

__all__ = ["RECORDING_CHECKS", "DifferenceSignals", "RecordingCheck", "reference"]

# What the doctor does about channels that do not tell their reference.

_LOOK_S = 60.0
_ALIVE = 0.01
_MASTOID = re.compile(r"\b([AM][12])\b")
_LEFT = re.compile(r"[13579]\b|LOC|LEFT|L\b", re.IGNORECASE)
_EYES = re.compile(r"(EOG\W*)?(E[12]|LOC|ROC|EOG\W?[LR12]|(LEFT|RIGHT)\W?EYE)", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class DifferenceSignals:
    """Signals of which some are seen against another channel of the recording: channel → the one taken away."""

    source: Signals
    minus: Mapping[int, int]

    def read(self, index: int, first: int, stop: int) -> NDArray[np.float64]:
        """Return samples of the channel, less those of its reference."""
        samples = self.source.read(index, first, stop)
        if index in self.minus:
            samples = samples - self.source.read(self.minus[index], first, stop)
        return samples


def reference(recording: Recording, overrides: Sequence[Override]) -> tuple[Recording, Sequence[Finding]]:
    """Take a mastoid away where one was recorded on its own; say where the reference is not told and none was.

    The AASM manual scores each electrode against the mastoid of the other side. A recorder that keeps every electrode
    against a reference of its own stores the mastoids as channels; the difference is what is scored.
    """
    open_ = [one for one in recording.channels if _unreferenced(one)]
    mastoids = [one for one in recording.channels if one.kind == "reference" and _MASTOID.search(one.name.upper())]
    channels, minus, findings, untold = list(recording.channels), {}, [], []
    for one in open_:
        index = recording.index(one.name)
        override = next((r for r in overrides if r.covers("reference", one.name)), None)
        other = _chosen(recording, one, mastoids, override)
        if other is None:
            untold += [one.name] if one.kind == "eeg" and override is None else []
            continue
        found = f"recorded without a mastoid, and {other.name} was recorded on its own"
        if override is not None and not override.value:
            findings.append(Finding("reference", "note", one.name, found, "left alone, as you said"))
            continue
        minus[index] = recording.index(other.name)
        match = _MASTOID.search(other.name.upper())
        channels[index] = replace(one, reference=REFERENCES[match[1]] if match else other.site)
        done = f"seen against {other.name}: the difference of the two"
        findings.append(Finding("reference", "corrected", one.name, found, done, f"reference:{one.name}"))
    if untold:
        evidence = f"the names do not tell the reference of {', '.join(untold)}"
        done = "taken as they are; the AASM manual scores against the mastoid of the other side"
        findings.append(Finding("reference", "note", "", evidence, done, "reference:NAME=CHANNEL"))
    if not minus:
        return recording, findings
    return recording.replaced(channels, DifferenceSignals(recording.signals, minus)), findings


def _unreferenced(channel: Channel) -> bool:
    eye = channel.kind == "eog" and _EYES.fullmatch(channel.name.strip()) is not None
    brain = channel.kind == "eeg" and channel.site != ""
    return (eye or brain) and not channel.reference and not re.search(r"\w[-:/]\w", channel.name)


def _chosen(
    recording: Recording, channel: Channel, mastoids: Sequence[Channel], override: Override | None
) -> Channel | None:
    """Return the channel to take away: the one you named, else the living mastoid of the other side."""
    if override is not None and override.value:
        return recording.channel(override.value)
    other_side = "2" if _LEFT.search(channel.site or channel.name) else "1"
    ranked = sorted(mastoids, key=lambda one: not one.name.upper().rstrip().endswith(other_side))
    return next((one for one in ranked if _fits(recording, channel, one)), None)


def _fits(recording: Recording, channel: Channel, mastoid: Channel) -> bool:
    if (mastoid.sfreq, mastoid.unit_as_read) != (channel.sfreq, channel.unit_as_read):
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
    """A check of the recording as a whole."""

    name: str
    title: str
    look: Callable[[Recording, Overrides], tuple[Recording, Sequence[Finding]]]


def _reader(recording: Recording, overrides: Overrides) -> tuple[Recording, Sequence[Finding]]:
    """Pass on what the reader had to put up with; what touches time is more than a remark."""
    del overrides
    return recording, [
        Finding("clock", "warning", "", note, "times after it are as the file says; look before you trust them")
        if note.startswith(CLOCK_NOTE)
        else Finding("reader", "note", "", note, "read all the same")
        for note in recording.notes
    ]


def _clock(recording: Recording, overrides: Overrides) -> tuple[Recording, Sequence[Finding]]:
    """A start that recorders show when nobody set their clock, and gaps that are rather a clock being set."""
    del overrides
    findings = []
    start = recording.start
    if start is not None and start.time() == _MIDNIGHT and (start.month, start.day) == (1, 1) and start.year in _EPOCHS:
        done = "kept; say when the lights went off by +H:MM:SS, not by the clock"
        findings.append(Finding("clock", "warning", "", f"the recording begins at {start}, a clock nobody set", done))
    for first, stop in recording.gaps:
        if stop - first >= _JUMP_S:
            evidence = f"{stop - first:g} s are missing from {clock(start, first)}: it stood, or the clock jumped"
            findings.append(Finding("clock", "warning", "", evidence, "kept as time that cannot be scored"))
    return recording, findings


def _types(recording: Recording, overrides: Overrides) -> tuple[Recording, Sequence[Finding]]:
    """Say what each channel is taken for; a name that tells nothing is left out until a person says what it is."""
    findings = []
    channels = []
    for channel in recording.channels:
        override = next((one for one in overrides if one.covers("types", channel.name) and one.value), None)
        if override is not None:
            channel = replace(channel, kind=kind_named(override.value))
            findings.append(Finding("types", "note", channel.name, "named by you", f"taken as {channel.kind}"))
        elif channel.kind == "unknown":
            done = "left out of scoring"
            offer = f"types:{channel.name}=eeg"
            findings.append(Finding("types", "warning", channel.name, "the name tells nothing", done, offer))
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
        done = "nothing can be scored until you name one"
        findings.append(Finding("types", "unusable", "", "no channel is named as EEG", done, "types:NAME=eeg"))
    if taken:
        done = f"scored from these; {others} other channels left alone" if others else "scored from these"
        findings.append(Finding("types", "note", "", f"by their names: {taken}", done, "types:NAME=kind"))
    return corrected, findings


def _sleepers_channels(channels: Sequence[Channel]) -> Sequence[Finding]:
    """Say what a montage for sleep lacks: both eyes, the chin."""
    eyes = [one.name for one in channels if one.kind == "eog"]
    lacking = []
    if not any(one.kind == "eeg" for one in channels):
        return ()
    if len(eyes) < 2:
        lacking.append("one eye" if eyes else "no eye")
    if not any(one.kind == "emg" for one in channels):
        lacking.append("no chin")
    if not lacking:
        return ()
    evidence = f"the names tell of {' and '.join(lacking)}"
    done = "scored all the same; REM is told less surely"
    return (Finding("types", "note", "", evidence, done, "types:NAME=eog"),)


def _length(recording: Recording, overrides: Overrides) -> tuple[Recording, Sequence[Finding]]:
    """Say what the length of the recording means for its scores."""
    del overrides
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


def _gaps(recording: Recording, overrides: Overrides) -> tuple[Recording, Sequence[Finding]]:
    """Name every gap; nothing is moved together over it."""
    del overrides
    done = "kept as time that cannot be scored"
    return recording, [
        Finding(
            "gaps", "warning", "", f"nothing recorded for {stop - first:g} s from {clock(recording.start, first)}", done
        )
        for first, stop in recording.gaps
    ]


def _rates(recording: Recording, overrides: Overrides) -> tuple[Recording, Sequence[Finding]]:
    """Say where rates differ or are too low for what is scored from them."""
    findings = []
    rates = sorted({channel.sfreq for channel in recording.channels}, reverse=True)
    if len(rates) > 1:
        listed = ", ".join(f"{rate:g}" for rate in rates)
        findings.append(Finding("rates", "note", "", f"channels at {listed} Hz", "each kept at its own rate"))
    scored = [channel for channel in recording.channels if channel.kind in {"eeg", "eog", "emg"}]
    slow = [
        one for one in scored if one.sfreq < _LEAST_RATE and not any(r.covers("rates", one.name) for r in overrides)
    ]
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


RECORDING_CHECKS: tuple[RecordingCheck, ...] = (
    RecordingCheck("reader", "what the reader had to put up with", _reader),
    RecordingCheck("types", "what each channel is taken for", _types),
    RecordingCheck("reference", "a reference that is not told, or recorded as a channel", reference),
    RecordingCheck("clock", "a clock that was not set, or jumped", _clock),
    RecordingCheck("length", "too short, too long, no start", _length),
    RecordingCheck("gaps", "stretches that were not recorded", _gaps),
    RecordingCheck("rates", "mixed rates, rates too low", _rates),
)
