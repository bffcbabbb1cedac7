"""Does any life of the register fit? How far the best life is ahead of the rest, under a null of its own.

Among many lives one always comes first. A question about that one, asked afterwards, has to pay for the choice: what
counts is how far ahead the best of all lives is where none fits. Two nulls say so, and the worse is reported.

* *Lists of other lives.* Each life in turn is taken out of the register, and a list as long as the one in question is
  drawn from its units and compared with the lives that remain. Such a list hangs together as a real one does, so that a
  coherent story does not win by its coherence. Where the list in question tells a sentence again, so does the drawn
  one: twelve statements of five scenes are five pieces of evidence, and the mean of five strays farther than that of
  twelve (while the drawn lists repeated nothing, lists of one dream told many times were called in .10 at .05).
* *Exchanged lives.* Every statement keeps its scores, and which life has which is drawn anew for each statement. This
  keeps how rare the words of this list are: a list with a single rare word always has a life far ahead.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from karmalink.base.arrays import Floats, Ints
from karmalink.base.progress import Progress
from karmalink.link.evidence.unit_scores import UnitTable
from karmalink.link.stranger_null.scores_among_lives import LifeScale, repeated_units

__all__ = ["AnyLife", "any_life", "lead", "lists_of_lives", "told_first"]

_EXCHANGES = 999
_TIE = 1e-9
# Where all others are equal (one life alone has the word) the lead is as large as leads get.
_FARTHEST = 1e6
# Lists at most, from lives evenly through the register, and scores held at once.
_LISTS = 999
_BLOCK = 4_000_000
# A unit of the list tells an earlier one again from this cosine on: half of the words, by weight, are the same.
_RETOLD = 0.5


@dataclass(frozen=True, slots=True)
class AnyLife:
    """Whether any life of a register fits, and a life that was chosen because it came first.

    Attributes
    ----------
    best : int
        Index of the life that agrees most.
    lead : float
        How far it is ahead: its score less the mean of the others, in their standard deviations.
    p : float
        The larger of the two p's that follow: the chance of such a lead where no life fits.
    p_lists, p_exchanged : float
        Against lists of other lives, and against exchanged lives.
    smallest_p : float
        1 / (number of lists + 1).
    """

    best: int
    lead: float
    p: float
    p_lists: float
    p_exchanged: float
    smallest_p: float

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return asdict(self)

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<AnyLife: the best life leads by {self.lead:.2f} standard deviations, p = {self.p:.3g}>"


def lead(pooled: Floats) -> Floats:
    """Return how far each life is ahead of the mean of the others, in their standard deviations; (…, N) → (…, N)."""
    n = pooled.shape[-1] - 1
    others = (pooled.sum(axis=-1, keepdims=True) - pooled) / n  # mean of the others
    square = ((pooled**2).sum(axis=-1, keepdims=True) - pooled**2) / n
    spread = np.sqrt(np.maximum(0.0, square - others**2))
    ahead = pooled - others
    out: Floats = np.where(ahead > _TIE, _FARTHEST, 0.0)
    np.divide(ahead, spread, out=out, where=spread > _TIE)
    return out


def lists_of_lives(scale: LifeScale, accounts: UnitTable, *, seed: int = 0, progress: Progress | None = None) -> Floats:
    """Return the largest lead of a list drawn from each life in turn, held against all others; shape (R,), R <= 999.

    A list has as many statements as `accounts`, of as many units each, and repeats itself where they do. A life with
    fewer units than that tells some of them twice, which makes its list more extreme, not less.
    """
    places = told_first(accounts)  # (n_units,) which unit of the list is told at each place
    counts = np.unique(accounts.owner, return_counts=True)[1]
    n = counts.size
    lives = np.unique(np.linspace(0, scale.n_lives - 1, min(_LISTS, scale.n_lives)).astype(np.int64))
    step = max(1, _BLOCK // max(1, n * scale.units.n_units))
    out = []
    for first in range(0, lives.size, step):
        block = lives[first : first + step].tolist()
        units = np.concatenate(
            [_drawn(np.flatnonzero(scale.of_unit == at), int(counts.sum()), seed, at)[places] for at in block]
        )
        owner = np.repeat(np.arange(n * len(block)), np.tile(counts, len(block))).astype(np.int64)
        told = UnitTable(owner, np.zeros(n * len(block), dtype=np.int64), scale.units.take(units).parts)
        pooled = scale.scores(told).reshape(len(block), n, -1).mean(axis=1)  # (lists, N)
        out += [lead(np.delete(row, at)).max() for row, at in zip(pooled, block, strict=True)]
        if progress is not None:
            progress(min(first + step, lives.size), int(lives.size))
    return np.array(out)


def told_first(accounts: UnitTable) -> Ints:
    """Return, for each unit of a list, the earliest it tells again, directly or through others; itself where none."""
    of_list = np.zeros(accounts.n_units, dtype=np.int64)
    out = repeated_units(accounts, of_list, _RETOLD)
    for at, earlier in enumerate(out.tolist()):
        out[at] = out[earlier]  # earlier < at, and settled already
    return out


def _drawn(units: Ints, n: int, seed: int, life: int) -> Ints:
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1, life)))
    rounds = [rng.permutation(units) for _ in range(-(-n // units.size))]
    return np.concatenate(rounds)[:n]


def any_life(scores: Floats, lists: Floats, *, life: int | None = None, seed: int = 0) -> AnyLife:
    """Return whether the life that agrees most is farther ahead than chance allows.

    Parameters
    ----------
    scores : (A, N) floats
        Score of every account for every life (:meth:`LifeScale.scores` with no life in question).
    lists : (R,) floats
        Of :func:`lists_of_lives`.
    life : int, optional
        A life chosen after the ranking was seen: its own lead, against the largest leads of chance.
    seed : int
        Of the exchanges.
    """
    pooled = lead(scores.mean(axis=0))  # (N,)
    best = int(np.argmax(pooled))
    ahead = float(pooled[best if life is None else life])
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(2,)))
    mixed = _exchanged(scores, rng)
    p_lists, p_exchanged = _share(lists, ahead), _share(mixed, ahead)
    return AnyLife(best, ahead, max(p_lists, p_exchanged), p_lists, p_exchanged, 1.0 / (lists.size + 1))


def _exchanged(scores: Floats, rng: np.random.Generator) -> Floats:
    """Return the largest lead at each of 999 exchanges of the lives, drawn anew for every statement."""
    step = max(1, _BLOCK // (4 * max(1, scores.size)))
    out = []
    for first in range(0, _EXCHANGES, step):
        table = np.tile(scores, (min(step, _EXCHANGES - first), 1, 1))  # (exchanges, A, N)
        out.append(lead(rng.permuted(table, axis=2).mean(axis=1)).max(axis=1))
    return np.concatenate(out)


def _share(null: Floats, value: float) -> float:
    """Return (1 + #{null >= value}) / (n + 1)."""
    return float((1 + np.count_nonzero(null >= value - _TIE)) / (null.size + 1))
