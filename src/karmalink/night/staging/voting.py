"""Several channels vote: every EEG derivation with the eyes and the chin, and alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import CannotAnswer, InputError
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.stages import UNSCORED
from karmalink.night.recordings.montage import Montage, eeg_by_rank, pick_montage
from karmalink.night.recordings.recording import Recording
from karmalink.night.staging.confidence import CALIBRATIONS, ConfidenceCalibration, likenesses, lookalikes, tempered
from karmalink.night.staging.stagers import AUTO, stage, stager_named

__all__ = ["MAX_EEG", "MontageVote", "Vote", "vote", "voting_montages"]

MAX_EEG = 4
"""Derivations that vote at most, the best first: more of the same head add time and little else."""


@dataclass(frozen=True, slots=True, eq=False)
class MontageVote:
    """What one combination of channels said.

    Attributes
    ----------
    montage : Montage
        The channels.
    hypnogram : Hypnogram
        The stager's own answer from them.
    agreement : float
        Share of the epochs that both scored in which it is with the vote.
    """

    montage: Montage
    hypnogram: Hypnogram
    agreement: float


@dataclass(frozen=True, eq=False, repr=False)
class Vote:
    """A night scored by the vote of its channels.

    Attributes
    ----------
    hypnogram : Hypnogram
        The stage with the largest mean probability, and calibrated probabilities.
    votes : tuple of MontageVote
        What each combination of channels said.
    stager : str
        Who scored.
    calibration : ConfidenceCalibration or None
        What the confidence was calibrated with.
    """

    hypnogram: Hypnogram
    votes: tuple[MontageVote, ...]
    stager: str
    calibration: ConfidenceCalibration | None

    def to_dict(self) -> dict[str, Any]:
        """Return the voting_montages in short and how the confidence came about, JSON-ready; not the hypnogram."""
        rows = [{"channels": list(one.montage.names), "agreement": one.agreement} for one in self.votes]
        calibration = self.calibration
        told = None if calibration is None else {"temperature": calibration.temperature, "width": calibration.width}
        return {"stager": self.stager, "votes": rows, "calibration": told}

    def __repr__(self) -> str:
        """One line: who voted, how far they agreed."""
        agreement = float(np.mean([one.agreement for one in self.votes]))
        count = len(self.votes)
        return f"<Vote {self.stager} from {count} combination{'s' if count > 1 else ''}, {agreement:.0%} with the vote>"


def voting_montages(recording: Recording) -> tuple[Montage, ...]:
    """Return the combinations of channels that vote: each usable EEG with the best EOG and EMG, and alone.

    The first is the one `stage` would score from. With the eyes and the chin a stager tells REM and wake better; alone
    it is not led astray by a bad one of them. So both vote.

    Raises
    ------
    CannotAnswer
        There is no usable EEG.
    """
    best = pick_montage(recording)
    derivations = eeg_by_rank(recording)[:MAX_EEG] or (best.eeg,)
    others = tuple(dict.fromkeys(((best.eog, best.emg), ("", ""))))
    return tuple(Montage(eeg, *pair) for eeg in derivations for pair in others)


def vote(
    recording: Recording,
    *,
    stager: str = AUTO,
    montages: Sequence[Montage] | None = None,
    calibration: ConfidenceCalibration | None = None,
    calibrated: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Vote:
    """Score a recording by the vote of its channels, with calibrated confidence.

    An epoch whose EEG is lost on one derivation is scored by the others; it stays unscored only where all are lost.

    Parameters
    ----------
    recording : Recording
        As the doctor corrected it.
    stager : str
        A key of `STAGERS`, ``auto``, or the path of an ONNX network.
    montages : sequence of Montage, optional
        Which combinations vote; by default `voting_montages`.
    calibration : ConfidenceCalibration, optional
        By default the stager's in `CALIBRATIONS`.
    calibrated : bool
        False leaves the mean of the stager's own probabilities.
    progress : callable, optional
        Called with (combinations done, combinations in all).

    Raises
    ------
    InputError
        An empty list of combinations.
    CannotAnswer
        No combination can be scored.
    """
    chosen = stager_named(stager, recording)
    combinations = tuple(montages if montages is not None else voting_montages(recording))
    if not combinations:
        raise InputError("no combination of channels was named", rule="one at least votes")
    said = _cast(recording, stager, combinations, progress)
    hypnograms = list(said.values())
    table = _mean([one.probabilities for one in hypnograms if one.probabilities is not None])
    scored = np.isfinite(table[:, 0])
    stages = np.full(len(table), UNSCORED, dtype=np.int8)
    stages[scored] = table[scored].argmax(axis=1)
    used = (calibration or CALIBRATIONS.get(chosen.name, ConfidenceCalibration())) if calibrated else None
    if used is not None:
        table = _calibrated(table, recording, tuple(dict.fromkeys(one.eeg for one in said)), used)
    whole = replace(
        hypnograms[0],
        stages=stages,
        probabilities=table,
        channels=tuple(dict.fromkeys(name for montage in said for name in montage.names)),
    )
    cast = tuple(MontageVote(montage, one, _with(one, whole)) for montage, one in said.items())
    return Vote(whole, cast, hypnograms[0].scorer, used)


def _cast(
    recording: Recording,
    stager: str,
    combinations: tuple[Montage, ...],
    progress: Callable[[int, int], None] | None,
) -> dict[Montage, Hypnogram]:
    """Return what each combination says; one that cannot be scored does not vote, unless none can."""
    said: dict[Montage, Hypnogram] = {}
    refused: CannotAnswer | None = None
    for done, montage in enumerate(combinations):
        if progress is not None and len(combinations) > 1:
            progress(done, len(combinations))
        try:
            alone = progress if len(combinations) == 1 else None
            said[montage] = stage(recording, stager=stager, montage=montage, progress=alone)
        except CannotAnswer as error:
            refused = refused or error
    if progress is not None and len(combinations) > 1:
        progress(len(combinations), len(combinations))
    if refused is not None and not said:
        raise refused
    return said


def _mean(tables: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the mean over the tables that scored an epoch, NaN where none did."""
    stack = np.array(tables)
    known = np.isfinite(stack)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, stack, 0).sum(axis=0) / known.sum(axis=0))


def _calibrated(
    table: NDArray[np.float64], recording: Recording, eeg: tuple[str, ...], calibration: ConfidenceCalibration
) -> NDArray[np.float64]:
    if calibration.width is not None:
        table = lookalikes(table, likenesses(recording, eeg, calibration.width))
    return tempered(table, calibration.temperature)


def _with(one: Hypnogram, whole: Hypnogram) -> float:
    both = ~one.unscored & ~whole.unscored
    return float(np.mean(one.stages[both] == whole.stages[both])) if both.any() else float("nan")
