"""Which dreamers may be named: a test over dreamers first, then the links of those it selects.

A false discovery rate over a study says nothing of one dreamer: with five dreamers who have sources and one who has
none the study's rate holds, and the sixth gets a link in most studies. So dreamers are tested, each by the signs of
their own nights, and selected by Benjamini and Hochberg (1995); of R selected among M, each one's own rule runs at
q · R / M (Benjamini & Bogomolov 2014), which keeps the mean false share over the selected at q.
"""

from __future__ import annotations

import numpy as np

from karmalink.base.arrays import Floats, Ints
from karmalink.link.error_control.sign_rule import reject

__all__ = ["dreamer_p", "dreamers_named"]

_TOSSES = 4000


def dreamer_p(w: Floats, *, c: float, seed: int) -> float:
    """Return the p of the rank sum of the + signs, against signs tossed with odds c.

    Parameters
    ----------
    w : (n,) floats
        W of one dreamer's nights, ties dropped.
    c : float
        Odds of a + with nothing to find.
    seed : int
        Of the tosses.
    """
    if not w.size or not np.isfinite(c):
        return 1.0
    rank = np.argsort(np.argsort(np.abs(w), kind="stable"), kind="stable") + 1.0  # (n,) 1 for the smallest |W|
    rng = np.random.default_rng([seed, w.size])
    tossed = (rng.random((_TOSSES, w.size)) < c / (1.0 + c)) @ rank  # (4000,) Σ rank · [+]
    return float((1 + (tossed >= rank[w > 0].sum() - 1e-9).sum()) / (_TOSSES + 1))


def dreamers_named(w: Floats, who: Ints, n_dreamers: int, *, q: float, c: float, seed: int) -> tuple[Floats, Ints]:
    """Return the p of every dreamer, (M,), and how many links of each stand alone, (M,); 0 where it is not selected.

    Parameters
    ----------
    w, who : (n,) floats, ints
        W of all nights, and whose each is, 0 … M − 1.
    n_dreamers : int
        M.
    q, c : float
        Rate, and odds of a + with nothing to find.
    seed : int
        Of the tosses.
    """
    each = [w[who == at] for at in range(n_dreamers)]
    p = np.array([dreamer_p(mine, c=c, seed=seed) for mine in each])
    ordered = np.sort(p)
    holds = np.flatnonzero(ordered <= q * np.arange(1, n_dreamers + 1) / n_dreamers)
    alone = np.zeros(n_dreamers, dtype=np.int64)
    if not holds.size:
        return p, alone
    selected = int(holds[-1]) + 1  # R
    for at in np.flatnonzero(p <= ordered[selected - 1]).tolist():
        alone[at] = reject(each[at], q=q * selected / n_dreamers, c=c).found
    return p, alone
