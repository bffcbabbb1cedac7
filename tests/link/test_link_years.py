"""Dates of two years: both are asked about, and the weaker answer is the answer."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from karmalink.account import Account, DateMeans, Entry, Life, When, parse_when
from karmalink.link import lag_curve, pairs, power_for
from karmalink.link.evidence.text_units import dated
from karmalink.link.evidence.year_readings import either_year

WORDS = ("temple monkey", "river boat", "market drum", "mango ladder", "iron bridge", "paper kite", "red kettle")


def life(calendar: str = "gregorian") -> Life:
    days = [dt.date(2024, 6, 1) + dt.timedelta(days=at) for at in range(60)]
    entries = tuple(
        Entry(f"e{at}", "l", f"We saw the {WORDS[at % 7]} and number {at}.", When(day, calendar))
        for at, day in enumerate(days)
    )
    return Life("l", "diary", entries)


def accounts(calendar: str) -> list[Account]:
    return [
        Account(
            f"a{at}",
            "p",
            f"A {WORDS[at % 7]} again.",
            parse_when(f"2568-06-{at + 10:02d}", calendar=calendar),
            DateMeans.MORNING_OF,
        )
        for at in range(12)
    ]


def test_accounts_of_two_years_are_read_under_both() -> None:
    """Cambodia's June 2568 lies in the life, Thailand's a year after it: there nothing can be told."""
    cambodia, thailand, either = (
        power_for(accounts(calendar), life()) for calendar in ("buddhist_cambodia", "buddhist_thailand", "buddhist")
    )
    assert cambodia.n_nights == 12
    assert thailand.n_nights == 0
    assert either.n_nights == 0
    verdicts = {
        calendar: pairs(accounts(calendar), life(), lags=3).verdict
        for calendar in ("buddhist_cambodia", "buddhist_thailand", "buddhist")
    }
    assert verdicts["buddhist"] is min(verdicts.values(), key=lambda verdict: verdict.claim)
    curves = {
        calendar: lag_curve(accounts(calendar), life(), lags=3)
        for calendar in ("buddhist_cambodia", "buddhist_thailand", "buddhist")
    }
    assert curves["buddhist"].verdict is min((curve.verdict for curve in curves.values()), key=lambda one: one.claim)


def test_a_question_is_asked_once_where_no_year_is_in_doubt() -> None:
    asked: list[tuple[int, int]] = []

    @either_year(lambda answer: answer)
    def question(accounts: list[Account], life: Life, *, lags: int = 1) -> int:
        """Count."""
        days = [entry.when.day.year for entry in life.entries if entry.when is not None]
        asked.append((days[0], lags))
        return -days[0]

    assert question([], life(), lags=2) == -2024
    assert asked == [(2024, 2)]
    asked.clear()
    # The same life, dated in Buddhist years of no country: 2024 by Cambodia's count, 2025 by Thailand's.
    assert question(accounts=[], life=life("buddhist")) == -2025
    assert asked == [(2024, 1), (2025, 1)]
    assert question.__doc__ == "Count."


def test_a_sleep_within_one_day_is_compared_with_no_night() -> None:
    told = accounts("buddhist_cambodia")
    naps = [replace(account, date_means=DateMeans.DAY_OF) for account in told[:5]]
    assert [account.id for account in dated([*naps, *told[5:]])] == [account.id for account in told[5:]]
    assert power_for([*naps, *told[5:]], life()).n_nights == 7
    assert pairs([*naps, *told[5:]], life(), lags=3).n_accounts == 7


@pytest.mark.parametrize("calendar", ["buddhist_cambodia", "gregorian"])
def test_one_reading_stays_one_reading(calendar: str) -> None:
    assert all(entry.when is not None and not entry.when.also for entry in life(calendar).entries)
