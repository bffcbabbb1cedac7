"""Spectra of a channel in windows of ten seconds, for the doctor's checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["HUMS_HZ", "WINDOW_S", "Spectra", "correlation", "folded", "spectra_of"]

WINDOW_S = 10.0
HUMS_HZ = (50.0, 60.0)
"""Mains frequencies."""

_SLOW_HZ = (1.0, 8.0)
_FAST_FROM_HZ = 15.0
_NYQUIST_SHARE = 0.9
_KEPT_HZ = (0.5, 20.0)
_MOST_KEPT = 360
_BLOCK = 128


@dataclass(frozen=True, slots=True, eq=False)
class Spectra:
    """One channel, window by window.

    Attributes
    ----------
    power : ndarray, shape (n_bins,)
        Mean power density, V²/Hz, over the windows without a missing sample; bins of 0.1 Hz.
    slow, fast : ndarray, shape (n_windows,)
        Mean density at 1–8 Hz, and from 15 Hz to 0.9 of the Nyquist frequency without mains; NaN where a sample of the
        window is missing. `fast` is all NaN where the sampling rate leaves less than 5 Hz for it.
    kept : ndarray of int, shape (n_kept,)
        At most 360 windows, spread over the recording, the same for all channels of one length.
    lines : ndarray of complex64, shape (n_kept, n_lines)
        Their Fourier coefficients from 0.5 to 20 Hz, for correlations between channels.
    """

    sfreq: float
    power: NDArray[np.float64]
    slow: NDArray[np.float64]
    fast: NDArray[np.float64]
    kept: NDArray[np.intp] = field(repr=False)
    lines: NDArray[np.complex64] = field(repr=False)

    @property
    def frequencies(self) -> NDArray[np.float64]:
        """Frequencies of `power` in Hz, shape (n_bins,)."""
        return np.asarray(np.arange(self.power.size) / WINDOW_S)


def folded(hertz: float, sfreq: float) -> float:
    """Return the frequency at which a frequency appears at a sampling rate (aliasing): |f − round(f / fs) fs|."""
    return abs(hertz - round(hertz / sfreq) * sfreq)


def spectra_of(volts: NDArray[np.float64], sfreq: float) -> Spectra | None:
    """Return the spectra of a signal, shape (n,); None where it is shorter than one window."""
    size = round(WINDOW_S * sfreq)
    count = volts.size // size if size >= 2 else 0
    if count == 0:
        return None
    frequencies = np.arange(size // 2 + 1) / WINDOW_S
    slow_bins = (frequencies >= _SLOW_HZ[0]) & (frequencies < _SLOW_HZ[1])
    fast_bins = _fast(frequencies, sfreq)
    kept = np.unique(np.linspace(0, count - 1, min(count, _MOST_KEPT)).astype(np.intp))
    low, high = (round(edge * WINDOW_S) for edge in _KEPT_HZ)
    lines = np.zeros((kept.size, min(high, size // 2) - low), dtype=np.complex64)
    slow, fast = np.full(count, np.nan), np.full(count, np.nan)
    total, whole = np.zeros(frequencies.size), 0
    for first, coefficients in _windows(volts, size, count):
        stop = first + len(coefficients)
        # One-sided density, shape (windows, bins): 2 |X|² / (fs · Σ taper²), Σ taper² = 0.375 n for a Hann window.
        density = np.abs(coefficients) ** 2 * (2 / sfreq / (0.375 * size))
        slow[first:stop] = density[:, slow_bins].mean(axis=1)
        if fast_bins.any():
            fast[first:stop] = density[:, fast_bins].mean(axis=1)
        complete = np.isfinite(slow[first:stop])  # (windows,): without a missing sample
        total += density[complete].sum(axis=0)
        whole += int(complete.sum())
        in_block = (kept >= first) & (kept < stop)
        lines[in_block] = np.nan_to_num(coefficients[kept[in_block] - first, low : low + lines.shape[1]])
    return Spectra(sfreq, total / max(whole, 1), slow, fast, kept, lines)


def correlation(a: NDArray[np.complex64], b: NDArray[np.complex64]) -> float:
    """Return the correlation of two signals from their Fourier coefficients (Parseval); 0 where one is zero.

    r = Re Σ a b* / sqrt(Σ |a|² Σ |b|²).
    """
    norm = float(np.sqrt(np.sum(np.abs(a) ** 2, dtype=np.float64) * np.sum(np.abs(b) ** 2, dtype=np.float64)))
    return float(np.sum(a * b.conj(), dtype=np.complex128).real) / norm if norm > 0 else 0.0


def _windows(volts: NDArray[np.float64], size: int, count: int) -> Iterator[tuple[int, NDArray[np.complex128]]]:
    """Yield (first window, coefficients of shape (windows, bins)) in blocks, so that the night is not copied."""
    taper = np.hanning(size)
    for first in range(0, count, _BLOCK):
        block = volts[first * size : min(count, first + _BLOCK) * size].reshape(-1, size)
        yield first, np.fft.rfft((block - block.mean(axis=1, keepdims=True)) * taper, axis=1)


def _fast(frequencies: NDArray[np.float64], sfreq: float) -> NDArray[np.bool_]:
    """Return the bins from 15 Hz to 0.9 of the Nyquist frequency, without mains and its harmonics."""
    top = _NYQUIST_SHARE * sfreq / 2
    if top < _FAST_FROM_HZ + 5:
        return np.zeros(frequencies.size, dtype=bool)
    bins = (frequencies >= _FAST_FROM_HZ) & (frequencies <= top)
    for hum in HUMS_HZ:
        for harmonic in (1, 2, 3):
            bins &= np.abs(frequencies - folded(hum * harmonic, sfreq)) > 1.0
    return np.asarray(bins)
