"""link.md §2: e-values from the rank p, the dreamer as the unit, one rate over all dreamers."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from link_samples import made
from scipy.integrate import quad

from karmalink.errors import InputError, UsageError
from karmalink.link import Verdict, e_bh, e_from_p, e_mean, e_product, over_dreamers, pairs, reject
from karmalink.link.error_control.e_values import e_of_nights


@settings(max_examples=25, deadline=None)
@given(st.floats(1e-4, 1.0))
def test_the_calibrator_is_the_mean_over_k(p: float) -> None:
    slow, _ = quad(lambda k: k * p ** (k - 1), 0, 1)
    assert float(e_from_p(p)) == pytest.approx(slow, rel=1e-3)


@pytest.mark.parametrize("k", [5, 20, 100, 1000])
def test_of_a_rank_among_k_the_mean_is_at_most_one(k: int) -> None:
    assert e_from_p(np.arange(1, k + 2) / (k + 1)).mean() <= 1.0


def test_e_values_fall_in_p_and_what_is_no_p_is_refused() -> None:
    e = e_from_p(np.linspace(0.001, 1.0, 500))
    assert np.all(np.diff(e) < 0)
    for wrong in (0.0, 1.2, float("nan")):
        with pytest.raises(InputError):
            e_from_p(wrong)
    with pytest.raises(InputError):
        e_mean([-1.0])


def test_means_products_and_none() -> None:
    assert e_mean([1.0, 3.0]) == 2.0
    assert e_product([2.0, 3.0, 0.5]) == pytest.approx(3.0)
    assert (e_mean([]), e_product([])) == (1.0, 1.0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 100), max_size=12), st.sampled_from([0.05, 0.1, 0.3]))
def test_e_bh_is_the_largest_set_by_its_definition(e: list[float], q: float) -> None:
    best = 0
    for k in range(1, len(e) + 1):
        if sorted(e, reverse=True)[k - 1] >= len(e) / (q * k):
            best = k
    assert e_bh(e, q).size == best


def test_e_bh_takes_those_that_the_mirror_rule_takes_of_one_dreamer() -> None:
    rng = np.random.default_rng(0)
    w = np.where(rng.random(120) < 0.4, rng.normal(3, 1, 120), rng.normal(0, 1, 120))
    rule = reject(w, q=0.1, c=1.2)
    assert rule.threshold is not None
    e = e_of_nights(w, threshold=rule.threshold, c=1.2)
    np.testing.assert_array_equal(e_bh(e, 0.1), np.flatnonzero(w >= rule.threshold))


def test_over_many_dreamers_the_rate_holds_although_each_has_themes_of_their_own() -> None:
    """Null nights of a dreamer share a coin (dependent), one dreamer in three has sources; realised share <= q."""
    false = []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        values, truth = [], []
        for dreamer in range(6):
            source = (rng.random(80) < 0.5) & (dreamer % 3 == 0)
            w = np.where(source, rng.normal(3, 1, 80), rng.normal(0, 1, 80))
            values.append(e_of_nights(w, threshold=reject(w, q=0.1, c=1.0).threshold, c=1.0))
            truth.append(source)
        called = e_bh(np.concatenate(values), 0.1)
        false.append(1 - np.concatenate(truth)[called].mean() if called.size else 0.0)
    assert np.mean(false) <= 0.1 + 2 * np.std(false) / np.sqrt(len(false))


@pytest.fixture(scope="module")
def two() -> list:
    found = []
    for seed in (1, 2):
        accounts, life, _ = made(seed)
        found.append(replace(pairs(accounts, life, with_details=False), person=f"P{seed}"))
    return found


def test_links_of_all_dreamers_hold_one_rate_and_the_dreamer_is_the_unit(two: list) -> None:
    result = over_dreamers(two, q=0.2)
    assert [row.person for row in result.rows] == ["P1", "P2"]
    assert all(row.kept <= row.links for row in result.rows)
    assert result.verdict in (Verdict.FOUND, Verdict.NOTHING)
    assert (result.low, result.high) == (0.0, 1.0)  # two dreamers say nothing of the spread between dreamers
    assert len(result.links) == sum(row.kept for row in result.rows)
    json.dumps(result.to_dict(texts=False), allow_nan=False)
    assert len(result.to_dataframe()) == 2
    assert str(len(result.links)) in repr(result) or result.verdict is Verdict.NOTHING


def test_one_dreamer_twice_is_refused(two: list) -> None:
    with pytest.raises(UsageError, match="2 results of 1 dreamer"):
        over_dreamers([two[0], two[0]])
    with pytest.raises(UsageError):
        over_dreamers([])


def test_six_dreamers_give_an_interval(two: list) -> None:
    six = [replace(two[at % 2], person=f"Q{at}") for at in range(6)]
    result = over_dreamers(six)
    assert 0.0 <= result.low <= result.rate <= result.high <= 1.0
