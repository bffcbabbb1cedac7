"""A study as a source of accounts and lives for the questions of the link room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from karmalink.errors import UsageError
from karmalink.link.sources import languages_of
from karmalink.study.analyses.analyses import (
    accounts_of,
    audit_of,
    find_pairs,
    lag_curve_of,
    lag_table_of,
    pooled_pairs_of,
    power_of,
    rank_of,
    registers_of,
)

if TYPE_CHECKING:
    from karmalink.link import Audit, LagCurve, LagTable, PairsResult, PooledPairs, Power, StrangerResult
    from karmalink.link.sources import Languages, Question
    from karmalink.study.study import Study

__all__ = ["StudySource"]


@dataclass(frozen=True, slots=True)
class StudySource:
    """A person and a life of a study that is open; a `link.sources.Source`.

    Attributes
    ----------
    study : Study
        Open; if open for writing, answers are kept in it.
    person, life : str
        Identifiers; empty for all people and all lives.
    """

    study: Study
    person: str = ""
    life: str = ""

    def power(self, question: Question) -> Power:
        """Return what can be answered; the number of other lives is that of the study if the question has none."""
        return power_of(self.study, self.person, self.life, decoys=question.decoys, **question.options("power"))

    def pairs(self, question: Question) -> PairsResult:
        """Return which nights draw on which days."""
        return find_pairs(self.study, self.person, self.life, **question.options("pairs"))

    def pooled_pairs(self, question: Question) -> PooledPairs:
        """Return which nights of all dreamers draw on which days of their own lives.

        Raises
        ------
        UsageError
            A person or a life is named.
        """
        if self.person or self.life:
            raise UsageError("--study with --everyone takes no argument", rule="it asks about all people at once")
        return pooled_pairs_of(self.study, **question.options("pooled_pairs"))

    def lag_curve(self, question: Question) -> LagCurve:
        """Return how far back the accounts reach."""
        return lag_curve_of(self.study, self.person, self.life, **question.options("lag_curve"))

    def lag_table(self, question: Question) -> LagTable:
        """Return how far back the accounts of all people reach into all lives.

        Raises
        ------
        UsageError
            A person or a life is named.
        """
        if self.person or self.life:
            raise UsageError("--study with --everyone takes no argument", rule="it compares all people with all lives")
        return lag_table_of(self.study, **question.options("lag_table"))

    def stranger(self, life: str | None, question: Question) -> StrangerResult:
        """Return how a life ranks among the registers, or whether any fits."""
        return rank_of(self.study, self.person, life, **question.options("stranger"))

    def stranger_beside(self, question: Question) -> StrangerResult:
        """Return how the life, a register, ranks among the registers."""
        return rank_of(self.study, self.person, self.life, progress=question.progress)

    def audit(self, question: Question) -> Audit:
        """Return what the nulls do where there is nothing to find; other lives are those of the study.

        Raises
        ------
        UsageError
            A file of other lives is named.
        """
        if question.others is not None:
            raise UsageError("--others is for files", rule="with --study the other lives are those of the study")
        return audit_of(self.study, self.person, self.life, **question.options("audit"))

    def n_others(self) -> int:
        """Return the number of registers minus one."""
        return max(0, len(registers_of(self.study)) - 1)

    def languages(self) -> Languages:
        """Return which languages the accounts of the person are in, and which the life."""
        return languages_of(accounts_of(self.study, self.person), self.study.lives.get(self.life))
