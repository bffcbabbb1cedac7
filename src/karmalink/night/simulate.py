"""A simulated night with planted stages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from karmalink.night.hypnogram import Hypnogram
from karmalink.night.recording import Recording

__all__ = ["simulate_night"]


def simulate_night(
    hours: float = 8.0,
    *,
    sfreq: float = 100.0,
    seed: int = 0,
    start: datetime | None = None,
    dropouts: int = 0,
    label: str = "simulated",
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Recording, Hypnogram]:
    """Return a recording (``EEG C4-M1``, ``EOG E1-M2``, ``EOG E2-M1``, ``EMG chin``) and the stages planted in it."""
    raise NotImplementedError
