"""Scores of an account against the units of a life, part by part, centred on nights that cannot be linked to them.

A score ``h[j, a, u]`` says how much unit ``u`` of a life has in common with account ``a`` in part ``j`` (names, words,
numbers, …). Accounts and entries are two domains, and some entries are like everything: each unit is centred on its
mean over *far* accounts, each account on its mean over far units, and an account is scaled by its own far spread. Far
pairs are also the observed null of the log-likelihood ratios (:mod:`karmalink.link.tilt`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.link.tail import Tail

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from karmalink.link.window import Window

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["PART_POOL", "Far", "UnitTable", "far_scores", "near_scores", "score_block"]

# How the units of one account share a part. "best": the unit that agrees most speaks. "union": what the account has as
# a whole, once; a name said in every sentence is one piece of evidence, not ten.
PART_POOL: dict[str, str] = {"names": "union", "numbers": "union", "words": "best", "meaning": "best"}
_OTHER_POOL = "best"

# Accounts and units of the far panel; larger tables are thinned evenly to this.
_PANEL_ACCOUNTS = 128
_PANEL_UNITS = 512
# Far means, and far spreads, are shrunk with the weight of so many average far pairs.
_SHRINK = 0.5
_SHRINK_SPREAD = 100.0
# Far pairs kept for the weights.
_TAIL_KEPT, _BODY_KEPT = 500, 1500
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
        """Return the table with other owners (sorted by them): units of one day become one pseudo-account, say."""
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


@dataclass(frozen=True, slots=True, eq=False)
class Far:
    """What pairs that cannot be links look like.

    Attributes
    ----------
    account : (J, A) floats
        Mean of each account over far units, after the units are centred.
    unit : (J, U) floats
        Mean of each unit over far accounts.
    spread : (J, A) floats
        Standard deviation of each account's centred scores over far units.
    tails : tuple of Tail
        The null distribution of each part's standardised scores.
    sample : (M, J) floats
        Surprise of far pairs: the most surprising ones all, the others thinned evenly.
    weight : (M,) floats
        How many far pairs each stands for.
    """

    account: Floats
    unit: Floats
    spread: Floats
    tails: tuple[Tail, ...]
    sample: Floats
    weight: Floats

    def surprise(self, raw: Floats, account: Ints, unit: Ints) -> Floats:
        """Return ``-log P(far pair agrees at least as much)`` of pairs, part by part, in nats: (P, J) floats.

        The parts become comparable: a shared number that one far pair in fifty shares too is worth 3.9 nats, however
        many of its own spreads it stands out.

        Parameters
        ----------
        raw : (J, P) floats
            Raw scores of P pairs.
        account, unit : (P,) ints
            The pairs.
        """
        z = self.standardise(raw, account, unit)
        return np.column_stack([tail.surprise(z[:, j], raw[j] > 0) for j, tail in enumerate(self.tails)])

    def standardise(self, raw: Floats, account: Ints, unit: Ints) -> Floats:
        """Return standardised scores of pairs.

        Parameters
        ----------
        raw : (J, P) floats
            Raw scores of P pairs.
        account, unit : (P,) ints
            The pairs.

        Returns
        -------
        (P, J) floats
        """
        return np.asarray(((raw - self.unit[:, unit] - self.account[:, account]) / self.spread[:, account]).T)


def far_scores(accounts: UnitTable, units: UnitTable, *, guard: int, centre: float = 0.5) -> Far:
    """Return means, spreads and a null sample from pairs more than `guard` days apart.

    The window around a night never enters, so nothing here changes when past and future are swapped.

    Parameters
    ----------
    accounts, units : UnitTable
        Nights and days; both sorted by time.
    guard : int
        Pairs with ``|day - (night + centre)| > guard`` are far.
    centre : float
        Where an account lies between its day and the next: 1/2 for a night, 0 for an account of a day.
    """
    n_accounts = accounts.when.size
    middle = accounts.when.astype(np.float64) + centre
    rows, columns = _thin(n_accounts, _PANEL_ACCOUNTS), _thin(units.n_units, _PANEL_UNITS)
    panel = accounts if rows.size == n_accounts else _only(accounts, rows)
    raw = score_block(panel, units, 0, rows.size, 0, units.n_units)
    far = _is_far(middle[rows], units.day, guard)
    grand = (raw * far).sum(axis=(1, 2)) / max(1, int(far.sum()))
    unit = ((raw * far).sum(axis=1) + _SHRINK * grand[:, None]) / (far.sum(axis=0) + _SHRINK)
    if rows.size == n_accounts:
        account, spread = _account_moments(raw, unit, far)
    else:
        thin = units.take(columns)
        wide = score_block(accounts, thin, 0, n_accounts, 0, columns.size)
        account, spread = _account_moments(wide, unit[:, columns], _is_far(middle, thin.day, guard))
    model = Far(account, unit, spread, tails=(), sample=np.zeros((0, raw.shape[0])), weight=np.zeros(0))
    at_row, at_unit = np.nonzero(far)
    plain = raw[:, at_row, at_unit]
    null = model.standardise(plain, rows[at_row], at_unit)
    tails = tuple(Tail.of(null[:, j], plain[j] > 0) for j in range(null.shape[1]))
    surprise = np.column_stack([tail.surprise(null[:, j], plain[j] > 0) for j, tail in enumerate(tails)])
    kept, weight = _tail_and_body(surprise.sum(axis=1))
    return Far(account, unit, spread, tails, surprise[kept], weight)


def _tail_and_body(total: Floats) -> tuple[Ints, Floats]:
    """Return which far pairs are kept, and how many each stands for.

    The mean of exp(beta · z) hangs on the few most surprising pairs: a random sample of them made the weights of the
    same data differ by half. All of those are kept, and every k-th of the others in the order of their surprise.
    """
    order = np.argsort(-total, kind="stable")
    tail, body = order[:_TAIL_KEPT], order[_TAIL_KEPT:]
    step = max(1, -(-body.size // _BODY_KEPT))
    thinned = body[step // 2 :: step]
    weight = np.concatenate([np.ones(tail.size), np.full(thinned.size, body.size / max(1, thinned.size))])
    return np.concatenate([tail, thinned]).astype(np.int64), weight


def _account_moments(raw: Floats, unit: Floats, far: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return mean and spread of each account over far units, shrunk towards those of all accounts."""
    centred = (raw - unit[:, None, :]) * far
    weight = far.sum(axis=1) + _SHRINK
    account = centred.sum(axis=2) / weight
    residual = (centred - account[:, :, None]) * far
    squares = (residual**2).sum(axis=2)
    pooled = squares.sum(axis=1) / max(1, int(far.sum()))
    # A far spread of an account that shares a name with nobody far says little about it: shrunk hard.
    spread = np.sqrt((squares + _SHRINK_SPREAD * pooled[:, None]) / (far.sum(axis=1) + _SHRINK_SPREAD))
    spread[spread <= 0] = 1.0
    return account, spread


def _only(accounts: UnitTable, rows: Ints) -> UnitTable:
    """Return the table of some accounts, renumbered 0 … in their order."""
    units = np.flatnonzero(np.isin(accounts.owner, rows))
    parts = {name: part[units] for name, part in accounts.parts.items()}
    return UnitTable(np.searchsorted(rows, accounts.owner[units]), accounts.when[rows], parts)


def _thin(n: int, most: int) -> Ints:
    return np.arange(n) if n <= most else np.unique(np.linspace(0, n - 1, most).astype(np.int64))


def _is_far(middle: Floats, day: Ints, guard: int) -> NDArray[np.bool_]:
    return np.asarray(np.abs(day[None, :] - middle[:, None]) > guard)
