"""Densities of "on that side of it", "beyond it" and "within sight of it"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from karmalink.errors import InputError
from karmalink.seek.ground.sightlines import behind, seen
from karmalink.seek.ground.streams import course_of
from karmalink.seek.probability_map.cores import Shape, mixed, narrowed
from karmalink.seek.probability_map.distance_laws import heading_core, heading_law, tail, tail_integrals

if TYPE_CHECKING:
    from karmalink.seek.clues.clues import Clue
    from karmalink.seek.ground.area import Area
    from karmalink.seek.ground.frames import Frame
    from karmalink.seek.ground.places import Place

__all__ = ["beyond", "left", "right", "side", "sight"]

BESIDE_M = 100.0  # "on the north side of" a line or a place without extent
BEYOND_M = 300.0  # how far beyond, where the way to the barrier is shorter than that
SIGHT_M = 1000.0  # how far a place is still seen and named, where nobody says
_TAIL, _WIDER = 0.25, 3.0


def side(area: Area, clue: Clue, chosen: Sequence[Place], frames: Sequence[Frame]) -> Shape:
    """Return "on the north side of the road, of the pagoda": close to it, in that direction."""
    frame = frames[0]
    heading = clue.heading
    if heading is None:
        raise InputError(f"clue {clue.id} has no heading", rule="'side' needs one", allowed="N, NE, …")
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
            f"clue {clue.id}: {chosen[0].id!r} is a {chosen[0].geometry.geom_type}, which runs nowhere",
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
