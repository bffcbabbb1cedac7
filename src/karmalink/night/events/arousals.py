"""Arousals by the rule of the AASM manual (section V): an abrupt shift of the EEG's frequency for 3 s or more.

Theta, alpha or frequencies above 16 Hz (but not spindles), after at least 10 s of sleep; in R only with a rise of the
chin tone of 1 s or more. A shift is abrupt where the summed power of 4–8, 8–11 and 16–30 Hz, in steps of half a second,
is `RISE` times its median over the 10 s before. The number is a choice: no scored arousals were available to fit it, so
its effect is known on simulated nights only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats, runs
from karmalink.errors import CannotAnswer
from karmalink.night.events.events import Events
from karmalink.night.events.signals import at_rate, band_level
from karmalink.night.hypnograms.stages import STAGES

__all__ = ["find_arousals"]


RISE = 3.0
TONE_RISE = 2.0
SHORTEST_S, LONGEST_S, BEFORE_S = 3.0, 15.0, 10.0
_RATE, _STEP_S = 100.0, 0.5
_BANDS = ((4.0, 8.0), (8.0, 11.0), (16.0, 30.0))
_SLOWEST = 64.0
_R = STAGES.index("R")


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
    # P[k] = Σ_bands mean over step k of level², shape (steps,)
    power = np.sum([_stepped(band_level(signal, _RATE, band) ** 2, step) for band in _BANDS], axis=0)
    # Stage at the middle of each step, -1 where a sample is missing, shape (steps,).
    middle = np.minimum(((np.arange(power.size) * step + step // 2) / _RATE * sfreq).astype(int), stages.size - 1)
    stage = np.where(_stepped(missing.astype(float), step) > 0, -1, stages[middle])
    tone = None if chin is None else _stepped(band_level(at_rate(chin, sfreq, _RATE)[0], _RATE, (10.0, 45.0)), step)
    asleep = stage > 0
    before = round(BEFORE_S / _STEP_S)
    baseline = _median_before(power, before)
    rows = []
    for first, stop in runs(power > RISE * baseline, pause=1):
        seconds = (stop - first) * _STEP_S
        slept = first >= before and asleep[first - before : first].all()
        if not (SHORTEST_S <= seconds <= LONGEST_S and slept) or (stage[first:stop] < 0).any():
            continue
        if stage[first] == _R and not (tone is not None and _tone_rose(tone, first, stop, before)):
            continue
        rise = float(power[first:stop].mean() / baseline[first])
        rows.append((first * _STEP_S, seconds, rise))
    onset, duration, rise_of = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    return Events(
        "arousal",
        onset,
        duration,
        # 0 at a rise of RISE, 1/2 at twice RISE, towards 1 above: 1 − RISE / rise
        np.clip(1 - RISE / np.maximum(rise_of, RISE), 0, 1),
        channels=channels,
        measures={"rise": rise_of},
        searched_s=float(asleep.sum() * _STEP_S),
        scorer="karmalink",
    )


def _stepped(values: Floats, step: int) -> Floats:
    """Return the mean of each `step` samples, shape (n // step,)."""
    return np.asarray(values[: values.size // step * step].reshape(-1, step).mean(axis=1))


def _median_before(values: Floats, before: int) -> Floats:
    """Return the median of the `before` steps before each one, shape (n,); infinite where there are fewer."""
    medians = np.full(values.size, np.inf)
    if values.size > before:
        windows = np.lib.stride_tricks.sliding_window_view(values, before)
        medians[before:] = np.median(windows[: values.size - before], axis=1)
    return medians


def _tone_rose(tone: Floats, first: int, stop: int, before: int) -> bool:
    """Whether the chin tone rose to `TONE_RISE` times its level for at least a second within the shift."""
    baseline = float(np.median(tone[first - before : first]))
    raised = runs(tone[first:stop] > TONE_RISE * baseline)
    return any((end - begin) * _STEP_S >= 1.0 for begin, end in raised)
