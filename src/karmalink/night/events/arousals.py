"""Arousals by the rule of the AASM manual (section V): an abrupt shift of the EEG's frequency for 3 s or more.

Theta, alpha or frequencies above 16 Hz (but not spindles), after at least 10 s of sleep; in R only with a rise of the
chin tone of 1 s or more. Each band is measured against itself: the logarithm of its power in steps of half a second,
less that of its median over the 20 s before. A band whose power wavered much in the half hour before (alpha in an alpha
sleeper) has to rise more, unless the chin tone rises with it for a second. The largest of the three, smoothed over
2.5 s, has to stay above `HELD` for the length of the arousal, with pauses of up to a second; in it, it has to be `MEAN`
on average and `PEAK` once.

No scored arousals were available. The numbers were set on simulated arousals of four mechanisms (weak ones, K-complexes
beneath, a slow onset, theta) and tried on four others; `evaluation/RESULTS.md` states both, beside a published rule.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats, pieces_of, runs
from karmalink.errors import CannotAnswer
from karmalink.night.events.events import Events
from karmalink.night.events.signals import band_level
from karmalink.night.hypnograms.stages import STAGES
from karmalink.night.recordings.resampled import at_rate

__all__ = ["find_arousals"]


HELD, MEAN, PEAK = 0.6, 1.0, 1.2
"""Logarithms of power over its background: 1.8, 2.7 and 3.3 times."""
TONE_RISE = 1.0
SHORTEST_S, LONGEST_S = 3.0, 16.0
_ASLEEP_S, _BACKGROUND_S, _SMOOTH_S, _PAUSE_S = 10.0, 20.0, 2.5, 1.0
_RATE, _STEP_S = 100.0, 0.5
# Band → its edges in Hz, and how much a rise of it counts: theta and beta waver more from step to step than alpha.
_BANDS = {"theta": ((4.0, 8.0), 0.7), "alpha": ((8.0, 11.0), 1.0), "beta": ((16.0, 30.0), 0.6)}
_SIGMA_HZ, _CHIN_HZ = (11.5, 16.0), (10.0, 45.0)
# Spindles: sigma rises by more than this over the other bands, and not for longer than this.
_SPINDLE, _SPINDLE_S = 1.2, 4.0
# A band that wavers by more than this in sleep counts the less.
_WAVERS = 0.4
# Steps: the half hour behind which it is measured, every minute, and of which so many have to be asleep.
_PAST, _EVERY, _LEAST_STEPS = 3_600, 120, 240
_SLOWEST = 64.0
_R = STAGES.index("R")
_LEAST = 1e-30


def find_arousals(
    eeg: Floats, sfreq: float, stages: NDArray[np.int8], *, chin: Floats | None = None, channels: tuple[str, ...] = ()
) -> Events:
    """Return the arousals of one EEG channel.

    Parameters
    ----------
    eeg : ndarray, shape (n,)
        Volts; NaN where nothing was recorded.
    sfreq : float
        Samples per second, at least 64.
    stages : ndarray of int, shape (n,)
        A stage code per sample: 0 W … 4 R, -1 unscored.
    chin : ndarray, shape (n,), optional
        The chin EMG at the same rate; without it no arousal is scored in R, where the manual requires the tone.
    channels : tuple of str
        Names of EEG and chin.

    Raises
    ------
    CannotAnswer
        The sampling rate is too low.
    """
    if sfreq < _SLOWEST:
        raise CannotAnswer(
            f"arousals cannot be found at {sfreq:g} samples per second",
            where=", ".join(channels),
            rule=f"at least {_SLOWEST:g} samples per second",
        )
    signal, missing = at_rate(eeg, sfreq, _RATE)
    step = round(_STEP_S * _RATE)
    lost = missing[: missing.size // step * step].reshape(-1, step).any(axis=1)  # (steps,)
    # Stage at the middle of each step, -1 where a sample is missing, shape (steps,).
    middle = np.minimum(((np.arange(lost.size) * step + step // 2) / _RATE * sfreq).astype(int), stages.size - 1)
    stage = np.where(lost, -1, stages[middle])
    tone = None if chin is None else _rise(at_rate(chin, sfreq, _RATE)[0], _CHIN_HZ)
    steady, plain, spindle = _shift(signal, stage > 0)
    rows = _rows(steady, spindle, stage, tone)
    if tone is not None:
        # Where a band wavers and the chin rises with it, it counts as in other sleepers.
        seen = [(onset, onset + length) for onset, length, _ in rows]
        rows += [
            row
            for row in _rows(plain, spindle, stage, tone, with_tone=True)
            if not any(row[0] < end and begin < row[0] + row[1] for begin, end in seen)
        ]
    onset, duration, rise = np.array(sorted(rows), dtype=np.float64).reshape(-1, 3).T
    return Events(
        "arousal",
        onset,
        duration,
        # 0 at a mean of MEAN, 1/2 at twice MEAN, towards 1 above: 1 − MEAN / rise
        1 - MEAN / np.maximum(rise, MEAN),
        channels=channels,
        measures={"rise": np.exp(rise)},
        searched_s=float((stage > 0).sum() * _STEP_S),
        scorer="karmalink",
    )


def _rows(
    shift: Floats, spindle: Floats, stage: NDArray[np.int8], tone: Floats | None, *, with_tone: bool = False
) -> list[tuple[float, float, float]]:
    """Return onset, duration and mean rise of each arousal; `with_tone`, of those in which the chin tone rises."""
    return [
        (first * _STEP_S, (stop - first) * _STEP_S, float(shift[first:stop].mean()))
        for first, stop in runs(shift > HELD, pause=round(_PAUSE_S / _STEP_S))
        if _is_arousal(shift[first:stop], spindle[first:stop])
        and _is_placed(stage, tone, first, stop)
        and (not with_tone or _tone_rises(tone, first, stop))
    ]


def _shift(signal: Floats, asleep: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """Return how far the fastest rising band is above its background, with and without regard to how much it wavers,
    and sigma over it, each of shape (steps,)."""
    width = round(_SMOOTH_S / _STEP_S)
    smooth = np.ones(width) / width
    weighted, divided, unweighted = [], [], []
    for band, weight in _BANDS.values():
        rise = _rise(signal, band)
        steady = rise / _wavers(np.convolve(rise, smooth, "same"), asleep)
        weighted.append(weight * rise)
        divided.append(weight * steady)
        unweighted.append(steady)
    # s[k] = mean over 2.5 s of max over bands of weight · rise
    shift, plain = (np.convolve(np.maximum.reduce(bands), smooth, "same") for bands in (divided, weighted))
    return shift, plain, _rise(signal, _SIGMA_HZ) - _SPINDLE * np.maximum.reduce(unweighted)


def _wavers(rise: Floats, asleep: NDArray[np.bool_]) -> Floats:
    """Return by how much a band wavers more than usual in the sleep of the half hour before, at least 1, (steps,).

    What follows changes nothing; at the beginning it is the first half hour.
    """
    times = np.ones(rise.size)
    for first in range(0, rise.size, _EVERY):
        past = slice(max(0, first - _PAST), max(first, _PAST))
        near = rise[past][asleep[past]]
        if near.size >= _LEAST_STEPS:
            low, high = np.quantile(near, [0.16, 0.84])
            times[first : first + _EVERY] = max(1.0, (high - low) / 2 / _WAVERS)
        elif first:
            times[first : first + _EVERY] = times[first - 1]
    return times


def _rise(signal: Floats, band: tuple[float, float]) -> Floats:
    """Return log power of a band less the log of its median over the 20 s before, 0 where there are fewer, (steps,)."""
    step = round(_STEP_S * _RATE)
    # Some minutes at a time: the band's level at each sample of the night is not needed.
    parts = [
        _stepped(band_level(piece, _RATE, band)[inner] ** 2, step)
        for _, piece, inner in pieces_of(signal, 1200 * step, 60 * step)
    ]
    power = np.maximum(np.concatenate([np.empty(0), *parts]), _LEAST)  # (steps,)
    before = round(_BACKGROUND_S / _STEP_S)
    rise = np.zeros(power.size)
    if power.size > before:
        windows = np.lib.stride_tricks.sliding_window_view(power, before)[:-1]
        rise[before:] = np.log(power[before:] / np.median(windows, axis=1))
    return rise


def _is_arousal(shift: Floats, spindle: Floats) -> bool:
    """Whether a stretch has the length and the size of an arousal, and is not a spindle."""
    seconds = shift.size * _STEP_S
    if not SHORTEST_S <= seconds <= LONGEST_S or shift.mean() < MEAN or shift.max() < PEAK:
        return False
    return not (seconds < _SPINDLE_S and spindle.mean() > 0)


def _is_placed(stage: NDArray[np.int8], tone: Floats | None, first: int, stop: int) -> bool:
    """Whether it follows 10 s of sleep and nothing is missing in it; in R, whether the tone rose for a second."""
    before = round(_ASLEEP_S / _STEP_S)
    if first < before or not (stage[first - before : first] > 0).all() or (stage[first:stop] < 0).any():
        return False
    if stage[first] != _R:
        return True
    return _tone_rises(tone, first, stop)


def _tone_rises(tone: Floats | None, first: int, stop: int) -> bool:
    """Whether the chin tone rises for a second."""
    if tone is None:
        return False
    raised = runs(tone[max(0, first - 1) : stop + 1] > TONE_RISE)
    return any((end - begin) * _STEP_S >= 1.0 for begin, end in raised)


def _stepped(values: Floats, step: int) -> Floats:
    """Return the mean of each `step` samples, shape (n // step,)."""
    return np.asarray(values[: values.size // step * step].reshape(-1, step).mean(axis=1))
