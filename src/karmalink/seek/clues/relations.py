"""The spatial relations a clue can have: what each needs, and how it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["RELATIONS", "Relation"]


@dataclass(frozen=True, slots=True)
class Relation:
    """A spatial relation that a clue can have: what it needs, and how it reads.

    Attributes
    ----------
    name : str
        As in files.
    places : tuple of int
        Least and largest number of places.
    distance, heading : bool
        Whether it needs one; `near`, `along`, `sight`, `upstream` and `downstream` may have a distance and need none.
    phrase : str
        With ``{places}``, ``{distance}``, ``{heading}``, ``{minutes}``, ``{far}`` for a distance that is not needed, or
        ``{first}`` and ``{rest}`` for the first place and the others.
    """

    name: str
    places: tuple[int, int]
    phrase: str
    distance: bool = False
    heading: bool = False


_MANY = 99
RELATIONS: Mapping[str, Relation] = {
    relation.name: relation
    for relation in (
        Relation("at", (1, 1), "at {places}"),
        Relation("in", (1, 1), "in {places}"),
        Relation("within", (1, 1), "within {places}"),
        Relation("near", (1, 1), "near {places}"),
        Relation("along", (1, _MANY), "along {places}"),
        Relation("between", (2, 2), "between {places}"),
        Relation("distance", (1, 1), "{distance} from {places}", distance=True),
        Relation("within_distance", (1, 1), "within {distance} of {places}", distance=True),
        Relation("heading", (1, 1), "{heading} of {places}", heading=True),
        Relation("distance_heading", (1, 1), "{distance} {heading} of {places}", distance=True, heading=True),
        Relation("side", (1, 1), "on the {heading} side of {places}", heading=True),
        Relation("left", (1, 1), "on the left of {places}"),
        Relation("right", (1, 1), "on the right of {places}"),
        Relation("beyond", (1, 2), "{far}beyond {first}{rest}"),
        Relation("sight", (1, 1), "within sight of {places}"),
        Relation("walk", (1, 1), "{minutes} on foot from {places}", distance=True),
        Relation("within_walk", (1, 1), "within {minutes} on foot of {places}", distance=True),
        Relation("upstream", (1, 2), "{far}upstream of {first}{rest}"),
        Relation("downstream", (1, 2), "{far}downstream of {first}{rest}"),
    )
}
"""Name → spatial relation: what it needs, and how it reads."""
