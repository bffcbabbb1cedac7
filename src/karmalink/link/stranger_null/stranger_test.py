"""Is it about this life at all? One life ranked among others, and before that: does any life fit?

Every account scores every life by the same number of distinct units of each, each unit standardised over units of other
lives: otherwise a life would come first by being long, short, or like everything
(`link.stranger_null.scores_among_lives`, where an audit says what each costs). Pooled over the accounts
of one person, since these depend on each other, a life that was named beforehand is ranked among the others: p = (1 +
#{decoy >= own}) / (K + 1). A life that was chosen after the ranking was seen would always get 1 / (K + 1); its p is
that of the best of all lives where none fits (`link.stranger_null.best_life`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.account.language.views import view_named
from karmalink.base.progress import Progress
from karmalink.base.wording import counted
from karmalink.errors import CannotAnswer, UnknownName, UsageError, suggest
from karmalink.link.error_control.e_values import e_from_p
from karmalink.link.error_control.verdicts import Verdict
from karmalink.link.mirror_null.pairs_test import one_person
from karmalink.link.stranger_null.best_life import AnyLife, any_life, lists_of_lives
from karmalink.link.stranger_null.scores_among_lives import (
    account_e,
    accounts_won,
    conformal_p,
    life_scale,
    register_texts,
)
from karmalink.link.stranger_null.statements import StatementFit, statement_fits

if TYPE_CHECKING:
    import pandas as pd

    from karmalink.account import Account, Encoder, Life

__all__ = ["ALPHA", "NAMED", "StrangerResult", "stranger"]

# The claim is a large one, so the level is low: p <= .01 takes 99 other lives.
ALPHA = 0.01


NAMED = {
    "before": "named before a ranking was seen",
    "after": "chosen after a ranking was seen",
    "": "no life was named",
}
"""When the life in question was named → in words."""


@dataclass(frozen=True, slots=True)
class StrangerResult:
    """One life among 1 + K, or, where none was named, whether any of them fits.

    Attributes
    ----------
    verdict : Verdict
        ``found`` where p <= alpha; ``cannot_answer`` where K lives could not give such a p, or where the dreamer wrote
        the life.
    own : str
        The life in question; where none was named, the one that agrees most.
    lives : tuple of str
        All lives, best first.
    scores : tuple of float
        Their pooled scores, in the same order.
    p : float
        Of a life named before: (1 + #{decoy >= own}) / (K + 1) times the looks. Of one chosen after the ranking was
        seen, or where none was named: that any life leads so far where none fits, times the looks.
    smallest_p : float
        Nothing smaller is possible with K decoys and so many looks.
    alpha : float
        The level of the test.
    q : float
        False discovery rate of the competition per account.
    won : tuple of str
        Accounts won by the own life at the false discovery rate q of the competition per account; never one without
        evidence above zero.
    n_accounts : int
        Accounts that have anything to compare.
    e, e_accounts : float
        E-value of p, and mean e-value of the accounts: for combination with those
        of other dreamers (:func:`karmalink.link.e_mean`, or ``e_product`` where they are independent).
    authorship : bool
        Whether the dreamer wrote the life, so that the comparison tests only authorship.
    view : str
        What of the texts was compared.
    named : str
        ``before`` or ``after`` a ranking was seen; "" where no life was named.
    looks : int
        How often these accounts were held against the register, this time included.
    any_life : AnyLife or None
        Whether any life fits: the first question, and the only one where no life was named before.
    n_tied : int
        Accounts that share nothing with any life: ties.
    statements : tuple of StatementFit
        Each account against the life in question: fits, contradicts or silent, with its worth.
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
    named: str = "before"
    looks: int = 1
    any_life: AnyLife | None = None
    n_tied: int = 0
    statements: tuple[StatementFit, ...] = ()

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
        if self.n_accounts == self.n_tied:
            return (
                f"We cannot tell: {_shares(self.n_accounts)} no word, name or number with any life, so all lives tie."
            )
        if self.smallest_p > self.alpha:
            return (
                f"We cannot tell from {counted(decoys, 'other life', 'other lives')}: the smallest p possible is "
                f"{self.smallest_p:.3g}; {int(np.ceil(self.looks / self.alpha)) - 1} would allow {self.alpha:g}. "
                f"Here: {place}."
            )
        if self.named != "before":
            return self._of_any(decoys + 1)
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

    def _of_any(self, n_lives: int) -> str:
        """Return the finding where the ranking chose the life."""
        chosen = f" It was {NAMED['after']}, so the choice among all lives is paid for." if self.named else ""
        if self.verdict is Verdict.FOUND:
            return (
                f"{self.own} is farther ahead of the other lives than the best of {n_lives} is where none fits "
                f"(p = {self.p:.3g}).{chosen} Leakage is not excluded: who knew of this life, and when?"
            )
        who = self.own if self.named else f"the best life, {self.own},"
        return (
            f"Nothing here beats chance: {who} is no farther ahead than the best of {n_lives} lives is where none fits "
            f"(p = {self.p:.3g}).{chosen}"
        )

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per life: life, score, own."""
        import pandas as pd

        rows = [(life, score, life == self.own) for life, score in zip(self.lives, self.scores, strict=True)]
        return pd.DataFrame(rows, columns=["life", "score", "own"])

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        body = {**asdict(self), "verdict": str(self.verdict), "rank": self.rank, "finding": self.finding}
        body["statements"] = [one.to_dict() for one in self.statements]
        return body

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<StrangerResult {self.finding}>"


def _shares(n_accounts: int) -> str:
    return "the account shares" if n_accounts == 1 else f"the {n_accounts} accounts share"


def _agree(n_accounts: int) -> str:
    return "The account agrees" if n_accounts == 1 else f"The {n_accounts} accounts agree"


def stranger(
    accounts: Sequence[Account],
    lives: Sequence[Life],
    own: str | None = None,
    *,
    alpha: float = ALPHA,
    q: float = 0.10,
    named: str = "before",
    looks: int = 1,
    encoder: Encoder | None = None,
    view: str = "all",
    seed: int = 0,
    progress: Progress | None = None,
) -> StrangerResult:
    """Return whether the accounts of one person agree with one life more than with others. Dates are not used.

    Parameters
    ----------
    accounts : sequence of Account
        Accounts of one person.
    lives : sequence of Life
        The life in question and K others, from the same kind of source: a diary among parish registers wins by style.
    own : str, optional
        Identifier of the life in question. Without one the question is whether any life fits.
    alpha : float
        Level of the test; needs K >= 1 / alpha − 1 other lives.
    q : float
        False discovery rate of the competition per account: T = accounts won by the own life with a score >= t, D =
        accounts won by any other with a score >= t, and (1 + D) / (K·T) <= q.
    named : str
        ``before`` or ``after`` a ranking of these lives was seen. A life chosen after it is tested as the best of all.
    looks : int
        How often these accounts were held against this register, this time included: p is multiplied by it.
    encoder : Encoder, optional
        Adds the part ``meaning``.
    view : str
        What of the texts is compared: ``all``, ``style-removed`` or ``names-masked`` (:data:`karmalink.account.VIEWS`).
    seed : int
        Of what is random: which units of longer lives are compared, lists of other lives, and ties between lives.
    progress : callable, optional
        Called with (lives done, lives).

    Raises
    ------
    UnknownName
        `own` is not one of the lives.
    UsageError
        Accounts of several people, a level or rate outside (0, 1), an unknown view or time of naming, or looks below 1.
    CannotAnswer
        Fewer than two lives, or no account, or a life, without anything to compare.
    """
    _check(alpha, q, named, looks)
    person = one_person(accounts)
    chosen = None if own is None else _find(lives, own)
    if len(lives) < 2:
        raise CannotAnswer(
            "one life cannot be ranked", rule="the life in question is ranked among others", allowed="2 lives or more"
        )
    named = named if own is not None else ""
    texts = register_texts(accounts, lives, encoder=encoder, view=view_named(view).name)
    kept, material = np.flatnonzero(texts.comparable), texts.material
    scale = life_scale(material.accounts, material.entries, texts.of_unit, len(lives))
    # A life named before is compared by its own length; the best of all by the same length of all.
    fair = chosen if named == "before" and chosen is not None else -1
    every = scale.scores(material.accounts, own=fair, seed=seed)  # (A, 1 + K)
    scores = every[kept]
    even = scores if fair < 0 else scale.scores(material.accounts, seed=seed)[kept]
    lists = lists_of_lives(scale, material.accounts, seed=seed, progress=progress)
    anyone = any_life(even, lists, life=chosen if named == "after" else None, seed=seed)
    pooled = scores.mean(axis=0)  # (1 + K,) over the accounts of the person, since these depend on each other
    at = anyone.best if chosen is None else chosen
    p = conformal_p(pooled, at) if named == "before" else anyone.p
    smallest = 1.0 / len(lives) if named == "before" else anyone.smallest_p
    p, smallest = min(1.0, looks * p), min(1.0, looks * smallest)
    tied = int(np.count_nonzero(scores.max(axis=1) <= 0.0))
    authorship = lives[at].author == person
    order = np.argsort(-pooled, kind="stable")
    names = [accounts[one].id for one in kept.tolist()]
    answers = smallest <= alpha and not authorship and tied < len(names)
    return StrangerResult(
        verdict=Verdict.CANNOT_ANSWER if not answers else Verdict.FOUND if p <= alpha else Verdict.NOTHING,
        own=lives[at].id,
        lives=tuple(lives[life].id for life in order.tolist()),
        scores=tuple(pooled[order].tolist()),
        p=p,
        smallest_p=smallest,
        alpha=alpha,
        q=q,
        won=tuple(names[one] for one in accounts_won(scores, at, q, seed=seed).tolist()),
        n_accounts=len(names),
        authorship=authorship,
        e=float(e_from_p(p)),
        e_accounts=account_e(scores, at),
        view=view,
        named=named,
        looks=looks,
        any_life=anyone,
        n_tied=tied,
        statements=statement_fits(accounts, lives[at], every, at),
    )


def _check(alpha: float, q: float, named: str, looks: int) -> None:
    for name, rate in (("level of the test", alpha), ("false discovery rate", q)):
        if not 0.0 < rate < 1.0:
            raise UsageError(f"the {name} must be above 0 and below 1, got {rate:g}")
    if named not in ("before", "after"):
        raise UsageError(f"named must be before or after, got {named!r}", rule="whether a ranking was seen first")
    if looks < 1:
        raise UsageError(f"looks must be 1 or more, got {looks}", rule="this look is one of them")


def _find(lives: Sequence[Life], own: str) -> int:
    names = [life.id for life in lives]
    if own not in names:
        raise UnknownName(f"unknown life {own!r}", allowed=names[:10], next_step=suggest(own, names))
    return names.index(own)
