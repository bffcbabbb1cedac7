"""The columns of the DREAM database's ``Records.csv``: their keys, how a cell is read and how it is written."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

__all__ = ["COLUMNS", "EXPERIENCES", "FIELDS", "NOTHING", "SEXES", "STAGE_CODES", "Cell", "written"]

STAGE_CODES: Mapping[str, int] = MappingProxyType({"W": 0, "N1": 1, "N2": 2, "N3": 3, "R": 5})
EXPERIENCES: Mapping[int, str] = MappingProxyType(
    {
        2: "an experience with recall",
        1: "an experience without recall",
        0: "no experience",
        -1: "an experience, with recall or without",
        -2: "no experience, or one without recall",
        -3: "no experience, or one with recall",
        -4: "unknown",
    }
)
SEXES: Mapping[int, str] = MappingProxyType({0: "male", 1: "female", 2: "other"})

NOTHING = frozenset({"", "nan", "n/a", "na", "none", "null", "-"})
"""What stands in a cell that is not known."""

_STAGES = {code: stage for stage, code in STAGE_CODES.items()} | {4: "N3"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One column: its name, the attribute of a case, how a cell is read (ValueError, KeyError: it cannot), the rule."""

    column: str
    name: str
    parse: Callable[[str], Any]
    rule: str = ""


def written(one: Cell, value: Any) -> str:
    """Return a value as it stands in its column; empty where it is not known."""
    if value is None:
        return ""
    if one.name == "stage":
        return str(STAGE_CODES[value])
    if isinstance(value, dt.time):
        return value.strftime("%H:%M:%S")
    if isinstance(value, bool):
        return str(int(value))
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _whole(text: str) -> int:
    number = float(text.replace(",", "."))
    if number != int(number):
        raise ValueError
    return int(number)


def _experience(text: str) -> int:
    code = _whole(text)
    if code not in EXPERIENCES:
        raise ValueError
    return code


def _stage(text: str) -> str:
    return text.upper() if text.upper() in STAGE_CODES else _STAGES[_whole(text)]


def _sex(text: str) -> int:
    code = {"m": 0, "male": 0, "f": 1, "female": 1}.get(text.casefold())
    found = _whole(text) if code is None else code
    if found not in SEXES:
        raise ValueError
    return found


def _yes_no(text: str) -> bool:
    words = {"yes": True, "true": True, "no": False, "false": False}
    if text.casefold() in words:
        return words[text.casefold()]
    return {0: False, 1: True}[_whole(text)]


def _count(text: str) -> int:
    number = _whole(text)
    if not 0 <= number <= 10_000:
        raise ValueError
    return number


def _between(text: str, low: float, high: float) -> float:
    number = float(text.replace(",", "."))
    if not low <= number <= high:  # NaN is in no range
        raise ValueError
    return number


def _above_zero(text: str) -> float:
    return _between(text, 1e-6, 1e9)


def _share(text: str) -> float:
    return _between(text, 0.0, 1.0)


def _age(text: str) -> float:
    return _between(text, 0.0, 120.0)


def _time(text: str) -> dt.time:
    match = re.fullmatch(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:\.0+)?)?", text)
    if match is None:
        raise ValueError
    return dt.time(int(match[1]), int(match[2]), int(match[3] or 0))


FIELDS: tuple[Cell, ...] = (
    Cell("Filename", "filename", str),
    Cell("Case ID", "case_id", str),
    Cell("Subject ID", "subject_id", str),
    Cell("Experience", "experience", _experience, f"one of {', '.join(map(str, EXPERIENCES))}"),
    Cell("Treatment group", "treatment", str),
    Cell("Duration", "duration_s", _above_zero, "seconds, above 0"),
    Cell("EEG sample rate", "sfreq", _above_zero, "samples a second, above 0"),
    Cell("Number of EEG channels", "n_eeg", _count, "a whole number"),
    Cell("Last sleep stage", "stage", _stage, "0 wake, 1, 2, 3, 5 REM"),
    Cell("Has EOG", "has_eog", _yes_no, "0 or 1"),
    Cell("Has EMG", "has_emg", _yes_no, "0 or 1"),
    Cell("Has ECG", "has_ecg", _yes_no, "0 or 1"),
    Cell("Proportion artifacts", "artifacts", _share, "0 to 1"),
    Cell("Time of awakening", "time", _time, "HH:MM:SS"),
    Cell("Subject age", "age", _age, "years, 0 to 120"),
    Cell("Subject sex", "sex", _sex, "0 male, 1 female, 2 other"),
    Cell("Subject healthy", "healthy", _yes_no, "0 or 1"),
    Cell("Has more data", "has_more", _yes_no, "0 or 1"),
    Cell("Remarks", "remarks", str),
)
COLUMNS = tuple(one.column for one in FIELDS)
"""The 19 columns of ``Records.csv``, in their order."""
