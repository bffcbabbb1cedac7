"""Places from GeoJSON, tables and OpenStreetMap, and what a name may stand for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from shapely.geometry import Point

from karmalink.errors import Duplicate, ImportFaults, InputError, ReadError, UnknownName
from karmalink.rows import LeftOutWarning
from karmalink.seek import Place, Places, read_places
from karmalink.seek.intake.osm_tags import kind_of

OSM = """<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6" generator="by hand">
  <node id="1" version="1" lat="11.550" lon="104.900"/>
  <node id="2" version="1" lat="11.550" lon="104.901"/>
  <node id="3" version="1" lat="11.550" lon="104.902"/>
  <node id="4" version="1" lat="11.560" lon="104.950"/>
  <node id="5" version="1" lat="11.560" lon="104.951"/>
  <node id="6" version="1" lat="11.561" lon="104.951"/>
  <node id="7" version="1" lat="11.555" lon="104.905">
    <tag k="name" v="វត្ត"/><tag k="name:en" v="Wat"/><tag k="old_name" v="Vat;Vatt"/>
    <tag k="amenity" v="place_of_worship"/><tag k="religion" v="buddhist"/>
  </node>
  <node id="8" version="1" lat="11.556" lon="104.906">
    <tag k="highway" v="bus_stop"/><tag k="name" v="Rail Road"/></node>
  <node id="9" version="1" lat="11.556" lon="104.907"><tag k="amenity" v="bench"/></node>
  <way id="10" version="1"><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/><tag k="name" v="Rail Road"/></way>
  <way id="20" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/><tag k="name" v="Rail Road"/></way>
  <way id="30" version="1"><nd ref="4"/><nd ref="5"/><tag k="highway" v="primary"/><tag k="name" v="Rail Road"/></way>
  <way id="40" version="1"><nd ref="4"/><nd ref="5"/><nd ref="6"/><nd ref="4"/>
    <tag k="leisure" v="park"/><tag k="name" v="Park"/></way>
  <way id="50" version="1"><nd ref="4"/><nd ref="99"/><tag k="waterway" v="stream"/><tag k="name" v="Cut off"/></way>
</osm>
"""


@pytest.fixture
def osm_file(tmp_path: Path) -> Path:
    """A few features, one of them with a node outside the extract."""
    path = tmp_path / "town.osm"
    path.write_text(OSM, encoding="utf-8")
    return path


def test_osm_features_have_names_kinds_and_shapes(osm_file: Path) -> None:
    with pytest.warns(LeftOutWarning, match="1 way that the edge of the file cuts: read as far as it lies inside"):
        found = read_places(osm_file)
    wat = found.resolve("Vatt")[0].place
    assert (wat.id, wat.name, wat.kind, wat.aliases) == ("node/7", "វត្ត", "pagoda", ("Vat", "Vatt", "Wat"))
    assert wat.reach_m == 50
    park = found.resolve("park")[0].place
    assert (park.kind, park.geometry.geom_type) == ("park", "Polygon")
    cut = found.resolve("Cut off")[0].place
    assert (cut.id, cut.kind, cut.geometry.wkt) == ("way/50", "stream", "POINT (104.95 11.56)")


def test_osm_pieces_of_one_road_are_one_place_and_its_namesakes_stay_apart(osm_file: Path) -> None:
    with pytest.warns(LeftOutWarning):
        options = read_places(osm_file).resolve("rail road")
    assert {option.place.id for option in options} == {"way/10", "way/30", "node/8"}
    road = next(option.place for option in options if option.place.id == "way/10")
    assert road.geometry.length == pytest.approx(0.002)
    # Who says "Rail Road" means a road sooner than the stop that is called after it.
    weight = {option.place.id: option.weight for option in options}
    assert weight["node/8"] < weight["way/10"] == weight["way/30"]
    assert sum(weight.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"place": "village"}, "village"),
        ({"railway": "tram"}, "rail"),
        ({"railway": "station"}, "station"),
        ({"waterway": "river"}, "river"),
        ({"natural": "water"}, "water"),
        ({"amenity": "place_of_worship"}, "worship"),
        ({"building": "yes"}, "building"),
        ({"building": "no"}, ""),
        ({"highway": "residential", "bridge": "yes"}, "road"),
        ({"note": "x"}, ""),
    ],
)
def test_osm_tags_become_kinds_by_a_table(tags: dict[str, str], kind: str) -> None:
    assert kind_of(tags) == kind


@pytest.mark.parametrize("content", [b"", b"<osm", b"not osm at all", b"\x00\x01\x02"])
@pytest.mark.parametrize("name", ["bad.osm", "bad.osm.pbf"])
def test_osm_files_that_are_none(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ReadError):
        read_places(path)
    with pytest.raises(ReadError, match="no such file"):
        read_places(tmp_path / "absent.osm")


def test_osm_without_a_name_in_it(tmp_path: Path) -> None:
    path = tmp_path / "blank.osm"
    path.write_text("<osm version='0.6'><node id='1' version='1' lat='1' lon='1'/></osm>", encoding="utf-8")
    with pytest.raises(ReadError, match="no feature of the file has a name"):
        read_places(path)


def test_places_from_a_table(tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    path.write_text(
        "id,name,kind,lon,lat,aliases,radius_m\n"
        "p,Old Pagoda,pagoda,104.9,11.55,Wat Chas;Temple,\n"
        "v,Village,,104.9,11.6,,250\n",
        encoding="utf-8",
    )
    found = read_places(path)
    assert found.resolve("temple")[0].place.id == "p"
    assert [place.reach_m for place in found] == [50, 250]
    assert found.to_dataframe().shape == (2, 6)
    path.write_text("id,name,lon,lat\np,A,190,11\np,B,NaN,11\n,C,1,1\n", encoding="utf-8")
    with pytest.raises(ImportFaults) as caught:
        read_places(path)
    assert {(fault.line, fault.field) for fault in caught.value.faults} == {
        (2, "lon"), (3, "id"), (3, "lon"), (4, "id"),
    }  # fmt: skip


def geojson(tmp_path: Path, *features: object) -> Path:
    """Write features."""
    path = tmp_path / "places.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}), encoding="utf-8")
    return path


def feature(geometry: object, **properties: object) -> dict[str, object]:
    """Return one feature."""
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def test_places_from_geojson(tmp_path: Path) -> None:
    line = {"type": "LineString", "coordinates": [[104.9, 11.5], [104.91, 11.51]]}
    found = read_places(geojson(tmp_path, feature(line, id="r", name="River", kind="river", aliases=["Tonle"])))
    assert found.resolve("tonle")[0].place.kind == "river"
    assert found[0].to_dict()["geometry"]["type"] == "LineString"
    assert "River" in repr(found[0])


def test_features_that_cannot_be_places_are_left_out_and_told(tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [104.9, 11.5]}
    path = geojson(
        tmp_path,
        feature(point, id="a", name="A"),
        feature(point, id="c"),
        feature({"type": "Point", "coordinates": [200, 11.5]}, id="d", name="D"),
        feature(None, id="e", name="E"),
        feature(point, id="f", name="F", radius_m="wide"),
        {"type": "Feature", "geometry": point},
        "what is this",
    )
    with pytest.warns(LeftOutWarning, match="places.geojson: "):
        found = read_places(path)
    assert [place.name for place in found] == ["A", "F"]
    assert found[1].radius_m is None
    assert [str(note) for note in found.notes] == [
        "2 features without a position on the globe: left out (D, E)",
        "1 radius_m that cannot be: the field is left out (F)",
        "1 feature that is not an object: left out (feature 7)",
        "2 features without a name: left out",
    ]
    assert "2 features without a name" in repr(found)
    assert "2 features without a name" in repr(Places() + found)


def test_an_identifier_that_stands_for_two_features_is_a_fault(tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [104.9, 11.5]}
    path = geojson(tmp_path, *(feature(point, id=ident, name=name) for ident, name in ("aA", "bB", "aC", "aD")))
    with pytest.raises(ImportFaults) as caught:
        read_places(path)
    assert [(fault.line, fault.field) for fault in caught.value.faults] == [(3, "id"), (4, "id")]
    assert "is already feature 1" in str(caught.value)


def test_an_ending_that_names_no_format(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="names no format"):
        read_places(tmp_path / "places.doc")


def test_names_are_found_by_identifier_name_and_alias_whatever_their_capitals(places: Places) -> None:
    assert places.resolve("pagoda")[0].place is places.resolve("OLD  pagoda")[0].place
    assert places.resolve("wat chas")[0].weight == 1.0
    assert len(places.resolve("Market")) == 2
    assert places.resolve("market-1")[0].weight == 1.0
    assert len(places.of_kind("market")) == 2
    assert "1 names stand for more than one" in repr(places)


def test_an_unknown_name_comes_with_a_suggestion(places: Places) -> None:
    with pytest.raises(UnknownName) as caught:
        places.resolve("Old Pagodda")
    assert "old pagoda" in caught.value.next_step


def test_places_that_cannot_be() -> None:
    with pytest.raises(Duplicate):
        Places([Place("a", "A", Point(1, 1)), Place("a", "B", Point(1, 1))])
    for fields in ({"id": ""}, {"weight": 0.0}, {"radius_m": -1.0}, {"geometry": Point(200, 0)}, {"geometry": Point()}):
        with pytest.raises(InputError):
            Place(**({"id": "a", "name": "A", "geometry": Point(1, 1)} | fields))  # type: ignore[arg-type]
