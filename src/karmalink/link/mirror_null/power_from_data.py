"""How many nights could be compared at all: counted before anything is scored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from karmalink.base.arrays import Ints
from karmalink.link.error_control.power_analysis import Power, check_window, power
from karmalink.link.evidence.calendar import CONVENTIONS, window_days
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


def power_for(
    accounts: Sequence[Account], life: Life, *, n_decoys: int = 0, lags: int = 7, q: float = 0.10, seed: int = 0
) -> Power:
    """Return what these accounts and this life can answer; nothing is scored.

    Where a date's meaning is unknown, the reading with fewer nights counts.

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
    from karmalink.account import DateMeans, Precision
    from karmalink.link.evidence.text_units import dated

    check_window(lags, q)
    one_person(accounts)
    usable = [one for one in accounts if one.when is not None and one.when.precision is Precision.DAY]
    days = np.array([entry.when.ordinal for entry in dated(life.entries) if entry.when is not None], dtype=np.int64)
    unknown = any(one.date_means is DateMeans.UNKNOWN for one in usable)
    readings = [
        np.array([one.night(convention or None) for one in usable], dtype=np.int64)
        for convention in (CONVENTIONS if unknown else ("",))
    ]
    nights = min(paired_nights(reading, days, lags) for reading in readings)
    span = int(days.max() - days.min() + 1) if days.size else 0
    return power(nights, span, n_decoys, lags=lags, q=q, seed=seed)
