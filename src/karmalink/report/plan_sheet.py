"""The plan on paper: a map with numbered segments, and a sheet for each team and day to walk with and write on."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from karmalink import __version__
from karmalink.report import words
from karmalink.report.charts.labels import is_khmer
from karmalink.report.charts.map import MapLayers, chart_map
from karmalink.report.leaflet_page import page_style
from karmalink.report.page import environment, write_page

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from karmalink.seek import Case, Closure, Danger, Job, Release, TeamPlan

__all__ = ["plan_sheet_html", "render_plan_sheet"]


def render_plan_sheet(case: Case, given: Release, walked: TeamPlan, path: Path | str) -> Path:
    """Write the sheets of a plan as one page for A4 and return its path.

    Parameters
    ----------
    case : Case
        Its places, closures and dangers are drawn.
    given : Release
        Its map; a plan of a coarsened one would give the spot away.
    walked : TeamPlan
        The jobs.
    path : path
        Where; the file is replaced in one step.

    Raises
    ------
    StorageFailed
        If the file would be over five megabytes, or cannot be written.
    """
    return write_page(plan_sheet_html(case, given, walked), path)


def plan_sheet_html(case: Case, given: Release, walked: TeamPlan) -> str:
    """Return the sheets as one HTML document."""
    ground = case.ground
    number_of = {name: place for place, name in enumerate(dict.fromkeys(job.segment for job in walked.jobs), start=1)}
    layers = MapLayers(
        places=list(case.places),
        numbered=[(ground.geometry[ground.number(name)], number) for name, number in number_of.items()],
        closed=_grounds(case, case.closures),
        danger=_grounds(case, case.dangers),
    )
    page = {
        "name": case.name,
        "khmer": is_khmer(case.name),
        "finding": _finding(walked),
        "map": chart_map(given.probability_map, layers, name="plan").still,
        "teams": [_team(case, jobs, number_of) for _, _, jobs in walked.by_team()],
        "base": walked.rules.base is not None,
        "notes": _notes(walked),
        "made": words.day(dt.date.today()),
        "version": __version__,
        "style": Markup(page_style("style.css", "plan_sheet/plan_sheet.css")),
    }
    return environment().get_template("plan_sheet/plan_sheet.html.j2").render(page=page)


def _grounds(case: Case, things: tuple[Closure, ...] | tuple[Danger, ...]) -> list[BaseGeometry]:
    own = [thing.geometry for thing in things if thing.geometry is not None]
    return own + [case.ground.geometry[case.ground.number(name)] for thing in things for name in thing.segments]


def _finding(walked: TeamPlan) -> str:
    if not walked.jobs:
        return f"There is nothing to do: {walked.best.nothing_to_do or 'no job fits into the hours of a team'}."
    jobs, hours = words.count(len(walked.jobs), "job"), words.number(float(walked.plan.hours.sum()), 1)
    return (
        f"{jobs[0].upper()}{jobs[1:]} with {hours} h of searching find it with {words.percent(walked.plan.value)}; "
        f"no plan with the same hours finds it with more than {words.percent(walked.best.upper_bound)}"
    )


def _notes(walked: TeamPlan) -> list[str]:
    last = walked.best.dates[-1] if walked.best.dates else None
    speed = words.number(walked.rules.travel_kmh, 1)
    passed = [f"This plan has passed: its last day was {words.day(last)}."] if walked.best.has_passed and last else []
    return [
        *passed,
        f"Ways are as the crow flies, at {speed} km/h. Bearings are from true north, coordinates WGS 84.",
        "If you find it: leave it where it is, write down where and when, and call. If you find something else, do the "
        "same and go on.",
        f"If all this finds nothing, the probability that it lies outside the map is "
        f"{words.percent(min(1.0, walked.plan.rest_of_world_after))}.",
    ]


def _team(case: Case, jobs: tuple[Job, ...], number_of: dict[str, int]) -> dict[str, Any]:
    first = jobs[0]
    return {
        "name": first.team,
        "when": words.day(first.date) if first.date else f"day {first.day}",
        "hours": words.number(sum(job.hours for job in jobs), 1),
        "way": words.number(sum(job.travel_km for job in jobs), 1),
        "jobs": [
            {
                "number": job.number,
                "map": number_of[job.segment],
                "segment": job.segment,
                "way": "" if job.bearing is None else f"{words.metres(1000.0 * job.travel_km)} on {job.bearing:.0f}°",
                "minutes": "" if job.bearing is None else f"{max(1, round(60.0 * job.travel_hours))} min",
                "at": f"{job.lat:.5f} N, {job.lon:.5f} E",
                "hours": _clock(job.hours),
                "finds": words.percent(job.finds),
                "danger": ", ".join(_dangers(case, job.segment)),
            }
            for job in jobs
        ],
    }


def _clock(hours: float) -> str:
    minutes = round(60.0 * hours)
    return f"{minutes // 60}:{minutes % 60:02d} h"


def _dangers(case: Case, segment: str) -> list[str]:
    number = case.ground.number(segment)
    ground = case.ground.geometry[number]
    return [
        danger.name
        for danger in case.dangers
        if segment in danger.segments or (danger.geometry is not None and danger.geometry.intersects(ground))
    ]
