"""Units: offsets that hold for any text, sentences of several scripts, no unit without an end."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from karmalink.account import Grain, split_units
from karmalink.account.language.units import LONGEST_UNIT
from karmalink.account.language.words import BLANKS
from karmalink.errors import UsageError

PIECES = st.sampled_from(
    [
        "I dug",
        "Mr.",
        "a field",
        ". ",
        "! ",
        "?” ",
        "…",
        "\n",
        "\n\n",
        ", and then ",
        "; ",
        " — ",
        "។ ",
        "៕",
        "ខ្ញុំយល់សប្តិ",
        "。",
        "\u2060",
        "\u200b",
        "4",
        "W.",
        " I. ",
        "“",
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=30).map("".join))


def texts_of(text: str, grain: str = "sentence") -> list[str]:
    return [unit.text for unit in split_units(text, grain)]


def is_blank(text: str) -> bool:
    """BLANKS is written for a pattern: its hyphens are ranges, so that `str.strip` would take "-" for a blank."""
    return re.fullmatch(f"[{BLANKS}]*", text) is not None


@given(TEXTS, st.sampled_from(Grain))
@example("-", Grain.SENTENCE)
def test_offsets_are_true_and_nothing_but_blanks_is_lost(text: str, grain: Grain) -> None:
    units = split_units(text, grain)
    end = 0
    for index, unit in enumerate(units):
        assert unit.index == index
        assert text[unit.start : unit.end] == unit.text
        assert is_blank(text[end : unit.start])
        assert not is_blank(unit.text[0])
        assert not is_blank(unit.text[-1])
        assert 0 < len(unit.text) <= LONGEST_UNIT
        end = unit.end
    assert is_blank(text[end:])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Up. To the office with Sir W. Batten.", ["Up.", "To the office with Sir W. Batten."]),
        (
            "Mr. Creed, viz. a friend, paid 2.5 shillings. Home.",
            ["Mr. Creed, viz. a friend, paid 2.5 shillings.", "Home."],
        ),
        ("He laughed, and so did I. Then we went.", ["He laughed, and so did I.", "Then we went."]),
        ("“What?” he said. “Go!” So I went…", ["“What?” he said.", "“Go!”", "So I went…"]),
        ("I waited... and waited. Done", ["I waited... and waited.", "Done"]),
        ("had pain⁠ ⁠… which hurt. It passed.", ["had pain⁠ ⁠… which hurt.", "It passed."]),
        ("a line\nthat is wrapped\nAnother line", ["a line\nthat is wrapped", "Another line"]),
        ("one\n\ntwo", ["one", "two"]),
        ("ខ្ញុំយល់សប្តិ។ គាត់ដើរ៕", ["ខ្ញុំយល់សប្តិ។", "គាត់ដើរ៕"]),
        ("我梦见了金佛。他把它埋了！", ["我梦见了金佛。", "他把它埋了！"]),
        ("मैंने सपना देखा। वह चला गया।", ["मैंने सपना देखा।", "वह चला गया।"]),
        ("هل حلمت؟ نعم.", ["هل حلمت؟", "نعم."]),
        ("", []),
        (" \n\u200b\t ", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert texts_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "I went to the field, and then he buried it; nobody saw him there.",
            ["I went to the field,", "and then he buried it;", "nobody saw him there."],
        ),
        ("Yes, and no.", ["Yes, and no."]),
        ("ខ្ញុំយល់សប្តិឃើញ ព្រះពុទ្ធរូបមាស", ["ខ្ញុំយល់សប្តិឃើញ", "ព្រះពុទ្ធរូបមាស"]),
    ],
)
def test_clauses(text: str, expected: list[str]) -> None:
    assert texts_of(text, "clause") == expected


def test_a_grain_that_is_not_known_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown grain 'word'"):
        split_units("a", "word")


def test_a_unit_tells_where_it_is_and_never_its_words() -> None:
    assert repr(split_units("secret words.")[0]) == "Unit(0: characters 0 to 13)"


def test_100_000_words_are_quick_with_or_without_full_stops() -> None:
    for text in (
        "and then a word. " * 25_000,
        "word " * 100_000,
        "x" * 500_000,
        "ក" * 500_000,
        "Mr. " * 100_000,
        " " * 200_000 + ".",
        "a " + "\n" * 200_000 + "b",
    ):
        begun = time.process_time()
        units = split_units(text)
        assert time.process_time() - begun < 3
        assert max(len(unit.text) for unit in units) <= LONGEST_UNIT


def test_100_000_words_without_a_full_stop_are_clauses_quickly() -> None:
    begun = time.process_time()
    assert len(split_units("没有狗也没有猫，" * 12_000, "clause")) == 12_000
    assert time.process_time() - begun < 3
