"""What one clue says about the cells of an area: its readings, summed and scaled.

A name with several bearers gives the weighted sum of their densities, so that a namesake far away weighs little here.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from karmalink.base.arrays import Floats
from karmalink.base.wording import counted, percent
from karmalink.errors import CannotAnswer, InputError
from karmalink.seek.clues.clues import Clue
from karmalink.seek.ground.frames import Frame, frame_of
from karmalink.seek.ground.places import Namesake
from karmalink.seek.ground.streams import WATERWAYS
from karmalink.seek.ground.surround import surround_of
from karmalink.seek.probability_map.chunks import ends_of
from karmalink.seek.probability_map.densities import DENSITIES
from karmalink.seek.search.regions import smallest_region

if TYPE_CHECKING:
    from karmalink.seek.ground.area import Area
    from karmalink.seek.ground.places import Place, Places

__all__ = ["USUALLY_OFF", "Candidate", "Layer", "frame_name", "layer", "layers"]


USUALLY_OFF = 0.1  # prior probability of the rest of the world by which a clue's mean over the plane is taken
_OUT_OF_REACH = 0.01  # a core that is at most this everywhere on the map and around it points elsewhere
_MOST_READINGS = 256
_ON_WATER = ("upstream", "downstream")
_ON_IT_DEGREES = 0.002  # about 200 m; the distance in metres is checked when the layer is computed
_DENIED_TAIL = 0.15  # share of "not …" that is spread evenly, also over the denied ground


@dataclass(frozen=True, slots=True)
class Candidate:
    """One reading of a statement whose names several places have.

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
    plane : ndarray of float32, shape (n + m,)
        Of the cells of the map, then of those around it; sums to 1 over the map.
    n : int
        Number of cells of the map.
    candidates : tuple of Candidate
        The readings it is the sum of, the largest share first.
    on_map : float
        How much of what the clue says in the whole plane lies on the map; never NaN, 0 to 1.
    mean : float
        Mean over the whole plane: what a clue that says nothing gives every cell.
    ends : tuple of three float
        Mean over the whole plane by the prior of a spot before any clue, smallest and largest value: every mixture
        needs them, so they are computed once.

    Raises
    ------
    InputError
        If the density is not one.
    """

    clue: str
    plane: NDArray[np.float32]
    n: int
    candidates: tuple[Candidate, ...]
    on_map: float
    mean: float
    ends: tuple[float, float, float] = field(init=False)

    def __post_init__(self) -> None:
        """Compute the smallest and largest value."""
        _, low, high = ends_of(self.plane, f"the layer of clue {self.clue}", self.plane.size)
        object.__setattr__(self, "ends", (self.mean, low, high))

    @property
    def density(self) -> NDArray[np.float32]:
        """The n cells of the map, shape (n,); sums to 1."""
        return self.plane[: self.n]

    def region(self, mass: float) -> NDArray[np.bool_]:
        """Return the smallest set of cells that holds a share of it."""
        return smallest_region(self.density, mass)

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
        """One-line summary."""
        return (
            f"Layer({self.clue}: {counted(len(self.candidates), 'reading')}, {percent(self.on_map)} of it on the map)"
        )


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
        An unknown place.
    InputError
        A relation that the place cannot have (within a point without extent), or a clue that points off the map.
    CannotAnswer
        A negated clue that leaves no ground.
    """
    known = {} if frames is None else frames
    readings = _readings(clue, places)
    if not readings:
        raise InputError(f"clue {clue.id} ({clue.phrase()}) names one place twice", rule="the two places must differ")
    around = surround_of(area)
    # (n,), then each ring: the weighted sum of the readings' densities per m², and the largest of their cores
    parts = [_part(part, clue, readings, known, ring) for ring, part in enumerate((area, *around.rings))]
    masses = parts[0].masses
    core = np.concatenate([part.core for part in parts])
    if core.max() < _OUT_OF_REACH and not clue.negated:
        raise _off_the_map(area, clue, readings)
    on_map = float(min(1.0, parts[0].total.sum() * area.cell_m2))
    prior = np.concatenate([np.full(area.n, (1.0 - USUALLY_OFF) / area.n), USUALLY_OFF * around.reference])
    plane = _negated(core, area.n, prior, clue) if clue.negated else np.concatenate([part.total for part in parts])
    plane = (plane / plane[: area.n].sum()).astype(np.float32)
    share = sum(mass for _, _, mass in masses) or 1.0
    candidates = sorted(
        (Candidate(tuple(place.id for place in chosen), weight, mass / share) for chosen, weight, mass in masses),
        key=lambda candidate: -candidate.share,
    )
    return Layer(clue.id, plane, area.n, tuple(candidates), on_map, float(prior @ plane))


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """What a clue says on one of the grids, the map or a ring: density per m², core, and the mass of each reading."""

    total: Floats
    core: Floats
    masses: list[tuple[tuple[Place, ...], float, float]]


def _part(
    area: Area,
    clue: Clue,
    readings: Sequence[tuple[tuple[Place, ...], float]],
    known: dict[str, Frame],
    ring: int,
) -> _Part:
    total, core = np.zeros(area.n), np.zeros(area.n)
    masses = []
    for chosen, weight in readings:
        frames = []
        for place in chosen:
            name = frame_name(place.id, ring)
            if name not in known:
                known[name] = frame_of(area, place)
            frames.append(known[name])
        shape = DENSITIES[clue.relation](area, clue, chosen, frames)
        total += weight * shape.density
        core = np.maximum(core, shape.core)
        masses.append((chosen, weight, weight * float(shape.density.sum())))
    return _Part(total, core, masses)


def frame_name(place: str, ring: int) -> str:
    """Return under which name the distances of a place on one of the grids are kept: 0 is the map."""
    return place if ring == 0 else f"{place}\0{ring}"


def _readings(clue: Clue, places: Places) -> list[tuple[tuple[Place, ...], float]]:
    """Return every choice of one bearer per name, with its probability."""
    options: list[tuple[Namesake, ...]] = [places.resolve(name) for name in clue.places]
    if clue.relation in _ON_WATER and len(options) == 1:
        options.append(_waters(clue, options[0], places))
    if clue.relation == "along":
        # Along several roads means the ground of all of them, whatever places have the names.
        return [(tuple(n.place for option in options for n in option), 1.0)] if len(options) > 1 else _each(options[0])
    count = 1
    for option in options:
        count *= len(option)
    if count > _MOST_READINGS:
        raise InputError(
            f"the names of clue {clue.id} mean {count} combinations of places",
            rule=f"at most {_MOST_READINGS}",
            next_step="name the places by their identifiers",
        )
    return [
        (tuple(n.place for n in chosen), float(np.prod([n.weight for n in chosen])))
        for chosen in itertools.product(*options)
        if len({n.place.id for n in chosen}) == len(chosen)
    ]


def _waters(clue: Clue, bearers: Sequence[Namesake], places: Places) -> tuple[Namesake, ...]:
    """Return all the waters that pass the place a clue is upstream of."""
    import shapely

    near = [
        place
        for place in places
        if place.kind in WATERWAYS
        and any(shapely.dwithin(place.geometry, bearer.place.geometry, _ON_IT_DEGREES) for bearer in bearers)
    ]
    if not near:
        raise InputError(
            f"clue {clue.id} ({clue.phrase()}) names no water, and none passes the place",
            rule="upstream and downstream are along a water: a place of the kind " + ", ".join(sorted(WATERWAYS)),
            next_step="name the water as the second place",
        )
    total = sum(place.weight for place in near)
    return tuple(Namesake(place, place.weight / total) for place in near)


def _each(option: Sequence[Namesake]) -> list[tuple[tuple[Place, ...], float]]:
    return [((namesake.place,), namesake.weight) for namesake in option]


def _negated(core: Floats, n: int, prior: Floats, clue: Clue) -> Floats:
    """Return what "not …" says: level where the words are not fulfilled at all, on the map and around it."""
    open_ground = 1.0 - np.minimum(core, 1.0)
    if open_ground[:n].sum() <= 1e-9 * n:
        raise CannotAnswer(
            f"clue {clue.id} ({clue.phrase()}) leaves no ground on the map",
            rule="what is denied must not be the whole area",
            next_step="enlarge the area, or leave the clue out",
        )
    mean = float(prior @ open_ground) / float(prior.sum())
    return np.asarray((1.0 - _DENIED_TAIL) * open_ground / mean + _DENIED_TAIL)


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
