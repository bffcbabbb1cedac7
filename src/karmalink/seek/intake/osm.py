"""Named places out of OpenStreetMap: points, lines and surfaces, made of nodes, ways and relations.

What the edge of an extract cuts is read as far as it lies inside, and told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.base.arrays import run_edges
from karmalink.errors import ReadError
from karmalink.rows import Notes
from karmalink.seek.ground.places import Place
from karmalink.seek.intake.drafts import sound
from karmalink.seek.intake.osm_elements import Elements, elements_of_json, read_elements
from karmalink.seek.intake.osm_tags import MINOR, MINOR_WEIGHT, aliases_of, first_name, kind_of

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["places_of_elements", "read_osm", "read_osm_json"]

# Lines of one name and kind whose ends are this near, in degrees, are one road that a mapper cut into pieces.
_SAME_LINE = 0.002
_LINES = frozenset({"road", "rail", "river", "stream", "canal", "drain", "ditch", "coast", "bridge", "route"})
_AREAS = frozenset({"multipolygon", "boundary", "land_area"})
_INNER = frozenset({"inner", "enclave"})
# Parts of a relation that are not the thing itself: where a bus stops, what a boundary is divided into.
_BESIDE = ("platform", "stop", "label", "admin_centre", "subarea", "house", "address", "entrance", "guidepost")
_CUT = "read as far as it lies inside"


@dataclass(slots=True)
class _Found:
    """One named feature of the file."""

    id: str
    names: tuple[str, ...]
    kind: str
    geometry: BaseGeometry
    # Of what is a line: the ways it is made of, so that a river and its relation do not count twice.
    pieces: dict[str, list[BaseGeometry]] = field(default_factory=dict)


def read_osm(path: Path) -> tuple[list[Place], Notes]:
    """Return the named features of an OpenStreetMap file, and what was left out or cut.

    Roads, rails and waters that are cut into pieces of the same name become one place each. Identifiers are those of
    OpenStreetMap (``node/25``, ``way/7``, ``relation/3``); other names and languages become aliases. Namesakes stay
    apart.

    Raises
    ------
    ReadError
        If the file is not there, or not what its ending says, or has no named feature.
    """
    return places_of_elements(read_elements(path), path)


def read_osm_json(content: Mapping[str, Any], path: Path) -> tuple[list[Place], Notes]:
    """Return the named features of an answer of Overpass in JSON; see :func:`read_osm`.

    Raises
    ------
    ReadError
        It has no named feature.
    """
    return places_of_elements(elements_of_json(content), path)


def places_of_elements(found: Elements, path: Path) -> tuple[list[Place], Notes]:
    """Return the named features of elements; see :func:`read_osm`.

    Raises
    ------
    ReadError
        There is none.
    """
    shapes = _Shapes(found)
    features = [*shapes.nodes(), *shapes.relations()]
    # A way that is the outline of a relation of the same name and kind is not a second place.
    outlines = {
        piece: (one.names[0], one.kind) for one in features if not one.pieces for piece in shapes.outline(one.id)
    }
    features += [one for one in shapes.ways() if outlines.get(one.id) != (one.names[0], one.kind)]
    if not features:
        told = "; ".join(str(note) for note in found.notes.told())
        raise ReadError(
            "no feature of the file has a name" + (" and a position" if told else ""),
            where=path,
            rule=told or "places are found by name",
            next_step="is it the right file? Overpass writes positions with 'out geom;' or '(._;>;); out;'",
        )
    return [_place(group) for group in _groups(features)], found.notes


class _Shapes:
    """Makes geometries of elements; what is not whole is added to the notes."""

    def __init__(self, found: Elements) -> None:
        self._found, self._notes = found, found.notes
        self._outlines: dict[str, list[str]] = {}
        self._lines: dict[int, tuple[list[BaseGeometry], bool]] = {}

    def outline(self, ident: str) -> list[str]:
        """Return the identifiers of the ways that a surface is made of."""
        return self._outlines.get(ident, [])

    def nodes(self) -> Iterator[_Found]:
        from shapely.geometry import Point

        for ref, tags in self._found.nodes.items():
            lon, lat = self._found.positions([ref])[0]
            if np.isfinite(lon):
                yield self._feature("node", ref, tags, Point(lon, lat))
            else:
                self._notes.add("node", "without a position on the globe", _called("node", ref, tags))

    def ways(self) -> Iterator[_Found]:
        for ref, tags in self._found.ways.items():
            kind = kind_of(tags)
            closed = kind not in _LINES and tags.get("area") != "no"
            geometry, whole = self._way(ref, closed=closed)
            geometry = self._placed("way", ref, tags, geometry, whole)
            if geometry is not None:
                pieces = {f"way/{ref}": _lines(geometry)} if kind in _LINES and _lines(geometry) else {}
                yield self._feature("way", ref, tags, geometry, pieces)

    def relations(self) -> Iterator[_Found]:
        for ref, tags in self._found.relations.items():
            kind = kind_of(tags)
            surface = tags.get("type") in _AREAS and kind not in _LINES
            if kind not in _LINES and not surface and self._is_its_member(ref, tags):
                continue
            pieces, points, whole = self._parts(ref, surface=surface)
            if surface:
                geometry, whole = self._surface(ref, tags, pieces, whole)
            else:
                geometry = _together([line for lines in pieces.values() for line in lines] or points)
            geometry = self._placed("relation", ref, tags, geometry, whole)
            if geometry is not None:
                kept = pieces if kind in _LINES and not surface else {}
                yield self._feature(
                    "relation", ref, tags, geometry, {name: lines for name, lines in kept.items() if lines}
                )

    def _is_its_member(self, ref: int, tags: Mapping[str, str]) -> bool:
        """Return whether a relation only gathers what bears its name already: the stops of a square."""
        bearers = {"node": self._found.nodes, "way": self._found.ways}
        named = [bearers[one.kind].get(one.ref, {}) for one in self._found.members.get(ref, ()) if one.kind in bearers]
        return first_name(tags) in {first_name(member) for member in named if member}

    def _feature(
        self,
        kind: str,
        ref: int,
        tags: Mapping[str, str],
        geometry: BaseGeometry,
        pieces: dict[str, list[BaseGeometry]] | None = None,
    ) -> _Found:
        name = first_name(tags)
        return _Found(f"{kind}/{ref}", (name, *aliases_of(tags, name)), kind_of(tags), geometry, pieces or {})

    def _placed(
        self, kind: str, ref: int, tags: Mapping[str, str], geometry: BaseGeometry | None, whole: bool
    ) -> BaseGeometry | None:
        """Return the geometry, or the centre that Overpass gives in its place; tell what is missing."""
        from shapely.geometry import Point

        which = _called(kind, ref, tags)
        if geometry is None:
            centre = self._found.centres.get((kind, ref))
            if centre is None or not np.isfinite(centre[0]):
                self._notes.add(kind, "of which nothing lies in the file", which)
                return None
            self._notes.add(kind, "of which the file has the centre only", which, done="read as a point")
            return Point(centre)
        if not whole:
            self._notes.add(kind, "that the edge of the file cuts", which, done=_CUT)
        return sound(geometry, self._notes, kind, which)

    def _way(self, ref: int, *, closed: bool) -> tuple[BaseGeometry | None, bool]:
        """Return what of a way lies in the file, and whether that is all of it; a closed one as the ground within."""
        from shapely.geometry import Polygon

        refs = self._found.refs.get(ref, ())
        points = self._found.positions(refs)
        if not len(refs):
            points = np.asarray(self._found.drawn.get(ref, ()), dtype=np.float64).reshape(-1, 2)
        there = np.isfinite(points[:, 0])
        if closed and len(points) > 3 and there.all() and (points[0] == points[-1]).all():
            surface = Polygon(points)
            if surface.is_valid:
                return surface, True
        return _pieces_of(points, there), bool(there.all())

    def _line(self, ref: int) -> tuple[list[BaseGeometry], bool]:
        """Return the lines of a way, and whether all of it is there; made once: many routes share it."""
        if ref not in self._lines:
            geometry, whole = self._way(ref, closed=False)
            self._lines[ref] = _lines(geometry), whole and geometry is not None
        return self._lines[ref]

    def _parts(self, ref: int, *, surface: bool) -> tuple[dict[str, list[BaseGeometry]], list[BaseGeometry], bool]:
        """Return the lines of a relation by the way that they are, its points, and whether all of it is there."""
        from shapely.geometry import Point

        lines: dict[str, list[BaseGeometry]] = {}
        points: list[BaseGeometry] = []
        whole = True
        seen = {ref}
        rest = list(self._found.members.get(ref, ()))
        street = any(one.role == "street" for one in rest)
        while rest:
            one = rest.pop(0)
            if one.role.startswith(_BESIDE) or (street and one.role != "street"):
                continue
            if one.kind == "relation" and not surface:
                # A route of routes; one that holds itself is met once.
                inside = self._found.members.get(one.ref)
                whole &= inside is not None
                rest += [] if one.ref in seen or inside is None else inside
                seen.add(one.ref)
            elif one.kind == "way":
                drawn, complete = self._line(one.ref)
                whole &= complete
                lines[f"way/{one.ref}" + ("#inner" if one.role in _INNER else "")] = drawn
            elif one.kind == "node" and not surface:
                lon, lat = self._found.positions([one.ref])[0]
                points += [Point(lon, lat)] if np.isfinite(lon) else []
        return lines, points, whole

    def _surface(
        self, ref: int, tags: Mapping[str, str], pieces: Mapping[str, list[BaseGeometry]], whole: bool
    ) -> tuple[BaseGeometry | None, bool]:
        """Return the ground within the rings of a relation; where one is not whole, what there is of its outline."""
        import shapely

        outer = [line for name, lines in pieces.items() if not name.endswith("#inner") for line in lines]
        inner = [line for name, lines in pieces.items() if name.endswith("#inner") for line in lines]
        self._outlines[f"relation/{ref}"] = [name for name in pieces if not name.endswith("#inner")]
        if not outer:
            return None, whole
        ground, rest = _rings(outer)
        if rest or ground is None:
            # Of a boundary that the edge cuts, one island is not the country: its outline is what is known.
            if whole:
                self._notes.add(
                    "relation",
                    "with a ring that does not close",
                    _called("relation", ref, tags),
                    done="read as its outline",
                )
            return _together(outer), whole
        holes, _ = _rings(inner)
        kept = ground if holes is None else shapely.difference(ground, holes)
        return (kept if not kept.is_empty else ground), whole


def _called(kind: str, ref: int, tags: Mapping[str, str]) -> str:
    return f"{first_name(tags)}, {kind}/{ref}"


def _pieces_of(points: np.ndarray, there: np.ndarray) -> BaseGeometry | None:
    """Return the stretches of a way that lie in the file; a point where only single nodes do."""
    import shapely

    if len(points) > 1 and there.all():
        return shapely.linestrings(points)  # nearly every way
    runs = [points[first:stop] for first, stop in run_edges(there).tolist()]
    long = [shapely.linestrings(run) for run in runs if len(run) > 1]
    if long:
        return long[0] if len(long) == 1 else shapely.multilinestrings(long)
    return _together([shapely.points(run[0]) for run in runs])


def _lines(geometry: BaseGeometry | None) -> list[BaseGeometry]:
    if geometry is None:
        return []
    return [part for part in getattr(geometry, "geoms", [geometry]) if part.geom_type == "LineString"]


def _rings(lines: Sequence[BaseGeometry]) -> tuple[BaseGeometry | None, bool]:
    """Return the ground within the rings that lines make, and whether some line is part of none."""
    import shapely

    if not lines:
        return None, False
    faces, cuts, dangles, invalid = shapely.polygonize_full(list(lines))
    rest = not (cuts.is_empty and dangles.is_empty and invalid.is_empty)
    if faces.is_empty:
        return None, rest
    ground: BaseGeometry = shapely.union_all(list(faces.geoms))
    return ground, rest


def _together(parts: Sequence[BaseGeometry]) -> BaseGeometry | None:
    """Return parts of one kind as one geometry, lines joined end to start and never turned round."""
    import shapely

    if not parts:
        return None
    if len(parts) == 1:
        return parts[0]
    if parts[0].geom_type == "LineString":
        return shapely.line_merge(shapely.multilinestrings(list(parts)), directed=True)
    return shapely.multipoints(list(parts))


def _groups(features: Iterable[_Found]) -> Iterable[list[_Found]]:
    """Yield single features, and lines of one name and kind that lie together as one.

    A piece of a road of which the edge leaves a single node is a part of the road that is there, not a namesake of it.
    """
    lines: dict[tuple[str, str], list[_Found]] = {}
    single: list[_Found] = []
    for found in features:
        if found.pieces:
            lines.setdefault((found.names[0], found.kind), []).append(found)
        else:
            single.append(found)
    for found in single:
        stub = found.id.startswith("way/") and found.kind in _LINES and found.geometry.geom_type.endswith("Point")
        if not (stub and (found.names[0], found.kind) in lines):
            yield [found]
    for pieces in lines.values():
        yield from _near(pieces)


def _near(pieces: list[_Found]) -> Iterable[list[_Found]]:
    import shapely
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    if len(pieces) == 1:
        yield pieces
        return
    shapes = np.array([piece.geometry for piece in pieces], dtype=object)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=_SAME_LINE)
    links = coo_matrix((np.ones(one.size), (one, other)), shape=(len(pieces), len(pieces)))
    count, label = connected_components(links, directed=False)
    for number in range(count):
        yield [piece for piece, mine in zip(pieces, label, strict=True) if mine == number]


def _place(group: list[_Found]) -> Place:
    import shapely

    # The way before the relation that is made of it: the identifier stays when somebody adds the relation.
    first = min(group, key=lambda found: (found.id.startswith("relation/"), int(found.id.rpartition("/")[2])))
    names = tuple(dict.fromkeys(name for found in group for name in found.names))
    geometry: Any = first.geometry
    if len(group) > 1:
        pieces = {name: lines for found in group for name, lines in found.pieces.items()}
        geometry = shapely.line_merge(shapely.multilinestrings([line for lines in pieces.values() for line in lines]))
    weight = MINOR_WEIGHT if first.kind in MINOR else 1.0
    named = tuple(name for name in names if name != first.names[0])
    return Place(first.id, first.names[0], geometry, first.kind, named, weight=weight)
