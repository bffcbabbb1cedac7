"""Lives and accounts made of numbered words: simulations in the layout of real data, with what fools a careless rule.

A text draws its words from a common stock (rank r with weight r^-0.9) and, in a share of its places, from what its life
is about at that time. What a life is about moves in one of two ways: themes that come and go slowly, the same read
backwards (Ornstein-Uhlenbeck), or episodes that begin at once, with words of their own, and fade. Nothing in the
accounts comes from a single day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from karmalink.base.arrays import Floats, Ints
from karmalink.link.evidence.unit_scores import UnitTable

__all__ = ["Layout", "WorldSetting", "common_words", "simulate", "weighted_rows"]

_WORDS = 2000
_RARE = 25
_THEMES = 40
# Mean number of words in a unit.
_LENGTH = 9.0
_FEWEST_WORDS = 3
_PER_DAY = 2


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Which nights have accounts, which days have entries, and how long they are: real data without their words.

    Attributes
    ----------
    night : (A,) ints
        Night of each account, ascending.
    account_units : (A,) ints
        Units of each account.
    day : (E,) ints
        Days with an entry, ascending, each once.
    day_units : (E,) ints
        Units of each day.
    """

    night: Ints
    account_units: Ints
    day: Ints
    day_units: Ints


@dataclass(frozen=True, slots=True)
class WorldSetting:
    """How a simulated life differs from a well-behaved one.

    Attributes
    ----------
    themes : str
        ``slow`` (reversible) or ``episodes`` (begin at once and fade).
    strength : float
        Share of the words that themes give; of episodes the most that they can give.
    tau : float
        Days after which a theme is e times weaker, or an episode.
    every : float
        Mean days between two episodes.
    generic : float
        Share of days whose entry is long and like everything.
    copies : float
        Share of days whose entry repeats the one before.
    shared : float
        Share of the first account's units that the other accounts of a night tell again.
    """

    themes: str = "slow"
    strength: float = 0.35
    tau: float = 15.0
    every: float = 8.0
    generic: float = 0.0
    copies: float = 0.0
    shared: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Mix:
    """What a life is about: per half day the share of theme words, and the weight of each theme."""

    share: Floats
    weight: Floats
    words: Ints


def simulate(layout: Layout, setting: WorldSetting, rng: np.random.Generator) -> tuple[UnitTable, UnitTable]:
    """Return accounts and entries in a layout, with nothing to find in them.

    Parameters
    ----------
    layout : Layout
        Nights, days and lengths.
    setting : WorldSetting
        What the life is like.
    rng : Generator
        Of everything random.
    """
    first = int(min(layout.day.min(), layout.night.min()))
    steps = _PER_DAY * int(max(layout.day.max(), layout.night.max() + 1) - first + 1)
    mix = _THEMES_OVER_TIME[setting.themes](setting, steps, rng)
    entries = [
        _text(mix, _PER_DAY * int(day - first), int(units), rng)
        for day, units in zip(layout.day, layout.day_units, strict=True)
    ]
    for at in range(len(entries)):
        if rng.random() < setting.generic:
            entries[at] = [_anything(mix, 40, rng) for _ in range(3 * len(entries[at]))]
        elif at and rng.random() < setting.copies:
            entries[at] = list(entries[at - 1])
    accounts = [
        _text(mix, _PER_DAY * int(night - first) + 1, int(units), rng)
        for night, units in zip(layout.night, layout.account_units, strict=True)
    ]
    _share(layout, setting, accounts, rng)
    return _tables(layout, entries, accounts)


def _slow(setting: WorldSetting, steps: int, rng: np.random.Generator) -> _Mix:
    """Themes that drift and read backwards are the same."""
    keep = np.exp(-1.0 / (_PER_DAY * setting.tau))
    noise = rng.normal(size=(steps, _THEMES))
    out = np.empty((steps, _THEMES))
    out[0] = noise[0]
    for step in range(1, steps):
        out[step] = keep * out[step - 1] + np.sqrt(1 - keep**2) * noise[step]
    weight = np.exp(1.5 * out)
    words = rng.integers(0, _WORDS, (_THEMES, _RARE))
    return _Mix(np.full(steps, setting.strength), weight / weight.sum(axis=1, keepdims=True), words)


def _episodes(setting: WorldSetting, steps: int, rng: np.random.Generator) -> _Mix:
    """Episodes that begin at once, each with words of its own, and fade: the past of a night in one is its height."""
    times = np.arange(steps) / _PER_DAY
    reach = 5 * setting.tau
    number = max(1, rng.poisson((times[-1] + reach) / setting.every))
    start = rng.uniform(-reach, times[-1], number)
    size = 1.0 + rng.exponential(2.0, number)
    age = times[:, None] - start
    weight = np.where(age >= 0, size * np.exp(-np.maximum(age, 0) / setting.tau), 0.0) + 1e-9
    total = weight.sum(axis=1)
    words = rng.integers(0, _WORDS, (number, _RARE))
    return _Mix(setting.strength * total / (0.3 + total), weight / total[:, None], words)


_THEMES_OVER_TIME: dict[str, Callable[[WorldSetting, int, np.random.Generator], _Mix]] = {
    "slow": _slow,
    "episodes": _episodes,
}
_STOCK = np.cumsum(1.0 / np.arange(1, _WORDS + 1) ** 0.9)
_STOCK /= _STOCK[-1]


def common_words(n: int, rng: np.random.Generator) -> Ints:
    """Return n words of the common stock: rank r with weight r^-0.9."""
    return np.minimum(np.searchsorted(_STOCK, rng.random(n)), _WORDS - 1).astype(np.int64)


def _anything(mix: _Mix, n: int, rng: np.random.Generator) -> Ints:
    """Return a unit that is like everything: a list, half of common words, half of those of every theme."""
    return np.concatenate([common_words(n // 2, rng), rng.choice(mix.words.ravel(), n - n // 2)])


def _text(mix: _Mix, step: int, units: int, rng: np.random.Generator) -> list[Ints]:
    """Return the units of a text told at a half day."""
    length = np.maximum(_FEWEST_WORDS, rng.poisson(_LENGTH, max(1, units)))
    words = common_words(int(length.sum()), rng)
    themed = np.flatnonzero(rng.random(words.size) < mix.share[step])
    theme = rng.choice(mix.weight.shape[1], themed.size, p=mix.weight[step])
    words[themed] = mix.words[theme, rng.integers(0, mix.words.shape[1], themed.size)]
    return np.split(words, np.cumsum(length)[:-1])


def _share(layout: Layout, setting: WorldSetting, accounts: list[list[Ints]], rng: np.random.Generator) -> None:
    """Let the accounts of a night be of one dream: those after the first tell some of its units again."""
    if not setting.shared:
        return
    first = np.searchsorted(layout.night, layout.night)
    for at in np.flatnonzero(first != np.arange(first.size)).tolist():
        told = [unit for unit in accounts[first[at]] if rng.random() < setting.shared]
        accounts[at] += [_retold(unit, 0.7, rng) for unit in told]


def _retold(unit: Ints, keep: float, rng: np.random.Generator) -> Ints:
    return np.where(rng.random(unit.size) < keep, unit, common_words(unit.size, rng))


def _tables(layout: Layout, entries: list[list[Ints]], accounts: list[list[Ints]]) -> tuple[UnitTable, UnitTable]:
    every = [unit for text in (*entries, *accounts) for unit in text]
    rows = weighted_rows(every)
    split = sum(len(text) for text in entries)
    lived = UnitTable(_owners(entries), layout.day, {"words": rows[:split]})
    told = UnitTable(_owners(accounts), layout.night, {"words": rows[split:]})
    return told, lived


def _owners(texts: list[list[Ints]]) -> Ints:
    return np.repeat(np.arange(len(texts)), [len(text) for text in texts]).astype(np.int64)


def weighted_rows(units: list[Ints]) -> Any:
    """Return the rows of units of words, (U, W): rarity over pivoted lengths, as `link.evidence.text_units` has it."""
    from scipy.sparse import csr_array

    unit = np.repeat(np.arange(len(units)), [one.size for one in units])
    key = np.unique(unit * _WORDS + np.concatenate(units))
    row, word = key // _WORDS, key % _WORDS
    frequency = np.bincount(word, minlength=_WORDS)
    value = np.log((1.0 + len(units)) / np.maximum(1, frequency))[word]
    square = np.bincount(row, weights=value**2, minlength=len(units))
    value = value / np.sqrt(square + square.mean())[row]
    edges = np.searchsorted(row, np.arange(len(units) + 1))
    return csr_array((value, word, edges), shape=(len(units), _WORDS))
