"""Stagers behind one small protocol: a recording goes in, a hypnogram with probabilities comes out."""

from __future__ import annotations

from collections.abc import Callable

from karmalink.night.hypnogram import Hypnogram
from karmalink.night.recording import Recording

__all__ = ["stage"]


def stage(
    recording: Recording,
    *,
    stager: str = "yasa",
    progress: Callable[[int, int], None] | None = None,
) -> Hypnogram:
    """Score a recording.

    Parameters
    ----------
    recording : Recording
        As the doctor mended it.
    stager : str
        A key of `STAGERS`.
    progress : callable, optional
        Called with (steps done, steps in all).

    Raises
    ------
    UnknownName
        No stager of that name.
    CannotAnswer
        There is no EEG, or too little of it, to score.
    """
    raise NotImplementedError
