"""The accounts of one person beside the life of another, moved onto the same dates: no account can draw on it."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation.link.texts import series
from karmalink.account import Account, DateMeans, Life
from karmalink.link import UnitTable
from karmalink.link.evidence.text_units import TextUnit, dated, gather

__all__ = ["Beside", "dated_people", "put_beside"]

_KNOWN: dict[str, dict[str, list[TextUnit]]] = defaultdict(dict)
_MOST_NIGHTS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """Accounts and entries in one feature space, both sorted by time."""

    person: str
    life: str
    accounts: UnitTable
    entries: UnitTable


def dated_people(data: Path, *, nights: int, days: int) -> dict[str, list[Account]]:
    """Return, of everybody with so many dated nights within so many days, the accounts of their fullest stretch."""
    people = set()
    with (data / "dreams" / "dreambank" / "dreams.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line) if line.strip() else {}
            if row.get("person") and row.get("date"):
                people.add(row["person"])
    found = {}
    for person in sorted(people):
        accounts = series(data, person)
        day = np.array([a.when.ordinal for a in accounts if a.when])
        if not day.size:
            continue
        count = np.array([np.unique(day[(day >= start) & (day < start + days)]).size for start in np.unique(day)])
        if count.max() < nights:
            continue
        start = int(np.unique(day)[int(count.argmax())])
        found[person] = [a for a in accounts if a.when and start <= a.when.ordinal < start + days]
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def put_beside(accounts: list[Account], life: Life, *, days: int, units_a_day: int) -> Beside | None:
    """Return one person's accounts beside a stretch of a life of as many days; None where either holds nothing."""
    entries = dated(life.entries)
    if not entries or not accounts:
        return None
    first = min(e.when.ordinal for e in entries if e.when)
    near = [e for e in entries if e.when and first <= e.when.ordinal < first + days + 40]
    nights = np.array([a.night(DateMeans.MORNING_OF) for a in accounts])
    kept = np.sort(np.random.default_rng(0).permutation(nights.size)[:_MOST_NIGHTS])
    told = [accounts[at] for at in kept.tolist()]
    material = gather(told, near, known=_KNOWN[life.id])
    if not material.entries.n_units or not material.accounts.n_units:
        return None
    table, _, _ = material.at(nights[kept])
    units = material.entries
    day = units.day
    begin = np.searchsorted(day, day)
    count = np.searchsorted(day, day, side="right") - begin
    wanted = np.minimum(count, units_a_day)
    at = np.arange(day.size) - begin
    thin = units.take(np.flatnonzero(at * wanted // count != (at + 1) * wanted // count))
    # Twenty days of the life lie before the first account, so that it can be moved either way.
    moved = UnitTable(thin.owner, thin.when + int(nights.min()) - 20 - first, thin.parts)
    return Beside(accounts[0].person, life.id, table, moved)
