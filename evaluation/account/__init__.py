"""Cases of the account room: files that people really have, read beside a second reader."""

from __future__ import annotations

from evaluation.account import calendars
from evaluation.figure import Case

__all__ = ["CASES"]

CASES: dict[str, Case] = {"calendars": Case(calendars.PATTERN, calendars.run)}
