"""Which entry of a night's window is the best guess, and which came closest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from karmalink.link.evidence.calendar import lag_of
from karmalink.link.evidence.links import Rival
from karmalink.link.evidence.unit_scores import UnitTable, near_scores
from karmalink.link.evidence.window import paired_window
from karmalink.link.mirror_null.mirror import Competition, unit_evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Named", "name_entries"]

_RIVALS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """Evidence of every (account, entry) of the windows, from all units of the entry; sorted by account.

    The comparison of the sides takes as many units from both; naming an entry takes all, because nothing is compared
    between past and future.

    Attributes
    ----------
    account, entry, lag : (K,) ints
        The pairs; `lag` is signed, ``-k`` for a mirror day.
    llr : (K,) floats
        Their evidence.
    """

    account: Ints
    entry: Ints
    lag: Ints
    llr: Floats

    def best(self, account: int) -> tuple[int, int, float]:
        """Return the best past entry of an account: entry, lag, and its share of the evidence in the window."""
        rows = self._rows(account)
        rows = rows[self.lag[rows] > 0]
        llr = self.llr[rows]
        at = int(llr.argmax())
        share = float(1.0 / np.exp(np.minimum(llr - llr[at], 0.0)).sum())
        return int(self.entry[rows[at]]), int(self.lag[rows[at]]), share

    def rivals(self, account: int, *, but: int, names: Sequence[str], days: Ints) -> tuple[Rival, ...]:
        """Return the other entries that came closest, future ones (decoys) among them, best first.

        Parameters
        ----------
        account, but : int
            The account, and the entry that its link names.
        names : sequence of str
            Identifier of each entry.
        days : (E,) ints
            Day of each entry.
        """
        rows = self._rows(account)
        rows = rows[self.entry[rows] != but]
        rows = rows[np.argsort(-self.llr[rows], kind="stable")][:_RIVALS]
        return tuple(
            Rival(names[entry], int(days[entry]), int(self.lag[row]), float(self.llr[row]))
            for row, entry in zip(rows.tolist(), self.entry[rows].tolist(), strict=True)
        )

    def _rows(self, account: int) -> Ints:
        first, last = np.searchsorted(self.account, [account, account + 1])
        return np.arange(first, last, dtype=np.int64)


def name_entries(accounts: UnitTable, units: UnitTable, found: Competition) -> Named:
    """Return the evidence of every entry in the windows of the accounts.

    Parameters
    ----------
    accounts, units : UnitTable
        What competed.
    found : Competition
        Its weights, centres and spreads.
    """
    window = paired_window(accounts.when, units.day, found.day_llr.shape[2])
    z = found.far.surprise(near_scores(accounts, units, window), window.account, window.unit)
    key = window.account * units.when.size + units.owner[window.unit]
    pairs, at = np.unique(key, return_inverse=True)
    llr = np.bincount(at, weights=unit_evidence(found.tilt.llr(z)), minlength=pairs.size).astype(np.float64)
    account, entry = pairs // units.when.size, pairs % units.when.size
    night, day = accounts.when[account], units.when[entry]
    lag = [lag_of(n, d) for n, d in zip(night.tolist(), day.tolist(), strict=True)]
    return Named(account, entry, np.array(lag, dtype=np.int64), llr)
