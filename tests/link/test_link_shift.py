"""link.md §2–3, shift: A(lag) among all circular shifts, own included; a simultaneous band; refusals; pooling."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.errors import UsageError
from karmalink.link import Verdict
from karmalink.link.shift_null.circular_shifts import OffsetMeans, rank_curves
from karmalink.link.shift_null.lag_curves import day_scores

SEEDS = st.integers(0, 10_000)


def slow_curve(means: np.ndarray, lags: int, shift: int) -> np.ndarray:
    """The slow obvious reference: A of the nights moved `shift` days on, lag by lag."""
    period = means.size
    return np.array([means[(shift + 1 - k) % period] - means[(shift + k) % period] for k in range(1, lags + 1)])


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(1, 5))
def test_p_and_band_are_those_of_the_plain_loop_over_shifts(seed: int, lags: int) -> None:
    means = np.random.default_rng(seed).normal(size=300)
    curve = rank_curves([OffsetMeans(means, 90)], lags=lags)
    every = np.array([slow_curve(means, lags, shift) for shift in range(300)])
    spread = np.sqrt((every**2).mean(axis=0))
    peak = (np.abs(every) / spread).max(axis=1)
    np.testing.assert_allclose(curve.a, every[0])
    assert curve.p == pytest.approx(max(curve.smallest_p, np.mean(peak >= peak[0] - 1e-12)))
    outside = np.abs(every) > curve.band[None, :] + 1e-12
    assert outside.any(axis=1).mean() <= 0.05
    for window in curve.windows:
        mean = every[:, window.first - 1 : window.last].mean(axis=1)
        assert window.p == pytest.approx(max(window.smallest_p, np.mean(mean >= mean[0] - 1e-12)))


def slow_theme(rng: np.random.Generator, days: int, tau: float) -> np.ndarray:
    keep = np.exp(-1 / tau)
    x = np.empty((days, 8))
    x[0] = rng.normal(size=8)
    for day in range(1, days):
        x[day] = keep * x[day - 1] + np.sqrt(1 - keep**2) * rng.normal(size=8)
    return x


def series(seed: int, days: int, *, tau: float = 10.0, source: float = 0.0, lag: int = 1) -> OffsetMeans:
    """Nights and days that share a slow theme; with `source` a night also repeats the day `lag` days back."""
    rng = np.random.default_rng(seed)
    theme = slow_theme(rng, days + 1, tau)
    lived = (theme[:-1] + theme[1:]) / 2 + rng.normal(size=(days, 8))
    dreamt = theme[1:] + rng.normal(size=(days, 8))
    dreamt[lag:] += source * lived[1 : days - lag + 1]
    lived -= lived.mean(axis=0)
    dreamt -= dreamt.mean(axis=0)
    offset = (np.arange(days)[None, :] - np.arange(days)[:, None]) % days
    sums = np.bincount(offset.ravel(), weights=(dreamt @ lived.T).ravel(), minlength=days)
    return OffsetMeans(sums / days, days)


def test_the_size_of_the_band_is_at_most_nominal_under_slow_themes() -> None:
    found = [rank_curves([series(seed, 320)], lags=7).verdict is Verdict.FOUND for seed in range(60)]
    assert np.mean(found) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 60)


def test_a_source_five_days_back_is_found_at_five_days() -> None:
    curve = rank_curves([series(3, 400, source=0.8, lag=5)], lags=7)
    assert curve.verdict is Verdict.FOUND
    assert curve.lags[int(np.argmax(curve.a / curve.band))] == 5
    assert "5" in curve.finding


def test_a_span_under_twenty_windows_cannot_answer() -> None:
    assert rank_curves([series(0, 299)], lags=7).verdict is Verdict.CANNOT_ANSWER
    enough = rank_curves([series(0, 300)], lags=7)
    assert enough.verdict is not Verdict.CANNOT_ANSWER
    assert enough.needed_days == 300
    assert rank_curves([series(0, 580)], lags=14).needed_days == 580


def test_few_nights_cannot_answer_however_long_the_life() -> None:
    """Thirteen nights against nine years gave p = .048 at a lag that nobody had asked about."""
    curve = rank_curves([OffsetMeans(series(0, 900).means, 13)], lags=14)
    assert curve.verdict is Verdict.CANNOT_ANSWER
    assert "13 nights" in curve.finding


def test_a_future_that_is_nearer_is_no_finding_and_says_what_it_may_be() -> None:
    means = series(3, 400, source=0.8, lag=2).means
    turned = OffsetMeans(means[(1 - np.arange(400)) % 400], 400)
    curve = rank_curves([turned], lags=7)
    assert curve.verdict is Verdict.NOTHING
    assert "a day off" in curve.finding


def test_short_series_are_answered_pooled_with_independent_shifts() -> None:
    dreamers = [series(seed, 70, source=0.6, lag=1) for seed in range(6)]
    assert rank_curves(dreamers[:1], lags=7).verdict is Verdict.CANNOT_ANSWER
    pooled = rank_curves(dreamers, lags=7, seed=1)
    assert pooled.verdict is Verdict.FOUND
    assert pooled.n_dreamers == 6
    null = [rank_curves([series(100 * s + i, 70) for i in range(4)], lags=7, seed=s) for s in range(40)]
    assert np.mean([one.verdict is Verdict.FOUND for one in null]) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 40)


def test_shifts_kept_within_some_days_say_so_and_need_as_many() -> None:
    means = series(1, 900)
    kept = rank_curves([means], lags=7, within=100)
    assert kept.verdict is Verdict.CANNOT_ANSWER
    assert "±100" in kept.finding
    assert rank_curves([means], lags=7, within=150).verdict is not Verdict.CANNOT_ANSWER


def test_one_seed_one_result_and_nothing_random_for_one_dreamer() -> None:
    pair = [series(seed, 80) for seed in (1, 2)]
    assert rank_curves(pair, lags=7, seed=5).p == rank_curves(pair, lags=7, seed=5).p
    assert rank_curves(pair[:1], lags=7, seed=1).p == rank_curves(pair[:1], lags=7, seed=2).p


def test_what_cannot_be_meant_is_refused() -> None:
    with pytest.raises(UsageError):
        rank_curves([], lags=7)
    with pytest.raises(UsageError):
        rank_curves([series(0, 300)], lags=7, within=0)


def test_the_result_is_a_table_and_json_ready() -> None:
    curve = rank_curves([series(0, 320)], lags=7)
    assert list(curve.to_dataframe().columns) == ["lag", "past", "future", "a", "band"]
    assert curve.to_dict()["null"] == "shift"
    assert repr(curve).startswith("<LagCurve ")


def test_day_scores_are_cosines_of_pooled_units() -> None:
    from scipy.sparse import csr_array

    from karmalink.link import UnitTable

    rng = np.random.default_rng(0)
    said, lived = rng.random((5, 4)), rng.random((7, 4))
    accounts = UnitTable(np.array([0, 0, 1, 2, 2]), np.array([3, 5, 9]), {"words": csr_array(said)})
    units = UnitTable(np.array([0, 1, 1, 2, 3, 3, 3]), np.array([4, 4, 6, 8]), {"words": csr_array(lived)})
    day, fast = day_scores(accounts, units)
    assert day.tolist() == [4, 6, 8]
    left = [said[:2].sum(axis=0), said[2], said[3:].sum(axis=0)]
    right = [lived[:3].sum(axis=0), lived[3], lived[4:].sum(axis=0)]
    slow = np.array([[a @ b / np.linalg.norm(a) / np.linalg.norm(b) for b in right] for a in left])
    np.testing.assert_allclose(fast, slow / slow.std())


def test_where_one_side_is_hardly_known_the_curve_refuses_and_says_so() -> None:
    """Found by an audit: dreams on every second day, the days between as the diary, slow themes, nothing to find."""
    from karmalink.link.null_audit.worlds import Layout, WorldSetting, simulate
    from karmalink.link.shift_null.circular_shifts import rank_curves
    from karmalink.link.shift_null.lag_curves import curve_means

    every = np.arange(0, 320, dtype=np.int64)
    night, day = every[1::2] - 1, every[::2]
    layout = Layout(night[night >= 0], np.full(night.size, 4), day, np.full(day.size, 5))
    told, lived = simulate(layout, WorldSetting(strength=0.7, tau=6.0), np.random.default_rng(0))
    curve = rank_curves([curve_means(told.when, told, lived)], lags=7)
    assert curve.verdict.value == "cannot_answer"
    assert "not comparable" in curve.finding
