"""link.md §3: power first; what cannot be answered says what would answer it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from karmalink.errors import UsageError
from karmalink.link import power
from karmalink.link.error_control.power_analysis import chance_of_discovery, expected_c, needed_days
from karmalink.link.mirror_null.power_from_data import paired_nights


def test_thirteen_nights_cannot_be_answered_and_say_how_many_would() -> None:
    found = power(13, 3413)["mirror"]
    assert not found.can
    assert found.smallest_effect is not None
    assert found.smallest_effect > 0.7
    assert "13 nights" in found.sentence
    assert "about 2" in found.needed


def test_fewer_nights_than_c_over_q_can_never_answer() -> None:
    assert power(9, 3000)["mirror"].smallest_effect is None
    assert chance_of_discovery(9, 1.0, 8.0, lags=7, q=0.1, c=1.0, seed=0) == 0.0


def test_more_nights_show_smaller_effects() -> None:
    effects = [power(n, 2000)["mirror"].smallest_effect for n in (40, 120, 500)]
    assert None not in effects
    assert effects == sorted(effects, reverse=True)  # type: ignore[type-var]


@pytest.mark.parametrize(("lags", "days"), [(14, 580), (7, 300)])
def test_the_shift_null_needs_twenty_windows(lags: int, days: int) -> None:
    assert needed_days(lags) == days
    assert not power(200, days - 1, lags=lags)["shift"].can
    assert power(200, days, lags=lags)["shift"].can


def test_shorter_series_are_answered_pooled() -> None:
    assert not power(60, 70, lags=7)["shift"].can
    assert power(60, 70, n_dreamers=10, lags=7)["shift"].can


@pytest.mark.parametrize(
    ("decoys", "can", "says"),
    [(5, False, "0.17"), (63, True, "nothing can be rejected at .01"), (99, True, "p = 0.010")],
)
def test_the_stranger_null_says_its_smallest_p(decoys: int, can: bool, says: str) -> None:
    found = power(50, 70, decoys)["stranger"]
    assert found.can is can
    assert says in found.sentence


def test_the_chance_of_discovery_is_that_of_the_rule() -> None:
    """The slow obvious reference: one study after the other."""
    from karmalink.link import reject

    rng = np.random.default_rng(0)
    hits = []
    for _ in range(400):
        past, future = rng.normal(size=(40, 7)).max(axis=1), rng.normal(size=(40, 7)).max(axis=1)
        source = rng.random(40) < 0.5
        past = np.where(source, np.maximum(past, 4 + rng.normal(size=40)), past)
        hits.append(reject(past - future, q=0.1, c=1.2).threshold is not None)
    fast = chance_of_discovery(40, 0.5, 4.0, lags=7, q=0.1, c=1.2, seed=1)
    assert fast == pytest.approx(np.mean(hits), abs=0.1)


def test_one_seed_one_result_and_json() -> None:
    assert power(30, 90, 5, seed=3) == power(30, 90, 5, seed=3)
    json.dumps(power(0, 0, 0).to_dict(), allow_nan=False)
    json.dumps(power(20, 0, 0, c=float("inf")).to_dict(), allow_nan=False)


def test_longer_lives_bound_the_odds_better() -> None:
    assert expected_c(30) > expected_c(300) > expected_c(3000) > 1


@pytest.mark.parametrize("wrong", [{"lags": 0}, {"q": 0.0}, {"q": 1.0}, {"n_dreamers": 0}])
def test_what_cannot_be_meant_is_refused(wrong: dict) -> None:
    with pytest.raises(UsageError):
        power(10, 10, **wrong)


def test_paired_nights_need_both_days_of_a_lag() -> None:
    days = np.array([10, 11, 12, 20])
    assert paired_nights(np.array([10, 11]), days, 1) == 2  # 10|11 and 11|12
    assert paired_nights(np.array([12, 19]), days, 1) == 0
    assert paired_nights(np.array([15, 15]), days, 5) == 1  # 11 and 20
    assert paired_nights(np.array([], dtype=np.int64), days, 3) == 0


@pytest.mark.parametrize("nights", [20, 30, 60])
@pytest.mark.parametrize("days", [20, 30, 45, 90, 400])
def test_what_is_needed_is_never_what_there_is(nights: int, days: int) -> None:
    """With little diary the odds are the trouble, not the nights: then more diary is named."""
    found = power(nights, days)["mirror"]
    if found.can:
        return
    if found.needed.startswith("a longer diary"):
        assert int(found.needed.split("about ")[1].split()[0]) > days
    else:
        assert int(found.needed.split("about ")[1].split()[0]) > nights
