"""What a searcher takes along on a phone: ground, probability, plan and dangers of a case, for one page."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.seek.ground.search_segments import segments
from karmalink.seek.pages.page_ground import STRAIGHT, drawn_places, ground_rows, rings, to_degrees

if TYPE_CHECKING:
    from karmalink.seek.case.case import Case
    from karmalink.seek.ground.area import Area
    from karmalink.seek.planning.plans import Plan
    from karmalink.seek.probability_map.probability_map import ProbabilityMap

__all__ = ["SHADES", "FieldPage", "field_page_of", "ground_key"]

SHADES = 8  # steps of the probability; a phone in the sun shows no more
_GAMMA = 0.5  # shade = (probability / most)^gamma, as on the report's map
_MOST_BLOCKS = 12_000  # of the picture of the probability


@dataclass(frozen=True, eq=False, repr=False)
class FieldPage:
    """The trail of a case: data only, drawn by ``karmalink.report``.

    Attributes
    ----------
    name : str
        What is looked for.
    key : str
        Which ground, cut into which segments: what a phone hands back names segments of this cut and no other.
    data : dict
        Everything on the page, ready for JSON.
    exact : bool
        Whether probability is shown by cells; else by whole segments, without the most probable spot.
    """

    name: str
    key: str
    data: dict[str, Any]
    exact: bool

    def __repr__(self) -> str:
        """One-line summary: what it holds, never where."""
        how = "cells" if self.exact else "segments"
        return (
            f"FieldPage({len(self.data['segments'])} segments, probability by {how}, {len(self.data['places'])} places)"
        )


def ground_key(case: Case) -> str:
    """Return a digest of the area, its grid and its segments."""
    area = case.area
    cut = f"{area.crs}|{area.shape}|{area.cell_m!r}|{','.join(case.ground.names)}"
    if case.ground.drawn:  # the same names may be drawn anew
        cut += hashlib.sha256(case.ground.labels.tobytes()).hexdigest()
    return hashlib.sha256(cut.encode()).hexdigest()[:16]


def field_page_of(
    case: Case, probability_map: ProbabilityMap, todo: Plan | None = None, *, exact: bool = True
) -> FieldPage:
    """Return what a searcher takes along.

    Parameters
    ----------
    case : Case
        The case.
    probability_map : ProbabilityMap
        Its map.
    todo : Plan, optional
        Where to look first.
    exact : bool
        Show the probability by cells. Without it by segments, for a find spot that a lost phone must not give away.
    """
    west, south, east, north = case.area.bounds
    key = ground_key(case)
    data: dict[str, Any] = {
        "format": "karmalink-trail",
        "version": 1,
        "name": case.name,
        "key": key,
        "made": dt.date.today().isoformat(),
        "exact": exact,
        "bounds": [to_degrees(value) for value in (west, south, east, north)],
        "outline": rings(case.area.outline, 0.0),
        "rest_of_world": float(
            f"{probability_map.rest_of_world:.4g}"
        ),  # digits, not decimals: a small doubt is no nothing
        "shades": _shades(probability_map, case) if exact else _segment_shades(probability_map, case),
        "segments": _segments(case, probability_map, todo),
        "plan": _plan(todo),
        "assets": [{"name": a.name, "sweep_m": a.sweep_m, "speed_kmh": a.speed_kmh} for a in case.assets.values()],
        "closures": [
            {"name": c.name, "start": c.start.isoformat(), "end": c.end and c.end.isoformat(), **ground_rows(case, c)}
            for c in case.closures
        ],
        "dangers": [{"name": danger.name, **ground_rows(case, danger)} for danger in case.dangers],
        "places": drawn_places(case),
        "sought": [] if case.sought is None else [list(row) for row in case.sought.rows],
    }
    return FieldPage(case.name, key, data, exact)


def _segments(case: Case, probability_map: ProbabilityMap, todo: Plan | None) -> list[dict[str, Any]]:
    probability = case.ground.sum(probability_map.probability)
    hours = np.zeros(len(case.ground)) if todo is None else todo.effort
    return [
        {
            "name": name,
            "at": [to_degrees(value) for value in case.ground.centres[number]],
            "rings": rings(case.ground.geometry[number], case.area.cell_m * STRAIGHT),
            "probability": float(f"{probability[number]:.4g}"),
            "hours": round(float(hours[number]), 2),
            "ha": round(float(case.ground.m2[number]) / 1e4, 2),
        }
        for number, name in enumerate(case.ground.names)
    ]


def _plan(todo: Plan | None) -> list[dict[str, Any]]:
    """Return who searches where when, in the order of the plan: one row for a segment, asset and day."""
    if todo is None or todo.nothing_to_do:
        return []
    rank = {number: place for place, number in enumerate(todo.order)}
    rows = []
    for asset, day, number in zip(*np.nonzero(todo.hours > 1e-3), strict=True):
        date = todo.dates[day]
        rows.append(
            {
                "segment": todo.ground.names[number],
                "asset": todo.assets[asset].name,
                "day": int(day) + 1,
                "date": date and date.isoformat(),
                "hours": round(float(todo.hours[asset, day, number]), 2),
                "rank": rank.get(int(number), len(rank)),
            }
        )
    return sorted(rows, key=lambda row: (row["day"], row["rank"], row["asset"]))


def _shades(probability_map: ProbabilityMap, case: Case) -> list[dict[str, Any]]:
    """Return the ground of each step of the probability; cells gathered into blocks where there are too many."""
    area = case.area
    factor = math.ceil(math.sqrt(area.n / _MOST_BLOCKS))
    if factor <= 1:
        return _steps(area, probability_map.probability, np.full(area.n, area.cell_m2), np.arange(area.n))
    blocks = segments(area, factor * area.cell_m)
    return _steps(area, blocks.sum(probability_map.probability), blocks.m2, blocks.labels)


def _segment_shades(probability_map: ProbabilityMap, case: Case) -> list[dict[str, Any]]:
    return _steps(case.area, case.ground.sum(probability_map.probability), case.ground.m2, case.ground.labels)


def _steps(
    area: Area, probability: NDArray[np.float64], m2: NDArray[np.float64], labels: NDArray[np.int64]
) -> list[dict[str, Any]]:
    density = probability / m2
    top = float(density.max(initial=0.0))
    if top <= 0:
        return []
    step = np.ceil(SHADES * (density / top) ** _GAMMA - 1e-9).astype(np.int64)
    of_cell = np.append(step, 0)[labels]
    return [
        {"shade": shade, "rings": rings(area.polygons(of_cell == shade), area.cell_m * STRAIGHT)}
        for shade in range(2, SHADES + 1)  # the faintest step is most of the map and says nothing
        if (of_cell == shade).any()
    ]
