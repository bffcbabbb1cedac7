"""The grid: sizes, projections, and everything that is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from karmalink.errors import InputError, ReadError
from karmalink.seek import Area, segments
from karmalink.seek.ground.area import nice
from karmalink.seek.ground.geojson_files import read_geojson, read_outline
from karmalink.seek.ground.geojson_shapes import geometry_of

GEOD = Geod(ellps="WGS84")


@given(st.floats(-179, 178), st.floats(-80, 79), st.floats(0.005, 0.5))
@settings(max_examples=25, deadline=None)
def test_cells_are_metres_on_the_ground_wherever_it_is(west: float, south: float, width: float) -> None:
    area = Area.from_bounds(west, south, west + width, south + width)
    lon, lat = area.lonlat()
    assert 1_000 < area.n < 20_000
    across = GEOD.inv(lon[0], lat[0], lon[-1], lat[-1])[2]
    assert np.hypot(area.x[0] - area.x[-1], area.y[0] - area.y[-1]) == pytest.approx(across, rel=1e-3)
    ground = abs(GEOD.geometry_area_perimeter(area.outline)[0])
    # Cells at the rim count as whole or not at all.
    assert area.km2 * 1e6 == pytest.approx(ground, rel=0.03)


def test_a_point_is_found_again_in_its_cell(area: Area) -> None:
    lon, lat = area.lonlat()
    for cell in (0, 17, area.n // 2, area.n - 1):
        assert area.cell_at(lon[cell], lat[cell]) == cell
        assert area.cell_at_xy(area.x[cell], area.y[cell]) == cell
    assert area.cell_at(104.8, 11.5) is None
    values = np.arange(area.n, dtype=float)
    grid = area.grid(values, fill=-1.0)
    assert grid.shape == area.shape
    np.testing.assert_array_equal(grid[area.mask], values)
    # Row 0 is the northernmost.
    assert lat[0] > lat[-1]


def test_an_outline_cuts_cells_and_closed_ground_is_not_searched() -> None:
    triangle = Polygon([(104.90, 11.55), (104.92, 11.55), (104.90, 11.57)])
    area = Area.from_polygon(triangle, cell_m=20, closed=box(104.90, 11.55, 104.905, 11.56))
    assert area.n < 0.6 * area.mask.size
    assert 0 < np.count_nonzero(~area.open) < area.n
    assert np.count_nonzero(area.accessible & ~area.mask) == 0
    pieces = segments(area, 200)
    assert (pieces.labels[~area.open] == -1).all()
    assert pieces.m2.sum() == pytest.approx(np.count_nonzero(area.open) * 400.0)


def test_chosen_cells_become_polygons_of_the_same_area(area: Area) -> None:
    chosen = np.random.default_rng(0).random(area.n) < 0.3
    ground = area.project(area.polygons(chosen))
    assert ground.area == pytest.approx(chosen.sum() * area.cell_m2, rel=1e-6)
    assert area.polygons(np.zeros(area.n, dtype=bool)).is_empty
    middle = area.inside(box(104.905, 11.555, 104.910, 11.560))
    assert 0 < middle.sum() < area.n


def test_bounds_and_corners_enclose_the_grid(area: Area) -> None:
    west, south, east, north = area.bounds
    assert west <= 104.90 < 104.918 <= east
    assert south <= 11.55 < 11.568 <= north
    assert area.corners[0][1] > area.corners[3][1]
    assert area.to_dict()["cells"] == area.n
    assert repr(area).startswith("Area(3.95 km²")


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ((np.nan, 0, 1, 1), "out of range"),
        ((0, 0, np.inf, 1), "out of range"),
        ((-190, 0, 1, 1), "out of range"),
        ((0, -95, 1, 1), "out of range"),
        ((500000, 1270000, 510000, 1280000), "out of range"),
        ((1, 0, 0, 1), "hold no ground"),
        ((0, 1, 1, 1), "hold no ground"),
        ((179, 0, -179, 1), "hold no ground"),
        ((0, 84, 1, 86), "latitude"),
        ((0, 0, 10, 1), "km across"),
    ],
)
def test_impossible_bounds_are_refused(bounds: tuple[float, ...], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Area.from_bounds(*bounds)


def test_the_antimeridian_is_refused() -> None:
    with pytest.raises(InputError, match="spans 358° of longitude"):
        Area.from_polygon(box(-179, 0, 179, 1))


def test_a_self_intersecting_polygon_is_refused_and_not_mended() -> None:
    bow = Polygon([(0, 0), (0.01, 0.01), (0.01, 0), (0, 0.01)])
    with pytest.raises(InputError, match="not valid") as caught:
        Area.from_polygon(bow)
    assert "not mended in silence" in caught.value.next_step


@pytest.mark.parametrize("outline", [Point(0, 0), LineString([(0, 0), (1, 1)]), MultiPolygon(), None])
def test_what_encloses_no_ground_is_refused(outline: object) -> None:
    with pytest.raises(InputError):
        Area.from_polygon(outline)  # type: ignore[arg-type]


def test_a_billion_cells_are_refused_with_a_size_that_would_do() -> None:
    with pytest.raises(InputError, match="would make a grid of") as caught:
        Area.from_bounds(0, 0, 0.3, 0.3, cell_m=1)
    assert "ask for cells of 20 m" in caught.value.next_step
    with pytest.raises(InputError, match="a cell of"):
        Area.from_bounds(0, 0, 0.3, 0.3, cell_m=0)
    with pytest.raises(InputError, match="no cell has its centre"):
        Area.from_polygon(Polygon([(0, 0), (0.001, 0.001), (0.00101, 0.001)]), cell_m=100)


def test_nice_numbers() -> None:
    assert [nice(size) for size in (0.9, 1.0, 1.1, 2.2, 3.0, 6.0, 12.0, 0.0)] == [1, 1, 2, 2.5, 5, 10, 20, 1]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("", ReadError),
        ("no json", ReadError),
        ("[1, 2]", ReadError),
        ('{"type": "Point"}', InputError),
        ('{"type": "Point", "coordinates": [1, 95]}', InputError),
        ('{"type": "Polygon", "coordinates": [[[0, NaN], [1, 0], [1, 1], [0, 0]]]}', InputError),
        ('{"type": "FeatureCollection", "features": []}', InputError),
        ('{"type": "Feature", "geometry": null, "properties": {}}', InputError),
        ("[" * 100_000, ReadError),
        ('{"type": "Point", "coordinates": [1, 1], "crs": {"properties": {"name": "EPSG:9999999"}}}', InputError),
        ('{"type": "Point", "coordinates": [1, 1], "crs": {"type": "link", "properties": {"href": "x"}}}', ReadError),
        ('{"type": "Point", "coordinates": [1, 1], "crs": {"properties": {"name": "EPSG:3857"}}}', InputError),
    ],
)
def test_outlines_that_cannot_be_read(tmp_path, content: str, error: type[Exception]) -> None:
    path = tmp_path / "area.geojson"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(error):
        read_outline(path)


def test_an_outline_of_several_features_is_their_union(tmp_path) -> None:
    path = tmp_path / "area.geojson"
    one = '{"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [%s]}}'
    left, right = "[[0,0],[1,0],[1,1],[0,1],[0,0]]", "[[1,0],[2,0],[2,1],[1,1],[1,0]]"
    features = f"{one.replace('%s', left)}, {one.replace('%s', right)}"
    path.write_text('{"type": "FeatureCollection", "features": [' + features + "]}", encoding="utf-8")
    assert read_outline(path).bounds == (0, 0, 2, 1)
    with pytest.raises(InputError, match="not a GeoJSON object"):
        geometry_of([1], where="here")
    with pytest.raises(ReadError):
        read_geojson(tmp_path / "absent.geojson")


def test_an_area_closed_as_a_whole_has_no_segment_and_says_so() -> None:
    shut = Area.from_bounds(0, 0, 0.01, 0.01, cell_m=50, closed=box(-1, -1, 1, 1))
    with pytest.raises(InputError, match="all of it is closed"):
        segments(shut).number("A1")


def test_segments_keep_their_names_whatever_is_asked_of_them(area: Area) -> None:
    pieces = segments(area, 250)
    assert pieces.names[0] == "A1"
    assert pieces.names == segments(area, 250).names
    assert pieces.m2.sum() == pytest.approx(area.km2 * 1e6)
    lon, lat = pieces.centres[pieces.number("C4")]
    assert pieces.at(lon, lat) == "C4"
    assert pieces.at(0, 0) is None
    assert len(pieces.geometry) == len(pieces)
    assert 80 <= len(segments(area)) <= 200
    assert list(pieces.to_dataframe().columns) == ["segment", "m2", "lon", "lat"]
    np.testing.assert_allclose(pieces.sum(pieces.spread(np.ones(len(pieces)))).sum(), area.n)
    with pytest.raises(InputError):
        segments(area, -1)
    with pytest.raises(InputError, match=r"segments of 0\.1 m"):
        segments(Area.from_bounds(0, 0, 0.01, 0.01, cell_m=5), 0.1)
