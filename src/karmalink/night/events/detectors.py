"""Detectors of events by name: what each looks for, in which channels and stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import CannotAnswer, InputError, UnknownName, describe, suggest
from karmalink.night.events.arousals import find_arousals
from karmalink.night.events.events import Events
from karmalink.night.events.eye_movements import bursts, find_eye_movements, find_eye_signals
from karmalink.night.events.slow_waves import find_slow_waves
from karmalink.night.events.spindles import find_spindles
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.recordings.montage import Montage, pick_montage
from karmalink.night.recordings.recording import Recording

__all__ = ["DETECTORS", "DetectedEvents", "Detector", "find_events"]

_NREM = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Detector:
    """One row of `DETECTORS`."""

    kind: str
    find: Callable[[_Seen], Events]
    needs: str
    by: str


@dataclass(frozen=True, slots=True)
class DetectedEvents:
    """What the detectors found, and why some could not look.

    Attributes
    ----------
    found : mapping of str to Events
        Name of the detector → its events.
    not_searched : mapping of str to str
        Name of the detector → why it could not.
    """

    found: Mapping[str, Events]
    not_searched: Mapping[str, str]

    def __repr__(self) -> str:
        """One line: how many of each."""
        told = [f"{events.count} of {events.kind}" for events in self.found.values()]
        return f"<DetectedEvents {', '.join(told) or 'none'}>"


class _Seen:
    """The night as the detectors see it: channels read once, a stage per sample."""

    def __init__(self, recording: Recording, hypnogram: Hypnogram, montage: Montage) -> None:
        self.recording, self.hypnogram, self.montage = recording, hypnogram, montage

    def signal(self, name: str) -> tuple[NDArray[np.float64], float]:
        return self.recording.signal(name), self.recording.channel(name).sfreq

    def stages(self, size: int, sfreq: float) -> NDArray[np.int8]:
        """Return the stage of each sample, unscored outside the hypnogram, shape (size,)."""
        return self.hypnogram.codes_at(np.arange(size) / sfreq)

    def pair(self) -> tuple[str, str]:
        """Return the left and the right EOG."""
        eyes = self.recording.of_kind("eog")
        if len(eyes) < 2:
            raise CannotAnswer("there is one EOG or none", rule="two EOG channels, left and right")
        left = self.montage.eog or eyes[0].name
        right = next(channel for channel in eyes if channel.name != left)
        if right.sfreq != self.recording.channel(left).sfreq:
            raise CannotAnswer("the two EOGs have different rates", rule="one rate for both")
        return left, right.name


def _spindles(seen: _Seen) -> Events:
    samples, sfreq = seen.signal(seen.montage.eeg)
    nrem = np.isin(seen.stages(samples.size, sfreq), _NREM)
    found = find_spindles(samples, sfreq, channel=seen.montage.eeg, background=nrem)
    return found.during(seen.hypnogram, ("N1", "N2", "N3"))


def _slow_waves(seen: _Seen) -> Events:
    samples, sfreq = seen.signal(seen.montage.eeg)
    return find_slow_waves(samples, sfreq, channel=seen.montage.eeg, nrem=seen.stages(samples.size, sfreq))


def _movements(seen: _Seen) -> Events:
    left, right = seen.pair()
    one, sfreq = seen.signal(left)
    two, _ = seen.signal(right)
    return find_eye_movements(one, two, sfreq, channels=(left, right), rem=seen.stages(one.size, sfreq) == 4)


def _bursts(seen: _Seen) -> Events:
    return bursts(_movements(seen))


def _signals(seen: _Seen) -> Events:
    left, right = seen.pair()
    one, sfreq = seen.signal(left)
    return find_eye_signals(one, seen.signal(right)[0], sfreq, channels=(left, right)).during(seen.hypnogram, ("R",))


def _arousals(seen: _Seen) -> Events:
    eeg, sfreq = seen.signal(seen.montage.eeg)
    chin: NDArray[np.float64] | None = None
    names: tuple[str, ...] = (seen.montage.eeg,)
    if seen.montage.emg and seen.recording.channel(seen.montage.emg).sfreq == sfreq:
        chin, names = seen.signal(seen.montage.emg)[0], (*names, seen.montage.emg)
    return find_arousals(eeg, sfreq, seen.stages(eeg.size, sfreq), chin=chin, channels=names)


DETECTORS: Mapping[str, Detector] = MappingProxyType(
    {
        "spindles": Detector("spindle", _spindles, "an EEG of 36 samples a second; N1, N2, N3", "karmalink"),
        "slow-waves": Detector("slow wave", _slow_waves, "an EEG; N2, N3", "yasa"),
        "eye-movements": Detector("rapid eye movement", _movements, "two EOGs; R", "yasa"),
        "bursts": Detector("REM burst", _bursts, "two EOGs; R", "karmalink on yasa's movements"),
        "lrlr": Detector("LRLR", _signals, "two EOGs; R", "karmalink"),
        "arousals": Detector("arousal", _arousals, "an EEG of 64 samples a second; a chin EMG for R", "karmalink"),
    }
)
"""Name → what it finds, how, what it needs, by whom."""


def find_events(
    recording: Recording,
    hypnogram: Hypnogram,
    kinds: Sequence[str] = tuple(DETECTORS),
    *,
    montage: Montage | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> DetectedEvents:
    """Return the events of a scored night.

    Parameters
    ----------
    recording : Recording
        As the doctor left it.
    hypnogram : Hypnogram
        Its stages.
    kinds : sequence of str
        Keys of `DETECTORS`.
    montage : Montage, optional
        Which channels; by default the best ones.
    progress : callable, optional
        Called with detectors done and in all.

    Raises
    ------
    UnknownName
        No detector of that name.
    InputError
        No epoch of the hypnogram lies in the recording.
    CannotAnswer
        There is no usable EEG. A detector whose own channels are missing is named in `DetectedEvents.not_searched`.
    """
    for name in kinds:
        if name not in DETECTORS:
            raise UnknownName(
                f"no detector is called {describe(name)}", allowed=sorted(DETECTORS), next_step=suggest(name, DETECTORS)
            )
    begin, end = hypnogram.offset_s, hypnogram.offset_s + hypnogram.duration_s
    if begin >= recording.duration_s or end <= 0:
        raise InputError(
            "the stages are of another time than the recording",
            where=recording.label,
            rule=f"the recording lasts {recording.duration_s:.0f} s, the stages go from {begin:.0f} s to {end:.0f} s",
            next_step="are these the stages of this night?",
        )
    seen = _Seen(recording, hypnogram, montage or pick_montage(recording))
    found: dict[str, Events] = {}
    missing: dict[str, str] = {}
    for done, name in enumerate(kinds, start=1):
        try:
            found[name] = DETECTORS[name].find(seen)
        except CannotAnswer as error:
            missing[name] = error.what
        if progress is not None:
            progress(done, len(kinds))
    return DetectedEvents(MappingProxyType(found), MappingProxyType(missing))
