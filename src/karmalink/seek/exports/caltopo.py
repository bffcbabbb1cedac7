"""CalTopo and SARTopo: GeoJSON whose features carry a `class`, a title and their look.

A Marker is a point, a Shape a line or polygon; what a segment is to a search, an Assignment is there. As the exports of
these programs have it (there is no published schema).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from karmalink.seek.exports.geojson import released_geojson
from karmalink.seek.exports.releases import Release

__all__ = ["to_caltopo"]

_NAMESPACE = uuid.UUID("6f0f9a3e-6f3d-4c43-9a57-5e2f6f1d0c1e")
_HEAT, _CLUE, _TEAM = "#33418F", "#8A8778", "#D98E04"


def to_caltopo(given: Release) -> dict[str, Any]:
    """Return a release as CalTopo imports it: regions and clues as shapes, the plan's segments as assignments."""
    plain = released_geojson(given)
    features = [_dressed(feature, number) for number, feature in enumerate(plain["features"])]
    return {**plain, "features": features}


def _dressed(feature: dict[str, Any], number: int) -> dict[str, Any]:
    given = feature["properties"]
    ident = str(uuid.uuid5(_NAMESPACE, f"{number}:{sorted(given.items(), key=str)}"))
    return {**feature, "id": ident, "properties": {**given, **_LOOKS[given["what"]](given)}}


def _region(given: Mapping[str, Any]) -> dict[str, Any]:
    opacity = {0.95: 0.1, 0.8: 0.15, 0.5: 0.25}.get(given["mass"], 0.1)
    title = f"{given['mass']:.0%} of the probability"
    return _shape(title, f"{given['km2']:.3g} km²", _HEAT, 2, opacity)


def _clue(given: Mapping[str, Any]) -> dict[str, Any]:
    return _shape(f"{given['id']} ({given['witness']})", given["says"], _CLUE, 2, 0.0)


def _segment(given: Mapping[str, Any]) -> dict[str, Any]:
    about = f"{given['order']}: {given['hours']:.1f} h, {given['probability']:.1%} of the probability"
    return {
        **_shape(given["name"], about, _TEAM, 2, 0.1),
        **{"class": "Assignment", "letter": given["name"], "number": str(given["order"]), "status": "PREPARED"},
        **{"resourceType": "GROUND", "priority": "MEDIUM"},
    }


def _best(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{"class": "Marker", "title": "most probable spot", "description": "", "folderId": None},
        **{"marker-symbol": "point", "marker-color": "D98E04", "marker-size": "1"},
    }


def _shape(title: str, description: str, colour: str, width: int, opacity: float) -> dict[str, Any]:
    return {
        **{"class": "Shape", "title": title, "description": description, "folderId": None},
        **{"stroke": colour, "stroke-width": width, "stroke-opacity": 1, "fill": colour, "fill-opacity": opacity},
    }


_LOOKS = {"region": _region, "clue": _clue, "segment": _segment, "best": _best}
