"""link.md §2: reject where c (1 + D) / max(1, T) <= q, T >= 1; calibrated posteriors; link rates by sign excess."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.link import posteriors, reject
from karmalink.link.error_control.sign_rule import bound_on_proportion, link_rates, shifted_by_group

SIGNS = st.lists(st.integers(-6, 9), min_size=0, max_size=60)


@settings(max_examples=200, deadline=None)
@given(SIGNS, st.sampled_from([0.1, 0.2, 0.5]), st.sampled_from([1.0, 1.3, 2.0]))
def test_reject_is_the_largest_set_that_holds_the_rate(values: list[int], q: float, c: float) -> None:
    w = np.array(values, dtype=float)
    best = 0
    for t in sorted({abs(v) for v in values if v}):
        found, decoys = int((w >= t).sum()), int((w <= -t).sum())
        if found >= 1 and c * (1 + decoys) / found <= q + 1e-12:
            best = max(best, found)
    result = reject(w, q=q, c=c)
    assert result.found == best
    if best:
        assert result.threshold is not None
        assert int((w >= result.threshold).sum()) == best
        assert result.fdr == pytest.approx(c * (1 + result.decoys) / best)


def test_q_of_a_tenth_needs_ten_discoveries() -> None:
    assert reject(np.ones(9), q=0.1, c=1.0).threshold is None
    assert reject(np.ones(10), q=0.1, c=1.0).found == 10


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.floats(1.0, 2.0))
def test_posteriors_rise_with_w_stay_below_one_and_are_zero_for_the_future(seed: int, c: float) -> None:
    w = np.random.default_rng(seed).normal(0.5, 1, 80)
    p = posteriors(w, c=c)
    assert np.all((p >= 0) & (p < 1))
    assert np.all(p[w <= 0] == 0)
    assert np.all(np.diff(p[np.argsort(w)]) >= -1e-9)


def test_posteriors_are_calibrated_where_the_null_is_fair() -> None:
    """Mean posterior of the nights called against the share that is true, over 200 worlds."""
    claimed, true = [], []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        source = rng.random(80) < 0.4
        w = np.where(source, rng.normal(2.5, 1, 80), rng.normal(0, 1, 80))
        rule = reject(w, q=0.2, c=1.0)
        if rule.threshold is not None:
            called = w >= rule.threshold
            claimed.append(posteriors(w, c=1.0)[called].mean())
            true.append(source[called].mean())
    assert np.mean(claimed) == pytest.approx(np.mean(true), abs=0.05)


def test_the_bound_is_above_the_estimate_and_repeats_for_a_seed() -> None:
    rng = np.random.default_rng(0)
    night, w = np.arange(100), np.where(rng.random(100) < 0.5, 3 + rng.random(100), rng.normal(size=100))
    rule = reject(w, q=0.1, c=1.2)
    assert rule.threshold is not None
    bounds = [bound_on_proportion(night, w, rule.threshold, c=1.2, block=14, seed=seed) for seed in (1, 1)]
    assert bounds[0] == bounds[1]
    assert rule.fdr is not None
    assert bounds[0] >= rule.fdr


def test_link_rates_are_the_sign_excess_shrunk_towards_all_nights() -> None:
    w = np.array([1.0] * 45 + [-1.0] * 15 + [1.0] * 20 + [-1.0] * 20)
    group = ["R"] * 60 + ["N2"] * 40
    rates = {rate.group: rate for rate in link_rates(w, group, null_plus=0.5)}
    assert rates[""].rate == pytest.approx(2 * 65 / 100 - 1)
    assert rates["R"].rate == pytest.approx(2 * (45 + 10 * 0.65) / 70 - 1)
    assert rates["N2"].rate == pytest.approx(2 * (20 + 10 * 0.65) / 50 - 1)
    assert rates["N2"].low <= rates["N2"].rate <= rates["N2"].high


def test_what_the_night_knew_moves_the_posterior_by_the_odds_of_its_group() -> None:
    w = np.array([2.0] * 45 + [-1.0] * 15 + [2.0] * 20 + [-1.0] * 20)
    group = ["R"] * 60 + ["N2"] * 40
    rates = link_rates(w, group, null_plus=0.5)
    before = np.where(w > 0, 0.6, 0.0)
    after = shifted_by_group(before, group, rates)
    assert after[0] > 0.6 > after[60]
    assert np.all(after[w < 0] == 0)
    same = shifted_by_group(before, [""] * 100, rates)
    np.testing.assert_allclose(same, before)
