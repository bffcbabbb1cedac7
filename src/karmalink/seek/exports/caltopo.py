"""CalTopo and SARTopo: GeoJSON whose features carry a `class`, a title and their look.

A Marker is a point, a Shape a line or polygon; what a team does in a segment on a day is an Assignment there. As the
exports of these programs and the programs that write to them have it (there is no published schema).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from karmalink.base.wording import percent
from karmalink.seek.exports.geojson import feature_of, pieces_of, released_geojson
from karmalink.seek.exports.releases import Release
from karmalink.seek.planning.plans import Plan
from karmalink.seek.search.detection_laws import miss

__all__ = ["to_caltopo"]

_NAMESPACE = uuid.UUID("6f0f9a3e-6f3d-4c43-9a57-5e2f6f1d0c1e")
_LEAST_HOURS = 1e-3
_HEAT, _CLUE, _TEAM = "#33418F", "#8A8778", "#D98E04"


def to_caltopo(given: Release) -> dict[str, Any]:
    """Return a release as CalTopo imports it: regions and clues as shapes, the plan's segments as assignments."""
    plain = released_geojson(given)
    others = [feature for feature in plain["features"] if feature["properties"]["what"] != "segment"]
    jobs = [] if given.plan is None or not given.exact else list(_jobs(given.plan))
    features = [_dressed(feature, number) for number, feature in enumerate([*others, *jobs])]
    return {**plain, "features": features}


def _jobs(plan: Plan) -> Iterator[dict[str, Any]]:
    """Yield a feature for every asset, day and segment, and for every piece of it: an assignment is one polygon."""
    pod = 1.0 - miss(plan.coverage)
    density = plan.probability / plan.ground.m2
    ranks = {number: place for place, number in enumerate(plan.order)}
    for number in plan.order:
        for asset, day in zip(*np.nonzero(plan.hours[:, :, number] > _LEAST_HOURS), strict=True):
            date = plan.dates[day]
            for piece in pieces_of(plan.ground.geometry[number]):
                yield feature_of(
                    piece,
                    {
                        "what": "job",
                        "name": plan.ground.names[number],
                        "asset": plan.assets[asset].name,
                        "when": date.isoformat() if date else f"day {day + 1}",
                        "order": ranks[number] + 1,
                        "hours": round(float(plan.hours[asset, day, number]), 2),
                        "pod": round(float(pod[number]), 4),
                        "probability": round(float(plan.probability[number]), 6),
                        "share": round(float(density[number] / density[plan.order[0]]), 4),
                    },
                )


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


def _job(given: Mapping[str, Any]) -> dict[str, Any]:
    about = (
        f"{given['asset']}, {given['when']}: {given['hours']:g} h, "
        f"{percent(given['probability'])} of the probability lies here"
    )
    pod = _level(given["pod"])
    return {
        **_shape(given["name"], about, _TEAM, 2, 0.1),
        **{"class": "Assignment", "letter": given["name"], "number": str(given["order"]), "status": "PREPARED"},
        **{
            "resourceType": "GROUND",
            "priority": _level(given["share"]),
            "timeAllocated": given["hours"],
            "teamSize": 0,
        },
        **{"responsivePOD": pod, "unresponsivePOD": pod, "cluePOD": pod, "teamSize": 0, "preparedBy": "Karmalink"},
        **{"transportation": "", "previousEfforts": "", "primaryFrequency": "", "secondaryFrequency": ""},
    }


def _level(share: float) -> str:
    """Return a share as these programs have it: in thirds."""
    return "HIGH" if share >= 2.0 / 3.0 else "MEDIUM" if share >= 1.0 / 3.0 else "LOW"


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


_LOOKS = {"region": _region, "clue": _clue, "job": _job, "best": _best}
