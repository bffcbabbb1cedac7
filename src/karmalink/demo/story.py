"""One seeded world: the boy's days and dreams, what his grandmother told, and where the thing lies.

The truth travels beside the data and never into the analysis: what is analysed is `accounts`, `life` and `awakenings`;
`truth` is what tests and figures hold the answers against.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from karmalink.account import Account, DateMeans, Entry, Life, When
from karmalink.demo.grammar import Day, Telling, details_of, dream_text, entry_text, happen, themes_of, unsourced
from karmalink.demo.town import GROUND_KM, Town, TownPlace, build_town
from karmalink.study import Awakening

__all__ = ["BOY", "DAYS", "FIRST_DAY", "SOURCED_BY_STAGE", "STAGES", "WORLDS", "Story", "Truth", "build_story"]

BOY = "Dara"
FIRST_DAY = dt.date(2024, 10, 7)
# The diary begins a week before the first dream and ends a week after the last: a night needs days on both sides.
DAYS, MARGIN = 84, 7
NIGHTS, SECOND_ACCOUNTS = 56, 4

# Awakenings per stage, and how often an account given then draws on a day of the last week.
STAGES: dict[str, float] = {"R": 0.62, "N2": 0.28, "N1": 0.1}
SOURCED_BY_STAGE: dict[str, float] = {"R": 0.9, "N2": 0.45, "N1": 0.25}
# How far back a dream reaches: the day before most often, then the week's far side (day residue and dream lag).
LAG_WEIGHTS = (0.42, 0.18, 0.08, 0.06, 0.1, 0.1, 0.06)
SOUGHT_SHARE = 0.42
# Which dreams resemble days by chance alone: of those that speak of the thing sought (True) and of those that do not.
WORLDS: dict[str, frozenset[bool]] = {
    "true": frozenset(),
    "false": frozenset({True}),
    "nothing": frozenset({True, False}),
}
TELLING_EVERY, TELLING_RIGHT, TELLING_LED_TO = (3, 7), 0.8, 0.85
KEEP = 0.65
MISSING_ENTRIES = 0.05
# What is hidden to be found again is hidden by a landmark; and who names a landmark names one that is close.
BESIDE_M, CLOSE_M = 180.0, 200.0

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Truth:
    """What is planted.

    Attributes
    ----------
    spot : tuple of float
        Where the thing lies, metres east and north of the ground's corner.
    sources : dict
        Account id → id of the entry that it draws on, None where it draws on nothing. An entry that it resembles by
        chance is in `resembles` instead.
    resembles : dict
        Account id → entry id, past or future.
    tellings : dict
        Entry id → place id that a part of the tale names.
    right : dict
        Entry id → whether that place is near the spot.
    """

    spot: tuple[float, float]
    sources: dict[str, str | None]
    resembles: dict[str, str]
    tellings: dict[str, str]
    right: dict[str, bool]


@dataclass(frozen=True, slots=True)
class Story:
    """One world's data, and beside them its truth."""

    seed: int
    town: Town
    accounts: tuple[Account, ...]
    life: Life
    awakenings: tuple[Awakening, ...]
    truth: Truth

    @property
    def recorded(self) -> int:
        """The night that was recorded: the last one on which the sleeper was woken out of R."""
        stages = {awakening.id: awakening.stage for awakening in self.awakenings}
        return max(account.night() for account in self.accounts if stages[account.awakening or ""] == "R")

    def __repr__(self) -> str:
        """One-line summary."""
        return f"Story(seed {self.seed}: {len(self.accounts)} accounts, {len(self.life.entries)} entries)"


def build_story(seed: int, world: str = "true") -> Story:
    """Return a world of one seed.

    Parameters
    ----------
    seed : int
        Everything follows from it. The worlds of one seed share town, diary and tale.
    world : str
        A key of :data:`WORLDS`. Where links are false, the thing lies elsewhere: what the tale names is a wrong place.
    """
    ground = _ground(seed)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1, 2)))
    dreams = _Dreams(rng, ground, WORLDS[world])
    accounts, awakenings = dreams.tell()
    true = world == "true"
    return Story(
        seed,
        ground.town,
        tuple(accounts),
        ground.life,
        tuple(awakenings),
        Truth(
            ground.told if true else ground.elsewhere,
            dreams.sources,
            dreams.resembles,
            dict(ground.tellings),
            {entry: near and true for entry, near in ground.near.items()},
        ),
    )


@dataclass(frozen=True, slots=True)
class _Ground:
    """What the worlds of one seed share: town, two spots, the days, and the diary of them."""

    town: Town
    told: tuple[float, float]
    elsewhere: tuple[float, float]
    days: dict[int, Day]
    entries: dict[int, str]
    life: Life
    tellings: dict[str, str]
    near: dict[str, bool]


@lru_cache(maxsize=2)
def _ground(seed: int) -> _Ground:
    streams = (np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1, key))) for key in (0, 1))
    rng, days_rng = streams
    town = build_town(rng)
    heard_spot, elsewhere = _spot(rng, town), _spot(rng, town)
    days, near = _days(days_rng, town, heard_spot)
    entries = _entries(days_rng, days)
    return _Ground(
        town,
        heard_spot,
        elsewhere,
        days,
        {index: entry.id for index, entry in entries.items()},
        Life("dara-days", "diary", tuple(entries.values()), author=BOY, title="Dara's days"),
        {entries[index].id: day.telling.place.id for index, day in days.items() if day.telling is not None},
        {entries[index].id: is_near for index, is_near in near},
    )


def _spot(rng: np.random.Generator, town: Town) -> tuple[float, float]:
    """Return a point beside one of the places, on the ground."""
    while True:
        place = town.places[int(rng.integers(len(town.places)))]
        x, y = rng.normal((place.x, place.y), BESIDE_M)
        if 0 < x < GROUND_KM[0] * 1000 and 0 < y < GROUND_KM[1] * 1000:
            return float(x), float(y)


def _days(
    rng: np.random.Generator, town: Town, spot: tuple[float, float]
) -> tuple[dict[int, Day], list[tuple[int, bool]]]:
    themes = themes_of(rng, DAYS)
    kept = [index for index in range(DAYS) if rng.random() >= MISSING_ENTRIES]
    days = {
        index: Day(tuple(happen(rng, town) for _ in range(2 - int(rng.random() < 0.15))), themes[index])
        for index in kept
    }
    told = _telling_days(rng, kept)
    right = []
    for index, details in zip(told, details_of(rng, len(told)), strict=True):
        place, is_right = _told_place(rng, town, spot)
        days[index] = replace(days[index], telling=Telling(place, details))
        right.append((index, is_right))
    return days, right


def _telling_days(rng: np.random.Generator, kept: Sequence[int]) -> list[int]:
    """Return the days on which a part of the tale was told: every few days, from the first week on."""
    days, day = [], int(rng.integers(1, 6))
    while day < DAYS:
        days.append(min(kept, key=lambda index: abs(index - day)))
        day += int(rng.integers(TELLING_EVERY[0], TELLING_EVERY[1] + 1))
    return sorted(set(days))


def _told_place(rng: np.random.Generator, town: Town, spot: tuple[float, float]) -> tuple[TownPlace, bool]:
    """Return the place that a part of the tale names: one close to the spot, or, where she errs, any."""
    if rng.random() >= TELLING_RIGHT:
        return town.places[int(rng.integers(len(town.places)))], False
    near = town.nearest(*spot)[:4]
    weights = np.array([math.exp(-math.hypot(place.x - spot[0], place.y - spot[1]) / CLOSE_M) for place in near])
    return _drawn(rng, near, weights), True


def _entries(rng: np.random.Generator, days: dict[int, Day]) -> dict[int, Entry]:
    return {
        index: Entry(f"D{index + 1:02d}", "dara-days", entry_text(rng, day, "boy"), When(_date(index)))
        for index, day in days.items()
    }


def _date(index: int) -> dt.date:
    return FIRST_DAY + dt.timedelta(days=index)


class _Dreams:
    """Writes the dreams of one world; keeps what each was made of."""

    def __init__(self, rng: np.random.Generator, ground: _Ground, chance: frozenset[bool]) -> None:
        self.rng, self.chance = rng, chance
        self.town, self.days, self.entries = ground.town, ground.days, ground.entries
        self.sources: dict[str, str | None] = {}
        self.resembles: dict[str, str] = {}
        self.themes = themes_of(rng, DAYS, share=1.0)

    def tell(self) -> tuple[list[Account], list[Awakening]]:
        """Return accounts and awakenings in order of time."""
        accounts, awakenings = [], []
        for number, night in enumerate(self._nights(), start=1):
            stage = _drawn(self.rng, list(STAGES), np.array(list(STAGES.values())))
            woken = _bedtime(self.rng, night)
            confidence = round(float(self.rng.uniform(0.62, 0.98)), 2)
            awakenings.append(Awakening(f"W{number:02d}", BOY, woken, stage, confidence, "R stable 5 min or 90 min"))
            accounts.append(
                Account(
                    f"A{number:02d}",
                    BOY,
                    self._dream(f"A{number:02d}", night, stage),
                    When(_date(night + 1)),
                    DateMeans.MORNING_OF,
                    awakening=f"W{number:02d}",
                )
            )
        return accounts, awakenings

    def _nights(self) -> list[int]:
        """Return the nights of the accounts; night n lies between day n and day n + 1."""
        nights = self.rng.permutation(np.arange(MARGIN - 1, DAYS - MARGIN))
        return sorted([*nights[:NIGHTS].tolist(), *nights[:SECOND_ACCOUNTS].tolist()])

    def _dream(self, name: str, night: int, stage: str) -> str:
        sought = bool(self.rng.random() < SOUGHT_SHARE)
        drawn = self.rng.random() < SOURCED_BY_STAGE[stage]
        index = self._source(night, sought=sought) if drawn else None
        self.sources[name] = None
        if index is None:
            source = unsourced(self.rng, self.town, 1 + int(self.rng.random() < 0.4))
        else:
            source = self.days[index] if sought else replace(self.days[index], telling=None)
            self._remember(name, self.entries[index], sought=sought)
        return dream_text(self.rng, source, self.themes[night], sought=sought, keep=KEEP)

    def _remember(self, name: str, entry: str, *, sought: bool) -> None:
        if sought in self.chance:
            self.resembles[name] = entry
        else:
            self.sources[name] = entry

    def _source(self, night: int, *, sought: bool) -> int | None:
        """Return a day of the window: of the past, or, where resemblance is chance, of either side by a fair coin."""
        coin = bool(self.rng.random() < 0.5)
        future = coin and sought in self.chance
        window = [night + lag if future else night + 1 - lag for lag in range(1, len(LAG_WEIGHTS) + 1)]
        weights = np.array(LAG_WEIGHTS) * np.array([day in self.days for day in window])
        told = weights * np.array([day in self.days and self.days[day].telling is not None for day in window])
        if sought and told.sum() and self.rng.random() < TELLING_LED_TO:
            weights = told
        return _drawn(self.rng, window, weights) if weights.sum() else None


def _drawn(rng: np.random.Generator, items: Sequence[Item], weights: NDArray[np.float64]) -> Item:
    cumulative = np.cumsum(weights)
    return items[int(np.searchsorted(cumulative, rng.random() * cumulative[-1], side="right"))]


def _bedtime(rng: np.random.Generator, night: int) -> dt.datetime:
    """Return when the sleeper was woken: between midnight and six, on the date that follows the night."""
    minutes = int(rng.integers(20, 350))
    return dt.datetime.combine(_date(night + 1), dt.time()) + dt.timedelta(minutes=minutes)
