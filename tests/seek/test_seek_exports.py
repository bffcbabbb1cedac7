"""What leaves the house: every format read back, coarsened or exact, and what a case withholds."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from seek_case_files import FILES, run

from karmalink.errors import ImportFaults, InputError, MissingExtra, UsageError
from karmalink.rows import LeftOutWarning
from karmalink.seek import Case, Release, SoughtObject, read_gpx, read_places, release, write_export
from karmalink.seek.case.case_settings import CHECKLIST, OBJECT_ID
from karmalink.seek.exports.caltopo import to_caltopo
from karmalink.seek.exports.formats import EXPORTS
from karmalink.seek.exports.geojson import released_geojson
from karmalink.seek.exports.png_map import PALETTE
from karmalink.seek.ground.geojson_shapes import geometry_of

DATA = Path(__file__).parents[2].parent / "shared" / "data"
SOUGHT = """
[sought]
type = "statue"
materials = "gilded bronze, cast"
title = "ព្រះពុទ្ធរូប"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


@pytest.fixture
def case(folder: Path) -> Case:
    return Case.read(folder)


@pytest.fixture
def given(case: Case) -> Release:
    found = case.map()
    return release(case, found, case.plan(found))


def withhold(folder: Path, value: str = '"looted"', extra: str = "") -> Path:
    text = FILES["case.toml"].replace("[area]", f"sensitive = {value}\n{extra}\n[area]")
    (folder / "case.toml").write_text(text, encoding="utf-8")
    return folder


def pixels(raw: bytes) -> tuple[np.ndarray, str]:
    """Decode an indexed PNG: the picture's entries and its description."""
    with Image.open(io.BytesIO(raw)) as opened:
        assert (opened.format, opened.mode, opened.info["transparency"]) == ("PNG", "P", 0)
        return np.asarray(opened), opened.info["Description"]


def test_geojson_and_caltopo_read_back_as_the_ground_that_was_written(given: Release, tmp_path: Path) -> None:
    (plain,) = write_export(given, tmp_path / "a.geojson")
    features = json.loads(plain.read_text(encoding="utf-8"))["features"]
    segments = [f for f in features if f["properties"]["what"] == "segment"]
    plan = given.plan
    assert plan is not None
    assert [f["properties"]["name"] for f in segments] == [plan.ground.names[n] for n in plan.order]
    for feature, number in zip(segments, plan.order, strict=True):
        back = geometry_of(feature, where="a.geojson")
        assert back.symmetric_difference(plan.ground.geometry[number]).area < 1e-3 * back.area
    (topo,) = write_export(given, tmp_path / "b.json")
    places = read_places(topo)
    assert {place.kind for place in places} == {"shape", "assignment", "marker"}
    names = {place.name: place for place in places}
    assert names[plan.ground.names[plan.order[0]]].kind == "assignment"
    assert "50% of the probability" in names
    dressed = to_caltopo(given)["features"]
    assert len({feature["id"] for feature in dressed}) == len(dressed)


def test_kml_reads_back_as_the_ground_that_was_written(given: Release, tmp_path: Path) -> None:
    (path,) = write_export(given, tmp_path / "a.kml")
    names = {place.name: place.geometry for place in read_places(path)}
    plan = given.plan
    assert plan is not None
    first = plan.order[0]
    back = names[f"1 {plan.ground.names[first]}"]
    assert back.symmetric_difference(plan.ground.geometry[first]).area < 1e-3 * back.area
    half = given.probability_map.area.polygons(given.probability_map.region(0.5).cells)
    assert names["50% of the probability"].symmetric_difference(half).area < 1e-3 * half.area
    best = next(f for f in released_geojson(given)["features"] if f["properties"]["what"] == "best")
    assert names["most probable spot"].distance(geometry_of(best, where="")) < 1e-6


def test_gpx_per_team_has_waypoints_and_never_a_track(given: Release, tmp_path: Path) -> None:
    (path,) = write_export(given, tmp_path / "teams.gpx")
    assert path.name == "teams-walker.gpx"
    places = {place.name: place for place in read_places(path)}
    plan = given.plan
    assert plan is not None
    lon, lat = plan.ground.centres[plan.order[0]]
    found = places[plan.ground.names[plan.order[0]]]
    assert (found.geometry.x, found.geometry.y) == pytest.approx((lon, lat), abs=1e-6)
    assert set(places) >= {plan.ground.names[n] for n in plan.order}
    with pytest.raises(InputError, match="no track"):
        read_gpx(path)


def test_the_table_reads_back_with_its_metadata(given: Release, tmp_path: Path) -> None:
    table, about = write_export(given, tmp_path / "a.csv")
    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8"))))
    plan = given.plan
    assert plan is not None
    assert sum(float(row["probability"]) for row in rows) == pytest.approx(
        plan.ground.sum(given.probability_map.probability).sum(), abs=1e-6
    )
    ordered = sorted((int(row["order"]), row["segment"]) for row in rows if row["order"])
    assert [name for _, name in ordered] == [plan.ground.names[n] for n in plan.order]
    meta = json.loads(about.read_text(encoding="utf-8"))
    assert about.name == "a.csv-metadata.json"
    assert [column["name"] for column in meta["tableSchema"]["columns"]] == list(rows[0])
    assert meta["karmalink"]["coarsened_to_m"] is None


def test_the_picture_lies_where_the_grid_lies(given: Release, tmp_path: Path) -> None:
    from pyproj import CRS, Transformer

    image, world, prj = write_export(given, tmp_path / "a.png")
    grid, about = pixels(image.read_bytes())
    area = given.probability_map.area
    assert (grid == 0).sum() == (~area.mask).sum()
    assert "The golden statue" in about
    dx, _, _, dy, x0, y0 = (float(line) for line in world.read_text().split())
    row, col = np.unravel_index(int(np.argmax(grid)), grid.shape)
    move = Transformer.from_crs(CRS.from_wkt(prj.read_text()), "EPSG:4326", always_xy=True)
    spot = move.transform(x0 + dx * col, y0 + dy * row)
    assert area.cell_at(*spot) == area.cell_at(*given.probability_map.best())
    # The order of the shades is the order of the belief, and the palette falls evenly in lightness.
    order = np.argsort(given.probability_map.probability)
    assert (np.diff(grid[area.mask][order].astype(int)) >= 0).all()
    assert (np.diff(PALETTE[1:].astype(float) @ [0.2126, 0.7152, 0.0722]) <= 0.6).all()


def test_geotiff_and_geopackage_read_back(given: Release, tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio", reason="needs the extra terrain")
    pyogrio = pytest.importorskip("pyogrio", reason="needs the extra terrain")
    (path,) = write_export(given, tmp_path / "a.tif")
    area = given.probability_map.area
    with rasterio.open(path) as file:
        back = file.read(1)
        assert file.transform == area.transform
        assert file.tags()["karmalink_exact_by_override"] == "False"
    np.testing.assert_allclose(back[area.mask] * area.cell_m2 / 1e6, given.probability_map.probability, rtol=1e-5)
    (path,) = write_export(given, tmp_path / "a.gpkg")
    assert set(pyogrio.list_layers(path)[:, 0]) == {"region", "clue", "best", "segment"}
    plan = given.plan
    assert plan is not None
    with pytest.warns(LeftOutWarning, match="3 layers without a column of names"):
        names = {place.name: place.geometry for place in read_places(path)}
    first = plan.order[0]
    assert names[plan.ground.names[first]].symmetric_difference(plan.ground.geometry[first]).area < 1e-9


def test_an_extra_that_is_absent_is_named(given: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "rasterio", None)
    monkeypatch.setitem(__import__("sys").modules, "pyogrio", None)
    for ending in ("tif", "gpkg"):
        with pytest.raises(MissingExtra, match="needs"):
            write_export(given, tmp_path / f"a.{ending}")
    assert not list(tmp_path.glob("*a.*"))


@pytest.mark.parametrize("ending", [name for name in EXPORTS if name != ".gpx"])
def test_coarsened_nothing_finer_than_a_block_leaves(case: Case, tmp_path: Path, ending: str) -> None:
    pytest.importorskip("rasterio", reason="needs the extra terrain")
    given = release(case, case.map(), coarse_m=400)
    finer = release(case, case.map())
    files = write_export(given, tmp_path / f"a{ending}")
    assert np.unique(np.round(given.probability, 15)).size <= len(given.blocks) + 1  # closed ground has 0
    blob = b"".join(path.read_bytes() for path in files)
    for word in (b"monk", b"most believed", b'"what": "best"', b'"what": "clue"'):
        assert word not in blob
    if ending in (".geojson", ".json", ".kml", ".csv"):
        lon, lat = case.map().best()
        assert f"{lon:.6f}".encode() not in blob
        assert f"{lat:.6f}".encode() not in blob
    exact = write_export(finer, tmp_path / f"b{ending}")
    assert exact[0].read_bytes() != files[0].read_bytes()
    assert not list(tmp_path.glob(".*draft*"))


def test_a_case_that_withholds_its_spots_is_coarsened_unless_it_is_told_otherwise(folder: Path, tmp_path: Path) -> None:
    withhold(folder)
    out = tmp_path / "out.geojson"
    assert "coarsened to 500 m: the case is looted" in run("export", folder, "--out", out)
    meta = json.loads(out.read_text(encoding="utf-8"))["karmalink"]
    assert (meta["coarsened_to_m"], meta["sensitive"], meta["exact_by_override"]) == (500.0, "looted", False)
    for verb in ("map", "plan"):
        assert "written, coarsened to 500 m: the case is looted: " in run(verb, folder, "--out", out)
        kinds = {f["properties"]["what"] for f in json.loads(out.read_text(encoding="utf-8"))["features"]}
        assert kinds == {"region"}
    assert "exact, though the case is looted" in run("export", folder, "--out", out, "--exact", "--plan")
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["karmalink"]["exact_by_override"] is True
    assert {f["properties"]["what"] for f in found["features"]} == {"region", "clue", "best", "segment"}
    run("export", folder, "--out", out.with_suffix(".gpx"), fails=UsageError)
    run("export", folder, "--out", out, "--exact", "--coarsen", 400, fails=InputError)
    withhold(folder, "true", "coarsen_m = 600")
    assert "coarsened to 600 m: the case is sensitive" in run("export", folder, "--out", out)
    withhold(folder, "false")
    assert "\nexact: " in run("export", folder, "--out", out)


def test_a_release_says_how_exact_it_is(case: Case) -> None:
    assert repr(release(case, case.map())) == "Release(exact)"
    assert repr(release(case, case.map(), coarse_m=400)) == "Release(coarsened to 400 m)"
    with pytest.raises(InputError, match="at once"):
        release(case, case.map(), coarse_m=400, exact=True)
    with pytest.raises(InputError, match="blocks of 30 m"):
        release(case, case.map(), coarse_m=30)


def test_what_export_is_asked_wrongly(folder: Path, tmp_path: Path) -> None:
    assert ".gpkg" in run("export", folder, "--out", tmp_path / "a.doc", fails=UsageError)
    (folder / "assets.csv").write_text("name,sweep_m,speed_kmh,hours_per_day\nwalker,4,2,0\n", encoding="utf-8")
    assert "no plan" in run("export", folder, "--out", tmp_path / "a.gpx", fails=UsageError)


def test_object_id_describes_what_is_sought(folder: Path) -> None:
    (folder / "case.toml").write_text(FILES["case.toml"] + SOUGHT, encoding="utf-8")
    sought = Case.read(folder).sought
    assert sought is not None
    assert sought.rows[0] == ("Type of object", "statue")
    assert [heading for heading, _ in sought.rows] == ["Type of object", "Materials and techniques", "Title"]
    assert len(sought.missing) == 7
    assert repr(sought) == "SoughtObject(3 of 10 fields of Object ID)"
    (folder / "case.toml").write_text(FILES["case.toml"] + SOUGHT.replace("type =", "typ ="), encoding="utf-8")
    assert "did you mean 'type'" in run("map", folder, fails=ImportFaults)
    with pytest.raises(InputError, match="'colour'"):
        SoughtObject({"colour": "gold"})
    # Object ID's checklist as the Getty published it: nine headings and the short description.
    assert [OBJECT_ID[key] for key in CHECKLIST] == [
        "Type of object",
        "Materials and techniques",
        "Measurements",
        "Inscriptions and markings",
        "Distinguishing features",
        "Title",
        "Subject",
        "Date or period",
        "Maker",
        "Short description",
    ]


@pytest.mark.real_data
def test_an_export_of_caltopo_is_read_by_its_titles() -> None:
    files = sorted((DATA / "seek" / "sartopo").glob("*.json"))
    if not files:
        pytest.skip(f"the real cases are not here ({DATA})")
    for path in files:
        raw = json.loads(path.read_text(encoding="utf-8"))
        titles = [f["properties"]["title"] for f in raw["features"] if f.get("geometry")]
        places = read_places(path)
        assert [place.name for place in places] == titles
        assert all(not re.search(r"nan", place.geometry.wkt) for place in places)


def test_the_page_names_every_format_and_column() -> None:
    from karmalink.seek.exports.segment_sheet import COLUMNS

    page = (Path(__file__).parents[2] / "docs" / "seek-exchange.md").read_text(encoding="utf-8")
    assert not [word for word in (*EXPORTS, *COLUMNS, *OBJECT_ID) if f"`{word}`" not in page]
