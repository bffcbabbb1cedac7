"""A night in figures, by the definitions of the AASM manual."""

from __future__ import annotations

from dataclasses import dataclass

from karmalink.night.hypnogram import Hypnogram

__all__ = ["SleepSummary", "summarise"]


@dataclass(frozen=True, slots=True, repr=False)
class SleepSummary:
    """Minutes and per cent of one night; None where the night cannot tell."""

    total_recording_min: float
    total_sleep_min: float
    sleep_efficiency_pct: float
    sleep_latency_min: float | None
    rem_latency_min: float | None
    wake_after_onset_min: float | None


def summarise(
    hypnogram: Hypnogram, *, lights_off_s: float | None = None, lights_on_s: float | None = None
) -> SleepSummary:
    """Return the summary between lights off and lights on, seconds of the recording; by default all that was scored."""
    raise NotImplementedError
