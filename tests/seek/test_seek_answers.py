"""Reliabilities learned without the truth, on answers whose truth is known because it was made up."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from karmalink.errors import CannotAnswer, ImportFaults, InputError, UnknownName
from karmalink.seek import Answers, fuse, learn_reliabilities, read_answers
from karmalink.seek.answers.pooling import clouds, core, spreads
from karmalink.seek.ground.sphere import distance_km, from_lonlat, median_point, moved, to_lonlat

SPREADS = np.array([1.0, 2.0, 4.0, 8.0, 30.0])


def made_up(seed: int = 0, count: int = 200, middle: tuple[float, float] = (104.0, 12.0), spread=SPREADS):
    """Answers with known median errors, one in twenty of them gross, and the truth as unit vectors."""
    rng = np.random.default_rng(seed)
    lon = middle[0] + rng.uniform(-3, 3, count)
    truth = from_lonlat(lon, np.clip(middle[1] + rng.uniform(-3, 3, count), -89.9, 89.9))
    km = spread * np.exp(rng.normal(0, 0.8, (count, spread.size)))
    km = np.where(rng.random(km.shape) < 0.05, rng.uniform(50, 300, km.shape), km)
    turn = rng.uniform(0, 2 * np.pi, km.shape)
    points = np.stack(
        [
            np.stack([moved(truth[n], km[n, m : m + 1], turn[n, m : m + 1])[0] for m in range(spread.size)])
            for n in range(count)
        ]
    )
    where_lon, where_lat = to_lonlat(points)
    names = tuple(f"w{m}" for m in range(spread.size))
    return Answers(tuple(str(n) for n in range(count)), names, where_lon, where_lat, np.full(km.shape, 2.0)), truth


def error(found, truth) -> np.ndarray:
    return distance_km(from_lonlat(found.lon, found.lat), truth)


@pytest.fixture(scope="module")
def answered():
    answers, truth = made_up()
    return answers, truth, fuse(answers)


def test_grubbs_spreads_are_found_without_the_truth(answered) -> None:
    _, _, found = answered
    ratio = found.learned.spread_km / SPREADS
    assert ((ratio[1:] > 0.7) & (ratio[1:] < 1.4)).all()
    assert 0.5 < ratio[0] < 2.5  # hidden under what the others are off
    assert np.argsort(found.learned.spread_km).tolist() == [0, 1, 2, 3, 4]
    assert found.learned.held_out == "w0"
    assert (np.abs(found.learned.bias_km[:4]) < 4 * found.learned.bias_error_km[:4, None]).all()


def test_what_all_say_together_is_no_worse_than_the_best_of_them(answered) -> None:
    answers, truth, found = answered
    best = np.median(distance_km(answers.points[:, 0], truth))
    assert np.median(error(found, truth)) < best * 1.15
    assert found.expected_km.mean() > 0


def test_regions_hold_the_truth_as_often_as_they_say(answered) -> None:
    """Errors are independent here, while the pool allows for shared ones: regions may be too large, not too small."""
    _, truth, found = answered
    level = found.level(*to_lonlat(truth))
    for mass in (0.5, 0.8, 0.95):
        assert (level <= mass).mean() > mass - 3 * np.sqrt(mass * (1 - mass) / level.size)
    sizes = [np.median(found.region_km2(mass)) for mass in (0.5, 0.8, 0.95)]
    assert sizes == sorted(sizes)


def test_a_density_has_the_mass_one(answered) -> None:
    answers, _, found = answered
    cloud = clouds(answers.points[:3], answers.given[:3], 64)
    lon, lat = to_lonlat(cloud.points)
    some = Answers(answers.statements[:3], answers.witnesses, answers.lon[:3], answers.lat[:3], answers.radius_km[:3])
    part = fuse(some, found.learned)
    density = np.array([part.log_density(lon[:, j], lat[:, j]) for j in range(0, lon.shape[1], 7)])
    mass = (np.exp(density) * np.exp(cloud.log_km2.T[::7])).sum(axis=0) * 7
    np.testing.assert_allclose(mass, 1.0, atol=0.5)


def test_a_place_whose_truth_is_unknown_is_in_no_region(answered) -> None:
    _, truth, found = answered
    lon, lat = to_lonlat(truth)
    lon[3] = np.nan
    assert np.flatnonzero(np.isnan(found.level(lon, lat))).tolist() == [3]
    assert np.flatnonzero(np.isnan(found.log_density(lon, lat))).tolist() == [3]


def test_progress_is_told_while_witnesses_are_learned() -> None:
    steps: list[tuple[int, int]] = []
    fuse(made_up(1, 40)[0], progress=lambda done, total: steps.append((done, total)))
    assert steps == [(done, len(steps)) for done in range(1, len(steps) + 1)]
    assert steps


def test_a_copied_witness_changes_little() -> None:
    answers, truth = made_up(1, 120)
    twice = Answers(
        answers.statements,
        (*answers.witnesses, "copy"),
        *(np.column_stack([values, values[:, 2]]) for values in (answers.lon, answers.lat, answers.radius_km)),
    )
    one, two = fuse(answers), fuse(twice)
    assert two.learned.copies[2, 5] == pytest.approx(1.0)
    assert two.learned.spread_km[0] == pytest.approx(one.learned.spread_km[0], rel=0.3)
    assert abs(np.median(error(two, truth)) - np.median(error(one, truth))) < 0.25


def test_missing_answers_are_no_answers() -> None:
    answers, truth = made_up(2, 120)
    lon = answers.lon.copy()
    lon[np.random.default_rng(0).random(lon.shape) < 0.4] = np.nan
    lon[5] = np.nan
    found = fuse(Answers(answers.statements, answers.witnesses, lon, answers.lat, answers.radius_km))
    assert np.isnan(found.lon[5])
    assert np.isfinite(np.delete(found.lon, np.flatnonzero(np.isnan(lon).all(axis=1)))).all()
    assert np.isnan(found.reliability[np.isnan(lon)]).all()
    assert np.nanmedian(error(found, truth)) < 2.0
    json.dumps(found.to_dict(), allow_nan=False)


def test_places_across_the_antimeridian_are_one_place() -> None:
    here, truth = made_up(3, 60, (0.0, 10.0))
    there = Answers(here.statements, here.witnesses, (here.lon + 360.0) % 360.0 - 180.0, here.lat, here.radius_km)
    away = from_lonlat(to_lonlat(truth)[0] - 180.0, to_lonlat(truth)[1])
    np.testing.assert_allclose(error(fuse(there), away), error(fuse(here), truth), atol=1e-3)


def test_who_is_contradicted_is_said(answered) -> None:
    answers, truth, found = answered
    gross = distance_km(answers.points[:, 0], truth) > 100
    fine = distance_km(answers.points[:, 0], truth) < 2
    assert found.reliability[gross, 0].mean() < 0.4 < 0.9 < found.reliability[fine, 0].mean()
    row = int(np.flatnonzero(gross)[0])
    names = [name for name, _ in found.contradicted(str(row))]
    assert names.index("w0") < 2
    with pytest.raises(UnknownName, match="no statement"):
        found.contradicted("nowhere")


def test_claimed_radii_that_tell_are_used_and_others_are_not() -> None:
    answers, truth = made_up(4, 150)
    off = np.maximum(distance_km(answers.points, truth[:, None]), 0.05)
    telling = Answers(answers.statements, answers.witnesses, answers.lon, answers.lat, off)
    assert learn_reliabilities(telling).radius_power > 0
    assert np.median(error(fuse(telling), truth)) < np.median(error(fuse(answers), truth))


def test_learned_witnesses_can_be_put_into_a_case(answered) -> None:
    _, _, found = answered
    known = found.learned.as_witnesses()
    assert [witness.id for witness in known] == list(found.learned.witnesses)
    assert all(0.02 <= witness.prior <= 0.98 for witness in known)
    table = found.learned.to_dataframe()
    assert table["spread_km"].is_monotonic_increasing
    assert repr(found).startswith("Fused(200 of 200")
    assert "usually off by" in repr(found.learned)
    assert len(found.to_dataframe()) == 200
    assert repr(found.answers).startswith("Answers(1000")


def test_two_witnesses_cannot_tell_which_of_them_is_wrong() -> None:
    answers, _ = made_up(5, 30, spread=SPREADS[:2])
    with pytest.raises(CannotAnswer, match="cannot be learned"):
        fuse(answers)


def test_all_answers_alike_cannot_tell_either() -> None:
    same = np.full((20, 4), 1.0)
    with pytest.raises(CannotAnswer):
        learn_reliabilities(Answers(tuple("abcdefghijklmnopqrst"), tuple("wxyz"), same, same, same))


def test_correlated_errors_of_two_are_seen() -> None:
    answers, _ = made_up(6, 200, spread=np.array([1.0, 1.5, 3.0, 4.0, 2.0, 2.5]))
    lon, lat = (values.copy() for values in (answers.lon, answers.lat))
    lon[:, 3] = lon[:, 2] + np.random.default_rng(0).normal(0, 0.003, len(lon))
    lat[:, 3] = lat[:, 2] + np.random.default_rng(1).normal(0, 0.003, len(lat))
    found = spreads(Answers(answers.statements, answers.witnesses, lon, lat, answers.radius_km))
    assert found.correlation[2, 3] > 0.5
    assert found.correlation[0, 1] == 0.0


def test_the_median_point_beats_its_neighbours() -> None:
    rng = np.random.default_rng(0)
    points = from_lonlat(rng.uniform(10, 11, (1, 9)), rng.uniform(50, 51, (1, 9)))
    weights = rng.random((1, 9))
    middle = median_point(points, weights)

    def cost(spot: np.ndarray) -> float:
        return float((weights * distance_km(points, spot)).sum())

    for spot in moved(middle[0], np.full(8, 1.0), np.arange(8) * np.pi / 4):
        assert cost(middle[:, None]) <= cost(spot[None, None]) + 1e-3


def test_moving_at_a_pole_and_half_the_mass_of_the_core() -> None:
    pole = from_lonlat(0.0, 90.0)
    np.testing.assert_allclose(distance_km(moved(pole, np.array([5.0]), np.array([1.0]))[0], pole), 5.0, rtol=1e-6)
    r = np.linspace(0, np.sqrt(3.0), 20001)
    mass = np.sum(core(0.5 * (r[1:] + r[:-1]), np.ones(1)) * np.pi * np.diff(r**2))
    assert mass == pytest.approx(0.5, abs=1e-6)


def test_a_table_of_answers_is_read(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_text("statement,witness,lon,lat,radius_km\na,x,1,2,3\na,y,1.5,2,\nb,x,4,5,1\n", encoding="utf-8")
    answers = read_answers(path)
    assert answers.statements == ("a", "b")
    assert answers.witnesses == ("x", "y")
    assert answers.given.tolist() == [[True, True], [True, False]]
    assert answers.claims[0].tolist() == [1.5, 1.0]
    path.write_text("statement,witness,lon,lat\na,x,1,95\n", encoding="utf-8")
    with pytest.raises(ImportFaults):
        read_answers(path)


@pytest.mark.parametrize(("lon", "lat"), [([[400.0]], [[1.0]]), ([[1.0]], [[91.0]]), ([[1.0, 2.0]], [[1.0]])])
def test_answers_off_the_globe_are_refused(lon: list[list[float]], lat: list[list[float]]) -> None:
    with pytest.raises(InputError):
        Answers(("a",), ("x",), np.array(lon), np.array(lat), np.array([[1.0]]))


def test_what_was_learned_of_others_is_refused(answered) -> None:
    answers, _, found = answered
    renamed = Answers(answers.statements, tuple("abcde"), answers.lon, answers.lat, answers.radius_km)
    with pytest.raises(InputError, match="other witnesses"):
        fuse(renamed, found.learned)
    with pytest.raises(InputError, match="mass must be between 0 and 1"):
        found.region_km2(1.5)
    with pytest.raises(InputError, match="one per statement"):
        found.level([1.0], [2.0])
