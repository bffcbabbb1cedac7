"""Moments of a night."""

from __future__ import annotations

from datetime import datetime

import pytest

from karmalink.errors import DateError
from karmalink.night.recordings.clocks import clock, parse_moment

START = datetime(2024, 1, 1, 23, 0, 30)


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("23:01", 30),
        ("23:00:30", 0),
        ("00:00", 3570),
        ("06:30:00", 26_970),
        ("+0:12:30", 750),
        ("90.5", 90.5),
        ("23:00", 86_370),
    ],
)
def test_a_clock_time_is_the_next_such_moment(text: str, second: float) -> None:
    assert parse_moment(text, START) == second


@pytest.mark.parametrize("text", ["", "25:00", "23:60", "eleven", "-5", "23:1"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(DateError) as raised:
        parse_moment(text, START, where="--lights-off")
    assert raised.value.where == "--lights-off"


def test_a_clock_time_needs_a_start() -> None:
    assert parse_moment("+1:00", None) == 3600
    with pytest.raises(DateError, match="does not say when it began"):
        parse_moment("23:00", None)


def test_the_clock_is_counted_from_the_first_sample_where_no_start_is_known() -> None:
    assert clock(START, 30) == "23:01:00"
    assert clock(None, 3725) == "+1:02:05"
