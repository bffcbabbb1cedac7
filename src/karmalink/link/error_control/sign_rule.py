"""From one W per night to discoveries: the calibrated sign rule, its bound, posteriors and link rates.

Where there is nothing to find, a + is some odds times as likely as a -, and pseudo-accounts bound those odds by ``c``.
So the nights at or beyond -t, times c, bound the false ones at or beyond t (Barber & Candès 2015, knockoff+: c = 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from karmalink.base.arrays import Floats, Ints

__all__ = [
    "TIE",
    "GroupRate",
    "Rejection",
    "bound_on_proportion",
    "link_rates",
    "posteriors",
    "reject",
    "shifted_by_group",
]

# A W of at most this size is a tie: it has no sign.
TIE = 1e-9
_BOOTSTRAPS = 500
# Rates of groups are shrunk with the weight of so many nights.
SHRINK_NIGHTS = 10.0
_Z90 = 1.6448536269514722


@dataclass(frozen=True, slots=True)
class GroupRate:
    """Link rate of one group of nights (an awakening stage, say), by sign excess.

    Attributes
    ----------
    group : str
        Name of the group; "" is every night.
    n : int
        Nights with a sign.
    plus, minus : int
        Nights where the past, and where the future won.
    rate : float
        Share of nights with a source, shrunk towards the rate of all nights.
    low, high : float
        90 % interval of that share.
    """

    group: str
    n: int
    plus: int
    minus: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Rejection:
    """What the rule rejects.

    Attributes
    ----------
    threshold : float or None
        Least W of a discovery; None where nothing is rejected.
    found, decoys : int
        T and D at the threshold.
    fdr : float or None
        ``c (1 + D) / T``.
    """

    threshold: float | None
    found: int
    decoys: int
    fdr: float | None


def reject(w: Floats, *, q: float, c: float) -> Rejection:
    """Return the most discoveries with ``c · (1 + D) / max(1, T) <= q`` and T >= 1.

    Parameters
    ----------
    w : (n,) floats
        One W per night; ties (0) are dropped.
    q, c : float
        Nominal rate and calibrated odds.
    """
    size = np.abs(w)
    order = np.argsort(-size, kind="stable")
    order = order[size[order] > TIE]  # (m,) nights with a sign, the largest |W| first
    plus = w[order] > 0
    # (m,) with the threshold at each |W| in turn: T = #{W >= t}, D = #{W <= −t}
    found, decoys = np.cumsum(plus), np.cumsum(~plus)
    # A threshold cannot separate nights of equal size.
    whole = np.ones(order.size, dtype=bool)
    whole[:-1] = size[order][1:] != size[order][:-1]
    holds = np.flatnonzero((c * (1.0 + decoys) <= q * found) & whole)
    if not holds.size:
        return Rejection(None, 0, 0, None)
    at = holds[-1]
    fdr = c * (1.0 + decoys[at]) / found[at]
    return Rejection(float(size[order][at]), int(found[at]), int(decoys[at]), float(fdr))


def bound_on_proportion(night: Ints, w: Floats, threshold: float, *, c: float, block: int, seed: int) -> float:
    """Return a block-bootstrap 95 % bound on the realised share of false discoveries.

    Blocks of `block` days are drawn with replacement, because nights near each other see the same days.
    """
    label = (night - night.min()) // max(1, block)
    _, label = np.unique(label, return_inverse=True)
    found = np.bincount(label, weights=w >= threshold)  # (b,) T of each block
    decoys = np.bincount(label, weights=w <= -threshold)  # (b,) D of each block
    rng = np.random.default_rng(seed)
    # (500, b): how often each block is drawn
    draws = rng.multinomial(found.size, np.full(found.size, 1.0 / found.size), size=_BOOTSTRAPS)
    # (500,): c (1 + D) / T of each resampling
    proportion = c * (1.0 + draws @ decoys) / np.maximum(1.0, draws @ found)
    return float(min(1.0, np.quantile(proportion, 0.95)))


def posteriors(w: Floats, *, c: float) -> Floats:
    """Return for each night the calibrated probability that it has a source; 0 where the future won.

    The share of - among nights of a size, ``m(|W|)``, is fitted by isotonic regression (falling by size) with one - put
    before the largest, the "1 +" of the rule. A null night is c times as often + as -, so of the + nights of that size
    a share ``c · m / (1 - m)`` is null.
    """
    size = np.abs(w)
    order = np.argsort(-size, kind="stable")
    minus = np.concatenate([[1.0], (w[order] <= 0).astype(np.float64)])
    share = _rising(minus)[1:]  # (n,) m(|W|), rising as |W| falls
    # (n,) share of + nights of this size that are null: c · m / (1 − m), at most 1
    null = np.minimum(1.0, c * share / np.maximum(1.0 - share, 1e-12))
    out = np.zeros(w.size)
    out[order] = 1.0 - null
    return np.where(w > TIE, out, 0.0)


def _rising(value: Floats) -> Floats:
    """Return the least-squares rising fit (pool adjacent violators)."""
    means: list[float] = []
    weights: list[int] = []
    for level in value:
        means.append(float(level))
        weights.append(1)
        # neighbours that fall are pooled into their mean
        while len(means) > 1 and means[-2] >= means[-1]:
            mean, weight = means.pop(), weights.pop()
            means[-1] = (means[-1] * weights[-1] + mean * weight) / (weights[-1] + weight)
            weights[-1] += weight
    return np.repeat(np.array(means), weights)


def link_rates(w: Floats, group: list[str], *, null_plus: float) -> tuple[GroupRate, ...]:
    """Return the share of nights with a source, of all nights and per group, by sign excess.

    With a share r of sources, P(+) = r + (1 - r) · p0 and r = (P(+) - p0) / (1 - p0), p0 = `null_plus`. A group's P(+)
    is shrunk towards that of all nights with the weight of 10 nights: (plus + 10 · p) / (n + 10).

    Parameters
    ----------
    w : (n,) floats
        One W per night.
    group : list of str
        The group of each night; "" for none.
    null_plus : float
        Share of + with nothing to find, from the calibration; at least .5.
    """
    signed = np.abs(w) > TIE
    plus = w > TIE
    n = int(signed.sum())
    overall = plus.sum() / n if n else null_plus
    names = np.array(group)
    out = [_rate("", int(plus.sum()), n, overall, 0.0, null_plus)]
    for name in sorted(set(group) - {""}):
        inside = (names == name) & signed
        out.append(_rate(name, int((plus & inside).sum()), int(inside.sum()), overall, SHRINK_NIGHTS, null_plus))
    return tuple(out)


def _rate(name: str, plus: int, n: int, overall: float, weight: float, null_plus: float) -> GroupRate:
    total = n + weight
    if not total:
        return GroupRate(name, 0, 0, 0, 0.0, 0.0, 1.0)
    p = (plus + weight * overall) / total
    # Wilson's interval at 90 %: (p + z²/2n ± z · sqrt(p(1 − p)/n + z²/4n²)) / (1 + z²/n)
    middle = (p + _Z90**2 / (2 * total)) / (1 + _Z90**2 / total)
    half = _Z90 * np.sqrt(p * (1 - p) / total + _Z90**2 / (4 * total**2)) / (1 + _Z90**2 / total)
    # P(+) → share with a source: (P(+) − p0) / (1 − p0)
    rate, low, high = (
        float(np.clip((x - null_plus) / (1.0 - null_plus), 0.0, 1.0)) for x in (p, middle - half, middle + half)
    )
    return GroupRate(name, n, plus, n - plus, rate, low, high)


def shifted_by_group(posterior: Floats, group: list[str], rates: tuple[GroupRate, ...]) -> Floats:
    """Return posteriors given the group: prior odds times the group's odds of a source over those of all nights."""
    odds = {rate.group: _odds(rate.rate) for rate in rates}
    factor = np.array([odds.get(name, odds[""]) / odds[""] for name in group])  # (n,)
    raised = posterior * factor
    # p · f / (p · f + 1 − p)
    return np.where(posterior > 0, raised / (raised + 1.0 - posterior), 0.0)


def _odds(rate: float) -> float:
    kept = min(0.98, max(0.02, rate))
    return kept / (1.0 - kept)
