"""Every circular shift at once, against the plain loop over shifts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.errors import InputError
from karmalink.link.shift_null.offset_sums import a_at_every_shift, correlate, past_and_future, sums_by_offset


def mean_at(scores: np.ndarray, night: np.ndarray, day: np.ndarray, period: int, offset: int) -> float:
    """The slow obvious reference: look at every pair."""
    found = [
        scores[i, j]
        for i in range(night.size)
        for j in range(day.size)
        if (day[j] - night[i]) % period == offset % period
    ]
    return float(np.mean(found)) if found else float("nan")


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(8, 20), st.integers(1, 3))
def test_a_at_every_shift_is_the_curve_of_the_shifted_nights(seed: int, period: int, lags: int) -> None:
    rng = np.random.default_rng(seed)
    night, day = rng.integers(0, period, 5), rng.integers(0, period, 9)
    night[0], day[0] = 0, period - 1
    scores = rng.normal(size=(5, 9))
    total, count = sums_by_offset(scores, night, day, period)
    mean = np.divide(total, count, out=np.full(period, np.nan), where=count > 0)
    every = a_at_every_shift(mean, lags)
    for shift in range(period):
        moved = night + shift
        past = [mean_at(scores, moved, day, period, 1 - order) for order in range(1, lags + 1)]
        future = [mean_at(scores, moved, day, period, order) for order in range(1, lags + 1)]
        np.testing.assert_allclose(past_and_future(mean, lags, shift), [past, future])
        np.testing.assert_allclose(every[shift], np.subtract(past, future))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3), st.integers(1, 3), st.integers(1, 12), st.integers(1, 4))
def test_products_per_frequency_are_the_plain_double_loop(seed: int, d: int, e: int, days: int, features: int) -> None:
    rng = np.random.default_rng(seed)
    left, right = rng.normal(size=(d, days, features)), rng.normal(size=(e, days, features))
    expected = [
        [[sum(left[i, t] @ right[j, (t + o) % days] for t in range(days)) for o in range(days)] for j in range(e)]
        for i in range(d)
    ]
    np.testing.assert_allclose(correlate(left, right), expected, atol=1e-9)


@pytest.mark.parametrize(
    ("scores", "night", "day", "period"),
    [([[1.0]], [0, 1], [0], 9), ([[np.nan]], [0], [0], 9), ([[1.0]], [0], [9], 9), ([[1.0]], [0], [0], 0)],
)
def test_what_does_not_fit_is_refused(scores: list, night: list, day: list, period: int) -> None:
    with pytest.raises(InputError):
        sums_by_offset(scores, night, day, period)


def test_series_of_other_lengths_are_refused() -> None:
    with pytest.raises(InputError, match="the same days"):
        correlate(np.zeros((1, 4, 2)), np.zeros((1, 5, 2)))
