"""The joints: a night's knowledge reaches the account, a link's doubt reaches the map."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point

from karmalink.account import Account, Entry, Precision, When
from karmalink.errors import InputError, UnknownName
from karmalink.link import NightScore
from karmalink.night import STAGES, UNSCORED, Hypnogram
from karmalink.seek import Place
from karmalink.study import Awakening, ClueFrom
from karmalink.study.analyses.links_to_clues import clues_and_witnesses, clues_from_links, places_named
from karmalink.study.awakening import awakening_at, stage_groups

START = dt.datetime(2031, 3, 7, 22, 0)
DAY = When(dt.date(2031, 3, 7), "gregorian", Precision.DAY)
PLACES = [
    Place("bridge", "old railway bridge", Point(104.9, 11.5), aliases=("iron bridge",)),
    Place("pagoda-1", "pagoda", Point(104.91, 11.5)),
    Place("pagoda-2", "pagoda", Point(104.92, 11.5)),
]


def hypnogram(stages: list[int]) -> Hypnogram:
    table = np.full((len(stages), 5), np.nan)
    for row, stage in enumerate(stages):
        if stage != UNSCORED:
            table[row] = 0.05
            table[row, stage] = 0.8
    return Hypnogram(np.array(stages, dtype=np.int8), start=START, probabilities=table)


# Days that name no place: against these a named one is news.
OTHER_DAYS = [Entry(f"o{n}", "life", "Rain again.", DAY) for n in range(99)]


def account(name: str, text: str, awakening: str | None = None) -> Account:
    return Account(name, "P1", text, DAY, awakening=awakening)


def score(account: str, entry: str, entry_posterior: float) -> NightScore:
    return NightScore(DAY.ordinal, account, entry, 1, 2.0, min(1.0, entry_posterior * 1.2), entry_posterior)


def stage_by_walking_back(stages: list[int], seconds: float) -> int | None:
    """The slow obvious reference: the last epoch that has ended and was scored."""
    found = None
    for epoch, stage in enumerate(stages):
        if (epoch + 1) * 30.0 <= seconds and stage != UNSCORED:
            found = stage
    return found


@given(st.lists(st.integers(-1, 4), min_size=1, max_size=30), st.integers(-100, 1200))
def test_awakening_reads_the_last_scored_epoch_that_ended(stages: list[int], seconds: int) -> None:
    expected = stage_by_walking_back(stages, seconds)
    when = START + dt.timedelta(seconds=seconds)
    if expected is None:
        with pytest.raises(InputError, match="no scored epoch"):
            awakening_at(hypnogram(stages), when, name="a", person="P1", rule="r")
        return
    woken = awakening_at(hypnogram(stages), when, name="a", person="P1", rule="r")
    assert woken.stage == STAGES[expected]
    assert woken.confidence == pytest.approx(0.8)


def test_awakening_needs_a_night_with_a_clock() -> None:
    with pytest.raises(InputError, match="no start time"):
        awakening_at(Hypnogram(np.zeros(3, dtype=np.int8)), START, name="a", person="P1", rule="r")


@pytest.mark.parametrize(("stage", "confidence"), [("S2", 0.9), ("R", 1.2), ("R", -0.1)])
def test_awakening_refuses_what_is_no_stage_and_no_probability(stage: str, confidence: float) -> None:
    with pytest.raises(InputError):
        Awakening("a", "P1", START, stage, confidence)


def test_accounts_take_the_stage_only_where_the_night_is_sure() -> None:
    awakenings = [Awakening("sure", "P1", START, "R", 0.9), Awakening("unsure", "P1", START, "N2", 0.4)]
    accounts = [account("1", "x", "sure"), account("2", "x", "unsure"), account("3", "x")]
    assert stage_groups(accounts, awakenings) == {"1": "R"}


def test_an_account_of_an_unknown_awakening_is_named() -> None:
    with pytest.raises(UnknownName, match="'sur'") as caught:
        stage_groups([account("1", "x", "sur")], [Awakening("sure", "P1", START, "R")])
    assert "sure" in caught.value.next_step


def test_namesakes_are_never_picked_in_silence() -> None:
    assert places_named("We rested by the pagoda, then the iron bridge.", PLACES) == ("pagoda-1", "pagoda-2", "bridge")


def test_a_place_that_is_denied_is_not_named() -> None:
    assert places_named("It was not near the old railway bridge.", PLACES) == ()


def test_only_accounts_that_speak_of_the_thing_sought_become_clues() -> None:
    accounts = [account("1", "The golden statue smiled."), account("2", "I ran for the bus.")]
    entries = [Entry("e", "life", "She told of the old railway bridge.", DAY)]
    scores = [score("1", "e", 0.7), score("2", "e", 0.9)]
    found = clues_from_links(scores, accounts, [*entries, *OTHER_DAYS], PLACES, sought=["golden"])
    assert found == [ClueFrom("link", "1", "entry:e", "bridge", 0.7 * (1 - 1 / 100))]


def test_two_links_to_one_entry_are_one_statement_the_surer_one() -> None:
    accounts = [account("1", "gold"), account("2", "gold")]
    entries = [Entry("e", "life", "At the old railway bridge.", DAY)]
    scores = [score("1", "e", 0.4), score("2", "e", 0.6)]
    found = clues_from_links(scores, accounts, [*entries, *OTHER_DAYS], PLACES, sought=["gold"])
    assert [(clue.source, clue.reliability) for clue in found] == [("2", pytest.approx(0.6 * 0.99))]


def test_an_entry_that_names_several_places_shares_its_reliability_among_them() -> None:
    entries = [Entry("e", "life", "From the pagoda to the iron bridge.", DAY)]
    every = [*entries, *OTHER_DAYS]
    found = clues_from_links([score("1", "e", 0.6)], [account("1", "gold")], every, PLACES, sought=["gold"])
    share = 0.2 * 0.99
    assert {clue.place: clue.reliability for clue in found} == pytest.approx(
        {"pagoda-1": share, "pagoda-2": share, "bridge": share}
    )
    assert {clue.witness for clue in found} == {"entry:e"}


def test_a_place_that_the_life_names_all_the_time_is_no_news() -> None:
    """A home named on four days of five: of thirty linked days twenty-four name it, as any thirty would."""
    days = [Entry(f"e{n}", "life", "Home, by the iron bridge." if n % 5 else "Rain.", DAY) for n in range(100)]
    days[50] = Entry("e50", "life", "We rested by the pagoda.", DAY)
    accounts = [account(str(n), "gold") for n in range(30, 60)]
    scores = [score(str(n), f"e{n}", 0.8) for n in range(30, 60)]
    found = clues_from_links(scores, accounts, days, PLACES, sought=["gold"])
    assert {clue.place for clue in found} == {"pagoda-1", "pagoda-2"}
    assert [clue.reliability for clue in found] == pytest.approx([0.4 * (1 - 30 / 100)] * 2)
    # Linked days that name it more often than the life does keep what is beyond that.
    rare = [Entry(f"e{n}", "life", "By the iron bridge." if 30 <= n < 36 else "Rain.", DAY) for n in range(100)]
    six = clues_from_links(scores[:10], accounts, rare, PLACES, sought=["gold"])
    assert [clue.reliability for clue in six] == pytest.approx([0.8 * (1 - 10 * 6 / 100 / 6)] * 6)


@pytest.mark.parametrize(("origin", "reliability"), [("rumour", 0.5), ("link", 1.5)])
def test_a_clue_has_a_known_origin_and_a_probability(origin: str, reliability: float) -> None:
    with pytest.raises(InputError):
        ClueFrom(origin, "1", "w", "bridge", reliability)


def test_what_the_map_takes_keeps_the_reliability_and_shares_the_source() -> None:
    clues = [ClueFrom("link", "1", "entry:e", place, 0.6) for place in ("bridge", "pagoda-1")]
    statements, sources = clues_and_witnesses(clues)
    assert [(clue.id, clue.places, clue.reliability) for clue in statements] == [
        ("link:1:bridge", ("bridge",), 0.6),
        ("link:1:pagoda-1", ("pagoda-1",), 0.6),
    ]
    assert [source.id for source in sources] == ["entry:e"]
