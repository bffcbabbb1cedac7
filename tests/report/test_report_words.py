"""Numbers in sentences."""

from __future__ import annotations

import datetime as dt

import pytest

from karmalink.report import words


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (words.number(1234.5, 1), "1 234.5"),
        (words.number(-0.25), "−0.25"),
        (words.number(-0.001), "0.00"),
        (words.number(float("nan")), "–"),
        (words.percent(0.183), "18 %"),
        (words.percent(0.004), "0.4 %"),
        (words.percent(0.996), "99.6 %"),
        (words.percent(0.0), "0 %"),
        (words.percent(1.0), "100 %"),
        (words.percent(1e-6), "0.0001 %"),
        (words.percent(1 - 1e-6), "99.9999 %"),
        (words.percent(float("inf")), "–"),
        (words.interval(0.1, 0.25), "0.10 to 0.25"),
        (words.area(0.004), "4 000 m²"),
        (words.area(0.062), "6.2 ha"),
        (words.area(0.34), "34 ha"),
        (words.area(2.8), "2.8 km²"),
        (words.area(30.0), "30 km²"),
        (words.area(0.34, of=12.0), "0.34 km²"),
        (words.area(0.02, of=30.0), "2.0 ha"),
        (words.count(0, "night"), "no nights"),
        (words.count(1, "night"), "one night"),
        (words.count(12, "night"), "12 nights"),
        (words.count(2, "other life", "other lives"), "two other lives"),
        (words.join(["a", "", "b", "c"]), "a, b and c"),
        (words.join([]), ""),
        (words.minutes(402), "6 h 42 min"),
        (words.minutes(42), "42 min"),
        (words.metres(43.2), "43 m"),
        (words.metres(653.0), "650 m"),
        (words.metres(1240.0), "1.2 km"),
        (words.odds(2.84e-05), "1 in 35,000"),
        (words.odds(0.0001), "1 in 10,000"),
        (words.odds(0.02), "2 %"),
        (words.odds(0.0), "0 %"),
        (words.points(0.0123), "1.2 percentage points"),
        (words.points(0.0004), "0.04 percentage points"),
        (words.points(-0.0301), "−3.0 percentage points"),
        (words.day(dt.date(2031, 3, 7)), "7 March 2031"),
        (words.night(dt.date(2031, 3, 7)), "7–8 March 2031"),
        (words.night(dt.date(2031, 3, 31)), "31 March – 1 April 2031"),
        (words.span([dt.date(2031, 5, 2), dt.date(2031, 3, 7)]), "7 March to 2 May 2031"),
        (words.span([dt.date(2030, 12, 31), dt.date(2031, 1, 1)]), "31 December 2030 to 1 January 2031"),
        (words.span([dt.date(2031, 3, 7)]), "7 March 2031"),
        (words.clock(dt.datetime(2031, 3, 7, 3, 5)), "03:05"),
    ],
)
def test_words(got: str, expected: str) -> None:
    assert plain(got) == expected
