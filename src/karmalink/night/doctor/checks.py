"""The doctor's checks of the samples of one channel.

A check returns the channel, corrected or not, and its findings. A new check is one function and one row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import runs
from karmalink.base.wording import counted
from karmalink.errors import UsageError, describe
from karmalink.night.doctor.findings import UNCHANGED, Finding, Override
from karmalink.night.recordings.recording import VOLTAGES, Channel, Recording
from karmalink.night.recordings.units import VOLTS, unit_named, volts_per

__all__ = ["CHANNEL_CHECKS", "ChannelCheck", "Trace", "amplitude", "field_readings", "finding"]

# Recorders do not use nanovolts: guessing them would turn an EEG that is only too large into one of 0.6 µV.
_GUESSED = ("V", "mV", "uV")

# Median standard deviation over one second, in volts: the plausible range for a whole recording. AASM: slow waves from
# 75 µV peak to peak, alpha around 50 µV; REM chin tone down to a microvolt.
_PLAUSIBLE_RANGE: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "eeg": (0.5e-6, 300e-6),
        "eog": (0.5e-6, 500e-6),
        "emg": (0.1e-6, 500e-6),
        "leg": (0.1e-6, 500e-6),
        "ecg": (10e-6, 30e-3),
    }
)

# Below this an amplitude cannot have been measured, so its unit is wrong: an electrode of 5 kOhm alone makes
# sqrt(4 k T R df) = 50 nV of noise in 35 Hz (Johnson 1928). Above it a channel may be quiet and its unit right.
_MEASURABLE = 50e-9

# Peak to peak over a second, in volts: below this there is no biological signal.
_FLAT_BELOW = MappingProxyType({"eeg": 0.5e-6, "eog": 0.5e-6, "emg": 0.05e-6, "leg": 0.05e-6, "ecg": 0.5e-6})
_LEFT_OUT = "these stretches are left out"
_EXCERPT_S = 30.0
_EXCERPTS = 12
_FLAT_S = 5
_RAILED_S = 0.03
_RAILED_LEAST_S = 0.5
_MAX_MISSING = 0.9
_SECONDS_AT_ONCE = 600


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One channel while it is examined.

    Attributes
    ----------
    channel : Channel
        Its description so far.
    volts : ndarray of float64, shape (n,)
        Its samples as corrected so far; NaN where they are not usable.
    factor : float
        The factor by which the samples as read were multiplied.
    reading : str
        The unit that the channel's unit field is read as in this recording; empty where the field is valid.
    """

    channel: Channel
    volts: NDArray[np.float64]
    factor: float = 1.0
    reading: str = ""

    @property
    def missing(self) -> float:
        """Share of the samples that are not usable."""
        return float(np.mean(~np.isfinite(self.volts))) if self.volts.size else 1.0


@dataclass(frozen=True, slots=True)
class ChannelCheck:
    """A check of one channel: name, what it checks for, function."""

    name: str
    title: str
    look: Callable[[Trace, Override | None], tuple[Trace, Sequence[Finding]]]


def amplitude(volts: NDArray[np.float64], sfreq: float) -> float:
    """Return the median of the standard deviations over one second, in volts; 0 where there is no signal.

    One second, because an amplifier without a high-pass drifts by millivolts over a night.
    """
    seconds = _seconds(volts, sfreq)
    if seconds.size == 0:
        return 0.0
    # Some minutes at a time: at once, the spread would need two copies of the night.
    parts = [seconds[first : first + _SECONDS_AT_ONCE] for first in range(0, len(seconds), _SECONDS_AT_ONCE)]
    with np.errstate(invalid="ignore"):  # a second with an infinite or missing sample is left out
        spread = np.concatenate([np.std(part, axis=1) for part in parts])
    spread = spread[np.isfinite(spread) & (spread > 0)]
    return float(np.median(spread)) if spread.size else 0.0


def _nonfinite(trace: Trace, override: Override | None) -> tuple[Trace, Sequence[Finding]]:
    """Samples that are not finite numbers."""
    del override  # they can never be scored
    bad = ~np.isfinite(trace.volts)
    if not bad.any():
        return trace, ()
    samples, stretches = counted(int(bad.sum()), "sample"), counted(len(runs(bad)), "stretch", "stretches")
    evidence = f"{samples} ({bad.mean():.1%}) in {stretches} are not numbers or were not recorded"
    volts = np.where(bad, np.nan, trace.volts)
    return _marked(replace(trace, volts=volts), "nonfinite", evidence, _LEFT_OUT, override="")


def field_readings(recording: Recording) -> Mapping[str, str]:
    """Return unit field → the unit it is read as: another than stated where the field cannot be right.

    A field is read in the same way on every channel: an EEG of 20 and an ECG of 300 under the same unknown word are
    both in microvolts, although the ECG alone could be in millivolts too. The unit that gives plausible amplitudes on
    most channels is taken. Amplitudes are measured on excerpts of half a minute.
    """
    sizes: dict[str, list[tuple[str, float]]] = {}
    for channel in recording.channels:
        if channel.kind not in VOLTAGES or not channel.usable:
            continue
        measured = _excerpt_amplitude(recording, channel)
        if measured > 0:
            number = measured / (volts_per(channel.unit_as_read) or 1.0)
            sizes.setdefault(channel.unit_as_read, []).append((channel.kind, number))
    readings: dict[str, str] = {}
    for stated, numbers in sizes.items():
        known = unit_named(stated)
        fitting = {
            unit: sum(_is_plausible(kind, number * VOLTS[unit]) for kind, number in numbers)
            for unit in dict.fromkeys((known, *_GUESSED))
            if unit
        }
        if known == "nV":  # nothing writes nanovolts by mistake for microvolts: a quiet channel is quiet
            fitting[known] = sum(_is_measurable(kind, number * VOLTS[known]) for kind, number in numbers)
        # A field that fits half of its channels is right: the others have faults of their own.
        if known and 2 * fitting[known] >= len(numbers):
            readings[stated] = known
            continue
        best = max(fitting, key=lambda unit: fitting[unit])
        if fitting[best]:
            readings[stated] = best
    return MappingProxyType(readings)


def _excerpt_amplitude(recording: Recording, channel: Channel) -> float:
    """Return the median amplitude of excerpts spread over the recording; 0 where none has a signal."""
    onsets = np.linspace(0.0, max(0.0, recording.duration_s - _EXCERPT_S), _EXCERPTS)
    excerpts = (recording.signal(channel.name, onset, onset + _EXCERPT_S) for onset in dict.fromkeys(onsets.tolist()))
    amplitudes = [value for value in (amplitude(part, channel.sfreq) for part in excerpts) if value > 0]
    return float(np.median(amplitudes)) if amplitudes else 0.0


def _is_plausible(kind: str, volts: float) -> bool:
    low, high = _PLAUSIBLE_RANGE[kind]
    return low <= volts <= high


def _is_measurable(kind: str, volts: float) -> bool:
    return _MEASURABLE <= volts <= _PLAUSIBLE_RANGE[kind][1]


def _units(trace: Trace, override: Override | None) -> tuple[Trace, Sequence[Finding]]:
    """Implausible amplitudes, or an unknown unit: the unit field is wrong."""
    channel = trace.channel
    as_taken = volts_per(channel.unit_as_read) or 1.0
    offer = f"units:{channel.name}"
    if override is not None and override.value:
        unit = _unit_overridden(override.value)
        done = f"read as {override.value}, by your override"
        return _rescaled(trace, VOLTS[unit] / as_taken, unit), (
            finding(trace, "corrected", "units", _as_read(trace), done),
        )
    measured = amplitude(trace.volts, channel.sfreq)
    plausible = measured == 0 or _is_plausible(channel.kind, measured)
    known = unit_named(channel.unit_as_read)
    if plausible and trace.reading in {"", known}:
        return trace, ()
    if override is not None:
        return trace, (finding(trace, "note", "units", _as_read(trace), UNCHANGED),)
    # The field is right on the other channels with it: this one is quiet, and another unit would make it loud.
    if trace.reading and trace.reading == known and _is_measurable(channel.kind, measured):
        quiet = replace(trace, channel=replace(channel, usable=False))
        done = f"quieter than any {channel.kind.upper()}, and kept in {_shown(known)}; not used for scoring"
        return quiet, (finding(trace, "unusable", "units", _as_read(trace), done, f"{offer}=uV"),)
    number = measured / as_taken
    readings = (
        (trace.reading,)
        if trace.reading not in {"", known}
        else dict.fromkeys((unit_named(channel.unit_as_read), *_GUESSED))
    )
    fitting = [
        unit for unit in readings if unit and (measured == 0 or _is_plausible(channel.kind, number * VOLTS[unit]))
    ]
    if not fitting:
        worse = replace(trace, channel=replace(channel, usable=False))
        done = "no unit makes this a plausible signal; not used for scoring"
        if trace.reading:
            reading = f"read as {_shown(trace.reading)}, as on the other channels with this field"
            done = f"{reading}, it is not a plausible signal; not used for scoring"
        return worse, (finding(trace, "unusable", "units", _as_read(trace), done, f"{offer}=uV"),)
    unit = fitting[0]
    done = f"read as {_shown(unit)}: {number * VOLTS[unit] * 1e6:.3g} µV"
    severity = "note" if VOLTS[unit] == as_taken else "corrected"
    return _rescaled(trace, VOLTS[unit] / as_taken, unit), (
        finding(trace, severity, "units", _as_read(trace), done, offer),
    )


def _flat(trace: Trace, override: Override | None) -> tuple[Trace, Sequence[Finding]]:
    """Stretches without a biological signal."""
    rate = trace.channel.sfreq
    seconds = _seconds(trace.volts, rate)
    if seconds.size == 0:
        return trace, ()
    with np.errstate(invalid="ignore"):
        dead = (seconds.max(axis=1) - seconds.min(axis=1)) < _FLAT_BELOW[trace.channel.kind]
    flat = [(first, stop) for first, stop in runs(dead) if stop - first >= min(_FLAT_S, len(dead))]
    size = seconds.shape[1]
    spans = [(first * size, stop * size if stop < len(dead) else trace.volts.size) for first, stop in flat]
    if not spans:
        return trace, ()
    limit = _FLAT_BELOW[trace.channel.kind] * 1e6
    evidence = f"a variation of less than {limit:g} µV within a second: {_time(spans, rate)}"
    return _blanked(trace, spans, "flat", evidence, override)


def _railed(trace: Trace, override: Override | None) -> tuple[Trace, Sequence[Finding]]:
    """Stretches at the end of the amplifier's range."""
    rate = trace.channel.sfreq
    volts = trace.volts
    if not np.isfinite(volts).any():
        return trace, ()
    low, high = np.nanmin(volts), np.nanmax(volts)
    shortest = max(3, round(_RAILED_S * rate))
    spans = [(first, stop) for edge in (low, high) for first, stop in runs(volts == edge) if stop - first >= shortest]
    if sum(stop - first for first, stop in spans) < _RAILED_LEAST_S * rate:
        return trace, ()
    evidence = f"samples at the end of the range, {low * 1e6:.0f} or {high * 1e6:.0f} µV: {_time(spans, rate)}"
    return _blanked(trace, sorted(spans), "railed", evidence, override)


CHANNEL_CHECKS: tuple[ChannelCheck, ...] = (
    ChannelCheck("nonfinite", "samples that are not numbers", _nonfinite),
    ChannelCheck("units", "a unit field that gives implausible amplitudes", _units),
    ChannelCheck("flat", "stretches without a biological signal", _flat),
    ChannelCheck("railed", "stretches at the end of the amplifier's range", _railed),
)
"""In this order: the scale must be right before stretches are called flat."""


def _blanked(
    trace: Trace, spans: Sequence[tuple[int, int]], check: str, evidence: str, override: Override | None
) -> tuple[Trace, Sequence[Finding]]:
    if override is not None:
        return trace, (finding(trace, "note", check, evidence, UNCHANGED),)
    volts = trace.volts.copy()
    for first, stop in spans:
        volts[first:stop] = np.nan
    offer = f"{check}:{trace.channel.name}"
    return _marked(replace(trace, volts=volts), check, evidence, _LEFT_OUT, override=offer)


def _marked(trace: Trace, check: str, evidence: str, done: str, *, override: str) -> tuple[Trace, Sequence[Finding]]:
    """Return the finding; a channel with more than nine tenths missing becomes unusable."""
    if trace.missing < _MAX_MISSING:
        return trace, (finding(trace, "warning", check, evidence, done, override),)
    channel = replace(trace.channel, usable=False)
    done = f"{1 - trace.missing:.0%} of the channel remain: not used"
    return replace(trace, channel=channel), (finding(trace, "unusable", check, evidence, done, override),)


def finding(trace: Trace, severity: str, check: str, evidence: str, done: str, override: str = "") -> Finding:
    """Return a finding about the channel of a trace."""
    return Finding(check, severity, trace.channel.name, evidence, done, override)


def _rescaled(trace: Trace, factor: float, unit: str) -> Trace:
    """Return the trace in volts; its channel states the unit of the numbers in the file."""
    channel = replace(trace.channel, unit_as_read=unit)
    return replace(trace, channel=channel, volts=trace.volts * factor, factor=trace.factor * factor)


def _as_read(trace: Trace) -> str:
    unit = trace.channel.unit_as_read
    known = "" if unit_named(unit) else ", an unknown unit"
    field = f"unit field {describe(unit)}{known}" if unit else "no unit field"
    return f"{amplitude(trace.volts, trace.channel.sfreq) * 1e6:.3g} µV as read ({field})"


def _shown(unit: str) -> str:
    return unit.replace("u", "µ")


def _unit_overridden(word: str) -> str:
    unit = unit_named(word)
    if not unit:
        raise UsageError(f"{describe(word)} is not a unit of voltage", where="--override units", allowed=sorted(VOLTS))
    return unit


def _seconds(volts: NDArray[np.float64], sfreq: float) -> NDArray[np.float64]:
    """Return the samples in rows of one second, shape (seconds, samples); an incomplete last second is left out."""
    size = max(2, round(sfreq))
    return volts[: volts.size // size * size].reshape(-1, size)


def _time(spans: Sequence[tuple[int, int]], rate: float) -> str:
    """Return the total length of the stretches and their number: ``12.3 s in 4 stretches``."""
    seconds = sum(stop - first for first, stop in spans) / rate
    return f"{seconds:.1f} s in {counted(len(spans), 'stretch', 'stretches')}"
