"""Places as files: GeoJSON, tables, OpenStreetMap extracts. One reader per ending."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from karmalink.errors import Fault, InputError, ReadError
from karmalink.rows import Field, FileRecords, Refused, Row, gather_rows, identifier, number, records_of, word, words
from karmalink.seek.ground.caltopo_places import from_caltopo, is_caltopo
from karmalink.seek.ground.geojson_shapes import geometry_of, read_geojson
from karmalink.seek.ground.places import Place, Places

__all__ = ["PLACE_READERS", "PLACE_SPEC", "gather_places", "read_place_file", "read_places"]

PLACE_SPEC = (
    Field("id", required=True, parse=identifier, unique=True),
    Field("name", required=True, parse=word),
    Field("kind", parse=word, default=""),
    Field("lon", required=True, parse=number(-180.0, 180.0)),
    Field("lat", required=True, parse=number(-90.0, 90.0)),
    Field("aliases", parse=words(), show=";".join, default=()),
    Field("radius_m", parse=number(0.0)),
    Field("weight", parse=number(1e-9), default=1.0),
)
_PROPERTIES: Mapping[str, Callable[[str], Any]] = {
    field.name: field.parse for field in PLACE_SPEC if field.name not in ("lon", "lat", "aliases")
}


def read_place_file(path: Path) -> Places:
    """Read places by the ending of the file; see :func:`karmalink.seek.read_places`."""
    return Places(gather_places(path).settle())


def gather_places(path: Path) -> FileRecords[Place]:
    """Return the places of a file beside their rows, with every fault and no decision.

    A feature of GeoJSON has no line: its number in the file stands there.

    Raises
    ------
    ReadError
        The file as a whole cannot be read.
    """
    ending = "".join(path.suffixes[-2:]).casefold()
    reader = PLACE_READERS.get(ending) or PLACE_READERS.get(path.suffix.casefold())
    if reader is None:
        raise ReadError(
            f"the ending {path.suffix!r} names no format of places",
            where=path,
            rule="the ending says the format",
            allowed=tuple(PLACE_READERS),
        )
    return reader(path)


def _table(path: Path) -> FileRecords[Place]:
    from shapely.geometry import Point

    def make(row: Row) -> Place:
        rest = {name: value for name, value in row.values.items() if name not in ("lon", "lat")}
        return Place(**rest, geometry=Point(row["lon"], row["lat"]))

    return records_of(gather_rows(path, PLACE_SPEC), PLACE_SPEC, make)


def _geojson(path: Path) -> FileRecords[Place]:
    """Read features; what each of them says is checked, and all the faults are told together."""
    content = read_geojson(path)
    features = content.get("features") if content["type"] == "FeatureCollection" else [content]
    if isinstance(features, list) and any(map(is_caltopo, features)):
        features = [from_caltopo(feature) for feature in features if is_caltopo(feature)]
    if not isinstance(features, list) or not features:
        raise ReadError("the file has no features", where=path, rule="a FeatureCollection with a feature per place")
    found: list[Place | None] = []
    rows: list[Row] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for number_, feature in enumerate(features, start=1):
        place, wrong = _feature(feature, number_)
        if place is not None and seen.setdefault(place.id, number_) != number_:
            wrong.append(Fault(number_, "id", repr(place.id), f"is already feature {seen[place.id]}", "each only once"))
        faults.extend(wrong)
        found.append(None if wrong else place)
        rows.append(Row(number_, {} if place is None else {"id": place.id}))
    numbered = "the line is the number of the feature in the file"
    return FileRecords(path, tuple(rows), tuple(found), tuple(faults), numbered)


def _feature(feature: object, number_: int) -> tuple[Place | None, list[Fault]]:
    if not isinstance(feature, Mapping) or not isinstance(feature.get("properties"), Mapping):
        return None, [Fault(number_, "properties", "nothing", "a place has properties", "id, name, kind, aliases")]
    given, faults = feature["properties"], []
    values: dict[str, Any] = {}
    for name, parse in _PROPERTIES.items():
        raw = feature.get("id") if name == "id" and given.get("id") is None else given.get(name)
        if raw is None or raw == "":
            if name in ("id", "name"):
                faults.append(Fault(number_, name, "nothing", "must not be empty"))
            continue
        try:
            values[name] = parse(str(raw))
        except Refused as refused:
            faults.append(Fault(number_, name, repr(raw)[:60], refused.rule, refused.allowed))
    aliases = given.get("aliases") or ()
    values["aliases"] = words()(aliases) if isinstance(aliases, str) else tuple(str(alias) for alias in aliases)
    try:
        values["geometry"] = geometry_of(feature.get("geometry"), where=f"feature {number_}")
    except InputError as error:
        faults.append(Fault(number_, "geometry", error.what, error.rule, error.allowed))
    return (None if faults else Place(**values)), faults


def _osm(path: Path) -> FileRecords[Place]:
    from karmalink.seek.ground.osm import read_osm

    return _listed(path, read_osm(path))


def _listed(path: Path, places: Iterable[Place]) -> FileRecords[Place]:
    """Return places of a format that has no rows to find fault with one by one."""
    found = tuple(places)
    return FileRecords(path, tuple(Row(0, {"id": place.id}) for place in found), found, ())


def _gpx(path: Path) -> FileRecords[Place]:
    from karmalink.seek.ground.line_files import read_gpx_places

    return _listed(path, read_gpx_places(path))


def _kml(path: Path) -> FileRecords[Place]:
    from karmalink.seek.ground.line_files import read_kml_places

    return _listed(path, read_kml_places(path))


def _gpkg(path: Path) -> FileRecords[Place]:
    from karmalink.seek.ground.line_files import read_gpkg_places

    return _listed(path, read_gpkg_places(path))


PLACE_READERS: Mapping[str, Callable[[Path], FileRecords[Place]]] = {
    ".geojson": _geojson,
    ".gpkg": _gpkg,
    ".gpx": _gpx,
    ".kml": _kml,
    ".json": _geojson,
    ".csv": _table,
    ".tsv": _table,
    ".jsonl": _table,
    ".osm": _osm,
    ".pbf": _osm,
    ".osm.bz2": _osm,
    ".osm.gz": _osm,
}


def read_places(path: str | Path) -> Places:
    """Read places by the ending of the file: ``.geojson``/``.json``, ``.csv``/``.tsv``/``.jsonl``, ``.osm``/``.pbf``.

    Raises
    ------
    ReadError, ImportFaults, InputError, Duplicate
        The file cannot be read, or rows of it are wrong.
    """
    return read_place_file(Path(path))
