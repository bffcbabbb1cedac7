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
from karmalink.seek.clues.sources import Block, block_of
from karmalink.seek.probability_map.chunks import side_by_side

if TYPE_CHECKING:
    from karmalink.seek.probability_map.clues_map import CluesMap

__all__ = ["Moved", "Sliders"]

_WIDTH = 16384
_LEAST = 1e-250


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """The belief after a slider was moved.

    Attributes
    ----------
    belief : ndarray, shape (n,)
    outside : float
    """

    belief: Floats
    outside: float


class Sliders:
    """Reliabilities of clues and witnesses that can be moved, and the map that follows.

    Parameters
    ----------
    found : CluesMap
        Where the sliders start; searches that are in it stay in it.

    Raises
    ------
    InputError
        If witnesses talked to each other or may be astray as a whole: their factors do not come apart, so make the map
        anew with :func:`~karmalink.seek.locate`.
    """

    def __init__(self, found: CluesMap) -> None:
        if found.stories or any(block.astray > 0 for block in found.blocks):
            raise InputError(
                "witnesses of this map hang together as a whole",
                rule="a slider moves one witness's factor",
                next_step="make the map anew: karmalink.seek.locate",
            )
        self._found = found
        self._belief, self._outside = found.belief, found.outside
        self._blocks = dict(zip(found.block_witness, found.blocks, strict=True))
        self._rows = {clue.id: row for row, clue in enumerate(found.clues)}
        self._factors = {name: self._factor(block) for name, block in self._blocks.items()}

    def move(self, witness: str = "", clue: str = "", *, reliability: float) -> Moved:
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
        if name not in self._blocks:
            raise UnknownName(f"{name[:40]!r} said nothing", next_step=suggest(name, self._blocks))
        block = self._changed(name, clue, reliability)
        old, old_beyond = self._factors[name]
        factor, beyond = np.empty_like(old), _beyond(block)
        belief = np.empty_like(self._belief)
        parts = _parts(belief.size)
        sums = np.zeros(len(parts))

        def some(number: int) -> None:
            part = parts[number]
            self._fill(factor[part], block, part)
            np.multiply(self._belief[part], factor[part] / old[part], out=belief[part])
            sums[number] = belief[part].sum()

        side_by_side(some, len(parts))
        outside = self._outside * beyond / max(old_beyond, _LEAST)
        whole = float(sums.sum()) + outside
        if not whole > 0.0:
            raise InputError("that leaves no place", next_step="let no reliability be 1")

        def scaled(number: int) -> None:
            belief[parts[number]] *= 1.0 / whole

        side_by_side(scaled, len(parts))
        self._blocks[name], self._factors[name] = block, (factor, beyond)
        self._belief, self._outside = belief, outside / whole
        return Moved(belief, self._outside)

    def map(self) -> CluesMap:
        """Return the map as the sliders stand; reliabilities of clues and witnesses in it are those of the start."""
        return replace(self._found, belief=self._belief, outside=self._outside)

    def _witness_of(self, clue: str) -> str:
        if clue not in self._rows:
            raise UnknownName(f"no clue is called {clue[:40]!r}", next_step=suggest(clue, self._rows))
        return self._found.clues[self._rows[self._found.repeats.get(clue, clue)]].witness

    def _changed(self, name: str, clue: str, reliability: float) -> Block:
        block = self._blocks[name]
        means = block.weights @ block.rho
        if clue:
            row = self._rows[self._found.repeats.get(clue, clue)]
            means[block.clues.index(row)] = reliability
            witness = next(one for one in self._found.witnesses if one.id == name)
            theta, weights = witness.states(len(block.clues), float(means.mean()))
            return block_of(block.clues, theta, weights, means, 0.0)
        witness = next(one for one in self._found.witnesses if one.id == name)
        theta, weights = witness.states(len(block.clues), reliability)
        return block_of(block.clues, theta, weights, np.full(means.size, float(theta @ weights)), 0.0)

    def _factor(self, block: Block) -> tuple[NDArray[np.float32], float]:
        """Return what a witness multiplies the belief in each cell by, and the belief outside the map."""
        found = np.empty(self._found.area.n, dtype=np.float32)
        parts = _parts(found.size)
        side_by_side(lambda number: self._fill(found[parts[number]], block, parts[number]), len(parts))
        return found, _beyond(block)

    def _fill(self, found: NDArray[np.float32], block: Block, part: slice) -> None:
        """Fill in the factor of a witness for some cells."""
        found[...] = 0.0
        layers = [self._found.layers[row] for row in block.clues]
        for weight, state in zip(block.weights.astype(np.float32), block.rho, strict=True):
            product = np.full(found.size, weight)
            for layer, right in zip(layers, state.tolist(), strict=True):
                one = layer.density[part] * np.float32(right / layer.ends[0])
                one += np.float32(1.0 - right)
                product *= one
            found += product
        np.maximum(found, np.float32(1e-37), out=found)


def _parts(n: int) -> list[slice]:
    return [slice(start, min(start + _WIDTH, n)) for start in range(0, n, _WIDTH)]


def _beyond(block: Block) -> float:
    return float(block.weights @ np.prod(1.0 - block.rho, axis=1))
