"""From clues to the map, in the order that a shared error asks for.

1. The clues of everybody who tells of a remembered spot are mixed for that spot: F(y), one factor for each cell.
2. What they share moves it: (K∗F)(x), the kernel of :class:`~karmalink.seek.probability_map.shared_errors.SharedError`.
3. What is known of the true spot itself multiplies afterwards: prior, searches, and clues that were surveyed::

    posterior(x) ∝ prior(x) · P(searches miss it | x) · D(x) · (K∗F)(x)

The other way round a hole that was found empty would be filled again from its rim, and a surveyed document blurred.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.errors import CannotAnswer
from karmalink.seek.clues.sources import ClueGroup, DependentWitnesses
from karmalink.seek.ground.surround import Surround, surround_of
from karmalink.seek.probability_map.clue_layers import USUALLY_OFF
from karmalink.seek.probability_map.exact_mixture import Mixture, mix
from karmalink.seek.probability_map.factors import Scale
from karmalink.seek.probability_map.shared_errors import SharedError, moved_over

if TYPE_CHECKING:
    from karmalink.seek.ground.area import Area
    from karmalink.seek.probability_map.clue_layers import Layer

__all__ = ["PlaneMixture", "Said", "mix_on_plane"]


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What is mixed.

    Attributes
    ----------
    area : Area
    layers : sequence of Layer
    clue_groups : sequence of ClueGroup
    dependent_witnesses : sequence of DependentWitnesses
    surveyed : frozenset of int
        Numbers of the clue groups that are about the true spot itself.
    shared_error : SharedError
        Of all the others.
    """

    area: Area
    layers: Sequence[Layer]
    clue_groups: Sequence[ClueGroup]
    dependent_witnesses: Sequence[DependentWitnesses]
    surveyed: frozenset[int]
    shared_error: SharedError

    def part(self, *, surveyed: bool) -> tuple[list[ClueGroup], list[DependentWitnesses]]:
        """Return the groups that are about the true spot, or the others, renumbered, and circles within that part."""
        kept = [number for number in range(len(self.clue_groups)) if (number in self.surveyed) == surveyed]
        at = {number: place for place, number in enumerate(kept)}
        circles = []
        for circle in self.dependent_witnesses:
            members = tuple(at[number] for number in circle.clue_groups if number in at)
            own = {clue for number in circle.clue_groups if number in at for clue in self.clue_groups[number].clues}
            if len(members) > 1:
                clues = tuple(clue for clue in circle.clues if clue in own)
                circles.append(DependentWitnesses(members, circle.share, circle.right, clues))
        return [self.clue_groups[number] for number in kept], circles

    def mixed(self, prior: Floats, further: float, *, surveyed: bool, reference: Floats) -> Mixture:
        """Mix one part of the clues on the plane: a prior of its n + m cells, and of what lies further."""
        groups, circles = self.part(surveyed=surveyed)
        rows = [layer.plane for layer in self.layers]
        scale = Scale(*np.array([layer.ends for layer in self.layers]).reshape(-1, 3).T)
        whole = float(prior.sum())
        return mix(
            rows,
            groups,
            circles,
            prior=prior,
            rest_of_world=further / (further + whole),
            scale=scale,
            reference=reference,
        )


@dataclass(frozen=True, eq=False, repr=False)
class PlaneMixture:
    """The posterior over the plane.

    Attributes
    ----------
    plane : ndarray, shape (n + m,)
        Probability of each cell of the map and around it.
    further : float
        Of all that lies beyond; all of them sum to 1.
    n : int
        Number of cells of the map.
    log_evidence : float
        Natural logarithm of how much better the clues fit than clues that say nothing.
    likelihood : ndarray, shape (n + m + 1,)
        F(y) of the clues that share an error, relative; the last is that of what lies further.
    moved : ndarray, shape (n + m,)
        K∗F.
    compute_reliabilities : callable
        Returns those of the clues and of the groups.
    """

    plane: Floats
    further: float
    n: int
    log_evidence: float
    likelihood: Floats
    moved: Floats
    compute_reliabilities: Callable[[], tuple[Floats, Floats]]

    @property
    def probability(self) -> Floats:
        """Probability of the n cells of the map."""
        return self.plane[: self.n]

    @property
    def rest_of_world(self) -> float:
        """Probability that it lies outside the map."""
        return float(self.plane[self.n :].sum()) + self.further

    @cached_property
    def reliabilities(self) -> tuple[Floats, Floats]:
        """Posterior reliability of every clue (NaN where it is in no group), and of every group."""
        return self.compute_reliabilities()


def mix_on_plane(said: Said, prior: Floats, rest_of_world: float) -> PlaneMixture:
    """Mix clues over the plane.

    Parameters
    ----------
    said : Said
    prior : ndarray, shape (n,)
        Prior probability of the cells of the map, in proportion, searches in it.
    rest_of_world : float
        Prior probability that it lies outside the map.

    Raises
    ------
    CannotAnswer
        The clues leave no place.
    """
    around = surround_of(said.area)
    reference, beyond = around.plane(np.ones(said.area.n), USUALLY_OFF)
    here, further = around.plane(prior, rest_of_world)
    told = said.mixed(reference, beyond, surveyed=False, reference=reference)
    # (n + m,): F(y), the posterior over the prior it came from; and the same beyond the rings
    likelihood, nowhere = told.posterior / reference, told.rest_of_world / beyond
    moved = _moved(around, likelihood, said.shared_error, nowhere)
    # (n + m,): prior(x) · (K∗F)(x); the surveyed clues multiply it
    start, start_beyond = here * moved, further * nowhere
    whole = float(start.sum()) + start_beyond
    if not whole > 0.0:
        raise CannotAnswer(
            "the clues contradict each other and leave no place",
            rule="a clue that is certainly right must leave the others some ground",
            next_step="give no clue a reliability of 1, or leave room for the rest of the world",
        )
    found = said.mixed(start, start_beyond, surveyed=True, reference=reference)

    def reliabilities() -> tuple[Floats, Floats]:
        # (n + m,): what is known of the true spot, moved back to the remembered one: the displacement has no direction
        known = np.divide(found.posterior, moved, out=np.zeros_like(moved), where=moved > 0.0)
        back = _moved(around, known * around.per_m2, said.shared_error, 0.0) / around.per_m2
        away = found.rest_of_world / nowhere if nowhere > 0.0 else 0.0
        remembered = said.mixed(back, away, surveyed=False, reference=reference)
        return _joined(said, remembered, found)

    return PlaneMixture(
        plane=found.posterior,
        further=found.rest_of_world,
        n=said.area.n,
        log_evidence=told.log_evidence + float(np.log(whole)) + found.log_evidence,
        likelihood=np.append(likelihood, nowhere),
        moved=moved,
        compute_reliabilities=reliabilities,
    )


def _moved(around: Surround, values: Floats, shared_error: SharedError, further: float) -> Floats:
    return values if shared_error.is_nothing else moved_over(around, values, shared_error, further)


def _joined(said: Said, told: Mixture, surveyed: Mixture) -> tuple[Floats, Floats]:
    """Return the reliabilities of clues and groups out of both parts."""
    by_clue, by_group = told.clue_reliability.copy(), np.empty(len(said.clue_groups))
    others = iter(told.group_reliability.tolist()), iter(surveyed.group_reliability.tolist())
    for number, group in enumerate(said.clue_groups):
        is_surveyed = number in said.surveyed
        by_group[number] = next(others[is_surveyed])
        if is_surveyed:
            by_clue[list(group.clues)] = surveyed.clue_reliability[list(group.clues)]
    return by_clue, by_group
