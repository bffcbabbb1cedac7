"""What the spectrum of a channel tells the doctor, from one pass over its signal in windows of ten seconds."""

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
        Mean power density, V²/Hz, over the windows without a lost sample; bins of 0.1 Hz.
    slow, fast : ndarray, shape (n_windows,)
        Mean density at 1–8 Hz, and from 15 Hz to nine tenths of the highest frequency without mains; NaN where a sample
        of the window is missing. `fast` is all NaN where the rate leaves less than 5 Hz to it.
    kept : ndarray of int, shape (n_kept,)
        At most 360 windows, spread over the recording, the same for every channel of one length.
    lines : ndarray of complex64, shape (n_kept, n_lines)
        Their Fourier lines from 0.5 to 20 Hz, for what channels share.
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
    """Return where a frequency shows at a sampling rate: above half of it, it is folded back (aliasing)."""
    return abs(hertz - round(hertz / sfreq) * sfreq)


def spectra_of(volts: NDArray[np.float64], sfreq: float) -> Spectra | None:
    """Return the spectra of a signal; None where it is shorter than one window."""
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
        density = np.abs(coefficients) ** 2 * (2 / sfreq / (0.375 * size))  # 0.375: mean square of a Hann window
        slow[first:stop] = density[:, slow_bins].mean(axis=1)
        if fast_bins.any():
            fast[first:stop] = density[:, fast_bins].mean(axis=1)
        good = np.isfinite(slow[first:stop])
        total += density[good].sum(axis=0)
        whole += int(good.sum())
        mine = (kept >= first) & (kept < stop)
        lines[mine] = np.nan_to_num(coefficients[kept[mine] - first, low : low + lines.shape[1]])
    return Spectra(sfreq, total / max(whole, 1), slow, fast, kept, lines)


def correlation(a: NDArray[np.complex64], b: NDArray[np.complex64]) -> float:
    """Return the correlation of two signals from their Fourier lines (Parseval); 0 where one of them is nothing."""
    norm = float(np.sqrt(np.sum(np.abs(a) ** 2, dtype=np.float64) * np.sum(np.abs(b) ** 2, dtype=np.float64)))
    return float(np.sum(a * b.conj(), dtype=np.complex128).real) / norm if norm > 0 else 0.0


def _windows(volts: NDArray[np.float64], size: int, count: int) -> Iterator[tuple[int, NDArray[np.complex128]]]:
    """Yield (first window, Fourier lines) some windows at a time, so that a night needs no second copy of itself."""
    taper = np.hanning(size)
    for first in range(0, count, _BLOCK):
        block = volts[first * size : min(count, first + _BLOCK) * size].reshape(-1, size)
        yield first, np.fft.rfft((block - block.mean(axis=1, keepdims=True)) * taper, axis=1)


def _fast(frequencies: NDArray[np.float64], sfreq: float) -> NDArray[np.bool_]:
    top = _NYQUIST_SHARE * sfreq / 2
    if top < _FAST_FROM_HZ + 5:
        return np.zeros(frequencies.size, dtype=bool)
    bins = (frequencies >= _FAST_FROM_HZ) & (frequencies <= top)
    for hum in HUMS_HZ:
        for harmonic in (1, 2, 3):
            bins &= np.abs(frequencies - folded(hum * harmonic, sfreq)) > 1.0
    return np.asarray(bins)
