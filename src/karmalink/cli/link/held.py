"""Accounts and lives of a study, as the verbs of ``karmalink link`` ask about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from karmalink.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from karmalink.cli.link.sources import Worlds
    from karmalink.link import Audit, Executor, LagCurve, PairsResult, Power, StrangerResult
    from karmalink.link.error_control.covariates import Covariates
    from karmalink.study import Study
    from karmalink.study.analyses.links_to_clues import Carried

__all__ = ["FromStudyHeld"]

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class FromStudyHeld:
    """A person and a life of a study that is open."""

    study: Study
    person: str
    life: str

    def power(self, *, decoys: int | None = None, lags: int = 7, q: float = 0.10, seed: int = 0) -> Power:
        """Return what can be answered."""
        from karmalink.study.analyses.analyses import power_of

        return power_of(self.study, self.person, self.life, decoys=decoys, lags=lags, q=q, seed=seed)

    def pairs(
        self,
        *,
        null: str,
        lags: int,
        q: float,
        seed: int,
        progress: Progress,
        covariates: Covariates | None = None,
        view: str = "all",
        executor: Executor | None = None,
    ) -> PairsResult:
        """Return which nights draw on which days."""
        from karmalink.link import SERIAL
        from karmalink.study.analyses.analyses import find_pairs

        return find_pairs(
            self.study,
            self.person,
            self.life,
            null=null,
            lags=lags,
            q=q,
            covariates=covariates,
            view=view,
            executor=executor or SERIAL,
            seed=seed,
            progress=progress,
        )

    def lag(self, *, lags: int, within: int | None, seed: int, progress: Progress, view: str = "all") -> LagCurve:
        """Return how far back the accounts reach."""
        from karmalink.study.analyses.analyses import lag_curve_of

        return lag_curve_of(
            self.study, self.person, self.life, lags=lags, within=within, view=view, seed=seed, progress=progress
        )

    def rank(self, own: str, *, alpha: float, q: float, progress: Progress, view: str = "all") -> StrangerResult:
        """Return how a life ranks among the registers."""
        from karmalink.study.analyses.analyses import rank_of

        return rank_of(self.study, self.person, own, alpha=alpha, q=q, view=view, progress=progress)

    def rank_among(self, others: Path | None, *, progress: Progress) -> StrangerResult:
        """Return how the life, a register, ranks among the registers."""
        return self.rank(self.life, alpha=0.01, q=0.10, progress=progress)

    def audit(self, asked: Worlds, *, progress: Progress, executor: Executor | None = None) -> Audit:
        """Return what the nulls do where there is nothing to find; other lives are those of the study."""
        from karmalink.link import SERIAL
        from karmalink.study.analyses.audits import audit_of

        if asked.others is not None:
            raise UsageError("--others is for files", rule="with --study the lives of others are those of the study")
        return audit_of(
            self.study, self.person, self.life, progress=progress, executor=executor or SERIAL, **asked.options
        )

    def others(self) -> int:
        """Return how many registers there are, less one."""
        from karmalink.study.analyses.analyses import registers_of

        return max(0, len(registers_of(self.study)) - 1)

    def can_carry(self, sought: str | None) -> None:
        """Refuse words of which none says anything."""
        from karmalink.study.analyses.links_to_clues import sought_words

        if sought is not None:
            sought_words([sought])

    def carry(self, found: PairsResult, sought: str, *, seed: int, progress: Progress) -> Carried:
        """Add the clues of links to the study."""
        from karmalink.study.analyses.links_to_clues import carry_links

        return carry_links(self.study, found, sought=[sought], seed=seed, progress=progress)
