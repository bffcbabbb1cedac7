"""Signals for detectors: band-pass, amplitude and level of a band."""

from __future__ import annotations

import functools

import numpy as np

from karmalink.base.arrays import Floats, in_pieces

__all__ = ["amplitude", "band_level", "band_pass"]


_ORDER = 4
_SMOOTH_S = 0.2
_LEVEL_S = 0.5
# A night is filtered in pieces. The filters' memory is a second or two for bands from 1 Hz on.
_PIECE_S, _MARGIN_S = 600.0, 30.0


def band_pass(signal: Floats, rate: float, band: tuple[float, float]) -> Floats:
    """Return the signal of a band without phase shift (Butterworth, forward and backward)."""
    from scipy.signal import sosfiltfilt

    return np.asarray(sosfiltfilt(_sections(rate, band), signal))


@functools.lru_cache(maxsize=32)
def _sections(rate: float, band: tuple[float, float]) -> Floats:
    from scipy.signal import butter

    return np.asarray(butter(_ORDER, [band[0], min(band[1], 0.49 * rate)], "bandpass", fs=rate, output="sos"))


def amplitude(signal: Floats, rate: float, band: tuple[float, float]) -> Floats:
    """Return the amplitude of a band, smoothed over 0.2 s: abs of its analytic signal (Hilbert transform)."""
    from scipy.fft import next_fast_len
    from scipy.signal import hilbert

    def of_piece(piece: Floats) -> Floats:
        narrow = band_pass(piece, rate, band)
        envelope = np.abs(hilbert(narrow, N=next_fast_len(narrow.size)))[: narrow.size]
        return _smooth(envelope, rate, _SMOOTH_S)

    return in_pieces(signal, round(_PIECE_S * rate), round(_MARGIN_S * rate), of_piece)


def band_level(signal: Floats, rate: float, band: tuple[float, float]) -> Floats:
    """Return the root mean square of a band within half a second around each sample: sqrt(smooth(x²))."""

    def of_piece(piece: Floats) -> Floats:
        return np.sqrt(np.maximum(_smooth(band_pass(piece, rate, band) ** 2, rate, _LEVEL_S), 0.0))

    return in_pieces(signal, round(_PIECE_S * rate), round(_MARGIN_S * rate), of_piece)


def _smooth(values: Floats, rate: float, seconds: float) -> Floats:
    """Return the values convolved with a Hann window of unit sum, an odd number of samples long."""
    from scipy.signal import oaconvolve

    size = max(3, round(seconds * rate) | 1)
    weight = np.hanning(size + 2)[1:-1]
    return np.asarray(oaconvolve(values, weight / weight.sum(), mode="same"))
