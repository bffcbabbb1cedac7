"""Ground that holds a share of the belief, and what the searches have done to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.errors import InputError

if TYPE_CHECKING:
    from karmalink.seek.ground.search_segments import Segments
    from karmalink.seek.search.search_log import SearchLog
    from karmalink.seek.search.swath_coverage import Swath

__all__ = ["Region", "Searched", "check_share", "heaviest", "searched_before"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Region:
    """The smallest ground that holds a share of the belief that it is on the map.

    Attributes
    ----------
    mass : float
        The share asked for.
    cells : ndarray of bool, shape (n,)
        Which of the n cells.
    km2 : float
        Their area.
    """

    mass: float
    cells: NDArray[np.bool_]
    km2: float

    def __repr__(self) -> str:
        """Tell the finding."""
        return f"Region({self.mass:.0%} of the belief in {self.km2:.3g} km²)"


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """What the log of searches has done to the map.

    Attributes
    ----------
    log : SearchLog
        The truth.
    ground : Segments
        The segments it speaks of.
    coverage : ndarray, shape (S,)
        Summed coverage of the segments by searches in hours.
    stated_miss : ndarray, shape (S,)
        Probability of missing it in all other searches (along tracks, of a stated detection, by another law), averaged
        over what was believed of the segment: times the miss of `coverage` it is what the whole log leaves.
    nothing : float
        How probable it was, before the searches, that they would find nothing.
    swept : mapping of str to Swath
        The ground of the searches that have a track, by their identifier.
    """

    log: SearchLog
    ground: Segments
    coverage: Floats
    stated_miss: Floats
    nothing: float
    swept: Mapping[str, Swath] = field(default_factory=dict)

    @property
    def where(self) -> tuple[str, ...]:
        """What was searched, for people: segments by name, tracks by their entry."""
        return tuple(dict.fromkeys(entry.segment or f"track {entry.id}" for entry in self.log.counting))


def heaviest(probability: NDArray[np.floating[Any]], mass: float) -> NDArray[np.bool_]:
    """Return the fewest cells that together hold a share of a belief, shape (n,)."""
    order = np.argsort(-probability, kind="stable")
    held = np.cumsum(probability[order], dtype=np.float64)
    chosen = np.zeros(order.size, dtype=bool)
    chosen[order[: int(np.searchsorted(held, mass * held[-1])) + 1]] = True
    return chosen


def searched_before(probability: Floats, cell: int) -> float:
    """Return how many cells are searched, most believed first, until one is reached.

    Of the cells that are believed as much as it, itself included, half count: they come in any order, and it is found
    half way through.
    """
    mine = probability[cell]
    return float(np.count_nonzero(probability > mine)) + 0.5 * float(np.count_nonzero(probability == mine))


def check_share(mass: float) -> None:
    """Refuse a region of nothing or of everything.

    Raises
    ------
    InputError
        If the share is not between 0 and 1.
    """
    if not 0.0 < mass < 1.0:
        raise InputError(f"a region of {mass}", rule="a share of the belief", allowed="between 0 and 1")
