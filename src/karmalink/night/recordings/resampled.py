"""A recording at another rate: gaps filled for the filter and missing again behind it, each channel computed once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from karmalink.base.arrays import Bools, Floats, release_memory, run_edges
from karmalink.night.recordings.recording import VOLTAGES, Recording, Signals

__all__ = ["at_rate", "fill_gaps", "resampled_to"]

_SHORT_GAP_S = 1.0
# A ratio of rates is taken as a fraction with at most so many steps, and so many samples of the input at once.
_MOST_STEPS, _PIECE = 1000, 200_000


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
    # A lock a channel: two threads then bring two channels to the rate at the same time.
    locks = {index: threading.Lock() for index in faster}
    channels = tuple(
        replace(channel, sfreq=rate, n_samples=int(sizes[index])) if index in faster else channel
        for index, channel in enumerate(recording.channels)
    )
    return recording.replaced(channels, _Resampled(recording.signals, recording, faster, rate, locks))


@dataclass(frozen=True, eq=False)
class _Resampled:
    """Signals of which some are computed at another rate when they are first read."""

    source: Signals
    recording: Recording = field(repr=False)
    faster: Mapping[int, float]
    rate: float
    locks: Mapping[int, threading.Lock] = field(repr=False)
    done: dict[int, Floats] = field(default_factory=dict, repr=False)

    def read(self, index: int, first: int, stop: int) -> Floats:
        """Return samples; NaN where nothing was recorded."""
        if index not in self.faster:
            return self.source.read(index, first, stop)
        with self.locks[index]:
            if index not in self.done:
                self.done[index] = self._whole(index)
                release_memory()
        return self.done[index][first:stop].copy()

    def _whole(self, index: int) -> Floats:
        """Return a channel at the other rate; NaN where a sample is missing."""
        size = self.recording.channels[index].n_samples
        resampled = _without_gaps(lambda first, stop: self.source.read(index, first, stop), size, self._ratio(index))
        if resampled is not None:
            return resampled
        filled, missing = at_rate(self.source.read(index, 0, size), self.faster[index], self.rate)
        filled[missing] = np.nan
        return filled

    def _ratio(self, index: int) -> Fraction:
        return Fraction(self.rate / self.faster[index]).limit_denominator(_MOST_STEPS)


def _without_gaps(read: Callable[[int, int], Floats], size: int, ratio: Fraction) -> Floats | None:
    """Return a channel at `ratio` times its rate, read and filtered piece by piece; None where a sample is missing.

    Gaps are filled from what lies before them, so that such a channel is needed as a whole. The others need not be held
    at their own rate: 8 h at 256 Hz are 59 MB.
    """
    from scipy.signal import resample_poly

    up, down = ratio.numerator, ratio.denominator
    # A piece begins where a sample of the result lies on one of the input. The filter reaches 10 max(up, down) / up
    # samples of the input to either side.
    step, margin = down * -(-_PIECE // down), down * (2 + 10 * max(up, down) // (up * down))
    out = np.empty(-(-size * up // down))
    for first in range(0, size, step):
        low, stop = max(0, first - margin), min(size, first + step)
        samples = read(low, min(size, stop + margin))
        if not np.isfinite(samples).all():
            return None
        resampled = samples if ratio == 1 else resample_poly(samples, up, down)
        place = first // down * up
        part = out[place : -(-stop * up // down)]
        part[:] = resampled[(first - low) // down * up :][: part.size]
    return out


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

    ratio = Fraction(rate / sfreq).limit_denominator(_MOST_STEPS)
    resampled = resample_poly(filled, ratio.numerator, ratio.denominator)
    if not missing.any():
        return np.asarray(resampled), np.zeros(resampled.size, dtype=bool)
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
