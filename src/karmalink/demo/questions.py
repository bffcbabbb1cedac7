"""The questions that the demo asks of its study. Everything here is read from the study; the truth is not in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from karmalink.base.progress import Progress
from karmalink.demo.grammar import SOUGHT
from karmalink.demo.lives_register import CLAIMED_LIFE
from karmalink.demo.story import BOY
from karmalink.link import lag_curve, pairs, power
from karmalink.link.stranger_null.stranger_test import stranger
from karmalink.report import Answered
from karmalink.study.analyses.links_to_clues import LINK_CLUES_Q, ClueFrom, accounts_mentioning, clues_from_links
from karmalink.study.awakening import stage_groups

if TYPE_CHECKING:
    from karmalink.account import Life
    from karmalink.link import PairsResult, Power
    from karmalink.study import Study

__all__ = ["DemoAnswers", "ask_study"]

_OWN, _NEIGHBOUR = "dara-days", "vuthy-days"
_STEPS = 7


@dataclass(frozen=True, slots=True)
class DemoAnswers:
    """The questions, their answers, and the clues from links.

    Attributes
    ----------
    power : Power
        What these data can answer, computed before anything else.
    answered : tuple of Answered
        Questions with their results, the claim about the register first.
    carried : tuple of ClueFrom
        Clues from links, found among the accounts that mention the thing sought.
    lives : tuple of Life
        The lives that results name.
    """

    power: Power
    answered: tuple[Answered, ...]
    carried: tuple[ClueFrom, ...]
    lives: tuple[Life, ...]

    def about(self, life: str) -> PairsResult:
        """Return the answer of the mirror null about one life."""
        from karmalink.link import PairsResult

        results = [answered.result for answered in self.answered if isinstance(answered.result, PairsResult)]
        return next(result for result in results if result.life == life)


def ask_study(study: Study, *, seed: int, progress: Progress | None = None) -> DemoAnswers:
    """Ask which lives the dreams draw on, and keep every answer in the study.

    Parameters
    ----------
    study : Study
        Open for writing.
    seed : int
        Of everything random.
    progress : callable, optional
        Called with (questions done, questions).
    """
    step = progress or (lambda done, total: None)
    accounts, lives = study.accounts.list(), {life.id: life for life in study.lives.list()}
    stages = stage_groups(accounts, study.awakenings.list())
    own, neighbour = lives[_OWN], lives[_NEIGHBOUR]
    span = own.span or (0, 0)
    can = power(len({account.night() for account in accounts}), span[1] - span[0] + 1, len(lives) - 1, seed=seed)
    step(1, _STEPS)
    days = pairs(accounts, own, groups=stages, seed=seed)
    step(2, _STEPS)
    others = pairs(accounts, neighbour, groups=stages, seed=seed)
    step(3, _STEPS)
    register = [life for life in lives.values() if life.kind == "register"]
    claim = stranger(accounts, register, CLAIMED_LIFE)
    step(4, _STEPS)
    reach = lag_curve(accounts, own, seed=seed)
    step(5, _STEPS)
    mentioning = pairs(accounts_mentioning(accounts, SOUGHT), own, q=LINK_CLUES_Q, groups=stages, seed=seed)
    carried = clues_from_links(
        [link.score for link in mentioning.links], accounts, own.entries, study.places.list(), sought=SOUGHT
    )
    step(_STEPS, _STEPS)
    answered = (
        Answered(
            question="Do the dreams fit the old life that his friends found in the register?",
            result=claim,
            about=(
                f"All his dreams are compared with {len(register)} lives of people long dead; one was named beforehand."
            ),
        ),
        Answered(
            question="Do the dreams know the shopkeeper's days?",
            result=others,
            about="The same test with the diary of another person, whose days the dreamer did not live.",
        ),
        Answered(
            question="Do the dreams draw on the boy's own days?",
            result=days,
            about="Each night is compared with the week before it; the week after it is the decoy.",
        ),
        Answered(
            question="How far back do the dreams reach?",
            result=reach,
            about="Every day before a night is compared with its mirror day after it.",
        ),
    )
    for result in (days, others, mentioning):
        study.results.put("link.pairs", (BOY, *_author(lives[result.life])), result.to_dict(texts=False))
    study.results.put("link.stranger", (BOY,), claim.to_dict())
    study.results.put("link.lag", (BOY,), reach.to_dict())
    return DemoAnswers(can, answered, tuple(carried), (own, neighbour))


def _author(life: Life) -> tuple[str, ...]:
    return (life.author,) if life.author and life.author != BOY else ()
