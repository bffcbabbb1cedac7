"""Hypnodensity of several scorers: consensus, soft agreement, and where they disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Codes
from karmalink.errors import CannotAnswer, InputError
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.stages import STAGES, UNSCORED

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Disagreement",
    "consensus",
    "disagreement_epochs",
    "disagreement_profile",
    "majority",
    "ranked",
    "soft_agreement",
    "stacked",
    "votes",
]

# What several scorers, people and machines, make of one night together: the consensus and its hypnodensity.


def consensus(scorings: Mapping[str, Hypnogram], *, soft: bool = False) -> Hypnogram:
    """Return the stage most scorers gave, and as probabilities the share of the scorers who gave each.

    The probabilities are the hypnodensity (Stephansen et al. 2018, Nat. Commun. 9:5229). On a tie the scorer decides
    who agrees most with the others that night (Guillot et al. 2020, IEEE TNSRE 28:1955). An epoch that nobody scored is
    unscored; who left an epoch out has no vote in it.

    Parameters
    ----------
    scorings : mapping of str to Hypnogram
        Scorer → hypnogram, two at least, all with the same epochs.
    soft : bool
        Count a scorer who gave probabilities by these, not by the one stage chosen.

    Raises
    ------
    InputError
        Fewer than two scorers, or epochs that do not lie on each other.
    """
    codes = stacked(scorings)
    counted = _soft_votes(scorings, codes) if soft else votes(codes)
    total = counted.sum(axis=1, keepdims=True)
    first = next(iter(scorings.values()))
    longest = max(scorings.values(), key=lambda one: one.n_epochs)
    with np.errstate(invalid="ignore"):
        density = counted / total
    return Hypnogram(
        stages=majority(codes, ranked(codes), counted),
        epoch_s=first.epoch_s,
        start=next((one.start for one in scorings.values() if one.start), None),
        probabilities=density,
        scorer=f"consensus of {len(scorings)}",
        offset_s=first.offset_s,
        recorded_s=longest.recorded_s,
    )


def stacked(scorings: Mapping[str, Hypnogram]) -> Codes:
    """Return the stages as one array, shape (scorers, epochs); who stopped earlier is unscored from there on.

    Raises
    ------
    InputError
        Fewer than two scorers, or epochs that do not lie on each other.
    """
    if len(scorings) < 2:
        raise InputError(
            f"{len(scorings)} scoring of the night", rule="agreement needs two scorers at least", allowed=list(scorings)
        )
    grids = {(one.epoch_s, one.offset_s) for one in scorings.values()}
    if len(grids) > 1:
        told = "; ".join(f"{name}: {one.epoch_s:g} s from {one.offset_s:g} s" for name, one in scorings.items())
        raise InputError(
            f"the scorers' epochs do not lie on each other: {told}",
            rule="all hypnograms of a night have the same epochs",
            next_step="bring them to one length with Hypnogram.resampled",
        )
    size = max(one.n_epochs for one in scorings.values())
    codes = np.full((len(scorings), size), UNSCORED, dtype=np.int8)
    for row, one in zip(codes, scorings.values(), strict=True):
        row[: one.n_epochs] = one.stages
    return codes


def votes(codes: Codes) -> NDArray[np.float64]:
    """Return how many scorers gave each stage, shape (epochs, 5)."""
    return np.stack([(codes == stage).sum(axis=0) for stage in range(len(STAGES))], axis=1).astype(np.float64)


def soft_agreement(codes: Codes, scorer: int) -> float:
    """Return the soft agreement of one scorer with the others (Guillot et al. 2020).

    The mean over epochs of the votes that the others gave to this scorer's stage, over the most that any stage got:
    1 where the scorer is always with the majority.

    Raises
    ------
    CannotAnswer
        No epoch was scored by this scorer and another.
    """
    found = _soft_agreement(codes, scorer)
    if np.isnan(found):
        raise CannotAnswer("no epoch was scored by this scorer and another")
    return found


def _soft_agreement(codes: Codes, scorer: int) -> float:
    others = votes(np.delete(codes, scorer, axis=0))
    most = others.max(axis=1)
    both = np.flatnonzero((codes[scorer] != UNSCORED) & (most > 0))
    return float(np.mean(others[both, codes[scorer, both]] / most[both])) if both.size else float("nan")


def ranked(codes: Codes) -> list[int]:
    """Return the scorers' rows, the one who agrees most with the others first."""
    if len(codes) == 1:
        return [0]
    found = [_soft_agreement(codes, row) for row in range(len(codes))]
    return sorted(range(len(codes)), key=lambda row: (np.isnan(found[row]), -found[row]))


def majority(codes: Codes, order: Sequence[int], counted: NDArray[np.float64] | None = None) -> Codes:
    """Return the stage with the most votes per epoch; on a tie, that of the first in `order` who gave one of them."""
    counted = votes(codes) if counted is None else counted
    most = counted.max(axis=1)
    chosen: Codes = counted.argmax(axis=1).astype(np.int8)
    first = np.isclose(counted, most[:, None]) & (most > 0)[:, None]
    for epoch in np.flatnonzero(first.sum(axis=1) > 1):
        tied = [codes[row, epoch] for row in order if codes[row, epoch] >= 0 and first[epoch, codes[row, epoch]]]
        chosen[epoch] = tied[0] if tied else chosen[epoch]
    chosen[most == 0] = UNSCORED
    return chosen


def _soft_votes(scorings: Mapping[str, Hypnogram], codes: Codes) -> NDArray[np.float64]:
    """Return votes in which who gave probabilities is counted by them."""
    total = np.zeros((codes.shape[1], len(STAGES)))
    for row, one in zip(codes, scorings.values(), strict=True):
        scored = np.flatnonzero(row != UNSCORED)
        if one.probabilities is None:
            total[scored, row[scored]] += 1
        else:
            total[scored] += one.probabilities[scored]
    return total


# Where scorers part ways: at which stages, between which two, and how often where the stage changes.

PAIRS = tuple(combinations(STAGES, 2))


@dataclass(frozen=True, eq=False, repr=False)
class Disagreement:
    """Where scorers part ways, over all epochs that two at least have scored.

    Attributes
    ----------
    n_epochs, n_disagreed : int
        Such epochs, and those in which not all scorers gave the same stage.
    by_stage : dict of str to float or None
        Share of parted epochs among those whose consensus is the stage; None where there are none.
    between : dict of tuple of str to float
        Share of all disagreements of two scorers in one epoch that lie between these two stages.
    at_change, inside : float or None
        Share of parted epochs where the consensus changes (the epochs before and after the change), and elsewhere.
    """

    n_epochs: int
    n_disagreed: int
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
            "n_disagreed": self.n_disagreed,
            "by_stage": self.by_stage,
            "between": {f"{a}/{b}": share for (a, b), share in self.between.items()},
            "at_change": self.at_change,
            "inside": self.inside,
        }

    def __repr__(self) -> str:
        """One line: how often, and most often between which stages."""
        if not self.n_disagreed:
            return f"<Disagreement none in {self.n_epochs} epochs>"
        (first, second), share = max(self.between.items(), key=lambda item: item[1])
        return (
            f"<Disagreement in {self.n_disagreed / self.n_epochs:.1%} of {self.n_epochs} epochs, "
            f"{share:.0%} of it between {first} and {second}>"
        )


def disagreement_profile(nights: Sequence[NDArray[np.int8]]) -> Disagreement:
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
    return Disagreement(
        n_epochs=int(split.size),
        n_disagreed=int(split.sum()),
        by_stage={name: _share(split[stage == code]) for code, name in enumerate(STAGES)},
        between={(a, b): float(between[STAGES.index(a), STAGES.index(b)] / total) if total else 0.0 for a, b in PAIRS},
        at_change=_share(split[moving]),
        inside=_share(split[~moving]),
    )


def disagreement_epochs(codes: NDArray[np.int8]) -> NDArray[np.intp]:
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
