"""The window of a night: which units of which days are compared, the same number on both sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from karmalink.link.evidence.calendar import window_days

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Days = Callable[[Ints, int], Ints]

__all__ = ["Window", "paired_window"]


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Every compared pair (account, unit), flat, in the order of the accounts.

    Attributes
    ----------
    account, unit : (P,) ints
        The pairs.
    side : (P,) ints
        0 past, 1 future.
    lag : (P,) ints
        Order 1 … L.
    paired : (A, L) bools
        Whether both the past day and its mirror hold a unit.
    """

    account: Ints
    unit: Ints
    side: Ints
    lag: Ints
    paired: NDArray[np.bool_]

    def sum(self, value: Floats) -> Floats:
        """Return the sum of `value` (P,) over the units of each day, shape (A, 2, L)."""
        accounts, lags = self.paired.shape
        key = (self.account * 2 + self.side) * lags + self.lag - 1
        total: Floats = np.bincount(key, weights=value, minlength=accounts * 2 * lags).astype(np.float64)
        return total.reshape(accounts, 2, lags)

    def equalised(self, priority: Floats) -> Window:
        """Return the window with as many units on either side of every account.

        The side with more keeps those of the lowest priority: one random order of all units, the same for every night,
        so that nothing changes when past and future are swapped.

        Parameters
        ----------
        priority : (U,) floats
            Random, one per unit of the life.
        """
        side = self.account * 2 + self.side
        count = np.bincount(side, minlength=2 * self.paired.shape[0])
        fewest = np.minimum(count[0::2], count[1::2])
        order = np.lexsort((priority[self.unit], side))
        rank = np.empty(order.size, dtype=np.int64)
        rank[order] = np.arange(order.size) - np.repeat(np.cumsum(count) - count, count)
        keep = rank < fewest[self.account]
        return Window(self.account[keep], self.unit[keep], self.side[keep], self.lag[keep], self.paired)


def paired_window(night: Ints, day: Ints, lags: int, *, days: Days = window_days) -> Window:
    """Pair the past days of each night with their mirrors; a lag counts only if both its days hold a unit.

    Parameters
    ----------
    night : (A,) ints
        Nights.
    day : (U,) ints
        Day of each unit, ascending.
    lags : int
        L.
    days : callable
        Which days are compared; the calendar of nights by default.
    """
    target = days(night, lags)
    start = np.searchsorted(day, target, side="left")
    count = np.searchsorted(day, target, side="right") - start
    paired: NDArray[np.bool_] = np.minimum(count[:, 0], count[:, 1]) > 0
    flat = np.where(paired[:, None, :], count, 0).ravel()
    cell = np.repeat(np.arange(flat.size), flat)
    within = np.arange(cell.size) - np.repeat(np.cumsum(flat) - flat, flat)
    return Window(
        account=cell // (2 * lags),
        unit=start.ravel()[cell] + within,
        side=cell // lags % 2,
        lag=cell % lags + 1,
        paired=paired,
    )
