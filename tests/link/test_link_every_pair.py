"""All dreamers x all lives: the batched product against the loop over pairs, shifts and days that it replaces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.errors import InputError
from karmalink.link import DaySeries, Executor, every_pair
from karmalink.link.cohort.pair_statistics import offset_sums, window_ranks
from karmalink.link.execution.journal import pack

WINDOWS = [(1, 1), (1, 2)]
DAYS = 130


def series(rng: np.random.Generator, n: int, days: int, features: int = 3) -> DaySeries:
    """Random features on random days of each owner."""
    day = np.concatenate([np.sort(rng.choice(DAYS, days, replace=False)) for _ in range(n)])
    return DaySeries.of(np.repeat(np.arange(n), days), day, rng.normal(size=(n * days, features)), n)


def slow_statistic(dreamer: DaySeries, life: DaySeries, window: tuple[int, int], shift: int, period: int) -> float:
    """C(past) - C(future) of the nights moved by a shift, over its standard error, day by day; nan if none."""
    sides: list[list[float]] = [[], []]
    entries = {int(day): row for day, row in zip(life.day, life.rows, strict=True)}
    for night, row in zip(dreamer.day.tolist(), dreamer.rows, strict=True):
        for lag in range(window[0], window[1] + 1):
            for side, day in enumerate((night + shift + 1 - lag, night + shift + lag)):
                if day % period in entries:
                    sides[side].append(float(row @ entries[day % period]))
    if not sides[0] or not sides[1]:
        return np.nan
    past, future = (np.mean(side) for side in sides)
    return float((past - future) / np.sqrt(1 / len(sides[0]) + 1 / len(sides[1])))


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000))
def test_statistics_are_those_of_the_plain_loop_over_shifts(seed: int) -> None:
    """With gaps on both sides: masks say at which shifts how many pairs of days are compared."""
    rng = np.random.default_rng(seed)
    dreamers, lives = series(rng, 2, 40), series(rng, 2, 100)
    found = every_pair(dreamers, lives, WINDOWS, own=[0, 1], top=2)
    period = 135  # the next length that a fast transform likes after 130 + 2
    for who in range(2):
        for at, window in enumerate(WINDOWS):
            values = np.array(
                [
                    slow_statistic(dreamers.some(who, who + 1), lives.some(who, who + 1), window, s, period)
                    for s in range(period)
                ]
            )
            there = np.isfinite(values)
            z = values[0] / np.sqrt(np.mean(values[there] ** 2))
            p = max(np.mean(values[there] >= values[0] - 1e-9), 5 / there.sum())
            # Forty nights: no shift compares less than half of the pairs of the own one, or the test would say so.
            assert found.own_z[who, at] == pytest.approx(z, abs=2e-3)
            assert found.own_p[who, at] == pytest.approx(p, abs=1.01 / there.sum())


def test_sums_and_counts_are_those_of_the_definition() -> None:
    rng = np.random.default_rng(1)
    left, right, period = series(rng, 2, 30), series(rng, 3, 90), 140
    spectra = left.spectra(period)
    total, count = offset_sums((spectra[0].conj(), spectra[1].conj()), right.spectra(period), period)
    for i in range(2):
        for j in range(3):
            a, b = left.some(i, i + 1), right.some(j, j + 1)
            for offset in (0, 1, 77, 139):
                hits = [
                    float(x @ y)
                    for s, x in zip(a.day, a.rows, strict=True)
                    for t, y in zip(b.day, b.rows, strict=True)
                    if (t - s) % period == offset
                ]
                assert count[offset, i * 3 + j] == len(hits)
                assert total[offset, i * 3 + j] == pytest.approx(sum(hits), abs=1e-4)


def test_the_own_life_stands_out_where_nights_repeat_the_day_before() -> None:
    rng = np.random.default_rng(2)
    n, features = 6, 8
    lived = rng.normal(size=(n, DAYS, features))
    lives = DaySeries.of(np.repeat(np.arange(n), DAYS), np.tile(np.arange(DAYS), n), lived.reshape(-1, features), n)
    told = lived + rng.normal(size=lived.shape)
    dreamers = DaySeries.of(np.repeat(np.arange(n), DAYS), np.tile(np.arange(DAYS), n), told.reshape(-1, features), n)
    found = every_pair(dreamers, lives, WINDOWS, own=np.arange(n), top=3)
    assert (found.above[:, 0] == 0).all()
    assert (found.top[:, 0, 0] == np.arange(n)).all()
    assert (found.own_z[:, 0] > 5).all()
    assert (found.compared == n).all()


def test_the_same_bits_from_a_pool_and_after_another_cut_the_same_answer() -> None:
    rng = np.random.default_rng(3)
    dreamers, lives = series(rng, 6, 40), series(rng, 5, 100)
    small = Executor(memory_mb=16)
    serial = every_pair(dreamers, lives, WINDOWS, executor=small)
    pool = every_pair(dreamers, lives, WINDOWS, executor=Executor("pool", workers=2, memory_mb=16))
    assert pack([serial.top_z, serial.top, serial.moments]) == pack([pool.top_z, pool.top, pool.moments])
    wide = every_pair(dreamers, lives, WINDOWS)
    np.testing.assert_allclose(wide.top_z, serial.top_z, atol=1e-4)


def test_lives_of_another_time_cannot_be_compared() -> None:
    rng = np.random.default_rng(4)
    dreamers = series(rng, 2, 20)
    early = DaySeries(dreamers.owner, dreamers.day % 40, dreamers.rows, 2)
    late = DaySeries.of(np.zeros(30), np.arange(300, 330), rng.normal(size=(30, 3)), 1)
    found = every_pair(early, late, WINDOWS, own=[0, 0])
    assert (found.top == -1).all() and np.isnan(found.own_z).all() and (found.compared == 0).all()


def test_bad_features_are_refused() -> None:
    rows = np.ones((3, 2))
    rows[1, 0] = np.nan
    with pytest.raises(InputError, match="not a finite number") as caught:
        DaySeries.of([0, 0, 0], [1, 2, 3], rows, 1)
    assert "row 1" in str(caught.value)
    with pytest.raises(InputError, match="shape"):
        DaySeries.of([0, 0], [1, 2, 3], np.ones((3, 2)), 1)
    good = DaySeries.of([0, 0, 0], [1, 2, 3], np.ones((3, 2)), 1)
    with pytest.raises(InputError, match="same features"):
        every_pair(good, DaySeries.of([0], [1], np.ones((1, 3)), 1), WINDOWS)
    with pytest.raises(InputError, match="there are no nights or no days"):
        every_pair(good, DaySeries.of([], [], np.ones((0, 2)), 1), WINDOWS)


def test_too_few_days_give_no_p() -> None:
    total, count = np.ones((50, 2), np.float32), np.ones((50, 2), np.float32)
    z, _, shifts = window_ranks(total, count, WINDOWS)
    assert np.isnan(z).all() and (shifts == 0).all()
