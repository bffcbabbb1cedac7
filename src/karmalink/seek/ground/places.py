"""Named places, and what a name may stand for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from karmalink.errors import Duplicate, InputError, UnknownName, suggest
from karmalink.rows import FileNote
from karmalink.seek.ground.spoken_names import MOST_BEARERS, bare_name, spoken_forms

if TYPE_CHECKING:
    import pandas as pd
    from shapely.geometry.base import BaseGeometry

__all__ = ["KIND_RADIUS_M", "Namesake", "Place", "Places"]

# How far a place of this kind reaches when it is given as one point (GBIF's "radial of the feature"), metres.
KIND_RADIUS_M = {
    "city": 8000.0,
    "town": 2500.0,
    "village": 800.0,
    "hamlet": 300.0,
    "suburb": 800.0,
    "quarter": 500.0,
    "neighbourhood": 300.0,
    "field": 100.0,
    "market": 60.0,
    "park": 80.0,
    "pagoda": 50.0,
    "school": 50.0,
    "square": 40.0,
    "station": 60.0,
}


@dataclass(frozen=True, slots=True)
class Place:
    """Something with a name and a position that a clue can refer to.

    Attributes
    ----------
    id, name : str
        Identifier, and the name people use.
    geometry : shapely geometry
        Longitude and latitude, degrees: a point, a line or a surface.
    kind : str
        What it is (``road``, ``river``, ``pagoda`` …).
    aliases : tuple of str
        Other names, other languages, old names.
    radius_m : float or None
        How far a place that is given as one point reaches; None takes :data:`KIND_RADIUS_M`, 0 where it says nothing.
    weight : float
        How readily its name means this place among its namesakes; only the proportions count.
    """

    id: str
    name: str
    geometry: BaseGeometry
    kind: str = ""
    aliases: tuple[str, ...] = ()
    radius_m: float | None = None
    weight: float = 1.0

    def __post_init__(self) -> None:
        """Check identifier, coordinates and numbers.

        Raises
        ------
        InputError
            If one of them cannot be.
        """
        from karmalink.seek.ground.geojson_shapes import check_geometry

        if not self.id or not self.name:
            raise InputError("a place without identifier or name", where=self.id or self.name)
        check_geometry(self.geometry, where=f"place {self.id}")
        if not self.weight > 0:
            raise InputError(f"a weight of {self.weight}", where=f"place {self.id}", allowed="more than 0")
        if self.radius_m is not None and not self.radius_m >= 0:
            raise InputError(f"a radius of {self.radius_m} m", where=f"place {self.id}", allowed="0 m or more")

    @property
    def reach_m(self) -> float:
        """Radius in metres of a place that is given as one point."""
        if self.radius_m is not None:
            return self.radius_m
        return KIND_RADIUS_M.get(self.kind, 0.0) if self.geometry.geom_type == "Point" else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, the geometry as GeoJSON."""
        from shapely.geometry import mapping

        return {
            "id": self.id,
            "name": self.name,
            "kind": self.kind,
            "aliases": list(self.aliases),
            "radius_m": self.radius_m,
            "geometry": mapping(self.geometry),
        }

    def __repr__(self) -> str:
        """One-line summary."""
        return f"Place({self.id}: {self.name!r}{', ' + self.kind if self.kind else ''}, {self.geometry.geom_type})"


@dataclass(frozen=True, slots=True)
class Namesake:
    """One of the places that a name may stand for.

    Attributes
    ----------
    place : Place
        The place.
    weight : float
        Probability that the name means it; the weights of one name sum to 1.
    """

    place: Place
    weight: float


class Places(Sequence[Place]):
    """The places that are known: a sequence, found by identifier, name or alias.

    Parameters
    ----------
    places : iterable of Place
        In any order.
    notes : iterable of FileNote
        What was left out of the files that they come from, or read in part.

    Raises
    ------
    Duplicate
        If one identifier stands for two places.
    """

    def __init__(self, places: Iterable[Place] = (), *, notes: Iterable[FileNote] = ()) -> None:
        self._all: tuple[Place, ...] = tuple(places)
        self.notes: tuple[FileNote, ...] = tuple(notes)
        self._by_id: dict[str, Place] = {}
        self._by_name: dict[str, list[Place]] = {}
        for place in self._all:
            if place.id in self._by_id:
                raise Duplicate(f"two places have the identifier {place.id!r}", rule="an identifier means one place")
            self._by_id[place.id] = place
            for name in dict.fromkeys(_key(name) for name in (place.name, *place.aliases)):
                self._by_name.setdefault(name, []).append(place)
        self._by_spoken: dict[str, list[Place]] | None = None

    @property
    def names(self) -> frozenset[str]:
        """Every name and alias, in lower case with single spaces."""
        return frozenset(self._by_name)

    @property
    def spoken(self) -> frozenset[str]:
        """The names and what people say in their place: "the pagoda", "the tracks", "Sre Ampil school"."""
        return self.names | frozenset(self._spoken())

    def _spoken(self) -> Mapping[str, list[Place]]:
        """Return what is said for places beside their names; what more than a dozen bear says nothing."""
        if self._by_spoken is None:
            found: dict[str, list[Place]] = {}
            for place in self._all:
                names = (place.name, *place.aliases)
                forms = dict.fromkeys((*map(bare_name, names), *spoken_forms(place.kind, names)))
                for form in forms:
                    found.setdefault(form, []).append(place)
            self._by_spoken = {
                form: places
                for form, places in found.items()
                if form not in self._by_name and len(places) <= MOST_BEARERS
            }
        return self._by_spoken

    def resolve(self, word: str) -> tuple[Namesake, ...]:
        """Return the places that an identifier, name or alias may stand for, weighted, never one picked in silence.

        An identifier means one place. A name means all the places that bear it, in proportion to their `weight`.

        Raises
        ------
        UnknownName
            If nothing bears it; the nearest known name is suggested.
        """
        if word in self._by_id:
            return (Namesake(self._by_id[word], 1.0),)
        key = _key(word)
        found = self._by_name.get(key) or self._by_name.get(f"the {key}") or self._by_name.get(bare_name(word))
        found = found or self._spoken().get(key) or self._spoken().get(f"the {key}") or []
        if not found:
            known = [*self._by_name, *self._by_id]
            raise UnknownName(
                f"no place has the name or identifier {word[:60]!r}",
                rule="a clue refers to places that are known",
                next_step=suggest(word, known) or "add it to the places file",
            )
        total = sum(place.weight for place in found)
        return tuple(Namesake(place, place.weight / total) for place in found)

    def of_kind(self, *kinds: str) -> Places:
        """Return the places of these kinds."""
        return Places(place for place in self._all if place.kind in kinds)

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row per place: id, name, kind, aliases, longitude and latitude of its middle."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "id": place.id,
                    "name": place.name,
                    "kind": place.kind,
                    "aliases": ";".join(place.aliases),
                    "lon": place.geometry.centroid.x,
                    "lat": place.geometry.centroid.y,
                }
                for place in self._all
            ],
            columns=["id", "name", "kind", "aliases", "lon", "lat"],
        )

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._all)

    def __iter__(self) -> Iterator[Place]:
        """Yield them in the order they were given."""
        return iter(self._all)

    def __getitem__(self, index: Any) -> Any:
        """Return a place by position, or several by slice."""
        return self._all[index]

    def __add__(self, other: Iterable[Place]) -> Places:
        """Return the places of both."""
        return Places([*self._all, *other], notes=(*self.notes, *getattr(other, "notes", ())))

    def __repr__(self) -> str:
        """One-line summary: how many there are, and how many names stand for several."""
        shared = sum(len(found) > 1 for found in self._by_name.values())
        told = "".join(f"; {note}" for note in self.notes)
        return f"Places({len(self._all)} places, {shared} names stand for more than one{told})"


def _key(name: str) -> str:
    return " ".join(name.casefold().split())
