"""Walks, views and waters: the fast way against the obvious one, and what each relation says of the ground."""

from __future__ import annotations

import heapq
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from karmalink.errors import InputError, ReadError
from karmalink.rows import LeftOutWarning
from karmalink.seek import (
    Area,
    Case,
    Clue,
    Place,
    Places,
    layer,
    parse_heading,
    read_clues,
    read_elevation,
    read_places,
    tobler,
    walking_minutes,
    with_terrain,
)
from karmalink.seek.ground.sightlines import EYE_M, TOP_M, behind, seen
from karmalink.seek.ground.streams import course_of

SMALL = Area.from_bounds(104.90, 11.55, 104.909, 11.559, cell_m=100)


@cache
def brushed(down: int, right: int) -> tuple[tuple[int, int], ...]:
    """Return the cells whose inside the straight way of a step touches, by looking at a thousand spots of it."""
    found = set()
    for share in np.linspace(0.0005, 0.9995, 1000):
        r, c = share * down, share * right
        found |= {(math.floor(r + 0.5 + e), math.floor(c + 0.5 + f)) for e in (-1e-9, 1e-9) for f in (-1e-9, 1e-9)}
    return tuple(sorted(found - {(0, 0), (down, right)}))


def slow_minutes(heights: np.ndarray, barrier: np.ndarray, cell_m: float, start: tuple[int, int]) -> np.ndarray:
    """Return walking times by Dijkstra's algorithm with a heap, step by step."""
    steps = [(a, b) for a in range(-2, 3) for b in range(-2, 3) if math.gcd(a, b) == 1 and (abs(a) < 2 or abs(b) < 2)]
    best = np.full(heights.shape, np.inf)
    best[start] = 0.0
    queue = [(0.0, start)]
    while queue:
        time, (row, col) = heapq.heappop(queue)
        if time > best[row, col]:
            continue
        for down, right in steps:
            to = (row + down, col + right)
            if not (0 <= to[0] < heights.shape[0] and 0 <= to[1] < heights.shape[1]):
                continue
            way = (
                [to, *((row + a, col + b) for a, b in brushed(down, right))] if max(abs(down), abs(right)) > 1 else [to]
            )
            if abs(down) == abs(right) == 1:
                way += [(row + down, col), (row, col + right)]
            if any(barrier[cell] for cell in way):
                continue
            length = cell_m * math.hypot(down, right)
            slope = (heights[to] - heights[row, col]) / length
            later = time + 60.0 * length / 1000.0 / (6.0 * math.exp(-3.5 * abs(slope + 0.05)))
            if later < best[to]:
                best[to] = later
                heapq.heappush(queue, (later, to))
    return best


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=6, deadline=None)
def test_tobler_walking_times_equal_a_heap_and_single_steps(seed: int) -> None:
    rng = np.random.default_rng(seed)
    heights = rng.normal(0, 30, SMALL.shape).cumsum(axis=0)
    barrier = rng.random(SMALL.shape) < 0.15
    start = (4, 5)
    barrier[start] = False
    area = with_terrain(SMALL, heights)
    assert area.terrain is not None
    area.terrain.barrier[:] = barrier
    x = area.transform.c + (start[1] + 0.5) * area.cell_m
    y = area.transform.f - (start[0] + 0.5) * area.cell_m
    found = area.grid(walking_minutes(area, Point(x, y)))
    np.testing.assert_allclose(found, slow_minutes(heights, barrier, area.cell_m, start), rtol=1e-9)


def test_up_and_down_take_other_times_and_level_ground_is_a_straight_line() -> None:
    rows, cols = SMALL.shape
    hill = with_terrain(SMALL, np.tile(np.arange(cols) * 30.0, (rows, 1)))
    west = Point(SMALL.transform.c + 50, SMALL.transform.f - 450)
    east = Point(SMALL.transform.c + (cols - 0.5) * 100, SMALL.transform.f - 450)
    up, down = (hill.grid(walking_minutes(hill, start))[4, end] for start, end in ((west, cols - 1), (east, 0)))
    assert up == pytest.approx((cols - 1) * 6.0 / float(tobler(0.3)))
    assert down == pytest.approx((cols - 1) * 6.0 / float(tobler(-0.3)))
    level = walking_minutes(with_terrain(SMALL), west)
    straight = walking_minutes(SMALL, west)
    assert (level >= straight - 1e-9).all()
    assert (level <= 1.0281 * straight + 1e-9).all()


def test_a_wall_makes_the_walk_longer_and_a_closed_one_ends_it() -> None:
    wall = LineString([(104.9045, 11.5500), (104.9045, 11.5575)])
    area = with_terrain(SMALL, barriers=wall)
    places = Places([Place("well", "Well", Point(104.902, 11.552))])
    clue = Clue("c", "within_walk", ("well",), "w", distance_m=400)
    across = SMALL.cell_at(104.9065, 11.552)
    plain, walled = layer(SMALL, clue, places), layer(area, clue, places)
    assert walled.density[across] < 0.2 * plain.density[across]
    closed = with_terrain(SMALL, barriers=LineString([(104.9045, 11.54), (104.9045, 11.57)]))
    assert np.isfinite(layer(closed, clue, places).density).all()
    assert np.isinf(walking_minutes(closed, closed.project(Point(104.902, 11.552)))[across])
    under = with_terrain(SMALL, barriers=box(104.89, 11.54, 104.92, 11.57))
    with pytest.raises(InputError, match="no way leads out"):
        layer(under, clue, places)


def test_beyond_is_where_the_straight_way_crosses(area: Area, places: Places) -> None:
    river = area.project(places.resolve("river")[0].place.geometry)
    eye = area.project(places.resolve("pagoda")[0].place.geometry)
    ways = shapely.linestrings([[(eye.x, eye.y), (x, y)] for x, y in zip(area.x, area.y, strict=True)])
    exact = shapely.intersects(river, ways)
    assert np.mean(behind(area, river, eye) != exact) < 0.004
    found = layer(area, Clue("c", "beyond", ("river", "pagoda"), "w"), places)
    assert found.density[exact].sum() > 0.8
    either = layer(area, Clue("c", "beyond", ("river",), "w"), places)
    assert 0.2 < either.density[exact].sum() < 0.6


def test_what_is_seen_is_what_no_ground_stands_before() -> None:
    grid = Area.from_bounds(104.90, 11.55, 104.909, 11.559, cell_m=25)
    rows, cols = grid.shape
    down, right = np.mgrid[:rows, :cols]
    heights = 15 * np.sin(right * 0.4 + down * 0.2) + 8 * np.cos(down * 0.3)
    area = with_terrain(grid, heights)
    row, col = 20, 16
    target = Point(area.transform.c + (col + 0.5) * 25, area.transform.f - (row + 0.5) * 25)
    found = area.grid(seen(area, target)) > 0
    share = np.arange(1, 400)[:, None, None] / 400
    at = (
        np.floor(down + 0.5 + share * (row - down)).astype(int),
        np.floor(right + 0.5 + share * (col - right)).astype(int),
    )
    line = heights + EYE_M + share * (heights[row, col] + TOP_M - heights - EYE_M)
    own = ((at[0] == down) & (at[1] == right)) | ((at[0] == row) & (at[1] == col))
    exact = ((heights[at] <= line) | own).all(axis=0)
    # Rays to the rim and the way to each cell's own middle pass corners of cells on other sides.
    assert np.mean(exact == found) > 0.92
    assert 0.1 < exact.mean() < 0.9
    target = Point(SMALL.transform.c + 450, SMALL.transform.f - 550)
    rows, cols = SMALL.shape
    ridge = np.zeros((rows, cols))
    ridge[:, 6] = 50.0
    behind_it = SMALL.grid(seen(with_terrain(SMALL, ridge), target))[5, 8:]
    assert not behind_it.any()


def test_within_sight_without_heights_is_a_distance(area: Area, places: Places) -> None:
    clue = Clue("c", "sight", ("pagoda",), "w")
    plain = layer(area, clue, places)
    wall = np.zeros(area.shape)
    wall[:, area.shape[1] * 3 // 4] = 40.0
    held = layer(with_terrain(area, wall), clue, places)
    hidden = area.cell_at(104.917, 11.559)
    assert plain.density[hidden] > 3 * held.density[hidden]


@pytest.fixture
def water() -> Places:
    """A river that flows east, cut in two pieces, a bridge in its middle, a lake."""
    return Places(
        [
            Place(
                "river",
                "Siem River",
                shapely.multilinestrings(
                    [[(104.909, 11.559), (104.918, 11.559)], [(104.900, 11.559), (104.909, 11.559)]]
                ),
                "river",
            ),
            Place("bridge", "Bridge", Point(104.909, 11.559)),
            Place("lake", "Lake", box(104.91, 11.56, 104.912, 11.562), "water"),
            Place("hut", "Hut", Point(104.909, 11.566)),
        ]
    )


def test_upstream_is_against_the_way_the_line_is_drawn(area: Area, water: Places) -> None:
    west, east = area.x < -30, area.x > 30
    for names in (("bridge", "river"), ("bridge",)):
        up = layer(area, Clue("c", "upstream", names, "w"), water)
        down = layer(area, Clue("c", "downstream", names, "w"), water)
        assert up.density[west].sum() > 0.8
        assert down.density[east].sum() > 0.8
        assert up.candidates[0].places == ("bridge", "river")
    far = layer(area, Clue("c", "downstream", ("bridge",), "w", distance_m=600), water)
    assert area.x[np.argmax(far.density)] == pytest.approx(600, abs=80)
    assert abs(area.y[np.argmax(far.density)]) < 30


def test_left_and_right_are_as_the_water_flows(area: Area, water: Places) -> None:
    north = area.y > 15
    assert layer(area, Clue("c", "left", ("river",), "w"), water).density[north].sum() > 0.8
    assert layer(area, Clue("c", "right", ("river",), "w"), water).density[north].sum() < 0.2
    course = course_of(area, area.project(water.resolve("river")[0].place.geometry))
    assert course is not None
    assert len(set(course.piece)) == 1  # the two pieces are one river


def test_a_side_is_close_by_and_in_that_direction(area: Area, places: Places) -> None:
    south = layer(area, Clue("c", "side", ("river",), "w", heading=parse_heading("S")), places)
    spot, other, far = (area.cell_at(104.909, lat) for lat in (11.5553, 11.5567, 11.5505))
    assert south.density[spot] > 3 * south.density[other]
    assert south.density[spot] > 3 * south.density[far]


@pytest.mark.parametrize(
    ("relation", "names", "words"),
    [
        ("upstream", ("hut",), "names no water"),
        ("upstream", ("hut", "river"), "within 300 m"),
        ("downstream", ("bridge", "lake"), "has no direction"),
        ("left", ("lake",), "has no direction"),
        ("beyond", ("river", "bridge", "hut"), "names 3 places"),
    ],
)
def test_waters_and_sides_that_cannot_be(
    area: Area, water: Places, relation: str, names: tuple[str, ...], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        layer(area, Clue("c", relation, names, "w"), water)


def test_minutes_of_a_table_become_metres_of_a_level_walk(tmp_path: Path) -> None:
    path = tmp_path / "clues.csv"
    path.write_text("id,witness,relation,places,minutes\na,w,walk,p,20\nb,w,within_walk,p,60\n", encoding="utf-8")
    one, other = read_clues(path)
    assert one.distance_m == pytest.approx(20 * 1000 * float(tobler(0.0)) / 60)
    assert one.phrase() == "20 min on foot from p"
    assert other.phrase() == "within 60 min on foot of p"
    path.write_text("id,witness,relation,places,minutes,confirmed\na,w,near,p,20,\nb,w,near,p,,no\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_clues(path)
    assert "are for a walk" in str(caught.value)
    assert "is an unconfirmed proposal" in str(caught.value)


ASC = "ncols 4\nnrows 4\nxllcorner 104.89\nyllcorner 11.54\ncellsize 0.01\nNODATA_value -9999\n" + "1 2 3 4\n" * 4


def test_heights_from_an_ascii_grid(tmp_path: Path) -> None:
    path = tmp_path / "dem.asc"
    path.write_text(ASC, encoding="utf-8")
    heights = read_elevation(path, SMALL)
    lon, _ = SMALL.lonlat()
    # Columns are 0.01° wide and centred at 104.895, 104.905 …: the height is linear between.
    np.testing.assert_allclose(heights[SMALL.mask], 1.0 + (lon - 104.895) / 0.01, atol=1e-6)
    for old, new, words in (
        ("ncols 4", "ncols 5", "heights for"),
        ("1 2", "x 2", "not a number"),
        ("cellsize 0.01\n", "", "not whole"),
        ("104.89", "400000", "not in degrees"),
        ("nrows 4", "nrows 1e400", "not finite"),
        ("ncols 4", "ncols nan", "not finite"),
        ("ncols 4\nnrows 4", "ncols -4\nnrows -4", "-4 × -4"),
        ("104.89", "10.89", "lie elsewhere"),
    ):
        path.write_text(ASC.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(ReadError, match=words):
            read_elevation(path, SMALL)
    with pytest.raises(ReadError, match="names no format"):
        read_elevation(tmp_path / "dem.png", SMALL)
    with pytest.raises(InputError, match="says nothing about"):
        with_terrain(SMALL, np.full(SMALL.shape, np.nan))


def test_heights_in_another_datum_are_shifted_told_and_refused_where_nobody_can(tmp_path: Path) -> None:
    from pyproj import CRS

    path = tmp_path / "dem.asc"
    path.write_text(ASC, encoding="utf-8")
    plain = read_elevation(path, SMALL)
    path.with_suffix(".prj").write_text(CRS("EPSG:4131").to_wkt("WKT1_ESRI"), encoding="utf-8")
    with pytest.warns(LeftOutWarning, match="dem.asc: 1 raster in another datum than WGS 84: shifted from Indian"):
        heights = read_elevation(path, SMALL)
    # Ground 0.0037° further west in WGS 84 than its old numbers say, and a height more every 0.01° to the east.
    np.testing.assert_allclose(heights - plain, 0.37, atol=0.02)
    path.with_suffix(".prj").write_text(CRS("EPSG:4301").to_wkt("WKT1_ESRI"), encoding="utf-8")
    with pytest.raises(InputError, match="no shift to WGS 84 is known"):
        read_elevation(path, SMALL)
    path.with_suffix(".prj").write_text("what is this", encoding="utf-8")
    with pytest.raises(InputError, match="is not known"):
        read_elevation(path, SMALL)
    path.with_suffix(".prj").write_text(CRS("EPSG:4326").to_wkt("WKT1_ESRI"), encoding="utf-8")
    np.testing.assert_allclose(read_elevation(path, SMALL), plain)


def test_a_geotiff_in_indian_1960_is_shifted_and_told(tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio")
    from affine import Affine

    path = tmp_path / "dem.tif"
    columns = np.tile(np.arange(60, dtype="float32"), (60, 1))
    with rasterio.open(
        path, "w", driver="GTiff", width=60, height=60, count=1, dtype="float32", crs="EPSG:3148",
        transform=Affine(100, 0, 488_000, 0, -100, 1_280_000),
    ) as out:  # fmt: skip
        out.write(columns, 1)
    with pytest.warns(LeftOutWarning, match="shifted from Indian.1960 to WGS 84"):
        heights = read_elevation(path, SMALL)
    with rasterio.open(path, "r+") as out:
        out.crs = "EPSG:32648"
    # Some 460 m are four to five of its columns.
    assert 3.5 < np.median(heights - read_elevation(path, SMALL)) < 5.0


def test_heights_from_a_geotiff_in_another_projection(tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio")
    from affine import Affine

    path = tmp_path / "dem.tif"
    columns = np.tile(np.arange(60, dtype="float32"), (60, 1))
    with rasterio.open(
        path, "w", driver="GTiff", width=60, height=60, count=1, dtype="float32", crs="EPSG:32648",
        transform=Affine(100, 0, 488_000, 0, -100, 1_280_000),
    ) as out:  # fmt: skip
        out.write(columns, 1)
    heights = read_elevation(path, SMALL)
    assert np.diff(heights, axis=1) == pytest.approx(1.0, abs=0.02)
    path.write_bytes(b"no raster")
    with pytest.raises(ReadError, match="is not a raster"):
        read_elevation(path, SMALL)


GPX = """<?xml version="1.0"?><gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1">
<wpt lat="11.559" lon="104.909"><name>Old Pagoda</name><type>pagoda</type></wpt>
<wpt lat="11.558" lon="104.908"><name>Old Pagoda</name></wpt><wpt lat="11.55" lon="104.9"/>
<trk><name>Ox path</name><trkseg><trkpt lat="11.55" lon="104.9"/><trkpt lat="11.56" lon="104.91"/></trkseg></trk>
</gpx>"""
KML = """<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>Field</name><Polygon><outerBoundaryIs>
<LinearRing><coordinates>104.9,11.55,0 104.91,11.55,0 104.91,11.56,0 104.9,11.55,0</coordinates></LinearRing>
</outerBoundaryIs></Polygon></Placemark><Placemark><Point><coordinates>104.9,11.55</coordinates></Point></Placemark>
</Document></kml>"""


def test_places_from_gpx_kml_and_geopackage(tmp_path: Path) -> None:
    gpx, kml, gpkg = (tmp_path / f"layer.{ending}" for ending in ("gpx", "kml", "gpkg"))
    gpx.write_text(GPX, encoding="utf-8")
    kml.write_text(KML, encoding="utf-8")
    with pytest.warns(LeftOutWarning, match="1 feature without a name"):
        found = read_places(gpx)
    assert [(place.id, place.kind) for place in found] == [
        ("layer/Old Pagoda", "pagoda"), ("layer/Old Pagoda #2", ""), ("layer/Ox path", "track"),
    ]  # fmt: skip
    assert len(found.resolve("Old Pagoda")) == 2
    with pytest.warns(LeftOutWarning, match="1 placemark without a name"):
        assert read_places(kml)[0].geometry.geom_type == "Polygon"
    for path, text in ((gpx, "<gpx>"), (kml, "<kml"), (kml, KML.replace("11.55,0", "x,0")), (gpx, "<gpx></gpx>")):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ReadError):
            read_places(path)
    pyogrio = pytest.importorskip("pyogrio")
    shape = np.array([shapely.to_wkb(Point(500_000, 1_278_000))], dtype=object)
    pyogrio.raw.write(
        gpkg,
        shape,
        [np.array(["Well"], dtype=object)],
        ["name"],
        layer="wells",
        geometry_type="Point",
        crs="EPSG:32648",
    )
    (well,) = read_places(gpkg)
    assert (well.id, well.kind) == ("layer/Well", "wells")
    assert well.geometry.x == pytest.approx(105.0, abs=1e-3)
    gpkg.write_bytes(b"nothing")
    with pytest.raises(ReadError):
        read_places(gpkg)


def test_a_case_has_heights_and_barriers(tmp_path: Path) -> None:
    (tmp_path / "dem.asc").write_text(ASC, encoding="utf-8")
    wall = '{"type": "LineString", "coordinates": [[104.9045, 11.55], [104.9045, 11.5575]]}'
    (tmp_path / "wall.geojson").write_text(wall, encoding="utf-8")
    (tmp_path / "places.csv").write_text("id,name,lon,lat\nwell,Well,104.902,11.552\n", encoding="utf-8")
    (tmp_path / "witnesses.csv").write_text("witness\nmonk\n", encoding="utf-8")
    (tmp_path / "clues.csv").write_text("id,witness,relation,places,minutes\na,monk,walk,Well,5\n", encoding="utf-8")
    (tmp_path / "case.toml").write_text(
        '[area]\nbounds = [104.90, 11.55, 104.909, 11.559]\ncell_m = 50\nelevation = "dem.asc"\n'
        'barriers = "wall.geojson"\n[files]\nplaces = "places.csv"\nwitnesses = "witnesses.csv"\nclues = "clues.csv"\n',
        encoding="utf-8",
    )
    case = Case.read(tmp_path)
    assert case.area.terrain is not None
    assert case.area.terrain.barrier.sum() > 10
    assert case.map().probability.sum() == pytest.approx(1.0 - case.map().rest_of_world)
