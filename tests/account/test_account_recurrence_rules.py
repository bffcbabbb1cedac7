"""Rules of repetition, RFC 5545, 3.3.10: its examples, dateutil as a second opinion, and no rule that runs for ever."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from karmalink.account.files.recurrence_rules import occurrences, parse_rule
from karmalink.rows import Refused

START = datetime.datetime(1997, 9, 2, 9)
LAST = datetime.datetime(2001, 12, 31, 23, 59, 59)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def days(rule: str, start: datetime.datetime = START, last: datetime.datetime = LAST) -> list[str]:
    return list(dict.fromkeys(moment.date().isoformat() for moment in occurrences(parse_rule(rule), start, last)))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=MONTHLY;COUNT=3;BYDAY=1FR", ["1997-09-05", "1997-10-03", "1997-11-07"]),
        ("FREQ=MONTHLY;COUNT=3;BYMONTHDAY=-3", ["1997-09-28", "1997-10-29", "1997-11-28"]),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=3", ["1998-02-13", "1998-03-13", "1998-11-13"]),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", ["1997-09-04", "1997-10-07", "1997-11-06"]),
        ("FREQ=YEARLY;INTERVAL=2;COUNT=3;BYMONTH=1,2,3", []),
        ("FREQ=YEARLY;BYDAY=20MO;COUNT=2", ["1998-05-18", "1999-05-17"]),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=2", ["1998-05-11", "1999-05-17"]),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
            ["1997-09-02", "1997-09-07", "1997-09-16", "1997-09-21"],
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
            ["1997-09-02", "1997-09-14", "1997-09-16", "1997-09-28"],
        ),
        ("FREQ=HOURLY;INTERVAL=3;COUNT=7", ["1997-09-02", "1997-09-03"]),
        ("FREQ=MINUTELY;INTERVAL=90;COUNT=11", ["1997-09-02", "1997-09-03"]),
        ("FREQ=DAILY;BYHOUR=9,10;COUNT=3", ["1997-09-02", "1997-09-03"]),
    ],
)
def test_examples_in_the_manner_of_the_standard(rule: str, expected: list[str]) -> None:
    if expected:
        assert days(rule) == expected
    else:
        # Every other year from 1997, in January to March: 1999 and 2001 are left.
        assert days(rule) == ["1999-01-02", "1999-02-02", "1999-03-02"]


def test_what_a_rule_leaves_open_is_as_at_its_start() -> None:
    """RFC 5545, 3.3.10: "derived from the Start Time (DTSTART)", also the weekday of a numbered week."""
    assert days("FREQ=YEARLY;BYWEEKNO=20;COUNT=2") == ["1998-05-12", "1999-05-18"]
    assert days("FREQ=WEEKLY;COUNT=2") == ["1997-09-02", "1997-09-09"]
    assert days("FREQ=YEARLY;BYMONTH=1;COUNT=2") == ["1998-01-02", "1999-01-02"]


@st.composite
def rules(draw: st.DrawFn) -> str:
    frequency = draw(st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"]))
    within = frequency in ("HOURLY", "MINUTELY", "SECONDLY")
    most = {"HOURLY": 60, "MINUTELY": 3000, "SECONDLY": 200_000}.get(frequency, 4)
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1 if not within else most // 60, most))}"]

    def some(name: str, values: st.SearchStrategy[Any], size: int = 3) -> None:
        if draw(st.booleans()):
            parts.append(f"{name}={','.join(map(str, draw(st.lists(values, min_size=1, max_size=size, unique=True))))}")

    some("BYMONTH", st.integers(1, 12))
    if frequency != "WEEKLY":
        some("BYMONTHDAY", st.integers(1, 31) | st.integers(-31, -1))
    if frequency in ("YEARLY", "HOURLY", "MINUTELY", "SECONDLY"):
        some("BYYEARDAY", st.integers(1, 366) | st.integers(-366, -1))
    weekday = st.sampled_from(WEEKDAYS)
    numbered = st.tuples(st.integers(-5, 5).filter(bool), weekday).map(lambda pair: f"{pair[0]}{pair[1]}")
    # dateutil wants a day to be both where plain and numbered weekdays are mixed; the standard says either.
    some("BYDAY", numbered if frequency in ("YEARLY", "MONTHLY") and draw(st.booleans()) else weekday)
    if frequency == "YEARLY" and parts[-1].startswith("BYDAY") and not any(c.isdigit() for c in parts[-1]):
        some("BYWEEKNO", st.integers(1, 53) | st.integers(-53, -1))
    some("BYHOUR", st.integers(0, 23))
    some("BYMINUTE", st.integers(0, 59))
    if draw(st.booleans()):
        parts.append(f"WKST={draw(weekday)}")
    if frequency in ("YEARLY", "MONTHLY", "DAILY"):
        some("BYSETPOS", st.integers(1, 5) | st.integers(-5, -1), 2)
    if draw(st.booleans()):
        parts.append(f"COUNT={draw(st.integers(1, 40))}")
    return ";".join(parts)


STARTS = st.datetimes(datetime.datetime(1999, 1, 1), datetime.datetime(2001, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0)
)


@settings(max_examples=100, deadline=None)
@given(rules(), STARTS, st.integers(0, 500))
def test_a_second_opinion_finds_the_same_moments(rule: str, start: datetime.datetime, length: int) -> None:
    last = start + datetime.timedelta(days=length)
    # dateutil looks for a rule that does not fire until the year 9999, second by second.
    assume(next(occurrences(parse_rule(rule), last, last + datetime.timedelta(days=1500)), None) or "COUNT" in rule)
    assume(next(occurrences(parse_rule(rule), start, last), None))
    expected = list(islice(_of_dateutil(rule, start, last), 4000))
    if len(expected) == 4000:
        return
    found = list(occurrences(parse_rule(rule), start, last, whole={moment.date() for moment in expected}))
    assert found == expected
    ends = [moment for moment in expected if moment in _ends(expected)]
    assert list(occurrences(parse_rule(rule), start, last)) == ends


def _ends(moments: list[datetime.datetime]) -> set[datetime.datetime]:
    """Return the first and the last moment of each day."""
    first = {moment.date(): moment for moment in reversed(moments)}
    return {*first.values(), *{moment.date(): moment for moment in moments}.values()}


def _of_dateutil(rule: str, start: datetime.datetime, last: datetime.datetime) -> Iterator[datetime.datetime]:
    for moment in rrulestr(rule, dtstart=start):
        if moment > last:
            return
        yield moment


@pytest.mark.parametrize(
    "text", ["", "FREQ=", "COUNT=2", "FREQ=DAILY;FREQ=DAILY", "FREQ=DAILY;BYDAY=", "FREQ=DAILY;X=1"]
)
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse_rule(text)


def test_a_negative_count_is_none_and_blanks_are_nothing() -> None:
    """Some programs write COUNT=-1 for a repeat without a count, and end the rule with a semicolon."""
    rule = parse_rule(" freq=daily; COUNT=-1 ;")
    assert (rule.frequency, rule.count, rule.endless) == ("DAILY", None, True)
