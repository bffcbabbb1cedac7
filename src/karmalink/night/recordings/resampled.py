"""A recording at another rate: gaps filled for the filter and missing again behind it, each channel computed once."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from karmalink.base.arrays import Bools, Floats, run_edges
from karmalink.night.recordings.recording import VOLTAGES, Recording, Signals

__all__ = ["at_rate", "fill_gaps", "resampled_to"]

_SHORT_GAP_S = 1.0


def resampled_to(recording: Recording, rate: float) -> Recording:
    """Return the recording with its faster voltages at a rate; what is slower, or not a voltage, stays as it is.

    What is computed from it many times, as stages and events are, then reads and resamples each channel once.

    Parameters
    ----------
    recording : Recording
        As the doctor corrected it.
    rate : float
        Samples per second.
    """
    faster = {
        index: channel.sfreq
        for index, channel in enumerate(recording.channels)
        if channel.kind in VOLTAGES and channel.sfreq >= rate
    }
    sizes = {index: -(-recording.channels[index].n_samples * rate // sfreq) for index, sfreq in faster.items()}
    channels = tuple(
        replace(channel, sfreq=rate, n_samples=int(sizes[index])) if index in faster else channel
        for index, channel in enumerate(recording.channels)
    )
    return recording.replaced(channels, _Resampled(recording.signals, recording, faster, rate))


@dataclass(frozen=True, eq=False)
class _Resampled:
    """Signals of which some are computed at another rate when they are first read."""

    source: Signals
    recording: Recording = field(repr=False)
    faster: Mapping[int, float]
    rate: float
    done: dict[int, Floats] = field(default_factory=dict, repr=False)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def read(self, index: int, first: int, stop: int) -> Floats:
        """Return samples; NaN where nothing was recorded."""
        if index not in self.faster:
            return self.source.read(index, first, stop)
        with self.lock:
            if index not in self.done:
                samples = self.source.read(index, 0, self.recording.channels[index].n_samples)
                filled, missing = at_rate(samples, self.faster[index], self.rate)
                self.done[index] = np.where(missing, np.nan, filled) if missing.any() else filled
        return self.done[index][first:stop].copy()


def at_rate(samples: Floats, sfreq: float, rate: float) -> tuple[Floats, Bools]:
    """Return the samples at `rate` with gaps filled, and a mask of the missing samples; both of shape (m,).

    Parameters
    ----------
    samples : ndarray, shape (n,)
        NaN where nothing was recorded.
    sfreq, rate : float
        Samples per second of the input and of the result.
    """
    missing = ~np.isfinite(samples)
    filled = fill_gaps(samples, sfreq)
    if abs(sfreq - rate) < 1e-9:
        return filled, missing
    from scipy.signal import resample_poly

    ratio = Fraction(rate / sfreq).limit_denominator(1000)
    resampled = resample_poly(filled, ratio.numerator, ratio.denominator)
    # The sample of the input at the time of each sample of the result.
    source = np.minimum((np.arange(resampled.size) / rate * sfreq).astype(int), missing.size - 1)
    return np.asarray(resampled), missing[source]


def fill_gaps(samples: Floats, rate: float) -> Floats:
    """Return the samples with every gap filled, so that filters do not ring and scales of the night do not change.

    Gaps of up to a second are bridged by a straight line. Longer ones repeat, backwards, the signal before them (at the
    beginning, the signal after them): zeros would count as the flattest sleep of the night in every normalised feature.
    Filled samples are never scored: `stage` marks their epochs unscored.

    Parameters
    ----------
    samples : ndarray, shape (n,)
        NaN in gaps.
    rate : float
        Samples per second.
    """
    present = np.isfinite(samples)
    if present.all():
        return samples
    if not present.any():
        return np.zeros_like(samples)
    filled = samples.copy()
    for first, stop in run_edges(~present):
        if stop - first <= _SHORT_GAP_S * rate and first > 0 and stop < samples.size:
            filled[first:stop] = np.linspace(filled[first - 1], samples[stop], stop - first + 2)[1:-1]
            continue
        source = filled[:first][::-1] if first > 0 else samples[present]
        filled[first:stop] = np.resize(source, stop - first)
    return filled
