"""The stager that knows the past only: the same samples give the same stages, however they arrive.

It scores whole epochs of 30 s from the first sample on, each as soon as its last sample is there, and says of the
newest thirty seconds what it would say of an epoch. Where more than half of the EEG of an epoch is missing, flat or
railed, the epoch is unscored: the last stage is never held.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.errors import InputError
from karmalink.night.hypnograms.stages import STAGES, UNSCORED
from karmalink.night.recordings.montage import Montage
from karmalink.night.recordings.recording import Recording
from karmalink.night.staging.causal_features import WINDOW_S, window_features
from karmalink.night.staging.causal_judge import CausalJudge, CausalSettings

__all__ = ["Causal", "CausalStager", "StageOfEpoch"]

EPOCH_S = 30.0
_MAX_MISSING = 0.5
_KINDS = ("eeg", "eog", "emg")


@dataclass(frozen=True, slots=True, eq=False)
class StageOfEpoch:
    """What the stager says of thirty seconds.

    Attributes
    ----------
    end_s : float
        Seconds from the first sample to the end of the thirty seconds: of this time the stage is.
    stage : int
        0 W, 1 N1, 2 N2, 3 N3, 4 R, -1 where there is no usable EEG.
    probabilities : ndarray, shape (5,)
        Columns W N1 N2 N3 R; NaN where unscored.
    lost : tuple of str
        Kinds of channel of which more than half is not usable.
    """

    end_s: float
    stage: int
    probabilities: Floats
    lost: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The stage in letters; ``unknown`` where there is none."""
        return "unknown" if self.stage == UNSCORED else STAGES[self.stage]

    @property
    def confidence(self) -> float:
        """Probability of the stage; NaN where unknown."""
        return float("nan") if self.stage == UNSCORED else float(self.probabilities[self.stage])

    def age_s(self, now_s: float) -> float:
        """Return how old the stage is: seconds from the end of its thirty seconds to `now_s`, on the same time line."""
        return now_s - self.end_s


@dataclass(slots=True)
class CausalStager:
    """Scores a night while it is recorded.

    Attributes
    ----------
    rates : mapping of str to float
        Kind (``eeg``, ``eog``, ``emg``) → samples per second of its channel. There has to be an EEG.
    settings : CausalSettings
        How it weighs what it knows.
    """

    rates: Mapping[str, float]
    settings: CausalSettings = field(default_factory=CausalSettings)
    _judge: CausalJudge = field(init=False, repr=False)
    _held: dict[str, list[Floats]] = field(init=False, repr=False)
    _received: dict[str, int] = field(init=False, repr=False)
    _epochs: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Check the channels.

        Raises
        ------
        InputError
            No EEG, an unknown kind, or a rate that is not above 0.
        """
        unknown = [kind for kind in self.rates if kind not in _KINDS]
        if "eeg" not in self.rates or unknown:
            raise InputError(
                f"channels of the kinds {', '.join(self.rates) or 'none'}", rule="an EEG, and at most one EOG and EMG"
            )
        for kind, rate in self.rates.items():
            if not 1.0 <= rate < float("inf"):
                raise InputError(f"{rate:g} samples per second", where=kind, rule="at least 1 sample per second")
        kinds = tuple(kind for kind in _KINDS if kind in self.rates)
        self.rates = MappingProxyType({kind: float(self.rates[kind]) for kind in kinds})
        self._judge = CausalJudge(kinds, self.settings)
        self._held = {kind: [np.full(round(WINDOW_S * self.rates[kind]), np.nan)] for kind in kinds}
        self._received = dict.fromkeys(kinds, 0)

    @property
    def time_s(self) -> float:
        """Seconds of which every channel has been received."""
        return min(count / self.rates[kind] for kind, count in self._received.items())

    def push(self, samples: Mapping[str, Floats]) -> list[StageOfEpoch]:
        """Take new samples and return the epochs that are now over, oldest first.

        Parameters
        ----------
        samples : mapping of str to ndarray, shape (n,)
            Kind → the next samples in volts, NaN where they were lost; any number, and not the same of every kind.

        Raises
        ------
        InputError
            A kind that is not in `rates`.
        """
        for kind, values in samples.items():
            if kind not in self._held:
                raise InputError(f"samples of an unknown kind {kind!r}", allowed=tuple(self.rates))
            if len(values):
                self._held[kind].append(np.array(values, dtype=np.float64))
                self._received[kind] += len(values)
        over = []
        while self._epochs < int(self.time_s / EPOCH_S + 1e-9):
            end_s = (self._epochs + 1) * EPOCH_S
            features, lost = self._features(end_s)
            over.append(_said(end_s, self._judge.judge(features, lost), lost))
            self._epochs += 1
            self._forget()
        return over

    def newest(self) -> StageOfEpoch | None:
        """Return what the newest thirty seconds look like, None before there are as many; it decides nothing."""
        now = self.time_s
        if now < EPOCH_S:
            return None
        features, lost = self._features(now)
        return _said(now, self._judge.ask(features, lost), lost)

    def _features(self, end_s: float) -> tuple[dict[str, Floats], tuple[str, ...]]:
        found = {kind: window_features(kind, self._window(kind, end_s), self.rates[kind]) for kind in self.rates}
        lost = tuple(kind for kind, one in found.items() if one.missing > _MAX_MISSING)
        return {kind: one.values for kind, one in found.items()}, lost

    def _window(self, kind: str, end_s: float) -> Floats:
        """Return the samples up to `end_s`, in an array of their own: where they lie in memory changes no bit."""
        rate, held = self.rates[kind], self._held[kind]
        if len(held) > 1:
            self._held[kind] = held = [np.concatenate(held)]
        behind = self._received[kind] - round(end_s * rate)
        stop = held[0].size - behind
        return held[0][stop - round(WINDOW_S * rate) : stop].copy()

    def _forget(self) -> None:
        """Keep what a later window can reach."""
        for kind, rate in self.rates.items():
            [whole] = self._held[kind]
            kept = self._received[kind] - round((self._epochs * EPOCH_S - WINDOW_S) * rate)
            self._held[kind] = [whole[-min(kept, whole.size) :].copy()]


def _said(end_s: float, probabilities: Floats, lost: tuple[str, ...]) -> StageOfEpoch:
    stage = UNSCORED if np.isnan(probabilities).any() else int(probabilities.argmax())
    return StageOfEpoch(end_s, stage, probabilities, lost)


@dataclass(frozen=True, slots=True)
class Causal:
    """The causal stager on a whole recording: what `CausalStager` said while it was recorded.

    Attributes
    ----------
    name : str
        Its key in `STAGERS`.
    """

    name: str = "yasa-causal"
    shortest_s: float = EPOCH_S

    def version(self) -> str:
        """Return the version of YASA that is installed."""
        return importlib.metadata.version("yasa")

    def probabilities(
        self, recording: Recording, montage: Montage, progress: Callable[[int, int], None] | None
    ) -> NDArray[np.float64]:
        """Return shape (epochs, 5), columns W N1 N2 N3 R."""
        channels = {kind: recording.channel(name) for kind, name in montage.by_kind.items()}
        stager = CausalStager({kind: channel.sfreq for kind, channel in channels.items()})
        count, rows = int(recording.duration_s / EPOCH_S + 1e-9), []
        for epoch in range(count):
            part = {kind: _part(recording, channel.name, epoch) for kind, channel in channels.items()}
            rows += [one.probabilities for one in stager.push(part)]
            if progress is not None:
                progress(epoch + 1, count)
        return np.array(rows).reshape(-1, len(STAGES))


def _part(recording: Recording, name: str, epoch: int) -> Floats:
    """Return the samples of one epoch, NaN behind the last sample of a channel that ends early."""
    channel = recording.channel(name)
    first, stop = (round(edge * EPOCH_S * channel.sfreq) for edge in (epoch, epoch + 1))
    part = recording.signals.read(recording.index(name), first, min(stop, channel.n_samples))
    return np.pad(part, (0, max(0, stop - first - part.size)), constant_values=np.nan)
