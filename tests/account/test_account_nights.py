"""Which night an account belongs to: stated, never guessed; the table of worked cases in the docs is true."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pytest

from karmalink.account import Account, DateMeans, Precision, When, read_lives
from karmalink.errors import CannotAnswer, UsageError

PAGE = Path(__file__).parents[2] / "docs" / "account.md"
ROW = re.compile(
    r"^\| (?P<sleep>.+?) \| (?P<date>\d{4}-\d\d-\d\d) \| `(?P<means>\w+)` \| (?P<night>.+?) \|$", re.MULTILINE
)


def rows() -> list[tuple[str, str, str, str]]:
    section = PAGE.read_text(encoding="utf-8").split("### Which night")[1].split("\n## ")[0]
    return [(found["sleep"], found["date"], found["means"], found["night"]) for found in ROW.finditer(section)]


def account(date: str, means: str) -> Account:
    return Account("a", "leng", "secret", When(datetime.date.fromisoformat(date)), DateMeans(means))


@pytest.mark.parametrize(("sleep", "date", "means", "night"), rows())
def test_the_worked_cases(sleep: str, date: str, means: str, night: str) -> None:
    told = account(date, means)
    if night == "none":
        assert not told.has_night
        with pytest.raises(CannotAnswer, match="within one day"):
            told.night()
        return
    days = [datetime.date.fromisoformat(day) for day in re.findall(r"\d{4}-\d\d-\d\d", night)]
    if means == "unknown":
        with pytest.raises(UsageError, match="does not say what its date means"):
            told.night()
        assert [told.night("night_of"), told.night("morning_of")] == [days[0].toordinal(), days[2].toordinal()]
        return
    assert told.has_night
    assert told.night() == days[0].toordinal() == days[1].toordinal() - 1


def test_every_meaning_of_a_date_is_in_the_table() -> None:
    assert {means for _, _, means, _ in rows()} == set(DateMeans)


def test_a_sleep_within_one_day_is_not_moved_by_a_convention() -> None:
    told = account("2026-05-02", "day_of")
    for convention in ("night_of", "morning_of", None):
        with pytest.raises(CannotAnswer, match="bears the same date"):
            told.night(convention)
    assert not Account("a", "p", "x", When(datetime.date(2026, 5, 1), precision=Precision.MONTH)).has_night


def test_the_life_of_a_night_worker_is_read_by_waking_days(tmp_path: Path) -> None:
    """Up at 15:00, at work from 22:00 to 06:00: all of it is one waking day, and the sleep ends in the next."""
    path = tmp_path / "chat.txt"
    lines = ["02/05/26, 16:00 - Srey: up", "03/05/26, 05:30 - Srey: tired", "03/05/26, 15:30 - Srey: up again"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (life,) = read_lives(path, life="s", author="Srey", day_first=True, day_begins=15, latest=2026)
    assert [(entry.when.day.isoformat(), entry.text) for entry in life.entries if entry.when] == [
        ("2026-05-02", "up\ntired"),
        ("2026-05-03", "up again"),
    ]
    # Told on waking at 15:00 of 3 May: the night between those two waking days.
    assert account("2026-05-03", "morning_of").night() == datetime.date(2026, 5, 2).toordinal()
