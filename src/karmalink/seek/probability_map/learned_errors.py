"""The size of a shared error, learned from cases that were solved: nothing else can teach it.

The likelihood of the clues is flat in the displacement, so that a map without a find says nothing of its size. A find
does: each size is scored by the probability that the map with that size gave the spot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from karmalink.base.wording import counted
from karmalink.errors import InputError
from karmalink.seek.probability_map.plane_mixture import mix_on_plane
from karmalink.seek.probability_map.shared_errors import SharedError

if TYPE_CHECKING:
    from karmalink.seek.probability_map.probability_map import ProbabilityMap

__all__ = ["Solved", "learn_shared_error"]


@dataclass(frozen=True, slots=True)
class Solved:
    """A case whose spot was found.

    Attributes
    ----------
    probability_map : ProbabilityMap
        As the clues gave it, without the find.
    lon, lat : float
        Where it was found, degrees.
    map : str
        Which ground it is on: cases of one map are left out together.
    """

    probability_map: ProbabilityMap
    lon: float
    lat: float
    map: str = ""


def learn_shared_error(solved: Sequence[Solved], prior: SharedError, *, but: str | None = None) -> SharedError:
    """Return the sizes of a prior with the weights that solved cases give them.

    Parameters
    ----------
    solved : sequence of Solved
    prior : SharedError
        Its sizes are the ones that are weighed. Sizes are in metres: cases of another scale than the one at hand teach
        little about it.
    but : str, optional
        The map of the case at hand: what was found on it is left out.

    Returns
    -------
    SharedError
        The prior itself, as ``prior``, where no case is left.

    Raises
    ------
    InputError
        A find that is not on its map.
    """
    used = [case for case in solved if but is None or case.map != but]
    if not used:
        return SharedError(prior.sizes_m, prior.weights, "prior")
    # (S,): ln w_s + Σ over cases of ln p(found spot | size s)
    score = np.log(np.maximum(np.array(prior.weights), 1e-300))
    for case in used:
        score += _log_scores(case, prior)
    weights = np.exp(score - score.max())
    weights /= weights.sum()
    return SharedError(prior.sizes_m, tuple(weights.tolist()), f"learned from {counted(len(used), 'solved case')}")


def _log_scores(case: Solved, prior: SharedError) -> np.ndarray:
    """Return per size the logarithm of the probability that the map gave the cell of the find."""
    from dataclasses import replace

    found = case.probability_map.before or case.probability_map
    cell = found.area.cell_at(case.lon, case.lat)
    if cell is None:
        raise InputError(
            f"the find of the solved case on {case.map or 'a map'} is not on its map", rule="a find has a cell"
        )
    scores = []
    for size in prior.sizes_m:
        said = replace(found.said, shared_error=SharedError((size,), (1.0,)))
        mixed = mix_on_plane(said, found.prior, found.prior_rest_of_world)
        scores.append(np.log(max(float(mixed.probability[cell]), 1e-300)))
    return np.array(scores)
