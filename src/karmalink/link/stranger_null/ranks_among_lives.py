"""Scores of accounts for one life among others, and what is made of them: a rank, a competition, e-values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from karmalink.account import Precision, When
from karmalink.errors import CannotAnswer
from karmalink.link.error_control.e_values import e_from_p, e_mean
from karmalink.link.evidence.text_units import gather
from karmalink.link.stranger_null.length_adjusted import table_scores

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from karmalink.account import Account, Encoder, Entry, Life

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["account_e", "account_scores", "accounts_won", "conformal_p"]

_TIE = 1e-12
_ANY_DAY = When(dt.date(2000, 1, 1), "gregorian", Precision.DAY)


def account_scores(
    accounts: Sequence[Account],
    lives: Sequence[Life],
    *,
    own: int = -1,
    encoder: Encoder | None = None,
    view: str = "all",
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Floats:
    """Return the score of every account for every life, shape (A, 1 + K); NaN for an account with nothing to compare.

    Scores are those of :func:`karmalink.link.stranger_null.length_adjusted.table_scores`; `own` is the life asked
    about, `seed` of the lots, `view` what of the texts is compared.
    """
    entries = [_dateless(entry) for life in lives for entry in life.entries]
    of_entry = np.repeat(np.arange(len(lives)), [len(life.entries) for life in lives])
    material = gather(accounts, entries, encoder=encoder, view=view)
    of_unit = of_entry[material.entries.owner]
    units = np.bincount(of_unit, minlength=len(lives))
    if not units.all():
        empty = lives[int(np.argmin(units))].id
        raise CannotAnswer(f"the life {empty!r} holds nothing to compare", next_step="leave it out")
    out = table_scores(material.accounts, material.entries, of_unit, len(lives), own=own, seed=seed, progress=progress)
    out[np.bincount(material.accounts.owner, minlength=len(accounts)) == 0] = np.nan
    return out


def conformal_p(pooled: ArrayLike, own: int) -> float:
    """Return (1 + #{decoy >= own}) / (K + 1); a tie counts against the life asked about."""
    scores = np.asarray(pooled, dtype=np.float64)
    return float(np.count_nonzero(scores >= scores[own] - _TIE)) / scores.size


def accounts_won(scores: Floats, own: int, q: float, *, seed: int = 0) -> Ints:
    """Return the accounts that the own life wins at the false discovery rate `q`, by number.

    One competition per account among 1 + K lives: T = accounts won by the own life with a score >= t, D = those won by
    any other with a winning score >= t; the lowest t with (1 + D) / (K · T) <= q. Where several lives share the best
    score one of them wins by lot, the own life with the chance of any other.

    Parameters
    ----------
    scores : (A, 1 + K) floats
        Score of every account for every life.
    own : int
        Column of the life asked about.
    q : float
        Rate. It holds where accounts are independent given their words; accounts of one person are not, which is why
        the claim about the life rests on the rank of all accounts together.
    seed : int
        Of the lots.
    """
    best = scores.max(axis=1)
    tied = scores >= best[:, None] - _TIE
    lots = np.where(tied, np.random.default_rng(seed).random(scores.shape), -1.0)
    winner = lots.argmax(axis=1)
    decoys = scores.shape[1] - 1
    for threshold in np.sort(best[winner == own]):
        reached = best >= threshold
        wins = int(np.count_nonzero(reached & (winner == own)))
        losses = int(np.count_nonzero(reached & (winner != own)))
        if (1 + losses) / (decoys * wins) <= q:
            return np.flatnonzero(reached & (winner == own)).astype(np.int64)
    return np.empty(0, dtype=np.int64)


def account_e(scores: Floats, own: int) -> float:
    """Return the mean e-value of the accounts, each from the rank p of the own life in it.

    Accounts of one person depend on each other; the mean of their e-values is an e-value all the same.
    """
    rank = np.count_nonzero(scores >= scores[:, own : own + 1] - _TIE, axis=1)
    return e_mean(e_from_p(rank / scores.shape[1]))


def _dateless(entry: Entry) -> Entry:
    """Put every entry on one day: what a register knows of its dates is often a year, and here dates do not count."""
    return replace(entry, when=_ANY_DAY)
