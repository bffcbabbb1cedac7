"""Length-adjusted scores of accounts for lives, and the rank of one life among the others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.account import Precision, When
from karmalink.base.arrays import Floats, Ints
from karmalink.errors import CannotAnswer, InputError
from karmalink.link.error_control.e_values import e_from_p, e_mean
from karmalink.link.evidence.text_units import gather
from karmalink.link.evidence.unit_scores import UnitTable, score_block

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from karmalink.account import Account, Encoder, Entry, Life

__all__ = [
    "account_e",
    "account_scores",
    "accounts_won",
    "conformal_p",
    "distinct_units",
    "expected_best",
    "table_scores",
]

# Scores of accounts for lives that differ in what has nothing to do with the accounts: length, repetition, manner.
#
# An audit found what each costs. Best of many beats best of few; the mean over all choices of a long life varies less
# than a short life's best, so that a short life asked about came first too often; a life that repeats itself has fewer
# units than it seems; and long units that are like everything agree with everybody. So repeated units count once, each
# unit is measured by how it agrees with units of other lives, and every life is compared by as many units.

# Two units of a life are one where the cosine of their words, names and numbers is at least this.
_SAME = 0.7
# Units of other lives by which each unit is measured; larger registers are thinned evenly to this.
_PANEL = 512
# Mean and spread of a unit are shrunk with the weight of so many pairs.
_SHRINK = 50.0
_BLOCK = 1024


def table_scores(
    accounts: UnitTable,
    units: UnitTable,
    of_unit: Ints,
    n_lives: int,
    *,
    own: int = -1,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Floats:
    """Return the score of every account for every life, shape (A, 1 + K).

    Each part of the evidence is measured in its standard deviations over all accounts and units, and parts add up; each
    unit then in its own spreads over units of other lives. A life's score is its best unit of as many as the shortest
    life has, the mean over all choices. Of a life longer than the one asked about as many units as that holds are taken
    by lot: a mean over more would vary less, and what varies most comes first most often.

    Parameters
    ----------
    accounts, units : UnitTable
        In one feature space.
    of_unit : (U,) ints
        The life of each unit; every life has one at least.
    n_lives : int
        1 + K.
    own : int
        The life asked about.
    seed : int
        Of the lots.
    progress : callable, optional
        Called with (lives done, lives).
    """
    kept = distinct_units(units, of_unit)
    units, of_unit = units.take(kept), of_unit[kept]
    parts = score_block(accounts, units, 0, accounts.when.size, 0, units.n_units)
    spread = parts.reshape(parts.shape[0], -1).std(axis=1)
    weight = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0)
    scores = np.tensordot(weight, parts, axes=1)
    middle, reach = _among_others(units, of_unit, weight)
    scores = (scores - middle) / reach
    fewest = int(np.bincount(of_unit, minlength=n_lives).min())
    out = np.empty((accounts.when.size, n_lives))
    longest = int(np.count_nonzero(of_unit == own)) if own >= 0 else units.n_units
    for at in range(n_lives):
        mine = np.flatnonzero(of_unit == at)
        if mine.size > longest:
            rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(at,)))
            mine = np.sort(rng.permutation(mine)[:longest])
        out[:, at] = expected_best(scores[:, mine], fewest)
        if progress is not None:
            progress(at + 1, n_lives)
    return out


def distinct_units(units: UnitTable, of_unit: Ints) -> Ints:
    """Return the units that repeat no earlier unit of their life, by number.

    Parameters
    ----------
    units : UnitTable
        Units.
    of_unit : (U,) ints
        The life of each.
    """
    from scipy.sparse import csr_array, diags_array, hstack

    sparse = [csr_array(rows) for rows in units.parts.values() if hasattr(rows, "tocsr")]
    if not sparse:
        return np.arange(units.n_units)
    rows: Any = hstack(sparse, format="csr")
    length = np.sqrt(np.asarray(rows.power(2).sum(axis=1)).ravel())
    rows = diags_array(1.0 / np.where(length > 0, length, 1.0)) @ rows
    repeated = np.zeros(units.n_units, dtype=bool)
    for life in np.unique(of_unit).tolist():
        mine = np.flatnonzero(of_unit == life)
        for first in range(0, mine.size, _BLOCK):
            block = mine[first : first + _BLOCK]
            alike = (rows[block] @ rows[mine[: first + block.size]].T).tocoo()
            line, earlier = alike.coords
            same = (alike.data >= _SAME) & (earlier < line + first)
            repeated[block[np.unique(line[same])]] = True
    return np.flatnonzero(~repeated).astype(np.int64)


def _among_others(units: UnitTable, of_unit: Ints, weight: Floats) -> tuple[Floats, Floats]:
    """Return mean and spread of each unit's agreement with units of other lives, shrunk to those of all units.

    Of few other units a mean is mostly noise, and the best of many units is one whose noise is kind.
    """
    panel = _panel(of_unit)
    every = units.take(panel)
    asking = UnitTable(np.arange(panel.size), np.zeros(panel.size, dtype=np.int64), every.parts)
    total, square, count = np.zeros(units.n_units), np.zeros(units.n_units), np.zeros(units.n_units)
    for first in range(0, units.n_units, _BLOCK):
        at = slice(first, min(units.n_units, first + _BLOCK))
        score = np.tensordot(weight, score_block(asking, units, 0, panel.size, at.start, at.stop), axes=1)
        other = of_unit[panel][:, None] != of_unit[None, at]
        total[at], square[at] = (score * other).sum(axis=0), (score**2 * other).sum(axis=0)
        count[at] = other.sum(axis=0)
    pairs = max(1.0, float(count.sum()))
    grand = float(total.sum()) / pairs
    middle = (total + _SHRINK * grand) / (count + _SHRINK)
    around = np.maximum(0.0, square - 2 * middle * total + count * middle**2)
    typical = float(around.sum()) / pairs
    if typical <= 0:
        return middle, np.ones(units.n_units)
    return middle, np.sqrt((around + _SHRINK * typical) / (count + _SHRINK))


def _panel(of_unit: Ints) -> Ints:
    """Return units of all lives, of each as many, evenly through it."""
    lives = np.unique(of_unit)
    most = max(1, _PANEL // lives.size)
    chosen = []
    for life in lives.tolist():
        mine = np.flatnonzero(of_unit == life)
        chosen.append(mine[np.unique(np.linspace(0, mine.size - 1, min(most, mine.size)).astype(np.int64))])
    return np.concatenate(chosen)


def expected_best(scores: ArrayLike, m: int) -> Floats:
    """Return the mean over all choices of `m` units of the best score among them; shape (A, n) → (A,).

    The i-th smallest of n is the best of a choice with probability C(i - 1, m - 1) / C(n, m).

    Raises
    ------
    InputError
        `m` is not between 1 and n.
    """
    from scipy.special import gammaln

    table = np.sort(np.asarray(scores, dtype=np.float64), axis=1)
    n = table.shape[1]
    if not 1 <= m <= n:
        raise InputError(f"m must be 1 to {n} (the units), got {m}")
    below = np.arange(m, n + 1)  # ranks that can be the best of m
    log_weight = gammaln(below) - gammaln(below - m + 1) - gammaln(m)
    log_weight -= gammaln(n + 1) - gammaln(n - m + 1) - gammaln(m + 1)
    best: Floats = table[:, m - 1 :] @ np.exp(log_weight)
    return best


# Scores of accounts for one life among others, and what is made of them: a rank, a competition, e-values.

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

    Scores are those of `link.stranger_null.scores_among_lives.table_scores`; `own` is the life asked
    about, `seed` of the lots, `view` what of the texts is compared.
    """
    entries = [_dateless(entry) for life in lives for entry in life.entries]
    of_entry = np.repeat(np.arange(len(lives)), [len(life.entries) for life in lives])
    material = gather(accounts, entries, encoder=encoder, view=view)
    of_unit = of_entry[material.entries.owner]
    units = np.bincount(of_unit, minlength=len(lives))
    if not units.all():
        empty = lives[int(np.argmin(units))].id
        raise CannotAnswer(f"the life {empty!r} has nothing to compare", next_step="leave it out")
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
