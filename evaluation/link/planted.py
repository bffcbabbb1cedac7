"""Power for planted retellings in real series: ours against uncalibrated, careless and a perfect oracle.

How a retelling fades is learnt from people who retold stories to each other: the share of a text's sentences that come
back at all, and of their words. Days of Pepys' diary are retold so and planted into the dreams of people of the 20th
century, moved onto the same dates; nothing else of his can be in them. Pepys' themes are reversible (his
pseudo-accounts win as often as they lose), so what the calibration costs here is a price and no protection.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation.figure import Figure
from evaluation.link.others import Beside, dated_people, put_beside
from evaluation.link.texts import pepys_diary
from karmalink.account import split_units, tokens
from karmalink.link import UnitTable, calibrate, compete, reject
from karmalink.link.evidence.calendar import window_days
from karmalink.link.mirror_null.pseudo_accounts import plant_sources
from karmalink.link.null_audit.trials import naive_links

__all__ = ["Cell", "Fading", "cells", "fading", "interval", "run"]

Q = 0.10
_DAYS = 120
_PEOPLE = 8
_OFFSETS = 3
_BASE = (1, 80, 0.5, 7)
# Retellings passed on, nights, share of nights with a source, window: one varies at a time around the base.
GRID: tuple[tuple[int, int, float, int], ...] = (
    *((strength, 80, 0.5, 7) for strength in (1, 2, 3, 4)),
    *((1, nights, 0.5, 7) for nights in (20, 40)),
    *((1, 80, share, 7) for share in (0.15, 0.3)),
    *((1, 80, 0.5, lags) for lags in (3, 14)),
)


@dataclass(frozen=True, slots=True)
class Fading:
    """What is left of a text after so many retellings: shares of its sentences, and of the words of those."""

    retellings: int
    units: float
    words: float
    n: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the grid: power of each rule per run, and what it realises."""

    strength: int
    nights: int
    share: float
    lags: int
    power: dict[str, np.ndarray]
    false: dict[str, np.ndarray]
    people: tuple[str, ...]


def run(data: Path) -> list[Figure]:
    """Return how retellings fade, and power by strength, nights, share and window."""
    left = fading(data)
    found = [
        Figure(
            "planted, how retellings fade",
            f"kept after {each.retellings} retellings: sentences, words of those",
            f"{each.units:.2f}, {each.words:.2f}",
            note=f"{each.n} pairs of texts",
        )
        for each in left.values()
    ]
    made = list(cells(data, left))
    return [*found, *(figure for cell in made for figure in _figures(cell)), *_lost(made)]


def fading(data: Path) -> dict[int, Fading]:
    """Return what is left after 1, 2, … retellings, from chains of people who retold a story to the next."""
    chains: dict[tuple[str, str, str], dict[int, str]] = defaultdict(dict)
    for file in sorted((data / "dreams" / "ainc").glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                text, generation = row.get("story_reproduction") or "", row.get("generation") or ""
                if text and generation.isdigit():
                    key = (row.get("chain") or "", row.get("story_topic") or "", row.get("condition") or "")
                    chains[key][int(generation)] = text
    kept: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for chain in chains.values():
        first = min(chain)
        for generation, text in chain.items():
            if generation > first and (left := _left(chain[first], text)) is not None:
                kept[generation - first].append(left)
    return {step: _fading(step, kept[step]) for step in sorted(kept)}


def _fading(step: int, pairs: list[tuple[float, float]]) -> Fading:
    units, words = (float(np.mean([pair[at] for pair in pairs])) for at in (0, 1))
    return Fading(step, units, words, len(pairs))


def _left(told: str, retold: str) -> tuple[float, float] | None:
    """Return the share of sentences of which a third of the words come back, and of the words of those."""
    again = set(tokens(retold))
    units = [set(found) for unit in split_units(told) if (found := tokens(unit.text))]
    if not units or not again:
        return None
    shares = [len(unit & again) / len(unit) for unit in units]
    back = [share for share in shares if share >= 1.0 / 3.0]
    return len(back) / len(units), float(np.mean(back)) if back else 0.0


def cells(data: Path, left: dict[int, Fading]) -> Iterator[Cell]:
    """Yield the cells of the grid, over people and offsets of the diary."""
    needed = [data / "dreams" / name for name in ("pepys/entries.jsonl", "dreambank/dreams.jsonl")]
    if not all(file.is_file() for file in needed):
        return
    diary = pepys_diary(data)
    people = dict(list(dated_people(data, nights=40, days=_DAYS).items())[:_PEOPLE])
    sides = [
        found
        for accounts in people.values()
        if (found := put_beside(accounts, diary, days=_DAYS, units_a_day=8)) is not None
    ]
    odds: dict[tuple[str, int, int], float] = {}
    for strength, nights, share, lags in GRID:
        if strength not in left:
            continue
        runs = [
            _run(side, at, offset, left[strength], nights, share, lags, odds)
            for at, side in enumerate(sides)
            for offset in range(_OFFSETS)
        ]
        people_run = tuple(side.person for side in sides for _ in range(_OFFSETS))
        if runs:
            names = tuple(runs[0])
            power = {name: np.array([one[name][0] for one in runs]) for name in names}
            false = {name: np.array([one[name][1] for one in runs]) for name in names}
            yield Cell(strength, nights, share, lags, power, false, people_run)


def _run(
    side: Beside,
    at: int,
    offset: int,
    left: Fading,
    nights: int,
    share: float,
    lags: int,
    odds: dict[tuple[str, int, int], float],
) -> dict[str, tuple[float, float]]:
    """Return (power, false share) of each rule on one planted series."""
    rng = np.random.default_rng([at, offset, left.retellings, nights, round(100 * share), lags])
    lived = UnitTable(side.entries.owner, side.entries.when + offset - 1, side.entries.parts)
    accounts = _fewer_nights(side.accounts, nights, np.random.default_rng([at, offset]))
    told, source = plant_sources(
        accounts, lived, kept=(left.units, left.words), share=share, lags=lags, days=window_days, rng=rng
    )
    key = (side.person, offset, lags)
    if key not in odds:
        calibration = calibrate(lived, lags=lags, seed=offset, deals=4)
        odds[key] = calibration.c if calibration.usable else float("inf")
    found = compete(told, lived, lags=lags, seed=offset)
    planted = np.unique(told.when[source > 0])
    true = np.isin(found.night, planted)
    answers = {
        name: (0.0, 0.0) if threshold is None else _shares(found.w >= threshold, true, planted.size)
        for name, threshold in {
            "ours": reject(found.w, q=Q, c=odds[key]).threshold if np.isfinite(odds[key]) else None,
            "uncalibrated": reject(found.w, q=Q, c=1.0).threshold,
            "oracle": _oracle(found.w, true),
        }.items()
    }
    # Dreams are dated by the morning after.
    dates = UnitTable(told.owner, told.when + 1, told.parts)
    linked = naive_links(dates, lived, lags=lags, q=Q)
    careless = source[linked] > 0
    n_planted = max(1, int((source > 0).sum()))
    answers["careless"] = (float(careless.sum()) / n_planted, float(1.0 - careless.mean()) if linked.size else 0.0)
    return answers


def _fewer_nights(accounts: UnitTable, nights: int, rng: np.random.Generator) -> UnitTable:
    there = np.unique(accounts.when)
    kept = np.sort(rng.permutation(there)[:nights])
    owners = np.flatnonzero(np.isin(accounts.when, kept))
    units = np.flatnonzero(np.isin(accounts.owner, owners))
    return accounts.take(units).by_owner(np.searchsorted(owners, accounts.owner[units]), accounts.when[owners])


def _oracle(w: np.ndarray, true: np.ndarray) -> float | None:
    """Return the lowest threshold at which the realised false share is q: it knows which nights were planted."""
    order = np.argsort(-w, kind="stable")
    order = order[w[order] > 0]
    false = np.cumsum(~true[order]) / np.arange(1, order.size + 1)
    holds = np.flatnonzero(false <= Q)
    return float(w[order[holds[-1]]]) if holds.size else None


def _shares(called: np.ndarray, true: np.ndarray, planted: int) -> tuple[float, float]:
    hits = int((called & true).sum())
    return hits / max(1, planted), 1.0 - hits / max(1, int(called.sum()))


def _figures(cell: Cell) -> Iterator[Figure]:
    told = f"{cell.strength} retelling{'s' if cell.strength > 1 else ''}"
    what = f"{told}, {cell.nights} nights, {cell.share:.0%} planted, window {cell.lags}"
    low, high = interval(cell.power["ours"], cell.people)
    beside = "; ".join(
        f"{name} {cell.power[name].mean():.2f} (FDR {cell.false[name].mean():.2f})"
        for name in ("uncalibrated", "oracle", "careless")
    )
    note = f"FDR {cell.false['ours'].mean():.2f} at {Q:g}; {beside}"
    power = f"{cell.power['ours'].mean():.2f}"
    yield Figure("planted in real series", f"power, {what}", power, f"{low:.2f}–{high:.2f}", note)


def _lost(made: Sequence[Cell]) -> Iterator[Figure]:
    """Return what the calibration and what the whole rule lose, over the cells that have 80 nights."""
    cells = [cell for cell in made if cell.nights == _BASE[1]]
    if not cells:
        return
    people = cells[0].people
    for name, says in (("uncalibrated", "power lost to the calibration"), ("oracle", "power lost to a perfect oracle")):
        lost = np.mean([cell.power[name] - cell.power["ours"] for cell in cells], axis=0)
        low, high = interval(lost, people)
        worst = max(float((cell.power[name] - cell.power["ours"]).mean()) for cell in cells)
        yield Figure(
            "planted in real series",
            f"{says}, mean over {len(cells)} settings of 80 nights",
            f"{lost.mean():.2f}",
            f"{low:.2f}–{high:.2f}",
            f"at most {worst:.2f} in one setting",
        )


def interval(value: np.ndarray, people: Sequence[str]) -> tuple[float, float]:
    """Return a 95 % interval of the mean by resampling people."""
    names, at = np.unique(np.array(people), return_inverse=True)
    total, count = np.bincount(at, weights=value), np.bincount(at)
    draws = np.random.default_rng(0).multinomial(names.size, np.full(names.size, 1 / names.size), size=2000)
    low, high = np.quantile((draws @ total) / np.maximum(1, draws @ count), [0.025, 0.975])
    return float(low), float(high)
