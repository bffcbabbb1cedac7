"""Which clue moves the answer most: the map without it, beside the map with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.base.wording import percent
from karmalink.seek.clues.sources import Block, Story
from karmalink.seek.probability_map.exact_mixture import mix

if TYPE_CHECKING:
    import pandas as pd

    from karmalink.seek.probability_map.clues_map import CluesMap

__all__ = ["Influence", "Pull", "influence"]


@dataclass(frozen=True, slots=True)
class Pull:
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
    outside: float
    best: tuple[float, float]


@dataclass(frozen=True, eq=False, repr=False)
class Influence:
    """The clues, the one that moves the answer most first."""

    pulls: tuple[Pull, ...]

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
                    "outside": round(pull.outside, 9),
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


def influence(found: CluesMap) -> Influence:
    """Take out one clue after the other and say how far the belief moves; a repeated statement is taken out as a whole.

    Parameters
    ----------
    found : CluesMap
        The map; searches that are in it stay in it.
    """
    layers = [layer.density for layer in found.layers]
    start = found.belief if not found.clues else _start(found)
    lon, lat = found.area.lonlat()
    pulls = []
    for row, clue in enumerate(found.clues):
        if clue.id in found.repeats:
            continue
        blocks, stories = _without(found.blocks, found.stories, row)
        mixed = mix(layers, blocks, stories, prior=start[0], outside=start[1])
        top = int(np.argmax(mixed.posterior))
        moved = 0.5 * float(np.abs(mixed.posterior - found.belief).sum() + abs(mixed.outside - found.outside))
        pulls.append(Pull(clue.id, clue.witness, moved, mixed.outside, (float(lon[top]), float(lat[top]))))
    return Influence(tuple(sorted(pulls, key=lambda pull: -pull.moved)))


def _start(found: CluesMap) -> tuple[Floats, float]:
    """Return the belief before the clues with the searches in it: what the posterior is over what the clues say."""
    if found.before is None:
        return found.prior, found.prior_outside
    first = found.before
    kept = np.divide(found.belief, first.belief, out=np.zeros_like(found.belief), where=first.belief > 0)
    beyond = found.outside / first.outside if first.outside > 0 else 0.0
    prior = first.prior * kept
    on_map = (1.0 - first.prior_outside) * float(prior.sum()) / float(first.prior.sum())
    outside = first.prior_outside * beyond
    return prior, outside / (outside + on_map)


def _without(blocks: tuple[Block, ...], stories: tuple[Story, ...], row: int) -> tuple[list[Block], list[Story]]:
    """Return blocks and stories without one clue; numbers of blocks stay, so that stories still name them."""
    kept = []
    for block in blocks:
        at = [number for number, clue in enumerate(block.clues) if clue != row]
        kept.append(Block(tuple(block.clues[n] for n in at), block.weights, block.rho[:, at], block.astray))
    empty = {number for number, block in enumerate(kept) if not block.clues}
    moved = {number: number - sum(e < number for e in empty) for number in range(len(kept))}
    told = [
        Story(
            tuple(moved[n] for n in story.blocks if n not in empty),
            story.share,
            story.right,
            tuple(clue for clue in story.clues if clue != row),
        )
        for story in stories
    ]
    return [block for block in kept if block.clues], [story for story in told if len(story.blocks) > 1 and story.clues]
