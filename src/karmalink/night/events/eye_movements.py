"""Rapid eye movements and their bursts, and the left–right–left–right signals of lucid dreamers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.errors import CannotAnswer
from karmalink.night.events.events import Events
from karmalink.night.events.signals import band_pass
from karmalink.night.recordings.resampled import at_rate
from karmalink.night.recordings.zero_phase import band_passed

__all__ = ["bursts", "find_eye_movements", "find_eye_signals"]


_RATE = 100.0
_SLOWEST = 20.0
_MOVEMENT_HZ, _MOVEMENT_UV, _MOVEMENT_S = (0.5, 5.0), (50.0, 325.0), (0.3, 1.2)
_BURST_GAP_S = 1.0
_BURST_LEAST = 2

# LaBerge et al. 1981; Baird et al. 2019: at least left-right-left-right, volitional, larger and slower than the
# sleeper's own movements, one after the other without a pause.
_SIGNAL_BAND = (0.2, 4.0)
_SIGNAL_LEAST_UV = 250.0
_SWING_S = (0.25, 1.5)
_EVEN = 0.35
_LEAST_SWINGS = 3


def find_eye_movements(
    left: Floats, right: Floats, sfreq: float, *, channels: tuple[str, ...] = (), rem: NDArray[np.bool_] | None = None
) -> Events:
    """Return rapid eye movements, by the rule of YASA's detector (Agarwal et al. 2005; Yetton et al. 2016).

    Parameters
    ----------
    left, right : ndarray, shape (n,)
        Both EOGs in volts; NaN where nothing was recorded.
    sfreq : float
        Samples per second.
    channels : tuple of str
        Their names.
    rem : ndarray of bool, shape (n,), optional
        Samples to search; by default all.

    Raises
    ------
    CannotAnswer
        The sampling rate is too low.
    """
    _fast_enough(sfreq, channels)
    (left, left_missing), (right, right_missing) = at_rate(left, sfreq, _RATE), at_rate(right, sfreq, _RATE)
    searched = ~(left_missing | right_missing)  # (samples at _RATE,)
    if rem is not None:
        searched &= at_rate(rem.astype(float), sfreq, _RATE)[0][: searched.size] > 0.5
    onset, end, size = _movements(left * 1e6, right * 1e6, searched) if searched.any() else np.empty((3, 0))
    return Events(
        "rapid eye movement",
        onset,
        end - onset,
        np.full(onset.size, np.nan),
        channels=channels,
        measures={"amplitude_uv": size},
        searched_s=float(searched.sum() / _RATE),
        scorer="karmalink, by yasa's rule",
    )


def _movements(left: Floats, right: Floats, searched: NDArray[np.bool_]) -> Floats:
    """Return onset, end and amplitude of each movement, shape (3, k), of both eyes in µV, shape (n,)."""
    from scipy.signal import find_peaks

    left, right = (band_passed(eye, _RATE, _MOVEMENT_HZ) for eye in (left, right))
    # Both eyes together: −left · right is large where they move against each other.
    peaks, about = find_peaks(
        -left * right,
        height=(_MOVEMENT_UV[0] ** 2, _MOVEMENT_UV[1] ** 2),
        distance=_MOVEMENT_S[0] * _RATE,
        prominence=0.8 * _MOVEMENT_UV[0] ** 2,
        wlen=_MOVEMENT_S[1] * _RATE,
    )
    first, last = about["left_bases"], about["right_bases"]
    seconds = last / _RATE - first / _RATE
    kept = searched[peaks] & (np.sign(left[peaks]) != np.sign(right[peaks]))
    kept &= (seconds >= _MOVEMENT_S[0]) & (seconds < _MOVEMENT_S[1])
    size = np.maximum(np.abs(left[peaks]), np.abs(right[peaks]))
    return np.array([first[kept] / _RATE, last[kept] / _RATE, size[kept]])


def bursts(movements: Events, *, gap_s: float = _BURST_GAP_S, least: int = _BURST_LEAST) -> Events:
    """Return the bursts: at least `least` movements, each at most `gap_s` after the one before it."""
    groups: list[list[float]] = []  # begin, end, number of movements
    for begin, end in movements.spans().tolist():
        if groups and begin - groups[-1][1] <= gap_s:
            groups[-1][1:] = [max(groups[-1][1], end), groups[-1][2] + 1]
        else:
            groups.append([begin, end, 1])
    table = np.array([group for group in groups if group[2] >= least], dtype=np.float64).reshape(-1, 3)
    return Events(
        "REM burst",
        table[:, 0],
        table[:, 1] - table[:, 0],
        np.full(len(table), np.nan),
        channels=movements.channels,
        measures={"movements": table[:, 2]},
        searched_s=movements.searched_s,
        scorer=movements.scorer,
    )


def find_eye_signals(
    left: Floats, right: Floats, sfreq: float, *, channels: tuple[str, ...] = (), min_uv: float = _SIGNAL_LEAST_UV
) -> Events:
    """Return left–right–left–right signals with their number of swings and confidence.

    The difference of both EOGs, 0.2 to 4 Hz, is followed from turning point to turning point. A signal is at least
    three swings, each of at least `min_uv` from peak to peak, of 0.25 to 1.5 s, and even: their coefficient of
    variation is 35 % at most. The sleeper's own movements come in uneven steps with pauses between. ``confidence`` is
    (1 − coefficient of variation) · min(1, smallest swing / (2 `min_uv`)). It was not calibrated on real signals, since
    none were available.

    Parameters
    ----------
    left, right : ndarray, shape (n,)
        Both EOGs in volts; NaN where nothing was recorded.
    sfreq : float
        Samples per second.
    channels : tuple of str
        Their names.
    min_uv : float
        Smallest swing of the difference, µV from peak to peak.

    Raises
    ------
    CannotAnswer
        The sampling rate is too low.
    """
    _fast_enough(sfreq, channels)
    (left, left_missing), (right, right_missing) = at_rate(left, sfreq, _RATE), at_rate(right, sfreq, _RATE)
    missing = left_missing | right_missing
    signal = band_pass(left - right, _RATE, _SIGNAL_BAND) * 1e6  # (samples,): µV
    turns, sizes, durations = _swings(signal, min_uv)
    rows = []
    for first, stop in _even_runs(sizes, durations, min_uv):
        begin, end = int(turns[first]), int(turns[stop])
        if missing[begin:end].any():
            continue
        swings = sizes[first:stop]
        variation = float(np.std(swings) / np.mean(swings))
        confidence = (1 - variation) * min(1.0, float(swings.min()) / (2 * min_uv))
        rows.append((begin / _RATE, (end - begin) / _RATE, confidence, stop - first, float(np.median(swings))))
    onset, duration, confidence_of, count, amplitude = np.array(rows, dtype=np.float64).reshape(-1, 5).T
    return Events(
        "LRLR",
        onset,
        duration,
        confidence_of,
        channels=channels,
        measures={"swings": count, "amplitude_uv": amplitude},
        searched_s=float((~missing).sum() / _RATE),
        scorer="karmalink",
    )


def _swings(signal: Floats, least: float) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Return turning points, shape (t,), and size and duration of the swing after each, shape (t − 1,).

    Swings of less than half of `least` are ignored.
    """
    extrema = np.flatnonzero(np.diff(np.sign(np.diff(signal))) != 0) + 1
    kept: list[int] = []
    for extremum in extrema.tolist():
        while len(kept) >= 2 and (signal[kept[-1]] - signal[kept[-2]]) * (signal[extremum] - signal[kept[-1]]) >= 0:
            kept.pop()  # the signal goes on in the same direction: the last point is not a turning point
        if kept and abs(signal[extremum] - signal[kept[-1]]) < least / 2:
            continue
        kept.append(extremum)
    turns = np.array(kept, dtype=np.int64)
    if turns.size < 2:
        return turns, np.empty(0), np.empty(0)
    return turns, np.abs(np.diff(signal[turns])), np.diff(turns) / _RATE


def _even_runs(sizes: Floats, durations: Floats, least: float) -> list[tuple[int, int]]:
    """Return (first, stop) of the longest runs of swings that are large enough, of the right duration and even."""
    fits = (sizes >= least) & (durations >= _SWING_S[0]) & (durations <= _SWING_S[1])
    even = []
    first = 0
    while first < sizes.size:
        stop = first
        while stop < sizes.size and fits[stop] and _is_even(sizes[first : stop + 1]):
            stop += 1
        if stop - first >= _LEAST_SWINGS:
            even.append((first, stop))
            first = stop
        else:
            first += 1
    return even


def _is_even(sizes: Floats) -> bool:
    return bool(np.std(sizes) <= _EVEN * np.mean(sizes))


def _fast_enough(sfreq: float, channels: tuple[str, ...]) -> None:
    if sfreq < _SLOWEST:
        raise CannotAnswer(
            f"eye movements cannot be found at {sfreq:g} samples per second",
            where=", ".join(channels),
            rule=f"at least {_SLOWEST:g} samples per second",
        )
