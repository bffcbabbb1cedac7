"""Views and the writing space: what each view takes away, rows against a slow count, any script, any text."""

from __future__ import annotations

import math
import time
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.account import VIEWS, WRITING_BLOCKS, Gazetteer, WritingSpace, viewed
from karmalink.account.features.writing import written_tokens
from karmalink.errors import UsageError

TEXT = "Dream 12: On 3 May 1999 i ran with Jane, and NOT without her 12 dogs!"


def test_every_view_strips_what_leaks() -> None:
    for view in VIEWS:
        (found,) = viewed([TEXT + " kep-series"], view, labels=("kep-series",))
        assert "1999" not in found
        assert "Dream 12" not in found
        assert "kep-series" not in found


def test_all_keeps_capitals_and_marks() -> None:
    (found,) = viewed([TEXT])
    assert "NOT without her 12 dogs!" in found


def test_style_removed_keeps_content_words_only() -> None:
    assert viewed(["I RAN with Jane; and, then, ran to the 3 dogs!"], "style-removed") == ["ran jan ran dog"]


def test_names_masked_keeps_the_sentence() -> None:
    assert viewed(["I ran with Jane to twelve dogs."], "names-masked") == ["I ran with something to some dogs."]
    known = Gazetteer(people=frozenset({"jane"}))
    assert viewed(["i ran with jane."], "names-masked", gazetteer=known) == ["i ran with someone."]


def test_a_view_that_is_not_known_is_refused() -> None:
    assert viewed(["a"], "names_masked") == viewed(["a"], "names-masked")
    with pytest.raises(UsageError, match="unknown view 'styles-removed'"):
        viewed(["a"], "styles-removed")


def slow_rows(texts: list[str], block: str, others: list[str]) -> np.ndarray:
    """The definition, term by term."""
    row = WRITING_BLOCKS[block]

    def count(text: str) -> Counter[str]:
        return Counter(term for token in row.tokens(text) for term in row.terms(token))

    counts = [count(text) for text in texts]
    frequency = Counter(term for found in counts for term in found)
    terms = [t for t, n in frequency.items() if n >= min(row.least, len(texts))]
    table = np.zeros((len(others), len(terms)))
    for i, text in enumerate(others):
        found = count(text)
        for j, term in enumerate(terms):
            if found[term]:
                table[i, j] = (1 + math.log(found[term])) * (math.log((1 + len(texts)) / (1 + frequency[term])) + 1)
    norms = np.linalg.norm(table, axis=1, keepdims=True)
    return table / np.where(norms > 0, norms, 1)


WORDS = st.lists(st.sampled_from(["I ran", "i Ran", ", ", " dog", "s", "!", " ឆ្កែ", " 没有狗", "  "]), max_size=12)


@given(st.lists(WORDS.map("".join), min_size=1, max_size=6), st.sampled_from(sorted(WRITING_BLOCKS)))
@settings(max_examples=40, deadline=None)
def test_rows_are_those_of_the_slow_count(texts: list[str], block: str) -> None:
    space, rows = WritingSpace.learn(texts, blocks=[block])
    expected = slow_rows(texts, block, [*texts, "a new dog ran!"])
    again = space.rows([*texts, "a new dog ran!"])
    assert np.allclose(rows.toarray(), expected[:-1], atol=1e-5)
    assert np.allclose(again.toarray(), expected, atol=1e-5)
    assert np.isfinite(again.data).all()


def test_the_space_tells_its_size_and_no_word() -> None:
    space, rows = WritingSpace.learn(["secret words", "secret words"])
    assert "secret" not in repr(space)
    assert rows.shape == (2, sum(space.columns.values()))
    assert space.rows([]).shape == (0, rows.shape[1])


def test_capitals_and_marks_are_tokens() -> None:
    assert written_tokens("I didn't go, OK?") == ["I", "didn't", "go", ",", "OK", "?"]


def test_100_000_words_are_counted_in_linear_time() -> None:
    for text in ("and then a word. " * 25_000, "x" * 300_000, "ក" * 300_000):
        begun = time.process_time()
        WritingSpace.learn([text, "a dog"])
        assert time.process_time() - begun < 6
