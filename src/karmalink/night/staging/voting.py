"""Votes over channels: every EEG derivation with EOG and EMG, and alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from karmalink.base.wording import counted, percent
from karmalink.errors import CannotAnswer, InputError
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.stages import UNSCORED
from karmalink.night.recordings.montage import Montage, eeg_by_rank, pick_montage
from karmalink.night.recordings.recording import Recording
from karmalink.night.staging.confidence import (
    CALIBRATIONS,
    ConfidenceCalibration,
    average_similar,
    doubt_movement,
    scale_temperature,
    spectral_similarity,
)
from karmalink.night.staging.stagers import AUTO, stage, stager_named

__all__ = ["MAX_EEG", "MontageVote", "Vote", "vote", "voting_montages"]

MAX_EEG = 4
"""Maximum number of derivations that vote, the best first: more of one head add time and little else."""


@dataclass(frozen=True, slots=True, eq=False)
class MontageVote:
    """The scoring from one combination of channels.

    Attributes
    ----------
    montage : Montage
        The channels.
    hypnogram : Hypnogram
        The stager's scoring from them.
    agreement : float
        Share of epochs, of those scored in both, with the same stage as the vote.
    """

    montage: Montage
    hypnogram: Hypnogram
    agreement: float


@dataclass(frozen=True, eq=False, repr=False)
class Vote:
    """A night scored by the vote over its channels.

    Attributes
    ----------
    hypnogram : Hypnogram
        The stage with the largest mean probability, which `Hypnogram.deciding` keeps, and calibrated probabilities.
    votes : tuple of MontageVote
        The scoring from each combination of channels.
    stager : str
        Stager and version.
    calibration : ConfidenceCalibration or None
        How the confidence was calibrated.
    """

    hypnogram: Hypnogram
    votes: tuple[MontageVote, ...]
    stager: str
    calibration: ConfidenceCalibration | None

    def to_dict(self) -> dict[str, Any]:
        """Return channels and agreement of each vote and the calibration, JSON-ready; without the hypnogram."""
        rows = [{"channels": list(one.montage.names), "agreement": one.agreement} for one in self.votes]
        used = self.calibration
        calibration = None if used is None else {"temperature": used.temperature, "width": used.width}
        return {"stager": self.stager, "votes": rows, "calibration": calibration}

    def __repr__(self) -> str:
        """One-line summary."""
        agreement = float(np.mean([one.agreement for one in self.votes]))
        combinations = counted(len(self.votes), "combination")
        return f"<Vote {self.stager} from {combinations} of channels, {percent(agreement)} agreement with the vote>"


def voting_montages(recording: Recording) -> tuple[Montage, ...]:
    """Return the combinations of channels that vote: each usable EEG with the best EOG and EMG, and alone.

    The first is the one `stage` scores from. With EOG and EMG a stager separates REM and wake better; without them a
    bad EOG or EMG cannot mislead it. So both vote.

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
    """Score a recording by the vote over its channels, with calibrated confidence.

    Where the EEG is missing on one derivation the others score; an epoch is unscored only where all are missing.

    Parameters
    ----------
    recording : Recording
        As the doctor corrected it.
    stager : str
        A key of `STAGERS`, ``auto``, or the path of an ONNX network.
    montages : sequence of Montage, optional
        The combinations that vote; by default `voting_montages`.
    calibration : ConfidenceCalibration, optional
        By default the stager's in `CALIBRATIONS`.
    calibrated : bool
        False returns the mean of the stager's own probabilities.
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
        raise InputError("no combination of channels is named", rule="at least one combination votes")
    scored_from = _score_each(recording, stager, combinations, progress)
    hypnograms = list(scored_from.values())
    table = _mean([scoring.probabilities for scoring in hypnograms if scoring.probabilities is not None])  # (epochs, 5)
    # The stage is the one with the largest mean probability, before calibration: that changes confidence, not stages.
    scored = np.isfinite(table[:, 0])
    stages = np.full(len(table), UNSCORED, dtype=np.int8)
    stages[scored] = table[scored].argmax(axis=1)
    used = (calibration or CALIBRATIONS.get(chosen.name, ConfidenceCalibration())) if calibrated else None
    deciding = None
    movement = _mean_movement(hypnograms)
    if used is not None:
        deciding = table
        if movement is not None:
            table = doubt_movement(table, movement)
        table = _calibrated(table, recording, tuple(dict.fromkeys(montage.eeg for montage in scored_from)), used)
    hypnogram = replace(
        hypnograms[0],
        stages=stages,
        probabilities=table,
        deciding=deciding,
        movement=movement,
        channels=tuple(dict.fromkeys(name for montage in scored_from for name in montage.names)),
    )
    votes = tuple(
        MontageVote(montage, scoring, _agreement(scoring, hypnogram)) for montage, scoring in scored_from.items()
    )
    return Vote(hypnogram, votes, hypnograms[0].scorer, used)


def _score_each(
    recording: Recording,
    stager: str,
    combinations: tuple[Montage, ...],
    progress: Callable[[int, int], None] | None,
) -> dict[Montage, Hypnogram]:
    """Return the scoring from each combination; one that cannot be scored does not vote.

    Raises
    ------
    CannotAnswer
        No combination can be scored: the first one's reason.
    """
    if len(combinations) == 1:
        (montage,) = combinations
        return {montage: stage(recording, stager=stager, montage=montage, progress=progress)}
    report = progress or (lambda done, total: None)
    scored_from: dict[Montage, Hypnogram] = {}
    refused: CannotAnswer | None = None
    for done, montage in enumerate(combinations):
        report(done, len(combinations))
        try:
            scored_from[montage] = stage(recording, stager=stager, montage=montage)
        except CannotAnswer as error:
            refused = refused or error
    report(len(combinations), len(combinations))
    if refused is not None and not scored_from:
        raise refused
    return scored_from


def _mean(tables: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the mean over the tables that scored an epoch, shape (epochs, 5); NaN where none did."""
    stack = np.array(tables)  # (montages, epochs, 5)
    known = np.isfinite(stack)
    # p[e] = Σ_m p[m, e] / number of montages that scored epoch e
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, stack, 0).sum(axis=0) / known.sum(axis=0))


def _mean_movement(hypnograms: Sequence[Hypnogram]) -> NDArray[np.float64] | None:
    known = [one.movement for one in hypnograms if one.movement is not None]
    if len(known) < len(hypnograms):
        return None
    stack = np.array(known)  # (montages, epochs)
    scored = np.isfinite(stack)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(scored, stack, 0).sum(axis=0) / scored.sum(axis=0))


def _calibrated(
    table: NDArray[np.float64], recording: Recording, eeg: tuple[str, ...], calibration: ConfidenceCalibration
) -> NDArray[np.float64]:
    if calibration.width is not None:
        table = average_similar(table, spectral_similarity(recording, eeg, calibration.width))
    return scale_temperature(table, calibration.temperature)


def _agreement(first: Hypnogram, second: Hypnogram) -> float:
    """Return the share of epochs with the same stage among those scored in both; NaN where there are none."""
    both = ~first.unscored & ~second.unscored
    return float(np.mean(first.stages[both] == second.stages[both])) if both.any() else float("nan")
