"""Journals that the app Day One exports as JSON: each entry on the day where it was written.

``{"metadata": {"version": "1.0"}, "entries": [{"uuid": "…", "creationDate": "2024-05-01T23:10:00Z",
"timeZone": "Asia/Phnom_Penh", "text": "…"}]}``: the moment is in UTC, the day is that of the entry's own time zone.
"""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from karmalink.account.files.written_dates import DateRules
from karmalink.errors import Fault, ReadError
from karmalink.rows import Cells, Sheet, read_text

__all__ = ["day_one_sheet", "is_day_one"]

_COLUMNS = ("id", "date", "calendar", "text")
# What stands in the text for a picture, and the backslashes that Markdown needs before marks.
_MOMENT = re.compile(r"!\[[^\]]*\]\(dayone-moment:[^)]*\)")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def day_one_sheet(path: Path, rules: DateRules) -> Sheet | None:
    """Return the entries of a journal as cells of a table; None where the file is not one of Day One.

    The line of an entry is its number in the file.

    Parameters
    ----------
    path : Path
        A ``.json`` file.
    rules : DateRules
        The time zone of entries that name none.

    Raises
    ------
    ReadError
        The file as a whole cannot be read.
    """
    entries = _entries(path)
    if entries is None:
        return None
    sheet = Sheet(columns=dict.fromkeys(_COLUMNS, 1))
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            sheet.faults.append(Fault(number, "entry", "entry", "is not an object", "each entry an object"))
            continue
        day = _day(entry, rules)
        if day is None:
            rule = "does not say on which day it was written"
            allowed = "creationDate in UTC, and timeZone (or --timezone for all)"
            sheet.faults.append(Fault(number, "creationDate", "entry", rule, allowed))
            continue
        name = str(entry.get("uuid") or f"entry-{number}")
        cells = {"id": name, "date": day.isoformat(), "calendar": "gregorian", "text": _words(entry.get("text"))}
        sheet.records.append(Cells(number, cells))
    return sheet


def is_day_one(path: Path) -> bool:
    """Whether a file is a journal of Day One.

    Raises
    ------
    ReadError
        It ends in ``.json`` and is not JSON.
    """
    return _entries(path) is not None


def _entries(path: Path) -> list[Any] | None:
    if path.suffix.casefold() != ".json":
        return None
    try:
        content = json.loads(read_text(path))
    except (ValueError, RecursionError):
        raise ReadError("this is not JSON", where=path) from None
    entries = content.get("entries") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not any(isinstance(one, dict) and "creationDate" in one for one in entries):
        return None
    return entries


def _day(entry: dict[str, Any], rules: DateRules) -> datetime.date | None:
    """Return the day where the entry was written."""
    try:
        moment = datetime.datetime.fromisoformat(str(entry.get("creationDate")))
    except ValueError:
        return None
    zone = _zone(entry.get("timeZone")) or rules.zone()
    if moment.tzinfo is None or zone is None:
        return None
    return moment.astimezone(zone).date()


def _zone(name: object) -> ZoneInfo | None:
    if not isinstance(name, str) or not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _words(text: object) -> str:
    """Return what was written, without pictures and the backslashes of Markdown."""
    return _ESCAPED.sub(r"\1", _MOMENT.sub("", text)).strip() if isinstance(text, str) else ""
