"""The invented town: a place for every name, on its river and railway, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karmalink.demo.town import GROUND_KM, SITES, build_town, to_lonlat, to_metres
from karmalink.demo.witnesses import point_in

SEEDS = range(12)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_place_stands_on_the_ground(seed: int) -> None:
    town = build_town(np.random.default_rng(seed))
    assert [place.name for place in town.places] == [site[0] for site in SITES]
    for place in town.places:
        assert 0 <= place.x <= GROUND_KM[0] * 1000
        assert 0 <= place.y <= GROUND_KM[1] * 1000


@pytest.mark.parametrize("seed", SEEDS)
def test_the_bridge_stands_on_river_and_railway(seed: int) -> None:
    town = build_town(np.random.default_rng(seed))
    bridge = town.place("old-railway-bridge")
    for line in town.lines.values():
        assert np.hypot(line[:, 0] - bridge.x, line[:, 1] - bridge.y).min() < 100


@pytest.mark.parametrize("seed", SEEDS)
def test_the_four_quarters_tile_the_ground(seed: int) -> None:
    town = build_town(np.random.default_rng(seed))
    rng = np.random.default_rng(seed)
    points = rng.uniform(0.001, 0.999, (200, 2)) * np.array(GROUND_KM) * 1000
    inside = [sum(point_in(outline, x, y) for outline in town.quarters.values()) for x, y in points]
    assert np.mean(np.array(inside) == 1) > 0.97  # the corner cut off at the crossing's grid is the rest
    assert max(inside) <= 1


@pytest.mark.parametrize("seed", SEEDS)
def test_quarters_are_valid_polygons(seed: int) -> None:
    from shapely import Polygon

    town = build_town(np.random.default_rng(seed))
    assert all(Polygon(outline).is_valid for outline in [*town.quarters.values(), town.corridor])


@given(st.floats(0, 6000), st.floats(0, 5000))
def test_metres_to_degrees_and_back(x: float, y: float) -> None:
    assert to_metres(*to_lonlat(x, y)) == pytest.approx((x, y), abs=1e-6)


def test_one_seed_is_one_town() -> None:
    first, again, other = (build_town(np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert first.places == again.places
    assert first.places != other.places
