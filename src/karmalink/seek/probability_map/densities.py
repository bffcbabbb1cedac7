"""From a statement to a density over the cells: one function per relation, in a registry.

Each relation gives a *core*, whose peak is 1 and which says how far a spot fulfils the words, and a *density* per m²
over the whole plane: the core by point-radius rules plus a heavy tail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import InputError
from karmalink.seek.clues.clues import Clue
from karmalink.seek.ground.frames import Frame, union
from karmalink.seek.probability_map.cores import Shape, mixed
from karmalink.seek.probability_map.distance_laws import (
    POINT_SIZE,
    bell,
    heading_core,
    heading_law,
    lens_area,
    tail,
    tail_integrals,
)
from karmalink.seek.probability_map.sides import beyond, left, right, side, sight
from karmalink.seek.probability_map.ways import downstream, ring, upstream, walk, within_distance, within_walk

if TYPE_CHECKING:
    from karmalink.seek.ground.area import Area
    from karmalink.seek.ground.places import Place

__all__ = ["DENSITIES"]

Floats = NDArray[np.float64]

NEAR_M = 150.0  # "near" a place without extent
ALONG_M = 40.0  # "along" a line, to either side
AT_M = 30.0  # "at" a place without extent
_TAIL = 0.25  # share of near, along and between that follows the heavy tail
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
    one, other = (area.project(place.geometry) for place in chosen)
    gap = max(float(one.distance(other)), float(one.centroid.distance(other.centroid)) / 4.0, 2.0 * area.cell_m)
    detour = np.maximum(0.0, frames[0].r + frames[1].r - float(one.distance(other)))
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
        raise InputError(f"clue {clue.id} has no heading", rule=f"{clue.relation!r} needs one")
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
