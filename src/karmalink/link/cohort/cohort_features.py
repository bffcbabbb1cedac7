"""Features of many dreamers and lives in one space, and the few that the screen sees of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Ints, Singles
from karmalink.errors import InputError
from karmalink.link.evidence.text_units import dated, gather
from karmalink.link.evidence.unit_scores import UnitTable
from karmalink.link.shift_null.lag_curves import pooled_rows

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from karmalink.account import Account, Life

__all__ = ["CohortFeatures", "DaySeries", "features_of_cohort"]

# Features by day of many dreamers, or of many lives, on one calendar.


@dataclass(frozen=True, slots=True, eq=False)
class DaySeries:
    """Features by day of many dreamers, or of many lives.

    Attributes
    ----------
    owner : (R,) ints
        Whose row, 0 … n - 1, ascending.
    day : (R,) ints
        Night or day of the row, counted from the first day of the common calendar; one row a day and owner.
    rows : (R, F) float32
        Features, centred on their mean over the owner's days.
    n : int
        Owners.
    """

    owner: Ints
    day: Ints
    rows: Singles
    n: int

    @classmethod
    def of(cls, owner: ArrayLike, day: ArrayLike, rows: ArrayLike, n: int) -> DaySeries:
        """Return the series of these rows: rows of one day are one observation (their mean), and owners are centred.

        Raises
        ------
        InputError
            Shapes that do not fit, or features that are not finite.
        """
        who, when, table = np.asarray(owner, np.int64), np.asarray(day, np.int64), np.asarray(rows, np.float32)
        if table.ndim != 2 or who.shape != when.shape or who.size != table.shape[0]:
            raise InputError(f"features have shape {table.shape} for {who.size} days", rule="one row per day and owner")
        if not np.isfinite(table).all():
            bad = int(np.flatnonzero(~np.isfinite(table).all(axis=1))[0])
            raise InputError(
                "a feature is not a finite number",
                where=f"row {bad}",
                next_step="leave the day out: it then counts as missing",
            )
        if when.size and (when.min() < 0 or who.min() < 0 or who.max() >= n):
            raise InputError("a day or an owner is out of range", where=f"{n} owners", rule="both are counted from 0")
        span = int(when.max()) + 1 if when.size else 1
        key, at = np.unique(who * span + when, return_inverse=True)
        mean = np.zeros((key.size, table.shape[1]), np.float32)
        np.add.at(mean, at, table)
        mean /= np.bincount(at, minlength=key.size)[:, None]
        whose = key // span
        total = np.zeros((n, table.shape[1]))
        np.add.at(total, whose, mean)
        mean -= (total / np.maximum(1, np.bincount(whose, minlength=n))[:, None])[whose]
        return cls(whose, key % span, mean.astype(np.float32), n)

    @property
    def last(self) -> int:
        """The last day that any owner has, -1 where there is none."""
        return int(self.day.max()) if self.day.size else -1

    def some(self, first: int, stop: int) -> DaySeries:
        """Return owners ``first … stop - 1``, numbered from 0."""
        lo, hi = np.searchsorted(self.owner, [first, stop])
        return DaySeries(self.owner[lo:hi] - first, self.day[lo:hi], self.rows[lo:hi], stop - first)

    def spectra(self, period: int) -> tuple[NDArray[np.complex64], NDArray[np.complex64]]:
        """Return the spectra of features, (period // 2 + 1, n, F), and of the mask, (period // 2 + 1, n)."""
        from scipy import fft

        dense = np.zeros((period, self.n, self.rows.shape[1]), np.float32)
        dense[self.day, self.owner] = self.rows
        mask = np.zeros((period, self.n), np.float32)
        mask[self.day, self.owner] = 1.0
        return fft.rfft(dense, axis=0, overwrite_x=True), fft.rfft(mask, axis=0)


# Rows of either side from whose products the spread of a part is taken.
_SAMPLE = 1500


@dataclass(frozen=True, slots=True, eq=False)
class CohortFeatures:
    """Units of all accounts and of all entries, in one feature space.

    Attributes
    ----------
    accounts : UnitTable
        Units by account.
    of_person : (A,) ints
        Whose account.
    entries : UnitTable
        Units by entry, sorted by day.
    of_life : (U,) ints
        Whose unit.
    n_people, n_lives : int
        How many.
    """

    accounts: UnitTable
    of_person: Ints
    entries: UnitTable
    of_life: Ints
    n_people: int
    n_lives: int

    def accounts_of(self, person: int) -> UnitTable:
        """Return the units of one person's accounts, the accounts numbered from 0."""
        mine = np.flatnonzero(self.of_person == person)
        units = np.flatnonzero(np.isin(self.accounts.owner, mine))
        table = self.accounts.take(units)
        return UnitTable(np.searchsorted(mine, table.owner), self.accounts.when[mine], table.parts)

    def entries_of(self, life: int) -> UnitTable:
        """Return the units of one life, the entries numbered from 0."""
        table = self.entries.take(np.flatnonzero(self.of_life == life))
        mine, owner = np.unique(table.owner, return_inverse=True)
        return UnitTable(owner.astype(np.int64), self.entries.when[mine], table.parts)

    def series(self, nights: Ints, lags: int, features: int, seed: int) -> tuple[DaySeries, DaySeries] | None:
        """Return dreamers and lives by day on one calendar, projected; None where no night falls into any life.

        Times without any entry are left out of the calendar: otherwise lives centuries apart would be compared
        over all the days between.
        """
        day = self.entries.day
        if not day.size or not self.accounts.n_units:
            return None
        told = np.unique(self.accounts.owner)
        place = _calendar(day, 2 * lags + 1)
        on = place(nights[told])
        told, on = told[on >= 0], on[on >= 0]
        if not told.size:
            return None
        key, of_day = np.unique(self.of_life * (int(day.max()) + 1) + day, return_inverse=True)
        lived, when = key // (int(day.max()) + 1), key % (int(day.max()) + 1)
        left, right = self._rows(of_day.astype(np.int64), key.size, features, seed)
        return (
            DaySeries.of(self.of_person[told], on, left[told], self.n_people),
            DaySeries.of(lived, place(when), right, self.n_lives),
        )

    def _rows(self, of_day: Ints, n_days: int, features: int, seed: int) -> tuple[Any, Any]:
        """Return rows of accounts and of days whose inner product is the sum of all parts, each over its spread."""
        from scipy.sparse import csr_array, hstack

        sides: tuple[list[Any], list[Any]] = ([], [])
        rng = np.random.default_rng(seed)
        for name in self.accounts.names:
            left = pooled_rows(self.accounts.parts[name], self.accounts.owner, self.accounts.when.size)
            right = pooled_rows(self.entries.parts[name], of_day, n_days)
            some = [rng.permutation(rows.shape[0])[:_SAMPLE] for rows in (left, right)]
            spread = float((left[some[0]] @ right[some[1]].T).toarray().std())
            if spread > 0:
                for side, rows in zip(sides, (left, right), strict=True):
                    side.append(csr_array(rows) / np.sqrt(spread))
        if not sides[0]:
            return np.zeros((self.accounts.when.size, 1), np.float32), np.zeros((n_days, 1), np.float32)
        wide = [hstack(side, format="csr") for side in sides]
        if wide[0].shape[1] <= features:
            return wide[0].toarray().astype(np.float32), wide[1].toarray().astype(np.float32)
        # Random signs keep inner products up to |x| |y| / sqrt(features) (Achlioptas 2003).
        signs = rng.choice(np.array([-1.0, 1.0], np.float32), (wide[0].shape[1], features)) / np.float32(features**0.5)
        return np.asarray(wide[0] @ signs, np.float32), np.asarray(wide[1] @ signs, np.float32)


def features_of_cohort(accounts: Sequence[Account], lives: Sequence[Life], people: Sequence[str]) -> CohortFeatures:
    """Return the features of everybody's accounts and of all lives' dated entries."""
    number = {person: at for at, person in enumerate(people)}
    # Identifiers are each once within a life only.
    entries = [replace(entry, id=f"{at}:{entry.id}") for at, life in enumerate(lives) for entry in dated(life.entries)]
    of_entry = np.repeat(np.arange(len(lives)), [len(dated(life.entries)) for life in lives]).astype(np.int64)
    material = gather(accounts, entries)
    return CohortFeatures(
        accounts=material.accounts,
        of_person=np.array([number[one.person] for one in accounts], dtype=np.int64),
        entries=material.entries,
        of_life=of_entry[material.entries.owner],
        n_people=len(people),
        n_lives=len(lives),
    )


def _calendar(days: Ints, gap: int) -> Any:
    """Return a function from days to places on a calendar without the stretches in which no day lies; -1 for those."""
    known = np.unique(days)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(known) > 2 * gap) + 1])
    first, last = known[starts], known[np.concatenate([starts[1:] - 1, [known.size - 1]])]
    base = np.concatenate([[0], np.cumsum(last - first + 1 + gap)[:-1]])

    def place(when: Ints) -> Ints:
        at = np.searchsorted(first, when, side="right") - 1
        inside = (at >= 0) & (when <= last[np.maximum(at, 0)])
        return np.where(inside, base[np.maximum(at, 0)] + when - first[np.maximum(at, 0)], -1).astype(np.int64)

    return place
