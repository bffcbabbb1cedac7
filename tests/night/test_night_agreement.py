"""Agreement of two scorers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.errors import CannotAnswer, InputError
from karmalink.night import Hypnogram, agree

CODES = st.lists(st.tuples(st.integers(-1, 4), st.integers(-1, 4)), min_size=1, max_size=50)


@settings(deadline=None)
@given(CODES)
def test_cohens_kappa_by_counting(pairs: list[tuple[int, int]]) -> None:
    first, second = (Hypnogram(np.array(codes)) for codes in zip(*pairs, strict=True))
    both = [(a, b) for a, b in pairs if a >= 0 and b >= 0]
    if not both:
        with pytest.raises(CannotAnswer):
            agree(first, second)
        return
    total = len(both)
    same = sum(a == b for a, b in both) / total
    chance = sum(sum(a == k for a, _ in both) * sum(b == k for _, b in both) for k in range(5)) / total**2
    found = agree(first, second)
    assert found.n_epochs == total
    assert found.accuracy == pytest.approx(same)
    assert found.kappa == (None if chance == 1 else pytest.approx((same - chance) / (1 - chance)))
    assert found.confusion.sum() == total


def test_cohen_1960_example() -> None:
    """Cohen 1960, table 1: 200 judgements in three classes, κ = .492."""
    table = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
    pairs = [(a, b) for a in range(3) for b in range(3) for _ in range(table[a][b])]
    first, second = (Hypnogram(np.array(codes)) for codes in zip(*pairs, strict=True))
    found = agree(first, second)
    assert found.kappa == pytest.approx(0.492, abs=0.0005)
    assert repr(found) == "<Agreement κ 0.492, same stage in 70.0% of 200 epochs>"
    assert found.to_dataframe().loc["W", "N1"] == 14


def test_hypnograms_that_have_no_second_in_common_are_refused() -> None:
    with pytest.raises(InputError, match="no second in common: the first from 0 s"):
        agree(Hypnogram(np.array([0])), Hypnogram(np.array([0]), offset_s=60.0))
