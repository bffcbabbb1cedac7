"""The demo's search: a map of clues and links, a plan with closing ground, and the map after an unsuccessful day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from karmalink.seek import (
    Area,
    Asset,
    Closure,
    Plan,
    ProbabilityMap,
    Search,
    SearchLog,
    locate,
    plan,
    segments,
    task_of,
)
from karmalink.seek.ground.geojson_files import read_outline
from karmalink.study.analyses.links_to_clues import clues_and_witnesses
from karmalink.study.analyses.study_summary import clue_influence, next_questions, plan_asset_values

if TYPE_CHECKING:
    from karmalink.seek import AssetValue, Influence, Place, Questions
    from karmalink.study import ClueFrom, Study

__all__ = ["ASSETS", "CLOSING_DAY", "DemoSearch", "add_link_clues", "run_search", "write_case"]

# The searchers have two weeks, and after the first the railway takes its strip.
FIRST_DAY, DAYS = dt.date(2025, 1, 6), 14
CLOSING_DAY = dt.date(2025, 1, 13)
CELL_M, SEGMENT_M = 50.0, 100.0
ASSETS: tuple[Asset, ...] = (
    Asset("borrowed metal detector", sweep_m=1.6, speed_kmh=1.2, hours_per_day=4, cost_per_hour=1.5),
    Asset("friends with rods", sweep_m=0.8, speed_kmh=1.0, hours_per_day=3, count=4),
)


# What others would lend in exchange for something of theirs.
OFFERS: tuple[Asset, ...] = (
    Asset("the university's ground radar", sweep_m=1.0, speed_kmh=1.5, hours_per_day=6),
    Asset("a second metal detector", sweep_m=1.6, speed_kmh=1.2, hours_per_day=4),
)


@dataclass(frozen=True, slots=True)
class DemoSearch:
    """The map before and after the first day, the plans, what was searched, and what would help before it begins."""

    probability_map: ProbabilityMap
    plan: Plan
    log: SearchLog
    after: ProbabilityMap
    again: Plan
    closures: tuple[Closure, ...]
    places: tuple[Place, ...]
    questions: Questions | None
    influence: Influence | None
    asset_values: AssetValue | None


_CASE = f"""# The search of the demo as a case of its own: `karmalink seek map` and the others take this folder.
name = "The golden figure"

[area]
outline = "ground.geojson"
cell_m = {CELL_M:g}
segment_m = {SEGMENT_M:g}

[files]
places = "places.geojson"
witnesses = "witnesses.csv"
clues = "clues.csv"
assets = "assets.csv"

[[closures]]
name = "the railway's strip"
start = {CLOSING_DAY}
polygon = "closing.geojson"

[plan]
start = {FIRST_DAY}
days = {DAYS}
"""


def write_case(folder: Path) -> dict[str, Path]:
    """Write the case file and the table of assets beside the demo's other files, and return them by name."""
    columns = ("name", "sweep_m", "speed_kmh", "hours_per_day", "count", "cost_per_hour")
    rows = [",".join(columns), *(",".join(f"{getattr(asset, name)}" for name in columns) for asset in ASSETS)]
    assets, case = folder / "assets.csv", folder / "case.toml"
    assets.write_text("\n".join(rows) + "\n", encoding="utf-8")
    case.write_text(_CASE, encoding="utf-8")
    return {"assets": assets, "case": case}


def add_link_clues(study: Study, links: Sequence[ClueFrom], contributors: Iterable[str]) -> None:
    """Store the clues from links, so that they are deleted with a person."""
    clues, sources = clues_and_witnesses(links)
    study.witnesses.add(sources)
    study.clues.add(clues, contributors=tuple(contributors))


def run_search(study: Study, ground: Path, closing: Path, spot: tuple[float, float]) -> DemoSearch:
    """Make the map and the plan, search one day, and make both again.

    Parameters
    ----------
    study : Study
        Places, witnesses and clues are read from it.
    ground, closing : Path
        Outlines of the ground and of what the railway takes (GeoJSON).
    spot : tuple of float
        The true position (longitude, latitude). It decides what a search finds, as in the field, and nothing else.
    """
    area = Area.from_polygon(read_outline(ground), cell_m=CELL_M)
    closures = (Closure("the railway's strip", CLOSING_DAY, geometry=read_outline(closing)),)
    places = tuple(study.places.list())
    found = locate(area, places, study.clues.list(), study.witnesses.list())
    pieces = segments(area, SEGMENT_M)
    todo = plan(found, ASSETS, ground=pieces, days=DAYS, start=FIRST_DAY, closures=closures)
    log = _first_day(todo, pieces.at(*spot))
    after = found.after(log, pieces, {asset.name: asset for asset in ASSETS})
    rest = plan(after, ASSETS, ground=pieces, days=DAYS - 1, start=FIRST_DAY + dt.timedelta(days=1), closures=closures)
    task = task_of(found, ASSETS, ground=pieces, days=DAYS, start=FIRST_DAY, closures=closures)
    helping = next_questions(found, places), clue_influence(found), plan_asset_values(task, OFFERS)
    return DemoSearch(found, todo, log, after, rest, closures, places, *helping)


def _first_day(todo: Plan, holds_it: str | None) -> SearchLog:
    """Return the first day's searches as planned, without the segment of the true spot: they found nothing."""
    log = SearchLog()
    for number in todo.order:
        name = todo.ground.names[number]
        hours = todo.hours[:, 0, number]
        if name == holds_it or not hours.any():
            continue
        for asset, spent in zip(todo.assets, hours.tolist(), strict=True):
            if spent > 0:
                log = log.add(Search(log.next_id(), name, asset.name, hours=round(spent, 2), date=FIRST_DAY))
    return log
