"""GPX for the devices of the teams: a file per asset, its segments as waypoints in the plan's order and as routes.

Never as tracks: a track is where somebody was, and a plan that comes back as one would be logged as a search.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.errors import UsageError
from karmalink.seek.exports.releases import Release

if TYPE_CHECKING:
    from karmalink.seek.planning.plans import Plan

__all__ = ["team_files"]

_LEAST_HOURS = 1e-3


def team_files(given: Release, place: Path) -> list[tuple[Path, bytes]]:
    """Return name and content of the file of every asset that the plan sends somewhere.

    Raises
    ------
    UsageError
        There is no plan, or the release withholds it.
    """
    plan = given.plan
    if not given.exact:
        raise UsageError(
            "segments for teams of a map that is coarsened",
            where=place,
            rule="a plan gives the spot away",
            next_step="--exact, if these files stay with the teams",
        )
    if plan is None or plan.nothing_to_do:
        raise UsageError("there is no plan to hand out", where=place, next_step="karmalink seek plan says why")
    found = []
    for number, asset in enumerate(plan.assets):
        if plan.hours[number].sum() > _LEAST_HOURS:
            name = re.sub(r"[^\w-]+", "-", asset.name).strip("-") or f"asset-{number + 1}"
            found.append((place.with_name(f"{place.stem}-{name}{place.suffix}"), _gpx(given, plan, number)))
    return found


def _gpx(given: Release, plan: Plan, asset: int) -> bytes:
    from gpxpy.gpx import GPX, GPXRoute, GPXRoutePoint, GPXWaypoint

    gpx = GPX()
    gpx.creator = "Karmalink"
    gpx.name = f"{given.name}: {plan.assets[asset].name}"
    gpx.description = "; ".join(f"{name}: {value}" for name, value in given.metadata().items() if value is not None)
    way = GPXRoute(name=f"{plan.assets[asset].name}: in this order")
    for day, segment in _stops(plan, asset):
        lon, lat = plan.ground.centres[segment]
        name = plan.ground.names[segment]
        about = f"{_when(plan, day)}, {plan.hours[asset, day, segment]:.1f} h"
        gpx.waypoints.append(GPXWaypoint(latitude=lat, longitude=lon, name=name, description=about, type="segment"))
        way.points.append(GPXRoutePoint(latitude=lat, longitude=lon, name=name))
    gpx.routes.append(way)
    for segment in dict.fromkeys(segment for _, segment in _stops(plan, asset)):
        for ring in _rings(plan.ground.geometry[segment]):
            edge = GPXRoute(name=f"edge of {plan.ground.names[segment]}")
            edge.points.extend(GPXRoutePoint(latitude=lat, longitude=lon) for lon, lat in ring)
            gpx.routes.append(edge)
    return str(gpx.to_xml(version="1.1")).encode("utf-8")


def _stops(plan: Plan, asset: int) -> list[tuple[int, int]]:
    rank = {segment: place for place, segment in enumerate(plan.order)}
    days, where = np.nonzero(plan.hours[asset] > _LEAST_HOURS)
    stops = [(int(day), int(segment)) for day, segment in zip(days, where, strict=True)]
    return sorted(stops, key=lambda stop: (stop[0], rank.get(stop[1], len(rank))))


def _when(plan: Plan, day: int) -> str:
    date = plan.dates[day]
    return date.isoformat() if date is not None else f"day {day + 1}"


def _rings(shape: Any) -> list[list[tuple[float, float]]]:
    parts = shape.geoms if hasattr(shape, "geoms") else [shape]
    return [[(x, y) for x, y, *_ in ring.coords] for part in parts for ring in (part.exterior, *part.interiors)]
