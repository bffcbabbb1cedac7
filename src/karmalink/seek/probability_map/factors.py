"""What clues and witnesses multiply the prior of a cell by, and how likely each clue is wrong if it lies there.

Everything here works on a few thousand cells at a time, so that the rows of all clues stay in the processor's cache.
The rows come in as the layers have them, and each factor leaves in them, for each of its clues and every cell, the
probability that the clue is wrong if it lies there: ``(1 − ρ) / (ρ L/u + 1 − ρ)``, averaged over the witness's states.
In the comments m is the number of cells, k that of clues, J that of states; L is a layer, u its mean over the area.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.seek.clues.sources import ClueGroup, DependentWitnesses
from karmalink.seek.probability_map.scaled_numbers import RANGE, Run, Scaled, on_common_powers, product, runs

__all__ = ["DependentFactor", "ExactFactor", "GroupFactor", "Scale"]


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Mean, smallest and largest value of the layers of some clues.

    Attributes
    ----------
    mean, low, high : ndarray, shape (k,)
        Of each row over the n cells.
    """

    mean: Floats
    low: Floats
    high: Floats

    def at(self, rows: slice | NDArray[np.intp]) -> Scale:
        """Return the scale of some of the rows."""
        return Scale(self.mean[rows], self.low[rows], self.high[rows])

    def runs(self, rho: Floats) -> list[Run]:
        """Return which factors ``ρ L/u + 1 − ρ`` can be multiplied as they are; `rho` has shape (k,)."""
        # In the rest of the world L is 0, and then the factor of a certain clue is 0 too.
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
        """Return the product, and leave the probabilities of "wrong" in the rows."""
        # (k, m): f_k(x) = ρ_k L_k(x)/u_k + (1 − ρ_k)
        rows *= self._slope
        rows += self._wrong
        # (m,): Π_k f_k(x)
        whole = product(rows, self._runs)
        # (k, m): P(wrong) = (1 − ρ_k) / f_k(x)
        rows[self._certain] = 1.0  # never wrong: 0 / 1, even where the factor is 0
        np.divide(self._wrong, rows, out=rows)
        if self._weight == 1.0:
            return whole
        return whole.times(Scaled(np.array([self._weight]), 0, -float(np.log2(self._weight))))


class GroupFactor:
    """The clues of a witness with several states, whose whole account may share one error.

    Parameters
    ----------
    group : ClueGroup
    scale : Scale
        Of the rows of its clues, in the group's order.
    """

    def __init__(self, group: ClueGroup, scale: Scale) -> None:
        rho = group.rho
        certain = rho == 1.0
        # (J, k): ρL/u + 1 − ρ = (1 − ρ)·(odds·L/u + 1); of a certain clue 1·(L/u + 0), and it is never wrong.
        doubt = np.where(certain, 1.0, 1.0 - rho)
        odds = np.where(certain, 1.0, rho / doubt)
        self._slopes, self._ones = (odds / scale.mean)[:, :, None], np.where(certain, 0.0, 1.0)[:, :, None]
        self._certain = [np.flatnonzero(row) for row in certain]
        # (J,): w_j · Π_k (1 − ρ_jk), what does not depend on the cell
        rare = -np.log2(np.maximum(group.weights, 1e-300))
        self._states = [
            Scaled(np.array([weight]), 0, reach).times(product(row[:, None], runs(row, row)))
            for weight, reach, row in zip(group.weights, rare, doubt, strict=True)
        ]
        low = np.where(certain, scale.low / scale.mean, 1.0).min(axis=0)
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
        """Take the mean of :meth:`right` over the area: what an account of another spot is worth in every cell."""
        self._elsewhere = _constant(value * self._shared_error, power)

    def right(self, rows: Floats) -> Scaled:
        """Return the factor of an account without a shared error; the rows stay as they are."""
        return self._summed(rows, None)[0]

    def factor(self, rows: Floats) -> Scaled:
        """Return the sum over states of their products, and leave the probabilities of "wrong" in the rows."""
        wrong = self._room(rows, 0)
        wrong.fill(0.0)
        # (m,): F(x) = Σ_j w_j Π_k f_jk(x); wrong, (k, m): Σ_j w_j Π_k f_jk · (1 − ρ_jk)/f_jk, still to be divided by F
        here, per_whole = self._summed(rows, wrong)
        if self._shared_error <= 0.0:
            np.multiply(wrong, per_whole, out=rows)
            return here
        # (m,): (1 − a)·F(x) + a·F̄, with the shared error a and the mean F̄ of F over the area
        (right, elsewhere), power = on_common_powers(here, self._elsewhere)
        whole = (1.0 - self._shared_error) * right + elsewhere
        # (m,): P(the account is about another spot | it lies at x); then every clue is wrong
        shared = elsewhere / _not_zero(whole)
        np.multiply(wrong, per_whole * (1.0 - shared), out=rows)
        rows += shared
        least = -float(np.log2(min(self._shared_error, 1.0 - self._shared_error)))
        return Scaled(whole, power, _reach(power, here, self._elsewhere) + least)

    def _room(self, rows: Floats, number: int) -> Floats:
        """Return one of two places to work in: asking the system for new ones every time costs more than the sums."""
        if self._rooms.shape[2] < rows.shape[1]:
            self._rooms = np.empty((2, *rows.shape))
        return self._rooms[number, :, : rows.shape[1]]

    def _summed(self, rows: Floats, wrong: Floats | None) -> tuple[Scaled, Floats]:
        """Return the sum over states, and one over it; add to `wrong` the part of it in which each clue is wrong."""
        if self._reach > RANGE:
            return self._summed_beyond_doubles(rows, wrong)
        factors, whole = self._room(rows, 1), np.zeros(rows.shape[1])
        for number, state in enumerate(self._states):
            # (k, m): odds·L/u + 1; (m,): w_j Π_k (1 − ρ_jk) · Π_k of it
            self._factors(number, rows, factors)
            value = np.multiply.reduce(factors, axis=0)
            value *= state.plain
            whole += value
            if wrong is not None:
                self._add_wrong(number, value, factors, wrong)
        return Scaled(whole, 0, self._reach), 1.0 / _not_zero(whole)

    def _summed_beyond_doubles(self, rows: Floats, wrong: Floats | None) -> tuple[Scaled, Floats]:
        """Do the same where the states' products may leave a double's range."""
        factors, products = self._room(rows, 1), []
        for number, state in enumerate(self._states):
            self._factors(number, rows, factors)
            spread = Scaled(np.repeat(state.plain, rows.shape[1]), state.power, state.reach)
            products.append(product(factors, self._runs).times(spread))
        values, power = on_common_powers(*products)
        whole = np.sum(values, axis=0)
        if wrong is not None:
            for number, value in enumerate(values):
                self._factors(number, rows, factors)
                self._add_wrong(number, value, factors, wrong)
        return Scaled(whole, power, 16.0), 1.0 / _not_zero(whole)

    def _factors(self, number: int, rows: Floats, out: Floats) -> None:
        np.multiply(rows, self._slopes[number], out=out)
        out += self._ones[number]

    def _add_wrong(self, number: int, value: Floats, factors: Floats, wrong: Floats) -> None:
        # (k, m): += value / (odds·L/u + 1); a certain clue is divided by infinity, it is never wrong
        factors[self._certain[number]] = np.inf
        np.divide(value, factors, out=factors)
        wrong += factors


class DependentFactor:
    """Witnesses who may repeat one account, which is right or about another spot as a whole.

    Parameters
    ----------
    circle : DependentWitnesses
    members : list of (slice, ExactFactor or GroupFactor)
        The factors of its clue groups, and where their rows are.
    common : ndarray of int
        Which rows are the different statements of the one account.
    scale : Scale
        Of those.
    """

    def __init__(
        self,
        circle: DependentWitnesses,
        members: list[tuple[slice, ExactFactor | GroupFactor]],
        common: NDArray[np.intp],
        scale: Scale,
    ) -> None:
        self.members = members
        self._circle, self._rows = circle, common
        self._slope = (1.0 / scale.mean)[:, None]
        self._runs = scale.runs(np.ones(common.size))
        self._elsewhere = _constant(0.0, 0)

    def set_mean(self, value: float, power: int) -> None:
        """Take the mean of the common account over the area."""
        self._elsewhere = _constant(value * self._circle.share * (1.0 - self._circle.right), power)

    def right(self, rows: Floats) -> Scaled:
        """Return what the common account gives every cell if it is right; the rows stay as they are."""
        # (m,): G(x) = Π_k L_k(x)/u_k over the account's different statements
        return product(rows[self._rows] * self._slope, self._runs)

    def factor(self, rows: Floats) -> Scaled:
        """Return the sum over "independent", "one right account" and "one account of another spot".

        The probabilities of "wrong" are left in the rows.
        """
        circle, account = self._circle, self.right(rows)
        # (m,): Π over the witnesses of their own factors
        independent = Scaled(np.ones(rows.shape[1]))
        for where, member in self.members:
            independent = independent.times(member.factor(rows[where]))
        # (m,): (1 − s)·Π F(x) + s·r·G(x) + s·(1 − r)·Ḡ, with s = share and r = right
        (own, right, elsewhere), power = on_common_powers(independent, account, self._elsewhere)
        chances = np.array([1.0 - circle.share, circle.share * circle.right])
        own, right = chances[0] * own, chances[1] * right
        whole = own + right + elsewhere
        # (m,): posterior probabilities of the first two
        own /= _not_zero(whole)
        right /= _not_zero(whole)
        for where, _ in self.members:
            # Wrong: the witnesses are independent and the clue is wrong by itself, or the account is about elsewhere.
            rows[where] *= own
            rows[where] += 1.0 - own - right
        least = -float(np.log2(chances.min(where=chances > 0, initial=1.0)))
        return Scaled(whole, power, _reach(power, independent, account, self._elsewhere) + least)


def _constant(value: float, power: int) -> Scaled:
    """Return one number for all cells, plain where a double can hold it."""
    if value <= 0.0:
        return Scaled(np.zeros(1))
    reach = abs(power) + abs(float(np.log2(value)))
    if reach < RANGE:
        return Scaled(np.array([np.ldexp(value, power)]), 0, reach)
    return Scaled(np.array([value]), power, 1.0)


def _reach(power: object, *parts: Scaled) -> float:
    """Return how far a sum reaches: as its parts do, or, with a power for every cell, from ½ to their number."""
    return max(part.reach for part in parts) if isinstance(power, int) else float(len(parts))


def _not_zero(values: Floats) -> Floats:
    return np.where(values > 0, values, 1.0)
