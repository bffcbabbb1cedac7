"""What people bring that cannot be, and what they are told: never a traceback, never a silent guess."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from shapely.geometry import Point, Polygon, box
from typer.testing import CliRunner

from karmalink.cli import app
from karmalink.errors import InputError, KarmalinkError
from karmalink.seek import Area, Clue, Place, Places, Witness, layer, locate, parse_clues, read_places

BOUNDS = (104.90, 11.55, 104.918, 11.568)
PLACES = Places(
    [
        Place("a", "North Hill", Point(104.909, 11.5665), radius_m=50),
        Place("b", "South Hill", Point(104.909, 11.5515), radius_m=50),
        Place("far", "Other Hill", Point(106.0, 13.0)),
    ]
)


def test_contradictory_clues_leave_both_places_and_say_so() -> None:
    area = Area.from_bounds(*BOUNDS, cell_m=25)
    clues = [
        Clue("c1", "in", ("a",), "w"),
        Clue("c2", "in", ("b",), "v"),
        Clue("c3", "near", ("a",), "w", negated=True),
    ]
    found = locate(area, PLACES, clues, [Witness("w", reliability=0.7), Witness("v", reliability=0.7)])
    assert found.probability.sum() + found.rest_of_world == pytest.approx(1.0)
    assert all(0.02 < found.clue_reliability[name] < 0.98 for name in ("c1", "c2", "c3"))
    # They cannot both be right, so that each is believed less than before, and "not on the map" more.
    assert found.clue_reliability["c1"] < found.clue_prior["c1"]


def test_clues_of_certain_witnesses_that_contradict_each_other_end_outside_the_map_or_in_an_answer() -> None:
    area = Area.from_bounds(*BOUNDS, cell_m=25)
    clues = [Clue("c1", "in", ("a",), "w", reliability=1.0), Clue("c2", "in", ("b",), "v", reliability=1.0)]
    certain = [Witness("w", reliability=0.98, strength=np.inf), Witness("v", reliability=0.98, strength=np.inf)]
    found = locate(area, PLACES, clues, certain)
    assert np.isfinite(found.probability).all()
    assert found.probability.sum() + found.rest_of_world == pytest.approx(1.0)


def test_a_clue_beyond_the_map_is_refused_with_how_far_it_is() -> None:
    area = Area.from_bounds(*BOUNDS, cell_m=50)
    with pytest.raises(InputError, match="points off the map") as caught:
        layer(area, Clue("c", "near", ("far",), "w"), PLACES)
    assert "km away" in str(caught.value)
    (proposal,) = parse_clues("near the Other Hill", places=PLACES, area=area).proposals
    assert "lies in the area" in proposal.notes[0]


@pytest.mark.parametrize(
    ("outline", "cell_m", "words"),
    [
        (Polygon([(104.9, 11.5), (104.91, 11.51), (104.91, 11.5), (104.9, 11.51)]), 50, "not valid"),
        (box(-179.9, 10.0, 179.9, 10.1), 50, "antimeridian"),
        (box(10.0, 86.0, 10.1, 86.1), 50, "poles"),
        (box(104.0, 11.0, 105.5, 12.5), 5, "10,000,000 cells"),
        (box(500_000, 1_280_000, 501_000, 1_281_000), 50, "out of range"),
    ],
)
def test_areas_that_cannot_be(outline: Polygon, cell_m: float, words: str) -> None:
    with pytest.raises(InputError) as caught:
        Area.from_polygon(outline, cell_m=cell_m)
    assert words in str(caught.value)


def test_an_area_of_a_thousand_million_cells_says_what_would_fit() -> None:
    with pytest.raises(InputError, match=r"would make a grid of 1,\d{3},\d{3},\d{3} cells") as caught:
        Area.from_bounds(104.0, 11.0, 104.3, 11.3, cell_m=1)
    assert "ask for cells of" in caught.value.next_step


def test_files_in_a_named_projection_are_brought_to_degrees_and_in_an_unnamed_one_refused(tmp_path: Path) -> None:
    path = tmp_path / "places.geojson"
    feature = {
        "type": "Feature",
        "properties": {"id": "a", "name": "A"},
        "geometry": {"type": "Point", "coordinates": [500000, 1280000]},
    }
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32648"}}
    content = {"type": "FeatureCollection", "features": [feature]}
    path.write_text(json.dumps(content | {"crs": named}), encoding="utf-8")
    [place] = read_places(path)
    # UTM zone 48 north: the central meridian is 105° E; 1,280 km from the equator over 110.6 km a degree, and .9996.
    assert place.geometry.x == pytest.approx(105.0, abs=1e-6)
    assert place.geometry.y == pytest.approx(1280 / 0.9996 / 110.6, abs=0.01)
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(KarmalinkError):
        read_places(path)


@pytest.mark.parametrize(
    ("content", "arguments", "words"),
    [
        (b"\xff\xfe near", (), "UTF-8"),
        (b"", (), "the file is empty"),
        (b"near the hill", ("--places", "none.csv"), "no such file"),
        (b"near the hill", ("--case", "none"), "no such case"),
    ],
)
def test_the_command_refuses_what_it_cannot_read(
    tmp_path: Path, content: bytes, arguments: tuple[str, ...], words: str
) -> None:
    path = tmp_path / "told.txt"
    path.write_bytes(content)
    result = CliRunner().invoke(app, ["seek", "parse", str(path), *arguments])
    assert isinstance(result.exception, KarmalinkError)
    assert words in str(result.exception)


def test_a_text_that_says_nowhere_has_no_clues_and_is_all_listed(tmp_path: Path) -> None:
    path = tmp_path / "told.txt"
    path.write_text("He laughed and went home.", encoding="utf-8")
    result = CliRunner().invoke(app, ["seek", "parse", str(path)])
    assert result.exit_code == 0
    assert result.output.startswith("0 clues to confirm")
    assert "nothing in it says where" in result.output
