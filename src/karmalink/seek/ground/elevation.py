"""Heights from files: ESRI's ASCII grid as it is, GeoTIFF and its like with the extra `terrain`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from karmalink.base.outside import check_outside
from karmalink.errors import InputError, MissingExtra, ReadError
from karmalink.rows import FileNote, read_text, warn_of
from karmalink.seek.ground.area import LARGEST_GRID, centres
from karmalink.seek.ground.datums import known_crs, shift_to_wgs84

if TYPE_CHECKING:
    from affine import Affine

    from karmalink.seek.ground.area import Area

__all__ = ["ELEVATION_READERS", "Raster", "read_elevation"]

_HEAD = ("ncols", "nrows", "cellsize")
_CORNERS = (("xllcorner", "yllcorner", 0.0), ("xllcenter", "yllcenter", 0.5))


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """Numbers on a grid of some projection.

    Attributes
    ----------
    values : ndarray, shape (rows, cols)
        NaN where unknown; row 0 is the northernmost.
    transform : affine.Affine
        ``(column, row)`` → coordinates of the projection, of the upper left corner of a cell.
    crs : str
        The projection, as pyproj reads it.
    """

    values: NDArray[np.float64]
    transform: Affine
    crs: str


def read_elevation(path: str | Path, area: Area) -> NDArray[np.float64]:
    """Return the height of the centre of every cell of an area's grid, bilinear between the raster's own.

    Parameters
    ----------
    path : str or Path
        ``.asc`` (ESRI ASCII grid in longitude and latitude, WGS 84), or ``.tif``, ``.tiff``, ``.vrt``, ``.img`` in any
        projection, with the extra ``terrain``.
    area : Area
        The grid.

    Returns
    -------
    ndarray, shape (rows, cols), m
        NaN where the raster knows nothing.

    Raises
    ------
    ReadError
        The file is not there or not what its ending says, or lies elsewhere than the area.
    MissingExtra
        The extra is not installed.
    """
    from pyproj import Transformer
    from scipy.ndimage import map_coordinates

    place = Path(path)
    reader = ELEVATION_READERS.get(place.suffix.casefold())
    if reader is None:
        raise ReadError(
            f"the ending {place.suffix!r} names no format of heights", where=place, allowed=tuple(ELEVATION_READERS)
        )
    check_outside(place, "raster")
    raster = reader(place)
    x, y = centres(area.transform, *area.shape)
    lon, lat = Transformer.from_crs(area.crs, "EPSG:4326", always_xy=True).transform(x, y)
    shift = shift_to_wgs84(known_crs(raster.crs, where=str(place)), area.bounds, where=str(place))
    if shift.says:
        warn_of(place, [FileNote("raster", "in another datum than WGS 84", shift.says, (place.name,))])
    east, north = (np.asarray(a) for a in shift.transformer.transform(lon, lat, direction="INVERSE"))
    back = ~raster.transform
    cols, rows = back.a * east + back.b * north + back.c, back.d * east + back.e * north + back.f
    found = map_coordinates(raster.values, [rows - 0.5, cols - 0.5], order=1, mode="constant", cval=np.nan)
    if not np.isfinite(found).any():
        raise ReadError(
            "the heights lie elsewhere than the area",
            where=place,
            rule="the raster covers the area; an .asc is in longitude and latitude",
            next_step="take another raster, or check its projection",
        )
    return np.asarray(found, dtype=np.float64)


def _ascii(path: Path) -> Raster:
    from affine import Affine

    lines = read_text(path, kind="raster").splitlines()
    head: dict[str, float] = {}
    for line in lines[:7]:
        key, _, value = line.strip().partition(" ")
        if not key[:1].isalpha():
            break
        try:
            head[key.casefold()] = float(value)
        except ValueError:
            raise ReadError(f"the head's {key!r} is not a number", where=path, rule="ESRI ASCII grid") from None
    corner = next(((head[x], head[y], half) for x, y, half in _CORNERS if x in head and y in head), None)
    if corner is None or not all(key in head for key in _HEAD):
        raise ReadError("the head of the grid is not whole", where=path, allowed=(*_HEAD, "xllcorner", "yllcorner"))
    if not np.isfinite([value for key, value in head.items() if key != "nodata_value"]).all():
        raise ReadError("a number of the head is not finite", where=path, rule="ESRI ASCII grid")
    rows, cols, cell = int(head["nrows"]), int(head["ncols"]), head["cellsize"]
    if not (rows > 0 and cols > 0 and rows * cols <= LARGEST_GRID and cell > 0):
        raise ReadError(f"a grid of {rows} × {cols} cells of {cell:g}°", where=path, allowed=f"1 to {LARGEST_GRID}")
    try:
        values = np.array(" ".join(lines[len(head) :]).split(), dtype=np.float64)
    except ValueError:
        raise ReadError("a height is not a number", where=path, rule="ESRI ASCII grid: numbers and spaces") from None
    if values.size != rows * cols:
        raise ReadError(f"{values.size} heights for {rows} × {cols} cells", where=path, rule="one height per cell")
    values[values == head.get("nodata_value", -9999.0)] = np.nan
    west, south = corner[0] - corner[2] * cell, corner[1] - corner[2] * cell
    crs = _beside(path)
    if not crs and not (-361.0 <= west <= 361.0 and -91.0 <= south <= 91.0):
        raise ReadError(
            f"the grid's corner {west:g}, {south:g} is not in degrees",
            where=path,
            rule="an .asc without a .prj beside it is longitude and latitude",
            next_step="put its .prj beside it, or convert it to EPSG:4326 or to a GeoTIFF, which says its projection",
        )
    return Raster(
        values.reshape(rows, cols), Affine(cell, 0.0, west, 0.0, -cell, south + rows * cell), crs or "EPSG:4326"
    )


def _beside(path: Path) -> str:
    """Return the projection in the .prj beside a grid, as GIS programs write it; empty where there is none."""
    there = next((place for place in (path.with_suffix(".prj"), path.with_suffix(".PRJ")) if place.is_file()), None)
    return "" if there is None else read_text(there).strip()


def _rasterio(path: Path) -> Raster:
    try:
        import rasterio
    except ImportError:
        raise MissingExtra(
            f"heights in {path.suffix} need rasterio", next_step="pip install 'karmalink[terrain]', or give an .asc"
        ) from None
    try:
        with rasterio.open(path) as source:
            if source.width * source.height > LARGEST_GRID:
                raise InputError(
                    f"the raster has {source.width} × {source.height} cells",
                    where=path,
                    allowed=f"at most {LARGEST_GRID:,}",
                    next_step="cut it to the area first",
                )
            if source.crs is None:
                raise ReadError("the raster names no projection", where=path, next_step="gdal_edit.py -a_srs EPSG:…")
            if source.transform.determinant == 0.0:
                raise ReadError(
                    "the raster's cells have no size",
                    where=path,
                    next_step="set its georeference again: gdal_edit.py -a_ullr …",
                )
            band = source.read(1, masked=True)
            values = np.asarray(band.astype(np.float64).filled(np.nan))
            return Raster(values, source.transform, str(source.crs.to_wkt()))
    except (rasterio.errors.RasterioError, ValueError) as error:
        raise ReadError("the file is not a raster", where=path, next_step=str(error)[:100]) from None


ELEVATION_READERS: Mapping[str, Callable[[Path], Raster]] = {
    ".asc": _ascii,
    ".img": _rasterio,
    ".tif": _rasterio,
    ".tiff": _rasterio,
    ".vrt": _rasterio,
}
