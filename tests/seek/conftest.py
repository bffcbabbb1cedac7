"""A small invented town, in degrees near the equator so that metres are easy: 0.001° is 111 m."""

from __future__ import annotations

from pathlib import Path

import pytest
from shapely.geometry import LineString, Point, box

from karmalink.seek import Area, Clue, Place, Places, Witness, parse_heading

DATA = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture
def area() -> Area:
    """Two by two kilometres with cells of 25 m."""
    return Area.from_bounds(104.90, 11.55, 104.918, 11.568, cell_m=25)


@pytest.fixture
def places() -> Places:
    """A pagoda, two markets of one name, a river, a field and a village far away."""
    return Places(
        [
            Place("pagoda", "Old Pagoda", Point(104.909, 11.559), "pagoda", aliases=("Wat Chas",)),
            Place("market-1", "Market", Point(104.904, 11.563), "market"),
            Place("market-2", "Market", Point(104.914, 11.553), "market", weight=3.0),
            Place("river", "River", LineString([(104.90, 11.555), (104.909, 11.556), (104.918, 11.555)]), "river"),
            Place("field", "Field", box(104.911, 11.561, 104.914, 11.563), "field"),
            Place("tree", "Tree", Point(104.903, 11.557)),
            Place("far", "Far Village", Point(105.9, 12.5), "village"),
        ]
    )


@pytest.fixture
def clues() -> list[Clue]:
    """Six clues of three witnesses; the pagoda's north-east is what most of them say."""
    return [
        Clue("c1", "near", ("pagoda",), "monk", distance_m=300),
        Clue("c2", "distance_heading", ("pagoda",), "monk", distance_m=400, heading=parse_heading("NE")),
        Clue("c3", "between", ("pagoda", "field"), "thief"),
        Clue("c4", "along", ("river",), "thief"),
        Clue("c5", "within", ("field",), "dealer"),
        Clue("c6", "near", ("river",), "dealer", negated=True),
    ]


@pytest.fixture
def witnesses() -> list[Witness]:
    """The dealer talked to the thief."""
    return [
        Witness("monk", source_grade="B", info_grade=2),
        Witness("thief", source_grade="D"),
        Witness("dealer", reliability=0.3, talked_to=("thief",)),
    ]


@pytest.fixture(scope="session")
def osm() -> Path:
    """The folder with OpenStreetMap extracts, which are kept outside the project."""
    folder = DATA / "seek" / "osm"
    if not folder.is_dir():
        pytest.skip(f"the real cases are not here ({folder})")
    return folder
