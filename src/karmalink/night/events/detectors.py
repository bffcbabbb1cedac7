"""Detectors of events by name: what each looks for, in which channels and stages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from types import MappingProxyType
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import release_memory
from karmalink.errors import CannotAnswer, UnknownName, describe, suggest
from karmalink.night.events.arousals import find_arousals
from karmalink.night.events.events import Events
from karmalink.night.events.eye_movements import bursts, find_eye_movements, find_eye_signals
from karmalink.night.events.slow_waves import find_slow_waves
from karmalink.night.events.spindles import find_spindles
from karmalink.night.hypnograms.grids import placed_on
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.stages import STAGES
from karmalink.night.recordings.montage import Montage, pick_montage
from karmalink.night.recordings.recording import Recording
from karmalink.night.recordings.resampled import resampled_to

__all__ = ["DETECTORS", "DetectedEvents", "Detector", "find_events"]

_NREM = (1, 2, 3)
_R = STAGES.index("R")
_RATE = 100.0
_THREADS = 2
_AT_ONCE = 100_000


@dataclass(frozen=True, slots=True)
class Detector:
    """One row of `DETECTORS`."""

    kind: str
    find: Callable[[_ScoredNight], Events]
    needs: str
    by: str


@dataclass(frozen=True, slots=True)
class DetectedEvents:
    """The events found, and why some detectors could not search.

    Attributes
    ----------
    found : mapping of str to Events
        Name of the detector → its events.
    not_searched : mapping of str to str
        Name of the detector → why it could not search.
    notes : tuple of str
        How the stages lie on the recording, where they do not simply cover it.
    """

    found: Mapping[str, Events]
    not_searched: Mapping[str, str]
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """One-line summary."""
        counts = [f"{events.kind}: {events.count}" for events in self.found.values()]
        return f"<DetectedEvents {', '.join(counts) or 'none'}>"


class _ScoredNight:
    """What a detector gets: recording, stages and montage of one night."""

    def __init__(self, recording: Recording, hypnogram: Hypnogram, montage: Montage) -> None:
        self.recording, self.hypnogram, self.montage = recording, hypnogram, montage
        self._lock = threading.RLock()
        self._signals: dict[str, NDArray[np.float64]] = {}
        self._stages: dict[tuple[int, float], NDArray[np.int8]] = {}
        self._movements: Events | None = None

    def signal(self, name: str) -> tuple[NDArray[np.float64], float]:
        """Return a channel and its rate; one array for all detectors, which do not change it."""
        with self._lock:
            if name not in self._signals:
                self._signals[name] = self.recording.signal(name)
                self._signals[name].flags.writeable = False
        return self._signals[name], self.recording.channel(name).sfreq

    def searched_s(self, name: str, stages: Sequence[int]) -> float:
        """Return the seconds of these stages in which a channel holds numbers."""
        samples, sfreq = self.signal(name)
        return float((np.isin(self.stages(samples.size, sfreq), stages) & np.isfinite(samples)).sum() / sfreq)

    def stages(self, size: int, sfreq: float) -> NDArray[np.int8]:
        """Return the stage of each sample, unscored outside the hypnogram, shape (size,)."""
        with self._lock:
            if (size, sfreq) not in self._stages:
                # Some minutes at a time: the times of all samples of a night would be 23 MB, five times over.
                starts = range(0, size, _AT_ONCE)
                parts = [self.hypnogram.codes_at(np.arange(at, min(size, at + _AT_ONCE)) / sfreq) for at in starts]
                self._stages[size, sfreq] = np.concatenate([np.empty(0, dtype=np.int8), *parts])
        return self._stages[size, sfreq]

    def movements(self) -> Events:
        """Return the rapid eye movements, found once for themselves and for their bursts."""
        with self._lock:
            if self._movements is None:
                left, right = self.pair()
                eye, sfreq = self.signal(left)
                other_eye, _ = self.signal(right)
                rem = self.stages(eye.size, sfreq) == _R
                self._movements = find_eye_movements(eye, other_eye, sfreq, channels=(left, right), rem=rem)
            return self._movements

    def pair(self) -> tuple[str, str]:
        """Return the left and the right EOG."""
        eyes = self.recording.of_kind("eog")
        if len(eyes) < 2:
            raise CannotAnswer("there are fewer than two EOG channels", rule="two EOG channels, left and right")
        left = self.montage.eog or eyes[0].name
        right = next(channel for channel in eyes if channel.name != left)
        if right.sfreq != self.recording.channel(left).sfreq:
            raise CannotAnswer("the two EOG channels have different sampling rates", rule="one rate for both")
        return left, right.name


def _spindles(night: _ScoredNight) -> Events:
    samples, sfreq = night.signal(night.montage.eeg)
    nrem = np.isin(night.stages(samples.size, sfreq), _NREM)
    found = find_spindles(samples, sfreq, channel=night.montage.eeg, background=nrem)
    spindles = found.during(night.hypnogram, ("N1", "N2", "N3"))
    return replace(spindles, searched_s=night.searched_s(night.montage.eeg, _NREM))


def _slow_waves(night: _ScoredNight) -> Events:
    samples, sfreq = night.signal(night.montage.eeg)
    return find_slow_waves(samples, sfreq, channel=night.montage.eeg, nrem=night.stages(samples.size, sfreq))


def _movements(night: _ScoredNight) -> Events:
    return night.movements()


def _bursts(night: _ScoredNight) -> Events:
    return bursts(night.movements())


def _signals(night: _ScoredNight) -> Events:
    left, right = night.pair()
    eye, sfreq = night.signal(left)
    signals = find_eye_signals(eye, night.signal(right)[0], sfreq, channels=(left, right))
    searched = min(night.searched_s(name, (_R,)) for name in (left, right))
    return replace(signals.during(night.hypnogram, ("R",)), searched_s=searched)


def _arousals(night: _ScoredNight) -> Events:
    eeg, sfreq = night.signal(night.montage.eeg)
    chin: NDArray[np.float64] | None = None
    names: tuple[str, ...] = (night.montage.eeg,)
    if night.montage.emg and night.recording.channel(night.montage.emg).sfreq == sfreq:
        chin, names = night.signal(night.montage.emg)[0], (*names, night.montage.emg)
    return find_arousals(eeg, sfreq, night.stages(eeg.size, sfreq), chin=chin, channels=names)


DETECTORS: Mapping[str, Detector] = MappingProxyType(
    {
        "spindles": Detector("spindle", _spindles, "EEG, at least 36 samples per second; N1, N2, N3", "karmalink"),
        "slow-waves": Detector("slow wave", _slow_waves, "EEG; N2, N3", "yasa's rule"),
        "eye-movements": Detector("rapid eye movement", _movements, "two EOGs; R", "yasa's rule"),
        "bursts": Detector("REM burst", _bursts, "two EOGs; R", "karmalink on yasa's movements"),
        "lrlr": Detector("LRLR", _signals, "two EOGs; R", "karmalink"),
        "arousals": Detector("arousal", _arousals, "EEG, at least 64 samples per second; chin EMG in R", "karmalink"),
    }
)
"""Name → kind of event, function, what it needs, whose detector it is."""


def find_events(
    recording: Recording,
    hypnogram: Hypnogram,
    kinds: Sequence[str] = tuple(DETECTORS),
    *,
    montage: Montage | None = None,
    zone: ZoneInfo | None = None,
    by_clock: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> DetectedEvents:
    """Return the events of a scored night.

    Parameters
    ----------
    recording : Recording
        As the doctor corrected it.
    hypnogram : Hypnogram
        Its stages. They are placed by the clocks that both state; what lies outside the recording is left out, and
        rates are per hour of what there is.
    kinds : sequence of str
        Keys of `DETECTORS`.
    montage : Montage, optional
        Which channels; by default the best ones.
    zone : ZoneInfo, optional
        Where the clock hung, for nights on which clocks change.
    by_clock : bool
        False counts the stages' own seconds from the first sample, whatever the clocks say.
    progress : callable, optional
        Called with (detectors done, detectors in all).

    Raises
    ------
    UnknownName
        Unknown detector.
    InputError
        The hypnogram does not overlap the recording.
    CannotAnswer
        There is no usable EEG. A detector whose own channels are missing is named in `DetectedEvents.not_searched`.
    """
    for name in kinds:
        if name not in DETECTORS:
            raise UnknownName(
                f"unknown detector {describe(name)}", allowed=sorted(DETECTORS), next_step=suggest(name, DETECTORS)
            )
    placed = placed_on(
        hypnogram, recording.start, recording.duration_s, where=recording.label, zone=zone, by_clock=by_clock
    )
    # Each channel is read and brought to the detectors' rate once.
    night = _ScoredNight(resampled_to(recording, _RATE), placed, montage or pick_montage(recording))
    found: dict[str, Events] = {}
    not_searched: dict[str, str] = {}

    def search(name: str) -> Events:
        try:
            return DETECTORS[name].find(night)
        finally:
            release_memory()

    release_memory()  # what staging left
    with ThreadPoolExecutor(_THREADS) as pool:
        jobs = {name: pool.submit(search, name) for name in kinds}
        for done, (name, job) in enumerate(jobs.items(), start=1):
            try:
                found[name] = job.result()
            except CannotAnswer as error:
                not_searched[name] = error.what
            if progress is not None:
                progress(done, len(kinds))
    return DetectedEvents(MappingProxyType(found), MappingProxyType(not_searched), placed.notes)
