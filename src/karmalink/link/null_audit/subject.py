"""Whose data an audit imitates: the layout of real accounts and a real life, in a size that can be run many times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from karmalink.base.arrays import Ints
from karmalink.link.evidence.unit_scores import UnitTable
from karmalink.link.null_audit.mechanisms import Subject
from karmalink.link.null_audit.registers import Register
from karmalink.link.null_audit.worlds import Layout

if TYPE_CHECKING:
    from karmalink.account import Account, Entry, Life


__all__ = ["Size", "register_of", "subject_of"]


@dataclass(frozen=True, slots=True)
class Size:
    """How much of the data is imitated.

    Attributes
    ----------
    days : int
        The longest stretch of the life.
    units : int
        The most units of all its entries together.
    """

    days: int
    units: int


# The mirror null compares windows, so a season shows what it does; the shift null needs twenty windows.
SIZES = {"mirror": Size(120, 900), "pooled": Size(120, 900), "shift": Size(1200, 4000)}


def subject_of(
    accounts: Sequence[Account], life: Life, *, others: Sequence[Life] = (), size: Size = SIZES["mirror"], lags: int = 7
) -> Subject | None:
    """Return what an audit imitates, None where no account falls among the days of the life.

    The stretch of the life with the most accounts is taken; where its entries hold more units than can be run, each
    keeps the same share. Dates of unknown meaning are taken for those of the morning, as most reports of dreams are
    dated; the mechanism ``unknown-dates`` asks what becomes of that.

    Parameters
    ----------
    accounts : sequence of Account
        Accounts of one person, dated to the day.
    life : Life
        The life.
    others : sequence of Life
        Lives of other people, moved onto the dates of this one.
    size : Size
        How much of the data is imitated.
    lags : int
        A stretch is at least four windows long.
    """
    from karmalink.account import DateMeans
    from karmalink.link.evidence.text_units import dated, gather

    entries = dated(life.entries)
    night = np.array([account.night(DateMeans.MORNING_OF) for account in accounts], dtype=np.int64)
    if not entries or not night.size:
        return None
    days = _days(entries)
    first, last = _stretch(night, np.unique(days), max(size.days, 4 * lags))
    # Only what is imitated is read: of a diary of ten years a season.
    near = np.flatnonzero((night >= first) & (night <= last))
    near = near[np.argsort(night[near], kind="stable")]
    held = [entry for entry, day in zip(entries, days.tolist(), strict=True) if first <= day <= last]
    material = gather([accounts[at] for at in near.tolist()], held)
    said = np.bincount(material.accounts.owner, minlength=near.size)
    day, lived = np.unique(material.entries.day, return_counts=True)
    if day.size < 2 or not said.any():
        return None
    share = min(1.0, size.units / int(lived.sum()))
    told = np.flatnonzero(said)
    layout = Layout(night[near[told]], _fewer(said[told], share), day, _fewer(lived, share))
    beside = (
        _beside([accounts[at] for at in near.tolist()], night[near], other, (first, last), share) for other in others
    )
    moved = tuple(found for found in beside if found is not None)
    return Subject(layout, _thinned(material.entries, share), moved, dated=_ahead(accounts))


# The most lives, accounts and units of a register that are imitated.
_LIVES, _ACCOUNTS, _REGISTER_UNITS = 100, 40, 3000


def register_of(accounts: Sequence[Account], life: Life, others: Sequence[Life]) -> Register | None:
    """Return what an audit of the stranger null imitates: how long accounts and lives are; None where nothing is said.

    Parameters
    ----------
    accounts : sequence of Account
        Accounts of one person, dated or not.
    life : Life
        The life in question.
    others : sequence of Life
        The others of the register.
    """
    from karmalink.link.evidence.text_units import units_of

    said = np.array([len(units_of(one.text)) for one in accounts[:_ACCOUNTS]], dtype=np.int64)
    lived = [sum(len(units_of(entry.text)) for entry in one.entries) for one in (life, *others[: _LIVES - 1])]
    if not said.any() or not lived[0]:
        return None
    units = np.array([n for n in lived if n], dtype=np.int64)
    return Register(said[said > 0], _fewer(units, min(1.0, _REGISTER_UNITS / int(units.sum()))))


def _days(entries: Sequence[Entry]) -> Ints:
    return np.array([entry.when.ordinal for entry in entries if entry.when is not None], dtype=np.int64)


def _stretch(night: Ints, day: Ints, days: int) -> tuple[int, int]:
    """Return the first and last day of the stretch with the most accounts."""
    if int(day[-1] - day[0]) < days:
        return int(day[0]), int(day[-1])
    start = np.unique(np.clip(np.concatenate([night, day[:1]]), day[0], day[-1] - days + 1))
    ordered = np.sort(night)
    count = np.searchsorted(ordered, start + days) - np.searchsorted(ordered, start)
    best = int(start[int(count.argmax())])
    return best, best + days - 1


def _fewer(units: Ints, share: float) -> Ints:
    return np.maximum(1, np.round(units * share)).astype(np.int64)


def _thinned(units: UnitTable, share: float) -> UnitTable:
    """Return of each day's units the same share, evenly; two at least, the fewest that can be dealt."""
    day = units.day
    begin = np.searchsorted(day, day)
    count = np.searchsorted(day, day, side="right") - begin
    wanted = np.minimum(count, np.maximum(2, np.round(count * share))).astype(np.int64)
    at = np.arange(day.size) - begin
    return units.take(np.flatnonzero(at * wanted // count != (at + 1) * wanted // count).astype(np.int64))


def _beside(
    accounts: Sequence[Account], night: Ints, other: Life, span: tuple[int, int], share: float
) -> tuple[UnitTable, UnitTable] | None:
    """Return the accounts and the life of another person in one feature space, its days moved onto the stretch."""
    from karmalink.link.evidence.text_units import dated, gather

    entries = dated(other.entries)
    if not entries:
        return None
    days = _days(entries)
    start, end = _stretch(days, np.unique(days), span[1] - span[0] + 1)
    within = [entry for entry, day in zip(entries, days.tolist(), strict=True) if start <= day <= end]
    material = gather(accounts, within)
    if not material.entries.n_units or not material.accounts.n_units:
        return None
    lived = _thinned(material.entries, share)
    told, _, _ = material.at(night)
    return told, UnitTable(lived.owner, lived.when + (span[0] - start), lived.parts)


def _ahead(accounts: Sequence[Account]) -> int:
    """Return what most dates are ahead of their nights."""
    from karmalink.account import DateMeans

    evening = sum(account.date_means is DateMeans.NIGHT_OF for account in accounts)
    return 0 if 2 * evening > len(accounts) else 1
