"""How many nights could be compared at all, counted before anything is scored, and what that can show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from karmalink.base.arrays import Ints
from karmalink.link.error_control.power_analysis import Power, check_window, power
from karmalink.link.evidence.calendar import conventions_of, nights_of, window_days
from karmalink.link.evidence.text_units import dated
from karmalink.link.evidence.year_readings import either_year
from karmalink.link.mirror_null.pairs_test import one_person

if TYPE_CHECKING:
    from karmalink.account import Account, Life


__all__ = ["paired_nights", "power_for"]


def paired_nights(nights: Ints, days: Ints, lags: int) -> int:
    """Return the number of different nights with at least one lag of which both days hold an entry.

    Parameters
    ----------
    nights : (A,) ints
        Night of each account.
    days : (E,) ints
        Day of each entry.
    lags : int
        L.
    """
    if not nights.size or not days.size:
        return 0
    known = np.isin(window_days(np.unique(nights), lags), days)
    return int(np.any(known[:, 0] & known[:, 1], axis=1).sum())


@either_year(lambda found: found.n_nights)
def power_for(
    accounts: Sequence[Account], life: Life, *, n_decoys: int = 0, lags: int = 7, q: float = 0.10, seed: int = 0
) -> Power:
    """Return what these accounts and this life can answer; nothing is scored.

    Where the meaning of dates is unknown, the reading with fewer nights counts.

    Parameters
    ----------
    accounts : sequence of Account
        Accounts of one person.
    life : Life
        The life.
    n_decoys : int
        Other lives.
    lags, q : int, float
        Window and nominal rate.
    seed : int
        Of the simulation.

    Raises
    ------
    UsageError
        Accounts of several persons, a window or a rate out of range.
    """
    check_window(lags, q)
    one_person(accounts)
    usable = dated(accounts)
    days = np.array([entry.when.ordinal for entry in dated(life.entries) if entry.when is not None], dtype=np.int64)
    nights = min(paired_nights(nights_of(usable, way), days, lags) for way in conventions_of(usable))
    span = int(days.max() - days.min() + 1) if days.size else 0
    return power(nights, span, n_decoys, lags=lags, q=q, seed=seed)
