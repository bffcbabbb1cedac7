"""Days around a night: how a date is read, lags and mirror days, and the window with both sides equal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from karmalink.base.arrays import Floats, Ints

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from karmalink.account import Account

    Days = Callable[[Ints, int], Ints]

__all__ = [
    "CONVENTIONS",
    "Convention",
    "Window",
    "conventions_of",
    "lag_of",
    "mirror_day",
    "night_of",
    "nights_of",
    "paired_window",
    "past_day",
    "readings_of",
    "window_days",
]

# Nights between days: which day is past, which is its mirror.
#
# Night ``n`` lies between waking day ``n`` and waking day ``n + 1`` (days are ordinals, ``datetime.date.toordinal``).
# The past day of order ``k`` is day ``n + 1 - k``, its mirror is day ``n + k``, ``k = 1 … L``: both are ``k - 1/2``
# days from the night. An off-by-one here is fatal: with the pair ``(n - k, n + k)`` instead, the past is a whole day
# farther than the future or nearer, and a rule of nominal FDR .10 was measured at .13 to .61.

Convention = Literal["night_of", "morning_of"]

# What the date of an account means -> what is added to it to get the night n (between days n and n + 1).
CONVENTIONS: dict[str, int] = {"night_of": 0, "morning_of": -1}


def night_of(date: int, convention: Convention) -> int:
    """Return the night an account dated `date` (ordinal) belongs to under `convention`."""
    return date + CONVENTIONS[convention]


def conventions_of(accounts: Sequence[Account]) -> tuple[str, ...]:
    """Return how the dates of accounts have to be read: in one way (""), or in two where one of them does not say."""
    from karmalink.account import DateMeans

    unknown = any(account.date_means is DateMeans.UNKNOWN for account in accounts)
    return tuple(CONVENTIONS) if unknown else ("",)


def readings_of(accounts: Sequence[Account]) -> tuple[str, ...]:
    """Return how dates are read, decided without the evidence: as the dreamer's other accounts say, or both ways.

    Where both are read, each is asked at half the rate: the links of either hold at the whole of it.
    """
    from karmalink.account import DateMeans

    said = {account.date_means for account in accounts}
    if DateMeans.UNKNOWN not in said:
        return ("",)
    known = said - {DateMeans.UNKNOWN}
    return (next(iter(known)).value,) if len(known) == 1 else tuple(CONVENTIONS)


def nights_of(accounts: Sequence[Account], convention: str) -> Ints:
    """Return the night of each account, (A,), dates of unknown meaning read by a convention."""
    return np.array([account.night(convention or None) for account in accounts], dtype=np.int64)


def past_day(night: int, order: int) -> int:
    """Return the past day of `order` 1, 2, …: order 1 is the waking day that the night ends."""
    return night + 1 - order


def mirror_day(night: int, order: int) -> int:
    """Return the future day as far from the night as the past day of the same `order`."""
    return night + order


def lag_of(night: int, day: int) -> int:
    """Return the signed lag of a day: ``k`` for the past day of order k, ``-k`` for its mirror; never 0."""
    return night + 1 - day if day <= night else night - day


def window_days(nights: Sequence[int] | NDArray[np.int64], lags: int) -> NDArray[np.int64]:
    """Return the days compared for each night.

    Parameters
    ----------
    nights : (n,) ints
        Night ordinals.
    lags : int
        The largest order L.

    Returns
    -------
    (n, 2, L) ints
        ``[:, 0, k - 1]`` the past day of order k, ``[:, 1, k - 1]`` its mirror.
    """
    night = np.asarray(nights, dtype=np.int64)[:, None]
    order = np.arange(1, lags + 1, dtype=np.int64)[None, :]
    return np.stack([night + 1 - order, night + order], axis=1)


# The window of a night: which units of which days are compared, the same number on both sides.


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
