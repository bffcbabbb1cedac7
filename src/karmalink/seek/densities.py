"""From a statement to a density over the cells: one function per relation, in a registry.

Each relation gives a *core*, whose peak is 1 and which says how far a spot fulfils the words, and a *density* per m²
over the whole plane: the core by point-radius rules plus a heavy tail. Over the area a density is scaled to the sum 1.
A name with several bearers gives the weighted sum of their densities, so that a namesake far away weighs little here.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.errors import CannotAnswer, InputError
from karmalink.seek.clues import RELATIONS, Clue
from karmalink.seek.frames import Frame, frame_of, union
from karmalink.seek.laws import (
    RING_TAIL,
    bell,
    bell_integrals,
    heading_core,
    heading_law,
    lens_area,
    level_radius,
    ring_core,
    ring_tail,
    tail,
    tail_integrals,
)

if TYPE_CHECKING:
    from karmalink.seek.area import Area
    from karmalink.seek.places import Namesake, Place, Places

__all__ = ["DENSITIES", "Candidate", "Layer", "Shape", "layer", "layers"]

Floats = NDArray[np.float64]

NEAR_M = 150.0  # "near" a place without extent
ALONG_M = 40.0  # "along" a line, to either side
AT_M = 30.0  # "at" a place without extent
_TAIL = 0.25  # share of near, along and between that follows the heavy tail
_TAIL_INSIDE = 0.15  # the same for at, in and within
_TAIL_WIDER = 3.0  # the tail's scale in scales of the core
_BETWEEN_CORE, _BETWEEN_TAIL = 0.1, 0.5  # detour, in shares of the way from A to B
_OUT_OF_REACH = 0.01  # a core that is nowhere more than this on the map points elsewhere
_MOST_READINGS = 256


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What one reading of a statement says: `core` (peak 1) and `density` (per m²) of each cell."""

    core: Floats
    density: Floats


@dataclass(frozen=True, slots=True)
class Candidate:
    """One reading of a statement with names that several places bear.

    Attributes
    ----------
    places : tuple of str
        Identifiers, one for each name.
    weight : float
        Probability of the reading before the map.
    share : float
        Its share of the layer: far from the area a namesake weighs little.
    """

    places: tuple[str, ...]
    weight: float
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """What one clue says about the n cells, if it is right.

    Attributes
    ----------
    clue : str
        Identifier.
    density : ndarray of float32, shape (n,)
        Sums to 1 over the area.
    candidates : tuple of Candidate
        The readings it is the sum of, the weightiest first.
    on_map : float
        How much of what the clue says in the whole plane lies on the map; NaN-free, 0 to 1.
    """

    clue: str
    density: NDArray[np.float32]
    candidates: tuple[Candidate, ...]
    on_map: float

    def region(self, mass: float) -> NDArray[np.bool_]:
        """Return the smallest set of cells that holds a share of it."""
        order = np.argsort(-self.density, kind="stable")
        held = np.cumsum(self.density[order], dtype=np.float64)
        chosen = np.zeros(order.size, dtype=bool)
        chosen[order[: int(np.searchsorted(held, mass * held[-1])) + 1]] = True
        return chosen

    def to_dict(self) -> dict[str, Any]:
        """Return the readings and how much of it is on the map."""
        return {
            "clue": self.clue,
            "on_map": round(self.on_map, 6),
            "candidates": [
                {"places": list(c.places), "weight": round(c.weight, 6), "share": round(c.share, 6)}
                for c in self.candidates
            ],
        }

    def __repr__(self) -> str:
        """Tell how many readings it has."""
        return f"Layer({self.clue}: {len(self.candidates)} readings, {self.on_map:.0%} of it on the map)"


def layers(area: Area, clues: Sequence[Clue], places: Places) -> tuple[Layer, ...]:
    """Return the layer of each clue; a place that several clues name is measured once.

    Raises
    ------
    UnknownName, InputError, CannotAnswer
        See :func:`layer`.
    """
    frames: dict[str, Frame] = {}
    return tuple(layer(area, clue, places, frames=frames) for clue in clues)


def layer(area: Area, clue: Clue, places: Places, *, frames: dict[str, Frame] | None = None) -> Layer:
    """Return what one clue says about the cells of an area.

    Raises
    ------
    UnknownName
        A place that nobody has introduced.
    InputError
        A relation that the place cannot have (within a point without extent), or a clue that points off the map.
    CannotAnswer
        A negated clue that leaves no ground.
    """
    known = {} if frames is None else frames
    readings = _readings(clue, places)
    if not readings:
        raise InputError(f"clue {clue.id} ({clue.phrase()}) names one place twice", rule="two places are two")
    total, core = np.zeros(area.n), np.zeros(area.n)
    found: list[tuple[tuple[Place, ...], float, float]] = []
    for chosen, weight in readings:
        for place in chosen:
            if place.id not in known:
                known[place.id] = frame_of(area, place)
        shape = DENSITIES[clue.relation](area, clue, chosen, [known[place.id] for place in chosen])
        total += weight * shape.density
        core = np.maximum(core, shape.core)
        found.append((chosen, weight, weight * float(shape.density.sum())))
    if core.max() < _OUT_OF_REACH and not clue.negated:
        raise _off_the_map(area, clue, readings)
    on_map = float(min(1.0, total.sum() * area.cell_m2))
    density = _negated(core, clue) if clue.negated else total
    share = sum(mass for _, _, mass in found) or 1.0
    candidates = sorted(
        (Candidate(tuple(place.id for place in chosen), weight, mass / share) for chosen, weight, mass in found),
        key=lambda candidate: -candidate.share,
    )
    return Layer(clue.id, (density / density.sum()).astype(np.float32), tuple(candidates), on_map)


def _readings(clue: Clue, places: Places) -> list[tuple[tuple[Place, ...], float]]:
    """Return every choice of one bearer per name, with its probability."""
    options: list[tuple[Namesake, ...]] = [places.resolve(name) for name in clue.places]
    if RELATIONS[clue.relation].places[1] > len(options) or clue.relation == "along":
        # Along several roads means the ground of all of them, whoever bears the names.
        return [(tuple(n.place for option in options for n in option), 1.0)] if len(options) > 1 else _each(options[0])
    count = 1
    for option in options:
        count *= len(option)
    if count > _MOST_READINGS:
        raise InputError(
            f"the names of clue {clue.id} stand for {count} combinations of places",
            rule=f"at most {_MOST_READINGS}",
            next_step="name the places by their identifiers",
        )
    return [
        (tuple(n.place for n in chosen), float(np.prod([n.weight for n in chosen])))
        for chosen in itertools.product(*options)
        if len({n.place.id for n in chosen}) == len(chosen)
    ]


def _each(option: Sequence[Namesake]) -> list[tuple[tuple[Place, ...], float]]:
    return [((namesake.place,), namesake.weight) for namesake in option]


def _negated(core: Floats, clue: Clue) -> Floats:
    """Return the density of "not …": level where the words are not fulfilled at all."""
    open_ground = 1.0 - np.minimum(core, 1.0)
    if open_ground.sum() <= 1e-9 * core.size:
        raise CannotAnswer(
            f"clue {clue.id} ({clue.phrase()}) leaves no ground on the map",
            rule="what is denied must not be the whole area",
            next_step="enlarge the area, or leave the clue out",
        )
    return np.asarray((1.0 - _TAIL_INSIDE) * open_ground / open_ground.sum() + _TAIL_INSIDE / core.size)


def _off_the_map(area: Area, clue: Clue, readings: Sequence[tuple[tuple[Place, ...], float]]) -> InputError:
    away = min(
        float(area.flat_outline.distance(area.project(place.geometry))) for chosen, _ in readings for place in chosen
    )
    return InputError(
        f"clue {clue.id} ({clue.phrase()}) points off the map",
        where=f"clue {clue.id}",
        rule=f"none of its {len(readings)} readings reaches the area; the nearest place is {away / 1000:,.1f} km away",
        next_step="enlarge the area, correct the place or the distance, or leave the clue out",
    )


def _mixed(frame: Frame, scale: float, tail_scale: float, tail_share: float) -> Shape:
    """Return a bell around a place's ground with a heavy tail, both scaled to the mass 1 in the plane."""
    core, far = bell(frame.r, scale), tail(frame.r, tail_scale)
    density = (1.0 - tail_share) * core / frame.ground(*bell_integrals(scale))
    return Shape(core, density + tail_share * far / frame.ground(*tail_integrals(tail_scale)))


def _near(area: Area, clue: Clue, chosen: Sequence[Place], frames: Sequence[Frame]) -> Shape:
    usual = max(NEAR_M, 0.5 * frames[0].size)
    scale = max(clue.distance_m or usual, area.cell_m / 2.0)
    return _mixed(frames[0], scale, _TAIL_WIDER * scale, _TAIL)


def _at(area: Area, clue: Clue, chosen: Sequence[Place], frames: Sequence[Frame]) -> Shape:
    scale = max(AT_M, area.cell_m / 2.0)
    return _mixed(frames[0], scale, _TAIL_WIDER * max(NEAR_M, frames[0].size), _TAIL_INSIDE)


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
    return _mixed(frame, scale, _TAIL_WIDER * max(NEAR_M, frame.size), _TAIL_INSIDE)


def _along(area: Area, clue: Clue, chosen: Sequence[Place], frames: Sequence[Frame]) -> Shape:
    scale = max(clue.distance_m or ALONG_M, area.cell_m / 2.0)
    return _mixed(union(frames), scale, _TAIL_WIDER * max(scale, ALONG_M), _TAIL)


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
    return _ring(area, clue, frames[0], frames[0].r)


def _ring(area: Area, clue: Clue, frame: Frame, r: Floats) -> Shape:
    stated = clue.distance_m or 0.0
    # Point-radius rules: the number's last digit, the place's extent and the map's resolution add up.
    blur = clue.reach_m + frame.size / 2.0 + area.cell_m / 2.0
    core, whole = ring_core(r, stated, blur)
    level = np.maximum(r, level_radius(stated))
    density = (1.0 - RING_TAIL) * core / whole / frame.edge(np.maximum(r, area.cell_m / 2.0))
    return Shape(core, density + RING_TAIL * ring_tail(r, stated) / frame.edge(level))


def _turned(area: Area, clue: Clue, frame: Frame) -> tuple[Floats, Floats]:
    """Return core and law of the direction; the core is nothing on the place's own ground."""
    if clue.heading is None:
        raise InputError(f"clue {clue.id} has no heading", rule=f"{clue.relation!r} needs one")
    error = frame.bearing - clue.heading.degrees
    seen = np.degrees(np.arctan2(frame.size + area.cell_m / 2.0, np.maximum(frame.from_middle, 1e-9)))
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
    frame = frames[0]
    ring = _ring(area, clue, frame, frame.r if frame.size == 0.0 else frame.from_middle)
    core, law = _turned(area, clue, frame)
    return Shape(ring.core * core, ring.density * law)


Density = Callable[["Area", Clue, Sequence["Place"], Sequence[Frame]], Shape]
DENSITIES: Mapping[str, Density] = {
    "along": _along,
    "at": _at,
    "between": _between,
    "distance": _distance,
    "distance_heading": _distance_heading,
    "heading": _heading,
    "in": _within,
    "near": _near,
    "within": _within,
}
