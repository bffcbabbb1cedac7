"""What a scorer should not be believed in: abstention, the epochs to look at first, and what abstaining buys."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import CannotAnswer, InputError
from karmalink.night.hypnograms.hypnogram import CONFIDENT, Hypnogram
from karmalink.night.hypnograms.stages import STAGES, UNSCORED

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RiskCoverage", "UncertainEpoch", "abstain", "epochs_to_review", "risk_coverage"]


@dataclass(frozen=True, slots=True)
class UncertainEpoch:
    """An epoch a person should look at.

    Attributes
    ----------
    epoch : int
        Its place, from 0.
    onset_s : float
        Seconds from the recording's first sample.
    stage, rival : str
        The stage chosen, and the likeliest other.
    confidence, rival_probability : float
        Their probabilities.
    """

    epoch: int
    onset_s: float
    stage: str
    confidence: float
    rival: str
    rival_probability: float

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {name: getattr(self, name) for name in self.__slots__}


def epochs_to_review(
    hypnogram: Hypnogram, most: int | None = None, *, under: float = CONFIDENT
) -> tuple[UncertainEpoch, ...]:
    """Return the epochs a person should look at, the least certain first.

    Parameters
    ----------
    hypnogram : Hypnogram
        With probabilities; without, there is nothing to say and the answer is empty.
    most : int, optional
        How many at most.
    under : float
        Only epochs with a confidence below it.
    """
    table, sure = hypnogram.probabilities, hypnogram.confidence
    if table is None:
        return ()
    order = np.argsort(np.where(np.isnan(sure), np.inf, sure), kind="stable")
    chosen = [int(epoch) for epoch in order if sure[epoch] < under][:most]
    onsets = hypnogram.onsets_s()
    found = []
    for epoch in chosen:
        others = table[epoch].copy()
        others[hypnogram.stages[epoch]] = -1
        rival = int(others.argmax())
        stage = STAGES[hypnogram.stages[epoch]]
        found.append(
            UncertainEpoch(
                epoch, float(onsets[epoch]), stage, float(sure[epoch]), STAGES[rival], float(table[epoch, rival])
            )
        )
    return tuple(found)


def abstain(hypnogram: Hypnogram, under: float = CONFIDENT) -> Hypnogram:
    """Return the hypnogram with the epochs under a confidence left unscored, in their place.

    Raises
    ------
    InputError
        The confidence is not between 0 and 1.
    CannotAnswer
        The scorer gave no probabilities, so there is nothing to abstain by.
    """
    if not 0 <= under <= 1:
        raise InputError(f"a confidence of {under}", rule="a confidence lies between 0 and 1")
    if hypnogram.probabilities is None:
        raise CannotAnswer("the scorer gave no probabilities", next_step="score with a stager that gives some")
    with np.errstate(invalid="ignore"):
        doubtful = hypnogram.confidence < under
    return replace(
        hypnogram,
        stages=np.where(doubtful, UNSCORED, hypnogram.stages),
        probabilities=np.where(doubtful[:, None], np.nan, hypnogram.probabilities),
    )


@dataclass(frozen=True, eq=False, repr=False)
class RiskCoverage:
    """What abstaining buys: the share of wrong stages among the epochs kept, the surest first.

    Attributes
    ----------
    coverage : ndarray, shape (k,)
        Share of the epochs kept.
    risk : ndarray, shape (k,)
        Share of them that is wrong.
    risk_same_mix : ndarray, shape (k,)
        The same, keeping this share of *each* true stage. Leaving out all of N1 makes any scorer look better; here the
        mix of stages stays what it was.
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
        """Return the accuracy among the surest share of the epochs."""
        place = int(np.argmin(np.abs(self.coverage - coverage)))
        return 1 - float((self.risk_same_mix if same_mix else self.risk)[place])

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per coverage."""
        import pandas as pd

        return pd.DataFrame({"coverage": self.coverage, "risk": self.risk, "risk_same_mix": self.risk_same_mix})

    def __repr__(self) -> str:
        """One line: both areas."""
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
        The scorer's confidence in its stages; ties are kept together in expectation.
    steps : int
        Points of the curve, evenly spaced to a coverage of 1.

    Raises
    ------
    CannotAnswer
        No epoch was scored by both.
    """
    known = (stages != UNSCORED) & (truth != UNSCORED) & np.isfinite(confidence)
    if not known.any():
        raise CannotAnswer("no epoch was scored by both")
    wrong, sure, true = (stages != truth)[known].astype(np.float64), confidence[known], truth[known]
    coverage = np.arange(1, steps + 1) / steps
    mix = [(np.mean(true == stage), _risks(wrong[true == stage], sure[true == stage], coverage)) for stage in set(true)]
    return RiskCoverage(
        coverage, _risks(wrong, sure, coverage), np.sum([share * risks for share, risks in mix], axis=0)
    )


def _risks(wrong: NDArray[np.float64], sure: NDArray[np.float64], coverage: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share that is wrong among the surest `coverage` of the epochs, one epoch at least.

    Epochs of one confidence cannot be told apart, so each counts as their mean: else their order in the file would.
    """
    order = np.argsort(-sure, kind="stable")
    values, places = np.unique(-sure[order], return_inverse=True)
    means = np.bincount(places, wrong[order], len(values)) / np.bincount(places, minlength=len(values))
    kept = np.maximum(1, np.round(coverage * wrong.size).astype(int))
    return np.asarray(np.cumsum(means[places])[kept - 1] / kept)
