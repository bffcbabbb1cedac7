"""Coordinates of other projections and datums, brought to WGS 84; with how far off they may be, or not at all.

Two datums differ by hundreds of metres. Where no transformation is published for the ground, pyproj takes a "ballpark"
operation, which shifts nothing and says nothing: Indian 1960, the datum of Cambodia's old maps, is then 474 m off.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import InputError

if TYPE_CHECKING:
    from pyproj import CRS, Transformer

__all__ = ["Shift", "known_crs", "rough_bounds", "shift_to_wgs84"]

Bounds = tuple[float, float, float, float]
# A transformation of the same datum for ground this near is taken where none is published for the ground itself.
FARTHEST_KM = 500.0
_KM_PER_DEGREE = 111.2
_EXACT_M = 1.5  # less is not worth a word: realisations of WGS 84 among each other


@dataclass(frozen=True, slots=True)
class Shift:
    """How coordinates of a projection become longitude and latitude in WGS 84.

    Attributes
    ----------
    transformer : pyproj.Transformer
        From x and y (or longitude and latitude) of the projection.
    accuracy_m : float
        How far off a point may be afterwards, metres; NaN where it is not published.
    says : str
        What was done, where the datum is another one; empty where nothing was lost.
    """

    transformer: Transformer
    accuracy_m: float
    says: str = ""

    def lonlat(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return longitude and latitude of points, shape (n, 2); not finite where a point has none."""
        return np.column_stack(self.transformer.transform(points[:, 0], points[:, 1]))

    @property
    def widens_m(self) -> float:
        """What the shift adds to the reach of a point, metres; 0 where it is exact or unknown."""
        return self.accuracy_m if math.isfinite(self.accuracy_m) and self.accuracy_m > _EXACT_M else 0.0


def known_crs(given: object, *, where: str) -> CRS:
    """Return a projection by code, PROJ string or WKT; without its heights.

    Raises
    ------
    InputError
        It is not one that PROJ knows, or not one on the earth.
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        found = CRS.from_user_input(given)
        flat = next((part for part in found.sub_crs_list if not part.is_vertical), found).to_2d()
    except CRSError:
        raise InputError(
            "the projection that the file names is not known",
            where=where,
            rule="a code of EPSG, a PROJ string or WKT",
            next_step="convert the file to EPSG:4326 (WGS 84), or name its projection again",
        ) from None
    if flat.geodetic_crs is None:
        raise InputError(
            f"the projection {flat.name[:60]!r} is not tied to the earth",
            where=where,
            next_step="convert the file to EPSG:4326 (WGS 84)",
        )
    return flat


def rough_bounds(crs: CRS, points: NDArray[np.float64]) -> Bounds:
    """Return west, south, east, north of points, good to a few hundred metres: in the projection's own datum."""
    from pyproj import Transformer

    plain = Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    lon, lat = (np.asarray(a, dtype=np.float64) for a in plain.transform(points[:, 0], points[:, 1]))
    good = np.isfinite(lon) & np.isfinite(lat)
    if not good.any():
        return (0.0, 0.0, 0.0, 0.0)
    lon, lat = lon[good], lat[good]
    return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())


def shift_to_wgs84(crs: CRS, bounds: Bounds, *, where: str) -> Shift:
    """Return how coordinates on some ground become WGS 84.

    Parameters
    ----------
    crs : pyproj.CRS
        Of :func:`known_crs`.
    bounds : tuple of float
        West, south, east, north of the ground, degrees.
    where : str
        Whose coordinates they are, for the message.

    Raises
    ------
    InputError
        No transformation of the datum is published for this ground or for ground within 500 km of it: then nobody
        knows by how much it would be off.
    """
    from pyproj import Geod

    here = _operations(crs, bounds)
    if here:
        best = here[0]
        return _shift(crs, best, best.accuracy if best.accuracy >= 0 else math.nan, "")
    middle = ((bounds[0] + bounds[2]) / 2.0, (bounds[1] + bounds[3]) / 2.0)
    reach = sorted((_away_km(one, middle), number, one) for number, one in enumerate(_operations(crs, None)))
    near = [(km, one) for km, _, one in reach if km <= FARTHEST_KM]
    if not near:
        raise InputError(
            f"no shift to WGS 84 is known for the datum {_datum(crs)!r} on this ground",
            where=where,
            rule="two datums differ by up to a kilometre; coordinates that nobody can shift are not used",
            next_step="convert the file to EPSG:4326 with a shift that you trust, or, if its coordinates are WGS 84 "
            "already, say so in the file (ogr2ogr -a_srs EPSG:4326, gdal_edit.py -a_srs EPSG:4326)",
        )
    # Nobody vouches for them here; that they agree with each other is the evidence that there is.
    x, y = _own(crs, middle)
    ends = [one.transform(x, y) for _, one in near]
    spread = max(Geod(ellps="WGS84").inv(*ends[0], *end)[2] for end in ends)
    km, best = near[0]
    accuracy = max([spread, *(one.accuracy for _, one in near)])
    return _shift(crs, best, accuracy, f", published for ground {km:.0f} km away")


def _operations(crs: CRS, bounds: Bounds | None) -> list[Any]:
    """Return the published operations to WGS 84, best first: of everywhere, or those for some ground."""
    from pyproj.aoi import AreaOfInterest
    from pyproj.exceptions import ProjError
    from pyproj.transformer import TransformerGroup

    # The two modules of pyproj disagree about the name of the type.
    area: Any = None if bounds is None else AreaOfInterest(*bounds)
    with warnings.catch_warnings():
        # That a finer one would need a file from the network is in the accuracy that is told.
        warnings.simplefilter("ignore")
        try:
            group = TransformerGroup(crs, "EPSG:4326", always_xy=True, area_of_interest=area, allow_ballpark=False)
        except ProjError:
            return []
    return [one for one in group.transformers if "ballpark" not in one.description.casefold()]


def _away_km(operation: Any, middle: Sequence[float]) -> float:
    use = operation.area_of_use
    if use is None:
        return math.inf
    dx = max(use.west - middle[0], 0.0, middle[0] - use.east) * math.cos(math.radians(middle[1]))
    dy = max(use.south - middle[1], 0.0, middle[1] - use.north)
    return _KM_PER_DEGREE * math.hypot(dx, dy)


def _own(crs: CRS, middle: Sequence[float]) -> tuple[float, float]:
    """Return a longitude and latitude of the projection's own datum in its own coordinates."""
    from pyproj import Transformer

    x, y = Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True).transform(middle[0], middle[1])
    return float(x), float(y)


def _shift(crs: CRS, operation: Any, accuracy: float, more: str) -> Shift:
    if math.isfinite(accuracy) and accuracy <= _EXACT_M:
        return Shift(operation, accuracy)
    good = f"good to about {accuracy:.0f} m" if math.isfinite(accuracy) else "how far off nobody has published"
    return Shift(operation, accuracy, f"shifted from {_datum(crs)} to WGS 84{more}: {good}")


def _datum(crs: CRS) -> str:
    datum = crs.datum or (crs.geodetic_crs.datum if crs.geodetic_crs is not None else None)
    return str(datum.name if datum is not None else crs.name)[:80]
