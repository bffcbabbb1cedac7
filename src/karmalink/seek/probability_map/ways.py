"""Densities of "within 2 km", "an hour on foot", "upstream": how far by a way that people or water take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import InputError
from karmalink.seek.ground.streams import Course, course_of
from karmalink.seek.ground.walking_speed import LEVEL_M_PER_MINUTE, walking_minutes
from karmalink.seek.probability_map.cores import Shape
from karmalink.seek.probability_map.distance_laws import (
    GUESS_LOG,
    POINT_SIZE,
    RING_TAIL,
    WRITTEN_LOG,
    bell,
    bell_integrals,
    level_tail,
    ring_core,
    ring_tail,
    tail,
    tail_integrals,
)

if TYPE_CHECKING:
    from karmalink.seek.clues.clues import Clue
    from karmalink.seek.ground.area import Area
    from karmalink.seek.ground.frames import Frame
    from karmalink.seek.ground.places import Place

__all__ = ["downstream", "ring", "upstream", "walk", "within_distance", "within_walk"]

Floats = NDArray[np.float64]
BANK_M = 60.0  # how far from the water "upstream" still is
STREAM_M = 1000.0  # how far up or down, where nobody says
_EDGE = 0.15  # "within 2 km" ends about there: softness of the edge, in shares of the distance
_TAIL = 0.25
_OFF_RIVER_M = 300.0  # a place this far from a river still lies on it


def ring(area: Area, clue: Clue, frame: Frame) -> Shape:
    """Return "that far from it": a ring by point-radius rules with the tail of :mod:`..distance_laws`."""
    stated = clue.distance_m or 0.0
    # Point-radius rules: the number's last digit, the place's extent and the map's resolution add up.
    size = (POINT_SIZE if frame.shape == "point" else 0.5) * frame.size
    guess = GUESS_LOG if clue.distance_reach_m is None else WRITTEN_LOG
    core, whole = ring_core(frame.r, stated, clue.reach_m + size + area.cell_m / 2.0, guess)
    density = (1.0 - RING_TAIL) * core / whole / frame.edge(np.maximum(frame.r, area.cell_m / 2.0))
    return Shape(core, density + RING_TAIL * level_tail(frame.r, stated, frame.edge, frame.surface))


def within_distance(area: Area, clue: Clue, chosen: Sequence[Place], frames: Sequence[Frame]) -> Shape:
    """Return "within 2 km of it": level up to there, with a soft edge and a tail."""
    return _disc(area, clue, frames[0].as_point() if frames[0].shape == "point" else frames[0])


def walk(area: Area, clue: Clue, chosen: Sequence[Place], frames: Sequence[Frame]) -> Shape:
    """Return "an hour on foot from it": the ring of "that far", over the terrain."""
    return ring(area, clue, _on_foot(area, clue, chosen[0], frames[0]))


def within_walk(area: Area, clue: Clue, chosen: Sequence[Place], frames: Sequence[Frame]) -> Shape:
    """Return "within an hour on foot of it", over the terrain."""
    return _disc(area, clue, _on_foot(area, clue, chosen[0], frames[0]))


def _disc(area: Area, clue: Clue, frame: Frame) -> Shape:
    stated = clue.distance_m or 0.0
    soft = max(_EDGE * stated, area.cell_m / 2.0)
    core = bell(np.maximum(0.0, frame.r - stated), soft)
    first, second = bell_integrals(soft)
    # ∫ w dr and ∫ 2πr w dr of a weight that is level up to d: d + first, and πd² + 2πd·first + second.
    whole = (stated + first, np.pi * stated**2 + 2.0 * np.pi * stated * first + second)
    far = tail(frame.r, 1.5 * stated)
    density = (1.0 - _TAIL) * core / frame.ground(*whole) + _TAIL * far / frame.ground(*tail_integrals(1.5 * stated))
    return Shape(core, density)


def _on_foot(area: Area, clue: Clue, place: Place, frame: Frame) -> Frame:
    """Return the cells as far away as the walk is long, in metres of level ground."""
    near = frame.as_point() if frame.shape == "point" else frame
    if area.terrain is None:
        return near
    metres = walking_minutes(area, area.project(place.geometry)) * LEVEL_M_PER_MINUTE
    if not np.isfinite(metres).any():
        raise InputError(
            f"clue {clue.id} ({clue.phrase()}): no way leads out of {place.id!r}",
            rule="a walk starts on ground that is no barrier",
            next_step="correct the place or the barriers",
        )
    # Where no way leads, the walk is longer than any: only the tail reaches there.
    return replace(near, r=np.minimum(metres, 1e9))


def upstream(area: Area, clue: Clue, chosen: Sequence[Place], frames: Sequence[Frame]) -> Shape:
    """Return "upstream of the bridge": along the water, against the way its line is drawn."""
    return _along_water(area, clue, chosen, -1.0)


def downstream(area: Area, clue: Clue, chosen: Sequence[Place], frames: Sequence[Frame]) -> Shape:
    """Return "downstream of the bridge"; see :func:`upstream`."""
    return _along_water(area, clue, chosen, 1.0)


def _along_water(area: Area, clue: Clue, chosen: Sequence[Place], sign: float) -> Shape:
    place, water = chosen
    course = course_of(area, area.project(water.geometry))
    if course is None:
        raise InputError(
            f"clue {clue.id}: {water.id!r} is a {water.geometry.geom_type}, which flows nowhere",
            rule=f"{clue.relation!r} needs a line, drawn the way the water flows",
            next_step="name the river's line",
        )
    start, piece, off = course.place(area.project(place.geometry))
    if off > _OFF_RIVER_M + place.reach_m:
        raise InputError(
            f"clue {clue.id}: {place.id!r} lies {off:,.0f} m from {water.id!r}",
            rule=f"a place on a river is within {_OFF_RIVER_M:g} m of it",
            next_step="name the river it lies on",
        )
    down = np.where(course.piece == piece, sign * (course.along - start), np.inf)
    across = max(BANK_M, area.cell_m / 2.0)
    beside = bell(course.away, across) / (2.0 * bell_integrals(across)[0])
    core, law = _down(down, clue, area.cell_m)
    return Shape(bell(course.away, across) * core, beside * law + _anywhere(course, area))


def _down(down: Floats, clue: Clue, cell_m: float) -> tuple[Floats, Floats]:
    """Return core, and density per metre of water, of the way down (or up) from the place."""
    ahead = down > 0.0
    way = np.where(ahead & np.isfinite(down), np.maximum(down, cell_m / 4.0), np.inf)
    if clue.distance_m:
        core, whole = ring_core(np.minimum(way, 1e12), clue.distance_m, clue.reach_m + cell_m / 2.0)
        far = np.where(np.isfinite(way), ring_tail(np.minimum(way, 1e12), clue.distance_m), 0.0)
        return core * ahead, 0.9 * ahead * ((1.0 - RING_TAIL) * core / whole + RING_TAIL * far)
    core = np.where(ahead, tail(np.minimum(way, 1e12), STREAM_M), 0.0)
    return core, 0.9 * core / tail_integrals(STREAM_M)[0]


def _anywhere(course: Course, area: Area) -> Floats:
    """Return a tenth of the mass, spread around the whole river: up is taken for down, and one water for another."""
    wide = 5.0 * BANK_M
    first, second = tail_integrals(wide)
    return 0.1 * tail(course.away, wide) / (2.0 * max(course.length, area.cell_m) * first + second)
