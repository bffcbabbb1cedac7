"""Block top-k against sorting all scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.errors import InputError
from karmalink.link import Executor, nearest_rows
from karmalink.link.cohort import nearest


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 9), st.integers(1, 150), st.integers(1, 6), st.integers(0, 10_000))
def test_the_best_are_those_of_a_full_sort(q: int, n: int, k: int, seed: int) -> None:
    """With blocks so small that every way through them is gone; whole numbers, so that ties are ties."""
    rng = np.random.default_rng(seed)
    left, right = rng.integers(-3, 4, (q, 3)), rng.integers(-3, 4, (n, 3))
    k = min(k, n)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("_ROWS", 4), ("_COLUMNS", 19), ("_FEW", 5)):
            patch.setattr(nearest, name, value)
        row, score = nearest_rows(left, right, k)
    exact = (left @ right.T).astype(np.float32)
    order = np.argsort(-exact, axis=1, kind="stable")[:, :k]
    np.testing.assert_array_equal(score, np.take_along_axis(exact, order, axis=1))
    np.testing.assert_array_equal(row, order)


def test_the_same_bits_from_a_pool() -> None:
    rng = np.random.default_rng(0)
    left, right = rng.normal(size=(600, 8)), rng.normal(size=(900, 8))
    small = Executor(memory_mb=16)
    serial, pool = (nearest_rows(left, right, 400, executor=e) for e in (small, Executor("pool", 2, memory_mb=16)))
    assert all(one.tobytes() == other.tobytes() for one, other in zip(serial, pool, strict=True))


def test_what_is_wrong_is_refused() -> None:
    with pytest.raises(InputError, match="same number of features"):
        nearest_rows(np.ones((2, 3)), np.ones((2, 4)), 1)
    with pytest.raises(InputError, match="finite"):
        nearest_rows(np.full((2, 3), np.inf), np.ones((2, 3)), 1)
    with pytest.raises(InputError, match=r"k must be 1 to 2 \(the rows\), got"):
        nearest_rows(np.ones((2, 3)), np.ones((2, 3)), 3)
