"""Is it about this life at all? The life asked about in competition with other lives.

Every account scores every life, the same number of units of each: a life of many pages would win by its pages alone.
The score of an account for a life is the mean, over all choices of m of its n units, of the best of the m
(:func:`expected_best`), m being what the life with fewest units has. Pooled over the accounts of one person, since
these depend on each other, the life asked about is ranked among the others: p = (1 + #{decoy >= own}) / (K + 1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.account import Precision, When
from karmalink.errors import CannotAnswer, InputError, UnknownName, suggest
from karmalink.link.evidence import UnitTable, score_block
from karmalink.link.material import gather
from karmalink.link.pairs import one_person
from karmalink.link.verdict import Verdict

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from karmalink.account import Account, Encoder, Entry, Life

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["ALPHA", "StrangerResult", "account_scores", "accounts_won", "conformal_p", "expected_best", "stranger"]

# One life is asked about once, and the claim is a large one: p <= .01 takes 99 other lives.
ALPHA = 0.01
_TIE = 1e-12
_ANY_DAY = When(dt.date(2000, 1, 1), "gregorian", Precision.DAY)


@dataclass(frozen=True, slots=True)
class StrangerResult:
    """One life among 1 + K.

    Attributes
    ----------
    verdict : Verdict
        ``found`` where p <= alpha; ``cannot_answer`` where K lives could not give such a p, or where the dreamer wrote
        the life.
    own : str
        The life that was asked about.
    lives : tuple of str
        All lives, best first.
    scores : tuple of float
        Their pooled scores, in the same order.
    p : float
        Conformal p = (1 + #{decoy >= own}) / (K + 1).
    smallest_p : float
        1 / (K + 1): nothing smaller is possible with K decoys.
    alpha : float
        The rate asked for.
    q : float
        False discovery rate of the competition per account.
    won : tuple of str
        Accounts won by the own life at the false discovery rate q of the competition per account.
    n_accounts : int
        Accounts that hold anything to compare.
    authorship : bool
        Whether the dreamer wrote the life, so that the comparison tests authorship and nothing else.
    """

    verdict: Verdict
    own: str
    lives: tuple[str, ...]
    scores: tuple[float, ...]
    p: float
    smallest_p: float
    alpha: float
    q: float
    won: tuple[str, ...]
    n_accounts: int
    authorship: bool
    null: str = "stranger"

    @property
    def rank(self) -> int:
        """Rank of the own life, 1 is best."""
        return self.lives.index(self.own) + 1

    @property
    def finding(self) -> str:
        """One sentence: what the comparison says, with its doubt."""
        decoys, place = len(self.lives) - 1, f"rank {self.rank} of {len(self.lives)} (p = {self.p:.3g})"
        if self.authorship:
            return (
                f"{self.own} was written by the dreamer, so a comparison with other lives tests who wrote it and "
                f"nothing else: {place}."
            )
        if self.smallest_p > self.alpha:
            return (
                f"We cannot tell from {decoys} other lives: the smallest p they could give is {self.smallest_p:.3g}; "
                f"{int(np.ceil(1 / self.alpha)) - 1} would allow {self.alpha:g}. Here: {place}."
            )
        if self.verdict is Verdict.FOUND:
            return (
                f"The {self.n_accounts} accounts agree with {self.own} more than with {decoys} other lives: {place}. "
                "Leakage is not excluded: who knew of this life, and when?"
            )
        return f"Nothing here: {self.n_accounts} accounts agree with {self.own} no more than with other lives, {place}."

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per life: life, score, own."""
        import pandas as pd

        rows = [(life, score, life == self.own) for life, score in zip(self.lives, self.scores, strict=True)]
        return pd.DataFrame(rows, columns=["life", "score", "own"])

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {**asdict(self), "verdict": str(self.verdict), "rank": self.rank, "finding": self.finding}

    def __repr__(self) -> str:
        """Tell the finding."""
        return f"<StrangerResult {self.finding}>"


def stranger(
    accounts: Sequence[Account],
    lives: Sequence[Life],
    own: str,
    *,
    alpha: float = ALPHA,
    q: float = 0.10,
    encoder: Encoder | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> StrangerResult:
    """Ask whether the accounts of one person agree with one life more than with others. Dates do not count.

    Parameters
    ----------
    accounts : sequence of Account
        Accounts of one person.
    lives : sequence of Life
        The life asked about and K others, from the same kind of source: a diary among parish registers wins by style.
    own : str
        Identifier of the life asked about.
    alpha : float
        Rate of the test; needs K >= 1 / alpha - 1 other lives.
    q : float
        False discovery rate of the competition per account: T = accounts won by the own life with a score >= t, D =
        accounts won by any other with a score >= t, and (1 + D) / (K·T) <= q.
    encoder : Encoder, optional
        Adds the part ``meaning``.
    progress : callable, optional
        Called with (lives done, lives).

    Raises
    ------
    UnknownName
        `own` is none of the lives.
    UsageError
        Accounts of several persons.
    CannotAnswer
        Fewer than two lives, or not one account or not one life with anything to compare.
    """
    person = one_person(accounts)
    chosen = _find(lives, own)
    if len(lives) < 2:
        raise CannotAnswer(
            "one life cannot be ranked", rule="the life asked about stands among others", allowed="2 lives"
        )
    table = account_scores(accounts, lives, encoder=encoder, progress=progress)
    said = np.asarray(np.isfinite(table).all(axis=1))
    if not said.any():
        raise CannotAnswer("no account holds a word that could be compared", next_step="give accounts with their texts")
    scores = table[said]
    pooled = scores.mean(axis=0)
    p, smallest = conformal_p(pooled, chosen), 1.0 / len(lives)
    authorship = lives[chosen].author == person
    order = np.argsort(-pooled, kind="stable")
    names = [accounts[at].id for at in np.flatnonzero(said).tolist()]
    return StrangerResult(
        verdict=_verdict(p, smallest, alpha, authorship),
        own=own,
        lives=tuple(lives[at].id for at in order.tolist()),
        scores=tuple(pooled[order].tolist()),
        p=p,
        smallest_p=smallest,
        alpha=alpha,
        q=q,
        won=tuple(names[at] for at in accounts_won(scores, chosen, q).tolist()),
        n_accounts=len(names),
        authorship=authorship,
    )


def account_scores(
    accounts: Sequence[Account],
    lives: Sequence[Life],
    *,
    encoder: Encoder | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Floats:
    """Return the score of every account for every life, shape (A, 1 + K); NaN for an account with nothing to compare.

    Each part of the evidence is measured in its standard deviations over all accounts and units, and parts add up.
    """
    entries = [_dateless(entry) for life in lives for entry in life.entries]
    of_entry = np.repeat(np.arange(len(lives)), [len(life.entries) for life in lives])
    material = gather(accounts, entries, encoder=encoder)
    of_unit = of_entry[material.entries.owner]
    units = np.bincount(of_unit, minlength=len(lives))
    if not units.all():
        empty = lives[int(np.argmin(units))].id
        raise CannotAnswer(f"the life {empty!r} holds nothing to compare", next_step="leave it out")
    scores = _standardised(material.accounts, material.entries, len(accounts))
    out = np.empty((len(accounts), len(lives)))
    for at in range(len(lives)):
        out[:, at] = expected_best(scores[:, of_unit == at], int(units.min()))
        if progress is not None:
            progress(at + 1, len(lives))
    out[np.bincount(material.accounts.owner, minlength=len(accounts)) == 0] = np.nan
    return out


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


def conformal_p(pooled: ArrayLike, own: int) -> float:
    """Return (1 + #{decoy >= own}) / (K + 1); a tie counts against the life asked about."""
    scores = np.asarray(pooled, dtype=np.float64)
    return float(np.count_nonzero(scores >= scores[own] - _TIE)) / scores.size


def accounts_won(scores: Floats, own: int, q: float) -> Ints:
    """Return the accounts that the own life wins at the false discovery rate `q`, by number.

    An account that several lives share with the same best score is won by none: a tie is no evidence.
    """
    best = scores.max(axis=1)
    alone = np.count_nonzero(scores >= best[:, None] - _TIE, axis=1) == 1
    winner = np.where(alone, scores.argmax(axis=1), -1)
    decoys = scores.shape[1] - 1
    for threshold in np.sort(best[winner == own]):
        reached = best >= threshold
        wins = int(np.count_nonzero(reached & (winner == own)))
        losses = int(np.count_nonzero(reached & (winner >= 0) & (winner != own)))
        if (1 + losses) / (decoys * wins) <= q:
            return np.flatnonzero(reached & (winner == own)).astype(np.int64)
    return np.empty(0, dtype=np.int64)


def _standardised(accounts: UnitTable, units: UnitTable, n_accounts: int) -> Floats:
    parts = score_block(accounts, units, 0, n_accounts, 0, units.n_units)
    spread = parts.reshape(parts.shape[0], -1).std(axis=1)
    weight = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0)
    total: Floats = np.tensordot(weight, parts, axes=1)
    return total


def _verdict(p: float, smallest: float, alpha: float, authorship: bool) -> Verdict:
    if authorship or smallest > alpha:
        return Verdict.CANNOT_ANSWER
    return Verdict.FOUND if p <= alpha else Verdict.NOTHING


def _find(lives: Sequence[Life], own: str) -> int:
    names = [life.id for life in lives]
    if own not in names:
        raise UnknownName(f"no life is called {own!r}", allowed=names[:10], next_step=suggest(own, names))
    return names.index(own)


def _dateless(entry: Entry) -> Entry:
    """Put every entry on one day: what a register knows of its dates is often a year, and here dates do not count."""
    return replace(entry, when=_ANY_DAY)
