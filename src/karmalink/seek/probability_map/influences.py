"""The influence of each clue (leave-one-out): the map without it, beside the map with it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.base.wording import percent
from karmalink.seek.clues.sources import ClueGroup, DependentWitnesses
from karmalink.seek.probability_map.plane_mixture import Said, mix_on_plane

if TYPE_CHECKING:
    import pandas as pd

    from karmalink.seek.probability_map.probability_map import ProbabilityMap

__all__ = ["ClueInfluence", "Influence", "influence", "prior_with_searches"]


@dataclass(frozen=True, slots=True)
class ClueInfluence:
    """What one clue does to the map.

    Attributes
    ----------
    clue : str
    witness : str
    moved : float
        Probability that lies elsewhere without it (total variation; the rest of the world counts as a place).
    rest_of_world : float
        Probability, without it, that it lies outside the map.
    best : tuple of float
        Longitude and latitude of the most probable spot without it.
    """

    clue: str
    witness: str
    moved: float
    rest_of_world: float
    best: tuple[float, float]


@dataclass(frozen=True, eq=False, repr=False)
class Influence:
    """The clues, the one that moves the answer most first."""

    clues: tuple[ClueInfluence, ...]

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per clue."""
        import pandas as pd

        return pd.DataFrame(self.to_dict()["clues"])

    def to_dict(self) -> dict[str, Any]:
        """Return the figures, ready for JSON."""
        return {
            "clues": [
                {
                    "clue": row.clue,
                    "witness": row.witness,
                    "moved": round(row.moved, 6),
                    "rest_of_world": round(row.rest_of_world, 9),
                    "best_lon": round(row.best[0], 7),
                    "best_lat": round(row.best[1], 7),
                }
                for row in self.clues
            ]
        }

    def __repr__(self) -> str:
        """One-line summary."""
        if not self.clues:
            return "Influence(no clues)"
        top = self.clues[0]
        return f"Influence(without {top.clue}, {percent(top.moved)} of the probability would lie elsewhere)"


def influence(probability_map: ProbabilityMap) -> Influence:
    """Leave out one clue after the other and return how far the map moves; a repeated statement is one clue.

    Parameters
    ----------
    probability_map : ProbabilityMap
        Searches that are in it stay in it.
    """
    said = probability_map.said
    # (n,) and a number: the prior with the searches in it, the same for every clue that is left out
    prior, prior_rest_of_world = prior_with_searches(probability_map)
    lon, lat = probability_map.area.lonlat()
    rows = []
    for row, clue in enumerate(probability_map.clues):
        if clue.id in probability_map.repeats:
            continue
        # (n,): the posterior without clue `row`
        mixed = mix_on_plane(_without(said, {row}), prior, prior_rest_of_world)
        # Total variation: ½ (Σ_x |p'(x) − p(x)| + |p'(rest of world) − p(rest of world)|)
        elsewhere = float(np.abs(mixed.probability - probability_map.probability).sum())
        moved = 0.5 * (elsewhere + abs(mixed.rest_of_world - probability_map.rest_of_world))
        top = int(np.argmax(mixed.probability))
        best = float(lon[top]), float(lat[top])
        rows.append(ClueInfluence(clue.id, clue.witness, moved, mixed.rest_of_world, best))
    return Influence(tuple(sorted(rows, key=lambda row: -row.moved)))


def prior_with_searches(probability_map: ProbabilityMap) -> tuple[Floats, float]:
    """Return the prior with the searches in it: the posterior over the factor of the clues."""
    if probability_map.before is None:
        return probability_map.prior, probability_map.prior_rest_of_world
    first = probability_map.before
    # (n,): P(all searches miss it | x) up to one constant, p_after(x) / p_before(x); the same for the rest of the world
    missed = np.divide(
        probability_map.probability,
        first.probability,
        out=np.zeros_like(probability_map.probability),
        where=first.probability > 0,
    )
    missed_beyond = probability_map.rest_of_world / first.rest_of_world if first.rest_of_world > 0 else 0.0
    # (n,): prior(x) · P(miss | x), and the two masses before they are scaled to 1
    prior = first.prior * missed
    on_map = (1.0 - first.prior_rest_of_world) * float(prior.sum()) / float(first.prior.sum())
    beyond = first.prior_rest_of_world * missed_beyond
    return prior, beyond / (beyond + on_map)


def _without(said: Said, rows: Collection[int]) -> Said:
    """Return what was said without some clues; a group without clues is left out, and numbers move."""
    kept = []
    for group in said.clue_groups:
        columns = [column for column, clue in enumerate(group.clues) if clue not in rows]
        clues = tuple(group.clues[column] for column in columns)
        kept.append(ClueGroup(clues, group.weights, group.rho[:, columns], group.shared_error))
    empty = {number for number, group in enumerate(kept) if not group.clues}
    moved = {number: number - sum(gone < number for gone in empty) for number in range(len(kept))}
    dependent = [
        DependentWitnesses(
            tuple(moved[number] for number in circle.clue_groups if number not in empty),
            circle.share,
            circle.right,
            tuple(clue for clue in circle.clues if clue not in rows),
        )
        for circle in said.dependent_witnesses
    ]
    return replace(
        said,
        clue_groups=[group for group in kept if group.clues],
        dependent_witnesses=[circle for circle in dependent if len(circle.clue_groups) > 1 and circle.clues],
        surveyed=frozenset(moved[number] for number in said.surveyed if number not in empty),
    )
