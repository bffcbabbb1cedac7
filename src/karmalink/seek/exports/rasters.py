"""GeoTIFF and GeoPackage, for people who work in a GIS: with the extra `terrain` (rasterio, pyogrio)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from karmalink.errors import MissingExtra
from karmalink.seek.exports.geojson import released_geojson
from karmalink.seek.exports.releases import Release

__all__ = ["write_geopackage", "write_geotiff"]

_INSTALL = "pip install 'karmalink[terrain]'"


def write_geotiff(given: Release, place: Path) -> None:
    """Write the probability per km², float32, NaN outside the area; what the file says of itself is in its tags.

    Raises
    ------
    MissingExtra
        rasterio is not installed.
    """
    try:
        import rasterio
    except ImportError:
        raise MissingExtra("a GeoTIFF needs rasterio", next_step=_INSTALL) from None
    area = given.probability_map.area
    grid = area.grid(given.probability / (area.cell_m2 / 1e6), fill=np.nan).astype(np.float32)
    rows, cols = grid.shape
    with rasterio.open(
        place,
        "w",
        driver="GTiff",
        width=cols,
        height=rows,
        count=1,
        dtype="float32",
        crs=area.crs,
        transform=area.transform,
        nodata=float("nan"),
        compress="deflate",
    ) as file:
        file.write(grid, 1)
        file.set_band_description(1, "probability per km2")
        file.update_tags(name=given.name, **_texts(given))


def write_geopackage(given: Release, place: Path) -> None:
    """Write a layer for each kind of feature: regions, clues, segments, the most believed spot.

    Raises
    ------
    MissingExtra
        pyogrio is not installed.
    """
    try:
        import pyogrio
    except ImportError:
        raise MissingExtra("a GeoPackage needs pyogrio", next_step=_INSTALL) from None
    from shapely import to_wkb
    from shapely.geometry import shape

    features = released_geojson(given)["features"]
    place.unlink(missing_ok=True)
    for what in dict.fromkeys(feature["properties"]["what"] for feature in features):
        rows = [feature for feature in features if feature["properties"]["what"] == what]
        names = [name for name in rows[0]["properties"] if name != "what"]
        shapes = [shape(row["geometry"]) for row in rows]
        kinds = {one.geom_type for one in shapes}
        pyogrio.raw.write(
            place,
            geometry=np.array([to_wkb(one) for one in shapes], dtype=object),
            field_data=[_column([row["properties"][name] for row in rows]) for name in names],
            fields=np.array(names, dtype=object),
            layer=what,
            driver="GPKG",
            geometry_type=kinds.pop() if len(kinds) == 1 else "Unknown",
            crs="EPSG:4326",
            append=place.exists(),
            layer_metadata=_texts(given),
        )


def _texts(given: Release) -> dict[str, str]:
    return {f"karmalink_{name}": str(value) for name, value in given.metadata().items() if value is not None}


def _column(values: list[Any]) -> Any:
    return np.array(values, dtype=object if any(isinstance(value, str) for value in values) else None)
