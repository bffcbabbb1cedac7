"""Does a list of statements fit one life of a register better than chance? The test and its answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.base.wording import counted
from karmalink.errors import InputError
from karmalink.link.claimants.claim_lists import ClaimList
from karmalink.link.claimants.claim_nulls import ChanceLists, ChanceRegisters
from karmalink.link.claimants.claim_scores import ClaimScores, Statements
from karmalink.link.claimants.life_records import LifeRegister
from karmalink.link.claimants.predicates import Predicate, predicates_of
from karmalink.link.error_control.verdicts import Verdict

__all__ = ["LEAKAGE", "ClaimFit", "ClaimsResult", "Tested", "claims", "tested"]

Progress = Callable[[int, int], None]

LEAKAGE = (
    "That the claimant learned of this life by ordinary ways is not excluded: no test of the statements can do that."
)
_RUNS, _ALPHA = 999, 0.05
_STRICT = 0.01
_FIT = 0.25  # nats: less than that moves nothing


@dataclass(frozen=True, slots=True)
class ClaimFit:
    """One statement against the life that fits best.

    Attributes
    ----------
    number : int
        Of the statement, from 1.
    says : tuple of str
        What was understood of it, in words; empty: nothing.
    fit : str
        ``fits``, ``contradicts`` or ``silent``.
    worth : float
        Its logarithm of the likelihood ratio for that life, nats.
    after_search : bool
        Recorded after the search: not counted.
    """

    number: int
    says: tuple[str, ...]
    fit: str
    worth: float
    after_search: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {
            "number": self.number,
            "says": list(self.says),
            "fit": self.fit,
            "worth": round(self.worth, 3),
            "after_search": self.after_search,
        }


@dataclass(frozen=True, eq=False, repr=False)
class ClaimsResult:
    """The answer about one list.

    Attributes
    ----------
    claimant : str
    life : str
        The life that fits best; of a life that was named beforehand, that one.
    named : bool
        Whether it was named beforehand: then looking among all lives is not paid for.
    verdict : Verdict
    score : float
        Sum of the statements' log-likelihood ratios for it, nats.
    p_lists, p_registers : float
        Against lists of other lives, and against registers of the same make; the larger is `p`.
    limit : float
        Score from which p is at most .01.
    statements : tuple of ClaimFit
    scores : ndarray, shape (N,)
        Of every life, in the register's order.
    by_lists, by_registers : ndarray, shape (runs,)
        What chance reached.
    alpha : float
    n_lives : int
    queries : int
        How many times the register was asked for this list.
    p_with_after : float or None
        p with the statements of after the search, where there are any: told, never the answer.
    """

    claimant: str
    life: str
    named: bool
    verdict: Verdict
    score: float
    p_lists: float
    p_registers: float
    limit: float
    statements: tuple[ClaimFit, ...]
    scores: Floats
    by_lists: Floats
    by_registers: Floats
    alpha: float
    n_lives: int
    queries: int
    p_with_after: float | None = None

    @property
    def p(self) -> float:
        """The larger of the two."""
        return max(self.p_lists, self.p_registers)

    @property
    def understood(self) -> int:
        """How many statements became something that a register could confirm or deny."""
        return sum(bool(one.says) for one in self.statements)

    @property
    def finding(self) -> str:
        """The answer in two sentences, with its doubt."""
        of = f"{self.life}, named beforehand," if self.named else f"{self.life}, the best of {self.n_lives} lives,"
        counts = {kind: sum(one.fit == kind for one in self.statements) for kind in ("fits", "contradicts", "silent")}
        told = f"{counts['fits']} fit, {counts['contradicts']} contradict, on {counts['silent']} the register is silent"
        if self.verdict is Verdict.FOUND:
            return f"The statements fit {of} better than chance explains: p = {self.p:.3g} ({told}). {LEAKAGE}"
        if self.verdict is Verdict.CANNOT_ANSWER:
            return (
                f"These statements cannot tell: even a life that all of them fit would hardly stand out among "
                f"{self.n_lives} (of {counted(len(self.statements), 'statement')} {self.understood} say something a "
                "register could hold)."
            )
        return f"Nothing here: the statements fit {of} no better than chance does, p = {self.p:.2g} ({told})."

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the claimant's words and the single scores, JSON-ready."""
        return {
            "claimant": self.claimant,
            "life": self.life,
            "named": self.named,
            "verdict": str(self.verdict),
            "score": round(self.score, 3),
            "p": self.p,
            "p_lists": self.p_lists,
            "p_registers": self.p_registers,
            "alpha": self.alpha,
            "limit": round(self.limit, 3),
            "n_lives": self.n_lives,
            "queries": self.queries,
            "p_with_after": self.p_with_after,
            "statements": [one.to_dict() for one in self.statements],
            "finding": self.finding,
        }

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<ClaimsResult {self.claimant}: {self.verdict}, p = {self.p:.3g} for {self.life}>"


def claims(
    told: ClaimList,
    register: LifeRegister,
    *,
    life: str | None = None,
    runs: int = _RUNS,
    alpha: float = _ALPHA,
    seed: int = 0,
    scores: ClaimScores | None = None,
    progress: Progress | None = None,
) -> ClaimsResult:
    """Test whether a list of statements fits one life of a register better than chance.

    Parameters
    ----------
    told : ClaimList
        What the claimant said. Only what was recorded before the search is counted.
    register : LifeRegister
    life : str, optional
        A life that was named before any life was compared. Without it the best of all is tested, and looking among all
        of them is paid for.
    runs : int
        Lists, and registers, that show what chance reaches; 99 or more.
    alpha : float
        Error rate.
    seed : int
        Of everything random.
    scores : ClaimScores, optional
        Of this register, where several lists are tested: its index is built once.
    progress : callable, optional
        Called with (done, total).

    Raises
    ------
    InputError
        A life that is not in the register, or too few runs; no statement of before the search; a claimant who has the
        full name of a life of the register.

    Notes
    -----
    The p-value is that of a rank, (1 + number of chance values at least as large) / (1 + runs), against two nulls; the
    larger is reported.
    """
    if not (runs >= 99 and 0.0 < alpha < 1.0):
        raise InputError(f"runs {runs}, alpha {alpha}", allowed="99 runs or more, an alpha between 0 and 1")
    if not told.before:
        raise InputError(
            "every statement was recorded after the search",
            where=told.claimant,
            rule="what was said after somebody had looked for the life may come from what was found",
            next_step="mark only those with after_search = yes that were said later",
        )
    _check_own_life(told.claimant, register)
    asked = ClaimScores(register) if scores is None else scores
    read = [predicates_of(one.text, register.known) for one in told.statements]
    before = [read[number] for number in told.before]
    at = None if life is None else register.number(life)
    found = tested(asked, before, at, runs, seed, progress)
    result = _answer(told, register, asked, read, found, alpha=alpha, named=life is not None)
    if len(before) == len(read):
        return result
    later = tested(asked, read, at, runs, seed, None)
    return replace(result, p_with_after=later.p, queries=result.queries + 1)


def _check_own_life(claimant: str, register: LifeRegister) -> None:
    """Refuse a claimant who stands in the register: what people say of themselves fits their own life best.

    One name alone is no sign: a child called Sokan may well speak of a Sokan.
    """
    name = claimant.casefold().split()
    own = [life.id for life in register.lives if len(name) > 1 and life.name.casefold().split() == name]
    if own:
        raise InputError(
            "the claimant has the name of a life of the register",
            where=f"life {own[0]}",
            rule="what people say of themselves fits their own life best, and that answers nothing",
            next_step="take the life out of the register if it is the claimant's; if it is not, give the claimant "
            "another label in the file of statements",
        )


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """Scores of all lives, which one is in question, what chance reached, and both p-values."""

    scores: Floats
    at: int
    by_lists: Floats
    by_registers: Floats

    @property
    def p_lists(self) -> float:
        """Against lists of other lives."""
        return _rank(self.scores[self.at], self.by_lists)

    @property
    def p_registers(self) -> float:
        """Against registers of the same make."""
        return _rank(self.scores[self.at], self.by_registers)

    @property
    def p(self) -> float:
        """The larger of the two."""
        return max(self.p_lists, self.p_registers)


def _rank(value: float, chance: Floats) -> float:
    return (1.0 + np.count_nonzero(chance >= value)) / (1.0 + chance.size)


def tested(
    asked: ClaimScores, statements: Statements, at: int | None, runs: int, seed: int, progress: Progress | None
) -> Tested:
    """Return the scores of all lives and what chance reaches, of statements that are understood already."""
    rng = np.random.default_rng(seed)
    scores = asked.of_list(statements)
    first, second = (_part(progress, half, runs) for half in (0, 1))
    lists = ChanceLists(asked).best(statements, runs, rng, first)
    registers = ChanceRegisters(asked).best(statements, runs, rng, second)
    which = 0 if at is None else 1
    return Tested(scores, int(np.argmax(scores)) if at is None else at, lists[which], registers[which])


def _part(progress: Progress | None, half: int, runs: int) -> Progress | None:
    return None if progress is None else lambda done, _: progress(half * runs + done, 2 * runs)


def _answer(
    told: ClaimList,
    register: LifeRegister,
    asked: ClaimScores,
    read: Sequence[tuple[Predicate, ...]],
    found: Tested,
    *,
    alpha: float,
    named: bool,
) -> ClaimsResult:
    chance = (found.by_lists, found.by_registers)
    limit = max(float(np.quantile(values, 1.0 - _STRICT)) for values in chance)
    if found.p <= alpha:
        verdict = Verdict.FOUND
    elif _reach(asked, [read[number] for number in told.before]) < max(
        float(np.quantile(values, 1.0 - alpha)) for values in chance
    ):
        verdict = Verdict.CANNOT_ANSWER
    else:
        verdict = Verdict.NOTHING
    worths = [float(worth[found.at]) for worth, _ in asked.of_statements(read)]
    fits = [_fit(told, number, read[number], worth) for number, worth in enumerate(worths)]
    return ClaimsResult(
        claimant=told.claimant,
        life=register.lives[found.at].id,
        named=named,
        verdict=verdict,
        score=float(found.scores[found.at]),
        p_lists=found.p_lists,
        p_registers=found.p_registers,
        limit=limit,
        statements=tuple(fits),
        scores=found.scores,
        by_lists=found.by_lists,
        by_registers=found.by_registers,
        alpha=alpha,
        n_lives=len(register),
        queries=1,
    )


def _reach(asked: ClaimScores, statements: Statements) -> float:
    """Return the score of a life that fits seven tenths of the statements as well as any life fits each."""
    return 0.7 * sum(float(asked.of_statement(predicates)[0].max()) for predicates in statements)


def _fit(told: ClaimList, number: int, predicates: Sequence[Predicate], worth: float) -> ClaimFit:
    kind = "fits" if worth > _FIT else "contradicts" if worth < -_FIT else "silent"
    says = tuple(predicate.phrase() for predicate in predicates if predicate.field != "words" or kind == "fits")
    return ClaimFit(number + 1, says, kind, worth, told.statements[number].after_search)
