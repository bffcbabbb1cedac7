"""A lost person: rings become laws, laws a map; somebody who moves is planned for; segments that a team drew."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from typer.testing import CliRunner

from karmalink.cli import app
from karmalink.errors import ImportFaults, InputError, KarmalinkError, ReadError, UnknownName
from karmalink.report import map_page_html, map_svg
from karmalink.rows import LeftOutWarning
from karmalink.seek import (
    RING_LAWS,
    Area,
    Asset,
    Case,
    LognormalLaw,
    LostPerson,
    locate,
    map_page_of,
    moving_search,
    moving_transitions,
    plan_moving,
    read_behaviour,
    read_segments,
    release,
    segments,
)

RUNNER = CliRunner()
RINGS = {0.25: 600.0, 0.5: 1400.0, 0.75: 3000.0, 0.95: 8000.0}
CASE = """
name = "A hiker"
[area]
bounds = [104.88, 11.53, 104.94, 11.59]
cell_m = 200
{area}
[files]
assets = "assets.csv"
[subject]
last_known = [104.909, 11.559]
{subject}
"""
TABLE = "category,terrain,p25_m,p50_m,p75_m,p95_m\nhiker,flat,600,1400,3000,8000\nchild,,100,300,700,2000\n"


def a_case(
    folder: Path, subject: str = 'category = "Hiker"\nterrain = "flat"\nbehaviour = "b.csv"', area: str = ""
) -> Path:
    (folder / "case.toml").write_text(CASE.format(subject=subject, area=area), encoding="utf-8")
    (folder / "b.csv").write_text(TABLE, encoding="utf-8")
    (folder / "assets.csv").write_text("name,sweep_m,speed_kmh,count\nteam,40,2,3\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", RING_LAWS)
def test_a_law_holds_in_the_plane_what_it_says_of_distances(name: str) -> None:
    law = RING_LAWS[name](RINGS)
    for share in (0.1, 0.5, 0.9, 0.97):
        radius = float(law.quantile(share))
        assert float(law.cdf(radius)) == pytest.approx(share, abs=1e-9)
        edges = [edge for edge in (50.0, *RINGS.values()) if edge < radius]
        # ∫ 2πr·density dr, by quadrature
        mass = quad(lambda r: 2 * math.pi * r * float(law.density(r)), 0, radius, points=edges, limit=200)[0]
        assert mass == pytest.approx(share, abs=1e-5)


def test_lognormal_rings_come_back_exactly_and_rings_are_level_inside() -> None:
    law = LognormalLaw(1500.0, 1.1)
    again = LognormalLaw.from_quantiles({share: float(law.quantile(share)) for share in (0.25, 0.5, 0.75, 0.95)})
    assert (again.median_m, again.sigma) == pytest.approx((1500.0, 1.1))
    rings = RING_LAWS["rings"](RINGS)
    assert float(rings.density(700.0)) == float(rings.density(1300.0))
    assert [float(rings.cdf(radius)) for radius in RINGS.values()] == pytest.approx(list(RINGS))


def test_a_prior_is_the_law_over_the_cells_and_the_rest_lies_off_the_map() -> None:
    area = Area.from_bounds(104.88, 11.53, 104.94, 11.59, cell_m=200)
    person = LostPerson(104.909, 11.559, RING_LAWS["smooth"](RINGS))
    found, beyond = person.prior(area)
    assert found.sum() + beyond == pytest.approx(1.0)
    # Slow: points drawn from the law itself
    draw = np.random.default_rng(3)
    radius, angle = person.law.quantile(draw.random(40_000)), draw.random(40_000) * 2 * math.pi
    x, y = area.xy_of(104.909, 11.559)
    cells = area.cells_at_xy(x + radius * np.cos(angle), y + radius * np.sin(angle))
    assert (cells < 0).mean() == pytest.approx(beyond, abs=0.01)
    drawn = np.bincount(cells[cells >= 0], minlength=area.n) / radius.size
    assert np.abs(drawn - found).sum() < 0.12
    assert found[area.cell_at(104.909, 11.559)] == pytest.approx(drawn.max(), abs=0.005)


def test_the_moving_target_of_the_design_is_found_with_its_value() -> None:
    walk = [[0.6, 0.4, 0.0], [0.3, 0.4, 0.3], [0.0, 0.4, 0.6]]
    found = moving_search([0.5, 0.3, 0.2], walk, [1.0, 1.0, 1.0])
    assert found.value == pytest.approx(0.66290168, abs=1e-8)
    assert found.upper_bound - found.value < 1e-8
    assert found.found_by[-1] == pytest.approx(found.value)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 3), st.integers(1, 3))
def test_a_moving_search_is_what_paths_say_and_no_other_spread_is_better(seed: int, cells: int, periods: int) -> None:
    draw = np.random.default_rng(seed)
    p = draw.dirichlet(np.ones(cells)) * 0.9
    chain = draw.dirichlet(np.ones(cells + 1), size=cells)[:, :cells]  # the last column leaves for good
    efforts, areas = draw.uniform(0.2, 2.0, periods), draw.uniform(0.5, 2.0, cells)

    def by_paths(z: np.ndarray) -> float:
        total = 0.0
        for length in range(1, periods + 1):
            for path in itertools.product(range(cells), repeat=length):
                chance = p[path[0]] * math.prod(chain[a, b] for a, b in itertools.pairwise(path))
                if length < periods:
                    chance *= 1.0 - chain[path[-1]].sum()
                total += chance * -math.expm1(-sum(z[t, cell] for t, cell in enumerate(path)))
        return total

    found = moving_search(p, chain, efforts, areas)
    assert found.value == pytest.approx(by_paths(found.effort / areas), abs=1e-9)
    assert found.effort.sum(axis=1) == pytest.approx(efforts)
    assert found.gap < 1e-6
    for _ in range(20):
        other = draw.dirichlet(np.ones(cells), size=periods) * efforts[:, None] / areas
        assert by_paths(other) <= found.upper_bound + 1e-12


def test_transitions_are_the_walk_from_cell_to_cell() -> None:
    area = Area.from_bounds(104.90, 11.55, 104.92, 11.57, cell_m=100)
    ground = segments(area, 400)
    chain = moving_transitions(ground, speed_kmh=1.0, hours=1.0, stays=0.3)
    assert (chain.sum(axis=1) <= 1.0 + 1e-9).all()
    middle = ground.number(str(ground.at(104.91, 11.56)))
    draw = np.random.default_rng(1)
    cells = np.flatnonzero(ground.labels == middle)
    start = draw.choice(cells, 60_000)
    radius, angle = draw.gamma(2.0, 500.0, start.size), draw.random(start.size) * 2 * math.pi
    goal = area.cells_at_xy(area.x[start] + radius * np.cos(angle), area.y[start] + radius * np.sin(angle))
    moved = np.bincount(ground.labels[goal[goal >= 0]], minlength=len(ground)) / start.size
    slow = 0.7 * moved
    slow[middle] += 0.3
    assert np.abs(chain[middle] - slow).max() < 0.01
    assert chain[middle].sum() == pytest.approx(slow.sum(), abs=0.01)


def test_who_crosses_ground_in_no_segment_comes_back(tmp_path: Path) -> None:
    area = Area.from_bounds(104.90, 11.55, 104.93, 11.58, cell_m=100)
    found = locate(area, [], [], [], prior=np.exp(-np.hypot(area.x, area.y) / 400), rest_of_world=0.01)
    (tmp_path / "s.geojson").write_text(json.dumps(SHAPES["features"][1]), encoding="utf-8")  # type: ignore[index]
    ground = read_segments(tmp_path / "s.geojson", area)
    plan = plan_moving(found, [Asset("a", 1e-3, 1)], ground, speed_kmh=1.0, stays=0.3, periods=3)
    # Slow: walkers from cell to cell, of whom nobody is found
    draw = np.random.default_rng(2)
    cells = draw.choice(area.n, 60_000, p=found.probability / found.probability.sum())
    x, y = area.x[cells], area.y[cells]
    for period in range(3):
        at = area.cells_at_xy(x, y)
        share = (ground.labels[at[at >= 0]] == 0).sum() / at.size * found.probability.sum()
        assert plan.search.probability[period, 0] == pytest.approx(share, abs=0.012)
        x = np.where(at < 0, np.inf, x)  # who leaves the map is gone
        going = draw.random(x.size) > 0.3
        radius, angle = draw.gamma(2.0, 500.0, x.size) * going, draw.random(x.size) * 2 * math.pi
        x, y = x + radius * np.cos(angle), y + radius * np.sin(angle)


def test_few_cells_of_a_large_map_say_what_all_of_them_say(monkeypatch: pytest.MonkeyPatch) -> None:
    ground = segments(Area.from_bounds(104.90, 11.55, 104.93, 11.58, cell_m=50), 500)
    every = moving_transitions(ground, 1.5)
    monkeypatch.setattr("karmalink.seek.planning.moving_targets._CELLS", 1200)
    assert np.abs(moving_transitions(ground, 1.5) - every).max() < 0.02


def test_a_case_of_a_person_needs_no_clue_and_says_how_likely_they_are_off_the_map(tmp_path: Path) -> None:
    held = Case.read(a_case(tmp_path))
    found = held.map()
    assert held.area.cell_at(104.909, 11.559) == int(np.argmax(found.probability))
    assert held.subject is not None
    off = held.subject.prior(held.area)[1]
    assert found.rest_of_world == pytest.approx(1.0 - 0.9 * (1.0 - off), abs=1e-6)
    assert held.to_dict()["subject"]["category"] == "Hiker"
    assert "104.9" not in repr(held.subject)


def test_own_finds_teach_the_law(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text(
        "category,terrain,distance_m\n" + "".join(f"hiker,flat,{400 * k}\n" for k in range(1, 9)), encoding="utf-8"
    )
    held = Case.read(a_case(tmp_path, 'category = "hiker"\nfinds = "f.csv"'))
    assert held.subject is not None
    assert 1000 < float(held.subject.law.quantile(0.5)) < 2500


FAULTS = {
    'category = "hiker"': "one of the three says how far such people are found",
    'category = "hikr"\nbehaviour = "b.csv"': "hiker",
    'behaviour = "b.csv"': "which category?",
    'category = "hiker"\nterrain = "sea"\nbehaviour = "b.csv"': "no distances for 'hiker' in terrain 'sea'",
    'category = "hiker"\nbehaviour = "b.csv"': "which terrain?",
    "within_m = { 50 = 2000 }": "these distances are not rings",
    "within_m = { 50 = 2000, 95 = 100 }": "these distances are not rings",
    'within_m = { half = 2000, 95 = "far" }': "is not percent = metres",
    'within_m = { 50 = 2000, 95 = 9000 }\nlaw = "gaussian"': "unknown law 'gaussian'",
    "within_m = { 50 = 2000, 95 = 9000 }\nspeed_kmh = 90": "is out of range",
    "within_m = { 50 = 2000, 95 = 9000 }\nstays = 0.5": "needs speed_kmh",
    'finds = "f.csv"\nbehaviour = "b.csv"': "behaviour and finds",
    'behaviour = "none.csv"': "none.csv",
}


@pytest.mark.parametrize("subject", FAULTS)
def test_what_is_wrong_with_a_subject_is_said(tmp_path: Path, subject: str) -> None:
    with pytest.raises(KarmalinkError) as caught:
        Case.read(a_case(tmp_path, subject))
    assert FAULTS[subject] in str(caught.value)


def test_a_point_that_is_not_on_the_map_s_ground_is_said(tmp_path: Path) -> None:
    subject = "within_m = { 50 = 200, 95 = 400 }\nlaw = 'lognormal'"
    path = a_case(tmp_path, subject)
    text = (path / "case.toml").read_text(encoding="utf-8")
    for point, said in (
        ("[11.559, 10.0]", "longitude comes first"),
        ("[104.9, 95]", "latitude"),
        ("[1]", "two numbers"),
    ):
        (path / "case.toml").write_text(text.replace("[104.909, 11.559]", point), encoding="utf-8")
        with pytest.raises(KarmalinkError) as caught:
            Case.read(path).map()
        assert said in str(caught.value)


def test_a_row_of_the_table_that_does_not_grow_is_a_fault_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("category,p25_m,p50_m\nhiker,900,800\nchild,,5\n", encoding="utf-8")
    with pytest.raises(ImportFaults) as caught:
        read_behaviour(tmp_path / "b.csv")
    assert "larger distance" in str(caught.value)
    assert "two distances or more" in str(caught.value)


def test_a_number_that_cannot_be_read_is_one_fault_and_not_two(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("category,p50_m,p95_m\nhiker,900,far\n", encoding="utf-8")
    with pytest.raises(ImportFaults) as caught:
        read_behaviour(tmp_path / "b.csv")
    assert len(caught.value.faults) == 1


def test_finds_without_that_category_or_terrain_say_what_there_is(tmp_path: Path) -> None:
    rows = "".join(f"hiker,flat,{400 * k}\n" for k in range(1, 9))
    (tmp_path / "f.csv").write_text(f"category,terrain,distance_m\n{rows}", encoding="utf-8")
    for said, subject in (
        ("leave terrain out of [subject]", 'category = "hiker"\nterrain = "sea"'),
        ("did you mean 'hiker'?", 'category = "hikker"'),
        ("which category?", ""),
    ):
        with pytest.raises(UnknownName) as caught:
            Case.read(a_case(tmp_path, f'{subject}\nfinds = "f.csv"'))
        assert said in str(caught.value)
    with pytest.raises(InputError, match="finds teach a law of their own"):
        Case.read(a_case(tmp_path, 'category = "hiker"\nfinds = "f.csv"\nlaw = "rings"'))


def test_the_map_of_a_person_shows_where_they_were_last_and_runs_no_text(tmp_path: Path) -> None:
    subject = 'category = "<script>alert(1)</script>"\nwithin_m = { 50 = 1400, 95 = 8000 }\nlaw = "lognormal"'
    held = Case.read(a_case(tmp_path, subject))
    page = map_page_of(held, release(held, held.map()))
    assert page.data["last_known"]["at"] == [11.559, 104.909]
    html = map_page_html(page)
    assert "<script>alert" not in html
    assert "half of such people are found within 1.4 km of the last known point" in html.replace("\u00a0", " ")
    drawing = map_svg(held, release(held, held.map()))
    assert "last known point" in drawing
    assert "<script" not in drawing
    said = RUNNER.invoke(app, ["seek", "map", str(tmp_path)]).stdout
    assert "half of such people are found within 1.4 km" in said
    assert "how likely each is right" not in said
    assert "Shared error" not in said


SHAPES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {"type": kind, "coordinates": points},
        }
        for name, kind, points in (
            ("Ridge", "LineString", [[104.89, 11.54], [104.92, 11.57]]),
            (
                "Lake",
                "Polygon",
                [[[104.90, 11.54], [104.93, 11.54], [104.93, 11.56], [104.90, 11.56], [104.90, 11.54]]],
            ),
            ("Hut", "Point", [104.91, 11.55]),
            ("Elsewhere", "LineString", [[100.0, 10.0], [100.1, 10.1]]),
        )
    ],
}


def test_own_segments_keep_their_names_and_ground_and_the_first_has_what_two_share(tmp_path: Path) -> None:
    (tmp_path / "s.geojson").write_text(json.dumps(SHAPES), encoding="utf-8")
    area = Area.from_bounds(104.88, 11.53, 104.94, 11.59, cell_m=100)
    with pytest.warns(LeftOutWarning, match="point"):
        ground = read_segments(tmp_path / "s.geojson", area, trail_m=150)
    assert ground.names == ("Ridge", "Lake")
    assert ground.at(104.905, 11.555) == "Ridge"
    assert ground.at(104.925, 11.545) == "Lake"
    assert ground.at(104.885, 11.585) is None
    # Slow: every cell whose centre is within 150 m of the line
    (ax, ay), (bx, by) = area.xy_of(104.89, 11.54), area.xy_of(104.92, 11.57)
    step = np.clip(((area.x - ax) * (bx - ax) + (area.y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2), 0, 1)
    off = np.hypot(area.x - ax - step * (bx - ax), area.y - ay - step * (by - ay))
    assert ((ground.labels == 0) == (off < 150)).mean() > 0.999
    lon, lat = ground.centres[0]
    assert ground.at(float(lon), float(lat)) == "Ridge"
    with pytest.raises(UnknownName, match="as in their file"):
        ground.number("A1")


def test_moving_plans_with_own_segments_and_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "s.geojson").write_text(json.dumps(SHAPES), encoding="utf-8")
    subject = "within_m = { 50 = 1400, 95 = 8000 }\nspeed_kmh = 2"
    path = a_case(tmp_path, subject, 'segments = "s.geojson"\ntrail_m = 150')
    result = RUNNER.invoke(app, ["seek", "moving", str(path), "--periods", "2"])
    assert result.exit_code == 0, result.exception
    assert "2 periods of 1 h with 3 searchers find the person with" in result.output
    assert "Ridge" in result.stdout
    assert "1 point" in result.stderr
    found = json.loads(RUNNER.invoke(app, ["seek", "moving", str(path), "--periods", "2", "--json"]).stdout)
    assert sum(row["hours"] for row in found["segments"]) == pytest.approx(6.0, abs=0.05)
    still = a_case(tmp_path, "within_m = { 50 = 1400, 95 = 8000 }")
    assert "speed_kmh" in str(RUNNER.invoke(app, ["seek", "moving", str(still)]).exception)


def test_ground_in_no_segment_is_said_and_no_team_is_sent_there(tmp_path: Path) -> None:
    (tmp_path / "s.geojson").write_text(json.dumps(SHAPES), encoding="utf-8")
    path = a_case(tmp_path, "within_m = { 50 = 1400, 95 = 8000 }", 'segments = "s.geojson"\ntrail_m = 150')
    said = RUNNER.invoke(app, ["seek", "plan", str(path)]).stdout
    assert "of the probability lies on ground that is in no segment" in said
    (tmp_path / "s.csv").write_text("id,name,lon,lat\na,A,104.9,11.55\n", encoding="utf-8")
    with pytest.raises(ReadError, match="a table of points holds no ground"):
        Case.read(a_case(tmp_path, "within_m = { 50 = 1400, 95 = 8000 }", 'segments = "s.csv"'))


def test_nothing_that_is_a_segment_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s.geojson").write_text(json.dumps(SHAPES["features"][2]), encoding="utf-8")  # type: ignore[index]
    area = Area.from_bounds(104.88, 11.53, 104.94, 11.59, cell_m=200)
    with pytest.raises(InputError, match="nothing in the file is a segment"), pytest.warns(LeftOutWarning):
        read_segments(tmp_path / "s.geojson", area)
