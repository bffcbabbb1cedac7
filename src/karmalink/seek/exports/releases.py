"""What of a map may leave the house: exact, coarsened, or exact against the case's own rule, and marked so."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import InputError
from karmalink.seek.ground.area import nice
from karmalink.seek.ground.search_segments import Segments, segments

if TYPE_CHECKING:
    from karmalink.seek.case.case import Case
    from karmalink.seek.ground.area import Area
    from karmalink.seek.planning.plans import Plan
    from karmalink.seek.probability_map.probability_map import ProbabilityMap

__all__ = ["Release", "blocks_of", "release"]

_LEAST_BLOCKS = 4
_USUAL_BLOCKS = 40  # of a map that is coarsened because the case says so, where no size is given


@dataclass(frozen=True, eq=False, repr=False)
class Release:
    """A map as it may leave.

    Attributes
    ----------
    name : str
        What is looked for.
    probability_map : ProbabilityMap
        The map.
    plan : Plan or None
        What to do next; a coarsened map has none, it would give the spot away.
    coarse_m : float or None
        Side of the blocks that take the place of cells; None: exact.
    sensitive : str
        Why find spots of this case are withheld (``looted``, ``sacred`` …); empty where they are not.
    """

    name: str
    probability_map: ProbabilityMap
    plan: Plan | None = None
    coarse_m: float | None = None
    sensitive: str = ""

    @property
    def exact(self) -> bool:
        """Whether cells, clues and the most believed spot are in it."""
        return self.coarse_m is None

    @cached_property
    def blocks(self) -> Segments:
        """The ground in its finest pieces that may leave, where it is coarsened."""
        return blocks_of(self.probability_map.area, float(self.coarse_m or 0.0))

    @cached_property
    def probability(self) -> NDArray[np.float64]:
        """Probability of each of the n cells; every cell of a block has the block's mean."""
        if self.exact:
            return self.probability_map.probability
        mean = self.blocks.sum(self.probability_map.probability) / self.blocks.m2 * self.probability_map.area.cell_m2
        return self.blocks.spread(mean)

    def metadata(self) -> dict[str, Any]:
        """Return what a file says about itself."""
        return {
            "rest_of_world": round(self.probability_map.rest_of_world, 6),
            "coarsened_to_m": self.coarse_m,
            "sensitive": self.sensitive or None,
            "exact_by_override": bool(self.sensitive) and self.exact,
        }

    def __repr__(self) -> str:
        """One-line summary: how exact it is."""
        form = "exact" if self.exact else f"coarsened to {self.coarse_m:g} m"
        against = f", though the case is {self.sensitive}" if self.metadata()["exact_by_override"] else ""
        return f"Release({form}{against})"


def release(
    case: Case,
    probability_map: ProbabilityMap,
    plan: Plan | None = None,
    *,
    coarse_m: float | None = None,
    exact: bool = False,
) -> Release:
    """Return a map as it may leave the house.

    Parameters
    ----------
    case : Case
        Its `sensitive` says whether find spots are withheld: then the map is coarsened unless `exact` says otherwise.
    probability_map : ProbabilityMap
        The map.
    plan : Plan, optional
        What to do next.
    coarse_m : float, optional
        Side of the blocks in metres.
    exact : bool
        Give the exact map though the case withholds it. What is written then says so.

    Raises
    ------
    InputError
        Exact and coarsened at once; blocks that are no coarser than the cells, or the whole map.
    """
    if exact and coarse_m is not None:
        raise InputError("exact and coarsened at once", allowed="one of the two")
    if case.sensitive and not exact and coarse_m is None:
        coarse_m = case.coarsen_m or _usual_coarse(probability_map.area)
    if coarse_m is not None:
        blocks_of(probability_map.area, coarse_m)
    return Release(case.name, probability_map, plan if coarse_m is None else None, coarse_m, case.sensitive)


def _usual_coarse(area: Area) -> float:
    """Return the side of the blocks where none is given: a round number that gives about 40 of them."""
    return max(nice(math.sqrt(area.km2 * 1e6 / _USUAL_BLOCKS)), 2.0 * area.cell_m)


def blocks_of(area: Area, coarse_m: float) -> Segments:
    """Return the area in blocks of this side.

    Raises
    ------
    InputError
        If they would not be coarser than the cells, or be the whole map.
    """
    if not coarse_m >= 2.0 * area.cell_m:
        raise InputError(
            f"blocks of {coarse_m:g} m for cells of {area.cell_m:g} m",
            rule="a coarsened map is coarser than the map",
            allowed=f"{2.0 * area.cell_m:g} m or more",
        )
    blocks = segments(area, coarse_m)
    if len(blocks) < _LEAST_BLOCKS:
        raise InputError(
            f"blocks of {coarse_m:g} m cover the area with {len(blocks)} of them",
            rule="a coarsened map still says something",
            allowed=f"{_LEAST_BLOCKS} blocks or more",
            next_step="make the blocks smaller",
        )
    return blocks
