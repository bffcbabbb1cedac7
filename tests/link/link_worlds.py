"""Lives and accounts made of numbered words, with the mechanisms that fool naive rules, and planted sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from karmalink.link import UnitTable

WORDS, THEMES, RARE = 2000, 40, 25


@dataclass(frozen=True)
class World:
    accounts: UnitTable
    entries: UnitTable
    source: np.ndarray  # per account: day of its planted source, -1 for none


def _slow(rng: np.random.Generator, steps: int, tau: float) -> np.ndarray:
    """Themes that drift and are reversible (Ornstein–Uhlenbeck), in half days."""
    keep = np.exp(-0.5 / tau)
    x = rng.normal(size=THEMES)
    out = np.empty((steps, THEMES))
    for step in range(steps):
        x = keep * x + np.sqrt(1 - keep**2) * rng.normal(size=THEMES)
        out[step] = np.exp(1.5 * x)
    return out


def _abrupt(rng: np.random.Generator, steps: int, tau: float) -> np.ndarray:
    """Themes that start at once and fade: the past of a night in a theme is unlike its future."""
    times = np.arange(steps) / 2
    out = np.full((steps, THEMES), 0.02)
    for theme in range(THEMES):
        start = -60.0
        while start < times[-1]:
            start += rng.exponential(80)
            on = times >= start
            out[on, theme] += rng.exponential(3) * np.exp(-(times[on] - start) / tau)
    return out


THEMES_OVER_TIME: dict[str, Callable[[np.random.Generator, int, float], np.ndarray]] = {
    "slow": _slow,
    "abrupt": _abrupt,
    "none": lambda rng, steps, tau: np.ones((steps, THEMES)),
}


def world(
    seed: int,
    *,
    themes: str = "slow",
    days: int = 70,
    nights: int = 56,
    per_night: int = 1,
    strength: float = 0.35,
    tau: float = 15.0,
    generic: float = 0.0,
    gaps: float = 0.0,
    copies: float = 0.0,
    growth: float = 0.0,
    planted: float = 0.0,
    keep: float = 0.5,
) -> World:
    """Make a world. `planted` nights retell half of a past day's units and keep that share of their words."""
    rng = np.random.default_rng(seed)
    base = np.cumsum(1 / np.arange(1, WORDS + 1) ** 0.9)
    base /= base[-1]
    rare = [rng.choice(WORDS, RARE, replace=False) for _ in range(THEMES)]
    mix = THEMES_OVER_TIME[themes](rng, 2 * (days + 1), tau)
    mix = np.cumsum(mix / mix.sum(axis=1, keepdims=True), axis=1)

    def said(half_day: int) -> list[int]:
        out = np.minimum(np.searchsorted(base, rng.random(max(3, rng.poisson(9)))), WORDS - 1)
        for at in np.flatnonzero(rng.random(out.size) < strength):
            out[at] = rng.choice(rare[min(int(np.searchsorted(mix[half_day], rng.random())), THEMES - 1)])
        return out.tolist()

    lived: dict[int, list[list[int]]] = {}
    for day in range(days):
        if rng.random() < gaps:
            continue
        units = [said(2 * day) for _ in range(max(1, rng.poisson(6 * (1 + growth * day / days))))]
        if rng.random() < generic:
            units = [np.minimum(np.searchsorted(base, rng.random(25)), WORDS - 1).tolist() for _ in range(12)]
        if day - 1 in lived and rng.random() < copies:
            units = [list(unit) for unit in lived[day - 1]]
        lived[day] = units
    told: list[list[list[int]]] = []
    night_of, source = [], []
    for night in np.sort(rng.choice(days - 1, min(nights, days - 1), replace=False)).tolist():
        for number in range(per_night):
            units = [said(2 * night + 1) for _ in range(max(1, rng.poisson(5)))]
            day = night + 1 - int(rng.integers(1, 8))
            drawn = number == 0 and rng.random() < planted and day in lived
            if drawn:
                half = rng.permutation(len(lived[day]))[: max(1, len(lived[day]) // 2)]
                units += [_retold(rng, lived[day][at], keep, base) for at in half.tolist()]
            told.append(units)
            night_of.append(night)
            source.append(day if drawn else -1)
    return _tables(lived, told, night_of, source)


def _retold(rng: np.random.Generator, unit: list[int], keep: float, base: np.ndarray) -> list[int]:
    return [w if rng.random() < keep else min(int(np.searchsorted(base, rng.random())), WORDS - 1) for w in unit]


def _tables(
    lived: dict[int, list[list[int]]], told: list[list[list[int]]], night_of: list[int], source: list[int]
) -> World:
    every = [unit for units in lived.values() for unit in units] + [unit for units in told for unit in units]
    frequency = np.zeros(WORDS)
    for unit in every:
        frequency[np.unique(unit)] += 1
    rarity = np.log((1 + len(every)) / np.maximum(frequency, 1))
    rows = rows_of(every, rarity)
    split = sum(len(units) for units in lived.values())
    days = np.array(list(lived), dtype=np.int64)
    entries = UnitTable(
        np.repeat(np.arange(days.size), [len(units) for units in lived.values()]), days, {"words": rows[:split]}
    )
    owner = np.repeat(np.arange(len(told)), [len(units) for units in told])
    accounts = UnitTable(owner, np.array(night_of, dtype=np.int64), {"words": rows[split:]})
    return World(accounts, entries, np.array(source))


def rows_of(units: list[list[int]], rarity: np.ndarray) -> csr_array:
    """Weigh words by rarity, with pivoted lengths."""
    columns = [np.unique(unit) for unit in units]
    edges = np.concatenate([[0], np.cumsum([found.size for found in columns])])
    index = np.concatenate(columns)
    values = rarity[index]
    row = np.repeat(np.arange(len(units)), np.diff(edges))
    square = np.bincount(row, weights=values**2, minlength=len(units))
    values = values / np.sqrt(square + square.mean())[row]
    return csr_array((values, index, edges), shape=(len(units), WORDS))


def reversed_in_time(table: UnitTable, *, nights: bool) -> tuple[UnitTable, np.ndarray]:
    """Return the table with past and future swapped, and the order its units came from.

    A night n lies at n + 1/2, so it becomes the night -n - 1; a day d becomes -d.
    """
    when = -table.when - 1 if nights else -table.when
    owners = np.argsort(when, kind="stable")
    rank = np.empty_like(owners)
    rank[owners] = np.arange(owners.size)
    owner = rank[table.owner]
    order = np.argsort(owner, kind="stable")
    parts = {name: rows[order] for name, rows in table.parts.items()}
    return UnitTable(owner[order], when[owners], parts), order
