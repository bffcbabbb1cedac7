"""A case's map as data for one page: probability, clues, regions, searches, and what each witness moves."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.errors import CannotAnswer
from karmalink.seek.pages.page_grid import PageGrid, as_text
from karmalink.seek.pages.page_ground import STRAIGHT, drawn_places, ground_rows, rings, to_degrees
from karmalink.seek.probability_map.sliders import MovedMap, with_witness_at

if TYPE_CHECKING:
    from karmalink.seek.answers.lost_persons import LostPerson
    from karmalink.seek.case.case import Case
    from karmalink.seek.exports.releases import Release
    from karmalink.seek.planning.plans import Plan
    from karmalink.seek.probability_map.probability_map import ProbabilityMap

__all__ = ["FIT_STEP", "MASSES", "RATIO_STEP", "SETTINGS", "MapPage", "Statement", "map_page_of"]

Progress = Callable[[int, int], None]

MASSES = (0.5, 0.8, 0.95)
SETTINGS = (0.05, 0.275, 0.5, 0.725, 0.95)  # reliabilities that a slider runs over; a page interpolates between them
RATIO_STEP = 2.0**-10  # of log2 of what a setting multiplies a block by: 16 bits reach ± 32
FIT_STEP = 2.0**-3  # of log2 of how much likelier a clue is there than on average: 8 bits reach ± 16
_CLUE_MASS = 0.5
_MOST_BLOCKS, _LEAST_BLOCKS = 12_000, 2_500
_MOST_VALUES = 400_000  # of all settings and clues together: about a megabyte of page
_MOST_FIXES = 500  # of a piece of a track
_KHMER = re.compile(r"[\u1780-\u17ff]")
_COARSE_TOLERANCE = 0.25  # of a cell: how far a drawn outline may leave the true one


@dataclass(frozen=True, eq=False, repr=False)
class MapPage:
    """The map of a case: data only, drawn by ``karmalink.report``.

    Attributes
    ----------
    name : str
        What is looked for.
    data : dict
        Everything on the page, ready for JSON.
    exact : bool
        Whether cells, clues and witnesses are on it; else blocks of probability and nothing that gives the spot away.
    """

    name: str
    data: dict[str, Any]
    exact: bool

    def __repr__(self) -> str:
        """One-line summary: what it holds, never where."""
        clues, witnesses = len(self.data["clues"]), len(self.data["witnesses"])
        return f"MapPage({'exact' if self.exact else 'coarsened'}, {clues} clues, {witnesses} witnesses)"


@dataclass(frozen=True, slots=True, repr=False)
class Statement:
    """A text that clues of a case were read from.

    Attributes
    ----------
    name : str
        What to call it: its file.
    text : str
        Its words. A page carries them only where it is asked to.
    """

    name: str
    text: str

    def __repr__(self) -> str:
        """One-line summary: never the words."""
        return f"Statement({len(self.text)} characters)"


def map_page_of(
    case: Case,
    given: Release,
    *,
    plan: Plan | None = None,
    statements: Sequence[Statement] = (),
    texts: bool = False,
    progress: Progress | None = None,
) -> MapPage:
    """Return the map of a case with all that can be looked at and moved on it.

    For every witness the whole map is computed at five reliabilities: one slider alone shows exactly that map. Two
    sliders together multiply what each does, which is exact where the witnesses do not depend on each other and share
    no displacement, and close to it elsewhere.

    Parameters
    ----------
    case : Case
        The case.
    given : Release
        Its map as it may leave (:func:`karmalink.seek.release`); a coarsened one has neither clues nor witnesses.
    plan : Plan, optional
        Where to look first.
    statements : sequence of Statement
        Texts that clues were read from: what of them was not understood is listed.
    texts : bool
        Show the words that were not understood; without it where they stand, and why.
    progress : callable, optional
        Called with (maps done, maps).
    """
    found = given.probability_map
    witnesses = list(dict.fromkeys(found.group_witness)) if given.exact else []
    clues = list(enumerate(found.clues)) if given.exact else []
    most = _MOST_VALUES // max(1, len(SETTINGS) * len(witnesses) + len(clues))
    grid = PageGrid.of(case.area, int(np.clip(most, _LEAST_BLOCKS, _MOST_BLOCKS)), given.coarse_m or 0.0)
    west, south, east, north = case.area.bounds
    data: dict[str, Any] = {
        "format": "karmalink-map",
        "version": 1,
        "name": case.name,
        "made": dt.date.today().isoformat(),
        "exact": given.exact,
        "bounds": [to_degrees(value) for value in (west, south, east, north)],
        "outline": rings(case.area.outline, 0.0),
        "cell_m": case.area.cell_m,
        "grid": grid.to_dict(),
        "probability": as_text(grid.sums(found.probability), "<f4"),
        "rest_of_world": found.rest_of_world,
        "regions": [{"mass": mass, "km2": _figures(found.region(mass).km2)} for mass in MASSES],
        "best": [to_degrees(value) for value in reversed(found.best())] if given.exact else None,
        "last_known": None if case.subject is None or not given.exact else _last_known(case.subject),
        "shared_error": found.shared_error.to_dict(),
        "fit_step": FIT_STEP,
        "ratio_step": RATIO_STEP,
        "clues": [_clue(found, grid, row) for row, _ in clues],
        "witnesses": _witnesses(found, grid, witnesses, progress),
        "places": drawn_places(case),
        "closures": [
            {"name": c.name, "start": c.start.isoformat(), "end": c.end and c.end.isoformat(), **ground_rows(case, c)}
            for c in case.closures
        ],
        "dangers": [{"name": danger.name, **ground_rows(case, danger)} for danger in case.dangers],
        "searched": _searched(case) if given.exact else [],
        "tracks": _tracks(case) if given.exact else [],
        "unread": _unread(case, statements, texts=texts) if statements and given.exact else None,
        "plan": [] if plan is None or not given.exact else _plan(case, plan),
    }
    return MapPage(case.name, data, given.exact)


def _last_known(person: LostPerson) -> dict[str, Any]:
    half, most = (_figures(float(metres)) for metres in person.law.quantile([0.5, 0.95]))
    return {
        "at": [to_degrees(person.lat), to_degrees(person.lon)],
        "who": ", ".join(word for word in (person.category, person.terrain) if word),
        "half_m": half,
        "most_m": most,
    }


def _clue(found: ProbabilityMap, grid: PageGrid, row: int) -> dict[str, Any]:
    clue, layer = found.clues[row], found.layers[row]
    # (blocks,): mean density over the block, in means of the whole map; log2 in steps of an eighth
    times = grid.means(layer.density) / max(float(layer.density.mean()), 1e-300)
    return {
        "id": clue.id,
        "witness": clue.witness,
        "says": clue.phrase(),
        "before": _figures(found.clue_prior[clue.id]),
        "after": _figures(found.clue_reliability[clue.id]),
        "repeats": found.repeats.get(clue.id),
        "fit": as_text(_steps(times, FIT_STEP, 127), "i1"),
        "rings": rings(found.area.polygons(layer.region(_CLUE_MASS)), found.area.cell_m * _COARSE_TOLERANCE),
    }


def _witnesses(
    found: ProbabilityMap, grid: PageGrid, names: list[str], progress: Progress | None
) -> list[dict[str, Any]]:
    base = grid.sums(found.probability)
    rows, todo = [], len(names) * len(SETTINGS)
    for number, name in enumerate(names):
        settings = []
        for place, reliability in enumerate(SETTINGS):
            settings.append(_setting(found, grid, base, name, reliability))
            if progress is not None:
                progress(number * len(SETTINGS) + place + 1, todo)
        rows.append(
            {
                "id": name,
                "before": _figures(found.witness_prior[name]),
                "after": _figures(found.witness_reliability[name]),
                "settings": [setting for setting in settings if setting is not None],
            }
        )
    return rows


def _setting(
    found: ProbabilityMap, grid: PageGrid, base: Floats, witness: str, reliability: float
) -> dict[str, Any] | None:
    """Return what a reliability multiplies every block by; None where it leaves no place."""
    try:
        moved: MovedMap = with_witness_at(found, witness, reliability)
    except CannotAnswer:
        return None
    times = np.divide(grid.sums(moved.probability), base, out=np.ones_like(base), where=base > 0.0)
    beyond = moved.rest_of_world / found.rest_of_world if found.rest_of_world > 0.0 else 1.0
    return {
        "reliability": reliability,
        "ratio": as_text(_steps(times, RATIO_STEP, 32_767), "<i2"),
        "rest_of_world": _figures(beyond),
    }


def _steps(times: Floats, step: float, most: int) -> Floats:
    log2 = np.log2(np.maximum(times, 1e-30)) / step
    return np.asarray(np.clip(np.round(log2), -most, most))


def _searched(case: Case) -> list[dict[str, Any]]:
    """Return the ground of the searches that count, one row for a segment, and tracks as lines."""
    rows: dict[str, dict[str, Any]] = {}
    tolerance = case.area.cell_m * STRAIGHT
    for search in case.log.counting:
        if search.segment in rows or search.segment not in case.ground.names:
            continue
        number = case.ground.number(search.segment)
        rows[search.segment] = {"name": search.segment, "rings": rings(case.ground.geometry[number], tolerance)}
    return list(rows.values())


def _tracks(case: Case) -> list[list[list[float]]]:
    """Return the tracks of the log as lines of [lat, lon]; a line ends where the way is not known."""
    lines = []
    for track in case.tracks().values():
        known = np.isfinite(track.lon) & np.isfinite(track.lat) & ~track.lost
        for piece in np.unique(track.piece[known]):
            fixes = known & (track.piece == piece)
            step = max(1, int(np.count_nonzero(fixes)) // _MOST_FIXES)
            points = zip(track.lat[fixes][::step].tolist(), track.lon[fixes][::step].tolist(), strict=True)
            lines.append([[to_degrees(lat), to_degrees(lon)] for lat, lon in points])
    return lines


def _unread(case: Case, statements: Sequence[Statement], *, texts: bool) -> list[dict[str, str]]:
    from karmalink.seek.clues.parsing import parse_clues

    rows = []
    for statement in statements:
        language = "km" if _KHMER.search(statement.text) else "en"
        parsed = parse_clues(statement.text, places=case.places, area=case.area, language=language)
        for part in parsed.unread:
            words = " ".join(statement.text[part.start : part.end].split()) if texts else ""
            where = f"{statement.name}, characters {part.start} to {part.end}"
            rows.append({"where": where, "why": part.why, "words": words})
    return rows


def _plan(case: Case, plan: Plan) -> list[dict[str, Any]]:
    """Return the segments of the plan in its order."""
    if plan.nothing_to_do:
        return []
    return [
        {
            "name": plan.ground.names[number],
            "rank": rank + 1,
            "hours": _figures(float(plan.effort[number])),
            "at": [to_degrees(value) for value in reversed(plan.ground.centres[number])],
            "rings": rings(plan.ground.geometry[number], case.area.cell_m * STRAIGHT),
        }
        for rank, number in enumerate(plan.order)
    ]


def _figures(value: float) -> float:
    return float(f"{value:.5g}")  # digits, not decimals: a small doubt is not nothing
