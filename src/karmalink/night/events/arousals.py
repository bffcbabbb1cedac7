"""Arousals by the rule of the AASM manual (section V): an abrupt shift of the EEG's frequency for 3 s or more.

Theta, alpha or what is faster than 16 Hz (no spindle), after 10 s of sleep at least; in R with a rise of the chin's
tone of 1 s or more. A shift is abrupt where the summed power of 4–8, 8–11 and 16–30 Hz, in half-second steps, is `RISE`
times its median over the 10 s in front of it. The number is a choice: no scored arousals were at hand to set it on, so
it is only known what it does on simulated nights.
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
        Samples per second, 64 at least.
    stages : ndarray of int, shape (n,)
        A stage code per sample: 0 W … 4 R, -1 unscored.
    chin : ndarray, shape (n,), optional
        The chin's EMG at the same rate; without it none is told in R, as the manual asks for the tone there.
    channels : tuple of str
        Names of EEG and chin.

    Raises
    ------
    CannotAnswer
        Too slow a rate.
    """
    if sfreq < _SLOWEST:
        raise CannotAnswer(
            f"arousals cannot be told at {sfreq:g} samples a second", where=", ".join(channels), rule=f"{_SLOWEST:g}"
        )
    signal, missing = at_rate(eeg, sfreq, _RATE)
    step = round(_STEP_S * _RATE)
    power = np.sum([_stepped(band_level(signal, _RATE, band) ** 2, step) for band in _BANDS], axis=0)
    size = power.size
    at_step = np.minimum(((np.arange(size) * step + step // 2) / _RATE * sfreq).astype(int), stages.size - 1)
    stage = np.where(_stepped(missing.astype(float), step) > 0, -1, stages[at_step])
    tone = None if chin is None else _stepped(band_level(at_rate(chin, sfreq, _RATE)[0], _RATE, (10.0, 45.0)), step)
    asleep = stage > 0
    back = round(BEFORE_S / _STEP_S)
    base = _median_before(power, back)
    found = []
    for first, stop in runs(power > RISE * base, pause=1):
        seconds = (stop - first) * _STEP_S
        slept = first >= back and asleep[first - back : first].all()
        if not (SHORTEST_S <= seconds <= LONGEST_S and slept) or (stage[first:stop] < 0).any():
            continue
        if stage[first] == _R and not (tone is not None and _tone_rose(tone, first, stop, back)):
            continue
        rise = float(power[first:stop].mean() / base[first])
        found.append((first * _STEP_S, seconds, 1 - RISE / (RISE + max(0.0, rise - RISE) + 1e-9), rise))
    table = np.array(found, dtype=np.float64).reshape(-1, 4)
    return Events(
        "arousal",
        table[:, 0],
        table[:, 1],
        np.clip(table[:, 2], 0, 1),
        channels=channels,
        measures={"rise": table[:, 3]},
        searched_s=float(asleep.sum() * _STEP_S),
        scorer="karmalink",
    )


def _stepped(values: Floats, step: int) -> Floats:
    whole = values[: values.size // step * step].reshape(-1, step)
    return np.asarray(whole.mean(axis=1))


def _median_before(values: Floats, back: int) -> Floats:
    """Return the median of the `back` steps in front of each; infinite where there are fewer."""
    out = np.full(values.size, np.inf)
    if values.size > back:
        windows = np.lib.stride_tricks.sliding_window_view(values, back)
        out[back:] = np.median(windows[: values.size - back], axis=1)
    return out


def _tone_rose(tone: Floats, first: int, stop: int, back: int) -> bool:
    """Return whether the chin's level doubled for a second at least within the shift."""
    calm = float(np.median(tone[first - back : first]))
    raised = runs(tone[first:stop] > TONE_RISE * calm)
    return any((end - begin) * _STEP_S >= 1.0 for begin, end in raised)
