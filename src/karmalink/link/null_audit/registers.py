"""Registers with nothing to find: what the stranger null is tested by.

The accounts of a dreamer come from themes of their own, which no life shares. The rank of the life in question is fair
where that life is any one of the register; it seldom is. So each mechanism sets it apart in one respect that has
nothing to do with the dreamer: it is longer, shorter, richer in words, full of entries that are like everything, or the
only one that does not repeat itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from karmalink.base.arrays import Ints
from karmalink.link.evidence.unit_scores import UnitTable
from karmalink.link.null_audit.worlds import common_words, weighted_rows

__all__ = ["REGISTERS", "Register", "RegisterMechanism", "RegisterTrial"]

_RARE = 25
_STOCK = 2000
_FEWEST_WORDS = 3
_FIVE = 5


@dataclass(frozen=True, slots=True, eq=False)
class Register:
    """How long the accounts and the lives of a register are: real data without their words.

    Attributes
    ----------
    account_units : (A,) ints
        Units of each account.
    life_units : (1 + K,) ints
        Units of each life, the one in question first.
    """

    account_units: Ints
    life_units: Ints


@dataclass(frozen=True, slots=True, eq=False)
class RegisterTrial:
    """Accounts and the units of 1 + K lives, of which the first is the one in question.

    Attributes
    ----------
    accounts, units : UnitTable
        In one feature space; dates do not count.
    of_unit : (U,) ints
        The life of each unit.
    """

    accounts: UnitTable
    units: UnitTable
    of_unit: Ints


@dataclass(frozen=True, slots=True)
class _Voice:
    """How a life is written: share of words of its own themes, how many themes, words a unit, and how it repeats."""

    strength: float = 0.35
    themes: int = 12
    words: float = 9.0
    generic: float = 0.0
    copies: float = 0.0


@dataclass(frozen=True, slots=True)
class RegisterMechanism:
    """A way to make a register in which no life has to do with the accounts.

    Attributes
    ----------
    name, says : str
        Its name, and what it does, in words.
    claimed, others : _Voice
        How the life in question and the others are written.
    longer : float
        The life in question holds so many times the units of the longest other, or (below 1) of the shortest; 0 leaves
        the lengths of the data.
    alike : float
        Share of the units of an account that tell one of five scenes again, which all accounts share.
    """

    name: str
    says: str
    claimed: _Voice = field(default=_Voice())
    others: _Voice = field(default=_Voice())
    longer: float = 0.0
    alike: float = 0.0

    def trial(
        self, register: Register, rng: np.random.Generator, *, planted: float = 0.0, lists: int = 1
    ) -> RegisterTrial:
        """Return a register and accounts that have nothing to do with it, but for what is planted.

        Parameters
        ----------
        register : Register
            Lengths.
        rng : Generator
            Of everything random.
        planted : float
            Share of the accounts that retell one unit of the life in question: half of its words.
        lists : int
            So many dreamers, one after the other, each with as many accounts and themes of their own.
        """
        lengths = self._lengths(register.life_units)
        lives = [_written(int(n), self.others if at else self.claimed, rng) for at, n in enumerate(lengths.tolist())]
        accounts = [account for _ in range(lists) for account in self._accounts(register.account_units, rng)]
        for account in accounts:
            if rng.random() < planted:
                told = lives[0][int(rng.integers(len(lives[0])))]
                account.append(np.where(rng.random(told.size) < 0.5, told, common_words(told.size, rng)))
        return _tables(accounts, lives)

    def _lengths(self, lived: Ints) -> Ints:
        if not self.longer:
            return lived
        out = lived.copy()
        edge = lived[1:].max() if self.longer > 1 else lived[1:].min()
        out[0] = max(1, round(self.longer * int(edge)))
        return out

    def _accounts(self, said: Ints, rng: np.random.Generator) -> list[list[Ints]]:
        voice = replace(_Voice(), themes=_FIVE)
        units = _written(int(said.sum()), voice, rng)
        scenes = _written(_FIVE, voice, rng)
        for at, unit in enumerate(units):
            if rng.random() < self.alike:
                scene = scenes[int(rng.integers(_FIVE))]
                units[at] = np.where(rng.random(scene.size) < 0.8, scene, common_words(scene.size, rng))
            else:
                units[at] = unit
        return [units[end - n : end] for n, end in zip(said.tolist(), np.cumsum(said).tolist(), strict=True)]


def _written(n: int, voice: _Voice, rng: np.random.Generator) -> list[Ints]:
    """Return n units of a life."""
    themes = rng.integers(0, _STOCK, (voice.themes, _RARE))
    out: list[Ints] = []
    for _ in range(n):
        if out and rng.random() < voice.copies:
            out.append(out[int(rng.integers(len(out)))])
            continue
        generic = rng.random() < voice.generic
        size = 4 * int(voice.words) if generic else max(_FEWEST_WORDS, int(rng.poisson(voice.words)))
        words = common_words(size, rng)
        if not generic:
            own = rng.random(size) < voice.strength
            words[own] = rng.choice(themes[int(rng.integers(voice.themes))], int(own.sum()))
        out.append(words)
    return out


def _tables(accounts: list[list[Ints]], lives: list[list[Ints]]) -> RegisterTrial:
    every = [unit for text in (*accounts, *lives) for unit in text]
    rows = weighted_rows(every)
    split = sum(len(text) for text in accounts)
    owners = [np.repeat(np.arange(len(texts)), [len(one) for one in texts]) for texts in (accounts, lives)]
    return RegisterTrial(
        UnitTable(owners[0].astype(np.int64), np.zeros(len(accounts), dtype=np.int64), {"words": rows[:split]}),
        UnitTable(owners[1].astype(np.int64), np.zeros(len(lives), dtype=np.int64), {"words": rows[split:]}),
        owners[1].astype(np.int64),
    )


REGISTERS: dict[str, RegisterMechanism] = {
    one.name: one
    for one in (
        RegisterMechanism("any-life", "lives alike, of the lengths of these, and any of them may be in question"),
        RegisterMechanism("longest", "the life in question is five times as long as the longest other", longer=5.0),
        RegisterMechanism("shortest", "the life in question is a third of the shortest other", longer=1.0 / 3.0),
        RegisterMechanism(
            "many-words",
            "the life in question has a wide vocabulary, the others a narrow one",
            claimed=_Voice(strength=0.6, themes=80),
            others=_Voice(strength=0.6, themes=3),
        ),
        RegisterMechanism(
            "few-words",
            "the life in question has a narrow vocabulary, the others a wide one",
            claimed=_Voice(strength=0.6, themes=3),
            others=_Voice(strength=0.6, themes=80),
        ),
        RegisterMechanism(
            "generic",
            "one entry in three of the life in question is long and like everything",
            claimed=_Voice(generic=1.0 / 3.0),
        ),
        RegisterMechanism(
            "formulas",
            "half of the entries of the other lives repeat an earlier one, of the life in question none",
            others=_Voice(copies=0.5),
        ),
        RegisterMechanism("one-dream", "most accounts tell one of five scenes again", alike=0.7),
    )
}
"""Name → one way in which a life fits accounts with nothing to find; the same for the stranger null."""
