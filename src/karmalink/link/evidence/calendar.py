"""Nights between days: which day is past, which is its mirror.

Night ``n`` lies between waking day ``n`` and waking day ``n + 1`` (days are ordinals, ``datetime.date.toordinal``).
The past day of order ``k`` is day ``n + 1 - k``, its mirror is day ``n + k``, ``k = 1 … L``: both are ``k - 1/2`` days
from the night. An off-by-one here is fatal: with the pair ``(n - k, n + k)`` instead, the past is a whole day farther
than the future or nearer, and a rule of nominal FDR .10 was measured at .13 to .61.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CONVENTIONS", "Convention", "lag_of", "mirror_day", "night_of", "past_day", "window_days"]

Convention = Literal["night_of", "morning_of"]

# What the date of an account means -> what is added to it to get the night n (between days n and n + 1).
CONVENTIONS: dict[str, int] = {"night_of": 0, "morning_of": -1}


def night_of(date: int, convention: Convention) -> int:
    """Return the night an account dated `date` (ordinal) belongs to under `convention`."""
    return date + CONVENTIONS[convention]


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
