"""Names, places, numbers and what is denied."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karmalink.account import Gazetteer, MentionKind, find_mentions, mask_mentions
from karmalink.account.language.names import number_spans
from karmalink.account.language.words import listed

TENS = {20: "twenty", 30: "thirty", 40: "forty", 50: "fifty", 60: "sixty", 70: "seventy", 80: "eighty", 90: "ninety"}
ONES = listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)


def spelt(number: int) -> str:
    """The obvious way to write a number below a million in English words."""
    if number >= 1000:
        rest = f" {spelt(number % 1000)}" if number % 1000 else ""
        return f"{spelt(number // 1000)} thousand{rest}"
    if number >= 100:
        rest = f" and {spelt(number % 100)}" if number % 100 else ""
        return f"{ONES[number // 100]} hundred{rest}"
    if number >= 20:
        return TENS[number // 10 * 10] + (f"-{ONES[number % 10]}" if number % 10 else "")
    return ONES[number]


def found(text: str, **options: Gazetteer) -> list[tuple[str, str, str, bool]]:
    return [(str(m.kind), m.key, text[m.start : m.end], m.negated) for m in find_mentions(text, **options)]


@given(st.integers(0, 999_999).filter(lambda number: number != 1))
def test_numbers_in_words_are_the_numbers_in_figures(number: int) -> None:
    for written in (spelt(number), spelt(number).title(), str(number), f"{number:,}"):
        assert [value for _, _, value in number_spans(f"I saw {written} birds")] == [str(number)], written


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("one of us", []),
        ("the 4th of a month", []),
        ("2.50 and ២០ and 1,050.", ["2.5", "20", "1050"]),
        ("007", ["7"]),
        ("someone tennis often", []),
        ("9" * 40, []),
        ("two dozen eggs, a hundred men", ["24", "100"]),
        ("one hundred and one hundred", ["200"]),
        ("hundred " * 5000, ["500000"]),
    ],
)
def test_what_is_a_number(text: str, values: list[str]) -> None:
    assert [value for _, _, value in number_spans(text)] == values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Then came Sir W. Batten.", [("person", "batten", "Sir W. Batten", False)]),
        ("We met in Phnom Penh.", [("place", "phnom penh", "Phnom Penh", False)]),
        ("He lives by Fleet Street.", [("place", "fleet street", "Fleet Street", False)]),
        ("I saw Jane’s house.", [("name", "jane", "Jane", False)]),
        ("So to Will’s, where I ate.", [("name", "will", "Will", False)]),
        ("Then I went. But He said: Never. On Monday in May.", []),
        ("Aunt Sokha cried.", [("person", "sokha", "Aunt Sokha", False)]),
        ("Jane left. I called Jane.", [("name", "jane", "Jane", False), ("name", "jane", "Jane", False)]),
        ("Nothing was there.", []),
        ("we went without Jane to Ty.", [("name", "jane", "Jane", True), ("name", "ty", "Ty", False)]),
        (
            "I didn’t see Jane. But Ty saw me with Mi.",
            [("name", "jane", "Jane", True), ("name", "ty", "Ty", False), ("name", "mi", "Mi", False)],
        ),
        ("I had no answer, and Jane came.", [("name", "jane", "Jane", False)]),
        ("", []),
    ],
)
def test_names_by_their_capitals(text: str, expected: list[tuple[str, str, str, bool]]) -> None:
    assert found(text) == expected


def test_where_every_word_has_a_capital_capitals_say_nothing() -> None:
    shouted = "I RAN THROUGH THE GREEN FIELD AND SAW A RED BIRD OVER THE OLD HOUSE WITH MR CREED"
    assert found(shouted) == [("person", "creed", "MR CREED", False)]


def test_a_gazetteer_works_for_every_script_and_wins() -> None:
    known = Gazetteer(people=frozenset({"ចន្ទា", "Ann", " "}), places=frozenset({"Tralop Bek", "Kep"}))
    text = "ចន្ទាទៅ tralop bek with Ann, annually, to Kep."
    assert [entry[:3] for entry in found(text, gazetteer=known)] == [
        ("person", "ចន្ទា", "ចន្ទា"),
        ("place", "tralop bek", "tralop bek"),
        ("person", "ann", "Ann"),
        ("place", "kep", "Kep"),
    ]


def test_the_masked_view_holds_no_name_and_no_number() -> None:
    text = "Mr. Creed gave me 12 eggs in Deptford, said Balty."
    masked = mask_mentions(text, find_mentions(text))
    assert masked == "someone gave me some eggs in somewhere, said something."
    assert find_mentions(masked) == ()
    assert mask_mentions(text, [*find_mentions(text), *find_mentions(text)]) == masked


@given(st.text(max_size=200))
def test_mentions_are_in_order_and_never_overlap(text: str) -> None:
    end = 0
    for mention in find_mentions(text):
        assert end <= mention.start < mention.end <= len(text)
        assert mention.key
        end = mention.end


def test_a_mention_tells_its_kind_and_never_the_name() -> None:
    (mention,) = find_mentions("We never saw Jane.")
    assert repr(mention) == "Mention(name, characters 13 to 17, negated)"
    assert mention.kind is MentionKind.NAME


def test_100_000_words_are_quick() -> None:
    text = "Then I met Mr. Creed in Fleet Street without two of his 12 friends. " * 8_000
    begun = time.process_time()
    assert len(find_mentions(text)) == 32_000
    assert time.process_time() - begun < 8
