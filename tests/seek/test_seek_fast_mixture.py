"""Large maps: the compiled loops against the general way in double precision, and what does not depend on threads."""

from __future__ import annotations

import importlib.util
import os
import pickle

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from karmalink.errors import InputError
from karmalink.seek import Witness, mix, mixture
from karmalink.seek.clues.sources import clue_group_of
from karmalink.seek.probability_map import fast_mixture
from karmalink.seek.probability_map.chunks import scale_of
from karmalink.seek.probability_map.probability_map import LazyNumbers


@pytest.fixture(autouse=True)
def every_map_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small maps go the compiled way too, in pieces that a test can afford."""
    monkeypatch.setattr(fast_mixture, "_LEAST_CELLS", 0)
    monkeypatch.setattr(fast_mixture, "_LEAST_READ", 0)
    monkeypatch.setattr(fast_mixture, "_WIDTH", 64)


def goes_the_quick_way(layers: np.ndarray, rho: np.ndarray) -> bool:
    blocks = [clue_group_of((k,), np.ones(1), np.ones(1), rho[k : k + 1], 0.0) for k in range(len(layers))]
    return fast_mixture.can_mix_fast(layers, blocks, layers.shape[1])


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=4),
    st.integers(1, 300),
    st.integers(0, 10_000),
    st.sampled_from([np.inf, 0.5, 3.0]),
    st.sampled_from([0.0, 0.2, 0.99]),
    st.booleans(),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_compiled_loops_equal_the_general_way(
    sizes: list[int], cells: int, seed: int, strength: float, rest_of_world: float, uniform: bool
) -> None:
    rng = np.random.default_rng(seed)
    groups = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    layers = (rng.gamma(0.2, size=(groups.size, cells)) + 1e-9).astype(np.float32)
    rho, prior = rng.uniform(0.0, 0.999, groups.size), None if uniform else rng.random(cells) + 1e-3
    assert goes_the_quick_way(layers, rho)
    short = mixture(layers, rho, groups, prior, rest_of_world=rest_of_world, strength=strength)
    known = scale_of(layers, range(groups.size), cells)
    told = mixture(layers, rho, groups, prior, rest_of_world=rest_of_world, strength=strength, scale=known)
    long = mixture(layers.astype(np.float64), rho, groups, prior, rest_of_world=rest_of_world, strength=strength)
    np.testing.assert_allclose(short.posterior, long.posterior, rtol=2e-5, atol=1e-15)
    np.testing.assert_allclose(short.clue_reliability, long.clue_reliability, atol=1e-5)
    np.testing.assert_allclose(short.group_reliability, long.group_reliability, atol=1e-5)
    assert short.rest_of_world == pytest.approx(long.rest_of_world, rel=2e-5)
    assert short.log_evidence == pytest.approx(long.log_evidence, abs=2e-5)
    assert short.posterior.sum() + short.rest_of_world == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_array_equal(told.posterior, short.posterior)


@pytest.mark.parametrize("strength", [np.inf, 3.0])
def test_threads_change_no_bit(strength: float, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    layers, rho = rng.random((11, 1000)).astype(np.float32), rng.uniform(0.1, 0.9, 11)
    found = []
    for cores in (1, 2, 3, 64):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        mixed = mixture(layers, rho, np.arange(11) // 4, rest_of_world=0.1, strength=strength)
        found.append(
            (mixed.posterior.tobytes(), mixed.rest_of_world, mixed.clue_reliability.tobytes(), mixed.log_evidence)
        )
    assert len(set(found)) == 1


def test_the_pieces_change_nothing_but_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(6)
    layers, rho = rng.gamma(0.3, size=(9, 70_000)).astype(np.float32), rng.uniform(0.1, 0.9, 9)
    small = mixture(layers, rho, rest_of_world=0.2)
    monkeypatch.setattr(fast_mixture, "_WIDTH", 16384)
    large = mixture(layers, rho, rest_of_world=0.2)
    np.testing.assert_allclose(small.posterior, large.posterior, rtol=1e-12)
    np.testing.assert_allclose(small.clue_reliability, large.clue_reliability, atol=1e-6)


def test_clues_that_count_nowhere_have_no_reliability_and_are_not_looked_at() -> None:
    layers = np.full((3, 100), 0.5, dtype=np.float32)
    layers[1] = np.nan
    layers[2, 7] = 30.0
    blocks = [
        clue_group_of((0,), np.ones(1), np.ones(1), np.array([0.4]), 0.0),
        clue_group_of((2,), *Witness("w", reliability=0.6, strength=2.0).states(1), np.array([0.6]), 0.0),
    ]
    found = mix(layers, blocks, rest_of_world=0.1)
    assert np.isnan(found.clue_reliability).tolist() == [False, True, False]
    assert found.clue_reliability[0] == pytest.approx(0.4 * (1 - found.rest_of_world), rel=1e-6)  # it says nothing
    with pytest.raises(InputError, match="layer 1 is not a density"):
        mixture(layers, [0.5, 0.5, 0.5])


@pytest.mark.parametrize("clues", [2, 40])
def test_what_leaves_the_range_goes_the_general_way(clues: int) -> None:
    """Two clues that are next to sure, and forty that agree on one of 60,000 cells."""
    layers = np.full((clues, 60_000), 1e-9, dtype=np.float32)
    layers[:, 3] = 1.0
    rho = np.full(clues, 1.0 - 1e-12 if clues == 2 else 0.9)
    blocks = [clue_group_of((k,), np.ones(1), np.ones(1), rho[k : k + 1], 0.0) for k in range(clues)]
    scale = scale_of(layers, range(clues), 60_000)
    wide = fast_mixture.mix_fast(layers, blocks, (np.ones(60_000), 1e-5), 0.5, scale)
    assert (wide is None) == (clues == 2)
    found = mixture(layers, rho, np.zeros(clues), rest_of_world=0.5, strength=2.0 if clues == 40 else np.inf)
    assert found.posterior[3] == pytest.approx(1.0, abs=1e-6)


def test_without_numba_the_general_way_gives_the_map(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(7)
    layers, rho = rng.random((5, 500)).astype(np.float32), rng.uniform(0.1, 0.9, 5)
    with_it = mixture(layers, rho)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert not goes_the_quick_way(layers, rho)
    np.testing.assert_allclose(mixture(layers, rho).posterior, with_it.posterior, rtol=2e-5)


def test_scales_of_other_layers_are_refused() -> None:
    layers = np.ones((2, 10), dtype=np.float32)
    with pytest.raises(InputError, match="one for each layer"):
        mixture(layers, [0.5, 0.5], scale=scale_of(layers, [0], 10))


def test_reliabilities_wait_until_somebody_asks_and_survive_a_pickle() -> None:
    asked = []

    def made() -> dict[str, float]:
        asked.append(1)
        return {"c1": 0.5}

    waiting = LazyNumbers(made)
    assert not asked
    assert waiting == {"c1": 0.5}
    assert (list(waiting), len(waiting), repr(waiting), asked) == (["c1"], 1, "{'c1': 0.5}", [1])
    found = mixture(np.random.default_rng(8).random((3, 90)).astype(np.float32), [0.2, 0.5, 0.8])
    again = pickle.loads(pickle.dumps(found))
    np.testing.assert_array_equal(again.clue_reliability, found.clue_reliability)
