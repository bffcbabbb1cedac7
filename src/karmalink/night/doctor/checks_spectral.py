"""The doctor's checks of the amplitude and spectrum of one channel: scale, mains, noise, a signal unlike its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from karmalink.night.doctor.checks import Trace, amplitude, finding
from karmalink.night.doctor.findings import UNCHANGED, Finding, Override
from karmalink.night.doctor.spectra import HUMS_HZ, WINDOW_S, Spectra, folded

__all__ = ["SPECTRAL_CHECKS", "SpectralCheck"]

# Median standard deviation over one second, in volts, of a whole night: EEG is 5–50 µV; ten times more or less is a
# wrong gain. Narrower than the plausible range of `units`, so it only warns.
_USUAL: Mapping[str, tuple[float, float]] = MappingProxyType({"eeg": (2e-6, 60e-6), "eog": (2e-6, 60e-6)})

_HUM_UV = 1.0
_HUM_RATIO = 8.0
# A hum aliased into the band of alpha and spindles has to stand out more: it is only a tenth of a hertz wide.
_HUM_RATIO_LOW = 40.0
_LOWEST_HUM_HZ = 8.0
_BESIDE_HZ = (0.4, 3.0)

# Power density above 15 Hz, relative to that at 1–8 Hz. White noise: 1. Awake with a tense jaw: up to .11 as a mean
# over half a minute, simulated and real.
_NOISE_RATIO = 0.3
_NOISE_LEAST_S = 60.0
_NOISE_LEAST = 0.01
_NOISE_MOST = 0.8
_EPOCH_WINDOWS = 3
# Chin muscle is above 0.5 by the same measure, brain below 0.05.
_MUSCLE_RATIO = 0.06


@dataclass(frozen=True, slots=True)
class SpectralCheck:
    """A check of the spectra of one channel: name, what it checks for, kinds of channel, function."""

    name: str
    title: str
    kinds: tuple[str, ...]
    look: Callable[[Trace, Spectra, Override | None], tuple[Trace, Sequence[Finding]]]


def _scale(trace: Trace, spectra: Spectra, override: Override | None) -> tuple[Trace, Sequence[Finding]]:
    """A plausible amplitude that is ten times the usual one, or a tenth."""
    del spectra
    measured = amplitude(trace.volts, trace.channel.sfreq)
    low, high = _USUAL[trace.channel.kind]
    if measured == 0 or low <= measured <= high or not trace.channel.usable:
        return trace, ()
    evidence = f"{measured * 1e6:.3g} µV; usual are {low * 1e6:g} to {high * 1e6:g} µV"
    if override is not None:
        return trace, (finding(trace, "note", "scale", evidence, UNCHANGED),)
    size = "large" if measured > high else "small"
    done = f"unchanged, though {size}; if gain or unit are wrong: --override units:NAME=UNIT"
    return trace, (finding(trace, "warning", "scale", evidence, done, f"scale:{trace.channel.name}"),)


def _mains(trace: Trace, spectra: Spectra, override: Override | None) -> tuple[Trace, Sequence[Finding]]:
    """A line at 50 or 60 Hz, where the rate shows it."""
    frequencies, power = spectra.frequencies, spectra.power
    hums = []
    for hum in HUMS_HZ:
        place = folded(hum, spectra.sfreq)
        away = np.abs(frequencies - place)
        beside = power[(away >= _BESIDE_HZ[0]) & (away <= _BESIDE_HZ[1])]
        line = power[away <= 0.3]
        if place < _LOWEST_HUM_HZ or beside.size < 5 or line.size == 0:
            continue
        floor = float(np.median(beside))
        size = float(np.sqrt(max(0.0, (line - floor).sum() / WINDOW_S))) * 1e6
        least = _HUM_RATIO if place >= 20 else _HUM_RATIO_LOW
        if size >= _HUM_UV and line.max() >= least * max(floor, 1e-30):
            aliased = "" if place == hum else f", aliased to {place:g} Hz at {spectra.sfreq:g} samples per second"
            hums.append(f"{size:.3g} µV of hum at {hum:g} Hz{aliased}")
    if not hums:
        return trace, ()
    done = UNCHANGED if override else "kept: stagers do not use these frequencies; check the electrode"
    severity = "note" if override else "warning"
    return trace, (finding(trace, severity, "mains", "; ".join(hums), done, f"mains:{trace.channel.name}"),)


def _noisy(trace: Trace, spectra: Spectra, override: Override | None) -> tuple[Trace, Sequence[Finding]]:
    """Half minutes in which noise or muscle covers the signal."""
    ratios = _epoch_ratios(spectra)
    known = ratios[np.isfinite(ratios)]
    bad = np.flatnonzero(np.nan_to_num(ratios) > _NOISE_RATIO)
    seconds = bad.size * _EPOCH_WINDOWS * WINDOW_S
    least = max(_NOISE_LEAST_S, _NOISE_LEAST * known.size * _EPOCH_WINDOWS * WINDOW_S)
    if known.size == 0 or (seconds < least and bad.size < known.size):
        return trace, ()
    share = bad.size / known.size
    evidence = (
        f"{seconds / 60:.1f} min ({share:.0%}) have more power above 15 Hz than muscle explains, "
        f"first from {bad[0] * _EPOCH_WINDOWS * WINDOW_S / 60:.1f} min"
    )
    offer = f"noisy:{trace.channel.name}"
    if override is not None:
        return trace, (finding(trace, "note", "noisy", evidence, UNCHANGED),)
    if share >= _NOISE_MOST:
        worse = replace(trace, channel=replace(trace.channel, usable=False))
        return worse, (finding(trace, "unusable", "noisy", evidence, "not used for scoring", offer),)
    done = "kept; review what is scored there first"
    return trace, (finding(trace, "warning", "noisy", evidence, done, offer),)


def _unlike(trace: Trace, spectra: Spectra, override: Override | None) -> tuple[Trace, Sequence[Finding]]:
    """A chin channel without muscle in it."""
    ratios = _epoch_ratios(spectra)
    known = ratios[np.isfinite(ratios)]
    if known.size == 0 or np.median(known) > _MUSCLE_RATIO:
        return trace, ()
    evidence = f"power density above 15 Hz is {np.median(known):.2g} of that at 1–8 Hz; of muscle it is more than half"
    if override is not None:
        return trace, (finding(trace, "note", "unlike", evidence, UNCHANGED),)
    worse = replace(trace, channel=replace(trace.channel, usable=False))
    done = "not used for muscle tone; are two channel names swapped?"
    return worse, (finding(trace, "unusable", "unlike", evidence, done, f"unlike:{trace.channel.name}"),)


def _epoch_ratios(spectra: Spectra) -> np.ndarray:
    """Return the ratio of fast to slow power of each half minute, shape (half minutes,); NaN without a whole window."""
    count = max(1, spectra.slow.size // _EPOCH_WINDOWS)
    size = min(_EPOCH_WINDOWS, spectra.slow.size)
    known = np.isfinite(spectra.slow) & np.isfinite(spectra.fast)
    sums = [
        np.where(known, band, 0.0)[: count * size].reshape(count, size).sum(axis=1)
        for band in (spectra.fast, spectra.slow)
    ]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sums[1] > 0, sums[0] / sums[1], np.nan)


SPECTRAL_CHECKS: tuple[SpectralCheck, ...] = (
    SpectralCheck("scale", "an amplitude ten times the usual one, or a tenth", ("eeg", "eog"), _scale),
    SpectralCheck("mains", "a hum at 50 or 60 Hz", ("eeg", "eog", "emg"), _mains),
    SpectralCheck("noisy", "noise or muscle instead of a signal", ("eeg", "eog"), _noisy),
    SpectralCheck("unlike", "a chin channel without muscle in it", ("emg",), _unlike),
)
"""They run after the checks of samples: stretches left out there are not used here."""
