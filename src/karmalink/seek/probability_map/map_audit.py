"""Does the map hold the truth as often as it says? Cases laid out like one's own, with spots and errors that are known.

Every simulated case has the ground, the places, the witnesses with their grades and as many clues as the case. A spot
is drawn, statements about it are made up, wrong ones as often as the grades say, and one mechanism of error is added at
one severity. The map is then computed from the statements alone, as it would be from real ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import Floats
from karmalink.errors import CannotAnswer, InputError
from karmalink.seek.clues.clues import Clue
from karmalink.seek.clues.headings import Heading
from karmalink.seek.probability_map.posterior import REST_OF_WORLD, locate

if TYPE_CHECKING:
    import pandas as pd

    from karmalink.seek.clues.witnesses import Witness
    from karmalink.seek.ground.area import Area
    from karmalink.seek.ground.places import Places
    from karmalink.seek.probability_map.shared_errors import SharedError

__all__ = ["MECHANISMS", "OFF_MAP", "SHARES", "AuditedCell", "Layout", "MapAudit", "Mechanism", "audit_map"]

SHARES = (0.5, 0.8, 0.95)
OFF_MAP = "off the map"  # here no region can hold the truth: what counts is the probability of "outside"
_HEADING_SD, _LOG_SD = 15.0, 0.2  # what a right statement errs by: degrees, and in the logarithm of a distance
_WITH_DISTANCE = ("distance", "within_distance", "walk", "within_walk")
_NEAR_SIDES = 0.02  # how far "near" reaches when it is made up, in longer sides of the map


@dataclass(frozen=True, slots=True)
class _World:
    """A simulated case before it is told: the true spot, where each clue's witness takes it to be, who is wrong."""

    truth: tuple[float, float]
    told: Floats  # (clues, 2), metres
    side: float
    places: Floats  # (places, 2), metres
    owners: tuple[str, ...]


_Change = Callable[[_World, float, np.random.Generator], Floats]


@dataclass(frozen=True, slots=True)
class Mechanism:
    """A way in which all statements may err together.

    Attributes
    ----------
    name : str
    meaning : str
    is_mild : bool
        Memory rather than deception: regions are to hold under it. Against deception nothing is promised.
    change : callable
        Returns where each clue's witness takes the spot to be, shape (clues, 2); severity 0 changes nothing.
    """

    name: str
    meaning: str
    is_mild: bool
    change: _Change


def _unchanged(world: _World, severity: float, rng: np.random.Generator) -> Floats:
    return world.told


def _common_shift(world: _World, severity: float, rng: np.random.Generator) -> Floats:
    return world.told + rng.normal(0.0, severity * 0.02 * world.side, 2)


def _anchored(world: _World, severity: float, rng: np.random.Generator) -> Floats:
    """Return spots drawn towards the landmark that is nearest to the true one, by a third per severity."""
    nearest = world.places[np.argmin(np.hypot(*(world.places - world.truth).T))]
    return np.asarray(world.told + min(1.0, severity / 3.0) * (nearest - world.truth))


def _copied(world: _World, severity: float, rng: np.random.Generator) -> Floats:
    """Return spots of which the first witness's is everybody's, with probability severity / 3 each, and it is off."""
    shift = rng.normal(0.0, 0.03 * world.side, 2)
    copies = rng.random(len(world.told)) < min(1.0, severity / 3.0)
    return world.told + np.where(copies[:, None], shift, 0.0)


def _with_distance(world: _World, severity: float, rng: np.random.Generator) -> Floats:
    """Return spots off by a share of how far they lie from the middle of the places, the same factor for all."""
    middle = world.places.mean(axis=0)
    return np.asarray(middle + (world.told - middle) * math.exp(rng.normal(0.0, 0.1 * severity)))


def _rounded(world: _World, severity: float, rng: np.random.Generator) -> Floats:
    """Return spots moved to the nearest known place, each with probability severity / 3."""
    gaps = np.hypot(*(world.told[:, None] - world.places[None]).transpose(2, 0, 1))
    to_place = rng.random(len(world.told)) < min(1.0, severity / 3.0)
    return np.where(to_place[:, None], world.places[gaps.argmin(axis=1)], world.told)


def _namesake(world: _World, severity: float, rng: np.random.Generator) -> Floats:
    """Return spots as if one place had been taken for another: all move by the way from the one to the other."""
    one, other = rng.integers(len(world.places), size=2)
    return np.asarray(world.told + min(1.0, severity) * (world.places[other] - world.places[one]))


def _rumour(world: _World, severity: float, rng: np.random.Generator) -> Floats:
    """Return one wrong spot for all but the first witness, who alone knows."""
    away = severity * 0.1 * world.side
    turn = rng.uniform(0.0, 2.0 * math.pi)
    follows = np.array([owner != world.owners[0] for owner in world.owners])
    return np.asarray(world.told + follows[:, None] * away * np.array([math.sin(turn), math.cos(turn)]))


def _liar(world: _World, severity: float, rng: np.random.Generator) -> Floats:
    """Return one spot far away for the last witness, consistent with itself."""
    away, turn = severity * 0.1 * world.side, rng.uniform(0.0, 2.0 * math.pi)
    lies = np.array([owner == world.owners[-1] for owner in world.owners])
    return np.asarray(world.told + lies[:, None] * away * np.array([math.sin(turn), math.cos(turn)]))


def _moved_after(world: _World, severity: float, rng: np.random.Generator) -> Floats:
    """Return the spot where it lay before somebody moved it."""
    turn = rng.uniform(0.0, 2.0 * math.pi)
    return world.told + severity * 0.1 * world.side * np.array([math.sin(turn), math.cos(turn)])


MECHANISMS: Mapping[str, Mechanism] = {
    one.name: one
    for one in (
        Mechanism("none", "everybody tells of the true spot", True, _unchanged),
        Mechanism("common shift", "all tell of a spot beside the true one", True, _common_shift),
        Mechanism("anchoring", "all draw it towards the nearest landmark", True, _anchored),
        Mechanism("copied stories", "some repeat one story, which is off", True, _copied),
        Mechanism("growing with distance", "errors grow with the distance", True, _with_distance),
        Mechanism("rounding", "known places stand for spots beside them", True, _rounded),
        Mechanism(OFF_MAP, "it lies beyond the edge, by a tenth of the map's side per severity", True, _unchanged),
        Mechanism("wrong namesake", "all take one place for another", False, _namesake),
        Mechanism("rumour", "all but one follow a rumour", False, _rumour),
        Mechanism("one liar", "one witness tells of another spot throughout", False, _liar),
        Mechanism("moved after the fact", "it lay where they say, and was moved", False, _moved_after),
    )
}
"""Name → way in which statements err together."""


@dataclass(frozen=True, slots=True)
class AuditedCell:
    """One mechanism at one severity.

    Attributes
    ----------
    mechanism : str
    severity : float
    is_mild : bool
    runs : int
        Simulated cases.
    inside : tuple of int
        In how many the truth lay in the 50, 80 and 95 % regions.
    outside : float
        Mean probability of "outside the map"; the truth is on the map.
    km2 : float
        Median ground of the 80 % region.
    left_out : int
        Cases whose made-up clues left no place.
    """

    mechanism: str
    severity: float
    is_mild: bool
    runs: int
    inside: tuple[int, ...]
    outside: float
    km2: float
    left_out: int

    @property
    def coverage(self) -> tuple[float, ...]:
        """Share of the cases whose truth lay in each region."""
        return tuple(count / max(1, self.runs) for count in self.inside)

    def interval(self, which: int) -> tuple[float, float]:
        """Return the exact 95 % interval of one coverage (Clopper & Pearson 1934)."""
        from scipy.stats import beta

        hits, n = self.inside[which], self.runs
        low = 0.0 if hits == 0 else float(beta.ppf(0.025, hits, n - hits + 1))
        return low, 1.0 if hits == n else float(beta.ppf(0.975, hits + 1, n - hits))


@dataclass(frozen=True, slots=True, repr=False)
class MapAudit:
    """Coverage by mechanism and severity.

    Attributes
    ----------
    cells : tuple of AuditedCell
    seed : int
    """

    cells: tuple[AuditedCell, ...]
    seed: int

    @property
    def worst(self) -> AuditedCell:
        """The mild mechanism whose 80 % region holds the truth least often; mechanisms on the map only."""
        on_map = [cell for cell in self.cells if cell.mechanism != OFF_MAP]
        return min([cell for cell in on_map if cell.is_mild] or on_map, key=lambda cell: cell.coverage[1])

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per mechanism and severity."""
        import pandas as pd

        return pd.DataFrame(self.to_dict()["cells"])

    def to_dict(self) -> dict[str, Any]:
        """Return the figures, ready for JSON."""
        return {
            "seed": self.seed,
            "cells": [
                {
                    "mechanism": cell.mechanism,
                    "severity": cell.severity,
                    "mild": cell.is_mild,
                    "runs": cell.runs,
                    **{f"inside_{share:g}": round(one, 4) for share, one in zip(SHARES, cell.coverage, strict=True)},
                    "rest_of_world": round(cell.outside, 6),
                    "km2_80": round(cell.km2, 6),
                    "left_out": cell.left_out,
                }
                for cell in self.cells
            ],
        }

    def __repr__(self) -> str:
        """One-line summary."""
        worst = self.worst
        return (
            f"MapAudit(the 80 % region holds the truth in {worst.coverage[1]:.0%} of {worst.runs} cases at worst: "
            f"{worst.mechanism})"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """What simulated cases are laid out like."""

    area: Area
    places: Places
    clues: Sequence[Clue]
    witnesses: Sequence[Witness]
    displacement: SharedError | None = None
    rest_of_world: float = REST_OF_WORLD


def audit_map(
    layout: Layout,
    *,
    runs: int = 40,
    severities: Sequence[float] = (1.0, 2.0),
    mechanisms: Sequence[str] = tuple(MECHANISMS),
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> MapAudit:
    """Simulate cases like one's own and return how often their regions hold the truth.

    Parameters
    ----------
    layout : Layout
    runs : int
        Simulated cases for each mechanism and severity.
    severities : sequence of float
        1: errors of 2 % of the map's longer side, or of every third statement; 2: twice that.
    mechanisms : sequence of str
        Of :data:`MECHANISMS`.
    seed : int
        Every simulated case has a seed of its own, by its number.
    progress : callable, optional
        Called with (cases done, cases).

    Raises
    ------
    InputError
        A case without clues or places, or an unknown mechanism.
    """
    unknown = [name for name in mechanisms if name not in MECHANISMS]
    if unknown:
        raise InputError(f"unknown mechanism {unknown[0]!r}", allowed=tuple(MECHANISMS))
    if not layout.clues or not len(layout.places):
        raise InputError("the case has no clues or no places", rule="an audit needs a layout to imitate")
    asked = [(name, at) for name in mechanisms for at in (severities if name != "none" else (0.0,))]
    cells: list[AuditedCell] = []
    for number, (name, severity) in enumerate(asked):
        rows = []
        for run in range(runs):
            # The same spot and statements for every mechanism: what differs is the mechanism.
            rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(run,)))
            rows.append(_one(layout, MECHANISMS[name], severity, rng))
            if progress is not None:
                progress(number * runs + run + 1, len(asked) * runs)
        cells.append(_cell(name, severity, rows))
    return MapAudit(tuple(cells), seed)


_Row = tuple[tuple[bool, ...], float, float] | None


def _cell(name: str, severity: float, rows: Sequence[_Row]) -> AuditedCell:
    known = [row for row in rows if row is not None]
    inside = tuple(sum(row[0][at] for row in known) for at in range(len(SHARES)))
    outside = float(np.mean([row[1] for row in known])) if known else math.nan
    km2 = float(np.median([row[2] for row in known])) if known else math.nan
    left_out = len(rows) - len(known)
    return AuditedCell(name, severity, MECHANISMS[name].is_mild, len(known), inside, outside, km2, left_out)


def _one(layout: Layout, mechanism: Mechanism, severity: float, rng: np.random.Generator) -> _Row:
    area = layout.area
    cell = int(rng.integers(area.n))
    truth = (float(area.x[cell]), float(area.y[cell]))
    if mechanism.name == OFF_MAP:
        truth = _beyond_the_edge(area, truth, severity)
    clues = _told(layout, truth, mechanism, severity, rng)
    try:
        found = locate(
            area,
            layout.places,
            clues,
            layout.witnesses,
            rest_of_world=layout.rest_of_world,
            displacement=layout.displacement,
        )
    except (InputError, CannotAnswer):
        return None
    is_off = mechanism.name == OFF_MAP
    inside = tuple(not is_off and bool(found.region(share).cells[cell]) for share in SHARES)
    return inside, found.rest_of_world, found.region(0.8).km2


def _beyond_the_edge(area: Area, spot: tuple[float, float], severity: float) -> tuple[float, float]:
    """Return a spot pushed out over the nearest side of the map's grid."""
    rows, cols = area.shape
    west, north = area.transform.c, area.transform.f
    east, south = west + cols * area.cell_m, north - rows * area.cell_m
    off = severity * 0.1 * max(rows, cols) * area.cell_m
    x, y = spot
    gaps = {
        (west - off, y): x - west,
        (east + off, y): east - x,
        (x, north + off): north - y,
        (x, south - off): y - south,
    }
    return min(gaps, key=lambda place: gaps[place])


def _told(
    layout: Layout, truth: tuple[float, float], mechanism: Mechanism, severity: float, rng: np.random.Generator
) -> list[Clue]:
    """Return made-up statements about a spot, one for each clue of the case."""
    area = layout.area
    side = max(area.shape) * area.cell_m
    middles = [area.project(place.geometry).centroid for place in layout.places]
    places = np.array([(point.x, point.y) for point in middles])
    owners = tuple(clue.witness for clue in layout.clues)
    world = _World(truth, np.tile(np.array(truth), (len(owners), 1)), side, places, owners)
    # The noise is drawn first, so that every mechanism has the same.
    theta = {witness.id: _reliability(witness, rng) for witness in layout.witnesses}
    wrong = rng.random(len(owners)) >= np.array([theta[owner] for owner in owners])
    elsewhere = rng.integers(area.n, size=len(owners))
    noise = rng.standard_normal((len(owners), 2))
    pick = rng.random(len(owners))
    told = mechanism.change(world, severity, rng)
    told[wrong] = np.column_stack([area.x[elsewhere], area.y[elsewhere]])[wrong]
    return [
        _statement(clue, told[at], layout.places, places, side, (noise[at], pick[at]))
        for at, clue in enumerate(layout.clues)
    ]


def _reliability(witness: Witness, rng: np.random.Generator) -> float:
    theta, weights = witness.states(8)
    return float(rng.choice(theta, p=weights))


def _statement(clue: Clue, spot: Floats, places: Places, at: Floats, side: float, drawn: tuple[Floats, float]) -> Clue:
    """Return a statement of about the same kind that fits a spot: a place nearby, distance or heading as before."""
    noise, pick = drawn
    offset = spot - at
    away = np.hypot(offset[:, 0], offset[:, 1])
    # Of the nearest three places one is named, as people name what is close.
    which = int(np.argsort(away)[min(int(3 * pick), len(away) - 1)])
    metres = max(1.0, float(away[which] * math.exp(_LOG_SD * noise[0])))
    bearing = math.degrees(math.atan2(offset[which, 0], offset[which, 1])) + _HEADING_SD * noise[1]
    heading = Heading(bearing % 360.0, 22.5, f"{bearing % 360.0:.0f}°")
    name = (places[which].id,)
    said = Clue(clue.id, "near", name, clue.witness, metres, reliability=clue.reliability)
    if clue.heading is not None:
        if clue.relation == "distance_heading":
            return replace(said, relation="distance_heading", heading=heading)
        return replace(said, relation="heading", distance_m=None, heading=heading)
    if clue.relation in _WITH_DISTANCE:
        return replace(said, relation="distance")
    return replace(said, distance_m=max(_NEAR_SIDES * side, metres))
