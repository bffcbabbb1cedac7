"""From a statement to a density over the cells: one function per relation, in a registry.

Each relation gives a *core*, whose peak is 1 and which says how far a spot fulfils the words, and a *density* per m²
over the whole plane: the core by point-radius rules plus a heavy tail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.errors import InputError
from karmalink.seek.clues.clues import Clue
from karmalink.seek.ground.frames import Frame, union
from karmalink.seek.ground.sightlines import behind, seen
from karmalink.seek.ground.streams import Course, course_of
from karmalink.seek.ground.terrain import LEVEL_M_PER_MINUTE
from karmalink.seek.ground.walking import walking_minutes
from karmalink.seek.probability_map.distance_laws import (
    GUESS_LOG,
    POINT_SIZE,
    RING_TAIL,
    WRITTEN_LOG,
    bell,
    bell_integrals,
    heading_core,
    heading_law,
    lens_area,
    level_tail,
    ring_core,
    ring_tail,
    tail,
    tail_integrals,
)

if TYPE_CHECKING:
    from karmalink.seek.ground.area import Area
    from karmalink.seek.ground.places import Place

__all__ = [
    "DENSITIES",
    "Shape",
    "beyond",
    "downstream",
    "left",
    "mixed",
    "narrowed",
    "right",
    "ring",
    "side",
    "sight",
    "upstream",
    "walk",
    "within_distance",
    "within_walk",
]

# Share of every density that is in its wide tail.
_TAIL = 0.25

# What one reading of a statement says of the cells, and the bell with a heavy tail that most of them are made of.

_LEAK = 0.1  # of a density stays where a condition (in sight, beyond the river) is not fulfilled


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What one reading of a statement says: `core` (peak 1) and `density` (per m²) of each cell."""

    core: Floats
    density: Floats


def mixed(frame: Frame, scale: float, tail_scale: float, tail_share: float) -> Shape:
    """Return a bell around a place's ground with a heavy tail, both scaled to the mass 1 in the plane."""
    core, far = bell(frame.r, scale), tail(frame.r, tail_scale)
    density = (1.0 - tail_share) * core / frame.ground(*bell_integrals(scale))
    return Shape(core, density + tail_share * far / frame.ground(*tail_integrals(tail_scale)))


def narrowed(shape: Shape, fulfilled: NDArray[np.bool_], share: float = 1.0) -> Shape:
    """Return a shape held to the cells where a condition is fulfilled; a tenth stays elsewhere, since people err.

    Parameters
    ----------
    shape : Shape
        Without the condition.
    fulfilled : ndarray of bool, shape (n,)
        Where it is fulfilled.
    share : float
        About how much of the shape's mass lies there: what is held is scaled up by it.
    """
    return Shape(shape.core * fulfilled, shape.density * np.where(fulfilled, (1.0 - _LEAK) / share, _LEAK))


# Densities of "on that side of it", "beyond it" and "within sight of it".

BESIDE_M = 100.0  # "on the north side of" a line or a place without extent
BEYOND_M = 300.0  # how far beyond, where the way to the barrier is shorter than that
SIGHT_M = 1000.0  # how far a place is still seen and named, where no distance is given
_WIDER = 3.0


def side(area: Area, clue: Clue, chosen: Sequence[Place], frames: Sequence[Frame]) -> Shape:
    """Return "on the north side of the road, of the pagoda": close to it, in that direction."""
    frame = frames[0]
    heading = clue.heading
    if heading is None:
        raise InputError("heading is missing", where=f"clue {clue.id}", rule="'side' needs one", allowed="N, NE, …")
    scale = max(clue.distance_m or max(BESIDE_M, 0.5 * frame.size), area.cell_m / 2.0)
    beside = mixed(frame, scale, _WIDER * scale, _TAIL)
    blur = np.degrees(np.arctan2(area.cell_m / 2.0, np.maximum(frame.from_middle, 1e-9)))
    # A side is half of what is around, whatever the compass point: "the NE side" is not a wedge of 45°.
    half = max(heading.half_width, 60.0)
    error = frame.bearing - heading.degrees
    off_it = frame.from_middle > 0.0
    return Shape(
        beside.core * heading_core(error, half, blur) * off_it, beside.density * heading_law(error, half, blur)
    )


def left(area: Area, clue: Clue, chosen: Sequence[Place], frames: Sequence[Frame]) -> Shape:
    """Return "on the left bank": left as the line runs, for a river as the water flows."""
    return _bank(area, clue, chosen, frames, leftward=True)


def right(area: Area, clue: Clue, chosen: Sequence[Place], frames: Sequence[Frame]) -> Shape:
    """Return "on the right bank"; see :func:`left`."""
    return _bank(area, clue, chosen, frames, leftward=False)


def _bank(area: Area, clue: Clue, chosen: Sequence[Place], frames: Sequence[Frame], *, leftward: bool) -> Shape:
    course = course_of(area, area.project(chosen[0].geometry))
    if course is None:
        raise InputError(
            f"clue {clue.id}: {chosen[0].id!r} is a {chosen[0].geometry.geom_type}, which has no direction",
            rule=f"{clue.relation!r} needs a line, drawn the way it runs (a river: the way the water flows)",
            next_step="take the river's line, or say which compass side",
        )
    scale = max(clue.distance_m or BESIDE_M, area.cell_m / 2.0)
    return narrowed(mixed(frames[0], scale, _WIDER * scale, _TAIL), course.left == leftward, 0.5)


def beyond(area: Area, clue: Clue, chosen: Sequence[Place], frames: Sequence[Frame]) -> Shape:
    """Return "beyond the river, seen from the pagoda"; without a viewpoint either side of the river is as good."""
    frame = frames[0]
    barrier = area.project(chosen[0].geometry)
    viewpoint = None if len(chosen) < 2 else area.project(chosen[1].geometry)
    way = 0.0 if viewpoint is None else float(viewpoint.centroid.distance(barrier))
    scale = clue.distance_m or max(BEYOND_M, way)
    far = tail(frame.r, scale)
    off_it = frame.r > 0.0
    shape = Shape(far * off_it, far / frame.ground(*tail_integrals(scale)))
    return shape if viewpoint is None else narrowed(shape, behind(area, barrier, viewpoint) & off_it, 0.5)


def sight(area: Area, clue: Clue, chosen: Sequence[Place], frames: Sequence[Frame]) -> Shape:
    """Return "within sight of the pagoda": by the lie of the land where an elevation is known, else by distance."""
    scale = clue.distance_m or max(SIGHT_M, 3.0 * frames[0].size)
    open_view = mixed(frames[0], scale, _WIDER * scale, _TAIL)
    visible = seen(area, area.project(chosen[0].geometry))
    if visible.all():
        return open_view
    weight = open_view.density.sum()
    return narrowed(open_view, visible, max(0.05, float(open_view.density[visible].sum() / weight)))


# Densities of "within 2 km", "an hour on foot", "upstream": how far by a way that people or water take.

BANK_M = 60.0  # how far from the water "upstream" still is
STREAM_M = 1000.0  # how far up or down, where no distance is given
_EDGE = 0.15  # "within 2 km" ends about there: softness of the edge, in shares of the distance
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
            rule="a walk starts on ground that is not a barrier",
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
            f"clue {clue.id}: {water.id!r} is a {water.geometry.geom_type}, which has no direction",
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


NEAR_M = 150.0  # "near" a place without extent
ALONG_M = 40.0  # "along" a line, to either side
AT_M = 30.0  # "at" a place without extent
_TAIL_INSIDE = 0.15  # the same for at, in and within
_TAIL_WIDER = 3.0  # the tail's scale in scales of the core
_BETWEEN_CORE, _BETWEEN_TAIL = 0.1, 0.5  # detour, in shares of the way from A to B


def _near(area: Area, clue: Clue, chosen: Sequence[Place], frames: Sequence[Frame]) -> Shape:
    usual = max(NEAR_M, 0.5 * frames[0].size)
    scale = max(clue.distance_m or usual, area.cell_m / 2.0)
    return mixed(frames[0], scale, _TAIL_WIDER * scale, _TAIL)


def _at(area: Area, clue: Clue, chosen: Sequence[Place], frames: Sequence[Frame]) -> Shape:
    scale = max(AT_M, area.cell_m / 2.0)
    return mixed(frames[0], scale, _TAIL_WIDER * max(NEAR_M, frames[0].size), _TAIL_INSIDE)


def _within(area: Area, clue: Clue, chosen: Sequence[Place], frames: Sequence[Frame]) -> Shape:
    frame = frames[0]
    if frame.surface <= 0.0:
        raise InputError(
            f"clue {clue.id}: {chosen[0].id!r} is a {chosen[0].geometry.geom_type} without extent",
            rule=f"{clue.relation!r} needs ground",
            next_step="give the place a polygon or a radius_m, or say 'near', 'at' or 'along'",
        )
    # Outlines on maps and in heads differ by about a tenth of the place.
    scale = max(area.cell_m / 2.0, 0.1 * frame.size)
    return mixed(frame, scale, _TAIL_WIDER * max(NEAR_M, frame.size), _TAIL_INSIDE)


def _along(area: Area, clue: Clue, chosen: Sequence[Place], frames: Sequence[Frame]) -> Shape:
    scale = max(clue.distance_m or ALONG_M, area.cell_m / 2.0)
    return mixed(union(frames), scale, _TAIL_WIDER * max(scale, ALONG_M), _TAIL)


def _between(area: Area, clue: Clue, chosen: Sequence[Place], frames: Sequence[Frame]) -> Shape:
    first, second = (area.project(place.geometry) for place in chosen)
    apart = float(first.distance(second))
    gap = max(apart, float(first.centroid.distance(second.centroid)) / 4.0, 2.0 * area.cell_m)
    detour = np.maximum(0.0, frames[0].r + frames[1].r - apart)
    core_scale = max(_BETWEEN_CORE * gap, area.cell_m / 2.0)
    tail_scale = _BETWEEN_TAIL * gap
    core, far = bell(detour, core_scale), tail(detour, tail_scale)
    density = (1.0 - _TAIL) * core / lens_area(lambda e: bell(e, core_scale), gap)
    return Shape(core, density + _TAIL * far / lens_area(lambda e: tail(e, tail_scale), gap))


def _distance(area: Area, clue: Clue, chosen: Sequence[Place], frames: Sequence[Frame]) -> Shape:
    # "400 m from the village" is measured from its middle, "400 m from the lake" from its shore.
    return ring(area, clue, frames[0].as_point() if frames[0].shape == "point" else frames[0])


def _turned(area: Area, clue: Clue, frame: Frame) -> tuple[Floats, Floats]:
    """Return core and law of the direction; the core is nothing on the place's own ground."""
    if clue.heading is None:
        raise InputError("heading is missing", where=f"clue {clue.id}", rule=f"{clue.relation!r} needs one")
    error = frame.bearing - clue.heading.degrees
    # A lake is seen under a wide angle from nearby; of a place that is one point the middle is meant.
    size = (2.0 * POINT_SIZE if frame.shape == "point" else 1.0) * frame.size
    seen = np.degrees(np.arctan2(size + area.cell_m / 2.0, np.maximum(frame.from_middle, 1e-9)))
    half = clue.heading.half_width
    off_it = frame.from_middle > 0.0
    return heading_core(error, half, seen) * off_it, heading_law(error, half, seen)


def _heading(area: Area, clue: Clue, chosen: Sequence[Place], frames: Sequence[Frame]) -> Shape:
    frame = frames[0]
    core, law = _turned(area, clue, frame)
    rows, cols = area.shape
    # No distance was said: as far as half the way across the map every distance is alike, beyond that less and less.
    scale = 0.5 * area.cell_m * float(np.hypot(rows, cols))
    far = tail(frame.r, scale) / frame.ground(*tail_integrals(scale))
    return Shape(core * (frame.r > 0.0), law * far)


def _distance_heading(area: Area, clue: Clue, chosen: Sequence[Place], frames: Sequence[Frame]) -> Shape:
    frame = frames[0].as_point()
    far = ring(area, clue, frame)
    core, law = _turned(area, clue, frame)
    return Shape(far.core * core, far.density * law)


Density = Callable[["Area", Clue, Sequence["Place"], Sequence[Frame]], Shape]
DENSITIES: Mapping[str, Density] = {
    "along": _along,
    "at": _at,
    "between": _between,
    "beyond": beyond,
    "distance": _distance,
    "distance_heading": _distance_heading,
    "downstream": downstream,
    "heading": _heading,
    "in": _within,
    "left": left,
    "near": _near,
    "right": right,
    "side": side,
    "sight": sight,
    "upstream": upstream,
    "walk": walk,
    "within": _within,
    "within_distance": within_distance,
    "within_walk": within_walk,
}
