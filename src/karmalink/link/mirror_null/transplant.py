"""Retold halves of past days planted into pseudo-accounts: what the mirror rule finds of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.link.error_control.sign_rule import reject
from karmalink.link.evidence.unit_scores import UnitTable
from karmalink.link.execution.blocks import SERIAL, Block, Executor, iter_blocks
from karmalink.link.mirror_null.mirror import Competition, compete
from karmalink.link.mirror_null.sign_calibration import around_days, halves

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from karmalink.link.evidence.window import Days

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["plant", "plant_sources", "transplant_power"]


def transplant_power(
    units: UnitTable,
    *,
    kept: tuple[float, float],
    share: float,
    n_nights: int,
    repeats: int,
    lags: int,
    q: float,
    c: float,
    seed: int,
    step: Callable[[], None],
    executor: Executor = SERIAL,
) -> tuple[float, float, float, float]:
    """Return power, share of answered repetitions, mean false share, and share of right days.

    Parameters
    ----------
    units : UnitTable
        Units of a life.
    kept : (float, float)
        Shares of units and of words that a retelling keeps.
    share : float
        Share of nights with a planted source.
    n_nights, repeats : int
        Nights per repetition, repetitions.
    lags, q, c : int, float, float
        Window, nominal rate, calibrated odds.
    seed : int
        One block of randomness per repetition is spawned from it.
    step : callable
        Called after every repetition.
    executor : Executor
        Where the repetitions run; each is a block.
    """
    entropy = [seed, round(1000 * kept[0]), round(1000 * kept[1])]
    shared = {"units": units, "kept": kept, "share": share, "n_nights": n_nights, "lags": lags, "q": q, "c": c}
    found_share: list[float] = []
    false: list[float] = []
    right: list[bool] = []
    data = [[*entropy, number] for number in range(repeats)]
    for share_found, share_false, right_days in iter_blocks(_repetition, data, shared=shared, executor=executor):
        found_share.append(share_found)
        false.append(share_false)
        right.extend(right_days)
        step()
    answered = float(np.mean([value > 0 for value in found_share]))
    return float(np.mean(found_share)), answered, float(np.mean(false)), float(np.mean(right)) if right else 0.0


def _repetition(block: Block, shared: dict[str, Any]) -> tuple[float, float, list[bool]]:
    """Plant once; return the share found, the false share, and whether each true discovery names the right day."""
    *entropy, number = block.data
    rng = np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=(number,)))
    lags, q, c = shared["lags"], shared["q"], shared["c"]
    accounts, entries, source = plant(
        shared["units"], kept=shared["kept"], share=shared["share"], n_nights=shared["n_nights"], lags=lags, rng=rng
    )
    found = compete(accounts, entries, lags=lags, days=around_days, centre=0.0)
    threshold = reject(found.w, q=q, c=c).threshold
    hit = np.zeros(found.w.size, dtype=bool) if threshold is None else found.w >= threshold
    planted = source[found.account]
    true = hit & (planted > 0)
    return (
        float(true.sum() / max(1, int((source > 0).sum()))),
        float((hit & (planted == 0)).sum() / max(1, int(hit.sum()))),
        (_best_lag(found)[true] == planted[true]).tolist(),
    )


def _best_lag(found: Competition) -> Ints:
    past = found.day_llr[found.account, 0]
    best: Ints = np.argmax(np.where(np.isnan(past), -np.inf, past), axis=1).astype(np.int64) + 1
    return best


def plant(
    units: UnitTable, *, kept: tuple[float, float], share: float, n_nights: int, lags: int, rng: np.random.Generator
) -> tuple[UnitTable, UnitTable, Ints]:
    """Return accounts, entries, and the lag of each account's planted source (0 where there is none).

    An account is the half of its own day's units that stays out of the entries: other matter in the same voice. Where a
    source is planted, a retelling of a past day comes on top (:func:`plant_sources`).
    """
    accounts, entries = halves(units, int(rng.integers(2**31)))
    hosts = np.sort(rng.choice(accounts.when.size, min(n_nights, accounts.when.size), replace=False))
    own = np.flatnonzero(np.isin(accounts.owner, hosts))
    table = accounts.take(own).by_owner(np.searchsorted(hosts, accounts.owner[own]), accounts.when[hosts])
    told, source = plant_sources(table, entries, kept=kept, share=share, lags=lags, days=around_days, rng=rng)
    return told, entries, source


def plant_sources(
    accounts: UnitTable,
    entries: UnitTable,
    *,
    kept: tuple[float, float],
    share: float,
    lags: int,
    days: Days,
    rng: np.random.Generator,
) -> tuple[UnitTable, Ints]:
    """Return the accounts with retold halves of past days in some, and the lag of each account's source (0 for none).

    Half of the units of a past day are retold: each is kept with the first share, each of its words with the second;
    what is lost counts as words that nobody else uses. At most one account of a night has a source.

    Parameters
    ----------
    accounts, entries : UnitTable
        Sorted by time.
    kept : (float, float)
        Shares of units and of words that a retelling keeps.
    share : float
        Share of nights with a source.
    lags : int
        Sources are 1 to `lags` days old, each as often.
    days : callable
        The calendar.
    rng : Generator
        Of everything random.
    """
    when = accounts.when
    first = np.ones(when.size, dtype=bool)
    first[1:] = when[1:] != when[:-1]
    lag = np.where(first & (rng.random(when.size) < share), rng.integers(1, lags + 1, when.size), 0)
    window = days(when, lags)
    owner = [accounts.owner]
    echoes: list[Ints] = []
    for host in np.flatnonzero(lag).tolist():
        past, mirror = window[host, :, lag[host] - 1].tolist()
        lived = np.flatnonzero(entries.day == past)
        # A day that holds nothing, or whose mirror does not, cannot be a source that the rule could find.
        if not lived.size or not (entries.day == mirror).any():
            lag[host] = 0
            continue
        half = rng.permutation(lived)[: (lived.size + 1) // 2]
        told = half[rng.random(half.size) < kept[0]]
        echoes.append(told if told.size else half[:1])
        owner.append(np.full(echoes[-1].size, host))
    echo = np.concatenate(echoes) if echoes else np.zeros(0, dtype=np.int64)
    parts = {
        name: _stacked(table, _thinned(entries.parts[name][echo], kept[1], rng))
        for name, table in accounts.parts.items()
    }
    joined = np.concatenate(owner).astype(np.int64)
    return UnitTable(joined, when, parts).by_owner(joined, when), lag.astype(np.int64)


def _thinned(rows: Any, keep: float, rng: np.random.Generator) -> Any:
    """Return the rows with each entry kept with probability `keep`."""
    if hasattr(rows, "tocsr"):
        thin = rows.tocsr(copy=True)
        thin.data = thin.data * (rng.random(thin.data.size) < keep)
        return thin
    return np.asarray(rows) * (rng.random(rows.shape) < keep)


def _stacked(above: Any, below: Any) -> Any:
    if not hasattr(above, "tocsr"):
        return np.vstack([above, below])
    from scipy.sparse import vstack

    return vstack([above, below], format="csr")
