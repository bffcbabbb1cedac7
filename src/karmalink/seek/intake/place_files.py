"""Places as files: GeoJSON, tables, OpenStreetMap, GPX, KML, GeoPackage. One reader per ending."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from karmalink.errors import ReadError
from karmalink.rows import (
    Field,
    FileRecords,
    Notes,
    Row,
    gather_rows,
    identifier,
    number,
    records_of,
    word,
    words,
)
from karmalink.seek.ground.places import Place, Places

__all__ = ["PLACE_READERS", "PLACE_SPEC", "gather_places", "read_places"]

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


def read_places(path: str | Path) -> Places:
    """Read places by the ending of the file, one of :data:`PLACE_READERS`.

    What of a file of another program cannot be a place, or is read in part, is left out and told: in
    :attr:`Places.notes`, and as one `rows.LeftOutWarning`. A table of places is read whole or not at
    all.

    Raises
    ------
    ReadError, ImportFaults, InputError, Duplicate
        The file cannot be read, or rows of it are wrong.
    """
    gathered = gather_places(Path(path))
    return Places(gathered.settle(), notes=gathered.notes)


def gather_places(path: Path) -> FileRecords[Place]:
    """Return the places of a file beside their rows, with every fault and note and no decision.

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


def _listed(path: Path, found: tuple[Sequence[Place], Notes]) -> FileRecords[Place]:
    """Return places of a format that has no rows to find fault with one by one."""
    places, notes = found
    return FileRecords(path, tuple(Row(0, {"id": place.id}) for place in places), tuple(places), (), notes=notes.told())


def _geojson(path: Path) -> FileRecords[Place]:
    from karmalink.seek.intake.geojson_places import gather_geojson

    return gather_geojson(path)


def _osm(path: Path) -> FileRecords[Place]:
    from karmalink.seek.intake.osm import read_osm

    return _listed(path, read_osm(path))


def _gpx(path: Path) -> FileRecords[Place]:
    from karmalink.seek.intake.gpx import read_gpx_places

    return _listed(path, read_gpx_places(path))


def _kml(path: Path) -> FileRecords[Place]:
    from karmalink.seek.intake.kml import read_kml_places

    return _listed(path, read_kml_places(path))


def _layers(path: Path) -> FileRecords[Place]:
    from karmalink.seek.intake.geopackage import read_layer_places

    return _listed(path, read_layer_places(path))


PLACE_READERS: Mapping[str, Callable[[Path], FileRecords[Place]]] = {
    ".geojson": _geojson,
    ".gpkg": _layers,
    ".gpx": _gpx,
    ".kml": _kml,
    ".kmz": _kml,
    ".json": _geojson,
    ".csv": _table,
    ".tsv": _table,
    ".jsonl": _table,
    ".osm": _osm,
    ".pbf": _osm,
    ".osm.bz2": _osm,
    ".osm.gz": _osm,
    ".shp": _layers,
}
