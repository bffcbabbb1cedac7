"""How far two scorers of the same night agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import CannotAnswer, InputError
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.stages import STAGES, UNSCORED

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Agreement", "agree", "kappa_of"]


@dataclass(frozen=True, eq=False, repr=False)
class Agreement:
    """Agreement of two hypnograms over the epochs that both scored.

    Attributes
    ----------
    n_epochs : int
        Epochs that both scored.
    accuracy : float
        Share of them with the same stage.
    kappa : float or None
        Cohen 1960; None where both gave one and the same stage throughout, which says nothing about agreement.
    confusion : ndarray of int, shape (5, 5)
        Rows: the first scorer's W N1 N2 N3 R; columns: the second's.
    """

    n_epochs: int
    accuracy: float
    kappa: float | None
    confusion: NDArray[np.int64]

    def to_dataframe(self) -> pd.DataFrame:
        """Return the confusion matrix with its stages."""
        import pandas as pd

        return pd.DataFrame(self.confusion, index=list(STAGES), columns=list(STAGES))

    def to_dict(self) -> dict[str, Any]:
        """Return everything, JSON-ready."""
        return {
            "n_epochs": self.n_epochs,
            "accuracy": self.accuracy,
            "kappa": self.kappa,
            "confusion": self.confusion.tolist(),
        }

    def __repr__(self) -> str:
        """One line: κ and accuracy."""
        kappa = "undefined" if self.kappa is None else f"{self.kappa:.3f}"
        return f"<Agreement κ {kappa}, same stage in {self.accuracy:.1%} of {self.n_epochs} epochs>"


def agree(first: Hypnogram, second: Hypnogram) -> Agreement:
    """Return the agreement of two hypnograms of the same recording.

    Raises
    ------
    InputError
        Their epochs do not lie on each other.
    CannotAnswer
        No epoch was scored by both.
    """
    if first.epoch_s != second.epoch_s or first.offset_s != second.offset_s:
        raise InputError(
            f"epochs of {first.epoch_s:g} s from {first.offset_s:g} s, epochs of {second.epoch_s:g} s "
            f"from {second.offset_s:g} s",
            rule="both hypnograms have the same epochs",
            next_step="bring them to one length with Hypnogram.resampled",
        )
    size = min(first.n_epochs, second.n_epochs)
    a, b = first.stages[:size], second.stages[:size]
    both = (a != UNSCORED) & (b != UNSCORED)
    total = int(both.sum())
    if total == 0:
        raise CannotAnswer("no epoch was scored by both", next_step="look at which epochs each scorer left out")
    confusion = np.zeros((len(STAGES), len(STAGES)), dtype=np.int64)
    np.add.at(confusion, (a[both], b[both]), 1)
    return Agreement(total, float(np.trace(confusion)) / total, kappa_of(confusion), confusion)


def kappa_of(confusion: NDArray[Any]) -> float | None:
    """Return Cohen's κ of a confusion matrix (Cohen 1960); None where chance alone would agree always, or it is empty.

    Parameters
    ----------
    confusion : ndarray, shape (k, k)
        Rows: one scorer's classes; columns: the other's.
    """
    total = float(confusion.sum())
    if total == 0:
        return None
    observed = float(np.trace(confusion)) / total
    expected = float(confusion.sum(axis=1) @ confusion.sum(axis=0)) / total**2
    return None if expected == 1 else (observed - expected) / (1 - expected)
