"""Files of other programs as people have them: read whole, read in part and told, or refused with the reason."""

from __future__ import annotations

import bz2
import gzip
import json
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point
from typer.testing import CliRunner

from karmalink.cli import app
from karmalink.errors import InputError, KarmalinkError, ReadError
from karmalink.rows import LeftOutWarning
from karmalink.seek import Place, Places, read_gpx, read_places
from karmalink.seek.ground.geojson_files import read_geojson, read_outline


def read(path: Path, content: str | bytes) -> tuple[Places, list[str]]:
    """Write a file and read its places; return what was told too."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = read_places(path)
    assert [str(one.message) for one in told] == (
        [f"{path.name}: {'; '.join(str(note) for note in found.notes)}"] if found.notes else []
    )
    return found, [str(note) for note in found.notes]


# KML.


def kml(*marks: str) -> str:
    return f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>{"".join(marks)}</Folder></Document></kml>'


def mark(name: str, shape: str) -> str:
    return f"<Placemark><name>{name}</name>{shape}</Placemark>"


def ring(points: str, tag: str = "outerBoundaryIs") -> str:
    return f"<{tag}><LinearRing><coordinates>{points}</coordinates></LinearRing></{tag}>"


CAMP = mark("Camp", "<Point><coordinates>104.9,11.5,0</coordinates></Point>")
BOW = "104.90,11.50 104.91,11.51 104.91,11.50 104.90,11.51 104.90,11.50"
SQUARE = "104.90,11.50 104.91,11.50 104.91,11.51 104.90,11.51 104.90,11.50"


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        ("<Point><coordinates></coordinates></Point>", "without a position on the globe"),
        ("<Point/>", "without a position on the globe"),
        ("", "without a position on the globe"),
        ("<Point><coordinates>180.0,100.0</coordinates></Point>", "without a position on the globe"),
        ("<Point><coordinates>north,east</coordinates></Point>", "without a position on the globe"),
        ("<Point><coordinates>104.9</coordinates></Point>", "without a position on the globe"),
        ("<Point><coordinates>NaN,NaN</coordinates></Point>", "without a position on the globe"),
        ("<LineString><coordinates>104.9,11.5</coordinates></LineString>", "with fewer than two points on the globe"),
        ("<LineString><coordinates/></LineString>", "with fewer than two points on the globe"),
        ("<Polygon/>", "without a position on the globe"),
        (f"<Polygon>{ring('104.9,11.5 104.91,11.5')}</Polygon>", "with a ring that encloses nothing"),
        (f"<Polygon>{ring('104.9,11.5 104.91,11.5 104.92,11.5')}</Polygon>", "with a ring that encloses nothing"),
        (f"<Polygon>{ring('104.9,11.5 181,11.5 104.92,11.7')}</Polygon>", "with a ring that encloses nothing"),
        ("<MultiGeometry/>", "without a position on the globe"),
        ("<Track/>", "with fewer than two points on the globe"),
        ("<Model><Location><longitude>x</longitude></Location></Model>", "without a position on the globe"),
    ],
)
def test_kml_one_placemark_without_a_position_does_not_cost_the_others(tmp_path: Path, shape: str, why: str) -> None:
    found, told = read(tmp_path / "a.kml", kml(CAMP, mark("Split 0", shape)))
    assert [place.name for place in found] == ["Camp"]
    assert told == [f"1 placemark {why}: left out (Split 0)"]


@pytest.mark.parametrize(
    ("shape", "wkt"),
    [
        ("<Point><coordinates>104.91, 11.5, 0</coordinates></Point>", "POINT (104.91 11.5)"),
        ("<Point><coordinates>\n  104.91,\n11.5 \n</coordinates></Point>", "POINT (104.91 11.5)"),
        ("<LineString><coordinates>104.9, 11.5, 2 104.91, 11.5, 2</coordinates></LineString>",
         "LINESTRING (104.9 11.5, 104.91 11.5)"),
        (f"<Polygon>{ring(SQUARE)}</Polygon>",
         "POLYGON ((104.9 11.5, 104.91 11.5, 104.91 11.51, 104.9 11.51, 104.9 11.5))"),
        ("<Model><Location><longitude>104.9</longitude><latitude>11.5</latitude></Location></Model>",
         "POINT (104.9 11.5)"),
        ("<gx:Track><when>2026-01-01T00:00:00Z</when><when>2026-01-01T00:01:00Z</when>"
         "<gx:coord>104.9 11.5 0</gx:coord><gx:coord>104.91 11.5 0</gx:coord></gx:Track>",
         "LINESTRING (104.9 11.5, 104.91 11.5)"),
        ("<gx:Track><gx:coord>104.9 11.5 0</gx:coord></gx:Track>", "POINT (104.9 11.5)"),
        ("<gx:MultiTrack><gx:Track><gx:coord>1 1</gx:coord><gx:coord>2 1</gx:coord></gx:Track><gx:Track>"
         "<gx:coord>3 1</gx:coord><gx:coord>4 1</gx:coord></gx:Track></gx:MultiTrack>",
         "MULTILINESTRING ((1 1, 2 1), (3 1, 4 1))"),
    ],
)  # fmt: skip
def test_kml_shapes_are_read_as_they_are_drawn(tmp_path: Path, shape: str, wkt: str) -> None:
    # The prefix gx is declared nowhere here, as in files of some phones.
    found, told = read(tmp_path / "a.kml", kml(mark("Team 1", shape)))
    assert ([place.geometry.wkt for place in found], told) == ([wkt], [])


def test_kml_a_pause_of_a_phone_cuts_the_line_and_is_told(tmp_path: Path) -> None:
    points = "104.90,11.5 104.91,11.5 180.0,100.0 104.95,11.5 104.96,11.5"
    line = f"<LineString><coordinates>{points}</coordinates></LineString>"
    found, told = read(tmp_path / "a.kml", kml(mark("Walk", line)))
    assert found[0].geometry.wkt == "MULTILINESTRING ((104.9 11.5, 104.91 11.5), (104.95 11.5, 104.96 11.5))"
    assert told == ["1 point without a position on the globe in a line: left out, and the line is cut there (Walk)"]


def test_kml_rings_that_cross_are_the_ground_that_they_enclose(tmp_path: Path) -> None:
    two = f"<MultiGeometry><Polygon>{ring(BOW)}</Polygon><Polygon>{ring(SQUARE)}</Polygon></MultiGeometry>"
    found, told = read(tmp_path / "a.kml", kml(mark("Bow", f"<Polygon>{ring(BOW)}</Polygon>"), mark("Both", two)))
    assert found[0].geometry.is_valid
    assert found[0].geometry.area == pytest.approx(0.5e-4)  # two triangles, each a quarter of the square
    assert found[1].geometry.area == pytest.approx(1e-4)
    assert told == ["2 placemarks with a ring that crosses itself: read as the ground that it encloses (Bow, Both)"]


def test_kml_what_is_no_named_placemark_is_counted(tmp_path: Path) -> None:
    link = "<NetworkLink><name>More</name><Link><href>b.kml</href></Link></NetworkLink>"
    picture = "<GroundOverlay><name>Old map</name></GroundOverlay>"
    found, told = read(
        tmp_path / "a.kml", kml(CAMP, mark("", "<Point><coordinates>1,1</coordinates></Point>"), link, picture)
    )
    assert len(found) == 1
    assert told == [
        "1 link to another file beside the placemarks: not followed (More)",
        "1 picture on the ground beside the placemarks: left out (Old map)",
        "1 placemark without a name: left out",
    ]


def test_kml_a_file_without_any_place_says_what_it_has_instead(tmp_path: Path) -> None:
    path = tmp_path / "a.kml"
    path.write_text(kml(mark("Way", "<LineString><coordinates>1,1</coordinates></LineString>")), encoding="utf-8")
    with pytest.raises(ReadError) as caught:
        read_places(path)
    assert "1 placemark with fewer than two points on the globe: left out (Way)" in str(caught.value)
    path.write_text("<gpx/>", encoding="utf-8")
    with pytest.raises(ReadError, match="this is not KML: the root of its XML is <gpx>"):
        read_places(path)


SHAPES = st.recursive(
    st.builds(
        lambda tag, numbers: f"<{tag}><coordinates>{' '.join(f'{x},{y}' for x, y in numbers)}</coordinates></{tag}>",
        st.sampled_from(["Point", "LineString", "LinearRing"]),
        st.lists(st.tuples(st.floats(-200, 200, width=32), st.floats(-100, 100, width=32)), max_size=5),
    )
    | st.builds(
        lambda outer, inner: f"<Polygon>{ring(outer)}{ring(inner, 'innerBoundaryIs')}</Polygon>",
        *[
            st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=7).map(
                lambda points: " ".join(f"{x},{y}" for x, y in points)
            )
        ]
        * 2,
    ),
    lambda shapes: st.lists(shapes, max_size=3).map(lambda parts: f"<MultiGeometry>{''.join(parts)}</MultiGeometry>"),
    max_leaves=5,
)


@given(st.lists(SHAPES, max_size=4))
def test_kml_of_any_shape_is_read_or_told_and_never_breaks(
    tmp_path_factory: pytest.TempPathFactory, shapes: list[str]
) -> None:
    path = tmp_path_factory.mktemp("kml") / "a.kml"
    found, told = read(path, kml(CAMP, *(mark(f"m{n}", shape) for n, shape in enumerate(shapes))))
    names = {place.name for place in found}
    assert "Camp" in names
    for number in range(len(shapes)):
        assert f"m{number}" in names or any(f"m{number}" in note.which for note in found.notes)
    assert all(place.geometry.is_valid and not place.geometry.is_empty for place in found)
    assert len(told) == len(found.notes)


# GPX as places.


def gpx(body: str, prefix: str = "") -> str:
    space = f'xmlns{":" if prefix else ""}{prefix}="http://www.topografix.com/GPX/1/1"'
    tag = f"{prefix}:gpx" if prefix else "gpx"
    return f'<{tag} version="1.1" creator="x" {space}>{body}</{tag}>'


@pytest.mark.parametrize(
    ("names", "idents"),
    [
        (["Camp", "Camp "], ["Camp", "Camp #2"]),
        ([" Camp", "Camp"], ["Camp", "Camp #2"]),
        (["Camp", "Camp", "Camp #2"], ["Camp", "Camp #3", "Camp #2"]),
        (["Camp #2", "Camp", "Camp", "Camp"], ["Camp #2", "Camp", "Camp #3", "Camp #4"]),
        (["a  b", "a\nb", "a\tb"], ["a b", "a b #2", "a b #3"]),
        (["camp", "Camp"], ["camp", "Camp"]),
    ],
)
def test_the_same_name_twice_is_two_places(tmp_path: Path, names: list[str], idents: list[str]) -> None:
    points = "".join(f'<wpt lat="11.5" lon="104.{n}"><name>{name}</name></wpt>' for n, name in enumerate(names))
    found, told = read(tmp_path / "day.gpx", gpx(points))
    assert [place.id for place in found] == [f"day/{ident}" for ident in idents]
    assert [place.name for place in found] == [" ".join(name.split()) for name in names]
    assert told == []


@given(st.lists(st.sampled_from(["A", "A ", "A #2", "A #3", "B", " B"]), min_size=1, max_size=9))
def test_made_identifiers_are_never_the_same(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    points = "".join(f'<wpt lat="1" lon="1"><name>{name}</name></wpt>' for name in names)
    found, _ = read(tmp_path_factory.mktemp("gpx") / "a.gpx", gpx(points))
    assert len({place.id for place in found}) == len(found) == len(names)
    for place in found:
        assert place.id == f"a/{place.name}" or place.id.startswith(f"a/{place.name} #")


@pytest.mark.parametrize("prefix", ["", "gpx", "ns2"])
def test_gpx_is_gpx_with_any_prefix(tmp_path: Path, prefix: str) -> None:
    q = f"{prefix}:" if prefix else ""
    fix = "".join(
        f'<{q}trkpt lat="11.56" lon="104.90{n}"><{q}time>2026-03-01T02:00:0{n}Z</{q}time></{q}trkpt>' for n in range(4)
    )
    body = f'<{q}wpt lat="11.5" lon="104.9"><{q}name>Camp</{q}name></{q}wpt>'
    body += f"<{q}trk><{q}name>Walk</{q}name><{q}trkseg>{fix}</{q}trkseg></{q}trk>"
    found, _ = read(tmp_path / "a.gpx", gpx(body, prefix))
    assert [(place.name, place.geometry.geom_type) for place in found] == [("Camp", "Point"), ("Walk", "LineString")]
    (track,), _ = read_gpx(tmp_path / "a.gpx")
    assert len(track) == 4


def test_gpx_places_without_a_position_or_a_name_are_told(tmp_path: Path) -> None:
    body = '<wpt lat="11,5" lon="104,9"><name>Comma</name></wpt><wpt lat="" lon=""><name>Nowhere</name></wpt>'
    body += '<wpt lat="1" lon="1"/><rte><name>Short</name><rtept lat="1" lon="1"/></rte>'
    body += '<trk><name>Walk</name><trkseg><trkpt lat="1" lon="1"/><trkpt/><trkpt lat="1" lon="2"/>'
    body += '<trkpt lat="1" lon="3"/></trkseg></trk>'
    found, told = read(tmp_path / "a.gpx", gpx(body))
    assert {place.name: place.geometry.wkt for place in found} == {
        "Comma": "POINT (104.9 11.5)",
        "Walk": "LINESTRING (2 1, 3 1)",
    }
    assert told == [
        "1 waypoint without a position on the globe: left out (Nowhere)",
        "1 feature without a name: left out",
        "1 route with fewer than two points on the globe: left out (Short)",
        "1 point without a position on the globe in a track: left out, and the line is cut there (Walk)",
    ]


# GPX as tracks.


def fixes(extra: str = "", first: str = "") -> str:
    points = "".join(
        f'<trkpt lat="11.56" lon="104.90{n}"><time>2026-03-01T02:00:0{n}Z</time>{extra if n == 1 else ""}</trkpt>'
        for n in range(4)
    )
    return gpx(f"<trk><trkseg>{first}{points}</trkseg></trk>")


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        ("<hdop>1,2</hdop>", []),
        ("<hdop>good</hdop>", ["1 hdop that is not a number: the field is left out (line 1)."]),
        ("<fix>1</fix>", ["1 fix of an unknown kind: the field is left out (line 1)."]),
        ("<fix>3D</fix>", []),
        ("<sat>7.0</sat>", []),
        ("<ele>N/A</ele>", []),
        ("<time>yesterday</time>", ["1 time that is not a date and time: the field is left out (line 1)."]),
        ("<extensions><hdop>x</hdop></extensions>", []),
    ],
)
def test_gpx_a_field_that_cannot_be_read_does_not_cost_the_day(tmp_path: Path, extra: str, told: list[str]) -> None:
    path = tmp_path / "a.gpx"
    path.write_text(fixes(extra), encoding="utf-8")
    (track,), findings = read_gpx(path)
    assert [finding.says for finding in findings] == told
    assert len(track) == 4
    assert not track.lost.any()
    assert np.isfinite(track.seconds).sum() == (3 if "time" in extra else 4)


@pytest.mark.parametrize(
    "first", ["<trkpt></trkpt>", '<trkpt lat="" lon=""/>', '<trkpt lat="N" lon="E"/>', '<trkpt lon="1"/>']
)
def test_gpx_a_fix_without_a_position_does_not_cost_the_day(tmp_path: Path, first: str) -> None:
    path = tmp_path / "a.gpx"
    path.write_text(fixes(first=first), encoding="utf-8")
    (track,), _ = read_gpx(path)
    assert len(track) == 5
    assert np.isnan(track.lat).tolist() == [True, False, False, False, False]


@pytest.mark.parametrize(
    ("stamp", "seconds"),
    [
        ("2026-03-01T02:00:00Z", 0.0),
        ("2026-03-01T02:00:00", 0.0),
        ("2026-03-01 02:00:00", 0.0),
        ("2026-03-01T02:00:00.25Z", 0.25),
        ("2026-03-01T02:00:00,5Z", 0.5),
        ("2026-03-01T02:00:00.123456789Z", 0.123),
        ("2026-03-01T09:00:00+07:00", 0.0),
        ("2026-03-01T09:00:00+0700", 0.0),
        ("2026-02-28T21:30:00-04:30", 0.0),
        ("2026-3-1T2:0:0Z", 0.0),
        ("2026-03-01T02:00Z", 0.0),
        ("2026-03-01T01:59:60Z", 0.0),
        ("2026-13-01T02:00:00Z", None),
        ("01/03/2026 02:00", None),
        ("2026-03-01T25:00:00Z", None),
    ],
)
def test_gpx_times_as_devices_write_them(tmp_path: Path, stamp: str, seconds: float | None) -> None:
    path = tmp_path / "a.gpx"
    path.write_text(gpx(f'<trk><trkseg><trkpt lat="1" lon="1"><time>{stamp}</time></trkpt></trkseg></trk>'), "utf-8")
    (track,), _ = read_gpx(path)
    if seconds is None:
        assert np.isnan(track.seconds[0])
    else:
        assert track.seconds[0] == pytest.approx(1_772_330_400.0 + seconds, abs=1e-6)


@pytest.mark.parametrize(
    "cut",
    [
        "</trkseg></trk></gpx>",
        "</trk></gpx>",
        "</gpx>",
        "><time>2026-03-01T02:00:03Z</time></trkpt></trkseg></trk></gpx>",
    ],
)
def test_gpx_of_a_device_whose_battery_died_is_read_up_to_there(tmp_path: Path, cut: str) -> None:
    path = tmp_path / "a.gpx"
    path.write_text(fixes().removesuffix(cut), encoding="utf-8")
    (track,), (finding,) = read_gpx(path)
    assert len(track) in (3, 4)
    assert (finding.name, finding.says) == ("cut", "The file breaks off at line 1: read up to there.")


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "windows-1252", "UTF-16", "UTF-8"])
@pytest.mark.parametrize("ending", [".gpx", ".kml", ".osm"])
def test_xml_says_its_own_encoding(tmp_path: Path, ending: str, encoding: str) -> None:
    body = {
        ".gpx": gpx('<wpt lat="11.5" lon="104.9"><name>Café</name></wpt>'),
        ".kml": kml(CAMP.replace("Camp", "Café")),
        ".osm": '<osm version="0.6"><node id="1" lat="1" lon="1"><tag k="name" v="Café"/></node></osm>',
    }[ending]
    found, _ = read(tmp_path / f"a{ending}", f'<?xml version="1.0" encoding="{encoding}"?>{body}'.encode(encoding))
    assert found[0].name == "Café"


# OpenStreetMap.

NODES = {1: (11.55, 104.90), 2: (11.55, 104.91), 3: (11.56, 104.91), 4: (11.56, 104.90), 5: (11.58, 104.93)}
SHOP = '<node id="9" lat="11.5" lon="104.9"><tag k="name" v="Shop"/><tag k="shop" v="yes"/></node>'


def nodes(*wanted: int) -> str:
    return "".join(f'<node id="{n}" lat="{NODES[n][0]}" lon="{NODES[n][1]}"/>' for n in wanted or NODES)


def tags(**said: str) -> str:
    return "".join(f'<tag k="{key.replace("__", ":")}" v="{value}"/>' for key, value in said.items())


def way(ident: int, refs: Sequence[int], **said: str) -> str:
    return f'<way id="{ident}">{"".join(f"""<nd ref="{ref}"/>""" for ref in refs)}{tags(**said)}</way>'


def relation(ident: int, members: Sequence[tuple[str, int, str]], **said: str) -> str:
    held = "".join(f'<member type="{kind}" ref="{ref}" role="{role}"/>' for kind, ref, role in members)
    return f'<relation id="{ident}">{held}{tags(**said)}</relation>'


def osm(*body: str) -> str:
    return f'<?xml version="1.0"?><osm version="0.6" generator="x">{"".join(body)}</osm>'


RIVER = way(10, (1, 2, 3), name="Red River", waterway="river")


@pytest.mark.parametrize(
    "body",
    [
        (SHOP, nodes(), RIVER),
        (SHOP, RIVER, nodes()),
        (RIVER, nodes(), SHOP),
        (way(11, (3, 4)), RIVER, SHOP, nodes()),
        (nodes(1), SHOP, RIVER, nodes(2), way(11, (3, 4)), nodes(3)),
    ],
)
def test_osm_in_any_order_is_the_same(tmp_path: Path, body: tuple[str, ...]) -> None:
    found, told = read(tmp_path / "a.osm", osm(*body))
    assert {place.id: place.geometry.wkt for place in found} == {
        "node/9": "POINT (104.9 11.5)",
        "way/10": "LINESTRING (104.9 11.55, 104.91 11.55, 104.91 11.56)",
    }
    assert told == []


def test_osm_not_uploaded_yet_has_numbers_below_zero(tmp_path: Path) -> None:
    body = (nodes() + RIVER).replace('id="', 'id="-').replace('ref="', 'ref="-')
    found, _ = read(tmp_path / "a.osm", osm(SHOP, body))
    assert {place.id for place in found} == {"node/9", "way/-10"}


@pytest.mark.parametrize("said", ['visible="false"', 'action="delete"'])
def test_osm_what_was_deleted_is_not_there_and_told(tmp_path: Path, said: str) -> None:
    gone = f'<node id="8" lat="11.5" lon="104.9" {said}><tag k="name" v="Gone"/></node>'
    found, told = read(tmp_path / "a.osm", osm(SHOP, gone))
    assert [place.name for place in found] == ["Shop"]
    assert told == ["1 node that an editor deleted: left out (Gone)"]


def test_osm_of_several_versions_the_last_holds(tmp_path: Path) -> None:
    old = '<node id="9" version="1" lat="11.4" lon="104.8"><tag k="name" v="Shack"/></node>'
    found, _ = read(tmp_path / "a.osm", osm(old, SHOP))
    assert [(place.name, place.geometry.y) for place in found] == [("Shop", 11.5)]


def test_osm_a_position_that_cannot_be_does_not_cost_the_file(tmp_path: Path) -> None:
    bad = "".join(
        f'<node id="{n}" {where}><tag k="name" v="Bad {n}"/></node>'
        for n, where in enumerate(['lat="" lon=""', "", 'lat="95" lon="1"', 'lat="x" lon="1"'], start=20)
    )
    found, told = read(tmp_path / "a.osm", osm(bad, SHOP))
    assert [place.name for place in found] == ["Shop"]
    assert told == [
        "4 nodes without a position on the globe: left out "
        "(Bad 20, node/20, Bad 21, node/21, Bad 22, node/22 and 1 more)"
    ]


def test_osm_a_way_is_read_as_far_as_it_lies_inside(tmp_path: Path) -> None:
    bend = way(10, (1, 99, 2, 3, 98, 4), name="Bend", highway="path")
    lake = way(11, (1, 2, 3, 99, 1), name="Lake", natural="water")
    gone = way(12, (97, 98), name="Away", highway="path")
    found, told = read(tmp_path / "a.osm", osm(nodes(), bend, lake, gone))
    assert {place.name: place.geometry.wkt for place in found} == {
        "Bend": "LINESTRING (104.91 11.55, 104.91 11.56)",
        "Lake": "LINESTRING (104.9 11.55, 104.91 11.55, 104.91 11.56)",
    }
    assert told == [
        "2 ways that the edge of the file cuts: read as far as it lies inside (Bend, way/10, Lake, way/11)",
        "1 way of which nothing lies in the file: left out (Away, way/12)",
    ]


def test_osm_a_stub_of_a_road_is_not_its_namesake(tmp_path: Path) -> None:
    road = way(10, (1, 2), name="Long Road", highway="primary")
    stub = way(11, (99, 5), name="Long Road", highway="primary")
    found, told = read(tmp_path / "a.osm", osm(nodes(), road, stub))
    assert [place.id for place in found] == ["way/10"]
    assert len(told) == 1


OUTER = [("way", 10, "outer"), ("way", 11, "outer")]
HALVES = way(10, (1, 2, 3)) + way(11, (3, 4, 1))


@pytest.mark.parametrize(
    ("members", "said", "kind", "shape"),
    [
        (OUTER, {"type": "multipolygon", "natural": "water"}, "water", "Polygon"),
        (OUTER, {"type": "boundary", "boundary": "administrative"}, "boundary", "Polygon"),
        ([("way", 10, ""), ("way", 11, "")], {"type": "multipolygon", "landuse": "forest"}, "forest", "Polygon"),
        ([("way", 10, "")], {"type": "waterway", "waterway": "river"}, "river", "LineString"),
        ([("way", 10, "main_stream"), ("way", 11, "side_stream")], {"type": "waterway", "waterway": "river"}, "river",
         "LineString"),
        ([("way", 10, "")], {"type": "route", "route": "hiking"}, "route", "LineString"),
        ([("way", 10, "forward"), ("node", 1, "stop")], {"type": "route", "route": "bus"}, "route", "LineString"),
        ([("way", 10, "street"), ("node", 5, "house")], {"type": "associatedStreet"}, "road", "LineString"),
        ([("node", 1, ""), ("node", 5, "")], {"type": "site", "historic": "archaeological_site"},
         "archaeological_site", "MultiPoint"),
        ([("node", 5, "")], {"type": "site"}, "site", "Point"),
    ],
)  # fmt: skip
def test_osm_relations_that_bear_the_name_are_what_they_are(
    tmp_path: Path, members: list[tuple[str, int, str]], said: dict[str, str], kind: str, shape: str
) -> None:
    found, told = read(tmp_path / "a.osm", osm(nodes(), HALVES, relation(1, members, name="It", **said)))
    assert [(place.id, place.name, place.kind, place.geometry.geom_type) for place in found] == [
        ("relation/1", "It", kind, shape)
    ]
    assert told == []


def test_osm_holes_and_islands_of_a_lake(tmp_path: Path) -> None:
    inner = "".join(
        f'<node id="{30 + n}" lat="{lat}" lon="{lon}"/>'
        for n, (lon, lat) in enumerate([(104.904, 11.554), (104.906, 11.554), (104.906, 11.556), (104.904, 11.556)])
    )
    island = inner + way(12, (30, 31, 32, 33, 30))
    lake = relation(1, [*OUTER, ("way", 12, "inner")], type="multipolygon", natural="water", name="Lake")
    found, _ = read(tmp_path / "a.osm", osm(nodes(), HALVES, island, lake))
    assert found[0].geometry.area == pytest.approx(0.01 * 0.01 - 0.002 * 0.002)


@pytest.mark.parametrize(
    "said", [{"type": "boundary", "boundary": "administrative"}, {"type": "multipolygon", "natural": "water"}]
)
def test_osm_an_area_that_the_edge_cuts_is_its_outline_and_told(tmp_path: Path, said: dict[str, str]) -> None:
    island = way(12, (1, 2, 3, 1))
    cut = [("way", 10, "outer"), ("way", 99, "outer"), ("way", 12, "outer"), ("node", 5, "admin_centre")]
    found, told = read(tmp_path / "a.osm", osm(nodes(), HALVES, island, relation(3, cut, name="Border", **said)))
    # One whole island is not the country.
    assert found[0].geometry.geom_type in ("LineString", "MultiLineString")
    assert told == ["1 relation that the edge of the file cuts: read as far as it lies inside (Border, relation/3)"]


def test_osm_a_ring_that_does_not_close_is_told(tmp_path: Path) -> None:
    found, told = read(
        tmp_path / "a.osm",
        osm(nodes(), HALVES, relation(3, OUTER[:1], type="multipolygon", landuse="forest", name="Wood")),
    )
    assert found[0].geometry.geom_type == "LineString"
    assert told == ["1 relation with a ring that does not close: read as its outline (Wood, relation/3)"]


def test_osm_a_river_and_its_ways_are_one_place(tmp_path: Path) -> None:
    half = way(11, (3, 4), name="Red River", waterway="river", alt_name="Little Red")
    whole = relation(1, [("way", 10, ""), ("way", 11, "")], type="waterway", waterway="river", name="Red River")
    found, _ = read(tmp_path / "a.osm", osm(nodes(), RIVER, half, whole))
    assert [(place.id, place.aliases) for place in found] == [("way/10", ("Little Red",))]
    assert found[0].geometry.length == pytest.approx(0.03)


def test_osm_routes_of_routes_and_relations_that_hold_themselves(tmp_path: Path) -> None:
    one = relation(1, [("way", 10, ""), ("relation", 2, "")], type="route", route="hiking")
    other = relation(
        2, [("way", 11, ""), ("relation", 1, ""), ("relation", 3, "")], type="superroute", route="hiking", name="Way"
    )
    found, told = read(tmp_path / "a.osm", osm(nodes(), HALVES, one, other))
    assert found[0].geometry.length == pytest.approx(0.04)
    assert told == ["1 relation that the edge of the file cuts: read as far as it lies inside (Way, relation/2)"]


def test_osm_names_in_languages_are_aliases_and_do_for_a_missing_name(tmp_path: Path) -> None:
    body = '<node id="1" lat="1" lon="1">{}</node><node id="2" lat="1" lon="2">{}</node>'
    first = tags(
        name="វត្តភ្នំ", name__km="វត្តភ្នំ", name__en="Wat Phnom", old_name__fr="Pagode du Phnom", int_name="Hill Temple"
    )
    first += tags(name__etymology="Lady Penh", amenity="place_of_worship", religion="buddhist")
    found, _ = read(tmp_path / "a.osm", osm(body.format(first, tags(name__en="Riverside", leisure="park"))))
    assert found[0].aliases == ("Hill Temple", "Wat Phnom", "Pagode du Phnom")
    assert [(place.name, place.kind) for place in found] == [("វត្តភ្នំ", "pagoda"), ("Riverside", "park")]


def test_overpass_writes_positions_into_ways_and_members(tmp_path: Path) -> None:
    drawn = '<way id="10"><bounds/><nd ref="1" lat="11.5" lon="104.9"/><nd ref="2" lat="11.6" lon="104.9"/>'
    drawn += f"{tags(name='Drawn', highway='path')}</way>"
    centre = f'<way id="11"><center lat="11.7" lon="104.7"/><nd ref="5"/>{tags(name="Centre", landuse="forest")}</way>'
    member = '<relation id="1"><member type="way" ref="77" role=""><nd lat="1" lon="1"/><nd lat="1" lon="2"/></member>'
    member += f"{tags(name='Route', type='route', route='foot')}</relation>"
    found, told = read(tmp_path / "a.osm", osm(drawn, centre, member))
    assert {place.name: place.geometry.wkt for place in found} == {
        "Drawn": "LINESTRING (104.9 11.5, 104.9 11.6)",
        "Centre": "POINT (104.7 11.7)",
        "Route": "LINESTRING (1 1, 2 1)",
    }
    assert told == ["1 way of which the file has the centre only: read as a point (Centre, way/11)"]


def test_overpass_json_is_read_like_its_xml(tmp_path: Path) -> None:
    elements = [
        {"type": "way", "id": 10, "nodes": [1, 2], "tags": {"name": "Road", "highway": "path"}},
        {"type": "node", "id": 1, "lat": 11.5, "lon": 104.9},
        {"type": "node", "id": 2, "lat": 11.6, "lon": 104.9},
        {"type": "way", "id": 11, "geometry": [{"lat": 1, "lon": 1}, None, {"lat": 1, "lon": 2}, {"lat": 1, "lon": 3}],
         "tags": {"name": "Drawn", "highway": "path"}},
        {"type": "relation", "id": 3, "center": {"lat": 5, "lon": 6}, "tags": {"name": "Site", "type": "site"}},
        {"type": "relation", "id": 4, "tags": {"name": "Line", "type": "route", "route": "bus"},
         "members": [{"type": "way", "ref": 70, "role": "", "geometry": [{"lat": 1, "lon": 1}, {"lat": 2, "lon": 1}]}]},
        {"type": "count", "id": 0},
    ]  # fmt: skip
    content = {"version": 0.6, "elements": elements, "remark": "runtime error: Query timed out"}
    found, told = read(tmp_path / "a.json", json.dumps(content))
    assert {place.id: place.geometry.wkt for place in found} == {
        "way/10": "LINESTRING (104.9 11.5, 104.9 11.6)",
        "way/11": "LINESTRING (2 1, 3 1)",
        "relation/3": "POINT (6 5)",
        "relation/4": "LINESTRING (1 1, 1 2)",
    }
    assert told[:2] == [
        "1 element of an unknown type: left out (7)",
        "1 remark of the server in the file: the file may not hold all there is (runtime error: Query timed out)",
    ]


@pytest.mark.parametrize(("ending", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress)])
def test_osm_packed(tmp_path: Path, ending: str, pack: object) -> None:
    content = osm(SHOP, RIVER, nodes()).encode()
    found, _ = read(tmp_path / f"a.osm{ending}", pack(content))  # type: ignore[operator]
    assert len(found) == 2
    for broken in (content, pack(content)[:40]):  # type: ignore[operator]
        (tmp_path / f"b.osm{ending}").write_bytes(broken)
        with pytest.raises(ReadError):
            read_places(tmp_path / f"b.osm{ending}")


# GeoJSON.


def collection(*features: object, **more: object) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features), **more})


def feature(geometry: object, ident: object = None, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "geometry": geometry, "properties": properties} | (
        {} if ident is None else {"id": ident}
    )


POINT = {"type": "Point", "coordinates": [104.9, 11.5]}


def test_geojson_without_identifiers_gets_them_as_kml_and_gpx_do(tmp_path: Path) -> None:
    body = collection(
        feature(POINT, name="Camp"),
        feature(POINT, name="Camp "),
        feature(POINT, 0, name="Zero"),
        feature(POINT, name="own", id="x"),
        feature(POINT, name="tagged", **{"@id": "node/5"}),
        {"type": "Feature", "geometry": POINT, "properties": {"NAME": "Upper"}},
    )
    found, told = read(tmp_path / "map.geojson", body)
    assert [place.id for place in found] == ["map/Camp", "map/Camp #2", "0", "x", "node/5", "map/Upper"]
    assert told == []


def test_geojson_of_openstreetmap_keeps_kinds_and_names_in_languages(tmp_path: Path) -> None:
    said = {
        "name": "វត្តភ្នំ",
        "name:km": "វត្តភ្នំ",
        "name:en": "Wat Phnom",
        "old_name": "Vat;Vatt",
        "amenity": "place_of_worship",
    }
    body = collection(
        feature(POINT, "node/1", **said, religion="buddhist"),
        feature(POINT, "node/2", tags={"name": "Stop", "highway": "bus_stop", "name:km": "ចំណត"}, type="node"),
        feature(POINT, "3", name="Mine", kind="cave", aliases=["Hole", 7, None], **{"name:fr": "Grotte"}),
        feature(POINT, "4", **{"name:en": "Only English"}, natural="peak"),
        feature(POINT, "5", name_en="Field name", Name="QGIS"),
    )
    found, _ = read(tmp_path / "a.geojson", body)
    assert [(place.name, place.kind, place.aliases) for place in found] == [
        ("វត្តភ្នំ", "pagoda", ("Vat", "Vatt", "Wat Phnom")),
        ("Stop", "stop", ("ចំណត",)),
        ("Mine", "cave", ("Hole", "7", "Grotte")),
        ("Only English", "peak", ()),
        ("QGIS", "", ("Field name",)),
    ]
    assert (found[1].weight, found[2].weight) == (0.25, 1.0)


@pytest.mark.parametrize(
    "geometry",
    [
        None, {}, 7, "POINT (1 1)",
        {"type": "Point"}, {"type": "Point", "coordinates": []}, {"type": "Point", "coordinates": [104.9]},
        {"type": "Point", "coordinates": ["104.9", "11.5"]}, {"type": "Point", "coordinates": [None, None]},
        {"type": "Point", "coordinates": [11, 104.9]}, {"type": "Pint", "coordinates": [1, 1]},
        {"type": "LineString", "coordinates": []}, {"type": "LineString", "coordinates": [[500, 1], [501, 1]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}, {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [5]}, {"type": "MultiPolygon", "coordinates": [[[]]]},
        {"type": "GeometryCollection", "geometries": []}, {"type": "GeometryCollection", "geometries": 5},
        {"type": "LineString", "coordinates": {"a": 1}}, {"type": "Point", "coordinates": "POINT (1 1)"},
    ],
)  # fmt: skip
def test_geojson_one_bad_geometry_does_not_cost_the_others(tmp_path: Path, geometry: object) -> None:
    found, told = read(tmp_path / "a.geojson", collection(feature(POINT, name="Camp"), feature(geometry, name="Bad")))
    assert [place.name for place in found] == ["Camp"]
    assert len(told) == 1
    assert told[0].endswith(": left out (Bad)")


@pytest.mark.parametrize(
    "properties", [None, 5, [], "name", {"name": None}, {"name": ["a"]}, {"name": True}, {"name": "  "}]
)
def test_geojson_features_without_a_name_are_counted(tmp_path: Path, properties: object) -> None:
    nameless = {"type": "Feature", "geometry": POINT, "properties": properties}
    found, told = read(tmp_path / "a.geojson", collection(feature(POINT, name="Camp"), nameless, nameless))
    assert (len(found), told) == (1, ["2 features without a name: left out"])


# CalTopo.


def topo(kind: str, title: str, geometry: object, **more: object) -> dict[str, object]:
    return feature(geometry, f"id-{title}", **{"class": kind, "title": title}, **more)


RECORDED = {"type": "LineString", "coordinates": [[104.9, 11.5, 12, 1.7e12], [104.91, 11.5, 12, 1.7e12]]}
GROUND = {
    "type": "Polygon",
    "coordinates": [[[104.9, 11.5, 3], [104.91, 11.5, 3], [104.91, 11.51, 3], [104.9, 11.5, 3]]],
}
TOPO = collection(
    topo("Folder", "All", None), topo("Folder", "Old", {}), topo("OperationalPeriod", "Day 1", None),
    topo("Marker", "IPP", {"type": "Point", "coordinates": [104.9, 11.5, 0, 0]}), topo("Clue", "Glove", POINT),
    topo("AppTrack", "Team 1", RECORDED),
    topo("LiveTrack", "Team 2", {"type": "LineString", "coordinates": [[1, 1, 0, 0]]}),
    topo("Shape", "Area", GROUND), topo("Buffer", "50 m", GROUND),
    topo("Assignment", "", GROUND, letter="AA", number="101"),
    topo("LiveTrack", "Team 3", {"type": "LineString", "coordinates": []}), feature(POINT, name="Plain"),
    topo("MapMediaObject", "Photo", POINT), topo("Clue", "Sock", None),
)  # fmt: skip


@pytest.mark.parametrize(
    "wrap",
    ["{}", '{{"result": {{"state": {}, "timestamp": 1}}, "status": "ok"}}', '{{"state": {}}}', '{{"result": {}}}'],
)
def test_caltopo_every_class_is_read_or_told(tmp_path: Path, wrap: str) -> None:
    found, told = read(tmp_path / "map.json", wrap.format(TOPO))
    assert [(place.name, place.kind, place.geometry.geom_type) for place in found] == [
        ("IPP", "marker", "Point"), ("Glove", "clue", "Point"), ("Team 1", "apptrack", "LineString"),
        ("Team 2", "livetrack", "Point"), ("Area", "shape", "Polygon"), ("50 m", "buffer", "Polygon"),
        ("AA 101", "assignment", "Polygon"), ("Plain", "", "Point"), ("Photo", "mapmediaobject", "Point"),
    ]  # fmt: skip
    assert told == [
        "2 Folders of CalTopo without ground: left out (All, Old)",
        "1 OperationalPeriod of CalTopo without ground: left out (Day 1)",
        "1 feature without a position on the globe: left out (Team 3)",
        "1 Clue of CalTopo without ground: left out (Sock)",
    ]
    assert not any(place.geometry.has_z for place in found)


@pytest.mark.parametrize("wrap", ["{}", '{{"result": {{"state": {}}}, "status": "ok"}}'])
def test_an_outline_may_lie_beside_folders_and_markers(tmp_path: Path, wrap: str) -> None:
    path = tmp_path / "map.json"
    path.write_text(
        wrap.format(collection(topo("Folder", "All", None), topo("Shape", "Area", GROUND))), encoding="utf-8"
    )
    with pytest.warns(LeftOutWarning, match="map.json: 1 feature that encloses no ground: left out"):
        assert read_outline(path).geom_type == "Polygon"
    path.write_text(
        wrap.format(collection(topo("Marker", "IPP", POINT), topo("Shape", "Area", GROUND))), encoding="utf-8"
    )
    with pytest.warns(LeftOutWarning):
        assert read_outline(path).geom_type == "Polygon"
    path.write_text(wrap.format(collection(topo("Marker", "IPP", POINT))), encoding="utf-8")
    with pytest.raises(InputError, match="encloses no ground"):
        read_outline(path)


# Datums.

PHNOM_PENH = (104.92, 11.56)


def metres_between(place: object, lon: float, lat: float) -> float:
    from pyproj import Geod

    return float(Geod(ellps="WGS84").inv(lon, lat, place.x, place.y)[2])  # type: ignore[attr-defined]


def layer(path: Path, crs: str | None, lon: float = PHNOM_PENH[0], lat: float = PHNOM_PENH[1]) -> Path:
    """Write one point, its numbers being in a projection, as a file that names it."""
    pyogrio = pytest.importorskip("pyogrio", reason="needs the extra terrain")
    import shapely

    driver = {".gpkg": "GPKG", ".shp": "ESRI Shapefile"}[path.suffix]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        points = shapely.to_wkb(np.array([shapely.Point(lon, lat)]))
        names = [np.array(["Old Pagoda"], dtype=object)]
        pyogrio.raw.write(path, points, names, ["name"], geometry_type="Point", crs=crs, driver=driver)
    return path


@pytest.mark.parametrize("ending", [".gpkg", ".shp"])
@pytest.mark.parametrize("crs", ["EPSG:4131", "EPSG:3148"])
def test_indian_1960_in_cambodia_is_shifted_with_its_accuracy(tmp_path: Path, ending: str, crs: str) -> None:
    # 3148 is UTM zone 48 on that datum: the same spot in metres.
    numbers = PHNOM_PENH if crs == "EPSG:4131" else (491_279.4, 1_277_836.8)
    path = layer(tmp_path / f"old{ending}", crs, *numbers)
    with pytest.warns(
        LeftOutWarning, match=r"shifted from Indian.1960 to WGS 84, published for ground \d+ km away: good to"
    ):
        (place,) = read_places(path)
    # 474 m by the parameters of central Vietnam, 460 m by those of the delta, 477 m by Con Son's.
    assert metres_between(place.geometry, *PHNOM_PENH) == pytest.approx(470, abs=15)
    assert place.reach_m >= 27


@pytest.mark.parametrize("crs", ["EPSG:4326", "OGC:CRS84", "EPSG:32648", "EPSG:3857"])
def test_what_is_wgs_84_already_is_taken_as_it_is_and_not_told(tmp_path: Path, crs: str) -> None:
    from pyproj import Transformer

    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(*PHNOM_PENH)
    found, told = read_as(layer(tmp_path / "new.gpkg", crs, x, y))
    assert metres_between(found[0].geometry, *PHNOM_PENH) < 0.01
    assert (told, found[0].radius_m) == ([], None)


def read_as(path: Path) -> tuple[Places, list[str]]:
    return read(path, path.read_bytes())


def test_a_datum_with_a_shift_for_its_ground_says_how_good_it_is(tmp_path: Path) -> None:
    found, told = read_as(layer(tmp_path / "bangkok.gpkg", "EPSG:4240", 100.5, 13.75))
    assert told == [
        "1 layer in another datum than WGS 84: shifted from Indian 1975 to WGS 84: good to about 3 m (bangkok)"
    ]
    assert metres_between(found[0].geometry, 100.5, 13.75) == pytest.approx(585, abs=2)


@pytest.mark.parametrize(
    ("crs", "says"),
    [
        ("EPSG:4301", "no shift to WGS 84 is known for the datum 'Tokyo' on this ground"),
        ("+proj=longlat +ellps=evrst30 +no_defs", "no shift to WGS 84 is known for the datum"),
        ("EPSG:4267", "no shift to WGS 84 is known for the datum 'North American Datum 1927'"),
    ],
)
def test_a_datum_that_nobody_can_shift_there_is_refused(tmp_path: Path, crs: str, says: str) -> None:
    path = layer(tmp_path / "old.gpkg", crs)
    with pytest.raises(KarmalinkError) as caught:
        read_places(path)
    assert says in str(caught.value)
    assert "-a_srs EPSG:4326" in caught.value.next_step


def test_a_layer_that_names_no_projection_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReadError) as caught:
        read_places(layer(tmp_path / "bare.gpkg", None))
    assert "1 layer that names no projection: left out (bare)" in str(caught.value)


def test_geojson_of_before_the_standard_is_brought_to_wgs_84(tmp_path: Path) -> None:
    def named(crs: object) -> str:
        geometry = {"type": "MultiPoint", "coordinates": [[*PHNOM_PENH, 7], [104.93, 11.56, 8]]}
        return collection(feature(geometry, name="Two"), feature(None, name="None"), crs=crs)

    def name(word: str) -> dict[str, object]:
        return {"type": "name", "properties": {"name": word}}

    for word in ("urn:ogc:def:crs:EPSG::4131", "EPSG:4131"):
        found, told = read(tmp_path / "old.geojson", named(name(word)))
        assert metres_between(found[0].geometry.geoms[0], *PHNOM_PENH) == pytest.approx(470, abs=15)
        assert "shifted from Indian 1960 to WGS 84" in told[0]
    for word in ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4326"):
        found, told = read(tmp_path / "new.geojson", named(name(word)))
        assert found[0].geometry.geoms[0].equals(Point(*PHNOM_PENH))
        assert told == ["1 feature without a position on the globe: left out (None)"]
    found, _ = read(tmp_path / "code.geojson", named({"type": "EPSG", "properties": {"code": 4326}}))
    assert len(found) == 1
    for bad in (
        name("EPSG:4301"),
        name("EPSG:43260"),
        name("nonsense"),
        {"type": "link", "properties": {"href": "x"}},
        5,
    ):
        (tmp_path / "bad.geojson").write_text(named(bad), encoding="utf-8")
        with pytest.raises(KarmalinkError):
            read_places(tmp_path / "bad.geojson")
    # An outline is shifted like places.
    outline = {"type": "Polygon", "coordinates": [[[104.9, 11.5], [104.91, 11.5], [104.91, 11.51], [104.9, 11.5]]]}
    (tmp_path / "area.geojson").write_text(collection(feature(outline), crs=name("EPSG:4131")), encoding="utf-8")
    with pytest.warns(LeftOutWarning, match="shifted from Indian 1960"):
        assert read_outline(tmp_path / "area.geojson").bounds[0] == pytest.approx(104.9 - 0.00375, abs=2e-4)
    with pytest.warns(LeftOutWarning):
        read_geojson(tmp_path / "area.geojson")


# The command line says it too.


def test_the_command_says_what_was_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.kml").write_text(kml(CAMP, mark("Split 0", "<Point/>")), encoding="utf-8")
    (tmp_path / "said.txt").write_text("near the Camp", encoding="utf-8")
    words = ["seek", "parse", str(tmp_path / "said.txt"), "--places", str(tmp_path / "a.kml")]
    plain = CliRunner().invoke(app, words)
    assert plain.stderr == "note: a.kml: 1 placemark without a position on the globe: left out (Split 0)\n"
    assert "near Camp" in plain.stdout
    told = CliRunner().invoke(app, [*words, "--json"])
    assert "1 placemark without a position" in told.stderr
    assert len(json.loads(told.stdout)["clues"]) == 1
    assert CliRunner().invoke(app, words[:3]).stderr == ""


def test_places_of_several_files_keep_their_notes() -> None:
    one = Places([Place("a", "A", Point(1, 1))])
    assert (one + Places([Place("b", "B", Point(1, 1))])).notes == ()
