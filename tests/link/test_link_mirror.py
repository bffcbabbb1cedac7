"""link.md §2, mirror: one W per night, best over its accounts, unchanged but for its sign when time is reversed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from link_worlds import reversed_in_time, world

from karmalink.link import UnitTable, compete
from karmalink.link.mirror_null.competition import PRIOR, night_w


@pytest.mark.parametrize(
    "options",
    [{}, {"themes": "abrupt"}, {"gaps": 0.4}, {"per_night": 3, "nights": 20}, {"growth": 4.0}, {"planted": 0.6}],
    ids=str,
)
@pytest.mark.parametrize("seed", [0, 1])
def test_swapping_past_and_future_changes_the_sign_and_nothing_else(seed: int, options: dict) -> None:
    made = world(seed, days=40, nights=options.pop("nights", 30), **options)
    priority = np.random.default_rng(seed).random(made.entries.n_units)
    forward = compete(made.accounts, made.entries, lags=5, priority=priority)
    accounts, _ = reversed_in_time(made.accounts, nights=True)
    entries, order = reversed_in_time(made.entries, nights=False)
    backward = compete(accounts, entries, lags=5, priority=priority[order])
    np.testing.assert_array_equal(np.sort(-forward.night - 1), backward.night)
    np.testing.assert_allclose(backward.weights.beta, forward.weights.beta, rtol=1e-6)
    np.testing.assert_allclose(backward.w[::-1], -forward.w, atol=1e-9, rtol=1e-4)


def slow_w(night: np.ndarray, day_llr: np.ndarray) -> dict[int, float]:
    """The slow obvious reference, night by night."""
    out = {}
    for n in sorted(set(night.tolist())):
        sides = []
        for side in (0, 1):
            best = []
            for account in np.flatnonzero(night == n):
                known = [x for x in day_llr[account, side] if not np.isnan(x)]
                if known:
                    best.append(np.log(1 - PRIOR + PRIOR * np.mean(np.exp(known))))
            sides.append(best)
        if sides[0]:
            out[n] = max(sides[0]) - max(sides[1])
    return out


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_night_w_is_best_over_accounts_of_the_mean_over_paired_lags(seed: int) -> None:
    rng = np.random.default_rng(seed)
    night = np.sort(rng.integers(0, 6, 9))
    day_llr = rng.normal(0, 3, (9, 2, 4))
    missing = rng.random((9, 4)) < 0.4
    day_llr[np.repeat(missing[:, None], 2, axis=1)] = np.nan
    nights, w, account = night_w(night, day_llr)
    expected = slow_w(night, day_llr)
    assert nights.tolist() == list(expected)
    np.testing.assert_allclose(w, list(expected.values()), atol=1e-9)
    assert np.array_equal(night[account], nights)


def test_a_source_lifts_the_night_and_a_theme_on_both_sides_does_not() -> None:
    none, strong = -0.5, 8.0
    day_llr = np.array([[[strong, none], [none, none]], [[strong, none], [strong, none]], [[none, none], [none, none]]])
    _, w, _ = night_w(np.array([1, 2, 3]), day_llr)
    assert w[0] > 3
    assert w[1] == w[2] == 0


def test_a_life_without_days_around_a_night_gives_no_sign() -> None:
    made = world(0, days=30, nights=20)
    far_away = UnitTable(made.entries.owner, made.entries.when + 4000, made.entries.parts)
    assert compete(made.accounts, far_away, lags=7).night.size == 0
