"""Signals for detectors: band-pass, amplitude and level of a band."""

from __future__ import annotations

import numpy as np

from karmalink.base.arrays import Floats

__all__ = ["amplitude", "band_level", "band_pass"]


_ORDER = 4
_SMOOTH_S = 0.2
_LEVEL_S = 0.5


def band_pass(signal: Floats, rate: float, band: tuple[float, float]) -> Floats:
    """Return the signal of a band without phase shift (Butterworth, forward and backward)."""
    from scipy.signal import butter, sosfiltfilt

    top = min(band[1], 0.49 * rate)
    return np.asarray(sosfiltfilt(butter(_ORDER, [band[0], top], "bandpass", fs=rate, output="sos"), signal))


def amplitude(signal: Floats, rate: float, band: tuple[float, float]) -> Floats:
    """Return the amplitude of a band, smoothed over 0.2 s: abs of its analytic signal (Hilbert transform)."""
    from scipy.fft import next_fast_len
    from scipy.signal import hilbert

    narrow = band_pass(signal, rate, band)
    envelope = np.abs(hilbert(narrow, N=next_fast_len(narrow.size)))[: narrow.size]
    return _smooth(envelope, rate, _SMOOTH_S)


def band_level(signal: Floats, rate: float, band: tuple[float, float]) -> Floats:
    """Return the root mean square of a band within half a second around each sample: sqrt(smooth(x²))."""
    return np.sqrt(np.maximum(_smooth(band_pass(signal, rate, band) ** 2, rate, _LEVEL_S), 0.0))


def _smooth(values: Floats, rate: float, seconds: float) -> Floats:
    """Return the values convolved with a Hann window of unit sum, an odd number of samples long."""
    from scipy.signal import oaconvolve

    size = max(3, round(seconds * rate) | 1)
    weight = np.hanning(size + 2)[1:-1]
    return np.asarray(oaconvolve(values, weight / weight.sum(), mode="same"))
