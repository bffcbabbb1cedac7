"""Streams for tests: short, with whatever faults, faster than time."""

from __future__ import annotations

from functools import cache

import numpy as np

from karmalink.live import Chunk, StreamChannel, StreamInfo, open_source
from karmalink.live.sources.streams import Source
from karmalink.night import Recording, simulate_night

INFO = StreamInfo(
    (StreamChannel("EEG C4-M1", "eeg", 100.0), StreamChannel("EMG chin", "emg", 50.0)), "test", counts=True
)


@cache
def short_night(minutes: int = 6) -> Recording:
    """Return some minutes of a simulated night."""
    return simulate_night(minutes / 60, seed=3)[0]


def source(words: str = "", minutes: float = 6) -> Source:
    """Return a simulated sleeper with faults, as fast as the machine can."""
    return open_source(f"simulated:hours={minutes / 60},seed=3" + (f"!{words}" if words else ""), speed=float("inf"))


def chunks(count: int, *, seed: int = 0, length_s: float = 0.2) -> list[Chunk]:
    """Return chunks of `INFO` one behind the other, all clocks agreeing."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        samples = [1e-5 * rng.standard_normal(round(length_s * c.sfreq)) for c in INFO.channels]
        at = number * length_s
        made.append(Chunk(samples, round(at * INFO.rate), at, at + length_s, 1e9 + at + length_s))
    return made
