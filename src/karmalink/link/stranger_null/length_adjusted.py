"""Scores of accounts for lives that differ in what has nothing to do with the accounts: length, repetition, manner.

An audit found what each costs. Best of many beats best of few; the mean over all choices of a long life varies less
than a short life's best, so that a short life asked about came first too often; a life that repeats itself has fewer
units than it seems; and long units that are like everything agree with everybody. So repeated units count once, each
unit is measured by how it agrees with units of other lives, and every life is compared by as many units.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.errors import InputError
from karmalink.link.evidence.unit_scores import UnitTable, score_block

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["distinct_units", "expected_best", "table_scores"]

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
        raise InputError(f"{m} of {n} units", rule="at least one, at most all")
    below = np.arange(m, n + 1)  # ranks that can be the best of m
    log_weight = gammaln(below) - gammaln(below - m + 1) - gammaln(m)
    log_weight -= gammaln(n + 1) - gammaln(n - m + 1) - gammaln(m + 1)
    best: Floats = table[:, m - 1 :] @ np.exp(log_weight)
    return best
