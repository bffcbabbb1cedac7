"""Retold dreams: found, told apart from figures of speech and others' dreams, cut to where waking resumes.

The sentences are our own, in the manner of diaries of several centuries.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karmalink.account import (
    DateMeans,
    DreamMention,
    Entry,
    Life,
    WhyNot,
    accounts_of_mentions,
    cut_retellings,
    find_dream_mentions,
    parse_when,
)

WHEN = parse_when("1664-05-02", calendar="gregorian")


def entry(text: str) -> Entry:
    return Entry("e1", "sok", text, WHEN)


def mention(text: str) -> DreamMention:
    (found,) = find_dream_mentions([entry(text)])
    return found


def cut(text: str) -> str:
    life = cut_retellings(Life("sok", "diary", (entry(text),)))
    return life.entries[0].text if life.entries else ""


@pytest.mark.parametrize(
    "text",
    [
        "So to bed, and there dreamt that the barn burned.",
        "This morning I woke from a dream of wolves.",
        "Much troubled all night with dreams of my uncle and the suit at law.",
        "I had a nightmare about the exam.",
        "Weird dream last night. A bear followed me through Lyon. Woke up sweating.",
        "In my dream, I was flying over a lake.",
        "យប់នេះខ្ញុំយល់សប្តិឃើញព្រះមាស។",
    ],
)
def test_a_dream_of_the_writers_own_that_is_told_is_usable(text: str) -> None:
    assert mention(text).usable


@pytest.mark.parametrize(
    ("text", "why_not"),
    [
        ("It was a cunning that I never dreamed of.", WhyNot.FIGURATIVE),
        ("I would not dream of it.", WhyNot.FIGURATIVE),
        ("She got her dream job today.", WhyNot.FIGURATIVE),
        ("The sea lay there like a dream.", WhyNot.FIGURATIVE),
        ("We saw a play called The Miller’s Dream, acted by boys.", WhyNot.TITLE),
        ("To the theatre, where Winter Night’s Dream was given.", WhyNot.TITLE),
        ("We argued about the difference between waking and dreaming.", WhyNot.GENERAL),
        ("She dreamt of her uncle and told it at table.", WhyNot.OTHERS),
        ("My mother had a dream about the flood.", WhyNot.OTHERS),
        ("His dream was of gold.", WhyNot.OTHERS),
        ("Lay long in pleasant dreams.", WhyNot.NOT_TOLD),
    ],
)
def test_what_is_no_account_says_why(text: str, why_not: WhyNot) -> None:
    found = mention(text)
    assert (found.why_not, found.usable) == (why_not, False)
    assert cut(text) == text


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("Supped and so to bed, and dreamt of my brother.", DateMeans.NIGHT_OF),
        ("Home and to bed. All night in a dream of drowning.", DateMeans.NIGHT_OF),
        ("Up, having had ugly dreams of my brother.", DateMeans.MORNING_OF),
        ("Last night I dreamt of my brother.", DateMeans.MORNING_OF),
        ("A windy night and dreams of my brother. Up, and by coach to the mill.", DateMeans.MORNING_OF),
        ("Much frighted nowadays with dreams of fire.", DateMeans.UNKNOWN),
        ("I dreamt of my brother.", DateMeans.UNKNOWN),
    ],
)
def test_the_passage_says_which_night_it_was(text: str, means: DateMeans) -> None:
    assert mention(text).date_means is means


def test_a_passage_runs_to_where_waking_resumes() -> None:
    dream = "Up, having dreamt of my father. He stood at the gate, methought, and wept. This dream troubled me."
    day = "Up, and to the office, where we sat till noon."
    text = f"{dream} {day}"
    found = mention(text)
    assert (found.text, text[found.start : found.end]) == (dream, dream)
    assert cut(text) == day


def test_the_account_holds_none_of_the_day_before_it() -> None:
    text = "Home to read in my book, and so to bed, and dreamt that my horse was lame."
    assert mention(text).text == "and dreamt that my horse was lame."
    # The life loses the whole sentence: a little of a day costs less than a link from a dream to its own telling.
    assert cut(f"Rain. {text} ").strip() == "Rain."


def test_a_dream_that_is_announced_is_told_in_the_sentences_after_it() -> None:
    text = "Strange dream last night. We were all in a boat. My teacher rowed. Breakfast with Ann. Paid the rent."
    assert mention(text).text == "Strange dream last night. We were all in a boat. My teacher rowed."
    assert cut(text) == "Breakfast with Ann. Paid the rent."


def test_two_dreams_in_one_entry_are_two_mentions() -> None:
    text = "I dreamt of snow. Up, and to market for eggs. In the evening slept and dreamt of fire."
    assert [found.text for found in find_dream_mentions([entry(text)])] == [
        "I dreamt of snow.",
        "In the evening slept and dreamt of fire.",
    ]
    assert cut(text) == "Up, and to market for eggs. "


def test_mentions_become_accounts_of_the_writer() -> None:
    (account,) = accounts_of_mentions([entry("Up. Home. So to bed and dreamt of snow. ")], "sok")
    assert (account.id, account.person, account.when) == ("e1-dream-10", "sok", WHEN)
    assert (account.text, account.date_means) == ("So to bed and dreamt of snow.", DateMeans.NIGHT_OF)


def test_an_entry_that_held_nothing_but_a_dream_is_left_out() -> None:
    assert cut_retellings(Life("sok", "diary", (entry("I dreamt of snow."),))).entries == ()


def test_a_mention_tells_where_it_is_and_never_its_words() -> None:
    assert repr(mention("I dreamt of snow.")) == "DreamMention(e1: characters 0 to 17, usable)"


PIECES = [
    "I dreamt of snow. ",
    "Up, and to work. ",
    "Methought it sang. ",
    "She dreamt. ",
    "I never dreamed of it. ",
    "Rain. ",
]


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_passages_are_in_order_and_cutting_twice_cuts_nothing_more(text: str) -> None:
    end = 0
    for found in find_dream_mentions([entry(text)]):
        assert end <= found.cut_start <= found.start < found.end <= found.cut_end <= len(text)
        assert text[found.start : found.end] == found.text
        end = found.end
    once = cut(text)
    assert "I dreamt" not in once
    assert cut(once) == once if once else True
