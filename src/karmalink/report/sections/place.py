"""Where does it lie? The probability map, the clues on it, and how reliable the witnesses are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from karmalink.report import words
from karmalink.report.charts.ground import Window
from karmalink.report.charts.map import ClueLine, MapLayers, chart_map
from karmalink.report.data import ReportData, ReportSearch
from karmalink.report.section import AnswerKind, Column, Figure, Fold, LegendEntry, Panel, Section, Table
from karmalink.report.sections.next_steps import influence_table, questions_table
from karmalink.report.sections.witnesses import clues_table, inks_of, witness_name, witnesses_figure
from karmalink.report.theme import LINK_INK, REST_INK, ink
from karmalink.seek import Closure, Clue, Danger, Plan, ProbabilityMap, Release, SoughtObject
from karmalink.seek.search.regions import Searched

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["NUMBERED", "close_up", "grounds_of", "place_section", "searched_ground", "withheld"]

NUMBERED = 12  # segments with a number on the map; the table has them all
_SHOWN_MASS = 0.9
_FILLED = 0.6  # share of the grid above which a close-up would show nothing more
_LEAST_PART = 0.18  # of the grid: closer up, nothing with a name would be in sight
_ROOM = 0.18  # around what has to be seen, on each side
_LEAST_OUTLINED = 0.15  # a clue of lower reliability is not drawn on the map


def place_section(data: ReportData, shown: ReportSearch) -> Section:
    """Return the section of the map."""
    found = shown.probability_map
    half, most = found.region(0.5), found.region(_SHOWN_MASS)
    whole = found.area.km2
    lead = (
        f"If it is on the map, nine tenths of the probability lie in {words.area(most.km2)} of "
        f"{words.area(whole)}; the probability that it lies outside the map is {words.percent(found.rest_of_world)}."
    )
    if shown.truth is not None:
        lead += f" {_truth(shown, found)}"
    return Section(
        id="map",
        question="Where does it lie?",
        title=(
            f"Half of the probability lies in {words.area(half.km2)}, {words.percent(half.km2 / whole)} of the ground"
        ),
        lead=lead,
        answer=AnswerKind.FOUND,
        blocks=(
            _map_figure(data, shown),
            witnesses_figure(data, found),
            *(_about_clues(data, shown) if shown.coarse_m is None else []),
            *([Fold("What is sought", (_sought_table(shown.sought),))] if shown.sought is not None else []),
        ),
    )


def _about_clues(data: ReportData, shown: ReportSearch) -> list[Fold]:
    """Return what names places or spots; a report that withholds them has none of it."""
    folds = [Fold("The clues", (clues_table(data, shown),))]
    if shown.influence is not None:
        folds.append(influence_table(data, shown, shown.influence))
    if shown.questions is not None:
        folds.append(questions_table(data, shown.questions))
    return folds


def _sought_table(sought: SoughtObject) -> Table:
    columns = (Column("Object ID"), Column("What is known"))
    missing = words.count(len(sought.missing), "field")
    return Table(f"What is sought: {missing} of the Object ID checklist not known", columns, sought.rows)


def withheld(shown: ReportSearch) -> ReportSearch:
    """Return a search of which nothing finer than its blocks is left."""
    given = Release("", shown.probability_map, None, shown.coarse_m)
    return replace(
        shown,
        probability_map=replace(shown.probability_map, probability=given.probability),
        plan=None,
        after=None,
        truth=None,
        questions=None,
        influence=None,
        asset_values=None,
    )


def _truth(shown: ReportSearch, found: ProbabilityMap) -> str:
    spot = shown.truth
    if spot is None or found.area.cell_at(*spot) is None:
        return "Here the truth is known: it lies outside the map."
    ground = words.area(found.area_before_find(*spot))
    return f"Here the truth is known: searching the most likely ground first finds {shown.thing} after {ground}."


def _map_figure(data: ReportData, shown: ReportSearch) -> Figure:
    shown_map = shown.probability_map
    inks = inks_of(shown_map)
    clues = shown_map.clues if shown.coarse_m is None else ()
    drawn = [clue for clue in clues if shown_map.clue_reliability[clue.id] >= _LEAST_OUTLINED]
    lines = [
        ClueLine(clue.id, *inks[clue.witness], shown_map.clue_reliability[clue.id])
        for clue in _distinct(drawn, shown_map)
    ]
    near = close_up(shown)
    layers = MapLayers(
        places=shown.places,
        major=frozenset(place for clue in shown_map.clues for place in clue.places),
        clues=lines,
        numbered=_numbered(shown.plan),
        closed=grounds_of(shown, shown.closures),
        danger=grounds_of(shown, shown.dangers),
        searched=searched_ground(shown_map.searched),
        truth=shown.truth,
    )
    if near is None:
        panels: tuple[Panel, ...] = (chart_map(shown_map, layers, name="map-found"),)
    else:
        whole, part = replace(layers, numbered=(), framed=near), replace(layers, window=near)
        panels = (
            chart_map(shown_map, whole, name="map-found", title="The whole ground"),
            chart_map(shown_map, part, name="map-near", title="The framed part"),
        )
    return Figure(
        id="map-figure",
        alt=_map_alt(shown),
        panels=panels,
        key=_map_key(data, shown, drawn),
        caption=_map_caption(shown),
        layout="wide" if near is None else "pair",
    )


def grounds_of(shown: ReportSearch, things: Sequence[Closure | Danger]) -> list[BaseGeometry]:
    """Return the ground of closures or dangers: their own, and that of the segments they name."""
    found = [thing.geometry for thing in things if thing.geometry is not None]
    searched = shown.after.searched if shown.after is not None else shown.probability_map.searched
    ground = shown.plan.ground if shown.plan is not None else searched.ground if searched is not None else None
    if ground is not None:
        found += [ground.geometry[ground.number(name)] for thing in things for name in thing.segments]
    return found


def searched_ground(searched: Searched | None) -> list[BaseGeometry]:
    """Return the ground to hatch: whole segments, and the swaths of tracks."""
    if searched is None:
        return []
    names = dict.fromkeys(entry.segment for entry in searched.log.counting if entry.segment)
    whole = [searched.ground.geometry[searched.ground.number(name)] for name in names]
    return whole + [swath.geometry for swath in searched.swept.values() if swath.walk.length.size]


def close_up(shown: ReportSearch) -> Window | None:
    """Return the part of the grid that a second map shows larger, None where the probability fills the first one.

    It holds the ground of nine tenths of the probability and the numbered segments, with some room, in the grid's own
    proportion.
    """
    area = shown.probability_map.area
    chosen = shown.probability_map.region(_SHOWN_MASS).cells.copy()
    if shown.plan is not None:
        chosen |= np.isin(shown.plan.ground.labels, shown.plan.order[:NUMBERED])
    rows, cols = np.nonzero(area.grid(chosen))
    if rows.size == 0:
        return None
    tall, wide = area.shape
    share = max(_LEAST_PART, max((np.ptp(cols) + 1) / wide, (np.ptp(rows) + 1) / tall) * (1 + 2 * _ROOM))
    if share > _FILLED:
        return None
    width, height = max(1, round(share * wide)), max(1, round(share * tall))
    left = int(np.clip((cols.min() + cols.max() + 1 - width) // 2, 0, wide - width))
    top = int(np.clip((rows.min() + rows.max() + 1 - height) // 2, 0, tall - height))
    return left, top, left + width, top + height


def _map_caption(shown: ReportSearch) -> str:
    parts = [
        "The stronger the tint, the likelier. The solid line encloses half of the probability, the dashed line nine "
        "tenths."
    ]
    if shown.coarse_m is None:
        parts.append("Coloured lines: where a witness’s clue says it lies, fainter the less reliable the clue is now.")
    else:
        parts.append(
            f"This report withholds the find spot: probability by blocks of {words.metres(shown.coarse_m)}, no clues, "
            "no plan."
        )
    if shown.plan is not None and shown.plan.order:
        parts.append("Numbers: the order of the plan.")
    parts += [f"Hatched: {closure.name}, closed from {words.day(closure.start)}." for closure in shown.closures]
    if shown.dangers:
        parts.append(f"Hatched in the colour of danger: {words.join(danger.name for danger in shown.dangers)}.")
    return " ".join(parts)


def _distinct(clues: list[Clue], found: ProbabilityMap) -> list[Clue]:
    """Return the clues without those that only repeat another: they would be drawn twice."""
    return [clue for clue in clues if clue.id not in found.repeats]


def _map_key(data: ReportData, shown: ReportSearch, drawn: list[Clue]) -> tuple[LegendEntry, ...]:
    inks = inks_of(shown.probability_map)
    present = list(dict.fromkeys(clue.witness for clue in drawn))
    own = [name for name in present if inks[name] not in (LINK_INK, REST_INK)]
    keys = [LegendEntry(witness_name(data, name), ink(inks[name][0]), _stroke(inks[name])) for name in own]
    keys += [LegendEntry("days that dreams are linked to", ink(LINK_INK[0]), "dash")] * any(
        inks[n] == LINK_INK for n in present
    )
    rest = [name for name in present if inks[name] == REST_INK]
    if rest:
        title = data.name(rest[0]) if len(rest) == 1 else words.count(len(rest), "other witness", "other witnesses")
        keys.append(LegendEntry(title, ink(REST_INK[0]), "dash"))
    if shown.closures:
        keys.append(LegendEntry("ground that closes", ink("stone"), "hatch"))
    if shown.probability_map.searched is not None:
        keys.append(LegendEntry("searched, nothing found", ink("ink"), "hatch"))
    if shown.dangers:
        keys.append(LegendEntry("danger", ink("lotus"), "hatch"))
    if shown.truth is not None:
        keys.append(LegendEntry("true position", ink("saffron"), "star"))
    return tuple(keys)


def _stroke(outline: tuple[str, str]) -> str:
    return "line" if outline[1] == "none" else "dash"


def _map_alt(shown: ReportSearch) -> str:
    found = shown.probability_map
    half = words.area(found.region(0.5).km2)
    lon, lat = found.best()
    near = _nearest(shown, lon, lat) if shown.coarse_m is None else ""
    plan = (
        f" The plan begins in segment {shown.plan.ground.names[shown.plan.order[0]]}."
        if shown.plan and shown.plan.order
        else ""
    )
    danger = f" Danger: {words.join(danger.name for danger in shown.dangers)}." if shown.dangers else ""
    return f"Map of {words.area(found.area.km2)}. Half of the probability lies in {half}{near}.{plan}{danger}"


def _nearest(shown: ReportSearch, lon: float, lat: float) -> str:
    points = [place for place in shown.places if place.geometry.geom_type == "Point"]
    if not points:
        return ""
    x, y = shown.probability_map.area.xy_of(lon, lat)
    metres = [
        np.hypot(*np.subtract(shown.probability_map.area.xy_of(place.geometry.x, place.geometry.y), (x, y)))
        for place in points
    ]
    best = int(np.argmin(metres))
    return f"; the most likely spot is {words.metres(float(metres[best]))} from {points[best].name}"


def _numbered(plan: Plan | None) -> Sequence[tuple[BaseGeometry, int]]:
    if plan is None:
        return []
    return [(plan.ground.geometry[segment], rank) for rank, segment in enumerate(plan.order[:NUMBERED], start=1)]
