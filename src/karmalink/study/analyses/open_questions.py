"""What the accounts and lives of a study can answer, computed before any test is run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from karmalink.base.wording import counted

if TYPE_CHECKING:
    from karmalink.account import Account, Life
    from karmalink.link import Power
    from karmalink.study.study import Study

__all__ = ["Answerable", "answerable", "decoys_of", "own_life"]


@dataclass(frozen=True, slots=True)
class Answerable:
    """What one dreamer's accounts can answer about their own life.

    Attributes
    ----------
    person : str
        The dreamer.
    accounts : int
        Accounts dated to the day.
    life : str or None
        The dreamer's own life with the most entries; None if there is none.
    decoys : int
        Other lives with entries in that span.
    power : Power or None
        The number of nights and days, and what they can answer; None without a life.
    """

    person: str
    accounts: int
    life: str | None
    decoys: int
    power: Power | None

    @property
    def sentences(self) -> tuple[str, ...]:
        """Return what can and cannot be answered, in words."""
        if self.power is None:
            return (
                "There is no life of this dreamer to compare with: add dated entries (a diary, a calendar, a chat).",
            )
        return tuple(question.sentence for question in self.power.questions)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {
            "person": self.person,
            "accounts": self.accounts,
            "life": self.life,
            "nights": 0 if self.power is None else self.power.n_nights,
            "days": 0 if self.power is None else self.power.n_days,
            "decoys": self.decoys,
            "power": None if self.power is None else self.power.to_dict(),
            "sentences": list(self.sentences),
        }

    def __repr__(self) -> str:
        """One-line summary."""
        accounts = counted(self.accounts, "account")
        return f"Answerable({self.person}: {accounts}, {self.life or 'no life'}, {self.power})"


def answerable(study: Study, *, seed: int = 0) -> list[Answerable]:
    """Return what each dreamer's accounts can answer with the present content of the study.

    Parameters
    ----------
    study : Study
        Open.
    seed : int
        Of the power simulation.
    """
    lives = study.lives.list()
    by_person: dict[str, list[Account]] = {}
    for account in study.accounts.list():
        if account.has_night:
            by_person.setdefault(account.person, []).append(account)
    return [_of(person, accounts, lives, seed) for person, accounts in by_person.items()]


def own_life(lives: Sequence[Life], person: str) -> Life | None:
    """Return the life with the most entries that a person wrote, None if there is none."""
    return max((life for life in lives if life.author == person), key=lambda life: len(life.entries), default=None)


def decoys_of(life: Life, lives: Sequence[Life], person: str) -> int:
    """Return how many lives of others can be compared with a life: registers always, others if their days overlap."""
    span = life.span
    return sum(
        other.id != life.id
        and other.author != person
        and (life.kind == other.kind == "register" or (span is not None and _overlap(other.span, span)))
        for other in lives
    )


def _of(person: str, accounts: Sequence[Account], lives: Sequence[Life], seed: int) -> Answerable:
    from karmalink.link import power_for

    own = own_life(lives, person)
    if own is None or own.span is None:
        return Answerable(person, len(accounts), None, 0, None)
    decoys = decoys_of(own, lives, person)
    return Answerable(person, len(accounts), own.id, decoys, power_for(accounts, own, n_decoys=decoys, seed=seed))


def _overlap(first: tuple[int, int] | None, second: tuple[int, int]) -> bool:
    return first is not None and first[0] <= second[1] and second[0] <= first[1]
