"""The testimony set: its map, its statements and cases, and a gold clause as a clue of `seek`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from karmalink.seek import Clue, Heading, Place, Places, parse_heading, read_places

__all__ = ["MODE_KMH", "GoldCase", "Statement", "clue_of", "read_cases", "read_map", "read_statements"]

# Means of travel that the set knows, km/h on the roads of a river town: by judgement.
MODE_KMH = {"foot": 5.037, "ox-cart": 3.5, "bicycle": 12.0, "moto": 25.0, "boat": 4.0}
_UNSURE = 0.35  # what the reader of texts gives "maybe"
_MOST_PLACES = {"between": 2}
_SAME = {
    "at": "at", "in": "in", "near": "near", "along": "along", "between": "between", "heading": "heading",
    "distance": "distance", "distance_heading": "distance_heading", "within_sight": "sight",
    "upstream": "upstream", "downstream": "downstream", "across": "beyond", "beyond": "beyond",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statement:
    """What one witness said, with its gold clauses as the set has them."""

    id: str
    witness: str
    text: str
    clauses: tuple[Mapping[str, Any], ...]
    loose: tuple[str, ...]
    category: str
    truthful: bool | None
    gold_point: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class GoldCase:
    """One hidden object: witnesses by identifier with grade and whom they copied, and their statements."""

    id: str
    gold_point: tuple[float, float] | None
    grades: Mapping[str, str]
    copied_from: Mapping[str, str]
    statements: tuple[Statement, ...]


def read_map(folder: Path) -> Places:
    """Return the places of the set's map."""
    return read_places(folder / "map.geojson")


def read_statements(folder: Path) -> list[Statement]:
    """Return the single statements."""
    return [_statement(row, row["id"]) for row in _rows(folder / "statements.jsonl")]


def read_cases(folder: Path) -> list[GoldCase]:
    """Return the cases."""
    return [_case(row) for row in _rows(folder / "cases.jsonl")]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    if path.is_file():
        yield from (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())


def _statement(row: Mapping[str, Any], witness: str) -> Statement:
    point = row.get("gold_point")
    return Statement(
        row["id"],
        witness,
        row["text"],
        tuple(row.get("clauses", ())),
        tuple(row.get("loose", ())),
        row.get("category", "spatial"),
        row.get("truthful"),
        None if point is None or row.get("outside_map") else (point[0], point[1]),
    )


def _case(row: Mapping[str, Any]) -> GoldCase:
    point = row.get("gold_point")
    said = row["witnesses"]
    return GoldCase(
        row["id"],
        None if point is None or row.get("outside_map") else (point[0], point[1]),
        {one["id"]: one["reliability"] for one in said},
        {one["id"]: one["copied_from"] for one in said if one.get("copied_from")},
        tuple(_statement(statement, one["id"]) for one in said for statement in one["statements"]),
    )


def clue_of(clause: Mapping[str, Any], places: Places, ident: str, witness: str) -> Clue | None:
    """Return a gold clause as a clue; None where it is not about the place sought or names nothing on the map."""
    if clause.get("about") or clause.get("retracted") is True or clause.get("unresolved") or not clause["refs"]:
        return None
    negated = clause["relation"].startswith("not_")
    said = _said(clause["relation"].removeprefix("not_"), clause, _by_name(places))
    if said is None:
        return None
    reliability = _UNSURE if clause["hedge"] == "unsure" else None
    relation, refs, metres, heading, denied = said
    return Clue(ident, relation, refs, witness, metres, heading, negated != denied, reliability)


_Said = tuple[str, tuple[str, ...], float | None, Heading | None, bool]


def _said(relation: str, clause: Mapping[str, Any], known: Mapping[str, Place]) -> _Said | None:
    """Return relation, places, metres, heading, and whether the words deny it ("more than 2 km")."""
    refs = tuple(clause["refs"])
    heading, metres = _heading(clause), _metres(clause)
    if relation == "travel_time":
        if metres is None:
            return None
        if heading is not None:
            return "distance_heading", refs[:1], metres, heading, False
        foot = clause.get("mode", "foot") == "foot"
        within = clause.get("cmp") == "<"
        name = ("within_walk" if within else "walk") if foot else ("within_distance" if within else "distance")
        return name, refs[:1], metres, None, clause.get("cmp") == ">"
    if relation == "distance" and clause.get("cmp"):
        return "within_distance", refs[:1], metres, None, clause["cmp"] == ">"
    if relation in ("left_of", "right_of"):
        return _turned(relation, clause, known)
    if relation == "corner_of":
        if heading is not None:
            return "side", refs[:1], None, heading, False
        return ("near", refs[:1], None, None, False) if len(refs) == 1 else ("between", refs[:2], None, None, False)
    if relation == "beyond" or relation == "across":
        viewpoint = clause.get("viewpoint")
        return "beyond", refs[:1] + ((viewpoint,) if viewpoint in known else ()), metres, None, False
    if relation in ("upstream", "downstream"):
        return relation, refs[:1] + ((clause["line"],) if clause.get("line") in known else ()), metres, None, False
    if relation == "in" and known[refs[0]].geometry.geom_type == "Point":
        relation = "at"
    if relation not in _SAME:
        return None
    most = len(refs) if relation == "along" else _MOST_PLACES.get(relation, 1)
    asks_distance = relation in ("distance", "distance_heading", "near")
    asks_heading = relation in ("heading", "distance_heading")
    return _SAME[relation], refs[:most], metres if asks_distance else None, heading if asks_heading else None, False


def _by_name(places: Iterable[Place]) -> dict[str, Place]:
    return {place.name: place for place in places}


def _heading(clause: Mapping[str, Any]) -> Heading | None:
    if clause.get("heading"):
        return parse_heading(clause["heading"])
    degrees = clause.get("heading_deg")
    return None if degrees is None else Heading(float(degrees), 5.0, f"{degrees:g}°")


def _metres(clause: Mapping[str, Any]) -> float | None:
    value = clause.get("si")
    if value is None or not value > 0:
        return None
    if clause.get("si_unit") == "min":
        return float(value) * MODE_KMH.get(clause.get("mode", "foot"), MODE_KMH["foot"]) * 1000.0 / 60.0
    return float(value)


def _turned(relation: str, clause: Mapping[str, Any], known: Mapping[str, Place]) -> _Said | None:
    """Return "left of" along a line by the direction of travel; of anything else by where it is looked at from."""
    place = known[clause["refs"][0]]
    toward, viewpoint = known.get(clause.get("toward", "")), known.get(clause.get("viewpoint", ""))
    leftward = relation == "left_of"
    if place.geometry.geom_type in ("LineString", "MultiLineString"):
        if toward is not None and not _runs_toward(place, toward.geometry.centroid):
            leftward = not leftward
        elif toward is None and viewpoint is not None and _runs_toward(place, viewpoint.geometry.centroid):
            leftward = not leftward  # seen from the market, one looks away from it
        return "left" if leftward else "right", (place.id,), None, None, False
    if viewpoint is None:
        return None
    seen = _bearing(viewpoint.geometry.centroid, place.geometry.centroid) + (-90.0 if leftward else 90.0)
    return "heading", (place.id,), None, Heading(seen % 360.0, 45.0, ""), False


def _runs_toward(line: Place, point: Any) -> bool:
    """Return whether a line is drawn toward a point: along it the nearest spot comes in the second half."""
    return bool(line.geometry.project(point, normalized=True) > 0.5)


def _bearing(start: Any, end: Any) -> float:
    east = (end.x - start.x) * math.cos(math.radians((start.y + end.y) / 2.0))
    return float(np.degrees(np.arctan2(east, end.y - start.y)) % 360.0)
