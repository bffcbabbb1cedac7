"""Indivisible looks in the order of the least expected cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from karmalink.errors import InputError

__all__ = ["Look", "expected_cost", "looks"]


@dataclass(frozen=True, slots=True)
class Look:
    """One indivisible look.

    Attributes
    ----------
    cell : int
        Where, from 0.
    cost : float
        Of this look.
    found : float
        Probability that it is found at this look, seen from the start.
    """

    cell: int
    cost: float
    found: float


def looks(probability: ArrayLike, detection: ArrayLike, cost: ArrayLike) -> Iterator[Look]:
    """Yield indivisible looks in the order of the least expected cost: each time the highest p·α·(1−α)^j / c.

    Of looks that are worth the same, the lower cell comes first (Black 1965; Stone 1975, ch. 4).

    Parameters
    ----------
    belief, detection, cost : array_like, shape (n,)
        p_i, the probability α_i that one look finds it there, and what a look costs.

    Raises
    ------
    InputError
        Not probabilities, or a cost that is not above 0.
    """
    p, alpha, c = (np.array(values, dtype=np.float64) for values in (probability, detection, cost))
    if not (
        p.shape == alpha.shape == c.shape and (c > 0).all() and ((alpha > 0) & (alpha <= 1)).all() and (p >= 0).all()
    ):
        raise InputError("looks need a belief, a detection and a cost per cell", allowed="0 < detection ≤ 1, cost > 0")
    left = p.copy()
    while (worth := left * alpha / c).max() > 0.0:
        # .5·.4·.6/1 and .3·.8/2 are one number in exact arithmetic and two in floating point.
        cell = int(np.argmax(worth >= worth.max() * (1.0 - 1e-12)))
        yield Look(cell, float(c[cell]), float(left[cell] * alpha[cell]))
        left[cell] *= 1.0 - alpha[cell]


def expected_cost(probability: ArrayLike, detection: ArrayLike, cost: ArrayLike) -> float:
    """Return the mean cost until it is found by :func:`looks`, given that it is in one of the cells.

    Raises
    ------
    InputError
        See :func:`looks`; or a belief that does not sum to 1.
    """
    total = float(np.sum(probability))
    if not np.isclose(total, 1.0):
        raise InputError(
            f"a belief that sums to {total:g}", rule="the mean cost is of something that is there", allowed="1"
        )
    left, mean = 1.0, 0.0
    for look in looks(probability, detection, cost):
        mean += look.cost * left
        left -= look.found
        if left <= 1e-15:
            break
    return mean
