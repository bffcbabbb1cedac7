"""A register of lives: who lived where and with whom, did what and died how."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from karmalink.base.wording import counted
from karmalink.errors import Duplicate, InputError, suggest
from karmalink.link.claimants.claim_words import RELATIONS
from karmalink.link.claimants.predicates import Known

__all__ = ["LONGEST_LIFE", "LifeRecord", "LifeRegister"]

LONGEST_LIFE = 130  # years; the longest that is proved is 122
_LEAST_LIVES = 20


@dataclass(frozen=True, slots=True)
class LifeRecord:
    """One life of a register.

    Attributes
    ----------
    id, name : str
    sex : str
        ``M``, ``F`` or empty.
    age : int or None
        At death, years.
    place, country, occupation, death_cause : str
        Empty where the register says nothing.
    family : tuple of (relation, name)
    facts : tuple of str
        Possessions, habits and events, each in a few words.
    """

    id: str
    name: str = ""
    sex: str = ""
    age: int | None = None
    place: str = ""
    country: str = ""
    occupation: str = ""
    death_cause: str = ""
    family: tuple[tuple[str, str], ...] = ()
    facts: tuple[str, ...] = ()

    def relatives(self, relation: str) -> tuple[str, ...]:
        """Return the names of the relatives of a kind (`child`, `sibling` and `any` are several)."""
        kinds = RELATIONS[relation]
        return tuple(name for kind, name in self.family if kind in kinds)

    def __repr__(self) -> str:
        """One-line summary: never what the life holds."""
        return f"<LifeRecord {self.id}: {counted(len(self.family), 'relative')}, {counted(len(self.facts), 'fact')}>"


@dataclass(frozen=True, eq=False)
class LifeRegister:
    """Lives that are compared with a list of statements.

    Attributes
    ----------
    lives : tuple of LifeRecord
    complete : frozenset of str
        Relations that the register lists in full: a brother who is not listed then contradicts "my brother".
    """

    lives: tuple[LifeRecord, ...]
    complete: frozenset[str] = field(default=frozenset({"brother", "sister", "son", "daughter", "wife", "husband"}))

    def __post_init__(self) -> None:
        """Check that there are enough lives and that each has its own identifier.

        Raises
        ------
        Duplicate, InputError
        """
        seen: set[str] = set()
        for life in self.lives:
            if life.id in seen:
                raise Duplicate(
                    f"two lives have the identifier {life.id[:40]!r}",
                    rule="a row of the register is a life, and an identifier means one life",
                    next_step="put the facts of a life into one row, or give the second life its own identifier",
                )
            seen.add(life.id)
        if len(self.lives) < _LEAST_LIVES:
            raise InputError(
                f"the register has {counted(len(self.lives), 'life', 'lives')}",
                rule="a list is compared with many lives: how often it fits one by chance is learned from the others",
                allowed=f"{_LEAST_LIVES} lives or more",
            )
        unknown = sorted(self.complete - set(RELATIONS))
        if unknown:
            raise InputError(f"unknown relation {unknown[0]!r}", allowed=tuple(RELATIONS))

    def __len__(self) -> int:
        """Return the number of lives."""
        return len(self.lives)

    @cached_property
    def known(self) -> Known:
        """Names and places of the register, for the grammar of statements."""
        names, places = set(), set()
        for life in self.lives:
            for name in (life.name, *(name for _, name in life.family)):
                names |= {word.casefold() for word in name.split() if len(word) > 1}
            places |= {place.casefold() for place in (life.place, life.country) if place}
        return Known(frozenset(names), frozenset(places))

    def number(self, ident: str) -> int:
        """Return the place of a life in the register.

        Raises
        ------
        InputError
            No life has this identifier.
        """
        for place, life in enumerate(self.lives):
            if life.id == ident:
                return place
        raise InputError(
            f"no life {ident[:40]!r} in the register",
            rule="a life that is named beforehand is one of the register",
            next_step=suggest(ident, [life.id for life in self.lives]) or "name it by its identifier",
        )

    def __repr__(self) -> str:
        """One-line summary."""
        return f"<LifeRegister of {counted(len(self), 'life', 'lives')}>"
