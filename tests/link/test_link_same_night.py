"""Two people on the same night: shifts against a slow reference, what is refused, and what the command says."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from link_command import run

from karmalink.account import Account, DateMeans, Precision, When
from karmalink.errors import UsageError
from karmalink.link import Verdict, same_night
from karmalink.link.shift_null.offset_sums import sums_by_offset
from karmalink.link.shift_null.shared_nights import _ahead

WORDS = ("goat", "boat", "lamp", "river", "bell", "spade", "kettle", "rope", "stone", "ferry", "crow", "ladder")


def told(person: str, texts: dict[int, str], means: DateMeans = DateMeans.NIGHT_OF) -> list[Account]:
    first = dt.date(2021, 3, 1)
    return [
        Account(
            id=f"{person}-{day}",
            person=person,
            text=text,
            when=When(first + dt.timedelta(days=day), "gregorian", Precision.DAY),
            date_means=means,
        )
        for day, text in texts.items()
    ]


def dreams(seed: int, days: int = 40) -> dict[int, str]:
    rng = np.random.default_rng(seed)
    return {day: f"I saw a {a} beside the {b}." for day in range(days) for a, b in [rng.choice(WORDS, 2)]}


def test_two_people_who_dream_the_same_each_night_are_found() -> None:
    texts = dreams(0)
    found = same_night(told("Amara", texts), told("Bela", texts))
    assert found.verdict is Verdict.FOUND
    assert found.p == found.smallest_p == pytest.approx(1 / 40)
    assert (found.n_shared, found.n_nights, found.n_left_out) == (40, (40, 40), 0)
    assert "40 shared nights" in found.finding


def test_the_same_dreams_three_nights_later_are_not() -> None:
    texts = dreams(0)
    later = {day + 3: text for day, text in texts.items()}
    found = same_night(told("Amara", texts), told("Bela", later))
    assert found.verdict is Verdict.NOTHING
    assert found.n_left_out == 6


def test_dates_of_evening_and_morning_name_one_night() -> None:
    texts = dreams(0)
    mornings = {day + 1: text for day, text in texts.items()}
    found = same_night(told("Amara", texts), told("Bela", mornings, DateMeans.MORNING_OF))
    assert (found.verdict, found.n_shared) == (Verdict.FOUND, 40)


def test_dates_that_do_not_say_are_read_both_ways_and_the_weaker_answer_is_given() -> None:
    texts = dreams(0)
    found = same_night(told("Amara", texts), told("Bela", texts, DateMeans.UNKNOWN))
    assert (found.verdict, found.convention) == (Verdict.NOTHING, "morning_of")


@pytest.mark.parametrize(
    ("other", "shared"),
    [(dict.fromkeys(range(60, 90), "A bell."), 0), (dict.fromkeys(range(35, 70), "A bell."), 5)],
)
def test_too_few_shared_nights_are_not_answered(other: dict[int, str], shared: int) -> None:
    found = same_night(told("Amara", dreams(0)), told("Bela", other))
    assert (found.verdict, found.p, found.n_shared) == (Verdict.CANNOT_ANSWER, None, shared)


def test_one_person_and_a_senseless_window_are_refused() -> None:
    mine = told("Amara", dreams(0))
    with pytest.raises(UsageError, match="both sets of accounts are by 'Amara'"):
        same_night(mine, mine)
    with pytest.raises(UsageError, match="nearby must be 1 day or more"):
        same_night(mine, told("Bela", dreams(1)), nearby=0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(12, 20), st.integers(1, 3))
def test_what_every_shift_gives_is_the_loop_over_shifts(seed: int, period: int, nearby: int) -> None:
    rng = np.random.default_rng(seed)
    night, day = (np.flatnonzero(rng.random(period) < 0.6) for _ in range(2))
    scores = rng.normal(size=(night.size, day.size))
    ahead, alone = _ahead(*sums_by_offset(scores, night, day, period), nearby)
    for shift in range(period):
        here = [
            scores[i, j] for i, a in enumerate(night) for j, b in enumerate(day) if (b - a) % period == shift % period
        ]
        around = [
            scores[i, j]
            for step in range(-nearby, nearby + 1)
            if step
            for i, a in enumerate(night)
            for j, b in enumerate(day)
            if (b - a) % period == (shift + step) % period
        ]
        if not here or not around:
            assert np.isnan(ahead[shift])
            continue
        assert alone[shift] == pytest.approx(np.mean(here) * np.sqrt(len(here)))
        width = np.sqrt(1 / len(here) + 1 / len(around))
        assert ahead[shift] == pytest.approx((np.mean(here) - np.mean(around)) / width)


def test_the_command_reads_two_files_or_two_people_of_one(tmp_path: Path) -> None:
    texts = dreams(0)
    dates = {day: dt.date(2021, 3, 1) + dt.timedelta(days=day) for day in texts}
    rows = {
        who: [f"{who}-{day},{who},{dates[day]},gregorian,night_of,{text}" for day, text in texts.items()]
        for who in ("Amara", "Bela")
    }
    head = "id,person,date,calendar,date_means,text"
    for name, lines in (("a", rows["Amara"]), ("b", rows["Bela"]), ("both", rows["Amara"] + rows["Bela"])):
        (tmp_path / f"{name}.csv").write_text("\n".join([head, *lines]), encoding="utf-8")
    a, b, both = (str(tmp_path / f"{name}.csv") for name in ("a", "b", "both"))
    answers = [run("same-night", *words) for words in ((a, b), (both,), (both, "--other", "Bela"))]
    assert [code for code, _ in answers] == [0, 0, 0], answers
    assert len({text for _, text in answers}) == 1
    assert "Amara and Bela agree more on the same night" in answers[0][1]
    code, said = run("same-night", a)
    assert code != 0
    assert "the accounts are all by 'Amara'" in said
