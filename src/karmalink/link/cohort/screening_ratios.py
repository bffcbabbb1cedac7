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

from karmalink.link.cohort.screening import best_unit_bound
from karmalink.link.evidence.unit_scores import UnitTable, score_block
from karmalink.link.execution.blocks import SERIAL, Block, Executor, map_blocks, pieces
from karmalink.link.mirror_null.mirror import unit_evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from karmalink.link.evidence.background import Far
    from karmalink.link.mirror_null.mirror import Competition

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["ScreenedRatios", "best_ratios"]

_ACCOUNTS_AT_ONCE = 32
_SAMPLE = 20
_SLACK = 1e-9


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
        """Tell what was spared, and what was found."""
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
        "far": found.far,
        "beta": found.tilt.beta,
        "cumulant": found.tilt.cumulant,
        "k": min(k, m),
        "most": max(min(k, m), int(np.ceil(budget * m))),
        "sample": np.unique(np.linspace(0, max(0, n - 1), min(n, _SAMPLE)).astype(np.int64)).tolist(),
    }
    parts = map_blocks(_block, pieces(n, _ACCOUNTS_AT_ONCE), shared=shared, executor=executor)
    if not parts:
        return ScreenedRatios(np.zeros((0, k), np.int64), np.zeros((0, k)), np.zeros(0, bool), 0, 0, 1.0)
    hits, wanted = (sum(part[at] for part in parts) for at in (4, 5))
    entry, llr, proved = (np.concatenate([part[at] for part in parts]) for at in range(3))
    rescored = int(sum(part[3] for part in parts))
    return ScreenedRatios(entry, llr, proved, rescored, n * m, hits / wanted if wanted else 1.0)


def _block(block: Block, shared: Any) -> tuple[Ints, Floats, NDArray[np.bool_], int, int, int]:
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
            exact[some] = _exact(first + at, some, shared)
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
            whole = _exact(first + at, np.flatnonzero(np.diff(edges) > 0), shared)
            threshold = np.sort(whole)[::-1][: best.size]
            hits += int((exact[best] >= threshold[-1] - _SLACK).sum()) if best.size else 0
            wanted += int(best.size)
    return entry, llr, proved, rescored, hits, wanted


def _bounds(accounts: UnitTable, units: UnitTable, shared: Any, first: int, stop: int) -> Floats:
    """Return the bound of every account of a block and every entry, (a, E); -inf for an entry without units."""
    far: Far = shared["far"]
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
        centre[has] = np.minimum.reduceat(far.unit[j][shared["position"]], edges[:-1][has])
        value = (raw - centre - far.account[j, first:stop, None]) / far.spread[j, first:stop, None]
        value = np.where(np.isfinite(value), value, -np.inf)
        total += shared["beta"][j] * far.tails[j].surprise(value, raw > 0)
    bound = np.diff(edges) * unit_evidence(total)
    bound[:, ~has] = -np.inf
    return np.asarray(bound)


def _exact(account: int, entries: Ints, shared: Any) -> Floats:
    """Return the log-likelihood ratios of one account and some entries."""
    edges, units, far = shared["edges"], shared["units"], shared["far"]
    counts = edges[entries + 1] - edges[entries]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    at = np.arange(counts.sum()) - np.repeat(starts, counts) + np.repeat(edges[entries], counts)
    raw = score_block(shared["accounts"], units.take(at), account, account + 1, 0, at.size)[:, 0]
    z = far.surprise(raw, np.full(at.size, account), shared["position"][at])
    return np.asarray(np.add.reduceat(unit_evidence(z @ shared["beta"] - shared["cumulant"]), starts))
