"""What does finding nothing there tell us? The map before and after a search that found nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from karmalink.report import words
from karmalink.report.charts.heat import full_shade
from karmalink.report.charts.map import MapLayers, chart_map
from karmalink.report.data import ReportData, ReportSearch
from karmalink.report.section import AnswerKind, Figure, LegendEntry, Section
from karmalink.report.sections.place import close_up, place_section, searched_ground, withheld
from karmalink.report.sections.plan import plan_section
from karmalink.report.sections.witnesses import witness_name
from karmalink.report.theme import ink
from karmalink.seek import ProbabilityMap
from karmalink.seek.search.regions import Searched

__all__ = ["after_section", "search_sections"]

# The sections of a search: where it lies, where to look first, what an unsuccessful search tells.


def search_sections(data: ReportData) -> list[Section]:
    """Return the sections of the search: map, plan, and the map after an unsuccessful search."""
    shown = data.search
    if shown is None:
        return []
    if shown.coarse_m is not None:
        return [place_section(data, withheld(shown))]
    sections = [place_section(data, shown)]
    if shown.plan is not None:
        sections.append(plan_section(data, shown, shown.plan))
    if shown.after is not None:
        sections.append(after_section(data, shown, shown.after))
    return sections


def after_section(data: ReportData, shown: ReportSearch, after: ProbabilityMap) -> Section:
    """Return the section of the map after the searches in it."""
    before = shown.probability_map
    searches = after.searched
    where = _where(searches)
    metres = float(np.hypot(*np.subtract(after.area.xy_of(*after.best()), before.area.xy_of(*before.best()))))
    moved = (
        f"moves the most likely spot by {words.metres(metres)}"
        if metres >= after.area.cell_m
        else "leaves the most likely spot where it was"
    )
    return Section(
        id="after",
        question="What does finding nothing there tell us?",
        title=f"Finding nothing {'' if where.startswith('along') else 'in '}{where or 'the ground searched'} {moved}",
        lead=_after_lead(data, shown, after),
        answer=AnswerKind.FOUND,
        blocks=(_after_figure(shown, after, where),),
    )


def _where(searched: Searched | None) -> str:
    """Return what was searched, in words: segments by name, tracks by their length."""
    if searched is None:
        return ""
    names = list(dict.fromkeys(entry.segment for entry in searched.log.counting if entry.segment))
    parts = names[:6] + ["others"] * (len(names) > 6)
    if searched.swept:
        km = sum(swath.walk.km for swath in searched.swept.values())
        tracks = words.count(len(searched.swept), "track")
        parts.append(f"along {tracks} of {words.metres(1000 * km)}{' in all' if len(searched.swept) > 1 else ''}")
    return words.join(parts)


def _after_lead(data: ReportData, shown: ReportSearch, after: ProbabilityMap) -> str:
    before = shown.probability_map
    parts = []
    if after.searched is not None:
        parts.append(f"The chance of finding nothing there was {words.percent(after.searched.probability_of_nothing)}.")
    if words.percent(before.rest_of_world) != words.percent(after.rest_of_world):
        parts.append(
            "The probability that it lies outside the map rose from "
            f"{words.percent(before.rest_of_world)} to {words.percent(after.rest_of_world)}."
        )
    falls = {
        name: before.witness_reliability[name] - after.witness_reliability[name] for name in before.witness_reliability
    }
    most = max(falls, key=lambda name: falls[name], default="")
    if most and falls[most] > 0.01:
        parts.append(
            f"{witness_name(data, most)} is now less reliable: "
            f"{words.percent(after.witness_reliability[most])} instead of "
            f"{words.percent(before.witness_reliability[most])}."
        )
    if shown.truth is not None and before.area.cell_at(*shown.truth) is not None:
        parts.append(
            "Here the truth is known: most likely ground first, the find would have come after "
            f"{words.area(before.area_before_find(*shown.truth))}, and now comes after "
            f"{words.area(after.area_before_find(*shown.truth))}."
        )
    return " ".join(parts)


def _after_figure(shown: ReportSearch, after: ProbabilityMap, where: str) -> Figure:
    strongest = full_shade(np.asarray(shown.probability_map.posterior))
    searched = searched_ground(after.searched)
    plain = MapLayers(shown.places, window=close_up(shown))
    hatched = replace(plain, searched=searched)
    return Figure(
        id="after-figure",
        alt=(
            f"Two maps side by side, before and after searching {where} without success. Half of the "
            "probability lay in "
            f"{words.area(shown.probability_map.region(0.5).km2)}, now in {words.area(after.region(0.5).km2)}."
        ),
        panels=(
            chart_map(shown.probability_map, plain, name="map-before", strongest=strongest, title="Before"),
            chart_map(after, hatched, name="map-after", strongest=strongest, title="After the unsuccessful search"),
        ),
        key=(LegendEntry("searched, nothing found", ink("ink"), "hatch"),),
        caption=(
            "Both maps use the same shades. Searched ground keeps some probability: no search finds everything "
            "that is there."
        ),
        layout="pair",
    )
