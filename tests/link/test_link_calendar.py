"""link.md §2, calendar: night n lies between day n and n + 1; past day n + 1 - k, mirror n + k."""

from __future__ import annotations

import datetime as dt

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from karmalink.account import Account, DateMeans, Precision, When
from karmalink.link import lag_of, mirror_day, night_of, past_day, window_days

DAYS = st.integers(500_000, 800_000)


@given(DAYS, st.integers(1, 60))
def test_past_day_and_mirror_are_as_far_from_the_night(night: int, order: int) -> None:
    middle = night + 0.5
    assert middle - past_day(night, order) == mirror_day(night, order) - middle == order - 0.5


@given(DAYS, st.integers(1, 60))
def test_lag_of_is_the_signed_order_and_never_zero(night: int, order: int) -> None:
    assert lag_of(night, past_day(night, order)) == order
    assert lag_of(night, mirror_day(night, order)) == -order


@given(DAYS)
def test_order_one_is_the_day_that_the_night_ends_and_the_day_that_follows(night: int) -> None:
    assert past_day(night, 1) == night
    assert mirror_day(night, 1) == night + 1


@given(st.lists(DAYS, min_size=1, max_size=5), st.integers(1, 9))
def test_window_days_is_both_for_every_order(nights: list[int], lags: int) -> None:
    table = window_days(nights, lags)
    for row, night in enumerate(nights):
        for order in range(1, lags + 1):
            assert table[row, 0, order - 1] == past_day(night, order)
            assert table[row, 1, order - 1] == mirror_day(night, order)


def test_the_accounts_own_reading_agrees_with_the_rooms_calendar() -> None:
    day = dt.date(2031, 3, 7)
    account = Account("a", "P1", "x", When(day, "gregorian", Precision.DAY), DateMeans.UNKNOWN)
    for convention in ("night_of", "morning_of"):
        assert account.night(convention) == night_of(day.toordinal(), convention)
    assert np.array_equal(
        window_days([account.night("morning_of")], 1)[0, :, 0], [day.toordinal() - 1, day.toordinal()]
    )
