"""Features by day of many dreamers, or of many lives, on one calendar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from karmalink.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Singles = NDArray[np.float32]
    Ints = NDArray[np.int64]

__all__ = ["DaySeries"]


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
            raise InputError(f"features of shape {table.shape} for {who.size} days", rule="one row a day and owner")
        if not np.isfinite(table).all():
            bad = int(np.flatnonzero(~np.isfinite(table).all(axis=1))[0])
            raise InputError(
                "a feature is not a finite number",
                where=f"row {bad}",
                next_step="leave the day out: it is then missing",
            )
        if when.size and (when.min() < 0 or who.min() < 0 or who.max() >= n):
            raise InputError("days and owners are counted from 0", where=f"{n} owners")
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
