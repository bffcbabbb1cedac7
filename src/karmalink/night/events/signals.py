"""What detectors need of a signal: one rate, a band's amplitude and level, stretches of a mask."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.night.staging.yasa_stager import fill_gaps

__all__ = ["amplitude", "at_rate", "band_level", "band_pass"]


_ORDER = 4
_SMOOTH_S = 0.2
_LEVEL_S = 0.5


def at_rate(samples: Floats, sfreq: float, rate: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the samples at `rate` with holes fill_gaps, and where the holes are; both of one length.

    Parameters
    ----------
    samples : ndarray, shape (n,)
        NaN where nothing was recorded.
    sfreq, rate : float
        Samples per second, as it is and as it should be.
    """
    from scipy.signal import resample_poly

    missing = ~np.isfinite(samples)
    whole = fill_gaps(samples, sfreq)
    if abs(sfreq - rate) < 1e-9:
        return whole, missing
    ratio = Fraction(rate / sfreq).limit_denominator(1000)
    out = resample_poly(whole, ratio.numerator, ratio.denominator)
    places = np.minimum((np.arange(out.size) / rate * sfreq).astype(int), missing.size - 1)
    return np.asarray(out), missing[places]


def band_pass(signal: Floats, rate: float, band: tuple[float, float]) -> Floats:
    """Return the signal of a band, without a shift in time (Butterworth, forth and back)."""
    from scipy.signal import butter, sosfiltfilt

    top = min(band[1], 0.49 * rate)
    return np.asarray(sosfiltfilt(butter(_ORDER, [band[0], top], "bandpass", fs=rate, output="sos"), signal))


def amplitude(signal: Floats, rate: float, band: tuple[float, float]) -> Floats:
    """Return the amplitude of a band, smoothed over 0.2 s: the length of its analytic signal (Hilbert)."""
    from scipy.fft import next_fast_len
    from scipy.signal import hilbert

    narrow = band_pass(signal, rate, band)
    length = np.abs(hilbert(narrow, N=next_fast_len(narrow.size)))[: narrow.size]
    return _smooth(length, rate, _SMOOTH_S)


def band_level(signal: Floats, rate: float, band: tuple[float, float]) -> Floats:
    """Return the root mean square of a band within half a second around each sample."""
    return np.sqrt(np.maximum(_smooth(band_pass(signal, rate, band) ** 2, rate, _LEVEL_S), 0.0))


def _smooth(values: Floats, rate: float, seconds: float) -> Floats:
    from scipy.signal import oaconvolve

    size = max(3, round(seconds * rate) | 1)
    weight = np.hanning(size + 2)[1:-1]
    return np.asarray(oaconvolve(values, weight / weight.sum(), mode="same"))
