"""Is it about this life at all? The life in question ranked among other lives.

Every account scores every life by the same number of distinct units of each, each unit standardised over units of other
lives: otherwise a life would come first by being long, short, or like everything
(`link.stranger_null.scores_among_lives`, where an audit says what each costs). Pooled over the accounts
of one person, since these depend on each other, the life in question is ranked among the others: p = (1 + #{decoy >=
own}) / (K + 1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.account.language.views import view_named
from karmalink.base.wording import counted
from karmalink.errors import CannotAnswer, UnknownName, UsageError, suggest
from karmalink.link.error_control.e_values import e_from_p
from karmalink.link.error_control.verdicts import Verdict
from karmalink.link.mirror_null.pairs_test import one_person
from karmalink.link.stranger_null.scores_among_lives import account_e, account_scores, accounts_won, conformal_p

if TYPE_CHECKING:
    import pandas as pd

    from karmalink.account import Account, Encoder, Life

__all__ = ["ALPHA", "StrangerResult", "stranger"]

# The claim is a large one, so the level is low: p <= .01 takes 99 other lives.
ALPHA = 0.01


@dataclass(frozen=True, slots=True)
class StrangerResult:
    """One life among 1 + K.

    Attributes
    ----------
    verdict : Verdict
        ``found`` where p <= alpha; ``cannot_answer`` where K lives could not give such a p, or where the dreamer wrote
        the life.
    own : str
        The life in question.
    lives : tuple of str
        All lives, best first.
    scores : tuple of float
        Their pooled scores, in the same order.
    p : float
        Conformal p = (1 + #{decoy >= own}) / (K + 1).
    smallest_p : float
        1 / (K + 1): nothing smaller is possible with K decoys.
    alpha : float
        The level of the test.
    q : float
        False discovery rate of the competition per account.
    won : tuple of str
        Accounts won by the own life at the false discovery rate q of the competition per account.
    n_accounts : int
        Accounts that have anything to compare.
    e, e_accounts : float
        E-value of the rank of all accounts together, and the mean e-value of the accounts: for combination with those
        of other dreamers (:func:`karmalink.link.e_mean`, or ``e_product`` where they are independent).
    authorship : bool
        Whether the dreamer wrote the life, so that the comparison tests only authorship.
    view : str
        What of the texts was compared.
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
    e: float = 1.0
    e_accounts: float = 1.0
    null: str = "stranger"
    view: str = "all"

    @property
    def rank(self) -> int:
        """Rank of the own life, 1 is best."""
        return self.lives.index(self.own) + 1

    @property
    def finding(self) -> str:
        """One sentence: the result of the comparison, with its doubt."""
        decoys, place = len(self.lives) - 1, f"rank {self.rank} of {len(self.lives)} (p = {self.p:.3g})"
        if self.authorship:
            return (
                f"{self.own} was written by the dreamer, so comparing it with other lives tests only who wrote it: "
                f"{place}."
            )
        if self.smallest_p > self.alpha:
            return (
                f"We cannot tell from {counted(decoys, 'other life', 'other lives')}: the smallest p possible is "
                f"{self.smallest_p:.3g}; {int(np.ceil(1 / self.alpha)) - 1} would allow {self.alpha:g}. Here: {place}."
            )
        if self.verdict is Verdict.FOUND:
            return (
                f"{_agree(self.n_accounts)} with {self.own} more than with {decoys} other lives: {place}. "
                "Leakage is not excluded: who knew of this life, and when?"
            )
        agree = "agrees" if self.n_accounts == 1 else "agree"
        return (
            f"Nothing here beats chance: {counted(self.n_accounts, 'account')} {agree} with {self.own} no more than "
            f"with other lives, {place}."
        )

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per life: life, score, own."""
        import pandas as pd

        rows = [(life, score, life == self.own) for life, score in zip(self.lives, self.scores, strict=True)]
        return pd.DataFrame(rows, columns=["life", "score", "own"])

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {**asdict(self), "verdict": str(self.verdict), "rank": self.rank, "finding": self.finding}

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<StrangerResult {self.finding}>"


def _agree(n_accounts: int) -> str:
    return "The account agrees" if n_accounts == 1 else f"The {n_accounts} accounts agree"


def stranger(
    accounts: Sequence[Account],
    lives: Sequence[Life],
    own: str,
    *,
    alpha: float = ALPHA,
    q: float = 0.10,
    encoder: Encoder | None = None,
    view: str = "all",
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> StrangerResult:
    """Ask whether the accounts of one person agree with one life more than with others. Dates are not used.

    Parameters
    ----------
    accounts : sequence of Account
        Accounts of one person.
    lives : sequence of Life
        The life in question and K others, from the same kind of source: a diary among parish registers wins by style.
    own : str
        Identifier of the life in question.
    alpha : float
        Level of the test; needs K >= 1 / alpha − 1 other lives.
    q : float
        False discovery rate of the competition per account: T = accounts won by the own life with a score >= t, D =
        accounts won by any other with a score >= t, and (1 + D) / (K·T) <= q.
    encoder : Encoder, optional
        Adds the part ``meaning``.
    view : str
        What of the texts is compared: ``all``, ``style-removed`` or ``names-masked`` (:data:`karmalink.account.VIEWS`).
    seed : int
        Of what is random: which units of longer lives are compared, and ties between lives.
    progress : callable, optional
        Called with (lives done, lives).

    Raises
    ------
    UnknownName
        `own` is not one of the lives.
    UsageError
        Accounts of several people, a level or rate outside (0, 1), or an unknown view.
    CannotAnswer
        Fewer than two lives, or no account, or a life, without anything to compare.
    """
    for name, rate in (("level of the test", alpha), ("false discovery rate", q)):
        if not 0.0 < rate < 1.0:
            raise UsageError(f"the {name} must be above 0 and below 1, got {rate:g}")
    person = one_person(accounts)
    chosen = _find(lives, own)
    if len(lives) < 2:
        raise CannotAnswer(
            "one life cannot be ranked", rule="the life in question is ranked among others", allowed="2 lives or more"
        )
    view = view_named(view).name
    table = account_scores(accounts, lives, own=chosen, encoder=encoder, view=view, seed=seed, progress=progress)
    comparable = np.asarray(np.isfinite(table).all(axis=1))
    if not comparable.any():
        raise CannotAnswer("no account has a word that could be compared", next_step="give accounts with their texts")
    scores = table[comparable]  # (a, 1 + K)
    pooled = scores.mean(axis=0)  # (1 + K,) over the accounts of the person, since these depend on each other
    p, smallest = conformal_p(pooled, chosen), 1.0 / len(lives)
    authorship = lives[chosen].author == person
    order = np.argsort(-pooled, kind="stable")
    names = [accounts[at].id for at in np.flatnonzero(comparable).tolist()]
    return StrangerResult(
        verdict=_verdict(p, smallest, alpha, authorship),
        own=own,
        lives=tuple(lives[at].id for at in order.tolist()),
        scores=tuple(pooled[order].tolist()),
        p=p,
        smallest_p=smallest,
        alpha=alpha,
        q=q,
        won=tuple(names[at] for at in accounts_won(scores, chosen, q, seed=seed).tolist()),
        n_accounts=len(names),
        authorship=authorship,
        e=float(e_from_p(p)),
        e_accounts=account_e(scores, chosen),
        view=view,
    )


def _verdict(p: float, smallest: float, alpha: float, authorship: bool) -> Verdict:
    if authorship or smallest > alpha:
        return Verdict.CANNOT_ANSWER
    return Verdict.FOUND if p <= alpha else Verdict.NOTHING


def _find(lives: Sequence[Life], own: str) -> int:
    names = [life.id for life in lives]
    if own not in names:
        raise UnknownName(f"unknown life {own!r}", allowed=names[:10], next_step=suggest(own, names))
    return names.index(own)
