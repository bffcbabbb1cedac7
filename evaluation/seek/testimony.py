"""Spoken testimony about an invented river town: what is read in it, and where the map then says it lies."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely

from evaluation.figure import Figure
from evaluation.seek.clause_match import Score, score
from evaluation.seek.gold_clauses import GoldCase, Statement, clue_of, read_cases, read_map, read_statements
from karmalink.errors import CannotAnswer, InputError
from karmalink.seek import Area, Clue, Places, ProbabilityMap, Witness, layer, locate, parse_clues
from karmalink.seek.clues.parsing import Proposal

__all__ = ["NEEDS", "exact_interval", "run"]

NEEDS = "seek/testimony/cases.jsonl"
_SHARES = (0.5, 0.8, 0.95)
_OFF_KM = (0.5, 2.0, 6.0)
_CELL_M = 50.0
_LEAST_KM = 2.5  # of a cropped map, from side to side
_READS_TEXT = ("from text", "from gold clauses", "from true gold clauses")


@dataclass(frozen=True, slots=True)
class _Found:
    """What the map of one case says about the truth."""

    inside: tuple[bool, ...]  # in the 50, 80 and 95 % regions
    outside: float
    km: float  # from the most probable cell
    log_density: float  # ln of the probability per km² at the truth
    km2: float  # of the 80 % region
    left_out: int  # clues that this map cannot use


def run(data: Path) -> list[Figure]:
    """Return the figures of the folder's testimony set."""
    folder = (data / NEEDS).parent
    places, statements, cases = read_map(folder), read_statements(folder), read_cases(folder)
    spoken = [statement for case in cases for statement in case.statements]
    figures = _reading("statements", [(one, _read(one, places)) for one in statements], places)
    figures += _reading("cases", [(one, _read(one, places)) for one in spoken], places)
    area = _area(places)
    figures += _single_clues(statements, places, area)
    known = [case for case in cases if case.gold_point is not None]
    for arm, clues_of in _arms(places):
        figures += _regions(f"testimony cases, {arm}", known, places, area, clues_of)
    return figures + _cropped(known, places, area, _arms(places)[1][1])


def exact_interval(hits: int, n: int) -> tuple[float, float]:
    """Return the exact 95 % interval of a share (Clopper & Pearson 1934)."""
    from scipy.stats import beta

    low = 0.0 if hits == 0 else float(beta.ppf(0.025, hits, n - hits + 1))
    return low, 1.0 if hits == n else float(beta.ppf(0.975, hits + 1, n - hits))


def _read(statement: Statement, places: Places) -> Sequence[Proposal]:
    return parse_clues(statement.text, witness=statement.witness, places=places, one_voice=True).proposals


def _reading(name: str, read: Sequence[tuple[Statement, Sequence[Proposal]]], places: Places) -> list[Figure]:
    if not read:
        return []
    found = score(read, places)
    title = f"testimony, clauses of {name}"
    low, high = found.interval()
    note = f"{found.right} right, {found.wrong} wrong, {found.missed} missed in {len(read)} statements"
    return [
        Figure(title, "F1", f"{found.f1:.3f}", f"{low:.3f}–{high:.3f}", note),
        _share(title, "precision", found.right, found.right + found.wrong),
        _share(title, "recall", found.right, found.right + found.missed),
        *(_share(title, f"{what} right, of matched clauses", *getattr(found, what)) for what in _DETAILS),
        Figure(title, "silent misreadings", str(found.wrong), "", "; ".join(found.misread)),
        Figure(title, "missed", str(found.missed), "", _by_relation(found)),
    ]


_DETAILS = ("hedges", "numbers", "headings")


def _by_relation(found: Score) -> str:
    names = [line.rsplit(": ", 1)[1] for line in found.unread]
    return ", ".join(f"{name} {names.count(name)}" for name in sorted(set(names)))


def _share(title: str, measure: str, hits: int, n: int, note: str = "") -> Figure:
    if n == 0:
        return Figure(title, measure, "0 of 0", "", note)
    low, high = exact_interval(hits, n)
    return Figure(title, measure, f"{hits} of {n} ({hits / n:.3f})", f"{low:.3f}–{high:.3f}", note)


# Regions.


def _area(places: Places, margin: float = 0.005) -> Area:
    """Return the whole map, to half a kilometre beyond what is drawn on it."""
    west, south, east, north = shapely.total_bounds([place.geometry for place in places])
    return Area.from_bounds(west - margin, south - margin, east + margin, north + margin, cell_m=_CELL_M)


_CluesOf = Callable[[GoldCase], list[Clue]]


def _arms(places: Places) -> list[tuple[str, _CluesOf]]:
    def from_text(case: GoldCase) -> list[Clue]:
        found = [one.clue for statement in case.statements for one in _read(statement, places)]
        return [_numbered(clue, number) for number, clue in enumerate(found)]

    def from_gold(case: GoldCase, *, true: bool = False) -> list[Clue]:
        clauses = [(clause, one.witness) for one in case.statements for clause in one.clauses]
        kept = [pair for pair in clauses if pair[0].get("holds") or not true]
        found = [clue_of(clause, places, f"c{at}", witness) for at, (clause, witness) in enumerate(kept)]
        return [clue for clue in found if clue is not None]

    return list(zip(_READS_TEXT, (from_text, from_gold, lambda case: from_gold(case, true=True)), strict=True))


def _numbered(clue: Clue, number: int) -> Clue:
    return replace(clue, id=f"c{number}")


def _map_of(case: GoldCase, clues: Sequence[Clue], places: Places, area: Area) -> tuple[ProbabilityMap, int]:
    """Return the map of a case, and how many of its clues it cannot use; the grades are told, who is right is not."""
    witnesses = [
        Witness(name, source_grade=grade, talked_to=(case.copied_from[name],) if name in case.copied_from else ())
        for name, grade in case.grades.items()
    ]
    usable = [clue for clue in clues if _is_usable(area, clue, places)]
    return locate(area, places, usable, witnesses), len(clues) - len(usable)


def _is_usable(area: Area, clue: Clue, places: Places) -> bool:
    try:
        layer(area, clue, places)
    except (InputError, CannotAnswer):
        return False
    return True


def _found(case: GoldCase, found: ProbabilityMap, left_out: int) -> _Found:
    lon, lat = case.gold_point or (math.nan, math.nan)
    cell = found.area.cell_at(lon, lat)
    if cell is None:
        return _Found((), found.rest_of_world, math.nan, math.nan, math.nan, left_out)
    x, y = found.area.xy_of(lon, lat)
    best = int(np.argmax(found.probability))
    return _Found(
        tuple(bool(found.region(share).cells[cell]) for share in _SHARES),
        found.rest_of_world,
        float(np.hypot(found.area.x[best] - x, found.area.y[best] - y)) / 1000.0,
        float(np.log(max(found.probability[cell], 1e-300) / found.area.cell_m2 * 1e6)),
        found.region(0.8).km2,
        left_out,
    )


def _regions(title: str, cases: Sequence[GoldCase], places: Places, area: Area, clues_of: _CluesOf) -> list[Figure]:
    rows = [_found(case, *_map_of(case, clues_of(case), places, area)) for case in cases]
    figures = [
        _share(title, f"truth inside the {share:.0%} region", sum(row.inside[at] for row in rows), len(rows))
        for at, share in enumerate(_SHARES)
    ]
    means = {
        "mean ln density at the truth, per km²": np.mean([row.log_density for row in rows]),
        "median km from the best cell to the truth": np.median([row.km for row in rows]),
        "median km² of the 80% region": np.median([row.km2 for row in rows]),
        "mean probability outside the map": np.mean([row.outside for row in rows]),
    }
    note = f"of {area.km2:.0f} km²; clues that the map cannot use: {sum(row.left_out for row in rows)}"
    by_case = ", ".join(f"{case.id} {row.log_density:.1f}" for case, row in zip(cases, rows, strict=True))
    figures += [
        Figure(title, name, f"{value:.3f}", "", by_case if "density" in name else note if "km²" in name else "")
        for name, value in means.items()
    ]
    return figures


def _single_clues(statements: Sequence[Statement], places: Places, area: Area) -> list[Figure]:
    """Return how often one gold clause's own region holds the truth."""
    title, inside = "testimony, single gold clauses", []
    for one in statements:
        for at, clause in enumerate(one.clauses):
            clue = clue_of(clause, places, f"c{at}", "w")
            cell = None if one.gold_point is None else area.cell_at(*one.gold_point)
            if clue is None or cell is None or not _is_usable(area, clue, places) or not clause.get("holds"):
                continue
            known = layer(area, clue, places)
            inside.append([bool(known.region(share)[cell]) for share in _SHARES])
    hits = np.array(inside, dtype=bool).reshape(-1, len(_SHARES))
    return [
        _share(title, f"truth inside the {share:.0%} region", int(hits[:, at].sum()), len(hits), "of clauses that hold")
        for at, share in enumerate(_SHARES)
    ]


# A truth that lies off the map: the map is cut so that it does.


def _cropped(cases: Sequence[GoldCase], places: Places, area: Area, clues_of: _CluesOf) -> list[Figure]:
    title = "testimony cases, off the map, from gold clauses"
    figures = []
    for off in _OFF_KM:
        cut = [(case, one) for case in cases for one in _without_truth(case, area, off)]
        outside = [_map_of(case, clues_of(case), places, one)[0].rest_of_world for case, one in cut]
        figures.append(_outside(title, f"truth {off:g} km off, four sides", outside))
    whole = [_map_of(case, clues_of(case), places, area)[0].rest_of_world for case in cases]
    return [*figures, _outside(title, "truth on the map", whole)]


def _outside(title: str, measure: str, outside: Sequence[float]) -> Figure:
    if not outside:
        return Figure(title, f"mean probability outside, {measure}", "passed over", "", "no map is large enough")
    spread = 1.96 * float(np.std(outside)) / math.sqrt(len(outside))
    middle = float(np.mean(outside))
    over = sum(one >= 0.5 for one in outside)
    note = f"{len(outside)} maps; {over} of them say that it is more likely outside than on the map"
    interval = f"{max(0.0, middle - spread):.3f}–{min(1.0, middle + spread):.3f}"
    return Figure(title, f"mean probability outside, {measure}", f"{middle:.3f}", interval, note)


def _without_truth(case: GoldCase, area: Area, off_km: float) -> list[Area]:
    """Return the map cut on each side so that the truth lies that far off it, where enough of it is left."""
    lon, lat = case.gold_point or (math.nan, math.nan)
    west, south, east, north = area.bounds
    up = off_km / 111.2
    across = up / math.cos(math.radians(lat))
    sides = [(lon + across, south, east, north), (west, south, lon - across, north)]
    sides += [(west, lat + up, east, north), (west, south, east, lat - up)]
    least = _LEAST_KM / 111.2
    return [
        Area.from_bounds(*side, cell_m=_CELL_M)
        for side in sides
        if side[2] - side[0] >= least / math.cos(math.radians(lat)) and side[3] - side[1] >= least
    ]
