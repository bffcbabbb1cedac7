"""Places out of GeoPackages and shapefiles: every layer that has a column of names, in any projection that is known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.outside import check_outside
from karmalink.errors import MissingExtra, ReadError
from karmalink.rows import Notes
from karmalink.seek.ground.datums import Shift, known_crs, rough_bounds, shift_to_wgs84
from karmalink.seek.ground.places import KIND_RADIUS_M
from karmalink.seek.intake.drafts import Draft, name_of, places_of_drafts, sound
from karmalink.seek.intake.osm_tags import aliases_of, first_name, kind_named

if TYPE_CHECKING:
    from karmalink.seek.ground.places import Place

__all__ = ["read_layer_places"]


def read_layer_places(path: Path) -> tuple[list[Place], Notes]:
    """Return the named features of every layer of a GeoPackage or shapefile, in longitude and latitude, and what was
    left out; needs the extra `terrain`.

    Raises
    ------
    MissingExtra
        pyogrio is not installed.
    ReadError
        Not such a file, or no feature with a name and a position.
    InputError
        A layer's datum cannot be shifted to WGS 84 there.
    """
    try:
        import pyogrio
    except ImportError:
        raise MissingExtra(
            f"places in {path.suffix} need pyogrio", next_step="pip install 'karmalink[terrain]'"
        ) from None
    check_outside(path, "map")
    notes = Notes()
    drafts: list[Draft] = []
    try:
        for layer in pyogrio.list_layers(path)[:, 0]:
            meta, _, shapes, columns = pyogrio.raw.read(path, layer=layer)
            table = dict(zip(meta["fields"], columns, strict=True))
            drafts += _drafts(path, str(layer), meta["crs"], shapes, table, notes)
    except (pyogrio.errors.DataSourceError, RuntimeError, ValueError) as error:
        raise ReadError(
            f"this is not a file of the kind that its ending {path.suffix} says", where=path, next_step=str(error)[:100]
        ) from None
    return places_of_drafts(path, drafts, notes), notes


def _drafts(path: Path, layer: str, crs: Any, shapes: Any, table: dict[str, Any], notes: Notes) -> Iterator[Draft]:
    import shapely

    # Numbers of numpy are not Python's.
    plain = {name: np.asarray(column).tolist() for name, column in table.items()}
    rows = [dict(zip(plain, values, strict=True)) for values in zip(*plain.values(), strict=True)]
    if shapes is None:
        notes.add("layer", "without ground", layer)
        return
    if not any(first_name(row) for row in rows):
        notes.add("layer", "without a column of names", layer)
        return
    if not crs or "undefined" in str(crs).casefold():
        notes.add("layer", "that names no projection", layer)
        return
    geometries = shapely.force_2d(shapely.from_wkb(shapes, on_invalid="ignore"))
    shift = _shift(path, layer, crs, geometries)
    if shift is not None and shift.says:
        notes.add("layer", "in another datum than WGS 84", layer, done=shift.says)
    for number, (row, geometry) in enumerate(zip(rows, geometries, strict=True), start=1):
        name = first_name(row)
        moved = None if geometry is None or shift is None else shapely.transform(geometry, shift.lonlat)
        kind = kind_named(row) or layer
        wide = 0.0 if shift is None else max(shift.widens_m, KIND_RADIUS_M.get(kind, 0.0) if shift.widens_m else 0.0)
        found = sound(moved, notes, "feature", name or f"{layer}, feature {number}")
        is_point = found is not None and found.geom_type == "Point"
        yield Draft(name_of(name), found, kind, aliases_of(row, name), radius_m=wide if wide and is_point else None)


def _shift(path: Path, layer: str, crs: Any, geometries: Any) -> Shift | None:
    import shapely

    points = np.asarray(shapely.get_coordinates([one for one in geometries if one is not None]))
    if not points.size:
        return None
    where = f"{path}, layer {layer}"
    given = known_crs(crs, where=where)
    return shift_to_wgs84(given, rough_bounds(given, points), where=where)
