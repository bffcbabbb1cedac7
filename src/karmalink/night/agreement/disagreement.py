"""Where scorers part ways: at which stages, between which two, and how often where the stage changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.night.agreement.hypnodensity import majority, ranked, votes
from karmalink.night.hypnograms.stages import STAGES, UNSCORED

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Parting", "parting", "parting_epochs"]

PAIRS = tuple(combinations(STAGES, 2))


@dataclass(frozen=True, eq=False, repr=False)
class Parting:
    """Where scorers part ways, over all epochs that two at least have scored.

    Attributes
    ----------
    n_epochs, n_parted : int
        Such epochs, and those in which not all scorers gave the same stage.
    by_stage : dict of str to float or None
        Share of parted epochs among those whose consensus is the stage; None where there are none.
    between : dict of tuple of str to float
        Share of all disagreements of two scorers in one epoch that lie between these two stages.
    at_change, inside : float or None
        Share of parted epochs where the consensus changes (the epochs before and after the change), and elsewhere.
    """

    n_epochs: int
    n_parted: int
    by_stage: dict[str, float | None]
    between: dict[tuple[str, str], float]
    at_change: float | None
    inside: float | None

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per pair of stages with its share of the disagreements, the most frequent first."""
        import pandas as pd

        rows = [{"stages": f"{a}/{b}", "share": share} for (a, b), share in self.between.items()]
        return pd.DataFrame(rows).sort_values("share", ascending=False, ignore_index=True)

    def to_dict(self) -> dict[str, Any]:
        """Return everything, JSON-ready."""
        return {
            "n_epochs": self.n_epochs,
            "n_parted": self.n_parted,
            "by_stage": self.by_stage,
            "between": {f"{a}/{b}": share for (a, b), share in self.between.items()},
            "at_change": self.at_change,
            "inside": self.inside,
        }

    def __repr__(self) -> str:
        """One line: how often, and most often between which stages."""
        if not self.n_parted:
            return f"<Parting none in {self.n_epochs} epochs>"
        (first, second), share = max(self.between.items(), key=lambda item: item[1])
        return (
            f"<Parting in {self.n_parted / self.n_epochs:.1%} of {self.n_epochs} epochs, "
            f"{share:.0%} of it between {first} and {second}>"
        )


def parting(nights: Sequence[NDArray[np.int8]]) -> Parting:
    """Return where the scorers of these nights part ways.

    Parameters
    ----------
    nights : sequence of ndarray of int8, shape (scorers, epochs)
        Stage codes, -1 unscored.
    """
    parted, agreed, change = [], [], []
    between = np.zeros((len(STAGES), len(STAGES)))
    for codes in nights:
        counted = votes(codes)
        stages = majority(codes, ranked(codes), counted)
        seen = counted.sum(axis=1) > 1
        parted.append((counted.max(axis=1) < counted.sum(axis=1))[seen])
        agreed.append(stages[seen])
        change.append(_changes(stages)[seen])
        between += np.einsum("ea,eb->ab", counted[seen], counted[seen])
    split, stage, moving = (np.concatenate(parts) for parts in (parted, agreed, change))
    total = sum(between[STAGES.index(a), STAGES.index(b)] for a, b in PAIRS)
    return Parting(
        n_epochs=int(split.size),
        n_parted=int(split.sum()),
        by_stage={name: _share(split[stage == code]) for code, name in enumerate(STAGES)},
        between={(a, b): float(between[STAGES.index(a), STAGES.index(b)] / total) if total else 0.0 for a, b in PAIRS},
        at_change=_share(split[moving]),
        inside=_share(split[~moving]),
    )


def parting_epochs(codes: NDArray[np.int8]) -> NDArray[np.intp]:
    """Return the epochs of one night in which scorers part ways, the most divided first.

    Parameters
    ----------
    codes : ndarray of int8, shape (scorers, epochs)
        Stage codes, -1 unscored.
    """
    counted = votes(codes)
    total = counted.sum(axis=1)
    with np.errstate(invalid="ignore"):
        largest = np.where(total > 1, counted.max(axis=1) / total, 1.0)
    order = np.argsort(largest, kind="stable")
    return order[: int((largest < 1).sum())]


def _changes(stages: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Return which epochs stand before or after a change of stage; what was not scored changes nothing."""
    differs = (stages[1:] != stages[:-1]) & (stages[1:] != UNSCORED) & (stages[:-1] != UNSCORED)
    return np.asarray(np.concatenate((differs, [False])) | np.concatenate(([False], differs)))


def _share(flags: NDArray[np.bool_]) -> float | None:
    return float(flags.mean()) if flags.size else None
