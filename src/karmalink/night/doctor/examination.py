"""The doctor examines a recording before scoring: findings, corrections, overrides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import run_edges
from karmalink.base.wording import counted
from karmalink.night.doctor.checks import CHANNEL_CHECKS, Trace, field_readings
from karmalink.night.doctor.checks_pairs import PAIR_CHECKS, ExaminedChannel
from karmalink.night.doctor.checks_recording import RECORDING_CHECKS
from karmalink.night.doctor.checks_spectral import SPECTRAL_CHECKS
from karmalink.night.doctor.findings import DoctorReport, Finding, Override, parse_overrides
from karmalink.night.doctor.spectra import Spectra, spectra_of
from karmalink.night.recordings.recording import VOLTAGES, Channel, Recording, Signals

__all__ = ["CHECKS", "CorrectedSignals", "examine"]

Overrides = Sequence[Override]

_NO_SAMPLES = np.empty(0)
_THREADS = 2


def examine(
    recording: Recording,
    *,
    override: Collection[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> DoctorReport:
    """Examine a recording and correct what can be corrected.

    Parameters
    ----------
    recording : Recording
        As read. It is not changed; the report has the corrected one.
    override : collection of str
        ``check[:channel][=value]``, as each finding offers them: ``units:C3-A2=mV``, ``flat``,
        ``types:XYZ=eog``. Without a value the check changes nothing.
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
        recording, new = check.look(recording, overrides)
        findings.extend(new)
    recording, of_channels = _examine_channels(recording, overrides, progress)
    return DoctorReport(recording, (*findings, *of_channels, *_without_eeg(recording)))


@dataclass(frozen=True, eq=False)
class CorrectedSignals:
    """Signals with the doctor's corrections: another scale, stretches left out. The file stays as it is."""

    source: Signals
    factors: Mapping[int, float]
    gaps: Mapping[int, NDArray[np.int64]] = field(repr=False)

    def read(self, index: int, first: int, stop: int) -> NDArray[np.float64]:
        """Return corrected samples; NaN where they are left out."""
        samples = self.source.read(index, first, stop)
        if (factor := self.factors.get(index, 1.0)) != 1.0:
            samples *= factor  # what `Signals` return is the reader's own
        for begin, end in self.gaps.get(index, np.empty((0, 2), dtype=np.int64)):
            samples[max(0, begin - first) : max(0, end - first)] = np.nan
        return samples


def _examine_channels(
    recording: Recording, overrides: Overrides, progress: Callable[[int, int], None] | None
) -> tuple[Recording, list[Finding]]:
    """Run the checks of channels on every voltage, two in memory at a time, then the checks that compare channels."""
    channels: dict[str, Channel] = {channel.name: channel for channel in recording.channels}
    findings: list[Finding] = []
    factors: dict[int, float] = {}
    gaps: dict[int, NDArray[np.int64]] = {}
    examined: list[ExaminedChannel] = []
    readings = field_readings(recording)
    report = progress or (lambda done, total: None)
    voltages = [i for i, channel in enumerate(recording.channels) if channel.kind in VOLTAGES and channel.usable]

    def look(index: int) -> _Looked:
        channel = recording.channels[index]
        volts = recording.signals.read(index, 0, channel.n_samples)
        return _examine_channel(Trace(channel, volts, reading=readings.get(channel.unit_as_read, "")), overrides)

    with ThreadPoolExecutor(_THREADS) as pool:
        for index, one in zip(voltages, pool.map(look, voltages), strict=True):
            report(index, len(recording.channels))
            findings.extend(one.findings)
            factors[index], gaps[index] = one.trace.factor, one.gaps
            channels[one.trace.channel.name] = one.trace.channel
            if one.spectra is not None:
                examined.append(ExaminedChannel(one.trace, one.spectra))
    for check in PAIR_CHECKS:
        changed, of_pairs = check.look(examined, lambda name, channel: _override_of(overrides, name, channel))
        findings.extend(of_pairs)
        for name, trace in changed.items():
            factors[recording.index(name)], channels[name] = trace.factor, trace.channel
        examined = [replace(one, trace=changed.get(one.name, one.trace)) for one in examined]
    report(len(recording.channels), len(recording.channels))
    return recording.replaced(channels.values(), CorrectedSignals(recording.signals, factors, gaps)), findings


@dataclass(frozen=True, slots=True, eq=False)
class _Looked:
    """What is kept of a channel that was looked at: its trace without the samples, spectra, findings and gaps."""

    trace: Trace
    spectra: Spectra | None
    findings: Sequence[Finding]
    gaps: NDArray[np.int64]


def _examine_channel(trace: Trace, overrides: Overrides) -> _Looked:
    """Run the checks of samples and spectra on one channel."""
    findings: list[Finding] = []
    name = trace.channel.name
    for check in CHANNEL_CHECKS:
        trace, new = check.look(trace, _override_of(overrides, check.name, name))
        findings.extend(new)
    spectra = spectra_of(trace.volts, trace.channel.sfreq) if trace.channel.usable else None
    for spectral in SPECTRAL_CHECKS:
        if spectra is not None and trace.channel.kind in spectral.kinds:
            trace, new = spectral.look(trace, spectra, _override_of(overrides, spectral.name, name))
            findings.extend(new)
    gaps = run_edges(~np.isfinite(trace.volts))
    channel = replace(trace.channel, missing=trace.missing)
    return _Looked(replace(trace, channel=channel, volts=_NO_SAMPLES), spectra, findings, gaps)


def _override_of(overrides: Overrides, check: str, channel: str) -> Override | None:
    return next((one for one in overrides if one.covers(check, channel)), None)


def _without_eeg(recording: Recording) -> Sequence[Finding]:
    """Report a recording in which the checks left no usable EEG."""
    named = [channel for channel in recording.channels if channel.kind == "eeg"]
    if not named or any(channel.usable for channel in named):
        return ()
    evidence = f"no usable EEG: {counted(len(named), 'EEG channel')} excluded"
    return (Finding("types", "unusable", "", evidence, "nothing can be scored"),)


_REGISTRIES = (RECORDING_CHECKS, CHANNEL_CHECKS, SPECTRAL_CHECKS, PAIR_CHECKS)

CHECKS: Mapping[str, str] = MappingProxyType({check.name: check.title for checks in _REGISTRIES for check in checks})
"""Name of every check → what it checks for. A new check is one function and one row in one of the four registries."""
