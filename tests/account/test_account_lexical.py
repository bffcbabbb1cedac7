"""Lexical rows against the obvious computation; tokens of any script; leaks stripped without moving an offset."""

from __future__ import annotations

import math
import time
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karmalink.account import WEIGHTINGS, Vocabulary, strip_leaks, tokens
from karmalink.account.language.lexical import stem
from karmalink.errors import UsageError

WORDS = ["river", "rivers", "Buddha", "the", "dig", "digging", "gold", "golden", "ខ្ញុំយល់", "field", "12", "Jane’s"]
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join), min_size=1, max_size=6)


def slow_rows(background: list[str], texts: list[str], weighting: str) -> np.ndarray:
    """The obvious way: a dictionary per text, every formula written out."""
    vocabulary = sorted({token for text in background for token in tokens(text)})
    mean = max(sum(len(tokens(text)) for text in background) / len(background), 1.0)
    rows = np.zeros((len(texts), len(vocabulary)))
    for i, text in enumerate(texts):
        for j, term in enumerate(vocabulary):
            count = tokens(text).count(term)
            if not count:
                continue
            df = sum(term in tokens(other) for other in background)
            idf = math.log((1 + len(background)) / (1 + df)) + 1
            length = len(tokens(text)) / mean
            weight = (
                1 + math.log(count) if weighting == "tfidf" else count * 2.5 / (count + 1.5 * (0.25 + 0.75 * length))
            )
            rows[i, j] = weight * idf
        norm = math.sqrt(sum(rows[i] ** 2))
        rows[i] /= norm or 1
    return rows


@given(TEXTS, TEXTS, st.sampled_from(sorted(WEIGHTINGS)))
def test_rows_agree_with_the_obvious_computation(background: list[str], texts: list[str], weighting: str) -> None:
    vocabulary = Vocabulary.learn(background)
    rows = vocabulary.rows(texts, weighting=weighting)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows.toarray(), slow_rows(background, texts, weighting), atol=1e-6)


@given(TEXTS)
def test_rows_have_length_one_or_nothing(texts: list[str]) -> None:
    rows = Vocabulary.learn(texts).rows([*texts, "", "unheard"]).toarray()
    norms = np.linalg.norm(rows, axis=1)
    assert np.all((np.abs(norms - 1) < 1e-5) | (norms == 0))
    assert norms[-2:].tolist() == [0, 0]


def test_the_vocabulary_counts_texts_and_knows_whose_they_are() -> None:
    vocabulary = Vocabulary.learn(["gold gold", "gold field"], contributors=["sok", "leng", "sok"])
    assert vocabulary.terms == ("field", "gold")
    assert vocabulary.frequency.tolist() == [1, 2]
    assert vocabulary.contributors == ("leng", "sok")
    assert vocabulary.to_dict() == {"terms": 2, "texts": 2, "contributors": 2}
    assert "gold" not in repr(vocabulary)
    assert Vocabulary.learn(["gold gold", "gold field"], least=2).terms == ("gold",)
    with pytest.raises(UsageError, match="unknown weighting 'raw'"):
        vocabulary.rows(["gold"], weighting="raw")


@pytest.mark.parametrize(
    ("words", "stems"),
    [
        ("ride rides riding", {"rid"}),
        ("city cities", {"city"}),
        ("stop stopped stopping stops", {"stop"}),
        ("church churches", {"church"}),
        ("Jane’s Jane's Jane", {"jan"}),
        ("dress", {"dress"}),
        ("bus", {"bus"}),
        ("sing", {"sing"}),
        ("red", {"red"}),
        ("café cafés", {"café", "cafés"}),
    ],
)
def test_light_stems(words: str, stems: set[str]) -> None:
    assert set(tokens(words)) == stems


def test_stop_words_and_unstemmed_words_only_on_request() -> None:
    assert tokens("The riding of the river") == ["rid", "river"]
    assert tokens("The riding", stop_words=True, stemmed=False) == ["the", "riding"]
    assert tokens("twelve of 12 monks") == ["monk"]
    assert stem("as") == "as"


def test_scripts_without_spaces_are_read_as_pairs_of_written_signs() -> None:
    """ខ្ញុំ is one sign: a base, a subscript and a vowel; it is never cut."""
    assert tokens("ខ្ញុំយល់សប្តិ") == ["ខ្ញុំយ", "យល់", "ល់ស", "សប្តិ"]
    assert tokens("金佛 and 梦") == ["金佛", "梦"]
    assert Counter(tokens("ខ្ញុំយល់សប្តិ។")) & Counter(tokens("គាត់យល់សប្តិ"))


def test_marks_stay_inside_words_of_spaced_scripts() -> None:
    assert tokens("हिन्दी सपना") == ["हिन्दी", "सपना"]


@pytest.mark.parametrize(
    "leak",
    [
        "27th (Lord’s day).",
        "Dream 12:",
        "#12.",
        "1997-11-12",
        "12/11/97",
        "3.5.2024",
        "on Monday",
        "May 3, 1997",
        "the 3rd of May",
        "entry-1660-6-7",
    ],
)
def test_what_gives_the_date_away_is_blanked_in_place(leak: str) -> None:
    text = f"{leak} I dug a hole"
    cut = strip_leaks(text)
    assert len(cut) == len(text)
    assert cut.endswith(" I dug a hole")
    assert not any(letter.isdigit() for letter in cut)
    assert not {"monday", "may", "lord", "entry"} & set(cut.casefold().split())


def test_what_is_no_date_stays() -> None:
    text = "I may go 12 miles; she marched 3 miles; 1660 people; second to none"
    assert strip_leaks(text) == text


def test_labels_of_a_series_are_blanked_as_whole_words() -> None:
    assert strip_leaks("Barb Sanders: barb's barbecue", labels=["barb sanders", "Barb", " "]) == (
        "            :     's barbecue"
    )


@given(st.text(max_size=200), st.lists(st.text(max_size=5), max_size=3))
def test_stripping_never_moves_an_offset(text: str, labels: list[str]) -> None:
    cut = strip_leaks(text, labels=labels)
    assert len(cut) == len(text)
    assert all(after in (before, " ") for before, after in zip(text, cut, strict=True))


def test_100_000_words_are_quick() -> None:
    text = "then we dug another hole in the far field of Kandal on 3 May " * 8_000
    begun = time.process_time()
    vocabulary = Vocabulary.learn([text])
    vocabulary.rows([strip_leaks(text)])
    assert time.process_time() - begun < 5


def test_a_page_of_blanks_is_read_in_linear_time() -> None:
    for text in ("a" + " " * 200_000 + "b", "a" + "\n" * 100_000 + "b", "3" + " " * 200_000 + "May"):
        begun = time.process_time()
        assert strip_leaks(text) == text
        assert time.process_time() - begun < 3
