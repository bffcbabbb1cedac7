"""Schedules of several assets, days and limits of risk, against a general convex solver."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karmalink.errors import InputError
from karmalink.seek import schedule
from karmalink.seek.search.detection_laws import miss


def oracle(p, size, rates, hours, is_open, risk=None, budget=None):
    """The same problem handed to cvxpy, which knows nothing of search: value and the price of risk."""
    import cvxpy as cp

    assets, days = hours.shape
    effort = [[cp.Variable(p.size, nonneg=True) for _ in range(days)] for _ in range(assets)]
    coverage = sum(cp.multiply(rates[a] / size, effort[a][d]) for a in range(assets) for d in range(days))
    limits = [cp.sum(effort[a][d]) <= hours[a, d] for a in range(assets) for d in range(days)]
    limits += [effort[a][d][~is_open[d]] == 0 for a in range(assets) for d in range(days) if not is_open[d].all()]
    if budget is not None:
        limits.append(sum(risk[a] @ effort[a][d] for a in range(assets) for d in range(days)) <= budget)
    problem = cp.Problem(cp.Maximize(p @ (1 - cp.exp(-coverage))), limits)
    problem.solve(solver="CLARABEL")
    return problem.value, float(limits[-1].dual_value) if budget is not None else 0.0


def random_case(seed: int, assets: int = 2, days: int = 3, cells: int = 6):
    rng = np.random.default_rng(seed)
    p, size = rng.dirichlet(np.ones(cells)), rng.uniform(1, 5, cells)
    rates, hours = rng.uniform(0.5, 2, (assets, cells)), rng.uniform(0.5, 3, (assets, days))
    is_open = rng.random((days, cells)) < 0.7
    risk = rng.uniform(0, 1, (assets, cells)) * (rng.random((assets, cells)) < 0.7)
    return p, size, rates, hours, is_open, risk


@given(st.integers(0, 400))
@settings(max_examples=5, deadline=None)
def test_closed_ground_and_unlike_assets_reach_the_optimum_of_a_convex_solver(seed: int) -> None:
    p, size, rates, hours, is_open, _ = random_case(seed)
    found = schedule(p, size, rates, hours, is_open)
    value, _ = oracle(p, size, rates, hours, is_open)
    assert found.value == pytest.approx(value, abs=2e-6)
    assert found.upper_bound >= value - 1e-6
    assert found.gap < 1e-6


@given(st.integers(0, 400), st.floats(0.0, 1.2))
@settings(max_examples=5, deadline=None)
def test_a_risk_budget_is_kept_and_its_price_is_that_of_a_convex_solver(seed: int, share: float) -> None:
    p, size, rates, hours, is_open, risk = random_case(seed)
    free = schedule(p, size, rates, hours, is_open, risk=risk, tolerance=1e-5)
    budget = share * free.risk
    found = schedule(p, size, rates, hours, is_open, risk=risk, risk_budget=budget, tolerance=1e-5)
    value, price = oracle(p, size, rates, hours, is_open, risk, budget)
    assert found.risk <= budget + 1e-9
    assert found.risk == pytest.approx(float(np.einsum("ads,as->", found.hours, risk)), abs=1e-9)
    assert (found.hours.sum(axis=2) <= hours + 1e-9).all()
    assert not found.hours[:, ~is_open].any()
    assert found.value == pytest.approx(value, abs=2e-5)
    assert found.upper_bound >= value - 1e-6
    assert found.gap <= 2e-5
    if 0.1 < share < 0.9 and free.risk > 0.1:
        assert found.risk_price == pytest.approx(price, rel=0.05, abs=2e-3)


@given(st.integers(0, 400), st.sampled_from([0.8, 3.0]), st.floats(0.0, 0.9))
@settings(max_examples=5, deadline=None)
def test_doubt_about_the_sweep_width_and_a_risk_budget_carry_a_certificate(
    seed: int, shape: float, share: float
) -> None:
    p, size, rates, hours, is_open, risk = random_case(seed)
    free = schedule(p, size, rates, hours, is_open, risk=risk, shape=shape, tolerance=1e-5)
    budget = share * free.risk
    found = schedule(p, size, rates, hours, is_open, risk=risk, risk_budget=budget, shape=shape, tolerance=1e-5)
    coverage = np.einsum("ads,as->s", found.hours, rates) / size
    assert p @ (1 - miss(coverage, shape)) == pytest.approx(found.value, abs=1e-9)
    assert found.risk <= share * free.risk + 1e-9
    assert found.gap <= 2e-5
    assert found.value <= free.value + 1e-5


def test_no_risk_agreed_to_means_safe_ground_only() -> None:
    found = schedule([0.6, 0.4], [1, 1], [1.0], [[2.0]], risk=[1.0, 0.0], risk_budget=0.0)
    assert found.hours[0, 0].tolist() == pytest.approx([0.0, 2.0])
    assert found.risk == 0.0
    assert found.risk_price > 0.0
    assert found.gap < 1e-6


def test_all_ground_dangerous_and_no_risk_agreed_to_leaves_nothing_to_do() -> None:
    found = schedule([0.6, 0.4], [1, 1], [1.0], [[2.0]], risk=[1.0, 0.5], risk_budget=0.0)
    assert found.hours.sum() == pytest.approx(0.0, abs=1e-9)
    assert found.value == pytest.approx(0.0, abs=1e-9)


def test_a_limit_that_does_not_bind_costs_nothing() -> None:
    args = ([0.6, 0.4], [1, 1], [1.0], [[2.0]])
    found = schedule(*args, risk=[0.1, 0.1], risk_budget=5.0)
    assert found.risk_price == 0.0
    assert found.value == schedule(*args).value


@pytest.mark.parametrize(
    ("risk", "budget"), [([-1.0, 0.0], 1.0), ([np.nan, 0.0], 1.0), ([1.0, 1.0], -1.0), ([1.0, 1.0], np.nan)]
)
def test_bad_risks_are_refused(risk: list[float], budget: float) -> None:
    with pytest.raises(InputError):
        schedule([0.6, 0.4], [1, 1], [1.0], [[2.0]], risk=risk, risk_budget=budget)
