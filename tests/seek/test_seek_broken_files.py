"""Whatever is in a file, a reader gives places, tracks or heights, or an error of ours: never one of a library's."""

from __future__ import annotations

import gzip
import io
import json
import random
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from karmalink.errors import KarmalinkError, ReadError
from karmalink.seek import Area, read_elevation, read_gpx, read_places
from karmalink.seek.ground.geojson_files import read_outline

AREA = Area.from_bounds(104.90, 11.55, 104.909, 11.559, cell_m=200)
KML = (
    '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>A</name><Point>'
    "<coordinates>104.9,11.5</coordinates></Point></Placemark><Placemark><name>B</name><Polygon><outerBoundaryIs>"
    "<LinearRing><coordinates>1,1 2,1 2,2 1,1</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
    "</Document></kml>"
)
GPX = (
    '<gpx version="1.1"><wpt lat="11.5" lon="104.9"><name>A</name></wpt><trk><name>T</name><trkseg>'
    '<trkpt lat="11.5" lon="104.9"><time>2026-03-01T02:00:00Z</time><hdop>1</hdop></trkpt>'
    '<trkpt lat="11.6" lon="104.9"/></trkseg></trk></gpx>'
)
OSM = (
    '<osm version="0.6"><node id="1" lat="11.5" lon="104.9"><tag k="name" v="A"/></node>'
    '<node id="2" lat="11.6" lon="104.9"/>'
    '<way id="3"><nd ref="1"/><nd ref="2"/><tag k="name" v="W"/><tag k="highway" v="path"/></way>'
    '<relation id="4"><member type="way" ref="3" role="outer"/><tag k="type" v="multipolygon"/>'
    '<tag k="name" v="R"/></relation></osm>'
)
GEOJSON = json.dumps(
    {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "EPSG:4131"}},
        "features": [
            {"type": "Feature", "id": 1, "properties": {"name": "A", "class": "Marker", "radius_m": 5, "tags": {}},
             "geometry": {"type": "Point", "coordinates": [104.9, 11.5]}},
            {"type": "Feature", "properties": {"name": "P"},
             "geometry": {"type": "Polygon", "coordinates": [[[104, 11], [105, 11], [105, 12], [104, 11]]]}},
        ],
    }
)  # fmt: skip
OVERPASS = json.dumps(
    {
        "elements": [
            {"type": "node", "id": 1, "lat": 11.5, "lon": 104.9, "tags": {"name": "A"}},
            {"type": "way", "id": 2, "nodes": [1, 1], "geometry": [{"lat": 1, "lon": 1}, None], "tags": {"name": "W"}},
            {"type": "relation", "id": 3, "members": [{"type": "way", "ref": 2, "role": ""}], "tags": {"name": "R"}},
        ]
    }
)
ASC = "ncols 4\nnrows 4\nxllcorner 104.89\nyllcorner 11.54\ncellsize 0.01\nNODATA_value -9999\n" + "1 2 3 4\n" * 4


def packed(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("doc.kml", text)
    return out.getvalue()


def heights(path: Path) -> object:
    return read_elevation(path, AREA)


FILES: dict[str, tuple[bytes, Callable[[Path], object]]] = {
    "a.kml": (KML.encode(), read_places),
    "a.kmz": (packed(KML), read_places),
    "a.gpx": (GPX.encode(), read_places),
    "track.gpx": (GPX.encode(), read_gpx),
    "a.osm": (OSM.encode(), read_places),
    "a.osm.gz": (gzip.compress(OSM.encode()), read_places),
    "a.geojson": (GEOJSON.encode(), read_places),
    "outline.geojson": (GEOJSON.encode(), read_outline),
    "a.json": (OVERPASS.encode(), read_places),
    "a.asc": (ASC.encode(), heights),
}
PIECES = [
    *(b"", b"\x00", b"\xff", b"NaN", b"-1e999", b"9" * 30, b"<", b">", b"&", b'"', b"null", b"[]", b"{}", b"1,"),
    *(b"\xed\xa0\x80", b"name", b"coordinates", b'"type": "Polygon"', b"\\ud800", b"<Point/>", b"EPSG:3148"),
    b"\xf0\x9f\x92\x8e",
]


def harmed(raw: bytes, seed: int, pieces: list[bytes]) -> bytes:
    """Cut, double and overwrite parts of a file."""
    chance, found = random.Random(seed), raw
    for piece in pieces:
        at, stop = sorted(chance.randrange(len(found) + 1) for _ in range(2))
        how = chance.randrange(4)
        if how == 0:
            found = found[:at] + piece + found[at:]
        elif how == 1:
            found = found[:at] + piece + found[min(stop, at + 12) :]
        elif how == 2:
            found = found[:at]
        else:
            found = found[:stop] + found[at:]
    return found


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9), pieces=st.lists(st.sampled_from(PIECES), min_size=1, max_size=4))
def test_a_harmed_file_is_read_or_refused_in_our_words(
    tmp_path: Path, name: str, seed: int, pieces: list[bytes]
) -> None:
    content, read = FILES[name]
    path = tmp_path / name
    path.write_bytes(harmed(content, seed, pieces))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = read(path)
        except KarmalinkError as error:
            assert error.what
            str(error).encode()
            return
    for place in found if read is read_places else ():  # type: ignore[attr-defined]
        repr(place).encode()
        assert place.geometry.is_valid


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.osm.pbf", "a.tif"])
@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 100, b"SQLite format 3\x00" + b"\x00" * 200, b"II*\x00\x08\x00\x00\x00", b"text"]
)
def test_binary_files_that_are_none(tmp_path: Path, name: str, content: bytes) -> None:
    pytest.importorskip("pyogrio", reason="needs the extra terrain")
    path = tmp_path / name
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(KarmalinkError):
            (heights if name.endswith("tif") else read_places)(path)


@pytest.mark.parametrize("name", [*FILES, "a.gpkg", "a.osm.pbf", "a.tif"])
def test_a_file_that_is_not_there_or_a_folder(tmp_path: Path, name: str) -> None:
    pytest.importorskip("pyogrio", reason="needs the extra terrain")
    read = FILES[name][1] if name in FILES else heights if name.endswith("tif") else read_places
    with pytest.raises(ReadError):
        read(tmp_path / name)
    (tmp_path / name).mkdir()
    with pytest.raises(ReadError):
        read(tmp_path / name)


@pytest.mark.parametrize(
    "number", ["1e400", "-1e400", "9" * 400, "9" * 5000, "NaN", "Infinity", '"1"', "true", "null", "[1]", '{"a": 1}']
)
def test_numbers_that_no_map_has(tmp_path: Path, number: str) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(
        GEOJSON.replace("104.9, 11.5", f"{number}, 11.5").replace("EPSG:4131", "EPSG:4326"), encoding="utf-8"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            assert [place.name for place in read_places(path)] == ["P"]
        except ReadError as error:
            assert "thousands of digits" in error.what
        path.write_text(OVERPASS.replace("104.9", number).replace('"id": 2', f'"id": {"9" * 40}'), encoding="utf-8")
        try:
            assert "W" not in {place.name for place in read_places(path)}
        except KarmalinkError as error:
            assert error.what


def test_nesting_without_end(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    for depth in (400, 900, 100_000):
        deep = "[" * depth + "]" * depth
        path.write_text(GEOJSON.replace("[104.9, 11.5]", deep), encoding="utf-8")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                assert [place.name for place in read_places(path)] == ["P"]
            except ReadError as error:
                assert "nested too deeply" in error.what


def test_a_kmz_is_its_kml(tmp_path: Path) -> None:
    path = tmp_path / "a.kmz"
    path.write_bytes(packed(KML))
    assert [place.id for place in read_places(path)] == ["a/A", "a/B"]
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    path.write_bytes(empty.getvalue())
    with pytest.raises(ReadError, match="holds no KML"):
        read_places(path)


def test_heights_of_any_form_lie_on_the_grid(tmp_path: Path) -> None:
    path = tmp_path / "a.asc"
    path.write_text(ASC, encoding="utf-8")
    assert np.isfinite(read_elevation(path, AREA)).all()


def test_a_raster_whose_cells_have_no_size_is_refused(tmp_path: Path) -> None:
    rasterio = pytest.importorskip("rasterio", reason="needs the extra terrain")
    path = tmp_path / "flat.tif"
    flat = rasterio.Affine(0.01, 0.01, 104.9, 0.01, 0.01, 11.5)  # both sides of a cell point one way
    size = {"width": 4, "height": 4, "count": 1, "dtype": "float32", "crs": "EPSG:4326", "transform": flat}
    with rasterio.open(path, "w", driver="GTiff", **size) as file:
        file.write(np.ones((1, 4, 4), dtype=np.float32))
    with pytest.raises(ReadError, match="cells have no size"):
        read_elevation(path, AREA)
