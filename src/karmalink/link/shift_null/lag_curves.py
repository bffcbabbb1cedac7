"""The lag curve of accounts and a life, and of several dreamers pooled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Floats, Ints
from karmalink.base.progress import Progress
from karmalink.link.error_control.power_analysis import check_window
from karmalink.link.evidence.calendar import conventions_of, nights_of
from karmalink.link.evidence.text_units import dated, gather
from karmalink.link.evidence.year_readings import either_year
from karmalink.link.execution.blocks import SERIAL, Block, Executor, map_blocks
from karmalink.link.execution.journal import kept_as
from karmalink.link.mirror_null.pairs_test import one_person
from karmalink.link.shift_null.circular_shifts import OffsetMeans, rank_curves
from karmalink.link.shift_null.curve_result import LagCurve
from karmalink.link.shift_null.offset_sums import sums_by_offset

if TYPE_CHECKING:
    from karmalink.account import Account, Life
    from karmalink.link.evidence.unit_scores import UnitTable


__all__ = ["centred_scores", "curve_means", "day_scores", "lag_curve", "pooled_lag_curve", "pooled_rows"]


def lag_curve(
    accounts: Sequence[Account],
    life: Life,
    *,
    lags: int = 14,
    within: int | None = None,
    cut_retellings: bool = False,
    view: str = "all",
    seed: int = 0,
    progress: Progress | None = None,
) -> LagCurve:
    """Return how far back accounts reach into a life, against how far forward, with the shift null.

    Parameters
    ----------
    accounts : sequence of Account
        Accounts of one person; those without a day are left out.
    life : Life
        A life; entries without a day are left out.
    lags : int
        N; p <= .05 from one dreamer takes 20 · (2 N + 1) days of span.
    within : int, optional
        Keep shifts within ±H days, where the life drifts.
    cut_retellings : bool
        Cut the passages of the entries that retell a dream first.
    view : str
        What of the texts is compared: ``all``, ``style-removed`` or ``names-masked`` (:data:`karmalink.account.VIEWS`).
    seed : int
        Of everything random.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    LagCurve
        Where dates are of unknown meaning, both readings are run and the one that claims less is returned.

    Raises
    ------
    UsageError
        A window out of range, or accounts of several persons.
    """
    return pooled_lag_curve(
        [(accounts, life)],
        lags=lags,
        within=within,
        cut_retellings=cut_retellings,
        view=view,
        seed=seed,
        progress=progress,
    )


@either_year(lambda curve: (curve.verdict.claim, -curve.p))
def pooled_lag_curve(
    dreamers: Sequence[tuple[Sequence[Account], Life]],
    *,
    lags: int = 14,
    within: int | None = None,
    cut_retellings: bool = False,
    view: str = "all",
    executor: Executor = SERIAL,
    seed: int = 0,
    progress: Progress | None = None,
) -> LagCurve:
    """Return the curve of several dreamers together, each against one life, shifted independently of the others.

    Parameters
    ----------
    dreamers : sequence of (accounts, life)
        One pair per dreamer.
    lags, within, cut_retellings, view, seed, progress
        As in :func:`lag_curve`.

    executor : Executor
        A block is a dreamer.

    Raises
    ------
    UsageError
        No dreamer, a window out of range, or accounts of several persons in one set.
    """
    from karmalink.account import cut_retellings as cut
    from karmalink.account.language.views import view_named

    check_window(lags, 0.05)
    chosen = view_named(view).name
    usable: list[tuple[list[Account], Life]] = []
    for accounts, life in dreamers:
        one_person(accounts)
        usable.append((dated(accounts), cut(life) if cut_retellings else life))
    conventions = conventions_of([account for accounts, _ in usable for account in accounts])
    shared = (conventions, chosen)
    means = map_blocks(_dreamer, usable, shared=shared, seed=seed, executor=executor, progress=progress)
    curves = []
    for at, convention in enumerate(conventions):
        read = [OffsetMeans(*dreamer[at]) for dreamer in means]
        curves.append(rank_curves(read, lags=lags, within=within, convention=convention, seed=seed))
    # Of two readings of unknown dates the one that claims less.
    return replace(min(curves, key=lambda curve: (curve.verdict.claim, -curve.p)), view=chosen)


@kept_as("karmalink.link.lag._dreamer")
def _dreamer(block: Block, shared: tuple[tuple[str, ...], str]) -> list[tuple[Floats, int, Floats | None]]:
    """Return C(t) of one dreamer under each reading of the dates, how many nights went in, and pairs per offset."""
    accounts, life = block.data
    conventions, view = shared
    material = gather(accounts, dated(life.entries), view=view)
    readings = [
        curve_means(nights_of(accounts, convention), material.accounts, material.entries) for convention in conventions
    ]
    return [(reading.means, reading.n_nights, reading.counts) for reading in readings]


def curve_means(nights: Ints, accounts: UnitTable, units: UnitTable) -> OffsetMeans:
    """Return C(t) of one dreamer on the circle of the life's T days.

    Parameters
    ----------
    nights : (A,) ints
        Night of each account.
    accounts, units : UnitTable
        Units of the accounts and of the life, in one feature space.
    """
    if not units.n_units or not accounts.n_units:
        return OffsetMeans(np.zeros(max(1, units.when.size)), 0)
    first, last = int(units.day.min()), int(units.day.max())
    inside = np.unique(accounts.owner)  # accounts with units, of nights within the life
    inside = inside[(nights[inside] >= first) & (nights[inside] < last)]
    if not inside.size:
        return OffsetMeans(np.zeros(last - first + 1), 0)
    night, day, mean = centred_scores(nights, accounts, units, inside)  # (n,), (d,), (n, d)
    period = last - first + 1  # T
    total, count = sums_by_offset(mean, night, day, period)  # (T,), (T,)
    # (T,) C = Σ / count; where no pair of days has an offset, the mean of centred evidence: 0
    return OffsetMeans(np.divide(total, count, out=np.zeros(period), where=count > 0), int(night.size), count)


def centred_scores(nights: Ints, accounts: UnitTable, units: UnitTable, inside: Ints) -> tuple[Ints, Ints, Floats]:
    """Return nights, days, and the evidence of every night and day, centred on both sides; (n,), (d,), (n, d).

    Parameters
    ----------
    nights : (A,) ints
        Night of each account.
    accounts, units : UnitTable
        Units of the accounts and of the life, in one feature space.
    inside : (a,) ints
        The accounts that take part.
    """
    day, scores = day_scores(accounts, units)  # (d,), (A, d)
    night, at = np.unique(nights[inside], return_inverse=True)  # (n,) nights
    # (n, d): accounts of one night are one observation, their mean
    mean = np.zeros((night.size, day.size))
    np.add.at(mean, at, scores[inside])
    mean /= np.bincount(at)[:, None]
    # centred on both sides: s − row mean − column mean + grand mean
    mean -= mean.mean(axis=0) + mean.mean(axis=1, keepdims=True) - mean.mean()
    return night.astype(np.int64), day, mean


def day_scores(accounts: UnitTable, units: UnitTable) -> tuple[Ints, Floats]:
    """Return the days that hold a unit, and the inner-product evidence of every account and day.

    Account and day are the sums of their units' rows over the length of that sum; each part is scaled by its spread
    over all pairs, and the parts are added. Shifts only move nights against days, so nothing here can favour the past.

    Returns
    -------
    day : (d,) ints
    scores : (A, d) floats
    """
    day, column = np.unique(units.day, return_inverse=True)
    total = np.zeros((accounts.when.size, day.size))
    for name in accounts.names:
        left = pooled_rows(accounts.parts[name], accounts.owner, accounts.when.size)
        right = pooled_rows(units.parts[name], column.astype(np.int64), day.size)
        product = (left @ right.T).toarray()  # (A, d) cosines in this part
        spread = float(product.std())
        total += product / spread if spread > 0 else 0.0  # each part in its own standard deviations
    return day, total


def pooled_rows(rows: Any, owner: Ints, n: int) -> Any:
    """Return the sum of the rows of each owner, over its length."""
    from scipy.sparse import csr_array, diags_array

    # (n, U) 0/1 table of owner and unit; times (U, W) rows it sums the rows of each owner
    belongs = csr_array((np.ones(owner.size), (owner, np.arange(owner.size))), shape=(n, owner.size))
    pooled = belongs @ csr_array(rows)
    length = np.sqrt(np.asarray(pooled.power(2).sum(axis=1)).ravel())
    return diags_array(1.0 / np.where(length > 0, length, 1.0)) @ pooled
