"""REM periods of a scored night: what a rule that waits for REM should catch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.stages import STAGES

__all__ = ["LEAST_EPOCHS", "MERGE_MIN", "RemPeriod", "rem_periods"]

MERGE_MIN = 15.0
"""REM after a gap of at most so many minutes belongs to the same period (Feinberg & Floyd 1979)."""

LEAST_EPOCHS = 4
"""A period holds at least so many epochs of REM."""

_R = STAGES.index("R")


@dataclass(frozen=True, slots=True)
class RemPeriod:
    """Epochs `first` to `last`, both REM, with gaps of at most `MERGE_MIN` between."""

    first: int
    last: int


def rem_periods(
    hypnogram: Hypnogram, *, merge_min: float = MERGE_MIN, least_epochs: int = LEAST_EPOCHS
) -> tuple[RemPeriod, ...]:
    """Return the REM periods in order.

    Parameters
    ----------
    hypnogram : Hypnogram
        Any epoch length.
    merge_min : float
        Runs of REM are merged over gaps of at most so many minutes, whatever was scored in them.
    least_epochs : int
        Epochs of REM that a period holds at least.
    """
    rem = np.flatnonzero(hypnogram.stages == _R)
    if rem.size == 0:
        return ()
    gap = int(merge_min * 60 // hypnogram.epoch_s)
    breaks = np.flatnonzero(np.diff(rem) - 1 > gap) + 1
    runs = np.split(rem, breaks)
    return tuple(RemPeriod(int(run[0]), int(run[-1])) for run in runs if run.size >= least_epochs)
