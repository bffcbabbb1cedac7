"""What several scorers, people and machines, make of one night together: the consensus and its hypnodensity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import CannotAnswer, InputError
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.stages import STAGES, UNSCORED

__all__ = ["consensus", "majority", "ranked", "soft_agreement", "stacked", "votes"]

Codes = NDArray[np.int8]


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
