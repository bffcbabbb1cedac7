"""The doctor looks at a recording before anything is scored: what it found, what it did, how to override it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import run_edges
from karmalink.night.doctor.checks import CHANNEL_CHECKS, Trace, field_readings
from karmalink.night.doctor.checks_pairs import PAIR_CHECKS, ExaminedChannel
from karmalink.night.doctor.checks_recording import RECORDING_CHECKS
from karmalink.night.doctor.checks_spectral import SPECTRAL_CHECKS
from karmalink.night.doctor.findings import DoctorReport, Finding, Override, parse_overrides
from karmalink.night.doctor.spectra import Spectra, spectra_of
from karmalink.night.recordings.recording import VOLTAGES, Channel, Recording, Signals

__all__ = ["CHECKS", "CorrectedSignals", "examine"]

Overrides = Sequence[Override]

_NONE = np.empty(0)


def examine(
    recording: Recording,
    *,
    override: Collection[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> DoctorReport:
    """Look at a recording, correct what can be corrected, and say so.

    Parameters
    ----------
    recording : Recording
        As read. It is not changed; the report holds the corrected one.
    override : collection of str
        ``check[:channel][=value]``, as each finding offers them: ``units:C3-A2=mV``, ``flat``,
        ``types:XYZ=eog``. Without a value the check leaves things as they are.
    progress : callable, optional
        Called with (channels done, channels in all).

    Raises
    ------
    UsageError, UnknownName
        An override names a check, a channel or a value that does not exist.
    """
    overrides = parse_overrides(override, CHECKS)
    for one in overrides:
        if one.channel:
            recording.index(one.channel)
    findings: list[Finding] = []
    for check in RECORDING_CHECKS:
        recording, found = check.look(recording, overrides)
        findings.extend(found)
    recording, found = _channels(recording, overrides, progress)
    findings.extend(found)
    return DoctorReport(recording, (*findings, *_left(recording)))


@dataclass(frozen=True, eq=False)
class CorrectedSignals:
    """Signals with the doctor's corrections: another scale, stretches left out. The file stays as it is."""

    source: Signals
    factors: Mapping[int, float]
    gaps: Mapping[int, NDArray[np.int64]] = field(repr=False)

    def read(self, index: int, first: int, stop: int) -> NDArray[np.float64]:
        """Return corrected samples; NaN where they are left out."""
        samples = self.source.read(index, first, stop) * self.factors.get(index, 1.0)
        for begin, end in self.gaps.get(index, np.empty((0, 2), dtype=np.int64)):
            samples[max(0, begin - first) : max(0, end - first)] = np.nan
        return samples


def _channels(
    recording: Recording, overrides: Overrides, progress: Callable[[int, int], None] | None
) -> tuple[Recording, list[Finding]]:
    """Run every check of a channel on every voltage, one in memory at a time, then those that compare channels."""
    channels: dict[str, Channel] = {one.name: one for one in recording.channels}
    findings: list[Finding] = []
    factors: dict[int, float] = {}
    gaps: dict[int, NDArray[np.int64]] = {}
    examined: list[ExaminedChannel] = []
    readings = field_readings(recording)
    for index, channel in enumerate(recording.channels):
        if progress is not None:
            progress(index, len(recording.channels))
        if channel.kind not in VOLTAGES or not channel.usable:
            continue
        trace, spectra, found = _one(
            Trace(channel, recording.signal(channel.name), reading=readings.get(channel.unit_as_read, "")), overrides
        )
        findings.extend(found)
        factors[index], gaps[index] = trace.factor, run_edges(~np.isfinite(trace.volts))
        channels[channel.name] = replace(trace.channel, missing=trace.missing)
        if spectra is not None:
            examined.append(ExaminedChannel(replace(trace, channel=channels[channel.name], volts=_NONE), spectra))
    for check in PAIR_CHECKS:
        changed, seen = check.look(examined, lambda name, channel: _override_of(overrides, name, channel))
        findings.extend(seen)
        for name, trace in changed.items():
            factors[recording.index(name)], channels[name] = trace.factor, trace.channel
        examined = [replace(one, trace=changed.get(one.name, one.trace)) for one in examined]
    if progress is not None:
        progress(len(recording.channels), len(recording.channels))
    return recording.replaced(channels.values(), CorrectedSignals(recording.signals, factors, gaps)), findings


def _one(trace: Trace, overrides: Overrides) -> tuple[Trace, Spectra | None, list[Finding]]:
    """Run every check of one channel."""
    findings: list[Finding] = []
    name = trace.channel.name
    for check in CHANNEL_CHECKS:
        trace, found = check.look(trace, _override_of(overrides, check.name, name))
        findings.extend(found)
    spectra = spectra_of(trace.volts, trace.channel.sfreq) if trace.channel.usable else None
    if spectra is None:
        return trace, None, findings
    for seen in SPECTRAL_CHECKS:
        if trace.channel.kind in seen.kinds:
            trace, found = seen.look(trace, spectra, _override_of(overrides, seen.name, name))
            findings.extend(found)
    return trace, spectra, findings


def _override_of(overrides: Overrides, check: str, channel: str) -> Override | None:
    return next((one for one in overrides if one.covers(check, channel)), None)


def _left(recording: Recording) -> Sequence[Finding]:
    """Say so when the checks left no EEG to score."""
    named = [channel for channel in recording.channels if channel.kind == "eeg"]
    if not named or any(channel.usable for channel in named):
        return ()
    return (Finding("types", "unusable", "", f"none of {len(named)} EEG channels is usable", "nothing can be scored"),)


_REGISTRIES = (RECORDING_CHECKS, CHANNEL_CHECKS, SPECTRAL_CHECKS, PAIR_CHECKS)

CHECKS: Mapping[str, str] = MappingProxyType({check.name: check.title for checks in _REGISTRIES for check in checks})
"""Name of every check → what it looks for. A new check is one function and one row in one of the four registries."""
