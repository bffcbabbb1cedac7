"""The map as a table: a row per segment, or per block where it is coarsened, with CSVW metadata beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from karmalink.rows import join_cells
from karmalink.seek.exports.releases import Release

__all__ = ["COLUMNS", "csvw", "segment_table", "table_text"]

COLUMNS: Mapping[str, str] = {
    "segment": "name of the segment, or of the block of a coarsened map",
    "lon": "degrees, of its middle",
    "lat": "degrees, of its middle",
    "m2": "ground to search, m²",
    "probability": "probability that it lies there",
    "per_km2": "probability per km²",
    "order": "place in the plan",
    "hours": "hours of the plan, all assets and days together",
    "finds": "probability that the plan finds it there",
}


def segment_table(given: Release) -> list[dict[str, Any]]:
    """Return the rows, the most probable per km² first; columns of a plan are empty where there is none."""
    ground = given.blocks if not given.exact else (given.plan.ground if given.plan is not None else _ground(given))
    probability = ground.sum(given.probability_map.probability)
    centres = ground.centres
    plan = given.plan
    rank = {} if plan is None else {segment: place for place, segment in enumerate(plan.order, start=1)}
    digits = 7 if given.exact else 4
    return [
        {
            "segment": ground.names[number],
            "lon": round(float(centres[number, 0]), digits),
            "lat": round(float(centres[number, 1]), digits),
            "m2": round(float(ground.m2[number]), 1),
            "probability": round(float(probability[number]), 9),
            "per_km2": round(float(probability[number] / ground.m2[number] * 1e6), 9),
            "order": rank.get(number, ""),
            "hours": round(float(plan.effort[number]), 4) if plan is not None else "",
            "finds": round(float(plan.finds[number]), 9) if plan is not None else "",
        }
        for number in np.argsort(-probability / ground.m2, kind="stable").tolist()
    ]


def table_text(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the rows as CSV, UTF-8."""
    cells = [[str(row[column]) for column in COLUMNS] for row in rows]
    return join_cells([list(COLUMNS), *cells], ",").encode("utf-8")


def csvw(given: Release, name: str) -> dict[str, Any]:
    """Return the metadata of the table (W3C, *Metadata Vocabulary for Tabular Data*), with what it says of itself."""
    columns = [{"name": column, "titles": column, "dc:description": what} for column, what in COLUMNS.items()]
    return {
        "@context": "http://www.w3.org/ns/csvw",
        "url": name,
        "dc:title": given.name,
        "karmalink": given.metadata(),
        "tableSchema": {"columns": columns, "primaryKey": "segment"},
    }


def _ground(given: Release) -> Any:
    from karmalink.seek.ground.search_segments import segments

    searched = given.probability_map.searched
    return searched.ground if searched is not None else segments(given.probability_map.area)
