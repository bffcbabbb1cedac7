"""The error all share, and the plane around the map: against plain sums over all pairs of cells."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from karmalink.errors import InputError
from karmalink.seek import Area, Asset, Clue, Place, Places, Search, SearchLog, Witness, influence, locate, segments
from karmalink.seek.ground.surround import surround_of
from karmalink.seek.probability_map.learned_errors import Solved, learn_shared_error
from karmalink.seek.probability_map.shared_errors import NO_SHARED_ERROR, SharedError, moved_over

SMALL = Area.from_bounds(104.90, 11.55, 104.909, 11.559, cell_m=25)
AROUND = surround_of(SMALL)
MIDDLE = Place("well", "Well", Point(104.9045, 11.5545))
EDGE = Place("gate", "Gate", Point(104.9075, 11.5545))
PLACES = Places([MIDDLE, EDGE])
NEAR = [Clue("c1", "near", ("well",), "a", distance_m=60), Clue("c2", "distance", ("gate",), "b", distance_m=320)]
PEOPLE = [Witness("a", source_grade="A"), Witness("b", source_grade="B")]


def all_xy() -> tuple[np.ndarray, np.ndarray]:
    parts = (SMALL, *AROUND.rings)
    return np.concatenate([part.x for part in parts]), np.concatenate([part.y for part in parts])


def by_quadrature(values: np.ndarray, error: SharedError, cells: np.ndarray) -> np.ndarray:
    """∫ K(x − y) v(y) dy as one sum over all cells of the plane, for some of them."""
    x, y = all_xy()
    r = np.hypot(x[cells, None] - x[None], y[cells, None] - y[None])
    return error.density(r) @ (values / AROUND.per_m2)


@given(st.floats(40.0, 300.0), st.floats(60.0, 200.0), st.floats(-400.0, 400.0))
@settings(max_examples=12)
def test_a_displacement_is_the_sum_over_all_pairs_of_cells(size: float, blob: float, east: float) -> None:
    x, y = all_xy()
    values = np.exp(-0.5 * ((x - east) ** 2 + (y - 50.0) ** 2) / blob**2)
    error = SharedError((0.5 * size, size), (0.4, 0.6))
    cells = np.arange(0, SMALL.n, 37)
    slow = by_quadrature(values, error, cells)
    np.testing.assert_allclose(moved_over(AROUND, values, error)[cells], slow, rtol=0.04, atol=2e-3 * slow.max())


def test_a_level_plane_stays_level() -> None:
    level = np.full(SMALL.n + AROUND.m, 3.0)
    np.testing.assert_allclose(moved_over(AROUND, level, SharedError.about(80.0), 3.0), 3.0, rtol=1e-6)


def test_the_prior_of_the_plane_sums_to_one_and_falls_with_the_distance() -> None:
    assert AROUND.reference.sum() + AROUND.further == pytest.approx(1.0)
    assert 0.0 < AROUND.further < 0.2
    per_m2 = AROUND.reference * AROUND.per_m2[SMALL.n :]
    away = np.hypot(*(values[SMALL.n :] for values in all_xy()))
    assert per_m2[np.argmin(away)] > 20.0 * per_m2[np.argmax(away)]


def test_the_clues_are_flat_in_what_they_share() -> None:
    """A story told of a spot fits together as well however far the spot lies from the true one."""
    fits = [
        locate(SMALL, PLACES, NEAR, PEOPLE, displacement=SharedError((size,), (1.0,))).log_evidence
        for size in (0.0, 20.0, 40.0, 60.0)
    ]
    assert np.ptp(fits) < 0.02
    # And yet the regions are not the same.
    sizes = [
        locate(SMALL, PLACES, NEAR, PEOPLE, displacement=SharedError((size,), (1.0,))).region(0.8).km2
        for size in (0.0, 60.0)
    ]
    assert sizes[1] > 1.5 * sizes[0]


def test_an_empty_hole_never_refills() -> None:
    found = locate(SMALL, PLACES, NEAR, PEOPLE, displacement=SharedError.about(60.0))
    ground = segments(SMALL, 250.0)
    top = int(np.argmax(ground.sum(found.probability)))
    before = float(ground.sum(found.probability)[top])
    log = SearchLog([Search("s1", ground.names[top], "dig", pod=0.99)])
    after = found.after(log, ground, {"dig": Asset("dig", sweep_m=1, speed_kmh=1)})
    # P(here | not found) = p(1 − POD) / (1 − p·POD)
    left = before * 0.01 / (1.0 - 0.99 * before)
    assert float(ground.sum(after.probability)[top]) == pytest.approx(left, rel=1e-6)
    # A displacement after the search would fill it from its rim, many times over.
    plane = np.concatenate([after.probability, np.zeros(AROUND.m)]) * AROUND.per_m2
    refilled = moved_over(AROUND, plane, after.shared_error)[: SMALL.n] * SMALL.cell_m2
    assert float(ground.sum(refilled)[top]) > 5.0 * left


def test_a_surveyed_document_is_never_blurred() -> None:
    said = [Clue("d", "at", ("well",), "survey")]
    regions = {
        (surveyed, size): locate(
            SMALL,
            PLACES,
            said,
            [Witness("survey", source_grade="A", info_grade=1, surveyed=surveyed)],
            displacement=SharedError.about(size) if size else NO_SHARED_ERROR,
        )
        .region(0.5)
        .km2
        for surveyed in (True, False)
        for size in (0.0, 80.0)
    }
    assert regions[True, 80.0] == regions[True, 0.0] == regions[False, 0.0]
    assert regions[False, 80.0] > 2.0 * regions[True, 80.0]


def test_reliabilities_of_both_kinds_are_those_of_all_pairs_of_spots() -> None:
    """Σ over the remembered spot y and the true one x, slow and obvious, on the cells of the map and around it."""
    error = SharedError((60.0,), (1.0,))
    people = [
        Witness("a", reliability=0.7, strength=np.inf),
        Witness("b", reliability=0.6, strength=np.inf, surveyed=True),
    ]
    found = locate(SMALL, PLACES, NEAR, people, displacement=error)
    x, y = all_xy()
    some = np.flatnonzero(np.maximum(abs(x), abs(y)) < 650.0)  # what lies further plays no part here
    x, y = x[some], y[some]
    q = AROUND.plane(np.ones(SMALL.n), 0.1)[0][some]
    told, known = (layer.plane.astype(float)[some] / layer.mean for layer in found.layers)
    factor = 0.7 * told + 0.3, 0.6 * known + 0.4
    kernel = error.density(np.hypot(x[:, None] - x[None], y[:, None] - y[None])) / AROUND.per_m2[some][None]
    joint = (q * factor[1])[:, None] * kernel * factor[0][None]
    joint /= joint.sum()
    right = float((joint * (0.7 * told / factor[0])[None]).sum())
    assert found.clue_reliability["c1"] == pytest.approx(right, rel=0.02)
    surveyed = float((joint * (0.6 * known / factor[1])[:, None]).sum())
    assert found.clue_reliability["c2"] == pytest.approx(surveyed, rel=0.02)
    top = int(np.argmax(found.probability))
    assert found.probability[top] == pytest.approx(float(joint.sum(axis=1)[top]), rel=0.05)


def test_clues_that_point_over_the_edge_raise_outside() -> None:
    beyond = Places([Place("p", "P", Point(104.912, 11.5545)), Place("q", "Q", Point(104.913, 11.556))])
    said = [Clue("c1", "near", ("p",), "a", distance_m=80), Clue("c2", "near", ("q",), "b", distance_m=80)]
    found = locate(SMALL, beyond, said, PEOPLE)
    assert found.rest_of_world > 0.5
    assert found.probability.sum() + found.rest_of_world == pytest.approx(1.0)
    assert locate(SMALL, PLACES, NEAR, PEOPLE).rest_of_world < 0.1
    assert influence(found).clues[0].rest_of_world < found.rest_of_world


def test_a_shared_error_is_checked_and_says_where_it_comes_from() -> None:
    found = locate(SMALL, PLACES, NEAR, PEOPLE)
    assert found.shared_error.source == "prior"
    assert found.to_dict()["shared_error"]["source"] == "prior"
    for wrong in (
        lambda: SharedError((1.0,), (0.5,)),
        lambda: SharedError.about(-1.0),
        lambda: SharedError((-1.0,), (1.0,)),
    ):
        with pytest.raises(InputError):
            wrong()
    error = SharedError.about(100.0)
    r = np.linspace(0.0, 30000.0, 300_001)
    assert float(np.sum(error.density(r) * 2.0 * np.pi * r) * (r[1] - r[0])) == pytest.approx(1.0, abs=1e-3)
    assert float(error.cdf(np.array([error.median_m]))[0]) == pytest.approx(0.5, abs=1e-3)


def test_the_size_of_a_shared_error_is_learned_from_solved_cases_of_other_maps() -> None:
    """Spots that lie 100 m from where the story points teach about 100 m; the case's own map teaches it nothing."""
    found = locate(SMALL, PLACES, NEAR, PEOPLE)
    lon, lat = found.best()
    north = 100.0 / 110_600.0
    far = [Solved(found, lon, lat + north, map=f"map {number}") for number in range(4)]
    close = [Solved(found, lon, lat, map=f"map {number}") for number in range(4)]
    prior = SharedError.about(60.0)
    assert learn_shared_error(far, prior).median_m > 1.2 * learn_shared_error(close, prior).median_m
    assert learn_shared_error(far, prior).source == "learned from 4 solved cases"
    assert learn_shared_error(far[:1], prior, but="map 0") == SharedError(prior.sizes_m, prior.weights, "prior")
