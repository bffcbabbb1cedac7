"""Length-adjusted scores of accounts for lives, and the rank of one life among the others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.account import Precision, When
from karmalink.base.arrays import Floats, Ints
from karmalink.base.progress import Progress
from karmalink.errors import CannotAnswer, InputError
from karmalink.link.error_control.e_values import e_from_p, e_mean
from karmalink.link.evidence.text_units import Material, gather
from karmalink.link.evidence.unit_scores import UnitTable, score_block

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from karmalink.account import Account, Encoder, Entry, Life

__all__ = [
    "LifeScale",
    "RegisterTexts",
    "account_e",
    "accounts_won",
    "conformal_p",
    "distinct_units",
    "expected_best",
    "life_scale",
    "register_texts",
    "repeated_units",
    "table_scores",
]

# Lives differ in what has nothing to do with the accounts: length, repetition, style. An audit found what each costs.
# The best of many units beats the best of few; the mean over all choices of a long life varies less than a short life's
# best, so that a short life came first too often; a life that repeats itself has fewer units than it seems; and long
# units that are like everything agree with every account. So repeated units count once, each unit is scaled by how it
# agrees with units of other lives, and every life is compared by the same number of units.

# Two units of a life count as one where the cosine of their words, names and numbers is at least this.
_SAME = 0.7
_LITERAL = ("names", "numbers", "words")  # what an encoder says of a text is not
# Units of other lives by which each unit is scaled; larger registers are thinned evenly to this.
_PANEL = 512
# Mean and spread of a unit are shrunk with the weight of this many pairs.
_SHRINK = 50.0
_BLOCK = 1024


@dataclass(frozen=True, slots=True, eq=False)
class LifeScale:
    """The units of the lives of a register, and what makes agreement with them comparable.

    Attributes
    ----------
    units : UnitTable
        Distinct units: those that repeat an earlier one of their life are left out.
    of_unit : (U,) ints
        The life of each.
    n_lives : int
        1 + K.
    weight : (J,) floats
        Of each part: one over its standard deviation over all accounts and units.
    mean, spread : (U,) floats
        A unit's agreement with units of other lives.
    """

    units: UnitTable
    of_unit: Ints
    n_lives: int
    weight: Floats
    mean: Floats
    spread: Floats

    @property
    def fewest(self) -> int:
        """m: the units of the shortest life."""
        return int(np.bincount(self.of_unit, minlength=self.n_lives).min())

    def evidence(self, accounts: UnitTable) -> Floats:
        """Return the evidence of every account for every unit, (A, U), 0 or more.

        A unit that agrees no more than it does with units of other lives is no evidence, whatever it lacks: a floor
        below zero would differ by life, and a statement without a shared word would be won by the life whose floor is
        highest.
        """
        parts = score_block(accounts, self.units, 0, accounts.when.size, 0, self.units.n_units)  # (J, A, U)
        raw = np.tensordot(self.weight, parts, axes=1)  # (A, U): Σ_j h_j / s_j
        return np.asarray(np.where(raw > 0, np.maximum(0.0, (raw - self.mean) / self.spread), 0.0))

    def scores(self, accounts: UnitTable, *, own: int = -1, seed: int = 0, progress: Progress | None = None) -> Floats:
        """Return the score of every account for every life, (A, 1 + K); see :func:`table_scores`."""
        evidence = self.evidence(accounts)
        out = np.empty((accounts.when.size, self.n_lives))
        longest = int(np.count_nonzero(self.of_unit == own)) if own >= 0 else self.units.n_units
        for at in range(self.n_lives):
            units = np.flatnonzero(self.of_unit == at)
            if units.size > longest:
                rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(at,)))
                units = np.sort(rng.permutation(units)[:longest])
            out[:, at] = expected_best(evidence[:, units], self.fewest)
            if progress is not None:
                progress(at + 1, self.n_lives)
        return out


def life_scale(accounts: UnitTable, units: UnitTable, of_unit: Ints, n_lives: int) -> LifeScale:
    """Return the scale of a register for these accounts.

    Parameters
    ----------
    accounts, units : UnitTable
        In one feature space.
    of_unit : (U,) ints
        The life of each unit; every life has at least one.
    n_lives : int
        1 + K.
    """
    kept = distinct_units(units, of_unit)
    units, of_unit = units.take(kept), of_unit[kept]
    parts = score_block(accounts, units, 0, accounts.when.size, 0, units.n_units)  # (J, A, U)
    deviation = parts.reshape(parts.shape[0], -1).std(axis=1)
    weight = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 0)
    mean, spread = _among_others(units, of_unit, weight)  # (U,), (U,)
    return LifeScale(units, of_unit, n_lives, weight, mean, spread)


def table_scores(
    accounts: UnitTable,
    units: UnitTable,
    of_unit: Ints,
    n_lives: int,
    *,
    own: int = -1,
    seed: int = 0,
    progress: Progress | None = None,
) -> Floats:
    """Return the score of every account for every life, shape (A, 1 + K), 0 or more.

    Each part of the evidence is divided by its standard deviation over all accounts and units, and the parts are added;
    each unit is then standardised over units of other lives, and below zero it is 0. A life's score is the best of m of
    its units, m the number of units of the shortest life, averaged over all choices of m. Of a life longer than the one
    in question only as many units as that has are used, drawn at random: a mean over more would vary less, and what
    varies most comes first most often.

    Parameters
    ----------
    accounts, units, of_unit, n_lives
        As of :func:`life_scale`.
    own : int
        The life in question; -1 where none is.
    seed : int
        Of the random choice of units.
    progress : callable, optional
        Called with (lives done, lives).
    """
    return life_scale(accounts, units, of_unit, n_lives).scores(accounts, own=own, seed=seed, progress=progress)


def distinct_units(units: UnitTable, of_unit: Ints) -> Ints:
    """Return the indices of the units that do not repeat an earlier unit of their life.

    Parameters
    ----------
    units : UnitTable
        Units.
    of_unit : (U,) ints
        The life of each.
    """
    return np.flatnonzero(repeated_units(units, of_unit, _SAME) == np.arange(units.n_units)).astype(np.int64)


def repeated_units(units: UnitTable, of_unit: Ints, at_least: float) -> Ints:
    """Return, for each unit, the first earlier unit of its life that it repeats, itself where there is none; (U,).

    Parameters
    ----------
    units : UnitTable
        Units.
    of_unit : (U,) ints
        The life, or the list, of each.
    at_least : float
        Two units are one told twice where the cosine of their words, names and numbers is at least this.
    """
    from scipy.sparse import csr_array, diags_array, hstack

    first_told = np.arange(units.n_units)
    # A small table holds them dense: what is literal is told by the part's name, not by its type.
    rows: Any = hstack([csr_array(units.parts[name]) for name in _LITERAL if name in units.parts], format="csr")
    length = np.sqrt(np.asarray(rows.power(2).sum(axis=1)).ravel())
    rows = diags_array(1.0 / np.where(length > 0, length, 1.0)) @ rows  # (U, W) of length 1
    for life in np.unique(of_unit).tolist():
        mine = np.flatnonzero(of_unit == life)
        for first in range(0, mine.size, _BLOCK):
            block = mine[first : first + _BLOCK]
            alike = (rows[block] @ rows[mine[: first + block.size]].T).tocoo()  # cosines with the units before
            line, earlier = alike.coords
            same = (alike.data >= at_least) & (earlier < line + first)
            np.minimum.at(first_told, block[line[same]], mine[earlier[same]])
    return first_told


def _among_others(units: UnitTable, of_unit: Ints, weight: Floats) -> tuple[Floats, Floats]:
    """Return mean and spread, (U,) each, of a unit's agreement with units of other lives, shrunk to those of all units.

    A mean over few other units is mostly noise, and the best of many units is one whose noise is favourable.
    """
    panel = _panel(of_unit)
    every = units.take(panel)
    asking = UnitTable(np.arange(panel.size), np.zeros(panel.size, dtype=np.int64), every.parts)
    total, square, count = np.zeros(units.n_units), np.zeros(units.n_units), np.zeros(units.n_units)
    for first in range(0, units.n_units, _BLOCK):
        at = slice(first, min(units.n_units, first + _BLOCK))
        # (panel, block) agreement of units with units, and where the two are of different lives
        score = np.tensordot(weight, score_block(asking, units, 0, panel.size, at.start, at.stop), axes=1)
        other = of_unit[panel][:, None] != of_unit[None, at]
        total[at], square[at] = (score * other).sum(axis=0), (score**2 * other).sum(axis=0)
        count[at] = other.sum(axis=0)
    pairs = max(1.0, float(count.sum()))
    grand = float(total.sum()) / pairs
    # (Σ s + k · grand) / (n + k), k = 50 pairs
    mean = (total + _SHRINK * grand) / (count + _SHRINK)
    # Σ (s − mean)² = Σ s² − 2 mean Σ s + n mean²
    squares = np.maximum(0.0, square - 2 * mean * total + count * mean**2)
    typical = float(squares.sum()) / pairs
    if typical <= 0:
        return mean, np.ones(units.n_units)
    return mean, np.sqrt((squares + _SHRINK * typical) / (count + _SHRINK))


def _panel(of_unit: Ints) -> Ints:
    """Return units of all lives, about the same number of each, evenly through it."""
    lives = np.unique(of_unit)
    most = max(1, _PANEL // lives.size)
    chosen = []
    for life in lives.tolist():
        mine = np.flatnonzero(of_unit == life)
        chosen.append(mine[np.unique(np.linspace(0, mine.size - 1, min(most, mine.size)).astype(np.int64))])
    return np.concatenate(chosen)


def expected_best(scores: ArrayLike, m: int) -> Floats:
    """Return the mean over all choices of `m` units of the best score among them; shape (A, n) → (A,).

    The i-th smallest of n is the best of a choice with probability C(i − 1, m − 1) / C(n, m).

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
    below = np.arange(m, n + 1)  # ranks i that can be the best of m
    # log C(i − 1, m − 1), then − log C(n, m); log Γ(k + 1) = log k!
    log_weight = gammaln(below) - gammaln(below - m + 1) - gammaln(m)
    log_weight -= gammaln(n + 1) - gammaln(n - m + 1) - gammaln(m + 1)
    best: Floats = table[:, m - 1 :] @ np.exp(log_weight)
    return best


_TIE = 1e-12
_ANY_DAY = When(dt.date(2000, 1, 1), "gregorian", Precision.DAY)


@dataclass(frozen=True, slots=True, eq=False)
class RegisterTexts:
    """Accounts and lives as units, in one feature space.

    Attributes
    ----------
    material : Material
        Features and the units' words.
    of_unit : (U,) ints
        The life of each unit of ``material.entries``.
    comparable : (A,) bools
        Whether an account has anything to compare.
    """

    material: Material
    of_unit: Ints
    comparable: NDArray[np.bool_]


def register_texts(
    accounts: Sequence[Account], lives: Sequence[Life], *, encoder: Encoder | None = None, view: str = "all"
) -> RegisterTexts:
    """Return accounts and lives as units; `view` is what of the texts is compared.

    Raises
    ------
    CannotAnswer
        A life, or every account, has nothing to compare.
    """
    entries = [_dateless(entry) for life in lives for entry in life.entries]
    of_entry = np.repeat(np.arange(len(lives)), [len(life.entries) for life in lives])
    material = gather(accounts, entries, encoder=encoder, view=view)
    of_unit = of_entry[material.entries.owner]
    units = np.bincount(of_unit, minlength=len(lives))
    if not units.all():
        empty = lives[int(np.argmin(units))].id
        raise CannotAnswer(f"the life {empty!r} has nothing to compare", next_step="leave it out")
    comparable = np.bincount(material.accounts.owner, minlength=len(accounts)) > 0
    if not comparable.any():
        raise CannotAnswer("no account has a word that could be compared", next_step="give accounts with their texts")
    return RegisterTexts(material, of_unit, comparable)


def conformal_p(pooled: ArrayLike, own: int) -> float:
    """Return (1 + #{decoy >= own}) / (K + 1); a tie counts against the life in question."""
    scores = np.asarray(pooled, dtype=np.float64)
    return float(np.count_nonzero(scores >= scores[own] - _TIE)) / scores.size


def accounts_won(scores: Floats, own: int, q: float, *, seed: int = 0) -> Ints:
    """Return the indices of the accounts that the own life wins at the false discovery rate `q`.

    An account without evidence above zero for any life is a tie, and counts for none.

    One competition per account among 1 + K lives: T = accounts won by the own life with a score >= t, D = those won by
    any other with a winning score >= t; the lowest t with (1 + D) / (K · T) <= q. Where several lives share the best
    score, one of them wins at random, each with the same chance.

    Parameters
    ----------
    scores : (A, 1 + K) floats
        Score of every account for every life.
    own : int
        Column of the life in question.
    q : float
        Rate. It holds where accounts are independent given their words; accounts of one person are not, which is why
        the claim about the life rests on the rank of all accounts together.
    seed : int
        Of the random choice among ties.
    """
    best = scores.max(axis=1)
    tied = scores >= best[:, None] - _TIE
    draw = np.where(tied, np.random.default_rng(seed).random(scores.shape), -1.0)
    winner = draw.argmax(axis=1)  # (A,)
    decoys = scores.shape[1] - 1
    for threshold in np.sort(best[(winner == own) & (best > _TIE)]):
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
    """Put every entry on one day: registers often know only the year, and dates are not used here."""
    return replace(entry, when=_ANY_DAY)
