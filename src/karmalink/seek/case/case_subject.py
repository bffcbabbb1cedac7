"""The person that a case looks for, as its file says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from karmalink.errors import InputError
from karmalink.seek.answers.lost_persons import LostPerson, Motion, law_of, law_of_finds, read_behaviour, rings_of
from karmalink.seek.answers.ring_laws import DistanceLaw

__all__ = ["subject_of"]


def subject_of(given: Mapping[str, Any] | None, folder: Path) -> LostPerson | None:
    """Return the person of a case file; None where the case looks for a thing.

    Raises
    ------
    ReadError, ImportFaults, InputError, UnknownName, CannotAnswer
        A table that cannot be read, a category it does not have, distances that are not rings.
    """
    if given is None:
        return None
    lon, lat = given["last_known"]
    motion = None if "speed_kmh" not in given else Motion(float(given["speed_kmh"]), float(given.get("stays", 0.5)))
    category, terrain = given.get("category", "").strip(), given.get("terrain", "").strip()
    return LostPerson(float(lon), float(lat), _law(given, folder, category, terrain), category, terrain, motion)


def _law(given: Mapping[str, Any], folder: Path, category: str, terrain: str) -> DistanceLaw:
    if "finds" in given:
        if "law" in given:
            raise InputError(
                "law beside finds",
                where="subject.law",
                rule="finds teach a law of their own; law says what lies between the distances of a table",
                next_step="take one of the two out",
            )
        return law_of_finds(folder / given["finds"], category, terrain)
    if "behaviour" in given:
        place = folder / given["behaviour"]
        rings, where = rings_of(read_behaviour(place), category, terrain, str(place)), str(place)
    else:
        rings = {int(percent) / 100.0: float(metres) for percent, metres in given["within_m"].items()}
        where = "subject.within_m"
    return law_of(rings, given.get("law", "smooth"), where)
