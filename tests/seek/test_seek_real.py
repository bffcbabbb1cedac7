"""The centre of Helsinki, five clues of our own from two witnesses: map, plan, update after an empty search."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from karmalink.cli import app
from karmalink.seek import Case, locate, read_places

# The extract cuts ways and relations at its edge, and says so.
pytestmark = pytest.mark.filterwarnings("ignore::karmalink.rows.LeftOutWarning")
CASE = """
name = "A tin box in the centre of Helsinki"
[area]
bounds = [24.9352, 60.1642, 24.9534, 60.1791]
cell_m = 10
segment_m = 100
[files]
places = "{osm}"
witnesses = "witnesses.csv"
clues = "clues.csv"
assets = "assets.csv"
"""
CLUES = """id,witness,relation,places,distance_m,heading,negated
c1,porter,near,Rautatientori,,,
c2,porter,distance_heading,Kolme seppää,300,NE,
c3,porter,between,Ateneum;Kansallisteatteri,,,
c4,student,along,Mannerheimintie,,,
c5,student,near,Vanha kirkko,,,yes
"""
RAILWAY_SQUARE = (24.9440, 60.1711)


@pytest.fixture
def case(tmp_path: Path, osm: Path) -> Path:
    """The case's folder."""
    (tmp_path / "case.toml").write_text(CASE.format(osm=osm / "Helsinki.osm.pbf"), encoding="utf-8")
    (tmp_path / "clues.csv").write_text(CLUES, encoding="utf-8")
    (tmp_path / "witnesses.csv").write_text(
        "witness,source_grade,info_grade\nporter,B,2\nstudent,D,3\n", encoding="utf-8"
    )
    (tmp_path / "assets.csv").write_text("name,sweep_m,speed_kmh,hours_per_day\nwalker,1.5,1,12\n", encoding="utf-8")
    return tmp_path


def run(*words: object) -> dict[str, object]:
    """Run a command and return its JSON."""
    result = CliRunner().invoke(app, ["seek", *map(str, words), "--json"])
    assert result.exit_code == 0, result.exception
    return json.loads(result.stdout)  # type: ignore[no-any-return]


@pytest.mark.real_data
def test_map_plan_and_an_empty_search_on_a_city(case: Path) -> None:
    found = Case.read(case).map()
    assert found.area_before_find(*RAILWAY_SQUARE) == pytest.approx(0.00515)
    assert found.region(0.9).km2 == pytest.approx(0.0717)
    assert found.rest_of_world == pytest.approx(4.2e-5, abs=5e-7)
    assert found.witness_prior["porter"] == pytest.approx(0.8)
    assert found.witness_reliability["porter"] == pytest.approx(0.984, abs=5e-4)
    # Thirteen things are called Rautatientori; none was picked in silence.
    assert len(found.layers[0].candidates) == 13
    assert found.clue_reliability["c4"] < 0.5 * found.clue_prior["c4"]
    plan = run("plan", case)
    assert plan["gap"] < 1e-9  # type: ignore[operator]
    top = plan["segments"][0]["segment"]  # type: ignore[index]
    after = run("search", case, "--segment", top, "--hours", 6)
    assert after["rest_of_world"] > after["rest_of_world_before"]  # type: ignore[operator]
    assert run("plan", case)["segments"][0]["segment"] != top  # type: ignore[index]


@pytest.mark.real_data
def test_what_a_consistent_account_of_another_spot_would_change(case: Path) -> None:
    held = Case.read(case)
    found = locate(held.area, held.places, held.clues, held.witnesses, shared_error=0.5)
    assert found.area_before_find(*RAILWAY_SQUARE) == pytest.approx(0.00515)
    assert found.region(0.9).km2 == pytest.approx(0.3112, abs=5e-4)
    assert found.rest_of_world == pytest.approx(0.0085, abs=5e-5)
    assert found.witness_reliability["porter"] == pytest.approx(0.832, abs=5e-4)


@pytest.mark.real_data
def test_osm_extracts_are_read(osm: Path) -> None:
    city = read_places(osm / "Helsinki.osm.pbf")
    assert len(city) > 1500
    assert city.resolve("Mannerheimvägen")[0].place.name == "Mannerheimintie"
    small = read_places(osm / "planet_small.osm")
    assert len(small) == 6
    assert sum(note.count for note in small.notes) == 2
