"""The map under somebody's hand: one reliability is moved, and only what hangs on it is computed again.

Every witness gives the cells one factor. The product of all of them is kept, so that a slider costs the factor of one
witness, whatever the number of clues.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.errors import InputError, UnknownName, suggest
from karmalink.seek.clues.sources import ClueGroup, clue_group_of
from karmalink.seek.probability_map.chunks import side_by_side

if TYPE_CHECKING:
    from karmalink.seek.probability_map.probability_map import ProbabilityMap

__all__ = ["MovedMap", "Sliders"]

_WIDTH = 16384
_LEAST = 1e-250


@dataclass(frozen=True, slots=True, eq=False)
class MovedMap:
    """The belief after a slider was moved.

    Attributes
    ----------
    belief : ndarray, shape (n,)
    outside : float
    """

    probability: Floats
    rest_of_world: float


class Sliders:
    """Reliabilities of clues and witnesses that can be moved, and the map that follows.

    Parameters
    ----------
    found : ProbabilityMap
        Where the sliders start; searches that are in it stay in it.

    Raises
    ------
    InputError
        If witnesses talked to each other or may be astray as a whole: their factors do not come apart, so make the map
        anew with :func:`~karmalink.seek.locate`.
    """

    def __init__(self, found: ProbabilityMap) -> None:
        if found.dependent_witnesses or any(group.shared_error > 0 for group in found.clue_groups):
            raise InputError(
                "witnesses of this map hang together as a whole",
                rule="a slider moves one witness's factor",
                next_step="make the map anew: karmalink.seek.locate",
            )
        self._found = found
        self._probability, self._rest_of_world = found.probability, found.rest_of_world
        self._clue_groups = dict(zip(found.group_witness, found.clue_groups, strict=True))
        self._rows = {clue.id: row for row, clue in enumerate(found.clues)}
        self._factors = {name: self._factor(group) for name, group in self._clue_groups.items()}

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
            If nobody said such a thing.
        InputError
            A reliability beyond 0 to 1, or neither witness nor clue.
        """
        if not 0.0 <= reliability <= 1.0 or bool(witness) == bool(clue):
            raise InputError(f"a reliability of {reliability}", rule="of one witness or one clue", allowed="0 to 1")
        name = witness or self._witness_of(clue)
        if name not in self._clue_groups:
            raise UnknownName(f"{name[:40]!r} said nothing", next_step=suggest(name, self._clue_groups))
        group = self._changed(name, clue, reliability)
        old, old_beyond = self._factors[name]
        factor, beyond = np.empty_like(old), _beyond(group)
        probability = np.empty_like(self._probability)
        parts = _parts(probability.size)
        sums = np.zeros(len(parts))

        def some(number: int) -> None:
            part = parts[number]
            self._fill(factor[part], group, part)
            np.multiply(self._probability[part], factor[part] / old[part], out=probability[part])
            sums[number] = probability[part].sum()

        side_by_side(some, len(parts))
        rest_of_world = self._rest_of_world * beyond / max(old_beyond, _LEAST)
        whole = float(sums.sum()) + rest_of_world
        if not whole > 0.0:
            raise InputError("that leaves no place", next_step="let no reliability be 1")

        def scaled(number: int) -> None:
            probability[parts[number]] *= 1.0 / whole

        side_by_side(scaled, len(parts))
        self._clue_groups[name], self._factors[name] = group, (factor, beyond)
        self._probability, self._rest_of_world = probability, rest_of_world / whole
        return MovedMap(probability, self._rest_of_world)

    def map(self) -> ProbabilityMap:
        """Return the map as the sliders stand; reliabilities of clues and witnesses in it are those of the start."""
        return replace(self._found, probability=self._probability, rest_of_world=self._rest_of_world)

    def _witness_of(self, clue: str) -> str:
        if clue not in self._rows:
            raise UnknownName(f"no clue is called {clue[:40]!r}", next_step=suggest(clue, self._rows))
        return self._found.clues[self._rows[self._found.repeats.get(clue, clue)]].witness

    def _changed(self, name: str, clue: str, reliability: float) -> ClueGroup:
        group = self._clue_groups[name]
        means = group.weights @ group.rho
        if clue:
            row = self._rows[self._found.repeats.get(clue, clue)]
            means[group.clues.index(row)] = reliability
            witness = next(one for one in self._found.witnesses if one.id == name)
            theta, weights = witness.states(len(group.clues), float(means.mean()))
            return clue_group_of(group.clues, theta, weights, means, 0.0)
        witness = next(one for one in self._found.witnesses if one.id == name)
        theta, weights = witness.states(len(group.clues), reliability)
        return clue_group_of(group.clues, theta, weights, np.full(means.size, float(theta @ weights)), 0.0)

    def _factor(self, group: ClueGroup) -> tuple[NDArray[np.float32], float]:
        """Return what a witness multiplies the belief in each cell by, and the belief outside the map."""
        found = np.empty(self._found.area.n, dtype=np.float32)
        parts = _parts(found.size)
        side_by_side(lambda number: self._fill(found[parts[number]], group, parts[number]), len(parts))
        return found, _beyond(group)

    def _fill(self, found: NDArray[np.float32], group: ClueGroup, part: slice) -> None:
        """Fill in the factor of a witness for some cells."""
        found[...] = 0.0
        layers = [self._found.layers[row] for row in group.clues]
        for weight, state in zip(group.weights.astype(np.float32), group.rho, strict=True):
            product = np.full(found.size, weight)
            for layer, right in zip(layers, state.tolist(), strict=True):
                one = layer.density[part] * np.float32(right / layer.ends[0])
                one += np.float32(1.0 - right)
                product *= one
            found += product
        np.maximum(found, np.float32(1e-37), out=found)


def _parts(n: int) -> list[slice]:
    return [slice(start, min(start + _WIDTH, n)) for start in range(0, n, _WIDTH)]


def _beyond(group: ClueGroup) -> float:
    return float(group.weights @ np.prod(1.0 - group.rho, axis=1))
