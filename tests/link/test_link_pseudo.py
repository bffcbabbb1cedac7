"""link.md §2: pseudo-accounts are a random half of a day's units against the other days' other halves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from link_worlds import World, world

from karmalink.link import UnitTable, calibrate, compete, reject
from karmalink.link.mirror_null.pseudo_accounts import TransplantPlan, plant, transplant_power
from karmalink.link.mirror_null.sign_calibration import around_days, halves, pseudo_signs, sign_limits


def marked(made: World) -> UnitTable:
    """Give every unit a feature of its own, so that it can be recognised."""
    return UnitTable(made.entries.owner, made.entries.when, {"words": np.arange(made.entries.n_units)[:, None] + 1.0})


def test_no_unit_is_on_both_sides_and_none_is_lost() -> None:
    units = marked(world(0, days=30, nights=5))
    accounts, entries = halves(units, 3)
    both = np.concatenate([accounts.parts["words"][:, 0], entries.parts["words"][:, 0]])
    assert sorted(both.tolist()) == list(range(1, units.n_units + 1))
    assert np.array_equal(accounts.day, np.sort(accounts.day))
    assert np.array_equal(entries.day, np.sort(entries.day))


def test_halves_are_halves_and_the_odd_unit_falls_either_way() -> None:
    units = UnitTable(np.repeat(np.arange(40), 3), np.arange(40), {"words": np.ones((120, 1))})
    shares = [halves(units, seed)[0].n_units / 120 for seed in range(20)]
    assert 0.4 < np.mean(shares) < 0.6
    assert np.std(shares) > 0


def test_a_pseudo_account_is_never_compared_with_its_own_day() -> None:
    days = around_days(np.array([10]), 3)
    assert days[0].tolist() == [[9, 8, 7], [11, 12, 13]]


def test_a_fair_life_gives_a_fair_coin_and_no_discovery() -> None:
    made = world(4, days=150, nights=10)
    found = calibrate(made.entries, lags=7, seed=0)
    assert found.usable
    assert found.measured
    assert found.low < 0.5 < found.high
    assert 1.0 <= found.c < 1.5
    _, w = pseudo_signs(made.entries, lags=7, deals=1, seed=9)
    assert reject(w, q=0.1, c=found.c).threshold is None


def test_a_life_in_which_the_past_always_wins_is_not_usable() -> None:
    """Every day copies the day before and adds one sentence: a diary that is carried forward."""
    days, width = 120, 12
    rows = [np.eye(days + width)[day - back] for day in range(days) for back in range(min(day + 1, width))]
    owner = [day for day in range(days) for _ in range(min(day + 1, width))]
    rng = np.random.default_rng(0)
    # What is said of a day fades at once: later days keep less of it, earlier ones have none.
    weight = np.array([0.75**back for day in range(days) for back in range(min(day + 1, width))])
    units = UnitTable(np.array(owner), np.arange(days), {"words": np.array(rows) * weight[:, None]})
    found = calibrate(units, lags=7, seed=int(rng.integers(10)))
    assert found.c > 1.0 or not found.usable


def test_limits_widen_when_signs_hang_together() -> None:
    rng = np.random.default_rng(0)
    day = np.arange(280)
    alone = rng.choice([-1.0, 1.0], 280)
    together = np.repeat(rng.choice([-1.0, 1.0], 20), 14)
    _, low, high, n_alone = sign_limits(day, alone, lags=7)
    _, low2, high2, n_together = sign_limits(day, together, lags=7)
    assert n_together < n_alone / 3
    assert high2 - low2 > high - low


def test_too_short_a_life_is_not_measured() -> None:
    made = world(0, days=6, nights=3)
    found = calibrate(UnitTable(made.entries.owner[:2] * 0, made.entries.when[:1], {"words": np.ones((2, 1))}), lags=7)
    assert not found.measured
    assert found.to_dict()["c"] is None


def test_planted_accounts_carry_their_source_and_only_thinned() -> None:
    units = marked(world(2, days=60, nights=5))
    rng = np.random.default_rng(0)
    accounts, entries, lag = plant(units, kept=(1.0, 1.0), share=1.0, n_nights=30, lags=7, rng=rng)
    for account in np.flatnonzero(lag).tolist():
        said = set(accounts.parts["words"][accounts.owner == account][:, 0].tolist())
        lived = set(entries.parts["words"][entries.day == accounts.when[account] - lag[account]][:, 0].tolist())
        assert said & lived


def test_power_falls_with_what_a_retelling_loses() -> None:
    made = world(7, days=150, nights=5, strength=0.2)
    plan = TransplantPlan(kept=(1.0, 0.9), share=0.5, n_nights=140, repeats=2, lags=7, q=0.1, c=1.1)
    strong = transplant_power(made.entries, plan, seed=0, step=int)
    weak = transplant_power(made.entries, replace(plan, kept=(0.3, 0.2)), seed=0, step=int)
    assert strong[0] > 0.5 > weak[0]
    assert strong[3] > 0.8


@pytest.mark.parametrize("seed", [0, 1])
def test_one_seed_one_result(seed: int) -> None:
    made = world(1, days=50, nights=30)
    assert calibrate(made.entries, lags=5, seed=seed) == calibrate(made.entries, lags=5, seed=seed)
    first, second = (compete(made.accounts, made.entries, lags=5, seed=seed) for _ in range(2))
    np.testing.assert_array_equal(first.w, second.w)
