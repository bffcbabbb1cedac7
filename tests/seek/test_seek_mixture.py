"""The exact mixture against going through all the right/wrong patterns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seek_case_files import beta_lines
from seek_reference import enumerate_all, pattern_probability, patterns, relative, shared_error

from karmalink.errors import CannotAnswer, InputError
from karmalink.seek import Witness, mix, mixture
from karmalink.seek.clues.sources import ClueGroup, DependentWitnesses, clue_group_of


@given(st.integers(1, 12), st.integers(1, 6), st.integers(0, 10_000), st.sampled_from([0.0, 0.1, 0.9]))
@settings(max_examples=40, deadline=None)
def test_independent_clues_equal_the_sum_over_all_patterns(
    clues: int, cells: int, seed: int, rest_of_world: float
) -> None:
    rng = np.random.default_rng(seed)
    layers = rng.random((clues, cells)) ** 4 + 1e-6
    rho, prior = rng.random(clues), rng.random(cells) + 0.01
    ratio = relative(layers)
    sources = [patterns(ratio, [k], lambda right, k=k: rho[k] if right[0] else 1 - rho[k]) for k in range(clues)]
    expected, expected_out, expected_clue = enumerate_all(sources, prior, rest_of_world, clues)
    found = mixture(layers, rho, prior=prior, rest_of_world=rest_of_world)
    np.testing.assert_allclose(found.posterior, expected, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(found.rest_of_world, expected_out, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(found.clue_reliability, expected_clue, rtol=1e-9, atol=1e-12)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), st.integers(0, 10_000), st.sampled_from([0.0, 0.5, 1.0]))
@settings(max_examples=40, deadline=None)
def test_clues_of_one_witness_share_a_beta_reliability_exactly(sizes: list[int], seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    clues = sum(sizes)
    layers, prior = rng.random((clues, 4)) ** 3 + 1e-6, rng.random(4) + 0.01
    ratio, blocks, sources, first = relative(layers), [], [], 0
    for size in sizes:
        rows = list(range(first, first + size))
        first += size
        witness = Witness("w", reliability=float(rng.uniform(0.05, 0.9)), strength=float(rng.uniform(0.2, 8.0)))
        theta, weights = witness.states(size)
        means = np.clip(witness.prior + rng.uniform(-0.2, 0.05, size), 0.02, 0.98)
        block = clue_group_of(tuple(rows), theta, weights, means, share)
        blocks.append(block)
        lines, a, b = beta_lines(witness, means / (1 - block.shared_error))
        options = patterns(ratio, rows, lambda right, lines=lines, a=a, b=b: pattern_probability(lines, right, a, b))
        sources.append(shared_error(options, block.shared_error))
    expected, out, clue = enumerate_all(sources, prior, 0.2, clues)
    found = mix(layers, blocks, prior=prior, rest_of_world=0.2)
    np.testing.assert_allclose(found.posterior, expected, rtol=1e-10)
    np.testing.assert_allclose(found.rest_of_world, out, rtol=1e-10)
    np.testing.assert_allclose(found.clue_reliability, clue, rtol=1e-8)


@given(st.integers(0, 10_000), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
@settings(max_examples=40, deadline=None)
def test_a_retold_story_is_right_or_astray_as_a_whole(seed: int, share: float, right: float) -> None:
    rng = np.random.default_rng(seed)
    layers, prior = rng.random((4, 5)) ** 3 + 1e-6, rng.random(5) + 0.01
    rho = rng.uniform(0.1, 0.9, 4)
    blocks = [ClueGroup((k,), np.ones(1), rho[k : k + 1, None]) for k in range(4)]
    ratio = relative(layers)
    apart = patterns(ratio, [0, 1, 2], lambda w: float(np.prod([rho[k] if w[k] else 1 - rho[k] for k in range(3)])))
    told = ratio[0] * ratio[1]  # the third says what the second says
    circle = [type(o)((1 - share) * o.weight, o.factor, o.right) for o in apart]
    circle.append(type(apart[0])(share * right, told, frozenset({0, 1, 2})))
    circle.append(type(apart[0])(share * (1 - right), np.full(6, told[:-1].mean()), frozenset()))
    alone = patterns(ratio, [3], lambda w: rho[3] if w[0] else 1 - rho[3])
    expected, out, clue = enumerate_all([circle, alone], prior, 0.1, 4)
    found = mix(layers, blocks, [DependentWitnesses((0, 1, 2), share, right, (0, 1))], prior=prior, rest_of_world=0.1)
    np.testing.assert_allclose(found.posterior, expected, rtol=1e-10)
    np.testing.assert_allclose(found.rest_of_world, out, rtol=1e-10)
    np.testing.assert_allclose(found.clue_reliability, clue, rtol=1e-9)


def test_grouping_changes_nothing_where_reliabilities_are_known_exactly() -> None:
    rng = np.random.default_rng(1)
    layers = rng.random((5, 50))
    rho = np.array([0.5, 0.6, 0.7, 0.8, 0.9])
    alone, grouped = mixture(layers, rho), mixture(layers, np.full(5, 0.7), [0, 0, 0, 1, 1])
    assert not np.allclose(alone.posterior, grouped.posterior)
    np.testing.assert_allclose(mixture(layers, np.full(5, 0.7)).posterior, grouped.posterior, rtol=1e-12)


def test_an_account_that_fits_itself_does_not_outvote_its_witness() -> None:
    peak = np.full(1000, 1e-4)
    peak[7] = 1.0
    layers = np.tile(peak, (4, 1))
    rho = np.full(4, 0.8)
    sure = mixture(layers, rho, [0] * 4, rest_of_world=0.1, strength=4.0)
    doubtful = mixture(layers, rho, [0] * 4, rest_of_world=0.1, strength=4.0, shared_error=1.0)
    assert sure.posterior[7] > 0.999
    assert 0.7 < doubtful.posterior[7] < 0.85
    assert doubtful.rest_of_world > 100 * sure.rest_of_world


def test_fifty_clues_that_agree_on_one_of_many_cells_stay_within_a_double() -> None:
    layers = np.full((50, 100_000), 1e-12)
    layers[:, 3] = 1.0
    found = mixture(layers, np.full(50, 0.98), rest_of_world=0.5)
    assert found.posterior[3] == pytest.approx(1.0)
    assert np.isfinite(found.log_evidence)
    assert found.to_dict()["rest_of_world"] == found.rest_of_world


@pytest.mark.parametrize(
    ("sure", "strength", "shared_error"),
    [(False, np.inf, 0.0), (True, np.inf, 0.0), (False, 2.0, 0.0), (False, 2.0, 0.5)],
)
def test_products_far_beyond_a_double_equal_the_sum_of_logarithms(
    sure: bool, strength: float, shared_error: float
) -> None:
    """120 clues of six witnesses, each of them 10^−12 but for a few cells of its own: each cell is 10^−700 or less."""
    rng = np.random.default_rng(3)
    layers = np.full((120, 20_000), 1e-12) * rng.uniform(0.5, 2.0, (120, 20_000))
    for row in layers:
        row[rng.integers(0, 20_000, 3)] = 1.0
    rho = np.full(120, 1.0 if sure else 0.98)
    groups = np.repeat(np.arange(6), 20)
    found = mixture(
        layers, rho, groups, rest_of_world=0.0 if sure else 0.2, strength=strength, shared_error=shared_error
    )
    ratio = np.column_stack([layers / layers.mean(axis=1, keepdims=True), np.zeros(120)])
    logs = np.append(np.full(20_000, np.log(1.0 if sure else 0.8) - np.log(20_000)), -np.inf if sure else np.log(0.2))
    for name in range(6):
        rows = np.flatnonzero(groups == name)
        theta, weights = np.array([rho[0]]), np.ones(1)
        if np.isfinite(strength):
            theta, weights = Witness("w", reliability=rho[0], strength=strength).states(20)
        block = clue_group_of(tuple(rows), theta, weights, rho[rows], shared_error)
        with np.errstate(divide="ignore"):
            states = [
                np.log(w) + np.log(r[:, None] * ratio[rows] + (1 - r[:, None])).sum(axis=0)
                for w, r in zip(weights, block.rho, strict=True)
            ]
        right = np.logaddexp.reduce(states)
        elsewhere = np.logaddexp.reduce(right[:-1]) - np.log(20_000)
        if shared_error > 0:
            right = np.logaddexp(np.log1p(-block.shared_error) + right, np.log(block.shared_error) + elsewhere)
        logs = logs + right
    expected = np.exp(logs - np.logaddexp.reduce(logs))
    np.testing.assert_allclose(found.posterior, expected[:-1], rtol=1e-9, atol=1e-200)
    assert found.rest_of_world == pytest.approx(expected[-1], rel=1e-9)
    assert found.log_evidence == pytest.approx(np.logaddexp.reduce(logs), rel=1e-12)
    assert np.all((found.clue_reliability >= 0) & (found.clue_reliability <= 1))


def test_mass_is_conserved_and_float32_layers_do() -> None:
    rng = np.random.default_rng(0)
    layers = rng.random((8, 400)).astype(np.float32)
    found = mixture(layers, rng.random(8), rng.integers(0, 3, 8), rest_of_world=0.3, strength=2.0, shared_error=0.5)
    assert found.posterior.sum() + found.rest_of_world == pytest.approx(1.0, abs=1e-12)
    assert repr(found).startswith("Mixture(400 cells")


def test_contradictory_certainties_leave_no_place() -> None:
    layers = np.array([[1.0, 0.0], [0.0, 1.0]])
    with pytest.raises(CannotAnswer, match="leave no place"):
        mixture(layers, [1.0, 1.0])
    assert mixture(layers, [1.0, 0.98]).posterior[0] == 1.0


@pytest.mark.parametrize(
    ("layers", "rho", "prior", "rest_of_world"),
    [
        (np.array([[np.nan, 1.0]]), [0.5], None, 0.0),
        (np.array([[0.0, 0.0]]), [0.5], None, 0.0),
        (np.array([[-1.0, 2.0]]), [0.5], None, 0.0),
        (np.ones((1, 2)), [1.5], None, 0.0),
        (np.ones((1, 2)), [np.nan], None, 0.0),
        (np.ones((1, 2)), [0.5, 0.5], None, 0.0),
        (np.ones((1, 2)), [0.5], [1.0], 0.0),
        (np.ones((1, 2)), [0.5], [np.nan, 1.0], 0.0),
        (np.ones((1, 2)), [0.5], [0.0, 0.0], 0.0),
        (np.ones((1, 2)), [0.5], None, 1.0),
        (np.ones((1, 0)), [0.5], None, 0.0),
    ],
)
def test_bad_numbers_are_refused(
    layers: np.ndarray, rho: list[float], prior: list[float] | None, rest_of_world: float
) -> None:
    with pytest.raises(InputError):
        mixture(layers, rho, prior=prior, rest_of_world=rest_of_world)
