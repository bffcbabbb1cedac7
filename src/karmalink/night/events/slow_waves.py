"""Slow waves, by YASA's detector (Massimini et al. 2004; Carrier et al. 2011)."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import CannotAnswer
from karmalink.night.events.events import Events
from karmalink.night.events.signals import at_rate

__all__ = ["find_slow_waves"]

_RATE = 100.0
_SLOWEST = 10.0
_SHORTEST_S = 10.0


def find_slow_waves(
    samples: NDArray[np.float64], sfreq: float, *, channel: str = "", nrem: NDArray[np.int8] | None = None
) -> Events:
    """Return the slow waves of one EEG channel: .3–1.5 Hz, 75–350 µV from peak to peak.

    Parameters
    ----------
    samples : ndarray, shape (n,)
        Volts; NaN where nothing was recorded: no wave is reported there.
    sfreq : float
        Samples per second.
    channel : str
        Its name, for the result.
    nrem : ndarray of int, shape (n,), optional
        A stage code per sample; waves are then searched in N2 and N3 only, and the rate is per hour of these.

    Raises
    ------
    CannotAnswer
        The sampling rate is too low, or the signal too short.
    """
    if sfreq < _SLOWEST or samples.size < _SHORTEST_S * sfreq:
        raise CannotAnswer(
            f"slow waves cannot be found in {samples.size / sfreq:.0f} s at {sfreq:g} samples per second",
            where=channel,
            rule=f"at least {_SHORTEST_S:g} s and {_SLOWEST:g} samples per second",
        )
    import yasa

    signal, missing = at_rate(samples, sfreq, _RATE)
    stages = None if nrem is None else _at_samples(nrem, sfreq, signal.size)
    searched = ~missing if stages is None else ~missing & np.isin(stages, (2, 3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        detected = None
        if searched.any():
            detected = yasa.sw_detect(signal * 1e6, _RATE, hypno=stages, include=(2, 3), verbose="ERROR")
    rest: dict[str, Any] = {
        "channels": (channel,),
        "scorer": f"yasa {yasa.__version__}",
        "searched_s": float(searched.sum() / _RATE),
    }
    if detected is None:
        return Events.of("slow wave", [], **rest)
    table = detected.summary()
    onsets, ends = table["Start"].to_numpy(), table["End"].to_numpy()
    kept = [not missing[int(a * _RATE) : int(b * _RATE) + 1].any() for a, b in zip(onsets, ends, strict=True)]
    waves = Events(
        "slow wave",
        onsets,
        ends - onsets,
        np.full(onsets.size, np.nan),
        measures={"frequency_hz": table["Frequency"].to_numpy(), "amplitude_uv": table["PTP"].to_numpy()},
        **rest,
    )
    return waves.where(np.array(kept, dtype=bool))


def _at_samples(stages: NDArray[np.int8], sfreq: float, size: int) -> NDArray[np.int8]:
    """Return the stage at the time of each of `size` samples at 100 Hz, shape (size,)."""
    source = np.minimum((np.arange(size) / _RATE * sfreq).astype(int), stages.size - 1)
    return np.asarray(stages[source])
