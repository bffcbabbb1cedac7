"""CalTopo and SARTopo read as places: GeoJSON whose features carry a `class` and a title."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["from_caltopo", "is_caltopo"]


_CLASSES = ("Marker", "Shape", "Assignment")


def is_caltopo(feature: Any) -> bool:
    """Return whether a feature is one of CalTopo's that has ground."""
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    return isinstance(properties, Mapping) and properties.get("class") in _CLASSES and bool(feature.get("geometry"))


def from_caltopo(feature: Mapping[str, Any]) -> dict[str, Any]:
    """Return a feature of CalTopo as a place's: its title as name, its points without height and time."""
    properties, geometry = feature["properties"], feature["geometry"]
    ident = feature.get("id")
    name = str(properties.get("title") or properties.get("letter") or "").strip() or str(ident)
    return {
        "type": "Feature",
        "id": ident,
        "geometry": {**geometry, "coordinates": _flat(geometry.get("coordinates"))},
        "properties": {"id": ident, "name": name, "kind": properties["class"].casefold()},
    }


def _flat(coordinates: Any) -> Any:
    """Return coordinates with longitude and latitude only: a recorded point has height and time behind them."""
    if not isinstance(coordinates, list) or not coordinates:
        return coordinates
    if isinstance(coordinates[0], list):
        return [_flat(part) for part in coordinates]
    return coordinates[:2]
