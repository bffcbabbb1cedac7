"""The odds of a + sign with nothing to find, from pseudo-accounts.

A pseudo-account is a random half of a day's units; it is compared with the other halves of the days around it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from karmalink.base.arrays import Floats, Ints
from karmalink.link.error_control.sign_rule import TIE
from karmalink.link.error_control.verdicts import SignCalibration
from karmalink.link.evidence.unit_scores import UnitTable
from karmalink.link.execution.blocks import SERIAL, Block, Executor, map_blocks
from karmalink.link.execution.journal import kept_as
from karmalink.link.mirror_null.competition import compete

__all__ = ["around_days", "calibrate", "halves", "pooled_calibration", "pseudo_signs", "sign_limits"]

# One-sided 95 %.
_Z = 1.6448536269514722
# Where the lower limit of P(+) lies above this, the mirror null answers nothing.
UNUSABLE = 0.6
_FEWEST_SIGNS = 10
# Of several dreamers the odds are those of P(+) plus this many standard errors (`pooled_calibration`).
POOLED_GUARD = 0.5


def around_days(day: Ints, lags: int) -> Ints:
    """Return the days compared for an account of a waking day: ``day - k`` and ``day + k``, shape (n, 2, L)."""
    order = np.arange(1, lags + 1, dtype=np.int64)[None, :]
    middle = np.asarray(day, dtype=np.int64)[:, None]
    return np.stack([middle - order, middle + order], axis=1)


def halves(units: UnitTable, seed: int) -> tuple[UnitTable, UnitTable]:
    """Return (pseudo-accounts, entries): each day's units split at random into two halves.

    An odd unit goes to either half with equal chance, so that a day of one unit is an account in half of the splits.

    Parameters
    ----------
    units : UnitTable
        Units of a life.
    seed : int
        Of the split.
    """
    # (U,) units by day, within a day in random order
    order = np.lexsort((np.random.default_rng([seed, 0]).random(units.n_units), units.day))
    day = units.day[order]
    start = np.searchsorted(day, day)
    count = np.searchsorted(day, day, side="right") - start
    coin = np.random.default_rng([seed, 1]).integers(0, 2, day.size)[start]  # one per day, 0 or 1
    # the first floor or ceil of n / 2 units of each day
    first = np.arange(day.size) - start < (count + coin) // 2
    table = units.take(order)
    days, owner = np.unique(day[first], return_inverse=True)
    return table.take(np.flatnonzero(first)).by_owner(owner.astype(np.int64), days), table.take(np.flatnonzero(~first))


def pseudo_signs(
    units: UnitTable, *, lags: int, deals: int, seed: int, beta: Floats | None = None, executor: Executor = SERIAL
) -> tuple[Ints, Floats]:
    """Return day and W of every pseudo-account of several random splits; a split is a block."""
    signs = map_blocks(_deal, range(deals), shared=(units, lags, seed, beta), seed=seed, executor=executor)
    return np.concatenate([day for day, _ in signs]), np.concatenate([w for _, w in signs])


@kept_as("karmalink.link.pseudo_signs._deal")
def _deal(block: Block, shared: tuple[UnitTable, int, int, Floats | None]) -> tuple[Ints, Floats]:
    units, lags, seed, beta = shared
    accounts, entries = halves(units, seed * 1000 + block.data)
    found = compete(accounts, entries, lags=lags, days=around_days, centre=0.0, beta=beta, seed=seed)
    return found.night, found.w


def sign_limits(day: Ints, w: Floats, *, lags: int) -> tuple[float, float, float, float]:
    """Return P(+), its one-sided 95 % limits, and the effective number of signs.

    Signs of days near each other share days, and several splits share units: the variance of the mean sign is estimated
    from daily sums with a Bartlett kernel over two windows (Newey & West 1987), is never taken below the variance with
    independent days, and enters Wilson's limits as p (1 − p) / n_effective.

    Parameters
    ----------
    day : (n,) ints
        Day of each pseudo-account.
    w : (n,) floats
        Its W, ties dropped.
    lags : int
        The window L.
    """
    plus = (w > 0).astype(np.float64)
    p = float(plus.mean())
    daily = np.bincount(day - day.min(), weights=plus - p)  # (T,) sum of the centred signs of each day, e
    independent = float((daily**2).sum())  # Σ e²
    width = 2 * lags
    reach = range(1, min(width, daily.size - 1) + 1)
    # Σ e_t² + 2 Σ_h (1 − h / (H + 1)) Σ_t e_t e_{t−h}, H = 2 L
    variance = independent + 2 * sum((1 - h / (width + 1)) * float(daily[h:] @ daily[:-h]) for h in reach)
    variance = max(variance, independent) / w.size**2
    n_days = np.unique(day).size
    # n_effective = p (1 − p) / variance of the mean, between 1 and n
    effective = float(np.clip(p * (1 - p) / variance, 1.0, w.size)) if variance > 0 else float(n_days)
    # Wilson: (p + z²/2n ± z · sqrt(p(1 − p)/n + z²/4n²)) / (1 + z²/n), n = n_effective
    scale = 1 + _Z**2 / effective
    middle = (p + _Z**2 / (2 * effective)) / scale
    half = _Z * np.sqrt(p * (1 - p) / effective + _Z**2 / (4 * effective**2)) / scale
    return p, float(middle - half), float(middle + half), effective


def calibrate(
    units: UnitTable,
    *,
    lags: int,
    seed: int = 0,
    deals: int | None = None,
    beta: Floats | None = None,
    executor: Executor = SERIAL,
) -> SignCalibration:
    """Return the odds of a + sign on this life with nothing to find.

    Parameters
    ----------
    units : UnitTable
        Units of the life.
    lags : int
        The window L.
    seed : int
        Of the splits.
    deals : int, optional
        Random splits; by default 6, fewer on long lives.
    beta : (J,) floats, optional
        Weights of the parts where they come from judges' labels: the odds are those of the W that is used.
    executor : Executor
        Where the splits run.
    """
    n_days = int(np.unique(units.day).size)
    deals = deals or int(np.clip(1600 // max(1, n_days), 2, 6))
    day: Ints = np.zeros(0, dtype=np.int64)
    w: Floats = np.zeros(0)
    if units.n_units:
        day, w = pseudo_signs(units, lags=lags, deals=deals, seed=seed, beta=beta, executor=executor)
    signed = np.abs(w) > TIE
    day, w = day[signed], w[signed]
    if w.size < _FEWEST_SIGNS:
        return SignCalibration(
            n_days, int(w.size), 0.5, 0.0, 1.0, float(w.size), float("inf"), usable=True, measured=False
        )
    p, low, high, effective = sign_limits(day, w, lags=lags)
    c = max(1.0, high / (1.0 - high))
    return SignCalibration(n_days, int(w.size), p, low, high, effective, float(c), usable=bool(low <= UNUSABLE))


def pooled_calibration(signs: Sequence[tuple[Ints, Floats]], *, lags: int, n_days: int) -> SignCalibration:
    """Return the odds of a + sign over all dreamers of a study, with nothing to find.

    One dreamer's month of diary leaves the odds anywhere between 1.2 and 1.7, and the upper limit asks for nine links
    without a decoy. All dreamers together know them better, so that half a standard error is guard enough: an audit of
    seven mechanisms with 1 to 12 dreamers chose it (`docs/link-audit.md`).

    Parameters
    ----------
    signs : sequence of ((n,) ints, (n,) floats)
        Day and W of the pseudo-accounts of each dreamer.
    lags : int
        The window L.
    n_days : int
        Days with an entry, over all dreamers.
    """
    day, w, first = [np.zeros(0, dtype=np.int64)], [np.zeros(0)], 0
    for days, values in signs:
        signed = np.abs(values) > TIE
        if not signed.any():
            continue
        # dreamers one after the other, so far apart that no day of one is near a day of the next
        day.append(days[signed] - int(days[signed].min()) + first)
        w.append(values[signed])
        first = int(day[-1].max()) + 4 * lags + 1
    every, size = np.concatenate(w), int(sum(one.size for one in w))
    if size < _FEWEST_SIGNS:
        return SignCalibration(n_days, size, 0.5, 0.0, 1.0, float(size), float("inf"), usable=True, measured=False)
    p, low, high, effective = sign_limits(np.concatenate(day), every, lags=lags)
    guarded = min(0.95, p + POOLED_GUARD * float(np.sqrt(0.25 / effective)))
    c = max(1.0, guarded / (1.0 - guarded))
    return SignCalibration(n_days, size, p, low, high, effective, float(c), usable=bool(low <= UNUSABLE))
