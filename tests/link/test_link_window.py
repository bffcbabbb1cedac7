"""link.md §2, mirror: a lag counts only if both its days exist; both sides have as many units."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.link.evidence.calendar import mirror_day, paired_window, past_day

SEEDS = st.integers(0, 10_000)


def made(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    rng = np.random.default_rng(seed)
    night = np.sort(rng.integers(0, 20, 6))
    day = np.sort(rng.integers(0, 20, int(rng.integers(0, 40))))
    return night, day, rng.random(day.size), int(rng.integers(1, 6))


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_every_compared_pair_and_no_other(seed: int) -> None:
    night, day, _, lags = made(seed)
    window = paired_window(night, day, lags)
    found = set(
        zip(window.account.tolist(), window.unit.tolist(), window.side.tolist(), window.lag.tolist(), strict=True)
    )
    expected = set()
    for account, n in enumerate(night.tolist()):
        for order in range(1, lags + 1):
            past = np.flatnonzero(day == past_day(n, order))
            future = np.flatnonzero(day == mirror_day(n, order))
            assert window.paired[account, order - 1] == (past.size > 0 and future.size > 0)
            if past.size and future.size:
                expected |= {(account, int(unit), 0, order) for unit in past}
                expected |= {(account, int(unit), 1, order) for unit in future}
    assert found == expected


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_equalised_sides_keep_as_many_units_those_of_the_lowest_priority(seed: int) -> None:
    night, day, priority, lags = made(seed)
    every = paired_window(night, day, lags)
    equal = every.equalised(priority)
    for account in range(night.size):
        sides = [every.unit[(every.account == account) & (every.side == side)] for side in (0, 1)]
        fewest = min(side.size for side in sides)
        for side, units in enumerate(sides):
            kept = equal.unit[(equal.account == account) & (equal.side == side)]
            lowest = units[np.argsort(priority[units])][:fewest]
            assert sorted(kept.tolist()) == sorted(lowest.tolist())


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_sum_adds_over_the_units_of_a_day(seed: int) -> None:
    night, day, value, lags = made(seed)
    window = paired_window(night, day, lags)
    total = window.sum(value[window.unit])
    slow = np.zeros((night.size, 2, lags))
    for account, unit, side, lag in zip(window.account, window.unit, window.side, window.lag, strict=True):
        slow[account, side, lag - 1] += value[unit]
    np.testing.assert_allclose(total, slow)
