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
from karmalink.night.recordings.recording import VOLTS, Channel

__all__ = ["CHANNEL_CHECKS", "ChannelCheck", "Trace", "amplitude", "finding"]

SCALES: Mapping[str, float] = MappingProxyType({"V": 1.0, "mV": 1e-3, "uV": 1e-6, "nV": 1e-9})
"""Units a person may name, in volts."""

# Nobody records in nanovolts: guessing them would make 0.6 µV of an EEG that is only too loud.
_GUESSED = ("V", "mV", "uV")

# The same units as people misspell them: no reader knows "UV", so 20 µV comes out as 20 V.
_SPELLINGS = {
    **{"v": "V", "volt": "V", "volts": "V", "mv": "mV", "millivolt": "mV", "millivolts": "mV", "m v": "mV"},
    **{"uv": "uV", "µv": "uV", "μv": "uV", "microvolt": "uV", "microvolts": "uV", "u v": "uV", "mcv": "uV", "?v": "uV"},
    **{"nv": "nV", "nanovolt": "nV"},
}

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
    """

    channel: Channel
    volts: NDArray[np.float64]
    factor: float = 1.0

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


def _units(trace: Trace, override: Override | None) -> tuple[Trace, Sequence[Finding]]:
    """Amplitudes no body makes: the unit field is wrong."""
    channel = trace.channel
    stated = _SPELLINGS.get(channel.unit_as_read.strip().casefold(), "")
    as_taken = VOLTS.get(channel.unit_as_read, 1.0)
    if override is not None and override.value:
        done = f"read as {override.value}, as you said"
        corrected = _rescaled(trace, _scale_named(override.value) / as_taken)
        return corrected, (finding(trace, "corrected", "units", _as_read(trace), done),)
    measured = amplitude(trace.volts, channel.sfreq)
    low, high = _BELIEVABLE[channel.kind]
    if measured == 0 or low <= measured <= high:
        return trace, ()
    if override is not None:
        return trace, (finding(trace, "note", "units", _as_read(trace), "left alone, as you said"),)
    number = measured / as_taken
    fitting = [unit for unit in dict.fromkeys((stated, *_GUESSED)) if unit and low <= number * SCALES[unit] <= high]
    offer = f"units:{channel.name}"
    if not fitting:
        worse = replace(trace, channel=replace(channel, usable=False))
        done = "no unit makes this a signal of a body; left out of scoring"
        return worse, (finding(trace, "unusable", "units", _as_read(trace), done, f"{offer}=uV"),)
    scale = SCALES[fitting[0]]
    done = f"read as {_shown(fitting[0])}: {number * scale * 1e6:.3g} µV"
    return _rescaled(trace, scale / as_taken), (finding(trace, "corrected", "units", _as_read(trace), done, offer),)


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


def _rescaled(trace: Trace, factor: float) -> Trace:
    return replace(trace, volts=trace.volts * factor, factor=trace.factor * factor)


def _as_read(trace: Trace) -> str:
    unit = trace.channel.unit_as_read
    field = f"unit field {describe(unit)}" if unit else "no unit field"
    return f"{amplitude(trace.volts, trace.channel.sfreq) * 1e6:.3g} µV as read ({field})"


def _shown(unit: str) -> str:
    return unit.replace("u", "µ")


def _scale_named(word: str) -> float:
    unit = _SPELLINGS.get(word.strip().casefold(), "")
    if not unit:
        raise UsageError(f"{describe(word)} is no unit of voltage", where="--override units", allowed=sorted(SCALES))
    return SCALES[unit]


def _seconds(volts: NDArray[np.float64], sfreq: float) -> NDArray[np.float64]:
    """Return the samples in rows of one second; what is left at the end is not looked at."""
    size = max(2, round(sfreq))
    return volts[: volts.size // size * size].reshape(-1, size)


def _time(spans: Sequence[tuple[int, int]], rate: float) -> str:
    return f"{sum(stop - first for first, stop in spans) / rate:.1f} s"
