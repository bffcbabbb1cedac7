"""The smallest ground that holds a share of the probability, and what the searches have done to the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.base.wording import percent
from karmalink.errors import InputError

if TYPE_CHECKING:
    from karmalink.seek.ground.search_segments import Segments
    from karmalink.seek.search.search_log import SearchLog
    from karmalink.seek.search.swath_coverage import Swath

__all__ = ["Region", "Searched", "cells_searched_before", "check_share", "smallest_region"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Region:
    """The smallest ground that holds a share of the probability on the map.

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
        """One-line summary."""
        return f"Region({percent(self.mass)} of the probability in {self.km2:.3g} km²)"


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """What the log of searches has done to the map.

    Attributes
    ----------
    log : SearchLog
        All searches.
    ground : Segments
        The segments of the log.
    coverage : ndarray, shape (S,)
        Summed coverage of the segments by searches in hours.
    other_miss : ndarray, shape (S,)
        Probability of missing it in all other searches (along tracks, of a stated detection, by another law), averaged
        over the probability of the segment: times the miss of `coverage` it is what the whole log leaves.
    probability_of_nothing : float
        Probability, before the searches, that they would find nothing.
    swept : mapping of str to Swath
        The ground of the searches that have a track, by their identifier.
    """

    log: SearchLog
    ground: Segments
    coverage: Floats
    other_miss: Floats
    probability_of_nothing: float
    swept: Mapping[str, Swath] = field(default_factory=dict)

    @property
    def where(self) -> tuple[str, ...]:
        """What was searched, in words: segments by name, tracks by their entry."""
        return tuple(dict.fromkeys(entry.segment or f"track {entry.id}" for entry in self.log.counting))


def smallest_region(probability: NDArray[np.floating[Any]], mass: float) -> NDArray[np.bool_]:
    """Return the fewest cells that together hold a share of a density, shape (n,)."""
    # (n,): cells by falling probability, and the sum up to each
    order = np.argsort(-probability, kind="stable")
    held = np.cumsum(probability[order], dtype=np.float64)
    chosen = np.zeros(order.size, dtype=bool)
    chosen[order[: int(np.searchsorted(held, mass * held[-1])) + 1]] = True
    return chosen


def cells_searched_before(probability: Floats, cell: int) -> float:
    """Return how many cells are searched, most probable first, until one is reached.

    Of the cells of the same probability, itself included, half count: they come in any order, and it is found half way
    through.
    """
    own = probability[cell]
    return float(np.count_nonzero(probability > own)) + 0.5 * float(np.count_nonzero(probability == own))


def check_share(mass: float) -> None:
    """Refuse a region of nothing or of everything.

    Raises
    ------
    InputError
        If the share is not between 0 and 1.
    """
    if not 0.0 < mass < 1.0:
        raise InputError(f"mass must be between 0 and 1, got {mass}", rule="a share of the probability on the map")
