"""What a stager may know at the end of an epoch: features of a window that ends there, and of nothing behind it.

The window is copied out of what was received, resampled and filtered by itself: the same samples give the same numbers,
bit for bit, however they arrived. YASA's filter reaches 4 s to both sides; at the window's end it sees an odd
reflection instead of the future.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from karmalink.base.arrays import Floats, runs
from karmalink.night.recordings.resampled import fill_gaps
from karmalink.night.staging.epoch_features import EPOCH, RATE, channel_features

__all__ = ["SHIFTS", "WINDOW_S", "WindowFeatures", "feature_names", "usable_volts", "window_features"]

WINDOW_S = 50.0
"""Seconds that are looked at: the epoch, 10 s for those that begin earlier, and 10 s for the filter to settle."""
SHIFTS = 3
"""Epochs that are judged together: they end now, 5 s ago and 10 s ago."""
_STEP = 500
_PASS_HZ = (0.4, 30.0)
_QUIET_V = {"eeg": 0.5e-6, "eog": 0.5e-6, "emg": 0.05e-6}
_FLAT_S = 5
_RAILED_S = 0.03
_RAILED_LEAST_S = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class WindowFeatures:
    """The features of one channel at the end of an epoch.

    Attributes
    ----------
    values : ndarray, shape (SHIFTS, features)
        Of the epochs that end 10 s ago, 5 s ago and now; columns as `feature_names` says.
    missing : float
        Share of the newest epoch that holds no usable signal.
    """

    values: Floats
    missing: float


@functools.cache
def feature_names(kind: str) -> tuple[str, ...]:
    """Return the names of the features of a channel, in the order of the columns of `WindowFeatures.values`."""
    return tuple(channel_features(kind, np.random.default_rng(0).standard_normal(EPOCH)))


def window_features(kind: str, volts: Floats, sfreq: float) -> WindowFeatures:
    """Return the features of the newest epochs of one channel.

    Parameters
    ----------
    kind : str
        ``eeg``, ``eog`` or ``emg``.
    volts : ndarray, shape (WINDOW_S · sfreq,)
        What was received up to now; NaN where nothing was.
    sfreq : float
        Samples per second.
    """
    usable = usable_volts(kind, volts, sfreq)
    newest = usable[-round(EPOCH / RATE * sfreq) :]
    missing = float(np.mean(~np.isfinite(newest)))
    microvolts = _at_100_hz(fill_gaps(usable, sfreq), sfreq) * 1e6
    microvolts -= np.median(microvolts)
    signal = _filtered(microvolts)[-(EPOCH + (SHIFTS - 1) * _STEP) :]
    found = channel_features(kind, signal, _STEP)
    return WindowFeatures(np.column_stack([found[name] for name in feature_names(kind)]), missing)


def usable_volts(kind: str, volts: Floats, sfreq: float) -> Floats:
    """Return the samples without the stretches that hold no biological signal: flat for 5 s, or railed.

    The rules are those of the doctor's checks ``flat`` and ``railed``, on a window instead of a night.
    """
    found = volts.copy()
    size = max(2, round(sfreq))
    first = volts.size % size  # seconds are counted back from now
    seconds = volts[first:].reshape(-1, size)
    with np.errstate(invalid="ignore"):
        quiet = (seconds.max(axis=1) - seconds.min(axis=1)) < _QUIET_V[kind]
    _blank(found, [(first + a * size, first + b * size) for a, b in runs(quiet) if b - a >= _FLAT_S])
    if not np.isfinite(volts).any():
        return found
    least = max(3, round(_RAILED_S * sfreq))
    for edge in (np.nanmin(volts), np.nanmax(volts)):
        spans = [(a, b) for a, b in runs(volts == edge) if b - a >= least]
        if sum(b - a for a, b in spans) >= _RAILED_LEAST_S * sfreq:
            _blank(found, spans)
    return found


def _blank(volts: Floats, spans: Sequence[tuple[int, int]]) -> None:
    for first, stop in spans:
        volts[first:stop] = np.nan


def _at_100_hz(volts: Floats, sfreq: float) -> Floats:
    """Return the window at 100 samples per second, shape (WINDOW_S · 100,)."""
    size = round(WINDOW_S * RATE)
    if sfreq != RATE:
        from scipy.signal import resample_poly

        ratio = Fraction(RATE / sfreq).limit_denominator(1000)
        volts = resample_poly(volts, ratio.numerator, ratio.denominator, padtype="line")
    return np.pad(volts, (max(0, size - volts.size), 0), mode="edge")[-size:]


def _filtered(microvolts: Floats) -> Floats:
    """Return 0.4–30 Hz of the window by YASA's filter, shape (n,); beyond its ends the signal is reflected."""
    from scipy.signal import fftconvolve

    taps = _taps()
    half = taps.size // 2
    padded = np.pad(microvolts, half, mode="reflect", reflect_type="odd")
    return np.asarray(fftconvolve(padded, taps, mode="valid"))


@functools.cache
def _taps() -> Floats:
    """Return the filter that MNE designs for YASA: linear phase, 0.4–30 Hz, Hamming window."""
    from mne.filter import create_filter

    return np.asarray(create_filter(None, RATE, *_PASS_HZ, verbose="ERROR"))
