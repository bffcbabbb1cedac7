"""Scores of an account against the units of a life, part by part.

A score ``h[j, a, u]`` says how much unit ``u`` of a life has in common with account ``a`` in part ``j`` (names, words,
numbers, …). What such a score is worth as evidence is learnt from pairs that cannot be links
(`link.evidence.background`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Floats, Ints

if TYPE_CHECKING:
    from karmalink.link.evidence.calendar import Window


__all__ = ["PART_POOL", "UnitTable", "near_scores", "score_block"]

# How the units of one account are pooled in a part. "best": the unit that agrees most counts. "union": what the account
# holds as a whole counts once; a name said in every sentence is one piece of evidence, not ten.
PART_POOL: dict[str, str] = {"names": "union", "numbers": "union", "words": "best", "meaning": "best"}
_OTHER_POOL = "best"

# Numbers held at once in a block of scores.
_BLOCK = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class UnitTable:
    """Units of accounts or of a life, with their features.

    Attributes
    ----------
    owner : (U,) ints
        Index of the account or entry of each unit, 0 … n_owners - 1. For accounts ascending.
    when : (n_owners,) ints
        Night ordinal of each account (ascending), or day ordinal of each entry.
    parts : mapping of str to (U, d_j) array or csr_array
        Features per part; the raw score of two units in a part is the inner product of their rows.
    """

    owner: Ints
    when: Ints
    parts: Mapping[str, Any]

    @property
    def n_units(self) -> int:
        """Number of units."""
        return int(self.owner.size)

    @property
    def day(self) -> Ints:
        """Night or day of each unit."""
        return self.when[self.owner]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parts, sorted: the order of axis j everywhere."""
        return tuple(sorted(self.parts))

    def take(self, units: Ints) -> UnitTable:
        """Return the table of these units, in this order; owners keep their numbers."""
        return UnitTable(self.owner[units], self.when, {name: rows[units] for name, rows in self.parts.items()})

    def by_owner(self, owner: Ints, when: Ints) -> UnitTable:
        """Return the table with other owners, sorted by them (as when units of one day become one pseudo-account)."""
        order = np.argsort(owner, kind="stable")
        return UnitTable(owner[order], when, {name: rows[order] for name, rows in self.parts.items()})


def score_block(accounts: UnitTable, units: UnitTable, first: int, last: int, lo: int, hi: int) -> Floats:
    """Return raw scores of accounts ``first … last - 1`` against units ``lo … hi - 1``.

    Returns
    -------
    (J, last - first, hi - lo) floats
        Parts in the order of ``accounts.names``; a part that the life lacks, and an account without units, is 0.
    """
    out = np.zeros((len(accounts.names), last - first, hi - lo))
    for j, name in enumerate(accounts.names):
        if name not in units.parts:
            continue
        columns = units.parts[name][lo:hi]
        union = PART_POOL.get(name, _OTHER_POOL) == "union"
        for at, starts, rows in _account_chunks(accounts, name, first, last, hi - lo):
            block = _product(_union(rows, starts), columns) if union else _best(rows, starts, columns)
            out[j, at - first] = block
    return out


def _account_chunks(table: UnitTable, name: str, first: int, last: int, width: int) -> Iterator[tuple[Ints, Ints, Any]]:
    """Yield accounts that have units, in chunks whose product with `width` units stays small."""
    begin, end = (int(edge) for edge in np.searchsorted(table.owner, [first, last]))
    step = max(1, _BLOCK // max(1, width))
    while begin < end:
        stop = min(end, begin + step)
        if stop < end:
            # An account is never cut in two: back to where its units begin, or on to where they end.
            edge = int(np.searchsorted(table.owner, table.owner[stop]))
            stop = edge if edge > begin else int(np.searchsorted(table.owner, table.owner[begin], side="right"))
        at, starts = np.unique(table.owner[begin:stop], return_index=True)
        yield at, starts, table.parts[name][begin:stop]
        begin = stop


def _product(rows: Any, columns: Any) -> Floats:
    product = rows @ columns.T
    dense = product.toarray() if hasattr(product, "toarray") else product
    return np.asarray(dense, dtype=np.float64)


def _best(rows: Any, starts: Ints, columns: Any) -> Floats:
    return np.asarray(np.maximum.reduceat(_product(rows, columns), starts, axis=0))


def _union(rows: Any, starts: Ints) -> Any:
    """Return one row per account: the largest value of each feature over its units."""
    if not hasattr(rows, "tocoo"):
        return np.maximum.reduceat(np.asarray(rows), starts, axis=0)
    from scipy.sparse import csr_array

    # A sparse maximum by sorting (account, column, value) and keeping the last of each run; scipy has none per group.
    coo = rows.tocoo()
    account = np.searchsorted(starts, coo.row, side="right") - 1
    order = np.lexsort((coo.data, coo.col, account))
    account, column, value = account[order], coo.col[order], coo.data[order]
    last = np.ones(account.size, dtype=bool)
    last[:-1] = (account[1:] != account[:-1]) | (column[1:] != column[:-1])
    return csr_array((value[last], (account[last], column[last])), shape=(starts.size, rows.shape[1]))


def near_scores(accounts: UnitTable, units: UnitTable, window: Window) -> Floats:
    """Return the raw scores of the pairs of a window, (J, P); both tables sorted by time."""
    out = np.zeros((len(accounts.names), window.account.size))
    n_accounts = accounts.when.size
    if not window.account.size:
        return out
    step = max(1, min(n_accounts, 64 if units.n_units > 5_000 else n_accounts))
    edges = np.searchsorted(window.account, np.arange(0, n_accounts + step, step))
    for block, (begin, end) in enumerate(itertools.pairwise(edges)):
        if begin == end:
            continue
        unit = window.unit[begin:end]
        lo, hi = int(unit.min()), int(unit.max()) + 1
        first = block * step
        scores = score_block(accounts, units, first, min(first + step, n_accounts), lo, hi)
        out[:, begin:end] = scores[:, window.account[begin:end] - first, unit - lo]
    return out
