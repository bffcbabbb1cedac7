"""A map, its clues and a plan as files of other programs: one writer per ending, all of the same release."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from karmalink.base.files import in_one_step, write_whole
from karmalink.errors import UsageError
from karmalink.seek.exports.releases import Release

__all__ = ["EXPORTS", "write_export"]


def write_export(given: Release, path: str | Path) -> tuple[Path, ...]:
    """Write a release in the format that the ending of the name says, and return the files.

    Parameters
    ----------
    given : Release
        What may leave (:func:`~karmalink.seek.release`).
    path : str or Path
        ``.geojson``, ``.json`` (CalTopo), ``.kml``, ``.csv``, ``.gpx`` (a file per team), ``.png`` (with world file and
        projection), ``.tif`` or ``.gpkg`` (with the extra `terrain`).

    Raises
    ------
    UsageError, MissingExtra
        An ending that is not a format; a plan's file of a map without a plan; an extra that is not installed.
    """
    place = Path(path)
    writer = EXPORTS.get(place.suffix.casefold())
    if writer is None:
        raise UsageError(
            f"the ending {place.suffix!r} names no format of maps",
            where=place,
            rule="the ending says the format",
            allowed=tuple(EXPORTS),
        )
    return writer(given, place)


def _geojson(given: Release, place: Path) -> tuple[Path, ...]:
    from karmalink.seek.exports.geojson import released_geojson

    return (write_whole(place, json.dumps(released_geojson(given), ensure_ascii=False, allow_nan=False).encode()),)


def _caltopo(given: Release, place: Path) -> tuple[Path, ...]:
    from karmalink.seek.exports.caltopo import to_caltopo

    return (write_whole(place, json.dumps(to_caltopo(given), ensure_ascii=False, allow_nan=False).encode()),)


def _kml(given: Release, place: Path) -> tuple[Path, ...]:
    from karmalink.seek.exports.kml import to_kml

    return (write_whole(place, to_kml(given)),)


def _csv(given: Release, place: Path) -> tuple[Path, ...]:
    from karmalink.seek.exports.segment_sheet import csvw, segment_table, table_text

    rows = segment_table(given)
    about = place.with_name(f"{place.name}-metadata.json")
    return (
        write_whole(place, table_text(rows)),
        write_whole(about, json.dumps(csvw(given, place.name), indent=1).encode()),
    )


def _gpx(given: Release, place: Path) -> tuple[Path, ...]:
    from karmalink.seek.exports.gpx_teams import team_files

    return tuple(write_whole(where, content) for where, content in team_files(given, place))


def _png(given: Release, place: Path) -> tuple[Path, ...]:
    from karmalink.seek.exports.png_map import picture, projection, world_file

    return (
        write_whole(place, picture(given)),
        write_whole(place.with_suffix(".pgw"), world_file(given)),
        write_whole(place.with_suffix(".prj"), projection(given)),
    )


def _tif(given: Release, place: Path) -> tuple[Path, ...]:
    from karmalink.seek.exports.rasters import write_geotiff

    with in_one_step(place) as draft:
        write_geotiff(given, draft)
    return (place,)


def _gpkg(given: Release, place: Path) -> tuple[Path, ...]:
    from karmalink.seek.exports.rasters import write_geopackage

    with in_one_step(place) as draft:
        write_geopackage(given, draft)
    return (place,)


Writer = Callable[[Release, Path], tuple[Path, ...]]
EXPORTS: Mapping[str, Writer] = {
    ".geojson": _geojson,
    ".json": _caltopo,
    ".kml": _kml,
    ".csv": _csv,
    ".gpx": _gpx,
    ".png": _png,
    ".tif": _tif,
    ".gpkg": _gpkg,
}
