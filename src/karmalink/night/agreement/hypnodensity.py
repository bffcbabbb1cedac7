"""Hypnodensity of several scorers: consensus, soft agreement, and where they disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Bools, Codes, Floats
from karmalink.base.wording import counted
from karmalink.errors import CannotAnswer, InputError
from karmalink.night.hypnograms.grids import on_one_grid
from karmalink.night.hypnograms.hypnogram import Hypnogram
from karmalink.night.hypnograms.stages import STAGES, UNSCORED

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Disagreement",
    "consensus",
    "count_votes",
    "disagreement_epochs",
    "disagreement_profile",
    "majority",
    "meet",
    "rank_scorers",
    "soft_agreement",
]

# Consensus and hypnodensity of one night scored by several scorers, people or machines.


def consensus(
    scorings: Mapping[str, Hypnogram], *, soft: bool = False, zone: ZoneInfo | None = None, by_clock: bool = True
) -> Hypnogram:
    """Return the majority stage of each epoch, with the share of scorers for every stage as probabilities.

    The probabilities are the hypnodensity (Stephansen et al. 2018, Nat. Commun. 9:5229). Ties go to the scorer who
    agrees most with the others that night (Guillot et al. 2020, IEEE TNSRE 28:1955). A scorer who left an epoch out has
    no vote in it; an epoch without any vote is unscored.

    Parameters
    ----------
    scorings : mapping of str to Hypnogram
        Scorer → hypnogram, at least two. They are placed by their clocks and brought to the longest epochs.
    soft : bool
        Scorers who gave probabilities vote with these instead of with the stage they chose.
    zone, by_clock : ZoneInfo, bool
        As for `on_one_grid`.

    Raises
    ------
    InputError
        Fewer than two scorers, or two that have no second in common.
    """
    hypnograms, notes = meet(scorings, zone=zone, by_clock=by_clock)
    codes = np.stack([one.stages for one in hypnograms.values()])
    votes = _soft_votes(hypnograms, codes) if soft else count_votes(codes)
    first = next(iter(hypnograms.values()))
    # Hypnodensity, shape (epochs, 5): d[e, s] = votes[e, s] / Σ_s votes[e, s]; NaN where the epoch was not scored.
    with np.errstate(invalid="ignore"):
        density = votes / votes.sum(axis=1, keepdims=True)
    return Hypnogram(
        stages=majority(codes, rank_scorers(codes), votes),
        epoch_s=first.epoch_s,
        start=next((one.start for one in hypnograms.values() if one.start), None),
        probabilities=density,
        scorer=f"consensus of {len(hypnograms)}",
        offset_s=first.offset_s,
        recorded_s=max((one.duration_s for one in hypnograms.values()), default=None),
        notes=notes,
    )


def meet(
    scorings: Mapping[str, Hypnogram], *, zone: ZoneInfo | None = None, by_clock: bool = True
) -> tuple[dict[str, Hypnogram], tuple[str, ...]]:
    """Return the scorings of one night on the same epochs, and what had to be done for that; see `on_one_grid`.

    Raises
    ------
    InputError
        Fewer than two scorers, or two that have no second in common.
    """
    if len(scorings) < 2:
        raise InputError(
            f"{counted(len(scorings), 'scorer')} of the night", rule="agreement needs at least two scorers"
        )
    return on_one_grid(scorings, zone=zone, by_clock=by_clock)


def count_votes(codes: Codes) -> Floats:
    """Return how many scorers gave each stage, shape (epochs, 5)."""
    return np.stack([(codes == stage).sum(axis=0) for stage in range(len(STAGES))], axis=1).astype(np.float64)


def soft_agreement(codes: Codes, scorer: int) -> float:
    """Return the soft agreement of one scorer with the others (Guillot et al. 2020).

    Mean over epochs of (votes of the others for this scorer's stage) / (votes of the others for the majority stage): 1
    for a scorer who is always with the majority.

    Raises
    ------
    CannotAnswer
        No epoch was scored by this scorer and another.
    """
    agreement = _soft_agreement(codes, scorer)
    if np.isnan(agreement):
        raise CannotAnswer("no epoch was scored by this scorer and another")
    return agreement


def _soft_agreement(codes: Codes, scorer: int) -> float:
    """Return the soft agreement, NaN where no epoch was scored by this scorer and another."""
    others = count_votes(np.delete(codes, scorer, axis=0))  # (epochs, 5)
    most = others.max(axis=1)  # (epochs,): votes for the majority stage
    both = np.flatnonzero((codes[scorer] != UNSCORED) & (most > 0))
    # mean over e of others[e, stage of this scorer] / most[e]
    return float(np.mean(others[both, codes[scorer, both]] / most[both])) if both.size else float("nan")


def rank_scorers(codes: Codes) -> list[int]:
    """Return the scorers' rows, the one with the highest soft agreement first; undefined agreement comes last."""
    if len(codes) == 1:
        return [0]
    agreement = [_soft_agreement(codes, row) for row in range(len(codes))]
    return sorted(range(len(codes)), key=lambda row: (np.isnan(agreement[row]), -agreement[row]))


def majority(codes: Codes, order: Sequence[int], votes: Floats | None = None) -> Codes:
    """Return the stage with the most votes per epoch; a tie goes to the first scorer in `order` who chose a tied stage.

    Parameters
    ----------
    codes : ndarray of int8, shape (scorers, epochs)
        Stage codes, -1 unscored.
    order : sequence of int
        Rows of `codes`, as `rank_scorers` gives them.
    votes : ndarray, shape (epochs, 5), optional
        By default `count_votes` of `codes`.
    """
    votes = count_votes(codes) if votes is None else votes
    most = votes.max(axis=1)
    chosen: Codes = votes.argmax(axis=1).astype(np.int8)
    # (epochs, 5): the stages that share the highest number of votes; soft votes are sums of floats, hence isclose.
    leading = np.isclose(votes, most[:, None]) & (most > 0)[:, None]
    for epoch in np.flatnonzero(leading.sum(axis=1) > 1):
        tied = [codes[row, epoch] for row in order if codes[row, epoch] >= 0 and leading[epoch, codes[row, epoch]]]
        chosen[epoch] = tied[0] if tied else chosen[epoch]
    chosen[most == 0] = UNSCORED
    return chosen


def _soft_votes(scorings: Mapping[str, Hypnogram], codes: Codes) -> Floats:
    """Return votes, shape (epochs, 5): the probabilities of scorers who gave some, one full vote of the others."""
    votes = np.zeros((codes.shape[1], len(STAGES)))
    for row, hypnogram in zip(codes, scorings.values(), strict=True):
        scored = np.flatnonzero(row != UNSCORED)
        if hypnogram.probabilities is None:
            votes[scored, row[scored]] += 1
        else:
            votes[scored] += hypnogram.probabilities[scored]
    return votes


# The disagreement profile: at which stages, between which two stages, and how often where the stage changes.

PAIRS = tuple(combinations(STAGES, 2))


@dataclass(frozen=True, eq=False, repr=False)
class Disagreement:
    """Where scorers disagree, over all epochs that at least two have scored.

    Attributes
    ----------
    n_epochs, n_disagreed : int
        Such epochs, and those in which not all scorers gave the same stage.
    by_stage : dict of str to float or None
        Share of epochs with disagreement among those whose consensus is the stage; None where there are none.
    between : dict of tuple of str to float
        Share of all disagreements of two scorers in one epoch that are between these two stages.
    at_change, inside : float or None
        Share of epochs with disagreement next to a change of the consensus stage, and elsewhere; None where there are
        no such epochs.
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
        """One-line summary."""
        if not self.n_disagreed:
            return f"<Disagreement in none of {counted(self.n_epochs, 'epoch')}>"
        (first, second), share = max(self.between.items(), key=lambda item: item[1])
        return (
            f"<Disagreement in {self.n_disagreed / self.n_epochs:.1%} of {counted(self.n_epochs, 'epoch')}, "
            f"{share:.0%} of it between {first} and {second}>"
        )


def disagreement_profile(nights: Sequence[NDArray[np.int8]]) -> Disagreement:
    """Return where the scorers of these nights disagree.

    Parameters
    ----------
    nights : sequence of ndarray of int8, shape (scorers, epochs)
        Stage codes, -1 unscored.
    """
    per_night = []
    pairs = np.zeros((len(STAGES), len(STAGES)))
    for codes in nights:
        votes = count_votes(codes)  # (epochs, 5)
        consensus_stages = majority(codes, rank_scorers(codes), votes)
        shared = votes.sum(axis=1) > 1  # (epochs,): scored by at least two
        disagrees = votes.max(axis=1) < votes.sum(axis=1)
        per_night.append((disagrees[shared], consensus_stages[shared], _next_to_change(consensus_stages)[shared]))
        # pairs[a, b] = Σ_e votes[e, a] · votes[e, b]: for a ≠ b the pairs of scorers with stage a against stage b
        pairs += np.einsum("ea,eb->ab", votes[shared], votes[shared])
    disagrees, stage, at_change = (np.concatenate(parts) for parts in zip(*per_night, strict=True))
    total = sum(pairs[STAGES.index(a), STAGES.index(b)] for a, b in PAIRS)
    return Disagreement(
        n_epochs=int(disagrees.size),
        n_disagreed=int(disagrees.sum()),
        by_stage={name: _share(disagrees[stage == code]) for code, name in enumerate(STAGES)},
        between={(a, b): float(pairs[STAGES.index(a), STAGES.index(b)] / total) if total else 0.0 for a, b in PAIRS},
        at_change=_share(disagrees[at_change]),
        inside=_share(disagrees[~at_change]),
    )


def disagreement_epochs(codes: NDArray[np.int8]) -> NDArray[np.intp]:
    """Return the epochs of one night in which scorers disagree, the most divided first.

    Parameters
    ----------
    codes : ndarray of int8, shape (scorers, epochs)
        Stage codes, -1 unscored.
    """
    votes = count_votes(codes)
    total = votes.sum(axis=1)
    # (epochs,): share of the scorers who are with the majority, 1 where fewer than two scored
    with np.errstate(invalid="ignore"):
        majority_share = np.where(total > 1, votes.max(axis=1) / total, 1.0)
    order = np.argsort(majority_share, kind="stable")
    return order[: int((majority_share < 1).sum())]


def _next_to_change(stages: Codes) -> Bools:
    """Return which epochs are just before or after a change of stage; unscored epochs make no change."""
    differs = (stages[1:] != stages[:-1]) & (stages[1:] != UNSCORED) & (stages[:-1] != UNSCORED)
    return np.asarray(np.concatenate((differs, [False])) | np.concatenate(([False], differs)))


def _share(flags: Bools) -> float | None:
    return float(flags.mean()) if flags.size else None
