"""Dream series of many people, found by pattern and count, never by name."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from karmalink.account import Account, DateMeans, Precision, When

__all__ = ["PATTERN", "people_with"]

PATTERN = "dreams/dreambank/*.jsonl"
# A year before this is a slip of the pen (1197 for 1997): the dream keeps its place in the series, undated.
_EARLIEST = 1800


def people_with(data: Path, fewest: int) -> tuple[list[Account], tuple[str, ...]]:
    """Return the dreams of all people who have at least so many, in the order of their series, and the series' names.

    The names are labels that would give an author away where a text carries them.
    """
    rows = [row for path in sorted(data.glob(PATTERN)) for row in _rows(path)]
    counts = Counter(row["person"] for row in rows)
    kept = [row for row in rows if counts[row["person"]] >= fewest]
    labels = {str(row.get("series") or "") for row in kept} - {""}
    accounts = [
        Account(f"{row['person']}-{number}", row["person"], row["text"], _when(row.get("date")), DateMeans.UNKNOWN)
        for number, row in enumerate(kept)
    ]
    return accounts, tuple(sorted(label for label in labels if len(label) > 1))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if not (isinstance(row["person"], str) and isinstance(row["text"], str)):
                raise TypeError("person and text are texts")
        except (ValueError, KeyError, TypeError) as error:
            print(f"{path.name}, line {number}: passed over, {type(error).__name__}", file=sys.stderr)
            continue
        if row["text"].strip():
            yield row


def _when(text: str | None) -> When | None:
    try:
        day = dt.date.fromisoformat(text or "")
    except (TypeError, ValueError):
        return None
    return When(day, "gregorian", Precision.DAY) if day.year >= _EARLIEST else None
