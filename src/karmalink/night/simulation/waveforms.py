"""The waves a simulated night is made of: coloured noise that follows the stages, and single events.

Amplitudes in volts, times in seconds.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["add_events", "blink", "coloured_noise", "k_complex", "saccade", "sawtooth", "spindle", "vertex_wave"]

Array = NDArray[np.float64]
Shape = Callable[[Array, Array], Array]

FRAME_S = 4.0


def coloured_noise(power: Array, samples: int, sfreq: float, rng: np.random.Generator) -> Array:
    """Return Gaussian noise whose spectrum changes with time, shape (samples,).

    Independent frames of 4 s, each with its own spectrum, overlap by half under a sine window; the squares of two
    neighbours sum to one, so the variance is that of the spectrum at every moment.

    Parameters
    ----------
    power : ndarray, shape (frames, bins)
        One-sided power spectral density in V²/Hz of every frame, frames `FRAME_S` / 2 apart, bins of
        ``rfftfreq(FRAME_S * sfreq, 1 / sfreq)``.
    """
    size = round(FRAME_S * sfreq)
    hop = size // 2
    shape = power.shape
    phases = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    spectrum = np.sqrt(power * sfreq * size) / 2 * phases
    spectrum[:, 0] = 0
    frames = np.fft.irfft(spectrum, n=size, axis=1) * np.sin(np.pi * (np.arange(size) + 0.5) / size)
    out = np.zeros((shape[0] + 1) * hop)
    out[: shape[0] * hop] += frames[:, :hop].ravel()
    out[hop : (shape[0] + 1) * hop] += frames[:, hop : 2 * hop].ravel()
    return out[hop : hop + samples]


def add_events(
    out: Array, sfreq: float, onsets: Array, lengths: Array, amplitudes: Array, shape: Shape, extra: Array
) -> None:
    """Add one waveform per onset to `out`, in place; what reaches beyond the end is cut."""
    for onset, length, amplitude, more in zip(onsets, lengths, amplitudes, extra, strict=True):
        first = round(onset * sfreq)
        count = min(round(length * sfreq), out.size - first)
        if count > 1:
            time = np.arange(count) / sfreq
            out[first : first + count] += amplitude * shape(time / length, np.asarray(time * more))


def spindle(part: Array, phase: Array) -> Array:
    """Return a waxing and waning sine; `part` runs from 0 to 1, `phase` counts cycles."""
    return np.sin(np.pi * part) ** 2 * np.sin(2 * np.pi * phase)


def k_complex(part: Array, phase: Array) -> Array:
    """Return a sharp negative wave and a slower positive one."""
    del phase
    negative = -np.exp(-(((part - 0.25) / 0.10) ** 2))
    return negative + 0.6 * np.exp(-(((part - 0.62) / 0.18) ** 2))


def vertex_wave(part: Array, phase: Array) -> Array:
    """Return one sharp negative wave."""
    del phase
    return -np.exp(-(((part - 0.5) / 0.18) ** 2))


def sawtooth(part: Array, phase: Array) -> Array:
    """Return a train of triangles that rise slowly and fall fast, `phase` in cycles, fading at both ends."""
    return np.sin(np.pi * part) ** 0.5 * (2 * (phase % 1) - 1)


def saccade(part: Array, phase: Array) -> Array:
    """Return an eye movement as an amplifier with a high-pass shows it: up in 50 ms, back in half a second."""
    del part
    return (1 - np.exp(-phase / 0.025)) * np.exp(-phase / 0.5)


def blink(part: Array, phase: Array) -> Array:
    """Return a blink: one smooth deflection."""
    del phase
    return np.sin(np.pi * part) ** 2
