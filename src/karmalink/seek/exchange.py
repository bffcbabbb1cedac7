"""GeoJSON of a map, its clues and a plan (RFC 7946); exact, or coarsened so that it gives no find spot away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import InputError
from karmalink.seek.belief import CluesMap
from karmalink.seek.ground import segments
from karmalink.seek.plans import Plan

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["MASSES", "to_geojson"]

MASSES = (0.95, 0.8, 0.5)
_DEGREES = 7  # decimals of a coordinate: a centimetre
_COARSE_DEGREES = 4  # about ten metres
_LEAST_BLOCKS = 4


def to_geojson(found: CluesMap, plan: Plan | None = None, *, coarse_m: float | None = None) -> dict[str, Any]:
    """Return regions, clues, most believed spot, and the segments of a plan as one FeatureCollection.

    Every feature has a ``what``: ``region``, ``clue``, ``best`` or ``segment``. Witnesses' words are in none of them.

    Parameters
    ----------
    found : CluesMap
        The map.
    plan : Plan, optional
        What to do next.
    coarse_m : float, optional
        Blocks of this size take the place of cells; clues, the most believed spot and the plan, which would give the
        spot away, are left out.

    Raises
    ------
    InputError
        If the blocks would not be coarser than the cells, or be the whole map.
    """
    if coarse_m is not None:
        return _collection(_coarse(found, coarse_m), found, coarse_m=coarse_m)
    features = list(_regions(found))
    features.extend(_clues(found))
    lon, lat = found.best()
    point = {"type": "Point", "coordinates": [round(lon, _DEGREES), round(lat, _DEGREES)]}
    features.append({"type": "Feature", "geometry": point, "properties": {"what": "best"}})
    if plan is not None:
        features.extend(_segments(plan))
    return _collection(features, found, coarse_m=None)


def _collection(features: list[dict[str, Any]], found: CluesMap, *, coarse_m: float | None) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "karmalink": {"outside": round(found.outside, 6), "coarsened_to_m": coarse_m},
        "features": features,
    }


def _regions(found: CluesMap) -> Iterable[dict[str, Any]]:
    for region, ground in found.contours(MASSES):
        yield _feature(ground, {"what": "region", "mass": region.mass, "km2": round(region.km2, 6)})


def _clues(found: CluesMap) -> Iterable[dict[str, Any]]:
    outlines = found.clue_outlines()
    for clue in found.clues:
        yield _feature(
            outlines[clue.id],
            {
                "what": "clue",
                "id": clue.id,
                "witness": clue.witness,
                "says": clue.phrase(),
                "before": round(found.clue_prior[clue.id], 4),
                "after": round(found.clue_reliability[clue.id], 4),
            },
        )


def _segments(plan: Plan) -> Iterable[dict[str, Any]]:
    for place, number in enumerate(plan.order, start=1):
        yield _feature(
            plan.ground.geometry[number],
            {
                "what": "segment",
                "name": plan.ground.names[number],
                "order": place,
                "hours": round(float(plan.effort[number]), 3),
                "belief": round(float(plan.belief[number]), 6),
                "finds": round(float(plan.finds[number]), 6),
            },
        )


def _coarse(found: CluesMap, coarse_m: float) -> list[dict[str, Any]]:
    """Return regions made of whole blocks: of a block nobody can tell which of its cells it is."""
    if not coarse_m >= 2.0 * found.area.cell_m:
        raise InputError(
            f"blocks of {coarse_m:g} m for cells of {found.area.cell_m:g} m",
            rule="a coarsened map is coarser than the map",
            allowed=f"{2.0 * found.area.cell_m:g} m or more",
        )
    blocks = segments(found.area, coarse_m)
    if len(blocks) < _LEAST_BLOCKS:
        raise InputError(
            f"blocks of {coarse_m:g} m cover the area with {len(blocks)} of them",
            rule="a coarsened map still says something",
            allowed=f"{_LEAST_BLOCKS} blocks or more",
            next_step="make the blocks smaller",
        )
    belief = blocks.sum(found.belief)
    order = np.argsort(-belief / blocks.m2, kind="stable")
    held = np.cumsum(belief[order])
    features = []
    for mass in MASSES:
        chosen = order[: int(np.searchsorted(held, mass * held[-1])) + 1]
        cells = np.isin(blocks.labels, chosen)
        km2 = float(blocks.m2[chosen].sum()) / 1e6
        properties = {"what": "region", "mass": mass, "km2": round(km2, 3)}
        features.append(_feature(found.area.polygons(cells), properties, _COARSE_DEGREES))
    return features


def _feature(geometry: BaseGeometry, properties: dict[str, Any], decimals: int = _DEGREES) -> dict[str, Any]:
    import shapely
    from shapely.geometry import mapping

    def rounded(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.round(points, decimals)

    return {"type": "Feature", "geometry": mapping(shapely.transform(geometry, rounded)), "properties": properties}
