"""Abstention: uncertain epochs left unscored, the epochs to review first, and the risk–coverage curve."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.errors import CannotAnswer, InputError
from karmalink.night.hypnograms.hypnogram import CONFIDENT, Hypnogram
from karmalink.night.hypnograms.stages import STAGES, UNSCORED

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RiskCoverage", "UncertainEpoch", "abstain", "epochs_to_review", "risk_coverage"]


@dataclass(frozen=True, slots=True)
class UncertainEpoch:
    """An epoch that a person should review.

    Attributes
    ----------
    epoch : int
        Index of the epoch, from 0.
    onset_s : float
        Seconds from the recording's first sample.
    stage, rival : str
        The chosen stage, and the most probable other one.
    confidence, rival_probability : float
        Their probabilities.
    movement : float or None
        How far the stage moves where the night is cut a few seconds later, see `Hypnogram.movement`.
    """

    epoch: int
    onset_s: float
    stage: str
    confidence: float
    rival: str
    rival_probability: float
    movement: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {name: getattr(self, name) for name in self.__slots__}


def epochs_to_review(
    hypnogram: Hypnogram, most: int | None = None, *, under: float = CONFIDENT
) -> tuple[UncertainEpoch, ...]:
    """Return the epochs that a person should review, the least certain first.

    Parameters
    ----------
    hypnogram : Hypnogram
        With probabilities; without them the answer is empty.
    most : int, optional
        Maximum number of epochs.
    under : float
        Only epochs with a confidence below it.
    """
    table, confidence = hypnogram.probabilities, hypnogram.confidence
    if table is None:
        return ()
    order = np.argsort(np.where(np.isnan(confidence), np.inf, confidence), kind="stable")
    chosen = [int(epoch) for epoch in order if confidence[epoch] < under][:most]
    onsets = hypnogram.onsets_s()
    uncertain = []
    for epoch in chosen:
        code = int(hypnogram.stages[epoch])
        rival = int(np.where(np.arange(len(STAGES)) == code, -1, table[epoch]).argmax())
        uncertain.append(
            UncertainEpoch(
                epoch=epoch,
                onset_s=float(onsets[epoch]),
                stage=STAGES[code],
                confidence=float(confidence[epoch]),
                rival=STAGES[rival],
                rival_probability=float(table[epoch, rival]),
                movement=None if hypnogram.movement is None else float(hypnogram.movement[epoch]),
            )
        )
    return tuple(uncertain)


def abstain(hypnogram: Hypnogram, under: float = CONFIDENT) -> Hypnogram:
    """Return the hypnogram with the epochs below a confidence unscored, in their place.

    Raises
    ------
    InputError
        The confidence is not between 0 and 1.
    CannotAnswer
        The scorer gave no probabilities.
    """
    if not 0 <= under <= 1:
        raise InputError(f"the confidence must be 0 to 1, got {under:g}")
    if hypnogram.probabilities is None:
        raise CannotAnswer("the scorer gave no probabilities", next_step="score with a stager that gives probabilities")
    with np.errstate(invalid="ignore"):
        uncertain = hypnogram.confidence < under
    return replace(
        hypnogram,
        stages=np.where(uncertain, UNSCORED, hypnogram.stages),
        probabilities=np.where(uncertain[:, None], np.nan, hypnogram.probabilities),
        deciding=None if hypnogram.deciding is None else np.where(uncertain[:, None], np.nan, hypnogram.deciding),
    )


@dataclass(frozen=True, eq=False, repr=False)
class RiskCoverage:
    """Risk–coverage curve: share of wrong stages among the epochs kept, the most confident first.

    Attributes
    ----------
    coverage : ndarray, shape (k,)
        Share of the epochs kept.
    risk : ndarray, shape (k,)
        Share of them that are wrong.
    risk_same_mix : ndarray, shape (k,)
        The same when this share of *each* true stage is kept. Leaving out all of N1 makes any scorer look better; here
        the mix of stages stays the same.
    """

    coverage: NDArray[np.float64]
    risk: NDArray[np.float64]
    risk_same_mix: NDArray[np.float64]

    @property
    def aurc(self) -> float:
        """Area under the risk–coverage curve (Geifman & El-Yaniv 2017, NeurIPS 30): mean risk over all coverages."""
        return float(self.risk.mean())

    @property
    def aurc_same_mix(self) -> float:
        """The same at an equal mix of stages."""
        return float(self.risk_same_mix.mean())

    def accuracy_at(self, coverage: float, *, same_mix: bool = False) -> float:
        """Return the accuracy among the most confident share of the epochs."""
        point = int(np.argmin(np.abs(self.coverage - coverage)))
        return 1 - float((self.risk_same_mix if same_mix else self.risk)[point])

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per coverage."""
        import pandas as pd

        return pd.DataFrame({"coverage": self.coverage, "risk": self.risk, "risk_same_mix": self.risk_same_mix})

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<RiskCoverage AURC {self.aurc:.3f}, at an equal mix of stages {self.aurc_same_mix:.3f}>"


def risk_coverage(
    stages: NDArray[np.int8], confidence: NDArray[np.float64], truth: NDArray[np.int8], *, steps: int = 100
) -> RiskCoverage:
    """Return the risk–coverage curve of a scoring against an expert.

    Parameters
    ----------
    stages, truth : ndarray of int8, shape (n,)
        Stage codes; epochs that either left unscored do not count.
    confidence : ndarray, shape (n,)
        The scorer's confidence in its stages; epochs with the same confidence count as their mean.
    steps : int
        Number of points of the curve, evenly spaced up to a coverage of 1.

    Raises
    ------
    CannotAnswer
        No epoch was scored by both.
    """
    known = (stages != UNSCORED) & (truth != UNSCORED) & np.isfinite(confidence)
    if not known.any():
        raise CannotAnswer("no epoch was scored by both")
    wrong, confidence, true = (stages != truth)[known].astype(np.float64), confidence[known], truth[known]
    coverage = np.arange(1, steps + 1) / steps  # (steps,)
    # risk_same_mix(c) = Σ_s share of stage s · risk(c) among the epochs whose true stage is s
    same_mix = np.zeros(steps)
    for stage in np.unique(true):
        of_stage = true == stage
        same_mix += of_stage.mean() * _risks(wrong[of_stage], confidence[of_stage], coverage)
    return RiskCoverage(coverage, _risks(wrong, confidence, coverage), same_mix)


def _risks(wrong: Floats, confidence: Floats, coverage: Floats) -> Floats:
    """Return the share of wrong epochs among the most confident `coverage` of them, at least one, shape (steps,).

    Epochs with the same confidence count as their mean: otherwise the result would depend on their order in the file.
    """
    order = np.argsort(-confidence, kind="stable")
    # Mean error of each distinct confidence, then of each epoch in the order of descending confidence, shape (n,).
    values, group = np.unique(-confidence[order], return_inverse=True)
    mean_error = np.bincount(group, wrong[order], len(values)) / np.bincount(group, minlength=len(values))
    kept = np.maximum(1, np.round(coverage * wrong.size).astype(int))  # (steps,): epochs kept
    # risk[k] = Σ_{i < kept[k]} error[i] / kept[k]
    return np.asarray(np.cumsum(mean_error[group])[kept - 1] / kept)
