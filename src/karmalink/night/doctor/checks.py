"""What the doctor looks at: a registry of checks over one channel, and over the recording as a whole.

A check returns what it was given, corrected or not, and what it found. A new check is one function and one row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import runs
from karmalink.errors import UsageError, describe
from karmalink.night.doctor.findings import Finding, Override
from karmalink.night.recordings.recording import VOLTAGES, Channel, Recording
from karmalink.night.recordings.units import VOLTS, unit_named, volts_per

__all__ = ["CHANNEL_CHECKS", "ChannelCheck", "Trace", "amplitude", "field_readings", "finding"]

# Nobody records in nanovolts: guessing them would make 0.6 µV of an EEG that is only too loud.
_GUESSED = ("V", "mV", "uV")

# Median standard deviation over one second, in volts: from the quietest to the loudest we would believe of a whole
# recording. AASM: slow waves from 75 µV peak to peak, alpha around 50 µV; REM chin tone down to a microvolt.
_BELIEVABLE: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "eeg": (0.5e-6, 300e-6),
        "eog": (0.5e-6, 500e-6),
        "emg": (0.1e-6, 500e-6),
        "leg": (0.1e-6, 500e-6),
        "ecg": (10e-6, 30e-3),
    }
)

# Peak to peak over a second, in volts: below this nothing alive is recorded.
_DEAD = MappingProxyType({"eeg": 0.5e-6, "eog": 0.5e-6, "emg": 0.05e-6, "leg": 0.05e-6, "ecg": 0.5e-6})
_EXCERPT_S = 30.0
_EXCERPTS = 12
_FLAT_S = 5
_RAILED_S = 0.03
_RAILED_LEAST_S = 0.5
_LOST = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One channel on the doctor's table.

    Attributes
    ----------
    channel : Channel
        As described so far.
    volts : ndarray of float64, shape (n,)
        As corrected so far; NaN where nothing usable is.
    factor : float
        What the samples as read are multiplied with.
    reading : str
        The unit that the channel's unit field is read as wherever it stands; empty where the field speaks for itself.
    """

    channel: Channel
    volts: NDArray[np.float64]
    factor: float = 1.0
    reading: str = ""

    @property
    def missing(self) -> float:
        """Share of the samples that cannot be used."""
        return float(np.mean(~np.isfinite(self.volts))) if self.volts.size else 1.0


@dataclass(frozen=True, slots=True)
class ChannelCheck:
    """A check of one channel: its name, what it looks for, and the function."""

    name: str
    title: str
    look: Callable[[Trace, Override | None], tuple[Trace, Sequence[Finding]]]


def amplitude(volts: NDArray[np.float64], sfreq: float) -> float:
    """Return the median of the standard deviations over one second, in volts; 0 where there is nothing.

    One second, because an amplifier without a high-pass drifts by millivolts over a night.
    """
    seconds = _seconds(volts, sfreq)
    if seconds.size == 0:
        return 0.0
    with np.errstate(invalid="ignore"):  # an infinite sample leaves its second out, as a missing one does
        spread = np.std(seconds, axis=1)
    spread = spread[np.isfinite(spread) & (spread > 0)]
    return float(np.median(spread)) if spread.size else 0.0


def _nonfinite(trace: Trace, override: Override | None) -> tuple[Trace, Sequence[Finding]]:
    """Samples that are no numbers."""
    del override  # nothing can be scored from them, whoever says so
    bad = ~np.isfinite(trace.volts)
    if not bad.any():
        return trace, ()
    stretches = sum(1 for _ in runs(bad))
    evidence = (
        f"{int(bad.sum()):,} samples ({bad.mean():.1%}) in {stretches} stretches are no numbers or were not recorded"
    )
    volts = np.where(bad, np.nan, trace.volts)
    return _marked(replace(trace, volts=volts), "nonfinite", evidence, "these stretches are left out", override="")


def field_readings(recording: Recording) -> Mapping[str, str]:
    """Return unit field → the unit it is read as, for the fields that cannot be what they say.

    A field is read in one way wherever it stands: 20 µV of an EEG and 300 µV of a heart under the same unknown word
    are both microvolts, although the heart alone could pass for millivolts too. The unit that makes believable
    amplitudes of most channels is taken. Half a minute here and there tells the amplitude.
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
            unit: sum(_believable(kind, number * VOLTS[unit]) for kind, number in numbers)
            for unit in dict.fromkeys((known, *_GUESSED))
            if unit
        }
        # A field that is right for half of its channels is right: the others have a fault of their own.
        if known and 2 * fitting[known] >= len(numbers):
            continue
        best = max(fitting, key=lambda unit: fitting[unit])
        if fitting[best]:
            readings[stated] = best
    return MappingProxyType(readings)


def _excerpt_amplitude(recording: Recording, channel: Channel) -> float:
    places = np.linspace(0.0, max(0.0, recording.duration_s - _EXCERPT_S), _EXCERPTS)
    parts = [recording.signal(channel.name, place, place + _EXCERPT_S) for place in dict.fromkeys(places.tolist())]
    found = [amplitude(part, channel.sfreq) for part in parts]
    alive = [one for one in found if one > 0]
    return float(np.median(alive)) if alive else 0.0


def _believable(kind: str, volts: float) -> bool:
    low, high = _BELIEVABLE[kind]
    return low <= volts <= high


def _units(trace: Trace, override: Override | None) -> tuple[Trace, Sequence[Finding]]:
    """Amplitudes no body makes, or a unit nobody knows: the unit field is wrong."""
    channel = trace.channel
    as_taken = volts_per(channel.unit_as_read) or 1.0
    offer = f"units:{channel.name}"
    if override is not None and override.value:
        unit = _unit_overridden(override.value)
        done = f"read as {override.value}, as you said"
        return _rescaled(trace, VOLTS[unit] / as_taken, unit), (
            finding(trace, "corrected", "units", _as_read(trace), done),
        )
    measured = amplitude(trace.volts, channel.sfreq)
    sound = measured == 0 or _believable(channel.kind, measured)
    if sound and trace.reading in {"", unit_named(channel.unit_as_read)}:
        return trace, ()
    if override is not None:
        return trace, (finding(trace, "note", "units", _as_read(trace), "left alone, as you said"),)
    number = measured / as_taken
    readings = (trace.reading,) if trace.reading else dict.fromkeys((unit_named(channel.unit_as_read), *_GUESSED))
    fitting = [unit for unit in readings if unit and (measured == 0 or _believable(channel.kind, number * VOLTS[unit]))]
    if not fitting:
        worse = replace(trace, channel=replace(channel, usable=False))
        done = "no unit makes this a signal of a body; left out of scoring"
        if trace.reading:
            elsewhere = f"read as {_shown(trace.reading)}, as this field is on other channels"
            done = f"{elsewhere}, it is not a signal of a body; left out of scoring"
        return worse, (finding(trace, "unusable", "units", _as_read(trace), done, f"{offer}=uV"),)
    unit = fitting[0]
    done = f"read as {_shown(unit)}: {number * VOLTS[unit] * 1e6:.3g} µV"
    severity = "note" if VOLTS[unit] == as_taken else "corrected"
    return _rescaled(trace, VOLTS[unit] / as_taken, unit), (
        finding(trace, severity, "units", _as_read(trace), done, offer),
    )


def _flat(trace: Trace, override: Override | None) -> tuple[Trace, Sequence[Finding]]:
    """Stretches in which nothing alive is recorded."""
    rate = trace.channel.sfreq
    seconds = _seconds(trace.volts, rate)
    if seconds.size == 0:
        return trace, ()
    with np.errstate(invalid="ignore"):
        dead = (seconds.max(axis=1) - seconds.min(axis=1)) < _DEAD[trace.channel.kind]
    flat = [(first, stop) for first, stop in runs(dead) if stop - first >= min(_FLAT_S, len(dead))]
    size = seconds.shape[1]
    spans = [(first * size, stop * size if stop < len(dead) else trace.volts.size) for first, stop in flat]
    if not spans:
        return trace, ()
    evidence = (
        f"{_time(spans, rate)} in {len(spans)} stretches stays within {_DEAD[trace.channel.kind] * 1e6:g} µV a second"
    )
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
    evidence = (
        f"{_time(spans, rate)} in {len(spans)} stretches sits at the end of the range, "
        f"{low * 1e6:.0f} or {high * 1e6:.0f} µV"
    )
    return _blanked(trace, sorted(spans), "railed", evidence, override)


CHANNEL_CHECKS: tuple[ChannelCheck, ...] = (
    ChannelCheck("nonfinite", "samples that are no numbers", _nonfinite),
    ChannelCheck("units", "a unit field that makes amplitudes no body makes", _units),
    ChannelCheck("flat", "stretches in which nothing alive is recorded", _flat),
    ChannelCheck("railed", "stretches at the end of the amplifier's range", _railed),
)
"""In this order: the scale must be right before anything is called flat."""


def _blanked(
    trace: Trace, spans: Sequence[tuple[int, int]], check: str, evidence: str, override: Override | None
) -> tuple[Trace, Sequence[Finding]]:
    if override is not None:
        return trace, (finding(trace, "note", check, evidence, "left alone, as you said"),)
    volts = trace.volts.copy()
    for first, stop in spans:
        volts[first:stop] = np.nan
    offer = f"{check}:{trace.channel.name}"
    return _marked(replace(trace, volts=volts), check, evidence, "these stretches are left out", override=offer)


def _marked(trace: Trace, check: str, evidence: str, done: str, *, override: str) -> tuple[Trace, Sequence[Finding]]:
    """Return the finding; a channel of which next to nothing is left becomes unusable."""
    if trace.missing < _LOST:
        return trace, (finding(trace, "warning", check, evidence, done, override),)
    channel = replace(trace.channel, usable=False)
    done = f"{1 - trace.missing:.0%} of the channel is left: not used"
    return replace(trace, channel=channel), (finding(trace, "unusable", check, evidence, done, override),)


def finding(trace: Trace, severity: str, check: str, evidence: str, done: str, override: str = "") -> Finding:
    """Return a finding about the channel of a trace."""
    return Finding(check, severity, trace.channel.name, evidence, done, override)


def _rescaled(trace: Trace, factor: float, unit: str) -> Trace:
    """Return the trace in volts; its channel states the unit that the file's numbers are."""
    channel = replace(trace.channel, unit_as_read=unit)
    return replace(trace, channel=channel, volts=trace.volts * factor, factor=trace.factor * factor)


def _as_read(trace: Trace) -> str:
    unit = trace.channel.unit_as_read
    known = "" if unit_named(unit) else ", a unit that is not known"
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
    """Return the samples in rows of one second; what is left at the end is not looked at."""
    size = max(2, round(sfreq))
    return volts[: volts.size // size * size].reshape(-1, size)


def _time(spans: Sequence[tuple[int, int]], rate: float) -> str:
    return f"{sum(stop - first for first, stop in spans) / rate:.1f} s"
