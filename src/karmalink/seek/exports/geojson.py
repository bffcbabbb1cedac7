"""GeoJSON of a map, its clues and a plan (RFC 7946); exact, or coarsened so that it gives no find spot away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.seek.exports.releases import Release, blocks_of
from karmalink.seek.planning.plans import Plan
from karmalink.seek.probability_map.probability_map import ProbabilityMap

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["MASSES", "feature_of", "pieces_of", "released_geojson", "to_geojson"]

MASSES = (0.95, 0.8, 0.5)
_DEGREES = 7  # decimals of a coordinate: a centimetre
_COARSE_DEGREES = 4  # about ten metres


def to_geojson(
    probability_map: ProbabilityMap, plan: Plan | None = None, *, coarse_m: float | None = None
) -> dict[str, Any]:
    """Return regions, clues, most believed spot, and the segments of a plan as one FeatureCollection.

    Every feature has a ``what``: ``region``, ``clue``, ``best`` or ``segment``. Witnesses' words are in none of them.

    Parameters
    ----------
    probability_map : ProbabilityMap
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
        blocks_of(probability_map.area, coarse_m)
    return released_geojson(Release("", probability_map, plan if coarse_m is None else None, coarse_m))


def released_geojson(given: Release) -> dict[str, Any]:
    """Return a release as GeoJSON; what the file says of itself is its member ``karmalink``."""
    found = given.probability_map
    if given.exact:
        lon, lat = found.best()
        point = {"type": "Point", "coordinates": [round(lon, _DEGREES), round(lat, _DEGREES)]}
        features = [*_regions(found), *_clues(found)]
        features.append({"type": "Feature", "geometry": point, "properties": {"what": "best"}})
        features += [] if given.plan is None else _segments(given.plan)
    else:
        features = _coarse(given)
    return {"type": "FeatureCollection", "karmalink": given.metadata(), "features": features}


def _regions(probability_map: ProbabilityMap) -> Iterable[dict[str, Any]]:
    for region, ground in probability_map.contours(MASSES):
        yield feature_of(ground, {"what": "region", "mass": region.mass, "km2": round(region.km2, 6)})


def _clues(probability_map: ProbabilityMap) -> Iterable[dict[str, Any]]:
    outlines = probability_map.clue_outlines()
    for clue in probability_map.clues:
        yield feature_of(
            outlines[clue.id],
            {
                "what": "clue",
                "id": clue.id,
                "witness": clue.witness,
                "says": clue.phrase(),
                "before": round(probability_map.clue_prior[clue.id], 4),
                "after": round(probability_map.clue_reliability[clue.id], 4),
            },
        )


def _segments(plan: Plan) -> Iterable[dict[str, Any]]:
    for place, number in enumerate(plan.order, start=1):
        yield feature_of(
            plan.ground.geometry[number],
            {
                "what": "segment",
                "name": plan.ground.names[number],
                "order": place,
                "hours": round(float(plan.effort[number]), 3),
                "probability": round(float(plan.probability[number]), 6),
                "finds": round(float(plan.finds[number]), 6),
            },
        )


def _coarse(given: Release) -> list[dict[str, Any]]:
    """Return regions made of whole blocks: which cell of a block it is cannot be told."""
    found, blocks = given.probability_map, given.blocks
    probability = blocks.sum(found.probability)
    order = np.argsort(-probability / blocks.m2, kind="stable")
    held = np.cumsum(probability[order])
    features = []
    for mass in MASSES:
        chosen = order[: int(np.searchsorted(held, mass * held[-1])) + 1]
        cells = np.isin(blocks.labels, chosen)
        km2 = float(blocks.m2[chosen].sum()) / 1e6
        properties = {"what": "region", "mass": mass, "km2": round(km2, 3)}
        features.append(feature_of(found.area.polygons(cells), properties, _COARSE_DEGREES))
    return features


def pieces_of(geometry: BaseGeometry) -> list[BaseGeometry]:
    """Return the parts of a geometry that has several."""
    return list(geometry.geoms) if hasattr(geometry, "geoms") else [geometry]


def feature_of(geometry: BaseGeometry, properties: dict[str, Any], decimals: int = _DEGREES) -> dict[str, Any]:
    """Return a geometry as a GeoJSON feature, its coordinates rounded."""
    import shapely
    from shapely.geometry import mapping

    def rounded(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.round(points, decimals)

    return {"type": "Feature", "geometry": mapping(shapely.transform(geometry, rounded)), "properties": properties}
