"""Which clue moves the answer most: the map without it, beside the map with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.base.wording import percent
from karmalink.seek.clues.sources import ClueGroup, DependentWitnesses
from karmalink.seek.probability_map.exact_mixture import mix

if TYPE_CHECKING:
    import pandas as pd

    from karmalink.seek.probability_map.probability_map import ProbabilityMap

__all__ = ["ClueInfluence", "Influence", "influence"]


@dataclass(frozen=True, slots=True)
class ClueInfluence:
    """What one clue does to the map.

    Attributes
    ----------
    clue : str
    witness : str
    moved : float
        Share of the belief that lies elsewhere without it (total variation; "outside the map" counts as a place).
    outside : float
        Belief without it that it is outside the map.
    best : tuple of float
        Longitude and latitude of the most believed spot without it.
    """

    clue: str
    witness: str
    moved: float
    rest_of_world: float
    best: tuple[float, float]


@dataclass(frozen=True, eq=False, repr=False)
class Influence:
    """The clues, the one that moves the answer most first."""

    pulls: tuple[ClueInfluence, ...]

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per clue."""
        import pandas as pd

        return pd.DataFrame(self.to_dict()["clues"])

    def to_dict(self) -> dict[str, Any]:
        """Return the figures, ready for JSON."""
        return {
            "clues": [
                {
                    "clue": pull.clue,
                    "witness": pull.witness,
                    "moved": round(pull.moved, 6),
                    "rest_of_world": round(pull.rest_of_world, 9),
                    "best_lon": round(pull.best[0], 7),
                    "best_lat": round(pull.best[1], 7),
                }
                for pull in self.pulls
            ]
        }

    def __repr__(self) -> str:
        """Tell which it is."""
        if not self.pulls:
            return "Influence(no clues)"
        top = self.pulls[0]
        return f"Influence(without {top.clue}, {percent(top.moved)} of the belief would lie elsewhere)"


def influence(found: ProbabilityMap) -> Influence:
    """Take out one clue after the other and say how far the belief moves; a repeated statement is taken out as a whole.

    Parameters
    ----------
    found : ProbabilityMap
        The map; searches that are in it stay in it.
    """
    layers = [layer.density for layer in found.layers]
    start = found.probability if not found.clues else _start(found)
    lon, lat = found.area.lonlat()
    pulls = []
    for row, clue in enumerate(found.clues):
        if clue.id in found.repeats:
            continue
        clue_groups, dependent_witnesses = _without(found.clue_groups, found.dependent_witnesses, row)
        mixed = mix(layers, clue_groups, dependent_witnesses, prior=start[0], rest_of_world=start[1])
        top = int(np.argmax(mixed.posterior))
        moved = 0.5 * float(
            np.abs(mixed.posterior - found.probability).sum() + abs(mixed.rest_of_world - found.rest_of_world)
        )
        pulls.append(
            ClueInfluence(clue.id, clue.witness, moved, mixed.rest_of_world, (float(lon[top]), float(lat[top])))
        )
    return Influence(tuple(sorted(pulls, key=lambda pull: -pull.moved)))


def _start(found: ProbabilityMap) -> tuple[Floats, float]:
    """Return the belief before the clues with the searches in it: what the posterior is over what the clues say."""
    if found.before is None:
        return found.prior, found.prior_rest_of_world
    first = found.before
    kept = np.divide(
        found.probability, first.probability, out=np.zeros_like(found.probability), where=first.probability > 0
    )
    beyond = found.rest_of_world / first.rest_of_world if first.rest_of_world > 0 else 0.0
    prior = first.prior * kept
    on_map = (1.0 - first.prior_rest_of_world) * float(prior.sum()) / float(first.prior.sum())
    rest_of_world = first.prior_rest_of_world * beyond
    return prior, rest_of_world / (rest_of_world + on_map)


def _without(
    clue_groups: tuple[ClueGroup, ...], dependent_witnesses: tuple[DependentWitnesses, ...], row: int
) -> tuple[list[ClueGroup], list[DependentWitnesses]]:
    """Return blocks and stories without one clue; numbers of blocks stay, so that stories still name them."""
    kept = []
    for group in clue_groups:
        at = [number for number, clue in enumerate(group.clues) if clue != row]
        kept.append(ClueGroup(tuple(group.clues[n] for n in at), group.weights, group.rho[:, at], group.shared_error))
    empty = {number for number, group in enumerate(kept) if not group.clues}
    moved = {number: number - sum(e < number for e in empty) for number in range(len(kept))}
    told = [
        DependentWitnesses(
            tuple(moved[n] for n in circle.clue_groups if n not in empty),
            circle.share,
            circle.right,
            tuple(clue for clue in circle.clues if clue != row),
        )
        for circle in dependent_witnesses
    ]
    return [group for group in kept if group.clues], [
        circle for circle in told if len(circle.clue_groups) > 1 and circle.clues
    ]
