"""The log-likelihood ratio of an account and an entry, screened: bounded by an inner product, rescored exactly.

The ratio of an entry is a sum over its units, and the evidence of a unit never falls when its score in a part rises
(surprise never does, and no weight is negative). So with b_j(a, e) at least the score of any unit of e in part j,

    llr(a, e)  <=  n(e) · evidence( sum_j beta_j · surprise_j(b_j(a, e)) - A )

Entries are rescored in the order of that bound. Where the bound of the next one is below the k-th best exact ratio,
nothing better is left and the k best are proved; where a budget ends first they are not, and the result says for how
many accounts. How many of the best a budget finds is measured against scoring all, on a sample of the accounts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Floats, Ints
from karmalink.base.progress import Progress
from karmalink.errors import InputError
from karmalink.link.evidence.unit_scores import UnitTable, score_block
from karmalink.link.execution.blocks import SERIAL, Block, Executor, chunks, map_blocks
from karmalink.link.execution.journal import kept_as
from karmalink.link.mirror_null.competition import unit_evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from karmalink.link.evidence.background import Background
    from karmalink.link.evidence.unit_scores import UnitTable
    from karmalink.link.mirror_null.competition import Competition

__all__ = ["Screened", "ScreenedRatios", "best_entries", "best_ratios", "best_unit_bound"]

# Evidence that is not an inner product (best unit, likelihood ratio): screened by one that is, rescored exactly.
#
# The best agreement of any unit of an account with any unit of an entry is at most the inner product of two pooled
# rows:
#
#     max over i, u of x_i · y_u  <=  X · Y           for features >= 0, X and Y the largest value of each feature
#     max over i, u of x_i · y_u  <=  max_i x_i · c + |x_i| r      for any, c the middle of the y_u, r their reach
#
# Both are one matrix product. Entries are rescored in the order of that bound until the bound of the next one is below
# the k-th best exact score: what was not rescored cannot be among the k best (the threshold algorithm; Fagin et al.
# 2003). The recall of the screen is 1, by proof, and a test holds it against the plain double loop. A log-likelihood
# ratio that grows with every part is bounded by the same ratio of the bounds of its parts.


_FIRST = 4
_SLACK = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Screened:
    """The k entries that agree best with each account, by the best pair of units.

    Attributes
    ----------
    entry : (A, k) ints
        Entries, best first; -1 where there are fewer.
    score : (A, k) floats
        Exact scores; NaN where there is none.
    rescored : int
        Pairs of account and entry that were scored exactly.
    pairs : int
        All pairs there are.
    """

    entry: Ints
    score: Floats
    rescored: int
    pairs: int

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<Screened {self.entry.shape[0]} accounts, {self.rescored / max(1, self.pairs):.1%} of pairs rescored>"


def best_entries(
    accounts: UnitTable,
    entries: UnitTable,
    part: str,
    *,
    k: int = 10,
    executor: Executor = SERIAL,
    progress: Progress | None = None,
) -> Screened:
    """Return the `k` entries whose best unit agrees most with the best unit of each account, exactly.

    Parameters
    ----------
    accounts, entries : UnitTable
        Units by owner; those of the accounts ascending.
    part : str
        Which part: raw scores are inner products of its rows.
    k : int
        How many.
    executor : Executor
        A block is some accounts.
    progress : callable, optional
        Called with (blocks done, blocks).

    Raises
    ------
    InputError
        Features that are not finite, or a `k` below 1.
    """
    if k < 1:
        raise InputError(f"k must be 1 or more, got {k}")
    n, m = accounts.when.size, entries.when.size
    left, right = (_finite(table.parts[part], part) for table in (accounts, entries))
    order = np.argsort(entries.owner, kind="stable")
    shared = {
        "left": left,
        "right": right[order],
        "account_edges": np.searchsorted(accounts.owner, np.arange(n + 1)),
        "entry_edges": np.searchsorted(entries.owner[order], np.arange(m + 1)),
        "k": min(k, max(1, m)),
    }
    size = max(1, executor.block_bytes // (48 * max(1, m)))
    found = map_blocks(_block, chunks(n, min(size, 256)), shared=shared, executor=executor, progress=progress)
    if not found:
        return Screened(np.zeros((0, k), np.int64), np.zeros((0, k)), 0, 0)
    entry = np.concatenate([each[0] for each in found])
    score = np.concatenate([each[1] for each in found])
    return Screened(entry, score, sum(each[2] for each in found), n * m)


def best_unit_bound(left: Any, left_edges: Ints, right: Any, right_edges: Ints) -> Floats:
    """Return an upper bound of the best unit pair of every account and entry, (A, E); -inf where one has no unit.

    Parameters
    ----------
    left, right : (U, d) arrays or csr_arrays
        Rows of units, those of one owner together.
    left_edges, right_edges : (A + 1,) and (E + 1,) ints
        Where each owner's rows begin.
    """
    if _least(left) >= 0 and _least(right) >= 0:
        bound = _product(_largest(left, left_edges), _largest(right, right_edges))
    else:
        bound = _ball_bound(left, left_edges, right, right_edges)
    bound[np.diff(left_edges) == 0] = -np.inf
    bound[:, np.diff(right_edges) == 0] = -np.inf
    return bound


@kept_as("karmalink.link.screen._block")
def _block(block: Block, shared: Any) -> tuple[Ints, Floats, int]:
    first, stop = block.data
    edges = shared["account_edges"][first : stop + 1]
    rows = shared["left"][edges[0] : edges[-1]]
    edges = edges - edges[0]
    right, right_edges, k = shared["right"], shared["entry_edges"], shared["k"]
    bound = best_unit_bound(rows, edges, right, right_edges)
    entry = np.full((stop - first, k), -1, np.int64)
    score = np.full((stop - first, k), np.nan)
    rescored = 0
    for at in range(stop - first):
        if edges[at] == edges[at + 1]:
            continue
        mine = rows[edges[at] : edges[at + 1]]
        best, exact, n = _thresholded(mine, bound[at], right, right_edges, k)
        entry[at, : best.size], score[at, : best.size] = best, exact
        rescored += n
    return entry, score, rescored


def _thresholded(mine: Any, bound: Floats, right: Any, edges: Ints, k: int) -> tuple[Ints, Floats, int]:
    """Rescore in the order of the bound until the next bound lies below the k-th best exact score."""
    order = np.argsort(-bound, kind="stable")
    order = order[np.isfinite(bound[order])]
    exact = np.full(bound.size, -np.inf)
    done, step = 0, _FIRST * k
    while done < order.size:
        some = order[done : done + step]
        exact[some] = _exact(mine, right, edges, some)
        done += some.size
        kth = np.partition(exact[order[:done]], -min(k, done))[-min(k, done)]
        # The slack: a bound and a score are sums in another order and may differ in the last digits.
        if done >= k and done < order.size and bound[order[done]] < kth - _SLACK * max(1.0, abs(kth)):
            break
        step *= 2
    seen = order[:done]
    best = seen[np.lexsort((seen, -exact[seen]))][:k]
    return best.astype(np.int64), exact[best], done


def _exact(mine: Any, right: Any, edges: Ints, some: Ints) -> Floats:
    counts = edges[some + 1] - edges[some]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    units = np.arange(counts.sum()) - np.repeat(starts, counts) + np.repeat(edges[some], counts)
    return np.asarray(np.maximum.reduceat(_product(mine, right[units]).max(axis=0), starts))


def _product(left: Any, right: Any) -> Floats:
    product = left @ right.T
    return np.asarray(product.toarray() if hasattr(product, "toarray") else product, dtype=np.float64)


def _least(rows: Any) -> float:
    values = rows.data if hasattr(rows, "indptr") else rows
    return float(values.min()) if values.size else 0.0


def _finite(rows: Any, part: str) -> Any:
    values = rows.data if hasattr(rows, "indptr") else rows
    if not np.isfinite(values).all():
        raise InputError("a feature is not a finite number", where=part, next_step="leave the unit out")
    return rows.tocsr() if hasattr(rows, "tocsr") else np.asarray(rows)


def _largest(rows: Any, edges: Ints) -> Any:
    """Return the largest value of each feature over each owner's rows; rows >= 0, zeros for an owner without."""
    if not hasattr(rows, "indptr"):
        out = np.zeros((edges.size - 1, rows.shape[1]))
        has = np.diff(edges) > 0
        if has.any():
            out[has] = np.maximum.reduceat(rows, edges[:-1][has], axis=0)
        return out
    from scipy.sparse import csr_array

    coo = rows.tocoo()
    owner = np.searchsorted(edges, coo.row, side="right") - 1
    order = np.lexsort((coo.data, coo.col, owner))
    owner, column, value = owner[order], coo.col[order], coo.data[order]
    last = np.ones(owner.size, dtype=bool)
    last[:-1] = (owner[1:] != owner[:-1]) | (column[1:] != column[:-1])
    return csr_array((value[last], (owner[last], column[last])), shape=(edges.size - 1, rows.shape[1]))


def _ball_bound(left: Any, left_edges: Ints, right: Any, right_edges: Ints) -> Floats:
    """Return max_i x_i · c + |x_i| r with c and r the middle and the reach of each entry's units (Cauchy-Schwarz)."""
    rows, columns = (np.asarray(t.toarray() if hasattr(t, "toarray") else t, dtype=np.float64) for t in (left, right))
    counts = np.maximum(1, np.diff(right_edges))
    owner = np.repeat(np.arange(counts.size), np.diff(right_edges))
    middle = np.zeros((counts.size, columns.shape[1]))
    np.add.at(middle, owner, columns)
    middle /= counts[:, None]
    reach = np.zeros(counts.size)
    np.maximum.at(reach, owner, np.linalg.norm(columns - middle[owner], axis=1))
    each = rows @ middle.T + np.linalg.norm(rows, axis=1)[:, None] * reach
    out = np.full((left_edges.size - 1, counts.size), -np.inf)
    has = np.diff(left_edges) > 0
    if has.any():
        out[has] = np.maximum.reduceat(each, left_edges[:-1][has], axis=0)
    return out


_ACCOUNTS_AT_ONCE = 32
_SAMPLE = 20


@dataclass(frozen=True, slots=True, eq=False)
class ScreenedRatios:
    """The k entries of a whole life that speak most for each account.

    Attributes
    ----------
    entry : (A, k) ints
        Entries, best first; -1 where there are fewer.
    llr : (A, k) floats
        Their exact log-likelihood ratios, in nats.
    proved : (A,) bools
        Whether nothing better can have been left out.
    rescored, pairs : int
        Pairs scored exactly, and all there are.
    recall : float
        Share of the k best, over a sample of accounts scored in full, that the screen found.
    """

    entry: Ints
    llr: Floats
    proved: NDArray[np.bool_]
    rescored: int
    pairs: int
    recall: float

    def __repr__(self) -> str:
        """One-line summary."""
        return (
            f"<ScreenedRatios {self.rescored / max(1, self.pairs):.1%} of pairs rescored, {self.proved.mean():.0%} of "
            f"accounts proved, recall {self.recall:.3f}>"
        )


def best_ratios(
    accounts: UnitTable,
    units: UnitTable,
    found: Competition,
    *,
    k: int = 10,
    budget: float = 0.2,
    executor: Executor = SERIAL,
) -> ScreenedRatios:
    """Return the `k` entries of a whole life with the largest log-likelihood ratio for each account.

    Parameters
    ----------
    accounts, units : UnitTable
        What competed (:func:`compete`), sorted by time.
    found : Competition
        Its weights, centres and spreads.
    k : int
        How many.
    budget : float
        Largest share of the entries that is scored exactly for one account; 1 makes every list proved.
    executor : Executor
        A block is some accounts.
    """
    n, m = accounts.when.size, units.when.size
    order = np.argsort(units.owner, kind="stable")
    shared = {
        "accounts": accounts,
        "units": units.take(order),
        "position": order,
        "edges": np.searchsorted(units.owner[order], np.arange(m + 1)),
        "far": found.background,
        "beta": found.weights.beta,
        "cumulant": found.weights.cumulant,
        "k": min(k, m),
        "most": max(min(k, m), int(np.ceil(budget * m))),
        "sample": np.unique(np.linspace(0, max(0, n - 1), min(n, _SAMPLE)).astype(np.int64)).tolist(),
    }
    parts = map_blocks(_ratio_block, chunks(n, _ACCOUNTS_AT_ONCE), shared=shared, executor=executor)
    if not parts:
        return ScreenedRatios(np.zeros((0, k), np.int64), np.zeros((0, k)), np.zeros(0, bool), 0, 0, 1.0)
    hits, wanted = (sum(part[at] for part in parts) for at in (4, 5))
    entry, llr, proved = (np.concatenate([part[at] for part in parts]) for at in range(3))
    rescored = int(sum(part[3] for part in parts))
    return ScreenedRatios(entry, llr, proved, rescored, n * m, hits / wanted if wanted else 1.0)


@kept_as("karmalink.link.screen_llr._block")
def _ratio_block(block: Block, shared: Any) -> tuple[Ints, Floats, NDArray[np.bool_], int, int, int]:
    first, stop = block.data
    accounts, units, edges, k = shared["accounts"], shared["units"], shared["edges"], shared["k"]
    bound = _bounds(accounts, units, shared, first, stop)
    entry, llr = np.full((stop - first, k), -1, np.int64), np.full((stop - first, k), np.nan)
    proved = np.zeros(stop - first, dtype=bool)
    rescored = hits = wanted = 0
    for at in range(stop - first):
        order = np.argsort(-bound[at], kind="stable")
        order = order[np.isfinite(bound[at][order])]
        exact = np.full(bound.shape[1], -np.inf)
        done = 0
        while done < min(order.size, shared["most"]):
            some = order[done : min(max(2 * done, 4 * k), shared["most"])]
            exact[some] = _exact_ratios(first + at, some, shared)
            done += some.size
            kth = np.partition(exact[order[:done]], -min(k, done))[-min(k, done)]
            if done >= k and done < order.size and bound[at][order[done]] < kth - _SLACK:
                proved[at] = True
                break
        proved[at] |= done >= order.size
        seen = order[:done]
        best = seen[np.lexsort((seen, -exact[seen]))][:k]
        entry[at, : best.size], llr[at, : best.size] = best, exact[best]
        rescored += done
        if first + at in shared["sample"]:
            whole = _exact_ratios(first + at, np.flatnonzero(np.diff(edges) > 0), shared)
            threshold = np.sort(whole)[::-1][: best.size]
            hits += int((exact[best] >= threshold[-1] - _SLACK).sum()) if best.size else 0
            wanted += int(best.size)
    return entry, llr, proved, rescored, hits, wanted


def _bounds(accounts: UnitTable, units: UnitTable, shared: Any, first: int, stop: int) -> Floats:
    """Return the bound of every account of a block and every entry, (a, E); -inf for an entry without units."""
    background: Background = shared["far"]
    edges = shared["edges"]
    has = np.diff(edges) > 0
    lo, hi = np.searchsorted(accounts.owner, [first, stop])
    mine = np.searchsorted(accounts.owner[lo:hi], np.arange(first, stop + 1))
    total = np.full((stop - first, edges.size - 1), -float(shared["cumulant"]))
    for j, name in enumerate(accounts.names):
        if name not in units.parts:
            continue
        raw = best_unit_bound(accounts.parts[name][lo:hi], mine, units.parts[name], edges)
        # What the units of an account say together (names, numbers) is within the bound too; without units it is 0.
        raw = np.where(np.isfinite(raw), raw, 0.0)
        centre = np.full(edges.size - 1, np.inf)
        centre[has] = np.minimum.reduceat(background.unit[j][shared["position"]], edges[:-1][has])
        value = (raw - centre - background.account[j, first:stop, None]) / background.spread[j, first:stop, None]
        value = np.where(np.isfinite(value), value, -np.inf)
        total += shared["beta"][j] * background.tails[j].ordering(value, raw > 0)
    bound = np.diff(edges) * unit_evidence(total)
    bound[:, ~has] = -np.inf
    return np.asarray(bound)


def _exact_ratios(account: int, entries: Ints, shared: Any) -> Floats:
    """Return the log-likelihood ratios of one account and some entries."""
    edges, units, background = shared["edges"], shared["units"], shared["far"]
    counts = edges[entries + 1] - edges[entries]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    at = np.arange(counts.sum()) - np.repeat(starts, counts) + np.repeat(edges[entries], counts)
    raw = score_block(shared["accounts"], units.take(at), account, account + 1, 0, at.size)[:, 0]
    z = background.ordering(raw, np.full(at.size, account), shared["position"][at])
    return np.asarray(np.add.reduceat(unit_evidence(z @ shared["beta"] - shared["cumulant"]), starts))
