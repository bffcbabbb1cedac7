"""The evaluation's cases on made-up folders: odd rows are passed over, too little data is said, nothing crashes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from evaluation.seek import bels, biogeomancer, mapscore, skydrop
from evaluation.seek.clause_match import score
from evaluation.seek.gold_clauses import Statement, clue_of
from evaluation.seek.rings import read_rings
from evaluation.seek.testimony import exact_interval
from shapely.geometry import LineString, Point

from karmalink.seek import Place, Places, clause_type, parse_clues

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "seek"
TABLE = """
    if Subject_Category == "Hiker":
        if EcoReg == "Dry" and Terrain == "Flat":
            Distances = [1.0,2.0,3.0,9.0]
        else:
            Distances = [0.5,1.0,2.0,6.0]
    elif Subject_Category == "Child (1-3)":
        Distances = [0.1,0.2,0.4,1.6]
    elif Subject_Category == "Child (4-6)":
        Distances = [0.4,0.8,1.6,6.4]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty data folder with a place for each case."""
    for name in ("bels", "biogeomancer", "lpb", "mapscore", "skydrop"):
        (tmp_path / "seek" / name).mkdir(parents=True)
    return tmp_path


def test_ring_tables_are_read_by_category_region_and_terrain(folder: Path) -> None:
    (folder / "seek" / "lpb" / "any.py").write_text(TABLE, encoding="utf-8")
    table = read_rings(folder / "seek" / "lpb")
    mile = 1609.344
    assert table.radii("Hiker", "Dry", "Flat") == pytest.approx(np.array([1.0, 2.0, 3.0, 9.0]) * mile)
    assert table.radii("Hiker", "Dry", "Mountainous") == pytest.approx(np.array([0.5, 1.0, 2.0, 6.0]) * mile)
    assert table.radii("Child", "Dry", "Flat") == pytest.approx(np.array([0.2, 0.4, 0.8, 3.2]) * mile)
    assert table.radii("Astronaut", "Dry", "Flat") is None


def test_mapscore_on_made_up_cases(folder: Path) -> None:
    (folder / "seek" / "lpb" / "any.py").write_text(TABLE, encoding="utf-8")
    rng = np.random.default_rng(0)
    head = "Case_Name,IPP Lat,IPP Lon,Find Lat,Find Lot,Watershed,SubjectCategory,Eco Region,Terrain,Distance\n"
    rows = [
        f"c{n},31,-110,{31 + rng.normal(0, 0.02):.5f},{-110 + rng.normal(0, 0.02):.5f},0,Hiker,Dry,Flat,1"
        for n in range(14)
    ]
    odd = ["odd,x,-110,31,-110,0,Hiker,Dry,Flat,1", "short,31", "alien,31,-110,31.1,-110,0,Astronaut,Dry,Flat,1"]
    (folder / "seek" / "mapscore" / "more_cases.csv").write_text(head + "\n".join(rows + odd), encoding="utf-8")
    figures = mapscore.run(folder)
    assert {"Rossmo R, lost people on foot", "log score, learned law − rings, nats a case"} <= {
        f.measure for f in figures
    }
    (folder / "seek" / "mapscore" / "more_cases.csv").write_text(head + rows[0], encoding="utf-8")
    assert mapscore.run(folder)[0].note == "too few to say anything"


def test_bels_on_made_up_rows(folder: Path) -> None:
    rng = np.random.default_rng(1)
    head = (
        "dwc_location_hash,v_country,v_countrycode,v_stateprovince,v_county,v_municipality,v_locality,"
        "v_decimallatitude,v_decimallongitude\n"
    )
    spots = rng.normal(0, 0.1, (30, 4, 2)) + np.array([10.0, 20.0])
    rows = [
        f"h{place}-{n},Land,LA,State,County{place},,,{spots[place, n, 0] + place / 10:.4f},{spots[place, n, 1]:.4f}"
        for place in range(30)
        for n in range(4)
    ]
    odd = ["bad,Land,LA,State,County1,,,north,20", "far,Land,LA,State,County1,,,95,20", "short,Land"]
    (folder / "seek" / "bels" / "rows.csv").write_text(head + "\n".join(rows + odd), encoding="utf-8")
    figures = bels.run(folder)
    counties = [figure for figure in figures if "county" in figure.case]
    assert any("log score" in figure.measure for figure in counties)
    assert any("too few" in figure.note for figure in figures)


def test_skydrop_and_biogeomancer_on_made_up_files(folder: Path) -> None:
    head = "hunt,day,date,latitude,longitude,diameter_miles,is_truth\n"
    circles = [
        f"{hunt},{d},{month}/{d}/2030,43.{d:02d},-71,{40 - 4 * d},0"
        for hunt, month in (("A", 1), ("B", 2))
        for d in range(1, 9)
    ]
    truths = [
        "A,9,1/9/2030,43.1,-71,0.01,1",
        "B,9,2/9/2030,43.05,-71,0.01,1",
        "C,1,3/1/2030,43,-71,9,0",
        "D,1,soon,43,-71,9,0",
    ]
    (folder / "seek" / "skydrop" / "any.csv").write_text(head + "\n".join(circles + truths), encoding="utf-8")
    (figure,) = skydrop.run(folder)
    assert figure.measure.startswith("B: days")
    clauses = [f"foh\t{n} mi N of Dorris" for n in range(40)] + ["odd row", "f\t"]
    (folder / "seek" / "biogeomancer" / "any.tab").write_text(
        "TypeCode\tLocality\n" + "\n".join(clauses), encoding="utf-8"
    )
    assert biogeomancer.run(folder)[0].value == "1.0000"


@pytest.mark.real_data
def test_clause_types_of_the_half_nothing_was_tuned_on() -> None:
    path = DATA / "biogeomancer" / "locs.tab"
    if not path.is_file():
        pytest.skip(f"the real cases are not here ({path})")
    held = [(kind, text) for kind, text in biogeomancer._clauses(path) if biogeomancer._held_out(text)][::8]
    assert np.mean([clause_type(text) == kind for kind, text in held]) > 0.97


# Testimony: gold clauses as clues, and the matching.

_PLACES = Places(
    [
        Place("mill", "Rice Mill", Point(104.9, 11.55), aliases=("the mill",)),
        Place("tower", "Water Tower", Point(104.92, 11.56)),
        Place("road", "North Road", LineString([(104.9, 11.55), (104.9, 11.6)])),
    ]
)


def _gold(relation: str, *refs: str, **more: object) -> dict[str, object]:
    return {"relation": relation, "refs": list(refs), "words": "", "span": [0, 5], "hedge": "certain", **more}


def _scored(text: str, *gold: dict[str, object], loose: tuple[str, ...] = ()):
    said = Statement("s", "w", text, gold, loose, "spatial", True, None)
    return score([(said, parse_clues(text, places=_PLACES, one_voice=True).proposals)], _PLACES)


@pytest.mark.parametrize(
    ("gold", "counts"),
    [
        (_gold("distance_heading", "Rice Mill", si=400, si_unit="m", value=400, heading_deg=0.0), (1, 0, 0)),
        (_gold("distance_heading", "Rice Mill", si=300, si_unit="m", value=300, heading_deg=0.0), (0, 1, 1)),
        (_gold("distance_heading", "Rice Mill", si=400, si_unit="m", value=400, heading_deg=45.0), (0, 1, 1)),
        (_gold("distance_heading", "Water Tower", si=400, si_unit="m", value=400, heading_deg=0.0), (0, 1, 1)),
        (_gold("near", "Rice Mill", also_accept=["distance_heading"]), (1, 0, 0)),
        (_gold("not_near", "Rice Mill"), (0, 1, 1)),
        (_gold("distance_heading", "Rice Mill", si=400, si_unit="m", heading_deg=0.0, retracted=True), (0, 1, 0)),
    ],
)
def test_a_clause_is_right_where_relation_place_number_and_heading_are(
    gold: dict[str, object], counts: tuple[int, int, int]
) -> None:
    found = _scored("400 m north of the Rice Mill", gold)
    assert (found.right, found.wrong, found.missed) == counts


def test_loose_words_are_neither_right_nor_wrong() -> None:
    found = _scored("near the Rice Mill", loose=("near the Rice Mill",))
    assert (found.right, found.wrong, found.missed) == (0, 0, 0)


def test_left_of_a_road_goes_by_the_direction_of_travel_that_is_said() -> None:
    north = clue_of(_gold("left_of", "North Road", toward="North Road"), _PLACES, "c", "w")
    south = clue_of(_gold("left_of", "North Road", toward="Rice Mill"), _PLACES, "c", "w")
    assert north is not None
    assert south is not None
    assert south.relation == "right"  # the road is drawn away from the mill
    assert clue_of(_gold("near", "Rice Mill", about="witness"), _PLACES, "c", "w") is None
    walk = clue_of(_gold("travel_time", "Rice Mill", si=10, si_unit="min"), _PLACES, "c", "w")
    assert walk is not None
    assert walk.distance_m == pytest.approx(839.5)


def test_the_exact_interval_is_clopper_and_pearson_s() -> None:
    assert exact_interval(3, 6) == pytest.approx((0.1181, 0.8819), abs=1e-4)
    assert exact_interval(0, 10) == pytest.approx((0.0, 0.3085), abs=1e-4)
