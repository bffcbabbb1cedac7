"""Where a recording holds no numbers: gaps of all channels, and stretches that one channel lost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from karmalink.night.recordings.recording import Recording

__all__ = ["lost_stretches"]


def lost_stretches(recording: Recording, *, joined_s: float = 0.0) -> list[tuple[float, float, str]]:
    """Return where signals are no numbers, as (from, to, channel) in seconds; the channel is empty where all are.

    Parameters
    ----------
    recording : Recording
        What to look at.
    joined_s : float
        Stretches of one channel less than this apart are one.
    """
    found = [(first, last, "") for first, last in recording.gaps]
    for index, channel in enumerate(recording.channels):
        bad = ~np.isfinite(recording.signals.read(index, 0, channel.n_samples))
        for first, last in recording.gaps:
            bad[max(0, round(first * channel.sfreq)) : round(last * channel.sfreq)] = False
        found += [(*stretch, channel.name) for stretch in _runs(bad, channel.sfreq, joined_s)]
    return sorted(found)


def _runs(bad: NDArray[np.bool_], sfreq: float, joined_s: float) -> list[tuple[float, float]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], bad, [False]])))
    runs: list[tuple[float, float]] = []
    for first, last in (edges.reshape(-1, 2) / sfreq).tolist():
        if runs and first - runs[-1][1] < joined_s:
            runs[-1] = (runs[-1][0], last)
        else:
            runs.append((first, last))
    return runs
