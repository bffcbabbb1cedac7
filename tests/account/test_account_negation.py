"""Negation: "there was no dog" holds no dog, in several scripts, never past the clause."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.account import assert_only, denied_spans, tokens

PIECES = st.sampled_from(
    ["no ", "not only ", "a dog", ". ", ", ", "didn't see ", "គ្មានឆ្កែ", "没有狗", "犬はいなかった", " and ", "\n\n"]
)
TEXTS = st.one_of(st.text(max_size=100), st.lists(PIECES, max_size=20).map("".join))


def denied(text: str) -> list[str]:
    return [text[start:end].strip() for start, end in denied_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("There was no dog.", ["dog"]),
        ("I did not see the old dog in the garden.", ["see the old dog"]),
        ("I didn’t see Jane.", ["see Jane"]),
        ("I went without Jane to twenty shops.", ["Jane"]),
        ("No, the dog came.", []),
        ("Not only the dog came.", []),
        ("No doubt the dog came.", []),
        ("Nobody barked, but the dog ran.", ["barked"]),
        ("I never ran and the dog barked.", ["ran"]),
        ("neither dog nor cat", ["dog", "cat"]),
        ("a dog", []),
        ("", []),
        ("ខ្ញុំគ្មានឆ្កែ។", ["ឆ្កែ"]),
        ("我没有狗。", ["狗"]),
        ("不过他有狗。", []),
        ("ไม่มีหมา", ["หมา"]),
        ("犬はいなかった。", ["犬はい"]),
    ],
)
def test_what_is_denied(text: str, expected: list[str]) -> None:
    assert denied(text) == expected


def test_there_was_no_dog_does_not_match_a_dog() -> None:
    assert "dog" not in tokens(assert_only("There was no dog."))
    assert set(tokens(assert_only("There was no dog. A dog came."))) >= {"dog"}


@given(TEXTS)
@settings(max_examples=60)
def test_spans_are_in_order_and_blanking_moves_nothing(text: str) -> None:
    spans = denied_spans(text)
    end = 0
    for start, stop in spans:
        assert end <= start < stop <= len(text)
        end = stop
    blanked = assert_only(text)
    assert len(blanked) == len(text)
    kept = [place for place in range(len(text)) if not any(start <= place < stop for start, stop in spans)]
    assert [blanked[place] for place in kept] == [text[place] for place in kept]


def test_100_000_words_are_read_in_linear_time() -> None:
    for text in ("no dog came. " * 33_000, "never " * 100_000, "没有狗" * 30_000, "no " + "x" * 400_000):
        begun = time.process_time()
        denied_spans(text)
        assert time.process_time() - begun < 3
