"""Named places out of an OpenStreetMap extract (``.osm``, ``.osm.pbf``), by a table of tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from karmalink.errors import ReadError
from karmalink.seek.ground.places import Place, Places

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["KINDS", "NAME_TAGS", "kind_of", "read_osm"]

# The first row that fits says the kind: (key, value or * for any, kind or empty for the value itself).
KINDS: tuple[tuple[str, str, str], ...] = (
    ("place", "*", ""),
    ("railway", "station", "station"),
    ("railway", "halt", "station"),
    ("railway", "tram_stop", "stop"),
    ("railway", "subway_entrance", "entrance"),
    ("railway", "platform", "platform"),
    ("railway", "stop", "stop"),
    ("railway", "rail", "rail"),
    ("railway", "*", "rail"),
    ("waterway", "*", ""),
    ("natural", "water", "water"),
    ("natural", "coastline", "coast"),
    ("natural", "*", ""),
    ("amenity", "place_of_worship", "worship"),
    ("amenity", "marketplace", "market"),
    ("amenity", "*", ""),
    ("historic", "*", ""),
    ("tourism", "*", ""),
    ("leisure", "*", ""),
    ("man_made", "*", ""),
    ("shop", "*", "shop"),
    ("office", "*", "office"),
    ("craft", "*", "workshop"),
    ("healthcare", "*", ""),
    ("landuse", "*", ""),
    ("highway", "bus_stop", "stop"),
    ("highway", "*", "road"),
    ("bridge", "*", "bridge"),
    ("public_transport", "*", "stop"),
    ("building", "*", "building"),
    ("boundary", "*", "boundary"),
)
NAME_TAGS = ("name", "alt_name", "old_name", "short_name", "loc_name", "official_name")
_WORSHIP = {"buddhist": "pagoda", "christian": "church", "muslim": "mosque", "hindu": "temple", "jewish": "synagogue"}
# Who says a name means the square sooner than the tram stop that is called after it.
_MINOR_WEIGHT = 0.25
_MINOR = frozenset({"stop", "platform", "entrance", "taxi", "bicycle_rental", "bus_station", "parking", "atm"})
# Lines of one name and kind whose ends are this near, in degrees, are one road that a mapper cut into pieces.
_SAME_LINE = 0.002
_LINES = frozenset({"road", "rail", "river", "stream", "canal", "drain", "ditch", "coast", "bridge"})


@dataclass(slots=True)
class _Found:
    """One named feature of the file."""

    id: str
    names: tuple[str, ...]
    kind: str
    geometry: BaseGeometry


@dataclass(slots=True)
class _Gathered:
    features: list[_Found] = field(default_factory=list)
    surfaces: set[str] = field(default_factory=set)


def read_osm(path: Path) -> Places:
    """Return the named features of an OpenStreetMap file.

    Roads, rails and waters that are cut into pieces of the same name become one place each. Identifiers are those of
    OpenStreetMap (``node/25``, ``way/7``, ``relation/3``); other names and languages become aliases. Namesakes stay
    apart.

    Raises
    ------
    ReadError
        If the file is not there, or not what its ending says, or has no named feature.
    """
    import osmium

    if not path.is_file():
        raise ReadError("there is no such file", where=path, next_step="check the name and the folder")
    try:
        gathered = _gather(path)
    except (RuntimeError, osmium.InvalidLocationError) as error:
        raise ReadError(
            "the file cannot be read as OpenStreetMap data",
            where=path,
            rule=".osm is XML, .pbf is the protocol buffer format; a download may have been cut short",
            next_step=str(error)[:100],
        ) from None
    if not gathered.features:
        raise ReadError("no feature of the file has a name", where=path, rule="places are found by name")
    return Places(_place(group) for group in _groups(gathered.features))


def kind_of(tags: Mapping[str, str]) -> str:
    """Return what a feature is, by the table :data:`KINDS`; empty where the table says nothing."""
    for key, value, kind in KINDS:
        given = tags.get(key)
        if given is None or given == "no" or value not in ("*", given):
            continue
        found = kind or ("building" if given == "yes" else given)
        return _WORSHIP.get(tags.get("religion", ""), found) if found == "worship" else found
    return ""


def _gather(path: Path) -> _Gathered:
    import osmium
    import shapely
    from osmium.osm import Area

    gathered = _Gathered()
    processor = osmium.FileProcessor(str(path)).with_areas().with_filter(osmium.filter.KeyFilter("name"))
    for thing in processor:
        tags = {tag.k: tag.v for tag in thing.tags}
        names = _names(tags)
        kind = kind_of(tags)
        try:
            name, shape = _shape(thing)
        except (RuntimeError, osmium.InvalidLocationError):
            # A way at the rim of an extract whose nodes were cut off: nothing to place it by.
            continue
        if not name:
            continue
        geometry = shapely.from_wkb(shape)
        if isinstance(thing, Area):
            gathered.surfaces.add(name)
            geometry = geometry.geoms[0] if len(geometry.geoms) == 1 else geometry
        gathered.features.append(_Found(name, names, kind, geometry))
    # A closed way comes twice, as a line and as a surface. A ring road is a line whatever the file makes of it.
    gathered.features = [f for f in gathered.features if not _doubled(f, gathered.surfaces)]
    return gathered


def _shape(thing: object) -> tuple[str, str]:
    """Return identifier and geometry (WKB) of a node, way or area; empty for a relation, whose ground is an area."""
    from osmium.geom import WKBFactory
    from osmium.osm import Area, Node, Way

    factory = WKBFactory()
    if isinstance(thing, Node):
        return f"node/{thing.id}", factory.create_point(thing)
    if isinstance(thing, Way):
        return f"way/{thing.id}", factory.create_linestring(thing)
    if isinstance(thing, Area):
        return f"{'way' if thing.from_way() else 'relation'}/{thing.orig_id()}", factory.create_multipolygon(thing)
    return "", ""


def _doubled(found: _Found, surfaces: set[str]) -> bool:
    if found.id not in surfaces:
        return False
    is_line = bool(found.geometry.geom_type == "LineString")
    return is_line != (found.kind in _LINES)


def _names(tags: Mapping[str, str]) -> tuple[str, ...]:
    """Return the name, then every other name, once each."""
    more = [part.strip() for key in NAME_TAGS[1:] for part in tags.get(key, "").split(";")]
    languages = [value for key, value in sorted(tags.items()) if key.startswith("name:")]
    found = [tags["name"], *more, *languages]
    return tuple(dict.fromkeys(name for name in found if name))


def _groups(features: Iterable[_Found]) -> Iterable[list[_Found]]:
    """Yield single features, and lines of one name and kind that lie together as one."""
    lines: dict[tuple[str, str], list[_Found]] = {}
    for found in features:
        if found.kind in _LINES and found.geometry.geom_type == "LineString":
            lines.setdefault((found.names[0], found.kind), []).append(found)
        else:
            yield [found]
    for pieces in lines.values():
        yield from _together(pieces)


def _together(pieces: list[_Found]) -> Iterable[list[_Found]]:
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

    first = min(group, key=lambda found: _number(found.id))
    names = tuple(dict.fromkeys(name for found in group for name in found.names))
    geometry: Any = first.geometry
    if len(group) > 1:
        geometry = shapely.line_merge(shapely.multilinestrings([found.geometry for found in group]))
    weight = _MINOR_WEIGHT if first.kind in _MINOR else 1.0
    return Place(first.id, first.names[0], geometry, first.kind, names[1:], weight=weight)


def _number(name: str) -> int:
    return int(name.rpartition("/")[2])
