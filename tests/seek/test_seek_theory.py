"""Every number of search theory that the room must reproduce, to six digits and more; the moving target excepted."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize

from karmalink.errors import InputError
from karmalink.seek import POD_LAWS, allocate, schedule
from karmalink.seek.clues.headings import offset_uncertainty, parse_heading
from karmalink.seek.ground.terrain import tobler
from karmalink.seek.planning.discrete_search import expected_cost, look_order
from karmalink.seek.search.detection_laws import (
    beacons,
    definite,
    inverse_cube,
    miss,
    random,
)


def circular_normal(effort: float, sigma: float = 1.0) -> float:
    """Return 1 − (1 + u)·e^−u with u = √(effort/π)/σ: the best search for a circular normal target (Koopman 1957)."""
    u = np.sqrt(effort / np.pi) / sigma
    return float(1.0 - (1.0 + u) * np.exp(-u))


P, A = np.array([0.5, 0.3, 0.2]), np.array([1.0, 2.0, 1.0])


def test_koopman_random_search() -> None:
    np.testing.assert_allclose(random([0.5, 1, 1.5, 2]), [0.393469, 0.632121, 0.776870, 0.864665], atol=5e-7)


def test_koopman_inverse_cube_law() -> None:
    np.testing.assert_allclose(inverse_cube([0.5, 1, 1.5, 2]), [0.469116, 0.789909, 0.939888, 0.987811], atol=5e-7)


def test_definite_range_law_is_the_upper_limit() -> None:
    coverage = np.linspace(0, 3, 50)
    for law in POD_LAWS.values():
        assert (law(coverage) <= definite(coverage) + 1e-15).all()


@pytest.mark.parametrize(
    ("effort", "found", "disc"),
    [(np.pi, 0.26424112, 1.414214), (6 * np.pi, 0.70217923, 2.213364), (20 * np.pi, 0.93749239, 2.990698)],
)
def test_circular_normal_target(effort: float, found: float, disc: float) -> None:
    assert circular_normal(effort) == pytest.approx(found, abs=5e-9)
    # The allocation finds the closed form, on rings thin enough that nothing is lost.
    edges = np.linspace(0, 9, 200_001)
    probability = np.diff(-np.exp(-(edges**2) / 2))
    rings = np.diff(np.pi * edges**2)
    plan = allocate(probability, rings, effort)
    assert plan.value == pytest.approx(found, abs=5e-7)
    assert edges[1:][plan.coverage > 0].max() == pytest.approx(disc, abs=1e-3)


def test_mean_swept_area_until_a_circular_normal_target_is_found() -> None:
    mean, _ = quad(lambda effort: 1 - circular_normal(effort, 2.0), 0, np.inf, limit=500)
    assert mean == pytest.approx(6 * np.pi * 4.0, rel=1e-6)
    # The same from allocations: the mean is the integral of the probability that it is still missing.
    edges = np.linspace(0, 22, 4001)
    probability, rings = np.diff(-np.exp(-(edges**2) / 8)), np.diff(np.pi * edges**2)
    efforts = np.concatenate([[0.0], np.geomspace(0.01, 4000, 400)])
    missing = [1.0 - allocate(probability, rings, effort).value for effort in efforts]
    assert np.trapezoid(missing, efforts) == pytest.approx(6 * np.pi * 4.0, rel=2e-3)


@pytest.mark.parametrize(("effort", "value"), [(0.5, 0.196735), (1, 0.316396), (2, 0.471605), (4, 0.679512)])
def test_optimal_effort_over_three_cells(effort: float, value: float) -> None:
    found = allocate(P, A, effort)
    assert found.value == pytest.approx(value, abs=5e-7)
    assert found.gap < 1e-12
    assert A @ found.coverage == pytest.approx(effort)


def test_optimal_effort_of_two_is_spread_as_it_should() -> None:
    np.testing.assert_allclose(A * allocate(P, A, 2).coverage, [1.331059, 0.254173, 0.414768], atol=5e-7)


def test_discrete_looks_in_the_order_of_least_expected_cost() -> None:
    order = [look.cell + 1 for look in itertools.islice(look_order(P, [0.4, 0.8, 0.9], A), 14)]
    assert order == [1, 3, 1, 2, 1, 1, 1, 2, 3, 1, 1, 1, 2, 1]
    assert expected_cost(P, [0.4, 0.8, 0.9], A) == pytest.approx(4.539009, abs=5e-7)


def test_no_other_order_of_looks_costs_less() -> None:
    rng = np.random.default_rng(0)
    plan = [look.cell for look in itertools.islice(look_order(P, [0.4, 0.8, 0.9], A), 60)]

    def cost(order: list[int]) -> float:
        left, mean, probability = P.copy(), 0.0, 1.0
        for cell in order:
            mean += A[cell] * probability
            found = left[cell] * [0.4, 0.8, 0.9][cell]
            left[cell] -= found
            probability -= found
        return mean

    assert cost(plan) == pytest.approx(4.539009, abs=1e-6)
    for _ in range(200):
        other = plan.copy()
        i, j = rng.integers(0, 20, 2)
        other[i], other[j] = other[j], other[i]
        assert cost(other) >= cost(plan) - 1e-12


def test_gamma_multiplier_on_the_sweep_width() -> None:
    np.testing.assert_allclose(1 - miss([0.5, 1, 2], 2.0), [0.36, 0.555556, 0.75], atol=5e-7)
    np.testing.assert_allclose(miss([1.0], 1e9), np.exp(-1), rtol=1e-6)


def test_closing_window_optimum_and_what_planning_day_by_day_loses() -> None:
    found = schedule([0.6, 0.4], [1, 1], [1.0], [[1.0, 1.0]], [[True, True], [True, False]])
    assert found.value == pytest.approx(0.639553, abs=5e-7)
    np.testing.assert_allclose(found.coverage, [1.202733, 0.797267], atol=5e-7)
    assert found.day_by_day == pytest.approx(0.593551, abs=5e-7)
    assert found.gap < 1e-9
    assert found.hours[0, 1, 1] == 0.0
    np.testing.assert_allclose(found.hours.sum(axis=2), [[1.0, 1.0]])


def test_af447_pinger() -> None:
    assert beacons(0.9, 0.8, 2) == pytest.approx((1 - 0.1**2) * 0.8**2 + 0.9 * (2 * 0.8 * 0.2), abs=1e-12)
    assert beacons(0.9, 0.8, 2) == pytest.approx(0.9216, abs=1e-12)


def test_tobler_hiking_function() -> None:
    np.testing.assert_allclose(tobler([0.0, -0.05, 0.10]), [5.0367, 6.0, 3.5493], atol=5e-5)


def test_gbif_ten_kilometres_north_east() -> None:
    assert offset_uncertainty(10.0, parse_heading("NE")) == pytest.approx(3.90, abs=5e-3)


probabilities = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=12)


@given(probabilities, st.integers(0, 1000), st.floats(0, 20), st.floats(0, 20), st.sampled_from([None, 0.7, 3.0]))
@settings(max_examples=80, deadline=None)
def test_a_larger_plan_contains_the_smaller_one(
    p: list[float], seed: int, first: float, more: float, shape: float | None
) -> None:
    areas = np.random.default_rng(seed).uniform(0.1, 5, len(p))
    small, large = (allocate(p, areas, effort, shape=shape) for effort in (first, first + more))
    assert (large.coverage >= small.coverage - 1e-7 * (1 + small.coverage)).all()
    assert large.value >= small.value - 1e-12
    # In two steps it comes to the same: searching is only ever continued.
    rest = allocate(p, areas, more, before=small.coverage, shape=shape)
    np.testing.assert_allclose(small.value + rest.value, large.value, atol=1e-7)


@given(probabilities, st.integers(0, 1000), st.floats(0.01, 20))
@settings(max_examples=80, deadline=None)
def test_after_an_optimal_search_all_searched_cells_have_one_density(p: list[float], seed: int, effort: float) -> None:
    areas = np.random.default_rng(seed).uniform(0.1, 5, len(p))
    plan = allocate(p, areas, effort)
    probability = np.asarray(p) / max(1.0, sum(p) * 1.01)
    detection = random(plan.coverage)
    nothing = 1.0 - probability @ detection
    after = probability * (1.0 - detection) / nothing
    density = (after / areas)[plan.coverage > 1e-9]
    assert density.max(initial=0.0) - density.min(initial=np.inf) <= 1e-9
    assert nothing <= 1.0
    # What the cells lose, "elsewhere" gains: the mass stays 1.
    assert after.sum() + (1 - probability.sum()) / nothing == pytest.approx(1.0, abs=1e-9)


@given(st.integers(0, 500), st.sampled_from([None, 2.0]))
@settings(max_examples=25, deadline=None)
def test_no_spread_of_the_effort_beats_the_bound(seed: int, shape: float | None) -> None:
    rng = np.random.default_rng(seed)
    p, areas = rng.dirichlet(np.ones(6)), rng.uniform(0.2, 3, 6)
    found = allocate(p, areas, 2.5, shape=shape)
    assert found.gap < 1e-9
    for _ in range(50):
        z = rng.dirichlet(np.ones(6)) * 2.5 / areas
        assert p @ (1 - miss(z, shape)) <= found.upper_bound + 1e-12


@given(st.integers(0, 300), st.sampled_from([None, 1.5]))
@settings(max_examples=6, deadline=None)
def test_schedules_reach_what_a_general_solver_reaches(seed: int, shape: float | None) -> None:
    rng = np.random.default_rng(seed)
    assets, days, cells = 2, 3, 4
    p, size = rng.dirichlet(np.ones(cells)), rng.uniform(1, 5, cells)
    rates, hours = rng.uniform(0.5, 2, (assets, cells)), rng.uniform(0, 3, (assets, days))
    is_open = rng.random((days, cells)) < 0.7
    found = schedule(p, size, rates, hours, is_open, shape=shape)
    assert found.gap < 1e-6
    assert (found.hours.sum(axis=2) <= hours + 1e-9).all()
    assert not found.hours[:, ~is_open].any()
    coverage = np.einsum("ads,as->s", found.hours, rates) / size
    assert p @ (1 - miss(coverage, shape)) == pytest.approx(found.value, abs=1e-9)

    # A second opinion from a solver that knows nothing of search: softmax of free numbers is a split of the hours.
    def loss(free: np.ndarray) -> float:
        share = np.exp(free.reshape(assets, days, cells)) * is_open
        total = share.sum(axis=2, keepdims=True)
        effort = np.divide(share, total, out=np.zeros_like(share), where=total > 0) * hours[:, :, None]
        return -float(p @ (1 - miss(np.einsum("ads,as->s", effort, rates) / size, shape)))

    other = minimize(loss, np.zeros(assets * days * cells), method="L-BFGS-B")
    assert -other.fun <= found.upper_bound + 1e-9
    assert found.value >= -other.fun - 1e-6


def test_twenty_days_of_closing_ground_are_planned_with_a_certificate() -> None:
    rng = np.random.default_rng(3)
    cells, days = 150, 20
    closes = rng.integers(1, 25, cells)
    is_open = np.arange(days)[:, None] < closes
    found = schedule(
        rng.dirichlet(np.full(cells, 0.3)), rng.uniform(1, 3, cells), [0.5, 1.0, 2.0], np.full((3, days), 6.0), is_open,
        tolerance=1e-6,
    )  # fmt: skip
    assert found.gap <= 0.001 * found.value
    assert found.value > found.day_by_day
    assert repr(found).startswith("Schedule(")
    assert found.to_dict()["gap"] == found.gap


def test_nothing_to_spend_and_nowhere_to_go() -> None:
    none = allocate(P, A, 0.0)
    assert none.value == 0.0
    assert none.price == pytest.approx(0.5)
    closed = allocate(P, np.full(3, np.inf), 5.0)
    assert closed.value == closed.upper_bound == 0.0
    nobody = schedule(P, A, [1.0], [[1.0]], [[False] * 3])
    assert nobody.value == nobody.upper_bound == 0.0
    assert repr(none).startswith("Allocation(")
    assert closed.to_dict()["value"] == 0.0


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: allocate([np.nan, 1.0], [1.0, 1.0], 1.0),
        lambda: allocate([-0.1, 1.0], [1.0, 1.0], 1.0),
        lambda: allocate([0.1], [1.0, 1.0], 1.0),
        lambda: allocate([0.1], [np.nan], 1.0),
        lambda: allocate([0.1], [1.0], np.nan),
        lambda: allocate([0.1], [1.0], -1.0),
        lambda: random([-1.0]),
        lambda: miss([1.0], 0.0),
        lambda: beacons(1.2, 0.5, 2),
        lambda: expected_cost([0.5], [0.5], [1.0]),
        lambda: list(look_order([0.5], [0.0], [1.0])),
        lambda: list(look_order([0.5], [0.5], [0.0])),
        lambda: schedule([0.5], [1.0], [1.0], [[1.0]], [[True, True]]),
        lambda: schedule([0.5], [1.0], [1.0], [[np.nan]]),
    ],
)
def test_bad_numbers_are_refused(wrong) -> None:
    with pytest.raises(InputError):
        wrong()


def test_ground_that_only_closes_is_planned_exactly_in_one_round() -> None:
    rng = np.random.default_rng(0)
    is_open = np.arange(20)[:, None] < rng.integers(1, 30, 60)
    found = schedule(rng.dirichlet(np.ones(60)), np.ones(60), [0.3, 1.0], np.ones((2, 20)), is_open, tolerance=np.inf)
    assert found.gap < 1e-12


@given(st.integers(0, 500))
@settings(max_examples=30, deadline=None)
def test_expected_cost_is_that_of_the_looks_one_by_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    p, alpha, cost = rng.dirichlet(np.ones(5)), rng.uniform(0.2, 0.95, 5), rng.uniform(0.5, 3, 5)
    missing, mean = 1.0, 0.0
    for look in look_order(p, alpha, cost):
        mean += look.cost * missing
        missing -= look.finds
        if missing < 1e-13:
            break
    assert expected_cost(p, alpha, cost) == pytest.approx(mean, rel=1e-9)
