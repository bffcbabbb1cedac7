"""The map under somebody's hand: one reliability is moved, and only what depends on it is computed again.

Every witness multiplies the cells by one factor. The product of all of them is kept, so that a slider costs the factor
of one witness, however many clues there are, and one convolution with the error that all share.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.errors import InputError, UnknownName, suggest
from karmalink.seek.clues.sources import ClueGroup, clue_group_of
from karmalink.seek.ground.surround import surround_of
from karmalink.seek.probability_map.chunks import in_parallel
from karmalink.seek.probability_map.influences import prior_with_searches
from karmalink.seek.probability_map.plane_mixture import mix_on_plane
from karmalink.seek.probability_map.shared_errors import moved_over

if TYPE_CHECKING:
    from karmalink.seek.clues.witnesses import Witness
    from karmalink.seek.probability_map.probability_map import ProbabilityMap

__all__ = ["MovedMap", "Sliders", "with_witness_at"]

_WIDTH = 16384
_LEAST = 1e-37


@dataclass(frozen=True, slots=True, eq=False)
class MovedMap:
    """The posterior after a slider was moved.

    Attributes
    ----------
    probability : ndarray, shape (n,)
    rest_of_world : float
    """

    probability: Floats
    rest_of_world: float


class Sliders:
    """Reliabilities of clues and witnesses that can be moved, and the map that follows.

    Parameters
    ----------
    probability_map : ProbabilityMap
        Where the sliders start; searches that are in it stay in it.

    Raises
    ------
    InputError
        If witnesses talked to each other or may share an error: their factors cannot be separated, so compute the map
        again with :func:`~karmalink.seek.locate`.
    """

    def __init__(self, probability_map: ProbabilityMap) -> None:
        if probability_map.dependent_witnesses or any(group.shared_error > 0 for group in probability_map.clue_groups):
            raise InputError(
                "the witnesses of this map depend on each other",
                rule="a slider moves one witness's factor",
                next_step="compute the map again: karmalink.seek.locate",
            )
        self._map = probability_map
        said = probability_map.said
        mixed = mix_on_plane(said, *prior_with_searches(probability_map))
        self._around, self._shared_error = surround_of(probability_map.area), probability_map.shared_error
        self._surveyed = {probability_map.group_witness[number] for number in said.surveyed}
        # (n + m + 1,): F(y) of the remembered spot, and what multiplies K∗F at the true one; the last lies further
        self._told, nowhere = mixed.likelihood, mixed.likelihood[-1]
        moved = np.append(mixed.moved, nowhere)
        posterior = np.append(mixed.plane, mixed.further)
        self._known = np.divide(posterior, moved, out=np.zeros_like(moved), where=moved > 0.0)
        self._moved = moved
        self._probability, self._rest_of_world = probability_map.probability, probability_map.rest_of_world
        self._groups = dict(zip(probability_map.group_witness, probability_map.clue_groups, strict=True))
        self._rows = {clue.id: row for row, clue in enumerate(probability_map.clues)}
        self._factors = {name: self._factor(group) for name, group in self._groups.items()}

    def move(self, witness: str = "", clue: str = "", *, reliability: float) -> MovedMap:
        """Set the expected reliability of a witness, or of one clue, and return the map.

        Parameters
        ----------
        witness, clue : str
            One of the two.
        reliability : float
            0 to 1.

        Raises
        ------
        UnknownName
            If there is no such clue, or the witness has no clue on this map.
        InputError
            A reliability that is not 0 to 1, or neither or both of witness and clue.
        """
        if not 0.0 <= reliability <= 1.0:
            raise InputError(f"reliability must be 0 to 1, got {reliability}")
        if bool(witness) == bool(clue):
            raise InputError("a slider moves one reliability", allowed="a witness or a clue")
        name = witness or self._witness_of(clue)
        if name not in self._groups:
            raise UnknownName(
                f"unknown witness {name[:40]!r}: no clue of theirs is on this map",
                next_step=suggest(name, self._groups),
            )
        group = self._changed(name, clue, reliability)
        factor = self._factor(group)
        # (n + m + 1,): F_new / F_old of this witness
        change = factor / self._factors[name]
        told, known, moved = self._told, self._known, self._moved
        if name in self._surveyed:
            known = known * change
        else:
            told = told * change
            moved = self._over_the_plane(told)
        whole = known * moved
        total = float(whole.sum())
        if not total > 0.0:
            raise InputError("these reliabilities leave no place", next_step="set no reliability to 1")
        whole /= total
        n = self._map.area.n
        self._told, self._known, self._moved = told, known, moved
        self._groups[name], self._factors[name] = group, factor
        self._probability, self._rest_of_world = whole[:n], float(whole[n:].sum())
        return MovedMap(self._probability, self._rest_of_world)

    def _over_the_plane(self, told: Floats) -> Floats:
        if self._shared_error.is_nothing:
            return told
        return np.append(moved_over(self._around, told[:-1], self._shared_error, float(told[-1])), told[-1])

    def map(self) -> ProbabilityMap:
        """Return the map as the sliders stand; reliabilities of clues and witnesses in it are those of the start."""
        return replace(self._map, probability=self._probability, rest_of_world=self._rest_of_world)

    def _witness_of(self, clue: str) -> str:
        if clue not in self._rows:
            raise UnknownName(f"unknown clue {clue[:40]!r}", next_step=suggest(clue, self._rows))
        return self._map.clues[self._rows[self._map.repeats.get(clue, clue)]].witness

    def _changed(self, name: str, clue: str, reliability: float) -> ClueGroup:
        group = self._groups[name]
        witness = next(other for other in self._map.witnesses if other.id == name)
        if not clue:
            return _expected(witness, group, reliability)
        # (k,): prior mean of each clue, Σ_j w_j ρ_jk, with the moved one in its place
        means = group.weights @ group.rho
        means[group.clues.index(self._rows[self._map.repeats.get(clue, clue)])] = reliability
        theta, weights = witness.states(len(group.clues), float(means.mean()))
        return clue_group_of(group.clues, theta, weights, means, 0.0)

    def _factor(self, group: ClueGroup) -> NDArray[np.float32]:
        """Return what a witness multiplies each of the n + m cells by, and what lies further."""
        factor = np.empty(self._map.area.n + self._around.m + 1, dtype=np.float32)
        parts = _parts(factor.size - 1)
        in_parallel(lambda number: self._fill(factor[parts[number]], group, parts[number]), len(parts))
        factor[-1] = max(_beyond(group), _LEAST)
        return factor

    def _fill(self, factor: NDArray[np.float32], group: ClueGroup, part: slice) -> None:
        """Fill in the factor of a witness for some cells: F(x) = Σ_j w_j Π_k [ρ_jk L_k(x)/u_k + 1 − ρ_jk]."""
        factor[...] = 0.0
        layers = [self._map.layers[row] for row in group.clues]
        for weight, state in zip(group.weights.astype(np.float32), group.rho, strict=True):
            product = np.full(factor.size, weight)
            for layer, right in zip(layers, state.tolist(), strict=True):
                clue_factor = layer.plane[part] * np.float32(right / layer.ends[0])
                clue_factor += np.float32(1.0 - right)
                product *= clue_factor
            factor += product
        np.maximum(factor, np.float32(_LEAST), out=factor)  # the next move divides by it


def with_witness_at(probability_map: ProbabilityMap, witness: str, reliability: float) -> MovedMap:
    """Return the map with one witness's expected reliability set: everything is mixed again.

    :class:`Sliders` is quicker, and cannot do it where witnesses talked to each other.

    Parameters
    ----------
    probability_map : ProbabilityMap
        Searches that are in it stay in it.
    witness : str
        One with a clue on the map.
    reliability : float
        0 to 1. All of the witness's clues get it, those with a reliability of their own too.

    Raises
    ------
    UnknownName
        If no clue of the witness is on this map.
    CannotAnswer
        If it leaves no place.
    """
    if witness not in probability_map.group_witness:
        raise UnknownName(
            f"unknown witness {witness[:40]!r}: no clue of theirs is on this map",
            next_step=suggest(witness, probability_map.group_witness),
        )
    number = probability_map.group_witness.index(witness)
    groups = list(probability_map.clue_groups)
    known = next(other for other in probability_map.witnesses if other.id == witness)
    groups[number] = _expected(known, groups[number], reliability)
    circles = [
        replace(circle, right=float(np.mean([groups[member].expected_share for member in circle.clue_groups])))
        if number in circle.clue_groups
        else circle
        for circle in probability_map.dependent_witnesses
    ]
    said = replace(probability_map.said, clue_groups=tuple(groups), dependent_witnesses=tuple(circles))
    mixed = mix_on_plane(said, *prior_with_searches(probability_map))
    return MovedMap(mixed.probability, mixed.rest_of_world)


def _expected(witness: Witness, group: ClueGroup, reliability: float) -> ClueGroup:
    theta, weights = witness.states(len(group.clues), reliability)
    means = np.full(len(group.clues), float(theta @ weights))
    return clue_group_of(group.clues, theta, weights, means, group.shared_error)


def _parts(n: int) -> list[slice]:
    return [slice(start, min(start + _WIDTH, n)) for start in range(0, n, _WIDTH)]


def _beyond(group: ClueGroup) -> float:
    """Return the factor of the rest of the world, Σ_j w_j Π_k (1 − ρ_jk)."""
    return float(group.weights @ np.prod(1.0 - group.rho, axis=1))
