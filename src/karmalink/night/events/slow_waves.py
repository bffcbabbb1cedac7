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
        Volts; NaN where nothing was recorded, and nothing is told there.
    sfreq : float
        Samples per second.
    channel : str
        Its name, for the result.
    nrem : ndarray of int, shape (n,), optional
        A stage code per sample; waves are then looked for in N2 and N3 alone, and the rate is per hour of them.

    Raises
    ------
    CannotAnswer
        Too slow a rate, or too short a piece.
    """
    if sfreq < _SLOWEST or samples.size < _SHORTEST_S * sfreq:
        raise CannotAnswer(
            f"{samples.size / sfreq:.0f} s at {sfreq:g} samples a second show no slow waves",
            where=channel,
            rule=f"{_SHORTEST_S:g} s and {_SLOWEST:g} samples a second at least",
        )
    import yasa

    signal, missing = at_rate(samples, sfreq, _RATE)
    stages = None if nrem is None else _at_samples(nrem, sfreq, signal.size)
    searched = ~missing if stages is None else ~missing & np.isin(stages, (2, 3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seen = (
            yasa.sw_detect(signal * 1e6, _RATE, hypno=stages, include=(2, 3), verbose="ERROR")
            if searched.any()
            else None
        )
    table = None if seen is None else seen.summary()
    rest: dict[str, Any] = {
        "channels": (channel,),
        "scorer": f"yasa {yasa.__version__}",
        "searched_s": float(searched.sum() / _RATE),
    }
    if table is None:
        return Events.of("slow wave", [], **rest)
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
    places = np.minimum((np.arange(size) / _RATE * sfreq).astype(int), stages.size - 1)
    return np.asarray(stages[places])
