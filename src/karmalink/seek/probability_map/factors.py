"""What clues, witnesses and stories multiply the belief in a cell by, and the share of it in which a clue is wrong.

Everything here works on a few thousand cells at a time, so that the rows of all clues stay in the processor's cache.
The rows come in as the layers have them, and each part leaves in them, for each of its clues and every cell, the
probability that the clue is wrong if it lies there: ``(1 − ρ) / (ρ L/u + 1 − ρ)``, averaged over the witness's states.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.seek.clues.sources import ClueGroup, DependentWitnesses
from karmalink.seek.probability_map.scaled_numbers import RANGE, Run, Scaled, alike, product, runs

__all__ = ["DependentFactor", "ExactFactor", "GroupFactor", "Scale"]


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """How the rows of some clues lie over the area.

    Attributes
    ----------
    mean, low, high : ndarray, shape (k,)
        Mean, smallest and largest value of each row over the n cells.
    """

    mean: Floats
    low: Floats
    high: Floats

    def at(self, rows: slice | NDArray[np.intp]) -> Scale:
        """Return the scale of some of the rows."""
        return Scale(self.mean[rows], self.low[rows], self.high[rows])

    def runs(self, rho: Floats) -> list[Run]:
        """Return which factors ``ρ L/u + 1 − ρ`` can be multiplied as they are; `rho` has shape (k,)."""
        # Outside the map a row is 0, and then so is the factor of a sure clue.
        low = np.where(rho == 1.0, self.low / self.mean, 1.0 - rho)
        return runs(low, rho * (self.high / self.mean) + (1.0 - rho))


class ExactFactor:
    """Clues whose reliabilities are known exactly: the plain product of their factors.

    Parameters
    ----------
    rho : ndarray, shape (k,)
    scale : Scale
        Of their rows.
    weight : float
        Prior probability of the one state they are in.
    """

    def __init__(self, rho: Floats, scale: Scale, weight: float = 1.0) -> None:
        self._slope = (rho / scale.mean)[:, None]
        self._wrong = (1.0 - rho)[:, None]
        self._certain = np.flatnonzero(rho == 1.0)
        self._runs = scale.runs(rho)
        self._weight = weight

    def factor(self, rows: Floats) -> Scaled:
        """Return the product, and leave the shares of "wrong" in the rows."""
        rows *= self._slope
        rows += self._wrong
        found = product(rows, self._runs)
        rows[self._certain] = 1.0  # never wrong: 0 / 1, even where the factor is 0
        np.divide(self._wrong, rows, out=rows)
        return (
            found
            if self._weight == 1.0
            else found.times(Scaled(np.array([self._weight]), 0, -float(np.log2(self._weight))))
        )


class GroupFactor:
    """Clues that share the reliability of a witness with several states, who may be astray as a whole.

    Parameters
    ----------
    block : Block
    scale : Scale
        Of the rows of its clues, in the block's order.
    """

    def __init__(self, group: ClueGroup, scale: Scale) -> None:
        rho = group.rho
        sure = rho == 1.0
        # (1 − ρ)·(odds·L/u + 1); for a clue that is certain, 1·(L/u + 0), and it is never wrong.
        doubt = np.where(sure, 1.0, 1.0 - rho)
        odds = np.where(sure, 1.0, rho / doubt)
        self._slopes, self._ones = (odds / scale.mean)[:, :, None], np.where(sure, 0.0, 1.0)[:, :, None]
        self._sure = [np.flatnonzero(row) for row in sure]
        rare = -np.log2(np.maximum(group.weights, 1e-300))
        self._states = [
            Scaled(np.array([weight]), 0, reach).times(product(row[:, None], runs(row, row)))
            for weight, reach, row in zip(group.weights, rare, doubt, strict=True)
        ]
        low = np.where(sure, scale.low / scale.mean, 1.0).min(axis=0)
        self._runs = runs(low, (odds * (scale.high / scale.mean) + 1.0).max(axis=0))
        self._reach = sum(run.reach for run in self._runs) + float((rare - np.log2(doubt).sum(axis=1)).max())
        self._shared_error = group.shared_error
        self._elsewhere = _constant(0.0, 0)
        self._rooms = np.empty((2, rho.shape[1], 0))

    @property
    def needs_mean(self) -> bool:
        """Whether the mean of :meth:`right` over the area has to be known first."""
        return self._shared_error > 0.0

    def set_mean(self, value: float, power: int) -> None:
        """Take the mean over the area of what the account is worth where it is not astray."""
        self._elsewhere = _constant(value * self._shared_error, power)

    def right(self, rows: Floats) -> Scaled:
        """Return the factor in which the account is not astray; the rows stay as they are."""
        return self._summed(rows, None)[0]

    def factor(self, rows: Floats) -> Scaled:
        """Return the sum over states of their products, and leave the shares of "wrong" in the rows."""
        wrong = self._room(rows, 0)
        wrong.fill(0.0)
        found, share = self._summed(rows, wrong)
        if self._shared_error > 0.0:
            (right, shared_error), level = alike(found, self._elsewhere)
            whole = (1.0 - self._shared_error) * right + shared_error
            part = shared_error / _not_zero(whole)
            np.multiply(wrong, share * (1.0 - part), out=rows)
            rows += part
            least = -float(np.log2(min(self._shared_error, 1.0 - self._shared_error)))
            found = Scaled(whole, level, _reach(level, found, self._elsewhere) + least)
        else:
            np.multiply(wrong, share, out=rows)
        return found

    def _room(self, rows: Floats, number: int) -> Floats:
        """Return one of two places to work in; to ask the system for new ones every time costs more than the sums."""
        if self._rooms.shape[2] < rows.shape[1]:
            self._rooms = np.empty((2, *rows.shape))
        return self._rooms[number, :, : rows.shape[1]]

    def _summed(self, rows: Floats, wrong: Floats | None) -> tuple[Scaled, Floats]:
        """Return the sum over states; add to `wrong` the part of it in which clues are wrong, and what to divide by."""
        if self._reach > RANGE:
            return self._summed_far(rows, wrong)
        scratch, whole = self._room(rows, 1), np.zeros(rows.shape[1])
        for number, state in enumerate(self._states):
            self._factors(number, rows, scratch)
            value = np.multiply.reduce(scratch, axis=0)
            value *= state.plain
            whole += value
            if wrong is not None:
                self._add(number, value, scratch, wrong)
        return Scaled(whole, 0, self._reach), 1.0 / _not_zero(whole)

    def _summed_far(self, rows: Floats, wrong: Floats | None) -> tuple[Scaled, Floats]:
        """Do the same where the states' products may leave a double's range."""
        scratch, found = self._room(rows, 1), []
        for number, state in enumerate(self._states):
            self._factors(number, rows, scratch)
            spread = Scaled(np.repeat(state.plain, rows.shape[1]), state.power, state.reach)
            found.append(product(scratch, self._runs).times(spread))
        values, power = alike(*found)
        whole = np.sum(values, axis=0)
        if wrong is not None:
            for number, value in enumerate(values):
                self._factors(number, rows, scratch)
                self._add(number, value, scratch, wrong)
        return Scaled(whole, power, 16.0), 1.0 / _not_zero(whole)

    def _factors(self, number: int, rows: Floats, out: Floats) -> None:
        np.multiply(rows, self._slopes[number], out=out)
        out += self._ones[number]

    def _add(self, number: int, value: Floats, factors: Floats, wrong: Floats) -> None:
        factors[self._sure[number]] = np.inf
        np.divide(value, factors, out=factors)
        wrong += factors


class DependentFactor:
    """Witnesses who may retell one story, right or of another spot as a whole.

    Parameters
    ----------
    story : Story
    members : list of (slice, Alone or Shared)
        The story's blocks, and where their rows are.
    told : ndarray of int
        Which rows are the story's different statements.
    scale : Scale
        Of those.
    """

    def __init__(
        self,
        circle: DependentWitnesses,
        members: list[tuple[slice, ExactFactor | GroupFactor]],
        told: NDArray[np.intp],
        scale: Scale,
    ) -> None:
        self.members = members
        self._circle, self._rows = circle, told
        self._slope = (1.0 / scale.mean)[:, None]
        self._runs = scale.runs(np.ones(told.size))
        self._elsewhere = _constant(0.0, 0)

    def set_mean(self, value: float, power: int) -> None:
        """Take the mean of the story over the area."""
        self._elsewhere = _constant(value * self._circle.share * (1.0 - self._circle.right), power)

    def right(self, rows: Floats) -> Scaled:
        """Return what the story gives every cell if it is right; the rows stay as they are."""
        return product(rows[self._rows] * self._slope, self._runs)

    def factor(self, rows: Floats) -> Scaled:
        """Return the sum of not retold, retold and right, and retold of another spot; leave the shares of "wrong"."""
        circle, told = self._circle, self.right(rows)
        apart = Scaled(np.ones(rows.shape[1]))
        for where, member in self.members:
            apart = apart.times(member.factor(rows[where]))
        (alone, right, shared_error), level = alike(apart, told, self._elsewhere)
        chances = np.array([1.0 - circle.share, circle.share * circle.right])
        alone, right = chances[0] * alone, chances[1] * right
        whole = alone + right + shared_error
        alone /= _not_zero(whole)
        right /= _not_zero(whole)
        for where, _ in self.members:
            # Right, if not retold and right by itself, or retold and right.
            rows[where] *= alone
            rows[where] += 1.0 - alone - right
        least = -float(np.log2(chances.min(where=chances > 0, initial=1.0)))
        return Scaled(whole, level, _reach(level, apart, told, self._elsewhere) + least)


def _constant(value: float, power: int) -> Scaled:
    """Return one number for all cells, plain where a double can hold it."""
    if value <= 0.0:
        return Scaled(np.zeros(1))
    reach = abs(power) + abs(float(np.log2(value)))
    return (
        Scaled(np.array([np.ldexp(value, power)]), 0, reach) if reach < RANGE else Scaled(np.array([value]), power, 1.0)
    )


def _reach(level: object, *parts: Scaled) -> float:
    """Return how far a sum reaches: as its parts do, or, with a power for every cell, from ½ to their number."""
    return max(part.reach for part in parts) if isinstance(level, int) else float(len(parts))


def _not_zero(values: Floats) -> Floats:
    return np.where(values > 0, values, 1.0)
