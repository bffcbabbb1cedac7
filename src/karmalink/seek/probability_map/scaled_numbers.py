"""Numbers beyond a double's range, which cost no more than doubles while they are within it.

Fifty clues that agree on one of 10^7 cells make a factor of 10^350 there, and fifty that contradict each other one of
10^−350 everywhere: neither fits into a double, and both have an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats

__all__ = ["RANGE", "Run", "Scaled", "on_common_powers", "on_one_power", "product", "runs", "total"]

Powers = NDArray[np.int32]
RANGE = 900.0  # powers of two that plain numbers may span, of the 1022 that a double has
_FAR = 2000  # powers of two below which a number is nothing beside another
_NOTHING = -(2**30)  # the power of a zero: below that of any number


@dataclass(frozen=True, slots=True, eq=False)
class Scaled:
    """Values ``plain · 2^power``, one per cell.

    Attributes
    ----------
    plain : ndarray, shape (m,)
        0 or more.
    power : ndarray of int32, shape (m,), or int
    reach : float
        Every plain number is 0 or within ``2^−reach … 2^reach``.
    """

    plain: Floats
    power: Powers | int = 0
    reach: float = 0.0

    def normalised(self) -> Scaled:
        """Return the same values with plain numbers between ½ and 1, or 0."""
        plain, power = np.frexp(self.plain)
        power += np.int32(self.power) if isinstance(self.power, int) else self.power
        return Scaled(plain, power, 1.0)

    def times(self, other: Scaled) -> Scaled:
        """Return the product, cell by cell."""
        left, right = self, other
        if left.reach + right.reach > RANGE:
            left, right = left.normalised(), right.normalised()
        return Scaled(left.plain * right.plain, left.power + right.power, left.reach + right.reach)


def on_common_powers(*parts: Scaled) -> tuple[list[Floats], Powers | int]:
    """Return the plain numbers of several on one common power by cell; what is too small beside the largest is 0."""
    if all(isinstance(part.power, int) and part.power == 0 and part.reach <= RANGE for part in parts):
        return [part.plain for part in parts], 0
    normal = [part.normalised() for part in parts]
    powers = [np.where(part.plain > 0, part.power, _NOTHING) for part in normal]
    # (m,): the largest power in each cell
    top = np.max(np.broadcast_arrays(*powers), axis=0)
    top = np.where(top == _NOTHING, 0, top).astype(np.int32)
    return [np.ldexp(part.plain, np.maximum(own - top, -_FAR)) for part, own in zip(normal, powers, strict=True)], top


def on_one_power(values: Scaled) -> tuple[Floats, int]:
    """Return the plain numbers on one power for all cells."""
    if isinstance(values.power, int) and values.reach <= RANGE:
        return values.plain, values.power
    normal = values.normalised()
    powers = np.where(normal.plain > 0, normal.power, _NOTHING)
    top = int(powers.max())
    return np.ldexp(normal.plain, np.maximum(powers - top, -_FAR)), top


def total(parts: Sequence[tuple[float, int]]) -> tuple[float, int]:
    """Return the sum of numbers ``value · 2^power``, in the same form, the value between ½ and 1 (or 0)."""
    normal = []
    for value, power in parts:
        plain, own = np.frexp(value)
        if plain > 0:
            normal.append((float(plain), power + int(own)))
    top = max((power for _, power in normal), default=0)
    value, own = np.frexp(sum(value * 2.0 ** max(power - top, -_FAR) for value, power in normal))
    return float(value), int(own) + top


@dataclass(frozen=True, slots=True)
class Run:
    """Rows that can be multiplied as they are, and how far their product may reach, in powers of two."""

    rows: slice
    reach: float


def runs(low: Floats, high: Floats) -> list[Run]:
    """Return the rows in order, cut where a plain product could leave a double's range.

    Parameters
    ----------
    low, high : ndarray, shape (k,)
        Bounds of each row's factors over all cells; a `low` of 0: the smallest one is not known.
    """
    with np.errstate(divide="ignore"):
        # (k,): the powers of two that a row's factors may reach, up or down
        reach = np.maximum(np.log2(np.maximum(high, 1.0)), -np.log2(np.minimum(low, 1.0)))
    cuts, first, used = [], 0, 0.0
    for row, step in enumerate(reach.tolist()):
        if row > first and used + step > RANGE:
            cuts.append(Run(slice(first, row), used))
            first, used = row, 0.0
        used += step
    return [*cuts, Run(slice(first, reach.size), used)]


def product(factors: Floats, cuts: Sequence[Run]) -> Scaled:
    """Return the product over the rows of ``factors``, shape (k, m), cut as :func:`runs` says."""
    whole = None
    for run in cuts:
        # (m,): Π over the rows of one run, still a plain double
        part = Scaled(np.multiply.reduce(factors[run.rows], axis=0), 0, run.reach)
        whole = part if whole is None else whole.times(part)
    return Scaled(np.ones(factors.shape[1])) if whole is None else whole
