"""Stagers behind one small protocol: a recording goes in, a hypnogram with probabilities comes out.

`stage` decides how many epochs there are and which of them can be scored. A stager only gives probabilities for whole
epochs, so none can drop or shift one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import CannotAnswer, UnknownName, describe, suggest
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.lights import lights_of
from karmalink.night.hypnograms.stages import STAGES, UNSCORED
from karmalink.night.recordings.montage import Montage, pick_montage
from karmalink.night.recordings.recording import Recording
from karmalink.night.staging.causal_stager import Causal
from karmalink.night.staging.gssc_stager import Gssc
from karmalink.night.staging.night_scales import SCALE_EPOCHS
from karmalink.night.staging.onnx_stager import OnnxStager
from karmalink.night.staging.yasa_stager import BALANCE, Yasa

__all__ = ["AUTO", "STAGERS", "WHOLE_NIGHT_S", "Stager", "stage", "stager_named"]

EPOCH_S = 30.0
_MAX_MISSING = 0.5


class Stager(Protocol):
    """What a stager provides.

    Attributes
    ----------
    name : str
        Its key in `STAGERS`.
    shortest_s : float
        Seconds of usable EEG that it needs at least.
    """

    @property
    def name(self) -> str: ...

    @property
    def shortest_s(self) -> float: ...

    def version(self) -> str:
        """Return the version of the model."""
        ...

    def probabilities(
        self, recording: Recording, montage: Montage, progress: Callable[[int, int], None] | None
    ) -> NDArray[np.float64]:
        """Return shape (epochs, 5), columns W N1 N2 N3 R, one row per whole 30-s epoch from the first sample on."""
        ...


_STAGERS: tuple[Stager, ...] = (
    Yasa(),
    Yasa(name="yasa-night-scales", scale_epochs=SCALE_EPOCHS),
    Yasa(name="yasa-steady", steady=True, balance=BALANCE),
    Yasa(name="yasa-steady-night-scales", steady=True, scale_epochs=SCALE_EPOCHS),
    Gssc(),
    Gssc(name="gssc-night-scales", night_scales=True),
    Causal(),
)
STAGERS: Mapping[str, Stager] = MappingProxyType({stager.name: stager for stager in _STAGERS})
"""Name → stager. A new one is one module and one row; GSSC works only where it is installed."""

# Short or former name → name.
_FORMER = MappingProxyType(
    {"steady": "yasa-steady", "yasa-anchored": "yasa-night-scales", "gssc-anchored": "gssc-night-scales"}
)

AUTO = "auto"
WHOLE_NIGHT_S = 4 * 3600.0
"""Recordings shorter than this are scored with night scales where the stager is `AUTO`."""


def stager_named(name: str, recording: Recording | None = None) -> Stager:
    """Return the stager of a name: a key of `STAGERS`, ``auto``, or the path of a network ending in ``.onnx``.

    Raises
    ------
    UnknownName
        No stager of that name.
    """
    if name == AUTO:
        short = recording is not None and recording.duration_s < WHOLE_NIGHT_S
        return STAGERS["yasa-steady-night-scales" if short else "yasa-steady"]
    if name.lower().endswith(".onnx"):
        return OnnxStager(Path(name))
    name = _FORMER.get(name, name)
    if name not in STAGERS:
        known = [AUTO, *sorted(STAGERS), "a path ending in .onnx"]
        raise UnknownName(f"unknown stager {describe(name)}", allowed=known, next_step=suggest(name, STAGERS))
    return STAGERS[name]


def stage(
    recording: Recording,
    *,
    stager: str = "yasa",
    montage: Montage | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Hypnogram:
    """Score a recording.

    An epoch is unscored, in its place, where more than half of its EEG is missing, or where the recording ends in it.

    Parameters
    ----------
    recording : Recording
        As the doctor corrected it.
    stager : str
        A key of `STAGERS`, ``auto``, or the path of an ONNX network.
    montage : Montage, optional
        The channels to score from; by default the best ones (`pick_montage`).
    progress : callable, optional
        Called with (steps done, steps in all).

    Raises
    ------
    UnknownName
        Unknown stager or channel.
    CannotAnswer
        There is no usable EEG, or too little of it.
    """
    chosen = stager_named(stager, recording)
    montage = montage or pick_montage(recording)
    for name in montage.names:
        recording.index(name)
    eeg = recording.signal(montage.eeg)
    rate = recording.channel(montage.eeg).sfreq
    usable_s = float(np.isfinite(eeg).sum()) / rate
    if usable_s < chosen.shortest_s:
        raise CannotAnswer(
            f"the night cannot be scored: {usable_s / 60:.1f} minutes of usable EEG, "
            f"{chosen.name.upper()} needs {chosen.shortest_s / 60:g}",
            where=recording.label,
            rule=f"at least {chosen.shortest_s / 60:g} minutes; stagers are trained on whole nights",
            next_step="choose a longer recording, or another EEG channel",
        )
    movement = None
    if isinstance(chosen, Yasa) and chosen.steady:
        answer = chosen.answer(recording, montage, progress)
        table = _on_the_time_line(answer.probabilities, recording.duration_s)
        movement = np.full(len(table), np.nan)
        movement[: len(answer.movement)] = answer.movement
    else:
        table = _on_the_time_line(chosen.probabilities(recording, montage, progress), recording.duration_s)
    table[_missing_share(eeg, rate, len(table)) > _MAX_MISSING] = np.nan
    stages = np.full(len(table), UNSCORED, dtype=np.int8)
    scored = np.isfinite(table[:, 0])
    stages[scored] = table[scored].argmax(axis=1)
    return Hypnogram(
        stages=stages,
        epoch_s=EPOCH_S,
        start=recording.start,
        probabilities=table,
        movement=None if movement is None else np.where(scored, movement, np.nan),
        scorer=f"{chosen.name} {chosen.version()}",
        channels=montage.names,
        recorded_s=recording.duration_s,
        lights=lights_of((one.onset_s, one.text) for one in recording.annotations),
    )


def _on_the_time_line(scores: NDArray[np.float64], duration_s: float) -> NDArray[np.float64]:
    """Return one row per epoch begun, shape (epochs, 5); NaN for the epoch that the recording ends in."""
    table = np.full((math.ceil(duration_s / EPOCH_S - 1e-9), len(STAGES)), np.nan)
    scores = scores[: int(duration_s / EPOCH_S + 1e-9)]
    table[: len(scores)] = scores
    return table


def _missing_share(eeg: NDArray[np.float64], rate: float, count: int) -> NDArray[np.float64]:
    """Return the share of missing samples (NaN) in each epoch, shape (count,)."""
    edges = np.minimum(np.round(np.arange(count + 1) * EPOCH_S * rate).astype(int), eeg.size)
    total = np.concatenate(([0], np.cumsum(~np.isfinite(eeg))))
    # share[e] = (total[edge e+1] − total[edge e]) / samples in e, with total[i] = missing samples before i
    return np.asarray((total[edges[1:]] - total[edges[:-1]]) / np.maximum(1, np.diff(edges)))
