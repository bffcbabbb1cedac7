"""The text corpora of the data folder as accounts and lives."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from karmalink.account import Account, DateMeans, Entry, Life, Precision, When

__all__ = ["dreams_as_life", "moved", "pepys_diary", "series"]


def pepys_diary(data: Path) -> Life:
    """Return Pepys' diary; its dates are New Style already, entries without a date are left out."""
    rows = (row for row in _rows(data / "dreams" / "pepys" / "entries.jsonl") if _dated(row))
    entries = [Entry(row["id"], "pepys", row["text"], _when(row["date"])) for row in rows]
    return Life("pepys", "diary", tuple(sorted(entries, key=lambda entry: _day(entry.when))), "pepys", "Pepys' diary")


def series(data: Path, person: str) -> list[Account]:
    """Return the dated dreams of one DreamBank author, in order; what the date means is not known.

    A year that is a slip of the pen (1197 for 1997) is left out: a date is not guessed.
    """
    rows = [row for row in _rows(data / "dreams" / "dreambank" / "dreams.jsonl") if row.get("person") == person]
    dated = [row for row in rows if _dated(row) and row["date"] >= "1800"]
    accounts = [
        Account(f"{row['series']}-{row['n']}", person, row["text"], _when(row["date"]), DateMeans.UNKNOWN)
        for row in dated
    ]
    return sorted(accounts, key=lambda account: _day(account.when))


def dreams_as_life(accounts: Iterable[Account], name: str) -> Life:
    """Return accounts as the entries of a life."""
    entries = tuple(Entry(account.id, name, account.text, account.when) for account in accounts)
    return Life(name, "other", entries, None, name)


def moved(accounts: Iterable[Account], days: int) -> list[Account]:
    """Return the accounts with every date moved by so many days: a negative control, never a result."""
    return [
        Account(a.id, a.person, a.text, _when_of(_day(a.when) + days), a.date_means, a.awakening, a.language)
        for a in accounts
    ]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def _dated(row: dict[str, Any]) -> bool:
    """Return whether a row has a text and is dated to the day; a date that is none is passed over, never guessed."""
    try:
        dt.date.fromisoformat(row.get("date") or "")
    except ValueError:
        return False
    return bool(row.get("text"))


def _when(text: str) -> When:
    return When(dt.date.fromisoformat(text), "gregorian", Precision.DAY)


def _when_of(ordinal: int) -> When:
    return When(dt.date.fromordinal(ordinal), "gregorian", Precision.DAY)


def _day(when: When | None) -> int:
    return 0 if when is None else when.ordinal
